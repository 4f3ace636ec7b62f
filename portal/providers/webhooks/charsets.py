"""Bytes that are text, read as browsers read them (WHATWG Encoding Standard, "Names and labels").

Python's codecs know most of its labels, and some of mail alone, such as `cp850`. What the
standard reads in a wider code than its name says is in the table.
"""

import codecs
import re
from contextlib import suppress

WINDOWS = "cp1252"
WIDER = {
    "ascii": WINDOWS,
    "iso8859-1": WINDOWS,
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift-jis": "cp932",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}
# The standard's labels that Python does not know.
LABELS = {
    **dict.fromkeys(("windows-31j", "windows-932"), "cp932"),
    **dict.fromkeys(("windows-949", "iso-ir-149", "csksc56011987", "ks_c_5601-1989"), "cp949"),
    **dict.fromkeys(("windows-874", "dos-874"), "cp874"),
    **dict.fromkeys(("logical", "visual"), "iso8859-8"),
    **dict.fromkeys(("unicode", "csunicode", "ucs-2", "iso-10646-ucs-2"), "utf-16-le"),
    **dict.fromkeys(("unicodefeff",), "utf-16-le"),
    **dict.fromkeys(("unicodefffe",), "utf-16-be"),
    **dict.fromkeys(("unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8"), "utf-8"),
    **dict.fromkeys(("koi", "koi8"), "koi8-r"),
    **dict.fromkeys(("mac", "csmacintosh"), "mac-roman"),
    **dict.fromkeys(("gb_2312-80", "csgb2312"), "gb18030"),
    "koi8-ru": "koi8-u",
    "mac-ukrainian": "mac-cyrillic",
    "csisolatin9": "iso8859-15",
    "sun_eu_greek": "iso8859-7",
    "cseucpkdfmtjapanese": "euc_jp",
    "cseuckr": "cp949",
    "cn-big5": "big5hkscs",
}
ISO = re.compile(r"^(?:cs)?iso-?8859-?(\d+)-?[ei]?$")  # such as `iso88591` and `iso-8859-8-i`
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Their bytes are UTF-8 too, but mean something else; of the wide ones where a NUL is among them.
SHIFTING, WIDE = re.compile("utf-7|hz$|iso2022"), re.compile("utf-(?:16|32)")
NO_TEXT = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape"})
LABEL_LONGEST = 40
HANDLER = "each byte as windows-1252"


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - it is named for decoding alone
    return error.object[error.start : error.end].decode(WINDOWS, "replace"), error.end


codecs.register_error(HANDLER, _as_windows)


def decode(content: bytes, label: str = "") -> str:
    """The text, whatever the label says: no byte is left out, and nothing is raised.

    UTF-8 where all of it is that, then the label's code; where neither fits, Windows-1252.
    """
    for mark, name in MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(name, HANDLER)
    codec = find(label)
    if not (SHIFTING.match(codec) or (WIDE.match(codec) and b"\0" in content)):
        with suppress(UnicodeDecodeError):
            return content.decode()
    return content.decode(codec or "utf-8", HANDLER)


def find(label: str) -> str:
    """Python's name for the code that browsers read a label as; nothing for an unknown one."""
    name = re.sub("^(x-)+", "", label.strip(" \t\r\n'\"").lower()[:LABEL_LONGEST])
    name = ISO.sub(r"iso-8859-\1", name)
    for one in (LABELS.get(name, name), re.sub("[^a-z0-9]", "", name)):
        try:
            codec = codecs.lookup(one).name.replace("_", "-")
            b" ".decode(codec, "ignore")
        except (LookupError, ValueError):  # nobody knows it, or it is none of text
            continue
        return WIDER.get(codec, codec) if codec not in NO_TEXT else ""
    return ""
