"""Whether a point is a sentence or a heading, its first letter, and its short forms (don't) and long ones (do not)."""

from __future__ import annotations

import functools

import regex

from analytics import text, vocabulary


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_VERBS = _set(
    "am is are was were be has have had do does did can could will would shall should may might must need "
    "needs get gets got make makes made take takes took go goes went keep keeps kept want wants work "
    "works help helps start stop ask say says said know knows knew find found give gave put let lets come "
    "came think thought write wrote read see saw build built hire hired fix fixed lose lost win won cost "
    "costs save saves learn learned teach taught tell told use used try tried pay paid spend spent grow "
    "grew begin began beats beat turns turn shows show means mean become became isn't aren't wasn't "
    "weren't don't doesn't didn't can't won't we're they're it's that's there's"
)
SUBJECTS = _set("i we you they he she it this that people everyone nobody everybody somebody")


def is_clause(point: str) -> bool:
    """Whether a point is a sentence and not a heading: it has a verb, by a list of common ones and by endings."""
    words = [w.lower().replace("’", "'") for w in text.words(point)]
    if len(words) < 3:
        return False
    if words[0] in SUBJECTS or point.rstrip()[-1:] in ".!?":
        return True
    return len(words) > 3 and (
        any(w in _VERBS for w in words) or any(w.endswith("ed") and len(w) > 4 for w in words[1:])
    )


def capital(unit: str) -> str:
    """With a capital first letter."""
    return unit[:1].upper() + unit[1:]


def lowered(unit: str) -> str:
    """With a small first letter, unless its first word is a name or an acronym."""
    first = next(iter(text.words(unit)), "")
    common = first.lower() in vocabulary.background() and first[1:] == first[1:].lower()
    return unit[:1].lower() + unit[1:] if common and first not in ("I", "I'm", "I've") else unit


# ---- short and long forms ------------------------------------------------------------------------------------

_NEGATED = "do does did is are was were has have had could would should"
_SHORT: dict[str, str] = {
    **{f"{verb} not": f"{verb}n't" for verb in _NEGATED.split()},
    "cannot": "can't", "will not": "won't", "i am": "I'm", "i have been": "I've been", "we are": "we're",
    "you are": "you're", "they are": "they're", "it is": "it's", "that is": "that's", "i will": "I'll",
    "there is": "there's", "let us": "let's",
}  # fmt: skip
_LONG = {short.lower(): long for long, short in _SHORT.items()} | {
    "i'm": "I am",
    "i've been": "I have been",
    "i'll": "I will",
}
# Not before a mark or an end, where the long form is stressed; not after a name or in a quotation.
_CAN_SHORTEN = regex.compile(rf"(?i)\b(?:{'|'.join(sorted(_SHORT, key=len, reverse=True))})(?=\s+\p{{L}})")
_CAN_LENGTHEN = regex.compile(rf"(?i)\b(?:{'|'.join(sorted(map(regex.escape, _LONG), key=len, reverse=True))})\b")


def shortened(unit: str) -> str:
    """With short forms (don't, it's) where they say the same; a sentence with a quotation stays as it is."""
    if regex.search(r'["“”]', unit):
        return unit
    return str(_CAN_SHORTEN.sub(lambda m: _cased(m.group(), _SHORT[" ".join(m.group().lower().split())]), unit))


def lengthened(unit: str) -> str:
    """With long forms; a sentence with a quotation, or with another apostrophe before it, stays as it is."""
    if regex.search(r'["“”]', unit) or unit.rstrip().endswith("?"):
        return unit
    plain = unit.replace("’", "'")
    return str(_CAN_LENGTHEN.sub(lambda m: _cased(m.group(), _LONG[m.group().lower()]), plain))


JOINED = regex.compile(r", (?:and|but|so) |; | [–—] | -{1,3} ")
"""What code puts between two sentences to make them one."""


@functools.lru_cache(maxsize=512)
def same_forms(plain: str) -> str:
    """Plain words with every short form written out, so that both spellings of a sentence compare as one."""
    return str(_CAN_LENGTHEN.sub(lambda m: _LONG[m.group().lower()].lower(), plain))


def forms(value: str) -> tuple[int, int]:
    """(short forms in a text, long ones that could be short)."""
    plain = value.replace("’", "'")
    return len(_CAN_LENGTHEN.findall(plain)), len(_CAN_SHORTEN.findall(plain))


def _cased(was: str, now: str) -> str:
    return capital(now) if was[:1].isupper() else now
