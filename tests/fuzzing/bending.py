"""Ways to change a request. Each takes it, a source of chance and the world, and gives another.

With the same chance it does the same, so that a fault can be told with as few changes as it needs.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace

from tests.fuzzing.sending import FILES, FORM, File, Sent

TEXTS = [
    *("", " ", "\0", "a\0b", "\r\nX-Made-Up: 1", "\n", "\t", "\u202e", "\u200b", "\ufeff"),
    "\u2028",
    *("\U0001f49a", "\u0663", "\u00b2", "\u00bd", "\uff11", "\ufdfa", "e\u0301", "\u1e9e"),
    "I\u0307",
    *("-1", "0", "1", "1.5", "1e9", "NaN", "inf", "-0", "0x10", "1_000", "+1", "007", "true"),
    "null",
    *(str(2**31 - 1), str(2**31), str(-(2**31) - 1), str(2**63), str(2**64), "9" * 500, "9" * 5000),
    *("[]", "{}", '""', "[" * 9000, '{"a":' * 5000, '{"id": 1}', '[{"id": null}]'),
    '{"response": []}',
    *("'", '"', "\\", "%", "%00", "%s%n", "{{7*7}}", "${7}", "<script>", "<!--", "]]>", "&#0;"),
    "-- ",
    *("../../etc/passwd", "..\\..\\x", "/", "//evil.example", "/\\evil.example"),
    "https://evil.example/",
    *("http://[", "http://[::1", "//[", "https://a:99999/", "https://a:b/", "javascript:1"),
    "data:,x",
    *("0000-00-00", "0001-01-01", "9999-12-31", "10000-01-01", "2030-02-31", "2030-W99"),
    "31 February",
    *("29 February", "1 January 0001", "31 December 9999", "1 January 99999", "24:60"),
    "today at 99:99",
    *("in 99999999999 days", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-14:00", "1e400"),
    *("a@b", "<a@b.example>", '"a b"@example.org', "a@[127.0.0.1]", "a@xn--", "a@xn--a.example"),
    "@",
    *("\uff41@example.org", "a@\u1e9e.example", "a@" + "b." * 120 + "org"),
    "a" * 300 + "@b.example",
    *("+", "+" * 60, "tel:", "\u0660\u0661\u0666\u0661", "18001 0161", "+44 (0) 0161 ext 5"),
    *("\U0001f49a" * 3000, "a" * 70_000, "a " * 30_000, "\n" * 30_000, "AAAA.BBBB.CCCC", ".", ".."),
    *("#" * 3000, "> " * 3000, "[a](" * 2000, "*" * 3000, "`" * 3000, "| - " * 2000, "![]("),
    "1. " * 999,
    *("WEBVTT\n\n00:00:01.000 --> 99:99:99.999\nHi", "WEBVTT\n\n9999999999:00:00.000 --> 1\n"),
]
WORDS = [*(text.encode() for text in TEXTS), b"\xff\xfe", b"\xed\xa0\x80", b"\xf0\x9f", b"a\xe9b"]
HUGE = b"a" * 1_100_000
FILES_SENT = [
    *(File(b"", b""), File(b"a.txt", b""), File(b"\0", b"x"), File(b"a" * 3000, b"x")),
    *(File(b"../../a.png", b"\x89PNG\r\n\x1a\n"), File(b"a.docx", b"PK\3\4x")),
    *(File(b"a.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 40), File(b"a.heic", b"\0\0\0\x18ftypheic")),
    *(File(b"a.pdf", b"%PDF-1.4\n%%EOF"), File(b"a.svg", b"<svg onload='x'/>", b"image/svg+xml")),
    *(File(b"\xff.jpg", b"\xff\xd8\xff\xe0xxx"), File(b"a.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 ")),
    File(b"a.txt", b"x", b"text/plain; charset=zz"),
]
HEADERS = {
    "Accept": ("*/*;q=x", "text/html;q=9e99", ",,;;", "application/json"),
    "Accept-Encoding": ("br;q=x", "gzip, br;q=0, *;q=2", "identity;q=0", "\xff"),
    "Accept-Language": ("xx-yy;q=-1", "*", "cy;q=nan", "\xff" * 50),
    "Authorization": ("Basic !!", "Basic YQ==", "Bearer x", "Digest a=b", "Token"),
    "Cookie": ("portal=x", "portal=" + "a" * 5000, "portal", "=;=", 'portal="\\001"', "a=b;" * 900),
    "Content-Length": ("0", "3", "99999999", "-1", "x", "9" * 30, "1e3", "+5"),
    "Content-Encoding": ("gzip", "br, gzip"),
    "Transfer-Encoding": ("chunked", "gzip", "chunked, identity"),
    "Expect": ("100-continue", "x"),
    "Forwarded": ("for=x", 'host="evil.example"'),
    "Host": ("", "evil.example", "[", "localhost:99999", "a b", "portal.test:x", "\xff", "."),
    "HX-Request": ("true", "false", "x"),
    "HX-Current-URL": ("//[", "http://[::1", "https://evil.example/", "\xff", "x" * 5000, ""),
    "HX-Target": ("\xff", "a b", "#"),
    "HX-Boosted": ("true",),
    "HX-History-Restore-Request": ("true",),
    "HX-Prompt": ("\xff%00",),
    "If-None-Match": ("*", '"x"', 'W/"', '"' * 500, "\xff"),
    "If-Modified-Since": ("x", "Thu, 99 Foo 0000 99:99:99", "Mon, 01 Jan 0001 00:00:00 GMT"),
    "If-Range": ('"x"', "x", "Mon, 01 Jan 9999 00:00:00 GMT"),
    "If-Match": ("*", '"x"', ","),
    "Origin": ("null", "//[", "https://evil.example", "x"),
    "Range": (
        "bytes=0-",
        "bytes=-5",
        "bytes=5-1",
        "bytes=0-0,2-3",
        "bytes=a-b",
        "bytes=-0",
        "x=1-2",
    ),
    "Referer": ("//[", "https://evil.example/", "\xff", "x"),
    "Tus-Resumable": ("", "0.2", "1.0.0"),
    "Upload-Length": ("", "-1", "x", "0", "9" * 14, "9" * 400, "1e3", "\xb2"),
    "Upload-Offset": ("", "-1", "x", "5", "9" * 14, "9" * 400, "\xb2"),
    "Upload-Metadata": (
        "",
        ",",
        "filename",
        "filename !!",
        "filename /w==",
        "filename AA==,filename AA==",
    ),
    "Upload-Defer-Length": ("1",),
    "User-Agent": ("", "\xff" * 300, "x" * 5000),
    "X-Forwarded-For": ("x", "1.2.3.4, [::1]:5", "\xff", "," * 99),
    "X-Forwarded-Host": ("evil.example", "[", "a,b"),
    "X-Forwarded-Proto": ("x", "https,http"),
    "X-HTTP-Method-Override": ("DELETE",),
}
KINDS = [
    *(FORM, FILES, "", "text/plain", "application/json", "application/json; charset=zz", "x"),
    "a/b;c",
    *(f"{FORM}; charset=utf-7", f"{FORM}; charset=zz", f"{FILES}; boundary="),
    "multipart/mixed; boundary=x",
    *(f"{FILES}; boundary={'x' * 300}", f'{FILES}; boundary="', "text/html; charset=\xff", "\xff"),
    "application/offset+octet-stream",
]
BODIES = [
    *(b"", b"\xff\xfe\0\0", b"&&==&", b"=", b"%", b"%zz=%", b"a" * 100, b"null", b"[]", b"{}"),
    b'"x"',
    *(b"--b0undary", b"--b0undary\r\n\r\n"),
    b'--b0undary\r\nContent-Disposition: form-data; name="na',
    b"--b0undary\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b0undary--",
    b"&".join([b"a=b"] * 1500),
    b'--b0undary\r\nContent-Disposition: form-data; name="a"\r\nX: ' + b"y" * 70_000,
    b"[" * 100_000,
]
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO", "get"]


def _changed(sent: Sent, chance, change) -> Sent:
    """With one field changed: `change` gives the fields that come in its place."""
    if not sent.fields:
        return sent
    at = chance.randrange(len(sent.fields))
    name, value = sent.fields[at]
    return sent.with_fields([*sent.fields[:at], *change(name, value), *sent.fields[at + 1 :]])


def value(sent, chance, world):
    """Anything in a field."""
    return _changed(sent, chance, lambda name, _: [(name, chance.choice(WORDS))])


def huge(sent, chance, world):
    return _changed(sent, chance, lambda name, _: [(name, HUGE)]) if chance.random() < 0.1 else sent


def bent(sent, chance, world):
    """A value that is nearly right: one word of it is another."""

    def change(name, old):
        if isinstance(old, File):
            return [
                (name, replace(old, content=old.content[: chance.randrange(len(old.content) + 1)]))
            ]
        words = [found.span() for found in re.finditer(rb"\w+|\W", old)]
        if not words:
            return [(name, chance.choice(WORDS))]
        start, end = chance.choice(words)
        new = chance.choice(
            [b"", old[start:end] * 2, old[start:end].swapcase(), chance.choice(WORDS)]
        )
        return [(name, old[:start] + new + old[end:])]

    return _changed(sent, chance, change)


def bent_json(sent, chance, world):
    """JSON with a part of another kind, where a field has JSON."""

    def change(name, old):
        try:
            found = json.loads(old)
        except (TypeError, ValueError):
            return [(name, old)]
        return [(name, json.dumps(_bend(found, chance)).encode())]

    return _changed(sent, chance, change)


def _bend(found, chance):
    other = chance.choice([None, True, -1, 2**64, 1.5, "", "\0", [], {}, [[]], {"a": {}}])
    if isinstance(found, dict) and found and chance.random() < 0.8:
        key = chance.choice(sorted(found))
        return found | {key: _bend(found[key], chance)}
    if isinstance(found, list) and found and chance.random() < 0.8:
        return [_bend(found[0], chance), *found[1:]]
    return other


def repeated(sent, chance, world):
    """A field twice, with the same or with something else."""
    return _changed(
        sent,
        chance,
        lambda name, old: [(name, old), (name, chance.choice([old, chance.choice(WORDS)]))],
    )


def left_out(sent, chance, world):
    return _changed(sent, chance, lambda name, old: [])


def renamed(sent, chance, world):
    """A field by a name that other frameworks read as a list or a part."""
    ends = (b"[]", b"[0]", b"[a]", b".a", b"-0", b"__in", b"\0", b"\xff")
    return _changed(sent, chance, lambda name, old: [(name + chance.choice(ends), old)])


def added(sent, chance, world):
    """A field of another form."""
    name = chance.choice(world.names)
    return sent.with_fields([*sent.fields, (name, chance.choice(WORDS))])


def filled_from_another(sent, chance, world):
    """The fields of another form altogether."""
    return sent.with_fields(chance.choice(world.seeds).fields)


def emptied(sent, chance, world):
    return sent.with_fields([(name, b"") for name, _ in sent.fields])


def as_file(sent, chance, world):
    """A file where a text, or another file, is expected."""
    return _changed(sent, chance, lambda name, _: [(name, chance.choice(FILES_SENT))])


def as_parts(sent, chance, world):
    return replace(sent, kind=FILES)


def of_kind(sent, chance, world):
    """The same bytes, called something else."""
    return replace(sent, body=sent.content(), kind=chance.choice(KINDS))


def as_json(sent, chance, world):
    """The fields as JSON, in an address's or a body's place."""
    fields = {name.decode(errors="replace"): str(value) for name, value in sent.fields}
    return replace(sent, body=json.dumps(_bend(fields, chance)).encode(), kind="application/json")


def body(sent, chance, world):
    return replace(sent, body=chance.choice(BODIES), kind=chance.choice([sent.kind, *KINDS]))


def cut(sent, chance, world):
    """A body that ends too early, and may say so."""
    whole = sent.content()
    kind = sent.content_type()
    length = [("Content-Length", str(len(whole)))] if chance.random() < 0.5 else []
    short = whole[: chance.randrange(len(whole) + 1)]
    return replace(sent, body=short, kind=kind, headers=(*sent.headers, *length))


def method(sent, chance, world):
    return replace(sent, method=chance.choice(METHODS))


def header(sent, chance, world):
    name = chance.choice(sorted(HEADERS))
    return replace(sent, headers=(*sent.headers, (name, chance.choice(HEADERS[name]))))


def header_again(sent, chance, world):
    """A header that it has, with another value or none."""
    if not sent.headers:
        return header(sent, chance, world)
    name, _ = chance.choice(sent.headers)
    kept = [one for one in sent.headers if one[0] != name]
    return replace(sent, headers=(*kept, (name, chance.choice(HEADERS.get(name, ("",))))))


def htmx(sent, chance, world):
    return replace(sent, headers=(*sent.headers, ("HX-Request", "true")))


def place(sent, chance, world):
    """Another word in the path: of another address, or any."""
    parts = sent.path.split(b"/")
    at = chance.randrange(1, len(parts)) if len(parts) > 1 else 0
    short = [word for word in WORDS if len(word) < 4000]
    old = parts[at]
    parts[at] = chance.choice(
        [
            chance.choice(world.parts),
            chance.choice(world.parts),
            chance.choice(short),
            old[: chance.randrange(len(old) + 1)],
            old + chance.choice([b".", b"=", b"\0", b"/", b"\xff", b"&amp;", old]),
            old.swapcase(),
        ]
    )
    return replace(sent, path=b"/".join(parts))


def another_row(sent, chance, world):
    """The same about another row, which may be in a state that has no such form."""
    parts = sent.path.split(b"/")
    at = chance.randrange(2, len(parts)) if len(parts) > 2 else 0
    others = [one.path.split(b"/") for one in world.seeds]
    like = sorted({one[at] for one in others if len(one) > at and one[:at] == parts[:at]})
    return replace(
        sent, path=b"/".join([*parts[:at], chance.choice(like or [b""]), *parts[at + 1 :]])
    )


def query(sent, chance, world):
    """One more in the query, often one that some page asks for."""
    name = chance.choice([*world.queries, chance.choice(world.names)])
    word = chance.choice([chance.choice(WORDS), chance.choice(world.parts)])[:4000]
    pair = name + b"=" + b"".join(b"%%%02X" % one for one in word)
    return replace(sent, query=b"&".join(filter(None, [sent.query, pair])))


def raw_query(sent, chance, world):
    bits = (b"%", b"%zz", b"\xff", b"&&=&", b"after=%00", b"q=" + b"a" * 3000, b";", b"?", b"[]=")
    return replace(sent, query=sent.query + chance.choice(bits))


def bent_query(sent, chance, world):
    """A word of the query that is nearly right."""
    words = [found.span() for found in re.finditer(rb"[^&=]+", sent.query)]
    if not words:
        return query(sent, chance, world)
    start, end = chance.choice(words)
    new = chance.choice(
        [b"", b"%00", b"%FF", b"-1", b"99999999999999999999", sent.query[start:end] * 2]
    )
    return replace(sent, query=sent.query[:start] + new + sent.query[end:])


def somebody_else(sent, chance, world):
    return world.as_somebody(sent, chance.choice(sorted(world.people)))


ALL = [
    *(value, value, value, value, bent, bent, bent_json, repeated, repeated, left_out, renamed),
    added,
    *(filled_from_another, emptied, as_file, as_parts, of_kind, as_json, body, cut, method, header),
    *(
        header,
        header_again,
        htmx,
        place,
        place,
        another_row,
        another_row,
        query,
        query,
        raw_query,
        bent_query,
        somebody_else,
    ),
    huge,
]
