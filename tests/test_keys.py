"""A secret key that changed, or leaked: what goes on, what is over, and who comes back how."""

import re

import pytest
from itsdangerous import URLSafeTimedSerializer

from portal import signing
from portal.audit import AuditEntry, Deed
from portal.config import ROOT, ConfigError, load_config
from portal.delivery.models import Outgoing
from portal.extensions import db
from portal.inbox import reply_addresses
from portal.inbox.models import Conversation
from portal.newsletter import links, retention
from portal.newsletter.models import Subscriber
from portal.stories.finding import services as finding
from portal.stories.models import Story
from portal.team import codes
from portal.team.models import Member
from tests.conftest import usual_env
from tests.inbox import a_conversation
from tests.newsletter import a_subscriber
from tests.stories import a_story
from tests.team import a_member, with_password

OLD, NEW = "the-old-key-that-is-long-enough-too", "the-new-key-that-is-long-enough-too"
CHANGED = {"SECRET_KEY": NEW, "SECRET_KEY_FALLBACKS": OLD}
LEAKED = {"SECRET_KEY": NEW, "SECRET_KEY_RETIRED": OLD}
# Who may know a secret key, and what it does there: whoever uses one says here what becomes of it.
USES = r"SECRET_KEY|app\.secret_key|all_keys\(|URLSafe|TimestampSigner"
USED_IN = {
    "backups/manifest.py": "tells whether a backup was made with another one",
    "backups/restoring.py": "says so",
    "config.py": "asks for one",
    "floods.py": "counts people for an hour",
    "keys.py": "changes it",
    "inbox/reply_addresses.py": "a leaked one can be used to write into a conversation: it is over",
    "newsletter/retention.py": "who was erased is remembered",
    "people.py": "so is what the audit calls somebody",
    "redaction.py": "keeps them out of the log",
    "settings.py": "names them",
    "signing.py": "has a table of its own",
    "stories/finding/phrase.py": "four words lead back",
    "team/codes.py": "locks the secrets of apps and recovery codes",
    "backups/cli.py": "says so",
}


@pytest.fixture
def env(env):
    return env | {"SECRET_KEY": OLD}


def test_each_use_of_a_secret_key_is_in_this_table():
    found = {
        str(path.relative_to(ROOT / "portal"))
        for path in (ROOT / "portal").rglob("*.py")
        if re.search(USES, path.read_text())
    }

    assert found == set(USED_IN) & found
    assert found <= set(USED_IN)


def test_each_purpose_that_is_signed_for_is_known(app):
    with pytest.raises(KeyError):
        signing.signer("a new one")


@pytest.mark.parametrize("purpose", [*signing.SECRETS, *signing.FORGED])
def test_what_was_signed_with_a_former_key(make_app, purpose):
    """A stranger who has it can sign only what needs a secret of one person besides."""
    token = URLSafeTimedSerializer(OLD, salt=purpose).dumps("x")
    read = []
    for settings in (CHANGED, LEAKED, {"SECRET_KEY": NEW}):
        with make_app(**settings).app_context():
            read.append(signing.read_signed(purpose, token) is not None)

    assert read == [True, purpose in signing.SECRETS, False]


def test_link_in_an_old_newsletter_leaves_whatever_became_of_the_keys(app, make_app):
    person = a_subscriber()
    leave, choose = links.unsubscribe_url(person), links.preferences_url(person)
    db.session.commit()
    other = make_app(SECRET_KEY=NEW)
    client = other.test_client()
    choosing = client.get(choose).status_code
    left = client.post(leave, data={"List-Unsubscribe": "One-Click"})
    with other.app_context():
        state = a_subscriber_now().state

    assert (choosing, left.status_code, state) == (404, 200, "unsubscribed")
    assert client.post(leave[:-20] + "x" * 20).status_code == 200
    assert client.get("/newsletter/unsubscribe/nonsense").status_code == 404


def a_subscriber_now():
    return db.session.scalar(db.select(Subscriber))


def test_key_that_leaked_must_not_sign():
    for settings in (
        {"SECRET_KEY": NEW, "SECRET_KEY_RETIRED": NEW},
        CHANGED | {"SECRET_KEY_RETIRED": OLD},
    ):
        with pytest.raises(ConfigError, match="SECRET_KEY_RETIRED"):
            load_config(usual_env("/tmp") | settings)


def test_command_says_first_how_the_key_is_changed(app):
    said = app.test_cli_runner().invoke(args=["rotate-key"]).output
    (key,) = re.findall(r"^SECRET_KEY=(.{64})$", said, re.MULTILINE)

    assert "SECRET_KEY_RETIRED=" in said
    assert key != OLD


def test_after_the_command_nothing_is_locked_with_the_old_key(app, make_app):
    member = a_member()
    phone = with_password(member)
    recovery = codes.new_recovery_codes(member)
    db.session.commit()
    with make_app(**LEAKED).app_context() as context:
        done = context.app.test_cli_runner().invoke(args=["rotate-key"])
        assert done.exit_code == 0, done.output
        assert db.session.scalars(db.select(AuditEntry.deed)).all() == [Deed.KEY_ROTATED]
        db.session.remove()
    with make_app(SECRET_KEY=NEW).app_context():
        member = db.session.scalar(db.select(Member))
        codes.check_code(member, phone.code())
        codes.check_code(member, recovery[0])
        db.session.commit()
        with pytest.raises(codes.WrongCode):
            codes.check_code(member, recovery[0])


def test_nobody_is_forgotten_and_nobody_writes_into_a_conversation_by_the_old_key(app, make_app):
    retention.note_erasure("gone@example.org")
    talk_id = a_conversation().id
    story = a_story()
    words = finding.phrase.new()
    story.phrase, story_id = finding.phrase.digest(words), story.id
    app.config["INBOUND_EMAIL"] = "reply@in.example.org"
    address = reply_addresses.reply_to(db.session.get(Conversation, talk_id)).email
    db.session.commit()
    with make_app(**LEAKED).app_context():
        assert retention.erased("gone@example.org")
        assert finding.by_words(words).id == story_id
        assert reply_addresses.read(address) is None
    with make_app(**CHANGED).app_context():
        assert reply_addresses.read(address) == talk_id


def test_where_the_database_leaked_too_every_link_is_new_and_mailed(app, make_app):
    story, talk = a_story(), a_conversation()
    before = {story.key, talk.key, story.conversation.key}
    words = finding.phrase.new()
    story.phrase = finding.phrase.digest(words)
    story_id, talk_id = story.id, talk.id
    db.session.commit()
    with make_app(**LEAKED).app_context() as context:
        done = context.app.test_cli_runner().invoke(args=["rotate-key", "--new-links"])
        story, talk = db.session.get(Story, story_id), db.session.get(Conversation, talk_id)
        mails = {row.name: row.address for row in db.session.scalars(db.select(Outgoing))}

        assert done.exit_code == 0, done.output
        assert before.isdisjoint({story.key, talk.key, story.conversation.key})
        assert finding.by_words(words) is None
        assert mails["story_links"] == story.email
        assert mails["contact_link"] == talk.email
