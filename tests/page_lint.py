"""What every HTML answer must be, checked on each one that any test fetches."""

from collections import Counter

from justhtml import JustHTML

FIELDS = ("input", "select", "textarea")
NOT_LABELLED = {"hidden", "submit", "button", "image", "reset"}


def parse(text: str, *, fragment: bool) -> JustHTML:
    """The document, parsed strictly: any mistake in the HTML raises."""
    return JustHTML(text, strict=True, sanitize=False, fragment=fragment)


def lint(text: str) -> JustHTML:
    """Check a page, or a fragment, and return it parsed. Fails with what is wrong."""
    fragment = "<html" not in text
    document = parse(text, fragment=fragment)
    nodes = document.query("*")  # once: each question of its own would walk the whole tree again
    problems = [*_of_every_answer(nodes)]
    problems += _of_a_fragment(document) if fragment else _of_a_page(nodes)
    assert not problems, "\n".join([*problems, text])
    return document


def _text(node) -> str:
    return " ".join(node.to_text(separator="", strip=False).split())


def _named(nodes, *names):
    return [node for node in nodes if node.name in names]


def _of_a_page(nodes):
    if not _named(nodes, "html")[0].attrs.get("lang"):
        yield "The page does not say its language"
    headings = [_text(heading) for heading in _named(nodes, "h1")]
    if len(headings) != 1:
        yield f"There must be one h1, not {headings}"
    title = _text(_named(nodes, "title")[0])
    if headings and not title.removeprefix("Error: ").startswith(headings[0]):
        yield f"The title “{title}” does not start with the heading “{headings[0]}”"
    if sum(node.attrs.get("role") == "status" for node in nodes) != 1:
        yield "There must be one status region"


def _of_a_fragment(document):
    roots = [node for node in document.root.children if node.name not in {"#text", "title"}]
    if len(roots) != 1 or not roots[0].attrs.get("id"):
        yield "A fragment must have one root, with an id"


def _of_every_answer(nodes):
    yield from _of_ids(nodes)
    yield from _of_forms(nodes)
    for node in nodes:
        if any(name == "style" or name.startswith("on") for name in node.attrs):
            yield f"Inline style or script on {node.name}"
    if _named(nodes, "style") or any(_is_inline(script) for script in _named(nodes, "script")):
        yield "Inline style or script"


def _is_inline(script):
    """Whether a browser would run it as it stands on the page. Data for machines is not run."""
    return "src" not in script.attrs and script.attrs.get("type") != "application/ld+json"


def _of_ids(nodes):
    ids = Counter(node.attrs["id"] for node in nodes if "id" in node.attrs)
    yield from (f"The id {id_} is there {count} times" for id_, count in ids.items() if count > 1)
    for node in nodes:
        for attribute in ("aria-describedby", "aria-labelledby", "for"):
            targets = (node.attrs.get(attribute) or "").split()
            yield from (f"{attribute}={one} leads nowhere" for one in targets if one not in ids)


def _of_forms(nodes):
    labelled = {node.attrs.get("for") for node in _named(nodes, "label")}
    for field in _named(nodes, *FIELDS):
        named = field.attrs.get("id") in labelled or "aria-label" in field.attrs
        if field.attrs.get("type") not in NOT_LABELLED and not named:
            yield f"The field {field.attrs.get('name')} has no label"
    for form in _named(nodes, "form"):
        if not form.attrs.get("action") or not form.attrs.get("method"):
            yield "A form has no action or no method"
