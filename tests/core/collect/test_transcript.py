"""Transcripts: cues as paragraphs of speech; times, tags and what captions say twice are gone; speakers are kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.collect.transcript import read

VTT = """WEBVTT
Kind: captions

NOTE recorded at the plant

STYLE
::cue { color: red }

intro
00:00:01.000 --> 00:00:04.200 align:start position:0%
<v Dana Whitlock>When I took over the <i>bakery</i> line
we threw away eleven percent of the dough.

00:00:04.200 --> 00:00:08.000
<v Dana Whitlock>Salt &amp; flour were blamed.

00:00:08.500 --> 00:00:12.000
<v.loud Host>[Music] And which was right?

01:00:12.400 --> 01:00:17.000
<v Dana Whitlock>None of them.
"""
ROLLING = """WEBVTT

00:00:00.160 --> 00:00:02.470
\x20
welcome<00:00:00.480><c> back</c><00:00:00.800><c> everyone</c>

00:00:02.470 --> 00:00:02.480
welcome back everyone
\x20

00:00:02.480 --> 00:00:04.950
welcome back everyone
we<00:00:02.720><c> talk</c><00:00:03.040><c> about</c> pricing

00:00:04.950 --> 00:00:04.960
we talk about pricing
\x20

00:00:04.960 --> 00:00:08.230
we talk about pricing
for small agencies
"""
SRT = """1
00:00:00,500 --> 00:00:02,000
- Are you ready?
- No.

2
00:00:02,100 --> 00:00:03,000
No. No. No.

3
00:00:03,100 --> 00:00:06,000
{\\an8}The contract ran for 18 months
and cost £40,000.
"""


def test_cues_become_paragraphs_of_their_speakers() -> None:
    found = read("talk.vtt", VTT)
    assert found.text.split("\n\n") == [
        "When I took over the bakery line we threw away eleven percent of the dough. Salt & flour were blamed.",
        "And which was right?",
        "None of them.",
    ]
    assert found.meta == {
        "kind": "transcript",
        "speakers": ["Dana Whitlock", "Host"],
        "said": ["Dana Whitlock", "Host", "Dana Whitlock"],
    }


def test_what_live_captions_say_twice_is_said_once() -> None:
    assert read("a.vtt", ROLLING).text == "welcome back everyone we talk about pricing for small agencies"


def test_what_people_say_twice_stays() -> None:
    assert read("a.srt", SRT).text.split("\n\n") == [
        "Are you ready?",
        "No. No. No. No. The contract ran for 18 months and cost £40,000.",
    ]


def test_captions_that_grow_word_by_word() -> None:
    words = ["the", "oven", "door", "was", "opened", "a", "hundred", "times"]
    cues = [f"00:00:0{n}.000 --> 00:00:0{n + 1}.000\n{' '.join(words[: n + 1])}\n" for n in range(len(words))]
    assert read("a.vtt", "WEBVTT\n\n" + "\n".join(cues)).text == " ".join(words)


@pytest.mark.parametrize(
    "text",
    [
        "[00:00:04] Priya Nair: We had 2,300 parcels.\n[00:00:09] Host: In January?\n[00:00:14] Priya Nair: Yes, at 9:30.",
        "Priya Nair  00:00:04\nWe had 2,300 parcels.\n\nHost  00:00:09\nIn January?\n\nPriya Nair 00:00:14\nYes, at 9:30.",
        "Priya Nair: We had 2,300 parcels.\nHost: In January? (laughs)\nPriya Nair: Yes, at 9:30.",
        "00:04 - Priya Nair: We had 2,300 parcels.\n00:09 - Host: In January?\n00:14 - Priya Nair: Yes, at 9:30.",
    ],
)
def test_a_text_with_times_or_names(text: str) -> None:
    found = read("talk.txt", text)
    assert found.text.split("\n\n") == ["We had 2,300 parcels.", "In January?", "Yes, at 9:30."]
    assert found.meta["said"] == ["Priya Nair", "Host", "Priya Nair"]


def test_prose_is_left_alone() -> None:
    text = "# The ward\n\nThe list of patients is printed at 18:45.\nNote: it is six lines long, not forty.\n\n- one\n- two\n\nIt costs 9:1 odds (see 2:30)."
    found = read("note.md", text)
    assert (found.title, found.meta) == ("The ward", {})
    assert "The list of patients is printed at 18:45. Note: it is six lines long, not forty." in found.text
    assert "- one\n- two" in found.text


def test_a_long_turn_is_cut_at_ends_of_sentences() -> None:
    cues = [
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\nThis is sentence number {n}.\n"
        for n in range(200)
    ]
    paragraphs = read("a.srt", "\n".join(cues)).text.split("\n\n")
    assert len(paragraphs) > 5
    assert all(p.endswith(".") and len(p.split()) < 100 for p in paragraphs)
    assert " ".join(paragraphs).count("sentence") == 200


@settings(deadline=None)
@given(st.lists(st.sampled_from(["oven", "door", "flour", "shift", "waste", "dough", "salt"]), min_size=1, max_size=40))
def test_no_word_is_lost_or_invented_whatever_the_captions(words: list[str]) -> None:
    cues = (f"00:00:{n:02}.000 --> 00:00:{n:02}.500\n{word}" for n, word in enumerate(words))
    said = read("a.vtt", "WEBVTT\n\n" + "\n\n".join(cues)).text.split()
    assert set(said) == set(words)
    assert len(said) <= len(words)
