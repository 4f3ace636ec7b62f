"""The people who look at the site in a test, and all that their browsers complain of."""

import re
from contextlib import suppress

from playwright.sync_api import Error

from portal.config import ROOT
from tests.services import absent

HTMX = ROOT / "portal" / "static" / "vendor" / "htmx.min.js"
PICTURES = ROOT / "build" / "browser"
PATIENCE = 15_000  # milliseconds, on a machine that does other things too
OURS = (*range(200, 400), 422)  # a form that comes back is an answer like any other


class Visitors:
    """The people who look at the site in one test, each with a fresh browser."""

    def __init__(self, browser, site):
        self.browser, self.site = browser, site
        self.contexts = []
        self.problems = []
        """What the browser complained of. A test that causes it removes it with `forgive`."""

    def open(
        self, path="/", *, js=True, forced=False, width=1280, status=200, session="", clock=False
    ):
        """A new visitor on a page of the site, or at a full address; with `session` signed in.

        With `clock` a test can put their clock forward: `page.clock.fast_forward(milliseconds)`.
        """
        if js and not HTMX.exists():
            absent("htmx is not installed (make assets).")
        context = self.browser.new_context(
            base_url=self.site.url,
            java_script_enabled=js,
            forced_colors="active" if forced else "none",
            viewport={"width": width, "height": 900},
        )
        self.contexts.append(context)
        if session:
            context.add_cookies([{"name": "portal", "value": session, "url": self.site.url}])
        context.set_default_timeout(PATIENCE)
        if clock:
            context.clock.install()
        self._watch(context)
        page = context.new_page()
        answer = page.goto(path)
        assert answer.status == status
        if status not in OURS:
            self.forgive(f"{status} {page.url}")
        return page

    def forgive(self, part):
        """Take a problem off the list that the test meant to cause."""
        meant = [problem for problem in self.problems if part in problem]
        assert meant, f"“{part}” was expected; there was only {self.problems}"
        for problem in meant:
            self.problems.remove(problem)

    def picture(self, name):
        """Keep pictures of all open pages; yields where they are and what the pages were."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        pages = [page for context in self.contexts for page in context.pages]
        for number, page in enumerate(pages):
            file = PICTURES / f"{re.sub(r'[^a-z0-9]+', '-', name)}-{number}.png"
            with suppress(Error):  # a page may be what has failed
                page.screenshot(path=file, full_page=True)
                yield f"{page.url} is pictured in {file}"

    def close(self):
        for context in self.contexts:
            context.close()
        assert not self.problems, "The browser complained:\n" + "\n".join(self.problems)

    def _watch(self, context):
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.problems.append(f"error: {error.error}"))
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        context.on("requestfailed", self._on_failure)

    def _on_console(self, message):
        # Loads that fail are noted below, with their status.
        if message.type in {"error", "warning"} and "Failed to load" not in message.text:
            self.problems.append(f"{message.type}: {message.text}")

    def _on_request(self, request):
        address = request.url.removeprefix("blob:")  # what the page itself has made
        if not address.startswith((f"{self.site.url}/", f"{self.site.elsewhere}/")):
            self.problems.append(f"another site was asked: {request.url}")

    def _on_response(self, response):
        if response.status not in OURS:
            self.problems.append(f"{response.status} {response.url}")

    def _on_failure(self, request):
        if request.failure != "net::ERR_ABORTED":  # the visitor went on before the answer
            self.problems.append(f"{request.failure}: {request.url}")
