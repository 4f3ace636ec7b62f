"""systemd takes our units, and each starts a command that there is, within its walls."""

import re
import subprocess
from configparser import ConfigParser
from pathlib import Path
from shutil import copytree, which

import pytest

from portal.config import ROOT
from tests.services import absent

UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
MOST_EXPOSED = 2.0  # of 10, as systemd reckons; what is not walled in has 9.6


def analyze(units: Path, *command: str) -> subprocess.CompletedProcess[str]:
    program = which("systemd-analyze") or absent("systemd is not installed")
    env = {"SYSTEMD_UNIT_PATH": f"{units}:", "PATH": "/usr/bin:/bin"}
    return subprocess.run([program, *command], capture_output=True, text=True, env=env, check=False)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The units beside a folder with the programs that they start."""
    folder = tmp_path_factory.mktemp("units")
    copytree(UNITS, folder, dirs_exist_ok=True)
    tools = folder / "opt" / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("gunicorn", "flask"):
        (tools / name).symlink_to("/bin/true")
    for unit in folder.glob("**/*.*"):
        if unit.is_file():
            unit.write_text(unit.read_text().replace("/opt/portal", str(folder / "opt")))
    return folder


def test_systemd_takes_them_all(installed):
    units = [str(file) for file in installed.iterdir() if file.is_file()]
    done = analyze(installed, "verify", "--man=no", *units)

    assert (done.returncode, done.stderr.strip()) == (0, "")


@pytest.mark.parametrize("service", SERVICES, ids=lambda file: file.stem)
def test_each_is_walled_in(installed, service):
    threshold = f"--threshold={int(MOST_EXPOSED * 10)}"
    unit = str(installed / service.name)
    done = analyze(installed, "security", "--offline=yes", "--no-pager", threshold, unit)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("service", SERVICES, ids=lambda file: file.stem)
def test_each_starts_a_command_that_there_is(app, service):
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(service)
    program, command, *_ = re.sub(r"^\S+/bin/", "", unit["Service"]["ExecStart"]).split()

    assert (program, command) == ("gunicorn", "wsgi:app") or command in app.cli.commands
