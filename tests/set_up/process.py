"""A process that keeps something wherever each of many environments says, or finds it again.

`python -m tests.set_up.process` reads a list of environments from its input, and prints what it
kept by each, or why it does not start. What it kept may stand beside its environment: then it
is looked for. Modules that its arguments name are as if they were not installed.
"""

import json
import sys

for missing in sys.argv[1:]:
    sys.modules[missing] = None

from portal import create_app, must_start, storage  # noqa: E402
from portal.config import ConfigError, load_config  # noqa: E402
from portal.counts import Count, count  # noqa: E402
from portal.delivery import tasks  # noqa: E402
from portal.delivery.models import Permit  # noqa: E402
from portal.extensions import db, huey, now  # noqa: E402
from portal.floods import COUNTS  # noqa: E402

WORDS = b"what somebody sent"


def keep_file(app):
    return storage.keep(WORDS)


def find_file(app, place):
    with storage.read(place) as file:
        assert file.read() == WORDS


def keep_row(app):
    permit = Permit(number=db.session.query(Permit).count() + 1, used_at=now())
    db.session.add(permit)
    db.session.commit()
    return permit.number


def find_row(app, number):
    assert db.session.get(Permit, number)


def keep_task(app):
    tasks.sweep()
    return "sweep"


def find_task(app, name):
    assert huey.dequeue().name == name


def keep_count(app):
    return count(app.extensions[COUNTS], [Count("forms", 600)])[0]


def find_count(app, number):
    assert count(app.extensions[COUNTS], [Count("forms", 600)])[0] > number


WAYS = [
    (keep_file, find_file),
    (keep_row, find_row),
    (keep_task, find_task),
    (keep_count, find_count),
]


def answer(env, kept=None):
    """What was kept, or None where it was found; a sentence where the portal does not start."""
    try:
        app = create_app(load_config(env))
        must_start(app)
    except ConfigError as error:
        return str(error)
    with app.app_context():
        if kept is None:
            done = [keep(app) for keep, _ in WAYS]
        else:
            done = [find(app, one) for one, (_, find) in zip(kept, WAYS, strict=True)]
        db.session.remove()
        db.engine.dispose()
    huey.storage.close()
    return done


if __name__ == "__main__":
    json.dump([answer(*asked) for asked in json.load(sys.stdin)], sys.stdout)
