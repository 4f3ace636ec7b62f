"""What is put together only when it leaves: the features say how, by the row's name.

So that a newsletter is kept once, and not once for each of 50,000 people.
"""

from collections.abc import Callable
from typing import Any

from portal.delivery import files
from portal.delivery.models import Outgoing
from portal.providers.values import Email, Receipt

# Each is called with a claimed row, which no transaction holds, and leaves none open.
MAILS: dict[str, Callable[[Outgoing], Email]] = {}
STEPS: dict[str, Callable[[Outgoing, Any], Receipt]] = {}
"""Makes the calls of a step. What it found out it adds to the row's payload, for `settled`."""


class Unwanted(Exception):
    """Nobody is to get this any more; the text says why."""


def mail(row: Outgoing) -> Email:
    """The mail that a row stands for, with its files. Raises Refused or Unwanted."""
    make = MAILS.get(row.name)
    return files.read(make(row) if make else Email.from_json(row.payload))


def step(row: Outgoing, provider: Any) -> Receipt:
    """Do what a row stands for. Raises what providers raise, or Unwanted."""
    return STEPS[row.name](row, provider)
