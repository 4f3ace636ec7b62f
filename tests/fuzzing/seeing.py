"""Pages, as a browser reads their links and forms; quicker than the checker of every page."""

import re
from html.parser import HTMLParser

from portal.letters import normal_form

FILE = "a file"
TYPED_INTO = {"text", "email", "tel", "url", "search"}


class Seen(HTMLParser):
    """The links of a page, and its forms: what a browser sends of each as it is shown.

    Of buttons and choices with one name it sends one, which is the first where none is chosen.
    Beside each name and value stands whether people type there.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[tuple[dict[str, str], list[list]]] = []
        self._open: list = ["", "", False]
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = {name: value or "" for name, value in attrs}
        self.links += [attrs[name] for name in ("href", "src", "data-hx-get") if name in attrs]
        if tag == "form":
            self.forms.append((attrs, []))
        elif tag == "option" and ("selected" in attrs or not self._open[1]):
            self._open[1] = attrs.get("value", "")
        elif self.forms and "name" in attrs and tag in {"input", "textarea", "select", "button"}:
            is_typed = tag == "textarea" or (
                tag == "input" and attrs.get("type", "text") in TYPED_INTO
            )
            self._take(attrs["name"], attrs.get("value", ""), attrs, is_typed=is_typed)

    def _take(self, name, value, attrs, *, is_typed):
        fields, kind = self.forms[-1][1], attrs.get("type", "")
        is_one = kind in {"radio", "submit"}
        before = next((one for one in fields if one[0] == name), None)
        if kind == "checkbox" and "checked" not in attrs:
            return
        if is_one and before:
            before[1] = value if "checked" in attrs else before[1]
            return
        self._open = [name, value if kind != "file" else FILE, is_typed]
        fields.append(self._open)

    def handle_data(self, data):
        if self.lasttag == "textarea":
            self._open[1] += data

    def handle_endtag(self, tag):
        self.lasttag = ""


def shown(typed: bytes) -> str:
    """What a field can show of it: HTML knows no NUL, and one kind of line end."""
    text = normal_form("NFC", typed.decode().replace("\0", "\ufffd"))
    return re.sub("\r\n?", "\n", text).strip()
