"""Search on PostgreSQL, where two people can write at the same moment."""

from threading import Thread

import pytest

from portal.extensions import db
from portal.inbox import search
from tests.inbox import a_conversation
from tests.services import connect, until

ADD = (
    "INSERT INTO message (conversation_id, direction, way, sender, text, quoted, reason, "
    "automatic, created_at) VALUES (%s, 'note', 'web', '', %s, '', '', false, now())"
)
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


@pytest.mark.services
def test_words_of_two_who_write_at_once_are_both_found(make_app, postgres_url):
    with make_app(DATABASE_URL=postgres_url).app_context():
        one = a_conversation().id
        with connect(postgres_url) as ada, connect(postgres_url) as ben:
            ada.execute("BEGIN")
            ada.execute(ADD, [one, "needle"])
            second = Thread(target=ben.execute, args=(ADD, [one, "haystack"]))
            second.start()
            until(lambda: db.session.connection().exec_driver_sql(WAITING).scalar())
            ada.execute("COMMIT")
            second.join()

        assert search.find("needle haystack").ids == [one]
        db.session.commit()
