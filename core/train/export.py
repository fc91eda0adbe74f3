"""An adapter for other programs, with the exact commands: merged into a GGUF for Ollama, as a LoRA module for vLLM."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core import store
from core.errors import Denied, Invalid, NotFound, StorageError, Unavailable
from core.llm import embedded, loras
from core.store import Actor, adapters
from core.store.tables_training import Adapter
from core.train import keeping
from core.train.merge import Say, merge
from core.train.model import EMBEDDED, bases_folder
from core.train.promoting import may
from core.train.serving import learnt_from

PEFT = ("adapter_config.json", "adapter_model.safetensors")
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)
"""What vLLM takes for --max-lora-rank."""
CHATML = """TEMPLATE \"\"\"{{ range .Messages }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}<|im_start|>assistant
\"\"\"
PARAMETER stop "<|im_start|>"
PARAMETER stop "<|im_end|>"
"""
"""As core.llm.embedded.chat says it, and as the adapter has learnt it."""


@dataclass(frozen=True)
class Exported:
    """What was written, and what to type."""

    folder: Path
    files: list[Path]
    commands: list[str]
    served_as: str
    """What core.train.registry.set_served is told once it is served."""
    note: str
    """What to do after the commands, for people."""


def ollama(adapter_id: str, actor: Actor, folder: Path | None = None, say: Say | None = None) -> Exported:
    """A model for `ollama create`: base and adapter in one GGUF at 8 bits, or base folder and adapter named apart.

    `folder`: by default TIMBRE_DATA/exports/ID/ollama. Raises NotFound, Invalid, Denied, Unavailable, StorageError.
    """
    may(actor)
    row, source = _usable(adapter_id)
    name = name_of(row)
    to = _folder(folder or keeping.exports(row.id) / "ollama")
    written = [_put(source / keeping.README, to / keeping.README)]
    if row.base == EMBEDDED:
        _same_base(row)
        written.append(merge(embedded.path(), [(source, row.scale)], to / f"{name}.gguf", name, say))
        model = f"FROM ./{name}.gguf\n{CHATML}PARAMETER num_ctx {embedded.CONTEXT}\n"
    else:
        written += _peft(source, to / "adapter", row.base, row.scale)
        model = f"FROM {row.base}\nADAPTER ./adapter\n"
    written.append(_write(to / "Modelfile", model))
    return Exported(
        to,
        written,
        [f"ollama create {name} -f {shlex.quote(str(to / 'Modelfile'))}"],
        f"ollama/{name}",
        "Then say on the adapter's card that it is served as this name, and choose an Ollama model for writing.",
    )


def vllm(adapter_id: str, actor: Actor, folder: Path | None = None) -> Exported:
    """A LoRA module for `vllm serve`, over the base in safetensors. Raises as `ollama` does."""
    may(actor)
    row, source = _usable(adapter_id)
    name = name_of(row)
    base = bases_folder() / row.base_hash if row.base == EMBEDDED else Path(row.base)
    if not (base / "config.json").is_file():
        raise Unavailable(
            f"The base in safetensors is not in {base} any more; nothing was exported.",
            "Train once more over it: the base is converted again before the first step.",
        )
    to = _folder(folder or keeping.exports(row.id) / "vllm")
    written = [_put(source / keeping.README, to / keeping.README), *_peft(source, to / name, str(base), row.scale)]
    rank = int(json.loads((source / PEFT[0]).read_text(encoding="utf8"))["r"])
    most = next((r for r in RANKS if r >= rank), RANKS[-1])
    module = shlex.quote(f"{name}={to / name}")
    return Exported(
        to,
        written,
        [f"vllm serve {shlex.quote(str(base))} --enable-lora --lora-modules {module} --max-lora-rank {most}"],
        f"openai/{name}",
        "Then set OPENAI_BASE_URL to that server (http://127.0.0.1:8000/v1 on this machine), start Timbre again, and "
        "say on the adapter's card that it is served as this name. It is applied as strongly as here now.",
    )


def name_of(row: Adapter) -> str:
    """A name that Ollama, vLLM and every file system take, and no other adapter has: timbre-ada-lovelace-3-7k2q."""
    plain = unicodedata.normalize("NFKD", row.title).encode("ascii", "ignore").decode().lower()
    short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")
    return "-".join(part for part in ("timbre", short, str(row.number), row.id[-4:].lower()) if part)


def _usable(adapter_id: str) -> tuple[Adapter, Path]:
    """An adapter that may leave: whole, examined, and everybody whose posts are in it agrees."""
    with store.reading() as tx:
        row = adapters.get(tx, adapter_id)
        names = adapters.refused(tx, learnt_from(row))
    if row.deleted_at is not None:
        raise NotFound("This adapter was deleted.", "Choose another one from the list.")
    if row.passed is not True:
        raise Invalid(f"The adapter {row.title} has not passed its exam, so it is not exported.", "See its exam.")
    if names:
        raise Denied(
            f"The adapter is not exported: {', '.join(names)} no longer agreed to training.",
            "Delete the adapter, or ask them.",
        )
    folder = keeping.checked(row)
    if missing := [name for name in PEFT if name not in row.files]:
        raise Invalid(f"This adapter has no {missing[0]}: there is nothing for a language model in it.", "")
    return row, folder


def _same_base(row: Adapter) -> None:
    embedded.require()
    if loras.file_hash(embedded.path()) != row.base_hash:
        raise Invalid(
            f"The adapter {row.title} was made for another model than {embedded.path().name}; nothing was exported.",
            "Set TIMBRE_MODEL_PATH to the model that it was trained on.",
        )


def _peft(source: Path, to: Path, base: str, scale: float) -> list[Path]:
    """The adapter as peft keeps it, over a base by this name; how strongly it is applied goes into its alpha."""
    config: dict[str, Any] = json.loads((source / PEFT[0]).read_text(encoding="utf8"))
    changed = {"base_model_name_or_path": base, "lora_alpha": config["lora_alpha"] * scale}
    said = json.dumps({**config, **changed}, indent=1, ensure_ascii=False)
    return [_write(_folder(to) / PEFT[0], said), _put(source / PEFT[1], to / PEFT[1])]


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _disk(path, error) from error
    return path


def _put(source: Path, to: Path) -> Path:
    try:
        shutil.copyfile(source, to)
    except OSError as error:
        raise _disk(to, error) from error
    return to


def _write(to: Path, text: str) -> Path:
    try:
        to.write_text(text, encoding="utf8")
    except OSError as error:
        raise _disk(to, error) from error
    return to


def _disk(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path} could not be written ({error.strerror}).", "Choose another folder, or free some space on its disk."
    )
