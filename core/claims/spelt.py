"""Numbers that are spelt out: cardinals, fractions, multiples, ordinals, and vague plurals (hundreds, decades)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import regex

from core.claims.plain import listed

_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"  # noqa: E501
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
SMALL = {
    **{w: n for n, w in enumerate(listed(_UNITS))},
    **{w: 20 + 10 * n for n, w in enumerate(listed(_TENS))},
    "nil": 0, "nought": 0, "fourty": 40,
}  # fmt: skip
SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
ORDINALS = {
    **{w: n for n, w in enumerate(
        listed("third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
        "sixteenth seventeenth eighteenth nineteenth"), 3)},
    **{w: 20 + 10 * n for n, w in enumerate(
        listed("twentieth thirtieth fortieth fiftieth sixtieth seventieth eightieth ninetieth"))},
    "hundredth": 100, "thousandth": 1_000, "millionth": 10**6,
}  # fmt: skip
_PARTS = {
    "half": 2, "halves": 2, "quarter": 4, "quarters": 4,
    **{w: n for w, n in ORDINALS.items() if n <= 10}, **{f"{w}s": n for w, n in ORDINALS.items() if n <= 10},
}  # fmt: skip
_TIMES = {"twice": 2, "thrice": 3, "double": 2, "triple": 3, "quadruple": 4, "treble": 3}
_GROUPS = {"duo": ("2",), "trio": ("3",), "quartet": ("4",), "quintet": ("5",), "fortnight": ("fortnight", "14", "2")}
_VAGUE = "dozens hundreds thousands millions billions trillions tens scores decades centuries"
_WORD = "|".join(sorted([*SMALL, *SCALES, "half"], key=len, reverse=True))
_GAP = r"[\s\u00a0]*-?[\s\u00a0]*"
PHRASE = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}'-]|\d[.,])(?:a[\s-]+(?=hundred|thousand|million|billion|trillion|dozen|half)|half[\s-]+an?[\s-]+(?=hundred|"
    rf"thousand|million|billion|dozen))?(?:{_WORD})(?:{_GAP}(?:and{_GAP}(?:a{_GAP})?|point{_GAP})?(?:{_WORD}))*"
    rf"(?![\p{{L}}\p{{N}}])",
    regex.IGNORECASE,
)
_TOKEN = regex.compile(rf"{_WORD}|and|point|an?", regex.IGNORECASE)
_NUMERATOR = "|".join(["a", "an", *list(SMALL)[1:11]])
FRACTION = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}])(?P<top>{_NUMERATOR}|\d+)[\s-]+(?P<part>{'|'.join(sorted(_PARTS, key=len, reverse=True))})"
    r"(?![\p{L}\p{N}])",
    regex.IGNORECASE,
)
_PART_NEXT = regex.compile(rf"[\s-]+(?:{'|'.join(sorted(_PARTS, key=len, reverse=True))})(?!\p{{L}})", regex.IGNORECASE)
_BARE_HALF = regex.compile(
    r"(?<![\p{L}\p{N}]|and a )(?:half|halves)(?!\p{L}|-?(?:baked|heart|way|finish|done|asleep|jok|empty|full|truth|life))",  # noqa: E501
    regex.IGNORECASE,
)
_MULTIPLE = regex.compile(
    r"(?<!\p{L})(?:(?P<word>twice|thrice)|(?P<verb>double|triple|treble|quadruple)[sd]?|(?P<ing>doubl|tripl|trebl|quadrupl)ing|"
    r"(?P<halve>halve[sd]?|halving)|(?P<fold>" + "|".join([*SMALL, "hundred", "thousand"]) + r")-?fold|"
    r"(?P<once>once)(?= (?:a|an|per|every|each) )|(?<=(?:only|just|exactly|not|than) )(?P<once>once))(?!\p{L})"
    r"(?![ -](?:down|check|click|edged|standard|entry|whammy|take|digit|sided|opt|tap))",
    regex.IGNORECASE,
)
_ORDINAL = regex.compile(
    rf"(?<!\p{{L}})(?:(?P<tens>{_TENS.replace(' ', '|')})[\s-]+)?(?P<word>{'|'.join([*ORDINALS, 'first', 'second'])})(?!\p{{L}})",  # noqa: E501
    regex.IGNORECASE,
)
_SECOND = regex.compile(
    r"(?<=\b(?:the|our|my|their|his|her|its|your|a|this|that|every) )second(?= \p{Ll}+)"
    r"(?! (?:time|thought|nature|chance|half|guess|hand|look|opinion|later|ago|of|to|and|or|is|was|you|i|we|that|it))",
    regex.IGNORECASE,
)
_OTHERS = regex.compile(
    rf"(?<!\p{{L}})(?:(?P<couple>a couple)(?= )|(?P<group>{'|'.join(_GROUPS)})s?|(?P<decade>(?:(?:a|one|this|that|last|past|next)"  # noqa: E501
    rf" )?(?:decade|century))|(?P<vague>{_VAGUE.replace(' ', '|')}|twenties|thirties|forties|fifties|sixties|seventies|"
    r"eighties|nineties))(?!\p{L})",
    regex.IGNORECASE,
)
_TIES = dict(
    zip(
        listed("twenties thirties forties fifties sixties seventies eighties nineties"), range(20, 100, 10), strict=True
    )
)


@dataclass(frozen=True)
class Number:
    """A number at characters `start` to `end`. It is known where a source gives one of the values that it wants."""

    start: int
    end: int
    wants: tuple[str, ...]
    gives: tuple[str, ...] = ()
    """What it holds besides, where it stands in a source."""


def said(value: Decimal | int) -> str:
    """A value as it is compared: 1000, 2.5; never 1E+3."""
    text = f"{Decimal(value):f}"
    return (text.rstrip("0").rstrip(".") or "0") if "." in text else text


@dataclass
class _Reading:
    """A number word by word: what is settled (thousands and more), what is being read, and the word before."""

    total: Decimal = Decimal(0)
    now: Decimal | None = None
    last: str = ""
    scale: int = 10**15
    year: bool = False

    def take(self, word: str, joined: bool) -> bool:
        """Take the word in; False where a new number begins with it. `joined`: an "and" stands before it."""
        if joined and self.last not in ("hundred", "scale", ""):
            return False
        if word == "half":
            return False
        if word in SCALES:
            return self._scaled(word)
        value = SMALL[word]
        kind = "unit" if value < 10 else "teen" if value < 20 else "tens"
        if self.now is None or self.last == "hundred":
            self.now = (self.now or Decimal(0)) + value
        elif self.last == "tens" and kind == "unit" and value and not joined:
            self.now += value
        elif kind in ("teen", "tens") and self.now in (18, 19, 20) and not self.total and not joined:
            self.now, self.year = self.now * 100 + value, True
        else:
            return False
        self.last = kind
        return True

    def _scaled(self, word: str) -> bool:
        size = SCALES[word]
        if word in ("hundred", "dozen"):
            if self.last in ("hundred", "scale") and self.now is not None:
                return False
            self.now, self.last = (self.now if self.now is not None else Decimal(1)) * size, "hundred"
            return True
        if size >= self.scale or (self.now is None and self.last):
            return False
        self.total += (self.now if self.now is not None else Decimal(1)) * size
        self.now, self.last, self.scale = None, "scale", size
        return True

    @property
    def value(self) -> Decimal:
        return self.total + (self.now or 0)


def cardinals(text: str) -> Iterator[tuple[int, int, Decimal]]:
    """(start, end, value) of every number in words: "two hundred and six", "nineteen ninety", "two and a half"."""
    for phrase in PHRASE.finditer(text):
        for start, end, value in _split(phrase.group(), phrase.start()):
            if not (1 <= value <= 10 and _PART_NEXT.match(text, end)):  # two-thirds: a fraction
                yield start, end, value


def _split(phrase: str, at: int) -> Iterator[tuple[int, int, Decimal]]:
    """The numbers of one run of number words; what cannot go into one number begins the next."""
    words = [(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(phrase)]
    reading, start, end, joined, point = _Reading(), -1, 0, False, ""
    factor, plus = Decimal(1), Decimal(0)
    for number, (word, begin, stop) in enumerate(words):
        after = words[number + 1][0] if number + 1 < len(words) else ""
        if word in ("a", "an", "and"):
            joined = joined or word == "and"
            start = begin if start < 0 and word != "and" else start
            continue
        if word == "point":
            point = "."
            continue
        if point and word in SMALL and SMALL[word] < 10:
            point, end = point + str(SMALL[word]), stop
            reading.now, reading.last = Decimal(int(reading.now or 0)) + Decimal(f"0{point}"), "point"
            continue
        if word == "half":
            if joined and start >= 0:
                plus, end = Decimal("0.5"), stop
            elif after in ("a", "an", *SCALES):
                factor, start, end = Decimal("0.5"), begin, stop
            joined = False
            continue
        if not reading.take(word, joined):
            if start >= 0 and end:
                yield at + start, at + end, _made(reading, factor, plus)
            reading, start, point, factor, plus = _Reading(), begin, "", Decimal(1), Decimal(0)
            reading.take(word, False)
        start, end, joined = begin if start < 0 else start, stop, False
    if start >= 0 and end and (reading.last or plus):
        yield at + start, at + end, _made(reading, factor, plus)


def _made(reading: _Reading, factor: Decimal, plus: Decimal) -> Decimal:
    if plus and reading.last == "scale":  # two million and a half is no number that anybody writes
        plus = Decimal(0)
    return reading.value * factor + plus


def fractions(text: str) -> Iterator[Number]:
    """Two-thirds, a quarter of, half. "A third option" is an ordinal, "this quarter" a date."""
    for found in FRACTION.finditer(text):
        top, part = found["top"].lower(), found["part"].lower()
        of = regex.match(r"\s+(?:of|the|full|empty)(?!\p{L})|-", text[found.end() :]) is not None
        if part not in ("half", "halves") and not (of if top in ("a", "an") else top == "one" or part.endswith("s")):
            continue
        above = 1 if top in ("a", "an") else SMALL.get(top) or int(top)
        share = said((Decimal(above) / _PARTS[part]).quantize(Decimal("0.0001")))
        more = (said(above),) if part.startswith("quarter") and above > 1 else ()  # three quarters of a year pass, too
        yield Number(found.start(), found.end(), (share, *more), (share, *more))
    for found in _BARE_HALF.finditer(text):
        yield Number(found.start(), found.end(), ("0.5",))


def multiples(text: str) -> Iterator[Number]:
    """Twice, doubled, tenfold, halved, once a week; "double down" is none."""
    for found in _MULTIPLE.finditer(text):
        if found["halve"]:
            yield Number(found.start(), found.end(), ("0.5",))
            continue
        if found["once"]:
            yield Number(found.start(), found.end(), ("1x",), ("1x",))
            continue
        word = (found["word"] or found["verb"] or "").lower()
        times: int = _TIMES[word] if word else 0
        if found["ing"]:
            times = {"doubl": 2, "tripl": 3, "trebl": 3, "quadrupl": 4}[found["ing"].lower()]
        if found["fold"]:
            fold = found["fold"].lower()
            times = SMALL[fold] if fold in SMALL else SCALES[fold]
        yield Number(found.start(), found.end(), (f"{times}x",))


def ordinals(text: str) -> Iterator[Number]:
    """Third, twenty-first; "first" alone counts nothing, and "second" only before what is counted."""
    for found in _ORDINAL.finditer(text):
        word, tens = found["word"].lower(), (found["tens"] or "").lower()
        if word in ("first", "second") and not tens:
            continue
        value = {"first": 1, "second": 2}.get(word) or ORDINALS[word]
        yield Number(found.start(), found.end(), (f"#{SMALL.get(tens, 0) + value}",))
    for found in _SECOND.finditer(text):
        yield Number(found.start(), found.end(), ("#2",))


def vague(text: str) -> Iterator[Number]:
    """Hundreds, decades, the nineties, a couple, a trio."""
    for found in _OTHERS.finditer(text):
        word = found.group().lower()
        if found["couple"]:
            wants: tuple[str, ...] = ("2",)
        elif found["group"]:
            wants = _GROUPS[found["group"].lower()]
        elif found["decade"]:
            wants = (word.split()[-1], *({"decade": "10", "century": "100"}[word.split()[-1]],))
        else:
            wants = (f"{_TIES[word]}s",) if word in _TIES else (word,)
        yield Number(
            found.start(), found.end(), wants, (f"{word[:-1]}s",) if found["decade"] and word == "decade" else ()
        )
