"""The panel of a text's voice: words before figures, passages marked, nothing of a text taken for markup."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from analytics import voice as measure
from core import authors, review, voice
from core.config import ROOT
from core.store import Actor
from core.store.tables import Author
from core.voice import Habit, Measured, Passage, Said, phrases
from pages.ui.highlight import Mark, marked, markup
from pages.ui.scores import figure, lines
from tests.conftest import write_samples
from tests.core.voice.test_voice import TEXT
from tests.processes import App, at_rest

HOSTILE = '<script>alert("x")</script> **bold** [a](https://evil.example) <b onclick=x>& 🚀👩‍👩‍👧 שלום'


def words(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.success, app.error, app.info, app.toast)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def drawn(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def opened(page: str, **params: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "Home.py"), default_timeout=60)
    for key, value in params.items():
        app.query_params[key] = value
    app.switch_page(f"pages/{page}.py")
    app.run()
    assert not app.exception and not app.error, [e.value for e in app.error]
    return app


# ---- marks in a text -------------------------------------------------------------------------------------------


def stripped(markup: str) -> str:
    """The text that a browser shows of it, without the numbers."""
    return html.unescape(re.sub(r"<[^>]*>", "", re.sub(r"<sup.*?</sup>", "", markup)))


@given(
    st.text(max_size=60),
    st.lists(st.tuples(st.integers(-5, 70), st.integers(-5, 70), st.sampled_from(["for", "against", "generic"]))),
)
def test_marks_change_no_character_and_let_no_markup_through(text: str, spans: list[tuple[int, int, str]]) -> None:
    out = marked(text, [Mark(a, b, kind, n, text) for n, (a, b, kind) in enumerate(spans)])
    assert stripped(out) == text
    assert set(re.findall(r"<(/?\w+)", out)) <= {"mark", "/mark", "sup", "/sup"}


def test_passages_that_overlap_are_each_marked_with_their_number() -> None:
    out = marked("abcdef", [Mark(0, 4, "for", 1), Mark(2, 6, "against", 2), Mark(2, 3, "generic", 3)])
    assert [(kind, text) for kind, text in re.findall(r'<mark class="(\w+)"[^>]*>(.*?)</mark>', out)] == [
        ("for", "ab"), ("generic", "c"), ("against", "d"), ("against", "ef")
    ]  # fmt: skip
    assert re.findall(r"<sup class[^>]*>(\d)</sup>", out) == ["3", "1", "2"]


def test_a_long_text_with_many_passages_is_quick_enough_to_be_drawn() -> None:
    text = "word " * 20_000
    marks = [Mark(5 * n, 5 * n + 4, "generic", 1) for n in range(20_000)]
    assert stripped(marked(text, marks)) == text


def test_the_key_names_only_what_is_marked() -> None:
    out = markup("abc", [Mark(0, 1, "against", 1)])
    assert "speaks against" in out and "any feed has this" not in out and 'tabindex="0"' in out
    assert "tb-key" not in markup("abc", []).split("</style>")[1]


@pytest.mark.parametrize(
    ("value", "said"),
    [(-0.8312, "−0.83"), (123.4, "120"), (0.0, "0"), (1234.5, "1,200"), (0.00123, "0.0012"), (9.96, "10"), (float("nan"), "none"),
     (float("-inf"), "none"), (True, "yes"), (12, "12"), (None, "")],
)  # fmt: skip
def test_a_figure_has_two_significant_digits(value: Any, said: str) -> None:
    assert figure(value) == said


# ---- the panel -------------------------------------------------------------------------------------------------


def fake(text: str, **more: Any) -> Measured:
    """What the measures would say of a text."""
    return Measured(
        version=voice.version(),
        of=voice.digest(text),
        **{
            "evidence": "ok",
            "style": -0.8312,
            "topic": 0.3141,
            "likeness": 0.714,
            "typical": (28, 40),
            "contributions": (Said("sentences half as long as yours", -2.0, ((0, 8),)), Said("your commas", 1.0)),
            "generic": 0.9,
            "generic_high": True,
            "generic_evidence": "ok",
            "passages": (Passage(9, 12, "dash", "x"), Passage(20, 22, "dash", "y")),
            "budget": (
                Habit("dash", 3, "three dashes, you use one in ten posts", True),
                Habit("emoji", 1, HOSTILE, False),
            ),
            "posts": 40,
            **more,
        },
    )


def panel(monkeypatch: pytest.MonkeyPatch, text: str, found: Measured | None) -> AppTest:
    def script(text: str) -> None:
        from core.store.tables import Author
        from pages.ui.scores import voice_panel

        voice_panel(Author(id="01AUTHOR", name="Ada"), text, "test")

    monkeypatch.setattr(voice, "glance", lambda author_id, text, wait=0.25: found)
    app = AppTest.from_function(script, args=(text,), default_timeout=30).run()
    assert not app.exception
    return app


def test_words_come_before_figures_and_style_and_topic_stand_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    said = words(panel(monkeypatch, TEXT, fake(TEXT)))
    assert said.index("7 of 10 of Ada's real posts are less typical than this") < said.index("0.71 at even odds")
    assert "**Style** −0.83" in said and "**Topic** 0.31" in said and "says nothing about style" in said
    assert "▲ **over**] Three dashes, you use one in ten posts." in said
    assert "Measured against Ada's 40 posts." in said
    for never in ("AI", "detected", "machine-written"):
        assert never not in said


def test_each_line_shows_its_own_passages(monkeypatch: pytest.MonkeyPatch) -> None:
    app = panel(monkeypatch, TEXT, fake(TEXT))
    options = [o.replace("\\", "") for o in app.radio[0].options]
    assert "− **against**" in options[1] and "sentences half as long as yours" in options[1]
    assert "+ **for**" in options[2] and "dash, 2 times" in options[3]
    assert drawn(app).count("<mark") == 3 + 2, "all passages, and the key of two kinds"
    app.radio[0].set_value(1).run()
    assert re.findall(r'<mark class="(\w+)" title="([^"]*)">', drawn(app)) == [
        ("against", "sentences half as long as yours")
    ]
    app.radio[0].set_value(2).run()
    assert "in the whole text" in words(app) and "<mark" not in drawn(app)


def test_too_little_evidence_is_an_answer_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    little = fake(
        "Ship it.", evidence="too little", reason="2 words are too few; 60 are needed.", likeness=None, typical=None,
        style=None, topic=None, contributions=(), generic=None, generic_evidence="too little", passages=(), budget=(),
        generic_reason="2 words are too few to say: it takes 60.",
    )  # fmt: skip
    said = words(panel(monkeypatch, "Ship it.", little))
    assert "Too little evidence. 2 words are too few; 60 are needed." in said
    assert "even odds" not in said and "**Style**" not in said and "2 words are too few to say" in said


def test_hostile_text_and_sentences_are_shown_as_text(monkeypatch: pytest.MonkeyPatch) -> None:
    found = fake(
        HOSTILE, contributions=(Said(HOSTILE, -1.0, ((0, 20),)),), passages=(Passage(5, 30, HOSTILE, HOSTILE),)
    )
    app = panel(monkeypatch, HOSTILE, found)
    out = drawn(app).split("</style>")[1]
    assert "<script" not in out and "<b onclick" not in out and "&lt;script&gt;" in out
    raw = "\n".join([str(m.value) for m in app.markdown] + list(app.radio[0].options))
    assert "<script>" not in raw.replace("\\<script\\>", "") and "](https" not in raw


def test_while_the_author_is_read_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Reading Ada's newest posts. This happens once" in words(panel(monkeypatch, TEXT, None))


def test_lines_are_numbered_through() -> None:
    assert [(one.number, one.kind) for one in lines(fake(TEXT))] == [(1, "against"), (2, "for"), (3, "generic")]


# ---- on the pages ----------------------------------------------------------------------------------------------


@pytest.fixture
def ada(two_authors: dict[str, str]) -> Author:
    return authors.get(two_authors["Ada"])


def test_review_shows_the_voice_of_the_text_as_it_is_now(ada: Author, actor: Actor) -> None:
    post = review.create(ada.id, "The valves", TEXT, actor)
    voice.measure(ada.id, TEXT)  # the profile is in memory
    app = opened("review", post=post.id)
    assert "real posts" in words(app) and "at even odds" in words(app)
    app.button_group(key="review_part").set_value("Voice").run()
    assert "**Style**" in words(app) and "Measured against Ada's 40 posts" in words(app)
    review.edit(post.id, actor, text="Ship it.")
    app.run()
    assert "Too little evidence. 2 words" in words(app)


def test_a_variant_keeps_its_likeness_and_follows_the_phrase_lists(ada: Author, actor: Actor) -> None:
    def script(author_id: str, text: str, record: dict) -> None:  # type: ignore[type-arg]
        from core import authors, voice
        from pages.ui.scores import voice_panel

        voice_panel(authors.get(author_id), text, "test", voice.restored(record))

    text = f"{TEXT} We circle back to it."
    kept = {**voice.measure(ada.id, text).record(), "typical": [31, 40], "likeness": 0.777}
    app = AppTest.from_function(script, args=(ada.id, text, kept), default_timeout=30).run()
    assert "8 of 10 of Ada's" in words(app) and "0.78 at even odds" in words(app), "as it was measured by the run"
    assert "circle back</mark>" not in drawn(app)
    phrases.add(["circle back"], actor)
    assert "circle back</mark>" in drawn(app.run()) and "0.78 at even odds" in words(app)
    edited = AppTest.from_function(script, args=(ada.id, f"{text} More.", kept), default_timeout=30).run()
    assert "0.78 at even odds" not in words(edited), "an edited text is measured anew"


def test_a_phrase_is_added_taken_out_and_put_back_in_settings(ada: Author) -> None:
    app = opened("settings", author=ada.id)
    app.text_area(key="phrases_team_new").input("circle back\n<b>bold</b> **move**")
    next(b for b in app.button if b.label == "Add").click().run()
    assert set(phrases.listed().added) == {"circle back", "<b>bold</b> **move**"} and "Added." in words(app)
    assert not app.exception and not app.error
    app.text_input(key="phrases_team_search").input("circle").run()
    app.button_group(key="phrases_team_chosen").set_value(["circle back"]).run()
    app.button(key="phrases_team_move").click().run()
    assert "circle back" not in phrases.listed().in_force and "put back" in words(app)
    app.button_group(key="phrases_team_out_chosen").set_value(["circle back"]).run()
    app.button(key="phrases_team_out_move").click().run()
    assert "circle back" in phrases.listed().in_force


def test_a_phrase_that_is_refused_says_why(ada: Author) -> None:
    app = opened("settings", author=ada.id)
    app.text_area(key="phrases_team_new").input("x" * 200)
    next(b for b in app.button if b.label == "Add").click().run()
    assert "a phrase has 120 at most" in app.error[0].value.replace("\\", "") and phrases.listed().added == ()


def test_an_author_has_a_list_of_their_own_on_the_persona_page(ada: Author) -> None:
    app = opened("persona", author=ada.id, persona_view="Phrases")
    app.text_area(key=f"phrases_{ada.id}_new").input("in the margins")
    next(b for b in app.button if b.label == "Add").click().run()
    assert phrases.listed(ada.id).added == ("in the margins",) and phrases.listed().added == ()


def test_the_team_decides_whether_its_authors_are_compared(ada: Author) -> None:
    app = opened("settings", author=ada.id)
    assert "stay on this machine" in words(app)
    assert voice.known(ada.id).others == 1
    app.toggle(key="settings_team_authors").set_value(False).run()
    assert voice.known(ada.id).others == 0 and "measured alone" in words(app)
    assert measure.VERSION in voice.version()


# ---- in a real browser -----------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_panel_follows_what_is_typed_and_runs_nothing_of_it(app: App, browser_page: Page, actor: Actor) -> None:
    page, author = browser_page, authors.add("Ada", actor)
    write_samples(author.id, [f"{TEXT}\n\nThat was visit {n}." for n in range(12)])
    phrases.add(["circle back"], actor)
    post = review.create(author.id, "The valves", f"{TEXT} {HOSTILE}", actor)
    page.on("dialog", lambda dialog: pytest.fail(f"something ran: {dialog.message}"))
    page.goto(f"{app.url}/review?post={post.id}&author={author.id}")
    expect(page.get_by_text("at even odds").first).to_be_visible()
    at_rest(page).get_by_role("radio", name="Voice").click()
    frame = page.locator(".tb-said")
    expect(frame).to_contain_text("alert")
    shown = (
        "e => { const c = e.cloneNode(true); c.querySelectorAll('sup').forEach(s => s.remove()); return c.textContent }"
    )
    assert frame.evaluate(shown) == f"{TEXT} {HOSTILE}", "without the numbers of the marks, the text and nothing else"
    assert frame.locator("script, b, a").count() == 0
    page.get_by_label("Post text").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" We circle back.", delay=10)
    mark = frame.locator("mark.generic", has_text="circle back")
    expect(mark).to_be_visible()
    assert mark.evaluate("e => getComputedStyle(e).textDecorationStyle") == "dotted", "not by colour alone"
    assert review.get(post.id).text.endswith("We circle back.")
    page.locator("label", has_text="generic stock phrase").click()
    expect(frame.locator("mark")).to_have_text(["circle back"])
