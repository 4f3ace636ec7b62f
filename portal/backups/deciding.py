"""Letting go, or dropping, what waits after a backup was brought back. One call is one commit."""

from portal import audit
from portal.delivery import restored
from portal.transaction import one_transaction

GO, DROP = DEEDS = ("go", "drop")


@one_transaction
def decide(deed: str) -> int:
    """Do it with all that waits; commits. Returns how many rows it is."""
    number = restored.release() if deed == GO else restored.drop()
    noted = audit.Deed.RELEASED if deed == GO else audit.Deed.DISCARDED
    if number:
        audit.note(noted, "what waited after a restore", f"{number} rows")
    return number
