"""What a reviewer is told of a text: LinkedIn's limits, and the guidelines of the house."""

from __future__ import annotations

import pytest

from core import guidelines, review
from core.review.findings import against, findings, of_text, unchecked
from core.store import Actor
from core.store.tables import Guideline


def rule(kind: str, *phrases: str, severity: str = "warn") -> Guideline:
    return Guideline(title="House", kind=kind, phrases=list(phrases), severity=severity)


def test_a_plain_text_has_no_findings() -> None:
    assert of_text("A plain line.") == []


@pytest.mark.parametrize(
    ("text", "said", "block"),
    [
        (" \n", "There is no text yet.", True),
        ("x" * 3001, "3,001 characters: LinkedIn takes 3,000.", True),
        ("(" * 1600, "1,600 characters, and 3,200 as LinkedIn's API counts them: it may be refused.", False),
        ("This is 𝗯𝗼𝗹𝗱.", "Letters from mathematical alphabets", False),
    ],
)
def test_what_linkedin_would_stumble_over(text: str, said: str, block: bool) -> None:
    (found,) = of_text(text)
    assert found.text.startswith(said)
    assert found.block is block


@pytest.mark.parametrize("text", ["We LEVERAGE it.", "leverage", "They’re here, leverage!"])
def test_a_banned_phrase_is_found_as_a_whole_word_in_any_case(text: str) -> None:
    (found,) = against(text, [rule("banned", "leverage", severity="block")])
    assert found.text == "“leverage” is banned by the guideline “House”."
    assert found.block


@pytest.mark.parametrize("text", ["leveraged", "", "lever age"])
def test_part_of_a_word_is_not_the_phrase(text: str) -> None:
    assert against(text, [rule("banned", "leverage")]) == []


def test_a_finding_carries_the_link_of_its_rule() -> None:
    banned = rule("banned", "leverage")
    banned.url = "https://www.notion.so/1"
    assert against("We leverage it.", [banned])[0].url == "https://www.notion.so/1"
    assert against("We leverage it.", [rule("banned", "leverage")])[0].url == ""


def test_a_topics_phrases_are_pointed_at_and_never_stop_a_post() -> None:
    (found,) = against("On the election.", [rule("topic", "election", severity="block")])
    assert "see whether it fits" in found.text and not found.block


def test_rules_for_a_reader_alone_are_named(two_authors: dict[str, str], actor: Actor) -> None:
    for kind in ("tone", "topic", "example"):
        guidelines.add(kind, actor, kind=kind)
    guidelines.add("Bo's", actor, authors=[two_authors["Bo"]])
    guidelines.add("Words", actor, kind="banned", phrases=["x"])
    assert [r.title for r in unchecked(two_authors["Ada"])] == ["tone", "topic", "example"]


def test_apostrophes_and_spaces_do_not_hide_a_phrase() -> None:
    assert against("It isn’t\nrocket science", [rule("banned", "isn't rocket science")])


def test_a_required_phrase_may_be_any_of_them() -> None:
    rules = [rule("required", "Ada Ltd", "Ada Limited")]
    assert against("We at Ada Limited.", rules) == []
    assert against("We.", rules)[0].text == "The guideline “House” asks for “Ada Ltd” or “Ada Limited”."


def test_only_the_authors_own_guidelines_count_and_what_blocks_comes_first(
    two_authors: dict[str, str], actor: Actor
) -> None:
    guidelines.add("Warn", actor, kind="banned", phrases=["gaps"], severity="warn")
    guidelines.add("Block", actor, kind="banned", phrases=["valve"], severity="block")
    guidelines.add("Bo", actor, kind="banned", phrases=["log"], severity="block", authors=[two_authors["Bo"]])
    post = review.create(two_authors["Ada"], "", "The valve log had no gaps.", actor)
    assert [f.text.split("“")[2].rstrip("”.") for f in findings(post)] == ["Block", "Warn"]
