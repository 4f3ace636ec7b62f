"""`flask worker`, which soon goes on with a job that a killed one left, in small steps.

python -m tests.newsletter.transfer.quick_worker
"""

import threading
from datetime import timedelta

from portal.newsletter.transfer import holding, import_work, working
from wsgi import app


def sweep_often():
    while not threading.Event().wait(0.3):
        with app.app_context():
            working.work(0.5)


def main():
    holding.LEASE, import_work.STEP = timedelta(seconds=2), 10
    threading.Thread(target=sweep_often, daemon=True).start()
    with app.app_context():
        app.cli.main(["worker"])


if __name__ == "__main__":
    main()
