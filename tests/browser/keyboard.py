"""Somebody who has only a keyboard, and looks where the focus is."""

from playwright.sync_api import Page

MOST_STEPS = 60  # to anything on a page, from its top
# Where the focus is: what it is called, and what is wrong with how it shows.
FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return { name: "", faults: [] };
  const name = (node.labels?.[0] ?? node).innerText.trim();
  if (node.matches("audio, video")) return { name, faults: [] };  // the browser's own buttons
  const style = getComputedStyle(node);
  const box = node.getBoundingClientRect();
  const top = document.elementFromPoint(
    Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max(box.y + box.height / 2, 0), innerHeight - 1));
  const faults = [];
  if (!node.matches(":focus-visible")) faults.push("has no visible focus");
  const mark = style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth);
  if (mark < 3) faults.push("has no mark");
  if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0) faults.push("is out of sight");
  else if (!node.contains(top) && !top?.contains(node)) faults.push("is covered");
  return { name, faults };
}"""


class Keyboard:
    """Goes over the page with Tab, and uses it with Enter and Space."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def step(self) -> str:
        """Press Tab; returns what has the focus now, which must show."""
        self.press("Tab")
        focus = self.page.evaluate(FOCUS)
        assert not focus["faults"], f"“{focus['name']}” {', '.join(focus['faults'])}"
        return focus["name"]

    def go_to(self, words: str) -> None:
        """Press Tab until the focus is on what is called so."""
        way = []
        while (name := self.step()) != words:
            way.append(name)
            assert len(way) < MOST_STEPS, f"“{words}” cannot be reached: {way}"

    def use(self, words: str, key: str = "Enter") -> None:
        """Go to what is called so, and press a key there."""
        self.go_to(words)
        self.press(key)

    def fill(self, words: str, text: str) -> None:
        """Go to the field called so, and type into it."""
        self.go_to(words)
        self.type(text)
