"""The dashboard and the export as the team meets them."""

from __future__ import annotations

import csv
import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from portal.extensions import db, now
from portal.inbox.models import Conversation, ConversationState
from portal.team.models import Role

PATIENCE = re.compile("half of the people had an answer")


def answered(app, path):
    """Let the conversation at that path have had its answer yesterday."""
    conversation = db.session.get(Conversation, int(path.rsplit("/", 1)[1]))
    conversation.created_at = now() - timedelta(days=2)
    conversation.answered_at, conversation.state = (
        now() - timedelta(days=1),
        ConversationState.WAITING,
    )
    db.session.commit()
    db.session.remove()


def test_dashboard_is_accessible_and_stays_in_words_without_its_pictures(
    app, open_desk, conversation, check, js
):
    answered(app, conversation())
    conversation()
    page = open_desk("/inbox/dashboard", js=js)

    expect(page.get_by_text(PATIENCE)).to_be_visible()
    expect(page.get_by_role("table")).not_to_have_count(0)
    expect(page.get_by_role("img")).to_have_count(0)
    if js:
        check(page)


def test_tables_can_be_scrolled_with_the_keyboard_alone(app, open_desk, conversation):
    answered(app, conversation())
    page = open_desk("/inbox/dashboard", width=320)
    table = page.get_by_role("group", name="Time to a first answer")
    table.focus()

    expect(table).to_be_focused()


def test_manager_gets_the_file(open_desk, conversation, check, js):
    conversation(text="In the file")
    page = open_desk("/inbox/export", js=js, role=Role.MANAGER)
    if js:
        check(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Get the file").click()

    rows = [*csv.DictReader(Path(download.value.path()).read_text().splitlines())]
    assert download.value.suggested_filename.startswith("inbox-")
    assert "In the file" in [row["subject"] for row in rows]
    expect(page.get_by_role("heading", name="Export")).to_be_visible()
