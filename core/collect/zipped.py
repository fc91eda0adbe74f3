"""Zip archives, unpacked in memory: never onto the disk, never without bound, never one inside another."""

from __future__ import annotations

import io
import zipfile
import zlib
from pathlib import PurePosixPath

from core.collect.model import FILE_BYTES, Found, Options, Problem, Upload
from core.errors import Invalid

SUFFIXES = (".zip",)
MEMBERS = 5_000
RATIO = 200
"""Text packs to about a tenth; what unpacks to 200 times its size is made to fill a disk."""
_SMALL = 1_000_000
_HIDDEN = ("__MACOSX", "Thumbs.db")


def read(upload: Upload, _options: Options) -> Found:
    """The files inside, each to be read by its own kind. Raises Invalid where it must not be opened."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(upload.content))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Invalid(
            f"{upload.name} cannot be opened: it is no zip archive, or it is damaged. Nothing of it was read.",
            "Download or pack it again; or upload the files inside one by one.",
        ) from None
    with archive:
        files = [info for info in archive.infolist() if not info.is_dir() and not _hidden(safe_name(info))]
        _guard(upload.name, files)
        found, left = Found(), FILE_BYTES
        for info in files:
            name = f"{upload.name}/{safe_name(info)}"
            try:
                content = _unpack(archive, info, left, upload.name)
            except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
                found.problems.append(Problem(name, None, "is damaged inside the archive and could not be unpacked"))
            except (RuntimeError, NotImplementedError):
                found.problems.append(Problem(name, None, "is locked with a password or packed in an unknown way"))
            else:
                left -= len(content)
                found.members.append(Upload(name, content))
    if not files:
        raise Invalid(f"{upload.name} holds no files; nothing was read.", "Look into the archive, then pack it again.")
    return found


def safe_name(info: zipfile.ZipInfo) -> str:
    """A member's name for showing: without drive, root and steps upwards (it is never used as a path)."""
    name = info.filename
    if not info.flag_bits & 0x800:  # an old packer: the name is said to be cp437, and often is UTF-8
        try:
            name = name.encode("cp437").decode("utf-8")
        except UnicodeError:
            name = info.filename
    parts = [p for p in PurePosixPath(name.replace("\\", "/")).parts if p not in ("/", "..", ".") and ":" not in p]
    return "/".join(parts) or "file"


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part in _HIDDEN for part in name.split("/"))


def _guard(name: str, files: list[zipfile.ZipInfo]) -> None:
    """What the directory of the archive itself confesses; the rest is counted while unpacking."""
    if len(files) > MEMBERS:
        raise Invalid(
            f"{name} holds {len(files):,} files; at most {MEMBERS:,} are read at once. Nothing was read.",
            "Split the archive.",
        )
    size, packed = sum(f.file_size for f in files), sum(f.compress_size for f in files)
    if size > FILE_BYTES:
        raise _too_large(name)
    if size > _SMALL and size > RATIO * max(packed, 1):
        raise _bomb(name)


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, left: int, name: str) -> bytes:
    with archive.open(info) as stream:
        content = stream.read(left + 1)  # the size in the directory may lie
    if len(content) > left:
        raise _too_large(name)
    if len(content) > _SMALL and len(content) > RATIO * max(info.compress_size, 1):
        raise _bomb(name)
    return content


def _too_large(name: str) -> Invalid:
    return Invalid(
        f"{name} unpacks to more than {FILE_BYTES // 1_000_000} MB; nothing was read.",
        "Leave out what is not text, or split the archive.",
    )


def _bomb(name: str) -> Invalid:
    return Invalid(
        f"{name} unpacks to more than {RATIO} times its size, as archives do that are made to fill a disk. "
        "Nothing was read.",
        "Unpack it yourself and upload the texts.",
    )
