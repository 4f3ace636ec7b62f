"""What htmx gets of a page is what the whole page has, on every page of tests.render_pages."""

import re

import pytest
import time_machine

from portal.config import ROOT
from portal.extensions import db, now
from tests.page_lint import lint
from tests.render_pages import FORMS, NOBODY, fill

TEMPLATES = ROOT / "templates"
HTMX = {"HX-Request": "true"}
# New at each look, and of no page's making: stamps, the names of tabs, what a passkey has to sign.
NEW_EACH_TIME = re.compile(r'(name="(?:stamp|tab)"(?: type="hidden")? value=|"challenge": )"[^"]+"')
HEADING = re.compile("(</?)h1")
# Htmx asks for these by itself, and puts them into a page that has a heading of its own.
PARTS = {
    *("inbox/draft.html", "inbox/news.html", "inbox/presence.html"),
    *("stories/editor/page.html", "stories/editor/news.html", "stories/telling/kept.html"),
    *("team/session.html", "inbox/note_kept.html"),
    *("issues/desk/keep.html", "issues/desk/presence.html"),
}
OF_A_PART = {"/team/session/"}


@pytest.fixture
def requests(app, client):
    """The page of each address that has one: the words to ask for it with."""
    paths, _ = fill(app, client)
    db.session.commit()  # SQLite's lock
    asked = [{"path": path} for path in dict.fromkeys(paths) if path not in OF_A_PART]
    return [*asked, *({"path": path, "method": "POST", "data": NOBODY} for path in FORMS)]


def main(answer):
    """The title and the main part of a page, or all of a fragment, each parsed strictly."""
    page = lint(answer.text)
    whole = page.query("main")
    nodes = whole[0].children if whole else page.root.children
    kept = [one for one in nodes if one.name not in {"#text", "title"}]
    text = "".join(one.to_html() for one in kept if one.attrs["id"] not in {"status", "problem"})
    if answer.status_code >= 400:  # above the form that was sent, it stands below that page's h1
        text = HEADING.sub(r"\1h2", text)
    return page.query("title")[0].to_text(), NEW_EACH_TIME.sub(r"\1", text)


def test_htmx_gets_the_title_and_the_main_part_of_each_page(client, requests):
    compared = 0
    with time_machine.travel(now(), tick=False):
        for asked in requests:
            whole = client.open(**asked)
            if whole.mimetype != "text/html" or whole.location or "<html" not in whole.text:
                continue
            part = client.open(headers=HTMX, **asked)
            assert "<html" not in part.text, asked
            assert part.status == whole.status, asked
            # What is wrong stands above the page that was left as it is, and speaks of that.
            of_what = slice(1 if 'id="error"' in whole.text else 2)
            assert main(part)[of_what] == main(whole)[of_what], asked
            compared += 1

    assert compared > 100


def test_a_page_that_is_seen_after_a_form_asks_no_more_than_which_layout_it_has():
    pages = [one for one in TEMPLATES.rglob("*.html") if one.name[0] != "_"]
    asking = [one for one in pages if len(re.findall("is_fragment", one.read_text())) > 1]

    # A page that cannot be saved now carries what was typed, where no form stands behind it.
    assert {str(one.relative_to(TEMPLATES)) for one in asking} == PARTS | {"errors/error.html"}
