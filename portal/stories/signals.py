"""What others hear of a story, each in the transaction in which it happens."""

from blinker import Signal

# A consent that was given is taken back, or is for another name now: `purpose` says which.
consent_ended = Signal()
# Nobody can read the story here any more: it was taken back, or a yes is missing for now.
not_public = Signal()
# What readers get of it is another: a text that was put up, another form, a picture less.
republished = Signal()
# The story is about to be deleted: whoever points to its row lets go of it now.
forgotten = Signal()
