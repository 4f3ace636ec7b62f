"""Whatever is sent, by whomever, to whatever address: it is understood, and refused in words.

No answer is a fault of ours, nothing is logged as one, a request that is refused or that only
looks changes nothing, what was typed comes back, and nobody is led to another site.
"""

import gc
from random import Random

import pytest

from portal.delivery import heartbeat
from tests.every_form import ROWS
from tests.fuzzing import bending
from tests.fuzzing.sending import Watch, wrong
from tests.fuzzing.world import World

FEW, MANY = 1_000, 25_000  # requests; in a deep run on each database
SOME = 4  # of so many rows one in a usual run: tests/test_bad_input.py tries each
MOST_CHANGES = 3
RESTORED_EVERY = 25  # requests, so that those that are taken do not use the world up
SHOWN = 12  # faults


class Fuzzer:
    """Makes a request of a number, always the same of the same, and looks at its answer."""

    def __init__(self, app, rows) -> None:
        self.app, self.world, self.watch = app, World(app, rows), Watch()

    def changes(self, number):
        """The good request, and how it is changed."""
        chance = Random(number)
        seed = chance.choice(self.world.seeds)
        many = chance.randrange(MOST_CHANGES + 1)
        return seed, [(chance.choice(bending.ALL), chance.random()) for _ in range(many)]

    def made(self, seed, changes):
        for change, chance in changes:
            seed = change(seed, Random(chance), self.world)
        return seed

    def fault(self, seed, changes) -> str:
        return wrong(self.app, self.made(seed, changes), self.watch)

    def smallest(self, seed, changes) -> str:
        """The fault with as few changes as it needs, as a text to read."""
        for change in list(changes):
            fewer = [one for one in changes if one is not change]
            self.world.restore()
            if self.fault(seed, fewer):
                changes = fewer
        self.world.restore()
        said = self.fault(seed, changes) or "only after other requests"
        names = ", ".join(change.__name__ for change, _ in changes) or "nothing changed"
        return f"{self.made(seed, changes)}\n  ({names})\n{said[-1500:]}"

    def faults(self, numbers):
        """All that is wrong with the answers, each fault once."""
        found = {}
        with self.watch.looking():
            for number in numbers:
                if number % RESTORED_EVERY == 0:
                    self.world.restore()
                seed, changes = self.changes(number)
                if said := self.fault(seed, changes):
                    found.setdefault(said[-300:], (seed, changes))
            return [self.smallest(*one) for one in list(found.values())[:SHOWN]]


@pytest.fixture
def is_deep(pytestconfig):
    return pytestconfig.getoption("deep")


@pytest.fixture
def fuzzer(app, is_deep):
    heartbeat.beat("a worker")  # or the site is not ready
    return Fuzzer(app, ROWS if is_deep else ROWS[::SOME])


# Where a body breaks off, Werkzeug leaves the file that it began to Python.
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile:ResourceWarning")
def test_any_request_is_answered(fuzzer, is_deep):
    found = fuzzer.faults(range(MANY if is_deep else FEW))
    gc.collect()

    assert not found, "\n\n".join(found)
