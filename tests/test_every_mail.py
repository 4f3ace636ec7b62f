"""What every mail must be: readable by everybody, the same in both parts, and safe to open.

A feature adds its mails to MAILS; what stands behind a comma says which form of a mail it is.
"""

import re
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from justhtml import JustHTML

from portal import delivery
from portal.clearing import notice as clearing
from portal.contact import emails as contact
from portal.delivery.whom import TO_WHOM
from portal.extensions import db
from portal.inbox import emails as inbox
from portal.inbox.figures import digest, numbers
from portal.inbox.models import Attachment, Direction, Message
from portal.issues import notices as issues
from portal.issues.mail import personal, rendering
from portal.newsletter import emails as newsletter
from portal.providers.message import message
from portal.providers.values import Address
from portal.stories.states import VersionKind
from portal.team import emails as team
from portal.team import services as team_services
from portal.team.models import Role
from portal.ways import Way
from portal.your_details import emails as details
from tests.inbox import a_conversation
from tests.issues import an_issue
from tests.newsletter import a_subscriber
from tests.stories import mails as stories
from tests.stories.readers import add_version, put_up
from tests.team import a_member, sign_in
from tests.visit import Visit

OURS = "http://portal.test/"
OF_TEAM = "answers@team.example"
ORGANISATION = "Ähm & <Söhne>, “Ltd”"


def subscriber():
    return a_subscriber(name="Ada", topics=["stories"], format="large")


def invited():
    team_services.invite("new@team.example", Role.READER)
    return team_services.find("new@team.example")


def a_question():
    message = Message(conversation_id=a_conversation().id, direction=Direction.NOTE, way=Way.EMAIL)
    message.sender, message.text = "pool@example.org", "Is it warm?\n\n> I get […] cold."
    db.session.add(message)
    db.session.flush()
    return message


def queue():
    found = numbers.queue()
    return digest.digest(found, digest._lines(found))


def asked_for_details():
    mail = details.own_link("grace@example.org", "key")
    delivery.enqueue(mail, key="key")
    db.session.commit()
    return mail


def an_edition(format_):
    easy, other = put_up("In the water", pictures=["A <warm> pool"]), put_up("On the hill")
    add_version(easy, VersionKind.EASY_READ, text="I swim.\n\nWater is **warm**.")
    return rendering.edition(an_issue(easy, other, opening="Hello.", preview="Warm & wet"), format_)


OF_ISSUES = (
    *("asked", "agreed", "reopened", "returned"),
    *("sent", "stopped", "failed", "uncertain"),
)


def of_an_issue(news):
    to, by = Address("ada@example.org", "Ada"), a_member(name="Bo")
    return issues.notice(to, an_issue(why="A story left."), news, by)


def issue(format_):
    return personal.copy_for(an_edition(format_), subscriber())


WITH_HTML = ("standard", "large", "easy-read")
WORDS = "Yes, it is.\n\nCome on Sunday."
FILES = [
    Attachment(name="pool & lake.png", content_type="image/png", place="x", alt="A <pool>"),
    Attachment(name="map.pdf", content_type="application/pdf", place="y"),
]
MAILS = {
    "confirm_signup": lambda: newsletter.confirm_signup(subscriber(), ["stories"], "large"),
    "already_subscribed": lambda: newsletter.about(subscriber(), "already_subscribed"),
    "welcome": lambda: newsletter.about(subscriber(), "welcome", name="Ada"),
    "preferences_link": lambda: newsletter.about(subscriber(), "preferences_link"),
    "contact_receipt": lambda: inbox.receipt(a_conversation()),
    "contact_link": lambda: contact.lost_links(
        "grace@example.org", [a_conversation(), a_conversation()]
    ),
    "your_details": asked_for_details,
    "team_notice": lambda: inbox.team_notice(a_conversation(), "A new message"),
    "member_notice": lambda: inbox.member_notice(a_member(name="Ben"), "named", a_conversation()),
    "member_notice,many": lambda: inbox.member_notice(a_member(name="Ben"), "given"),
    "held_notice": lambda: inbox.held_notice(3),
    "many_notice": lambda: inbox.many_notice(Address("team@example.org"), 34, 2),
    "many_notice,nothing urgent": lambda: inbox.many_notice(Address("team@example.org"), 1, 0),
    "question": lambda: inbox.question(a_question()),
    "reply": lambda: inbox.reply(a_conversation(), WORDS),
    "reply,with files and to others": lambda: inbox.reply(
        a_conversation(), WORDS, files=FILES, also_to="press@example.org, bo@example.org"
    ),
    "reply_copy": lambda: inbox.reply_copy(
        a_conversation(), Message(text=WORDS, attachments=FILES), "press@example.org"
    ),
    **{f"issue_notice,{news}": lambda news=news: of_an_issue(news) for news in OF_ISSUES},
    "digest": lambda: a_conversation() and queue(),
    "retention_notice": lambda: clearing.notice(
        datetime(2030, 3, 25, 8, tzinfo=UTC), clearing.in_words({"conversations": 14, "left": 1})
    ),
    "team_invite": lambda: team.invitation(invited()),
    "team_reset": lambda: team.new_password(a_member()),
    "team_tries": lambda: team.tries(a_member(), knows_password=False),
    "team_tries,with the password": lambda: team.tries(a_member(), knows_password=True),
    **stories.MAILS,
    **{f"issue,{format_}": partial(issue, format_) for format_ in WITH_HTML},
    "test,of an issue": lambda: personal.test_for(an_edition("standard"), a_member()),
}
WORDED_APART = {
    *(f"issue_notice,{news}" for news in OF_ISSUES),
    "reply",
    "question",
    "member_notice",
    "member_notice,many",
    "reply,with files and to others",
    "reply_copy",
    "team_notice",
    "team_invite",
    "team_reset",
    "digest",
    "retention_notice",
    *(name for name in MAILS if name.startswith(("issue", "test"))),
}


@pytest.fixture(params=MAILS)
def mail(request, app):
    """Each mail, as the value that is handed over."""
    app.config |= {"ORG_NAME": ORGANISATION, "TEAM_MAIL_FROM": OF_TEAM}
    made = MAILS[request.param]()
    db.session.commit()
    return made


@pytest.fixture
def page(mail):
    """The HTML part, parsed strictly."""
    return JustHTML(mail.html, strict=True, sanitize=False)


def words(node):
    return " ".join(node.to_text(separator="").split())


def test_every_mail_is_in_the_table_and_it_is_said_to_whom_it_goes():
    folders = (Path(__file__).parents[1] / "templates/email").glob("*/")
    found = {folder.name for folder in folders if folder.is_dir()}

    assert sorted(found) == sorted(name for names in TO_WHOM.values() for name in names)
    assert found == {name.partition(",")[0] for name in MAILS}


def test_what_the_team_writes_to_people_comes_from_the_team(app, mail):
    is_of_team = mail.name.startswith(("contact_", "reply", "question", "story_", "guardian_"))

    assert mail.sender.email == (OF_TEAM if is_of_team else app.config["MAIL_FROM"])


@pytest.mark.parametrize("mail", sorted(MAILS.keys() - WORDED_APART), indirect=True)
def test_both_parts_say_the_same(mail, page):
    shown = words(page.query("body")[0])

    for paragraph in re.sub(r"(?m)^-- ?$", "", mail.text).split("\n"):
        plain = re.sub(r"\s*https?://\S+", "", paragraph).strip().removeprefix("* ")
        assert " ".join(plain.removesuffix(":").split()) in shown
    told = " ".join(mail.text.replace("* ", "").split())
    for part in page.query("main p, main li"):
        if not part.query("a") and "reply to this email: a person" not in words(part):
            assert words(part) in told


def test_the_html_can_be_read_by_anybody_and_runs_or_fetches_nothing(mail, page):
    assert page.query("html")[0].attrs["lang"] == "en-GB"
    assert [len(page.query(name)) for name in ("h1", "main", "table")] == [1, 1, 0]
    assert words(page.query("title")[0])
    assert not page.query("script, link, iframe, object, embed, form, video, audio, svg")
    assert not page.query("[background], [srcset], [poster]")
    pictures = page.query("img")
    assert pictures == (page.query("[src]") if mail.name in {"issue", "test"} else [])
    assert all(one.attrs["src"].startswith(OURS) and "alt" in one.attrs for one in pictures)
    assert "url(" not in mail.html
    assert "@import" not in mail.html
    assert not [name for node in page.query("*") for name in node.attrs if name.startswith("on")]
    moved = re.findall(
        r"position:|float:|(?<!b)order:|flex|grid", mail.html.partition("</style>")[0]
    )
    assert not moved  # it is read in the same order with its styles off


def test_the_language_is_said_where_mail_programs_keep_it_and_every_size_is_the_readers_own(page):
    (body,) = page.query("body")
    (inside,) = (node for node in body.children if node.name == "div")
    styles = page.query("style")[0].to_text() + inside.attrs["style"]
    sizes = [size.strip() for size in re.findall(r"font(?:-size)?:([^;}]*)", styles)]

    assert (inside.attrs["lang"], inside.attrs["dir"]) == ("en-GB", "ltr")
    assert page.query("body > div > main")
    assert sizes
    assert all(re.fullmatch(r"[\d.]+(em|rem|%)", size) for size in sizes)


def test_links_are_the_same_in_both_parts_say_where_they_lead_and_work(app, mail, page):
    visit_plain = Visit(app, htmx=False)
    sign_in(visit_plain, app, Role.MANAGER, name="Mary")  # some lead to the team's pages
    links = page.query("a")
    assert [link.attrs["href"] for link in links] == re.findall(r"https?://\S+", mail.text)
    for link in links:
        assert len(words(link).split()) > 1
        assert "http" not in words(link)
        assert words(link).lower() not in {"click here", "read more"}
        assert link.attrs["href"].startswith(OURS)
        assert visit_plain(link.attrs["href"], follow_redirects=True).status == 200


def test_a_mail_says_whether_a_person_wrote_it(mail):
    is_written = mail.name in {"reply", "reply_copy", "question"}
    assert dict(mail.headers)["Auto-Submitted"] == ("no" if is_written else "auto-generated")


def test_a_mail_can_be_answered_survives_the_wire_and_a_name_with_marks_in_it_stays_a_name(
    mail, page
):
    sent = message(mail, "<a-key@example.org>")
    shown = ORGANISATION in words(page.query("body")[0])

    assert len(mail.subject.splitlines()) == 1
    assert mail.reply_to.email
    assert "noreply" not in mail.reply_to.email
    assert all(len(line) <= 998 for line in sent.split(b"\r\n"))
    assert b"From: " in sent
    assert (ORGANISATION in mail.text) is shown
    assert "<Söhne>" not in mail.html
