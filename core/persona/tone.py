"""Tone: formality, sentiment, warmth, certainty, energy. Each a rate of listed words, placed among other authors."""

from __future__ import annotations

from collections import Counter

from core.persona import reference
from core.persona.corpus import Corpus, Field, field, listing, number, of, times
from core.persona.wordlists import FORMAL, INFORMAL, LISTS, NEGATIVE, POSITIVE

BANDS = {
    "formality": (
        "Talks rather than writes: pronouns, verbs and asides carry the sentence",
        "More conversational than most, closer to speech than to a report",
        "Neither stiff nor chatty",
        "More formal than most: written rather than spoken",
        "Formal and dense: nouns and prepositions carry the sentence",
    ),
    "sentiment": ("Sober or critical", "Drier than most", "As upbeat as most", "More upbeat than most", "Glowing"),
    "warmth": ("Cool", "More reserved than most", "As warm as most", "Warmer than most", "Very warm"),
    "certainty": (
        "Careful: hedges far more than most",
        "Leaves more room for doubt than most",
        "As sure as most: hedges and certainties in the usual measure",
        "Surer than most: fewer hedges for each certainty",
        "Categorical: certainties outweigh hedges far more than with others",
    ),
    "energy": (
        "Level",
        "Quieter than most",
        "As lively as most",
        "Livelier than most",
        "Far livelier than most",
    ),
}
"""What each fifth of the reference authors is called, the lowest first. All compare; the figures beside them do not."""


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
    """The share of certain words (always, clearly) among them and hedges (maybe); one of each is added to both."""
    boosters, hedges = (corpus.rate(c) * corpus.words / 100 for c in ("certain", "hedge"))
    return (boosters + 1) / (boosters + hedges + 2)


def energy(corpus: Corpus) -> float:
    """Questions and exclamations per 100 words; a run of marks counts once."""
    return 100 * sum(p.exclamations + p.questions for p in corpus.posts) / max(1, corpus.words)


FIGURES = {"formality": formality, "sentiment": sentiment, "warmth": warmth, "certainty": certainty, "energy": energy}


def derive(corpus: Corpus) -> dict[str, Field]:
    """The fields of the section by name."""
    said = {
        "formality": _formality(corpus),
        "sentiment": _sentiment(corpus),
        "warmth": _warmth(corpus),
        "certainty": _certainty(corpus),
        "energy": _energy(corpus),
    }
    out = {}
    for name, (more, figure) in said.items():
        value = FIGURES[name](corpus)
        text = BANDS[name][reference.band(name, value)] + more
        out[name] = field(round(value, 2), f"{text}.", f"{figure}; {reference.place(name, value)}", corpus.n)
    return out


def _formality(corpus: Corpus) -> tuple[str, str]:
    grow, shrink = corpus.rate(*FORMAL), corpus.rate(*INFORMAL)
    figure = (
        f"{number(grow)} articles and prepositions against {number(shrink)} pronouns, auxiliaries, adverbs in 100 words"
    )
    return "", f"formality {formality(corpus):.1f}, from {figure}"


def _sentiment(corpus: Corpus) -> tuple[str, str]:
    glad, sad = corpus.rate("positive"), corpus.rate("negative")
    more = (
        f": {number(10 * glad / sad)} glad words for every 10 sad ones"
        if sad
        else ": no sad words at all"
        if glad
        else ""
    )
    figure = (
        f"{number(glad)} glad ({_top(corpus, POSITIVE)}) and {number(sad)} sad words ({_top(corpus, NEGATIVE)}) in 100"
    )
    return more, figure


def _warmth(corpus: Corpus) -> tuple[str, str]:
    figure = f"{number(warmth(corpus))} words of thanks, welcome and affection in 100"
    words = [w for w, count in _counts(corpus, WARM) if count >= max(2, corpus.n / 50)][:3]
    warm = words and reference.band("warmth", warmth(corpus)) >= 2
    return f"; often with {listing(words, quote=True)}" if warm else "", figure


def _certainty(corpus: Corpus) -> tuple[str, str]:
    sure, unsure = corpus.rate("certain"), corpus.rate("hedge")
    figure = (
        f"{number(sure)} certain words ({_top(corpus, SURE)}) against {number(unsure)} hedges ({_top(corpus, UNSURE)})"
    )
    return "", f"{figure} in 100"


def _energy(corpus: Corpus) -> tuple[str, str]:
    calls, asks = corpus.share(lambda p: p.exclamations > 0), corpus.share(lambda p: p.questions > 0)
    more = f"; exclaims {times(calls)}, asks {times(asks)}" if calls + asks else ""
    return more, f"“!” in {of(calls, corpus.n)}, “?” in {of(asks, corpus.n)}"


WARM, SURE, UNSURE = (frozenset(LISTS[name]) for name in ("warm", "certain", "hedge"))


def _counts(corpus: Corpus, listed: frozenset[str]) -> list[tuple[str, int]]:
    """Listed words with the number of posts that hold them, the commonest first."""
    seen = Counter(w for p in corpus.posts for w in set(p.words) & listed)
    return sorted(seen.items(), key=lambda item: (-item[1], item[0]))


def _top(corpus: Corpus, listed: frozenset[str]) -> str:
    return ", ".join(f"{word} {count}" for word, count in _counts(corpus, listed)[:3]) or "none"
