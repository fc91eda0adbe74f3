"""What a template is told: typography by rule, direction, who signs, the brand over the family."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.images import setting
from core.images.model import Card, Kit, Page
from tests.core.images.specimens import ARABIC, LATIN, QUOTE

NARROW = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("typed", "language", "set_as"),
    [
        ('He said "ship it".', "en", "He said “ship it”."),
        ('Sie sagte "fertig".', "de", "Sie sagte „fertig“."),
        ('Il dit "oui".', "fr", f"Il dit «{NARROW}oui{NARROW}»."),
        ("It's the teams' call", "en", "It’s the teams’ call"),
        ("""A 27" screen, 6'2" tall""", "en", """A 27" screen, 6'2" tall"""),
        ("The '90s", "en", "The ’90s"),
    ],
)
def test_marks_as_a_printer_sets_them(typed: str, language: str, set_as: str) -> None:
    assert setting.curled(typed, setting.marks_of(language)) == set_as


def test_lists_come_apart_into_mark_and_text() -> None:
    page = Page("point", "Rules", "First\n- one\n* two\n3. three\n10) ten\n-5 degrees")
    told = setting.told(Card(pages=(page,)), Kit())["pages"][0]["body"]
    assert [row["mark"] for row in told] == ["", "•", "•", "3.", "10)", ""]
    assert [row["text"] for row in told][1:4] == ["one", "two", "three"]


def test_a_short_last_word_is_not_left_alone() -> None:
    page = Page("text", "", "A rollback is rehearsed, not hoped for\nTwo words")
    first, second = setting.told(Card(pages=(page,)), Kit())["pages"][0]["body"]
    assert first["text"].endswith(f"hoped{NARROW}for")
    assert second["text"] == "Two words"


def test_a_quotation_loses_the_marks_that_the_template_sets() -> None:
    for typed in ("“Wait until Monday.”", '"Wait until Monday."', "„Wait until Monday.“"):
        told = setting.told(replace(QUOTE, pages=(Page("quote", "", typed),)), Kit())
        assert told["pages"][0]["body"][0]["text"].replace(NARROW, " ") == "Wait until Monday."
    inner = "“Wait” is not “never”"
    assert (
        setting.told(replace(QUOTE, pages=(Page("quote", "", inner),)), Kit())["pages"][0]["body"][0]["text"][0] == "“"
    )


@pytest.mark.parametrize(
    ("source", "stands", "below"),
    [
        ("Mara Lindqvist", "", "Head of Platform"),
        ("— Mara Lindqvist, CTO of Norrsken", "", "CTO of Norrsken"),
        ("Grace Hopper", "Grace Hopper", "Head of Platform"),
        ("Mara Lindqvist-Berg", "Mara Lindqvist-Berg", "Head of Platform"),
    ],
)
def test_the_author_signs_once(source: str, stands: str, below: str) -> None:
    page = setting.told(replace(QUOTE, pages=(Page("quote", "", "Wait.", source),)), Kit())["pages"][0]
    assert (page["source"], page["by"]["headline"]) == (stands, below)


def test_direction_follows_the_words_not_the_language() -> None:
    assert setting.told(ARABIC, Kit())["rtl"] and not setting.told(LATIN, Kit())["rtl"]
    assert setting.told(replace(ARABIC, language="en"), Kit())["rtl"]


def test_the_kit_goes_over_the_family_and_the_card_over_the_kit() -> None:
    kit = Kit(family="grid", theme="dark", heading="Lora", colours={"dark": {"accent": "#FF0000"}})
    told = setting.told(LATIN, kit)
    assert (told["family"], told["theme"], told["fonts"]["heading"][0]) == ("grid", "dark", "Lora")
    assert told["colours"]["accent"] == "#ff0000" and told["fonts"]["small"][0] == "IBM Plex Mono"
    other = setting.told(replace(LATIN, family="letter", theme="light"), kit)
    assert (other["family"], other["theme"]) == ("letter", "light")
    lost = setting.told(LATIN, Kit(family="of another version", heading="A font that is not shipped"))
    assert (lost["family"], lost["fonts"]["heading"][0]) == (setting.FIRST, "IBM Plex Sans")


def test_controls_and_half_characters_are_left_out_and_nothing_else() -> None:
    assert setting.clean("a\x00b\u0007\r\nc\ud800 ") == "ab\nc"
    newer = "\U0001fae8"  # of Unicode 15, which this Python may not know
    assert setting.clean(f"a{newer}\ue000") == f"a{newer}\ue000"


def test_what_cannot_be_seen_is_no_word() -> None:
    assert not any(setting.seen(blank) for blank in ("", " \n", "\u200b", "\u202e\u2060", "\u0301", "\u3164", "\u2800"))
    assert all(setting.seen(said) for said in ("a", "\U0001fae8", "7", "?", "\u0915\u094d", "\ue000"))


def test_a_space_before_a_comma_does_not_tie_a_line_together() -> None:
    """No line may break before a comma, so "Apple , Berry" would be one word that is too long for the column."""
    page = Page("hook", "What growers like Apple , Berry Inc . do")
    told = setting.told(Card("hook", pages=(page,)), Kit())["pages"][0]
    assert told["title"].replace("\N{NO-BREAK SPACE}", " ") == "What growers like Apple, Berry Inc. do"


def test_short_last_words_stay_together_but_no_more_of_them_than_needed() -> None:
    told = setting.told(Card("hook", pages=(Page("hook", "I went on a retreat of ours two weeks ago."),)), Kit())
    assert told["pages"][0]["title"].endswith("two weeks\u00a0ago.")
    told = setting.told(Card("hook", pages=(Page("hook", "Nobody knew what we were to do."),)), Kit())
    assert told["pages"][0]["title"].endswith("we were\u00a0to\u00a0do.")
