"""After “Erase everything” nothing tells of the person, in any table or file of ours."""

import pytest
from sqlalchemy import Text, inspect, text, update

from portal import people
from portal.contact import services as contact
from portal.delivery import events
from portal.extensions import db
from portal.inbox import intake
from portal.inbox.desk import erasing, replies, services
from portal.inbox.desk.models import Draft
from portal.inbox.incoming.services import receive
from portal.inbox.models import Attachment, Conversation, Kind, Message, Original, Sending
from portal.people import Person
from portal.providers.values import EventKind, ProviderEvent
from portal.providers.webhooks import mime
from portal.stories import deadlines, reach, shaping, withdrawal
from portal.stories.files.models import StoryFile
from portal.stories.finding import services as finding
from portal.stories.models import Story
from portal.stories.states import Level, VersionKind
from portal.stories.telling import services as telling
from portal.stories.uses import services as uses
from portal.stories.uses.models import Channel, Use
from portal.ways import Way
from tests.inbox.mails import reply_address
from tests.stored import stored_files
from tests.stories import (
    ALL_YES,
    a_draft,
    a_story,
    a_young_story,
    an_editor,
    approved,
    edited,
    fresh,
    handed_over,
    published,
)
from tests.stories.desk import with_file
from tests.stories.media import a_sound
from tests.stories.readers import add_version

MARK = "quokka"
ADDRESS, ELSEWHERE, NUMBER = f"{MARK}@example.org", f"{MARK}@elsewhere.example", "07700 900123"
TRACES = (MARK, NUMBER, "7700900123")
MAIL = f"""From: "{MARK} Lovelace" <{{sender}}>
To: {{to}}
Message-ID: <{MARK}-{{sender}}>
Subject: {MARK}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain

I am {MARK}. Call {NUMBER}.
--b
Content-Type: text/plain; name={MARK}.txt
Content-Disposition: attachment; filename={MARK}.txt

{MARK}
--b--
"""
# Texts that no person types, and those by which a person is found.
NOT_TYPED = {"about", "approved_digest", "digest", "key", "language", "place", "reference"}
NOT_TYPED |= {"email", "email_key", "phone", "phone_key", "public_place", "submission"}
FILLED = (Conversation, Message, Draft, Original, Attachment, Story, StoryFile, Use)


def told(work):
    """A draft of which mails went to its teller, then a story in which much happened."""
    typed = dict.fromkeys(("helper", "postal", "needs"), MARK)
    answers = ALL_YES | typed | {"reply_by": "email", "name_shown": "full"}
    words = {"title": f"The {MARK}", "text": f"{MARK} {NUMBER}", "name": MARK, "phone": NUMBER}
    story = a_draft(**words, answers=answers)
    telling.mail_link(story, ADDRESS, wants_reminder=True)
    deadlines.remind_of_draft(story)
    db.session.commit()
    with_file(story, f"{MARK}.png", alt=MARK)
    sound = with_file(story, f"{MARK}.mp3", a_sound(), transcript=MARK)
    telling.submit(story)
    finding.ask_for_call(NUMBER, [])
    for ask in (finding.send_links, contact.send_links):
        ask(ADDRESS)
    edited(story, text=f"{MARK} rolls on.", summary=MARK)
    add_version(published(story), VersionKind.AUDIO, MARK, file=sound)
    add_version(story, VersionKind.EASY_READ, MARK, text=MARK)
    shaping.set_level(story, an_editor(), Level.ADVANCED, MARK)
    uses.add(story, Channel.SOCIAL, MARK, an_editor(), link=f"https://{MARK}.example")
    work()
    return fresh(story)


def talked_about(story, work):
    """Mails came, answers went, an earlier message was put in, and a provider told of each."""
    editor, before = an_editor(), intake.Enquiry(Kind.MESSAGE, MARK, Way.EMAIL, email=ELSEWHERE)
    before = intake.open_conversation(before)
    shaping.comment(story, MARK)
    for sender in (ADDRESS, ELSEWHERE):
        whole = MAIL.format(to=reply_address(story.conversation), sender=sender)
        receive(mime.read(whole.encode()), "local")
    talk = fresh(story).conversation
    services.answer_to(talk, editor, {}, ELSEWHERE)
    services.change(talk, editor, {}, tags=[MARK])
    services.merge(before.id, talk.reference, editor, {})
    replies.add_note(talk, editor, MARK)
    replies.answer(talk, editor, f"Hello {MARK}", Way.EMAIL)
    replies.save_draft(talk, editor, MARK, 0)
    work()
    about = {"reason": f"No {MARK}", "original": {"to": ADDRESS}}
    keys = [one.outgoing.key for one in db.session.query(Sending)]
    news = [ProviderEvent(key, EventKind.BOUNCED, ADDRESS, key=key, **about) for key in keys]
    events.save("local", [*news, ProviderEvent("x", EventKind.DELIVERED, ADDRESS, **about)])
    work()


def fill_in():
    """Mark each text that somebody may type, of columns that come later too."""
    for model in FILLED:
        for column in model.__table__.columns:
            if isinstance(column.type, Text) and not (
                column.unique or column.computed or column.name in NOT_TYPED
            ):
                db.session.execute(update(model).values({column.name: MARK}))
    db.session.commit()


def left(app):
    """Where a trace is: in which column of which table; each file that we keep is one."""
    found = set()
    for name in inspect(db.engine).get_table_names():
        for row in db.session.execute(text(f'SELECT * FROM "{name}"')).mappings():
            found |= {f"{name}.{column}" for column, cell in row.items() if is_trace(str(cell))}
    db.session.rollback()
    return found | {"a file" for _ in stored_files(app)}


def is_trace(words):
    return any(trace in words.lower() for trace in TRACES)


def by_the_team(story):
    erasing.erase(story.conversation, an_editor())


def by_their_address(story):
    people.erase(Person.of([story.email.upper()], asks=True))
    db.session.commit()
    erasing.finish()


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(
    ("database", "erase"),
    [
        *(("sqlite", erase) for erase in (withdrawal.erase, by_the_team, by_their_address)),
        # The last does what the others do, too.
        pytest.param("postgres", by_their_address, marks=pytest.mark.services),
    ],
    indirect=["database"],
)
def test_nothing_is_left_of_a_story_that_was_told_and_talked_about(app, work, erase):
    story = told(work)
    talked_about(story, work)
    fill_in()
    assert len(left(app)) > 50, left(app)
    erase(fresh(story))
    on_the_way = {"outgoing.address", "outgoing.address_key", "outgoing.payload"}  # the last mail
    assert left(app) <= on_the_way | {"search_data.block"}
    work()

    assert left(app) == set()


@pytest.mark.usefixtures("each_database")
def test_nothing_is_left_of_a_draft_but_another_story_of_the_same_person(app, work):
    draft, other = a_draft(email=ADDRESS, phone=NUMBER), a_story(email=ADDRESS, phone=NUMBER)
    telling.mail_link(draft, ADDRESS, wants_reminder=True)
    finding.send_links(ADDRESS)
    finding.ask_for_call(NUMBER, [])
    work()
    withdrawal.erase(fresh(draft))
    assert {"conversation.phone", "story.email"} < left(app)
    withdrawal.erase(fresh(other))
    work()

    assert left(app) == set()


@pytest.mark.usefixtures("each_database")
def test_nothing_is_left_of_a_guardian(app, work):
    guardian = {"guardian_name": MARK, "guardian_email": ADDRESS, "guardian_phone": NUMBER}
    story = approved(handed_over(a_young_story(**guardian)))
    work()
    assert {"outgoing.address", "story.guardian_name", "story.guardian_phone"} <= left(app)
    withdrawal.erase(fresh(story))
    work()

    assert left(app) == set()


def test_nothing_is_left_of_an_address_and_a_number_that_were_changed(app, work, clock):
    story = a_story(email=ADDRESS, phone=NUMBER)
    finding.send_links(ADDRESS)
    finding.ask_for_call(NUMBER, [])
    reach.ask(story, reach.current(story)._replace(phone="0161 496 0000"))
    clock.shift(reach.UNDO_WITHIN * 2)
    reach.ask(story, reach.current(story)._replace(email=ELSEWHERE))
    reach.confirm(story, reach.wanted(story).code)
    finding.send_links(ELSEWHERE)
    work()
    withdrawal.erase(fresh(story))
    work()

    assert left(app) == set()


def test_each_table_of_a_story_is_erased_with_it():
    tables = {
        table.name
        for table in db.metadata.sorted_tables
        for key in table.foreign_keys
        if key.column.table.name == "story"
    }
    own = {part.__tablename__ for part in withdrawal.PARTS}
    assert tables - own == {"issue_part"}  # an issue stays, and lets go of the story
    assert own <= tables
