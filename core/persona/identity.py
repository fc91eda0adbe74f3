"""Identity: who speaks, to whom, and about what. What a person answered in the questionnaire stands beside it."""

from __future__ import annotations

from core.persona.corpus import Corpus, Field, field, listing, of, times
from core.persona.habits import Habits
from core.persona.lexicon import Subject


def derive(corpus: Corpus, h: Habits, subjects: list[Subject]) -> dict[str, Field]:
    """The fields of the section by name."""
    return {"person": _person(corpus, h), "reader": _reader(corpus), "subjects": _subjects(corpus, subjects)}


def _person(corpus: Corpus, h: Habits) -> Field:
    i, we = corpus.share(lambda p: p.first_person), corpus.share(lambda p: p.classes["we"] > 0)
    if i < 0.1 and we < 0.1:
        text = "Stays out of the text: neither “I” nor “we”."
    elif we > i + 0.15:
        text = f"Speaks as “we” {times(we)}; as “I” {times(i)}."
    elif times(i) == times(we):
        text = f"Speaks as “I” and as “we”, each {times(i)}."
    else:
        text = f"Speaks as “I” {times(i)}" + (f", and as “we” {times(we)}." if we >= 0.1 else ".")
    figure = f"“I” in {of(i, corpus.n)}, “we” in {of(we, corpus.n)}"
    return field(h.first_person, text, figure, corpus.n, corpus.ids(lambda p: p.first_person))


def _reader(corpus: Corpus) -> Field:
    you = corpus.share(lambda p: p.classes["you"] > 0)
    asks = corpus.share(lambda p: p.questions > 0)
    text = "Speaks about things, not to the reader" if you < 0.2 else f"Speaks to the reader as “you” {times(you)}"
    text += f" and asks questions {times(asks)}." if asks >= 0.3 else "."
    figure = f"“you” in {of(you, corpus.n)}, a question in {of(asks, corpus.n)}"
    return field(round(you, 2), text, figure, corpus.n, corpus.ids(lambda p: p.classes["you"] > 0))


def _subjects(corpus: Corpus, subjects: list[Subject]) -> Field:
    if not subjects:
        return field([], "No subject comes back often enough to name.", "no word stands out", corpus.n)
    text = f"Comes back to {listing([s.phrase for s in subjects[:6]])}."
    figure = ", ".join(f"{s.phrase} {s.posts}" for s in subjects[:6])
    return field([s.phrase for s in subjects[:8]], text, f"{figure}; of {corpus.n:,} posts", corpus.n, subjects[0].ids)
