"""Every leaf of a mail becomes text or a file, however mail programs nest it and spell it."""

from base64 import encodebytes
from itertools import count
from quopri import encodestring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.providers.webhooks import charsets, html_text, mime

SEVERAL = ("mixed", "related", "alternative", "signed", "report", "x-odd")
NAMES = [
    b"; filename=a.png",
    b"; filename*=utf-8''%C3%A9.pdf",
    b"; filename==?utf-8?q?=C3=A9?=",
    b"",
]
# How a text is written, and which labels it may have all the same.
CODES = {
    "utf-8": ["utf-8", "utf-8mb4", "unknown", "iso-8859-1", "us-ascii", ""],
    "cp1252": ["windows-1252", "iso-8859-1", "us-ascii", "utf-8", "nothing", ""],
    "koi8-r": ["koi8-r", "KOI8-U"],
    "utf-16": ["utf-16", ""],
    "iso2022_jp": ["iso-2022-jp"],
}
WORDS = {
    "utf-8": "Zoë-мир",
    "cp1252": "Zoë",
    "koi8-r": "мир",
    "utf-16": "Zoë",
    "iso2022_jp": "日本",
}


def part(kind, body, *lines):
    return b"\r\n".join([b"Content-Type: " + kind.encode(), *lines, b"", body])


@st.composite
def trees(draw, numbers, depth=0):
    """A mail or a part, what it holds as words, and what as files."""
    kinds = ["text", "html", "file", "file"] + ["several", "several", "mail"] * (depth < 4)
    match draw(st.sampled_from(kinds)):
        case "file":
            content = b"file %d\0" % next(numbers)
            how = draw(st.sampled_from([b"attachment", b"inline", b"form-data"]))
            head = b"Content-Disposition: " + how + draw(st.sampled_from(NAMES))
            kind = draw(st.sampled_from(["image/png", "application/pdf", "text/calendar", "odd"]))
            if kind == "odd":  # what has no kind is text, so that a name must make it a file
                kind, head = "x/y", b"X: y"
            coded = b"Content-Transfer-Encoding: base64"
            return part(kind, encodebytes(content), head, coded), [], [content]
        case "mail":
            inner, words, files = draw(trees(numbers, depth + 1))
            return part("message/rfc822", inner), words, files
        case "several":
            parts = draw(st.lists(trees(numbers, depth + 1), min_size=1, max_size=4))
            border = b"b%d" % next(numbers)
            body = b"".join(b"\r\n--" + border + b"\r\n" + one for one, _, _ in parts)
            body += b"\r\n--" + border + b"--" if draw(st.booleans()) else b""
            kind = f"multipart/{draw(st.sampled_from(SEVERAL))}; boundary={border.decode()}"
            words = [word for _, found, _ in parts for word in found]
            return part(kind, body), words, [file for *_, files in parts for file in files]
        case kind:
            code = draw(st.sampled_from([*CODES]))
            word = f"{WORDS[code]}{next(numbers)}x"
            text = f"<div><p><b>{word}</b></div>" if kind == "html" else f"{word}\r\n"
            label = draw(st.sampled_from(CODES[code]))
            encode, name = draw(
                st.sampled_from([(encodebytes, b"base64"), (encodestring, b"quoted-printable")])
            )
            named = f"text/{kind.replace('text', 'plain')}" + (
                f"; charset={label}" if label else ""
            )
            coded = b"Content-Transfer-Encoding: " + name
            return part(named, encode(text.encode(code)), coded), [word], []


@given(st.data())
def test_no_leaf_of_a_mail_is_lost(data):
    content, words, files = data.draw(trees(count()))
    mail = mime.read(b"From: ada@example.org\r\nMIME-Version: 1.0\r\n" + content)

    assert [word for word in words if word not in mail.text] == []
    kept = [file.content for file in mail.attachments]
    assert [file for file in files if file not in kept] == []
    assert mail.whole.endswith(content)


INNER = b"From: b@example.org\r\nSubject: Yours\r\n\r\nNo."
MIXED = "multipart/mixed; boundary="
CALENDAR = part("text/calendar; method=REPLY", b"BEGIN:VCALENDAR")
LOCKED = "multipart/encrypted; boundary=b; protocol=application/pgp-encrypted"


@pytest.mark.parametrize(
    ("content", "words", "names"),
    [
        (part("message/rfc822", encodebytes(INNER), b"Content-Transfer-Encoding: base64"),
         "[A mail that came with this one: “Yours”, from b@example.org]\n\nNo.", ["Yours.eml"]),
        (part("message/rfc822", part("message/rfc822", INNER)), "No.", ["mail.eml"]),
        (part("message/delivery-status", b"Action: failed\r\n\r\nStatus: 5.1.1"), "5.1.1", []),
        (part("text/plain; name=a.txt", b"Words."), "Words.", []),
        (part("text/plain", b"Words.", b"Content-Disposition: attachment"), "Words.", []),
        (part("text/markdown", b"# Words"), "# Words", []),
        (part("text/html charset=utf-8", b"<p>Words"), "Words", []),
        (part("text/html", b"<img src='data:image/png;base64,%s'>a" % (b"AAAA" * 300)),
         "[Picture]a", ["image.png"]),
        (part("text/plain", b"V29yZHM=", b"Content-Transfer-Encoding: Base64 (so)"), "Words", []),
        (part("text/plain", mime.PGP.encode() + b"\n?"), mime.IS_LOCKED, ["encrypted.asc"]),
        (part("multipart/mixed; boundary=never", b"Words."), "Words.", []),
        (part("multipart/mixed; boundary=b", b"--b\r\n\r\nWords.\r\n--b--\r\nA list's foot"),
         "Words.\n\nA list's foot", []),
        (CALENDAR, "", ["text.ics"]),
        (part("audio/x-wav", b"RIFF"), "", ["audio.wav"]),
        (part("application/x-odd", b"?"), "", ["file"]),
        (part(LOCKED, b"--b\r\n\r\nVersion: 1\r\n--b--"), mime.IS_LOCKED, ["encrypted mail.eml"]),
        (part("application/pkcs7-mime", b"?"), mime.IS_LOCKED, ["encrypted mail.eml"]),
        (part(f"{MIXED}b", b"\n--b\r\n\r\nx" * (mime.MOST_PARTS + 1)), "--b\n\nx", []),
        (part("text/html", b"<meta charset=koi8-r><p>\xcd\xc9\xd2"), "мир", []),
    ],
)  # fmt: skip
def test_what_a_single_part_becomes(content, words, names):
    mail = mime.read(content)

    assert mail.text.endswith(words)
    assert [file.name for file in mail.attachments] == names


@pytest.mark.parametrize("depth", [mime.DEEPEST + 5, 500, 2_000])
@pytest.mark.parametrize("kind", ["multipart/mixed; boundary=b{}", "message/rfc822"])
def test_what_lies_too_deep_is_in_a_file_or_shown_as_it_came(depth, kind):
    content = part("text/plain", b"deep words")
    for number in range(depth):
        border = b"" if kind.startswith("message") else b"--b%d\r\n" % number
        content = part(kind.format(number), border + content)
    mail = mime.read(b"To: reply@example.org\r\n" + content)

    assert mail.recipients == ("reply@example.org",)
    kept = [mail.text.encode(), *(file.content for file in mail.attachments)]
    assert any(b"deep words" in one for one in kept)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (b"=?utf-8?q?Zo=C3=AB?= =?utf-8?b?IQ==?= and =?koi8-r?q?=CD=C9=D2?=", "Zoë! and мир"),
        (b"=?utf-8?q?Zo=C3?= =?utf-8?q?=AB?=", "Zoë"),
        (b"=?utf-8?q?two words?=", "two words"),
        (b"=?unknown?q?Zo=EB?=", "Zoë"),
        (b"=?utf-8?b?a?=", "a"),
        ("Zoë".encode(), "Zoë"),
        (b"Zo\xeb", "Zoë"),
        (b"a =? b ?= c", "a =? b ?= c"),
    ],
)
def test_a_header_is_read_however_it_is_written(value, words):
    mail = mime.read(b"Subject: " + value + b"\r\nFrom: " + value + b" <a@example.org>\r\n\r\n")

    assert mail.subject == words
    assert mail.sender.email == "a@example.org"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>A <a href='https://x.example/a'>b</a></p><p>c", "A b (https://x.example/a)\n\nc"),
        ("<a href='https://www.x.example/'>x.example</a>", "x.example"),
        ("<a href=mailto:a@b.example>a@b.example</a> <a href='tel:1'>b</a>", "a@b.example b (1)"),
        ("<a href='javascript:x'>no</a> <a href='#top'>top</a>", "no top"),
        ("<a href='www.x.example'>a</a><noscript><p>b</noscript>", "a (www.x.example)\n\nb"),
        ("<img src=cid:1 alt='The pool'>, <img src=https://t.example>", "[Picture: The pool],"),
        (f"<img src='data:image/png;base64,{'A' * 600_000}'>a", "[Picture]a"),
        ("a<blockquote>b<blockquote>c</blockquote></blockquote>d", "a\n\n> b\n>\n>> c\n\nd"),
        ("<div>a</div><div><br></div><div>b<br></div>c", "a\n\nb\nc"),
        ("<ul><li>a<li><p>b</ul><ol><li>c<li>d</ol>", "- a\n- b\n\n1. c\n2. d"),
        ("<table><tr><td>Day<td>Monday<tr><td>At<td>ten</table>", "Day Monday\nAt ten"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<title>T</title><style>p{}</style><script>x()</script>a&nbsp;<o:p>b</o:p>", "a b"),
        ("<blockquote>" * 5_000 + "deep", f"{'>' * 20} deep"),
    ],
    ids=range(14),
)  # fmt: skip
def test_html_is_read_as_text(html, text):
    assert html_text.as_text(html) == text


def test_very_long_html_says_that_there_is_more():
    assert html_text.as_text("word " * 210_000).endswith(html_text.CUT)


@pytest.mark.parametrize(
    ("plain", "other", "shown"),
    [
        ("Yes, I *can*.", "Yes, I can.", "Yes, I *can*."),
        ("Look [image: a.png]", "Look [Picture: a.png]", "Look [image: a.png]"),
        ("Hi [cid:image001.png@01D]", "Hi\n[Picture: Logo]", "Hi\n[Picture: Logo]"),
        ("See here", "See here (https://x.example)", "See here (https://x.example)"),
        ("This message requires an HTML viewer.", "Yes please.", "Yes please."),
        ("Only here.", "Only there.", "Only there.\n\nOnly here."),
        ("", "Yes.", "Yes."),
        ("Yes.", "", "Yes."),
    ],
)
def test_of_two_versions_the_one_that_says_more_is_shown(plain, other, shown):
    assert html_text.best(plain, other) == shown


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        *((one, "cp1252") for one in ("ISO-8859-1", "us-ascii", "latin1", "x-cp1252")),
        *((one, "gb18030") for one in ("gb2312", "GBK", "x-gbk", "chinese")),
        *((one, "cp932") for one in ("shift_jis", "x-sjis", "windows-31j", "ms_kanji")),
        *((one, "cp949") for one in ("euc-kr", "ks_c_5601-1987", "windows-949")),
        *((one, "iso8859-8") for one in ("iso-8859-8-i", "iso88598", "logical")),
        *(("iso-8859-9", "cp1254"), ("tis-620", "cp874"), ("cp-850", "cp850")),
        ("big5", "big5hkscs"),
        *(("unicode", "utf-16-le"), ("koi8-ru", "koi8-u"), ("macintosh", "mac-roman")),
        *((one, "") for one in ("", "unknown", "hex", "idna", "unicode_escape", "\0", "x" * 99)),
    ],
)  # fmt: skip
def test_a_charset_is_known_by_the_names_that_browsers_know(label, codec):
    assert charsets.find(label) == codec


@given(st.binary(), st.text() | st.sampled_from([one for some in CODES.values() for one in some]))
def test_any_bytes_are_text_with_any_label(content, label):
    assert isinstance(charsets.decode(content, label), str)
    assert charsets.decode(b"words", label) == "words"


@given(st.text())
def test_utf8_is_read_as_what_it_is_whatever_eight_bit_label_it_has(text):
    for label in CODES["utf-8"]:
        assert charsets.decode(text.encode(), label) == text.removeprefix("\ufeff")
