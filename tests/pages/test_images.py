"""The Images page: which post, the card as it is typed, what is used with the post, the gallery, and Review's images."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from core import review, store
from core.config import ROOT
from core.errors import Invalid, Stale
from core.images import brand, design, keep, media
from core.people import local_actor
from core.store import Actor, authors
from core.store.tables import Post
from core.store.tables_images import Design, Image
from pages.ui import images_pages, images_use
from pages.ui.images_pages import Desk
from pages.ui.notice import KEPT
from tests.processes import App, at_rest

TEXT = (
    "The valve log had no gaps. That was the problem.\n\nPeople fall ill. Pens run dry. A shift ends in the middle.\n\n"
    "So I asked the three people who had signed it.\n\nI changed how I begin. I ask to see the pump first."
)


def opened(page: str = "images", **params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py")
    return app.run()


def said(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.success, app.warning, app.error, app.info, app.subheader)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def sent(app: AppTest, key: str) -> dict[str, Any]:
    """What the component whose key begins so was given."""
    for element in app.get("bidi_component"):
        if f"-{key}" in element.proto.id:
            found: dict[str, Any] = json.loads(element.proto.json)
            return found
    raise AssertionError(f"{key} is not on the page")


@pytest.fixture
def post(two_authors: dict[str, str], actor: Actor) -> Post:
    """Approved, without an image."""
    made = review.create(two_authors["Ada"], "The valve log", TEXT, actor)
    review.submit(made.id, actor)
    return review.approve(made.id, None, actor)


@pytest.fixture
def carousel(post: Post, actor: Actor) -> Design:
    return design.start(post.id, post.author_id, "carousel", actor)


def at(row: Design, actor: Actor, page: int = 0) -> Desk:
    """The design as a page that is drawn now holds it."""
    card = design.restored(row)
    return Desk(row, card, brand.kit(row.author_id), actor, page)


# ---- beginning -----------------------------------------------------------------------------------------------


def test_it_opens_on_the_first_post_that_waits_and_shows_it_in_every_form(post: Post, actor: Actor) -> None:
    review.create(post.author_id, "Only a draft", TEXT, actor)
    app = opened()
    assert (app.selectbox(key="images_post").value, app.query_params["post"]) == (post.id, post.id)
    forms = {item["id"]: item for item in sent(app, "images_begin")["items"]}
    assert list(forms) == ["hook", "quote", "carousel", "thread"]
    assert all(item["src"].startswith("data:image/png") for item in forms.values())
    assert "The valve log had no gaps." in forms["carousel"]["alt"]
    assert design.listed() == [], "looking makes nothing"


def test_a_post_without_text_and_one_that_is_gone_are_said_to_be(post: Post, actor: Actor) -> None:
    empty = review.create(post.author_id, "Nothing yet", "", actor)
    assert "has no text yet" in said(opened(post=empty.id))
    app = opened(post="01NOSUCHPOST00000000000000")
    assert "There is no post" in said(app)
    assert app.selectbox(key="images_post").value == post.id


def test_a_post_of_another_author_is_not_mixed_in(post: Post, two_authors: dict[str, str]) -> None:
    app = opened(post=post.id, author=two_authors["Bo"])
    assert "by Ada" in said(app)
    assert post.id not in app.selectbox(key="images_post").options


def test_words_without_a_post_are_begun_and_gone_on_with(post: Post) -> None:
    app = opened(post="none")
    app.button(key="images_blank_hook").click().run()
    (row,) = design.listed(post.author_id)
    assert (row.post_id, app.query_params["design"]) == (None, row.id)
    assert app.button(key="images_use").disabled
    assert any(row.id in str(link.proto.query_string) for link in opened(post="none").get("page_link"))


def test_a_reader_looks_and_makes_nothing(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pages.ui.shell.local_actor", lambda: Actor("Ria", role="reader"))
    app = opened()
    assert sent(app, "images_begin")["disabled"]
    assert "A reader may look" in said(app)
    assert not app.exception and not app.error


# ---- the desk ------------------------------------------------------------------------------------------------


def test_the_newest_design_of_the_post_opens_with_what_was_typed(carousel: Design, actor: Actor) -> None:
    design.edit_page(carousel.id, 0, "title", "Typed by hand", None, actor)
    app = opened(post=str(carousel.post_id))
    key = design.restored(carousel).pages[0].key
    assert sent(app, f"images:{carousel.id}:{key}")["values"]["title"] == "Typed by hand"
    assert len(sent(app, "images_strip")["items"]) == len(design.restored(carousel).pages)
    assert len(sent(app, "images_looks")["items"]) >= 4
    assert app.button_group(key=f"images_form:{carousel.id}").value == "carousel"


def test_pages_are_added_moved_and_removed_and_every_step_goes_back(carousel: Design) -> None:
    def titles() -> list[str]:
        return [page.title for page in design.restored(design.get(carousel.id)).pages]

    first = titles()
    app = opened(design=carousel.id)
    assert app.query_params["post"] == carousel.post_id, "a design brings its post along"
    app.button(key="images_later").click().run()
    assert titles() == [first[1], first[0], *first[2:]]
    assert "Page 2 of" in said(app), "the page that was moved stays open"
    app.button(key="images_add").click().run()
    assert titles()[2] == ""
    app.button(key="images_remove").click().run()
    app.button(key="images_undo").click().run().button(key="images_undo").click().run()
    app.button(key="images_undo").click().run()
    assert titles() == first
    app.button(key="images_redo").click().run()
    assert titles() == [first[1], first[0], *first[2:]]


def test_another_form_keeps_what_was_typed_in_the_first(carousel: Design, actor: Actor) -> None:
    design.edit_page(carousel.id, 0, "title", "Typed by hand", None, actor)
    app = opened(post=str(carousel.post_id))
    app.button_group(key=f"images_form:{carousel.id}").set_value("quote").run()
    quote = design.get(str(app.query_params["design"]))
    assert design.restored(quote).form == "quote"
    app.button_group(key=f"images_form:{quote.id}").set_value("carousel").run()
    assert app.query_params["design"] == carousel.id
    assert design.restored(design.get(carousel.id)).pages[0].title == "Typed by hand"


def test_size_background_and_photo_are_kept(carousel: Design) -> None:
    app = opened(post=str(carousel.post_id))
    app.button_group(key=f"images_size:{carousel.id}").set_value("square").run()
    app.button_group(key=f"images_theme:{carousel.id}").set_value("dark").run()
    card = design.restored(design.get(carousel.id))
    assert (card.size, card.theme) == ("square", "dark")
    large = sent(app, "images_large")["large"]
    assert large["width"] == large["height"]


def test_what_is_too_long_is_said_beside_its_field_and_not_used(carousel: Design, actor: Actor) -> None:
    design.edit_page(carousel.id, 0, "body", "far too many words " * 120, None, actor)
    app = opened(post=str(carousel.post_id))
    key = design.restored(carousel).pages[0].key
    notes = sent(app, f"images:{carousel.id}:{key}")["notes"]
    assert "too long" in notes["body"]
    assert sent(app, "images_strip")["items"][0]["warn"]
    assert app.button(key="images_use").disabled


def test_what_could_not_be_saved_keeps_the_card_from_being_used_and_says_by_how_many_words(
    carousel: Design, actor: Actor
) -> None:
    """The store still has the older words: using those in silence would be worst."""
    page = design.restored(carousel).pages[1]
    name = f"images:{carousel.id}:{page.key}"
    app = opened(post=str(carousel.post_id))
    assert not app.button(key="images_use").disabled
    app.session_state[f"{name}/over"] = {"body": "a" * 2_490 + " and six words over it"}
    app.run()
    assert app.button(key="images_use").disabled
    assert "text is not saved: it is about 3 words too long (2,512 characters; 2,500 are kept)" in said(app)
    assert sent(app, "images_strip")["items"][1]["warn"]


def test_a_text_over_its_limit_is_noted_until_it_fits(
    carousel: Design, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = design.restored(carousel).pages[1]
    name = f"images:{carousel.id}:{page.key}"
    state: dict[str, Any] = {f"{name}/seen": {"body": page.body}}
    monkeypatch.setattr("streamlit.session_state", state)
    desk = at(carousel, actor, 1)
    with pytest.raises(Invalid):
        images_pages._save(desk, page.key, name, {"body": "word " * 520})
    (found,) = images_pages.unsaved(desk)
    assert (found.page, found.field) == (1, "body") and "20 words too long" in found.message
    images_use._use(desk, review.get(str(carousel.post_id)), replace=False)
    assert isinstance(state[KEPT], Invalid) and not review.get(str(carousel.post_id)).media, "also by a quick click"
    images_pages._save(desk, page.key, name, {"body": "short"})
    assert images_pages.unsaved(desk) == []


def test_a_card_is_put_away_and_brought_back_as_it_was(carousel: Design, actor: Actor) -> None:
    design.edit_page(carousel.id, 0, "title", "Typed by hand", None, actor)
    made = keep.finish(carousel.id, actor)
    media.attach(str(carousel.post_id), made.id, actor)
    app = opened(post=str(carousel.post_id))
    app.button(key="images_away").click().run()
    assert "put away" in said(app) and design.listed(post_id=carousel.post_id) == []
    assert sent(app, "images_begin")["items"], "one can begin anew"
    assert [entry["image"] for entry in review.get(str(carousel.post_id)).media] == [made.id], (
        "the post keeps its image"
    )
    app = opened(design=carousel.id, post=str(carousel.post_id))
    assert "This card was put away." in said(app), "the gallery's link to it says where it is"
    assert "Carousel: Typed by hand, put away" in said(app)
    app.button(key=f"images_back_{carousel.id}").click().run()
    assert app.query_params["design"] == carousel.id
    assert design.restored(design.get(carousel.id)).pages[0].title == "Typed by hand"
    assert not design.put_away(carousel.author_id, carousel.post_id)


def test_what_is_wrong_with_the_whole_card_is_said_in_words(carousel: Design, actor: Actor) -> None:
    for _ in range(len(design.restored(carousel).pages) - 2):
        design.remove_page(carousel.id, 1, None, actor)
    app = opened(post=str(carousel.post_id))
    assert "A carousel has 3 to 10 pages, this one has 2." in said(app)
    assert app.button(key="images_use").disabled


def test_a_fact_that_the_post_does_not_hold_is_pointed_at_and_left_to_the_person(
    carousel: Design, actor: Actor
) -> None:
    design.edit_page(carousel.id, 1, "body", "It cost 412 plants a year.", None, actor)
    app = opened(post=str(carousel.post_id))
    strip = sent(app, "images_strip")["items"]
    assert [item["warn"] for item in strip[:3]] == [False, True, False]
    assert not app.button(key="images_use").disabled


def test_typing_on_never_conflicts_with_oneself_and_never_overwrites_another(
    carousel: Design, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two quick messages of one drawing of the page; then somebody else's words in the same field."""
    page = design.restored(carousel).pages[0]
    state: dict[str, Any] = {"form/seen": {"title": page.title}}
    monkeypatch.setattr("streamlit.session_state", state)
    desk = at(carousel, actor)
    images_pages._save(desk, page.key, "form", {"title": "M"})
    images_pages._save(desk, page.key, "form", {"title": "Mine"})
    assert design.restored(design.get(carousel.id)).pages[0].title == "Mine"
    assert KEPT not in state
    design.edit_page(carousel.id, 0, "title", "Theirs", None, Actor("Maria"))
    design.move(carousel.id, 0, 1, None, Actor("Maria"))
    images_pages._save(desk, page.key, "form", {"title": "Mine again"})
    assert design.restored(design.get(carousel.id)).pages[1].title == "Theirs"
    assert isinstance(state[KEPT], Stale)


def test_what_linkedin_reads_out_of_a_document_is_said_beside_its_alt_text(carousel: Design, actor: Actor) -> None:
    quote = design.start(str(carousel.post_id), carousel.author_id, "quote", actor)
    assert "LinkedIn takes no alt text" not in said(opened(design=quote.id))
    assert "What these pages say stands in the post" in said(opened(design=carousel.id))
    design.edit_page(carousel.id, 1, "body", "Nobody had looked into the old shed for years.", None, actor)
    assert "page 2 says something that the post does not.] Say it in the post too" in said(opened(design=carousel.id))
    made = keep.finish(carousel.id, actor)
    assert "page 2 says something that the post does not" in said(opened(part="Gallery", image=made.id))


# ---- using ---------------------------------------------------------------------------------------------------


def test_using_it_says_what_it_costs_and_then_that_it_is_in_use(carousel: Design, actor: Actor) -> None:
    post_id = str(carousel.post_id)
    app = opened(post=post_id)
    assert "the approval falls" in said(app)
    app.button(key="images_use").click().run()
    (entry,) = review.get(post_id).media
    assert (entry["type"], review.get(post_id).status) == ("application/pdf", "In Review")
    assert "The post carries this card." in said(app)
    assert "It goes with the post now." in said(app)
    design.edit_page(carousel.id, 0, "title", "Another opening", None, actor)
    app = opened(post=post_id)
    assert "an earlier version" in said(app)
    app.button(key="images_use").click().run()
    (again,) = review.get(post_id).media
    assert again["image"] != entry["image"]
    brand.save(brand.HOUSE, actor, footer="A letter every Friday")
    assert "an earlier version" in said(opened(post=post_id)), "the brand kit has changed since"


def test_what_the_post_has_makes_room_or_stays_as_the_person_says(carousel: Design, actor: Actor) -> None:
    post_id = str(carousel.post_id)
    quote = design.start(post_id, carousel.author_id, "quote", actor)
    media.attach(post_id, keep.finish(quote.id, actor).id, actor)
    hook = design.start(post_id, carousel.author_id, "hook", actor)
    app = opened(post=post_id, design=hook.id)
    assert [b.label for b in app.button if b.label.endswith("what it has")] == [
        "Use instead of what it has",
        "Add to what it has",
    ]
    app.button(key="images_use1").click().run()
    assert len(review.get(post_id).media) == 2
    app = opened(post=post_id, design=carousel.id)
    assert not [b for b in app.button if b.label == "Add to what it has"], "a document stands alone"
    app.button(key="images_use").click().run()
    assert [entry["type"] for entry in review.get(post_id).media] == ["application/pdf"]


def test_files_are_made_when_they_are_asked_for(carousel: Design, actor: Actor) -> None:
    desk = at(carousel, actor)
    assert images_use._png(desk, 1)[:8] == b"\x89PNG\r\n\x1a\n"
    assert images_use._pdf(desk)[:5] == b"%PDF-"


# ---- the gallery ---------------------------------------------------------------------------------------------


def many(author_id: str, count: int) -> list[str]:
    """Rows of images as if they had been made; the first files are not there, which happens too."""
    with store.writing(local_actor()) as tx:
        rows = [Image(author_id=author_id, kind="picture" if n % 2 else "card", title=f"No {n}") for n in range(count)]
        tx.session.add_all(rows)
        tx.session.flush()
        return [row.id for row in rows]


def test_the_gallery_turns_its_pages_and_keeps_kinds_apart(post: Post) -> None:
    assert "Nothing yet." in said(opened(part="Gallery"))
    ids = many(post.author_id, 30)[::-1]
    app = opened(part="Gallery")
    shown = [item["id"] for item in sent(app, "images_gallery")["items"]]
    assert shown == ids[:24]
    assert app.button(key="images_newer").disabled
    app.button(key="images_older").click().run()
    assert [item["id"] for item in sent(app, "images_gallery")["items"]] == ids[24:]
    assert "25 to 30 of 30" in said(app) and app.button(key="images_older").disabled
    app.button(key="images_newer").click().run()
    assert [item["id"] for item in sent(app, "images_gallery")["items"]] == ids[:24]
    app.button_group(key="images_kind").set_value("Pictures").run()
    assert len(sent(app, "images_gallery")["items"]) == 15


def test_the_gallery_sends_thumbnails_only(carousel: Design, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    made = keep.finish(carousel.id, actor)
    monkeypatch.setattr(keep, "path", lambda *_: pytest.fail("an original was read"))
    (item,) = sent(opened(part="Gallery"), "images_gallery")["items"]
    assert item["src"].startswith("data:image/webp")
    assert len(item["src"]) < max(file["bytes"] for file in made.files) / 2


def test_an_image_is_opened_described_used_and_deleted(carousel: Design, actor: Actor) -> None:
    made = keep.finish(carousel.id, actor)
    app = opened(part="Gallery", image=made.id)
    assert sent(app, "images_one")["large"]["alt"].startswith("Slide 1 of")
    assert len(sent(app, "images_of")["items"]) == len(design.restored(carousel).pages)
    app.button(key="images_one_use").click().run()
    assert [entry["image"] for entry in review.get(str(carousel.post_id)).media] == [made.id]
    app.button(key="images_delete").click().run()
    assert "Take it off there first." in said(app)
    media.detach(str(carousel.post_id), made.id, actor)
    app.button(key="images_delete").click().run()
    assert "The image is deleted." in said(app)
    assert "There is no image" in said(opened(part="Gallery", image=made.id))


# ---- the images of a post, in Review ---------------------------------------------------------------------------


def test_review_shows_the_images_tells_what_a_channel_refuses_and_takes_them_off(post: Post, actor: Actor) -> None:
    assert any("Choose an image" in link.proto.label for link in opened(page="review", post=post.id).get("page_link"))
    quote = keep.finish(design.start(post.id, post.author_id, "quote", actor).id, actor)
    hook = keep.finish(design.start(post.id, post.author_id, "hook", actor).id, actor)
    for image in (quote, hook):
        media.attach(post.id, image.id, actor)
    app = opened(page="review", post=post.id)
    assert "data:image/webp" in "".join(element.proto.body for element in app.get("html"))
    app.button(key="carried_up:1").click().run()
    assert [entry["image"] for entry in review.get(post.id).media] == [hook.id, quote.id]
    keep.path(quote.id, quote.files[0]["name"]).unlink()
    app = opened(page="review", post=post.id)
    assert "is gone" in said(app)
    app.button(key="carried_off:1").click().run()
    assert [entry["image"] for entry in review.get(post.id).media] == [hook.id]
    assert "it stays in the gallery" in said(app)


def test_an_image_that_somebody_put_on_in_notion_is_named_and_left_alone(post: Post, actor: Actor) -> None:
    review.edit(post.id, actor, media=[{"name": "plant <b>.png"}, "old entry"])
    app = opened(page="review", post=post.id)
    assert "plant <b>.png" in said(app)
    assert not app.exception and not app.error


# ---- in a browser --------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_card_is_typed_seen_and_used(app: App, new_page: Callable[..., Page]) -> None:
    actor = local_actor()
    with store.writing(actor) as tx:
        ada = authors.add(tx, "Ada").id
    post = review.create(ada, "The valve log", TEXT, actor)
    page = new_page(width=390)
    page.goto(f"{app.url}/images?post={post.id}")
    page.get_by_role("button", name="Hook.").click()
    field, large = page.get_by_label("Headline"), page.locator(".stage:not([hidden]) img")
    expect(field).to_have_value("The valve log had no gaps.")
    at_rest(page)
    before = large.get_attribute("src")
    field.fill("Nobody lies in a margin.")
    expect(large).not_to_have_attribute("src", str(before))
    expect(large).to_have_attribute("alt", "Nobody lies in a margin.")
    page.get_by_label("Line below").fill("far too many words " * 120)
    expect(page.locator("#body-note")).to_contain_text("too long")
    at_rest(page).get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Line below")).to_have_value("")
    at_rest(page).get_by_role("button", name="Grid.").click()
    expect(page.get_by_role("button", name="Grid.")).to_have_attribute("aria-pressed", "true")
    at_rest(page).get_by_role("button", name="Use with this post").click()
    expect(page.get_by_text("It goes with the post now.")).to_be_visible()
    assert design.restored(design.of_post(post.id)[0]).family == "grid"
    assert len(review.get(post.id).media) == 1
    at_rest(page).get_by_test_id("stButtonGroup").get_by_text("Thread", exact=True).click()
    expect(page.get_by_text("Page 1 of")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways"
