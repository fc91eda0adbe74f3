"""Typed facts: whatever their spelling they are found, and only what a source holds passes."""

from __future__ import annotations

import json

import pytest

from core.claims import Allowed, Source, facts

SOURCE = """In March 2023 we cut waste by two-thirds and saved $4,500, 40% more than planned, with a dozen people.
On Tuesday 5 May, Ada Byron of Byron & Sons told 1,000 guests: “We never go back to paper.” See https://acme.com/x.
Sales doubled in Q3, half the team stayed, 10 times faster on Day 3, for 5k users in Germany."""


@pytest.fixture(scope="module")
def allowed() -> Allowed:
    found = Allowed.of(
        [Source("brief", "b", "", SOURCE), Source("sample", "s", "", "I met Grace Hopper at Siemens in 1999.")]
    )
    return Allowed.restored(json.loads(json.dumps(found.record())))  # as a run keeps it


def strange(allowed: Allowed, text: str) -> list[str]:
    return [fact.text for fact in allowed.foreign(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Two thirds less, 2/3 less.",
        "$4,500 is 4500 dollars, and 4.5k USD.",
        "40 percent, forty per cent, ４０％, 4\u200b0%.",
        "Twelve people, 12 of them.",
        "A thousand guests, 1000, 1 000, 1k.",
        "We were 10x faster, ten times faster, a tenfold gain.",
        "5,000 users, five thousand.",
        "It was 5 May, a Tuesday, in March, in 2023, in March 2023.",
        "Sales went up 2x: twice as much.",
        "It was the third day; it was on the 3rd.",
        "“We never go back to paper”, said Byron. They never go “back to paper”.",
        "Ada is at Byron & Sons in Germany; a German firm.",
        "I met Grace Hopper, and Hopper worked at Siemens.",
        "Read www.acme.com/x/ or https://acme.com/x.",
        "First, one of us asked. Trust matters. I think so. Double down. 24/7 in B2B.",
        "1. Ask.\n2. Listen.\n3. Write it down.\n4. Go.",
    ],
)
def test_what_a_source_holds_passes_in_any_spelling(allowed: Allowed, text: str) -> None:
    assert strange(allowed, text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("40 people came.", ["40"]),
        ("12% came.", ["12%"]),
        ("It cost 4,500.", ["4,500"]),
        ("Seven of them, VII in all.", ["Seven", "VII"]),
        ("Twenty-\nfive of them.", ["Twenty-\nfive"]),
        ("٤١ and 𝟕 and ⑦ and Ⅸ.", ["٤١", "𝟕", "⑦", "Ⅸ"]),
        ("1\u200b7 and f\u0456fty.", ["1\u200b7", "f\u0456fty"]),
        ("7️⃣ of us. #Top17 #FiftyFive", ["7️⃣", "17", "FiftyFive"]),
        ("A third of it, four fifths of it, ¾.", ["A third", "four fifths", "¾"]),
        ("It tripled. Once a week. Hundreds of them, for a decade.", ["tripled", "Once", "Hundreds", "a decade"]),
        ("Two and a half million, $2.5bn, 15–20%.", ["Two and a half million", "$2.5bn", "15", "20%"]),
        ("Last March, on 5 March, in April, on Friday, in 2021, Q2.",
         ["Last March", "5 March", "April", "Friday", "2021", "Q2"]),
        ("Yesterday, two years ago, this week.", ["Yesterday", "two", "years ago", "this week"]),
        ("“We always go back to paper.”", ["“We always go back to paper.”"]),
        ("He called it \"sheer luck\".", ['"sheer luck"']),
        ("Go to evil.com, mail a@b.org, ask @mallory.", ["evil.com", "a@b.org", "@mallory"]),
        ("Sarah left. We use Slack, and Zendesk helped John Byron.", ["Sarah", "Slack", "Zendesk", "John Byron"]),
        ("Mark told me so.", ["Mark"]),
        ("In 1999 I met her.", ["1999"]),
        ("What a month That is how I see it, and They agreed. But This stays.", []),
        ("See evil.example now.", ["evil.example"]),
    ],
)  # fmt: skip
def test_what_no_source_holds_is_named(allowed: Allowed, text: str, found: list[str]) -> None:
    assert strange(allowed, text) == found


def test_what_a_long_source_holds_is_kept_small_and_whole() -> None:
    long = Allowed.of([Source("knowledge", "k", "", "We checked every valve of the plant by hand. " * 500)])
    kept = json.dumps(long.record())
    assert len(kept) < 2_000 and Allowed.restored(json.loads(kept)) == long


def test_places_are_of_the_text_as_it_is_written() -> None:
    text = "We had ４\u200b２ guests, 𝐬𝐢𝐱 of them in Ｐaris."
    assert [(f.kind, text[f.start : f.end]) for f in facts(text)] == [
        ("number", "４\u200b２"),
        ("number", "𝐬𝐢𝐱"),
        ("name", "Ｐaris"),
    ]


def test_real_posts_hold_their_own_facts_and_not_each_others(real_posts: dict[str, list[dict[str, str]]]) -> None:
    texts = [post["text"] for posts in real_posts.values() for post in posts[3:5]][:120]
    known = [Allowed.of([Source("brief", "b", "", text)]) for text in texts]
    assert [a.foreign(t) for a, t in zip(known, texts, strict=True) if a.foreign(t)] == []
    with_facts = [at for at, text in enumerate(texts) if facts(text)]
    assert sum(bool(known[at - 1].foreign(texts[at])) for at in with_facts) > 0.9 * len(with_facts)
