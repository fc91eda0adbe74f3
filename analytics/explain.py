"""What speaks for and against an author in a text, in a writer's words, each with the passages it points to."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from analytics import distance, grams, text
from analytics.features import FEATURES, INDEX, MARKS, Feature, Vector, features
from analytics.voice import MIN_REFERENCES, SCALE, Contribution, VoiceProfile, bank
from analytics.wordclasses import MEMBERSHIP

Floats = npt.NDArray[np.float64]
Span = tuple[int, int]
FAR, NEAR = 1.5, 0.8
"""In the author's own spreads: further is worth saying; nearer counts as a shared habit."""
SPANS = 20
HABIT = 2.0
PASSAGE = 0.75
"""A sentence is named where it lies so many spreads of the text's sentences below or above the others."""
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def explain(profile: VoiceProfile, value: str, limit: int = 6) -> list[Contribution]:
    """Contributions, the strongest against first, then those for; `limit` of measures and two passages at most.

    Empty under 5 posts, and for a text without words. Weights of measures are in the author's own spreads times how
    well the measure tells people apart; weights of passages in the spreads of the text's sentences.
    """
    vector = features(value)
    if profile.n < MIN_REFERENCES or not vector[INDEX["words"]] >= 1:
        return []
    found = _measures(profile, vector, value)
    against = sorted((c for c in found if c.weight < 0), key=lambda c: c.weight)[:limit]
    common = sorted((c for c in found if c.weight > 0), key=lambda c: -c.weight)[
        : max(0, min(3, limit - len(against) + 2))
    ]
    return [*against, *_passages(profile, value), *common]


# ---- measures ------------------------------------------------------------------------------------------------


def _measures(profile: VoiceProfile, vector: Vector, value: str) -> list[Contribution]:
    own = distance.scaled(profile.rows)
    z = distance.against(distance.scaled(vector), own, leave_out=False)[0]
    _, telling = distance.usual()
    known = ~np.isnan(own)
    usual = np.where(known, own, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    middle = bank().centre.astype(np.float64)
    spread, _ = distance.usual()
    out: list[Contribution] = []
    said: set[str] = set()
    for at in np.argsort(-np.nan_to_num(np.abs(z) * telling)):
        feature, far = FEATURES[at], float(z[at])
        if math.isnan(far) or not telling[at] or feature.name in {"words"} or _GROUP.get(feature.name, "") in said:
            continue
        habit = float(np.clip((usual[at] - middle[at]) / spread[at], -HABIT, HABIT))
        far = float(np.clip(far, -distance.CUT, distance.CUT))
        if abs(far) >= FAR:
            words = differs(feature, profile, vector)
            weight = -abs(far) * float(telling[at])
        elif abs(far) < NEAR and abs(habit) >= 1.0:
            words = _shares(feature, vector, habit)
            weight = abs(habit) * float(telling[at])
        else:
            continue
        if words:
            said.add(_GROUP.get(feature.name, feature.name))
            out.append(Contribution(words, round(weight, 3), _spans(feature, value, far) if abs(far) >= FAR else ()))
    return out


_GROUP = {
    name: group
    for group, names in {
        "sentences": "sentence_words longest_sentence first_sentence_words short_sentences long_sentences "
        "sentence_words_spread",
        "paragraphs": "paragraph_words paragraph_sentences one_sentence_paragraphs paragraphs",
        "letters": "word_letters long_words flesch_reading_ease dale_chall_readability_score",
    }.items()
    for name in names.split()
}
"""Measures that say nearly the same: the strongest of a group is said."""


def differs(feature: Feature, profile: VoiceProfile, vector: Vector) -> str:
    """How a text differs from the author's posts in one measure, as a phrase; "" where it is better not said."""
    at = INDEX[feature.name]
    here = float(vector[at])
    column = profile.rows[:, at].astype(np.float64)
    column = column[~np.isnan(column)]
    usual = float(np.median(column))
    if feature.unit == "per 100 words":
        return _rate(feature, here * float(vector[INDEX["words"]]) / 100, column, vector)
    if feature.unit == "a post":
        return _count(feature.label, here, column)
    if feature.unit == "0 or 1":
        return _habit(feature, here > 0.5, float(column.mean()))
    if feature.unit.startswith("share"):
        return f"{feature.label}: {here:.0%} here, {usual:.0%} in yours"
    if feature.unit == "points":
        easier = (here > usual) == (feature.name == "flesch_reading_ease")
        return f"{'easier' if easier else 'harder'} to read than yours ({feature.label} {here:.0f}, yours {usual:.0f})"
    if feature.unit in {"words", "letters", "a paragraph"} and usual > 0:
        unit = "" if feature.unit == "a paragraph" else f" {feature.unit}"
        return f"{_times(feature, here / usual)} yours ({_figure(here)}, yours {_figure(usual)}{unit})"
    return f"{feature.label}: {_figure(here)} here, {_figure(usual)} in yours"


def _shares(feature: Feature, vector: Vector, habit: float) -> str:
    """A habit that the text keeps and most people do not have; "" where it is better not said."""
    here = float(vector[INDEX[feature.name]])
    if here == 0 and habit > 0:
        return ""
    if feature.unit == "0 or 1":
        return f"{_DONE[feature.name][0 if here > 0.5 else 1]}, as you do"
    if feature.unit in {"words", "letters", "a paragraph"}:
        return f"{_naming(feature)} as yours, {'above' if habit > 0 else 'below'} what most people write"
    if feature.unit == "points" or feature.unit.startswith("share"):
        return f"{feature.label} as in your posts, {'above' if habit > 0 else 'below'} most people’s"
    if habit > 0:
        return f"{feature.label} as often as in your posts, more than most people" if here > 0 else ""
    return f"as few {feature.label} as in your posts, fewer than most people" if "“" not in feature.label else ""


def _rate(feature: Feature, here: float, column: Floats, vector: Vector) -> str:
    n = round(here)
    expected = float(column.mean()) * float(vector[INDEX["words"]]) / 100
    having = float((column > 0).mean())
    rest = f"you would have about {_figure(expected)} in a text of this length"
    if n and having <= 0.34:
        rest = "none of your posts has any" if having == 0 else f"one in {round(1 / having)} of your posts has any"
    if n and rest.startswith("you would") and _figure(expected) == str(n):
        return ""
    return f"{_several(feature.label, n)}; {rest}"


def _count(label: str, here: float, column: Floats) -> str:
    having, usual = float((column > 0).mean()), float(np.median(column))
    if here >= 1 and having <= 0.34:
        rest = "none of your posts has any" if having == 0 else f"one in {round(1 / having)} of your posts has any"
    else:
        rest = f"you have {_number(round(usual))} in most posts"
    return f"{_several(label, round(here))}; {rest}"


def _several(label: str, n: int) -> str:
    """So many of something: “three dashes”, “one dash”, “no dashes”; of words in quotes: “not” three times."""
    if "“" in label:
        word = label.removeprefix("the word ")
        times = {0: "not once", 1: "once", 2: "twice"}.get(n, f"{_number(n)} times")
        return f"{word} {times}"
    if n == 1:
        one = {"dashes": "dash", "ellipses": "ellipsis", "emoji": "emoji", "slashes": "slash", "brackets": "bracket"}
        first, _, rest = label.partition(" ")
        label = (
            f"{first.removesuffix('s')} {rest}"
            if first.endswith("s") and rest
            else one.get(label, label.removesuffix("s"))
        )
    return f"{_number(n)} {label}"


def _naming(feature: Feature) -> str:
    return "sentences in a paragraph" if feature.unit == "a paragraph" else feature.label


_DONE = {
    "blank_lines": ("blank lines between blocks", "no blank lines between blocks"),
    "opens_with_question": ("opens with a question", "does not open with a question"),
    "ends_with_question": ("ends with a question", "does not end with a question"),
    "ends_with_exclamation": ("ends with an exclamation", "does not end with an exclamation"),
}


def _habit(feature: Feature, here: bool, share: float) -> str:
    yes, no = _DONE[feature.name]
    tens = round(10 * (share if here else 1 - share))
    return (
        f"{yes if here else no}, as {tens} of 10 of your posts"
        if tens
        else f"{yes if here else no}, which you hardly ever do"
    )


_NOUNS = {
    "sentence_words": "sentences",
    "paragraph_words": "paragraphs",
    "word_letters": "words",
    "longest_sentence": "the longest sentence",
    "first_sentence_words": "the first sentence",
}
_TIMES = (
    # the ratio is below, of a length, of anything else
    (0.38, "a third as long as", "a third of"),
    (0.6, "half as long as", "half of"),
    (0.85, "shorter than", "less than"),
    (1.0, "a little shorter than", "a little less than"),
    (1.18, "a little longer than", "a little more than"),
    (1.7, "longer than", "more than"),
    (2.5, "twice as long as", "twice"),
    (3.5, "three times as long as", "three times"),
    (math.inf, "many times as long as", "many times"),
)


def _times(feature: Feature, ratio: float) -> str:
    """“sentences half as long as”, “sentences in a paragraph: half of”."""
    length, other = next((a, b) for bound, a, b in _TIMES if ratio < bound)
    noun = _NOUNS.get(feature.name)
    return f"{noun} {length}" if noun else f"{_naming(feature)}: {other}"


def _figure(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 or abs(value - round(value)) < 0.05 else f"{value:.1f}"


def _number(n: int) -> str:
    return _NUMBERS[n] if 0 <= n < len(_NUMBERS) else f"{n:,}"


# ---- passages ------------------------------------------------------------------------------------------------


def _spans(feature: Feature, value: str, far: float) -> tuple[Span, ...]:
    """Where the text shows what is said of it; () where it is the whole text, or something missing."""
    name = feature.name
    if name in MARKS and far > 0:
        return _found(MARKS[name].finditer, value)
    finders: dict[str, Callable[..., object]] = {
        "emoji": text.EMOJI.finditer, "hashtags": text.HASHTAG.finditer, "links": text.LINK.finditer,
        "mentions": text.MENTION.finditer, "bullets": text.BULLET.finditer,
    }  # fmt: skip
    if name in finders and far > 0:
        return _found(finders[name], value)
    if name.startswith("word_") and name != "word_letters" and far > 0:
        wanted = name.removeprefix("word_")
        return _words(value, lambda word: word == wanted)
    if feature.family == "wording" and far > 0:
        contraction = name == "contractions"
        return _words(
            value, lambda w: ("'" in w and not w.endswith("'s")) if contraction else name in MEMBERSHIP.get(w, ())
        )
    if name in {"numbers", "capital_words", "long_words"} and far > 0:
        tests: dict[str, Callable[[str], bool]] = {
            "numbers": lambda w: w[0].isdigit(),
            "capital_words": lambda w: len(w) > 1 and w.isupper(),
            "long_words": lambda w: len(w) > 6,
        }
        return tuple(m.span() for m in text.WORD.finditer(value) if tests[name](m.group()))[:SPANS]
    return _by_sentence(name, value, far)


def _found(finditer: Callable[..., object], value: str) -> tuple[Span, ...]:
    return tuple(m.span() for m in finditer(value))[:SPANS]  # type: ignore[attr-defined]


def _words(value: str, wanted: Callable[[str], bool]) -> tuple[Span, ...]:
    found = (m for m in text.WORD.finditer(value) if wanted(m.group().lower().replace("’", "'")))
    return tuple(m.span() for m in found)[:SPANS]


def _by_sentence(name: str, value: str, far: float) -> tuple[Span, ...]:
    spans = sentence_spans(value)
    if not spans:
        return ()
    if name in {"opens_with_question", "first_sentence_words"}:
        return (spans[0],)
    if name in {"ends_with_question", "ends_with_exclamation"}:
        return (spans[-1],)
    if name in {"sentence_words", "longest_sentence", "long_sentences", "short_sentences", "sentence_words_spread"}:
        long = (far > 0) != (name == "short_sentences")
        lengths = [len(text.WORD.findall(value[a:b])) for a, b in spans]
        order = sorted(range(len(spans)), key=lambda i: -lengths[i] if long else lengths[i])
        return tuple(sorted(spans[i] for i in order[:3]))
    return ()


def sentence_spans(value: str) -> list[Span]:
    """Where each sentence of `analytics.text.sentences` stands, as offsets."""
    out: list[Span] = []
    at = 0
    for sentence in text.sentences(value):
        if (parts := sentence.split()) and (found := _located(value, parts, at)):
            out.append(found)
            at = found[1]
    return out


def _located(value: str, parts: list[str], at: int) -> Span | None:
    """Where the parts stand with nothing but white space between them, from `at` on."""
    while (start := value.find(parts[0], at)) >= 0:
        end = start + len(parts[0])
        for part in parts[1:]:
            after = end
            while after < len(value) and value[after].isspace():
                after += 1
            if after == end or not value.startswith(part, after):
                break
            end = after + len(part)
        else:
            return start, end
        at = start + 1
    return None


def _passages(profile: VoiceProfile, value: str) -> list[Contribution]:
    """The sentences that read least and most like the author, by what their n-grams weigh."""
    spans = [s for s in sentence_spans(value) if len(text.WORD.findall(value[s[0] : s[1]])) >= 4]
    if len(spans) < 3:
        return []
    pulls = pull_by_character(profile, value)
    total = np.concatenate([[0.0], np.cumsum(pulls)])
    mean = np.array([(total[b] - total[a]) / max(1, b - a) for a, b in spans])
    z = (mean - mean.mean()) / (mean.std() + 1e-12)
    out = []
    if z.min() <= -PASSAGE:
        out.append(
            Contribution("this passage reads least like you", round(float(z.min()), 3), (spans[int(z.argmin())],))
        )
    if z.max() >= PASSAGE:
        out.append(
            Contribution("this passage reads most like you", round(float(z.max()), 3), (spans[int(z.argmax())],))
        )
    return out


def pull_by_character(profile: VoiceProfile, value: str) -> Floats:
    """How much each character's n-grams pull towards the author, as the profile's weight counts: (len(value),)."""
    found = grams.pieces(value)
    by_piece = np.zeros(len(found) + 2)
    words = [at for at, p in enumerate(found) if p.small is not None]
    units = {
        "small": np.array([len(found), *words, len(found) + 1]),
        **{
            n: np.repeat(np.arange(len(found)), [len(getattr(p, n)) for p in found])
            for n in ("shape", "masked", "chars")
        },
    }
    start = 0
    for name, runs in grams.streams(found).items():
        place = units["small" if name.startswith("small") else name]
        _pull(by_piece, name, runs, place, profile.weight[start : start + grams.STYLE[name]] * SCALE[start])
        start += grams.STYLE[name]
    out = np.zeros(len(value))
    for at, p in enumerate(found):
        out[p.start : p.end] += by_piece[at] / (p.end - p.start)
    return out


def _pull(
    by_piece: Floats, name: str, runs: grams.Spans, place: npt.NDArray[np.intp], weight: npt.NDArray[np.float32]
) -> None:
    ids = np.concatenate([h for h, _ in runs]).astype(np.int64)
    if not len(ids):
        return
    at, sign = grams.places(name)
    times = np.bincount(ids, minlength=1 << 16)
    each = weight[at[ids]] * sign[ids] * np.sqrt(times[ids] / len(ids)) / times[ids]
    done = 0
    for hashes, n in runs:
        part = each[done : done + len(hashes)] / n
        done += len(hashes)
        for j in range(n):
            np.add.at(by_piece, place[j : j + len(part)], part)
