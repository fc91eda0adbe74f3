"""Dates in a text, as sets of parts (year, month, day, weekday, quarter, or last week, a year ago)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from core.claims.plain import listed

_MONTHS = listed("january february march april may june july august september october november december")
_DAYS = listed("monday tuesday wednesday thursday friday saturday sunday")
_FULL = "|".join(_MONTHS)
_SHORT = r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec"
_MONTH = rf"(?P<month>(?:{_FULL})(?!\p{{L}})|(?:{_SHORT})(?!\p{{L}})\.?)"
_DAY = r"(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?!\d)"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_WEEKDAY = rf"(?P<weekday>{'|'.join(_DAYS)})s?(?!\p{{L}})"
_PREPOSITION = (
    r"(?:in|on|last|next|this|since|until|till|by|of|early|late|mid|from|during|every|through|to|before|after|each)"
)
_UNIT = r"(?:day|night|week|weekend|month|quarter|year|decade|century|spring|summer|autumn|fall|winter)"
_RULES = [
    regex.compile(rule, regex.IGNORECASE)
    for rule in (
        rf"(?<![\p{{L}}\p{{N}}])(?:{_WEEKDAY},? +)?(?:the +)?{_DAY} +(?:of +)?{_MONTH},?(?: +{_YEAR})?",
        rf"(?<![\p{{L}}\p{{N}}])(?:{_WEEKDAY},? +)?{_MONTH} +(?:the +)?{_DAY}(?![.,:/]?\d| ?%)(?:,? +{_YEAR})?",
        rf"(?<![\p{{L}}\p{{N}}])(?:(?P<rel>last|next|this) +)?{_MONTH},? +(?:of +)?{_YEAR}",
        r"(?<![\p{L}\p{N}.,/-])(?P<year>(?:19|20)\d\d)-(?P<monthno>0[1-9]|1[0-2])(?:-(?P<day>[0-2]\d|3[01]))?(?![\d-])",
        r"(?<![\p{L}\p{N}.,/-])(?P<one>0?[1-9]|[12]\d|3[01])[./](?P<two>0?[1-9]|[12]\d|3[01])[./](?P<year>(?:19|20)\d\d|\d\d)(?!\d)",
        r"(?<![\p{L}\p{N}])(?:(?P<rel>last|next|this) +)?Q(?P<quarter>[1-4])(?: +(?:of +)?|[-/ ]?')?(?P<year>(?:(?:19|20)\d\d|(?<=')\d\d)(?!\d))?(?![\p{L}\d])",  # noqa: E501
        r"(?<![\p{L}\p{N}])(?P<year>(?:19|20)\d\d)[ -]?Q(?P<quarter>[1-4])(?![\p{L}\d])",
        r"(?<![\p{L}\p{N}])(?P<ordinal>first|second|third|fourth|1st|2nd|3rd|4th)[ -]quarter(?!\p{L}|s)(?: +(?:of +)?(?P<year>(?:19|20)\d\d)(?!\d))?",  # noqa: E501
        r"(?<![\p{L}\p{N}])(?-i:H(?P<half>[12]))(?: +(?P<year>(?:19|20)\d\d)(?!\d))?(?![\p{L}\d])",
        r"(?<![\p{L}\p{N}])(?-i:FY) ?'?(?P<year>(?:19|20)?\d\d)(?!\d)",
        rf"(?<!\p{{L}})(?:(?P<rel>last|next|this|past) +)?{_WEEKDAY}",
        rf"(?<!\p{{L}})(?P<rel>last|next|this) +{_MONTH}",
        rf"(?<=(?<!\p{{L}}){_PREPOSITION}[ -]){_MONTH}(?! +(?:the|to|be|have|not|into|on|up|back|forward)(?!\p{{L}}))",
        rf"(?<!\p{{L}})(?-i:{'|'.join(m.title() for m in _MONTHS if m not in ('may', 'march'))})(?!\p{{L}})",
        r"(?<![\p{L}\p{N}])(?P<name>christmas|easter|thanksgiving|hanukkah|ramadan|diwali|black +friday|new +year's(?: +(?:eve|day))?|"  # noqa: E501
        r"halloween|valentine's|yesterday|tomorrow|tonight|last +night)(?!\p{L})",
        rf"(?<!\p{{L}})(?P<rel>last|next|past|previous|coming|following) +(?:(?:few|couple +of|several|two|three|four|five|six|"  # noqa: E501
        rf"seven|eight|nine|ten|\d+) +)?(?P<unit>{_UNIT})s?(?!\p{{L}})",
        rf"(?<!\p{{L}})(?P<rel>this) +(?P<unit>morning|afternoon|evening|{_UNIT})(?!\p{{L}})(?! +(?:of|when|that|where) )",  # noqa: E501
        rf"(?<!\p{{L}})(?P<unit>{_UNIT}|hour|minute|ages)s? +(?P<rel>ago)(?!\p{{L}})",
        r"(?<=(?<!\p{L})(?:in|early|late|since|during|every|mid)[ -](?:the +)?)(?P<season>spring|summer|autumn|winter)(?!\p{L})"  # noqa: E501
        r"(?: +(?:of +)?(?P<year>(?:19|20)\d\d)(?!\d))?",
        r"(?<!\p{L})(?P<season>spring|summer|autumn|fall|winter) +(?:of +)?(?P<year>(?:19|20)\d\d)(?!\d)",
        r"(?<![\p{L}\p{N}.,:/$€£#]|\p{L}-)(?P<year>(?:19|20)\d\d)(?![\p{L}\d%]|[.,:]\d| ?%|/\d)",
        r"(?<![\p{L}\p{N}])'(?P<short>[0-2]\d|[6-9]\d)(?![\p{L}\p{N}])",
    )
]  # fmt: skip
_QUARTERS = {"fi": "q1", "1s": "q1", "se": "q2", "2n": "q2", "th": "q3", "3r": "q3", "fo": "q4", "4t": "q4"}


@dataclass(frozen=True)
class Date:
    """A date at characters `start` to `end`; `parts` has each reading of it (3/5/2024 has two)."""

    start: int
    end: int
    parts: tuple[frozenset[str], ...]


def dates(text: str) -> list[Date]:
    """The dates of a plain text, in order, the longest reading first."""
    out: list[Date] = []
    for rule in _RULES:
        for found in rule.finditer(text):
            if not any(found.start() < d.end and d.start < found.end() for d in out):
                end = found.start() + len(found.group().rstrip(" ,"))
                out.append(Date(found.start(), end, tuple(_readings(found))))
    return sorted(out, key=lambda d: d.start)


def _readings(found: regex.Match[str]) -> Iterator[frozenset[str]]:
    kept = {name: value.lower() for name, value in found.groupdict().items() if value}
    if "one" in kept:
        one, two = int(kept["one"]), int(kept["two"])
        year = f"y{_year(kept['year'])}"
        for number, day in {(one, two), (two, one)}:
            if number <= 12:
                yield frozenset({year, f"m{number}", f"d{day}"})
        return
    parts = set()
    if "year" in kept:
        parts.add(f"y{_year(kept['year'])}")
    if "short" in kept:
        parts.add(f"y{_year(kept['short'])}")
    month = kept.get("month") or (found.group().lower() if found.group().lower() in _MONTHS else "")
    if month:
        parts.add(f"m{[m[:3] for m in _MONTHS].index(month[:3]) + 1}")
    if "monthno" in kept:
        parts.add(f"m{int(kept['monthno'])}")
    if "day" in kept:
        parts.add(f"d{int(kept['day'])}")
    if "weekday" in kept:
        parts.add(f"w{kept['weekday'][:3]}")
    if "quarter" in kept:
        parts.add(f"q{kept['quarter']}")
    if "ordinal" in kept:
        parts.add(_QUARTERS[kept["ordinal"][:2]])
    if "half" in kept:
        parts.add(f"h{kept['half']}")
    if "rel" in kept:
        parts.add(
            {"past": "last", "previous": "last", "coming": "next", "following": "next"}.get(kept["rel"], kept["rel"])
        )
    for name in ("unit", "season", "name"):
        if name in kept:
            parts.add("-".join(kept[name].split()).replace("fall", "autumn"))
    yield frozenset(parts)


def _year(text: str) -> int:
    number = int(text)
    return number if number > 99 else 2000 + number if number < 60 else 1900 + number
