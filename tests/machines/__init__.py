"""The portal on several machines: two web processes, two workers, and what they share.

Each process has a folder of its own, as on a machine of its own: what it does not share is lost to
the others.
"""

from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit

import requests

from tests.delivery.processes import LONGEST, Killable, free_port, is_up, local_env
from tests.services import until
from tests.visit import Visit

HOST = "portal.test"
WEBS, WORKERS = ("web 1", "web 2"), ("worker 1", "worker 2")
WORKER = ("python", "-m", "tests.delivery.fast_worker")


class Machines:
    """Four processes. `shared` are the settings that are the same for all of them."""

    def __init__(self, folder, **shared):
        self.folder, self.running = folder, {}
        self.shared = {"SITE_URL": f"http://{HOST}"} | shared
        self.ports = {name: free_port() for name in WEBS}

    def env(self, name):
        """The settings of one of them."""
        var = self.folder / name.replace(" ", "-")
        var.mkdir(exist_ok=True)
        return local_env(var, WEB_CONCURRENCY="1", **self.shared) | (
            {"PORT": str(self.ports[name])} if name in self.ports else {}
        )

    def start(self):
        for name in (*WEBS, *WORKERS):
            command = ("gunicorn", "wsgi:app") if name in WEBS else WORKER
            self.running[name] = Killable(*command, env=self.env(name))
        until(lambda: all(map(self.is_up, WEBS)), LONGEST, 0.1)

    def is_up(self, name):
        return is_up(self.ports[name], HOST)

    def restart(self, name):
        """Kill one of them at once, and start it again."""
        self.running[name].restart()

    def kill(self):
        for one in self.running.values():
            one.kill()


@dataclass
class Reply:
    """An answer, as Flask's test client gives it."""

    got: requests.Response

    @property
    def status_code(self):
        return self.got.status_code

    @property
    def headers(self):
        return self.got.headers

    @property
    def text(self):
        return self.got.text

    @property
    def mimetype(self):
        return self.headers.get("Content-Type", "").partition(";")[0]

    @property
    def request(self):
        return Asked(urlsplit(self.got.url).path)


@dataclass(frozen=True)
class Asked:
    path: str


class Balanced:
    """A browser behind a load balancer: each request goes to the next web process."""

    def __init__(self, machines):
        self.session = requests.Session()
        self.session.headers["Host"] = HOST
        self.ports = cycle(machines.ports.values())

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def head(self, path, **options):
        return self.ask("HEAD", path, **options)

    def patch(self, path, **options):
        return self.ask("PATCH", path, **options)

    def post(self, path, data=None, *, follow_redirects=True, **options):
        reply = self.ask("POST", path, data=data, **options)
        while follow_redirects and reply.status_code in {301, 302, 303}:
            parts = urlsplit(reply.headers["Location"])
            reply = self.get(f"{parts.path}?{parts.query}")
        return reply

    def ask(self, method, path, *, content_type="", headers=None, **options):
        url = f"http://127.0.0.1:{next(self.ports)}{path}"
        options["headers"] = (headers or {}) | (
            {"Content-Type": content_type} if content_type else {}
        )
        ends = {"timeout": LONGEST, "allow_redirects": False}
        return Reply(self.session.request(method, url, **ends, **options))


class Visitor(Visit):
    """A visitor who gets each page from another machine than the one before."""

    def __init__(self, machines):
        self.client, self.htmx = Balanced(machines), False
