"""From a fetched document or a file to a text that posts may draw facts from: which reader, and what kind it is."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final

from core.collect import transcript
from core.collect.decode import decode
from core.collect.fetch import Fetched
from core.collect.model import Read
from core.errors import Invalid

SUFFIXES: Final = (".txt", ".srt", ".vtt", ".md", ".pdf", ".docx", ".html")
MOST = 200_000
"""Characters of a text that are kept; a long paper has half of that."""
LOOKED_AT = 1_500_000
"""Characters of a plain text that are looked at: captions are mostly times."""
FEWEST = 20
"""Words below which there is nothing to draw from."""


def of_page(got: Fetched) -> tuple[str, Read]:
    """Kind (link | paper | transcript) and text of a fetched document. Raises Invalid."""
    name = PurePath(got.url.split("?")[0]).name
    read = _read(got.kind, name, got.content, got.charset)
    if not read.title:
        read = Read(name or got.url, read.text, read.meta)
    kind = str(read.meta.pop("kind", "link"))
    return kind, _enough(read, got.url)


def of_file(name: str, content: bytes) -> tuple[str, Read]:
    """Kind (file | paper | transcript) and text of a file, by its name's end. Raises Invalid, which names the file."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in (*SUFFIXES, ".htm", ".markdown"):
        raise Invalid(f"{name} is not a kind of file that is read here.", f"Use one of {', '.join(SUFFIXES)}.")
    form = {".pdf": "pdf", ".docx": "docx", ".html": "html", ".htm": "html"}.get(suffix, "text")
    read = _read(form, name, content)
    stem = PurePath(name).stem.replace("_", " ").replace("-", " ").strip()
    kind = str(read.meta.pop("kind", "file"))
    return kind, _enough(Read(read.title or stem, read.text, {"file": name, **read.meta}), name)


def _read(form: str, name: str, content: bytes, charset: str = "") -> Read:
    if form == "text":
        return transcript.read(name, _text(content, name, charset)[:LOOKED_AT])
    from core.collect.apart import read_apart  # a hostile document takes a process of its own with it, not the app

    return read_apart(form, name, content, charset)


def _text(content: bytes, name: str, charset: str) -> str:
    try:
        return decode(content, name, charset or None)[0]
    except Invalid:
        if not charset:
            raise
        return decode(content, name)[0]  # a page may say a wrong one


def _enough(read: Read, name: str) -> Read:
    """Surrogates and control characters gone, and cut where it is too long. Raises Invalid for next to nothing."""
    text = "".join(c for c in read.text if c in "\n\t" or (c.isprintable() or ord(c) > 0xFFFF)).strip()
    if len(text.split()) < FEWEST:
        raise Invalid(
            f"Hardly any text was found in {name[:120]}; nothing was kept.",
            "If you can see its text in your browser, copy it and add it as a note.",
        )
    meta = dict(read.meta)
    if len(text) > MOST:
        text = text[:MOST].rsplit("\n\n", 1)[0]
        meta["notes"] = [*meta.get("notes", []), f"Only the first {len(text.split()):,} words were kept."]
    return Read(" ".join(read.title.split())[:300], text, meta)
