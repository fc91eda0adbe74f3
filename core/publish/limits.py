"""What a channel takes of files: every number that a platform may change, in one place. None was tried live.

LinkedIn: Images, Documents, MultiImage and Posts API of learn.microsoft.com/linkedin; Notion: file uploads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PNG, JPEG, GIF, PDF = "image/png", "image/jpeg", "image/gif", "application/pdf"
Entry = Mapping[str, Any]
"""A file as a post carries it: see core.images.media."""


@dataclass(frozen=True)
class Channel:
    """A network, or a calendar, and what it takes."""

    name: str
    title: str
    pictures: tuple[str, ...]
    most: int
    """Pictures in one post."""
    picture_bytes: int
    pixels: int = 0
    """A picture has fewer; 0: no bound."""
    document_bytes: int = 0
    document_pages: int = 0
    alone: bool = True
    """A document stands alone, without pictures."""
    alt: int = 0
    """Characters of a picture's alt text; 0: it takes none, or as many as there are."""
    document_alt: bool = True
    """Whether a document can have an alt text there."""
    sends: bool = False
    """Whether Timbre brings files there by itself today."""


@dataclass(frozen=True)
class Refusal:
    """Something that a channel would not take; `advice` is none: it asks a person to look."""

    channel: str
    message: str
    hint: str
    advice: bool = False


MB: Final = 1_000_000
LINKEDIN: Final = Channel(
    "linkedin", "LinkedIn", (PNG, JPEG, GIF), 20, 5 * MB, 36_152_320, 100 * MB, 300,
    alone=True, alt=4_086, document_alt=False,
)  # fmt: skip
NOTION: Final = Channel(
    "notion", "Notion", (), 100, 20 * 1024 * 1024, document_bytes=20 * 1024 * 1024, alone=False, sends=True
)
CHANNELS: Final = (LINKEDIN, NOTION)


def refusals(channel: Channel, entries: Sequence[Entry]) -> list[Refusal]:
    """What a channel would refuse of these files, in the order of the files. Pure."""
    documents = [e for e in entries if e.get("type") == PDF]
    pictures = [e for e in entries if e.get("type") != PDF]
    out = _together(channel, documents, pictures)
    for entry in documents:
        out += _document(channel, entry)
    for entry in pictures:
        out += _picture(channel, entry)
    return out


def _together(channel: Channel, documents: Sequence[Entry], pictures: Sequence[Entry]) -> list[Refusal]:
    out = []
    if channel.alone and documents and (pictures or len(documents) > 1):
        what = "a document and pictures" if pictures else f"{len(documents)} documents"
        said = f"{channel.title} takes one kind of media in a post, and one document; this one has {what}."
        out.append(Refusal(channel.name, said, "Take all but one kind off."))
    if len(pictures) > channel.most:
        said = f"{channel.title} takes at most {channel.most} pictures in a post; this one has {len(pictures)}."
        out.append(Refusal(channel.name, said, "Take some off, or use a carousel: it is one document."))
    return out


def _document(channel: Channel, entry: Entry) -> list[Refusal]:
    name, size, pages = str(entry.get("name", "")), _count(entry, "bytes"), _count(entry, "pages")
    out = []
    if size > channel.document_bytes:
        said = f"{name} has {_mb(size)}; {channel.title} takes documents of at most {_mb(channel.document_bytes)}."
        out.append(Refusal(channel.name, said, "Use fewer pages, or smaller pictures on them."))
    if channel.document_pages and pages > channel.document_pages:
        said = f"{name} has {pages} pages; {channel.title} takes at most {channel.document_pages}."
        out.append(Refusal(channel.name, said, "Use fewer pages."))
    return out


def _picture(channel: Channel, entry: Entry) -> list[Refusal]:
    name, kind, size = str(entry.get("name", "")), str(entry.get("type", "")), _count(entry, "bytes")
    pixels, said = _count(entry, "width") * _count(entry, "height"), str(entry.get("alt") or "")
    out = []
    if channel.pictures and kind not in channel.pictures:
        out.append(Refusal(channel.name, f"{channel.title} does not take {name} ({kind or 'of no known kind'}).",
                           "Use PNG, JPEG or GIF."))  # fmt: skip
    if size > channel.picture_bytes:
        most = _mb(channel.picture_bytes)
        out.append(Refusal(channel.name, f"{name} has {_mb(size)}; at {channel.title} keep pictures under {most}.",
                           "Save it smaller, or as JPEG."))  # fmt: skip
    if channel.pixels and pixels >= channel.pixels:
        out.append(Refusal(channel.name, f"{name} has {pixels:,} pixels; {channel.title} takes fewer than "
                           f"{channel.pixels:,}.", "Save it smaller."))  # fmt: skip
    if channel.alt and len(said) > channel.alt:
        out.append(Refusal(channel.name, f"The alt text of {name} has {len(said):,} characters; {channel.title} takes "
                           f"at most {channel.alt:,}.", "Shorten it."))  # fmt: skip
    return out


def _count(entry: Entry, name: str) -> int:
    found = entry.get(name)
    return found if isinstance(found, int) else 0


def _mb(size: int) -> str:
    return f"{size / MB:.1f} MB".replace(".0 MB", " MB")
