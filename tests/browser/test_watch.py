"""The checks themselves: what they are for, they find."""

import pytest

from tests.browser.accessible import faults

BREAK = """() => {
  const rules = document.styleSheets[0];
  for (const rule of [
    "h1, .lead, .hint { color: #6b6b6b !important; forced-color-adjust: none }",
    ".done { width: 40rem }",
    ".button { min-height: 0 !important; padding: 0 !important; font-size: 1rem !important }",
  ]) rules.insertRule(rule, rules.cssRules.length);
  document.querySelector("label[for=email]").remove();
  document.querySelector("main").firstElementChild.className = "done";
}"""


def test_a_page_that_is_known_to_be_wrong_is_found_wrong(open_page):
    page = open_page("/newsletter/")
    assert [*faults(page, set())] == []
    page.evaluate(BREAK)
    found = "\n".join(faults(page, set()))

    for colours in ("light", "dark", "forced colours", "print"):
        assert f"In {colours}: color-contrast" in found
    for fault in ("In light: label", "320 px: It scrolls sideways", "320 px: A target is"):
        assert fault in found


def test_in_other_colours_only_what_was_not_seen_yet_is_looked_at(open_page):
    page = open_page("/newsletter/")
    seen = set()
    assert [*faults(page, seen)] == []
    page.evaluate(BREAK)
    page.evaluate("document.querySelector('h1').className = 'new'")
    found = [fault for fault in faults(page, seen) if fault.startswith("In dark")]

    assert len(found) == 1
    assert "h1" in found[0]


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("() => document.body.style.setProperty('color', 'red') || console.error('oh')", "oh"),
        ("() => document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("() => queueMicrotask(() => { throw new Error('thrown') })", "thrown"),
        ("async () => { await fetch('/nothing-here') }", "404"),
        ("() => { new Image().src = 'https://elsewhere.test/x.png' }", "Content Security Policy"),
        ("() => open('http://elsewhere.test/')", "another site was asked: http://elsewhere.test/"),
    ],
)
def test_what_a_browser_complains_of_fails_a_test(script, complaint, open_page, visitors):
    page = open_page("/")
    page.evaluate(script)
    page.goto("/privacy")  # by then all has been reported

    visitors.forgive(complaint)
    visitors.problems.clear()
