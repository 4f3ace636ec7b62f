"""Every provider tells what is wrong with its set-up, and mends what its API can mend."""

from dataclasses import replace

import pytest

from portal import providers
from portal.providers.errors import Refused, SetupError, TryLater
from portal.providers.parsed import object_of
from portal.providers.values import Finding
from portal.providers.webhooks.calls import bare

from .deeds import DEEDS
from .ours import OTHER_SECRET, SECRET, SITE
from .registered import CASES, HTTP_NAMES, able, rows
from .test_calls import is_change, texts_in

every_one = pytest.mark.parametrize("name", HTTP_NAMES)
MAKERS = [name for name in HTTP_NAMES if hasattr(CASES[name], "MADE_THERE")]
check, install = DEEDS["check"], DEEDS["install_hooks"]


def words(findings):
    return " ".join(finding.words for finding in findings)


def lacking_in(provider):
    """What newsletters lack at a provider that sends them."""
    lacks = " ".join(getattr(provider, "cannot", ()))
    return [Finding(f"See what newsletters lack there. {lacks}", ok=None)] * bool(lacks)


def wrong(findings):
    return words(one for one in findings if one.ok is False)


@every_one
def test_a_new_account_is_told_what_it_lacks_and_has_it_once_when_installed(provider, fake, name):
    lacking = check(provider)
    install(provider)
    right, start = check(provider), len(fake.calls)
    install(provider)
    changes = [one for one in fake.calls[start:] if is_change(one, CASES[name])]

    assert "key" in lacking[0].words
    assert lacking[0].ok
    assert "flask providers hooks --install" in wrong(lacking)
    assert words(one for one in right if one not in lacking_in(provider)) == CASES[name].RIGHT
    for one in right:  # what the provider cannot be asked is for a person to look at
        assert one.ok is (None if one.words.startswith(("Look ", "See ")) else True)
    assert [one for one in changes if one["target"] != "/server"] == []  # the same values again


@pytest.mark.parametrize("name", MAKERS)
def test_a_secret_that_the_provider_makes_is_shown_until_it_is_set(make, name):
    end = CASES[name].MADE_THERE
    line = f"Put this into .env: {name.upper()}_{end.upper()}={CASES[name].SETTINGS[end]}"
    new = make(**{end: ""})

    assert [line in words(install(it)) for it in (new, new, make())] == [True, True, False]


@pytest.mark.parametrize(("name", "change", "told", "mended"), rows("BROKEN"))
def test_what_is_wrong_is_told_and_mended_where_it_can_be(make, fake, name, change, told, mended):
    install(make())
    change(fake)
    before = wrong(check(make()))
    install(make())
    after = wrong(check(make()))

    assert told in before
    assert bool(before) == bool(told)
    assert (after == "") is mended
    assert mended or told in after


def heard(hook):
    """What a webhook tells, in whichever way its provider lists it; and how to stop one of that."""
    match hook.get("events", hook.get("MatchingEventTypes", hook.get("Triggers", hook))):
        case list(names):
            return {name: lambda name=name: names.remove(name) for name in names}
        case names:
            on = [name for name, it in names.items() if it is True or object_of(it).get("Enabled")]
            return {name: lambda name=name: names.update({name: False}) for name in on}


def places(fake):
    return sorted(bare(text) for text in texts_in(fake.hooks) if "/hooks/" in text)


@every_one
def test_each_thing_that_a_webhook_does_not_tell_is_named_and_mended(make, fake, name):
    install(make())
    right, seen = places(fake), 0
    for hook in fake.hooks:
        for one in [*heard(hook)]:
            heard(hook)[one]()
            before = wrong(check(make()))
            install(make())

            assert one in before or (one == "enabled" and "is off" in before)
            assert wrong(check(make())) == ""
            assert places(fake) == right
            seen += 1
    assert seen or name == "mailjet"  # which has a webhook for each


@every_one
def test_a_webhook_that_is_there_twice_is_there_once_afterwards(make, fake, name):
    install(make())
    right = places(fake)
    fake.double()
    before = wrong(check(make()))
    install(make())

    assert "is there more than once" in before
    assert wrong(check(make())) == ""
    assert places(fake) == right


@pytest.mark.parametrize("name", ["brevo", "mailchimp", "mailjet", "postmark", "sendgrid"])
def test_a_secret_is_replaced_beside_the_old_one_and_each_webhook_shows_the_new_one(
    make, fake, name
):
    install(make())
    right = places(fake)
    both, new = (make(webhook_secret=one) for one in (f"{OTHER_SECRET} {SECRET}", OTHER_SECRET))
    seen = [wrong(check(make())), wrong(check(both)), wrong(check(new))]
    install(both)

    assert seen[:2] == ["", ""]
    assert wrong(check(new)) == ""
    assert wrong(check(make())).count("--install") == seen[2].count("--install") > 0
    assert places(fake) == right


@pytest.mark.parametrize(("name", "changes", "told"), rows("MISFIT"))
def test_a_setting_that_does_not_fit_the_account_is_named(make, name, changes, told):
    install(make())

    found = wrong(check(make(**changes)))
    assert told in found
    assert bool(told) == bool(found)


@every_one
def test_no_hook_is_to_tell_of_opens_and_clicks(provider, fake, name):
    install(provider)
    bodies = [call["body"] for call in fake.calls if is_change(call, CASES[name])]

    on = [f"'{what}': True" for what in ("open", "click", "opened", "Open", "Click")]
    assert not [one for one in on if one in str(bodies)]
    assert not [one for one in texts_in(bodies) if one.rpartition(".")[2] in {"opened", "clicked"}]


@pytest.mark.parametrize("name", able("send_campaign"))
def test_what_newsletters_lack_at_a_provider_is_said(provider, name):
    install(provider)

    assert lacking_in(provider)[0] in check(provider)


@pytest.mark.parametrize("name", ["brevo"])
def test_a_plan_that_sends_few_mails_a_day_is_named(provider, fake, name):
    fake.plan = [{"type": "free", "credits": 300}]

    assert "300 mails a day" in words(check(provider))


@every_one
def test_a_wrong_key_or_address_is_said_at_once(provider, fake, name):
    fake.behave("forbidden", times=1)
    with pytest.raises(TryLater, match=f"{name.upper()}_"):
        check(provider)
    fake.act = lambda _: (404, {})

    with pytest.raises(Refused):
        check(provider)


@every_one
def test_where_our_secret_is_needed_its_setting_is_named_and_nothing_leaves(make, fake, name):
    ends = ("webhook_secret", "webhook_key", getattr(CASES[name], "MADE_THERE", ""))
    provider = make(**dict.fromkeys(ends, ""))
    try:
        told = words(install(provider))
    except SetupError as error:
        told = str(error)
        assert fake.calls == []

    assert f"{name.upper()}_WEBHOOK" in told


@every_one
def test_without_a_domain_for_mail_that_comes_in_nothing_of_it_is_touched(provider, fake, name):
    quiet = replace(SITE, inbound_domain="")
    list(providers.install_hooks(provider, quiet))

    told = [one for one in providers.check(provider, quiet) if one not in lacking_in(provider)]
    assert [one.words for one in told if one.words not in CASES[name].RIGHT] == []
    assert SITE.inbound_url.partition("://")[2] not in str(fake.calls)


@pytest.mark.parametrize("name", ["brevo", "mailerlite", "mailjet", "resend", "sendgrid"])
def test_without_a_list_only_mailjet_has_something_to_say(make, name):
    install(make())
    found = check(make(list_id=""))

    assert wrong(found) == ""
    assert ("LIST_ID" in words(found)) is (name == "mailjet")  # it takes no contacts then
