"""The team's inbox and its figures as the team meets them."""

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from portal import file_kinds
from portal.extensions import db, now
from portal.inbox.incoming import services
from portal.inbox.models import (
    Attachment,
    Conversation,
    ConversationState,
    Keeping,
    Kind,
    Message,
    Tag,
)
from portal.providers.webhooks import mime
from portal.team.models import Member, Role
from tests.browser.deeds import done, follow, heading, is_told, press
from tests.inbox.mails import reply_address
from tests.stories.media import PROGRAM, a_picture

MINUTE = 60_000
LATER = 15_000  # milliseconds until the page asks what is new


def test_everyone_can_use_list_conversation_and_shortcuts(open_desk, conversation, check):
    path = conversation(needs="x" * 300, text="word " * 500 + "y" * 300)
    conversation(kind=Kind.PRESS, about="press", outlet="The Daily Example")
    db.session.scalars(select(Message).order_by(Message.id)).first().attachments = [
        *(Attachment(name=f"{'x' * 116}.png", state=state) for state in Keeping),
        Attachment(name="a.docx", state=Keeping.KEPT, reason=file_kinds.HAS_PASSWORD),
        Attachment(name="a.exe", state=Keeping.REFUSED, reason=file_kinds.IS_PROGRAM),
    ]
    db.session.commit()
    db.session.remove()
    page = open_desk("/inbox/", width=768)
    db.session.execute(update(Member).values(shortcuts=None))
    db.session.commit()
    page.reload()
    check(page)
    page.goto(path)
    check(page)
    page.get_by_label("Note for the team").fill("She prefers Ms.")
    press(page, "Save the note")
    follow(page, "Correct it, or take it back")
    check(page, "Correct what was written down")
    page.goto("/inbox/")
    press(page, "Yes, switch them on")
    done(page, "The shortcuts are on.")
    check(page)
    press(page, "Switch the shortcuts off")
    done(page, "The shortcuts are off.")
    page.goto(path)
    page.keyboard.press("r")
    expect(page.get_by_label("Your answer")).not_to_be_focused()


def test_mail_with_files_a_forward_and_many_words_is_shown_and_can_be_saved(
    app, open_desk, conversation, check
):
    path = conversation()
    mail = EmailMessage()
    started = db.session.get(Conversation, int(path.rpartition("/")[2]))
    mail["From"], mail["To"] = f'"{"x" * 90}@a.example" <{started.email}>', reply_address(started)
    mail["Reply-To"] = f"{'y' * 90}@example.org"
    mail["Received"] = "by " + "x" * 300
    mail.set_content("I was refused. " * 500)
    for number in range(4):
        name = f"{'a-long-name-' * (number * 3)}{number}.txt"
        mail.add_attachment("Words", filename=name)
    mail.add_attachment(PROGRAM, "application", "octet-stream", filename="setup.exe")
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "council@example.org", "Your letter"
    inner.set_content("No. " + "y" * 300)
    mail.add_attachment(inner)
    services.receive(mime.read(mail.as_bytes()), "local")
    db.session.remove()

    page = open_desk(path, width=1280)
    expect(page.locator(".said", has_text="from council@example.org")).to_be_visible()
    check(page)
    page.get_by_role("link", name="The whole mail").click()
    check(page, "The whole mail")
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save the whole mail").click()
    assert saving.value.suggested_filename.endswith(".eml")


def test_file_goes_with_an_answer_once_it_is_said_what_it_shows(
    open_desk, conversation, address, mail, check, js
):
    page = open_desk(conversation(), js=js)
    db.session.execute(update(Member).values(undo_seconds=1))
    db.session.commit()
    page.get_by_label("Your answer").fill("Here it is.")
    page.get_by_text("Files", exact=True).click()
    pool = {"name": "Zoës pool.png", "mimeType": "image/png", "buffer": a_picture()}
    page.get_by_label("Add files").set_input_files([pool])
    press(page, "Answer")
    is_told(page, "Say what “Zoës pool.png” shows")
    expect(page.locator("#status")).to_be_empty()
    if js:
        check(page)
    page.get_by_role("link", name="Say what").click()
    page.keyboard.type("A pool with a hoist")
    page.keyboard.press("Enter")
    done(page, "The draft is saved.")
    expect(page.get_by_label("Your answer")).to_have_value("Here it is.")
    press(page, "Answer")

    done(page, "Your answer is saved.")
    expect(page.get_by_role("link", name="Zoës pool.png")).to_be_visible()
    assert "Zoës pool.png: A pool with a hoist" in mail(address, "Re:").text


def test_draft_and_note_are_kept_while_they_are_written_and_the_reading_level_is_shown(
    open_desk, conversation
):
    path = conversation()
    page = open_desk(path)
    page.get_by_label("Your answer").press_sequentially("We meet at ten. Bring a towel.")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    expect(page.get_by_text("Reading level (LIX): 4, very easy")).to_be_visible()
    note = page.get_by_label("Note for the team")
    with page.expect_response(lambda got: "Ask+Ben." in (got.request.post_data or "")):
        note.press_sequentially("Ask Ben.")
        note.press("Tab")
    expect(page.get_by_text("Only you see it until you save it.")).to_be_visible()
    page.goto(path)
    expect(note).to_have_value("Ask Ben.")

    expect(page.get_by_label("Your answer")).to_have_value("We meet at ten. Bring a towel.")


def test_undo_is_said_and_goes_when_it_is_over_and_the_focus_is_led_on(open_desk, conversation):
    page = open_desk(conversation(), clock=True)
    page.get_by_label("Your answer").fill("Yes, it is.")
    page.keyboard.press("Control+Enter")
    done(page, re.compile(r"Your answer is saved.*It leaves in \d+ seconds", re.DOTALL))
    undo = page.get_by_role("button", name="Undo: take it back")
    undo.focus()
    page.clock.fast_forward(31_000)

    expect(undo).to_be_hidden()
    expect(page.get_by_text("It can no longer be taken back.")).to_be_focused()


def test_two_people_in_one_conversation_see_each_other_and_lose_nothing(
    open_desk, conversation, forgive
):
    path = conversation()
    ada, ben = open_desk(path, "Ada"), open_desk(path, "Ben", clock=True)
    ada.get_by_label("Your answer").press_sequentially("From Ada.")
    expect(ada.get_by_text("Draft kept")).to_be_visible()
    ben.get_by_label("Your answer").press_sequentially("From Ben.")

    expect(ben.get_by_role("alert")).to_contain_text("Ada has changed this draft")
    expect(ben.locator("#draft")).to_contain_text("From Ada.")
    expect(ben.get_by_label("Your answer")).to_have_value("From Ben.")
    ben.clock.fast_forward(LATER)
    expect(ben.locator("#presence")).to_contain_text("Ada ")
    forgive("409")


def test_what_is_typed_stays_when_something_else_is_saved(open_desk, conversation):
    page = open_desk(conversation())
    page.get_by_label("Your answer").fill("Half a sent")
    page.get_by_label("Tags").fill("pool")
    press(page, "Save")

    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_label("Your answer")).to_have_value("Half a sent")
    expect(page.get_by_label("Tags")).to_have_value("pool")


def test_many_rows_are_in_sight_at_once(open_desk, conversation):
    """Those that are as long as usual: a name, a subject, what was written, a day, somebody."""
    for number in range(20):
        press = {"kind": Kind.PRESS, "outlet": "The Daily Example", "deadline_at": now()}
        text = f"Is there a swimming class on Monday evenings? {'And where? ' * 9}"
        conversation(text=text, subject="A swimming class", **press if number % 4 == 0 else {})
    page = open_desk("/inbox/?sort=newest")

    for width, height, least in ((1280, 900, 15), (768, 1000, 12), (320, 700, 3)):
        page.set_viewport_size({"width": width, "height": height})
        boxes = [row.bounding_box() for row in page.locator(".row").all()[:20]]
        seen = [box for box in boxes if box["y"] >= 0 and box["y"] + box["height"] <= height]
        assert len(seen) >= least, (width, len(seen))


def test_those_that_are_ticked_go_to_a_colleague_and_back(open_desk, conversation, js, check):
    """By keys: from a ticked box one link leads to the bar, and what was done is where it is."""
    first, second = (conversation(text=f"Give away {number}") for number in (1, 2))
    open_desk(name="Ben").close()
    page = open_desk("/inbox/?sort=newest", js=js)
    for path in (first, second):
        page.locator(f"#t{path.rpartition('/')[2]}").focus()
        page.keyboard.press("Space")
    page.keyboard.press("Tab")
    check(page)
    page.keyboard.press("Enter")
    expect(page.get_by_label("What to do with those")).to_be_focused()
    page.keyboard.press("B")
    press(page, "Do it")

    done = page.locator(".done")
    expect(done).to_contain_text("2 conversations changed.")
    expect(done).to_be_focused()
    check(page)
    expect(page.locator(f"#r{second.rpartition('/')[2]}")).to_contain_text("Ben")
    press(page, "Undo")
    expect(done).to_contain_text("2 conversations put back.")


def test_back_from_a_conversation_leads_to_its_row_with_the_focus_on_it(open_desk, conversation):
    paths = [conversation(text=f"Row {number}") for number in range(3)]
    page = open_desk("/inbox/?sort=newest", width=320)
    row = page.locator(f"#c{paths[0].rpartition('/')[2]}")
    row.click()
    page.get_by_role("link", name="Back to the inbox").click()

    expect(row).to_be_focused()
    expect(row).to_be_in_viewport()


def test_new_conversation_is_announced_once_a_minute_at_most_and_moves_nothing(
    open_desk, conversation
):
    conversation(text="First one here")
    page = open_desk("/inbox/?sort=newest", clock=True)
    row = page.locator(".row").first
    stood = row.bounding_box()
    page.get_by_label("Search names").focus()
    conversation(text="Second one here")

    page.clock.fast_forward(LATER)
    expect(page.locator("#status")).to_have_text(re.compile("new or changed in the inbox"))
    expect(page.get_by_label("Search names")).to_be_focused()
    assert row.bounding_box() == stood
    expect(page.get_by_role("link", name=re.compile("Second one here"))).to_be_hidden()
    conversation(text="Third one here")
    page.clock.fast_forward(LATER)
    expect(page.locator("#news")).to_contain_text("2 new")
    expect(page.locator("#status")).to_contain_text("1 conversation")
    page.clock.fast_forward(MINUTE)
    expect(page.locator("#status")).to_contain_text("2 conversations")
    page.get_by_role("link", name=re.compile("Show the list as it is now")).click()
    expect(page.get_by_role("link", name=re.compile("Second one here"))).to_be_visible()


def test_letters_do_what_the_list_of_shortcuts_says(open_desk, conversation):
    path = conversation(text="Open me by key")
    page = open_desk("/inbox/?sort=newest")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name=re.compile("Open me by key"))).to_be_focused()
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(rf"{path}\?list="))
    page.keyboard.press("r")
    expect(page.get_by_label("Your answer")).to_be_focused()
    page.keyboard.type("jkoreane?/")
    expect(page.get_by_label("Your answer")).to_have_value("jkoreane?/")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("a")
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.keyboard.press("?")
    expect(page).to_have_url(re.compile("/inbox/keys$"))


def test_five_items_are_answered_closed_and_left_for_the_next_by_two_keys_each(
    open_desk, conversation, address
):
    ids = [int(conversation(text=f"{address} {number}").rpartition("/")[2]) for number in range(5)]
    for one in ids:
        db.session.get(Conversation, one).tags = [Tag(name=address)]
    db.session.commit()
    db.session.remove()
    page = open_desk(f"/inbox/?tag={address}", width=1280)
    page.set_viewport_size({"width": 1280, "height": 900})
    page.keyboard.press("j")
    page.keyboard.press("o")
    for words in ("Your answer", "Answer", "Answer and close", "Keep as a draft"):
        part = page.get_by_label(words, exact=True).or_(page.get_by_role("button", name=words))
        expect(part.first).to_be_in_viewport(ratio=1)  # all of it, and nothing was scrolled
    for number in range(5):
        heading(page, f"{address} {number}")
        page.keyboard.press("r")
        page.keyboard.type("Yes.")
        page.keyboard.press("Control+Shift+Enter")
        done(page, "It is closed.")

    expect(page.locator(".done")).to_contain_text("That was the last one of this list.")
    db.session.remove()
    states = {db.session.get(Conversation, one).state for one in ids}
    assert states == {ConversationState.CLOSED}


@pytest.mark.parametrize("js", [True, False])
def test_what_else_came_from_a_person_is_seen_and_put_in(open_desk, conversation, check, js):
    number = f"161 496 0{320 + js}"  # the other one's is in the same database
    path = conversation(phone=f"0{number}", subject="Is it warm?")
    conversation(email="", phone=f"+44 {number}", subject="And the hoist?")
    page = open_desk(path, width=320, js=js)
    beside = page.get_by_role("region", name="Also from them")
    expect(beside).to_contain_text("And the hoist?")
    beside.get_by_role("link", name="All from this person").click()
    if js:
        check(page, "All from Grace Hopper")
    page.get_by_role("button", name=re.compile("And the hoist")).click()

    expect(page.get_by_text("This one was put in here")).to_be_visible()
    expect(page.get_by_role("region", name="Also from them")).to_contain_text("Nothing else")


def test_figures_have_no_pictures_tables_that_scroll_by_keyboard_and_a_file_to_keep(
    open_desk, conversation, check
):
    path = conversation()
    answered = db.session.get(Conversation, int(path.rsplit("/", 1)[1]))
    answered.created_at, answered.answered_at = (now() - timedelta(days=days) for days in (2, 1))
    answered.state = ConversationState.WAITING
    db.session.commit()
    db.session.remove()
    page = open_desk("/inbox/dashboard", role=Role.MANAGER, width=320)

    expect(page.get_by_text("half of the people had an answer")).to_be_visible()
    expect(page.get_by_role("table")).not_to_have_count(0)
    expect(page.get_by_role("img")).to_have_count(0)
    table = page.get_by_role("group", name="Time to a first answer")
    table.focus()
    expect(table).to_be_focused()
    check(page)
    page.goto("/inbox/export")
    check(page)
    with page.expect_download():
        press(page, "Get the file")
