"""What a web process keeps for clients has a bound."""

import os
from dataclasses import dataclass

from portal.serving import worker
from portal.serving.worker import BufferingWorker

MB = 1024 * 1024


@dataclass(eq=False)
class Client:
    """Somebody who takes nothing."""

    network: str
    unsent: int
    is_waiting: bool = True
    until: float = 10.0
    is_open: bool = True

    def abort(self):
        self.is_open, self.unsent = False, 0


def test_answers_that_nobody_takes_are_given_up_where_most_wait(monkeypatch):
    monkeypatch.setattr(worker, "MOST_UNSENT", 10 * MB)
    many = [Client("10.0.0.1", 2 * MB) for _ in range(7)]
    others = [Client("10.0.0.2", 3 * MB), Client("10.0.0.1", 5 * MB, is_waiting=False)]
    process = object.__new__(BufferingWorker)
    process.ppid, process._connections = os.getppid(), {*many, *others}
    process._look_round(now=5.0)

    assert [one.is_open for one in others] == [True, True]
    assert sum(one.unsent for one in (*many, *others)) == 10 * MB
    others[0].until = 4.0
    process._look_round(now=5.0)
    assert [one.is_open for one in others] == [False, True]
