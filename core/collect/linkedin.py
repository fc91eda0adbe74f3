"""`Shares.csv` of the archive that LinkedIn sends its members, with its mangled line breaks put right."""

from __future__ import annotations

import csv
import io
import re

from core.collect.decode import decode
from core.collect.model import Found, Options, Record, Upload

COLUMNS = ("Date", "ShareCommentary")
_BREAKS = re.compile(r'"(?:\n"{1,2})*\n"')


def takes(upload: Upload) -> bool:
    """Whether this is such a file: by its header, whatever it is called."""
    head = upload.content[:1000].split(b"\n", 1)[0]
    return upload.name.lower().endswith(".csv") and all(column.encode() in head for column in COLUMNS)


def read(upload: Upload, options: Options) -> Found:
    """Rows with `date`, `text` and `link`. LinkedIn's dates name no zone; a share without a comment has no text."""
    text, _ = decode(upload.content, upload.name, options.encoding)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    header = [cell.strip() for cell in rows[0]]
    at = {column: header.index(column) for column in header}
    found = Found(notes=[f"{upload.name} was read as a LinkedIn archive."])
    for number, short in _joined(rows[1:], len(header)):
        cells = short + [""] * (len(header) - len(short))
        fields = {"date": cells[at["Date"]], "text": mended(cells[at["ShareCommentary"]])}
        if "ShareLink" in at:
            fields["link"] = cells[at["ShareLink"]]
        found.records.append(Record(upload.name, number, fields))
    return found


def _joined(rows: list[list[str]], width: int) -> list[tuple[int, list[str]]]:
    """A text whose quotes were not doubled falls into several rows: those that do not begin with a date go back."""
    out: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(rows, 2):
        begins = bool(cells) and cells[0][:4].isdigit() and cells[0][4:5] == "-"
        if out and not begins and len(out[-1][1]) < width:
            last = out[-1][1]
            last[-1:] = [last[-1] + "\n" + (cells[0] if cells else ""), *cells[1:]]
        elif cells:
            out.append((number, list(cells)))
    return out


def mended(text: str) -> str:
    """Line breaks come as quote, newline, quote (an empty line may share its quotes), quotation marks doubled."""
    return _BREAKS.sub(lambda match: "\n" * match[0].count("\n"), text).replace('""', '"')
