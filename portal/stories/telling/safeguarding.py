"""Whether somebody's words suggest that a person may be in danger now.

A list of phrases understands nothing. It misses what is said in other words or
in other languages than English, and it takes some memories for the present. So
it decides nothing: where it fires, help is shown, and the team looks at that
story first.
"""

from __future__ import annotations

import re
import unicodedata

APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
BETWEEN = re.compile(r"[\W_]+")
NAMES = {
    "self": "(myself|himself|herself|themselves|themself|ourselves|yourself)",
    "me": "(me|us|him|her|them)",
    "my": "(my|his|her|their|our)",
    "cannot": "(cant|cannot|can not|couldnt|could not)",
    "not_want": "(dont|do not|didnt|did not|doesnt|does not|no longer) want to",
    "not_let": "(wont|will not|doesnt|does not|dont|didnt|wouldnt|never) let",
    "no_more": "(any ?more|much longer)",
    "parent": "(dad|mum|father|mother|parents|stepdad|stepmum|stepfather|stepmother)",
    "partner": "(husband|wife|partner|boyfriend|girlfriend|ex)",
    "kin": "(brother|sister|uncle|aunt|cousin|son|daughter|family)",
    "helper": "(carers?|support worker|personal assistant|pa|coach|trainer|teacher|landlord)",
    "child": "(child|children|kids?|sons?|daughters?|baby|babies|toddler|nephew|niece)",
    "often": "(often |sometimes |always |still |has |have |had |keeps |kept |is |are |was )?",
    "hit": "(hits?|hitting|beats?|beating|punch(es|ed|ing)?|kick(s|ed|ing)|slap(s|ped|ping)?)",
    "hurt": "(hurts?|hurting|harm(s|ed|ing)?|chok(es|ed|ing)|strangl(es|ed|ing)|attack(s|ed|ing)?)",
    "kill": "(kill|murder|stab|shoot|strangle|hurt|harm)",
}
# One on each line; in small letters, without apostrophes, with one space between words.
PHRASES = """
    # Wanting to die
    suicid(e|es|al|ality)
    (kill|kills|killed|killing|hang|hanged|hanging|drown|drowning|unalive) {self}
    (end|ending|ended|take|taking|took) {my} (own )?(life|lives)
    (end|ending) it all
    (want|wants|wanted|wanting|ready|wish i could) to die
    wanna die|wish i could die|wish i would die
    (wish|wished|wishes) (i|he|she|they) (was|were|had) (dead|never( been)? born|not wake up)
    better off (dead|without me|if i (was|were) (dead|gone|not here))
    {not_want} (live|be alive|exist|wake up|go on living|be here {no_more})
    (no|not any|any) reason (left )?(to live|for living|to go on)
    (not|isnt|wasnt) worth living|tired of (living|being alive)|rather be dead
    {cannot} (go on (living|like this|{no_more})|face another day)
    {cannot} (take|do|bear|stand|cope with) (it|this|life) {no_more}
    (nobody|no one|noone) would (even )?(miss me|notice if i (was|were|died))
    # Harm to oneself
    self ?harm(s|ed|ing|er)?
    (harm|harms|harmed|harming|hurting|cutting|burning|starving|poison|poisoning) {self}
    (want|wants|wanted|urge|going|tried|trying|plan|planning) to (hurt|cut|burn|starve) {self}
    (i|she|he|they) {often}(cut|cuts|starve|starves) {self}
    overdos(e|es|ed|ing)
    (take|taking|took|swallowed) (all (of )?{my}|all the|too many) (pills|tablets|meds|medication)
    jump(ed|ing)? off (a|the) (bridge|roof|building|cliff)
    jump(ed|ing)? in front of (a|the) (train|tube|car|bus|lorry)
    # Being hurt, abused or threatened
    abus(e|es|ed|er|ers|ing|ive)
    rape|rapes|raped|raping|rapist|molest(s|ed|ing)?
    sexual(ly)? (assault(s|ed)?|harass(es|ed|ment)?|exploit(s|ed|ation)?|violence)
    touch(es|ed|ing)? {me} (inappropriately|where (i|she|he|they))
    (force|forces|forced|forcing|made|makes) {me} (to )?(have sex|marry|undress|touch)
    forced (marriage|sex)|domestic violence|coercive control|honou?r (killing|violence)|fgm
    (he|she|they) {often}({hit}|{hurt}) {me}
    {my} (ex )?({parent}|{partner}|{kin}|{helper}) {often}({hit}|{hurt}) {me}
    beat(s|ing)? {me} up|(was|been|being|get|got) beaten( up)?
    (was|were|been|being|got) (assaulted|attacked|stalked|strangled|stabbed|trafficked)
    threats? (to|against) ({me}|{my})
    threaten(s|ed|ing)? ({me}|with|to {kill}|to (hit|beat|burn|leave))
    (want(s|ed)?|tr(y|ies|ied|ying)|going|plan(s|ned|ning)?) to {kill} {me}
    (gonna|(said|says) (he|she|they|hed|shed|theyd|hell|theyll)( would| will)?) {kill} {me}
    (afraid|scared|frightened|terrified) of (him|her|them)
    (afraid|scared|frightened|terrified) of {my} (ex )?({parent}|{partner}|{kin}|{helper})
    (afraid|scared|frightened|fear|feared) for {my} (life|lives|safety)
    (not|never|isnt|arent) (feel )?safe (at home|here|with (him|her|them|my))
    (not|never|isnt|arent|dont feel|doesnt feel) safe in {my} (own )?(home|house|flat|room)
    (dont|do not|doesnt|does not|didnt) feel safe (at home|here|with|around|{no_more})
    (am|im|is|are|were|was|still|be) in (real |great |serious |immediate |grave )?danger
    lock(s|ed|ing)? {me} (in|out|up)
    {not_let} {me} (leave|go out|out|see (anyone|anybody|my|a doctor)|eat|have my)
    (takes?|taking|took|steals?|stole|keeps?) (away |all )?my (money|benefits|medication|meds)
    stalk(s|ed|ing) {me}|{my} stalker|modern slavery
    (violent|controlling) (to|towards|with) ({me}|{my})|violent ({parent}|{partner}|{kin})
    # A child at risk
    ({hit}|{hurt}|neglects?|neglecting|starves?|starving|groom(s|ed|ing)) ({my}|the|a|this) {child}
    {child} (is|are|was|were|isnt|arent|may be|might be|could be) (not |un)?safe
    {child} (is|are|was|were|may be|might be|could be) (in danger|at risk|neglected|starving)
    {child} (is|are|was|were) being (hurt|hit|beaten|neglected|groomed|starved)
    child (protection|neglect)|groomed (me|by|online)|neglected (me|at home|by {my})
"""


def _compiled(phrases: str) -> re.Pattern[str]:
    lines = (line.strip() for line in phrases.splitlines())
    wanted = "|".join(line for line in lines if line and not line.startswith("#"))
    return re.compile(rf"\b({wanted.format_map(NAMES)})\b".replace("(", "(?:"))


DANGER = _compiled(PHRASES)


def suggests_danger(text: str) -> bool:
    """Whether to show where help is and to mark the story urgent. It refuses nothing."""
    words = APOSTROPHES.sub("", unicodedata.normalize("NFKC", text).casefold())
    return DANGER.search(BETWEEN.sub(" ", words)) is not None
