"""Settings: read from a mapping, checked at once, each mistake named."""

import os
import shutil
import subprocess
import sys
from itertools import pairwise

import pytest
from dotenv import dotenv_values

from portal import create_app, must_start, providers
from portal.config import ROOT, ConfigError, load_config
from portal.settings import SETTINGS

PRODUCTION = {"SECRET_KEY": "s" * 40, "MAIL_PROVIDER": "brevo", "AUDIENCE_PROVIDER": "brevo"}
PRODUCTION |= {"BREVO_API_KEY": "a-key"}
ALONE = {"SECRET_KEY": "s" * 40}
HEAVY = {
    *("alembic", "apprise", "boto3", "botocore", "clamav_client", "fsspec", "justhtml"),
    *("PIL", "pillow_heif", "qrcode", "requests"),
    *("portal.demo.loading", "portal.demo.stories"),
}


def problems(env):
    with pytest.raises(ConfigError) as caught:
        must_start(create_app(load_config(env)))
    return str(caught.value)


def test_env_example_has_every_setting_with_its_default_and_a_line_that_explains_it():
    file = ROOT / ".env.example"
    shown, lines = dotenv_values(file), file.read_text().splitlines()

    ends = {name: providers.adapter(name).settings for name in providers.ADAPTERS}
    of_providers = {f"{name.upper()}_{end}" for name in ends for end in ends[name]}
    assert set(shown) == set(SETTINGS) | of_providers
    assert {name: shown[name] or "" for name in SETTINGS} == {
        name: setting.default for name, setting in SETTINGS.items()
    }
    for above, line in pairwise(lines):
        if line and not line.startswith("#"):
            assert above.startswith("# "), line


def test_nothing_set_is_production_and_stops_the_start_naming_what_is_missing():
    text = problems({"SITE_URL": "x", "FORM_MIN_SECONDS": "y"})

    assert "SECRET_KEY is not set" in text
    assert "MAIL_PROVIDER is “local”" in text
    assert all(name in text for name in ("SITE_URL", "FORM_MIN_SECONDS"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("SECRET_KEY", "short"), ("MAIL_PROVIDER", "pigeon"), ("AUDIENCE_PROVIDER", "pigeon")),
        *(("BREVO_LIST_ID", "seven"), ("FORM_MIN_SECONDS", "-1"), ("FORM_MIN_SECONDS", "soon")),
        *(("TRUSTED_PROXIES", "many"), ("RATELIMIT_ENABLED", "maybe")),
        *(
            ("RATELIMIT_STORAGE_URI", "carrier://pigeon"),
            ("RATELIMIT_STORAGE_URI", "sqlite:////no/file"),
            ("SITE_URL", "www.example.org"),
        ),
        *(
            ("MAIL_FROM", "nobody"),
            ("TEAM_MAIL_FROM", "us"),
            ("TEAM_EMAIL", "a@b@"),
            ("SOCIAL_LINK", "nowhere"),
        ),
        *(("TOPICS", "no words"), ("TOPICS", "a=One; a=Two"), ("FORMATS", "Large Print=Large")),
        *(("EMBED_ORIGINS", "example.org"), ("DATABASE_URL", "nonsense")),
        *(("DATABASE_URL", "sqlite:////no/such/folder/portal.db"), ("QUEUE_URL", "nonsense://")),
        *(("UPLOADS_URL", "pigeon://loft"), ("UPLOADS_URL", "s4://bucket")),
    ],
)
def test_wrong_setting_stops_the_start_and_is_named(name, value, tmp_path):
    assert name in problems(PRODUCTION | {"VAR_DIR": str(tmp_path), name: value})


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ({}, "media@getyourselfactive.org"),
        ({"MAIL_FROM": "news@Example.org", "TEAM_EMAIL": "us@example.org"}, "us@example.org"),
        ({"MAIL_FROM": "news@example.org", "TEAM_EMAIL": "us@mail.example"}, "news@example.org"),
        ({"TEAM_MAIL_FROM": "us@mail.example"}, "us@mail.example"),
    ],
)
def test_the_team_writes_from_its_own_address_where_the_provider_must_know_it(given, sender):
    assert load_config(PRODUCTION | given)["TEAM_MAIL_FROM"] == sender


@pytest.mark.parametrize(
    ("keys", "sender", "keeper"),
    [
        ("BREVO", "brevo", "brevo"),
        ("MANDRILL", "mandrill", "none"),
        ("POSTMARK", "postmark", "none"),
        ("MAILCHIMP MANDRILL", "mandrill", "mailchimp"),
        ("MAILCHIMP POSTMARK", "postmark", "mailchimp"),
        ("MAILERLITE POSTMARK", "postmark", "mailerlite"),
        ("SMTP", "smtp", "none"),
        ("SES", "ses", "none"),
        ("MAILERLITE SMTP", "smtp", "mailerlite"),
    ],
)
def test_keys_of_providers_that_can_do_one_thing_choose_themselves(keys, sender, keeper):
    ends = {"SMTP": "URL"}
    named = {f"{name}_{ends.get(name, 'API_KEY')}": "key" for name in keys.split()}
    config = load_config(ALONE | named)

    assert (config["MAIL_PROVIDER"], config["AUDIENCE_PROVIDER"]) == (sender, keeper)


def test_where_several_could_do_it_a_person_must_say():
    text = problems(ALONE | {"BREVO_API_KEY": "key", "SENDGRID_API_KEY": "key"})

    assert "MAIL_PROVIDER is “local”" in text
    assert "AUDIENCE_PROVIDER is “local”" in text


def test_a_lone_key_for_contacts_says_that_mail_needs_a_provider():
    text = problems(ALONE | {"MAILCHIMP_API_KEY": "key-us1", "MAILCHIMP_LIST_ID": "a1"})

    assert "MAIL_PROVIDER is “local”, which keeps mail in a folder and sends none." in text
    assert "Name your email provider" in text
    assert "AUDIENCE_PROVIDER" not in text


@pytest.mark.parametrize(
    ("setting", "name", "words"),
    [
        ("AUDIENCE_PROVIDER", "postmark", "postmark keeps no contacts"),
        ("AUDIENCE_PROVIDER", "mandrill", "mandrill keeps no contacts"),
        ("MAIL_PROVIDER", "mailchimp", "mailchimp sends no mail of ours"),
        ("MAIL_FALLBACK", "mailerlite", "mailerlite sends no mail of ours"),
        ("MAIL_FALLBACK", "brevo", "MAIL_FALLBACK must be another provider than MAIL_PROVIDER"),
        ("MAIL_FALLBACK", "pigeon", "MAIL_FALLBACK is 'pigeon'; it can be brevo, mandrill,"),
        ("MAIL_FALLBACK", "resend", "RESEND_API_KEY"),
        ("MAIL_FALLBACK", "smtp", "SMTP_URL is missing."),
    ],
)
def test_a_provider_that_cannot_do_it_says_so_in_a_sentence(setting, name, words, tmp_path):
    text = problems(PRODUCTION | {"VAR_DIR": str(tmp_path), setting: name})

    assert words in text


def test_another_programs_api_key_chooses_no_provider():
    config = load_config({"DEVELOPMENT": "1", "SECRET_KEY": "x", "WEATHER_API_KEY": "key"})

    assert (config["MAIL_PROVIDER"], config["AUDIENCE_PROVIDER"]) == ("local", "local")


def test_an_audience_can_be_left_out(make_app):
    app = make_app(AUDIENCE_PROVIDER="none")

    assert app.extensions["providers"].audience is None


def test_on_a_laptop_links_lead_to_the_laptop():
    assert load_config({"DEVELOPMENT": "1", "SECRET_KEY": "x", "PORT": "5001"})["SITE_URL"] == (
        "http://127.0.0.1:5001"
    )


@pytest.mark.services
def test_the_wsgi_app_says_in_a_sentence_why_it_does_not_start(tmp_path):
    env = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), "SECRET_KEY": ""}
    command = [sys.executable, "-c", "import wsgi"]

    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert "SECRET_KEY is not set" in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.services
def test_a_web_process_loads_nothing_heavy_for_its_first_answer(tmp_path, migrated_file):
    shutil.copy(migrated_file, tmp_path / "portal.db")
    env = PRODUCTION | {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path)}
    program = "import sys, wsgi; wsgi.app.test_client().get('/newsletter/'); print(*sys.modules)"
    command = [sys.executable, "-c", program]

    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())

    assert "portal.newsletter.routes" in loaded
    assert loaded & HEAVY == set()
