"""Image models, a provider a file and a line here. Asking what there is loads nothing; the worker makes pictures."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Protocol, cast

from core.errors import Invalid, Unavailable
from core.llm.costs import said as money

PROVIDERS: Final[dict[str, str]] = {
    "diffusers": "core.images.diffusers_provider",
    "stability": "core.images.stability",
    "fal": "core.images.fal",
    "stability_grpc": "core.images.stability_grpc",
}
"""A provider is one file and its line here; in the order in which people are offered them."""

Note = Callable[[int, int, str], None]
"""`note(done, total, what it does)`: for people; call it often, it is cheap."""
Stop = Callable[[], bool]
"""Whether a person asked to stop. Look at it at least twice a second. It may raise (the worker ends): let that by."""


@dataclass(frozen=True)
class Model:
    """A model of a provider, and what it takes. What it does not take is not sent, and the page says so."""

    id: str
    title: str = ""
    aspects: tuple[str, ...] = ()
    """`4:5`, ... that it makes; empty: any width and height."""
    most: int = 4
    """Pictures of one ask."""
    seeds: bool = True
    negative: bool = False
    adapters: bool = False
    """Whether it can apply a trained likeness (LoRA)."""
    reference: bool = False
    """Whether it can begin from another picture."""
    steps: tuple[int, int, int] | None = None
    """The fewest, the usual and the most steps that may be asked for; None where there is nothing to choose."""
    longest: int = 10_000
    """Characters of a prompt."""


@dataclass(frozen=True)
class Ability:
    """What a provider has, the usual model first. `note`: one sentence for people on what it is like."""

    models: tuple[Model, ...]
    note: str = ""
    local: bool = False
    """Whether nothing leaves this machine."""


@dataclass(frozen=True)
class Health:
    """Whether a provider can be used now; else why not and what to do, in words for people. Never a secret."""

    ready: bool
    why: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Cost:
    """Money; `amount` is None where nobody has said what a picture costs. `how`: where the figure comes from."""

    amount: float | None
    currency: str = "USD"
    how: str = ""

    @property
    def said(self) -> str:
        """For people: the amount, and where it comes from."""
        how = self.how[:1].upper() + self.how[1:]
        return f"{money(self.amount, self.currency)}. {how}".strip() if self.amount else how

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Ask:
    """What is wanted. `numbers` are the variants that are still missing: picture k has the seed `seed + k`.

    After a restart only what is missing is asked for. `width` and `height` are what it is cropped to afterwards.
    """

    prompt: str
    negative: str = ""
    width: int = 1080
    height: int = 1350
    aspect: str = "4:5"
    numbers: tuple[int, ...] = (0,)
    seed: int = 0
    model: str = ""
    """"" is the provider's usual one."""
    steps: int | None = None
    guidance: float | None = None
    adapter: Path | None = None
    """A LoRA in safetensors, where a likeness is asked for; only for models that take one."""
    adapter_scale: float = 1.0
    adapter_remote: Mapping[str, Any] = field(default_factory=dict)
    """A copy of that adapter that still lies with a service (core.images.fal_files.Copy); {} where there is none."""
    adapter_noted: Callable[[dict[str, Any]], None] = field(default=lambda _: None, compare=False)
    """Told of a copy of the adapter before its first byte goes to a service, and of what becomes of it."""
    reference: Path | None = None
    """A picture to begin from, and how far to leave it: 0 (not at all) to 1."""
    strength: float = 0.6

    @property
    def n(self) -> int:
        """How many pictures."""
        return len(self.numbers)

    def one(self, number: int) -> Ask:
        """The ask for variant `number` alone."""
        return replace(self, numbers=(number,))


@dataclass(frozen=True)
class Made:
    """A picture, or that it was refused: then `data` is empty and `refused` says so in words for people."""

    data: bytes
    number: int = 0
    """Which of `Ask.numbers` it answers."""
    seed: int | None = None
    """The one that was used; None where the service does not say."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """JSON: all else that it takes to make it again, and what the service calls it. No secret, no signed address."""
    refused: str = ""
    cost: Cost | None = None
    """What it really cost, where that is known afterwards."""


class Memory(Protocol):
    """What outlives a killed worker, of this one run. Written at once; JSON, no secrets."""

    def remember(self, facts: Mapping[str, Any]) -> None:
        """Add these facts; a value of None takes its key out."""

    def recall(self) -> dict[str, Any]:
        """All facts of this run."""

    def folder(self) -> Path:
        """A private folder of this run, for files; it is removed once the run is over."""


class Provider(Protocol):
    """What a provider's module offers. Importing it and `describe` load nothing and ask nobody."""

    NAME: str
    TITLE: str

    def describe(self) -> Ability:
        """Its models. Never raises."""

    def probe(self) -> Health:
        """Whether it can be used as it is set up (a key, a folder, a package). Asks no server, costs nothing."""

    def price(self, ask: Ask) -> Cost:
        """What this ask costs, as far as that is known before."""

    def make(self, ask: Ask, note: Note, stop: Stop, memory: Memory) -> Iterable[Made]:
        """The pictures, each as soon as it is there (a generator, or a list): the caller keeps it at once.

        What a service calls a request is remembered before it is waited for, and looked for first: a worker that was
        killed goes on with it and pays nothing twice. Where a request was sent that can neither be found again nor be
        repeated for nothing, raise Unavailable that says so; the person decides.
        Raises Invalid, Denied (key), Unavailable (all that may pass), StorageError, or Cancelled once `stop()` says so
        (after the service was told, where it can be).
        """


def get(name: str) -> Provider:
    """A provider by its name. Raises Invalid."""
    if name not in PROVIDERS:
        raise Invalid(f"There is no image provider {name}.", f"There are: {', '.join(PROVIDERS)}.")
    return cast(Provider, importlib.import_module(PROVIDERS[name]))


def model(name: str, wanted: str = "") -> Model:
    """A model of a provider by its id; "" is the usual one. Raises Invalid, or Unavailable where it has none."""
    models = get(name).describe().models
    found = next((m for m in models if not wanted or m.id == wanted), None)
    if not models:
        health = get(name).probe()
        raise Unavailable(health.why or f"{get(name).TITLE} has no model.", health.hint)
    if found is None:
        raise Invalid(f"{get(name).TITLE} has no model {wanted}.", f"There are: {', '.join(m.id for m in models)}.")
    return found
