"""The pictures of two contents: which is which, and one row made of both."""

from collections.abc import Iterable, Mapping

Picture = dict[str, str]
Named = dict[str, Picture]


def named(pictures: Iterable[Picture]) -> Named:
    """The pictures in their order, each by the key of what may change in it."""
    found: Named = {}
    for picture in pictures:
        key = f"picture-{picture.get('file', '')}"
        while key in found:
            key += "-again"
        found[key] = picture
    return found


def in_order(old: Named, new: Named) -> bool:
    """Whether the pictures that both have come in the same order."""
    return [key for key in old if key in new] == [key for key in new if key in old]


def merged(main: Iterable[str], other: Iterable[str]) -> list[str]:
    """All keys: the main ones in their order, each of the others after what it came after."""
    row, place = list(main), 0
    known = frozenset(row)
    for key in other:
        if key not in known:
            row.insert(place, key)
        place = row.index(key) + 1
    return row


def described(picture: Mapping[str, str] | None) -> str:
    """What the picture shows, in words."""
    return (picture or {}).get("alt", "")
