"""The migrations, up and down with rows in the tables; what they leave agrees with the models."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Enum, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from portal import audit, join_migrations, people
from portal.config import ROOT
from portal.delivery import enqueue, events, heartbeat, ledger
from portal.delivery.lookout import SilenceTold
from portal.delivery.models import Batch, Outgoing, OutgoingState, Pause, Permit
from portal.delivery.restored import Restoration, SentBefore
from portal.extensions import db, write_rows
from portal.inbox import search
from portal.inbox.desk.models import Draft, NoteDraft, Presence, SavedReply
from portal.inbox.figures.models import FirstAnswer
from portal.inbox.models import (
    Attachment,
    Change,
    ConversationState,
    Keeping,
    Original,
    Tag,
)
from portal.inbox.search.fulltext import has_model
from portal.issues.desk.models import IssuePresence
from portal.issues.models import Edition, Issue, IssueApproval, Part, Recipient
from portal.metrics import CountedSum
from portal.newsletter import retention
from portal.newsletter import services as newsletter
from portal.newsletter.models import Consent, Erasure, HeldSignup, ListChange, Subscriber
from portal.newsletter.transfer.import_work import line_of
from portal.newsletter.transfer.models import JobLine, ListJob
from portal.people import Person
from portal.providers.values import EventKind, ProviderEvent
from portal.retention.models import Ending
from portal.storage.models import DroppedFile, OrphanFile
from portal.stories.files.models import StoryFile
from portal.stories.finding import services as finding
from portal.stories.models import Approval, Revision, Story, StoryConsent, StoryTopic, Version
from portal.stories.press.models import PressQuestion
from portal.stories.showing.models import ShownCheck
from portal.stories.uses.models import Use
from portal.team.models import Browser, KeptForm, Member, Passkey, Role
from tests.delivery import mail
from tests.inbox import a_conversation
from tests.newsletter import tables as all_rows
from tests.stories import a_draft
from tests.team import a_member

MOMENT = datetime(2030, 1, 1, tzinfo=UTC)
HERE = "07700 900123"
ORPHAN = """
    INSERT INTO consent (id, subscriber_id, purpose, given, wording, channel, at)
    SELECT 9, 999, purpose, given, wording, channel, at FROM consent"""
LEFT_IN_POSTGRESQL = """
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT cfgname FROM pg_ts_config WHERE cfgnamespace = 'public'::regnamespace
    UNION ALL SELECT dictname FROM pg_ts_dict WHERE dictnamespace = 'public'::regnamespace"""
REPLACED = "INSERT INTO audit_entry SELECT * FROM audit_entry"
on_each_database = pytest.mark.usefixtures("each_database")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def newest_app(request, make_app):
    """The portal with an empty database of the test's own, at the newest step."""
    url = "blank_postgres_url" if request.param == "postgres" else "sqlite_url"
    app = make_app(DATABASE_URL=request.getfixturevalue(url))
    join_migrations(app)
    with app.app_context():
        upgrade()  # the file has been there: each step takes its time
        yield app


def tables():
    """All but those that no model has: search's own, and the tools'."""
    found = {name for name in inspect(db.engine).get_table_names() if has_model(name, "table", {})}
    return found - {"alembic_version", "sqlite_sequence"}


def fill():
    """A row in every table."""
    enqueue(mail())
    heartbeat.beat("a worker")
    db.session.merge(CountedSum(name="portal_requests", labels="[]", number=2**40))
    db.session.merge(SilenceTold(destination="chat", told_at=MOMENT))
    events.save("brevo", [ProviderEvent(uuid.uuid4().hex, EventKind.UNKNOWN)])
    db.session.merge(Pause(lane="brevo mail", since=MOMENT, until=MOMENT, failures=1, reason=""))
    db.session.merge(Permit(number=1, used_at=MOMENT))
    db.session.merge(Ending(kind="stories", row_id=1, goes_at=MOMENT))
    db.session.add(Restoration(backup_at=MOMENT, at=MOMENT))
    db.session.add(SentBefore(digest=uuid.uuid4().hex, at=MOMENT, is_sure=True))
    person = Subscriber.new("ada@example.org")
    agreed = {"purpose": "newsletter", "wording": "I agree", "channel": "web"}
    person.consents.append(Consent(given=True, at=MOMENT, **agreed))
    person.list_changes.append(ListChange(what="Let back", way="phone", member_id=1))
    held = HeldSignup(email="eve@example.org", topics=[], format="standard", reasons="quick")
    job = ListJob(kind="import", state="going")
    audit.note(audit.Deed.EXPORTED)
    db.session.add_all([person, held, Erasure(digest="0"), job])
    db.session.flush()
    db.session.add(JobLine(**line_of(job.id, 2, "ada@example.org", "refused", "no")))
    db.session.commit()
    fill_inbox(a_conversation(), a_member(email=f"{uuid.uuid4().hex}@team.example"))
    fill_stories(a_conversation())


def fill_inbox(conversation, member):
    """A row in each table of the team and of the inbox."""
    conversation.tags = [Tag(name="pool")]
    message = conversation.messages[0]
    message.attachments = [Attachment(name="a.txt", state=Keeping.REFUSED)]
    conversation.enclosures = [Attachment(name="b.txt", state=Keeping.KEPT)]
    ids = {"conversation_id": conversation.id, "member_id": member.id}
    key = {"credential_id": member.email.encode(), "public_key": b"", "sign_count": 2**31}
    words = {"name": "Phone", "device_type": "", "usage": "first", "backup_state": False}
    db.session.add_all(
        [
            Original(message_id=message.id, content={}),
            Draft(**ids, text="", saved_at=MOMENT),
            NoteDraft(**ids, text="", saved_at=MOMENT),
            Presence(**ids, seen_at=MOMENT),
            SavedReply(title=member.email, text=""),
            FirstAnswer(id=1, answered=1, median_days=1, within_promise=100),
            KeptForm(member_id=member.id, address="", page="", fields=[], files=[]),
            Browser(member_id=member.id, device="", until=MOMENT),
            Passkey(user_id=member.id, lastuse_datetime=MOMENT, **key, **words),
            DroppedFile(place=""),
            OrphanFile(place=member.email),
        ]
    )
    db.session.commit()


def fill_stories(conversation):
    """A row in each table of the stories; the story is published."""
    key = uuid.uuid4().hex
    story = Story(key=key, conversation_id=conversation.id, telling="write", state="editing")
    story.revisions = [Revision(number=1, title="Pool", text="I swim.", name="Ada", digest="0")]
    db.session.add(story)
    db.session.flush()
    mine, text = {"story_id": story.id}, {"revision_id": story.revisions[0].id}
    db.session.add_all(
        [
            Approval(**mine, **text, digest="0", wording="Yes"),
            *(
                StoryConsent(**mine, purpose=purpose, given=True, wording="Yes", channel="web")
                for purpose in ("publish", "funders", "press")
            ),
            StoryFile(**mine, key=key, name="pool.jpg", state="coming"),
            Version(**mine, **text, kind="bsl", title="Film", link="https://x.example", digest="0"),
            StoryTopic(**mine, topic="water"),
        ]
    )
    db.session.flush()
    db.session.add(Use(**mine, channel="funders", text="In a report"))
    enquiry = a_conversation(kind="press").id
    asked = {"enquiry_id": enquiry, "asked_by_id": a_member(email=f"{key}@team.example").id}
    editor = asked["asked_by_id"]
    db.session.add(ShownCheck(**text, purpose="place", shows=False, member_id=editor))
    db.session.add(PressQuestion(**mine, **asked, words="A paper asks"))
    story.state, story.published_revision_id = "published", story.revisions[0].id
    db.session.commit()
    fill_issues(story)


def fill_issues(story):
    """A row in each table of the issues; the issue was sent to one person."""
    ada = Member.query.first()
    eve = a_member(email=f"{uuid.uuid4().hex}@example.org")
    person = Subscriber.with_email("ada@example.org")
    consent = {"purpose": "newsletter", "given": True, "wording": "Yes", "channel": "web"}
    db.session.add(StoryConsent(story_id=story.id, **consent))
    issue, batch = Issue(subject="May", digest="0"), Batch()
    revision = story.published_revision_id
    issue.parts = [Part(position=0, kind="story", story_id=story.id, revision_id=revision)]
    issue.approvals = [
        IssueApproval(digest="0", wording="Yes", asked_by_id=ada.id, member_id=eve.id)
    ]
    db.session.add_all([issue, batch])
    db.session.flush()
    edition = Edition(issue=issue, batch=batch, format="plain", subject="May", html="", text="")
    db.session.add(edition)
    db.session.flush()
    db.session.add(Recipient(issue_id=issue.id, edition=edition, subscriber_id=person.id))
    db.session.add(IssuePresence(issue_id=issue.id, member_id=ada.id, seen_at=MOMENT))
    db.session.commit()
    issue.state = "sending"
    db.session.commit()
    batch.is_open = True
    db.session.get_one(Outgoing, enqueue(mail())).batch_id = batch.id
    db.session.commit()


def test_there_is_one_head():
    assert len(ScriptDirectory(str(ROOT / "migrations")).get_heads()) == 1


def test_each_step_goes_down_and_up_and_down_again_with_rows_and_leaves_nothing_behind(newest_app):
    fill()
    assert [name for name, rows in all_rows().items() if not rows] == [], "a table for `fill`"
    for revision in ScriptDirectory(str(ROOT / "migrations")).walk_revisions():
        assert (
            db.session.scalar(text("SELECT address FROM outgoing ORDER BY id")) == "ada@example.org"
        )
        db.session.commit()
        downgrade(revision="-1")
        upgrade(revision=revision.revision)
        downgrade(revision="-1")

    assert tables() == set()
    if db.engine.dialect.name == "postgresql":
        assert db.session.scalars(text(LEFT_IN_POSTGRESQL)).all() == []
        db.session.commit()
    upgrade()
    fill()
    assert tables() == set(db.metadata.tables)


def test_ledger_begins_with_what_was_there_before_it(newest_app):
    downgrade(revision="0012")
    for state in [*OutgoingState, OutgoingState.ACCEPTED]:
        sent = update(Outgoing).where(Outgoing.id == enqueue(mail()))
        write_rows(sent.values(state=state))
    db.session.commit()
    upgrade()
    book = ledger.read()

    assert book.states == dict.fromkeys(OutgoingState, 1) | {OutgoingState.ACCEPTED: 2}
    assert book.balances


@pytest.mark.parametrize(("said", "found"), [("Ada", " ada"), ("Eve", ""), (None, "")])
def test_what_is_published_is_found_as_what_comes_later(newest_app, said, found):
    fill()
    story = db.session.scalars(text("SELECT id FROM story")).one()
    wanted = {"purpose": "name", "wording": "Yes", "channel": "web"}
    for value in ("Ada", said):
        db.session.add(StoryConsent(story_id=story, given=bool(value), value=value or "", **wanted))
        db.session.commit()
    downgrade(revision="0019")
    db.session.execute(text("UPDATE story SET search = 'i don\u2019t mind: step-free'"))
    db.session.commit()
    upgrade()

    words = db.session.scalar(text("SELECT search FROM story"))
    assert words == f"i dont mind step free{found}"
    db.session.commit()


def test_what_was_said_of_a_guardian_moves_to_columns_and_back(newest_app):
    said = {"under_18": "yes", "needs": "Large print"}
    young = {"young": True, "guardian_name": "Bea"}
    story = Story(key="a", telling="write", state="draft", answers=said, **young)
    db.session.add(story)
    db.session.commit()
    for _ in range(2):
        downgrade(revision="0023")
        assert db.session.scalar(select(Story.answers)) == said | {"guardian": "Bea"}
        db.session.commit()
        upgrade()
        db.session.refresh(story)
        assert (story.young, story.guardian_name, story.answers) == (True, "Bea", said)
        db.session.commit()


OURS, LABELS = "Ada{}@bücher.example", "ada{}@xn--bcher-kva.example"
# What two subscribers are who turn out to be one, and what becomes of them.
ONE_PERSON = [
    ("subscribed", "unsubscribed", "unsubscribed", [True, True, False]),
    ("complained", "subscribed", "complained", [True, True, False]),
    ("pending", "subscribed", "subscribed", [True]),
]


FORMER_SUBSCRIBER = text("""
    INSERT INTO subscriber
    (public_id, email, email_key, name, topics, format, state, created_at, asked_at, changed_at)
    VALUES (:key, :email, :key, '', '[]', 'plain', :state, :at, :at, :at) RETURNING id""")
FORMER_CONSENT = text("""
    INSERT INTO consent (subscriber_id, purpose, given, wording, channel, at)
    VALUES (:id, 'newsletter', :given, 'I agree', 'web', :at)""")


def add_former_subscriber(email, state, words, at):
    """Somebody on the list, and what they agreed to or not, as steps before 0042 keep them."""
    at = at.isoformat(" ")  # SQLite is given text from Python 3.12 on
    values = {"key": email.lower(), "email": email, "state": state, "at": at}
    number = db.session.scalar(FORMER_SUBSCRIBER, values)
    for given in words:
        db.session.execute(FORMER_CONSENT, {"id": number, "given": given, "at": at})


def test_addresses_in_both_forms_become_one_and_no_no_is_lost(newest_app):
    enqueue(mail(to=OURS.format(0)))
    talk = a_conversation(email=LABELS.format(0))
    db.session.commit()
    downgrade(revision="0013")
    for number, (in_letters, in_labels, *_) in enumerate(ONE_PERSON):
        for days, (address, was) in enumerate(((OURS, in_letters), (LABELS, in_labels))):
            words = {"pending": [], "subscribed": [True]}.get(was, [True, False])
            add_former_subscriber(address.format(number), was, words, MOMENT - timedelta(days))
    db.session.execute(text("UPDATE outgoing SET address_key = lower(address)"))
    db.session.commit()
    for _ in range(2):
        upgrade()
        rows = {row.email_key: row for row in Subscriber.query}
        found = [rows.pop(LABELS.format(number)) for number in range(len(ONE_PERSON))]
        keys = db.session.scalars(
            text("SELECT address_key FROM outgoing WHERE address <> ''")
        ).all()
        assert [row.state for row in found] == [state for *_, state, _ in ONE_PERSON]
        said = [[one.given for one in row.consents] for row in found]
        assert said == [said for *_, said in ONE_PERSON]
        assert rows == {}
        assert LABELS.format(0) in keys
        assert (talk.email, talk.email_key) == (OURS.format(0).lower(), LABELS.format(0))
        db.session.commit()
        downgrade(revision="0013")
        key = db.session.scalar(text("SELECT email_key FROM conversation"))
        assert key == OURS.format(0).lower()
        keys = db.session.scalars(text("SELECT email_key FROM subscriber")).all()
        assert {*keys} == {OURS.format(number).lower() for number in range(len(ONE_PERSON))}
        db.session.commit()
        db.session.expire_all()


def test_mails_that_were_kept_are_found_by_where_they_came_from(newest_app):
    message = a_conversation(email="").messages[0]
    db.session.add(Original(message_id=message.id, address="Ada@BÜCHER.example", content={}))
    db.session.commit()
    downgrade(revision="0034")
    upgrade()

    ada = Person.of(["ada@xn--bcher-kva.example"])
    assert people.holders["messages"].count(ada) == 1
    db.session.commit()


def test_phone_numbers_that_were_kept_are_found_in_each_form_and_words_around_them_stay(newest_app):
    kept = {"+44 (0)7700 900123": HERE, f"{HERE}, mornings": f"{HERE}, mornings", "none": "none"}
    for number in kept:
        a_draft(phone=number)
        a_conversation(phone=number)
    for _ in range(2):
        downgrade(revision="0018")
        upgrade()
        for table in ("story", "conversation"):
            found = db.session.scalars(text(f"SELECT phone FROM {table} ORDER BY id"))
            assert found.all() == [*kept.values()]
        assert len(finding.stories_of("00447700900123")) == 2
        assert people.holders["messages"].count(Person.of(numbers=["00447700900123"])) == 2
        assert len(search.find("00447700900123").ids) == 2
        db.session.commit()


def test_a_signed_language_goes_from_the_words_of_a_story_to_its_film(newest_app):
    story = a_draft(answers={"language_name": "BSL"})
    for kind in ("film", "sound"):
        story.files.append(StoryFile(key=kind, kind=kind, state="kept", name=kind))
    db.session.commit()
    downgrade(revision="0022")
    db.session.execute(text("UPDATE story SET language = 'bfi'"))
    db.session.commit()
    upgrade()

    db.session.expire_all()
    assert (story.language, story.answers["language_name"]) == ("en", "")
    assert {one.kind: one.language for one in story.files} == {"film": "bfi", "sound": ""}
    db.session.commit()


def test_who_was_on_the_list_is_found_by_name_and_what_was_decided_comes_not_back(
    newest_app,
):
    downgrade(revision="0041")
    add_former_subscriber(OURS.format(0), "subscribed", [True], MOMENT)
    db.session.execute(text("UPDATE subscriber SET name = 'Zoë  O''Hara'"))
    db.session.commit()
    for _ in range(2):
        upgrade()
        person = db.session.scalars(select(Subscriber)).one()
        assert person.search == "ada0 bucher example zoe ohara"
        assert (person.consents[0].evidence, person.consents[0].member_id) == ("", None)
        settled = {"topics": [], "format": "plain", "reasons": "quick"}
        decided = HeldSignup(email="eve@example.org", decided_at=MOMENT, **settled)
        db.session.add_all([decided, HeldSignup(email="bo@example.org", **settled)])
        db.session.commit()
        db.session.remove()
        downgrade(revision="0041")
        assert set(db.session.scalars(text("SELECT email FROM held_signup"))) == {"bo@example.org"}
        db.session.commit()


def test_what_waits_for_who_left_is_nobodys_and_the_history_says_whose_it_was(newest_app):
    gone, reader, ada = a_member(name="Ben"), a_member(Role.READER, "Cleo"), a_member(name="Ada")
    gone.active = False
    talks = [a_conversation() for _ in range(4)]
    for talk, owner in zip(talks, (gone, reader, ada, gone), strict=True):
        talk.owner = owner
    talks[3].state = ConversationState.CLOSED
    db.session.commit()
    downgrade(revision="0035")
    upgrade()

    db.session.expire_all()
    assert [talk.owner_id for talk in talks] == [None, None, ada.id, gone.id]
    (first, second) = db.session.query(Change).filter_by(what="owner_id").order_by(Change.id)
    assert (first.before, first.after, second.before) == (gone.id, None, reader.id)
    db.session.commit()


def test_what_was_used_before_anybody_was_asked_stays_without_a_way(newest_app):
    fill()
    downgrade(revision="0043")
    db.session.execute(text("DELETE FROM story_consent WHERE purpose = 'funders'"))
    db.session.commit()
    upgrade()

    use = db.session.scalars(select(Use)).one()
    assert (use.text, use.channel, use.link, use.outcome) == ("In a report", None, "", None)
    db.session.commit()


def test_held_sign_ups_are_found_by_their_address_in_each_form(newest_app):
    for address in ("Ada@Example.ORG", "eve@bücher.example"):
        newsletter.hold(address, [], "standard", ["quick"])
    downgrade(revision="0037")
    upgrade()

    for address in ("ada@example.org", "eve@xn--bcher-kva.example"):
        assert len(retention.held_for(address)) == 1
    db.session.commit()


@on_each_database
@pytest.mark.filterwarnings("ignore:Computed default on conversation.folder")  # same, said anew
def test_models_and_migrations_agree(app):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "include_name": has_model},
        )
        assert compare_metadata(context, db.metadata) == []


@on_each_database
def test_words_that_a_column_may_have_are_the_same_in_the_database(app):
    """Alembic does not compare them."""
    inspector = inspect(db.engine)
    columns = [column for table in db.metadata.sorted_tables for column in table.columns]
    for column in columns:
        if isinstance(column.type, Enum):
            checks = inspector.get_check_constraints(column.table.name)
            named = {check["name"]: check["sqltext"] for check in checks}
            words = re.findall(r"'([\w-]+)'", named[f"ck_{column.table.name}_{column.name}"])
            assert words == list(column.type.enums)


WRONG = {
    "DELETE FROM outgoing": "never deleted",
    "UPDATE consent SET given = NOT given": "only ever added",
    "UPDATE consent SET wording = wording": "only ever added",
    "UPDATE audit_entry SET why = why": "only ever added",
    "DELETE FROM audit_entry": "only ever added",
    REPLACED: "added|constraint",
    "UPDATE outgoing SET state = 'lost'": "constraint",
    "UPDATE outgoing SET action = 'shout'": "constraint",
    "UPDATE subscriber SET state = 'forgotten'": "constraint",
    ORPHAN: "constraint",
}


@on_each_database
def test_what_must_stay_cannot_be_changed_and_nonsense_cannot_be_saved(app):
    fill()
    for statement, words in WRONG.items():
        with pytest.raises(DBAPIError, match=words):
            db.session.execute(text(statement))
        db.session.rollback()


@on_each_database
def test_consent_goes_with_the_person_and_only_so(app):
    fill()
    db.session.execute(text("DELETE FROM subscriber"))
    db.session.commit()

    assert db.session.scalar(db.select(db.func.count()).select_from(Consent)) == 0
