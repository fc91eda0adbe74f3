"""What Training says of a run: its kind, where it is, how long, and what its losses and its exam come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from core.store.base import now
from core.store.tables_training import Adapter, TrainingRun
from core.train import estimate, registry

LIVE = ("queued", "started", "running")
KINDS = {
    "voice": "Voice",
    "preference": "Voice, from votes and edits",
    "genericness": "What sounds generic",
    "reranker": "Order of variants",
    "image": "Likeness in pictures",
}
SMALL = ("genericness", "reranker")
"""Kinds that are of the whole workspace, take seconds, and have neither a base nor texts of their own."""
METHODS = {
    "sft": "on posts (SFT)",
    "dpo": "on pairs (DPO)",
    "orpo": "on pairs (ORPO)",
    "simpo": "on pairs (SimPO)",
    "logistic": "on labels",
    "dreambooth": "on photos (DreamBooth)",
    "fal": "on photos (fal)",
}
PHASES = {
    "prepare": "Posts",
    "base": "Base",
    "train": "Training",
    "export": "Files",
    "exam": "Exam",
    "register": "List",
}
OF_IMAGES = {"prepare": "Photos", "train": "Training", "exam": "Contact sheet", "register": "List"}
DOING_OF_IMAGES = {
    "prepare": "gathering the photos",
    "train": "learning",
    "exam": "making the contact sheet",
}
DOING = {
    "prepare": "gathering the posts",
    "base": "making the base model ready, which happens once",
    "train": "training",
    "export": "writing the adapter's files",
    "exam": "sitting the exam on posts that it has not seen",
    "register": "putting it into the list",
}
WHY = {
    "asked": "",
    "schedule": "by its schedule",
    "new posts": "because of new posts",
    "new votes": "because of new votes",
}
FEWEST = 3
"""Readings of a loss under which nothing is said of where it goes."""


def length(seconds: float | None) -> str:
    """A duration as people say it, to the precision that matters."""
    if seconds is None:
        return "not known yet"
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h" if seconds < 36 * 3600 else f"{seconds / 86400:.1f} days"


def size(count: float | None) -> str:
    """Bytes as people say them."""
    if not count:
        return "not known yet"
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"


def loss(value: float | None) -> str:
    """Two decimals: a run is decided within the second one."""
    return "not yet" if value is None else f"{value:.2f}"


def took(run: TrainingRun) -> float | None:
    """Seconds from its start, up to now while it lives."""
    return ((run.finished_at or now()) - run.started_at).total_seconds() if run.started_at else None


def adapter_name(adapter: Adapter) -> str:
    """What an adapter is called: for whom it is, and the how many-th of theirs."""
    return f"{_name(adapter.kind, adapter.title)} {adapter.number}"


def run_name(run: TrainingRun) -> str:
    """What a run is called before it has made an adapter."""
    return _name(run.kind, run.title)


def _name(kind: str, title: str) -> str:
    if kind in SMALL:
        return KINDS[kind]
    return f"{title or 'Without a name'}{', likeness' if kind == 'image' else ''}"


def times_only(run: TrainingRun) -> bool:
    """Whether a run is made for its first steps alone: it learns nothing that is kept."""
    return bool((run.settings or {}).get("effort") == estimate.MEASURE)


def about(run: TrainingRun) -> str:
    """What is learnt, from what, and why it began by itself."""
    if times_only(run):
        return "Only its first steps, to see how long they take"
    parts = [KINDS.get(run.kind, run.kind), METHODS.get(run.method, run.method)]
    return ", ".join(part for part in (*parts, WHY.get(run.why, run.why)) if part)


def doing(run: TrainingRun, worker: bool = True) -> str:
    """Where a live run is, and how long it still takes."""
    if run.status == "queued" or not run.phase:
        return "waits for its turn" if worker else "is kept until a worker runs"
    told = run.progress or {}
    said = ({**DOING, **DOING_OF_IMAGES} if run.kind == "image" else DOING).get(run.phase, run.phase)
    if run.phase == "train" and told.get("phase") == "loading":
        said = "loading the base model"
    elif told.get("steps") and not (run.kind == "image" and run.phase == "exam"):
        unit = "text" if run.phase == "exam" else "step"
        said += f", {unit} {int(told.get('step') or 0):,} of {int(told['steps']):,}"
    return f"{said}, about {length(told['eta'])} left" if told.get("eta") is not None else said


def phase_states(run: TrainingRun) -> list[tuple[str, str]]:
    """Each phase with its state, for a line of them."""
    names = OF_IMAGES if run.kind == "image" else PHASES
    keys = [key for key in names if run.kind not in SMALL or key not in ("base", "export")]
    if times_only(run):
        keys = keys[: keys.index("train") + 1]
    at = keys.index(run.phase) if run.phase in keys else -1
    here = {"failed": "bad", "cancelled": "off"}.get(run.status, "now")
    if run.status == "done":
        at = len(keys)
    return [(names[k], "done" if n < at else here if n == at else "") for n, k in enumerate(keys)]


def strength_said(adapter: Adapter) -> str:
    """That it is applied otherwise than in its exam, in a few words; empty where it is not."""
    return f"strength {adapter.scale:.2g}, examined at 1 only" if registry.examined_at(adapter) else ""


# ---- losses --------------------------------------------------------------------------------------------------


def readings(history: Sequence[Mapping[str, Any]], name: str) -> list[tuple[int, float]]:
    """(Step, value) of what was logged under this name."""
    return [(int(row["step"]), float(row[name])) for row in history if row.get(name) is not None and "step" in row]


def held_readings(run: TrainingRun, history: Sequence[Mapping[str, Any]]) -> list[tuple[int, float]]:
    """Held-out losses by step, with that of the start where it is known."""
    found = readings(history, "held_loss")
    before = (run.progress or {}).get("held_loss_before")
    return found if before is None or (found and found[0][0] == 0) else [(0, float(before)), *found]


def loss_finding(held: Sequence[tuple[int, float]], kind: str = "voice") -> str:
    """What the losses on posts that were not trained on come to, in one sentence; of a likeness those at one noise."""
    if len(held) < FEWEST:
        what = "at the same noise" if kind == "image" else "on unseen posts"
        return f"Not yet: too few readings {what} to say where the loss goes"
    if kind == "image":
        return _same_noise(held)
    first, (step, last) = held[0][1], held[-1]
    best_step, best = min(held, key=lambda one: one[1])
    if best < 0.99 * first and last > 1.01 * best:
        return f"Lowest on unseen posts at step {best_step:,}; the loss has risen since"
    if last < 0.99 * first:
        return f"Loss on unseen posts fell by {100 * (1 - last / first):.2g}% by step {step:,}"
    if last > 1.01 * first:
        return f"Loss on unseen posts rose by {100 * (last / first - 1):.2g}%: it learns the posts by heart"
    return f"Loss on unseen posts has hardly moved by step {step:,}"


def _same_noise(held: Sequence[tuple[int, float]]) -> str:
    """Of photos that it learns: a lower loss says that it learns them, not that a picture is like."""
    fell, step = 1 - held[-1][1] / held[0][1], held[-1][0]
    if abs(fell) < 0.01:
        return f"Loss at the same noise has hardly moved by step {step:,}"
    return f"Loss at the same noise {'fell' if fell > 0 else 'rose'} by {100 * abs(fell):.2g}% by step {step:,}"


# ---- the exam ------------------------------------------------------------------------------------------------


def gain_of(exam: Mapping[str, Any]) -> tuple[float, float, float] | None:
    """(Gain, low, high) of an exam, where it was judged."""
    judged = exam.get("judged") or {}
    if any(judged.get(name) is None for name in ("gain", "low", "high")):
        return None
    return float(judged["gain"]), float(judged["low"]), float(judged["high"])


def gain_said(exam: Mapping[str, Any]) -> str:
    """The gain with its interval."""
    gain = gain_of(exam)
    if gain is None:
        return "not judged"
    return f"{signed(gain[0])} (95%: {signed(gain[1])} to {signed(gain[2])})"


def signed(value: float) -> str:
    """A difference with its sign, a true minus where it is below 0."""
    return f"{value:+.2g}".replace("-", "−")


def day(instant: datetime | None) -> str:
    """A date as people say it."""
    return f"{instant.day} {instant:%b %Y}" if instant else ""
