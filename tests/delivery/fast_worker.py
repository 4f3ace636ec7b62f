"""`flask worker`, with minutes turned into moments, so that tests can wait for them.

    python -m tests.delivery.fast_worker [--no-key] [--stall-events]

With --no-key the provider is one that takes no idempotency key. With
--stall-events it says “stalled” where an event's mail is saved and the rest of
the event is not, and goes no further.
"""

from __future__ import annotations

import sys
import threading
from datetime import timedelta

import click

from portal.delivery import breaker, claims, events, tasks
from wsgi import app

SWEEP_EVERY = 0.5


def sweep_often():
    while not threading.Event().wait(SWEEP_EVERY):
        tasks.sweep()
        events.sweep_events()


def stall(event_id):
    click.echo("stalled")
    threading.Event().wait()


def main():
    claims.CLAIM_LASTS = timedelta(seconds=2)
    tasks.SWEEP_AFTER = timedelta(seconds=1)
    tasks.BACK_OFF = (timedelta(seconds=0.5),) * 200
    breaker.SHORTEST = breaker.LONGEST = timedelta(seconds=0.5)
    if "--no-key" in sys.argv:
        app.extensions["providers"].mail.key_lasts = None
    events.LOST_AFTER = timedelta(seconds=1)
    if "--stall-events" in sys.argv:
        events._share = stall
    threading.Thread(target=sweep_often, daemon=True).start()
    with app.app_context():
        app.cli.main(["worker"])


if __name__ == "__main__":
    main()
