"""Sorting: owner, state, tags, days, merging, revoking, erasing. Everything is in the history."""

import pytest
from sqlalchemy import text

from portal.extensions import db
from portal.inbox import intake, links
from portal.inbox.desk import replies, services
from portal.inbox.models import Attachment, ConversationState, Keeping, Original
from portal.team.models import Role
from portal.transaction import NotPossible, Stale
from portal.ways import Way
from tests.inbox import a_conversation
from tests.inbox.desk import answer, fresh, history, messages, path, press
from tests.team import a_member, sign_in


def sort(visit_plain, conversation, **changes):
    sent = {"owner": "", "state": "open", "tags": "", "due": "2030-03-27", "snooze": ""} | changes
    return visit_plain.send(path(conversation), sent, button="Save")


def test_each_change_says_who_what_before_and_after(visit_plain, ada):
    conversation = a_conversation()
    due = conversation.due_at
    page = sort(
        visit_plain, conversation, owner=str(ada.id), state="waiting", tags="Pool, hoist ,pool"
    )
    changed = fresh(conversation)

    assert "Saved." in page.text
    assert (changed.owner_id, changed.state, changed.labels) == (
        ada.id,
        ConversationState.WAITING,
        ["hoist", "pool"],
    )
    assert ("owner_id", None, ada.id) in history(conversation)
    assert ("state", "new", "waiting") in history(conversation)
    assert ("tags", [], ["hoist", "pool"]) in history(conversation)
    assert ("due_at", due.isoformat(), "2030-03-27T17:00:00+00:00") in history(conversation)
    assert "changed the tags: hoist, pool" in page.text


def test_what_stays_the_same_is_no_change(visit_plain, ada):
    conversation = a_conversation()
    sort(visit_plain, conversation, tags="pool")
    before = len(history(conversation))
    sort(visit_plain, conversation, tags="pool")

    assert len(history(conversation)) == before


def test_due_day_ends_at_five_on_the_clocks_of_the_zone(visit_plain, ada):
    conversation = a_conversation()
    sort(visit_plain, conversation, due="2030-07-01")

    assert fresh(conversation).due_at.isoformat() == "2030-07-01T16:00:00+00:00"


def test_hidden_until_a_day_it_waits(visit_plain, ada):
    conversation = a_conversation()
    sort(visit_plain, conversation, snooze="2030-07-01")

    assert fresh(conversation).state is ConversationState.WAITING
    assert fresh(conversation).snoozed_until.isoformat() == "2030-06-30T23:00:00+00:00"


def test_spam_and_held_are_reversible_and_nothing_is_discarded(visit_plain, ada):
    conversation = a_conversation()
    press(visit_plain, conversation, "Spam")
    assert fresh(conversation).folder == "spam"
    press(visit_plain, conversation, "It is from a person")
    assert fresh(conversation).folder == "active"
    assert len(messages(conversation)) == 1


def test_one_button_gives_it_to_me_and_one_closes_it(visit_plain, ada):
    conversation = a_conversation()
    press(visit_plain, conversation, "Assign to me")
    press(visit_plain, conversation, "Close")

    assert fresh(conversation).owner_id == ada.id
    assert fresh(conversation).folder == "closed"


def test_what_was_put_together_shows_both_and_can_be_taken_apart(visit_plain, ada):
    first, second = a_conversation(text="About the pool"), a_conversation(text="About the hoist")
    page = visit_plain.send(
        path(first), {"reference": second.reference.lower()}, button="Put it in"
    )
    assert "About the pool" in page.text
    assert "About the hoist" in page.text
    assert fresh(first).folder == "merged"
    assert fresh(second).folder == "active"

    press(visit_plain, first, "Take it apart again")
    assert fresh(first).folder == "active"
    assert ("took in", None, first.reference) in history(second)
    assert ("let go", first.reference, None) in history(second)


def test_merging_with_nothing_says_so(visit_plain, ada):
    for reference in ("", "XXXX-XXXX"):
        sent = {"reference": reference}
        page = visit_plain.send(path(a_conversation()), sent, button="Put it in")

        assert page.status == 422
        assert "There is no conversation" in page.text


def test_merging_makes_no_loop(app):
    ada = a_member()
    first, second, third = (a_conversation(text=f"Number {n}") for n in range(3))
    services.merge(fresh(first), second.reference, ada, first.version)
    services.merge(fresh(second), third.reference, ada, fresh(second).version)
    with pytest.raises(NotPossible):
        services.merge(fresh(third), first.reference, ada, fresh(third).version)

    assert services.root(fresh(first)).id == third.id


def test_what_comes_into_a_merged_conversation_is_seen_in_the_other(visit_plain, ada):
    first, second = a_conversation(), a_conversation(text="The other")
    services.merge(first, second.reference, ada, first.version)
    intake.add_incoming(fresh(first), "Are you still there?", way=Way.WEB)
    db.session.commit()

    assert "Are you still there?" in visit_plain(path(second)).text


def test_stopped_link_stops_and_the_conversation_stays(visit_plain, ada):
    conversation = a_conversation()
    old = links.own_url(conversation)
    page = press(visit_plain, conversation, "Stop the private link")

    assert page.status == 200
    assert visit_plain(old).status == 404
    assert ("link revoked", None, None) in history(conversation)


def test_only_the_version_seen_can_be_changed(app):
    ada, conversation = a_member(), a_conversation()
    services.change(conversation, ada, conversation.version, tags=["one"])
    with pytest.raises(Stale):
        services.change(fresh(conversation), ada, 1, tags=["two"])

    assert fresh(conversation).labels == ["one"]


WORD = "zqxunforgettable"


@pytest.mark.usefixtures("each_database")
def test_erasing_leaves_no_word_in_any_table(app, visit_plain):
    ada = sign_in(visit_plain, app, role=Role.MANAGER)
    conversation = a_conversation(
        text=WORD, name=WORD, email=f"{WORD}@example.org", needs=WORD, outlet=WORD
    )
    services.change(conversation, ada, conversation.version, tags=[WORD])
    replies.save_draft(fresh(conversation), ada, WORD, 0)
    replies.save_draft(fresh(conversation), ada, f"{WORD} again", 1, over=True)
    replies.add_note(fresh(conversation), ada, WORD)
    message = messages(conversation)[0]
    db.session.add(Original(message_id=message.id, content={"Subject": WORD}))
    db.session.add(Attachment(message_id=message.id, name=WORD, state=Keeping.REFUSED, reason=WORD))
    db.session.commit()
    answer(visit_plain, conversation, WORD)
    page = visit_plain.send(f"{path(conversation)}/erase", button="Erase it all")

    assert page.status == 200
    assert "are erased" in page.text
    assert words_left() == []


def words_left():
    """The tables in which the word still is."""
    db.session.commit()
    names = set(db.metadata.tables) - {"member"}
    found = []
    for name in sorted(names):
        rows = db.session.execute(text(f"SELECT * FROM {name}")).all()
        found += [name for row in rows if WORD in str(row)]
    search = "SELECT head, text FROM search" if db.engine.dialect.name == "sqlite" else None
    if search:
        found += ["search" for row in db.session.execute(text(search)) if WORD in str(row)]
    db.session.commit()
    return found


@pytest.mark.parametrize("role", [Role.READER, Role.EDITOR])
def test_only_a_manager_erases(app, visit_plain, role):
    sign_in(visit_plain, app, role=role)
    conversation = a_conversation()

    assert visit_plain(f"{path(conversation)}/erase").status == 403
    assert visit_plain.post(f"{path(conversation)}/erase").status in {400, 403}
    assert fresh(conversation).name == "Grace Hopper"
