"""Runs as the worker does them, in a store of their own, beside the plain answer of the same model."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bench.generation import plain
from bench.generation.held import Case, Split

if TYPE_CHECKING:
    from core.store.tables import ModelCall, RunStep

SEED = 4711
EMBEDDED_BY = 300.0
"""Seconds."""
NEEDLESS = 0.25
"""Seconds in a row that a step may wait before that counts: the store is written between steps."""


@dataclass
class Done:
    """One brief: what we made of it, and what the same model answers to one prompt."""

    case: Case
    model: str
    variants: list[dict[str, Any]]
    """{number, status, rank, text, likeness, reasons, angle}"""
    plain: str
    unmet: list[str]
    """What the plain answer breaks of the run's constraints."""
    exemplars: list[str]
    seconds: float
    replay: float | None
    tokens: tuple[int, int]
    plain_tokens: tuple[int, int]
    waits: list[str] = field(default_factory=list)

    @property
    def chosen(self) -> str:
        """The variant that stands first; "" where none holds its constraints."""
        return next((v["text"] for v in self.variants if v["rank"] == 1), "")

    @property
    def good(self) -> list[str]:
        """All variants that hold, in the order of their numbers."""
        return [v["text"] for v in self.variants if v["status"] == "ok"]


def people(splits: Mapping[str, Split]) -> dict[str, str]:
    """The authors with their samples in the store, embedded as an import leaves them: name -> id."""
    from analytics import text
    from analytics.features import VERSION, features
    from core import exemplars, store
    from core.people import local_actor
    from core.store import authors
    from core.store.tables import Sample

    with store.reading() as tx:
        out = {a.name: a.id for a in authors.every(tx) if a.name in splits}
    if len(out) == len(splits):
        return out  # a folder that was prepared before
    with store.writing(local_actor()) as tx:
        for split in splits.values():
            author = authors.add(tx, split.author)
            out[split.author] = author.id
            for at, said in enumerate(split.samples):
                tx.session.add(
                    Sample(author_id=author.id, text=said, text_hash=f"{split.author}/{at}", position=at,
                           words=len(text.words(said)), features=features(said).tobytes(), features_version=VERSION)
                )  # fmt: skip
    exemplars.request(local_actor())
    until = time.monotonic() + EMBEDDED_BY
    while not exemplars.status().complete:
        if time.monotonic() > until:
            raise RuntimeError("the samples were not embedded; runs would choose exemplars by words")
        time.sleep(0.2)
    return out


def run(cases: Sequence[Case], ids: Mapping[str, str], model: str, replays: int) -> Iterator[Done]:
    """One after another, each on a quiet engine; the first `replays` are replayed bare."""
    from core.generate import constraints

    for number, case in enumerate(cases):
        view, calls = _run(ids[case.author], case.fields, model)
        replayed = _replay(calls, model) if number < replays else None
        samples = _texts(view)
        words = max(40, round(view.run.settings["style"]["chars"] / 6))
        answer = plain.answer(case.fields, samples, words, SEED + number, model)
        held = constraints.Constraints.restored(view.run.settings["constraints"])
        yield Done(
            case=case,
            model=view.run.settings["model"]["id"],
            variants=[
                {"number": v.number, "status": v.status, "rank": v.rank, "text": v.text, "reasons": v.reasons,
                 "angle": v.angle["kind"], "likeness": v.scores["_rank"]["likeness"],
                 "unmet": [b.name for b in constraints.check(v.text, held)]}
                for v in view.variants
            ],
            plain=answer.texts[0].strip(),
            unmet=[b.name for b in constraints.check(answer.texts[0].strip(), held)],
            exemplars=samples,
            seconds=_between(view.run.started_at, view.run.finished_at),
            replay=replayed,
            tokens=(sum(c.tokens_in for c in calls), sum(c.tokens_out for c in calls)),
            plain_tokens=(answer.tokens_in, answer.tokens_out),
            waits=waits(view.steps, _width(model)),
        )  # fmt: skip


def _run(author_id: str, fields: dict[str, Any], model: str) -> tuple[Any, list[ModelCall]]:
    from core import store
    from core.generate import commands, material
    from core.people import local_actor
    from core.store import runs

    material.new_seed = lambda: SEED  # the same texts every time
    actor = local_actor()
    brief = commands.save_brief(author_id, fields, actor)
    run_id = commands.start(brief.id, actor, model)
    while (view := commands.run(run_id)).run.status in runs.LIVE:
        time.sleep(0.05)
    if view.run.status != "done":
        raise RuntimeError(f"{fields['topic']}: {view.run.message}")
    with store.reading() as tx:
        return view, runs.calls(tx, run_id)


def _texts(view: Any) -> list[str]:
    """The author's posts that the run was shown, the closest first."""
    from core.samples import of_author

    own = {s.id: s.text for s in of_author(view.run.author_id)}
    return [own[e["sample"]] for e in next(s for s in view.steps if s.key == "retrieve").output["exemplars"]]


def _replay(calls: Sequence[ModelCall], model: str) -> float:
    from core import llm

    began, other = time.monotonic(), 0
    for call in calls:
        asked = llm.Request(**{**call.request, "stop": tuple(call.request["stop"])})
        answer = llm.complete(asked, model=model)
        other += answer.texts != json.loads(call.text)["texts"]
    took = time.monotonic() - began
    if other:
        print(f"  {other} of {len(calls)} replayed answers differ: the tokens are not the same", flush=True)
    return took


def _between(began: datetime | None, ended: datetime | None) -> float:
    assert began and ended
    return (ended - began).total_seconds()


def _width(model: str) -> int:
    from core import llm

    return llm.parallel(model)


# ---- waiting -------------------------------------------------------------------------------------------------

AFTER = {"plan": ("retrieve",), "draft": ("plan",), "critique": ("draft",), "rewrite": ("critique",),
         "measure": ("rewrite",)}  # fmt: skip
"""What each step needs, of its own angle; `score` and `rank` need all that came before."""


def waits(steps: Sequence[RunStep], width: int) -> list[str]:
    """The steps that waited although what they need was done and fewer than `width` were at work, with the seconds."""
    rows = {s.key: s for s in steps}
    spans = {key: (s.started_at.timestamp(), s.finished_at.timestamp()) for key, s in rows.items() if s.finished_at}
    out = []
    for key, (began, _) in spans.items():
        name, _, number = key.partition(":")
        if name in ("score", "rank"):
            needs = [k for k, (b, _) in spans.items() if b < began]
        else:
            needs = [k for n in AFTER.get(name, ()) for k in (f"{n}:{number}", n) if k in spans]
        ready = max((spans[k][1] for k in needs), default=began)
        idle = _idle([s for k, s in spans.items() if k != key], ready, began, width)
        if idle > NEEDLESS:
            out.append(f"{key}: {idle:.2f} s")
    return out


def _idle(spans: Sequence[tuple[float, float]], start: float, end: float, width: int) -> float:
    """The longest stretch of seconds between `start` and `end` in which fewer than `width` of these were at work."""
    marks = sorted({start, end, *(t for span in spans for t in span if start < t < end)})
    longest = now = 0.0
    for a, b in itertools.pairwise(marks):
        now = now + b - a if sum(s < b and e > a for s, e in spans) < width else 0.0
        longest = max(longest, now)
    return longest
