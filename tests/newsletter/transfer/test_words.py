"""The words in a list's cells, as other programs and people write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from portal.newsletter.transfer import words
from portal.newsletter.transfer.words import There

LONDON = ZoneInfo("Europe/London")
TOPICS = {"stories": "Stories from people", "ideas": "Ideas, for home", "taking-part": "Your say"}


def at(*parts):
    return datetime(*parts, tzinfo=UTC)


MOMENTS = {
    "2020-01-05 10:00:00": at(2020, 1, 5, 10),
    "2020-01-05": at(2020, 1, 5),
    "2020-06-05": at(2020, 6, 4, 23),  # on London's clocks
    "2020-06-05T10:00:00Z": at(2020, 6, 5, 10),
    "2020-06-05T10:00:00.123456+02:00": at(2020, 6, 5, 8),
    "2020/1/5 10:00": at(2020, 1, 5, 10),
    "05/01/2020": at(2020, 1, 5),
    "5.1.2020 9:05": at(2020, 1, 5, 9, 5),
    "05-01-20": at(2020, 1, 5),
    "1/25/2020 3:04 PM": at(2020, 1, 25, 15, 4),
    "5 January 2020 at 10:00": at(2020, 1, 5, 10),
    "5-Jan-2020": at(2020, 1, 5),
    "Jan 5, 2020 12:30 am": at(2020, 1, 5, 0, 30),
    "Sun, 5 Jan 2020 10:00:00 +0000": at(2020, 1, 5, 10),
    "43835": at(2020, 1, 5),  # as Excel keeps it
    "43835,5": at(2020, 1, 5, 12),
    "1578218400": at(2020, 1, 5, 10),
    **dict.fromkeys(["", "soon", "2020-13-01", "31/31/2020", "12345", "5", "2020-01-05 99:00"]),
}


@pytest.mark.parametrize(("cell", "moment"), MOMENTS.items(), ids=list(MOMENTS))
def test_a_moment_is_read_as_it_was_meant(cell, moment):
    found = words.moment(cell, LONDON, day_first=True)

    assert (found and found.replace(microsecond=0)) == moment


def test_which_number_is_the_day_is_asked_where_both_may_be():
    assert words.moment("02/01/2020", UTC, day_first=False) == at(2020, 2, 1)
    assert [words.says_which_is_first(one) for one in ("13/2/2020", "2/13/2020", "2/1/2020")] == [
        *(True, False, None)
    ]


@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("stories ideas", (["stories", "ideas"], [])),
        ("Stories, IDEAS", (["stories", "ideas"], [])),
        ("stories;ideas;stories", (["stories", "ideas"], [])),
        ('"Newsletter","Stories"', (["stories"], ["Newsletter"])),
        ("Stories from people | Your say", (["stories", "taking-part"], [])),
        ("* myContacts ::: Stories", (["stories"], ["myContacts"])),
        ("ideas secrets", (["ideas"], ["secrets"])),
        ("Ideas, for home", (["ideas"], [])),
        ("\uff49\uff44\uff45\uff41\uff53", (["ideas"], [])),
        ("", ([], [])),
    ],
)
def test_topics_are_known_by_key_or_words(cell, found):
    assert words.choices(cell, TOPICS) == found


@pytest.mark.parametrize(
    ("standing", "said"),
    [
        (There.SUBSCRIBED, "Subscribed ACTIVE yes TRUE 1 Confirmed"),
        (There.LEFT, "unsubscribed Opted-Out blocklisted Blacklisted no 0 FALSE"),
        (There.BOUNCED, "Bounced cleaned Hard_Bounce invalid"),
        (There.COMPLAINED, "junk SPAM complained"),
        (There.NO_YES, "unconfirmed non-subscribed Pending archived"),
        (None, "gold maybe"),
    ],
)
def test_words_of_a_state_are_known(standing, said):
    assert {words.standing(word) for word in said.split()} == {standing}


@pytest.mark.parametrize(
    ("name", "standing"),
    [
        ("subscribed_members_export_1.csv", There.SUBSCRIBED),
        ("unsubscribed_members_export_1.csv", There.LEFT),
        ("cleaned_email_audience.csv", There.BOUNCED),
        ("nonsubscribed_email_audience.csv", There.NO_YES),
        ("people.csv", There.SUBSCRIBED),
    ],
)
def test_the_name_of_a_file_says_who_is_in_it(name, standing):
    assert words.standing_by_name(name) is standing
