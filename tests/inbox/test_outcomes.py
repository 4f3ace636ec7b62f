"""What a provider tells of a mail afterwards reaches the conversation that it belongs to."""

import pytest

from portal.delivery import uncertain
from portal.delivery.models import Outgoing, OutgoingState
from portal.extensions import db
from portal.inbox.models import ConversationState
from portal.providers.errors import Refused, Uncertain
from portal.providers.values import Receipt
from tests.delivery import Scripted, hear, news, provide
from tests.inbox import a_conversation
from tests.inbox.desk import a_while_later, answer, fresh, history, path
from tests.team import sign_in


@pytest.fixture
def ada(app, visit_plain):
    return sign_in(visit_plain, app)


@pytest.fixture
def provider(app):
    return provide(app, mail=Scripted())


@pytest.fixture
def answered(visit_plain, ada, work, provider):
    """A conversation with an answer, of which the provider said this when it was handed over."""

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


def replies():
    query = db.select(Outgoing).where(Outgoing.name == "reply").order_by(Outgoing.id)
    rows = list(db.session.scalars(query.execution_options(populate_existing=True)))
    db.session.commit()
    return rows


def tell(kind, event_id="1", place=0, **values):
    hear(news(kind, event_id, address="grace@example.org", key=replies()[place].key, **values))


@pytest.mark.parametrize(
    ("kind", "words", "shown"),
    [
        ("bounced", "A mail came back. 550 no such user", "It did not arrive. 550 no such user"),
        ("soft-bounced", "A mail came back. 550 no such user", "It did not arrive."),
        ("complained", "A mail was marked as spam. 550 no such user", "They marked it as spam."),
        ("rejected", "A mail failed. 550 no such user", "It did not arrive. 550 no such user"),
    ],
)
def test_mail_that_came_back_brings_its_conversation_back(
    visit_plain, answered, kind, words, shown
):
    conversation = answered(Receipt("<id>"))
    before = conversation.state
    tell(kind, reason="550 no such user")
    tell("sent", "2")
    page = visit_plain(path(conversation))

    conversation = fresh(conversation)
    assert (before, conversation.state) == (ConversationState.WAITING, ConversationState.OPEN)
    assert conversation.trouble == words
    assert shown in page.text
    assert [what for what, *_ in history(conversation)].count("trouble") == 1


def test_what_is_told_of_a_mail_that_arrived_brings_nothing_back(answered):
    conversation = answered(Receipt("<id>"))
    tell("delivered")

    assert fresh(conversation).state is ConversationState.WAITING
    assert fresh(conversation).trouble == ""
    assert replies()[0].state is OutgoingState.DELIVERED


@pytest.mark.parametrize("kind", ["sent", "delivered"])
@pytest.mark.usefixtures("each_database")
def test_mail_that_is_proven_to_have_left_ends_its_trouble(answered, kind):
    conversation = answered(Uncertain("No answer came."))
    before = conversation.trouble
    version = conversation.version
    tell(kind)

    assert "may or may not have arrived" in before
    assert fresh(conversation).trouble == ""
    assert fresh(conversation).version == version + 1
    assert history(conversation)[-1] == ("trouble", "A mail may or may not have arrived", "")


def test_mail_that_the_provider_knows_when_asked_ends_its_trouble_too(answered, provider):
    conversation = answered(Uncertain("No answer came."))
    provider.find = lambda key, address: Receipt("<found>")
    uncertain.prove.call_local()

    assert fresh(conversation).trouble == ""
    assert (replies()[0].state, replies()[0].message_id) == (OutgoingState.ACCEPTED, "<found>")


def test_mail_that_is_delivered_after_it_came_back_ends_its_trouble(answered):
    conversation = answered(Receipt("<id>"))
    tell("soft-bounced")
    before = fresh(conversation).trouble
    tell("delivered", "2")

    assert before
    assert fresh(conversation).trouble == ""


def test_trouble_with_another_mail_stays(answered):
    conversation = answered(Uncertain("No answer came."), Uncertain("No answer came."))
    tell("delivered")
    between = fresh(conversation).trouble
    tell("delivered", "2", place=1)

    assert "may or may not have arrived" in between
    assert fresh(conversation).trouble == ""


def test_trouble_of_another_kind_stays(answered):
    conversation = answered(Uncertain("No answer came."), Refused("The address is wrong."))
    tell("delivered")

    assert fresh(conversation).trouble == "A mail failed. The address is wrong."


@pytest.mark.parametrize(
    ("fate", "kind", "offered"),
    [
        (Refused("The address is wrong."), "unknown", True),
        (Uncertain("No answer came."), "unknown", True),
        (Receipt("<id>"), "rejected", False),
        (Receipt("<id>"), "bounced", False),
        (Uncertain("No answer came."), "rejected", False),
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
    conversation = answered(Uncertain("No answer came."))
    page = visit_plain(path(conversation))
    form = next(form for form in page.page.query("main form") if "again" in form.attrs["action"])
    tell("rejected", reason="The address is wrong.")
    calls = len(provider.calls)
    visit_plain.post(form.attrs["action"], {"csrf_token": page.value("csrf_token")})

    assert len(provider.calls) == calls
    assert replies()[0].state is OutgoingState.FAILED
    assert fresh(conversation).trouble == "A mail failed. The address is wrong."
