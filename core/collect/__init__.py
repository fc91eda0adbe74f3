"""Collecting an author's writing: a source a file, a preview of every row, and storing what a person confirmed."""

from core.collect.commits import commit
from core.collect.decode import ENCODINGS
from core.collect.model import FILE_MEGABYTES, SHORT_CHARACTERS, STATUSES, Mapping, Options, Preview, Row, Upload
from core.collect.previews import preview, text_hash
from core.collect.registry import SUFFIXES

__all__ = [
    "ENCODINGS",
    "FILE_MEGABYTES",
    "SHORT_CHARACTERS",
    "STATUSES",
    "SUFFIXES",
    "Mapping",
    "Options",
    "Preview",
    "Row",
    "Upload",
    "commit",
    "preview",
    "text_hash",
]
