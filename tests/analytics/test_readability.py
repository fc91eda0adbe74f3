"""Readability equals textstat's, is fast, needs no network, and says NaN where there is nothing to measure."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import readability

TEXTS = (
    "The valves were fine, and the paperwork was fiction. Nobody had lied; they'd simply stopped mentioning it!",
    "Ship it.\n\nThen fix it.\n\nStill fun? #startup",
    "Organisational responsibilities necessitate extraordinary interdepartmental communication, notwithstanding.",
    "one",
    "“Quotes” — dashes … and 3.5 numbers (e.g. 1,000) don't break 'it'. O'Neill said rock'n'roll isn't dead...",
)


@pytest.mark.slow
def test_every_measure_is_textstats(real_posts: dict[str, list[dict[str, str]]]) -> None:
    readability.write_nltk_corpus()
    import textstat

    real = [posts[n]["text"] for posts in real_posts.values() for n in (0, len(posts) // 2)]
    for text in [*TEXTS, *real]:
        for name, measure in readability.MEASURES.items():
            assert measure(text) == pytest.approx(getattr(textstat, name)(text), abs=1e-9), (name, text)


def test_known_values() -> None:
    counts = readability.counts(TEXTS[0])
    assert (counts.words, counts.sentences) == (17, 2)
    assert readability.syllables("fiction") == 2
    assert readability.syllables("blorptastic") == 3  # not in the dictionary: hyphenated
    assert readability.flesch_reading_ease(TEXTS[2]) < 0 < readability.flesch_reading_ease(TEXTS[1])


@pytest.mark.parametrize("text", ["", "  \n", "!!!", "🚀", "https"[:0]])
def test_a_text_without_words_has_no_readability(text: str) -> None:
    assert all(math.isnan(measure(text)) for measure in readability.MEASURES.values())


@given(st.text())
@settings(max_examples=60)
def test_any_text_gives_a_number_or_nan(text: str) -> None:
    assert not any(math.isinf(measure(text)) for measure in readability.MEASURES.values())


def test_the_dictionary_is_written_once_where_nltk_reads_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = readability.write_nltk_corpus(tmp_path)
    assert path == tmp_path / "corpora/cmudict/cmudict"
    first = path.stat().st_mtime_ns
    assert readability.write_nltk_corpus(tmp_path).stat().st_mtime_ns == first
    import nltk
    from nltk.corpus.reader.cmudict import CMUDictCorpusReader

    monkeypatch.setattr(nltk.data, "path", [*nltk.data.path, str(tmp_path)])
    spoken = CMUDictCorpusReader(str(path.parent), ["cmudict"]).dict()
    assert spoken["fiction"][0] == ["F", "IH1", "K", "SH", "AH0", "N"]
