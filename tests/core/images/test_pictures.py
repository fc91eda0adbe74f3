"""Asking for pictures: what is asked for, what comes and is kept, nothing paid for twice, tried again, used."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from core import jobs, llm, review, store
from core.config import settings
from core.errors import Cancelled, Conflict, Denied, Invalid, StorageError, TimbreError, Unavailable
from core.images import (
    brand,
    choosing,
    keep,
    lora_files,
    pictures,
    pictures_jobs,
    pictures_over,
    prompting,
    provenance,
    provider,
)
from core.images.lora_files import Lora
from core.images.model import SIZES
from core.images.pictures_memory import Remembered, run_folder
from core.images.prompting import Prompt
from core.images.provider import Made
from core.images.wishes import Wish, aspect
from core.people import WORKER
from core.store import Actor, intents, today
from core.store import photos as rows
from core.store.base import now
from core.store.tables import Post
from core.train import process
from tests.core.images import painter, photo_sets

PROMPT = Prompt("An empty room.", "blur")
WISH = Wish("painter", n=2, seed=100)


@pytest.fixture(autouse=True)
def at_work(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "PROVIDERS", {"painter": painter.__name__})
    monkeypatch.setattr(jobs, "step", lambda work, *args, name=None: work(*args))
    monkeypatch.setattr(pictures_jobs, "EVERY", 0.0)
    for name, size in {"portrait": (216, 270), "link": (240, 126)}.items():
        monkeypatch.setitem(SIZES, name, size)  # a twenty-fifth of the work


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "On meetings", "Our meetings run long. We cut them.", actor)


@pytest.fixture
def ask(post: Post, actor: Actor) -> Callable[..., str]:
    def asked(prompt: Prompt = PROMPT, wish: Wish = WISH, **changes: Any) -> str:
        return pictures.ask(post.author_id, post.id, replace(wish, **changes), prompt, actor)

    return asked


def work(run_id: str) -> TimbreError | None:
    """Do the run as the worker would; how it failed."""
    failed = None
    try:
        pictures_jobs.picture(run_id)
    except TimbreError as error:
        failed = error
    with store.writing(WORKER) as tx:
        intents.finish(tx, run_id, "failed" if failed else "done", "")
    return failed


def looks(image_id: str) -> Image.Image:
    row = keep.get(image_id)
    return Image.open(io.BytesIO(keep.path(image_id, row.files[0]["name"]).read_bytes())).convert("RGB")


# ---- asking --------------------------------------------------------------------------------------------------


def test_it_keeps_what_was_asked_for_and_what_it_will_cost(ask: Callable[..., str], post: Post) -> None:
    run_id = ask()
    view = pictures.run(run_id)
    assert view.live and view.run.post_id == post.id
    assert view.run.estimate == {"amount": 0.08, "currency": "EUR", "how": "for 2 of them"}
    wanted = {"model": "oil", "aspect": "4:5", "n": 2, "seed": 100, "negative": "blur", "graded": True}
    assert wanted.items() <= view.run.settings.items()
    assert jobs.get(run_id).kind == "picture"


def test_one_click_more_is_the_same_run_and_another_wish_is_another(ask: Callable[..., str]) -> None:
    first = ask(seed=None)
    assert ask(seed=None) == first, "the seed that nobody chose does not count"
    assert ask(seed=None, n=1) != first
    assert ask(Prompt("A full room."), seed=None) != first
    work(first)
    assert ask(seed=None) != first, "it has ended"


@pytest.mark.parametrize(
    ("prompt", "changes", "said"),
    [
        (Prompt("  "), {}, "The prompt is empty"),
        (Prompt("x" * 2_001), {}, "2,000 are read"),
        (Prompt("x" * 101), {"model": "chalk", "n": 1}, "100 are read"),
        (PROMPT, {"model": "crayon"}, "no model crayon"),
        (PROMPT, {"provider": "nobody"}, "no image provider nobody"),
        (PROMPT, {"size": "poster"}, "no size poster"),
        (PROMPT, {"n": 5}, "1 to 4"),
        (PROMPT, {"model": "chalk"}, "1 to 1"),
        (PROMPT, {"seed": -1}, "whole number"),
        (PROMPT, {"steps": 51}, "51 steps"),
        (PROMPT, {"likeness": True, "model": "chalk", "n": 1}, "no likeness"),
        (PROMPT, {"likeness": True}, "No likeness of this author"),
    ],
)
def test_what_cannot_be_asked_for_is_said_and_nothing_is_sent(
    ask: Callable[..., str], prompt: Prompt, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(Invalid, match=said):
        ask(prompt, **changes)
    assert jobs.recent("picture") == []


def test_who_may_not_what_is_not_set_up_and_who_is_named(
    ask: Callable[..., str], post: Post, two_authors: dict[str, str], actor: Actor
) -> None:
    with pytest.raises(Denied):
        pictures.ask(post.author_id, post.id, WISH, PROMPT, replace(actor, role="reader"))
    with pytest.raises(Invalid, match="another author's"):
        pictures.ask(two_authors["Bo"], post.id, WISH, PROMPT, actor)
    with store.writing(actor) as tx:
        store.authors.add(tx, "Grace Hopper")
    with pytest.raises(Invalid, match="names Grace Hopper"):
        ask(Prompt("A portrait of  grace hopper, smiling"))
    painter.order(away=True)
    with pytest.raises(Unavailable, match=r"The painter is away\. Nothing was sent") as told:
        ask()
    assert told.value.hint == "Set PAINTER_KEY."


def test_what_a_model_does_not_take_is_not_sent(ask: Callable[..., str]) -> None:
    run_id = ask(model="chalk", n=1, seed=None)
    assert pictures.run(run_id).run.settings["negative"] == ""
    assert aspect(provider.model("painter", "oil"), "link") == "3:2", "the nearest that it makes"
    assert aspect(provider.model("painter", "chalk"), "link") == "16:9"


# ---- what comes ----------------------------------------------------------------------------------------------


def test_what_comes_is_cut_marked_measured_and_kept_with_its_original(
    ask: Callable[..., str], post: Post, actor: Actor
) -> None:
    brand.save(
        brand.scope(None), actor, colours={"light": {"accent": "#C82828", "paper": "#FFFFFF"}}, grade={"towards": 0.5}
    )
    run_id = ask()
    assert work(run_id) is None
    view = pictures.run(run_id)
    assert (view.run.status, view.run.message) == ("done", "")
    first, second = view.images
    assert (first.number, first.ai, first.kind, first.provider, first.title) == (
        1,
        True,
        "picture",
        "painter",
        "On meetings",
    )
    assert (first.files[0]["width"], first.files[0]["height"]) == (216, 270)
    assert [first.settings["seed"], second.settings["seed"]] == [100, 101]
    assert first.settings["service"] == {"brush": 3} and first.cost["amount"] == 0.05
    assert first.settings["grade"] == {"towards": 0.5}
    assert first.measured["brand"] < second.measured["brand"], "red is nearer to the brand than green"
    assert second.measured["brand"] < second.measured["brand_before"], "and the grade brings green nearer"
    assert first.measured["enlarged"] == 2.25
    told = provenance.read(keep.path(first.id, first.files[0]["name"]).read_bytes())
    assert told == {
        "source": "trainedAlgorithmicMedia",
        "facts": {"provider": "The painter", "model": "oil", "seed": 100},
    }
    assert "room" not in str(told), "the prompt stays in the house"
    assert keep.hidden(first.id, choosing.ORIGINAL).read_bytes() == painter.picture(0)
    assert not run_folder(run_id).exists()


@pytest.mark.parametrize("kind", ["refuse", "broken"])
def test_what_was_refused_is_said_and_the_rest_is_kept(ask: Callable[..., str], kind: str) -> None:
    painter.order(**{kind: [1]})
    run_id = ask()
    assert work(run_id) is None
    view = pictures.run(run_id)
    assert [image.number for image in view.images] == [1]
    assert view.run.message.startswith("1 of 2 did not come: ")
    assert set(view.refused) == {1}
    painter.order(**{kind: [0, 1]})
    error = work(ask())
    assert isinstance(error, Invalid) and "Change the prompt" in error.hint


def test_stopped_in_the_middle_what_has_come_is_kept(ask: Callable[..., str], actor: Actor) -> None:
    painter.order(wait=1)
    run_id = ask()
    with store.writing(actor) as tx:
        intents.dispatched(tx, run_id)
    pictures.cancel(run_id, actor)
    assert isinstance(work(run_id), Cancelled)
    view = pictures.run(run_id)
    assert view.run.status == "cancelled" and view.run.message.endswith("One picture had come and is kept.")
    assert len(view.images) == 1


def test_cancelled_while_it_waits_it_says_so(ask: Callable[..., str], actor: Actor) -> None:
    run_id = ask()
    pictures.cancel(run_id, actor)
    assert not pictures.run(run_id).live
    assert pictures.runs(pictures.run(run_id).run.author_id)[0].run.status == "cancelled"


# ---- nothing twice -------------------------------------------------------------------------------------------


def test_what_had_come_before_a_kill_is_not_asked_for_again(ask: Callable[..., str]) -> None:
    run_id = ask(n=3)
    memory = Remembered(run_id)
    memory.receive(Made(painter.picture(0), 0, 100))  # killed between its arrival and its place
    memory.receive(Made(b"", 2, refused="Not that."))
    assert work(run_id) is None
    assert painter.asked() == ["1 101"]
    assert [image.number for image in pictures.run(run_id).images] == [1, 2]
    work(run_id)  # killed before its end was written
    assert painter.asked() == ["1 101"]


def test_a_worker_that_is_stopped_records_nothing_and_the_next_one_goes_on(
    ask: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    painter.order(wait=1)
    run_id = ask()
    monkeypatch.setattr(process, "stopping", lambda: True)
    monkeypatch.setattr(process, "leaving", _leave)
    with pytest.raises(process.WorkerStops):
        work(run_id)
    assert pictures.run(run_id).live
    monkeypatch.setattr(process, "leaving", lambda: None)
    painter.order()
    work(run_id)
    assert painter.asked() == ["0 100", "1 101"]


def _leave() -> None:
    raise process.WorkerStops


def test_what_a_service_still_has_is_fetched_and_not_paid_for_again(ask: Callable[..., str], actor: Actor) -> None:
    painter.order(lost=True)
    run_id = ask()
    assert isinstance(work(run_id), Unavailable)
    assert pictures_over.resumable(pictures.run(run_id).run)
    painter.order()
    further = pictures_over.go_on(run_id, actor)
    assert work(further) is None
    assert painter.asked() == []
    assert [image.settings["seed"] for image in pictures.run(further).images] == [100, 101]
    with pytest.raises(Invalid, match="nothing of this left"):
        pictures_over.go_on(run_id, actor)
    assert pictures_over.repeat(run_id, actor) == further, "a page that was open since asks for nothing anew"
    assert painter.asked() == []


def test_of_what_another_run_lacked_only_what_is_still_missing_is_asked_for(
    ask: Callable[..., str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ask(n=3)
    for _ in range(2):
        with monkeypatch.context() as one_more:
            one_more.setattr(painter, "make", _one_then_none(painter.make))
            assert isinstance(work(run_id), Unavailable)
        run_id = pictures_over.repeat(run_id, actor)
    assert work(run_id) is None
    assert painter.asked() == ["0 100", "1 101", "2 102"]


def _one_then_none(make: Callable[..., Any]) -> Callable[..., Any]:
    def made(*given: Any) -> Any:
        yield next(make(*given))
        raise Unavailable("The painter fell asleep.", "Ask again.")

    return made


def test_what_came_to_a_full_disk_is_placed_later_and_not_paid_for_again(
    ask: Callable[..., str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = ask()
    with monkeypatch.context() as full:
        full.setattr(keep, "add_picture", _no_room)
        assert isinstance(work(run_id), StorageError)
    pictures_jobs.tidy()
    assert pictures_over.resumable(pictures.run(run_id).run)
    further = pictures_over.go_on(run_id, actor)
    assert work(further) is None
    assert painter.asked() == ["0 100", "1 101"]
    assert [image.settings["seed"] for image in pictures.run(further).images] == [100, 101]
    assert not run_folder(run_id).exists() and not run_folder(further).exists()


def test_a_failed_run_is_asked_for_anew_or_left_and_then_nobody_needs_to_look_at_it(
    ask: Callable[..., str], actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed() -> list[str]:
        with store.reading() as tx:
            return [job.id for job in today.failed(tx, now() - timedelta(days=1), 5)]

    first = ask(n=3)
    with monkeypatch.context() as away:
        away.setattr(painter, "make", _unseen)
        assert isinstance(work(first), Unavailable)
    assert failed() == [first] and not pictures_over.resumable(pictures.run(first).run)
    further = pictures_over.repeat(first, actor)
    assert pictures_over.taken_up(pictures.run(first).run)
    assert pictures_over.repeat(first, actor) == further, "one click more is the same run"
    assert failed() == [] and pictures.run(first).run.status == "cancelled"
    painter.order(lost=True)
    assert isinstance(work(further), Unavailable)
    with pytest.raises(Invalid, match="may still be there"):
        pictures_over.repeat(further, actor)
    pictures_over.close(further, actor)
    assert failed() == [] and pictures.run(further).run.message, "what happened is still said with it"
    painter.order()
    last = pictures_over.go_on(further, actor)
    assert work(last) is None
    assert pictures_over.repeat(first, actor) == further, "also once that has ended"
    with pytest.raises(Invalid, match="has not failed"):
        pictures_over.close(last, actor)
    with pytest.raises(Denied):
        pictures_over.close(first, replace(actor, role="reader"))


def _unseen(*_: object) -> list[Made]:
    raise Unavailable("Whether it was finished is not known.", "Ask again if you want it.")


def _no_room(*_: object) -> None:
    raise StorageError("The disk is full.", "Make room.")


def test_what_a_run_left_behind_that_ended_unseen_is_tidied_away(ask: Callable[..., str], actor: Actor) -> None:
    ended, lives = ask(), ask(n=1)
    for run_id in (ended, lives, "01UNKNOWN"):
        run_folder(run_id).mkdir(parents=True)
    pictures.cancel(ended, actor)
    pictures_jobs.tidy()
    assert [path.name for path in run_folder("x").parent.iterdir()] == [lives]


# ---- again ---------------------------------------------------------------------------------------------------


def test_again_with_a_wish_keeps_the_seed_and_without_one_changes_it(ask: Callable[..., str], actor: Actor) -> None:
    run_id = ask()
    work(run_id)
    second = pictures.run(run_id).images[1]
    wished = pictures.run(pictures.again(second.id, "warmer light, no people", actor)).run
    assert wished.prompt == "An empty room. Warmer light."
    assert wished.settings["negative"] == "blur, people"
    assert (wished.settings["seed"], wished.parent_id, wished.feedback) == (101, second.id, "warmer light, no people")
    same = pictures.run(pictures.again(second.id, "", actor)).run
    assert same.prompt == "An empty room." and same.settings["seed"] != 101
    work(wished.id)
    assert pictures.run(wished.id).images[0].parent_id == second.id
    chalk = ask(model="chalk", n=1)
    work(chalk)
    third = pictures.run(pictures.again(pictures.run(chalk).images[0].id, "no people", actor)).run
    assert third.prompt == "An empty room. Without people.", "no wish is lost with a model that takes no list"


# ---- cut, colours, use ---------------------------------------------------------------------------------------


@pytest.fixture
def picture(ask: Callable[..., str], actor: Actor) -> str:
    brand.save(brand.scope(None), actor, grade={"duotone": 1.0}, colours={"light": {"ink": "#10254A"}})
    run_id = ask(n=1, graded=False)
    work(run_id)
    return pictures.run(run_id).images[0].id


def test_it_is_cut_anew_from_its_original_and_the_alt_text_stays(picture: str, actor: Actor) -> None:
    keep.set_alt(picture, keep.get(picture).files[0]["name"], "A red ground", actor)
    wide = choosing.adjust(picture, actor, focus=(0.5, 1.0), size="link")
    assert looks(picture).size == (240, 126)
    assert looks(picture).getpixel((10, 10)) == (200, 40, 40), "the white corner above is cut off"
    assert wide.files[0]["alt"] == "A red ground" and wide.settings["focus"] == [0.5, 1.0]
    choosing.adjust(picture, actor, focus=(0.5, 0.0))
    assert looks(picture).getpixel((10, 10)) == (255, 255, 255)


def test_the_brands_colours_can_be_laid_over_it_and_taken_off(picture: str, actor: Actor) -> None:
    red = looks(picture).getpixel((180, 240))
    assert red == (200, 40, 40)
    graded = choosing.adjust(picture, actor, graded=True)
    assert looks(picture).getpixel((180, 240)) != red and graded.settings["grade"] == {"duotone": 1.0}
    before, after = (Image.open(io.BytesIO(data)) for data in choosing.before_after(picture))
    assert before.size == after.size == (216, 270)
    before_red, after_red = (one.convert("RGB").tobytes()[3 * (240 * 216 + 180)] for one in (before, after))
    assert before_red > 190 > after_red, "red without the grade, and then the brand's blue"
    assert choosing.adjust(picture, actor, graded=False).settings["grade"] == {}
    assert looks(picture).getpixel((180, 240)) == red


def test_it_goes_with_the_post_only_with_an_alt_text_and_is_then_left_as_it_is(
    picture: str, post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Invalid, match="no alt text"):
        choosing.use(picture, post.id, "  ", actor)
    assert review.get(post.id).media == []
    carried = choosing.use(picture, post.id, "A red ground\nwith a white corner", actor).media
    assert [(e["image"], e["alt"], e["ai"]) for e in carried] == [(picture, "A red ground with a white corner", True)]
    with pytest.raises(Conflict):
        choosing.adjust(picture, actor, graded=True)
    row = keep.get(picture)
    assert choosing.alt_proposed(row) == "An empty room"
    row.prompt, row.settings = "Editorial photograph of ohwx woman, a bridge behind them. Fog.", {"adapter": "a-1"}
    with monkeypatch.context() as patch:
        patch.setattr(lora_files, "called", lambda adapter_id: ("ohwx woman", "Ada Berg"))
        assert choosing.alt_proposed(row) == "Ada Berg, a bridge behind them", "no word that only a model knows"


# ---- the likeness, and the wording ---------------------------------------------------------------------------


def test_a_likeness_is_used_by_its_word_and_looked_at_again_before_it_is_used(
    ask: Callable[..., str], post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    of = photo_sets.agreed(post.author_id, actor)
    sets = (of.id, "one that is gone")
    lora = Lora("a1", tmp_path / "lora.safetensors", "ohwx", "woman", "Ada", 0.8, "painter", sets)
    monkeypatch.setattr(lora_files, "in_use", lambda *_: lora)
    with pytest.raises(Invalid, match="does not have the word ohwx"):
        ask(likeness=True)
    assert pictures.person(post.author_id, "painter") == "ohwx woman"
    run_id = ask(Prompt("A portrait of ohwx woman."), likeness=True)
    run = pictures.run(run_id).run
    monkeypatch.setattr(lora_files, "of", lambda _: lora)
    asked = pictures_jobs.as_ask(run, (0,))
    assert (asked.adapter, asked.adapter_scale) == (lora.path, 0.8)
    asked.adapter_noted({"service": "fal", "what": "https://fal.example/weights"})
    with store.reading() as tx:
        assert [one["what"] for one in rows.get(tx, of.id).remote] == ["https://fal.example/weights"]

    def withdrawn(_: str) -> Lora:
        raise Denied("Ada no longer agrees to that.", "Make it without.")

    monkeypatch.setattr(lora_files, "of", withdrawn)
    assert isinstance(work(run_id), Denied)
    assert painter.asked() == []


def test_the_language_model_words_a_prompt_in_the_worker(
    post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llm, "active", lambda *_: llm.Model("openai", "large", small=False))
    job_id = pictures.word(post.author_id, post.id, WISH, actor)
    assert pictures.word(post.author_id, post.id, WISH, actor) == job_id
    said = llm.Completion(['{"prompt": "A long table.", "negative": "cups"}'], [None])
    monkeypatch.setattr(llm, "complete", lambda *_, **__: said)
    result = pictures_jobs.wording(job_id)
    with store.writing(actor) as tx:
        intents.finish(tx, job_id, "done", "", result=result)
    job, prompt = pictures.worded(job_id)
    assert job.status == "done" and prompt is not None
    assert (prompt.text, prompt.negative) == ("A long table.", f"{prompting.AVOID}, cups")


def test_offers_say_what_can_be_used_now() -> None:
    assert [(offer.title, offer.health.ready) for offer in pictures.offers()] == [("The painter", True)]
    painter.order(away=True)
    assert not pictures.offers()[0].health.ready
    assert settings().timbre_data.exists()
