"""The Picture part: what is missing is said, the cost before, what comes side by side, tried again, used."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import jobs, llm, review, store
from core.images import brand, keep, pictures, pictures_jobs, provider
from core.images.model import SIZES
from core.images.prompting import Prompt
from core.images.wishes import Wish
from core.people import WORKER
from core.store import Actor, intents
from core.store.tables import Post
from pages.ui import images_runs, shell
from tests.core.images import painter

SCRIPT = """
from pages.ui import page
from pages.ui.images_pictures import picture_panel
from pages.ui.notice import notices

with page("Images") as here:
    notices()
    picture_panel(here)
"""


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


def prompt(app: AppTest) -> str:
    return str(next(a for a in app.text_area if a.label == "What should be seen").value)


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


def test_the_proposal_follows_the_choices_until_somebody_types(post: Post) -> None:
    app = opened(post)
    app = next(s for s in app.selectbox if s.label == "Look").set_value("Illustration").run()
    assert prompt(app).startswith("Flat illustration: an empty meeting room")
    app.text_area[0].set_value("A red door.").run()
    app = next(s for s in app.selectbox if s.label == "Look").set_value("Collage").run()
    assert prompt(app) == "A red door."
    app = press(app, "Propose it anew")
    assert prompt(app).startswith("Paper collage")


def test_asked_made_tried_again_and_used(post: Post, actor: Actor) -> None:
    app = opened(post)
    assert "0.08 EUR. For 2 of them" in words(app), "the cost before"
    app.number_input[0].set_value(1).run()
    assert "0.04 EUR. For 1 of them" in words(app)
    app.text_area[0].set_value("A red door. Evening.").run()
    app = press(app, "Make the picture")
    (view,) = pictures.runs(post.author_id, post.id)
    assert (view.run.prompt, view.run.settings["n"]) == ("A red door. Evening.", 1)
    assert [b.label for b in app.button if b.label == "Stop"] == ["Stop"]
    work()
    app.run()
    said = words(app)
    assert "Variant 1, made by a model; its file says so" in said and "0.05 EUR" in said
    image = pictures.run(view.run.id).images[0]
    alt = next(a for a in app.text_area if a.label == "Alt text")
    assert alt.value == "A red door", "proposed from what was asked for"

    app = alt.set_value("").run()
    app = press(app, "Use with the post")
    assert "no alt text yet" in words(app)
    app = next(a for a in app.text_area if a.label == "Alt text").set_value("A red ground").run()
    app = press(app, "Use with the post")
    assert "It goes with the post now." in words(app)
    assert [entry["alt"] for entry in review.get(post.id).media] == ["A red ground"]
    assert next(b for b in app.button if b.label == "Use with the post").disabled

    app = next(t for t in app.text_input if t.label == "What should be different?").set_value("no lamp, darker").run()
    assert "Added to the prompt: Darker. Not to be seen: lamp." in words(app)
    app = press(app, "Make it again")
    newest = pictures.runs(post.author_id, post.id)[0].run
    assert (newest.parent_id, newest.prompt) == (image.id, "A red door. Evening. Darker.")
    assert "Again: no lamp, darker" in words(app)


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
