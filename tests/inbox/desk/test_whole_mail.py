"""The team can see all headers of a mail, and save it whole."""

import pytest

from portal import storage
from portal.extensions import db
from portal.inbox.incoming import services
from portal.inbox.models import Original
from portal.providers.webhooks import mime
from portal.team.models import Role
from tests.inbox import a_conversation
from tests.stories.media import PROGRAM
from tests.team import sign_in

MAIL = (
    b"Received: from <script>alert(1)</script>\r\nFrom: Grace <grace@example.org>\r\n"
    b"Subject: =?utf-8?q?Zo=C3=AB?=\r\nMessage-ID: <a@b>\r\n"
    b"Content-Type: application/octet-stream; name=setup.exe\r\n\r\n" + PROGRAM
)
PAGE, WHOLE = "/inbox/attachments/mails/1", "/inbox/attachments/mails/1/whole"


@pytest.fixture
def came(app):
    services.receive(mime.read(MAIL), "local")
    db.session.commit()


@pytest.mark.usefixtures("came")
def test_an_editor_sees_all_headers_and_saves_the_mail_with_what_was_refused(app, visit_plain):
    sign_in(visit_plain, app, Role.EDITOR)
    assert visit_plain("/inbox/1").has(f"a[href='{PAGE}']")
    page = visit_plain(PAGE)
    answer = visit_plain.client.post(WHOLE, data={"csrf_token": page.value("csrf_token")})

    assert "from <script>alert(1)</script>" in page.text
    assert "Zoë" in page.text
    assert page.has(f"form[action='{WHOLE}']")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, MAIL, "message/rfc822")
    assert answer.headers["Content-Disposition"] == "attachment; filename=mail-1.eml"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.usefixtures("came")
@pytest.mark.parametrize(("role", "status"), [(None, 303), (Role.READER, 403)])
def test_nobody_else_does(app, client, role, status):
    app.config["WTF_CSRF_ENABLED"] = False
    if role:
        sign_in(client, app, role)
        assert PAGE not in client.get("/inbox/1").text

    assert {one.status_code for one in (client.get(PAGE), client.post(WHOLE))} == {status}


@pytest.mark.usefixtures("came")
def test_a_mail_that_the_storage_lost_and_one_that_is_not_there_are_not_found(app, client, caplog):
    app.config["WTF_CSRF_ENABLED"] = False
    storage.discard(db.session.get(Original, 1).place)
    sign_in(client, app)
    answers = [client.get(PAGE), client.post(WHOLE), client.get(PAGE.replace("1", "2"))]

    assert {answer.status_code for answer in answers} == {404}
    assert "no file for mail 1" in caplog.text


def test_of_a_mail_from_before_there_is_what_the_provider_told(app, client):
    app.config["WTF_CSRF_ENABLED"] = False
    conversation = a_conversation()
    db.session.add(Original(message_id=conversation.messages[0].id, content={"Subject": "Pool"}))
    sign_in(client, app)

    assert client.get(PAGE).status_code == 200
    assert client.post(WHOLE).json == {"Subject": "Pool"}
    assert client.post(WHOLE).headers["Content-Disposition"] == "attachment; filename=mail-1.json"
