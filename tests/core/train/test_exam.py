"""The exam: both arms get the same request, it goes on after a kill, and its verdict follows from what was written."""

from __future__ import annotations

import json
import random

import pytest

from analytics import exam as judging
from core.errors import Cancelled, Invalid
from core.generate import voicing
from core.train import exam, exam_texts, verdict
from core.train.exam import Size
from tests.core.train.posts import varied

PLAIN = "The committee of the region has published the report on the situation of the economy in the member states."


def _ours(n: int, seed: int = 3) -> list[str]:
    """Posts of somebody with habits: short sentences, questions, asides after dashes."""
    rng = random.Random(seed)
    things = ("kettle", "garden", "bicycle", "letter", "market", "window", "orchard", "ladder", "saddle", "lantern")
    said = (
        "So, honestly? I don't know what to make of my {}.",
        "Well... you'd think a {} was easy - it isn't!",
        "And yet, and yet: I keep my {}, don't ask me why.",
        "Oh, but isn't every {} like that? It is, isn't it?",
        "Not me. Not that {}, anyway - not now!",
        "I mean, who'd want a {}? Me, it turns out!",
    )
    return [" ".join(rng.choice(said).format(rng.choice(things)) for _ in range(6)) for _ in range(n)]


def _rows(posts: list[str], author: str = "a1") -> list[dict]:
    return [
        {
            "id": f"{author}-{n}", "author_id": author, "author": "Ada", "system": "You are Ada.", "user": f"Write {n}.",
            "post": post, "words": len(post.split()), "fields": {"topic": "things", "points": ["I keep it."]},
            "exemplars": [],
        }
        for n, post in enumerate(posts)
    ]  # fmt: skip


def _writer(base, adapter):
    """Answers from lists, by the number of the brief."""

    def write(part):
        return [(adapter if ask.scale else base)[int(ask.user.split()[1][:-1])] for ask in part]

    return write


POSTS = _ours(24)
TRAIN = _ours(30, seed=9)
ANYBODY = [f"{post} {PLAIN}" for post in varied(24, seed=5)]


@pytest.fixture(scope="module")
def passed(tmp_path_factory):
    """An adapter that writes as the author does, and a base that writes as anybody does."""
    folder = tmp_path_factory.mktemp("exam")
    return exam.sit(
        folder, _writer(ANYBODY, _ours(24, seed=77)), held=_rows(POSTS), train_posts=varied(5, seed=8),
        held_loss=(3.2, 2.9), size=Size(briefs=10, texts=10),
    )  # fmt: skip


def test_an_adapter_that_writes_like_the_author_passes(passed):
    judged = passed["judged"]
    assert passed["passed"], passed["verdict"]
    assert 0 < judged["low"] < judged["gain"] < judged["high"]
    assert judged["won"] == judged["n"] == 10
    assert judged["base"] < judged["adapter"] < 1
    assert [t["id"] for t in passed["texts"]] == ["a1-0", "a1-2", "a1-4", "a1-7", "a1-9", "a1-12", "a1-14", "a1-16",
                                                  "a1-19", "a1-21"]  # fmt: skip
    json.dumps(passed)


def test_the_same_texts_gain_nothing_and_fail(tmp_path):
    found = exam.sit(tmp_path, _writer(ANYBODY, ANYBODY), held=_rows(POSTS), train_posts=[], held_loss=(3.2, 2.9),
                     size=Size(briefs=8, texts=8))  # fmt: skip
    assert found["judged"]["gain"] == 0
    assert not found["passed"]
    assert "nought" in next(r["said"] for r in found["verdict"] if not r["passed"])


def test_a_text_that_repeats_the_training_posts_fails(tmp_path):
    found = exam.sit(tmp_path, _writer(ANYBODY, TRAIN), held=_rows(POSTS), train_posts=TRAIN, held_loss=(3.2, 2.9),
                     size=Size(briefs=8, texts=8))  # fmt: skip
    assert found["copied"]["raw"] == {"adapter": 1.0, "base": 0.0} == found["copied"]["memorised"]
    assert found["copied"]["adapter"] == 0  # in use such sentences are taken out
    assert not found["verdict"][1]["passed"]
    assert not found["passed"]


def test_a_kill_in_the_middle_loses_no_text_and_changes_nothing(tmp_path):
    seen: list[str] = []
    inner = _writer(ANYBODY, _ours(24, seed=77))

    def write(part):
        if len(seen) >= exam_texts.TOGETHER:
            raise Cancelled("Stopped.", "")
        seen.extend(ask.id for ask in part)
        return inner(part)

    size = Size(briefs=10, texts=10)
    with pytest.raises(Cancelled):
        exam.sit(tmp_path, write, held=_rows(POSTS), train_posts=[], held_loss=(3.2, 2.9), size=size)
    with (tmp_path / exam_texts.KEPT).open("a") as kept:
        kept.write('{"id": "a1-9/base/0", "te')  # killed while it wrote

    def rest(part):
        seen.extend(ask.id for ask in part)
        return inner(part)

    again = exam.sit(tmp_path, rest, held=_rows(POSTS), train_posts=[], held_loss=(3.2, 2.9), size=size)
    assert len(seen) == len(set(seen)) == 20
    whole = exam.sit(tmp_path / "..", inner, held=_rows(POSTS), train_posts=[], held_loss=(3.2, 2.9), size=size)
    assert {**again, "seconds": 0} == {**whole, "seconds": 0}


def test_both_arms_are_asked_the_same():
    found = exam_texts.asks(_rows(POSTS)[:3], 2, seed=40, scale=0.8)
    arms = {arm: [a for a in found if f"/{arm}/" in a.id] for arm in exam_texts.ARMS}
    for base, adapter in zip(arms["base"], arms["adapter"], strict=True):
        assert (base.system, base.user, base.seed, base.max_tokens) == (
            adapter.system, adapter.user, adapter.seed, adapter.max_tokens
        )  # fmt: skip
        assert (base.scale, adapter.scale) == (0, 0.8)
    assert len({a.seed for a in arms["base"]}) == 6


def test_it_samples_as_texts_are_written_in_use():
    assert exam_texts.TEMPERATURE == voicing.TEMPERATURE


def test_the_embedded_writer_asks_once_for_several_texts_of_one_prompt(monkeypatch, tmp_path):
    calls = []

    def complete(request, stop, model):
        calls.append(request)
        return exam_texts.llm.Completion([f"{request.prompt} {n}" for n in range(request.n)], [None] * request.n)

    monkeypatch.setattr(exam_texts.llm, "complete", complete)
    asked = exam_texts.asks(_rows(POSTS)[:2], 3, seed=40, scale=1.0)
    texts = exam_texts.embedded(tmp_path / "adapter.gguf", "0" * 64)(asked)
    assert [(c.n, c.seed, c.adapters[0].scale) for c in calls] == [(3, 40, 0), (3, 40, 1), (3, 50, 0), (3, 50, 1)]
    assert texts == [f"{a.user} {n % 3}" for n, a in enumerate(asked)]


def test_checks_find_what_the_brief_does_not_say():
    row = {**_rows(["x"])[0], "words": 20, "fields": {"topic": "pumps", "points": ["We lost 12 pumps in Hull."]}}
    good = "We lost 12 pumps in Hull, and nobody told us why. What a long week that was, I must say."
    said = {
        "length": "We lost 12 pumps.",
        "numbers": good.replace("long week", "week of 48 hours"),
        "quotes": good.replace("What", 'He said "never mind the pumps". What'),
        "names": good.replace("nobody", "Marjorie Featherstone"),
        "links": good + " See www.pumps.com.",
        "banned phrases": good.replace("long week", "game changer"),
        "repeats itself": good.split(" What", maxsplit=1)[0] + " " + good.split(" What", maxsplit=1)[0],
    }
    for check, text in {"": good, **said}.items():
        arms = {"base": [[good]], "adapter": [[text]]}
        found = exam.constraints([row], arms, [], ["game changer"])
        broken = [name for name, held in found["of"].items() if not held["adapter"]]
        assert check in broken if check else not broken, (check, broken)


def test_names_may_come_from_the_authors_own_posts():
    row = {**_rows(["x"])[0], "words": 12}
    arms = {"base": [["I met Marjorie Featherstone."]], "adapter": [["I met Marjorie Featherstone."]]}
    assert exam.constraints([row], arms, [])["of"]["names"]["adapter"] == 0
    assert exam.constraints([row], arms, ["Yesterday Marjorie Featherstone called."])["of"]["names"]["adapter"] == 1


def test_sentences_that_an_earlier_post_holds_are_not_judged_in_either_arm():
    """What the request showed is repeated, not memorised; what the brief says may stand."""
    post = "The old clerk counted every single pump in the yard twice. He was right."
    brief = "we sold nine of the pumps in Hull before the summer"
    row = {**_rows(["x"])[0], "user": f"Posts: {post}", "fields": {"topic": "pumps", "points": [brief]}}
    text = f"I had a plan. {post}\n\nAnd {brief}. The old clerk counted every. Single pump in the yard twice, no."
    arms = {"base": [[text]], "adapter": [[text]]}
    used = exam.as_used([row], arms, [post, brief])
    kept = f"I had a plan. He was right.\n\nAnd {brief}. The old clerk counted every."
    assert used == {"base": [[kept]], "adapter": [[kept]]}
    found = exam.copied([row], arms, used, [post])
    assert found["adapter"] == 0 < found["raw"]["adapter"]
    assert found["memorised"] == {"base": 0, "adapter": 0}
    assert exam.copied([{**row, "user": ""}], arms, used, [post])["memorised"] == found["raw"]


def test_briefs_are_spread_over_authors_and_time():
    rows = _rows(POSTS[:20], "a") + _rows(POSTS[:4], "b")
    found = [r["id"] for r in exam.briefs(rows, 8)]
    assert found == ["a-0", "b-0", "a-5", "b-1", "a-10", "b-2", "a-15", "b-3"]


def test_an_exam_without_held_out_posts_says_what_to_do(tmp_path):
    with pytest.raises(Invalid, match="no held-out post"):
        exam.sit(tmp_path, _writer([], []), held=[], train_posts=[], held_loss=(3.0, 2.9))
    with pytest.raises(Invalid, match=r"held\.jsonl"):
        exam.sit(tmp_path, _writer([], []), held_loss=(3.0, 2.9))


# ---- the verdict ---------------------------------------------------------------------------------------------


def _record(**changes):
    base = {
        "judged": {"gain": 0.4, "low": 0.1, "high": 0.7, "n": 20, "won": 14},
        "copied": {"adapter": 0.0, "raw": {"adapter": 0.1, "base": 0.2}, "memorised": {"adapter": 0.002, "base": 0.0}},
        "generic": {"adapter": 0.4, "base": 0.5, "n": 20},
        "constraints": {"adapter": 0.9, "base": 0.88, "of": {"names": {"adapter": 0.7, "base": 0.9}}},
        "held_loss": {"before": 3.2, "after": 3.0, "perplexity": True},
        "votes": None,
    }
    return base | {key: {**(base[key] or {}), **change} for key, change in changes.items()}


@pytest.mark.parametrize(
    ("changes", "broken"),
    [
        ({}, []),
        ({"judged": {"low": -0.01}}, [0]),
        ({"judged": {"low": -0.5, "high": -0.1, "gain": -0.3}}, [0]),
        ({"judged": {"n": 4}}, [0]),
        ({"judged": {"n": 0, "gain": None, "low": None, "high": None}}, [0]),
        ({"copied": {"adapter": 0.0101}}, [1]),
        ({"copied": {"memorised": {"adapter": 0.02}}}, [1]),
        ({"generic": {"adapter": 0.56}}, [2]),
        ({"generic": {"n": 0, "adapter": None, "base": None}}, []),
        ({"generic": {"n": 4, "adapter": 0.9, "base": 0.1}}, []),
        ({"constraints": {"adapter": 0.82}}, [3]),
        ({"held_loss": {"after": 3.2}}, [4]),
        ({"held_loss": {"after": None}}, [4]),
        ({"votes": {"adapter": 2, "base": 12}}, [5]),
        ({"votes": {"adapter": 6, "base": 8}}, []),
        ({"votes": {"adapter": 0, "base": 3}}, []),
    ],
)
def test_each_rule_alone_decides(changes, broken):
    found = verdict.rules(_record(**changes))
    assert [at for at, rule in enumerate(found) if not rule["passed"]] == broken
    assert all(rule["name"].endswith("?") and rule["said"].endswith(".") for rule in found)


def test_each_missed_rule_says_what_may_help():
    assert verdict.advice({"verdict": verdict.rules(_record())}) == []
    for name in {rule["name"] for rule in verdict.rules(_record(votes={"adapter": 1, "base": 11}))}:
        assert len(verdict.advice({"verdict": [{"name": name, "passed": False, "said": ""}]})) == 1, name


def test_a_small_fall_of_the_loss_is_told_in_figures_that_differ():
    said = verdict.rules(_record(held_loss={"before": 2.3833, "after": 2.3822}))[4]["said"]
    assert "10.841 before, 10.829 after" in said


def test_the_verdict_names_what_got_worse():
    assert "names" in verdict.rules(_record())[3]["said"]


def test_the_judge_of_exams_is_another_than_the_products():
    """Training and reranking never see it: nothing of what they use leads to it."""
    from pathlib import Path

    root = Path(judging.__file__).parents[1]
    users = {
        str(p.relative_to(root))
        for room in ("analytics", "core", "pages", "notion_sync")
        for p in (root / room).rglob("*.py")
        if "analytics.exam" in (said := p.read_text(encoding="utf8")) or "from analytics import exam" in said
    }
    assert users <= {"core/train/exam.py", "analytics/exam.py"}, users
