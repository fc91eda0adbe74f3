"""The model that training begins from: the embedded runtime's GGUF, made into safetensors once and checked by hash.

`python -m core.train.bases convert GGUF FOLDER` does it by hand.
"""

from __future__ import annotations

import errno
import hashlib
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import Invalid, StorageError, Unavailable
from core.llm import embedded, gguf_head
from core.llm.loras import file_hash
from core.train.model import EMBEDDED, bases_folder

MADE_BY = 1
"""Of the conversion. A base that another number made is made again."""
CARD = "base.json"
Array = npt.NDArray[Any]
Say = Callable[[int, int], object]
"""Told how many parts of how many are converted."""


def nobody(*_: int) -> None:
    """For those who do not wait for it."""


_NAMES = {
    "token_embd": "model.embed_tokens",
    "output_norm": "model.norm",
    "output": "lm_head",
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_ARCHITECTURES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM"}


@dataclass(frozen=True)
class Base:
    """A model ready to be trained from."""

    folder: Path
    hash: str
    """SHA-256 of the GGUF, or of the safetensors of a folder that a person named."""
    name: str


def ensure(base: str, say: Say = nobody) -> Base:
    """The base of a plan, converted where that was not done yet or where what lies there is not whole.

    Raises Unavailable where it is missing, Invalid where it cannot be trained, StorageError where the disk is full.
    """
    if base != EMBEDDED:
        return _given(Path(base).expanduser())
    embedded.require()
    file = embedded.path()
    folder = bases_folder() / hash_of(file)
    return whole(folder) or convert(file, folder, say)


def ready(base: str) -> bool:
    """Whether `ensure` would have nothing to convert. Quick: the parts are not read."""
    if base != EMBEDDED:
        return (Path(base).expanduser() / "config.json").is_file()
    return embedded.path().is_file() and (bases_folder() / file_hash(embedded.path()) / CARD).is_file()


def whole(folder: Path) -> Base | None:
    """The converted base in a folder, or None where it is not there, was changed, or an older version made it."""
    try:
        card = json.loads((folder / CARD).read_text())
        right = card["made_by"] == MADE_BY and all(hash_of(folder / n) == h for n, h in card["files"].items())
        return Base(folder, str(card["hash"]), str(card["name"])) if right else None
    except (OSError, ValueError, KeyError):
        return None


def convert(file: Path, folder: Path, say: Say = nobody) -> Base:
    """A GGUF of the Llama or Qwen2 kind as `folder`, which takes its place whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".making-"))
    try:
        name = _parts(file, draft, say)
        kept = {part.name: hash_of(part) for part in sorted(draft.iterdir())}
        made_from = hash_of(file)
        card = {"made_by": MADE_BY, "hash": made_from, "name": name, "files": kept}
        (draft / CARD).write_text(json.dumps(card, indent=1))
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
    except OSError as error:
        if made := whole(folder):  # another process was quicker
            return made
        if error.errno != errno.ENOSPC:
            raise
        raise StorageError(
            f"The disk is full: the base model could not be made ready in {folder.parent}. Nothing was half-written.",
            f"It needs about {_needed(file) >> 20} MB. Make room, then start the training again.",
        ) from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Base(folder, made_from, name)


def hash_of(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _parts(file: Path, draft: Path, say: Say) -> str:
    """Write weights, configuration and tokenizer; gives the model's name."""
    from safetensors.numpy import save_file

    head = gguf_head.read(file)
    config = _config(file, head)
    if shutil.disk_usage(draft).free < _needed(file):
        raise OSError(errno.ENOSPC, "not enough room")
    weights = {}
    raw = np.memmap(file, np.uint8, "r")
    for done, name in enumerate(head.tensors):
        say(done, len(head.tensors))
        values = _values(file, raw, head, name)
        if config["model_type"] == "llama" and name.split(".")[-2] in ("attn_q", "attn_k"):
            values = _unpermuted(values, config["head_dim"])
        weights[_name(file, name)] = np.ascontiguousarray(values, np.float16 if values.ndim > 1 else np.float32)
    save_file(weights, draft / "model.safetensors", {"format": "pt"})
    (draft / "config.json").write_text(json.dumps(config, indent=1))
    _tokenizer(file, draft)
    return str(head.values.get("general.name") or file.stem)


def _values(file: Path, raw: Array, head: gguf_head.Head, name: str) -> Array:
    """A tensor as numbers of 32 bits, rows first."""
    import gguf

    kind = gguf.GGMLQuantizationType(head.kinds[name])
    stored = gguf.quant_shape_to_byte_shape(head.tensors[name], kind)
    start = head.starts[name]
    try:
        return gguf.quants.dequantize(raw[start : start + math.prod(stored)].reshape(stored), kind)
    except ValueError as error:
        raise Unavailable(
            f"The model file {file} is cut short.",
            "Run `make setup` to install it again, or set TIMBRE_MODEL_PATH to another file.",
        ) from error


def _config(file: Path, head: gguf_head.Head) -> dict[str, Any]:
    """What transformers calls the configuration. Raises Invalid for a kind that this conversion does not know."""
    known, tensors = head.values, head.tensors
    kind = known.get("general.architecture", "")
    scaled = known.get(f"{kind}.rope.scaling.type", "none") != "none" or "rope_freqs.weight" in tensors
    if kind not in _ARCHITECTURES or scaled:
        raise _unknown(file, f"its kind ({kind or 'not named'}{', with scaled positions' if scaled else ''})")

    def get(name: str, otherwise: Any = None) -> Any:
        found = known.get(f"{kind}.{name}", otherwise)
        if found is None:
            raise _unknown(file, f"a file without {kind}.{name}")
        return found

    heads, wide = get("attention.head_count"), get("embedding_length")
    names = {"bos": "bos", "eos": "eos", "pad": "padding"}
    return {
        "architectures": [_ARCHITECTURES[kind]],
        "model_type": kind,
        "hidden_size": wide,
        "intermediate_size": get("feed_forward_length"),
        "num_hidden_layers": get("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": get("attention.head_count_kv", heads),
        "head_dim": get("attention.key_length", wide // heads),
        "max_position_embeddings": get("context_length"),
        "rms_norm_eps": get("attention.layer_norm_rms_epsilon"),
        "rope_parameters": {"rope_type": "default", "rope_theta": get("rope.freq_base", 10000.0)},
        "hidden_act": "silu",
        "tie_word_embeddings": "output.weight" not in tensors,
        "vocab_size": tensors["token_embd.weight"][0],
        "dtype": "float16",
        **{f"{ours}_token_id": known.get(f"tokenizer.ggml.{its}_token_id") for ours, its in names.items()},
    }


def _name(file: Path, name: str) -> str:
    *block, part, ending = name.split(".")
    if part not in _NAMES:
        raise _unknown(file, f"its part {name}")
    return f"{f'model.layers.{block[1]}.' if block else ''}{_NAMES[part]}.{ending}"


def _unpermuted(rows: Array, head: int) -> Array:
    """llama.cpp keeps the two halves of each head interleaved; transformers keeps one after the other."""
    shape = rows.shape
    return rows.reshape(shape[0] // head, head // 2, 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def _tokenizer(file: Path, draft: Path) -> None:
    from tokenizers.pre_tokenizers import Digits, Sequence
    from transformers.integrations.gguf.gguf_tokenizer_mapping import convert_gguf_tokenizer, get_gguf_tokenizer

    kind, parts, config = get_gguf_tokenizer(str(file))
    made, _ = convert_gguf_tokenizer(kind, parts)
    if parts.get("pre_tokenizer_type") == "smollm":  # transformers does not know that each digit stands alone there
        made.pre_tokenizer = Sequence([Digits(individual_digits=True), made.pre_tokenizer])
    made.save(str(draft / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **{k: v for k, v in config.items() if v is not None}}
    (draft / "tokenizer_config.json").write_text(json.dumps(config, indent=1))


def _needed(file: Path) -> int:
    """Bytes of the converted base, at most: 4 bits become 16, and something for the tokenizer."""
    return file.stat().st_size * 4 + (8 << 20)


def _unknown(file: Path, what: str) -> Invalid:
    return Invalid(
        f"{file.name} cannot be trained from: {what} is not one that Timbre converts.",
        "Name a folder with the same model in safetensors as the base of the run.",
    )


def _given(folder: Path) -> Base:
    """A folder that a person named, as it is."""
    parts = sorted(folder.glob("*.safetensors"))
    if not parts or not (folder / "config.json").is_file():
        raise Unavailable(
            f"There is no model in {folder}: it should hold config.json and *.safetensors.",
            "Name the folder of a model in safetensors, or train the built-in model.",
        )
    return Base(folder, _remembered(folder, [folder / "config.json", *parts]), folder.name)


def _remembered(folder: Path, files: list[Path]) -> str:
    """One hash over files that may be tens of gigabytes: read once, then known by their sizes and times."""
    look = [[part.name, part.stat().st_size, part.stat().st_mtime_ns] for part in files]
    place = bases_folder() / f"hash-{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]}.json"
    try:
        kept = json.loads(place.read_text())
        if kept["look"] == look:
            return str(kept["hash"])
    except (OSError, ValueError, KeyError):
        pass
    found = hashlib.sha256("".join(f"{part.name} {hash_of(part)}\n" for part in files).encode()).hexdigest()
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(".part")
    draft.write_text(json.dumps({"look": look, "hash": found}))
    draft.replace(place)
    return found


def main(argv: list[str]) -> int:
    """`convert GGUF FOLDER`."""
    if len(argv) != 3 or argv[0] != "convert":
        sys.stderr.write("python -m core.train.bases convert GGUF FOLDER\n")
        return 2
    base = convert(Path(argv[1]), Path(argv[2]))
    sys.stdout.write(f"{base.name} is in {base.folder} (made from {base.hash})\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
