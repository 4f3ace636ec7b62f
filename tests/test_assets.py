"""Static files: a year in the cache, a new address when they change, compressed once."""

import gzip

import brotli
import pytest

from portal import assets

UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress, "identity": bytes}


@pytest.fixture
def css(app):
    with app.test_request_context():
        return assets.asset_url("site.css")


@pytest.mark.parametrize("encoding", UNPACK)
def test_a_file_comes_in_the_encoding_that_the_browser_takes(client, css, encoding):
    answer = client.get(css, headers={"Accept-Encoding": encoding})

    assert UNPACK[encoding](answer.data).startswith(b"/* Ink on paper")
    assert "Accept-Encoding" in answer.vary
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.mimetype == "text/css"


def test_a_file_is_compressed_once_and_not_per_request(client, css, monkeypatch):
    assets._read.cache_clear()
    packed = []
    monkeypatch.setattr(assets.brotli, "compress", lambda body: packed.append(1) or b"packed")

    for _ in range(3):
        client.get(css, headers={"Accept-Encoding": "br"})

    assets._read.cache_clear()
    assert packed == [1]


def test_a_changed_file_has_a_new_address_and_the_old_one_is_not_cached(make_app, tmp_path):
    app = make_app()
    app.config["STATIC_DIR"] = str(tmp_path)
    file = tmp_path / "a.css"
    addresses = []
    for text in ("one", "another"):
        file.write_text(text)
        with app.test_request_context():
            addresses.append(assets.asset_url("a.css"))

    old = app.test_client().get(addresses[0])

    assert addresses[0] != addresses[1]
    assert old.text == "another"
    assert old.headers["Cache-Control"] == "public, max-age=0"


def test_an_unchanged_file_is_not_sent_twice(client, css):
    etag = client.get(css).headers["ETag"]

    assert client.get(css, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize(
    "name", ["nothing.css", "../config.py", "%2e%2e/config.py", "vendor", "%00"]
)
def test_nothing_else_is_served(client, name):
    assert client.get(f"/static/0/{name}").status_code == 404


def test_without_htmx_the_pages_name_no_script(make_app, tmp_path):
    app = make_app()
    (tmp_path / "site.css").write_text("")
    (tmp_path / "icon.svg").write_text("")
    app.config["STATIC_DIR"] = str(tmp_path)

    assert "<script" not in app.test_client().get("/newsletter/").text
