"""Clients of a real site: one from any network, and a person who must notice nothing of others."""

import itertools
import time
from collections.abc import Callable, Iterator
from threading import Event, Thread
from uuid import uuid4

import requests
from justhtml import JustHTML

from tests.site import Site
from tests.visit import held

IN_TIME = 2.0  # seconds, for a step that takes a tenth of that on a quiet site
TIMES_ALONE = 8  # on a machine that is busy itself: times what the slowest step takes alone
GIVE_UP = 30.0  # seconds
BETWEEN = 0.2  # seconds from one journey to the next
OUR_NETWORKS = (f"203.0.113.{number}" for number in itertools.cycle(range(1, 255)))


def networks(number: int) -> Iterator[str]:
    """Addresses of as many networks, of both kinds in turn; none is that of a person beside."""
    for one in range(number):
        yield f"2001:db8:{one:x}::1" if one % 2 else f"10.{one >> 16}.{one >> 8 & 255}.{one & 255}"


class Visitor(requests.Session):
    """A browser without JavaScript, seen as coming from `network`; no address is followed."""

    def __init__(self, site: Site, network: str) -> None:
        super().__init__()
        self.site, self.page = site, ""
        self.headers["X-Forwarded-For"] = network

    def request(self, method, url, **options):
        """Ask for an address on the site, or a full one; keeps the page that comes."""
        options = {"timeout": GIVE_UP, "allow_redirects": False} | options
        answer = super().request(method, self._full(url), **options)
        self.page = answer.text if "html" in answer.headers.get("Content-Type", "") else ""
        return answer

    def fields(self, action: str) -> dict[str, str]:
        """What the form of the newest page that is sent to `action` has in hidden fields."""
        forms = JustHTML(self.page, sanitize=False).query("form")
        form = next(one for one in forms if one.attrs["action"] == action)
        hidden = form.query("input[type=hidden]")
        return {one.attrs["name"]: held(one) or "" for one in hidden}

    def fill_in(self, path: str, data: dict[str, object] | None = None, *, seen: str = ""):
        """See the page of a form (at `seen`, if not at `path`), and send it filled in."""
        answer = self.get(seen or path)
        assert answer.status_code == 200, (answer.status_code, seen or path)
        return self.post(path, self.fields(path) | (data or {}))

    def _full(self, url: str) -> str:
        return url if url.startswith("http") else f"{self.site.url}{url}"


class Person:
    """Somebody new: each step of what they do is timed, and must be answered right."""

    def __init__(self, site: Site) -> None:
        self.visitor = Visitor(site, next(OUR_NETWORKS))
        self.email = f"ada.{uuid4().hex}@example.org"
        self.took: dict[str, float] = {}

    def go(self) -> None:
        """Look round, sign up, write to the team, begin a story and find it again."""
        self._step("home", "GET", "/")
        self._form("sign up", "/newsletter/", {"email": self.email, "topics": "ideas"})
        message = {"about": "question", "message": "Is it warm?", "name": "Ada"}
        message |= {"reply_by": "email", "email": self.email}
        self._step("contact", "GET", "/contact/")
        checked = self.visitor.fields("/contact/") | message
        self._step("check", "POST", "/contact/", data=checked)
        receipt = self._step("send", "POST", "/contact/send", 303, self._hidden("/contact/send"))
        self._step("receipt", "GET", receipt)
        begun = self._form("begin", "/stories/share/", {"way": "write"}).partition("?")[0]
        story = {"title": "The water", "text": "I swim.", "language": "en"}
        self._form("story", f"{begun}story", story)
        self._step("private page", "GET", begun)

    def _hidden(self, action: str) -> dict[str, str]:
        return self.visitor.fields(action)

    def _form(self, name: str, path: str, data: dict[str, str]) -> str:
        """See a form and send it; where it leads."""
        self._step(f"{name}: form", "GET", path)
        return self._step(name, "POST", path, 303, self._hidden(path) | data)

    def _step(self, name, method, path, status=200, data=None) -> str:
        began = time.monotonic()
        answer = self.visitor.request(method, path, data=data)
        self.took[name] = time.monotonic() - began
        assert answer.status_code == status, (name, answer.status_code, answer.text)
        return answer.headers.get("Location", "")


class Beside:
    """Lets one new person after the other go their way while something else goes on.

    At the end each step was answered right and in time, or the `with` fails with the step.
    `slowest` is the one that took longest and its seconds, `journeys` how many were done. `person`
    makes who goes: anybody, if nothing is said.
    """

    def __init__(self, site: Site, person: Callable[[Site], Person] = Person) -> None:
        self.site, self.person, self.journeys, self.slowest = site, person, 0, ("", 0.0)
        self.in_time = IN_TIME
        self._fault: BaseException | None = None
        self._end, self._thread = Event(), Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._go()  # what is asked for the first time is loaded now
        self.slowest = ("", 0.0)
        self._go()
        self.in_time = max(IN_TIME, TIMES_ALONE * self.slowest[1])
        self.journeys, self.slowest = 0, ("", 0.0)
        self._thread.start()
        return self

    def __exit__(self, kind, *_):
        self._end.set()
        self._thread.join(GIVE_UP * 2)
        if kind:
            return
        assert not self._thread.is_alive(), "the person beside was not answered at all"
        if self._fault:
            raise AssertionError(f"the person beside: {self._fault}") from self._fault
        step, took = self.slowest
        assert took <= self.in_time, f"the person beside waited {took:.1f} s for: {step}"

    def _run(self) -> None:
        try:
            while not self._end.is_set() or not self.journeys:
                self._go()
                self._end.wait(BETWEEN)
        except Exception as fault:
            self._fault = fault

    def _go(self) -> None:
        person = self.person(self.site)
        try:
            person.go()
            self.journeys += 1
        finally:
            person.visitor.close()
            self.slowest = max([self.slowest, *person.took.items()], key=lambda step: step[1])
