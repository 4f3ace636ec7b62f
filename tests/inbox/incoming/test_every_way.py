"""A mail becomes the same conversation by whichever provider it comes, whole or in its parts."""

import json
import os
from base64 import b64decode, b64encode
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from portal.extensions import db
from portal.inbox.incoming import attachments, routes, services
from portal.inbox.models import Keeping, Message
from portal.providers.local.adapter import Local
from portal.providers.resend import inbound as resend
from portal.providers.values import HookCall
from portal.providers.webhooks import charsets, mime
from tests.inbox.mails import whole_of
from tests.providers import brevo, mailjet, mandrill, postmark, sendgrid
from tests.providers.registered import CASES as CASES_OF
from tests.providers.registered import INBOUND, caller, env_of

ROOT = Path(__file__).parents[3]
DESCRIPTIONS = (
    os.environ.get("PORTAL_PROVIDER_DESCRIPTIONS") or ROOT.parent / "shared" / "providers"
)
CASES = Path(DESCRIPTIONS).parent / "cases" / "mail"
PHOTO = ["photo.png"]
INNER = (
    "[A mail that came with this one: “Your letter”, from council@example.org, to ada@example.org]"
)
HEAD = "\n".join(
    (
        *("From: Get Yourself Active <media@example.org>", "Sent: 03 May 2026 10:00"),
        *("To: Ada", "Subject: Your story"),
    )
)
WANTED = {
    "alternative-plain-related-html-img": ("Hello", PHOTO),
    "apple-alternative-plain-mixed-html-pdf-html": (
        "Here is my letter.\nAnd more after it.",
        ["letter.pdf"],
    ),
    "apple-mixed-plain-image-inline-plain": (
        "First words.\n\nSecond words after the photo: please call me.",
        PHOTO,
    ),
    "charset-cp-850-windows-1252-as-latin1": (
        b'\x92what\x92s "\x94\x94\x94 and \x8010'.decode("cp1252"),
        [],
    ),
    "charset-utf8mb4-unknown": ("Café", []),
    "forward-as-attachment-eml": (
        f"See the attached mail.\n\n{INNER}\n\nNo.",
        ["Your letter.eml"],
    ),
    "iphone-photo-only-single-part-image": (services.NO_TEXT, PHOTO),
    "outlook-html-only-reply": (
        f"Yes please\n\nAda\n\n{HEAD}\n\nWould you like to come?",
        [],
    ),
    "plain-says-view-in-html-html-has-words": ("Yes please, call me.", []),
}


@pytest.fixture
def env(env):
    return env | env_of()


def apart(raw):
    """What a provider finds in a mail: its headers, words, HTML, and files with name and kind."""
    message = message_from_bytes(raw, policy=default)
    headers = {name: str(value) for name, value in message.items()}
    words, files, waiting = {"text/plain": [], "text/html": []}, [], [message]
    while waiting:
        part = waiting.pop(0)
        kind, content = part.get_content_type(), part.get_payload(decode=True)
        if kind == "message/rfc822":
            files.append((part.get_filename(), kind, part.get_payload()[0].as_bytes()))
        elif part.is_multipart():
            waiting = [*part.iter_parts(), *waiting]
        elif kind in words and not part.get_filename():
            words[kind].append(charsets.decode(content, part.get_content_charset("")))
        else:
            files.append((part.get_filename(), kind, content))
    texts = ("\n\n".join(found) for found in words.values())
    return headers, *texts, [(name, kind, b64encode(it).decode(), it) for name, kind, it in files]


def by_postmark(raw, **whole):
    headers, text, html, files = apart(raw)
    pairs = [{"Name": name, "Value": value} for name, value in headers.items()]
    named = [{"Name": name, "ContentType": kind, "Content": it} for name, kind, it, _ in files]
    return postmark.sign(
        json.dumps(
            {
                "From": headers["From"],
                "ToFull": [{"Email": headers["To"]}],
                "Subject": headers["Subject"],
                "Headers": pairs,
                "TextBody": text,
                "HtmlBody": html,
                "Attachments": named,
                **whole,
            }
        ).encode(),
        "inbound",
    )


def by_mandrill(raw, **whole):
    headers, text, html, files = apart(raw)
    named = {
        name: {"name": name, "type": kind, "content": it, "base64": True}
        for name, kind, it, _ in files
    }
    msg = {"from_email": "ada@example.org", "from_name": "Ada Byron", "to": [[headers["To"], None]]}
    msg |= {"headers": headers, "subject": headers["Subject"], "text": text, "html": html}
    events = [{"event": "inbound", "msg": msg | {"attachments": named} | whole}]
    return mandrill.sign(json.dumps(events).encode(), "inbound")


def by_mailjet(raw):
    headers, text, html, files = apart(raw)
    item = {"From": headers["From"], "Recipient": headers["To"], "Subject": headers["Subject"]}
    item |= {"Headers": headers, "Text-part": text, "Html-part": html}
    item["Parts"] = [
        mailjet.part(kind, f"Attachment{n}", Content_Disposition=f'attachment; filename="{name}"')
        for n, (name, kind, *_) in enumerate(files, 1)
    ]
    item |= {f"Attachment{n}": content for n, (_, _, content, _) in enumerate(files, 1)}
    return mailjet.sign(json.dumps(item).encode(), "inbound")


def by_sendgrid(raw):
    headers, text, html, files = apart(raw)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    fields = {"headers": head, "from": headers["From"], "text": text, "html": html}
    named = [(f"attachment{n}", it, name) for n, (name, _, _, it) in enumerate(files, 1)]
    return sendgrid.form(*((name, value.encode()) for name, value in fields.items()), *named)


def by_brevo(raw):
    headers, text, html, files = apart(raw)
    item = brevo.mail(
        From={"Name": "Ada Byron", "Address": "ada@example.org"},
        To=[headers["To"]],
        Headers=headers,
        Subject=headers["Subject"],
        MessageId=headers["Message-ID"],
        RawTextBody=text,
        RawHtmlBody=html,
        Attachments=[{"Name": name, "DownloadToken": it} for name, _, it, _ in files],
    )
    return brevo.sign(json.dumps({"items": [item]}).encode(), "inbound")


WAYS = {
    "local": None,
    "sendgrid": lambda raw: sendgrid.form(("email", raw)),
    "sendgrid, in parts": by_sendgrid,
    "postmark": lambda raw: by_postmark(raw, RawEmail=raw.decode()),
    "postmark, in parts": by_postmark,
    "mandrill": lambda raw: by_mandrill(raw, raw_msg=raw.decode()),
    "mandrill, in parts": by_mandrill,
    "mailjet": by_mailjet,
    "brevo": by_brevo,
    "resend": None,
}


def arrive(way, raw, tmp_path):
    """Take the mail in as it comes by that way; returns its message."""
    name = way.partition(",")[0]
    if name == "resend":
        mails = [resend.as_written(raw, {})]
    elif name == "local":
        mails = Local({"folder": str(tmp_path)}).parse_inbound(HookCall("", {}, {}, raw))
    else:
        mails = caller(name).parse_inbound(WAYS[way](raw))
    for mail in mails:
        services.receive(mail, name)
    message = db.session.scalars(select(Message)).one()
    if name == "brevo":
        for file in message.attachments:
            attachments.fetch.call_local(file.id, 0)
    return message


class Keeper:
    """Stands for Brevo, whose name for a file is its content."""

    def fetch(self, token, limit):
        return b64decode(token)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", WANTED)
def test_the_same_mail_gives_the_same_conversation(app, tmp_path, way, case):
    file = CASES / f"{case}.eml"
    if not file.exists():
        pytest.skip(f"no {file}: set PORTAL_PROVIDER_DESCRIPTIONS to the folder beside it")
    app.extensions["providers"].callers["brevo"] = Keeper()
    raw = file.read_bytes()
    message = arrive(way, raw, tmp_path)
    text, names = WANTED[case]

    assert (message.sender, message.text) == ("Ada Byron (ada@example.org)", text)
    assert [file.name for file in message.attachments] == names
    assert [file.state for file in message.attachments] == [Keeping.KEPT] * len(names)
    assert (b"Subject: " + apart(raw)[0]["Subject"].encode()) in whole_of(message)


@pytest.mark.parametrize(
    ("name", "item"),
    [
        (name, item)
        for name in INBOUND
        for item in getattr(CASES_OF[name], "NO_MAILS", ())
        if not isinstance(item, HookCall) or "multipart" in item.headers["Content-Type"]
    ],
)
def test_what_nobody_can_read_is_kept_as_it_came(client, name, item):
    call = item
    if not isinstance(item, HookCall):
        call = CASES_OF[name].sign(json.dumps(item).encode(), "inbound")
    answer = client.post(f"/hooks/{name}/inbound", data=call.body, headers=call.headers)

    message = db.session.scalars(select(Message)).one()
    assert (answer.status_code, message.text) == (200, routes.UNREAD)
    assert whole_of(message) == call.body


@given(st.binary())
def test_any_bytes_end_in_a_message_that_is_kept_whole(app, content):
    before = db.session.scalar(select(func.count(Message.id)))
    content += b"%08d" % before
    services.receive(mime.read(content), "local")

    newest = db.session.scalars(select(Message).order_by(Message.id.desc())).first()
    assert db.session.scalar(select(func.count(Message.id))) == before + 1
    assert whole_of(newest) == content
    db.session.commit()
