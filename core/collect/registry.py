"""Every source by file ending: a new one is a module and a line here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath

from core.collect import csv_file, jsonl, linkedin, text_file, zipped
from core.collect.model import FILE_BYTES, FILE_NAME, FOLDER, Found, Options, Problem, Record, Upload
from core.errors import Invalid

Reader = Callable[[Upload, Options], Found]

SOURCES: tuple[tuple[tuple[str, ...], Reader], ...] = (
    (text_file.SUFFIXES, text_file.read),
    (csv_file.SUFFIXES, csv_file.read),
    (jsonl.SUFFIXES, jsonl.read),
    (zipped.SUFFIXES, zipped.read),
)
RECOGNISED: tuple[tuple[Callable[[Upload], bool], Reader], ...] = ((linkedin.takes, linkedin.read),)
"""Files of a known kind, whatever their ending; asked first."""

SUFFIXES = tuple(suffix for suffixes, _ in SOURCES for suffix in suffixes)


def reader(upload: Upload) -> Reader | None:
    """The source that reads this file."""
    for takes, read_it in RECOGNISED:
        if takes(upload):
            return read_it
    suffix = PurePosixPath(upload.name).suffix.lower()
    return next((read_it for suffixes, read_it in SOURCES if suffix in suffixes), None)


def read(upload: Upload, options: Options, inside: bool = False) -> Found:
    """Everything in one file. What cannot be read becomes a problem with its file and row, never an exception."""
    found = Found()
    if reason := _refused(upload, inside):
        found.problems.append(Problem(upload.name, None, reason))
        return found
    read_it = reader(upload)
    if read_it is None:
        return found
    try:
        part = read_it(upload, options)
    except Invalid as error:
        found.problems.append(Problem(upload.name, None, str(error).removeprefix(f"{upload.name} ")))
        return found
    found.take(part)
    for member in part.members:
        found.take(read(member, options, inside=True))
    if not (found.records or found.problems):
        found.problems.append(Problem(upload.name, None, "is empty"))
    if not part.members:
        found.records = [_placed(record, inside) for record in found.records]
    return found


def _refused(upload: Upload, inside: bool) -> str:
    name = PurePosixPath(upload.name)
    if len(upload.content) > FILE_BYTES:
        return f"is larger than {FILE_BYTES // 1_000_000} MB; split it"
    if inside and name.suffix.lower() in zipped.SUFFIXES:
        return "is an archive inside an archive and was not opened; upload it on its own"
    if not upload.content.strip():
        return "is empty"
    if reader(upload) is None:
        return f"{name.suffix or 'a file without an ending'} is not read here; use {', '.join(SUFFIXES)}"
    return ""


def _placed(record: Record, inside: bool) -> Record:
    """With where it lay, as columns that may name the author."""
    path = PurePosixPath(record.file)
    folders = path.parts[1:-1] if inside else path.parts[:-1]
    place = {FILE_NAME: path.stem, **({FOLDER: folders[-1]} if folders else {})}
    return Record(record.file, record.row, {**record.fields, **place})
