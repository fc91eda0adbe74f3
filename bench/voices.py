"""Adapters of real authors: examples and adapter against examples alone, on held-out briefs: `python -m bench.voices`.

Every author of the development data with 50 posts or more: data, training and exam as a run does them. Judged by the
exam's judge, by a second one that the exam does not use (bench/generation/judge.py) and by the product's own measure,
each with other people behind it than these authors. `--folder` keeps what is done: who is finished is not done again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from core.train.exam import Arms
    from core.train.model import Plan

MOST = 80
"""Posts of one author, the newest: what the training takes goes with them."""
STRANGERS = 12
"""Posts of each of the other authors, which the second judge's scale is made from."""


def main() -> None:
    """One author after another; the table and bench/results/voices.json grow with each."""
    asked = argparse.ArgumentParser(prog="bench.voices")
    asked.add_argument("--folder", default="", help="keep everything here; texts are in it: never commit it")
    asked.add_argument("--authors", default="", help="names, with commas; all with 50 posts and more where empty")
    asked.add_argument("--posts", type=int, default=MOST)
    asked.add_argument("--effort", default="standard", choices=("quick", "standard", "thorough"))
    asked.add_argument("--steps", type=int, default=0, help="so many steps whatever the effort says: to try it out")
    asked.add_argument("--briefs", type=int, default=12)
    asked.add_argument("--texts", type=int, default=24, help="by each of the two, over all briefs")
    asked.add_argument("--set", action="append", default=[], help="NAME=VALUE of the plan, to try settings")
    asked.add_argument("--dry", action="store_true", help="write no bench/results/voices.json")
    told = asked.parse_args()
    from bench.voice.people import available

    if not available():
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(told.folder or made).resolve()
        os.environ |= {"TIMBRE_DATA": str(folder / "data"), "TIMBRE_LLM": "embedded", "HF_HUB_OFFLINE": "1"}
        _run(folder, told)
    sys.stdout.flush()
    os._exit(0)  # the runtime's threads need not be waited for


def _run(folder: Path, told: argparse.Namespace) -> None:
    from bench.generation.held import clean, use_bank
    from bench.voice import fit_exam
    from core import store

    store.migrate()
    small, large = fit_exam.small_and_large()
    names = [n for n in told.authors.split(",") if n] or sorted(large)
    posts = {n: [clean(p) for p in {**small, **large}[n]][-told.posts :] for n in names}
    behind = [n for n in small if n not in names]  # whom to try it on may be one of the bank's
    use_bank(behind, folder)
    strangers = {n: [clean(p) for p in large[n][-STRANGERS:]] for n in large if n not in names or len(names) > 1}
    done: list[dict[str, Any]] = []
    for name in names:
        kept = folder / name / "result.json"
        if not kept.exists():
            row = author(folder / name, name, posts[name], told)
            others = [p for n, own in strangers.items() if n != name for p in own]
            row["second"] = second(folder / name, {n: small[n] for n in behind}, others)
            row["likeness"] = likeness(folder / name)
            row["at"] = datetime.now(UTC).isoformat(timespec="seconds")
            kept.write_text(json.dumps(row, indent=1), encoding="utf8")
        done.append(json.loads(kept.read_text(encoding="utf8")))
        table(done)
        if not told.dry:
            _save(done, told)


# ---- one author ------------------------------------------------------------------------------------------------


def author(folder: Path, name: str, posts: Sequence[str], told: argparse.Namespace) -> dict[str, Any]:
    """Data, training, export and exam; what a kill left is gone on with."""
    from core import llm, store
    from core.llm import embedded
    from core.llm.loras import file_hash
    from core.people import local_actor
    from core.store import authors
    from core.train import dataset, exam, exam_texts, lora_gguf

    folder.mkdir(parents=True, exist_ok=True)
    with store.reading() as tx:
        known = authors.named(tx, name)
    author_id = known.id if known else _stored(name, posts, local_actor())
    plan = _plan(told, len(posts))
    made = dataset.prepare([author_id], plan)
    if not (folder / "plan.json").exists():
        made.write(folder)
        (folder / "samples.json").write_text("[]", encoding="utf8")  # nobody looks while it learns
        (folder / "plan.json").write_text(json.dumps(plan.record()), encoding="utf8")
    record = made.record()
    print(f"{name}: {record['train']} posts to learn from, {record['held']} held out, "
          f"{record['tokens_about']:,} tokens a round", flush=True)  # fmt: skip
    began = time.monotonic()
    said = _trained(folder)
    trained = time.monotonic() - began
    adapter = folder / "out" / "adapter.gguf"
    lora_gguf.write(folder / "out", embedded.path(), adapter, name)
    llm.warm()
    found = exam.sit(
        folder,
        exam_texts.embedded(adapter, file_hash(adapter)),
        held_loss=(said.get("held_loss_before"), said.get("held_loss")),
        size=exam.Size(briefs=told.briefs, texts=told.texts),
        progress=lambda n, of: print(f"  {n} of {of} texts", flush=True),
    )
    (folder / "exam.json").write_text(json.dumps(found), encoding="utf8")
    return {
        "author": name,
        "posts": len(posts),
        "data": {k: record[k] for k in ("train", "held", "tokens_about", "left_out", "leakage", "split_by")},
        "plan": plan.record(),
        "steps": said.get("steps"),
        "seconds": {"train": round(trained), "exam": found["seconds"], "a_step": said.get("seconds_a_step")},
        "memory": said.get("memory"),
        "exam": {k: v for k, v in found.items() if k != "texts"},
    }


def _stored(name: str, posts: Sequence[str], actor: Any) -> str:
    """The author with these samples and their consent (ours, for the benchmark), in a store of its own."""
    from analytics import text
    from core import store
    from core.store import authors
    from core.store.tables import Sample

    with store.writing(actor) as tx:
        made = authors.add(tx, name)
        authors.consent(tx, made.id, True)
        for at, said in enumerate(posts):
            tx.session.add(
                Sample(author_id=made.id, text=said, text_hash=f"{name}/{at}", position=at, words=len(text.words(said)))
            )
        return made.id


def _plan(told: argparse.Namespace, posts: int) -> Plan:
    from core.train import dial

    held = replace(dial.plan(told.effort, round(0.75 * posts), 0), measure_every=1000, save_every=10)
    types = {k: type(v) for k, v in held.record().items()}
    more = {k: types[k](v) for k, v in (pair.split("=", 1) for pair in told.set)}
    return dial.checked(replace(held, **more, **({"steps": told.steps} if told.steps else {})))


def _trained(folder: Path) -> dict[str, Any]:
    """What the training process said last; it goes on from its newest checkpoint."""
    path = folder / "progress.json"

    def said() -> dict[str, Any]:
        return dict(json.loads(path.read_text(encoding="utf8"))) if path.exists() else {}

    if said().get("phase") == "done":
        return said()
    with (folder / "child.log").open("ab") as log:
        child = subprocess.Popen([sys.executable, "-m", "core.train.child", str(folder)], stdout=log, stderr=log)
        shown = -1
        while child.poll() is None:
            time.sleep(2)
            now = said()
            step = int(now.get("step") or 0) if now.get("loss") is not None else 0
            if step >= shown + 5 or (step and shown < 0):
                shown = step
                print(f"  step {step} of {now.get('steps')}: loss {now.get('loss')}, held-out {now.get('held_loss')} "
                      f"(before {now.get('held_loss_before')}), {now.get('eta')} s left", flush=True)  # fmt: skip
    if child.returncode or said().get("phase") != "done":
        raise RuntimeError(f"the training ended with {child.returncode}: {said()}; see {folder / 'child.log'}")
    return said()


# ---- judged by others --------------------------------------------------------------------------------------------


def _texts(folder: Path) -> tuple[list[dict[str, Any]], Sequence[Mapping[str, Any]], Arms]:
    """(all held-out rows, those behind the briefs, arm -> for each of these its texts)."""
    from core.train import exam
    from core.train.exam_texts import ARMS, KEPT

    held = exam.read(folder / "held.jsonl")
    found = json.loads((folder / "exam.json").read_text(encoding="utf8"))
    by = {row["id"]: row["text"] for row in exam.read(folder / KEPT)}
    chosen = exam.briefs(held, found["briefs"])
    raw = {arm: [[by[f"{r['id']}/{arm}/{d}"] for d in range(found["each"])] for r in chosen] for arm in ARMS}
    return held, chosen, exam.as_used(chosen, raw, [row["post"] for row in exam.read(folder / "train.jsonl")])


def _gain(pairs: Sequence[tuple[float, float]]) -> dict[str, Any]:
    from core.train.exam import interval

    base, adapter = np.array([pair for pair in pairs if not np.isnan(pair).any()] or [(np.nan, np.nan)]).T
    gain, low, high = interval(adapter - base)
    return {"gain": gain, "low": low, "high": high, "base": float(base.mean()), "adapter": float(adapter.mean()),
            "won": int((adapter > base).sum()), "n": len(base)}  # fmt: skip


def second(folder: Path, background: dict[str, list[str]], strangers: Sequence[str]) -> dict[str, Any]:
    """By LambdaG, Cosine Delta and characters (bench/generation/judge.py): 0 where the others' posts lie, 1 their own.

    Each text is judged by the author's held-out posts but the one behind its brief.
    """
    from bench.generation.judge import NAMES, Judge

    held, chosen, arms = _texts(folder)
    judge = Judge(background)
    posts = [row["post"] for row in held]
    scale = judge.author(posts[0::2], posts[1::2], strangers)._scale
    pairs: dict[str, list[tuple[float, float]]] = {name: [] for name in (*NAMES, "both")}
    for at, row in enumerate(chosen):
        beside = [r["post"] for r in held if r["id"] != row["id"]][-40:]
        raw = dict(zip(NAMES, (judge._grammar(beside), judge._surface(beside)), strict=True))
        by = {
            arm: {
                name: (float(np.nanmean([raw[name](t) for t in arms[arm][at]])) - low) / (high - low)
                for name, (low, high) in zip(NAMES, scale, strict=True)
            }
            for arm in arms
        }
        for name in NAMES:
            pairs[name].append((by["base"][name], by["adapter"][name]))
        pairs["both"].append((float(np.mean([*by["base"].values()])), float(np.mean([*by["adapter"].values()]))))
    return {name: _gain(found) for name, found in pairs.items()}


def likeness(folder: Path) -> dict[str, Any]:
    """By the product's measure, known by the training posts as in use: style in spreads of the author's own posts.

    0 is where these lie. Texts too short for the product to score are measured all the same: many posts are short.
    """
    from analytics import voice
    from core.train import exam

    _, _, arms = _texts(folder)
    profile = voice.fit([row["post"] for row in exam.read(folder / "train.jsonl")])

    def near(texts: Sequence[str]) -> float:
        readings = [voice.read(text) for text in texts if text]
        if not readings:
            return float("nan")
        style = (voice.rows(readings, voice.bank()) @ profile.weight - profile.strangers) / profile.spread
        return float(np.mean((style - profile.own_mean) / profile.own_spread))

    return _gain([(near(b), near(a)) for b, a in zip(arms["base"], arms["adapter"], strict=True)])


# ---- told --------------------------------------------------------------------------------------------------------


def table(done: Sequence[dict[str, Any]]) -> None:
    """A row an author, then the means."""
    print(f"\n{'author':12} {'posts':>5} {'loss':>13} {'perplexity':>13} {'gain [95%]':>22} {'copied % (raw)':>16} "
          f"{'generic':>11} {'held %':>9} {'2nd judge':>22} {'likeness':>22}  passed")  # fmt: skip
    for row in done:
        e = row["exam"]
        loss, copied, kept = e["held_loss"], e["copied"], e["constraints"]
        generic = e["generic"] if e["generic"]["n"] else {"base": float("nan"), "adapter": float("nan")}
        print(
            f"{row['author']:12} {row['posts']:5} {loss['before']:6.3f} {loss['after']:6.3f} "
            f"{np.exp(loss['before']):6.1f} {np.exp(loss['after']):6.1f} {_said(e['judged']):>22} "
            f"{100 * copied['adapter']:5.2f} ({100 * copied['raw']['adapter']:6.2f}) "
            f"{generic['base']:5.2f} {generic['adapter']:5.2f} {100 * kept['base']:4.0f} {100 * kept['adapter']:4.0f} "
            f"{_said(row['second']['both']):>22} {_said(row['likeness']):>22}  "
            + ("yes" if e["passed"] else "no: " + "; ".join(r["name"] for r in e["verdict"] if not r["passed"]))
        )
    for name, found in means(done).items():
        print(f"mean gain over {len(done)} authors, {name}: {_said(found)}", flush=True)


def _said(found: dict[str, Any]) -> str:
    return f"{found['gain']:+.2f} [{found['low']:+.2f}, {found['high']:+.2f}]" if found["gain"] is not None else "-"


def means(done: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By each judge: mean of the authors' gains, and 95% of such means of authors drawn with replacement."""
    from core.train.exam import interval

    out = {}
    by = {"exam": [r["exam"]["judged"] for r in done], "second judge": [r["second"]["both"] for r in done],
          "product's likeness": [r["likeness"] for r in done]}  # fmt: skip
    for name, found in by.items():
        gains = [f["gain"] for f in found if f["gain"] is not None]
        if gains:
            out[name] = dict(zip(("gain", "low", "high"), interval(gains), strict=True)) | {"authors": len(gains)}
    return out


def _save(done: Sequence[dict[str, Any]], told: argparse.Namespace) -> None:
    from bench.report import RESULTS

    out = {"name": "voices", "at": datetime.now(UTC).isoformat(timespec="seconds"), "cores": os.cpu_count(),
           "posts_at_most": told.posts, "effort": told.effort, "mean": means(done), "authors": list(done)}  # fmt: skip
    (RESULTS / "voices.json").write_text(json.dumps(out, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
