"""A portal with rows in each state, and the requests that people would make of it."""

from __future__ import annotations

import re
import shutil
import sqlite3
import weakref
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from sqlalchemy.exc import IntegrityError

from portal.extensions import db, huey
from portal.team.models import Role
from tests.every_form import somebody
from tests.fuzzing.seeing import FILE, Seen
from tests.fuzzing.sending import FORM, File, Sent
from tests.render_pages import fill
from tests.sender import Sender
from tests.services import connect
from tests.stories import a_draft, telling_url
from tests.stories.media import a_picture
from tests.team import put_in

OF_EACH = 4  # requests that are kept of each method and endpoint
PEOPLE = {"a reader": Role.READER, "an editor": Role.EDITOR, "a manager": Role.MANAGER}
TUS = (("Tus-Resumable", "1.0.0"),)
PIECE = "application/offset+octet-stream"
PICTURE = File(b"pool.png", a_picture(), b"image/png")
TOKEN = b"csrf_token"
KEEP = """DO $$ DECLARE name text; BEGIN
    DROP SCHEMA IF EXISTS kept CASCADE;
    CREATE SCHEMA kept;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
    LOOP EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', name); END LOOP;
END $$"""
RESTORE = """DO $$ DECLARE name text; columns text; BEGIN
    SET LOCAL session_replication_role = replica; -- no trigger, no foreign key
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'kept' LOOP
        SELECT string_agg(quote_ident(attname), ',') INTO columns FROM pg_attribute
        WHERE attrelid = format('public.%I', name)::regclass
        AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
        EXECUTE format('DELETE FROM public.%I', name);
        EXECUTE format('INSERT INTO public.%1$I (%2$s) SELECT %2$s FROM kept.%1$I', name, columns);
    END LOOP;
END $$"""


class World:
    """Call `restore()` to have all rows as they were; `seeds` are the good requests.

    Forms are known from the pages; of `rows` (tests/every_form.py) they are filled in right, too.
    """

    def __init__(self, app, rows) -> None:
        self.app = app
        self.rows = rows
        self.seeds: list[Sent] = []
        self._count: Counter = Counter()
        self.people = {"nobody": ("", "")}
        self._fill()
        self.parts = sorted({part for seed in self.seeds for part in seed.path.split(b"/") if part})
        self.names = sorted({name for seed in self.seeds for name, _ in seed.fields})
        self.queries = sorted(
            {pair.partition(b"=")[0] for seed in self.seeds for pair in seed.query.split(b"&")}
            | {b"after", b"before", b"batch", b"of", b"to", b"told", b"version", b"again", b"since"}
        )
        self._keep()

    def restore(self) -> None:
        """Put the database and the files back to how they were."""
        db.session.remove()
        shutil.copytree(self._files, self._var / "uploads", dirs_exist_ok=True)
        huey.storage.flush_all()
        if self._postgres:
            with connect(self._postgres) as connection:
                connection.execute(RESTORE)
        else:
            live = sqlite3.connect(db.engine.url.database)
            self._kept.backup(live)
            live.close()

    def as_somebody(self, sent: Sent, who: str) -> Sent:
        """The same request from somebody else, who saw the form too."""
        cookie, token = self.people[who]
        fields = [(name, token.encode() if name == TOKEN else value) for name, value in sent.fields]
        return replace(sent, who=who, cookie=cookie, fields=tuple(fields))

    def _fill(self) -> None:
        client = self.app.test_client()
        paths, _ = fill(self.app, client)
        for who, role in PEOPLE.items():
            put_in(client := self.app.test_client(), somebody(role))
            self.people[who] = self._known(client)
        put_in(client := self.app.test_client(), somebody(Role.MANAGER), fresh=False)
        self.people["a manager of this morning"] = self._known(client)
        for row in self.rows:
            self._add_row(row)
        self._add_files()
        self._crawl(paths)
        self._add_rules()

    def _known(self, client) -> tuple[str, str]:
        """The cookie of somebody, and the token of their forms."""
        page = client.get("/team/account/").text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]*)"', page)[1]
        return client.get_cookie(self.app.config["SESSION_COOKIE_NAME"]).value, token

    def _add_row(self, row) -> None:
        try:
            sender = Sender(self.app, row)
        except IntegrityError:  # what the pages are about is there already
            db.session.rollback()
            return
        fields = []
        for name, values in (sender.hidden | sender.good).items():
            listed = values if isinstance(values, list | tuple) else [values]
            fields += [(name.encode(), str(value).encode()) for value in listed]
        cookie = sender.client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        self._add(
            Sent(
                "POST",
                sender.path.encode(),
                tuple(fields),
                who=f"who fills in “{row.name}”",
                cookie=cookie.value if cookie else "",
            )
        )

    def _add_files(self) -> None:
        story = telling_url(a_draft()).removeprefix(self.app.config["SITE_URL"]).encode()
        db.session.commit()  # SQLite's lock
        self._add(Sent("POST", story + b"files/add", ((b"files", PICTURE),)))
        said = (*TUS, ("Upload-Length", "20"), ("Upload-Metadata", "filename cG9vbC5tcDQ="))
        create = Sent("POST", story + b"files/tus", headers=said, kind=PIECE, body=b"")
        self._add(create)
        answer = self.app.test_client().post(create.path.decode(), headers=dict(said))
        key = answer.headers["Location"].encode()
        for method, length in (("PATCH", b"x" * 5), ("HEAD", b""), ("DELETE", b"")):
            headers = (*TUS, ("Upload-Offset", "0"))
            self._add(Sent(method, key, headers=headers, kind=PIECE, body=length))

    def _crawl(self, paths: list[str]) -> None:
        """See each page as a manager, and whatever it leads to."""
        left, known = list(paths), set()
        while left:
            address = left.pop(0)
            parts = urlsplit(urljoin("/", address.removeprefix(self.app.config["SITE_URL"])))
            path, query = unquote_to_bytes(parts.path), parts.query.encode()
            if parts.netloc or (path, query) in known:
                continue
            known.add((path, query))
            sent = self.as_somebody(Sent("GET", path, query=query), "a manager")
            if not self._add(sent) or path.startswith(b"/static/"):
                continue
            client = self.app.test_client()
            client.set_cookie(self.app.config["SESSION_COOKIE_NAME"], sent.cookie)
            answer = client.get(address)
            if answer.mimetype == "text/html":
                seen = Seen(answer.text)
                left += [urljoin(parts.path, link) for link in seen.links]
                for form in seen.forms:
                    self._add_form(form, path, sent.cookie)

    def _add_form(self, form, path: bytes, cookie: str) -> None:
        attrs, fields = form
        parts = urlsplit(urljoin(path.decode(errors="replace"), attrs.get("action", "")))
        filled = [(name, PICTURE if value is FILE else value.encode()) for name, value, _ in fields]
        self._add(
            Sent(
                attrs.get("method", "get").upper(),
                unquote_to_bytes(parts.path),
                tuple((name.encode(), value) for name, value in filled),
                parts.query.encode(),
                kind=attrs.get("enctype", FORM),
                who="a manager",
                cookie=cookie,
            )
        )

    def _add_rules(self) -> None:
        """A request for each rule and method that no page leads to."""
        for rule in self.app.url_map.iter_rules():
            path = re.sub(r"<int:\w+>", "1", rule.rule)
            path = re.sub(r"<(any\((\w+)[^>]*|[^>]*)>", lambda found: found[2] or "x", path)
            for method in sorted(rule.methods):
                if not self._count[method, rule.endpoint]:
                    self._add(self.as_somebody(Sent(method, path.encode()), "a manager"))

    def _add(self, sent: Sent) -> bool:
        """Keep it, unless there are enough of its kind."""
        try:
            found = self.app.url_map.bind("localhost").match(sent.path.decode(), sent.method)[0]
        except Exception:
            return False
        self._count[sent.method, found] += 1
        enough = self._count[sent.method, found] > OF_EACH
        if not enough:
            self.seeds.append(sent)
        return not enough

    def _keep(self) -> None:
        db.session.commit()
        self._var = Path(self.app.config["VAR_DIR"])
        self._files = shutil.copytree(self._var / "uploads", self._var / "kept")
        url = db.engine.url
        self._postgres = (
            url.render_as_string(hide_password=False) if url.drivername != "sqlite" else ""
        )
        if self._postgres:
            with connect(self._postgres) as connection:
                connection.execute(KEEP)
            return
        self._kept = sqlite3.connect(":memory:")
        weakref.finalize(self, self._kept.close)
        live = sqlite3.connect(url.database)
        live.backup(self._kept)
        live.close()
