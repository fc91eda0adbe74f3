"""A post's text before it becomes pages: emphasis off, lists within a line apart, labels known. Nothing is added."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

import regex

from analytics import text
from core.generate import adapt_code
from core.generate.adapt_cut import Unit, joined, whole

CLAUSE_WORDS = 4
"""Words that a part of a sentence has at least, where it stands on a page of its own."""
_STYLED = regex.compile(r"[\U0001D400-\U0001D7FF]")
_MARKED = regex.compile(
    r"(?<![\w*`/:.@=&?#-])(?P<mark>\*{1,3}|_{1,2}|`)(?=[^\s*_`)\]}])(?P<said>[^\n*`]*?[^\s*`])(?P=mark)(?![\w*`/@-])"
)
"""*Emphasis*, _emphasis_ and `code` around whole words: typed for the eye, not to be read."""
_LOOSE = regex.compile(r"(?<=\S)[^\S\n]+(?=[,.](?:\s|$))", regex.MULTILINE)
_SIGN = regex.compile(r"(?<!\S)(?P<mark>[*•▪✅✔☑🔹🔸👉➡►▶])\uFE0F? +(?=[\p{L}\"“(])")
_POINTS = "*•▪"
"""Signs that stand between words too: to multiply, to part the words of a line."""
_DASH = regex.compile(r"(?:^|(?<=[.!?…)”\"] ))[-–—] +(?=[\p{L}\"“(])")
_NUMBER = regex.compile(r"(?<!\S)\(?(?P<mark>\d{1,2})[.)] +(?=[\p{L}\"“(])")
_SAYERS = "i|we|you|they|he|she|it|there|nobody|everybody|everyone|people|let|that['’]s"
_BREAK = regex.compile(
    r"(?P<full>(?<=[.!?]) +)|(?<=[;:]) +|,? +(?=(?:[–—]|-{1,2}) (?!\d))|"
    r"(?P<soft>, +(?=(?:because|which|where|when|while|who|although|though)\b"
    rf"|(?:and|but|so|or|yet) (?:{_SAYERS})\b))",
    regex.IGNORECASE,
)
"""Where a sentence comes apart: at a strong mark rather than at a comma, which may be one of a list of things."""
_LEADS = regex.compile(
    r":\W*$|\blinks? below\W*$|^(?:just |please )?(?:click|tap|register|sign up|apply|order|download|subscribe)\b"
    r".{0,30}\b(?:here|below)\W*$|^(?:read|learn|see|find out) (?:more|about)\b.{0,30}\b(?:here|below)\W*$"
    r"|^more (?:from|at|on|here)\b[^.!?]{0,30}$|^here(?:['’]s| is| are)\b(?: (?:why|how)\W*|[^.!?]{0,20})$",
    regex.IGNORECASE,
)
"""Only leads to what follows: at the end of a text that is an address, or what was attached to it."""
_KINDS = frozenset("""
abstract|article|blog|blog post|book|caveat|citation|code|content warning|context|correction|credit|demo|disclaimer|edit
example|excerpt|fact|for example|for instance|fun fact|fyi|hint|however|image|important|in other words|in short|info
link|links|listen|meaning|moreover|my note|namely|nb|note|note that|notes|p.s|paper|papers|photo|photo credit|picture
please note|podcast|post|ps|quote|quote of the day|read|reminder|side note|slide deck|slides|source|sources
specifically|summary|tip|title|tl;dr|tldr|to be clear|trigger warning|update|updated|via|video|warning|watch|website
anmerkung|beispiel|bild|hinweis|nachtrag|notiz|quelle|quellen|zitat|zusammenfassung|exemple|rappel|remarque|résumé
cita|ejemplo|enlace|fuente|nota|resumen|vídeo|esempio|fonte|citazione|citação|exemplo|bron|citaat|opmerking|voorbeeld
""".strip().replace("\n", "|").split("|"))  # fmt: skip
"""Labels that say only what kind of thing follows, or join it to what was said, not what it is about."""


def plain(value: str) -> str:
    """Letters that only look bold (mathematical signs) as what they stand for, no marks of emphasis, no blank before
    a comma or full stop: copying a post from LinkedIn leaves one after every name and hashtag.
    """
    letters = str(_STYLED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), value))
    return str(_LOOSE.sub("", _MARKED.sub(r"\g<said>", letters)))


def label(said: str) -> str:
    """What stands before a colon where it says only what kind of thing follows (Quote, Note, P.S.); else ""."""
    head, colon, _rest = said.replace("：", ":").partition(":")
    return head if colon and _kind(head) else ""


def _kind(said: str) -> bool:
    return regex.sub(r"^[^\p{L}\p{N}]+|[\s.:：]+$", "", said).lower() in _KINDS


def shown(found: Sequence[Unit]) -> list[Unit]:
    """The units without addresses, and without a label ("Video") that only led to one."""
    out: list[Unit] = []
    for unit in found:
        kept = adapt_code.unlinked(unit)
        if kept is not None and not (kept != unit and _kind(kept.text)):
            out.append(kept)
        elif out and _kind(out[-1].text):
            out.pop()
    return out


def standing(found: Sequence[Unit]) -> list[Unit]:
    """As `shown`, without what says nothing on a page: bare signs, and an ending that only leads elsewhere."""
    out = [unit for unit in shown(found) if text.words(unit.text)]
    while len(out) > 1 and not out[-1].listed and (_LEADS.search(out[-1].text) or _kind(out[-1].text)):
        out.pop()
    return out


# ---- lists ---------------------------------------------------------------------------------------------------


def itemised(found: Sequence[Unit]) -> list[Unit]:
    """Units in which a list that was typed, or pasted, into one line has its items one by one."""
    out: list[Unit] = []
    for row in _rows(found):
        said = joined(row)
        starts = _starts(said)
        out += _apart(said, starts, row[0].before) if len(starts) > 1 else row
    return out


def _rows(found: Sequence[Unit]) -> Iterator[list[Unit]]:
    row: list[Unit] = []
    for unit in found:
        if row and unit.before != " ":
            yield row
            row = []
        row.append(unit)
    if row:
        yield row


def _starts(said: str) -> list[int]:
    """Where the items begin: the same sign again and again, 1., 2., 3., or dashes after sentences of a line of them.

    A number or a sign within a sentence ("am 1. Mai", "price * amount") begins none.
    """
    if said[:1] in "-–—" and (dashes := [m.start() for m in _DASH.finditer(said)])[1:]:
        return dashes
    signs = list(_SIGN.finditer(said))
    if signs and (same := [m.start() for m in signs if m["mark"] == signs[0]["mark"]])[1:]:
        return same if signs[0]["mark"] not in _POINTS or _opens(said[: same[0]]) else []
    numbers: list[int] = []
    for found in _NUMBER.finditer(said):
        if int(found["mark"]) == len(numbers) + 1:
            numbers.append(found.start())
    return numbers if numbers and _opens(said[: numbers[0]]) else []


def _opens(before: str) -> bool:
    """Whether a list may begin after this: at the start of the line, or where something ends or announces it."""
    return not before.strip() or not before.rstrip()[-1].isalnum()


def _apart(said: str, starts: Sequence[int], before: str) -> list[Unit]:
    """What leads in, the items, and what follows the first sentence of the last."""
    out = [Unit(sentence, before if not at else " ") for at, sentence in enumerate(text.sentences(said[: starts[0]]))]
    for start, end in pairwise([*starts, len(said)]):
        item, after = said[start:end].strip(), []
        if end == len(said):
            mark, words = item.split(" ", 1)
            first, *after = text.sentences(words)
            item = f"{mark} {first}"
        out.append(Unit(item, "\n" if out else before, True))
        out += [Unit(sentence, "\n" if not at else " ") for at, sentence in enumerate(after)]
    return out


# ---- sentences -----------------------------------------------------------------------------------------------


def parted(found: Sequence[Unit]) -> list[Unit]:
    """The units with the longest of them that can be in two parts; as they are where none can.

    Only between clauses, of some words each. "…" stands where the sentence goes on, as on a cover.
    """
    for at in sorted(range(len(found)), key=lambda n: (-len(found[n].text.split()), n)):
        unit = found[at]
        if two := None if unit.listed else _halves(unit.text):
            parts = [Unit(two[0], unit.before), Unit(two[1], "\n\n")]
            return [*found[:at], *parts, *found[at + 1 :]]
    return list(found)


def _halves(said: str) -> tuple[str, str] | None:
    ways = []
    for found in _BREAK.finditer(said):
        left, right = said[: found.start()], said[found.end() :]
        words = min(len(left.split()), len(right.split()))
        if words >= CLAUSE_WORDS and whole(left):
            rank = 0 if found["full"] else 2 if found["soft"] else 1
            ways.append((rank, -words, left, right.lstrip("–—- ")))
    if not ways:
        return None
    rank, _words, left, right = min(ways)
    if not rank or left.endswith(":"):
        return left, capital(right)
    return f"{left.rstrip(',; ')} …", right


def capital(said: str) -> str:
    """What begins a line of its own now, with a capital; a name that is written otherwise (iPhone) stays."""
    return said if said.split(" ", 1)[0][1:] != said.split(" ", 1)[0][1:].lower() else said[:1].upper() + said[1:]
