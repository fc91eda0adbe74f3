"""The words of training: what a run does, its folder, how far it is. No heavy library is imported here."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from core.config import settings

Kind = Literal["voice", "preference", "genericness", "reranker", "image"]
Method = Literal["sft", "dpo", "orpo", "simpo", "logistic", "dreambooth", "fal"]
PHASES = ("prepare", "base", "train", "export", "exam", "register")
EMBEDDED = "embedded"
"""The base that is the GGUF of the embedded runtime (TIMBRE_MODEL_PATH, or the one that Timbre ships with)."""


@dataclass(frozen=True)
class Plan:
    """Everything that a training process does, as JSON in `plan.json` of its folder. It holds no secret."""

    method: Method = "sft"
    base: str = EMBEDDED
    """`embedded`, or the folder of a model in safetensors."""
    rank: int = 8
    alpha: int = 16
    dropout: float = 0.0
    targets: str = "all-linear"
    rate: float = 3e-4
    """Learning rate at its highest; cosine after a warm-up of a tenth of the steps."""
    epochs: float = 2.0
    steps: int = 0
    """Where over 0, so many steps whatever the epochs say."""
    batch: int = 4
    accumulate: int = 1
    tokens: int = 768
    """Of prompt and post together, at most; a longer row is left out and counted."""
    beta: float = 0.1
    """Of preference training."""
    quantize: Literal["none", "nf4"] = "none"
    """`nf4`: the base in 4 bits (QLoRA), which needs bitsandbytes."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    device: Literal["cpu", "cuda"] = "cpu"
    checkpointing: bool = False
    """Gradient checkpointing: less memory, more time."""
    seed: int = 7
    measure_every: int = 10
    """Steps between two readings of the held-out loss, and between two rounds of samples."""
    save_every: int = 5
    """Steps between two checkpoints."""
    effort: str = "standard"

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, kept: dict[str, Any]) -> Plan:
        """From JSON; names that this version does not know are passed over."""
        known = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in kept.items() if k in known})


@dataclass(frozen=True)
class Progress:
    """How far a training process is: written whole to `progress.json`, never half."""

    phase: str = ""
    """loading | training | saving | done | cancelled | failed"""
    step: int = 0
    steps: int = 0
    loss: float | None = None
    held_loss: float | None = None
    held_loss_before: float | None = None
    """Of the base (or of the adapter that it began from), before the first step."""
    tokens_s: float | None = None
    seconds_a_step: float | None = None
    eta: float | None = None
    """Seconds until the last step."""
    memory: int = 0
    """Bytes resident at most so far; on a GPU its allocated peak."""
    first_step_after: float | None = None
    """Seconds from the start of the process to the end of the first step."""
    message: str = ""
    hint: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


# ---- where things lie ----------------------------------------------------------------------------------------


def adapters_folder() -> Path:
    """Where adapters are kept: a folder each, named by the adapter's id."""
    return settings().timbre_data / "adapters"


def run_folder(run_id: str) -> Path:
    """Where a run works. Holds plan.json, train.jsonl, held.jsonl, progress.json, log.jsonl, samples.jsonl,
    child.log, checkpoints/, out/, and the flag `cancel`.
    """
    return settings().timbre_data / "training" / run_id


def bases_folder() -> Path:
    """Where bases that were converted once are kept: a folder each, named by the hash of the GGUF."""
    return settings().timbre_data / "models"
