"""What is in a backup, and the proof that it is there as it was."""

import hashlib
import hmac
import json
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app

from portal.config import ROOT

NAME, DATABASE, FILES = "manifest.json", "database", "files"
STAMP = "%Y-%m-%dT%H%M%SZ"
CHUNK = 1024 * 1024  # bytes


class BackupError(Exception):
    """It cannot be done; the text says why, and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup has. Its folder is whole once this is in it."""

    made_at: datetime
    """When the database was as it is in the backup, or a little before."""
    portal: str
    """The version of the portal."""
    schema: str
    kind: str
    """Of the database: sqlite or postgresql."""
    counts: dict[str, int]
    """How many rows each table has."""
    database: tuple[int, str]
    """Size and SHA-256 of the copy."""
    files: dict[str, tuple[int, str]]
    """The same of each file that people sent, by its place."""
    journal: str
    """Which journal has what happened since (`journal.name_of`)."""
    secret: str
    """What tells whether SECRET_KEY is still the same, and no more."""


def written(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupError for a folder that is none."""
    try:
        told = json.loads((folder / NAME).read_bytes())
        told["made_at"] = datetime.fromisoformat(told["made_at"])
        return Manifest(**told)
    except FileNotFoundError:
        raise BackupError(f"{folder} is no whole backup: it has no {NAME}.") from None
    except (ValueError, TypeError, KeyError) as error:
        raise BackupError(f"{folder / NAME} cannot be read: {error}.") from error


def to_json(manifest: Manifest) -> bytes:
    """The manifest as its file has it."""
    told = asdict(manifest) | {"made_at": manifest.made_at.isoformat()}
    return json.dumps(told, indent=1).encode()


def backups(parent: Path) -> list[Path]:
    """The whole backups in a folder, oldest first."""
    return sorted(path for path in parent.glob("*Z") if made_at(path) and (path / NAME).exists())


def made_at(path: Path) -> datetime | None:
    """When a backup was begun, as its folder's name says; None for another folder."""
    try:
        return datetime.strptime(path.name, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def proof(path: Path) -> tuple[int, str]:
    """Size and digest of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def faults(folder: Path, manifest: Manifest) -> Iterator[str]:
    """What is missing in a backup, or is not as it was; all of it is read."""
    parts: dict[str, Any] = {f"{FILES}/{place}": it for place, it in manifest.files.items()}
    for name, told in ({DATABASE: manifest.database} | parts).items():
        try:
            found = proof(folder / name)
        except FileNotFoundError:
            yield f"{name} is missing"
        else:
            if found != tuple(told):
                yield f"{name} is not as it was"


def secret() -> str:
    """What stands for SECRET_KEY in a manifest: nobody finds the key by it."""
    key = current_app.config["SECRET_KEY"].encode()
    return hmac.digest(key, b"which key a backup was made with", "sha256").hex()[:16]


def version() -> str:
    """The portal's version."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return str(told["project"]["version"])
