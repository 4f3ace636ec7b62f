"""A lost link: mailed to the address that was given, with the same answer for everybody."""

from datetime import timedelta

from portal.extensions import db, huey
from portal.inbox.models import ConversationState
from tests.contact import GRACE, LOST, hidden, links_in, mails_to, text_of
from tests.newsletter.test_same_answer import noted_work
from tests.visit import shown


def ask(visit, email=GRACE):
    assert visit.send(LOST, {"email": email}).heading == "Check your email"


def test_the_links_are_mailed_to_that_address_alone_and_work(visit, start, mailbox):
    first, second = start()[0], start(email="Grace@example.org")[0]
    ask(visit, "eve@example.org")
    assert mails_to(mailbox, "eve@example.org") == mails_to(mailbox, GRACE) == []

    ask(visit)

    (mail,) = mails_to(mailbox, GRACE)
    assert mail["Subject"] == "Your private link to your messages"
    pages = [visit(url) for url in links_in(mail)]
    for page, conversation in zip(pages, (second, first), strict=True):
        assert page.status == 200
        assert conversation.reference in page.text


def test_only_the_newest_ten_of_a_year_that_are_no_spam_are_mailed(
    visit_plain, start, mailbox, clock
):
    old, _ = start()
    clock.shift(timedelta(days=366))
    kept = [start()[0].reference for _ in range(11)]
    spam, _ = start()
    spam.state = ConversationState.SPAM
    db.session.commit()
    ask(visit_plain)

    (mail,) = mails_to(mailbox, GRACE)
    assert len(links_in(mail)) == 10
    assert all(reference in text_of(mail) for reference in kept[1:])
    others = (old.reference, spam.reference, kept[0])
    assert not any(reference in text_of(mail) for reference in others)


def test_at_most_one_such_mail_a_day(visit_plain, start, mailbox, clock):
    start()
    for _ in range(3):
        ask(visit_plain)
    assert len(mails_to(mailbox, GRACE)) == 1

    clock.shift(timedelta(days=1, minutes=1))
    ask(visit_plain)
    assert len(mails_to(mailbox, GRACE)) == 2


def test_the_page_says_what_to_do_without_an_address(visit_plain):
    assert "Did you give us no email address?" in visit_plain(LOST).text


def test_the_answer_and_the_work_are_the_same_for_every_address(visit, start):
    for state in ConversationState:
        one, _ = start(email=f"{state}@example.org")
        one.state = state
    db.session.commit()
    for _ in range(3):
        start(email="many@example.org")
    ask(visit, "first@example.org")  # from then on the visitor has a whole cookie
    seen = []
    for name in ("nobody", "many", "many", *ConversationState):
        form = hidden(visit(LOST)) | {"email": f"{name}@example.org"}
        headers = {"HX-Request": "true"} if visit.htmx else {}
        huey.flush()
        with noted_work() as done:
            answer = visit.client.post(LOST, data=form, headers=headers)
        seen.append((shown(answer), done, huey.pending_count()))

    assert all(one == seen[0] for one in seen)
