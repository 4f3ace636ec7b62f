"""What the team can do from a terminal, and how the worker starts and ends."""

import signal
import subprocess

import pytest

from portal.delivery import Unsubscribe, enqueue
from portal.extensions import db
from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import ADA, contact, deliver, mail, saved, states, told
from tests.delivery.processes import LONGEST, brevo, local_env, running
from tests.providers.fake_brevo import FakeBrevo

LEADS = "Mail goes to brevo, contacts to brevo, alerts to nobody."


@pytest.fixture
def run(app):
    """Run `flask delivery …` and give back its words and its exit code."""
    runner = app.test_cli_runner()

    def invoke(*arguments):
        db.session.commit()
        result = runner.invoke(args=["delivery", *arguments])
        return result.output, result.exit_code

    return invoke


def counts(output):
    """The table at the top of `status`."""
    lines = [line.split() for line in output.splitlines() if line.startswith(" ")]
    return {line[0]: int(line[1]) for line in lines}


def test_status_shows_the_ledger_and_the_rows_that_need_a_person(run, provider):
    provider.answers = [TryLater("it is down"), Refused("no such sender"), Uncertain("no answer")]
    ids = saved(*(mail(to=f"{number}@example.org") for number in range(5)))
    deliver(*ids[:4])
    output, code = run("status")

    shown = counts(output)
    assert code == 0
    assert {name: number for name, number in shown.items() if number} == {
        "queued": 1,
        "waiting": 1,
        "accepted": 1,
        "failed": 1,
        "uncertain": 1,
        "saved": 5,
    }
    assert "Rows that failed: 1." in output
    assert output.splitlines()[-3:] == [
        f"#{ids[2]} uncertain confirm_signup to 2@example.org, 1 tries: no answer",
        f"#{ids[1]} failed confirm_signup to 1@example.org, 1 tries: no such sender",
        f"#{ids[0]} waiting confirm_signup to 0@example.org, 1 tries: it is down",
    ]


def test_status_of_an_empty_outbox_and_of_one_with_many_rows(run, provider):
    empty, code = run("status")
    provider.answers = [Refused("no")] * 25
    deliver(*saved(*(mail(to=f"{number}@example.org") for number in range(25))))
    output, _ = run("status")

    assert (code, set(counts(empty).values())) == (0, {0})
    assert empty.splitlines()[-1].split() == ["saved", "0", "balances"]
    assert output.count("#") == 20
    assert "24@example.org" in output


@pytest.mark.parametrize(
    ("flags", "again"),
    [
        (["--failed"], ["queued", "queued", "waiting", "uncertain"]),
        (["--waiting"], ["failed", "failed", "queued", "uncertain"]),
        (["--failed", "--waiting"], ["queued", "queued", "queued", "uncertain"]),
    ],
)
def test_retry_of_all_that_failed_or_wait_leaves_the_uncertain_to_a_person(
    run, provider, flags, again
):
    provider.answers = [Refused("no"), Refused("no"), TryLater("down"), Uncertain("?")]
    ids = saved(*(mail(to=f"{number}@example.org") for number in range(4)))
    deliver(*ids)
    output, code = run("retry", *flags)

    assert (output.split()[0], code) == (str(again.count("queued")), 0)
    assert states(*ids) == again


@pytest.mark.parametrize(
    ("answer", "later", "words", "code"),
    [
        (Uncertain("no answer"), mail(to="bob@example.org"), "1 row queued again.\n", 0),
        (Receipt(), mail(), "That row is not waiting, failed or uncertain", 1),
        (Refused("no"), Unsubscribe(ADA), "a later change replaced it", 1),
    ],
    ids=["one in doubt", "one that is done", "a change that a later one replaced"],
)
def test_retry_of_one_row_does_it_or_says_why_not(run, provider, answer, later, words, code):
    provider.answers = [answer]
    is_mail = not isinstance(later, Unsubscribe)
    first, second = saved(mail() if is_mail else contact(), later)
    deliver(first, second)
    told()
    output, given = run("retry", str(first))

    assert (words in output, given) == (True, code)
    assert told() == ([] if code else [first])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--failed"], 0),
        (["99"], 1),
        ([], 2),
        (["7", "--failed"], 2),
        (["0"], 2),
        (["x"], 2),
        (["99999999999999999999"], 2),
    ],
)
def test_retry_of_nothing_is_no_mistake_and_what_makes_no_sense_is_asked_again(
    run, arguments, code
):
    output, given = run("retry", *arguments)

    assert given == code
    assert ("Usage:" in output) == (code == 2)


# The worker, as a process of its own


@pytest.fixture
def fake(socket_enabled):
    with FakeBrevo() as server:
        yield server


@pytest.mark.services
@pytest.mark.parametrize(
    ("signals", "state"),
    [
        ([signal.SIGTERM], "accepted"),
        ([signal.SIGINT, signal.SIGINT], "sending"),
    ],
    ids=["SIGTERM", "Ctrl-C twice"],
)
def test_worker_that_is_told_to_stop_finishes_what_it_is_sending_unless_told_twice(
    make_app, sqlite_url, tmp_path, fake, signals, state
):
    env = local_env(tmp_path, **brevo(fake.url))
    fake.behave("stall")
    with make_app(**env).app_context():
        row_id = enqueue(mail()).id
        db.session.commit()
        with running("flask", "worker", env=env) as worker:
            banner = worker.stdout.readline()
            assert fake.wait_for_calls(1, LONGEST)
            for one in signals[:-1]:
                worker.send_signal(one)
                with pytest.raises(subprocess.TimeoutExpired):
                    worker.wait(1)
            worker.send_signal(signals[-1])
            if state == "accepted":
                with pytest.raises(subprocess.TimeoutExpired):
                    worker.wait(1)
                fake.behave("ok")
            code = worker.wait(LONGEST)

        assert banner == f"The worker is running. {LEADS}\n"
        assert code == 0 or state == "sending"
        assert states(row_id) == [state]
