"""What the team did with people's details: written with the deed itself, never changed.

What people do themselves is no part of it, and neither is what they said: see docs/decisions.
"""

from portal.team.audit.models import Deed
from portal.team.audit.noting import note

__all__ = ["Deed", "note"]
