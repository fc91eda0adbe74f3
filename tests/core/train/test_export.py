"""An adapter for Ollama and vLLM: what lies there, the exact commands, and who may take it along."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from core import authors
from core.config import settings
from core.errors import Denied, Invalid, NotFound, StorageError, Unavailable
from core.llm import gguf_head
from core.people import WORKER
from core.store import Actor
from core.store.tables_training import Adapter
from core.train import export, registry
from core.train.model import bases_folder
from tests.core.train import made, tiny


@pytest.fixture
def ada(
    data: Path, actor: Actor, base_file: Path, written: list[Path], monkeypatch: pytest.MonkeyPatch
) -> tuple[str, Adapter]:
    """Ada, and an adapter of hers that has passed."""
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(base_file))
    settings.cache_clear()
    id_ = authors.add("Ada", actor).id
    authors.consent(id_, True, actor)
    run = made.run(actor, id_, title="Ada d'Été ☂")
    return id_, registry.add(run, made.out(data / "out", written[0]), made.EXAM, WORKER)


def test_for_ollama_there_is_one_model_and_a_modelfile(ada: tuple[str, Adapter], tmp_path: Path) -> None:
    model = f"timbre-ada-d-ete-1-{ada[1].id[-4:].lower()}"
    found = export.ollama(ada[1].id, WORKER, tmp_path / "Ada's exports")
    assert {file.name for file in found.files} == {"README.md", "Modelfile", f"{model}.gguf"}
    assert all(file.is_file() for file in found.files) and set(found.folder.iterdir()) == set(found.files)
    program, verb, name, flag, modelfile = shlex.split(found.commands[0])
    assert (program, verb, name, flag) == ("ollama", "create", model, "-f")
    first, *rest = Path(modelfile).read_text().splitlines()
    assert (Path(modelfile).parent / first.removeprefix("FROM ")).is_file()
    assert "<|im_start|>{{ .Role }}" in "\n".join(rest) and found.served_as == f"ollama/{model}"
    assert gguf_head.read(found.folder / f"{name}.gguf").values["general.name"] == name
    registry.set_served(ada[1].id, found.served_as, WORKER)


def test_for_vllm_there_is_a_lora_module_over_the_base(ada: tuple[str, Adapter], data: Path) -> None:
    _, row = ada
    with pytest.raises(Unavailable, match="not in"):
        export.vllm(row.id, WORKER)
    base = bases_folder() / row.base_hash
    base.mkdir(parents=True)
    (base / "config.json").write_text("{}")
    registry.set_scale(row.id, 0.5, WORKER)
    found = export.vllm(row.id, WORKER)
    command = shlex.split(found.commands[0])
    name, _, module = command[command.index("--lora-modules") + 1].partition("=")
    assert command[:3] == ["vllm", "serve", str(base)] and "--enable-lora" in command
    assert command[command.index("--max-lora-rank") + 1] == "8"  # the smallest that vLLM takes for rank 4
    config = json.loads((Path(module) / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == str(base) and config["r"] == 4 and config["lora_alpha"] == 4
    kept = registry.folder(row.id) / "adapter_model.safetensors"
    assert (Path(module) / kept.name).read_bytes() == kept.read_bytes()
    assert found.served_as == f"openai/{name}" and data in found.folder.parents


def test_over_a_folder_of_safetensors_ollama_is_told_both(
    ada: tuple[str, Adapter], actor: Actor, data: Path, written: list[Path], tmp_path: Path
) -> None:
    run = made.run(actor, ada[0], base="/models/llama-8b")
    row = registry.add(run, made.out(data / "out2", written[0]), made.EXAM, WORKER, "b" * 64)
    found = export.ollama(row.id, WORKER, tmp_path / "out")
    assert (found.folder / "Modelfile").read_text() == "FROM /models/llama-8b\nADAPTER ./adapter\n"
    assert (found.folder / "adapter" / "adapter_model.safetensors").is_file() and row.base_hash == "b" * 64


def test_what_may_not_be_used_does_not_leave(
    ada: tuple[str, Adapter],
    actor: Actor,
    data: Path,
    written: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    id_, row = ada
    failed = registry.add(
        made.run(actor, id_), made.out(data / "out2", written[0]), {**made.EXAM, "passed": False}, WORKER
    )
    to = tmp_path / "exported"
    with pytest.raises(Invalid, match="not passed"):
        export.ollama(failed.id, WORKER, to)
    authors.consent(id_, False, actor)
    with pytest.raises(Denied, match="Ada no longer agreed"):
        export.vllm(row.id, WORKER, to)
    authors.consent(id_, True, actor)
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="could not be written") as raised:
        export.ollama(row.id, WORKER, tmp_path / "file")
    assert raised.value.hint
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(tiny.gguf(tmp_path, seed=5)))
    settings.cache_clear()
    with pytest.raises(Invalid, match="another model"):
        export.ollama(row.id, WORKER, to)
    (registry.folder(row.id) / "adapter_config.json").write_text("{}")
    with pytest.raises(Invalid, match="not the one that was made"):
        export.vllm(row.id, WORKER, to)
    left = export.keeping.exports(row.id)
    left.mkdir(parents=True)
    registry.delete(row.id, actor)
    assert not left.exists()
    with pytest.raises(NotFound):
        export.ollama(row.id, WORKER, to)
    assert not list(to.glob("**/*.gguf"))
