"""Our side of each case: a mail, a contact, the portal's addresses and secrets."""

from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime

from portal.providers.campaigns import PREFERENCES_URL, UNSUBSCRIBE_URL, Campaign
from portal.providers.values import Address, Contact, Email, MailFile, Site

KEY = "0b2f9d8e-6c1a-4f57-9a53-2f0d6f3f9a11"
OTHER_KEY = "6a9c5c62-3c7e-4f0c-b4a4-6a3c4f9f1e02"
API_KEY = "made-up-key-us1"  # Mailchimp's key names its data centre
SECRET = "whsec_" + b64encode(b"a secret of thirty-two characters").decode()
OTHER_SECRET = "whsec_" + b64encode(b"another secret of some characters").decode()
SITE = Site(
    senders=("hello@example.com",),
    events_url="https://portal.example.com/hooks/it/events",
    inbound_url="https://portal.example.com/hooks/it/inbound",
    inbound_domain="in.example.com",
)
HEADERS = {  # of EMAIL, as providers are given them
    "Auto-Submitted": "auto-generated",
    "List-Unsubscribe": "<https://example.com/u/abc>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    "X-Programme": "=?utf-8?b?U2FudMOp?=",
}
# A mail that uses all that `Email` has.
EMAIL = Email(
    name="confirm_signup",
    to=Address("zoe@example.org", "Zoë Müller, Leeds"),
    sender=Address("hello@example.com", "Get Yourself Active"),
    subject="Confirm your address: it takes a moment, Zoë",
    text="Good morning Zoë,\n\nconfirm here: https://example.com/c/abc\n",
    html='<p lang="en">Good morning Zoë, <a href="https://example.com/c/abc">confirm</a></p>',
    reply_to=Address("team@example.com", "The media team"),
    headers=tuple((HEADERS | {"X-Programme": "Santé"}).items()),
    attachments=(MailFile("zoë.png", b"hello", "image/png"),),
)
CAMPAIGN = Campaign(
    name="Issue 7, large, 3f9a",
    sender=EMAIL.sender,
    reply_to=Address("team@example.com", "The media team"),
    subject="Zoë *|swims|* {{ again }}",
    html=f'<p>Zoë {{{{swims}}}} *|a|* [[b]] {{$c}}</p> <a href="{PREFERENCES_URL}">Choose</a> '
    f'<a href="{UNSUBSCRIBE_URL}">Leave</a>',
    text=f"Zoë {{{{swims}}}}.\n\nChoose: {PREFERENCES_URL}\n\nLeave: {UNSUBSCRIBE_URL}\n",
)
BARE = Email("", Address("a@example.org"), Address("b@example.com", " "), "Hi", "Hi", html="")
CHOSEN = {
    "topics": "walking,swimming",
    "format": "easy-read",
    "name": "Zoë Müller",
    "preferences_url": "https://example.com/p/abc",
}
CONTACT = Contact("zoe@example.org", **CHOSEN | {"topics": ("walking", "swimming")})
POOR = replace(CONTACT, email="poor@example.org", name="", topics=(), preferences_url="")
ZOE = CONTACT.email
UNUSUAL = "o'neil+a/b?c#d%25@example.org"
SECONDS = 1_795_000_000
AT = datetime.fromtimestamp(SECONDS, UTC)
ISO = AT.isoformat().replace("+00:00", "Z")
# What is read of a mail that came in.
READ = {
    "sender": Address("grace@example.org", "Grace Hopper"),
    "subject": "Re: Is the pool warm?",
    "text": "Yes, pleäse.",
    "message_id": "<a@example.org>",
}
