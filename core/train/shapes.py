"""How large a base is and what an adapter of it weighs, read from the heads of its files alone: no model is loaded."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from core.errors import Invalid, Unavailable
from core.llm import embedded
from core.train.model import EMBEDDED

MOST = 100_000
"""Tensors, or bytes of a name: a file that says more is not what it says it is."""
HEAD = 100_000_000
"""Bytes that the head of a safetensors file may have."""
_FIXED = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of GGUF's plain values by their type (the GGUF specification, version 3); 8 is a text, 9 a list."""
_LINEAR = re.compile(
    r"\b(?:attn_(?:q|k|v|output)|ffn_(?:gate|up|down)|(?:q|k|v|o|gate|up|down)_proj|gate_up_proj|qkv_proj)\.weight$"
)


@dataclass(frozen=True)
class Shape:
    """The size of a base."""

    key: str
    """The same for models of the same shape, whatever their weights: what training costs goes by it."""
    parameters: int
    linear: tuple[tuple[int, int], ...]
    """(in, out) of the projections that an adapter can go on."""

    def adapter(self, rank: int) -> int:
        """Parameters of an adapter of this rank on all projections."""
        return sum(rank * (a + b) for a, b in self.linear)


def of(base: str) -> Shape:
    """The shape of a base as `Plan.base` names it. Raises Unavailable where it is missing, Invalid for other files."""
    if base == EMBEDDED:
        file = embedded.path()
        if not file.is_file():
            embedded.require()
        return _read((_stamp(file),))
    files = sorted(Path(base).expanduser().glob("*.safetensors"))
    if not files:
        raise Unavailable(
            f"There is no model in safetensors in the folder {base}.", "Name the folder that holds its files."
        )
    return _read(tuple(_stamp(file) for file in files))


def _stamp(file: Path) -> tuple[Path, int, int]:
    told = file.stat()
    return file, told.st_size, told.st_mtime_ns


@functools.lru_cache(maxsize=8)
def _read(stamps: tuple[tuple[Path, int, int], ...]) -> Shape:
    found: list[tuple[str, tuple[int, ...]]] = []
    for file, _, _ in stamps:
        try:
            found += _gguf(file) if file.suffix == ".gguf" else _safetensors(file)
        except (OSError, ValueError, struct.error, KeyError, TypeError, AttributeError) as error:
            raise Invalid(f"{file.name} cannot be read as a model.", "Download it again, or name another.") from error
    digest = hashlib.sha256(json.dumps(sorted(found)).encode()).hexdigest()[:16]
    linear = tuple((dims[0], dims[1]) for name, dims in found if len(dims) == 2 and _LINEAR.search(name))
    return Shape(digest, sum(_product(dims) for _, dims in found), linear)


def _product(dims: tuple[int, ...]) -> int:
    out = 1
    for dim in dims:
        out *= dim
    return out


def _safetensors(file: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    with file.open("rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        if length > HEAD:
            raise ValueError("no safetensors")
        head: dict[str, Any] = json.loads(opened.read(length))
    for name, said in head.items():
        if name != "__metadata__":
            yield name, tuple(int(dim) for dim in said["shape"])


def _gguf(file: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Names and dimensions of the tensors; the values before them are passed over."""
    with file.open("rb") as opened:
        if opened.read(4) != b"GGUF":
            raise ValueError("no GGUF")
        _, tensors, values = struct.unpack("<IQQ", opened.read(20))
        if max(tensors, values) > MOST:
            raise ValueError("no GGUF")
        for _ in range(values):
            _text(opened)
            _skip(opened, _number(opened, 4))
        for _ in range(tensors):
            name, n = _text(opened).decode(), _number(opened, 4)
            dims = struct.unpack(f"<{n}Q", opened.read(8 * n))
            opened.seek(12, 1)  # its type and where it begins
            yield name, tuple(int(dim) for dim in dims)


def _number(opened: BinaryIO, size: int) -> int:
    return int(struct.unpack("<I" if size == 4 else "<Q", opened.read(size))[0])


def _text(opened: BinaryIO) -> bytes:
    return opened.read(_bounded(_number(opened, 8)))


def _bounded(length: int) -> int:
    if length > HEAD:
        raise ValueError("no GGUF")
    return length


def _skip(opened: BinaryIO, kind: int) -> None:
    if kind == 8:
        opened.seek(_bounded(_number(opened, 8)), 1)
    elif kind == 9:
        of, n = _number(opened, 4), _bounded(_number(opened, 8))
        if of in _FIXED:
            opened.seek(_FIXED[of] * n, 1)
        else:
            for _ in range(n):
                _skip(opened, of)
    else:
        opened.seek(_FIXED[kind], 1)
