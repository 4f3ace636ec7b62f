"""What became of a mail reaches its conversation, whether it is known at once or told later."""

import pytest

from portal.delivery import uncertain
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.inbox import intake
from portal.inbox.desk import replies
from portal.inbox.models import ConversationState
from portal.providers.errors import Refused, Uncertain
from portal.providers.values import Receipt
from tests.delivery import Bell, Scripted, hear, news, provide
from tests.inbox import a_conversation
from tests.inbox.desk import a_while_later, answer, carried, fresh, history, path, press, shown
from tests.team import a_member

TAKEN, REFUSED, NO_ANSWER = Receipt("<id>"), Refused("No such user."), Uncertain("No answer came.")
LOST = "A mail may or may not have arrived. No answer came."


@pytest.fixture
def provider(app):
    return provide(app, mail=Scripted())


@pytest.fixture
def answered(visit_plain, ada, work, provider):
    """A conversation with answers, of which the provider said this when it got them."""

    def begin(*fates):
        conversation = a_conversation()
        work()  # the team's notice goes through
        for fate in fates:
            provider.answers = [fate]
            answer(visit_plain, fresh(conversation), "Yes, it is warm.")
            with a_while_later():
                work()
        return fresh(conversation)

    return begin


def mails(name="reply"):
    query = db.select(Outgoing).where(Outgoing.name == name).order_by(Outgoing.id)
    rows = list(db.session.scalars(query.execution_options(populate_existing=True)))
    db.session.commit()
    return rows


def tell(kind, event_id="1", place=0):
    key = mails()[place].key
    hear(news(kind, event_id, address="grace@example.org", key=key, reason="No such user."))


@pytest.mark.parametrize(
    ("fate", "kind", "words", "shown"),
    [
        (REFUSED, None, "A mail failed. No such user.", "A mail did not arrive"),
        (NO_ANSWER, None, LOST, "Send it again, though it may have arrived"),
        (TAKEN, "bounced", "A mail came back. No such user.", "It did not arrive. No such user."),
        (TAKEN, "soft-bounced", "A mail came back. No such user.", "It did not arrive."),
        (TAKEN, "rejected", "A mail failed. No such user.", "It did not arrive. No such user."),
        (TAKEN, "complained", "A mail was marked as spam. No such user.", "They marked it as spam"),
    ],
    ids=["refused", "no answer", "bounced", "soft-bounced", "rejected", "complained"],
)
def test_mail_that_did_not_arrive_brings_its_conversation_back_and_says_why(
    visit_plain, answered, fate, kind, words, shown
):
    conversation = answered(fate)
    if kind:
        assert conversation.state is ConversationState.WAITING
        tell(kind)
        tell("sent", "2")
    page = visit_plain(path(conversation))

    conversation = fresh(conversation)
    assert (conversation.state, conversation.trouble) == (ConversationState.OPEN, words)
    assert shown in page.text
    assert "Mail trouble" in visit_plain("/inbox/").text
    assert [what for what, *_ in history(conversation)].count("trouble") == 1


def test_what_is_told_of_a_mail_that_arrived_brings_nothing_back(answered):
    conversation = answered(TAKEN)
    tell("delivered")

    conversation = fresh(conversation)
    assert (conversation.state, conversation.trouble) == (ConversationState.WAITING, "")
    assert mails()[0].state is OutgoingState.DELIVERED


def test_owner_is_told_once_and_an_alert_goes_out_that_names_nobody(app, answered, ada):
    bell = provide(app, alerts=Bell())
    conversation = answered(REFUSED)

    assert conversation.owner_id == ada.id
    assert [row.address for row in mails("team_notice")].count(ada.email) == 1
    ((_, title, text),) = bell.calls
    assert (title, "Grace" in text) == ("A mail failed", False)
    assert text.endswith(path(conversation))


def test_sent_again_it_arrives_and_the_trouble_is_over(visit_plain, answered, work, provider):
    conversation = answered(REFUSED)
    page = press(visit_plain, conversation, "Send it again")
    work()

    assert "The mail goes out again." in page.text
    assert fresh(conversation).trouble == ""
    assert [call[1] for call in provider.calls].count("grace@example.org") == 2


@pytest.mark.parametrize(
    "end",
    [
        lambda *seen: press(*seen, "It is dealt with"),
        lambda *seen: answer(*seen, "I called her.", "phone", reason="The mail came back"),
    ],
    ids=["dealt with", "answered in another way"],
)
def test_what_a_person_has_dealt_with_is_no_trouble_any_more(visit_plain, answered, end):
    conversation = answered(REFUSED)
    end(visit_plain, conversation)

    assert fresh(conversation).trouble == ""
    assert "Mail trouble" not in visit_plain("/inbox/").text


def test_notice_that_fails_makes_no_notice_about_itself(app, work, provider):
    provider.answers = [Refused("Our own mailbox is full.")] * 5
    conversation = a_conversation()
    work()

    assert [row.state for row in mails("team_notice")] == [OutgoingState.FAILED]
    assert fresh(conversation).trouble == ""


def test_trouble_is_saved_while_a_member_has_the_page_open(visit_plain, answered):
    """The worker asks for no version; the member's next save is told of it."""
    conversation = answered(TAKEN)
    sent = shown(visit_plain(path(conversation)), "quick") | {"do": "close"}
    tell("bounced")

    assert visit_plain.post(f"{path(conversation)}/quick", sent).status == 409
    assert fresh(conversation).state is ConversationState.OPEN


@pytest.mark.usefixtures("each_database")
def test_fate_is_noted_with_the_mail_or_not_at_all(app, work, provider, monkeypatch, conversation):
    work()
    replies.answer(conversation, a_member(), "Yes", conversation.reply_by)
    provider.answers = [REFUSED]

    def broken(*_):
        raise RuntimeError("the power went")

    monkeypatch.setattr(intake, "tell_team", broken)
    with a_while_later(), pytest.raises(RuntimeError):
        work()
    db.session.rollback()

    assert [row.state for row in mails()] == [OutgoingState.SENDING]
    assert fresh(conversation).trouble == ""


@pytest.mark.parametrize(
    ("fates", "told", "trouble"),
    [
        ([NO_ANSWER], ["sent"], ""),
        ([NO_ANSWER], ["delivered"], ""),
        ([TAKEN], ["soft-bounced", "delivered"], ""),
        ([NO_ANSWER, NO_ANSWER], ["delivered"], LOST),
        ([NO_ANSWER, NO_ANSWER], ["delivered", "delivered"], ""),
        ([NO_ANSWER, REFUSED], ["delivered"], "A mail failed. No such user."),
    ],
    ids=["sent", "delivered", "came back at first", "another is lost", "both", "another failed"],
)
def test_mail_that_is_proven_to_have_left_ends_its_trouble_and_no_other(
    answered, fates, told, trouble
):
    conversation = answered(*fates)
    for number, kind in enumerate(told):
        tell(kind, str(number), place=number % len(fates))

    assert fresh(conversation).trouble == trouble


@pytest.mark.usefixtures("each_database")
def test_mail_that_the_provider_knows_when_asked_ends_its_trouble_too(answered, provider):
    conversation = answered(NO_ANSWER)
    version = conversation.version
    provider.find = lambda key, address: Receipt("<found>")
    uncertain.prove.call_local()

    conversation = fresh(conversation)
    assert (conversation.trouble, conversation.version) == ("", version + 1)
    assert history(conversation)[-1] == ("trouble", "A mail may or may not have arrived", "")
    assert (mails()[0].state, mails()[0].message_id) == (OutgoingState.ACCEPTED, "<found>")


@pytest.mark.parametrize(
    ("fate", "kind", "offered"),
    [
        (REFUSED, "unknown", True),
        (NO_ANSWER, "unknown", True),
        (TAKEN, "rejected", False),
        (TAKEN, "bounced", False),
        (NO_ANSWER, "rejected", False),
    ],
)
def test_what_is_not_here_any_more_is_not_offered_to_be_sent_again(
    visit_plain, answered, fate, kind, offered
):
    conversation = answered(fate)
    tell(kind)
    page = visit_plain(path(conversation))

    assert ("Send it again" in page.text) is offered
    assert "Choose another way" in page.text


def test_button_of_a_page_from_before_sends_nothing_and_says_so(visit_plain, answered, provider):
    conversation = answered(NO_ANSWER)
    page = visit_plain(path(conversation))
    form = next(form for form in page.page.query("main form") if "again" in form.attrs["action"])
    tell("rejected")
    calls = len(provider.calls)
    visit_plain.post(form.attrs["action"], carried(page))

    assert len(provider.calls) == calls
    assert mails()[0].state is OutgoingState.FAILED
    assert fresh(conversation).trouble == "A mail failed. No such user."
