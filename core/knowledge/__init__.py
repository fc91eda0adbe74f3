"""Knowledge: transcripts, pages, papers and notes that posts may draw facts from. Never a voice, never an order."""

from core.collect.reading import SUFFIXES
from core.knowledge.commands import FILE_MEGABYTES, add_file, add_link, add_note, get, listed, remove, texts
from core.knowledge.found import Passage, passages, points

__all__ = [
    "FILE_MEGABYTES",
    "SUFFIXES",
    "Passage",
    "add_file",
    "add_link",
    "add_note",
    "get",
    "listed",
    "passages",
    "points",
    "remove",
    "texts",
]
