"""Each part that the machines share goes away and comes back while people sign up."""

import subprocess

import pytest
from sqlalchemy import make_url

from tests.delivery.processes import LONGEST, free_port
from tests.line import Line
from tests.machines import Visitor
from tests.machines.crowd import MANY, Crowd, settled
from tests.services import until
from tests.stories import a_draft
from tests.stories.media import a_picture, address, form, rows

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]


@pytest.fixture
def line(postgres_url):
    """What leads to PostgreSQL, and can be cut."""
    url = make_url(postgres_url)
    with Line(url.host, url.port or 5432) as line:
        yield line


@pytest.fixture
def own_redis(tmp_path, socket_enabled):
    """A Redis that can be ended and started again."""
    port = free_port()
    options = ("--port", str(port), "--save", "", "--dir", str(tmp_path))

    class Own:
        url = f"redis://127.0.0.1:{port}/0"

        def start(self):
            self.process = subprocess.Popen(
                ("redis-server", *options), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
            )

        def end(self):
            self.process.kill()
            self.process.wait()

    own = Own()
    own.start()
    yield own
    own.end()


@pytest.fixture
def shared(shared, line, own_redis, postgres_url):
    url = make_url(postgres_url).set(port=line.port).render_as_string(hide_password=False)
    own = {"QUEUE_URL": own_redis.url, "RATELIMIT_STORAGE_URI": own_redis.url}
    return shared | MANY | own | {"DATABASE_URL": url}


def test_each_part_can_go_away_and_come_back(machines, app, fake, line, own_redis, bucket_server):
    with Crowd(machines) as crowd:
        crowd.more()
        own_redis.end()
        crowd.more(5)  # limits count by themselves, and the outbox is its own queue
        own_redis.start()
        bucket_server.stop()
        crowd.more(5)
        bucket_server.start()
        line.be("resetting")
        until(lambda: crowd.statuses[503] + crowd.statuses[0] > 3, LONGEST)
        line.be("open")
        crowd.more()
    settled(crowd, fake)

    story = a_draft()  # and a file is kept as before
    adds = Visitor(machines).client.post(
        address(story, "add"), follow_redirects=False, **form(("lake.png", a_picture()))
    )
    assert adds.status_code == 303
    assert [one.name for one in rows()] == ["lake.png"]
