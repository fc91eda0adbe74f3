"""An adapter's card: what it was learnt from, over which base, with which settings, how its exam went, who agreed."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from core.store.base import now
from core.store.tables_training import Adapter, TrainingRun

DATA = ("posts", "train", "captioned", "held", "tokens_about", "span", "split_by", "left_out", "leakage", "hash")
"""What of a dataset's record stands on the card: figures and ids, never a text."""
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|<>~])")


def card(run: TrainingRun, adapter: Adapter, names: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """The card as JSON; `names` of the authors by id. It holds no text of an author."""
    progress = run.progress
    return {
        "id": adapter.id,
        "title": adapter.title,
        "kind": adapter.kind,
        "method": run.method,
        "made_at": now().isoformat(timespec="seconds"),
        "asked_by": run.by,
        "why": run.why,
        "base": {"name": adapter.base, "hash": adapter.base_hash},
        "files": dict(adapter.files),
        "data": {name: run.dataset[name] for name in DATA if name in run.dataset},
        "consent": {
            id_: {**said, "name": names.get(id_, id_)} for id_, said in (run.dataset.get("consent") or {}).items()
        },
        "settings": dict(run.settings),
        "trained": {name: progress.get(name) for name in ("steps", "loss", "held_loss_before", "held_loss")},
        "started_from": run.start_adapter_id,
        "exam": {name: value for name, value in adapter.exam.items() if name != "texts"},
        "passed": adapter.passed,
    }


def readme(card: dict[str, Any]) -> str:
    """The card for people, as Markdown: beside the files, and with every export."""
    settings, data, exam = card["settings"], card["data"], card["exam"]
    shown = _SHOWN_OF_IMAGES if card["kind"] == "image" else _SHOWN
    verdict = {True: "passed", False: "did not pass", None: "not sat"}[card["passed"]]
    rows = [
        f"# {plain(card['title'])}",
        "",
        f"{_ABOUT.get(card['kind'], _VOICE)} Made by Timbre on {card['made_at'][:10]}.",
        "",
        "| | |",
        "|---|---|",
        _row("Base", f"{card['base']['name']}, sha256 {card['base']['hash'] or 'none'}"),
        _row("Data", _data(card["kind"], data)),
        _row("Data hash", str(data.get("hash") or "none")),
        _row("Settings", ", ".join(f"{k} {settings[k]}" for k in shown if k in settings)),
        _row("Loss at the same noise" if card["kind"] == "image" else "Held-out loss", _losses(card["trained"])),
        _row("Exam", verdict),
        "",
        *_exam(exam),
        "## Consent",
        "",
        *[f"- {plain(str(said['name']))}: agreed, recorded by {plain(str(said.get('by') or 'nobody'))} on "
          f"{str(said.get('at') or 'an unknown day')[:10]}" for said in card["consent"].values()],
        "",
        "Once somebody here withdraws, it is used no more: then delete it in Timbre, and every copy of these files.",
        "",
        "## Files",
        "",
        *[f"- {plain(name)}: sha256 {digest}" for name, digest in card["files"].items()],
        "",
    ]  # fmt: skip
    return "\n".join(rows)


_VOICE = (
    "An adapter (LoRA). It writes in the voice of the people whose posts it has learnt from. It is for them and their "
    "team: text that it writes needs a person's approval, and it knows no facts."
)
_ABOUT = {
    "genericness": "Weights of a measure: how generic a text sounds to the team that called texts so. They write "
    "nothing and hold no text.",
    "image": "A likeness (LoRA) for an image model: with its trigger word in a prompt, pictures show the person whose "
    "photos it has learnt from. It is for them and their team; every picture by it is to be shown as made by a model.",
    "reranker": "Weights by which variants are put in order, learnt from a team's blind votes. They write nothing.",
}
_SHOWN = ("method", "rank", "alpha", "targets", "rate", "epochs", "batch", "accumulate", "tokens", "seed", "quantize")
_SHOWN_OF_IMAGES = ("method", "trigger", "subject", "rank", "alpha", "rate", "steps", "batch", "accumulate",
                    "resolution", "prior", "seed")  # fmt: skip


def plain(text: str) -> str:
    """A name as Markdown shows it, whatever marks it holds; on one line."""
    return _MARKS.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))


def _row(name: str, said: str) -> str:
    return f"| {name} | {plain(said)} |"


def _data(kind: str, data: dict[str, Any]) -> str:
    if kind == "image":
        return f"{data.get('train', 0)} photos, {data.get('captioned', 0)} of them with a caption that a person wrote"
    if kind in _ABOUT:
        return f"{data.get('train', 0)} labels, each told by weights learnt without its brief"
    return f"{data.get('train', 0)} posts to learn from, {data.get('held', 0)} held out; {_span(data)}"


def _span(data: dict[str, Any]) -> str:
    train = (data.get("span") or {}).get("train") or []
    known = [str(day)[:10] for day in train if day]
    return f"written {' to '.join(known)}" if known else "undated"


def _losses(trained: dict[str, Any]) -> str:
    before, after = trained.get("held_loss_before"), trained.get("held_loss")
    if before is None or after is None:
        return "not measured"
    return f"{before:.3f} before, {after:.3f} after"


def _exam(exam: dict[str, Any]) -> list[str]:
    """What was asked of it, and what was found."""
    verdict = exam.get("verdict") or []
    if not verdict:
        return []
    rows = [
        f"| {plain(str(one.get('name', '')))} | {plain(str(one.get('said', '')))} | "
        f"{'yes' if one.get('passed') else 'no'} |"
        for one in verdict
    ]
    return ["## Exam", "", "| What was asked | What was found | Passed |", "|---|---|---|", *rows, ""]
