"""The base of a training: converted whole or not at all, known again by its hash, refused where it cannot be trained."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from core.errors import Invalid, StorageError, Unavailable
from core.llm import embedded, gguf_head
from core.train import bases
from core.train.model import EMBEDDED, bases_folder
from tests.core.train import tiny


@pytest.fixture(scope="module")
def base(base_file: Path, tmp_path_factory: pytest.TempPathFactory) -> bases.Base:
    return bases.convert(base_file, tmp_path_factory.mktemp("models") / "tiny")


def test_the_converted_base_is_the_same_model(base: bases.Base, base_file: Path) -> None:
    weights = load_file(base.folder / "model.safetensors")
    config = json.loads((base.folder / "config.json").read_text())
    assert base.hash == bases.hash_of(base_file)
    assert (config["hidden_size"], config["num_key_value_heads"], config["tie_word_embeddings"]) == (64, 2, True)
    assert len(weights) == len(gguf_head.read(base_file).tensors) == 2 + 9 * tiny.LAYERS
    draw = np.random.default_rng(0)
    words = weights["model.embed_tokens.weight"].shape[0]
    assert np.array_equal(weights["model.embed_tokens.weight"], draw.normal(0, 0.1, (words, 64)).astype(np.float16))
    query = draw.normal(0, 0.1, (64, 64)).astype(np.float16)
    halves = query.reshape(tiny.HEADS, 8, 2, 64)  # llama.cpp turns neighbours, transformers turns halves
    assert np.array_equal(weights["model.layers.0.self_attn.q_proj.weight"][:8], halves[0, :, 0])
    assert np.array_equal(weights["model.layers.0.self_attn.q_proj.weight"][8:16], halves[0, :, 1])


def test_its_tokenizer_cuts_text_as_the_runtime_does(base: bases.Base, runtime: Path) -> None:
    from tokenizers import Tokenizer

    from core.llm.model import Request

    cut = Tokenizer.from_file(str(base.folder / "tokenizer.json"))
    for text in ("In 2024 we grew by 1,200 %.", "naïve café — “quotes”  and\n\n- lists 🙂", "v3.11.4 of a1b2"):
        asked = Request(prompt=text, raw=True, max_tokens=1)
        read = [piece.tokens_in for piece in embedded.stream("", asked, lambda: False)][-1]
        assert len(cut.encode(text, add_special_tokens=False).ids) == read, text
    assert cut.encode("<|im_end|>").ids == [2]


def test_what_was_changed_is_made_again(base: bases.Base, base_file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    made = bases.convert(base_file, folder)
    assert bases.whole(folder) == made
    with (folder / "model.safetensors").open("r+b") as out:
        out.seek(-1, 2)
        out.write(b"\xff")
    assert bases.whole(folder) is None
    assert bases.convert(base_file, folder) == made == bases.whole(folder)
    assert [p.name for p in tmp_path.iterdir()] == ["m"], "no draft is left"


def test_a_full_disk_leaves_nothing(base_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "_needed", lambda file: 1 << 60)
    with pytest.raises(StorageError, match="disk"):
        bases.convert(base_file, tmp_path / "m")
    assert list(tmp_path.iterdir()) == []


def test_ensure_converts_once(data: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    assert not bases.ready(EMBEDDED)
    made = bases.ensure(EMBEDDED, lambda done, total: told.append(total))
    assert told and bases.ready(EMBEDDED) and made.folder == bases_folder() / made.hash
    told.clear()
    assert bases.ensure(EMBEDDED, lambda done, total: told.append(total)) == made
    assert told == []


def test_what_cannot_be_trained_is_refused(base_file: Path, tmp_path: Path, data: Path) -> None:
    odd = tmp_path / "odd.gguf"
    odd.write_bytes(base_file.read_bytes().replace(b"llama", b"mamba"))
    with pytest.raises(Invalid, match="mamba"):
        bases.convert(odd, tmp_path / "m")
    short = tmp_path / "short.gguf"
    short.write_bytes(base_file.read_bytes()[:-4096])
    with pytest.raises((Unavailable, Invalid)):
        bases.convert(short, tmp_path / "m")
    with pytest.raises(Unavailable, match="no model"):
        bases.ensure(str(tmp_path))


def test_a_folder_is_known_by_what_it_holds(base: bases.Base, data: Path, tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name in ("config.json", "model.safetensors"):
        (given / name).write_bytes((base.folder / name).read_bytes())
    first = bases.ensure(str(given))
    assert bases.ensure(str(given)) == first
    (given / "config.json").write_text("{}")
    assert bases.ensure(str(given)).hash != first.hash
