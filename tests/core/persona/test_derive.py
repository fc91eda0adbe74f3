"""The derived card: every line has evidence, two authors differ in every section, and it is quick and repeatable."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from core.persona import lexicon, reference
from core.persona.corpus import NEWEST, OLDER, read, subset
from core.persona.derive import derive_card
from core.persona.fields import FIELDS, SECTIONS
from core.persona.habits import ENOUGH
from core.persona.wordlists import tally
from core.store.tables import Sample

START = datetime(2026, 1, 1, tzinfo=UTC)


def samples_of(texts: list[str]) -> list[Sample]:
    """Samples as the store returns them, without a store."""
    return [
        Sample(
            id=f"{n:026d}",
            author_id="a",
            text=text,
            text_hash=hashlib.sha256(text.encode()).hexdigest(),
            position=n,
            created_at=START + timedelta(seconds=n),
        )
        for n, text in enumerate(texts)
    ]


PLAIN = [
    f"The audit of plant {n} is done. The valves were fine. The paperwork was not.\n\n"
    f"Nobody lied in visit {n}. They had stopped mentioning what everyone knew, as far as I can tell."
    for n in range(20)
]


def test_every_line_of_the_card_has_its_evidence() -> None:
    card = derive_card(samples_of(PLAIN))
    assert card["fields"].keys() == FIELDS.keys() - {"identity.notes"}, "notes are a person's alone"
    known = {s.id for s in samples_of(PLAIN)}
    for path, one in card["fields"].items():
        assert one["text"].endswith(".") and one["value"] is not None, path
        assert one["evidence"]["figure"] and one["evidence"]["n"] == 20, path
        assert set(one["evidence"]["samples"]) <= known, path
    assert 2 <= len(card["passages"]) <= 4
    assert len({p["sample"] for p in card["passages"]}) == len(card["passages"])
    assert all(p["reason"].endswith(".") for p in card["passages"])


@pytest.mark.parametrize("count", range(ENOUGH))
def test_under_five_samples_it_says_too_little(count: int) -> None:
    card = derive_card(samples_of(PLAIN[:count]))
    assert card["passages"] == []
    for one in card["fields"].values():
        assert one["value"] is None and one["text"] == "Too little to say."
        assert f"{count} sample" in one["evidence"]["figure"]


def test_the_same_samples_give_the_same_card() -> None:
    assert derive_card(samples_of(PLAIN)) == derive_card(samples_of(PLAIN))


def _differs(one: dict[str, object], other: dict[str, object], section: str) -> bool:
    """Whether a section says something different, not only other figures."""
    return any(
        one["fields"][p]["text"] != other["fields"][p]["text"]  # type: ignore[index]
        and one["fields"][p]["value"] != other["fields"][p]["value"]  # type: ignore[index]
        for p in FIELDS
        if p.startswith(f"{section}.")
    )


def test_two_real_authors_differ_in_every_section(real_posts: dict[str, list[dict[str, str]]]) -> None:
    cards = [derive_card(samples_of([p["text"] for p in real_posts[a]])) for a in ("linkedin-01", "linkedin-02")]
    for section in SECTIONS:
        assert _differs(*cards, section), section
    assert cards[0]["fields"]["cadence.hashtags"]["value"] != cards[1]["fields"]["cadence.hashtags"]["value"]
    favoured = [set(c["fields"]["lexicon.phrases"]["value"]) for c in cards]
    assert favoured[0] and favoured[1] and not favoured[0] & favoured[1]


def test_two_invented_authors_differ_in_every_section() -> None:
    lines = [f"Ship it. 🚀\n\nThen fix it.\n\nDay {n}.\n\nStill fun?\n\n#startup #build" for n in range(20)]
    cards = [derive_card(samples_of(texts)) for texts in (PLAIN, lines)]
    for section in SECTIONS:
        assert _differs(*cards, section), section
    assert cards[1]["fields"]["cadence.emoji"]["value"] == [1, 1]
    assert cards[0]["fields"]["cadence.emoji"]["text"] == "No emoji."


def test_favoured_phrases_are_turns_of_phrase_and_not_stop_words_names_or_links() -> None:
    texts = [
        f"There is no such thing as a free valve {n}. Acme Corp is in the news of the day. https://acme.example/of-the-{n}"
        for n in range(12)
    ]
    corpus = read(samples_of(texts))
    found = [" ".join(p.words) for p in lexicon.phrases(corpus, lexicon.subjects(corpus))]
    assert any("no such thing" in phrase for phrase in found)
    assert not any(word in phrase.split() for phrase in found for word in ("acme", "https", "example"))
    assert not {"of the", "is in", "in the"} & set(found)


def test_what_others_say_as_often_is_no_favoured_phrase() -> None:
    shares = reference.table()["phrases"]
    usual = max((p for p in shares if lexicon._turn_of_phrase(tuple(p.split()), set())), key=shares.__getitem__)
    often, seldom = 90, round(200 * shares[usual])
    assert 4 <= seldom < 40
    for count, favoured in ((often, True), (seldom, False)):
        texts = [f"Valve {n} works.\n{usual.title()}." if n < count else f"Valve {n} works." for n in range(100)]
        found = {" ".join(p.words) for p in lexicon.phrases(read(samples_of(texts)), [])}
        assert any(usual in phrase for phrase in found) is favoured, (usual, found)


def test_a_word_is_taboo_only_where_its_absence_means_something() -> None:
    few, many = read(samples_of(PLAIN[:5])), read(samples_of(PLAIN * 15))
    assert lexicon.missing(few) == []
    absent = [word for word, _, _ in lexicon.missing(many)]
    assert "really" in absent, "others would have written it several times in as many words"
    used = read(samples_of([*PLAIN * 15, "This is really so."]))
    assert "really" not in [word for word, _, _ in lexicon.missing(used)]


def test_a_negation_turns_a_glad_word_over() -> None:
    assert tally(["it", "is", "a", "great", "day"])["positive"] == 1
    assert tally(["it", "is", "not", "a", "great", "day"])["negative"] == 1
    assert tally(["that", "was", "not", "wrong"])["positive"] == 1


def test_of_very_many_samples_the_newest_and_some_older_are_read() -> None:
    many = samples_of([f"Post number {n} of a long row." for n in range(2000)])
    picked = subset(many, "seed")
    assert len(picked) == NEWEST + OLDER and picked == subset(many, "seed")
    assert picked[-NEWEST:] == many[-NEWEST:]
    assert {s.id for s in picked[:OLDER]} < {s.id for s in many[:-NEWEST]}
    assert len(subset(many[:600], "seed")) == 600
