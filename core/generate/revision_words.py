"""Words in another manner, one for one: contractions and back, plain for stiff. Quotations stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import regex

_QUOTED = regex.compile(r"“[^”\n]*”|\"[^\"\n]*\"|«[^»\n]*»|https?://\S+")
_AFTER = r"(?=\s+[\p{L}\p{N}])"
_DONE = r"(?=\s+(?:not |never |also |just |always |already )?(?:been|had|seen|done|made|gone|come|become|got|kept|learnt|met|"  # noqa: E501
_DONE += r"lost|left|found|written|read|built|taken|given|told|said|felt|heard|known|spent|worked|\p{L}{3,}ed)\b)"
_NOT = "is are was were do does did has have had could would should must".split()  # noqa: SIM905
_CONTRACT: tuple[tuple[str, str], ...] = (
    (r"cannot|can not", "can't"),
    (r"will not", "won't"),
    *((f"{verb} not", f"{verb}n't") for verb in _NOT),
    (rf"I am{_AFTER}", "I'm"),
    *((rf"{who} are{_AFTER}", f"{who}'re") for who in ("we", "you", "they")),
    *((rf"{who} is{_AFTER}", f"{who}'s") for who in ("it", "that", "there", "here", "what", "he", "she")),
    *((rf"{who} have{_DONE}", f"{who}'ve") for who in ("I", "we", "you", "they")),
    *((rf"{who} will{_AFTER}", f"{who}'ll") for who in ("I", "we", "you", "they", "it")),
    (rf"let us{_AFTER}", "let's"),
)
_EXPAND: tuple[tuple[str, str], ...] = (
    (r"can't", "cannot"),
    (r"won't", "will not"),
    *((f"{verb}n't", f"{verb} not") for verb in _NOT),
    (r"I'm", "I am"),
    *((f"{who}'re", f"{who} are") for who in ("we", "you", "they")),
    (r"(it|that|there|what|he|she)'s(?=\s+(?:been|had|got|become|gone|taken|made)\b)", r"\1 has"),
    *((f"{who}'s", f"{who} is") for who in ("it", "that", "there", "here", "what", "he", "she")),
    *((f"{who}'ve", f"{who} have") for who in ("I", "we", "you", "they")),
    *((f"{who}'ll", f"{who} will") for who in ("I", "we", "you", "they", "it")),
    (r"let's", "let us"),
    (r"gonna", "going to"),
    (r"wanna", "want to"),
)
PLAIN: Mapping[str, str] = {
    "utilise": "use", "utilize": "use", "utilised": "used", "utilized": "used", "leverage": "use",
    "leveraging": "using", "leveraged": "used", "facilitate": "help", "facilitates": "helps", "commence": "begin",
    "commenced": "began", "in order to": "to", "due to the fact that": "because", "at this point in time": "now",
    "prior to": "before", "subsequent to": "after", "in the event that": "if", "a large number of": "many",
    "the majority of": "most", "with regard to": "about", "regarding": "about", "approximately": "about",
    "sufficient": "enough", "additional": "more", "additionally": "also", "furthermore": "also", "moreover": "also",
    "therefore": "so", "consequently": "so", "nevertheless": "still", "however": "but", "obtain": "get",
    "purchase": "buy", "purchased": "bought", "require": "need", "requires": "needs", "required": "needed",
    "assist": "help", "attempt": "try", "attempted": "tried", "endeavour": "try", "terminate": "end",
    "terminated": "ended", "demonstrate": "show", "demonstrates": "shows", "demonstrated": "showed",
    "implement": "put in place", "implemented": "put in place", "methodology": "method", "individuals": "people",
    "numerous": "many", "optimal": "best", "optimise": "improve", "optimize": "improve", "robust": "strong",
    "key learnings": "lessons", "learnings": "lessons", "synergies": "gains", "going forward": "from now on",
    "touch base": "talk", "reach out to": "write to", "stakeholders": "people involved", "actionable": "useful",
    "impactful": "strong", "holistic": "whole", "paradigm": "model", "ascertain": "find out", "expedite": "speed up",
}  # fmt: skip
"""Stiff words and phrases, and what says the same in plain English."""


def casual(value: str) -> tuple[str, int]:
    """The text with contractions, and how many."""
    mark = "’" if "’" in value else "'"
    return _swapped(value, _CONTRACT, lambda said: said.replace("'", mark))


def formal(value: str) -> tuple[str, int]:
    """The text without contractions, and how many were written out."""
    return _swapped(value, tuple((p.replace("'", "['’]"), new) for p, new in _EXPAND), lambda said: said)


def plain(value: str) -> tuple[str, int]:
    """The text with plain words for stiff ones, and how many."""
    pairs = tuple((rf"{regex.escape(stiff)}", said) for stiff, said in PLAIN.items())
    return _swapped(value, pairs, lambda said: said)


def outside_quotes(value: str, change: Callable[[str], str]) -> str:
    """A change made to everything but quotations and addresses, which stay word for word."""
    out, at = "", 0
    for found in _QUOTED.finditer(value):
        out += change(value[at : found.start()]) + found.group()
        at = found.end()
    return out + change(value[at:])


def _swapped(value: str, pairs: tuple[tuple[str, str], ...], spell: Callable[[str], str]) -> tuple[str, int]:
    count = 0

    def change(part: str) -> str:
        nonlocal count
        for pattern, new in pairs:
            seen = regex.compile(rf"(?<![\p{{L}}'’]){pattern}(?![\p{{L}}'’])", regex.IGNORECASE)

            def said(found: regex.Match[str], new: str = new) -> str:
                out = spell(str(found.expand(new)))
                return out[:1].upper() + out[1:] if found.group()[:1].isupper() else out

            part, times = seen.subn(said, part)
            count += times
        return part

    return outside_quotes(value, change), count
