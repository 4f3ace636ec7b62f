"""What the team can do from a terminal, and how the worker starts and ends."""

import signal
import subprocess

import pytest

from portal.delivery import Unsubscribe, enqueue
from portal.extensions import db
from portal.providers.errors import Refused, TryLater, Uncertain
from portal.providers.values import Receipt
from tests.delivery import ADA, contact, deliver, mail, saved, states
from tests.delivery.processes import LONGEST, brevo, local_env, running
from tests.providers.brevo import FakeBrevo

LEADS = "Mail goes to brevo, contacts to brevo, alerts to nobody."


@pytest.fixture
def run(app):
    """Run `flask delivery …` and give back its words and its exit code."""

    def invoke(*arguments):
        db.session.commit()
        result = app.test_cli_runner().invoke(args=["delivery", *arguments])
        return result.output, result.exit_code

    return invoke


@pytest.fixture
def tried(provider):
    """Rows to as many people, each tried once with its answer."""

    def try_(*answers):
        provider.answers = [*answers]
        ids = saved(*(mail(to=f"{number}@example.org") for number in range(len(answers))))
        deliver(*ids)
        return ids

    return try_


def counts(output):
    """The table at the top of `status`."""
    lines = [line.split() for line in output.splitlines() if line.startswith(" ")]
    return {line[0]: int(line[1]) for line in lines}


def test_status_shows_the_ledger_and_the_rows_that_need_a_person(run, tried):
    empty, code = run("status")
    ids = tried(TryLater("it is down"), Refused("no such sender"), Uncertain("no answer"), None)
    saved(mail())
    output, _ = run("status")

    assert (code, set(counts(empty).values())) == (0, {0})
    assert empty.splitlines()[-1].split() == ["saved", "0", "balances"]
    assert {name: number for name, number in counts(output).items() if number} == {
        **dict.fromkeys(["queued", "waiting", "accepted", "failed", "uncertain"], 1),
        "saved": 5,
    }
    assert "Rows that failed: 1." in output
    assert output.splitlines()[-3:] == [
        f"#{ids[2]} uncertain confirm_signup to 2@example.org, 1 tries: no answer",
        f"#{ids[1]} failed confirm_signup to 1@example.org, 1 tries: no such sender",
        f"#{ids[0]} waiting confirm_signup to 0@example.org, 1 tries: it is down",
    ]


def test_status_shows_the_newest_of_many_rows(run, tried):
    tried(*[Refused("no")] * 25)
    output, _ = run("status")

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
    run, tried, flags, again
):
    ids = tried(Refused("no"), Refused("no"), TryLater("down"), Uncertain("?"))
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
    first, second = saved(contact() if isinstance(later, Unsubscribe) else mail(), later)
    deliver(first, second)
    output, given = run("retry", str(first))

    assert (words in output, given) == (True, code)
    assert (states(first) == ["queued"]) is (code == 0)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        *(("--failed", 0), ("99", 1), ("", 2), ("7 --failed", 2), ("0", 2), ("x", 2)),
        ("99999999999999999999", 2),
    ],
)
def test_retry_of_nothing_is_no_mistake_and_what_makes_no_sense_is_asked_again(
    run, arguments, code
):
    output, given = run("retry", *arguments.split())

    assert given == code
    assert ("Usage:" in output) == (code == 2)


@pytest.mark.services
@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("signals", "state"),
    [([signal.SIGTERM], "accepted"), ([signal.SIGINT, signal.SIGINT], "sending")],
    ids=["SIGTERM", "Ctrl-C twice"],
)
def test_worker_that_is_told_to_stop_finishes_what_it_is_sending_unless_told_twice(
    make_app, sqlite_url, tmp_path, signals, state
):
    with FakeBrevo() as fake:
        fake.behave("stall")
        env = local_env(tmp_path, **brevo(fake.url))
        with make_app(**env).app_context(), running("flask", "worker", env=env) as worker:
            row_id = enqueue(mail())
            db.session.commit()
            banner = worker.stdout.readline()
            assert fake.wait_for_calls(1, LONGEST)
            for number, one in enumerate(signals, 1):
                worker.send_signal(one)
                if number < len(signals) or state == "accepted":
                    with pytest.raises(subprocess.TimeoutExpired):
                        worker.wait(1)
            if state == "accepted":
                fake.behave("ok")
            code = worker.wait(LONGEST)

            assert banner == f"The worker is running. {LEADS}\n"
            assert code == 0 or state == "sending"
            assert states(row_id) == [state]
