"""Where Mailchimp keeps a contact."""

import hashlib


def member_path(audience: str, address: str) -> str:
    """By the MD5 of the address in lower case."""
    name = hashlib.md5(address.lower().encode(), usedforsecurity=False).hexdigest()
    return f"/lists/{audience}/members/{name}"
