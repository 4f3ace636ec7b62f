"""The bucket is silent, drips, refuses or resets, while people use the site."""

import time
from functools import partial
from threading import Thread
from urllib.parse import urlsplit

import pytest
import requests

from portal import create_app
from portal.config import load_config
from portal.extensions import db
from portal.storage import Comparison
from portal.storage.bucket import TRIES, WHOLE
from portal.stories import links
from portal.stories.files.models import StoryFile
from tests.abuse.visitor import Visitor
from tests.conftest import close
from tests.outages import at_once, timed
from tests.outages.conftest import BUCKET, KEYS
from tests.services import until
from tests.site import Site
from tests.stories.readers import at, put_up

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
READERS = 50
WAYS = ("silent", "dripping", "refusing", "resetting")
TRIES_END = TRIES * WHOLE + 5  # seconds: no thread waits longer
SOON = 1.0  # seconds; on a machine that is busy itself, times what it takes alone
TIMES_ALONE = 8
BACK = 20.0


@pytest.fixture
def site(tmp_path, migrated_file, bucket_line):
    away = {"FSSPEC_S3_ENDPOINT_URL": f"http://127.0.0.1:{bucket_line.port}"}
    site = Site(tmp_path, UPLOADS_URL=f"s3://{BUCKET}/files", **KEYS, **away)
    site.start(migrated_file)
    yield site
    site.stop()


@pytest.fixture
def inside(site, bucket):
    """The portal on the site's own database; it has the bucket's own address."""
    app = create_app(load_config(site.env))
    with app.app_context():
        yield app
        db.session.remove()
    close(app)


def sign_up(site):
    """How long somebody who signs up waits for each of their pages."""
    visitor = Visitor(site, "203.0.113.9")
    began = time.monotonic()
    answer = visitor.fill_in("/newsletter/", {"email": "ada@example.org", "topics": "ideas"})
    assert answer.status_code == 303
    return (time.monotonic() - began) / 2


def test_who_needs_no_file_notices_nothing_and_who_does_is_told(
    site, inside, bucket, bucket_line, subtests
):
    for way in WAYS:  # to start a site takes longer than each
        with subtests.test(way):
            go_through(way, site, bucket, bucket_line)


def go_through(way, site, bucket, bucket_line):
    """Readers of a picture come while the bucket is away; its storyteller erases it meanwhile."""
    story = put_up(pictures=["The lake"])
    page = at(story)
    file = db.session.query(StoryFile).one()
    picture = f"{site.url}/stories/pictures/{file.key}/{min(file.widths, key=int)}.webp"
    own = urlsplit(links.storyteller_url(story)).path.rstrip("/")
    db.session.commit()
    look = partial(timed, "GET", picture)
    until(lambda: look()[0] == 200, BACK)
    in_time = max(SOON, TIMES_ALONE * max(sign_up(site) for _ in range(2)))

    bucket_line.be(way)
    seen = []
    crowd = Thread(target=lambda: seen.extend(at_once(READERS, look)))
    crowd.start()
    waited = [sign_up(site) for _ in range(5)]
    crowd.join()
    assert max(waited) < in_time
    assert {status for status, *_ in seen} == {503}
    assert max(seconds for _, seconds, _ in seen) < TRIES_END
    assert timed("GET", f"{site.url}{page}")[0] == 200
    assert timed("GET", f"{site.url}/healthz")[1] < in_time

    visitor = Visitor(site, "203.0.113.10")
    answer = visitor.fill_in(f"{own}/erase")
    assert answer.status_code == 303
    assert timed("GET", picture)[0] in {404, 410}

    bucket_line.be("open")
    until(lambda: list(bucket.objects.all()) == [], BACK)
    with Comparison() as comparison:
        comparison.run()
    assert (comparison.found.files, comparison.found.missing) == (0, 0)
    assert "Traceback" not in site.log()
    assert requests.get(f"{site.url}/stories/", timeout=10).status_code == 200
