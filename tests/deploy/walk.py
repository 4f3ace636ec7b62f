"""Does what docs/operating.md tells people to do, in a Debian with nothing in it.

The lines that are marked as `sh` in a section of the page are done as they are there, by one shell,
in a folder that debootstrap made. No systemd runs there: `systemctl` is a stand-in that starts what
a unit says, as its user and with its folders.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from portal.config import ROOT

PAGE = ROOT / "docs" / "operating.md"
STAND_IN = Path(__file__).with_name("systemctl.py")
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NAME = "www.example.org"
LONGEST = 1500  # seconds
# By these settings a machine names certificates of its own for the registries.
CERTIFIED = re.compile(r"PIP_CERT|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS")


def steps(section: str) -> list[tuple[str, str]]:
    """The parts of a section that have lines to copy: their headings, and those lines."""
    page = PAGE.read_text()
    text = re.search(rf"(?ms)^## {re.escape(section)}\n(.*?)(?=^## |\Z)", page)[1]
    found = []
    for part in re.split(r"(?m)^### ", text):
        if lines := re.findall(r"(?ms)^```sh\n(.*?)^```", part):
            found.append((part.partition("\n")[0], "".join(lines)))
    return found


class Debian:
    """A Debian of its own, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, script: str) -> str:
        """What a shell in it says to these lines; it ends at the first that fails.

        All that it started ends with it.
        """
        (self.folder / "root" / "walk.sh").write_text(script)
        inside = f"""R={self.folder}
            mount --bind $R $R; mount --rbind /dev $R/dev; mount -t proc proc $R/proc
            exec chroot $R /bin/bash -e /root/walk.sh"""
        command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", inside]
        env = dict.fromkeys(filter(CERTIFIED.fullmatch, os.environ), "/root/certificates.crt")
        env |= {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        env |= {"HOME": "/root", "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
        done = subprocess.run(
            command,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-6000:]
        return done.stdout


@contextmanager
def clean_debian(suite: str, folder: Path) -> Iterator[Debian]:
    """A Debian as it comes, with the portal's code as an archive in root's folder."""
    root = folder / suite
    subprocess.run(
        ["debootstrap", "--variant=minbase", suite, str(root)], check=True, capture_output=True
    )
    try:
        with (root / "etc" / "hosts").open("a") as hosts:
            hosts.write(f"127.0.0.1 localhost {NAME}\n")
        shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
        if CERTIFICATES.exists():
            shutil.copy(CERTIFICATES, root / "root" / "certificates.crt")
        policy = root / "usr" / "sbin" / "policy-rc.d"  # what is installed is not started by itself
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        stand_in = root / "usr" / "local" / "sbin" / "systemctl"
        shutil.copy(STAND_IN, stand_in)
        stand_in.chmod(0o755)
        archive(root / "root" / "portal.tar.gz")
        yield Debian(root)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def archive(place: Path) -> None:
    """The code as it is committed, and what is not yet, as a code host gives it out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    there = "\0".join(name for name in listed.split("\0") if name and (ROOT / name).is_file())
    subprocess.run(
        ["tar", "-czf", place, "--transform=s,^,portal/,", "--null", "-T", "-"],
        cwd=ROOT,
        input=there,
        text=True,
        check=True,
    )


def lines_of(section: str) -> str:
    """A section's lines, each part followed by a line that says how long it took."""
    began = "AT=$(date +%s)"
    told = 'echo "TOOK $(($(date +%s) - AT)) s: {0}"; AT=$(date +%s)'
    shown = "trap 'tail -n 30 /run/stand-in/*.log' ERR"
    parts = [f"{lines}\n{told.format(title)}\n" for title, lines in steps(section)]
    return f"cd /root\n{shown}\n{began}\n{''.join(parts)}"


SIGN_UP = """
ask() { curl --silent --show-error --fail --cacert /etc/letsencrypt/live/$NAME/fullchain.pem "$@"; }
ask --cookie-jar jar https://$NAME/newsletter/ > form
hidden=$(grep -o '<input[^>]*type="hidden"[^>]*>' form |
    sed -E 's/.*name="([^"]*)".*value="([^"]*)".*/--data-urlencode \\1=\\2/')
sleep 3 # who sends a form within two seconds is held
ask --cookie jar --output /dev/null --write-out 'ANSWER %{http_code} %{redirect_url}\n' \
    $hidden --data email=ada@example.net --data topics=ideas https://$NAME/newsletter/
portal newsletter show ada@example.net
"""  # with curl, as somebody does in a browser


LOG = "cat /run/stand-in/*.log /var/log/nginx/portal.log\n"


def seconds_taken(said: str) -> dict[str, int]:
    """What the lines of sections said."""
    return {title: int(took) for took, title in re.findall(r"(?m)^TOOK (\d+) s: (.*)$", said)}
