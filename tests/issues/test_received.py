"""The page of somebody on the list says which issues they were sent."""

from portal.team.models import Role
from tests.issues.sending import an_agreed_issue, let_go, people
from tests.newsletter.desk import page_of
from tests.team import a_member, put_in


def test_an_issue_stands_once_on_the_page_of_whom_it_went_to(clock, visit_plain, mailbox):
    one, other = people(2)
    other.state = "unsubscribed"
    issue = an_agreed_issue(subject="The pool opens")
    let_go(issue, clock)
    assert len(mailbox()) == 1
    put_in(visit_plain, a_member(Role.READER, "Bo"))
    page = visit_plain(page_of(one))

    assert page.text.count("Newsletter: The pool opens") == 1
    assert page.has(f"a[href$='/newsletter/issues/desk/{issue.id}']")
    assert "The pool opens" not in visit_plain(page_of(other)).text
