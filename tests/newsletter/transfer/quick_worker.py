"""`flask worker`, which soon goes on with a job that a killed one left: for tests to wait for.

python -m tests.newsletter.transfer.quick_worker
"""

import threading
from datetime import timedelta

from portal.newsletter.transfer import holding, working
from wsgi import app


def sweep_often():
    while not threading.Event().wait(0.3):
        with app.app_context():
            working.work(0.5)


def main():
    holding.LEASE = timedelta(seconds=2)
    threading.Thread(target=sweep_often, daemon=True).start()
    with app.app_context():
        app.cli.main(["worker"])


if __name__ == "__main__":
    main()
