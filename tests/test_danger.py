"""Words of danger, by whichever door they come: seen, answered with help, and never refused.

A person of the team says, with a reason, that nobody is in danger. New words say it anew.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select
from wtforms import TextAreaField

from portal.delivery.models import Action, Outgoing, Urgency
from portal.delivery.providers import get_providers
from portal.extensions import db
from portal.inbox import intake, links
from portal.inbox.danger import WORDS
from portal.inbox.desk import services
from portal.inbox.models import Conversation, ConversationState, Kind, Message, Rank
from portal.stories.files.models import FileKind, StoryFile
from portal.stories.models import Revision
from portal.team.models import Role
from portal.ways import Way
from portal.words import local
from tests import contact, stories
from tests.conftest import NOON
from tests.delivery import alerts
from tests.every_form import ROWS
from tests.inbox import a_conversation
from tests.inbox.desk import fresh, history, path
from tests.inbox.mails import BREVO, hand_on, item, reply_address
from tests.stories.desk import with_file
from tests.stories.media import address, rows
from tests.stories.storyteller import url_of
from tests.stories.telling.steps import STORY, draft_path, fill, send
from tests.team import a_member, sign_in
from tests.test_bad_input import Sender, fields_of

SAID = "Some days I want to kill myself."
HELP = "You can get help now"
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def env(env):
    return env | BREVO | {"ALERT_URLS": "json://127.0.0.1:9/secret"}


def draft(visit, step, name):
    story = stories.a_draft()
    fill(visit, draft_path(story), step, (STORY if step == "story" else {}) | {name: SAID})
    return send(visit, draft_path(story))


def words_of_a_file(visit, make=stories.a_story, **values):
    story = make()
    with_file(story, "a.png", **values)
    if story.conversation:
        stories.set_talk(story, state=ConversationState.WAITING)
    sent = {"transcript" if values else "alt": SAID}
    answer = visit.post(address(story, rows()[0].key, "words"), sent)
    return send(visit, draft_path(story)) if make is stories.a_draft else answer


def own_words(visit):
    url = url_of(stories.handed_over(title="Water"))
    sent = visit(url).form("form[action$='/decide']")
    return visit.post(f"{url}/decide", sent | {"do-title": "own", "own-title": SAID})


def mine(visit, end, make=stories.a_story, **typed):
    url = url_of(make())
    kept = contact.hidden(visit(f"{url}/{end}" if end != "comment" else url))
    return visit.post(f"{url}/{end}", kept | typed)


def own(visit, **values):
    talk = a_conversation()
    for name, value in values.items():
        setattr(talk, name, value)
    url = links.own_url(talk)
    db.session.commit()
    return contact.press(visit, visit(url), url, message=SAID)


def merged(visit):
    talk, other = a_conversation(), a_conversation(text="Another")
    services.merge(talk.id, other.reference, a_member(), {})
    url = links.own_url(talk)
    db.session.commit()
    return contact.press(visit, visit(url), url, message=SAID)


def mail(visit, text=SAID, subject="Hello", *, is_answer=True):
    to = reply_address(a_conversation()) if is_answer else "reply@portal.localhost"
    hand_on(visit.client, item(to, Subject=subject, RawTextBody=text))


DOORS = {
    **{
        f"draft, {name}": lambda visit, step=step, name=name: draft(visit, step, name)
        for step, name in (
            *(("story", name) for name in ("title", "text", "others_note")),
            *(("you", name) for name in ("name", "needs", "helper")),
            ("consent", "other_name"),
        )
    },
    "draft, words of a picture": lambda visit: words_of_a_file(visit, stories.a_draft),
    "words of a picture": words_of_a_file,
    "words of a film": lambda visit: words_of_a_file(visit, kind=FileKind.FILM),
    "comment on one that is declined": lambda visit: mine(
        visit, "comment", stories.declined, message=SAID
    ),
    "own words for a change": own_words,
    "another name": lambda visit: mine(visit, "consents", name_shown="other", other_name=SAID),
    "another guardian": lambda visit: mine(
        visit, "guardian", stories.a_young_story, name=SAID, email="bo@example.org"
    ),
    "message, held": lambda visit: contact.send(
        visit, **contact.good(message=SAID, extra_note="x")
    ),
    "write back to one that is closed": lambda visit: own(visit, state=ConversationState.CLOSED),
    "write back to one that is held": lambda visit: own(visit, state=ConversationState.HELD),
    "write back to one that is spam": lambda visit: own(visit, state=ConversationState.SPAM),
    "write back to one that was put into another": merged,
    "mail": mail,
    "mail, subject": lambda visit: mail(visit, "Good bye.", SAID),
    "mail to nobody": lambda visit: mail(visit, is_answer=False),
}


def seen_by_team():
    """The conversation that the team looks at."""
    db.session.commit()
    db.session.expire_all()
    query = select(Conversation).where(
        Conversation.merged_into_id.is_(None), Conversation.danger_at.is_not(None)
    )
    return db.session.scalars(query).one()


def kept():
    """All that people wrote, as it is kept."""
    texts = [*db.session.scalars(select(Message.text)), *db.session.scalars(select(Revision.text))]
    more = [one.transcript for one in db.session.scalars(select(StoryFile))]
    more += [str(one.answers) + one.title for one in db.session.scalars(select(stories.Story))]
    talks = db.session.scalars(select(Conversation))
    more += [f"{one.name} {one.needs} {one.subject}" for one in talks]
    revisions = db.session.scalars(select(Revision))
    return "\n".join(texts + more + [f"{one.title} {one.name} {one.pictures}" for one in revisions])


def notices():
    """The notes to the team: urgency and subject."""
    rows = db.session.scalars(select(Outgoing).where(Outgoing.name == "team_notice"))
    found = [(row.urgency, row.address, row.payload["subject"]) for row in rows]
    db.session.commit()
    return found


@pytest.mark.parametrize("door", DOORS)
def test_words_of_danger_are_seen_by_every_door(app, visit, door):
    answer = DOORS[door](visit)
    talk = seen_by_team()

    assert (talk.rank, local(talk.due_at).date()) == (Rank.URGENT, local(NOON).date())
    assert talk.folder in {"active", "held", "spam"}
    assert [one["title"] for one in alerts()] == [WORDS]
    urgency, address, subject = notices()[-1]
    assert (urgency, address) == (Urgency.URGENT, app.config["TEAM_EMAIL"])
    assert subject.startswith(WORDS)
    assert SAID not in str([subject, alerts()])
    if door != "mail, subject":  # that is in the mail itself, which is kept whole
        assert SAID in kept()
    if answer:
        assert answer.status == 200
        assert HELP in answer.text
        assert answer.has("a[href='tel:116123']")
        assert answer.has("a[href='sms:85258?body=SHOUT']")


def long_texts(form):
    """The fields of a form that take sentences."""
    return [name for name, one in fields_of(form).items() if one.field_class is TextAreaField]


OPEN = ("portal.contact", "portal.stories")
OF_THE_TEAM = ("portal.stories.editor", "portal.stories.press")
TEXTS = [
    pytest.param(row, name, id=f"{row.name}, {name}")
    for row in ROWS
    if row.form and row.form.__module__.startswith(OPEN)
    if not row.form.__module__.startswith(OF_THE_TEAM)
    for name in long_texts(row.form)
    if name not in row.free
]


@pytest.mark.parametrize(("row", "name"), TEXTS)
def test_every_form_that_takes_sentences_answers_with_help(app, row, name):
    sender = Sender(app, row)
    said = row.asked.get(name, {}) | {row.prefix + name: SAID}
    answer = sender.send(sender.hidden | sender.good | said, follow_redirects=True)

    assert answer.status_code == 200
    assert HELP in answer.text
    # A draft, and a message that is still being checked, are not with us yet.
    if not sender.path.startswith("/stories/share/") and sender.path != contact.FORM:
        assert seen_by_team().rank == Rank.URGENT


def test_a_message_that_cannot_be_sent_yet_is_answered_with_help_too(visit):
    answer = visit.send(contact.FORM, contact.good(message=SAID, email="ada@"))

    assert (answer.status, HELP in answer.text) == (422, True)
    assert "is saved" not in answer.text
    assert contact.conversations() == []


UNSAVED = {
    "rewrite": {"heading": "", "text": SAID},
    "call": {"way": "phone", "reach": "", "when": SAID},
    "not-yet": {"way": "phone", "reach": "", "message": SAID},
    "reach": {"reply_by": "email", "email": "ada@", "helper": SAID},
}


@pytest.mark.parametrize("end", UNSAVED)
def test_what_comes_back_unsaved_on_the_storytellers_page_is_answered_with_help_too(visit, end):
    url = f"{url_of(stories.handed_over())}/{end}"
    assert HELP not in visit(url).text
    answer = visit.post(url, contact.hidden(visit(url)) | UNSAVED[end])

    assert (answer.status, HELP in answer.text) == (422, True)
    assert "is saved" not in answer.text


def test_what_a_machine_wrote_or_was_there_before_wakes_nobody(app, client, visit_plain):
    to = reply_address(a_conversation())
    away = {"Headers": item()["Headers"] | {"Auto-Submitted": "auto-replied"}}
    hand_on(client, item(RawTextBody=SAID, **away))
    hand_on(client, item(to, MessageId="<2@x>", RawTextBody=SAID, **away))
    story = stories.a_story(text=f"One.\n\n{SAID}")
    services.clear_danger(story.conversation, a_member(), {}, "Long ago")
    stories.edited(story, text=f"Two.\n\n{SAID}")
    url = url_of(story)
    visit_plain.send(f"{url}/rewrite", {"heading": "Water", "text": f"Two and a bit.\n\n{SAID}"})

    assert len(story.revisions) == 3
    flagged = select(Conversation.id).where(Conversation.danger_at.is_not(None))
    assert db.session.scalars(flagged).all() == []
    assert len(alerts()) == 1
    assert HELP not in visit_plain(url).text


def test_all_of_the_team_get_the_mail_where_nothing_rings(app, monkeypatch):
    monkeypatch.setattr(type(get_providers().alerts), "destinations", ())
    ada, talk = a_member(), a_conversation()
    talk.owner_id = ada.id
    db.session.flush()
    intake.add_incoming(talk, SAID, way=Way.WEB)
    db.session.commit()

    told = [(urgency, address) for urgency, address, _ in notices()[-2:]]
    assert told == [(Urgency.URGENT, ada.email), (Urgency.URGENT, app.config["TEAM_EMAIL"])]
    assert db.session.scalars(select(Outgoing).where(Outgoing.action == Action.ALERT)).all() == []


def press_deadline():
    return a_conversation(kind=Kind.PRESS, deadline_at=NOON + timedelta(hours=50), text=SAID)


def set_by_hand():
    talk, by = a_conversation(text=SAID), a_member()
    services.change(talk, by, {}, due_at=NOON + timedelta(days=2))
    return talk


def written_back():
    """Twice, and once more, in other words, after the team had closed it."""
    talk = a_conversation()
    intake.add_incoming(talk, SAID, way=Way.WEB)
    intake.add_incoming(talk, SAID, way=Way.WEB)
    talk.state = ConversationState.CLOSED
    intake.add_incoming(talk, "Thank you.", way=Way.WEB)
    db.session.commit()
    assert [what for what, *_ in history(talk)].count("danger") == 2
    return talk


@pytest.mark.parametrize(
    ("make", "rank", "due"),
    [
        (lambda: a_conversation(text=SAID), Rank.USUAL, None),
        (written_back, Rank.USUAL, None),
        (press_deadline, Rank.DEADLINE, NOON + timedelta(hours=50)),
        (set_by_hand, Rank.USUAL, NOON + timedelta(days=2)),
    ],
    ids=["new", "written back", "press", "a day set by hand"],
)
def test_an_editor_takes_the_mark_off_with_a_reason_and_new_words_set_it_again(
    app, visit, make, rank, due
):
    due = due or a_conversation().due_at
    eda = sign_in(visit, app, name="Eda")
    talk = make()
    rung = len(alerts())
    assert "Urgent: somebody may be in danger" in visit(path(talk)).text

    empty = visit.send(path(talk), {"why": " "}, button="Nobody is in danger")
    assert (empty.status, fresh(talk).rank) == (422, Rank.URGENT)
    why = "It says “die laughing”."
    assert "Say why nobody is in danger." in empty.text
    done = visit.send(path(talk), {"why": why}, button="Nobody is in danger")
    assert "The mark is off." in done.text
    assert f"Edafound nobody in danger: {why}" in done.text
    assert not done.has("#danger-title")
    assert (fresh(talk).danger_at, talk.rank, talk.due_at) == (None, rank, due)
    assert ("danger cleared", None, "It says “die laughing”.") in history(talk)

    intake.add_incoming(talk, SAID, way=Way.WEB)
    db.session.commit()
    assert (fresh(talk).rank, local(talk.due_at).date()) == (Rank.URGENT, local(NOON).date())
    assert len(alerts()) == rung + 1
    assert eda.id


def test_a_reader_sees_the_mark_and_cannot_take_it_off(app, visit_plain):
    sign_in(visit_plain, app, role=Role.READER)
    talk = a_conversation(text=SAID)
    page = visit_plain(path(talk))

    assert page.has("#danger-title")
    assert not page.has("form[action$='/danger']")
    sent = {"csrf_token": visit_plain("/inbox/keys").value("csrf_token"), "why": "x"}
    assert visit_plain.post(f"{path(talk)}/danger", sent).status == 403
    assert fresh(talk).danger_at


def test_list_page_and_digest_say_what_is_urgent_and_who_is_young(app, visit_plain):
    sign_in(visit_plain, app)
    a_conversation()
    story = stories.a_young_story(text=SAID)
    first = visit_plain("/inbox/").page.query(".rows .row")[0]
    words = " ".join(first.to_text(separator=" ").split())

    assert "Urgent: somebody may be in danger" in words
    assert "Under 18" in words
    assert "Due today" in words
    top = visit_plain(f"/inbox/{story.conversation_id}").page.query(".head .marks")[0].to_text()
    assert "Under 18" in top
    assert notices()[-1][2].startswith(f"{WORDS}. Under 18. A new story: ")
    assert "Somebody may be in danger" in visit_plain(f"/inbox/{story.conversation_id}/story").text
