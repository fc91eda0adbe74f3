"""The Picture part: what is missing is said, the cost before, what comes side by side, tried again, used."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import authors, jobs, llm, review, store
from core.errors import Unavailable
from core.images import brand, keep, picture_drafts, pictures, pictures_jobs, provider
from core.images.model import SIZES
from core.images.prompting import Prompt
from core.images.wishes import Wish
from core.people import WORKER
from core.store import Actor, intents
from core.store.tables import Post
from core.store.tables_images import Image as Row
from pages.ui import images_pictures, images_runs, notice, shell
from pages.ui.images_form import Form
from tests.core.images import painter

SCRIPT = """
from pages.ui import page
from pages.ui.images_pictures import picture_panel
from pages.ui.notice import notices

with page("Images") as here:
    notices()
    picture_panel(here)
"""
GALLERY = SCRIPT.replace("images_pictures", "images_gallery").replace("picture_panel", "gallery")


@pytest.fixture(autouse=True)
def at_work(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "PROVIDERS", {"painter": painter.__name__})
    monkeypatch.setattr(jobs, "step", lambda work, *args, name=None: work(*args))
    monkeypatch.setitem(SIZES, "portrait", (216, 270))


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "On meetings", "Our meeting had no agenda. The next meeting has.", actor)


def opened(post: Post) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.query_params["author"], app.query_params["post"] = post.author_id, post.id
    return app.run()


def words(app: AppTest) -> str:
    assert not app.exception
    kinds = (app.markdown, app.caption, app.success, app.error, app.info, app.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def form(app: AppTest, key: str) -> dict[str, Any]:
    """What the form of fields whose key ends so was given."""
    for element in app.get("bidi_component"):
        if element.proto.id.endswith(key) or f"{key}-" in element.proto.id:
            found: dict[str, Any] = json.loads(element.proto.json)
            return found
    raise AssertionError(f"{key} is not on the page")


def prompt(app: AppTest) -> str:
    return str(form(app, "_words")["values"]["prompt"])


def typed(post: Post, actor: Actor, **given: Any) -> None:
    """Typed into the form, as the browser's half sends it."""
    picture_drafts.put(post.author_id, post.id, given, actor)


def button(app: AppTest, label: str) -> Any:
    return next(b for b in app.button if b.label == label)


def work() -> None:
    """Do what was asked for, as the worker would."""
    for job in reversed(jobs.active()):
        pictures_jobs.picture(job.id)
        with store.writing(WORKER) as tx:
            intents.finish(tx, job.id, "done", "")


def test_without_a_model_it_says_what_is_missing_and_offers_the_card(post: Post) -> None:
    painter.order(away=True)
    app = opened(post)
    said = words(app)
    assert "No image model is set up." in said
    assert "A card is set from the words of the post; it needs no model and no key." in said
    assert "The painter is away.] Set PAINTER_KEY." in said
    assert next(b for b in app.button if b.label == "Make 2 pictures").disabled
    assert prompt(app).startswith("Editorial photograph: an empty meeting room"), "it can be looked at all the same"


def test_the_proposal_follows_the_choices_until_somebody_types(post: Post, actor: Actor) -> None:
    app = opened(post)
    app = next(s for s in app.selectbox if s.label == "Look").set_value("Illustration").run()
    assert prompt(app).startswith("Flat illustration: an empty meeting room")
    typed(post, actor, prompt="A red door.")
    app = next(s for s in app.selectbox if s.label == "Look").set_value("Collage").run()
    assert prompt(app) == "A red door."
    app = press(app, "Propose it anew")
    assert prompt(app).startswith("Paper collage")
    typed(post, actor, prompt="")
    assert button(app.run(), "Make 2 pictures").disabled, "what is not on the screen is not asked for"


def test_what_is_typed_and_chosen_is_there_in_another_browser(post: Post, actor: Actor) -> None:
    app = opened(post)
    next(s for s in app.selectbox if s.label == "Look").set_value("Collage")
    next(n for n in app.number_input if n.label == "How many").set_value(3)
    next(n for n in app.number_input if n.label == "Seed").set_value(77)
    next(s for s in app.slider if s.label == "Steps").set_value(45)
    next(t for t in app.toggle if t.label.startswith("Lay the")).set_value(True)
    app.button_group[0].set_value("square").run()
    typed(post, actor, prompt="A red door.", negative="")
    app = opened(post)
    assert form(app, "_words")["values"] == {"prompt": "A red door.", "negative": ""}
    press(app, "Make 3 pictures")
    kept = pictures.runs(post.author_id, post.id)[0].run
    chosen = {name: kept.settings[name] for name in ("look", "n", "seed", "steps", "graded", "size", "negative")}
    assert chosen == {
        "look": "Collage", "n": 3, "seed": 77, "steps": 45, "graded": True, "size": "square", "negative": "",
    }  # fmt: skip
    assert prompt(opened(post)) == "A red door.", "it stays, to be asked for again"
    app = next(s for s in opened(post).selectbox if s.label == "Model").set_value("chalk").run()
    assert next(n for n in app.number_input if n.label == "How many").value == 1, "chalk makes one at a time"
    assert "steps" not in picture_drafts.get(post.author_id, post.id)


def test_a_prompt_that_is_too_long_says_by_how_many_words_and_is_not_asked_for(post: Post, actor: Actor) -> None:
    typed(post, actor, model="chalk", n=1, prompt="red door " * 20)
    app = opened(post)
    assert "80 characters too long for Chalk, about 18 words" in form(app, "_words")["notes"]["prompt"]
    assert button(app, "Make the picture").disabled
    typed(post, actor, prompt="red door")
    assert not button(app.run(), "Make the picture").disabled


def test_nothing_is_asked_for_in_other_words_than_those_on_the_screen(
    post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed(post, actor, prompt="A red door.")
    kept = Form(authors.get(post.author_id), post, actor)
    sent = {"tab": "a", "seq": 1, "changes": {"prompt": "x" * 20_001}}
    monkeypatch.setattr(st, "session_state", {f"{kept.key}_words": {"edit": sent}})
    for _ in range(2):
        images_pictures._make(kept, Wish("painter", n=1))
        assert "20,001 characters" in str(st.session_state[notice.KEPT]) and not pictures.runs(post.author_id)
    sent |= {"seq": 2, "changes": {"prompt": "A blue door."}}
    images_pictures._make(kept, Wish("painter", n=1))
    assert [view.run.prompt for view in pictures.runs(post.author_id)] == ["A blue door."]


def test_asked_made_tried_again_and_used(post: Post, actor: Actor) -> None:
    app = opened(post)
    assert "0.08 EUR. For 2 of them" in words(app), "the cost before"
    app.number_input[0].set_value(1).run()
    assert "0.04 EUR. For 1 of them" in words(app)
    typed(post, actor, prompt="A red door. Evening.")
    app = press(app.run(), "Make the picture")
    (view,) = pictures.runs(post.author_id, post.id)
    assert (view.run.prompt, view.run.settings["n"]) == ("A red door. Evening.", 1)
    assert [b.label for b in app.button if b.label == "Stop"] == ["Stop"]
    work()
    app.run()
    said = words(app)
    assert "Variant 1, made by a model; its file says so" in said and "0.05 EUR" in said
    image = pictures.run(view.run.id).images[0]
    alt = form(app, "_alt")
    assert alt["values"] == {"alt": "A red door"}, "proposed from what was asked for"
    assert "read it" in alt["notes"]["alt"]
    assert button(app, "Use with the post").disabled, "nobody has read it"

    app = press(app, "The alt text is right")
    assert keep.get(image.id).files[0]["alt"] == "A red door"
    assert not form(app, "_alt")["notes"] and not [b for b in app.button if b.label == "The alt text is right"]
    keep.set_alt(image.id, str(image.files[0]["name"]), "A red ground", actor)
    app = press(app.run(), "Use with the post")
    assert "It goes with the post now." in words(app)
    assert [entry["alt"] for entry in review.get(post.id).media] == ["A red ground"]
    assert button(app, "Use with the post").disabled

    typed(post, actor, wish="no lamp, darker", wish_of=image.id)
    app = opened(post)
    assert form(app, "_wish")["values"] == {"wish": "no lamp, darker"}, "kept over a reload"
    assert "Added to the prompt: Darker. Not to be seen: lamp." in words(app)
    app = press(app, "Make it again")
    newest = pictures.runs(post.author_id, post.id)[0].run
    assert (newest.parent_id, newest.prompt) == (image.id, "A red door. Evening. Darker.")
    assert "Again: no lamp, darker" in words(app)
    assert "wish" not in picture_drafts.get(post.author_id, post.id)


def test_in_the_gallery_too_nobody_uses_a_picture_whose_alt_text_nobody_read(post: Post, actor: Actor) -> None:
    pictures.ask(post.author_id, post.id, Wish("painter", n=1), Prompt("A door."), actor)
    work()
    image = pictures.runs(post.author_id)[0].images[0]
    app = AppTest.from_string(GALLERY, default_timeout=60)
    app.query_params["author"], app.query_params["image"] = post.author_id, image.id
    app.run()
    assert form(app, "_alt")["values"] == {"alt": "A door"}
    assert button(app, "Use with this post").disabled
    press(press(app, "The alt text is right"), "Use with this post")
    assert [entry["alt"] for entry in review.get(post.id).media] == ["A door"]


def test_progress_is_full_for_nothing_that_has_not_come(post: Post, actor: Actor) -> None:
    run_id = pictures.ask(post.author_id, post.id, Wish("painter", n=2), Prompt("A door."), actor)

    def at(done: int, total: int, came: int = 0) -> tuple[float | None, str]:
        view = pictures.run(run_id)
        share, told = images_runs.far(replace(view, done=done, total=total, images=[Row() for _ in range(came)]))
        return share if share is None else round(share, 2), ". ".join(told)

    assert at(0, 0) == (None, "0 of 2 have come"), "nothing to count is no bar"
    assert at(0, 2) == (None, "0 of 2 have come")
    assert at(1, 1)[0] is None, "a step of nobody knows how many"
    assert at(20, 40) == (0.48, "0 of 2 have come. Step 20 of 40")
    assert at(40, 40) == (0.95, "0 of 2 have come. The steps are done, they are being finished")
    assert at(1, 2, 1) == (0.5, "1 of 2 have come"), "a service counts pictures, not steps"
    with store.writing(WORKER) as tx:
        store.pictures.begin(tx, run_id)
    app = opened(post)
    assert "0 of 2 have come" in words(app) and "so far" in words(app)
    assert not app.get("progress")


def test_what_a_failed_run_needs_is_decided_with_one_click(post: Post, actor: Actor) -> None:
    painter.order(lost=True)
    first = pictures.ask(post.author_id, post.id, Wish("painter", n=1, seed=5), Prompt("A door."), actor)
    with pytest.raises(Unavailable):
        work()
    app = opened(post)
    assert {"Look for what was paid for", "Leave it"} <= {b.label for b in app.button}
    app = press(app, "Leave it")
    assert pictures.run(first).run.status == "cancelled"
    assert "Leave it" not in {b.label for b in app.button} and "The painter does not answer" in words(app)


def test_a_refusal_is_said_and_colours_and_cut_can_be_changed(post: Post, actor: Actor) -> None:
    brand.save(brand.scope(None), actor, grade={"duotone": 1.0}, colours={"light": {"ink": "#10254A"}})
    painter.order(refuse=[1])
    pictures.ask(post.author_id, post.id, Wish("painter", n=2, seed=5), Prompt("A door."), actor)
    work()
    app = opened(post)
    said = words(app)
    assert "1 of 2 did not come: It shows a thing that is not painted here." in said
    assert "colour distance" in said and "before the grade" in said
    image = pictures.runs(post.author_id)[0].images[0]
    app = press(app, "Take the brand's colours off")
    words(app)
    file = keep.get(image.id).files[0]["name"]
    ground = Image.open(io.BytesIO(keep.path(image.id, file).read_bytes())).getpixel((180, 240))
    assert ground == (200, 40, 40)
    app = next(s for s in app.slider if s.label.endswith("top to bottom")).set_value(100).run()
    press(app, "Cut it anew")
    assert keep.get(image.id).settings["focus"] == [0.5, 1.0]


def test_the_language_model_words_the_prompt_into_the_field(
    post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not [b for b in opened(post).button if b.label == "Have the model word it"], (
        "the built-in model is too small"
    )
    monkeypatch.setattr(llm, "active", lambda *_: llm.Model("openai", "large", small=False))
    app = press(opened(post), "Have the model word it")
    (job,) = jobs.active()
    assert "describes a picture for the post" in words(app)
    with store.writing(WORKER) as tx:
        said = {"text": "A long table.", "negative": "cups", "version": "picture@1#x"}
        intents.finish(tx, job.id, "done", "", result=said)
    app.run()
    assert prompt(app) == "A long table."
    press(app, "Make 2 pictures")
    run = pictures.runs(post.author_id)[0].run
    assert (run.prompt, run.settings["negative"], run.settings["version"]) == ("A long table.", "cups", "picture@1#x")


def test_an_old_picture_is_found_by_its_address(post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in (1, 2):
        pictures.ask(post.author_id, post.id, Wish("painter", n=n), Prompt(f"A door {n}."), actor)
    work()
    old = pictures.runs(post.author_id)[1].images[0]
    monkeypatch.setattr(images_runs, "SHOWN", 1)
    app = opened(post)
    assert "A door 1." not in words(app)
    app.query_params["picture"] = old.id
    assert "A door 1." in words(app.run())


def test_a_reader_only_looks(post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures.ask(post.author_id, post.id, Wish("painter", n=1), Prompt("A door."), actor)
    work()
    monkeypatch.setattr(shell, "local_actor", lambda: replace(actor, role="reader"))
    app = opened(post)
    assert "Variant 1" in words(app)
    assert [b.label for b in app.button if not b.disabled] == []


def test_text_from_outside_is_text(post: Post, actor: Actor) -> None:
    painter.order(refuse=[0])
    evil = Prompt("<b>bold</b> [a](http://x.example) **loud**")
    run_id = pictures.ask(post.author_id, post.id, Wish("painter", n=2), evil, actor)
    work()
    with store.writing(actor) as tx:
        store.pictures.get(tx, run_id).message = "<img src=x> ![i](http://x.example/i.png)"
    app = opened(post)
    shown = "\n".join(str(e.value) for kind in (app.markdown, app.error, app.info, app.caption) for e in kind)
    assert "\\<b\\>bold" in shown and "\\<img" in shown, "it is there to be read"
    for markup in ("<b>", "<img", "**loud**", "![i]"):
        assert markup not in shown.replace(f"\\{markup[0]}", "")
