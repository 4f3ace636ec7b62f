"""The image is built where Docker runs; what its files name is looked up everywhere."""

import re
import subprocess
from shutil import which

import pytest
import yaml

from portal.config import ROOT
from portal.settings import SETTINGS

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: said for name, said in SERVICES.items() if said["image"] == "portal"}
BUILT_WITHIN = 1200  # seconds
BY_GUNICORN = {"BIND", "PORT", "WEB_CONCURRENCY"}
BY_SYSTEM = {"HOME", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}


def docker_runs():
    program = which("docker")
    return (
        program
        and not subprocess.run([program, "version"], capture_output=True, check=False).returncode
    )


@pytest.mark.skipif(not docker_runs(), reason="no Docker daemon answers here")
def test_the_image_is_built_and_knows_its_commands():
    build = ["docker", "build", "-f", DEPLOY / "Dockerfile", "-t", "portal-test", ROOT]
    subprocess.run(build, check=True, timeout=BUILT_WITHIN)
    env = ["-e", "DEVELOPMENT=1", "-e", f"SECRET_KEY={'s' * 40}"]
    run = ["docker", "run", "--rm", *env, "portal-test", "flask", "db", "upgrade"]
    subprocess.run(run, check=True, timeout=BUILT_WITHIN)


def test_every_setting_that_is_named_is_one():
    in_image = re.findall(r"([A-Z_]+)=\S", re.search(r"(?s)\nENV (.*?)\nVOLUME", dockerfile())[1])
    named = {name for said in OURS.values() for name in said["environment"]}

    assert named <= SETTINGS.keys()
    assert set(in_image) <= SETTINGS.keys() | BY_GUNICORN | BY_SYSTEM


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one(app, name):
    program, command, *_ = OURS[name]["command"]

    assert (program, command) == ("gunicorn", "wsgi:app") or command in {*app.cli.commands, "db"}


def test_what_is_waited_for_is_there():
    for said in SERVICES.values():
        assert said.get("depends_on", {}).keys() <= SERVICES.keys()
        places = [place.partition(":")[0] for place in said.get("volumes", [])]
        assert set(places) <= COMPOSE["volumes"].keys()


def test_every_file_that_the_image_takes_is_there():
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text()
    taken = re.findall(r"(?m)^!(\S+)$", kept)
    copied = re.findall(r"(?m)^COPY (?!--from)(.+) \S+$", dockerfile())
    wanted = {word for line in copied for word in line.split() if word != "."}

    assert all((ROOT / name).exists() for name in taken)
    assert all(any(word.split("/")[0] == name for name in taken) for word in wanted)
    assert not {".env", "var", "tests", ".git"} & set(taken)


def dockerfile():
    return (DEPLOY / "Dockerfile").read_text()
