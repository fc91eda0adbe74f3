"""The text of a PDF: title, abstract and sections of a paper, its lines as paragraphs, words whole again."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import regex

from analytics import vocabulary
from core.collect.model import Read
from core.errors import Invalid

PAGES = 80
LETTERS = 40
"""Letters a page below which it is a picture of a page."""
EDGE = 2
"""Lines at the top and at the bottom of a page where its running title and its number stand."""
SOFT = "\u00ad"
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\u00a0": " "}
SECTIONS = (
    "abstract|introduction|background|related work|literature review|methods?|methodology|materials and methods|"
    "data|approach|experiments?|experimental setup|evaluation|results?|results and discussion|findings|discussion|"
    "limitations?|conclusions?|conclusion and future work|future work|summary|acknowledge?ments?|references|"
    "bibliography|appendix(?: [a-z])?|keywords"
)
PAPER = {"Methods", "Results", "Discussion", "Conclusion", "Conclusions", "Evaluation", "Experiments", "Related work"}
"""With an introduction and one of these it is a paper."""
_HEADING = regex.compile(
    rf"(?i)^(?:(?P<number>(?:\d{{1,2}}(?:\.\d{{1,2}}){{0,2}}|[ivx]{{1,4}})\.?)\s+)?(?P<name>{SECTIONS})\s*[.:]?$"
)
_NUMBERED = regex.compile(r"^\d{1,2}(?:\.\d{1,2}){0,2}\.?\s+\p{Lu}[\p{L} ,:&'’/-]{2,70}$")
_ABSTRACT = regex.compile(r"^\W*(?:(?i:abstract)\s*[.:—–-]+|ABSTRACT)\s*(?=\p{Lu})")
_END = regex.compile(r"(?i)^(?:\d{1,2}\.?\s+)?(?:references|bibliography|works cited)\s*$")
_STAMP = regex.compile(r"(?i)^arxiv:\d{4}\.\d{4,5}|^doi:\s*10\.|^https?://\S+$")
_NUMBER = regex.compile(r"(?i)^\W*(?:page\s+)?(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:/|of)\s*\d{1,4})?\W*$")
_NO_TITLE = regex.compile(
    r"(?i)^(?:untitled|microsoft word|title|document\d*|paper|manuscript|.*\.(?:docx?|tex|dvi|pdf|indd))\b"
)
_BROKEN = regex.compile(r"(\p{L}{2,})[-‐](?=$)")


def read(name: str, content: bytes) -> Read:
    """Title, paragraphs and section names of a PDF. Raises Invalid for one that is locked, scanned or damaged."""
    pages, title, total = _pages(name, content)
    rows = [_clean(page) for page in pages]
    if sum(c.isalpha() for page in rows for c in page) < LETTERS * max(1, len(rows)):
        raise Invalid(
            f"{name} holds pictures of pages, but hardly any text; nothing was kept.",
            "Run it through text recognition (OCR) first, or paste what you need as a note.",
        )
    lines = _without_edges([page.split("\n") for page in rows])
    body, cut = _without_references(lines)
    text, sections = _paragraphs(body)
    notes = ["The list of references was left out."] if cut else []
    if total > PAGES:
        notes.append(f"Only the first {PAGES} of {total} pages were read.")
    meta: dict[str, Any] = {"pages": total, **({"sections": sections} if sections else {})}
    if "Abstract" in sections or ("Introduction" in sections and PAPER & set(sections)):
        meta["kind"] = "paper"
    return Read(title or _first(lines), text, meta | ({"notes": notes} if notes else {}))


def _pages(name: str, content: bytes) -> tuple[list[str], str, int]:
    """The text of each page, the title, and how many pages there are."""
    from pypdf import PdfReader
    from pypdf.errors import FileNotDecryptedError, PyPdfError

    try:
        book = PdfReader(io.BytesIO(content))
        if book.is_encrypted and not book.decrypt(""):
            raise FileNotDecryptedError
        total = len(book.pages)
        sizes: Counter[tuple[float, int]] = Counter()
        first: dict[tuple[float, int], list[str]] = {}

        def look(text: str, _cm: Any, tm: Any, _font: Any, size: float) -> None:
            if text.strip():
                height = round(abs(size * (tm[3] or tm[1] or 1.0)), 1)
                first.setdefault((height, 0), []).append(" ".join(text.split()))
                sizes[height, 0] += len(text)

        texts = [
            page.extract_text(visitor_text=look) if number == 0 else page.extract_text()
            for number, page in enumerate(book.pages[:PAGES])
        ]
        return texts, _title(str(book.metadata.title or "") if book.metadata else "", first), total
    except FileNotDecryptedError:
        raise Invalid(f"{name} is locked with a password; nothing of it was read.", "Save it without one.") from None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        raise Invalid(f"{name} is damaged or no PDF; nothing of it was read.", "Open it and save it again.") from None


def _title(named: str, first: dict[tuple[float, int], list[str]]) -> str:
    """What the file calls itself, else the largest letters of its first page."""
    named = " ".join(_clean(named).split())
    if len(named.split()) > 1 and not _NO_TITLE.match(named):
        return named
    for height in sorted(first, reverse=True):
        said = _clean(" ".join(first[height]))
        if len(said) >= 4 and len(said.split()) <= 30 and not (_STAMP.match(said) or _NUMBER.match(said)):
            return " ".join(said.split())
    return ""


def _first(lines: Sequence[str]) -> str:
    return next((line for line in lines if 3 <= len(line.split()) <= 25), "")


def _clean(text: str) -> str:
    """Ligatures as letters, blanks as blanks; of soft hyphens only those that break a line."""
    for odd, plain in LIGATURES.items():
        text = text.replace(odd, plain)
    text = regex.sub(r"\u00ad(?!\s*\n)", "", text)
    return "\n".join(" ".join(row.split()) for row in text.split("\n"))


def _without_edges(pages: Sequence[Sequence[str]]) -> list[str]:
    """All lines, without page numbers and what stands on the edge of three pages or more."""

    def shape(line: str) -> str:
        return str(regex.sub(r"\d+", "0", line)).casefold()

    full = [[row for row in page if row] for page in pages]
    seen = Counter(shape(row) for rows in full for row in {*rows[:EDGE], *rows[-EDGE:]})
    out: list[str] = []
    for page, rows in zip(pages, full, strict=True):
        at = -1
        for row in page:
            at += bool(row)
            edge = bool(row) and (at < EDGE or at >= len(rows) - EDGE)
            if not _STAMP.match(row) and not (edge and (seen[shape(row)] >= 3 or _NUMBER.match(row))):
                out.append(row)
    return out


def _without_references(lines: Sequence[str]) -> tuple[list[str], bool]:
    """The lines up to the list of references; an appendix after it comes along no more."""
    for at in range(len(lines) - 1, len(lines) // 3, -1):
        if _END.match(lines[at]):
            return list(lines[:at]), True
    return list(lines), False


def _paragraphs(lines: Sequence[str]) -> tuple[str, list[str]]:
    """Lines as paragraphs, and the names of the sections in order."""
    usual = sorted(len(line) for line in lines if line)[int(0.75 * sum(map(bool, lines)))] if any(lines) else 0
    known = {w.lower() for line in lines for w in regex.findall(r"\p{L}+(?:[-‐]\p{L}+)*", line)}
    out: list[str] = []
    sections: list[str] = []
    headings: set[str] = set()
    ended = True
    for raw in lines:
        line = raw
        if not line:
            ended = True
            continue
        if name := _section(line):
            sections.append(name)
            headings.add(line)
            out.append(line)
            ended = True
            continue
        if inline := _ABSTRACT.match(line):
            sections.append("Abstract")
            line, ended = line[inline.end() :], True
        goes_on = bool(out) and line[0].islower() and out[-1][-1] not in ".?!:" and out[-1] not in headings
        if not out or (ended and not goes_on):
            out.append(line)
        else:
            out[-1] = _joined(out[-1], line, known)
        ended = line.endswith((".", "?", "!", ".”", ":")) and len(line) < 0.8 * usual
    return "\n\n".join(out), list(dict.fromkeys(sections))


def _section(line: str) -> str:
    if match := _HEADING.match(line):
        name = str(match["name"])
        return name if name.istitle() else name.capitalize()
    return str(regex.sub(r"^[\d.]+\s+", "", line)) if _NUMBERED.match(line) and len(line.split()) <= 10 else ""


def _joined(before: str, line: str, known: Iterable[str]) -> str:
    """Two lines of a paragraph; a word that was broken between them is whole again."""
    if before.endswith(SOFT):
        return before.removesuffix(SOFT) + line
    broken = _BROKEN.search(before)
    rest = regex.match(r"\p{Ll}+|\p{Lu}{2,}", line)
    if broken is None or rest is None:
        return f"{before} {line}"
    if rest[0].isupper():
        return f"{before[:-1]}{line}" if broken[1].isupper() else f"{before}{line}"
    whole, kept = (broken[1] + rest[0]).lower(), f"{broken[1]}-{rest[0]}".lower()
    apart = kept in known or (whole not in known and whole not in vocabulary.background() and _both(broken[1], rest[0]))
    return f"{before}{line}" if apart else f"{before[:-1]}{line}"


def _both(one: str, two: str) -> bool:
    """Both halves are words: `long-` and `term` belong to long-term; `un-` and `structured` are one."""
    words = vocabulary.background()
    return min(len(one), len(two)) > 3 and one.lower() in words and two.lower() in words
