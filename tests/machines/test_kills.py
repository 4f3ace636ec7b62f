"""Each process is killed while people sign up: nothing is lost or doubled."""

import pytest

from tests.delivery.processes import LONGEST
from tests.machines import WEBS, WORKERS
from tests.machines.crowd import MANY, Crowd, settled
from tests.services import until

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]


@pytest.fixture
def shared(shared):
    return shared | MANY


def test_each_process_can_be_killed_while_people_sign_up(machines, app, fake):
    with Crowd(machines) as crowd:
        for name in (*WEBS, *WORKERS):
            crowd.more()
            machines.restart(name)
        crowd.more()
        until(lambda: all(map(machines.is_up, WEBS)), LONGEST)
    settled(crowd, fake)
