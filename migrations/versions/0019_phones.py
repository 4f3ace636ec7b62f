"""Phone numbers: compared by E.164 (+447700900123), and kept as people here write them."""

import re

import phonenumbers
import sqlalchemy as sa
from alembic import op
from phonenumbers import PhoneNumberFormat

revision = "0019"
down_revision = "0018"

OURS, AT_ONCE = 44, 1000
RELAY = re.compile(r"^1800[12]\W+")
DIGIT_BEFORE, DIGIT_AFTER = re.compile(r"\d\W*$"), re.compile(r"[\s-]*\d")


def upgrade():
    for name in ("conversation", "story"):
        for row in _rows(name):
            if found := _number(row.phone):
                key = phonenumbers.format_number(found.number, PhoneNumberFormat.E164)
                values = {"phone_key": key} if name == "story" else {}
                _set(name, row.id, phone=_shown(row.phone, found), **values)


def downgrade():
    """How a number was typed at first is not known any more."""
    for row in _rows("story"):
        _set("story", row.id, phone_key="".join(mark for mark in row.phone if mark.isdecimal()))


def _rows(name):
    """The rows with a number, some at once: all of them would fill the memory."""
    table, last = _table(name), 0
    query = sa.select(table.c.id, table.c.phone).where(table.c.phone != "").order_by(table.c.id)
    while rows := op.get_bind().execute(query.where(table.c.id > last).limit(AT_ONCE)).all():
        yield from rows
        last = rows[-1].id


def _set(name, row_id, **values):
    table = _table(name)
    op.get_bind().execute(sa.update(table).where(table.c.id == row_id).values(values))


def _table(name):
    return sa.table(name, *map(sa.column, ("id", "phone", "phone_key")))


def _number(text):
    """The first number in a text that has all its digits."""
    text, whole = RELAY.sub("", text.strip()), phonenumbers.ValidationResult.IS_POSSIBLE
    for found in phonenumbers.PhoneNumberMatcher(text, "GB", phonenumbers.Leniency.POSSIBLE):
        is_part = DIGIT_BEFORE.search(text[: found.start]) or DIGIT_AFTER.match(text[found.end :])
        if not is_part and phonenumbers.is_possible_number_with_reason(found.number) == whole:
            return found
    return None


def _shown(text, found):
    """A number as it is written here, or from abroad; what is more than a number stays."""
    if found.raw_string != text.strip():
        return text
    if found.number.country_code != OURS:
        return phonenumbers.format_number(found.number, PhoneNumberFormat.INTERNATIONAL)
    here = phonenumbers.format_number(found.number, PhoneNumberFormat.NATIONAL)
    return here if here.startswith("0") else text
