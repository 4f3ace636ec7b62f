"""Every mail, as a mail program shows it."""

import pytest

from portal.extensions import db
from tests.test_every_mail import MAILS

SMALLEST = 16  # px
WIDE = {"width": 1280, "height": 900}
# The size of each text, in its order, and the words.
SIZES = """() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const { data, parentElement } = texts.currentNode;
    if (data.trim()) found.push([parseFloat(getComputedStyle(parentElement).fontSize), data]);
  }
  return found;
}"""


@pytest.fixture
def app(make_app):
    """A portal of its own: nobody is sent what is made here."""
    app = make_app()
    with app.app_context():
        yield app


@pytest.fixture
def show(browser):
    """Shows a mail; returns the page."""
    context = browser.new_context(viewport=WIDE)

    def show(html):
        page = context.new_page()
        page.set_content(html)
        return page

    yield show
    context.close()


@pytest.mark.parametrize("name", MAILS)
def test_everybody_can_read_each_mail_at_the_size_that_they_need(app, show, check, name):
    made = MAILS[name]()
    db.session.commit()
    page = show(made.html)
    check(page)
    before = page.evaluate(SIZES)
    # As the reader sets it in their browser.
    double = {"fontSizes": {"standard": 32, "fixed": 26}}
    page.context.new_cdp_session(page).send("Page.setFontSizes", double)
    check(page)
    after = page.evaluate(SIZES)

    assert min(size for size, _ in before) >= SMALLEST
    assert after == [[size * 2, words] for size, words in before]
