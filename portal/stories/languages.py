"""The language of a story, as its teller calls it and as a page must say it."""

from __future__ import annotations

import re

from portal.stories.models import Story

ENGLISH, ANOTHER = "en", "other"
UNKNOWN = "und"  # what BCP 47 has for a language that nobody named
# What can be chosen without a word.
OFFERED = {
    ENGLISH: "English",
    "cy": "Welsh (Cymraeg)",
    "bfi": "British Sign Language",
    ANOTHER: "Another language",
}
# What else is spoken and signed most in the UK (census of 2021), as people type it.
SPOKEN = """
    polish=pl; romanian=ro; panjabi=pa; punjabi=pa; urdu=ur; portuguese=pt; spanish=es;
    arabic=ar; bengali=bn; gujarati=gu; italian=it; tamil=ta; french=fr; lithuanian=lt;
    chinese=zh; mandarin=zh; cantonese=yue; turkish=tr; bulgarian=bg; russian=ru;
    persian=fa; farsi=fa; hungarian=hu; greek=el; somali=so; albanian=sq; german=de;
    slovak=sk; kurdish=ku; ukrainian=uk; hindi=hi; nepali=ne; yoruba=yo; hebrew=he;
    yiddish=yi; pashto=ps; dutch=nl; latvian=lv; czech=cs; vietnamese=vi; malayalam=ml;
    tigrinya=ti; swahili=sw; japanese=ja; irish=ga; gaelic=gd; scottish gaelic=gd;
    scots=sco; cornish=kw; welsh=cy; irish sign language=isg; bsl=bfi; british sign
    language=bfi; thai=th; korean=ko; igbo=ig; twi=tw; shona=sn; telugu=te; makaton=en;
    english=en
"""
NAMES = {
    " ".join(name.split()): tag
    for name, tag in (one.strip().split("=") for one in SPOKEN.split(";"))
}
# Language, script and region: the parts of BCP 47 (RFC 5646, 2.1) that a text can need.
TAG = re.compile(r"([a-z]{2,3})(-[a-z]{4})?(-(?:[a-z]{2}|\d{3}))?", re.IGNORECASE)


def tag_of(typed: str) -> str:
    """The tag for a language as somebody calls it: by its name, or by a tag."""
    words = " ".join(typed.split())
    if known := NAMES.get(words.casefold()):
        return known
    found = TAG.fullmatch(words)
    if not found:
        return UNKNOWN
    language, script, region = (part or "" for part in found.groups())
    return language.lower() + script.title() + region.upper()


def name_of(story: Story) -> str:
    """What its teller calls the language."""
    typed = str(story.answers.get("language_name") or "")
    return typed or OFFERED.get(story.language, story.language)
