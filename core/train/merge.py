"""A base's GGUF with adapters calculated into its weights, at 8 bits: for programs that apply no adapters."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import Invalid, StorageError
from core.train.lora_gguf import Floats, base_of, pairs

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
    import gguf

    model = base_of(base)
    added: dict[str, list[tuple[Floats, Floats]]] = {}
    for folder, scale in parts:
        for pair in pairs(folder, model):
            added.setdefault(pair.name, []).append((pair.b * np.float32(scale * pair.scale), pair.a))
    read = gguf.GGUFReader(base)
    part = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        _room(to, sum(_size(tensor, tensor.name in added) for tensor in read.tensors))
        writer = gguf.GGUFWriter(part, model.architecture)
        _about(writer, read, title)
        for tensor in read.tensors:
            kind = _kind(tensor, tensor.name in added)
            shape = [int(n) for n in reversed(tensor.shape)]
            writer.add_tensor_info(
                tensor.name, _stored(shape, kind), np.dtype(np.uint8), _size(tensor, tensor.name in added), kind
            )
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for done, tensor in enumerate(read.tensors):
            if say is not None:
                say(done, len(read.tensors))
            writer.write_tensor_data(_data(tensor, added.get(tensor.name, ())))
        writer.close()
        part.replace(to)
    except OSError as error:
        raise StorageError(
            f"The merged model could not be written ({error.strerror}); nothing was kept of it.",
            "Free some space on that disk, or choose another folder.",
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return to


def _about(writer: Any, read: Any, title: str) -> None:
    """All that the base says of itself, but for its name and its types."""
    import gguf

    changed = {gguf.Keys.General.ARCHITECTURE, gguf.Keys.General.FILE_TYPE, gguf.Keys.General.QUANTIZATION_VERSION}
    changed |= {gguf.Keys.General.NAME} if title else set()
    for name, field in read.fields.items():
        if name not in changed and not name.startswith("GGUF."):
            kinds = field.types
            inner = kinds[-1] if kinds[0] == gguf.GGUFValueType.ARRAY else None
            writer.add_key_value(name, field.contents(), kinds[0], sub_type=inner)
    if title:
        writer.add_name(title)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)


def _kind(tensor: Any, changed: bool) -> Any:
    """The type that a tensor is written in."""
    import gguf

    kinds = gguf.GGMLQuantizationType
    plain = tensor.tensor_type in (kinds.F32, kinds.F16, kinds.BF16)
    if len(tensor.shape) < 2 or not (changed or plain):
        return tensor.tensor_type
    return kinds.Q8_0 if int(tensor.shape[0]) % BLOCK == 0 else kinds.F16


def _stored(shape: Sequence[int], kind: Any) -> tuple[int, ...]:
    """A shape in bytes, as the writer wants it."""
    import gguf

    return gguf.quant_shape_to_byte_shape(tuple(shape), kind)


def _size(tensor: Any, changed: bool) -> int:
    return int(np.prod(_stored([int(n) for n in reversed(tensor.shape)], _kind(tensor, changed))))


def _data(tensor: Any, added: Sequence[tuple[Floats, Floats]]) -> Any:
    """A tensor as it is written, with what the adapters add."""
    import gguf

    kind = _kind(tensor, bool(added))
    if kind == tensor.tensor_type and not added:
        return tensor.data
    try:
        weight = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
    except NotImplementedError as error:
        raise Invalid(
            f"The base holds {tensor.name} in a form ({tensor.tensor_type.name}) that cannot be merged here.",
            "Use a base at another quantisation, such as Q4_K_M or Q8_0.",
        ) from error
    for b, a in added:
        weight = weight + b @ a
    return gguf.quants.quantize(weight, kind)


def _room(to: Path, needed: int) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(to.parent).free
    if free < needed + SPARE:
        raise StorageError(
            f"The merged model needs {(needed + SPARE) / 1e6:,.0f} MB of disk, and {free / 1e6:,.0f} MB are free. "
            "Nothing was written.",
            "Free some space, or choose a folder on another disk.",
        )
