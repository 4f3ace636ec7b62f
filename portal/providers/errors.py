"""What may go wrong at a provider, and what the outbox does about it.

An adapter raises `TryLater`, `Refused` or `Uncertain`, or a kind of one, and
nothing else, because those are the three things the outbox can act on:

    ProviderError
      TryLater          not taken now; another try may work
        StillAtWork     … because it has not worked through what it was given before
        Busy            … and no other call will either, for a while
        Denied          … and no other call will either, until a person mends the setup
          UsedUp        … or what our plan allows is renewed
      Refused           never taken as it is
        Suppressed      … because of the address, whoever sends to it
      Uncertain         the request left, and its fate is not known

`Unreadable` is for what comes in, `SetupError` for settings.
"""

from datetime import timedelta

LONGEST_WAIT = timedelta(days=1)  # a provider that names a longer one is asked once a day


class ProviderError(Exception):
    """Something went wrong at the provider. Its text is shown to the team."""

    rests = False  # whether other calls would fare no better, for a while


class TryLater(ProviderError):
    """The provider did not take it now and will not act on it; a later try may work.

    `after` is how long the provider asked us to wait, where it said so. `left`
    is whether the request got there and was not plainly turned down (a 500):
    such a mail must not go to another provider.
    """

    def __init__(self, reason: str, after: timedelta | None = None, *, left: bool = False) -> None:
        super().__init__(reason)
        self.after = after
        self.left = left


class StillAtWork(TryLater):
    """The provider has not worked through what it was given. That is no fault of it."""


class Busy(TryLater):
    """The provider takes no more calls for now, whatever is in them."""


class Denied(TryLater):
    """The provider does not let us in: a wrong key, a closed account, nothing left to pay with."""


class UsedUp(Denied):
    """What our plan with the provider allows is used up, or paid for no longer.

    `after` is in how long it is renewed, where that is known; a person may buy more before.
    """


class Refused(ProviderError):
    """The provider will never take this as it is."""


class Suppressed(Refused):
    """The provider does not mail this address: it bounced, complained or left."""


class Uncertain(ProviderError):
    """The request left, and whether the provider acted on it is not known."""


class Unreadable(Exception):
    """What came in is not what the provider sends. Nothing of it can be used."""


class SetupError(Exception):
    """A provider is chosen or set up wrongly. Its text names the setting."""
