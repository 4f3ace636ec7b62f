"""Stories by words: as they were typed, or else by published words that are one slip away."""

from portal.stories import publication
from portal.stories.library import cache, query
from portal.stories.library.query import LibraryView, ListedStories, NearWords, Vocabulary

WORDS_MOST = 10


def find(view: LibraryView) -> ListedStories:
    """The stories of a view, newest first; for a word that none has, those with a word near it."""
    typed = [*dict.fromkeys(publication.fold(view.q).split()[:WORDS_MOST])]
    if not typed:
        return query.list_stories(view)
    known = cache.words()
    unknown = [word for word in typed if not any(word in one for one in known.all)]
    missing = [NearWords(word, tuple(sorted(near(word, known)))) for word in unknown]
    if not all(one.near for one in missing):
        return ListedStories([], 0, "")
    there = [word for word in typed if word not in unknown]
    found = [
        story_id
        for story_id, text in known.texts.items()
        if all(word in text for word in there)
        and all(any(f" {word} " in text for word in one.near) for one in missing)
    ]
    return query.list_stories(view, found, missing)


def near(word: str, known: Vocabulary) -> frozenset[str]:
    """The known words that differ by one slip: a letter more or less, or two the other way round.

    Where there is none, those with one other letter.
    """
    cuts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    slips = {start + end[1:] for start, end in cuts}
    slips |= {start + end[1] + end[0] + end[2:] for start, end in cuts if len(end) > 1}
    slips |= {start + letter + end for start, end in cuts for letter in known.letters}
    others = (start + letter + end[1:] for start, end in cuts if end for letter in known.letters)
    return known.all & slips or known.all.intersection(others)
