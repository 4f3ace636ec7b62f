"""Stories by words: as they were typed, or else by published words that are one slip away."""

from portal.letters import fold
from portal.near_words import near_words
from portal.stories.library import cache, query
from portal.stories.library.query import LibraryView, ListedStories

WORDS_MOST = 10


def find(view: LibraryView) -> ListedStories:
    """The stories of a view, newest first; for a word that none has, those with a word near it."""
    typed = [*dict.fromkeys(fold(view.q).split()[:WORDS_MOST])]
    if not typed:
        return query.list_stories(view)
    known = cache.words()
    unknown = [word for word in typed if not any(word in one for one in known.all)]
    missing = [near_words(word, known.all.intersection, known.letters) for word in unknown]
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
