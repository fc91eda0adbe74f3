"""What a run takes in time, memory, disk and money: only from what was measured on this machine, else it says so."""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from core.config import settings
from core.errors import TimbreError
from core.llm import costs
from core.store import Actor
from core.store.base import now
from core.store.tables_training import TrainingRun
from core.train import dial, machine, shapes
from core.train.model import Plan, bases_folder
from core.train.scope import Scope

NOT_YET = "not measured yet"
MEASURE = "measure"
"""The effort of a run that is made for its first steps alone: it ends after the phase train, without an adapter."""
NEWEST = 20
"""Readings that are kept of a setting: what a machine did long ago says little."""
LEAST_SPREAD = 0.15
"""An estimate says at least so much to either side: a run shares its machine with other work."""
FIRST, SHORT = 3, 8
"""Steps that measuring takes; and up to which a reading counts as a first one, which gives way to a longer run's."""
BYTES = {"float32": 4.0, "bfloat16": 4.0, "nf4": 0.6}
"""Bytes of a parameter of the base in memory; on a processor bfloat16 is for calculating, the weights stay as they
are. nf4: 4 bits and their scales."""
CHECKPOINTS = 2
TRAIN, LOOKS, EXAM, REST = "training", "reading the held-out loss", "the exam", "preparing and saving"


@dataclass(frozen=True)
class Estimate:
    """What is to be expected. None where nothing that tells it was measured."""

    how: str
    """Where the figures come from, for people."""
    steps: int
    tokens: int
    """That are read in training, all rounds together."""
    seconds: float | None = None
    low: float | None = None
    high: float | None = None
    parts: dict[str, float] = field(default_factory=dict)
    """Seconds of what was measured, by part."""
    missing: tuple[str, ...] = ()
    """Parts that come on top and were not measured yet."""
    memory: int | None = None
    """Bytes at the peak, as measured; for longer or more rows at once scaled up, so rather too much."""
    needs: int = 0
    """Bytes of memory under which it cannot work: the weights of the base alone. Counted, not measured."""
    disk: int = 0
    """Bytes that are written at most, counted from the model's shape: the base once, checkpoints, the adapter."""
    cost: float | None = None
    currency: str = ""
    said_cost: str = ""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def of(plan: Plan, dataset: Mapping[str, Any]) -> Estimate:
    """The estimate of a plan for a dataset's record ({train, held, tokens_about}); reads small files only."""
    rows, held = int(dataset.get("train") or 0), int(dataset.get("held") or 0)
    tokens = float(dataset.get("tokens_about") or 0)
    steps = dial.planned_steps(plan, rows)
    read = _read_in_all(plan, rows, tokens, steps)
    shape = _shape(plan)
    counted = Estimate(
        NOT_YET, steps, round(read), said_cost=_cost(None)[1], needs=_needs(plan, shape), disk=_disk(plan, shape)
    )
    entry, other = _nearest(plan, shape)
    if entry is None:
        return counted
    parts, missing = _parts(entry, plan, read, steps, held, tokens / rows if rows else 0.0)
    seconds = sum(parts.values())
    below, above = _spread(entry["seconds_a_token"])
    amount, said = _cost(seconds)
    scale = max(1.0, plan.batch * plan.tokens / entry["room"])
    return dataclasses.replace(
        counted,
        how=f"measured on this machine on {_day(entry['at'])}" + (f", with {other}" if other else ""),
        seconds=seconds,
        low=seconds * below,
        high=seconds * above,
        parts=parts,
        missing=missing,
        memory=round(entry["memory"] * scale) or None,
        cost=amount,
        currency=settings().timbre_price_currency,
        said_cost=said,
    )


def _read_in_all(plan: Plan, rows: int, tokens: float, steps: int) -> float:
    """Tokens of all steps: rounds, or so many steps of average rows."""
    average = tokens / rows if rows else 0.0
    a_step = average * min(plan.batch * plan.accumulate, rows)
    return min(a_step * steps, tokens * plan.epochs) if not plan.steps else a_step * steps


def _parts(
    entry: Mapping[str, Any], plan: Plan, read: float, steps: int, held: int, average: float
) -> tuple[dict[str, float], tuple[str, ...]]:
    parts = {TRAIN: read * statistics.median(entry["seconds_a_token"])}
    others = (
        (LOOKS, "look_a_token", _looks(plan, steps) * held * average),
        (EXAM, "exam_a_row", float(held)),
        (REST, "rest", 1.0),
    )
    missing = []
    for name, key, times in others:
        if entry.get(key) is None:
            missing.append(name)
        else:
            parts[name] = float(entry[key]) * times
    return parts, tuple(missing)


def _spread(speeds: Sequence[float]) -> tuple[float, float]:
    """Shares of the median between which the middle four fifths of the readings lie, with some room."""
    middle, ordered = statistics.median(speeds), sorted(speeds)
    at = len(ordered) // 10
    low, high = ordered[at] / middle, ordered[-1 - at] / middle
    return min(low, 1 - LEAST_SPREAD), max(high, 1 + LEAST_SPREAD)


def _day(at: str) -> str:
    when = datetime.fromisoformat(at)
    return f"{when.day} {when:%B %Y}"


def _cost(seconds: float | None) -> tuple[float | None, str]:
    """Money for an hour of the machine, by TIMBRE_PRICE_TRAINING_HOUR."""
    current = settings()
    price, unit = current.timbre_price_training_hour, current.timbre_price_currency
    if price is None:
        return None, "price not set (TIMBRE_PRICE_TRAINING_HOUR, for an hour of this machine)"
    if seconds is None:
        return None, f"{costs.said(price, unit)} an hour; how long it takes is {NOT_YET}"
    return price * seconds / 3600, costs.said(price * seconds / 3600, unit)


# ---- counted, not measured -----------------------------------------------------------------------------------


def _shape(plan: Plan) -> shapes.Shape | None:
    try:
        return shapes.of(plan.base)
    except TimbreError:  # the run itself says what is wrong with its base
        return None


def _needs(plan: Plan, shape: shapes.Shape | None) -> int:
    if shape is None:
        return 0
    a_number = BYTES["nf4"] if plan.quantize == "nf4" else 2.0 if plan.device == "cuda" else BYTES[plan.dtype]
    return round(shape.parameters * a_number)


def _disk(plan: Plan, shape: shapes.Shape | None) -> int:
    """Base in safetensors where it is not there yet, checkpoints with their optimiser, the adapter in both forms."""
    if shape is None:
        return 0
    numbers = shape.adapter(plan.rank)
    there = plan.base != "embedded" or any(bases_folder().glob("*/*.safetensors"))
    base = 0 if there else 4 * shape.parameters
    return base + (CHECKPOINTS + 1) * 12 * numbers + 2 * 4 * numbers


# ---- what was measured ----------------------------------------------------------------------------------------


def file() -> Path:
    """Where measurements are kept; they hold no text and no name of a person."""
    return bases_folder() / "measured.json"


def _known() -> dict[str, dict[str, Any]]:
    try:
        kept = json.loads(file().read_text(encoding="utf8"))
    except (OSError, ValueError):
        return {}
    return {k: v for k, v in kept.items() if isinstance(v, dict) and v.get("seconds_a_token")}


def _key(plan: Plan, shape: shapes.Shape) -> str:
    ways = [plan.method, plan.dtype, plan.quantize, "checkpointing" if plan.checkpointing else "whole"]
    return " | ".join([machine.here().key(plan.device), shape.key, *ways, f"rank {plan.rank}"])


def _nearest(plan: Plan, shape: shapes.Shape | None) -> tuple[dict[str, Any] | None, str]:
    """What was measured with these settings, else with the nearest rank: nearly all of the time goes into the base.

    With it what differs, for people.
    """
    if shape is None:
        return None, ""
    known, key = _known(), _key(plan, shape)
    if key in known:
        return known[key], ""
    alike = key.rpartition("rank ")[0]
    found = {int(k.removeprefix(alike + "rank ")): v for k, v in known.items() if k.startswith(alike + "rank ")}
    if not found:
        return None, ""
    rank = min(found, key=lambda r: (abs(r - plan.rank), r))
    return found[rank], f"rank {rank}"


def remember(
    plan: Plan,
    progress: Mapping[str, Any],
    dataset: Mapping[str, Any] | None = None,
    seconds: Mapping[str, float] | None = None,
) -> None:
    """Keep what a run took, for the next estimate: after its first steps, and again at its end.

    `progress`: the child's record (step, tokens_s, memory). `dataset`: as for `of`. `seconds`: what whole parts took,
    by the names `looks` (all readings of the held-out loss), `exam`, `rest` (all other phases together); as far as
    they are known.
    """
    shape, step = _shape(plan), int(progress.get("step") or 0)
    if shape is None or not step or not progress.get("tokens_s"):
        return
    known, key = _known(), _key(plan, shape)
    entry = known.get(key, {"seconds_a_token": [], "memory": 0, "room": 1})
    speeds = list(entry["seconds_a_token"])
    if speeds and entry.get("steps", SHORT + 1) <= SHORT:
        speeds.pop()  # of a few steps only: it gives way
    entry |= {"seconds_a_token": [*speeds, 1 / float(progress["tokens_s"])][-NEWEST:], "steps": step}
    if int(progress.get("memory") or 0) >= entry["memory"]:
        entry |= {"memory": int(progress.get("memory") or 0), "room": plan.batch * plan.tokens}
    known[key] = entry | _wholes(plan, step, dataset or {}, seconds or {}) | {"at": now().isoformat()}
    _write(known)


def _wholes(plan: Plan, steps: int, dataset: Mapping[str, Any], took: Mapping[str, float]) -> dict[str, float]:
    """What readings of the held-out loss, the exam and the rest took, for each token, row and run."""
    rows, held = int(dataset.get("train") or 0), int(dataset.get("held") or 0)
    tokens = float(dataset.get("tokens_about") or 0)
    out = {"rest": float(took["rest"])} if "rest" in took else {}
    if held and "exam" in took:
        out["exam_a_row"] = took["exam"] / held
    if held and rows and tokens and "looks" in took:
        out["look_a_token"] = took["looks"] / (_looks(plan, steps) * held * tokens / rows)
    return out


def _looks(plan: Plan, steps: int) -> int:
    """Readings of the held-out loss in a run: before, every so many steps, at the end."""
    return steps // max(1, plan.measure_every) + 2


def _write(known: dict[str, dict[str, Any]]) -> None:
    target = file()
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_suffix(f".{os.getpid()}.part")
    half.write_text(json.dumps(known, indent=1), encoding="utf8")
    half.replace(target)


def measured(scope: Scope) -> TrainingRun | None:
    """The newest run of this scope that was made for its first steps alone: one that goes on, or how it ended."""
    from core.train import commands  # it asks here for the estimate of what it starts

    rows = commands.runs(scope=scope, limit=5)
    return next((row for row in rows if (row.settings or {}).get("effort") == MEASURE), None)


def measure(scope: Scope, plan: Plan, actor: Actor) -> str:
    """Start a run of the first steps of this plan, to learn what it takes; it makes no adapter. Its id.

    Raises what `commands.start` raises: Denied, Invalid where there is nothing to train on.
    """
    from core.train import commands  # it asks here for the estimate of what it starts

    few = dataclasses.replace(plan, steps=FIRST, measure_every=FIRST, save_every=FIRST, effort=MEASURE)
    return commands.start("voice" if plan.method == "sft" else "preference", plan.method, scope, few, actor)
