"""What every page and state must pass, whoever looks at it and however."""

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Frame, Page

from portal.config import ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = [
    *("wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag21aaa"),
    *("wcag22a", "wcag22aa", "wcag22aaa", "best-practice"),
]
LIGHT = {"color_scheme": "light", "forced_colors": "none", "media": "screen"}
OTHER_COLOURS = {
    "dark": LIGHT | {"color_scheme": "dark"},
    "forced colours": LIGHT | {"forced_colors": "active"},
    "forced colours, dark": LIGHT | {"color_scheme": "dark", "forced_colors": "active"},
    "print": LIGHT | {"media": "print"},
}
OF_COLOURS = ["color-contrast", "color-contrast-enhanced", "link-in-text-block"]  # rules of axe
NARROW = {"width": 320, "height": 640}  # 1280 at 400 %, WCAG 1.4.10

# axe takes -webkit-text-fill-color for the colour of text. With forced colours Chromium tells the
# page's own value there, and only in `color` the one that it paints. We never set the former.
TELL_PAINTED_COLOUR = """() => {
  const read = CSSStyleDeclaration.prototype.getPropertyValue;
  CSSStyleDeclaration.prototype.getPropertyValue = function (name) {
    return read.call(this, name === "-webkit-text-fill-color" ? "color" : name);
  };
}"""
RUN_AXE = """async (rules) => {
  const options = { runOnly: rules, resultTypes: ["violations"], iframes: false };
  const context = rules.type === "rule" ? window.unseen : document;
  const { violations } = await axe.run(context, options);
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, any, all, none }) => {
      const why = [...any, ...all, ...none].map(({ message }) => message).join("; ");
      return `${id}: ${help}. At ${target}: ${why}`;
    }));
}"""
# What rules of a stylesheet can tell apart: an element's kind, classes and state, and those of
# all that it stands in. Elements of a kind that was not seen before are kept in window.unseen.
FIND_UNSEEN = """(seen) => {
  const known = new Set(seen);
  const sheets = [...document.styleSheets].map(({ href }) => href?.split(/[/?]/).at(-2)).join();
  const states = ["aria-current", "aria-invalid", "disabled", "open", "readonly", "type"];
  const kind = (node) => !node ? sheets : [
    kind(node.parentElement), node.localName, ...[...node.classList].sort(),
    ...states.filter((name) => node.hasAttribute(name)).map((name) => node.getAttribute(name)),
  ].join(" ");
  window.unseen = [];
  for (const node of document.body.querySelectorAll("*")) {
    if (!node.checkVisibility() || known.has(kind(node))) continue;
    known.add(kind(node));
    window.unseen.push(node);
  }
  return [...known];
}"""
TOO_WIDE = """() => {
  const room = document.documentElement.clientWidth;
  if (document.scrollingElement.scrollWidth <= room) return [];
  const wide = [...document.body.querySelectorAll("*")].filter(
    (node) => node.checkVisibility() && node.getBoundingClientRect().right > room + 0.5);
  return [`It scrolls sideways. Too wide: ${wide.map((node) => node.outerHTML.slice(0, 80))}`];
}"""
# A link in a line of text may be as small as the text (WCAG 2.5.5); all else is 44 by 44. The
# label of a box belongs to its target. The skip link is off the page until it has the focus.
TOO_SMALL = """() => {
  const least = 43.9;
  const union = (boxes) => ({
    right: Math.max(...boxes.map((b) => b.right)),
    width: Math.max(...boxes.map((b) => b.right)) - Math.min(...boxes.map((b) => b.left)),
    height: Math.max(...boxes.map((b) => b.bottom)) - Math.min(...boxes.map((b) => b.top)),
  });
  const inText = (node) =>
    node.matches("a") && [...node.parentNode.childNodes].some(
      (other) => other !== node && other.nodeType === Node.TEXT_NODE && other.data.trim());
  return [...document.querySelectorAll("a[href], button, input, select, textarea, summary")]
    .filter((node) => node.checkVisibility({ visibilityProperty: true }) && !inText(node))
    .map((node) => {
      const parts = [node, ...(node.matches("[type=checkbox], [type=radio]") ? node.labels : [])];
      const size = union(parts.map((part) => part.getBoundingClientRect()));
      return { node, ...size };
    })
    .filter(({ right, width, height }) => right > 0 && (width < least || height < least))
    .map(({ node, width, height }) =>
      `A target is ${Math.round(width)} by ${Math.round(height)}: ${node.outerHTML.slice(0, 90)}`);
}"""


def faults(view: Page | Frame, seen: set[str]) -> Iterator[str]:
    """All that is wrong with a page, or with what a frame in it shows.

    Every rule is tried in light colours, and what must fit is tried at 320 px
    too. In other colours only colours can be wrong, and only what was not seen
    in them yet; `seen` has that, and gets more. Without scripts a page is the
    same, and axe cannot run: nothing is tried.
    """
    page = view.page if isinstance(view, Frame) else view
    if not view.evaluate("matchMedia('(scripting: enabled)').matches"):
        return
    if not view.evaluate("() => 'axe' in window"):
        view.evaluate(Path(AXE).read_text(encoding="utf-8"))
        view.evaluate(TELL_PAINTED_COLOUR)
    page.emulate_media(**LIGHT)
    yield from (f"In light: {fault}" for fault in view.evaluate(RUN_AXE, TAGS))
    yield from view.evaluate(TOO_SMALL)
    kinds = {*view.evaluate(FIND_UNSEEN, [*seen])}
    if kinds - seen:
        seen |= kinds
        for name, media in OTHER_COLOURS.items():
            page.emulate_media(**media)
            rules = {"type": "rule", "values": OF_COLOURS}
            yield from (f"In {name}: {fault}" for fault in view.evaluate(RUN_AXE, rules))
        page.emulate_media(**LIGHT)
    wide = page.viewport_size
    page.set_viewport_size(NARROW)
    for script in (TOO_WIDE, TOO_SMALL):
        yield from (f"At 320 px: {fault}" for fault in view.evaluate(script))
    page.set_viewport_size(wide)
