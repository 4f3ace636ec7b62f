"""A visitor for route tests: fetches pages, fills in forms, follows answers, and lints it all."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from justhtml import JustHTML

from portal.extensions import db
from tests.page_lint import lint

NO_CONTENT = 204


def shown(response) -> tuple:
    """All that an answer shows to whoever asked, but for its number, which is new each time."""
    headers = sorted(one for one in response.headers if one[0] != "X-Request-ID")
    return response.status_code, response.data, headers


def held(field) -> str | None:
    """What a field of a page holds."""
    if field.name == "textarea":
        return "".join(child.data for child in field.children).removeprefix("\n")
    return field.attrs.get("value")


@dataclass
class Answer:
    """What the visitor got: the response at the end of any redirects, and its page."""

    response: object
    page: JustHTML | None

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def headers(self):
        return self.response.headers

    @property
    def text(self) -> str:
        """The words on the page, with white space folded."""
        return " ".join(self.page.to_text(separator="").split())

    @property
    def heading(self) -> str:
        """The main heading; of an error that htmx puts above a form, its own."""
        first = (self.page.query("h1") or self.page.query("h2"))[0]
        return " ".join(first.to_text(separator="", strip=False).split())

    def value(self, name: str) -> str | None:
        """What a field holds, of one line or of many."""
        return held(self.page.query(f"[name={name}]")[0])

    def form(self, selector: str = "main form") -> dict[str, object]:
        """What a browser would send of a form as it is shown: of boxes, a list."""
        sent = {}
        for field in self.page.query(selector)[0].query("input, textarea, option[selected]"):
            name = field.attrs.get("name") or field.parent.attrs["name"]
            kind, is_chosen = field.attrs.get("type"), "checked" in field.attrs
            if kind == "checkbox" and is_chosen:
                sent[name] = [*sent.get(name, []), field.attrs["value"]]
            elif kind not in {"checkbox", "radio"} or is_chosen:
                sent[name] = held(field) or ""
        return sent

    def has(self, selector: str) -> bool:
        return bool(self.page.query(selector))


class Visit:
    """Call it with an address to see a page; `send` fills in the form there and sends it.

    With htmx, forms that have data-hx-post are sent as htmx sends them.
    """

    def __init__(self, app, *, htmx: bool) -> None:
        self.client = app.test_client()
        self.htmx = htmx

    def __call__(self, address: str, **options) -> Answer:
        """GET an address on the site, or a full one from a mail."""
        db.session.commit()  # a test that looked into the database holds SQLite's lock
        return self.answer(self.client.get(self._path(address), **options))

    def post(self, address: str, data=None, **options) -> Answer:
        """POST without having seen a form, as a person: redirects are followed."""
        db.session.commit()
        headers = {"HX-Request": "true"} if self.htmx else {}
        response = self.client.post(
            self._path(address), data=data, headers=headers, follow_redirects=True, **options
        )
        return self.answer(response)

    def send(self, address: str, data=None, *, button: str | None = None, **options) -> Answer:
        """See a page and send its form (the first, or the one with that button's words)."""
        form, pressed = next(
            (form, one)
            for form in self(address).page.query("main form")
            for one in [None, *form.query("button")]
            if (one and one.to_text().strip()) == button
        )
        fields = form.query("input[type=hidden]")
        if pressed and "name" in pressed.attrs:
            fields = [*fields, pressed]
        sent = {field.attrs["name"]: field.attrs.get("value") or "" for field in fields}
        return self.post(form.attrs["action"], sent | (data or {}), **options)

    @staticmethod
    def _path(address: str) -> str:
        parts = urlsplit(address)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    @staticmethod
    def answer(response) -> Answer:
        """The response with its page."""
        is_page = response.mimetype == "text/html" and response.status_code != NO_CONTENT
        return Answer(response, lint(response.text) if is_page else None)
