"""`flask worker`, with minutes turned into moments, so that tests can wait for them.

    python -m tests.delivery.fast_worker [--no-key]

With --no-key the provider is one that takes no idempotency key.
"""

import sys
import threading
from datetime import timedelta

from portal.delivery import breaker, claims, events, tasks
from wsgi import app

SWEEP_EVERY = 0.5


def sweep_often():
    while not threading.Event().wait(SWEEP_EVERY):
        tasks.sweep()


def main():
    claims.CLAIM_LASTS = timedelta(seconds=2)
    tasks.BACK_OFF = events.WAITS = (timedelta(seconds=0.5),) * 200
    breaker.SHORTEST = breaker.LONGEST = timedelta(seconds=0.5)
    if "--no-key" in sys.argv:
        app.extensions["providers"].mail.key_lasts = None
    threading.Thread(target=sweep_often, daemon=True).start()
    with app.app_context():
        app.cli.main(["worker"])


if __name__ == "__main__":
    main()
