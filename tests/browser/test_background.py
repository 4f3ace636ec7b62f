"""What a page asks for by itself, on each page that does, changes no title and takes no focus."""

from urllib.parse import urlsplit

from playwright.sync_api import expect

from portal.config import ROOT
from portal.extensions import db
from portal.stories import links
from tests.stories import a_draft, a_story

EVENTS = ("every", "input", "story-changed")
# Everything that asks by itself is made to ask now, and is waited for.
ASK = """async (events) => {
  const all = [...document.querySelectorAll("[data-hx-trigger]")];
  document.title = "Error: what I do";
  document.activeElement.blur();
  const answered = new Promise((done) => {
    const waited = new Set(all);
    document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
      if (waited.delete(ctx.origin) && !waited.size) done();
    });
    document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
      ctx.origin = ctx.sourceElement;
    });
  });
  for (const element of all) {
    if (element.matches("textarea")) element.value += " More.";
    const name = events.find((event) => element.dataset.hxTrigger.includes(event));
    (name === "story-changed" ? document.body : element).dispatchEvent(new CustomEvent(name));
  }
  await answered;
  return [all.length, document.activeElement === document.body];
}"""


def test_what_a_page_asks_for_by_itself_changes_no_title_and_takes_no_focus(
    app, open_desk, conversation
):
    first, drafted, sent = conversation(), a_draft(), a_story()
    pages = [
        *(first, "/inbox/", f"/inbox/{sent.conversation_id}/story"),
        f"/stories/share/{links.token(drafted)}/story",
        urlsplit(links.storyteller_url(sent)).path,
    ]
    db.session.remove()
    page, found = open_desk(), 0
    for address in pages:
        page.goto(address)
        asked, nowhere = page.evaluate(ASK, EVENTS)
        assert asked, address
        assert nowhere, address
        expect(page).to_have_title("Error: what I do")
        found += asked

    templates = "".join(one.read_text() for one in (ROOT / "templates").rglob("*.html"))
    # A file that is being checked is not on these pages; the story's macro is on one.
    assert found >= templates.count("data-hx-trigger=") - 1
