"""What a killed process leaves is found by `flask files sweep`, and goes; with real processes."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest

from portal import create_app, storage
from portal.config import ROOT, load_config
from portal.extensions import db
from portal.storage import orphans
from portal.storage.columns import named
from tests.conftest import close
from tests.outages.conftest import BUCKET
from tests.services import until
from tests.site import Site
from tests.stories.readers import put_up

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]
# A process that writes a file, and is gone before its row could be.
LEAVE = """
import os, signal
from portal import storage
from wsgi import app
with app.app_context():
    storage.keep(b"x" * 1000)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run(site, *command):
    """Run Python with the site's settings."""
    env = os.environ | site.env | {"FLASK_SKIP_DOTENV": "1", "PYTHON_DOTENV_DISABLED": "1"}
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def found(folder):
    return {one for one in folder.rglob("*") if one.is_file()}


def test_what_a_killed_process_left_goes_and_nothing_else(tmp_path, migrated_file):
    site = Site(tmp_path)
    uploads = site.folder / "uploads"
    try:
        site.start(migrated_file)
        app = create_app(load_config(site.env))
        with app.app_context():
            put_up(pictures=["The lake"])
            db.session.commit()
            ours = {uploads / place for place, _ in named()}
            db.session.remove()
        close(app)
        until(lambda: found(uploads) == ours, 20)  # the picture as it came has gone
        assert run(site, "-c", LEAVE).returncode == -9
        (left,) = found(uploads) - ours

        said = run(site, "-m", "flask", "files", "sweep").stdout
        assert "Left over: 0" in said
        assert "Too young to say: 1" in said
        for one in (left, *ours):
            moment = time.time() - 2 * 24 * 3600
            os.utime(one, (moment, moment))
        said = run(site, "-m", "flask", "files", "sweep", "--drop").stdout
        assert f"left over: {left.relative_to(uploads)}, 1000 bytes" in said
        until(lambda: not left.exists(), 20)
        assert found(uploads) == ours
    finally:
        site.stop()


def test_of_a_bucket_also_unfinished_uploads_are_ended(bucket, make_app, monkeypatch):
    app = make_app(UPLOADS_URL=f"s3://{BUCKET}/files")
    upload = bucket.Object("files/ab/x").initiate_multipart_upload()
    other = bucket.Object("another/x").initiate_multipart_upload()
    with app.app_context():
        place = storage.keep(b"x" * 1000)
        with storage.Comparison() as comparison:
            comparison.run()
        # moto says of each upload that it was begun in 2010
        assert (comparison.found.young, comparison.found.uploads) == (1, 1)

        monkeypatch.setattr(orphans, "YOUNG", -timedelta(hours=1))
        with storage.Comparison() as comparison:
            comparison.run()
            assert [*comparison.orphans()] == [(place, 1000)]
    assert [one.id for one in bucket.multipart_uploads.all()] == [other.id] != [upload.id]
