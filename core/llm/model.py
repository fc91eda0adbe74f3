"""What every provider of a language model speaks: the request, the pieces of the answer, the model's description."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

SMALL_BELOW = 4.0
"""Billions of parameters under which a model gets the skeleton way: code places the facts, it adds a sentence."""
_SIZE = re.compile(r"(?<![a-z0-9])(\d+(?:\.\d+)?)\s*([bm])(?![a-z])", re.IGNORECASE)
Stop = Callable[[], bool]


@dataclass(frozen=True)
class Model:
    """The model that would answer now. `note` says what it is like, `hint` what to do for better text."""

    provider: str
    name: str
    small: bool
    note: str = ""
    hint: str = ""

    @property
    def id(self) -> str:
        """Provider and name in one word, for the records."""
        return f"{self.provider}/{self.name}"


@dataclass(frozen=True)
class Health:
    """Whether a provider can be used now, and what it has."""

    ok: bool
    message: str
    hint: str = ""
    models: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lora:
    """An adapter over the embedded model, and how strongly it is applied: 0 (not at all) to 1."""

    path: str
    """A LoRA in GGUF, as core.train.lora_gguf writes it."""
    scale: float
    hash: str
    """sha256 of that file: another file in its place is refused."""


@dataclass(frozen=True)
class Request:
    """One call. `raw` continues the prompt as it stands; otherwise `system` and `prompt` are a chat.

    `n` candidates come from one prompt, with seeds of their own. `grammar` (GBNF) and `scored` (mean log-probability
    of each candidate) hold where the provider can; the caller checks.
    """

    prompt: str
    system: str = ""
    raw: bool = False
    n: int = 1
    seed: int = 0
    temperature: float = 0.8
    min_p: float = 0.1
    repeat_penalty: float = 1.15
    repeat_last: int = 64
    max_tokens: int = 400
    stop: tuple[str, ...] = ()
    grammar: str = ""
    json: bool = False
    schema: dict[str, Any] | None = None
    """JSON schema of the answer. Every provider takes it; a server that knows no schemas is told it in words."""
    scored: bool = False
    timeout: float = 300.0
    """Seconds without a single token after which the call is given up."""
    apart: int = 0
    """Tokens in a row that the answer may have in common with what was read or written before; 0: as many as it likes.

    The embedded model alone can (DRY, a penalty that grows with every further token): it repeats its examples less.
    """
    adapters: tuple[Lora, ...] = ()
    """Applied to this call alone; only the embedded model can (see core.llm.complete)."""

    def record(self) -> dict[str, Any]:
        """As JSON, for the records and the hash: of an adapter what it is and how strong, not where its file lies."""
        kept = {**asdict(self), "stop": list(self.stop)}
        kept["adapters"] = [{"hash": lora.hash, "scale": lora.scale} for lora in self.adapters]
        unset_now = (("schema", self.schema is None), ("adapters", not self.adapters), ("apart", not self.apart))
        for later, unset in unset_now:
            if unset:
                del kept[later]  # calls recorded before there were such things keep their hash
        return kept

    def one(self, number: int) -> Request:
        """The request of candidate `number` alone."""
        return replace(self, n=1, seed=self.seed + number)


@dataclass(frozen=True)
class Piece:
    """Some more text of candidate `index`. Counts are totals of the call and come with a last, empty piece."""

    text: str = ""
    index: int = 0
    logprob: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True)
class Completion:
    """A finished call: a text for each candidate, and its mean log-probability where it was asked for."""

    texts: list[str]
    fluency: list[float | None]
    tokens_in: int = 0
    tokens_out: int = 0
    model: str = ""


class Provider(Protocol):
    """What a provider's module offers. Importing it and `describe` load nothing; `probe` answers within seconds."""

    MANY: bool
    """Whether one call can give several candidates of one prompt."""
    PARALLEL: int
    """Calls that are worth having in flight at once, where the provider cannot ask for better."""

    def describe(self, name: str) -> Model:
        """The model of that name ('' for the default one)."""

    def probe(self) -> Health:
        """Whether it answers now."""

    def stream(self, name: str, request: Request, stop: Stop) -> Iterator[Piece]:
        """The answer, piece by piece. Raises Unavailable, or Cancelled once `stop()` says so."""


def schema_in_words(request: Request) -> str:
    """The prompt for a server that knows no schemas: with the schema at its end."""
    if request.schema is None:
        return request.prompt
    return f"{request.prompt}\n\nAnswer with JSON alone, of this JSON schema:\n{json.dumps(request.schema)}"


def billions(name: str) -> float | None:
    """The parameters that a model's name speaks of, in billions; None where it does not."""
    found = _SIZE.search(name)
    return float(found[1]) / (1000 if found[2].lower() == "m" else 1) if found else None


def is_small(name: str) -> bool:
    """Whether a model's name says that it is small; one that says nothing is taken for a large one."""
    size = billions(name)
    return size is not None and size < SMALL_BELOW
