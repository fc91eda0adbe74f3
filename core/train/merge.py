"""A base's GGUF with adapters calculated into its weights, at 8 bits: for programs that apply no adapters."""

from __future__ import annotations

import math
import os
import shutil
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from core.errors import Invalid, StorageError
from core.llm import gguf_head
from core.train.lora_gguf import Floats, base_of, pairs

Bytes = npt.NDArray[np.uint8]
BLOCK = 32
"""Weights of a row that share a scale in q8_0: a row has to be made of whole blocks."""
SPARE = 200_000_000
"""Bytes that stay free on the disk."""
Say = Callable[[int, int], object]
"""Told how many tensors of how many are done."""


def merge(base: Path, parts: Sequence[tuple[Path, float]], to: Path, title: str = "", say: Say | None = None) -> Path:
    """Write `base` + the adapters of these peft folders, each at its scale, as `to`: whole or not at all.

    What an adapter changes and what was not quantised becomes q8_0, all else stays as it is. Raises Invalid for an
    adapter that does not fit, StorageError.
    """
    model, head = base_of(base), gguf_head.read(base)
    added: dict[str, list[tuple[Floats, Floats]]] = {}
    for folder, scale in parts:
        for pair in pairs(folder, model):
            added.setdefault(pair.name, []).append((pair.b * np.float32(scale * pair.scale), pair.a))
    kinds = {name: _kind(head, name, name in added) for name in head.tensors}
    part = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        _room(to, sum(_size(head.tensors[name], kind) for name, kind in kinds.items()))
        with part.open("wb") as out:
            raw = np.memmap(base, np.uint8, "r")
            _write_head(out, raw, head, kinds, title)
            for done, (name, kind) in enumerate(kinds.items()):
                if say is not None:
                    say(done, len(kinds))
                out.write(_data(raw, head, name, kind, added.get(name, ())))
                out.write(bytes(-out.tell() % head.aligned))
        part.replace(to)
    except OSError as error:
        raise StorageError(
            f"The merged model could not be written ({error.strerror}); nothing was kept of it.",
            "Free some space on that disk, or choose another folder.",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return to


def _write_head(out: BinaryIO, raw: Bytes, head: gguf_head.Head, kinds: Mapping[str, int], title: str) -> None:
    """All that the base says of itself, byte for byte, but for its types and its name; then where the tensors lie."""
    import gguf

    general, number, text = gguf.Keys.General, gguf.GGUFValueType.UINT32, gguf.GGUFValueType.STRING
    own = {
        general.FILE_TYPE: struct.pack("<II", number, gguf.LlamaFileType.MOSTLY_Q8_0),
        general.QUANTIZATION_VERSION: struct.pack("<II", number, gguf.GGML_QUANT_VERSION),
    }
    if title:
        own[general.NAME] = struct.pack("<I", text) + _text(title)
    kept = [place for name, place in head.said.items() if name not in own]
    out.write(b"GGUF" + struct.pack("<IQQ", gguf_head.VERSIONS[-1], len(kinds), len(kept) + len(own)))
    for start, end in kept:
        out.write(raw[start:end].tobytes())
    for name, value in own.items():
        out.write(_text(name) + value)
    at = 0
    for name, kind in kinds.items():
        shape = head.tensors[name]
        out.write(
            _text(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape[::-1]) + struct.pack("<IQ", kind, at)
        )
        at += _size(shape, kind)
        at += -at % head.aligned
    out.write(bytes(-out.tell() % head.aligned))


def _text(said: str) -> bytes:
    return struct.pack("<Q", len(said.encode())) + said.encode()


def _kind(head: gguf_head.Head, name: str, changed: bool) -> int:
    """How a tensor's numbers are written."""
    import gguf

    kinds, shape = gguf.GGMLQuantizationType, head.tensors[name]
    plain = head.kinds[name] in (kinds.F32, kinds.F16, kinds.BF16)
    if len(shape) < 2 or not (changed or plain):
        return head.kinds[name]
    return int(kinds.Q8_0 if shape[-1] % BLOCK == 0 else kinds.F16)


def _stored(shape: tuple[int, ...], kind: int) -> tuple[int, ...]:
    """A shape in bytes."""
    import gguf

    return gguf.quant_shape_to_byte_shape(shape, gguf.GGMLQuantizationType(kind))


def _size(shape: tuple[int, ...], kind: int) -> int:
    return math.prod(_stored(shape, kind))


def _data(raw: Bytes, head: gguf_head.Head, name: str, kind: int, added: Sequence[tuple[Floats, Floats]]) -> bytes:
    """A tensor as it is written, with what the adapters add."""
    import gguf

    shape, was, start = head.tensors[name], head.kinds[name], head.starts[name]
    held = raw[start : start + _size(shape, was)].reshape(_stored(shape, was))
    if kind == was and not added:
        return held.tobytes()
    try:
        weight = gguf.quants.dequantize(held, gguf.GGMLQuantizationType(was))
    except NotImplementedError as error:
        raise Invalid(
            f"The base holds {name} in a form ({gguf.GGMLQuantizationType(was).name}) that cannot be merged here.",
            "Use a base at another quantisation, such as Q4_K_M or Q8_0.",
        ) from error
    for b, a in added:
        weight = weight + b @ a
    return bytes(gguf.quants.quantize(weight, gguf.GGMLQuantizationType(kind)).tobytes())


def _room(to: Path, needed: int) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(to.parent).free
    if free < needed + SPARE:
        raise StorageError(
            f"The merged model needs {(needed + SPARE) / 1e6:,.0f} MB of disk, and {free / 1e6:,.0f} MB are free. "
            "Nothing was written.",
            "Free some space, or choose a folder on another disk.",
        )
