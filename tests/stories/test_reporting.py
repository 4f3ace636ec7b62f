"""A reader reports a published story: the team hears of it once, with the story named."""

from portal.extensions import db
from portal.inbox.desk import replies
from portal.inbox.links import own_url
from portal.inbox.models import ConversationState, Kind
from portal.stories import withdrawal
from portal.ways import Way
from tests.contact import conversations, hidden, latest, mails_to, text_of, words_of
from tests.newsletter import settings
from tests.stories import an_editor, deeds, fresh, told_team, withdrawn
from tests.stories.readers import LIBRARY, at, put_up
from tests.team import sign_in

EVE = "eve@example.org"
WORRIED = {"reason": "worried", "words": "She sounds unsafe.", "email": EVE}


def report(visit, story, **said):
    return visit.send(at(story, "report").rstrip("/"), WORRIED | said)


def test_a_report_is_a_message_to_the_team_that_names_the_story(visit, mailbox):
    story = put_up("The hoist & me")
    page, before = visit(at(story)), len(told_team())
    assert page.has(f"a[href='{at(story, 'report').rstrip('/')}']")
    receipt = report(visit, story)

    assert receipt.heading == "We have your message"
    talk = latest()
    assert (talk.kind, talk.about, talk.email) == (Kind.MESSAGE, "report", EVE)
    assert (talk.state, talk.reply_by) == (ConversationState.NEW, Way.EMAIL)
    assert words_of(talk) == ["I am worried about somebody.\n\nShe sounds unsafe."]
    assert deeds(story)[-1] == "reported"
    (mail,) = mails_to(mailbox, EVE)
    assert talk.reference in text_of(mail)
    assert "hoist" not in text_of(mail), "a stranger may have typed the address"
    assert len(told_team()) == before + 1


def test_the_team_sees_which_story_it_is_until_that_is_erased(app, visit_plain):
    story = put_up("The hoist & me")
    report(visit_plain, story)
    place = f"/inbox/{latest().id}"
    sign_in(visit_plain, app)
    page = visit_plain(place)
    assert page.has(f"a[href='/inbox/{story.conversation_id}/story']")
    assert "The hoist & me" in page.text
    withdrawal.erase(fresh(story))
    page = visit_plain(place)

    assert "The story that they report was erased." in page.text
    assert "hoist" not in page.text


def test_what_was_typed_is_not_lost_where_the_story_is_taken_back_meanwhile(visit):
    story = put_up()
    url = at(story, "report").rstrip("/")
    page = visit(url)
    sent = hidden(page) | WORRIED
    withdrawn(story)
    assert visit.post(url, sent | {"reason": ""}).status == 422
    assert visit.post(url, sent).heading == "We have your message"
    assert "She sounds unsafe." in words_of(latest())[0]


def test_who_gives_no_address_and_no_words_finds_the_answer_on_a_private_page(visit_plain):
    receipt = report(visit_plain, put_up(), words=" ", email=" ")

    talk = latest()
    assert (talk.email, talk.reply_by) == ("", Way.WEB)
    assert "You find our answer on your private page." in receipt.text
    replies.answer(talk, an_editor(), "We mended it.", Way.WEB)
    own = own_url(talk).partition("portal.test")[2]
    db.session.commit()
    assert "We mended it." in visit_plain(own).text


def test_what_is_missing_or_wrong_is_asked_again_with_what_was_typed(visit):
    for said, problem in (
        ({"reason": ""}, "Choose what it is about."),
        ({"email": "eve@"}, "Enter a full email address"),
    ):
        page = report(visit, put_up(), **said)
        assert page.status == 422
        assert problem in page.text
        assert page.value("words") == "She sounds unsafe."
    assert [talk.about for talk in conversations()] == ["story", "story"]


def test_the_same_form_counts_once(visit_plain):
    story = put_up()
    address = at(story, "report").rstrip("/")
    sent = hidden(visit_plain(address)) | WORRIED
    for _ in range(2):
        assert visit_plain.client.post(address, data=sent).status_code == 303

    assert [talk.about for talk in conversations()] == ["story", "report"]


@settings(FORM_MIN_SECONDS="60")
def test_one_that_may_be_a_machines_is_held_and_looks_the_same(visit_plain):
    story = put_up()
    receipt = report(visit_plain, story)

    assert receipt.heading == "We have your message"
    assert latest().state is ConversationState.HELD
    assert "reported" not in deeds(story)


def test_only_what_everybody_can_read_can_be_reported(visit_plain):
    story = withdrawn(put_up())

    assert visit_plain(at(story, "report").rstrip("/")).status == 410
    assert visit_plain(f"{LIBRARY}nothing/report").status == 404
