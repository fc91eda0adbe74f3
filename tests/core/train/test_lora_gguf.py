"""An adapter of peft over the embedded model: the same numbers as transformers would give, per call, and only if whole."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from core import llm
from core.config import settings
from core.errors import Invalid, TimbreError, Unavailable
from core.llm import embedded, gguf_head
from core.llm.loras import file_hash
from core.train import lora_gguf
from tests.core.train import made, tiny

Floats = npt.NDArray[np.float64]
WORDS = 49_152
IDS = [9, 4105, 260, 3201, 282, 17, 45, 900]
RANK, ALPHA = 4, 8


def lora(path: Path, scale: float = 1.0) -> llm.Lora:
    return llm.Lora(str(path), scale, file_hash(path))


def says(*adapters: llm.Lora, n: int = 1) -> list[str]:
    request = llm.Request(
        "A plant.", max_tokens=12, temperature=0.0, repeat_penalty=1.0, min_p=0.0, n=n, adapters=adapters
    )
    return llm.complete(request).texts


# ---- the numbers ---------------------------------------------------------------------------------------------


def transformers_llama(weights: dict[str, Floats], ids: list[int]) -> Floats:
    """Log-probabilities after these tokens by Llama as transformers computes it (halves of a head turned together)."""
    x, positions, size = weights["embed"][ids], np.arange(len(ids)), tiny.WIDE // tiny.HEADS
    angles = np.outer(positions, 10000.0 ** (-np.arange(0, size, 2) / size))
    cos, sin = np.cos(np.hstack([angles, angles])), np.sin(np.hstack([angles, angles]))

    def norm(v: Floats) -> Floats:
        return v / np.sqrt((v * v).mean(-1, keepdims=True) + 1e-5)

    def turned(v: Floats) -> Floats:
        return v * cos + np.hstack([-v[:, size // 2 :], v[:, : size // 2]]) * sin

    mask = np.triu(np.full((len(ids), len(ids)), -np.inf), 1)
    for layer in range(tiny.LAYERS):
        w = {part: weights[f"{layer}.{part}"] for part in made.SHAPES}
        h = norm(x)
        q, k, v = (h @ w[f"self_attn.{p}_proj"].T for p in "qkv")
        heads = []
        for head in range(tiny.HEADS):
            shared = head * tiny.KV_HEADS // tiny.HEADS
            mine, theirs = (slice(n * size, (n + 1) * size) for n in (head, shared))
            scores = turned(q[:, mine]) @ turned(k[:, theirs]).T / math.sqrt(size) + mask
            attention = np.exp(scores - scores.max(-1, keepdims=True))
            heads.append(attention / attention.sum(-1, keepdims=True) @ v[:, theirs])
        x = x + np.hstack(heads) @ w["self_attn.o_proj"].T
        h = norm(x)
        gate = h @ w["mlp.gate_proj"].T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ w["mlp.up_proj"].T)) @ w["mlp.down_proj"].T
    logits = norm(x)[-1] @ weights["embed"].T
    top = logits.max()
    return np.asarray(logits - top - np.log(np.exp(logits - top).sum()))


def base_weights() -> dict[str, Floats]:
    """The tiny base as transformers would hold it: drawn as tiny.py draws it, rows of q and k turned back to halves."""
    draw = np.random.default_rng(0)

    def drawn(*shape: int) -> Floats:
        return draw.normal(0, 0.1, shape).astype(np.float16).astype(np.float64)

    out = {"embed": drawn(WORDS, tiny.WIDE)}
    for layer in range(tiny.LAYERS):
        for part, shape in made.SHAPES.items():
            data = drawn(*shape)
            if heads := {"self_attn.q_proj": tiny.HEADS, "self_attn.k_proj": tiny.KV_HEADS}.get(part):
                half = shape[0] // heads // 2
                data = data[[h * 2 * half + 2 * i + side for h in range(heads) for side in (0, 1) for i in range(half)]]
            out[f"{layer}.{part}"] = data
    return out


def runtime_logprobs(file: Path, *adapters: llm.Lora) -> dict[int, float]:
    running = embedded._server(file, adapters)
    body = {"prompt": IDS, "n_predict": 1, "n_probs": 30, "temperature": 0.0, "stream": False, "cache_prompt": False}
    body["lora"] = embedded._body(llm.Request("", adapters=adapters), running)["lora"]
    got: list[dict[str, Any]] = []
    answer = running.server.handle_completions(body, got.append) or got[-1]
    return {t["id"]: t["logprob"] for t in answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]}


def test_the_runtime_calculates_what_transformers_would(runtime: Path, written: list[Path]) -> None:
    added = made.matrices(1, RANK)
    embedded._server(runtime, [lora(written[0])])
    for scale in (0.0, 0.5, 1.0):
        weights = base_weights()
        for layer in range(tiny.LAYERS):
            for part in made.SHAPES:
                key = f"base_model.model.model.layers.{layer}.{part}.lora"
                plus = added[f"{key}_B.weight"].astype(float) @ added[f"{key}_A.weight"]
                weights[f"{layer}.{part}"] = weights[f"{layer}.{part}"] + scale * ALPHA / RANK * plus
        wanted = transformers_llama(weights, IDS)
        found = runtime_logprobs(runtime, lora(written[0], scale))
        assert len(found) == 30 and max(abs(wanted[id_] - p) for id_, p in found.items()) < 0.01


def test_qwen_keeps_the_order_of_its_rows_and_llama_does_not(tmp_path: Path, base_file: Path) -> None:
    folder, llama = made.peft(tmp_path / "a"), lora_gguf.base_of(base_file)
    qwen = lora_gguf.Base(llama.path, "qwen2", llama.blocks, llama.heads, llama.heads_kv, llama.shapes)
    q = made.matrices()["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"]
    of = {kind: {p.name: p.b for p in lora_gguf.pairs(folder, base)} for kind, base in (("l", llama), ("q", qwen))}
    assert np.array_equal(of["q"]["blk.0.attn_q.weight"], q) and not np.array_equal(of["l"]["blk.0.attn_q.weight"], q)
    assert np.array_equal(of["l"]["blk.0.attn_output.weight"], of["q"]["blk.0.attn_output.weight"])


def test_what_peft_multiplies_by_is_kept(tmp_path: Path, base_file: Path) -> None:
    folder = made.peft(tmp_path / "a", rank=4, alpha=8, use_rslora=True)
    file = lora_gguf.write(folder, base_file, tmp_path / "a.gguf")
    alpha = gguf_head.read(file).values["adapter.lora.alpha"]
    assert alpha / 4 == pytest.approx(8 / 2)  # the runtime divides by the rank; rsLoRA by its root


def test_half_precision_is_read_too(tmp_path: Path, base_file: Path) -> None:
    base = lora_gguf.base_of(base_file)
    whole, half = (lora_gguf.pairs(made.peft(tmp_path / kind, kind=kind), base) for kind in ("F32", "BF16"))
    assert all(
        np.allclose(a.a, b.a, rtol=0.01) and np.allclose(a.b, b.b, rtol=0.01) for a, b in zip(whole, half, strict=True)
    )


def halved(folder: Path) -> None:
    rows = made.matrices()
    rows.pop(next(iter(rows)))
    made.safetensors(folder / "adapter_model.safetensors", rows)


def renamed(folder: Path, old: str, new: str) -> None:
    rows = {key.replace(old, new): value for key, value in made.matrices().items()}
    made.safetensors(folder / "adapter_model.safetensors", rows)


def swapped(folder: Path) -> None:
    rows = {key: value[:, :-1] if "down_proj.lora_A" in key else value for key, value in made.matrices().items()}
    made.safetensors(folder / "adapter_model.safetensors", {k: np.ascontiguousarray(v) for k, v in rows.items()})


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: (f / "adapter_config.json").unlink(), "no readable adapter_config"),
        (lambda f: made.peft(f, use_dora=True), "use_dora"),
        (lambda f: made.peft(f, bias="all"), "biases"),
        (lambda f: (f / "adapter_model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0{"), "cannot be read"),
        (halved, "one half"),
        (lambda f: renamed(f, ".layers.1.", ".layers.7."), "does not have"),
        (lambda f: renamed(f, "lora_A.weight", "lora_magnitude_vector"), "no LoRA matrix"),
        (swapped, "do not fit"),
    ],
)
def test_what_cannot_be_converted_says_why_and_leaves_nothing(
    tmp_path: Path, base_file: Path, spoil: Any, said: str
) -> None:
    spoil(folder := made.peft(tmp_path / "a"))
    with pytest.raises(Invalid, match=said) as raised:
        lora_gguf.write(folder, base_file, tmp_path / "out.gguf")
    assert raised.value.hint and [p.name for p in tmp_path.iterdir()] == ["a"]


# ---- per call ------------------------------------------------------------------------------------------------


def test_each_call_has_its_own_adapters_and_none_is_the_base(runtime: Path, written: list[Path]) -> None:
    base = says()
    one, two = says(lora(written[0])), says(lora(written[1]))
    assert len({base[0], one[0], two[0]}) == 3
    for _ in range(2):  # the same slot, whatever was read in it before
        assert says(lora(written[0], 0.0)) == base
        assert says(lora(written[0])) == one
        assert says() == base
        assert says(lora(written[1])) == two
    both = says(lora(written[0], 0.5), lora(written[1], 0.5))
    assert both not in (base, one, two) and says(lora(written[1], 0.5), lora(written[0], 0.5)) == both
    assert says(lora(written[0]), n=2) == one * 2


def test_what_an_adapter_read_is_never_taken_up_by_another_call(runtime: Path, written: list[Path]) -> None:
    def reads(prompt: str, *adapters: llm.Lora) -> list[str]:
        return llm.complete(
            llm.Request(prompt, raw=True, max_tokens=4, temperature=0.0, repeat_penalty=1.0, adapters=adapters)
        ).texts

    text = "The plant was quiet when we came back from the audit of the northern valve."
    base = reads(text)
    with_it = reads(text, lora(written[0]))
    for at, adapters in ((0, (lora(written[0]),)), (embedded.SLOTS, ())):  # every slot: first with it, then without
        for number in range(at, at + embedded.SLOTS):
            reads(f"{chr(65 + number)}{number} something else altogether", *adapters)
    assert reads(text) == base != with_it


def test_only_so_many_stay_in_memory(runtime: Path, written: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MOST_ADAPTERS", 2)
    alone = [says(lora(file)) for file in written]
    assert embedded._running is not None and len(embedded._running.loaded) == 2
    assert says(lora(written[2])) == alone[2] and says(lora(written[0])) == alone[0]
    kept = {Path(one.path) for one in embedded._running.loaded}
    assert kept == {written[0], written[2]}  # the one that was not asked for the longest went
    with pytest.raises(Invalid, match="At most 2"):
        says(*[lora(file) for file in written])


def test_an_adapter_that_is_not_what_it_was_is_refused(
    runtime: Path, written: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "adapter.gguf"
    file.write_bytes(written[0].read_bytes())
    kept = lora(file)
    assert says(kept) == says(lora(written[0]))
    raw = bytearray(file.read_bytes())
    raw[-1] ^= 1
    file.write_bytes(raw)
    refused(Invalid, "not the one that passed", kept)
    file.unlink()
    refused(Unavailable, "missing", kept)
    file.write_bytes(b"GGUF" + bytes([255] * 100))
    refused(Invalid, "no GGUF", lora(file))
    other = tiny.gguf(tmp_path, seed=5)
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(other))
    settings.cache_clear()
    refused(Invalid, "another model", lora(written[0]))
    assert says()  # the other model itself runs


def refused(kind: type[TimbreError], said: str, adapter: llm.Lora) -> None:
    with pytest.raises(kind, match=said) as raised:
        says(adapter)
    assert raised.value.hint


def test_a_model_that_applies_none_refuses_and_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="applies no adapters"):
        llm.complete(llm.Request("A", adapters=(llm.Lora("x", 1.0, "h"),)), model="ollama/qwen2.5:7b")


def test_the_record_of_a_call_says_which_adapter_and_not_where() -> None:
    plain, bound = llm.Request("A"), llm.Request("A", adapters=(llm.Lora("/home/ada/x.gguf", 0.5, "h" * 64),))
    assert "adapters" not in plain.record()  # calls recorded before there were any keep their hash
    assert bound.record()["adapters"] == [{"hash": "h" * 64, "scale": 0.5}]
    assert "/home" not in json.dumps(bound.record())
