"""What others hear of an issue, each in the transaction in which it happens."""

from blinker import Signal

# It begins to leave, and stands in the archive from now on.
started = Signal()
# All that can be known of its way out is known, for now: `state` says what.
ended = Signal()
# It cannot leave as it was agreed to, and is a draft again; `why` is in words for its makers.
returned = Signal()
