"""The step with what we may do: in layers, none ticked, each by itself."""

from __future__ import annotations

import pytest

from tests.stories.telling.steps import CONSENT, YOU, begin, fill, newest, refused


def test_nothing_is_ticked_for_anybody(visit):
    page = visit(begin(visit) + "consent")

    assert not page.has("main form [checked]")
    assert len(page.page.query("[name=allow]")) == 8
    assert "You may publish my story on the Get Yourself Active site." in page.text


def test_each_thing_is_allowed_by_itself(visit):
    path = begin(visit)
    fill(visit, path, "consent", {"allow": ["publish", "press"], "name_shown": "none"})

    said = newest().answers["consents"]
    assert {key for key, word in said.items() if word == "yes"} == {"publish", "press"}
    assert {key for key, word in said.items() if word == "no"} == {
        *("photo", "place", "condition", "newsletter", "social", "funders"),
    }


def test_what_is_no_longer_ticked_is_no_longer_allowed(visit_plain):
    path = begin(visit_plain)
    fill(visit_plain, path, "consent", CONSENT)
    fill(visit_plain, path, "consent", {"allow": ["photo"], "name_shown": "none"})

    said = newest().answers["consents"]
    assert [key for key, word in said.items() if word == "yes"] == ["photo"]


def test_no_name_is_chosen_for_anybody(visit_plain):
    path = begin(visit_plain)
    fill(visit_plain, path, "consent", {"allow": ["publish"]})

    assert newest().answers["name_shown"] == ""


@pytest.mark.parametrize("shown", ["first", "full"])
def test_a_name_that_is_to_be_shown_must_be_known(visit, shown):
    path = begin(visit)
    answer = fill(visit, path, "consent", {"allow": ["publish"], "name_shown": shown, "name": ""})

    refused(answer, "name", "Enter your name, or choose another or none.")
    assert answer.has("[name=allow][value=publish][checked]")
    fill(visit, path, "consent", {"name_shown": shown, "name": "Ada Lovelace"})
    assert newest().name == "Ada Lovelace"


def test_another_name_must_be_given(visit_plain):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "consent", {"name_shown": "other"})

    refused(answer, "other_name", "Enter the name that readers may see.")
    fill(visit_plain, path, "consent", {"name_shown": "other", "other_name": "The swimmer"})
    assert newest().answers["other_name"] == "The swimmer"


def test_no_name_takes_no_name_away_from_us(visit_plain):
    path = begin(visit_plain)
    fill(visit_plain, path, "you", YOU)
    fill(visit_plain, path, "consent", {"name_shown": "none", "name": ""})

    assert newest().name == "Ada Lovelace"


@pytest.mark.parametrize("allow", [["everything"], ["publish", "\0"], ["name"], ["guardian"]])
def test_what_was_not_asked_cannot_be_allowed(visit_plain, allow):
    path = begin(visit_plain)
    answer = fill(visit_plain, path, "consent", {"allow": allow, "name_shown": "none"})

    refused(answer, "allow-0", "Choose from the list.")
    assert "consents" not in newest().answers
