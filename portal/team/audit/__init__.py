"""The page about what the team did, and how long that is kept."""

from portal.audit import Deed, note

__all__ = ["Deed", "note"]
