"""The inbox's list: what it shows, in which order, and what is new in it."""

from datetime import timedelta

import pytest
import time_machine

from portal.extensions import db, now
from portal.inbox import intake
from portal.inbox.desk import first_words, query, replies, services
from portal.inbox.desk.view import FOLDERS, InboxView
from portal.inbox.models import Conversation, ConversationState, Kind, Rank, Tag
from portal.ways import Way
from portal.words import local, next_day
from tests.inbox import a_conversation
from tests.inbox.desk import fresh
from tests.team import a_member

on_each_database = pytest.mark.usefixtures("each_database")
HTMX = {"HX-Request": "true"}


def many(number, **changes):
    """That many conversations, without the words and mails that the tests do not look at."""
    values = {"kind": Kind.MESSAGE, "reply_by": Way.EMAIL, "state": ConversationState.NEW} | changes
    for n in range(number):  # seven moments for all, so that the ids decide
        names = {"key": f"key{n}", "reference": f"REF-{n}", "subject": f"Number {n}"}
        due_at = now() + timedelta(minutes=n % 7)
        db.session.add(Conversation(**names, due_at=due_at, **values))
    db.session.commit()


def change(conversation, **values):
    for name, value in values.items():
        setattr(conversation, name, value)
    db.session.commit()
    return conversation


def shown(member, **view):
    listed = query.show(InboxView.of(view), member)
    db.session.commit()
    return [row.subject for row in listed.rows]


def subjects(page):
    return [one.to_text().strip() for one in page.page.query("a.subject span")]


def link(page, words):
    """Where the link with these words leads."""
    return next(a.attrs["href"] for a in page.page.query("a") if a.to_text().strip() == words)


def test_list_shows_who_wrote_what_and_what_they_need(visit_plain, ada):
    a_conversation(needs="Short sentences", text="Where do you meet?")
    page = visit_plain("/inbox/")

    for words in ("Grace Hopper", "Where do you meet?", "Needs: Short sentences", "s yet"):
        assert words in page.text


def test_urgent_comes_before_a_deadline_and_a_deadline_before_age(app):
    ada, soon = a_member(), now() + timedelta(hours=1)
    change(a_conversation(text="late"), due_at=now() - timedelta(days=9))
    a_conversation(text="press, next week", kind=Kind.PRESS, deadline_at=now() + timedelta(days=7))
    a_conversation(text="press, soon", kind=Kind.PRESS, deadline_at=soon)
    a_conversation(text="usual")
    change(a_conversation(text="urgent"), rank=Rank.URGENT)

    assert shown(ada) == ["urgent", "press, soon", "press, next week", "late", "usual"]


def test_newest_first_goes_by_the_last_change(app):
    ada = a_member()
    first, _ = a_conversation(text="first"), a_conversation(text="second")
    services.change(fresh(first), ada, {}, tags=["pool"])

    assert shown(ada, sort="newest") == ["first", "second"]


@on_each_database
def test_folder_shows_its_states_and_what_was_merged_is_in_none(app):
    ada = a_member()
    for state in ConversationState:
        change(a_conversation(text=str(state)), state=state)
        merged = change(a_conversation(text=f"merged {state}"), state=state)
        change(merged, merged_into_id=merged.id - 1)

    for folder in ("waiting", "held", "spam", "closed"):
        assert shown(ada, folder=folder) == [folder]
    assert set(shown(ada, folder="active")) == {"new", "open"}
    # What is over and done with has no urgency.
    assert shown(ada, folder="all") == [*reversed(ConversationState)]


@on_each_database
def test_each_filter_narrows_the_list(app):
    ada, ben = a_member(), a_member(name="Ben")
    change(a_conversation(text="ada's"), owner_id=ada.id)
    change(a_conversation(text="ben's"), owner_id=ben.id)
    a_conversation(text="press", kind=Kind.PRESS)
    a_conversation(text="needs", needs="Large print")
    change(a_conversation(text="tagged"), tags=[Tag(name="pool")])
    change(a_conversation(text="trouble"), trouble="A mail failed.")

    assert shown(ada, owner="me") == ["ada's"]
    assert shown(ada, owner=str(ben.id)) == ["ben's"]
    assert set(shown(ada, owner="nobody")) == {"press", "needs", "tagged", "trouble"}
    assert shown(ada, kind="press") == ["press"]
    assert shown(ada, needs="1") == ["needs"]
    assert shown(ada, tag=" POOL ") == ["tagged"]
    assert shown(ada, trouble="1") == ["trouble"]
    assert shown(ada, q="tagged") == ["tagged"]
    assert shown(ada, kind="press", needs="1") == []


def test_mine_today_is_what_i_look_after_and_is_due_today_or_late(app):
    ada, ben = a_member(), a_member(name="Ben")
    noon = local(now()).replace(hour=12)
    for text, owner, due in (
        ("late", ada, noon - timedelta(days=3)),
        ("today", ada, noon.replace(hour=23, minute=59)),
        ("tomorrow", ada, next_day(now())),
        ("ben's", ben, noon),
        ("nobody's", None, noon),
    ):
        change(a_conversation(text=text), owner_id=owner and owner.id, due_at=due)
    done = change(a_conversation(text="done"), owner_id=ada.id, due_at=noon)
    change(done, state=ConversationState.CLOSED)

    assert shown(ada, folder="today") == ["late", "today"]
    assert query.counts(ada)["today"] == "2"
    db.session.commit()


@on_each_database
def test_row_says_the_first_words_of_the_newest_message_but_no_note_and_nothing_twice(app):
    """One question to the database, however many rows there are."""
    long = a_conversation(text="Is the pool warm?\nI get cold fast. " + "y" * 400)
    answered = a_conversation(text="Hello")
    replies.answer(answered, a_member(), "Hello\nGrace", Way.EMAIL)
    noted = a_conversation(text="Hello again")
    replies.add_note(noted, a_member(name="Ben"), "Nobody says this")
    found = first_words.of([long, answered, noted])
    db.session.commit()

    assert found[long.id].startswith("I get cold fast. yyy")
    assert len(found[long.id]) == first_words.SHOWN
    assert (found[answered.id], found[noted.id]) == ("We: Hello Grace", "")


@on_each_database
def test_counts_stop_at_a_number(app, monkeypatch):
    monkeypatch.setattr(query, "COUNTED", 9)
    ada = a_member()
    many(9)
    assert query.counts(ada)["active"] == "9"
    a_conversation()
    found = query.counts(ada)
    db.session.commit()

    none = dict.fromkeys(("today", "waiting", "held", "spam", "closed"), "0")
    assert found == none | {"active": "9+"}


@pytest.fixture
def pages(monkeypatch):
    monkeypatch.setattr(query, "PAGE", 5)
    many(11)
    return [f"Number {n}" for n in range(11)]


@on_each_database
@pytest.mark.parametrize("sort", ["urgent", "newest"])
def test_pages_show_each_row_once(app, pages, sort):
    assert sorted(leaf_through(a_member(), sort)) == sorted(pages)


@on_each_database
def test_rows_that_change_meanwhile_push_no_other_out_of_the_pages(app, pages):
    """What was shown may go, and what comes may be missed; what stays is shown once."""

    def meanwhile(rows):
        change(fresh(rows[0]), state=ConversationState.CLOSED)
        change(fresh(rows[-1]), state=ConversationState.CLOSED)  # the cursor stands on this one
        a_conversation(text="a new one")

    names = [one for one in leaf_through(a_member(), "urgent", meanwhile) if one != "a new one"]
    assert sorted(names) == sorted(pages)


def leaf_through(member, sort, meanwhile=lambda rows: None):
    names, after = [], None
    while after != "":
        listed = query.show(InboxView.of({"sort": sort, "after": after or ""}), member)
        names += [row.subject for row in listed.rows]
        after = listed.next_page
        db.session.commit()
        meanwhile(listed.rows)
    return names


def test_row_says_the_moment_that_matters_as_people_say_it(clock, visit_plain, ada):
    noon, hour = now(), timedelta(hours=1)
    for text, values, words in (
        ("a", {"rank": Rank.DEADLINE, "deadline_at": noon + 24 * hour}, "Deadline tomorrow 12:00"),
        # The team wanted to answer earlier.
        ("b", {"rank": Rank.DEADLINE, "deadline_at": noon + hour, "due_at": noon - hour}, None),
        ("c", {"rank": Rank.DEADLINE, "deadline_at": noon - hour}, "Deadline was today 11:00"),
        ("d", {"due_at": noon - 24 * hour}, "Late: yesterday 12:00"),
        ("e", {"due_at": noon + 48 * hour}, f"Due {local(noon + 48 * hour):%A} 12:00"),
    ):
        one = change(a_conversation(text=text), **values)
        row = visit_plain("/inbox/").page.query(f"#r{one.id} .when")[0]
        assert row.to_text(separator="").strip() == (words or "Deadline today 13:00")


def test_show_more_keeps_the_filters_and_leads_back(visit_plain, ada, pages):
    first = visit_plain("/inbox/?owner=nobody&sort=newest")
    second = visit_plain(link(first, "Show more"))

    assert [len(subjects(page)) for page in (first, second)] == [5, 5]
    assert link(second, "Back to the start of the list") == "/inbox/?owner=nobody&sort=newest"


def test_state_of_the_list_is_in_its_address(visit_plain, ada):
    a_conversation(kind=Kind.PRESS, needs="Large print")
    address = "/inbox/?kind=press&owner=nobody&needs=1&sort=newest"
    page = visit_plain(address)
    bulk = page.page.query("#bulk")[0].attrs["action"]

    assert len(subjects(page)) == 1
    assert page.has("select[name=kind] option[value=press][selected]")
    assert page.has("[name=needs][checked]")
    assert set(bulk.partition("?")[2].split("&")) == set(address.partition("?")[2].split("&"))


def test_empty_list_says_so_and_leads_out_of_a_filter(visit_plain, ada):
    assert "Nothing is waiting here." in visit_plain("/inbox/").text
    page = visit_plain("/inbox/?folder=closed&tag=pool")

    assert "Nothing here fits." in page.text
    assert page.has('a[href="/inbox/?folder=closed"]')


@on_each_database
@pytest.mark.parametrize("order", ["urgent", "newest"])
def test_next_one_is_the_lists_next_though_this_one_changed_and_left(app, pages, order):
    """From row to row over the ends of pages, each closed, or tagged, before the next is asked."""
    ada, view = a_member(), InboxView.of({"sort": order, "owner": "nobody"})
    rows = query.show(view, ada).rows
    expected = leaf_through(ada, order)
    one, seen = rows[0], []
    while one:
        seen.append(one.subject)
        came = InboxView.of_list({"list": view.opening(one)})
        wanted = {"state": ConversationState.CLOSED} if len(seen) % 2 else {"tags": ["pool"]}
        services.change(fresh(one), ada, {}, **wanted)
        one = query.next_one(came, one, ada)
        db.session.commit()

    assert seen == expected


def test_conversation_and_all_its_forms_keep_the_list_and_lead_back_to_the_row(
    visit_plain, ada, pages
):
    first = visit_plain("/inbox/?owner=nobody")
    second = visit_plain(link(first, "Show more"))
    row = second.page.query("a.subject")[1]
    page = visit_plain(row.attrs["href"])
    back = link(page, "Back to the inbox")
    forms = {form.attrs["action"] for form in page.page.query("#conversation form")}

    assert back.startswith("/inbox/?owner=nobody&after=")
    assert back.endswith(f"#{row.attrs['id']}")
    assert all("list=owner" in action for action in forms)
    closed = visit_plain.send(row.attrs["href"], button="Close")
    following = second.page.query("a.subject")[2].attrs["id"]
    assert link(closed, "Back to the inbox") == f"{back.partition('#')[0]}#{following}"


def test_what_needs_nobody_is_newest_first_unless_an_order_is_asked_for(app):
    for folder in FOLDERS:
        usual = "urgent" if folder in {"today", "active", "held"} else "newest"
        assert InboxView.of({"folder": folder}).order == usual
        assert (
            folder == "all" or InboxView.of({"folder": folder, "sort": "urgent"}).order == "urgent"
        )
        assert InboxView.of({"folder": folder, "sort": "newest"}).order == "newest"


NONSENSE = [
    *("", " ", "x", "-1", "0", "²", "٣", "1" * 10, "1" * 5000, "9999999999", "2147483648"),
    *("\0", "a\0b", "\ufffd", "%", "'\"<b>", "\u202e", "~", "~~", "0~~1", "0~x~1"),
    *("0~2030-01-01T00:00:00~1", "0~2030-01-01T00:00:00+00:00~9999999999"),
    *("0~0001-01-01T00:00:00+14:00~1", "0~9999-12-31T23:59:59-14:00~1"),
]


@on_each_database
def test_nonsense_in_any_parameter_is_left_out(visit_plain, ada):
    a_conversation()
    view = {*InboxView.__dataclass_fields__}
    names = view | {"batch", "done", "stale", "undone"}
    for text in NONSENSE:
        for wanted in (names - {"q"}, {"q", "after"}):  # a search has pages of its own kind
            page = visit_plain("/inbox/", query_string=dict.fromkeys(wanted, text))
            assert page.status == 200, (wanted, text)
        assert visit_plain("/inbox/news", query_string={"since": text}).status in {200, 400}, text
        args = {"since": "0"} | dict.fromkeys(view, text)
        assert visit_plain("/inbox/news", query_string=args).status == 200, text
    twice = [(name, text) for text in NONSENSE for name in names]
    assert visit_plain("/inbox/", query_string=twice[:200]).status == 200


def news(visit_plain, since, told=""):
    return visit_plain(f"/inbox/news?since={since}&told={told}", headers=HTMX)


def test_news_is_a_204_until_something_happens_or_the_ages_are_old(
    visit_plain, ada, ben, conversation
):
    since = query.latest()
    first = news(visit_plain, since)
    told = first.value("told")
    again = news(visit_plain, since, told)
    with time_machine.travel(now() + timedelta(minutes=6)):
        assert news(visit_plain, since, told).status == 200
    services.change(fresh(conversation), ben, {}, tags=["pool"])
    after = news(visit_plain, since, told)

    assert (first.status, first.has("li")) == (200, False)
    assert (again.status, again.response.data) == (204, b"")
    assert (after.status, "#pool" in after.text) == (200, True)
    assert news(visit_plain, since, after.value("told")).status == 204


def test_changed_rows_are_drawn_where_they_stand_and_new_ones_wait_behind_a_link(visit_plain, ada):
    old = a_conversation(text="An old one")
    since = query.latest()
    services.change(fresh(old), ada, {}, tags=["pool"])
    new = a_conversation(text="A new one")
    page = news(visit_plain, since)

    drawn = {row.attrs["id"] for row in page.page.query("li[data-hx-swap-oob=outerMorph]")}
    # A page that has no such row leaves the new one out.
    assert drawn == {f"r{old.id}", f"r{new.id}"}
    assert page.has("#news > ul[hidden]")
    assert "Show the list as it is now" in page.text
    assert page.has('#news a[href="/inbox/"]')


@on_each_database
def test_at_most_a_page_of_changes_is_news_and_the_newest_come_first(app):
    many(3)
    since = query.latest()
    for conversation in db.session.scalars(db.select(Conversation)).all():
        intake.add_incoming(conversation, "Hello again", way=Way.WEB)
    db.session.commit()

    assert len(query.changed_since(since)) == 3
    assert [one.subject for one in query.changed_since(since, most=1)] == ["Number 2"]
    db.session.commit()


@on_each_database
def test_tags_in_use_are_offered_each_once(app):
    for names in (["pool", "hoist"], ["pool", "bus"]):
        change(a_conversation(), tags=[Tag(name=name) for name in names])

    assert query.all_tags() == ["bus", "hoist", "pool"]
    assert query.all_tags(most=2) == ["bus", "hoist"]
    db.session.commit()


def test_search_looks_everywhere_and_says_where_and_keeps_its_words_in_a_folder(visit_plain, ada):
    change(a_conversation(text="A pool with a hoist"), state=ConversationState.CLOSED)
    page = visit_plain("/inbox/?q=hoi&everywhere=yes&folder=held")
    folder = link(page, "To do 0")

    assert page.has(".row .excerpt mark")
    assert "Closed" in page.page.query(".row .marks")[0].to_text()
    assert folder == "/inbox/?folder=active&q=hoi"
    narrow = visit_plain(folder)
    assert "We looked in “To do” only." in narrow.text
    assert visit_plain(link(narrow, "Look everywhere")).has(".row")


def test_search_says_which_word_it_took_for_another_and_which_day_it_cannot_read(visit_plain, ada):
    a_conversation(text="A wheelchair")
    page = visit_plain("/inbox/?q=wheelchiar+before:sometime")

    assert page.has(".row")
    assert "Nothing has “wheelchiar”. We looked for “wheelchair”." in page.text
    assert "We cannot read the day “sometime”" in page.text
