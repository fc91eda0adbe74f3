"""The Training page: the first answer, a live run, the exam and the decision, past runs compared, beginning, rules."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import jobs, store, today
from core.config import ROOT, settings
from core.people import local_actor
from core.store import Actor, training
from core.store.base import now
from core.store.tables import Intent
from core.store.tables_training import Adapter, TrainingPolicy, TrainingRun
from core.train import commands, policies, registry
from core.train.model import Plan, adapters_folder, run_folder
from core.train.scope import Scope
from pages.ui.training_rules import conditions
from pages.ui.training_words import doing, loss_finding, phase_states, run_name, signed
from tests.core.train.posts import author

FILE, BASE = b"a small LoRA", b"a base"
NASTY = "<script>alert(1)</script> *loud* [link](http://x.example)"


def opened(errors: int = 0, **params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page("pages/training.py")
    app = app.run()
    assert not app.exception and len(app.error) == errors, [box.value for box in app.error]
    return app


def words(app: AppTest) -> str:
    """All that is read on the page, tables too."""
    kinds = (app.markdown, app.caption, app.success, app.error, app.info, app.subheader)
    shown = "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")
    return shown + "\n".join(e.proto.body for e in app.get("html") if "<style>body" not in e.proto.body)


def press(app: AppTest, label: str) -> AppTest:
    app = next(b for b in app.button if b.label == label).click().run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    return [b.label for b in app.button]


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def title(chart: dict[str, Any]) -> str:
    return str(chart["layout"]["title"]["text"]).replace("<br>", " ")


@pytest.fixture
def ada(data: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> str:
    """Ada, who agreed to training; the base is a file of a few bytes."""
    (data / "base.gguf").write_bytes(BASE)
    monkeypatch.setenv("TIMBRE_MODEL_PATH", str(data / "base.gguf"))
    settings.cache_clear()
    return author(actor, "Ada", count=40)


def exam(passed: bool, said: str = "By 0.31.") -> dict[str, Any]:
    low = 0.12 if passed else -0.1
    return {
        "judged": {"gain": 0.31, "low": low, "high": 0.5, "n": 24, "unit": "spreads of own posts"},
        "verdict": [
            {"name": "Nearer to the author?", "passed": passed, "said": said},
            {"name": "Does it repeat posts?", "passed": True, "said": "0.4% of its runs."},
        ],
        "passed": passed,
        "texts": [
            {"brief": f"Audits {n}", "base": f"The base wrote {n}.", "adapter": f"It wrote {n}."} for n in (1, 2)
        ],
    }


def history(steps: int) -> list[dict[str, Any]]:
    return [
        {
            "step": s,
            "loss": 2.2 + 0.7 * math.exp(-s / 8),
            **({"held_loss": 2.4 + 0.4 * math.exp(-s / 8)} if s % 5 == 0 else {}),
        }
        for s in range(1, steps + 1)
    ]


def run(author_id: str, status: str = "done", passed: bool | None = None, **said: Any) -> str:
    """A run, with its adapter and that one's file where it has sat its exam; the run's id."""
    actor = local_actor()
    progress = {"step": 20, "steps": 40, "loss": 2.3, "held_loss": 2.44, "held_loss_before": 2.9, "tokens_s": 212.0,
                "eta": 300.0, "memory": 1_500_000_000}  # fmt: skip
    row = TrainingRun(
        kind="voice", method="sft", author_id=author_id, title="Ada", status=status, history=history(20),
        progress=progress, started_at=now(), by="You",
        **{"settings": Plan().record(), "phase": "train", "dataset": {"train": 30, "held": 10},
           "finished_at": None if status == "running" else now(), **said},
    )  # fmt: skip
    with store.writing(actor) as tx:
        tx.session.add(row)
        tx.session.flush()
        if status in ("queued", "running"):
            tx.session.add(Intent(id=row.id, kind="train", status="started"))
        if passed is not None:
            file = adapters_folder() / row.id / "adapter.gguf"
            file.parent.mkdir(parents=True)
            file.write_bytes(FILE)
            tx.session.add(
                Adapter(id=row.id, kind="voice", author_id=author_id, run_id=row.id, title="Ada", base="embedded",
                        base_hash=hashlib.sha256(BASE).hexdigest(), exam=exam(passed), passed=passed,
                        files={"adapter.gguf": hashlib.sha256(FILE).hexdigest()},
                        card={"consent": {author_id: {"by": "Ada", "at": "2026-01-02"}}})
            )  # fmt: skip
            row.adapter_id = row.id
    return row.id


# ---- what is said, without a screen ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([2.9, 2.8], "Not yet"),
        ([2.9, 2.6, 2.5], "fell by 14% by step 20"),
        ([2.9, 2.5, 2.7], "Lowest on unseen posts at step 10"),
        ([2.9, 2.9, 2.9], "hardly moved"),
        ([2.9, 3.0, 3.2], "rose by 10%"),
    ],
)
def test_a_loss_is_said_as_a_finding(losses: list[float], said: str) -> None:
    assert said in loss_finding(list(zip((0, 10, 20), losses, strict=False)))


def test_where_a_run_is_is_said_in_words() -> None:
    row = TrainingRun(kind="voice", status="running", phase="train", progress={"step": 3, "steps": 1200, "eta": 7500})
    assert doing(row) == "training, step 3 of 1,200, about 2.1 h left"
    assert [state for _, state in phase_states(row)] == ["done", "done", "now", "", "", ""]
    row.status = "failed"
    assert ("Training", "bad") in phase_states(row)
    row.status = "queued"
    assert doing(row) == "waits for its turn" and "until a worker runs" in doing(row, worker=False)
    assert signed(-0.049) == "−0.049"


def test_a_small_measure_is_named_for_what_it_is_and_has_fewer_phases() -> None:
    row = TrainingRun(
        kind="reranker", method="logistic", title="Everybody", status="running", phase="exam", progress={}
    )
    assert run_name(row) == "Order of variants"
    assert phase_states(row) == [("Posts", "done"), ("Training", "done"), ("Exam", "now"), ("List", "")]


def test_when_a_rule_begins_is_said_in_words() -> None:
    rule = TrainingPolicy(every_days=30, new_posts=20, new_votes=None, effort="quick")
    assert conditions(rule) == "Every 30 days or once 20 new posts are there, with quick effort"


# ---- looking ---------------------------------------------------------------------------------------------------


def test_before_the_first_run_the_page_says_what_it_is_for_and_what_there_is(data: Path, actor: Actor) -> None:
    assert "Add some first" in words(opened())
    author(actor, "Ada", count=40, consent=None)
    app = opened()
    assert "Nothing has been learnt yet" in words(app) and "Training cannot begin yet" in words(app)
    assert "Start training" not in labels(app)


def test_a_live_run_shows_its_figures_and_is_stopped(ada: str) -> None:
    id_ = run(ada, "running")
    app = opened(author=ada)
    said = words(app)
    assert "Ada is being learnt." in said
    assert "step 20 of 40, about 5 min left." in app.get("progress")[0].proto.text
    for figure in ("2.44", "2.90 before it began", "212 tokens/s", "1.4 GB", "◐ Training"):
        assert figure in said
    (chart,) = charts(app)
    assert "Loss on unseen posts fell by" in title(chart) and "n = 10 unseen posts, 30 trained on" in title(chart)
    app = press(app, "Stop")
    assert jobs.get(id_).cancel_requested
    assert "Stopping: it saves what it has" in words(app) and "Stop" not in labels(app), "said where it was asked"
    with store.writing(local_actor()) as tx:
        training.finish(tx, id_, "cancelled", "Stopped, as you asked.")
    said = words(opened(author=ada, run=id_))
    assert "Stopped, as you asked." in said and "Stopping" not in said


def test_one_that_passed_waits_is_promoted_and_rolled_back(ada: str) -> None:
    id_ = run(ada, passed=True)
    app = opened(author=ada)
    assert "1 adapter has passed the exam and waits for your decision." in words(app)
    assert "0.4% of its runs." in words(app) and "● Passed" in words(app)
    app = press(app, "Promote")
    live = registry.live("voice", Scope(author_id=ada))
    assert live and live.id == id_ and "is in use from now on" in words(app)
    assert "waits for your decision" not in words(app)
    app = press(opened(author=ada, run=id_), "Roll back")
    assert registry.live("voice", Scope(author_id=ada)) is None and "Rolled back" in words(app)


def test_today_names_what_waits_and_where_it_is_decided(ada: str) -> None:
    run(ada, passed=False)
    older, newer = run(ada, passed=True), run(ada, passed=True)
    assert [row.run_id for row in registry.waiting()] == [newer, older]
    (item,) = today.gather([]).decide
    assert (item.page, item.params) == ("training", {"run": newer, "author": ada}) and "Ada" in item.title


def test_a_failed_exam_is_explained_and_offers_no_promotion(ada: str) -> None:
    id_ = run(ada, passed=False)
    assert "It missed 1 of 2 parts of its exam" in words(opened(author=ada))
    app = opened(author=ada, run=id_)
    assert "✕ Not passed" in words(app) and "Promote" not in labels(app) and not app.slider
    gain = charts(app)[0]
    assert title(gain).startswith("<b>Not closer to the author for certain")
    (band,) = [shape for shape in gain["layout"]["shapes"] if shape["type"] == "rect"]
    assert (band["x0"], band["x1"]) == (-0.1, 0.5)
    assert "It wrote 1." in words(app) and "The base wrote 1." in words(app)
    app = press(app, "Next")
    assert "It wrote 2." in words(app) and "It wrote 1." not in words(app)


def test_what_others_wrote_stays_text(ada: str) -> None:
    id_ = run(ada, passed=True)
    with store.writing(local_actor()) as tx:
        row = tx.session.get(Adapter, id_)
        assert row
        row.exam = exam(True, NASTY) | {"texts": [{"brief": NASTY, "base": NASTY, "adapter": NASTY}]}
    failed = run(ada, "failed", message=NASTY, samples=[{"step": 1, "brief": NASTY, "text": NASTY}])
    for app in (opened(author=ada, run=id_), opened(1, author=ada, run=failed)):
        markup = "".join(e.proto.body for e in app.get("html"))
        marked = "".join(e.value for kind in (app.markdown, app.caption, app.error) for e in kind)
        assert "alert" in markup + marked and "<script>" not in markup + marked
        assert "[link](" not in marked and " *loud*" not in marked


def test_a_failed_run_says_why_and_goes_on(ada: str) -> None:
    id_ = run(ada, "failed", message="The disk is full. Nothing is lost.", hint="Free 2 GB.")
    (run_folder(id_) / "checkpoints" / "checkpoint-2").mkdir(parents=True)
    assert "The last run, Ada, failed: The disk is full." in words(opened(author=ada))
    app = opened(1, author=ada, run=id_)
    assert "Free 2 GB." in app.error[0].value and "✕ Training" in words(app)
    app = press(app, "Go on from its last save")
    (newest, _) = commands.runs()
    assert newest.id != id_ and newest.status == "queued" and app.query_params["run"] == newest.id


def test_a_run_that_is_gone_is_said_to_be(ada: str) -> None:
    app = opened(1, run="01GONE")
    assert "There is no training run" in app.error[0].value
    assert "Nothing has been learnt yet" in words(app), "and the page is there all the same"


def test_runs_are_compared_at_an_address(ada: str) -> None:
    first = run(ada, passed=True, settings=Plan(rank=4).record())
    second = run(ada, passed=False, settings=Plan(rank=8).record())
    for _ in range(14):
        run(ada, "cancelled")
    app = opened(author=ada, training_view="Runs", compare=f"{first},{second},01GONE")
    assert app.multiselect[0].value == [first, second]
    losses, gains = charts(app)
    assert "The loss on unseen posts fell most in Ada" in title(losses) and "1 of 2 are closer" in title(gains)
    assert len([shape for shape in gains["layout"]["shapes"] if shape["type"] == "rect"]) == 2
    said = words(app)
    assert "rank</th>" in said and "alpha 16" in said, "what differs stands in a table, what does not in a sentence"
    assert "1 to 12 of 16" in said
    app = app.multiselect[0].set_value([first]).run()
    assert app.query_params["compare"] == first and not app.get("plotly_chart")


def test_a_reader_looks_and_changes_nothing(ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    id_ = run(ada, passed=True)
    reader = replace(local_actor(), role="reader")
    monkeypatch.setattr("pages.ui.shell.local_actor", lambda: reader)
    for params in ({"run": id_}, {"training_view": "Train"}):
        app = opened(author=ada, **params)
        acting = ("Promote", "Delete for good", "Start training", "Write it out for Ollama")
        assert all(b.disabled for b in app.button if b.label in acting)
        assert all(s.disabled for s in app.slider)


# ---- doing -----------------------------------------------------------------------------------------------------


def test_a_training_is_begun_from_the_dial_and_by_hand(ada: str) -> None:
    app = opened(author=ada, training_view="Train")
    assert re.search(r"\d+ posts to learn from", words(app)) and "not measured yet" in words(app)
    rank = next(n for n in app.number_input if n.label == "Rank")
    app = rank.set_value(6).run()
    assert re.search(r"<dd>\d+<small>[\d,]+ tokens", words(app)), "the estimate stands above, steps and tokens counted"
    app = press(app, "Start training")
    (row,) = commands.runs()
    assert (row.kind, row.method, row.author_id, row.settings["rank"]) == ("voice", "sft", ada, 6)
    assert row.settings["effort"] == "standard" and app.query_params["run"] == row.id
    assert "Asked for." in words(app) and "Waiting" in words(app)


def test_a_strength_is_kept_and_an_adapter_deleted(ada: str) -> None:
    id_ = run(ada, passed=True)
    app = opened(author=ada, run=id_)
    app = app.slider[0].set_value(0.4).run()
    assert registry.adapter(id_).scale == 0.4
    assert "sha256" in words(app) and "recorded by Ada, 2026-01-02" in words(app), "the card"
    app = press(app, "Delete for good")
    assert registry.adapter(id_).deleted_at and not (adapters_folder() / id_).exists()
    assert "Its files were deleted" in words(app) and "Promote" not in labels(app)


def test_a_rule_is_kept_switched_off_and_removed(ada: str) -> None:
    app = opened(author=ada, training_view="By itself")
    app = press(app, "Keep the rule")
    (rule,) = policies.listed()
    assert (rule.kind, rule.scope, rule.new_posts, rule.every_days) == ("voice", f"author:{ada}", 20, None)
    assert "0 of 20 new posts" in words(app)
    app = press(app, "Switch off")
    assert not policies.listed()[0].enabled and "○ Off" in words(app)
    press(app, "Remove")
    assert not policies.listed()
