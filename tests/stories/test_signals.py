"""What others hear of a story: in the same transaction, and each thing of it."""

import pytest

from portal.stories import consents, formats, shaping, signals, withdrawal
from portal.stories.files import store
from portal.stories.guardian import services as guardians
from portal.stories.states import VersionKind
from tests.stories import an_editor, approved, edited, fresh, published, with_guardian
from tests.stories.readers import add_version, put_up

PURPOSE = "consent_ended"


@pytest.fixture
def heard(app):
    """What was sent, each with the purpose where there is one."""
    said = []
    names = ("consent_ended", "not_public", "republished", "forgotten")
    listeners = {
        name: lambda story, name=name, **more: said.append((name, *more.values())) for name in names
    }
    for name, listener in listeners.items():
        getattr(signals, name).connect(listener)
    yield said
    for name, listener in listeners.items():
        getattr(signals, name).disconnect(listener)


def allow(story, **said):
    shaping.set_consents(story, {key: (bool(value), value) for key, value in said.items()})


def put_newer_up(story):
    shaping.publish(approved(edited(story).story), an_editor())


DEEDS = {
    "newsletter": (lambda story: allow(story, newsletter=""), [(PURPOSE, "newsletter")]),
    "another name": (lambda story: allow(story, name="The swimmer"), [(PURPOSE, "name")]),
    "what was withheld": (
        lambda story: (allow(story, photo=""), allow(story, photo="yes")),
        [(PURPOSE, "photo")],
    ),
    "publish": (lambda story: allow(story, publish=""), [(PURPOSE, "publish"), ("not_public",)]),
    "taken back": (lambda story: withdrawal.withdraw(story, keep_files=True), [("not_public",)]),
    "erased": (withdrawal.erase, [("not_public",), ("forgotten",)]),
    "a text": (lambda story: edited(story, text="A newer one."), []),
    "a text put up": (put_newer_up, [("republished",)]),
    "another form": (
        lambda story: add_version(story, VersionKind.EASY_READ, text="I go up."),
        [("republished",)],
    ),
    "a picture less": (lambda story: store.remove(story.files[0].id), [("republished",)]),
}


@pytest.mark.parametrize("deed", DEEDS)
def test_others_hear_of_what_ends_for_readers(heard, deed):
    story = put_up(pictures=["A pool"])
    heard.clear()
    do, expected = DEEDS[deed]
    do(fresh(story))

    assert heard == expected


def test_a_guardian_who_takes_the_yes_back_is_heard_too(heard, a_young_published):
    guardians.take_back(a_young_published)

    assert heard == [("not_public",)]


@pytest.fixture
def a_young_published(heard):
    story = with_guardian()
    shaping.publish(story, an_editor())
    heard.clear()
    return story


def test_a_form_that_goes_is_heard_of(heard):
    story = published()
    add_version(story, VersionKind.EASY_READ, text="I go up.")
    heard.clear()
    formats.remove_version(fresh(story), story.versions[0].id)

    assert heard == [("republished",)]


def test_what_a_listener_raises_undoes_all_of_it(app):
    story = published()

    def refuse(_, **more):
        raise RuntimeError

    signals.consent_ended.connect(refuse)
    try:
        with pytest.raises(RuntimeError):
            allow(story, newsletter="")
    finally:
        signals.consent_ended.disconnect(refuse)

    assert consents.allows(fresh(story), "newsletter")
