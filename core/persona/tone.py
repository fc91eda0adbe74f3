"""Tone: formality, sentiment, warmth, certainty, energy. Each a rate of listed words, placed among other authors."""

from __future__ import annotations

from core.persona import reference
from core.persona.corpus import Corpus, Field, field, number, of
from core.persona.wordlists import FORMAL, INFORMAL

FORMALITY = (
    "Talks rather than writes: pronouns, verbs and asides carry the sentence",
    "Conversational, closer to speech than to a report",
    "Neither stiff nor chatty",
    "Written rather than spoken: nouns and prepositions carry the sentence",
    "Formal and dense, built on nouns, with little small talk",
)
SENTIMENT = (
    "Critical: words of trouble and blame weigh heavily",
    "Sober, quick to name what is wrong",
    "Even: good news and bad in proportion",
    "Upbeat, says what is good more readily than what is not",
    "Glowing: praise and good news nearly everywhere",
)
WARMTH = (
    "Cool: thanks, welcomes and feelings are rare",
    "Reserved",
    "Friendly without effusion",
    "Warm: thanks people and names feelings",
    "Very warm: thanks, pride and affection throughout",
)
CERTAINTY = (
    "Careful: hedges far more than insists",
    "Leaves room for doubt",
    "Weighs hedges and certainties evenly",
    "Sure of the point, with few hedges",
    "Categorical: always, never, clearly; hardly a maybe",
)
ENERGY = (
    "Level: full stops, hardly a question or exclamation mark",
    "Quiet, with the odd question or exclamation",
    "Some lift: a question or an exclamation now and then",
    "Lively: questions and exclamations in many posts",
    "High-pitched: exclamation and question marks everywhere",
)


def formality(corpus: Corpus) -> float:
    """0 to 100, higher is more formal.

    F = (articles + prepositions - pronouns - auxiliaries - closed-class adverbs - interjections + 100) / 2, in per
    cent of words: Heylighen & Dewaele (1999) without the open classes (nouns, adjectives, verbs), which need a tagger.
    """
    return (corpus.rate(*FORMAL) - corpus.rate(*INFORMAL) + 100) / 2


def sentiment(corpus: Corpus) -> float:
    """Glad minus sad words, per 100 words; a negation within three words turns a word over."""
    return corpus.rate("positive") - corpus.rate("negative")


def warmth(corpus: Corpus) -> float:
    """Words of thanks, welcome, affection and togetherness, per 100 words."""
    return corpus.rate("warm")


def certainty(corpus: Corpus) -> float:
    """The share of boosters (always, clearly) among boosters and hedges (maybe, might); one of each is added to both."""
    boosters, hedges = (corpus.rate(c) * corpus.words / 100 for c in ("booster", "hedge"))
    return (boosters + 1) / (boosters + hedges + 2)


def energy(corpus: Corpus) -> float:
    """Question and exclamation marks per 100 words."""
    return 100 * sum(p.exclamations + p.questions for p in corpus.posts) / max(1, corpus.words)


FIGURES = {"formality": formality, "sentiment": sentiment, "warmth": warmth, "certainty": certainty, "energy": energy}


def derive(corpus: Corpus) -> dict[str, Field]:
    """The fields of the section by name."""
    n, sums = corpus.n, {name: figure(corpus) for name, figure in FIGURES.items()}
    marks = corpus.share(lambda p: p.exclamations > 0), corpus.share(lambda p: p.questions > 0)
    said = {
        "formality": f"formality {number(sums['formality'])} of 100, from articles and prepositions against pronouns, "
        "auxiliaries and adverbs",
        "sentiment": f"{number(corpus.rate('positive'))} glad and {number(corpus.rate('negative'))} sad words in 100",
        "warmth": f"{number(sums['warmth'])} warm words in 100",
        "certainty": f"{number(corpus.rate('booster'))} certain words (always, clearly) against "
        f"{number(corpus.rate('hedge'))} hedges (maybe, might) in 100",
        "energy": f"“!” in {of(marks[0], n)}, “?” in {of(marks[1], n)}",
    }
    texts = {
        "formality": FORMALITY,
        "sentiment": SENTIMENT,
        "warmth": WARMTH,
        "certainty": CERTAINTY,
        "energy": ENERGY,
    }
    out = {}
    for name, value in sums.items():
        band, place = reference.band(name, value), reference.place(name, value)
        out[name] = field(round(value, 2), texts[name][band] + ".", f"{said[name]}; {place}", n)
    return out
