"""Numbers in a text: in digits of any script, in words, as fractions, multiples, ordinals, Roman numerals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import regex

from core.claims import spelt
from core.claims.spelt import Number, said

_GROUPED = r"\d{1,3}(?:[,'\u00a0]\d{3})+(?:\.\d+)?|(?<!\d )\d{1,3}(?: \d{3})+(?![\d.,]\d)"
_DIGITS = regex.compile(
    rf"(?P<sign>US\$|[$€£¥₹]|(?<!\p{{L}})(?:USD|EUR|GBP|CHF|JPY|INR|AUD|CAD|Rs\.?)(?= ?\d))? ?"
    rf"(?<![\d.,]\d*)(?P<whole>(?P<mixed>\d+ )?\d+/\d+(?![/\d])|(?:{_GROUPED})(?!\d)|\d+(?:[.,:/]\d+)*)"
)
_LETTERED = regex.compile(r"(?<![\p{L}\p{N}#＃])\p{L}+\d[\p{L}\d]*")
_CURRENCY = {
    **dict.fromkeys(("$", "us$", "usd", "dollar", "dollars", "bucks", "buck", "grand"), "$"),
    **dict.fromkeys(("€", "eur", "euro", "euros"), "€"),
    **dict.fromkeys(("£", "gbp", "pound", "pounds", "quid"), "£"),
    **dict.fromkeys(("¥", "jpy", "yen"), "¥"),
    **dict.fromkeys(("₹", "inr", "rs", "rs.", "rupee", "rupees"), "₹"),
    **dict.fromkeys(("chf", "francs", "franc"), "chf"),
    **dict.fromkeys(("cent", "cents"), "¢"),
    "aud": "aud",
    "cad": "cad",
}
_SCALE = {
    "k": 1_000, "grand": 1_000, "m": 10**6, "mn": 10**6, "mio": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12,
    "hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12,
    "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_TAIL = regex.compile(
    r"(?P<half>[ -]and[ -]a[ -]half(?!\p{L}))?"
    r"(?P<scale>(?:(?:k|m|mn|mio|bn|b|tn)|[\s-]{0,2}(?:hundred|thousand|million|billion|trillion|dozen|mn|bn|lakh|crore|"
    r"grand))(?![\p{L}\p{N}]))?"
    r"(?P<unit> ?(?:%|‰|°)|[\s-]{0,2}(?:percentage[\s-]points?|per[\s-]?cent|pct|basis[\s-]points?|bps|pp|"
    r"dollars?|bucks?|euros?|pounds?|quid|yen|rupees?|francs?|cents?|USD|EUR|GBP|CHF|JPY|INR|AUD|CAD|times|fold)"
    r"(?![\p{L}\p{N}])|(?:st|nd|rd|th|x|s)(?![\p{L}\p{N}])| x(?![\p{L}\p{N}]))?",
    regex.IGNORECASE,
)
_RANGE = regex.compile(r"[ \u00a0]?(?:-|to|or)[ \u00a0]?$", regex.IGNORECASE)
_SIGNED = regex.compile(r"([$€£¥₹])\d[\d.,]* ?(?:-|to) ?$")
_COMPARES = regex.compile(
    r"\s+(?:as|more|less|fewer|faster|slower|bigger|larger|smaller|higher|lower|better|worse|cheaper|longer|shorter|"
    r"the|what|over|\p{L}+er)(?!\p{L})",
    regex.IGNORECASE,
)
_COUNTED = regex.compile(
    r"(?:day|week|month|year|part|phase|round|version|no\.?|number|step|chapter|place|rank|ranked|sprint|season|"
    r"grade|level|tier|#)[ #]*$",
    regex.IGNORECASE,
)
_LIST = regex.compile(r"^[ \t]*(?:[-*•] )?\(?(\d{1,2})(?:[.)/:]|(?=[ \t]))[.)]?[ \t]*(?=\S)", regex.MULTILINE)
_ROMAN = regex.compile(r"(?<![\p{L}\p{N}&.'-])[IVXLCDM]{2,}(?![\p{L}\p{N}&'])")
_ROMAN_OK = regex.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_AFTER = regex.compile(
    r"(?:chapter|part|phase|act|volume|vol\.?|war|title|type|class|stage|level|book|section|tier|round|super bowl|mark)"
    r" ?$",
    regex.IGNORECASE,
)
IDIOMS = frozenset({"b2b", "b2c", "d2c", "p2p", "24/7", "1:1", "w3c", "mp3", "mp4", "i18n", "a11y"})
"""Words with a digit in them that count nothing."""


def numbers(text: str, masked: Sequence[tuple[int, int]] = ()) -> list[Number]:
    """The numbers of a plain text in order, outside the masked spans (dates, addresses) and the marks of lists.

    Of two that overlap the one that begins first counts, of these the longest: "two-thirds" is not "two".
    """
    taken = [*masked, *_marks(text)]
    found = sorted((n for find in _FINDERS for n in find(text)), key=lambda n: (n.start, -n.end))
    out: list[Number] = []
    for number in found:
        if not any(number.start < end and start < number.end for start, end in taken):
            taken.append((number.start, number.end))
            out.append(number)
    return out


def _marks(text: str) -> list[tuple[int, int]]:
    """The marks of numbered lists: 1, 2, 3 at the beginnings of lines, one after another."""
    found = list(_LIST.finditer(text))
    counts = [int(m.group(1)) for m in found]
    if len(found) < 2 or counts != list(range(1, len(found) + 1)):
        return []
    return [m.span(1) for m in found]


def _lettered(text: str) -> Iterator[Number]:
    """Digits behind letters: v2, GPT4, CO2. They are looked for as a whole."""
    for found in _LETTERED.finditer(text):
        word = found.group().lower()
        digits = regex.sub(r"\D+", " ", word).split()
        yield Number(found.start(), found.end(), () if word in IDIOMS else (word,), tuple(digits))


def _in_digits(text: str) -> Iterator[Number]:
    unit_of_next: dict[int, str] = {}
    for one in reversed(list(_DIGITS.finditer(text))):  # "10 to 15%": the unit stands behind the last
        sign = one["sign"] or ""
        if not sign and (first := _SIGNED.search(text[max(0, one.start() - 20) : one.start("whole")])):
            sign = first.group(1)  # $10-15
        number, unit = _one(text, one, sign, unit_of_next.get(one.end()))
        begins = _RANGE.search(text[max(0, one.start() - 6) : one.start()])
        if begins is not None and unit:
            unit_of_next[max(0, one.start() - 6) + begins.start()] = unit
        yield number


def _one(text: str, found: regex.Match[str], sign: str, inherited: str | None) -> tuple[Number, str]:
    """A number in digits with its sign, scale and unit; the unit is given too, for the other end of a range."""
    whole = found["whole"]
    start, end = found.start() if found["sign"] else found.start("whole"), found.end()
    if regex.search(r"\d[:/]\d", whole) and not found["mixed"]:
        return _joined(text, whole, found.start("whole"), end), ""
    tail = _TAIL.match(text, end)
    value = _value(whole)
    if value is None:  # 3.2.1: a version
        return Number(start, end, (whole.strip(".,:"),), tuple(regex.findall(r"\d+", whole))), ""
    rest = regex.match(r"\p{L}[\p{L}\p{N}]*", text[end:]) if not (tail and tail.group()) else None
    if rest:
        word = (whole + rest.group()).lower()
        plain = () if word in IDIOMS else (word, said(value)) if len(rest.group()) <= 3 else (word,)
        return Number(start, end + len(rest.group()), plain, (said(value), f"{whole}".lower())), ""
    return _measured(text, start, end, value, tail, sign.lower().strip(), inherited or "", whole)


def _joined(text: str, whole: str, start: int, end: int) -> Number:
    """9:30, 1/2, 24/7."""
    top, _, below = whole.partition("/")
    if whole in IDIOMS:
        return Number(start, end, (), ())
    if below.isdigit() and top.isdigit() and 0 < int(below) <= 10 and int(top) < int(below):
        share = said((Decimal(top) / Decimal(below)).quantize(Decimal("0.0001")))
        return Number(start, end, (share,), (share, whole))
    meridiem = regex.match(r" ?[ap]\.?m\b", text[end:], regex.IGNORECASE)
    return Number(
        start, end + (meridiem.end() if meridiem else 0), (whole.lstrip("0"),), tuple(regex.findall(r"\d+", whole))
    )


def _value(whole: str) -> Decimal | None:
    """12,500 and 12.5 as values; None for what is no single number."""
    if "/" in whole:
        first, _, part = whole.partition(" ")
        top, _, below = part.partition("/")
        return Decimal(first) + Decimal(top) / Decimal(below) if int(below) else None
    text = regex.sub(r"[' \u00a0]", "", whole)
    if regex.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", text) or "," not in text:
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return Decimal(text) if regex.fullmatch(r"\d+(?:\.\d+)?", text) else None


def _measured(
    text: str, start: int, end: int, bare: Decimal, tail: regex.Match[str] | None, sign: str, inherited: str, whole: str
) -> tuple[Number, str]:
    """A value with what follows it: scale, per cent, currency, times, ordinal. `inherited` is of the range it opens."""
    scale = ((tail["scale"] if tail else "") or "").lower().strip(" -\n")
    unit = ((tail["unit"] if tail else "") or "").lower().strip(" -\n")
    shared = inherited if inherited in _SCALE and not scale else ""
    value = (bare + (Decimal("0.5") if tail and tail["half"] else 0)) * _SCALE.get(scale or shared, 1)
    over, number = tail.end() if tail else end, said(value)
    mark = _CURRENCY.get(sign) or _CURRENCY.get(unit) or ("$" if scale == "grand" else "")
    kind = mark or _unit(unit) or (inherited if not unit and inherited not in _SCALE else "")
    if kind == "%":
        return Number(start, over, (f"{number}%",), (said((value / 100).quantize(Decimal("0.0001"))),)), "%"
    if kind in ("pp", "bps", "°"):
        return Number(start, over, (f"{number}{kind}",)), kind
    if kind in _CURRENCY.values():
        return Number(start, over, (f"{kind}{number}",)), kind
    if kind == "x" or (unit == "times" and _COMPARES.match(text, over)):
        return Number(start, over, (f"{number}x",)), kind
    if unit == "times":
        return Number(start, over, (number, f"{number}x"), (number, f"{number}x")), ""
    if unit in ("st", "nd", "rd", "th"):
        return Number(start, over, (f"#{number}",)), ""
    if unit == "s":  # the 90s, the 1990s
        return Number(start, over, (f"{int(value) % 100}s",)), ""
    wants = [number]
    if scale in ("k", "m", "b"):  # 4k is a screen, 5m a distance
        wants.append(f"{said(bare)}{scale}")
    if regex.fullmatch(r"\d{1,3}\.\d{3}", whole):  # 1.000 is a thousand in half of Europe
        wants.append(whole.replace(".", ""))
    also = [said(bare)] if shared or scale in ("k", "m", "b") else []
    if _COUNTED.search(text[max(0, start - 12) : start]):
        also.append(f"#{number}")
    return Number(start, over, (*wants, *also[: bool(shared)]), (*wants, *also)), scale


def _unit(unit: str) -> str:
    if unit.startswith("percentage") or unit == "pp":
        return "pp"
    if unit in ("%", "pct") or unit.startswith("per"):
        return "%"
    if unit in ("x", "fold"):
        return "x"
    return "bps" if unit in ("bps",) or unit.startswith("basis") else "°" if unit == "°" else ""


def _in_words(text: str) -> Iterator[Number]:
    """Spelt numbers with their units. "One" alone counts nothing, but a source that says it gives 1."""
    unit_of_next: dict[int, str] = {}
    for start, end, value in reversed(list(spelt.cardinals(text))):
        number, unit = _measured(text, start, end, value, _TAIL.match(text, end), "", unit_of_next.get(end, ""), "")
        before = _RANGE.search(text[:start])
        if before and unit:
            unit_of_next[before.start()] = unit
        if text[start:end].lower() == "one" and number.wants == ("1",):
            number = Number(start, end, (), ("1", "#1"))
        yield number


def _roman(text: str) -> Iterator[Number]:
    """II, IV, MMXXIV. With letters that also stand for words (CV, MD, MIX) only after Part, Chapter and the like."""
    for found in _ROMAN.finditer(text):
        word = found.group()
        named = _ROMAN_AFTER.search(text[max(0, found.start() - 12) : found.start()]) is not None
        if not _ROMAN_OK.fullmatch(word) or (set(word) & set("LCDM") and len(word) < 4 and not named):
            continue
        value = said(_roman_value(word))
        yield Number(found.start(), found.end(), (value, f"#{value}"), (value, f"#{value}"))


def _roman_value(word: str) -> int:
    worth = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[c] for c in word]
    return sum(-v if v < max(worth[at + 1 :], default=0) else v for at, v in enumerate(worth))


_FINDERS = (
    spelt.multiples, _lettered, spelt.ordinals, _in_words, spelt.fractions, _in_digits, spelt.vague, _roman
)  # fmt: skip
