"""The local mailbox: only on a laptop, only with the local provider."""

from dataclasses import replace
from pathlib import Path

import pytest

from portal.providers.message import message
from tests.delivery import mail
from tests.newsletter import link_in
from tests.test_config import PRODUCTION


def test_a_mail_can_be_read_and_its_links_followed_and_its_html_is_kept_in_a_box(
    visit_plain, client, mailbox
):
    visit_plain.send("/newsletter/", {"email": "ada@example.org"})
    (mail,) = mailbox()

    listed = visit_plain("/mailbox")
    shown = visit_plain(listed.page.query("ul.mails a")[0].attrs["href"])

    framed = client.get(shown.page.query("iframe")[0].attrs["src"]).headers

    assert shown.heading == mail["Subject"]
    assert link_in(mail, "confirm") in [a.attrs["href"] for a in shown.page.query("pre a")]
    assert "sandbox" in framed["Content-Security-Policy"]
    assert "script-src" not in framed["Content-Security-Policy"]
    assert framed["X-Frame-Options"] == "SAMEORIGIN"


def test_a_mail_in_plain_text_has_no_frame(app, visit_plain):
    key = "0" * 8 + "-0000" * 3 + "-" + "0" * 12
    file = Path(app.config["VAR_DIR"]) / "mailbox" / f"{key}.eml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(message(replace(mail("Plain words"), html=""), "<key@local>"))
    shown = visit_plain(f"/mailbox/{key}")

    assert shown.heading == "Plain words"
    assert not shown.has("iframe")


def test_an_empty_mailbox_says_how_to_get_a_mail(visit_plain):
    assert "There is no mail yet" in visit_plain("/mailbox").text


@pytest.mark.parametrize("key", ["x", "..%2F..%2Fportal", "0" * 36])
def test_no_other_file_can_be_read(client, key):
    assert client.get(f"/mailbox/{key}").status_code == 404


@pytest.mark.parametrize(
    "changes", [{**PRODUCTION, "DEVELOPMENT": "0"}, {**PRODUCTION, "DEVELOPMENT": "1"}]
)
def test_there_is_none_in_production_or_with_a_real_provider(make_app, changes):
    assert make_app(**changes).test_client().get("/mailbox").status_code == 404
