"""The Brand part: fields are kept, what cannot be read is said with what would do, guidelines are offered."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core import guidelines, review
from core.images import brand
from core.store import Actor
from pages.ui import images_brand
from pages.ui.images_drawn import page_png

SCRIPT = """
from pages.ui import page
from pages.ui.images_brand import brand_panel
from pages.ui.notice import notices

with page("Images") as here:
    notices()
    brand_panel(here)
"""

DRAWN: dict[str, bytes] = {}


@pytest.fixture(autouse=True)
def drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first card of each theme is drawn; after that it is the fields that are looked at."""
    monkeypatch.setattr(images_brand, "page_png", lambda card, kit, *_: DRAWN.get(card.theme) or DRAWN.setdefault(
        card.theme, page_png(card, kit, 0, 100)))  # fmt: skip


@pytest.fixture
def ada(two_authors: dict[str, str]) -> str:
    return two_authors["Ada"]


def opened(author_id: str, of: str = "The whole house") -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.query_params["author"], app.query_params["brand_of"] = author_id, of
    return app.run()


def words(app: AppTest) -> str:
    assert not app.exception
    kinds = (app.markdown, app.caption, app.success, app.error, app.info, app.warning)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def field(app: AppTest, kind: str, label: str, nth: int = 0):  # type: ignore[no-untyped-def]
    return [w for w in getattr(app, kind) if w.label == label][nth]


def test_a_colour_a_typeface_and_a_footer_are_kept(ada: str, actor: Actor) -> None:
    app = opened(ada)
    field(app, "color_picker", "Emphasis").set_value("#A63D2A").run()
    field(app, "selectbox", "Headings").set_value("Lora").run()
    app = field(app, "text_input", "Footer").set_value("example.com").run()
    kit = brand.kit(None)
    assert kit.colours == {"light": {"accent": "#A63D2A"}}, "nothing that nobody chose"
    assert (kit.heading, kit.footer) == ("Lora", "example.com")
    field(app, "button", "Give back").click().run()
    assert brand.kit(None).colours == {}


def test_a_colour_that_cannot_be_read_is_said_and_mended_by_one_click(ada: str, actor: Actor) -> None:
    app = opened(ada)
    app = field(app, "color_picker", "Text").set_value("#C9D4D2").run()
    assert "has a contrast of" in words(app)
    (mend,) = [b for b in app.button if b.label.startswith("Use #")]
    app = mend.click().run()
    assert brand.unreadable(brand.kit(None)) == []
    assert "has a contrast of" not in words(app)
    assert field(app, "color_picker", "Text").value == brand.kit(None).colours["light"]["ink"]


def test_an_author_sees_the_houses_and_changes_only_their_own(ada: str, actor: Actor) -> None:
    brand.save(brand.HOUSE, actor, heading="Lora", footer="house.example")
    app = opened(ada, "Only this author")
    assert field(app, "selectbox", "Headings").value == ""
    assert "Lora (the house's)" in field(app, "selectbox", "Headings").options
    field(app, "selectbox", "Headings").set_value("Archivo").run()
    assert (brand.kit(ada).heading, brand.kit(None).heading) == ("Archivo", "Lora")
    assert brand.kit(ada).footer == "house.example"


def test_guidelines_are_offered_shown_as_text_and_taken_over(ada: str, actor: Actor) -> None:
    assert "Nothing is waiting" in words(opened(ada))
    guidelines.add("Our **look**", actor, kind="brand", text="Accent: #0F6B66\nLogo: https://x.example/a.svg")
    app = opened(ada)
    assert "Our **look**" in words(app)
    assert "A logo is named" in words(app)
    app = field(app, "button", "Take these over").click().run()
    assert field(app, "color_picker", "Emphasis").value == "#0F6B66"
    field(app, "text_input", "Footer").set_value("example.com").run()
    assert brand.kit(None).colours == {"light": {"accent": "#0F6B66"}}, "no older field is saved again"


def test_the_grade_is_shown_before_and_after_on_the_photo(ada: str, actor: Actor) -> None:
    out = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(out, "PNG")
    app = opened(ada)
    assert "Once there is a picture or a photo" in words(app)
    brand.set_photo(brand.scope(ada), out.getvalue(), "me.png", actor)
    app = opened(ada, "Only this author")
    app = field(app, "selectbox", "What is done to pictures").set_value("Our colours only").run()
    assert brand.grade(ada) == {"duotone": 1.0}
    assert "with the brand (mean CIEDE2000" in words(app)
    field(app, "slider", "Contrast").set_value(0.3).run()
    assert brand.grade(ada) == {"duotone": 1.0, "contrast": 0.3}
    assert field(app, "selectbox", "What is done to pictures").value == "Your own mix"


def test_a_card_is_drawn_of_the_authors_own_line(ada: str, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    review.create(ada, "One", "Our meeting had no agenda.\n\nThe next meeting has.", actor)
    seen: list[str] = []
    monkeypatch.setattr(
        images_brand, "page_png", lambda card, *_: seen.append(card.pages[0].title) or b"\x89PNG\r\n\x1a\n" + bytes(40)
    )
    assert not opened(ada).exception
    assert seen == ["Our meeting had no agenda."] * 2


def test_a_reader_may_look_only(ada: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from pages.ui import shell

    monkeypatch.setattr(shell, "local_actor", lambda: Actor(role="reader"))
    app = opened(ada)
    assert all(w.disabled for w in (*app.color_picker, *app.text_input, *app.button))
