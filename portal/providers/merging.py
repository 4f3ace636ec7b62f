"""Each person's own links in the texts of a campaign, and nothing that somebody else typed.

Providers fill in what stands in their merge language. People may type what looks like it, in a
story or a title: it must reach everybody as it was typed.
"""

import re

from portal.providers.campaigns import PREFERENCES_URL, UNSUBSCRIBE_URL

# Where the first two signs of a mark meet, in the language of any of the providers: {{ {% {# {$
# [[ *| and, in older ones, [NAME] {NAME} [%name%] [unsubscribe]. Taken apart there, it is no mark.
MARKS = re.compile(
    r"(?<=\{)(?=[{%#$])|(?<=\[)(?=\[)|(?<=\*)(?=\|)"
    r"|(?<=[\[{])(?=[A-Z_]{2,}[\]}])|(?<=\[)(?=%|[Uu]nsubscribe)"
)
# Zero width non-joiner: nobody sees or hears it. A character reference would do in HTML alone, and
# only until a provider writes the HTML anew (MailerLite does).
APART = "\u200c"
# Inside a longer address of somebody's the link of whoever reads it would go to a stranger.
OWN_LINK = re.compile(rf'(?<![^\s"])(?:{PREFERENCES_URL}|{UNSUBSCRIBE_URL})(?![^\s"])')


def harmless(text: str) -> str:
    """The text without anything that a provider would take for its merge language."""
    return MARKS.sub(APART, text)


def merged(text: str, preferences: str, unsubscribe: str) -> str:
    """The text with those two in place of the links that are each person's own."""
    return with_links(harmless(text), preferences, unsubscribe)


def with_links(text: str, preferences: str, unsubscribe: str) -> str:
    """The text with these two where each stands as a whole address."""
    links = {PREFERENCES_URL: preferences, UNSUBSCRIBE_URL: unsubscribe}
    return OWN_LINK.sub(lambda found: links[found[0]], text)
