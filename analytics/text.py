"""Text as units: words, sentences, paragraphs, hashtags, emoji, links, mentions. Any string will do."""

from __future__ import annotations

import regex

WORD = regex.compile(r"[\p{L}\p{N}\p{M}]+(?:(?:['’\-‐‑]|(?<=\p{N})[.,](?=\p{N}))[\p{L}\p{N}\p{M}]+)*")
LINK = regex.compile(
    r"(?:https?://|www\.)[^\s<>\"”]+|(?<![\w@./-])(?:lnkd\.in|bit\.ly|buff\.ly|youtu\.be|t\.co|goo\.gl)/[^\s<>\"”]+",
    regex.IGNORECASE,
)
# LinkedIn copies a hashtag as `hashtag#word`; a number alone is no hashtag; an anchor in an address is none either.
HASHTAG = regex.compile(r"(?:(?<![\w&/#])|(?<=hashtag))[#＃](?=[\p{N}_]*\p{L})[\p{L}\p{N}\p{M}_]+")
MENTION = regex.compile(r"(?<![\w@./])@[\p{L}\p{N}_][\w.\-]*\w|(?<![\w@./])@\p{L}")
EMOJI = regex.compile(
    r"(?:\p{Regional_Indicator}{2}"
    r"|[0-9#*]\uFE0F?\u20E3"
    r"|(?:(?![©®™‼⁉〰〽ℹ↔-↪㊗㊙])\p{Extended_Pictographic}|[©®™‼⁉〰〽ℹ↔-↪㊗㊙]\uFE0F)"
    r"(?:\uFE0F|\p{Emoji_Modifier})*(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})*)*)"
)
BULLET = regex.compile(r"^[ \t]*(?:[-*•◦‣·–—▪►▶➡→✓✔✅☑🔹🔸👉]\uFE0F?|\(?\d{1,2}[.)])[ \t]+\S", regex.MULTILINE)
FOLD = regex.compile(r"\s*(?:…|\.\.\.)\s*see more\s*$", regex.IGNORECASE)
"""What copying a post from LinkedIn adds at its end; nobody wrote it."""
LINES = regex.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_BLANK = regex.compile(r"\n[^\S\n\u200b\u2060\ufeff]*(?:[\u200b\u2060\ufeff\s]*\n)+")
_STOP = regex.compile(r"(?:[.!?…]+|[。！？]+)[\"'”’»)\]]*(?=\s|$|[。！？\p{Han}\p{Hiragana}\p{Katakana}])")
_ABBREVIATION = regex.compile(
    r"(?:^|[\s(\[\"“'‘])(?:mr|mrs|ms|dr|prof|st|sr|jr|vs|etc|inc|ltd|co|corp|fig|no|vol|approx|dept|est|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|e\.g|i\.e|a\.k\.a|cf|al)$",
    regex.IGNORECASE,
)
_INITIALS = regex.compile(r"(?:^|[\s(\[\"“'‘])(?!I$)(?:\p{L}\.)*\p{Lu}$")
_LOWER_NEXT = regex.compile(r"\s*[\"'“‘(\[]*\p{Ll}")


def unified(text: str) -> str:
    """The text with every kind of line break as a newline."""
    return str(LINES.sub("\n", text))


def lines(text: str) -> list[str]:
    """Lines that hold something to see, stripped, in order."""
    return [
        line for line in (raw.strip(" \t\u00a0\u200b\u2060\ufeff") for raw in unified(text).split("\n")) if line.strip()
    ]


def words(text: str) -> list[str]:
    """Words in order, as written: runs of letters and digits, with apostrophes and hyphens inside; none of links."""
    return list(WORD.findall(LINK.sub(" ", text)))


def paragraphs(text: str) -> list[str]:
    """Blocks with blank lines between them, stripped; where no line is blank, every line is a paragraph."""
    whole = unified(text).strip("\n \t\u00a0\u200b\u2060\ufeff")
    blocks = _BLANK.split(whole)
    found = [block.strip() for block in (blocks if len(blocks) > 1 else whole.split("\n"))]
    return [block for block in found if block.strip("\u200b\u2060\ufeff")]


def sentences(text: str) -> list[str]:
    """Sentences in order, stripped. A line break ends one, unless the next line goes on in lower case.

    Abbreviations, initials and a lower-case letter after a full stop do not end a sentence (rules, no model).
    """
    out: list[str] = []
    for line in _joined(lines(text)):
        start = 0
        for stop in _STOP.finditer(line):
            if not _is_end(line, stop.start(), stop.end(), start):
                continue
            out.append(line[start : stop.end()].strip())
            start = stop.end()
        if rest := line[start:].strip():
            out.append(rest)
    return out


def _joined(rows: list[str]) -> list[str]:
    """Lines that were broken inside a sentence, whole again."""
    out: list[str] = []
    for row in rows:
        goes_on = out and row[0].islower() and out[-1][-1] not in ".!?…:;。！？" and not BULLET.match(row)
        if goes_on:
            out[-1] += " " + row
        else:
            out.append(row)
    return out


def _is_end(line: str, at: int, end: int, start: int) -> bool:
    if end >= len(line.rstrip()):
        return True
    if line[at] != "." or end - at > 1:
        # "Wait... what" goes on; "Really?! yes" is rare enough to count as two.
        return line[at] not in ".…" or _LOWER_NEXT.match(line, end) is None
    before = line[max(start, at - 12) : at]
    if _LOWER_NEXT.match(line, end) or _INITIALS.search(before):
        return False
    return _ABBREVIATION.search(before) is None or before.lower().endswith(("etc", "inc", "ltd", "corp", "co", " no"))


def hashtags(text: str) -> list[str]:
    """Hashtags in order, with their sign."""
    return list(HASHTAG.findall(LINK.sub(" ", text)))


def emoji(text: str) -> list[str]:
    """Emoji in order; a joined sequence (family, flag, skin tone) is one. ©, ® and ™ are none."""
    return list(EMOJI.findall(text))


def links(text: str) -> list[str]:
    """Web addresses in order, without the punctuation that follows them."""
    found = (link.rstrip(".,;:!?'’)]}…") for link in LINK.findall(text))
    return [link for link in found if "/" in link or "." in link]


def mentions(text: str) -> list[str]:
    """Mentions (`@name`) in order, with their sign; the @ of a mail address is none."""
    return list(MENTION.findall(LINK.sub(" ", text)))
