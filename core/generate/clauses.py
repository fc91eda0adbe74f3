"""Whether a point is a sentence or a heading, and its first letter."""

from __future__ import annotations

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
