"""What addresses are compared by: international domains as A-labels (`xn--…`), not in letters.

Where two subscribers are one by that, the strongest no stays, with what both of them said.
Addresses that came as A-labels are shown in letters.
"""

import unicodedata

import idna
import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# Where the keys are, and the addresses that they are made of.
KEYS = {
    **dict.fromkeys(("outgoing", "event"), ("address_key", "address")),
    **dict.fromkeys(("conversation", "story", "member", "subscriber"), ("email_key", "email")),
}
SAID = ("id", "subscriber_id", "purpose", "given", "wording", "channel", "at")
STRONGEST = ("complained", "unsubscribed", "bounced", "subscribed", "pending")


def upgrade():
    for name, (key, address) in KEYS.items():
        table = _table(name, key, address)
        for row in _rows(table, _has_letters(table.c[key])):
            new = unicodedata.normalize("NFC", _in_form(row[key], _ascii))
            others = _rows(table, (table.c[key] == new) & (table.c.id != row["id"]))
            if others and name == "subscriber":
                row = _become_one(table, row, others[0])  # noqa: PLW2901 - who stays
            elif others and name == "member":
                continue  # of two accounts the one that has the address in A-labels keeps it
            _set(table, row, key, new)
    for name in ("conversation", "subscriber"):
        table = _table(name, "email")
        for row in _rows(table, table.c.email.contains("xn--")):
            _set(table, row, "email", _in_form(row["email"], _letters))


def downgrade():
    for name, (key, address) in KEYS.items():
        table = _table(name, key, address)
        for row in _rows(table, _has_letters(table.c[address]) & (table.c[key] != "")):
            _set(table, row, key, row[address].lower())


def _become_one(table, *people):
    """Leave one of two subscribers. The last that was said counts: unless they are in, a no."""
    state = sa.table("subscriber", sa.column("id"), sa.column("state"))
    ids = [one["id"] for one in people]
    known = _rows(state, state.c.id.in_(ids))
    stays, goes = sorted(known, key=lambda one: (STRONGEST.index(one["state"]), one["id"]))
    consents = sa.table("consent", *map(sa.column, SAID))
    is_in = stays["state"] == "subscribed"
    said = [{**one} for one in _rows(consents, consents.c.subscriber_id.in_(ids))]
    said.sort(key=lambda one: (not is_in and not one["given"], str(one["at"]), one.pop("id")))
    op.get_bind().execute(sa.delete(consents).where(consents.c.subscriber_id.in_(ids)))
    op.get_bind().execute(sa.delete(table).where(table.c.id == goes["id"]))
    for one in said:
        one["subscriber_id"] = stays["id"]
        op.get_bind().execute(sa.insert(consents).values(one))
    return stays


def _table(name, *columns):
    return sa.table(name, *map(sa.column, ("id", *columns)))


def _has_letters(column):
    """Whether there is one beyond ASCII."""
    if op.get_bind().dialect.name == "sqlite":
        return sa.func.length(sa.cast(column, sa.LargeBinary)) > sa.func.length(column)
    return sa.func.octet_length(column) > sa.func.length(column)


def _rows(table, which):
    return (
        op.get_bind().execute(sa.select(table).where(which).order_by(table.c.id)).mappings().all()
    )


def _set(table, row, column, value):
    op.get_bind().execute(sa.update(table).where(table.c.id == row["id"]).values({column: value}))


def _in_form(address, form):
    user, at, domain = address.rpartition("@")
    try:
        return f"{user}{at}{form(domain)}"
    except UnicodeError:  # no domain
        return address


def _ascii(domain):
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode()


def _letters(domain):
    return idna.decode(domain, uts46=True)
