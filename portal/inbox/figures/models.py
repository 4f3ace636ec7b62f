"""The one figure that is kept, because a public page shows it."""

from sqlalchemy.orm import Mapped, mapped_column

from portal.extensions import Model


class FirstAnswer(Model):
    """How soon people got a first answer, the newest ones and who still waits: one row at most."""

    id: Mapped[int] = mapped_column(primary_key=True)
    answered: Mapped[int] = mapped_column()
    """How many were looked at: those who were answered, and who should have been."""
    median_days: Mapped[float] = mapped_column()
    """Working days until half of them were answered."""
    within_promise: Mapped[int] = mapped_column()
    """How many in a hundred were answered in the time that we promise."""
