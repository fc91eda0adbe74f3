"""The rows of a training: consent, time, nothing of a held-out post among those learnt from, the prompt of generation."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core import authors, samples, store
from core.errors import Denied, Invalid
from core.generate import voiced, voicing
from core.generate.brief import BriefFields
from core.llm import embedded
from core.store import Actor
from core.store.tables import Change
from core.train import dataset, parting, rows
from core.train.dataset import Dataset
from core.train.model import EMBEDDED, Plan
from core.train.parting import Post
from tests.conftest import write_samples
from tests.core.train import posts

PLAN = Plan()


def words(text: str) -> list[str]:
    return text.lower().split()


def runs(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return {tuple(said[at : at + 8]) for at in range(len(said) - 7)}


@pytest.fixture
def ada(data: Path, actor: Actor) -> str:
    return posts.author(actor, "Ada")


@pytest.fixture
def made(ada: str) -> Dataset:
    return dataset.prepare([ada], PLAN)


@pytest.mark.parametrize("said", [None, False])
def test_without_consent_nothing_is_read(data: Path, actor: Actor, said: bool | None) -> None:
    author = posts.author(actor, "Mona", consent=said)
    with pytest.raises(Denied, match="Mona has not agreed"):
        dataset.prepare([author], PLAN)
    assert "Mona has not agreed" in dataset.preview([author]).problems[0]


def test_of_several_only_those_who_agreed_are_used(ada: str, actor: Actor) -> None:
    bo = posts.author(actor, "Bo", count=7, seed=9, consent=False)
    made = dataset.prepare([ada, bo], PLAN, archetype_id="X")
    record = made.record()
    assert {row.author_id for row in (*made.train, *made.held)} == {ada} == set(record["consent"])
    assert record["left_out"]["Bo has not agreed to training"] == 7
    assert record["consent"][ada]["by"] == actor.name and record["consent"][ada]["at"]


def test_the_newest_are_kept_back_and_the_rest_is_older(made: Dataset) -> None:
    assert len(made.held) == 10 and len(made.train) >= 26
    assert max(row.date for row in made.train) < min(row.date for row in made.held)
    span = made.record()["span"]
    assert span["train"][1] < span["held"][0] and made.record()["split_by"] == "date"


def test_without_dates_the_order_of_import_counts(data: Path, actor: Actor) -> None:
    author = posts.author(actor, "Bo", dated=False)
    made = dataset.prepare([author], PLAN)
    order = [row.id for row in samples.of_author(author)]
    assert [row.id for row in made.held] == order[-10:]
    assert made.record()["split_by"] == "order" and made.record()["span"]["held"] == []
    assert "order of import" in dataset.preview([author]).notes[0]


def test_nothing_of_a_held_out_post_is_learnt(data: Path, actor: Actor) -> None:
    author = posts.author(actor, "Ada", count=36)
    newest = [row.text for row in samples.of_author(author)[-4:]]
    quoted = (
        "Something of the future. " + " ".join(newest[0].split()[10:30]) + " And then it ends, as all things do here."
    )
    edited = newest[1].replace("I", "We").replace(".", "!")
    write_samples(author, [quoted, edited], [posts.START - timedelta(days=n) for n in (30, 20)])
    made = dataset.prepare([author], PLAN)
    held = set().union(*(runs(row.post) for row in made.held))
    assert not any(held & runs(row.post) for row in made.train)
    leakage = made.record()["leakage"]
    assert leakage["removed"] >= 2 and leakage["pairs_found"] >= 2 and leakage["worst"] > 0.8
    assert made.record()["left_out"][parting.LEAKED] == leakage["removed"]
    seen = {row.post for row in (*made.train, *made.held)}
    assert quoted not in seen and edited not in seen


def test_nearly_the_same_post_leaks_too_where_no_eight_words_agree(ada: str) -> None:
    newest = samples.of_author(ada)[-2].text.split()
    changed = " ".join(f"{word}ish" if at % 6 == 5 else word for at, word in enumerate(newest))
    write_samples(ada, [changed], [posts.START - timedelta(days=9)])
    made = dataset.prepare([ada], PLAN)
    assert not any(runs(changed) & runs(row.post) for row in made.held)
    assert changed.split()[:5] not in [row.post.split()[:5] for row in made.train]


def test_a_post_said_twice_is_learnt_once(ada: str) -> None:
    old = samples.of_author(ada)[3]
    write_samples(ada, [old.text + " And once more."], [posts.START - timedelta(days=3)])
    made = dataset.prepare([ada], PLAN)
    assert made.record()["left_out"][parting.AGAIN] == 1
    assert sum(old.text[:60] in row.post for row in made.train) == 1


def test_a_sign_off_under_every_post_leaks_nothing(data: Path, actor: Actor) -> None:
    off = "I write about workshops every Tuesday, so follow me if you want more of this."
    with store.writing(actor) as tx:
        from core.store import authors as rows

        author = rows.add(tx, "Ada").id
        rows.consent(tx, author, True)
    write_samples(author, [f"{text}\n\n{off}" for text in posts.varied(30)])
    made = dataset.prepare([author], PLAN)
    assert len(made.train) + len(made.held) >= 25
    assert not any(off in row.post for row in (*made.train, *made.held))


def test_rows_ask_as_generation_asks(made: Dataset) -> None:
    texts = {row.id: row.post for row in made.train}
    for row in (*made.train, *made.held):
        brief = BriefFields(**row.fields)
        shown = [texts[id_] for id_ in row.exemplars]
        assert (row.system, row.user) == voiced.ask("Ada", brief, shown, row.words)
        assert row.id not in row.exemplars
        assert not any(runs(row.post) & runs(text) for text in shown)
    bare = sum(not row.exemplars for row in made.train)
    assert bare == len(made.train) // 3 and all(len(row.exemplars) == voiced.EXEMPLARS for row in made.held)


def test_the_prompt_of_training_is_that_of_generation_byte_for_byte(made: Dataset) -> None:
    """What a row teaches to answer, beside what the built-in runtime is handed for the same brief in use."""
    texts = {row.id: row.post for row in made.train}
    for row in [*made.held, *made.train]:
        chars = 6 * max(30, row.words)  # of a post in use; a row asks for the length of its own
        material = SimpleNamespace(
            author=row.author,
            brief=BriefFields(**row.fields),
            exemplars=[texts[id_] for id_ in row.exemplars],
            constraints=SimpleNamespace(chars=(chars, chars)),
            style=SimpleNamespace(chars=chars),
            prompts={},
            model=SimpleNamespace(small=True),
            seed=1,
            loras=(),
        )
        request = voicing.request(cast(Any, material), 7)
        in_use = embedded._body(request, cast(Any, SimpleNamespace(loaded=())))["prompt"]
        learnt = rows.asked({"system": row.system, "user": row.user}, EMBEDDED, None)
        assert in_use.encode() == learnt.encode() and row.fields["topic"] in learnt


def test_exemplars_are_the_nearest_by_words(data: Path, actor: Actor) -> None:
    author = posts.author(actor, "Ada", count=38)
    kiln = [
        "The pottery kiln broke in June. We had fired 41 bowls in it, and every single glaze of them ran onto the shelf.",
        "Somebody lent us another kiln for pottery. With 57 cups inside it took the whole of a night to cool down again.",
        "Our pottery has a new kiln at last: it takes 88 bowls, it cost us two good summers, and it glows through a door.",
    ]
    write_samples(author, kiln, [posts.START + timedelta(days=n) for n in (1, 2, 900)])
    made = dataset.prepare([author], PLAN)
    (asked,) = [row for row in made.held if "88 bowls" in row.post]
    assert sum("kiln" in row.post for row in made.train if row.id in asked.exemplars) >= 1


def test_a_row_that_is_too_long_loses_its_exemplars_first(ada: str) -> None:
    roomy, tight = dataset.prepare([ada], PLAN), dataset.prepare([ada], Plan(tokens=300))
    assert sum(len(row.exemplars) for row in tight.train) < sum(len(row.exemplars) for row in roomy.train)
    with pytest.raises(Invalid, match="longer than 100 tokens"):
        dataset.prepare([ada], Plan(tokens=100))


def test_too_few_says_how_many_and_why(data: Path, actor: Actor) -> None:
    author = posts.author(actor, "Ada", count=15)
    write_samples(author, ["Too short to learn from."])
    with pytest.raises(Invalid, match=r"15 usable posts by Ada.*1 shorter than 20 words") as error:
        dataset.prepare([author], PLAN)
    assert "Add 5 more" in error.value.hint
    assert dataset.preview([author]).problems == [str(error.value)]


def test_samples_that_a_person_left_out_stay_out(ada: str, actor: Actor) -> None:
    gone = samples.of_author(ada)[0]
    samples.leave_out(gone.id, actor)
    made = dataset.prepare([ada], PLAN)
    assert gone.id not in {row.id for row in (*made.train, *made.held)}
    assert made.record()["left_out"]["left out by a person"] == 1


def test_the_hash_is_of_the_content_and_the_record_holds_no_text(ada: str, made: Dataset, actor: Actor) -> None:
    record = made.record()
    assert dataset.prepare([ada], PLAN).record()["hash"] == record["hash"]
    kept = json.dumps(record)
    assert not any(row.post[:40] in kept for row in made.train)
    samples.leave_out(made.train[0].id, actor)
    assert dataset.prepare([ada], PLAN).record()["hash"] != record["hash"]


def test_preparing_reads_and_changes_nothing(ada: str) -> None:
    with store.reading() as tx:
        before = tx.session.query(Change).count()
    dataset.prepare([ada], PLAN)
    with store.reading() as tx:
        assert tx.session.query(Change).count() == before


def test_files_hold_the_rows_and_four_briefs_to_write_from(made: Dataset, tmp_path: Path) -> None:
    made.write(tmp_path / "run")
    made.write(tmp_path / "run")
    rows = [json.loads(line) for line in (tmp_path / "run/train.jsonl").read_text(encoding="utf8").splitlines()]
    assert [row["id"] for row in rows] == [row.id for row in made.train]
    assert rows[0]["system"] and rows[0]["user"] and rows[0]["post"] == made.train[0].post
    shown = json.loads((tmp_path / "run/samples.json").read_text(encoding="utf8"))
    held = {row.id: row.user for row in made.held}
    assert len(shown) == 4 and all(held[one["id"]] == one["user"] and one["brief"] for one in shown)
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["held.jsonl", "samples.json", "train.jsonl"]


def test_a_preview_says_what_the_training_will_read(ada: str, made: Dataset) -> None:
    seen, record = dataset.preview([ada]), made.record()
    assert (seen.train, seen.held, seen.posts) == (record["train"], record["held"], record["posts"])
    assert seen.leakage == record["leakage"] and seen.problems == []
    assert 0.75 * record["tokens_about"] < seen.tokens_about < 1.25 * record["tokens_about"]
    assert seen.example[0].startswith("Topic:") and seen.example[1] in {row.post for row in made.train}


def test_a_preview_sees_what_has_changed_since(ada: str, actor: Actor) -> None:
    before = dataset.preview([ada])
    first, second = samples.of_author(ada)[:2]
    samples.leave_out(first.id, actor)
    one = dataset.preview([ada])
    assert sum(one.posts.values()) == sum(before.posts.values()) - 1
    samples.take_back(first.id, actor)
    samples.leave_out(second.id, actor)
    assert dataset.preview([ada]).example and dataset.preview([ada]).posts == one.posts
    authors.consent(ada, False, actor)
    assert "Ada has not agreed" in dataset.preview([ada]).problems[0]


def test_nobody_drowns_the_others(monkeypatch: pytest.MonkeyPatch, ada: str, actor: Actor) -> None:
    monkeypatch.setattr(parting, "MOST_OF_ONE", 12)
    bo = posts.author(actor, "Bo", count=16, seed=5)
    made = dataset.prepare([ada, bo], PLAN, archetype_id="X")
    mine = [row for row in made.train if row.author_id == ada]
    assert len(mine) == 12 and max(row.date for row in made.train if row.author_id == ada) == mine[-1].date
    own = {row.id: row.author_id for row in made.train}
    assert all(own[id_] == row.author_id for row in (*made.train, *made.held) for id_ in row.exemplars)
    assert authors.get(bo).name in {row.author for row in made.held}


def test_alike_posts_are_found_without_a_common_run() -> None:
    one = "we sold nine pumps in may and the rest stayed in the shed until the summer came back to us"
    other = "we sold ten pumps in may but the rest lay in the shed until a summer came home to us"

    def post(id_: str, text: str) -> Post:
        return Post(id_, "a", text, None, tuple(text.split()))

    assert not parting.share_run(post("1", one), post("2", other))
    pairs = list(parting.alike([post("1", one)], [post("2", other), post("3", "nothing of the kind was said here")]))
    assert [(a, b) for a, b, _ in pairs] == [(0, 0)] and pairs[0][2] > parting.ALIKE
