"""Threads that do something in the same moment."""

from contextvars import Context
from threading import Barrier, Thread

from portal.extensions import db

LONGEST = 60  # seconds


def at_once(app, *functions):
    """Call each in a thread of its own, all in one moment; returns their answers in order.

    What one raises is its answer.
    """
    db.session.commit()  # what the test read holds SQLite's lock
    start, answers = Barrier(len(functions)), [None] * len(functions)

    def call(number, function):
        with app.app_context():
            start.wait(LONGEST)
            try:
                answers[number] = function()
            except Exception as error:
                answers[number] = error
            finally:
                db.session.remove()

    threads = [Thread(target=Context().run, args=(call, *item)) for item in enumerate(functions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONGEST)
    return answers
