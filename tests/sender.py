"""Whoever fills in a form of tests/every_form.py."""

from functools import cached_property

from portal.extensions import db
from tests.every_form import MOST, somebody
from tests.page_lint import lint
from tests.team import put_in

STAFF = (
    "/inbox/",
    "/newsletter/list/",
    "/newsletter/issues/desk/",
    "/team/account/",
    "/team/people/",
    "/team/person/",
    "/team/retention/",
)


class Sender:
    """Somebody who has come as far as to see the form of a row, and sends it anything."""

    def __init__(self, app, row):
        self.app, self.client, self.row = app, app.test_client(), row
        started = row.start if isinstance(row.start, str) else row.start(self.client)
        self.path, more = started if isinstance(started, tuple) else (started, {})
        self.good = {row.prefix + name: text for name, text in (row.good | more).items()}
        if self.path.startswith(STAFF) and self.client.get("/inbox/").status_code != 200:
            put_in(self.client, somebody(row.role))
        db.session.commit()

    @property
    def is_guarded(self):
        """Whether the token is asked for before the view."""
        view = self.app.view_functions[self.app.url_map.bind("").match(self.path, method="POST")[0]]
        return self.path.startswith(STAFF) and not getattr(view, "checks_token", False)

    @property
    def most(self):
        """How many bytes are too many."""
        return next(most for start, most in MOST.items() if start in self.path)

    @cached_property
    def hidden(self):
        """What the form carries in hidden fields, on the page that shows it."""
        db.session.commit()
        address = self.row.page or self.path
        while (answer := self.client.get(address, follow_redirects=True)).status_code in {404, 405}:
            address = address.rpartition("/")[0]
        page = lint(answer.text)
        forms = page.query("form[method=post]")
        form = [one for one in forms if one.attrs["action"].startswith(self.path)]
        return {
            one.attrs["name"]: one.attrs.get("value") or ""
            for one in (form[0] if form else page).query("input[type=hidden]")
            if one.attrs["name"] != "to"
        }

    def send(self, sent, **options):
        """POST it; what comes back."""
        db.session.commit()
        answer = self.client.post(self.path, data=sent, **options)
        assert answer.status_code < 500, answer.text
        return answer
