"""What a GGUF file says of itself in its head: quick, as no tensor and no list of tokens is read."""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import Invalid

MOST = 100_000
"""Tensors or values: a file that says more is not what it says it is."""
VERSIONS = (2, 3)
ALIGNMENT = 32
"""Where the file names no other number."""
_PLAIN = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
"""Plain values by their type (the GGUF specification, version 3); 8 is a text, 9 a list."""
_TEXT, _LIST = 8, 9


@dataclass(frozen=True)
class Head:
    """The head of a GGUF file."""

    values: dict[str, Any]
    """Numbers and texts by name; lists are passed over."""
    tensors: dict[str, tuple[int, ...]]
    """Shapes by name, rows first: (out, in)."""
    said: dict[str, tuple[int, int]]
    """Where each value stands in the file, with its name before it: first byte, and the byte after the last one."""
    kinds: dict[str, int]
    """Of each tensor how its numbers are kept (GGMLQuantizationType)."""
    starts: dict[str, int]
    """Of each tensor its first byte in the file."""
    aligned: int = ALIGNMENT
    """Bytes that tensors begin at multiples of."""


def read(path: Path) -> Head:
    """The head of a file. Raises Invalid where it is no GGUF file, or is cut short."""
    try:
        with path.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            return _Reader(raw).head()
    except (OSError, ValueError, KeyError, struct.error, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"{path} is no GGUF file, or is cut short.", "Put it back, or choose another file.") from error


class _Reader:
    def __init__(self, raw: mmap.mmap) -> None:
        self.raw, self.at = raw, 4

    def head(self) -> Head:
        if self.raw[:4] != b"GGUF" or self.take("I") not in VERSIONS:
            raise ValueError("no GGUF")
        tensors, values = self.take("Q"), self.take("Q")
        if max(tensors, values) > MOST:
            raise ValueError("no GGUF")
        found, said = {}, {}
        for _ in range(values):
            start, name = self.at, self.text()
            found[name] = self.value(self.take("I"))
            said[name] = (start, self.at)
        rows = [self.tensor() for _ in range(tensors)]
        wide = int(found.get("general.alignment") or ALIGNMENT)
        data = self.at + -self.at % wide
        return Head(
            {name: value for name, value in found.items() if value is not None},
            {name: shape for name, shape, _, _ in rows},
            said,
            {name: kind for name, _, kind, _ in rows},
            {name: data + at for name, _, _, at in rows},
            wide,
        )

    def take(self, kind: str) -> Any:
        size = struct.calcsize(f"<{kind}")
        (found,) = struct.unpack_from(f"<{kind}", self.raw, self.at)
        self.at += size
        return found

    def text(self) -> str:
        length = self.take("Q")
        self.pass_over(length)
        return self.raw[self.at - length : self.at].decode()

    def pass_over(self, size: int) -> None:
        self.at += size
        if self.at > len(self.raw):
            raise ValueError("cut short")

    def value(self, kind: int) -> Any:
        if kind == _TEXT:
            return self.text()
        if kind != _LIST:
            return self.take(_PLAIN[kind])
        of, n = self.take("I"), self.take("Q")
        if of in _PLAIN:
            self.pass_over(struct.calcsize(f"<{_PLAIN[of]}") * n)
        else:
            for _ in range(n):
                self.pass_over(self.take("Q")) if of == _TEXT else self.value(of)
        return None

    def tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name, n = self.text(), self.take("I")
        shape = tuple(self.take("Q") for _ in range(n))
        return name, shape[::-1], self.take("I"), self.take("Q")
