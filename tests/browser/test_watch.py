"""The checks themselves: what they are for, they find."""

import pytest

from tests.browser.accessible import faults

BREAK = """() => {
  const rules = document.styleSheets[0];
  for (const rule of [
    ".hint { color: #6b6b6b !important; forced-color-adjust: none }",
    ".done { width: 40rem }",
    ".button { min-height: 0 !important; padding: 0 !important; font-size: 1rem !important }",
  ]) rules.insertRule(rule, rules.cssRules.length);
  document.querySelector("label[for=email]").remove();
  document.querySelector("main").firstElementChild.className = "done";
}"""


def test_a_page_that_is_known_to_be_wrong_is_found_wrong(open_page):
    page = open_page("/newsletter/")
    assert [*faults(page)] == []
    page.evaluate(BREAK)
    found = "\n".join(faults(page))

    for fault in (
        *("In light: color-contrast-enhanced", "In forced colours: color-contrast-enhanced"),
        *("In dark: label", "At 320 px: It scrolls sideways", "At 320 px: A target is"),
    ):
        assert fault in found


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("() => document.body.style.setProperty('color', 'red') || console.error('oh')", "oh"),
        ("() => document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        (
            "() => new Promise(on => setTimeout(() => { on(); throw new Error('thrown') }))",
            "thrown",
        ),
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
