"""A LoRA of peft as a GGUF that the embedded runtime, llama.cpp and Ollama apply over the same base."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import Invalid
from core.llm import gguf_head
from core.llm.loras import BASE_KEY, file_hash

Floats = npt.NDArray[np.float32]
ARCHITECTURES = ("llama", "qwen2")
"""Those whose weights lie in GGUF as transformers has them, but for the order of the rows of q and k in llama."""
PREFIX = "base_model.model."


@dataclass(frozen=True)
class Base:
    """What of a base's GGUF an adapter must fit."""

    path: Path
    architecture: str
    blocks: int
    heads: int
    heads_kv: int
    shapes: dict[str, tuple[int, ...]]
    """Of each tensor by its name there: (rows out, columns in)."""


@dataclass(frozen=True)
class Pair:
    """What is added to one tensor, by its name in GGUF: `scale * b @ a`, rows in the order of GGUF."""

    name: str
    a: Floats
    """(rank, in)"""
    b: Floats
    """(out, rank)"""
    scale: float


def base_of(path: Path) -> Base:
    """What a base's GGUF says of itself. Raises Invalid for a file or an architecture that is not known here."""
    head = gguf_head.read(path)
    kind = str(head.values.get("general.architecture", ""))
    if kind not in ARCHITECTURES:
        raise Invalid(
            f"An adapter cannot be written for a base of the architecture {kind or 'unknown'}.",
            f"Choose a base of one of these: {', '.join(ARCHITECTURES)}.",
        )
    try:
        heads, blocks = (int(head.values[f"{kind}.{name}"]) for name in ("attention.head_count", "block_count"))
    except (KeyError, ValueError) as error:
        raise Invalid(f"{path} does not say how many heads and layers it has.", "Use another GGUF file.") from error
    kv = int(head.values.get(f"{kind}.attention.head_count_kv", heads))
    return Base(path, kind, blocks, heads, kv, head.tensors)


def pairs(folder: Path, base: Base) -> list[Pair]:
    """What an adapter of peft (adapter_config.json, adapter_model.safetensors) adds to each tensor of a base.

    Raises Invalid where it holds what GGUF has no place for, or does not fit the base.
    """
    config = _config(folder)
    names = _names(base)
    found: dict[str, dict[str, Floats]] = {}
    for key, value in _tensors(folder):
        module, _, part = key.removeprefix(PREFIX).rpartition(".lora_")
        if part not in ("A.weight", "B.weight"):
            raise Invalid(
                f"The adapter holds {key}, which is no LoRA matrix; it was not converted.",
                "Train it without modules_to_save, trained embeddings, biases or DoRA.",
            )
        name = names.get(module)
        if name is None:
            raise Invalid(
                f"The adapter changes {module}, which the base {base.path.name} does not have.",
                "Convert it over the base that it was trained on.",
            )
        found.setdefault(name, {})[part[0]] = value
    return [_pair(name, halves, module_scale(config), base) for name, halves in sorted(found.items())]


def module_scale(config: dict[str, Any]) -> float:
    """By how much peft multiplies `b @ a`: alpha over the rank, or over its root (rsLoRA)."""
    rank, alpha = float(config["r"]), float(config["lora_alpha"])
    return alpha / (rank**0.5 if config.get("use_rslora") else rank)


def write(folder: Path, base: Path, to: Path, title: str = "") -> Path:
    """Write a peft adapter's folder as `to`, over the GGUF `base`; whole or not at all. Raises Invalid.

    The file says which base it was made for (sha256), and the runtime holds it to that.
    """
    import gguf

    model = base_of(base)
    rows = pairs(folder, model)
    if not rows:
        raise Invalid(f"The adapter in {folder} changes nothing.", "Train it for at least one step.")
    part = to.with_name(f".{to.name}.{os.getpid()}")
    writer = gguf.GGUFWriter(part, model.architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    # The runtime divides alpha by the rank that it sees; said so that what is left is peft's own scale.
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, rows[0].scale * rows[0].a.shape[0])
    writer.add_string(BASE_KEY, file_hash(base))
    if title:
        writer.add_name(title)
    for row in rows:
        writer.add_tensor(f"{row.name}.lora_a", row.a)
        writer.add_tensor(f"{row.name}.lora_b", row.b)
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        part.replace(to)
    finally:
        part.unlink(missing_ok=True)
    return to


def rows_as_gguf(weight: Floats, heads: int) -> Floats:
    """Rows of q or k as llama.cpp turns them: it pairs neighbours where transformers pairs the halves of a head."""
    out = weight.shape[0]
    return weight.reshape(heads, 2, out // heads // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def _pair(name: str, halves: dict[str, Floats], scale: float, base: Base) -> Pair:
    if set(halves) != {"A", "B"}:
        raise Invalid(f"The adapter has only one half of {name}; it is cut short.", "Export the run again.")
    a, b = halves["A"], halves["B"]
    if (b.shape[0], a.shape[1]) != base.shapes[name] or a.shape[0] != b.shape[1]:
        raise Invalid(
            f"The adapter's matrices for {name} do not fit the base {base.path.name}.",
            "Convert it over the base that it was trained on.",
        )
    if base.architecture == "llama" and name.endswith(("attn_q.weight", "attn_k.weight")):
        b = rows_as_gguf(b, base.heads if name.endswith("attn_q.weight") else base.heads_kv)
    return Pair(name, np.ascontiguousarray(a), np.ascontiguousarray(b), scale)


def _names(base: Base) -> dict[str, str]:
    """Module of transformers -> tensor in GGUF, for every matrix that the base has."""
    import gguf

    kind = next(k for k, v in gguf.MODEL_ARCH_NAMES.items() if v == base.architecture)
    table = gguf.get_tensor_name_map(kind, base.blocks)
    named = {module: f"{name}.weight" for module, (_, name) in table.mapping.items()}
    return {module: name for module, name in named.items() if len(base.shapes.get(name, ())) == 2}


def _config(folder: Path) -> dict[str, Any]:
    try:
        config: dict[str, Any] = json.loads((folder / "adapter_config.json").read_text(encoding="utf8"))
    except (OSError, ValueError) as error:
        raise Invalid(f"There is no readable adapter_config.json in {folder}.", "Export the run again.") from error
    odd = [k for k in ("rank_pattern", "alpha_pattern", "use_dora", "modules_to_save", "lora_bias") if config.get(k)]
    if odd or config.get("bias", "none") != "none":
        raise Invalid(
            f"The adapter uses {', '.join(odd) or 'biases'}, which GGUF has no place for; it was not converted.",
            "Train a plain LoRA.",
        )
    return config


def _tensors(folder: Path) -> Iterator[tuple[str, Floats]]:
    """Every matrix as float32; of bfloat16 too, which numpy does not know. Raises Invalid."""
    path = folder / "adapter_model.safetensors"
    kinds: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "BF16": np.dtype("<u2")}
    try:
        with path.open("rb") as opened:
            header = json.loads(opened.read(int.from_bytes(opened.read(8), "little")))
            body = opened.read()
        header.pop("__metadata__", None)
        for key, said in header.items():
            start, end = said["data_offsets"]
            raw = np.frombuffer(body[start:end], kinds[said["dtype"]]).reshape(said["shape"])
            wide = (raw.astype("<u4") << 16).view("<f4") if said["dtype"] == "BF16" else raw.astype("<f4")
            yield key, wide
    except (OSError, ValueError, KeyError, MemoryError, OverflowError) as error:
        raise Invalid(f"{path} cannot be read as safetensors.", "Export the run again.") from error
