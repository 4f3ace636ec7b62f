"""Whatever a call holds, an adapter reads it or says that it cannot, and all of it can be kept."""

import ast
import dataclasses
import json
from datetime import datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal import providers
from portal.providers.errors import Unreadable
from portal.providers.values import HookCall, ProviderEvent

from .registered import EVENTS, caller

FOLDER = Path(providers.__file__).parent
BORDER = "frontier"
ODD = ["", "\0", "\ud800", "é👋", "ada@example.org", "Ada <ada@example.org>", "1700000000", "<a@b>"]
JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"
PARTS_TYPE = f"multipart/form-data; boundary={BORDER}"


@cache
def nodes_of(name):
    """The source of an adapter, as its syntax."""
    files = sorted(FOLDER.glob(f"{name}/*.py"))
    return [node for file in files for node in ast.walk(ast.parse(file.read_text()))]


def words_of(name):
    """All short texts in an adapter's source: the names of fields and events are among them."""
    texts = {node.value for node in nodes_of(name) if isinstance(node, ast.Constant)}
    return sorted(text for text in texts if isinstance(text, str) and len(text) < 30)


def fields_of(name):
    """What an adapter asks the provider's objects for."""
    calls = [node for node in nodes_of(name) if isinstance(node, ast.Call)]
    places = {"get": 0, "text_of": 1, "rows": 1}
    named = [(one, getattr(one.func, "attr", getattr(one.func, "id", ""))) for one in calls]
    asked = [word for one, what in named if what in places for word in one.args[places[what] :][:1]]
    return sorted({str(one.value) for one in asked if isinstance(one, ast.Constant) and one.value})


def events_of(name):
    """The provider's words for what happens."""
    modules = [f"portal.providers.{name}.{file.stem}" for file in FOLDER.glob(f"{name}/*.py")]
    found = {word for one in modules for word in getattr(import_module(one), "EVENTS", {})}
    return sorted({*map(str, found)}) or ["unknown"]


def values(words):
    """Anything that JSON can hold, made mostly of the provider's own words."""
    texts = st.sampled_from([*words, *ODD]) | st.text(max_size=8)
    numbers = st.integers() | st.floats() | st.sampled_from([10**400, 1.7e9, -1])
    return st.recursive(
        st.none() | st.booleans() | numbers | texts,
        lambda below: st.lists(below, max_size=3) | st.dictionaries(texts, below, max_size=4),
        max_leaves=6,
    )


def objects(name):
    """Objects with the fields that the adapter asks for, and anything in them."""
    fields, anything = fields_of(name), values(words_of(name))
    small = st.dictionaries(st.sampled_from(fields), anything, max_size=6)
    inside = st.one_of(anything, small, st.lists(small, max_size=2))
    whole = st.fixed_dictionaries({}, optional=dict.fromkeys(fields, inside))
    event = st.sampled_from(events_of(name))
    kinds = st.fixed_dictionaries(dict.fromkeys(("event", "type", "RecordType"), event))
    return st.one_of(whole, st.builds(dict.__or__, whole, kinds))


def calls(name):
    """Calls of every kind: bytes, JSON, forms with JSON in them, forms in parts."""
    words, one = words_of(name), objects(name)
    lists = st.lists(one, max_size=2)
    named = st.dictionaries(st.sampled_from(words), st.one_of(one, lists), max_size=3)
    wrapped = st.fixed_dictionaries({"mandrill_events": lists, "items": lists})
    things = st.one_of(one, one, lists, named, wrapped, values(words))
    forms = st.one_of(one, named, wrapped)
    bodies = st.one_of(
        st.tuples(st.just(JSON_TYPE), things.map(as_json)),
        st.tuples(st.just(JSON_TYPE), one.map(as_json)),
        st.tuples(st.just(FORM_TYPE), forms.map(as_form)),
        st.tuples(st.just(PARTS_TYPE), forms.map(as_parts)),
        st.tuples(st.sampled_from([JSON_TYPE, FORM_TYPE, PARTS_TYPE, ""]), st.binary()),
    )
    headers = st.dictionaries(st.sampled_from([*words, "svix-id"]), st.text(max_size=9), max_size=3)
    return st.builds(lambda told, more: call_of(told[1], told[0], more), bodies, headers)


def call_of(body, kind=JSON_TYPE, headers=()):
    return HookCall("https://portal.test/hooks", {**dict(headers), "Content-Type": kind}, {}, body)


def as_json(thing):
    return json.dumps(thing).encode()


def as_text(thing):
    return thing if isinstance(thing, str) else json.dumps(thing)


def as_form(fields):
    pairs = {name: as_text(value) for name, value in fields.items()}
    return urlencode(pairs, errors="replace").encode()


def as_parts(fields):
    head = f"--{BORDER}\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{as_text(value)}\r\n' for name, value in fields.items()]
    return "".join([*parts, f"--{BORDER}--\r\n"]).encode(errors="replace")


def can_be_kept(value):
    """Whether a database can hold all texts and numbers in it: no NUL, no half of a pair."""
    match value:
        case str():
            return "\0" not in value and value == value.encode(errors="replace").decode()
        case dict():
            return all(can_be_kept(one) for pair in value.items() for one in pair)
        case list() | tuple():
            return all(map(can_be_kept, value))
        case float():
            return value - value == 0
    return value is None or isinstance(value, bool | int | bytes | datetime)


def is_kept(value):
    """Whether a database can hold all of a mail or an event, and an event has what each has."""
    if isinstance(value, ProviderEvent):
        json.dumps(value.original, allow_nan=False)
        texts = value.address, value.key, value.message_id, value.reason
        assert value.id
        assert value.at is None or value.at.tzinfo
        assert all(isinstance(one, str) for one in texts)
    return can_be_kept(dataclasses.astuple(value))


def read(adapter, call):
    """All that is found in a call, as events and as mails; nothing, where it cannot be read."""
    found = []
    for parse in ("parse_events", "parse_inbound"):
        try:
            found += getattr(adapter, parse, lambda _: [])(call)
        except Unreadable:
            continue
    return found


@pytest.mark.parametrize("name", EVENTS)
def test_any_call_is_read_as_what_can_be_kept_and_unsigned_is_nobodys(name):
    adapter = caller(name)

    @given(calls(name))
    def check(call):
        found = read(adapter, call)

        assert found == read(adapter, call)
        assert all(map(is_kept, found))
        assert not adapter.verify(call)

    check()
