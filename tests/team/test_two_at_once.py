"""Two people, or one twice, in the same moment: what may happen once happens once."""

import flask
import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.team import browsers, codes, services, session
from portal.team.codes import WrongCode
from portal.team.models import Member, Role
from portal.team.services import LastManager
from tests.at_once import at_once
from tests.team import a_member, signed_in, with_password

pytestmark = pytest.mark.usefixtures("each_database")


def find(member_id):
    return db.session.get(Member, member_id)


ENDING = {
    "disable": lambda one, by: services.disable(find(one), find(by)),
    "demote": lambda one, by: services.set_role(find(one), Role.READER, find(by)),
    "invite": lambda one, by: services.invite(find(one).email, Role.EDITOR, by=find(by)),
}


@pytest.mark.parametrize("second", ENDING)
@pytest.mark.parametrize("first", ["disable", "demote"])
def test_two_managers_who_end_each_other_leave_one(app, first, second):
    ada, ben = (a_member(Role.MANAGER, name).id for name in ("Ada", "Ben"))
    db.session.remove()
    ends = (lambda: ENDING[first](ada, ben)), (lambda: ENDING[second](ben, ada))
    got = at_once(app, *ends)

    assert sorted(type(one) is LastManager for one in got) == [False, True]
    left = select(func.count()).where(Member.role == Role.MANAGER, Member.active.is_(True))
    assert db.session.scalar(left) == 1


def test_one_code_that_comes_twice_at_once_counts_once(app):
    member = a_member()
    phone, recovery = with_password(member), codes.new_recovery_codes(member)[0]
    db.session.commit()
    number = member.id
    db.session.remove()

    def use(typed):
        codes.check_code(find(number), typed)
        db.session.commit()

    for typed in (phone.code(), recovery):
        got = at_once(app, *[lambda typed=typed: use(typed)] * 3)
        assert sorted(type(one) is WrongCode for one in got) == [False, True, True]


@pytest.fixture
def half_way(app):
    """Makes what does the second step for one password, and says whether it let in."""
    member = a_member()
    with_password(member)
    typed = codes.new_recovery_codes(member)
    key, number = signed_in(member, lasts=session.STEP_WITHIN, began_at=None)["_user_id"], member.id
    db.session.remove()

    def second_step():
        with app.test_request_context(method="POST"):
            flask.session["pending"] = {"key": key, "goal": ""}
            if not (member := session.pending()):
                return False
            codes.check_code(member, typed.pop())
            return session.finish(member)

    return number, second_step


def sessions_of(number):
    return len(browsers.signed_in(find(number)))


def test_one_password_with_two_codes_at_once_lets_in_once(app, half_way):
    number, second_step = half_way
    assert sorted(at_once(app, *[second_step] * 3)) == [False, False, True]

    assert sessions_of(number) == 1


def test_no_session_outlives_the_end_of_all_that_comes_in_the_same_moment(app, half_way):
    number, second_step = half_way
    let_in, ended = at_once(app, second_step, lambda: services.sign_out_everywhere(find(number)))

    assert (let_in in {True, False}, ended) == (True, None)
    assert sessions_of(number) == 0
