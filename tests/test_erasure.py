"""After an erasure nothing is left of a person: no address, no number, no word, anywhere."""

import logging
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, Text, inspect, text

from portal import people, storage
from portal.extensions import db, huey
from portal.your_details import services as own
from portal.your_details.desk import services
from tests.life import DOORS, Life

# Which holder tells a person of each table, and erases it.
TOLD_BY = {
    "subscriber": "newsletter",
    "consent": "newsletter",
    "list_change": "newsletter",
    "held_signup": "newsletter",
    "list_job": "lists",
    "job_line": "lists",
    "recipient": "issues",
    "conversation": "messages",
    "conversation_tag": "messages",
    "change": "messages",
    "draft": "messages",
    "note_draft": "messages",
    "message": "messages",
    "original": "messages",
    "attachment": "messages",
    "story": "stories",
    "revision": "stories",
    "approval": "stories",
    "story_consent": "stories",
    "story_file": "stories",
    "story_topic": "stories",
    "story_use": "stories",
    "story_version": "stories",
    "press_question": "stories",
    "outgoing": "emails",
    "event": "emails",
    "member": "staff",
    "passkey": "staff",
    "browser": "staff",
    "kept_form": "typed",
    "audit_entry": "audit",
}
# Tables that hold nobody, and why.
NOBODY = {
    "batch": "whether an issue's mails may leave",
    "dropped_file": "names of files, which are made up",
    "edition": "an issue's mail: its stories leave it when they are erased",
    "ending": "numbers of rows, and until when they stay",
    "erasure": "codes of addresses that were erased: they keep people off the list",
    "first_answer": "how quick the team is",
    "heartbeat": "workers",
    "issue": "the team's own words",
    "issue_approval": "members of the team, by their numbers",
    "issue_part": "the team's own words, and which stories",
    "issue_presence": "members of the team, by their numbers",
    "ledger_entry": "how many rows there are",
    "library_change": "that the library changed",
    "orphan_file": "names of files, which are made up",
    "restoration": "that a backup came back",
    "sent_before": "codes of mails that had left before a backup came back",
    "silence_told": "that the team was told of silence",
    "counted_sum": "what Prometheus sees: numbers alone",
    "pause": "how a provider does",
    "permit": "how many mails an hour",
    "presence": "members of the team, by their numbers",
    "saved_reply": "the team's own words",
    "sending": "which mail belongs to which message",
    "shown_check": "whether a text shows what it must not",
}
# Texts in tables of people that no person and no member wrote about them.
OURS = {
    "*": {"key", "language", "search", "provider", "message_id", "digest", "content_type", "place"},
    "subscriber": {"public_id", "topics", "format"},
    "consent": {"purpose", "channel"},
    "approval": {"wording"},
    "list_change": {"way"},
    "held_signup": {"topics", "format"},
    "list_job": {"read_as", "counts", "why", "name"},
    "job_line": {"outcome", "words"},
    "conversation": {"reference", "submission", "about", "folder", "trouble"},
    "change": {"what", "batch"},
    "original": {"content"},  # from before mails were kept whole
    "attachment": {"reason", "alt"},
    "story": {"phrase", "guardian_key", "slug", "level_reason"},
    "revision": {"topics", "pictures", "reasons"},
    "story_consent": {"purpose", "channel"},
    "story_file": {"parts", "widths", "withheld", "public_place", "public_digest", "reason"},
    "story_topic": {"topic"},
    "story_use": {"outcome_words"},
    "story_version": {"captions", "approved_digest", "guardian_digest"},
    "outgoing": {"name", "reason"},
    "event": {"event_id"},
    "kept_form": {"address", "page", "files"},
    "audit_entry": {"deed", "of", "why"},
    "member": set(),
    "passkey": set(),
    "browser": set(),
}
BY_HAND_ALONE = {"write_with_a_number", "mail_into_the_conversation_of_somebody_else"}
OUTSIDE = ("mailbox",)  # the local provider's


def standing(one):
    """Where anything of theirs stands in the database, in the search's own tables too."""
    found = []
    for table in inspect(db.session.connection()).get_table_names():
        for row in db.session.execute(text(f'SELECT * FROM "{table}"')).mappings():
            for column, value in row.items():
                raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                found += [(table, column, w) for w in one.left_in(raw.decode(errors="replace"))]
    db.session.commit()  # SQLite's lock
    return found


def left_behind(app, one):
    """Where anything of theirs is left outside of the tables: files, and what waits in a queue."""
    folder = Path(app.config["VAR_DIR"])
    files = [file for file in folder.rglob("*") if file.is_file() and not outside(folder, file)]
    texts = {file.name: file.read_bytes().decode(errors="replace") for file in files}
    waiting = [*huey.storage.enqueued_items(), *huey.storage.scheduled_items()]
    texts["queue"] = str(waiting)
    return {name: found for name, said in texts.items() if (found := one.left_in(said))}


def outside(folder, file):
    return file.relative_to(folder).parts[0] in OUTSIDE


def finish(work):
    """Do what the worker does until nothing is left to do."""
    work()
    while storage.step():
        pass
    db.session.commit()


def test_each_table_is_told_of_or_holds_nobody(app):
    tables = set(db.metadata.tables)

    assert TOLD_BY.keys() | NOBODY.keys() == tables
    assert TOLD_BY.keys().isdisjoint(NOBODY)
    assert set(TOLD_BY.values()) | {"copies", "guardian", "reached"} == set(people.holders)


def test_each_text_that_is_kept_of_a_person_is_given_to_them_and_erased(app, work, caplog):
    caplog.set_level(logging.INFO)
    one = Life()
    for door in DOORS:
        getattr(one, door)()
    db.session.commit()
    kept = {(table, column) for table, column, _ in standing(one)}
    given = ""
    data = people.as_data(one.person, "")
    for entry in services.entries(one.person, "", data):
        content = storage.read(entry.place).read() if entry.place else entry.text.encode()
        given += entry.name + content.decode(errors="replace")
    stands = {word: place for *place, word in standing(one)}
    services.erase(one.person, (), "")
    finish(work)

    assert sorted(texts_of_people() - kept) == []  # go through it in tests/life.py
    given_words = set(one.left_in(given))
    assert {word: place for word, place in stands.items() if word not in given_words} == {}
    assert standing(one) == []
    assert left_behind(app, one) == {}
    assert one.left_in(caplog.text) == []


def texts_of_people():
    """Each column in which something of a person may stand."""
    return {
        (table.name, column.name)
        for table in db.metadata.tables.values()
        for column in table.columns
        if table.name in TOLD_BY
        and TOLD_BY[table.name] != "staff"
        and isinstance(column.type, Text | JSON)
        and column.name not in OURS["*"] | OURS.get(table.name, set())
    }


@pytest.mark.usefixtures("each_database")
def test_nothing_is_left_whatever_they_did_and_whoever_erases_it(app, work, caplog):
    caplog.set_level(logging.INFO)

    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(DOORS), min_size=1, max_size=4), st.booleans(), st.booleans())
    def erased(doors, is_own, is_sent):
        one = Life()
        for door in doors:
            if not (is_own and door in BY_HAND_ALONE):
                getattr(one, door)()
        db.session.commit()
        if is_sent:
            finish(work)
        if is_own:
            own.erase(one.address)
        else:
            services.erase(one.person, (), "")
        finish(work)

        assert standing(one) == []
        assert left_behind(app, one) == {}
        assert one.left_in(caplog.text) == []

    erased()
