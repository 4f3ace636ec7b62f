"""Two people, or one twice, in the same moment: what may happen once happens once."""

import pytest
from sqlalchemy import func, select

from portal.extensions import db
from portal.team import codes, services
from portal.team.codes import WrongCode
from portal.team.models import Member, Role
from portal.team.services import LastManager
from tests.at_once import at_once
from tests.team import a_member, with_password

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
