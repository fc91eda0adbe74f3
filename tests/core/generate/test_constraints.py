"""The law: whatever a model writes, what comes out holds every constraint, or is marked as failed with the reason."""

from __future__ import annotations

import re
import string

import emoji as emoji_package
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.generate import adapt, constraints, figures, repair
from core.generate import body as bodies
from core.generate.brief import BriefFields
from core.generate.constraints import Constraints
from core.generate.style import Style
from core.persona.habits import Habits

BRIEF = BriefFields(
    topic="Audits in old plants",
    points=["A clean audit says that the paper is clean", "The valves failed 3 times"],
    story="The northern plant passed in 2019.",
    call_to_action="Who do you ask first?",
    link="https://example.org/audit",
)
words = st.sampled_from(
    [
        "I",
        "we",
        "the",
        "valve",
        "7",
        "12%",
        "3",
        "2019",
        "2,019",
        "seven",
        "dozen",
        "game-changer",
        "leverage",
        "#audit",
        "#Day3",
        "#",
        "**",
        "-",
        "•",
        "1.",
        "🚀",
        "🎉",
        "http://evil.example/x",
        "https://example.org/audit",
        "my",
        "me",
        "it's",
        "paper",
        "clean",
        "audit.",
        "binder!",
        "why?",
        "\n",
        "\n\n",
        "\t",
        "\u200b",
        "\u2028",
        '"quoted"',
        "<b>",
        "Sure,",
        "www.x.com",
        "½",
        "Ⅷ",
        "四",
    ]
)
model_texts = st.one_of(
    st.text(max_size=400),
    st.lists(words, max_size=120).map(" ".join),
    st.lists(st.text(string.printable, max_size=60), max_size=12).map("\n\n".join),
)
wanted = st.builds(
    Constraints,
    chars=st.sampled_from([(0, 3000), (20, 200), (100, 600)]),
    person=st.sampled_from(["yes", "no", "free"]),
    hashtags=st.sampled_from([(0, 0), (1, 3), (3, 5)]),
    emoji=st.sampled_from([(0, 0), (0, 2), (1, 2)]),
    sentences=st.integers(1, 4),
    gap=st.sampled_from(["\n\n", "\n"]),
    one_block=st.booleans(),
    bullets=st.booleans(),
    tags=st.just(("#audit", "#plants", "#valves", "#safety")),
    tags_apart=st.booleans(),
    favourite_emoji=st.just(("🌿",)),
    link=st.sampled_from(["", "https://example.org/audit"]),
    links=st.just(("https://example.org/audit",)),
    banned=st.just(("game-changer", "leverage")),
    numbers=st.just(figures.allowed(BRIEF.material)),
    material=st.just("a clean audit says that the paper is clean the valves failed 3 times"),
)


def independent(text: str, c: Constraints) -> list[str]:
    """The constraints again, by other code than the product's."""
    broken = []
    if not c.chars[0] <= len(text) <= c.chars[1]:
        broken.append("length")
    says_i = re.search(r"(?<![\w'’])(i|me|my|mine|myself|i['’](m|ve|d|ll))(?![\w'’])", text.lower())
    if (c.person == "no" and says_i) or (c.person == "yes" and not says_i):
        broken.append("person")
    without_links = re.sub(r"(https?://|www\.)\S+", " ", text)
    tags = re.findall(r"(?<![\w&/#])#(?=\w*[^\W\d])\w+", without_links)
    if not c.hashtags[0] <= len(tags) <= c.hashtags[1] or len({t.lower() for t in tags}) != len(tags):
        broken.append("hashtags")
    pictures = [e for e in emoji_package.emoji_list(text) if e["emoji"] in "🚀🎉🌿"]
    if len(pictures) > c.emoji[1]:
        broken.append("emoji")
    for number in re.findall(r"\d+(?:,\d{3})*", without_links):
        if number.replace(",", "") not in ("3", "2019"):
            broken.append(f"number {number}")
    for word in ("seven", "dozen", "½", "Ⅷ"):
        if re.search(rf"(?<!\w){word}(?!\w)", without_links):
            broken.append(f"number {word}")
    if re.search(r"(?i)(?<!\w)(game-changer|leverage)(?!\w)", text):
        broken.append("banned")
    if "evil" in text or "www.x.com" in text:
        broken.append("foreign link")
    if c.link and text.count(c.link) != 1:
        broken.append("link")
    if c.gap == "\n" and "\n\n" in text:
        broken.append("blank lines")
    return broken


def test_a_lone_line_that_begins_like_an_assistant_is_the_post_itself() -> None:
    assert bodies.clean("Sure. That is what I take from it.") == "Sure. That is what I take from it."
    assert bodies.clean("Sure! Here it is.\n\nThe valves failed.") == "The valves failed."


@settings(max_examples=300, deadline=None)
@given(model_texts, wanted, st.integers(0, 9))
def test_any_text_holds_or_has_failed(raw: str, c: Constraints, seed: int) -> None:
    held = repair.repair(raw, c, seed)
    if not held.broken:
        assert independent(held.text, c) == []
    else:
        assert all(b.message.endswith(".") for b in held.broken)
    again = repair.repair(held.text, c, seed)
    assert bool(again.broken) <= bool(held.broken), "repairing again breaks nothing"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["It failed 9 times.", "We grew by 40%.", "#win", "🚀🚀🚀", "See www.x.com now."]), max_size=6
    )
)
def test_a_good_text_with_rubbish_in_it_is_repaired_and_keeps_its_facts(rubbish: list[str]) -> None:
    c = constraints.build(BRIEF, Habits(own=True, min_chars=40, max_chars=600, first_person="free", hashtags=(1, 2), emoji=(0, 1),
                                        paragraph_sentences=(1, 2)), Style(samples=9), tags=["#audit"])  # fmt: skip
    good = ["A clean audit says that the paper is clean.", "The valves failed 3 times.", "Who do you ask first?"]
    held = repair.repair("\n\n".join([good[0], *rubbish, good[1], good[2]]), c)
    assert held.broken == []
    assert all(sentence in held.text for sentence in good)
    assert "9" not in held.text and "40" not in held.text and held.text.count("https://example.org/audit") == 1


def bound(**changes: object) -> Constraints:
    return Constraints(**{"chars": (1, 500), "person": "free", "hashtags": (0, 3), **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "c", "name", "said"),
    [
        ("Too short.", bound(chars=(100, 200)), "length", "at least 100"),
        ("I was there.", bound(person="no"), "person", "never does"),
        ("There were 14 of them.", bound(), "numbers", "14"),
        ("A dozen of them.", bound(), "numbers", "dozen"),
        ("It is a Game changer.", bound(banned=("game changer",)), "banned", "banned"),
        ("Look at https://other.example/a", bound(), "link", "not in the brief"),
        ("A. B.\n\nC c. D d. E e. F f.", bound(sentences=3), "line breaks", "4 sentences"),
        ("- one thing\n- another thing", bound(bullets=False), "line breaks", "list"),
        ("Safe.", bound(required=("stay curious",)), "required", "stay curious"),
    ],
)
def test_what_is_broken_is_named(text: str, c: Constraints, name: str, said: str) -> None:
    found = [b for b in constraints.check(text, c) if b.name == name]
    assert found and said in found[0].message


def test_the_briefs_own_words_win_over_a_habit() -> None:
    brief = BRIEF.model_copy(update={"story": "I saw it. #valves 🌿"})
    c = constraints.build(brief, Habits(own=True, first_person="no", hashtags=(0, 0), emoji=(0, 0)), Style(samples=9))
    assert (c.person, c.hashtags, c.emoji) == ("free", (0, 1), (0, 1))


def test_length_is_the_authors_unless_the_brief_says_otherwise() -> None:
    habits = Habits(own=True, min_chars=210, max_chars=480)
    assert constraints.build(BRIEF, habits, Style()).chars == (210, 480)
    assert (
        constraints.build(BRIEF.model_copy(update={"length": "long"}), habits, Style()).chars
        == constraints.LENGTHS["long"]
    )
    assert constraints.build(BRIEF, Habits(), Style()).chars == (800, 1600), "under five samples"


def test_a_record_gives_the_same_constraints_again() -> None:
    c = constraints.build(BRIEF, Habits(), Style(), banned=["x"], tags=["#a"])
    assert Constraints.restored(c.record()) == c


@pytest.mark.parametrize(
    ("said", "found"), [("1,000 people", []), ("four fields", []), ("5 fields", ["5"]), ("one day", [])]
)
def test_numbers_are_compared_by_value(said: str, found: list[str]) -> None:
    assert figures.foreign(said, figures.allowed("1000 people and 4 fields")) == found


def test_a_source_lends_no_address_however_it_is_written() -> None:
    lent = "Mention evil.com/win, https://evil.com/x, boss@evil.com and @evilcorp."
    brief = BriefFields(topic="What acme.io taught me", points=["See the log at acme.io/log", "Write to ada@acme.io"])
    c = constraints.build(brief, Habits(), Style(), knowledge=[lent])
    for value in ("Read evil.com/win now.", "Write to boss@evil.com.", "Ask @evilcorp.", "See https://evil.com/x."):
        assert [fact.kind for fact in constraints.foreign(value, c)] == ["url"], value
        assert adapt.strange(value, adapt.known(c, "The log was empty.")), "nor into another form"
        assert not adapt.strange(value, adapt.known(c, value)), "what a person left in the post may stay"
    for value in ("See the log at acme.io/log.", "Write to ada@acme.io.", "What acme.io taught me:"):
        assert not constraints.foreign(value, c), value
    assert "evil" not in repair.repair("I read the log. Read more at evil.com/win now.", c).text
