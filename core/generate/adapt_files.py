"""The parts of a form as a file: plain text, Markdown, or a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import regex

from core.export import cell
from core.platforms import FORMS

SUFFIXES = {"txt": "text/plain", "md": "text/markdown", "csv": "text/csv"}
"""What a form can be saved as, with its media type."""
_MARKUP = regex.compile(r"([\\`*_\[\]<>#|])")
_ESCAPED = r"\\\1"


def saved(form: str, parts: Sequence[str], suffix: str) -> str:
    """The parts as a file of that kind, one after another."""
    if suffix == "csv":
        return _table(form, parts)
    if suffix == "md":
        return _markdown(form, parts)
    return "\n\n".join(parts) + "\n"


def _markdown(form: str, parts: Sequence[str]) -> str:
    """A heading for each part where there are several; signs that mean something in Markdown are escaped."""
    kind = FORMS[form]
    rows = [f"# {kind.title}"]
    for number, part in enumerate(parts, 1):
        rows += [f"## {kind.part} {number}"] if len(parts) > 1 else []
        rows.append("  \n".join(_MARKUP.sub(_ESCAPED, row) for row in part.split("\n")))
    return "\n\n".join(rows) + "\n"


def _table(form: str, parts: Sequence[str]) -> str:
    """Number, count and text. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    kind, out = FORMS[form], io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["part", kind.unit, "limit", "text"])
    for number, part in enumerate(parts, 1):
        writer.writerow([number, kind.weigh(part), kind.limit, cell(part)])
    return out.getvalue()


def article(value: str, parts: Sequence[dict[str, str]], suffix: str) -> str:
    """An article as a file: `value` is the whole of it, its first line the title."""
    if suffix == "csv":
        return _table("article", [f"{p['heading']}\n\n{p['text']}".strip() for p in parts])
    if suffix == "txt":
        return value + "\n"
    title, _, _ = value.partition("\n")
    rows = [f"# {_MARKUP.sub(_ESCAPED, title)}"]
    for part in parts:
        rows += [f"## {_MARKUP.sub(_ESCAPED, part['heading'])}"] if part["heading"] else []
        rows.append(_MARKUP.sub(_ESCAPED, part["text"]))
    return "\n\n".join(rows) + "\n"
