"""Settings: read once from an environment, checked at once.

`load_config` takes any mapping, so a test passes a dict. It reports everything
that is wrong together, each in a sentence that names the setting.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal import places
from portal.postgres import POOL
from portal.providers import KEEPS_CONTACTS, SENDS, keyed, setting_of
from portal.settings import SETTINGS

ROOT = places.ROOT


class ConfigError(Exception):
    """One or more settings are wrong; the text says which and what to do."""


SHORTEST_SECRET = 32
RETIRED_IN_USE = (
    "SECRET_KEY_RETIRED has a key that signs still: take it out of SECRET_KEY and "
    "SECRET_KEY_FALLBACKS."
)


def load_config(env: Mapping[str, str]) -> dict[str, Any]:
    """Turn environment variables into the app's settings.

    Takes any mapping of names to values, usually `os.environ`. Raises
    `ConfigError` with one sentence for each setting that is wrong.
    """
    config: dict[str, Any] = {}
    problems: list[str] = []
    for name, setting in SETTINGS.items():
        text = _said(env.get(name, "")) or setting.default
        try:
            config[name] = setting.parse(text)
        except ValueError:
            config[name] = setting.parse(setting.default)
            shown = "" if setting.is_secret else f" It is “{text}”."
            problems.append(f"{name} must be {setting.needs}.{shown}")

    _settle_development(config, env)
    _settle_team_sender(config)
    _settle_providers(config, env)
    problems += _missing(config)
    if problems:
        raise ConfigError("\n".join(problems))
    config["SETTINGS_MADE"] = sorted(name for name in SETTINGS if _said(env.get(name, "")))
    return config | _web_settings(config)


def _said(text: str) -> str:
    """What a variable says, without the quotes that some programs take for a part of it."""
    text = text.strip()
    is_quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1].strip() if is_quoted else text


def _settle_development(config: dict[str, Any], env: Mapping[str, str]) -> None:
    """Give places and addresses their defaults, which differ on a laptop."""
    var = config["VAR_DIR"] = Path(config["VAR_DIR"])
    files = {"DATABASE_URL": "portal", "QUEUE_URL": "queue", "RATELIMIT_STORAGE_URI": "counts"}
    for name, file in files.items():
        config[name] = config[name] or places.sqlite(str(var / f"{file}.db"))
    config["UPLOADS_URL"] = config["UPLOADS_URL"] or str(var / "uploads")
    config["JOURNAL_DIR"] = config["JOURNAL_DIR"] or str(var / "journal")
    if config["DEVELOPMENT"] and not _said(env.get("SITE_URL", "")):
        config["SITE_URL"] = f"http://127.0.0.1:{env.get('PORT') or 5000}"
    if config["DEVELOPMENT"]:
        config["INBOUND_EMAIL"] = config["INBOUND_EMAIL"] or "reply@portal.localhost"


def _settle_team_sender(config: dict[str, Any]) -> None:
    """Let the team write from its own address, where it shares the newsletter's domain.

    The provider may not know another domain: mail would not leave.
    """
    usual, team = (config[name] or "" for name in ("MAIL_FROM", "TEAM_EMAIL"))
    is_known = usual.partition("@")[2].lower() == team.partition("@")[2].lower()
    config["TEAM_MAIL_FROM"] = config["TEAM_MAIL_FROM"] or (team if is_known else usual)


def _settle_providers(config: dict[str, Any], env: Mapping[str, str]) -> None:
    """Collect each provider's own settings; a lone key chooses its provider.

    With a key for mail alone there is no list to keep at a provider.
    """
    providers: dict[str, dict[str, str]] = {}
    for variable, value in env.items():
        if (said := _said(value)) and (found := setting_of(variable)):
            provider, end = found
            providers.setdefault(provider, {})[end.lower()] = said
    senders, keepers = keyed(providers, SENDS), keyed(providers, KEEPS_CONTACTS)
    providers["local"] = {"folder": str(config["VAR_DIR"])}
    mail = (config["MAIL_PROVIDER"] or _lone(senders) or "local").lower()
    nobody = "none" if mail != "local" and not keepers else "local"
    config["PROVIDERS"] = providers
    config["MAIL_PROVIDER"] = mail
    config["MAIL_FALLBACK"] = config["MAIL_FALLBACK"].lower()
    if config["MAIL_SANDBOX"]:
        for name in filter(None, (mail, config["MAIL_FALLBACK"])):
            providers.setdefault(name, {})["sandbox"] = "1"
    config["AUDIENCE_PROVIDER"] = (config["AUDIENCE_PROVIDER"] or _lone(keepers) or nobody).lower()


def _lone(names: list[str]) -> str:
    """The only one there is; where there are several a person must say."""
    return names[0] if len(names) == 1 else ""


def _missing(config: dict[str, Any]) -> list[str]:
    """What a production site cannot do without. Returns sentences."""
    problems = []
    if not config["SECRET_KEY"]:
        problems.append(
            "SECRET_KEY is not set. Make one with: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    elif {config["SECRET_KEY"], *config["SECRET_KEY_FALLBACKS"]} & {*config["SECRET_KEY_RETIRED"]}:
        problems.append(RETIRED_IN_USE)
    elif len(config["SECRET_KEY"]) < SHORTEST_SECRET and not config["DEVELOPMENT"]:
        problems.append(f"SECRET_KEY must have at least {SHORTEST_SECRET} characters.")
    problems += [
        f"{role}_PROVIDER is “local”, which keeps mail in a folder and sends none. "
        "Name your email provider, or set DEVELOPMENT=1 on a laptop."
        for role in ("MAIL", "AUDIENCE")
        if config[f"{role}_PROVIDER"] == "local" and not config["DEVELOPMENT"]
    ]
    return problems


def _web_settings(config: dict[str, Any]) -> dict[str, Any]:
    """The settings of Flask and its extensions that follow from ours."""
    secure = not config["DEVELOPMENT"]
    return {
        "SQLALCHEMY_DATABASE_URI": config["DATABASE_URL"],
        "SQLALCHEMY_ENGINE_OPTIONS": {
            **({} if config["DATABASE_URL"].startswith("sqlite") else POOL),
            "hide_parameters": True,  # they are people's words, and errors are logged
        },
        "SESSION_COOKIE_NAME": "__Host-portal" if secure else "portal",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": 7 * 24 * 3600,  # seconds: people may take their time
        "WTF_CSRF_SSL_STRICT": False,  # asks for a Referer, which our own policy withholds
        "MAX_CONTENT_LENGTH": 256 * 1024,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "MAX_FORM_PARTS": 200,
        "COMPRESS_ALGORITHM": ["br", "gzip"],
        "COMPRESS_STREAMS": False,
    }
