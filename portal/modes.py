"""What the portal writes is for its own account alone, whatever an account usually leaves open."""

import os
import pwd
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from sqlalchemy import make_url

from portal import checks
from portal.config import ConfigError
from portal.providers.values import Finding

OTHERS = 0o077  # what a group and all others may do
ROOT_ACCOUNT = 0


def keep_private(config: dict[str, Any]) -> None:
    """Let this process make files with mode 0600 and folders with 0700.

    Raises ConfigError for root where VAR_DIR is another account's: its files would be in the way.
    """
    os.umask(OTHERS)
    var = Path(config["VAR_DIR"])
    if os.geteuid() == ROOT_ACCOUNT and var.exists() and (owner := var.stat().st_uid):
        raise ConfigError(
            f"{var} belongs to the account “{_name(owner)}”, and files that root makes there would "
            f"be in its way. Begin the command with: runuser -u {_name(owner)} --"
        )


def _name(account: int) -> str:
    try:
        return pwd.getpwuid(account).pw_name
    except KeyError:  # in a container an account may have no name
        return str(account)


def _look() -> Iterator[Finding]:
    """What older versions made may be open to others of this machine."""
    config = current_app.config
    database = make_url(config["DATABASE_URL"])
    files = database.database if database.get_backend_name() == "sqlite" else ""
    places = [config["VAR_DIR"], files, config["UPLOADS_URL"], config["JOURNAL_DIR"]]
    found = {Path(place).resolve() for place in places if place and "://" not in str(place)}
    opened = {place for place in found if place.exists() and not _is_private(place)}
    for place in sorted(opened):
        if not opened.intersection(place.parents):
            words = f"{place} can be read by other accounts of this machine."
            yield Finding(words, ok=False, cure=f"chmod -R go= {place}")
    if not opened:
        yield Finding("Only the portal's account can read its files.")


def _is_private(place: Path) -> bool:
    """Whether it, or a folder above it, keeps others out."""
    return any(not one.stat().st_mode & OTHERS for one in (place, *place.parents))


def init_app(app: Flask) -> None:
    """Have it looked at; on a laptop it is as its owner likes it."""
    if not app.config["DEVELOPMENT"]:
        checks.register(app, checks.SiteCheck("File modes", _look))
