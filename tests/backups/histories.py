"""One short history for each kind of the journal: what there was, what was done, what must be so.

Each yields when the backup may be made, does what a restore must not undo, yields again, and says
what must be so once the backup was brought back.
"""

from portal import people, storage
from portal.delivery import enqueue, outbox
from portal.delivery.models import Outgoing
from portal.extensions import db, now
from portal.inbox.desk import erasing
from portal.inbox.desk import services as desk
from portal.inbox.models import Conversation, Message
from portal.issues import scheduling
from portal.issues.models import Edition, Issue, IssueState
from portal.newsletter import retention
from portal.newsletter import services as newsletter
from portal.newsletter.models import Subscriber, SubscriberState
from portal.people import Person
from portal.stories import consents, formats, reach, shaping, withdrawal
from portal.stories.files import store
from portal.stories.files.models import FileKind, FileState, StoryFile
from portal.stories.guardian import services as guardians
from portal.stories.models import Story, Version
from portal.stories.states import Giver
from portal.team import periods
from portal.team import services as team
from portal.team.models import Member, Passkey, Role
from tests.delivery import mail
from tests.inbox import HOUR, a_conversation
from tests.issues import an_issue, let_out
from tests.newsletter import put_on
from tests.stories import (
    a_draft,
    a_story,
    a_young_story,
    approved,
    edited,
    handed_over,
    published,
    with_guardian,
)
from tests.team import a_member

HISTORIES = {}


def history(kind):
    """Registers the history of a kind."""

    def add(steps):
        HISTORIES[kind] = steps
        return steps

    return add


def _story(kind, make=published, **changes):
    return make(a_story(email=f"{kind}@example.org", **changes)).id


@history("left")
def left():
    put_on(email := "left@example.org")
    public_id = Subscriber.with_email(email).public_id
    yield
    newsletter.unsubscribe(public_id, "one-click")
    yield
    person = Subscriber.with_email(email)
    assert person.state is SubscriberState.UNSUBSCRIBED
    assert (person.consents[-1].given, person.consents[-1].channel) == (False, "one-click")


def _stopped(state):
    def steps():
        put_on(email := f"{state}@example.org")
        yield
        Subscriber.with_email(email, to_change=True).become(state)
        db.session.commit()
        yield
        assert Subscriber.with_email(email).state is state

    return steps


for bad in (SubscriberState.BOUNCED, SubscriberState.COMPLAINED):
    HISTORIES[str(bad)] = _stopped(bad)


@history("erased")
def erased():
    put_on(email := "erased@example.org")
    yield
    newsletter.erase(Subscriber.with_email(email))
    put_on(younger := "younger@example.org")
    newsletter.erase(Subscriber.with_email(younger))
    yield
    assert Subscriber.with_email(email) is None
    assert retention.erased(email)
    assert retention.erased(younger)


@history("conversation-erased")
def conversation_erased():
    talk_id = a_conversation(email="conversation@example.org").id
    yield
    erasing.erase(db.session.get(Conversation, talk_id), a_member(email="eraser@team.example"))
    yield
    talk = db.session.get(Conversation, talk_id)
    assert (talk.email, talk.messages[0].text) == ("", "")


@history("mail-erased")
def mail_erased():
    message_id = a_conversation(email="eve@example.org").messages[0].id
    yield
    erasing.forget_mail(db.session.get(Message, message_id))
    db.session.commit()
    yield
    assert db.session.get(Message, message_id).text == ""


@history("member-forgotten")
def member_forgotten():
    member_id = a_member(email="forgotten@team.example").id
    yield
    periods.forget(db.session.get(Member, member_id))
    db.session.commit()
    yield
    member = db.session.get(Member, member_id)
    assert (member.email, member.name) == ("", periods.SOMEBODY)


@history("link-stopped")
def link_stopped():
    talk = a_conversation(email="link@example.org")
    talk_id, key = talk.id, talk.key
    yield
    desk.revoke_link(db.session.get(Conversation, talk_id))
    yield
    assert db.session.get(Conversation, talk_id).key != key


@history("story-erased")
def story_erased():
    story_id = a_draft(email="story-erased@example.org").id  # without a conversation
    yield
    withdrawal.erase(db.session.get(Story, story_id))
    yield
    assert db.session.get(Story, story_id) is None


@history("story-taken-back")
def story_taken_back():
    story_id = _story("story-taken-back")
    place = storage.keep(b"a picture")
    kept = {"kind": FileKind.PICTURE, "state": FileState.KEPT, "place": place, "size": 9}
    db.session.add(StoryFile(story_id=story_id, key="taken", name="a.png", **kept))
    db.session.commit()
    yield
    withdrawal.withdraw(db.session.get(Story, story_id), keep_files=False)
    yield
    story = db.session.get(Story, story_id)
    assert (story.state, story.published_revision_id) == ("withdrawn", None)
    assert story.files == []


@history("story-link-stopped")
def story_link_stopped():
    story_id = _story("story-link", approved)
    key = db.session.get(Story, story_id).key
    yield
    withdrawal.stop_link(db.session.get(Story, story_id))
    yield
    assert db.session.get(Story, story_id).key != key


@history("consent-ended")
def consent_ended():
    story_id = _story("consent")
    yield
    shaping.set_consents(db.session.get(Story, story_id), {"funders": (False, "")})
    yield
    assert not consents.allows(db.session.get(Story, story_id), "funders")


@history("yes-ended")
def yes_ended():
    story = with_guardian(edited(a_young_story(email="yes@example.org")).story)
    story_id = story.id
    yield
    guardians.take_back(db.session.get(Story, story_id))
    yield
    said = [one for one in db.session.get(Story, story_id).approvals if one.giver is Giver.GUARDIAN]
    assert said
    assert all(one.taken_back_at for one in said)


@history("way-erased")
def way_erased():
    story_id = _story("way", handed_over)
    story = db.session.get(Story, story_id)
    way = {"reach": ["email", "before@example.org", "", "", ""], "code": "a"}
    story.answers = story.answers | {reach.OLD: [way | {"at": now().isoformat()}]}
    db.session.commit()
    yield
    people.erase(Person.of(["before@example.org"], whole=True), ["reached"])
    db.session.commit()
    yield
    assert reach.earlier(db.session.get(Story, story_id)) == []


@history("file-deleted")
def file_deleted():
    story_id = _story("file", approved)
    kept = {"kind": FileKind.PICTURE, "state": FileState.KEPT, "place": storage.keep(b"mine")}
    file = StoryFile(story_id=story_id, key="deleted", name="b.png", size=4, **kept)
    db.session.add(file)
    db.session.commit()
    file_id = file.id
    yield
    store.remove(file_id)
    yield
    assert db.session.get(StoryFile, file_id) is None


@history("version-removed")
def version_removed():
    story_id = _story("version")
    story = db.session.get(Story, story_id)
    film = {"kind": "bsl", "title": "Film", "link": "https://film.example", "digest": "0"}
    db.session.add(Version(story_id=story_id, revision_id=story.published_revision_id, **film))
    db.session.commit()
    version_id = story.versions[0].id
    yield
    formats.remove_version(db.session.get(Story, story_id), version_id)
    yield
    assert db.session.get(Version, version_id).removed_at


@history("guardian-link-stopped")
def guardian_link_stopped():
    story = edited(a_young_story(email="young@example.org")).story
    story_id = approved(story).id
    key = db.session.get(Story, story_id).guardian_key
    yield
    guardians.set_guardian(db.session.get(Story, story_id), "Iris", "iris@example.org", "")
    yield
    assert db.session.get(Story, story_id).guardian_key not in {key, None}


@history("member-stopped")
def member_stopped():
    member_id = a_member(email="stopped@team.example").id
    yield
    team.disable(db.session.get(Member, member_id))
    yield
    assert not db.session.get(Member, member_id).active


@history("role-changed")
def role_changed():
    member_id = a_member(Role.EDITOR, email="role@team.example").id
    yield
    team.set_role(db.session.get(Member, member_id), Role.READER)
    yield
    assert db.session.get(Member, member_id).role is Role.READER


@history("password-changed")
def password_changed():
    member_id = a_member(email="password@team.example").id
    db.session.get(Member, member_id).password = "an old one"
    db.session.commit()
    yield
    team.change_password(db.session.get(Member, member_id), "another of four words")
    yield
    assert db.session.get(Member, member_id).password is None


@history("second-step-removed")
def second_step_removed():
    member_id = a_member(email="step@team.example").id
    yield
    team.forget_second_step(db.session.get(Member, member_id))
    yield
    assert not db.session.get(Member, member_id).has_second_step


@history("passkey-removed")
def passkey_removed():
    member_id = a_member(email="key@team.example").id
    key = {"name": "Phone", "credential_id": b"1", "public_key": b"2", "backup_state": False}
    key |= {"device_type": "", "usage": "first", "lastuse_datetime": now()}
    passkey = Passkey(user_id=member_id, **key)
    db.session.add(passkey)
    db.session.commit()
    number = passkey.id
    yield
    team.remove_passkey(db.session.get(Member, member_id), number)
    yield
    assert db.session.get(Passkey, number) is None


@history("issue-begun")
def issue_begun():
    issue = an_issue(subject="Begun since")
    issue_id = issue.id
    yield
    issue = db.session.get(Issue, issue_id)
    scheduling.ISSUE_BEGUN.note(issue)
    let_out(issue)
    yield
    issue = db.session.get(Issue, issue_id)
    assert issue.state is IssueState.DRAFT
    assert "twice" in issue.why


@history("issue-stopped")
def issue_stopped():
    issue = an_issue(subject="Stopped since")
    edition_id = let_out(issue).id
    issue_id = issue.id
    yield
    scheduling.stop(db.session.get(Issue, issue_id), a_member(email="stopper@team.example"))
    yield
    assert db.session.get(Issue, issue_id).state is IssueState.STOPPED
    assert not db.session.get(Edition, edition_id).batch.is_open


@history("mail-taken-back")
def mail_taken_back():
    row_id = enqueue(mail("undone"), wait=HOUR)
    db.session.commit()
    yield
    assert outbox.take_back(row_id)
    db.session.commit()
    yield
    row = db.session.get(Outgoing, row_id)
    assert (row.state, row.address) == ("cancelled", "")
