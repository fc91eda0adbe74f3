"""Numbers that a text holds and its brief does not: a small extractor of its own, nothing shared with the product's."""

from __future__ import annotations

import re

_WORDS = {
    word: str(value)
    for value, words in {
        0: "zero nought", 1: "first once single", 2: "two twice second double couple pair both",
        3: "three thrice third", 4: "four fourth", 5: "five fifth",
        6: "six sixth", 7: "seven seventh", 8: "eight eighth", 9: "nine ninth",
        10: "ten tenth", 11: "eleven eleventh", 12: "twelve twelfth dozen dozens", 13: "thirteen", 14: "fourteen",
        15: "fifteen", 16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen", 20: "twenty", 30: "thirty",
        40: "forty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety", 100: "hundred hundreds",
        1000: "thousand thousands k", 1000000: "million millions", 1000000000: "billion billions",
    }.items()
    for word in words.split()
}  # fmt: skip
_HARMLESS = frozenset(["first", "second", "once", "single", "both", "couple", "pair", "third", "double", "k"])
"""They order or address more often than they count: left out of what is invented, never out of what is known."""
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[a-z]+", re.IGNORECASE)
_ADDRESS = re.compile(r"\S+://\S+|www\.\S+|\S+\.(?:com|org|net|io|gov|edu)\S*", re.IGNORECASE)


def values(text: str, *, known: bool) -> list[str]:
    """The values of the numbers of a text, in order; web addresses left out."""
    out = []
    for token in _TOKEN.findall(_ADDRESS.sub(" ", text.lower())):
        if token[0].isdigit():
            out.append(token.replace(",", "").rstrip("."))
        elif token in _WORDS and (known or token not in _HARMLESS):
            out.append(_WORDS[token])
    return out


def invented(text: str, brief: str) -> list[str]:
    """Values in a text that are not in its brief; years and prices count like any number."""
    said = set(values(brief, known=True))
    return [value for value in values(text, known=False) if value not in said]
