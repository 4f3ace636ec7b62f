#!/usr/bin/env python3
"""A stand-in for systemctl where no systemd runs: does what our units say, with what is at hand.

It reads a unit with its drop-ins, and starts its command as its user, in its folder, with its mask,
no rights, and nothing to write to but its own folders. Of nginx it knows the program alone.
"""

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

UNITS, RUN = Path("/etc/systemd/system"), Path("/run/stand-in")
PATIENCE = 60  # seconds


def unit(name: str) -> dict[str, list[str]]:
    """What its [Service] says: each line's values, those of the drop-ins too."""
    found: dict[str, list[str]] = {}
    drop_ins = UNITS / f"{name.partition('-')[0]}-.service.d"
    for file in (UNITS / f"{name}.service", *sorted(drop_ins.glob("*.conf"))):
        for line in file.read_text().splitlines():
            key, is_set, value = line.partition("=")
            if is_set and not line.startswith("#"):
                found.setdefault(key.strip(), []).append(value.strip())
    return found


def start(name: str) -> None:
    if name == "nginx":
        subprocess.run(["nginx"], check=True)
        return
    said = unit(name)
    folders = [f"/var/lib/{one}" for one in said.get("StateDirectory", [])]
    folders += said.get("ReadWritePaths", [])
    walls = [f"mount --bind {one} {one}" for one in folders]
    walls += ["mount -t tmpfs tmpfs /tmp", "mount -o remount,bind,ro /"]
    walls += [f"umask {said['UMask'][0]}", f"cd {said['WorkingDirectory'][0]}"]
    user = said["User"][0]
    rights = f"--reuid={user} --regid={user} --init-groups --no-new-privs --bounding-set=-all"
    env = " ".join(shlex.quote(each) for line in said["Environment"] for each in shlex.split(line))
    walls.append(f"exec setpriv {rights} env -i PATH=$PATH {env} {said['ExecStart'][0]}")
    RUN.mkdir(exist_ok=True)
    with (RUN / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            ["unshare", "--mount", "sh", "-ec", "\n".join(walls)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    if said.get("Type") == ["oneshot"]:
        sys.exit(process.wait())
    (RUN / f"{name}.pid").write_text(str(process.pid))


def stop(name: str) -> None:
    file = Path("/run/nginx.pid") if name == "nginx" else RUN / f"{name}.pid"
    if not file.exists() or not (written := file.read_text()):
        return
    pid, until = int(written), time.monotonic() + PATIENCE
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < until:
            os.kill(pid, 0)
            time.sleep(0.1)
    file.unlink(missing_ok=True)


def main() -> None:
    verb, *names = [word for word in sys.argv[1:] if not word.startswith("-")]
    names = [name.removesuffix(".service") for name in names]
    for name in names:
        if name.endswith(".timer"):
            continue
        if verb in {"stop", "restart"}:
            stop(name)
        if verb in {"start", "restart"} or (verb == "enable" and "--now" in sys.argv):
            start(name)


main()
