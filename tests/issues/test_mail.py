"""What one issue becomes: a mail for each format, and the digest that stands for all of them."""

import pytest
from justhtml import JustHTML

from portal.extensions import db
from portal.issues.mail import personal, plain, rendering
from portal.issues.models import Part, PartKind
from portal.newsletter import links
from portal.providers.campaigns import PREFERENCES_URL, UNSUBSCRIBE_URL
from portal.providers.merging import harmless
from portal.stories import consents, shaping, withdrawal
from portal.stories.states import VersionKind
from tests.issues import an_issue
from tests.newsletter import a_subscriber
from tests.stories import an_editor, approved, edited
from tests.stories.readers import add_version, put_up

pytestmark = pytest.mark.usefixtures("app")
FORMATS = ["standard", "plain", "large", "easy-read"]
EASY = "I swim.\n\nWater is **warm**."


def edition(issue, format_="standard"):
    return next(one for one in rendering.editions(issue) if one.format == format_)


def page(issue, format_="standard"):
    return JustHTML(edition(issue, format_).html, strict=True, sanitize=False)


def words(node):
    return " ".join(node.to_text(separator="").split())


@pytest.fixture
def story():
    return put_up(pictures=["A warm pool"], summary="The water holds me.")


@pytest.fixture
def issue(story):
    return an_issue(story, opening="# Hello\n\nCome to [our day](https://example.org/day).")


def test_there_is_a_mail_for_each_format_with_the_ways_out_in_both_parts(issue):
    made = rendering.editions(issue)

    assert [one.format for one in made] == FORMATS
    for one in made:
        for url in (PREFERENCES_URL, UNSUBSCRIBE_URL):
            assert url in one.html
            assert url in one.text
        assert one.subject == "News of May"
        assert not one.is_too_heavy


def test_nothing_of_our_own_is_taken_for_a_providers_merge_language(issue):
    for one in rendering.editions(issue):
        assert (harmless(one.html), harmless(one.text)) == (one.html, one.text)


@pytest.mark.parametrize("format_", FORMATS)
def test_of_a_story_readers_get_its_words_and_its_picture_where_they_want_one(
    issue, story, format_
):
    shown = page(issue, format_)
    (heading,) = shown.query(".story h2")
    pictures = shown.query("img")
    summary = (
        "This story is not in Easy Read yet." if format_ == "easy-read" else story.published.summary
    )

    assert words(heading) == story.published.title
    assert (heading.attrs["lang"], heading.attrs["dir"]) == ("en", "ltr")
    assert [words(one) for one in shown.query(".story bdi")] == ["Ada"]
    assert summary in words(shown.query(".story")[0])
    assert [one.attrs["alt"] for one in pictures] == ([] if format_ == "plain" else ["A warm pool"])
    assert words(shown.query(".lead a")[0]) == f"Read “{story.published.title}” on our site"


def test_own_words_stand_with_the_story_that_they_lead_to_or_by_themselves(issue):
    issue.parts[0].text = "Ada tells how it began."
    issue.parts.append(Part(position=1, kind=PartKind.WORDS, text="See you soon."))
    db.session.commit()
    shown = page(issue)

    assert words(shown.query(".story")[0]).startswith("Ada tells how it began.")
    assert [words(one) for one in shown.query(".own")] == ["See you soon."]


def test_large_print_is_large_also_where_a_program_drops_the_styles(issue):
    sizes = {name: page(issue, name).query("body > div")[0].attrs["style"] for name in FORMATS}

    assert sizes["large"] == "font-size: 150%; font-size: 1.5rem"
    assert len({*sizes.values()}) == 2


def test_easy_read_is_the_whole_easy_text_where_a_story_has_one(issue, story):
    add_version(story, VersionKind.EASY_READ, text=EASY)
    shown, standard = page(issue, "easy-read"), page(issue)

    assert words(shown.query(".story h2")[0]) == "Easy water"
    assert "I swim." in words(shown.query(".story")[0])
    assert "warm" in map(words, shown.query("strong"))
    assert "I swim.\n\nWater is warm." in edition(issue, "easy-read").text
    assert words(standard.query(".story h2")[0]) == story.published.title


def test_a_story_in_another_language_says_so_and_which_way_it_is_read():
    story = put_up("שחיתי", language="he", text="המים חמים.")
    (told,) = page(an_issue(story)).query(".story")
    own = told.query("h2, span") + [one for one in told.query("p") if "המים" in words(one)]

    assert len(own) == 3
    assert {(one.attrs["lang"], one.attrs["dir"]) for one in own} == {("he", "rtl")}


def take_newsletter_back(story):
    consents.record(story, "newsletter", given=False, channel="web")


def publish_another_text(story):
    edited(story, text="Another text, which nobody has put into an issue.")
    approved(story)
    shaping.publish(story, an_editor())


@pytest.mark.parametrize(
    "end",
    [take_newsletter_back, withdrawal.withdraw, publish_another_text],
    ids=lambda end: end.__name__,
)
def test_a_story_that_may_not_be_sent_is_in_no_mail_and_changes_the_digest(issue, story, end):
    issue.parts[0].text = "This one I love."
    db.session.commit()
    title, before = story.published.title, rendering.digest(issue)
    end(story) if end is not withdrawal.withdraw else end(story, keep_files=True)
    db.session.commit()
    db.session.expire_all()

    for one in rendering.editions(issue):
        assert title not in one.html + one.text
        assert "This one I love" not in one.html + one.text
    assert rendering.digest(issue) != before


@pytest.mark.parametrize("purpose", ["name", "photo"])
def test_a_name_or_a_picture_that_is_no_longer_allowed_is_in_no_mail(issue, story, purpose):
    consents.record(story, purpose, given=False, channel="web")
    db.session.commit()
    html = edition(issue).html

    assert ("Told by" in html) is (purpose != "name")
    assert ("<img" in html) is (purpose != "photo")


CHANGES = {
    "subject": lambda issue: setattr(issue, "subject", "News of June"),
    "preview": lambda issue: setattr(issue, "preview", "Warm water"),
    "opening": lambda issue: setattr(issue, "opening", "Hi"),
    "topics": lambda issue: setattr(issue, "topics", ["stories"]),
    "words": lambda issue: issue.parts.append(Part(position=1, kind=PartKind.WORDS, text="Bye")),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_digest_is_the_same_until_anything_of_the_issue_changes(issue, change):
    before = rendering.digest(issue)
    db.session.expire_all()
    again = rendering.digest(issue)
    change(issue)
    db.session.commit()

    assert again == before
    assert rendering.digest(issue) != before


def test_a_format_that_is_not_known_looks_like_the_standard_one(app, issue):
    app.config["FORMATS"] = {"standard": "Standard", "gold": "Gold"}
    standard, gold = rendering.editions(issue)

    assert (gold.format, gold.html, gold.text) == ("gold", standard.html, standard.text)
    assert [rendering.format_for(one) for one in ("gold", "large")] == ["gold", "standard"]


def test_a_mail_without_a_subject_has_a_heading_all_the_same(issue):
    issue.subject = ""

    assert words(page(issue).query("h1")[0]) == "An issue without a subject"


def test_the_preview_line_comes_first_and_is_not_seen(issue):
    issue.preview = "Warm <water>, and more"
    shown = page(issue)
    (first, *_rest) = shown.query("body p")

    assert words(first) == issue.preview
    assert first.attrs["style"] == "display: none"


@pytest.mark.parametrize("format_", FORMATS)
def test_somebodys_copy_has_their_own_links_in_each_part_and_one_to_leave_in_its_headers(
    issue, format_
):
    one = a_subscriber("one@example.org")
    mail = personal.copy_for(edition(issue, format_), one)
    own = [links.preferences_url(one), links.unsubscribe_url(one)]
    headers = dict(mail.headers)

    assert mail.to.email == "one@example.org"
    for part in filter(None, [mail.text, mail.html]):
        assert [url for url in own if url not in part] == []
        assert ".invalid" not in part
    assert bool(mail.html) is (format_ != "plain")
    assert headers["List-Unsubscribe"] == f"<{own[1]}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


PLAIN = {
    "**Warm** and *wet*": "Warm and wet",
    "# Today\n\nWe swim.": "Today\n\nWe swim.",
    "See [our day](https://x.example/a), or\n[write](mailto:a@x.example).": (
        "See our day, or\nwrite.\nour day:\nhttps://x.example/a\nwrite:\na@x.example"
    ),
    "[Our day](https://x.example/a)": "Our day:\nhttps://x.example/a",
    "<https://x.example/a>": "https://x.example/a",
    "We\n\n- one\n- two\n  still two\n\nSwim": "We\n\n* one\n* two\n  still two\n\nSwim",
    "3. one\n4. two": "3. one\n4. two",
    "> said": "  said",
    "![A pool](https://x.example/a.png)": "A pool",
}


@pytest.mark.parametrize("markdown", PLAIN, ids=range(len(PLAIN)))
def test_the_plain_part_has_no_signs_and_each_address_on_its_own_line(markdown):
    assert plain.text(markdown) == PLAIN[markdown]


def test_what_would_be_cut_off_is_said(issue, story):
    add_version(story, VersionKind.EASY_READ, text="We swim a lot. " * 8_000)

    assert [one.format for one in rendering.editions(issue) if one.is_too_heavy] == ["easy-read"]
