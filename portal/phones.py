"""A phone number: what it is compared by, and how people see it, in whichever form it was typed.

Without a country's code it is one of REGION. That is no setting: what was kept by another would
no longer be found. Nothing here raises; what is no number is compared by its digits alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

REGION = "GB"
GROUPS_MOST = 4  # of digits, after the code of the country
RELAY = re.compile(r"^1800[12]\W+")  # dialled before a number, for text relay
DIGIT_BEFORE, DIGIT_AFTER = re.compile(r"\d\W*$"), re.compile(r"[\s-]*\d")


def phone_key(text: str) -> str:
    """What is the same however a number is written, and whatever stands around it."""
    number, _ = _read(text)
    if number is None:
        return "".join(mark for mark in text if mark.isdecimal())
    import phonenumbers  # noqa: PLC0415 - three megabytes, which few requests need

    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def to_shown(text: str) -> str:
    """The number as people here know it. What has more to it than a number stays as it is."""
    number, is_all = _read(text)
    shown = next(iter(_forms(number)), text) if number and is_all else text
    return shown if phone_key(shown) == phone_key(text) else text


def written(text: str) -> list[str]:
    """The forms in which a number that was typed may stand in a text; none where it is none.

    People set spaces wherever they like: all are tried that make GROUPS_MOST groups or fewer.
    """
    number, is_all = _read(text)
    if number is None or not is_all:
        return []
    import phonenumbers  # noqa: PLC0415 - see `phone_key`

    digits, code = phonenumbers.national_significant_number(number), str(number.country_code)
    groups = [group for count in range(1, GROUPS_MOST + 1) for group in _groups(digits, count)]
    is_ours = number.country_code == phonenumbers.country_code_for_region(REGION)
    before = (*(("0",) if is_ours else ()), code, f"00{code}", "")
    return [*dict.fromkeys((text, *(start + group for group in groups for start in before)))]


def _groups(digits: str, count: int) -> Iterator[str]:
    """The digits in so many groups, each of two or more, with spaces between."""
    if count == 1:
        yield digits
        return
    for place in range(2, len(digits) - 1):
        for rest in _groups(digits[place:], count - 1):
            yield f"{digits[:place]} {rest}"


def _read(text: str) -> tuple[PhoneNumber | None, bool]:
    """The first number in a text, and whether it is all of it."""
    if not any(map(str.isdecimal, text)):
        return None, False
    import phonenumbers  # noqa: PLC0415 - see `phone_key`

    bare, whole = text.strip(), phonenumbers.ValidationResult.IS_POSSIBLE
    told = RELAY.sub("", bare)
    for found in phonenumbers.PhoneNumberMatcher(told, REGION, phonenumbers.Leniency.POSSIBLE):
        is_part = DIGIT_BEFORE.search(told[: found.start]) or DIGIT_AFTER.match(told[found.end :])
        if not is_part and phonenumbers.is_possible_number_with_reason(found.number) == whole:
            return found.number, found.raw_string == bare
    return None, False


def _forms(number: PhoneNumber) -> list[str]:
    """How the number is written here, then abroad; with its spaces and without them."""
    import phonenumbers  # noqa: PLC0415 - see `phone_key`

    formats = phonenumbers.PhoneNumberFormat
    abroad = phonenumbers.format_number(number, formats.INTERNATIONAL)
    here = phonenumbers.format_number(number, formats.NATIONAL)
    is_ours = number.country_code == phonenumbers.country_code_for_region(REGION)
    if is_ours and not here.startswith("0"):
        return []  # with a digit too few or too many it would lose the 0 that was typed
    forms = [here, abroad] if is_ours else [abroad]
    return [form for one in forms for form in (one, one.replace(" ", ""))]
