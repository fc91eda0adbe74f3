"""The text of a Word file: its paragraphs and tables, in order."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from core.collect.model import Read
from core.errors import Invalid

UNPACKED = 60_000_000
"""Bytes that a file may unfold to."""


def read(name: str, content: bytes) -> Read:
    """Title (of its properties, else its first heading) and paragraphs. Raises Invalid, which names the file."""
    import docx

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > UNPACKED:
                raise Invalid(f"{name} unfolds to more than it should; nothing of it was read.", "Save it as PDF.")
        document = docx.Document(io.BytesIO(content))
    except Invalid:
        raise
    except Exception:  # the library lets through whatever a damaged file makes it trip over
        raise Invalid(
            f"{name} is no Word file that can be opened; nothing of it was read.", "Save it as .docx or PDF again."
        ) from None
    rows = [row for row in _rows(document) if row]
    heading = next((p.text for p in document.paragraphs if _style(p).startswith(("Title", "Heading")) and p.text), "")
    return Read((document.core_properties.title or heading).strip(), "\n\n".join(rows))


def _rows(document: Any) -> Iterator[str]:
    for block in document.iter_inner_content():
        if hasattr(block, "rows"):
            for row in block.rows:
                cells = dict.fromkeys(" ".join(cell.text.split()) for cell in row.cells)
                yield "; ".join(cell for cell in cells if cell)
        else:
            yield " ".join(block.text.split())


def _style(paragraph: Any) -> str:
    return str(paragraph.style.name) if paragraph.style is not None else ""
