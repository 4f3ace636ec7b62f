"""Headers, cookies, fragments: what holds for every answer."""

import re
import subprocess
import sys

import pytest
from flask import abort, request
from limits.errors import StorageError

from portal import counts
from portal.counts import Count, CountsInFile
from portal.errors import NOT_NOW, NOT_SHOWN, TITLES
from portal.extensions import SAFE_METHODS
from portal.floods import UNTRUSTED_PROXY, network, over_limit
from portal.surroundings.site import proxies
from tests.team import sign_in
from tests.test_config import PRODUCTION

CSP = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; frame-src 'self'; img-src 'self'; media-src 'self'; "
    "script-src 'self'; style-src 'self'"
)
HTMX = {"HX-Request": "true"}


def test_security_headers_are_exactly_these_on_every_answer_and_scripts_see_no_cookie(make_app):
    client = make_app(**PRODUCTION, DEVELOPMENT="0").test_client()
    headers = dict(client.get("/privacy").headers)
    for name in ("Content-Length", "Content-Type", "X-Request-ID"):
        headers.pop(name)

    assert headers == {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": CSP,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Referrer-Policy": "same-origin",
        "Strict-Transport-Security": "max-age=31536000",
        "Vary": "HX-Request, Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
    for path in ("/nothing/here", "/healthz", "/newsletter/", "/sitemap.xml"):
        answer = client.get(path)
        assert answer.headers["Content-Security-Policy"] == CSP
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        if cookie := answer.headers.get("Set-Cookie"):
            assert path == "/newsletter/"
            assert cookie.startswith("__Host-portal=")
            assert cookie.endswith("; Secure; HttpOnly; Path=/; SameSite=Lax")


def test_only_a_page_with_a_form_sets_a_cookie(app):
    paths = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments]

    setting = {path for path in paths if "Set-Cookie" in app.test_client().get(path).headers}

    assert setting == {
        *(
            "/newsletter/",
            "/newsletter/preferences/",
            "/contact/",
            "/contact/lost",
            "/your-details/",
        ),
        *("/stories/share/", "/stories/share/find", "/team/sign-in", "/team/reset"),
    }


def test_htmx_gets_the_fragment_and_everyone_else_and_who_goes_back_the_page(client):
    page, part = client.get("/newsletter/"), client.get("/newsletter/", headers=HTMX)
    back = client.get("/newsletter/", headers=HTMX | {"HX-History-Restore-Request": "true"})

    assert ["<html" in answer.text for answer in (page, back, part)] == [True, True, False]
    assert "<title>" in part.text
    assert "HX-Request" in page.vary
    assert "HX-Request" in part.vary


@pytest.mark.parametrize("encoding", ["br", "gzip"])
@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/nothing", 404)])
def test_pages_of_every_status_are_compressed(client, path, status, encoding):
    answer = client.get(path, headers={"Accept-Encoding": encoding})

    assert answer.status_code == status
    assert answer.headers["Content-Encoding"] == encoding


@pytest.mark.parametrize(
    ("hops", "seen"), [("0", ("127.0.0.1", "http")), ("1", ("203.0.113.7", "https"))]
)
def test_a_proxy_is_believed_only_by_setting(make_app, hops, seen):
    app = make_app(TRUSTED_PROXIES=hops)
    app.add_url_rule("/who", "who", lambda: f"{request.remote_addr} {request.scheme}")

    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}

    assert app.test_client().get("/who", headers=forwarded).text.split() == list(seen)


def test_a_proxy_that_is_not_counted_is_said_once_and_on_asking(make_app, caplog):
    apps = [make_app(TRUSTED_PROXIES=hops) for hops in ("1", "0")]
    for app in apps:
        for headers in ({}, *[{"X-Forwarded-For": "203.0.113.7"}] * 2):
            app.test_client().get("/", headers=headers)
            with app.app_context():
                told = [finding.words for finding in proxies()]
            assert (UNTRUSTED_PROXY in told) is bool(headers and app is apps[1])

    assert caplog.text.count(UNTRUSTED_PROXY) == 1


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("/newsletter", "/newsletter/"),
        ("/newsletter?a=b", "/newsletter/?a=b"),
        ("/stories//share", "/stories/share/"),
    ],
)
def test_a_missing_slash_leads_to_a_path_alone(client, asked, led):
    answer = client.get(asked)

    assert (answer.status_code, answer.headers["Location"]) == (308, led)


def test_every_post_needs_a_token_or_a_private_link(app, client):
    """A route that changes something is refused without either; there is no third kind."""
    # A frame on another site has no cookie; and who is signed out has nothing to end.
    open_on_purpose = {"/newsletter/embed", "/team/sign-out"}

    for rule in app.url_map.iter_rules():
        path = re.sub("<int:[a-z_]+>", "1", rule.rule).replace("<token>", "made-up")
        for method in rule.methods - SAFE_METHODS if rule.rule not in open_on_purpose else ():
            answer = client.open(path, method=method)
            to_sign_in = (answer.location or "").startswith("/team/sign-in")
            assert to_sign_in or answer.status_code in {400, 403, 404, 410, 422}, rule


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["no-js", "htmx"])
def test_a_missing_page_answers_in_plain_words(client, headers):
    answer = client.get("/nothing/here", headers=headers)

    assert answer.status_code == 404
    assert "We cannot find that page" in answer.text
    assert answer.headers["HX-Retarget"] == "#problem"


@pytest.mark.parametrize("code", TITLES)
def test_an_error_leads_the_team_back_to_the_inbox_and_others_to_the_home_page(
    app, visit_plain, monkeypatch, code
):
    for endpoint in ("inbox.keys", "team.signed_out", "contact.form"):
        monkeypatch.setitem(app.view_functions, endpoint, lambda: abort(code))
    assert "Go to the home page" in visit_plain("/team/signed-out").text
    sign_in(visit_plain, app)
    for path in ("/inbox/keys", "/team/signed-out"):
        assert "Back to the inbox" in visit_plain(path).text

    assert "Go to the home page" in visit_plain("/contact/").text


@pytest.mark.parametrize("code", TITLES)
def test_above_a_form_nothing_leads_away_from_what_was_typed(app, client, monkeypatch, code):
    monkeypatch.setitem(app.view_functions, "contact.form", lambda: abort(code))
    answer = client.get("/contact/", headers=HTMX)

    assert (NOT_SHOWN if code == NOT_NOW else TITLES[code]) in answer.text
    assert "Go back" not in answer.text
    assert "home page" not in answer.text


def test_a_fault_of_ours_answers_in_plain_words_and_keeps_a_private_link_out_of_the_log(
    make_app, caplog
):
    app = make_app(OF="this test")
    app.add_url_rule("/broken/<token>", "broken", lambda token: 1 / 0)
    answer = app.test_client().get("/broken/secret")

    assert answer.status_code == 500
    assert "It is not your fault" in answer.text
    assert "division" not in answer.text
    assert "Fault at GET /broken/<token>" in caplog.text
    assert "/broken/secret" not in caplog.text


@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_a_household_is_one_visitor_to_the_limits(app, address, seen):
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert network() == seen


def test_a_wrong_method_says_so_and_names_the_right_ones(client):
    answer = client.post("/privacy")

    assert answer.status_code == 405
    assert "Nothing was changed" in answer.text
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    "shared",
    [
        pytest.param("", id="a file of this machine"),
        pytest.param("redis", marks=(pytest.mark.services, pytest.mark.enable_socket)),
    ],
)
def test_web_servers_count_together(request, make_app, shared):
    url = request.getfixturevalue("redis_url") if shared else ""
    answers = []
    for _ in range(3):
        with make_app(RATELIMIT_ENABLED="1", RATELIMIT_STORAGE_URI=url).app_context():
            answers.append(over_limit("2/hour", "a test", "one visitor"))

    assert answers == [False, False, True]


# By its file alone, without all else that the package brings.
PROCESS = """
import runpy, sys
module = runpy.run_path(sys.argv[1])
counts, one = module["CountsInFile"](sys.argv[2]), [module["Count"]("one", 60)]
print(max(counts.count(one) for _ in range(200))[0])
"""


def test_processes_that_count_at_once_lose_no_count(var):
    command = [sys.executable, "-c", PROCESS, counts.__file__, f"sqlite:///{var / 'counts.db'}"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    most = [int(one.communicate()[0]) for one in running]

    assert max(most) == 600


def test_who_cannot_count_as_others_do_so_for_too_long_goes_on(var, monkeypatch):
    monkeypatch.setattr(counts, "LONGEST_WAIT", 0.01)
    url = f"sqlite:///{var / 'counts.db'}"
    others, mine = CountsInFile(url), CountsInFile(url)
    others.count([Count("a", 9)])
    others._run("BEGIN IMMEDIATE")

    with pytest.raises(StorageError):
        mine.count([Count("a", 9)])
    others._run("ROLLBACK")
    assert mine.count([Count("a", 9), Count("b", 9, 7), Count("a", 9)]) == [3, 7, 3]


def test_a_file_that_lost_power_has_broken_is_made_anew(var):
    path = var / "some.db"
    path.write_bytes(b"broken" * 5000)
    one, other = (CountsInFile(f"sqlite:///{path}") for _ in range(2))
    with pytest.raises(StorageError):
        one.count([Count("a", 9)])

    assert [each.count([Count("a", 9)]) for each in (one, other, one)] == [[1], [2], [3]]


def test_who_counts_in_a_file_that_was_removed_soon_counts_with_the_others(var, clock):
    path = var / "some.db"
    one, other = (CountsInFile(f"sqlite:///{path}") for _ in range(2))
    one.count([Count("a", 99)])
    path.unlink()
    other.count([Count("a", 99)])
    clock.shift(61)

    assert [each.count([Count("a", 99)]) for each in (one, other)] == [[2], [3]]


def test_counts_that_are_over_are_forgotten_and_others_survive_a_restart(var, clock):
    url = f"sqlite:///{var / 'counts.db'}"
    CountsInFile(url).count([Count(key, 57 + at) for at, key in enumerate(("a", "b", "c", "kept"))])
    clock.shift(59.5)
    again = CountsInFile(url)

    assert again.count([Count("a", 9), Count("kept", 9), Count("a", 9)]) == [2, 2, 2]
    assert {key for (key,) in again._run("SELECT key FROM counts")} == {"a", "kept"}


def test_nobody_is_over_a_limit_while_the_counter_is_down(make_app, monkeypatch, caplog):
    app = make_app(RATELIMIT_ENABLED="1")
    asked = []

    def down(counts):
        asked.append(counts)
        raise StorageError(OSError("down"))

    with app.app_context():
        monkeypatch.setattr(app.extensions["counts"], "count", down)

        assert not any(over_limit("1/hour", "a test") for _ in range(3))
    assert caplog.text.count("No limit counts now") == len(asked) == 1
