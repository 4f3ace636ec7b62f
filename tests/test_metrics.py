"""/metrics: figures for a monitoring program, of which none says anything of anybody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import OperationalError

from portal import metrics, providers
from portal.delivery import heartbeat
from portal.delivery.models import OutgoingState
from portal.extensions import db
from portal.inbox.models import ConversationState
from tests.delivery import Scripted, deliver, mail, provide, saved
from tests.inbox import a_conversation

TOKEN = "a-token-for-the-monitoring-program"
ASK = {"Authorization": f"Bearer {TOKEN}"}
OUTCOMES = {"taken", "trylater", "busy", "denied", "usedup", "refused", "suppressed", "uncertain"}


@pytest.fixture
def app(make_app):
    app = make_app(METRICS_TOKEN=TOKEN)
    with app.app_context():
        yield app


def figures(client):
    """Each figure by its name and the values of its labels, in the order of their names."""
    metrics.save()
    answer = client.get("/metrics", headers=ASK)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return {(one.name, *one.labels.values()): one.value for one in samples}


@pytest.mark.parametrize(
    "said", ["", TOKEN, f"Bearer {TOKEN}x", "Bearer ", "Bearer \xff", "Basic x"]
)
def test_only_who_has_the_token_sees_them(client, said):
    assert client.get("/metrics", headers={"Authorization": said}).status_code == 404
    assert client.get("/metrics", headers=ASK).status_code == 200


@pytest.mark.parametrize("said", ["", "Bearer ", "Bearer None"])
def test_without_a_setting_nobody_does_and_nothing_is_counted(make_app, said):
    app = make_app()
    assert app.test_client().get("/metrics", headers={"Authorization": said}).status_code == 404
    assert app.extensions["metrics"].numbers == {}


@pytest.mark.usefixtures("each_database")
def test_what_processes_count_adds_up_and_is_kept_while_the_database_is_away(
    app, client, monkeypatch
):
    for _ in range(2):
        client.get("/newsletter/")
        metrics.save()
    with monkeypatch.context() as patch:
        patch.setattr(db.session, "execute", away)
        client.get("/newsletter/")
        client.get("/nowhere")
        metrics.save()
    found = figures(client)
    assert found["portal_requests_total", "GET", "/newsletter/", "200"] == 3
    assert found["portal_requests_total", "GET", "other", "404"] == 1


def away(*_):
    raise OperationalError("", {}, Exception("away"))


@pytest.mark.usefixtures("each_database")
def test_it_shows_how_things_stand(app, client):
    provide(app, mail=Scripted())
    heartbeat.beat("a worker")
    row_id = saved(mail())
    saved(mail(to="b@example.org"))
    deliver(row_id)
    a_conversation().state = ConversationState.HELD
    db.session.commit()
    client.post("/hooks/brevo/events", json={})
    client.post("/hooks/nobody/events", json={})
    found = figures(client)

    assert found["portal_outbox_rows", "queued"] == 2, "a receipt for the conversation, too"
    assert found["portal_outbox_rows", "accepted"] == 1
    assert found["portal_outbox_oldest_seconds", "queued"] >= 0
    assert found["portal_conversations", "held"] == 1
    assert found["portal_provider_calls_total", "taken", "scripted"] == 1
    assert found["portal_worker_seen_timestamp_seconds",] == heartbeat.newest().timestamp()
    assert [key[1:] for key in found if key[0] == "portal_webhook_calls_total"] == [
        ("brevo", "503")
    ]
    names = {name for name, *_ in found}
    assert names >= {"portal_queue_jobs", "portal_files_bytes", "portal_held_signups"}


def allowed(app):
    """The values that each label may have."""
    states = {*OutgoingState, *ConversationState}
    return {
        "method": {*metrics.METHODS, metrics.OTHER},
        "route": {rule.rule for rule in app.url_map.iter_rules()} | {metrics.OTHER},
        "status": {str(code) for code in range(200, 600)},
        "provider": {*providers.ADAPTERS, "apprise", "scripted"},
        "outcome": OUTCOMES | {"unwanted"},
        "state": {str(state) for state in states},
        "when": {"ready", "later"},
        "sum": {"files_site", "files_unsent"},
    }


ANY = st.text(max_size=30) | st.sampled_from(["ada@example.org", "+447700900123"])


@given(st.lists(st.tuples(st.sampled_from(["GET", "POST", "BREW", "ada"]), ANY, ANY), max_size=5))
def test_labels_are_words_of_ours_whatever_is_asked_for(app, asked):
    client, sets = app.test_client(), allowed(app)
    for method, part, more in asked:
        for path in ("/", "/stories/mine/", "/hooks/"):
            client.open(path + part, method=method, query_string={"q": more})
    metrics.save()
    text = client.get("/metrics", headers=ASK).text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            for name, value in sample.labels.items():
                assert value in sets[name]
