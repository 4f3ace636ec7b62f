"""Each form in which a setting may be written is read as it is meant, or refused by its name."""

import re
from contextlib import suppress

import pytest

from portal import must_start
from portal.config import ConfigError, load_config
from portal.settings import SETTINGS
from tests.conftest import SECRET

LAPTOP = {"DEVELOPMENT": "1", "SECRET_KEY": SECRET, "BREVO_API_KEY": "a"}
# One of these fits each setting that has no default.
SOMETHING = ["https://example.org", "ada@example.org", "/srv/x", "redis://localhost/0"]
SOMETHING += ["postgresql://localhost/x", "10", "x"]
WRITTEN = ["{}", "  {}\t", '"{}"', "'{}'", "' {} '"]
NOTHING = ["", "  ", '""', "''"]

READ = {
    "SITE_URL": [
        ("https://example.org/", "https://example.org"),
        ("HTTPS://Example.ORG", "https://example.org"),
        ("https://example.org:443", "https://example.org"),
        ("https://example.org:8443/", "https://example.org:8443"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("http://192.0.2.1", "http://192.0.2.1"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
    "EMBED_ORIGINS": [("https://A.example:443/  http://b.example:81", ["https://a.example", "http://b.example:81"])],
    "CLAMD_SOCKET": [
        ("unix:/run/clamd", "/run/clamd"),
        ("unix:///run/clamd", "/run/clamd"),
        ("tcp://scanner:3310", "scanner:3310"),
        ("Scanner.example:3310", "scanner.example:3310"),
    ],
    "UPLOADS_URL": [
        ("S3://Bucket/Prefix/", "s3://bucket/Prefix"),
        ("s3a://bucket", "s3://bucket"),
        ("s3://bucket/", "s3://bucket"),
    ],
    "DEVELOPMENT": [("YES", True), ("Off", False)],
    "MAIL_PROVIDER": [("LOCAL", "local")],
    "FORM_MIN_SECONDS": [("0.5", 0.5), ("1e1", 10.0)],
    "STORY_REMIND_DAYS": [("7", (7,)), (" 7   21 ", (7, 21))],
}  # fmt: skip
A_NUMBER = ["-1", "many", "1.5", "1e3", "9" * 12, "9" * 5000, "0x10", "1 2"]
NO_SITE = [
    "example.org",
    "ftp://example.org",
    "https://",
    "https:///x",
    "https://example.org/portal",
]
NO_SITE += [
    "https://example.org?x=1",
    "https://example.org#x",
    "https://ada@example.org",
    "https://a b",
]
NO_SITE += [
    "https://example.org:99999",
    "https://example.org:0",
    "https://example.org:x",
    "https://[::1",
]
NO_SITE += ["https://exa mple.org", "https://example.org\\@evil.example", "https://exa_mple!.org"]
NO_EMAIL = [
    "ada",
    "@example.org",
    "ada@",
    "a@b@c",
    "Ada <ada@example.org>",
    "a b@example.org",
    "ada@x, b@y",
]
REFUSED = {
    "SITE_URL": NO_SITE,
    "EMBED_ORIGINS": [*NO_SITE, "https://a.example, https://b.example", "*", "'self'"],
    "CLAMD_SOCKET": [
        "localhost",
        "localhost:",
        "localhost:x",
        ":3310",
        "[::1]:3310",
        "tcp://x",
        "x:1/y",
    ],
    "TIME_ZONE": ["London", "europe/london!", "/etc/localtime", "../x", ".", "GMT+1"],
    "DEVELOPMENT": ["maybe", "2", "-1"],
    "FORM_MIN_SECONDS": ["soon", "-1", "nan", "inf", "1,5"],
    "STORY_REMIND_DAYS": ["21 7", "0 7", "7 7", "7,21", "7 99999999"],
    "TOPICS": ["no words", "=x", "a=", "a=One; a=Two", "A Key=x"],
    "REPLY_WAYS": ["pigeon=By pigeon"],
    "HELP_LINES": ["call"],
    "SOCIAL_LINK": ["nowhere", "x=example.org", "x=javascript:alert(1)"],
    **dict.fromkeys(("MAIL_FROM", "TEAM_EMAIL", "TEAM_MAIL_FROM", "INBOUND_EMAIL"), NO_EMAIL),
    **{name: A_NUMBER for name, one in SETTINGS.items() if one.needs.startswith("a whole number")},
}


def load(**changes):
    return load_config(LAPTOP | changes)


def fitting(name):
    for text in SOMETHING:
        with suppress(ConfigError):
            load(**{name: text})
            return text
    raise AssertionError("SOMETHING needs what fits")


@pytest.mark.parametrize("name", SETTINGS)
def test_quotes_and_blanks_around_a_value_are_no_part_of_it_and_nothing_is_the_default(name):
    sample = SECRET if name == "SECRET_KEY" else SETTINGS[name].default or fitting(name)
    plain = load(**{name: sample})[name]

    assert [load(**{name: form.format(sample)})[name] for form in WRITTEN] == [plain] * len(WRITTEN)
    if name not in LAPTOP:
        usual = load_config(LAPTOP)[name]
        assert [load(**{name: form})[name] for form in NOTHING] == [usual] * len(NOTHING)


CASES = [(name, text, value) for name, forms in READ.items() for text, value in forms]


@pytest.mark.parametrize(("name", "text", "value"), CASES)
def test_each_form_is_read_as_it_is_meant(name, text, value):
    assert load(**{name: text})[name] == value


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused_by_name(name):
    for text in REFUSED[name]:
        with pytest.raises(ConfigError, match=rf"^{name} must be "):
            load(**{name: text})


MAY_HOLD_A_KEY = [
    name
    for name in SETTINGS
    if re.search("KEY|TOKEN|SECRET|PASSWORD|DSN|UR[IL]", name) and name != "SITE_URL"
]


@pytest.mark.parametrize("name", MAY_HOLD_A_KEY)
def test_what_may_hold_a_key_is_not_shown_where_it_is_refused(name):
    said = ""
    for text in ("opensesame", "https:/opensesame with more"):
        try:
            load(**{name: text})
        except ConfigError as error:
            said += str(error)

    assert "opensesame" not in said


@pytest.mark.parametrize("text", [text for text, _ in READ["SITE_URL"]])
def test_who_comes_by_the_sites_address_gets_in_and_links_lead_there(make_app, text):
    app = make_app(SITE_URL=text)
    there = app.config["SITE_URL"]
    answer = app.test_client().get("/robots.txt", base_url=there)

    assert answer.status_code == 200
    assert f"{there}/sitemap.xml" in answer.text


@pytest.mark.parametrize(
    ("end", "text"), [("API_URL", "x"), ("API_URL", "ftp://x"), ("LIST_ID", "x")]
)
def test_a_providers_setting_is_refused_by_name(make_app, end, text):
    keys = {"MAIL_PROVIDER": "brevo", "AUDIENCE_PROVIDER": "brevo", "BREVO_API_KEY": '"a"'}
    app = make_app(**keys | {"BREVO_API_URL": ' "https://api.example/v3/" '})

    assert app.extensions["providers"].mail.url == "https://api.example/v3"
    with pytest.raises(ConfigError, match=f"^BREVO_{end}"):
        must_start(make_app(**keys | {f"BREVO_{end}": text}))


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
@pytest.mark.parametrize("text", ["json://localhost", "JSON://localhost  mailto://a:b@c.example"])
def test_alerts_go_to_each_address_that_apprise_knows(make_app, text):
    alerts = make_app(ALERT_URLS=text).extensions["providers"].alerts

    alerts.check()
    assert len(alerts.destinations) == len(text.split())


@pytest.mark.parametrize("text", ["localhost", "mailto:ada@example.org", "json://localhost, x"])
def test_an_alert_address_of_no_such_form_is_refused_by_name(make_app, text):
    with pytest.raises(ConfigError, match=r"^ALERT_URLS"):
        make_app(ALERT_URLS=text)
