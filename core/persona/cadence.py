"""Cadence: how long posts, sentences and paragraphs run, where lines break, and what marks them."""

from __future__ import annotations

from collections import Counter

import numpy as np

from core.persona.corpus import Corpus, Field, field, listing, number, of, times
from core.persona.habits import Habits, common

HOOKS = {
    "question": "a question",
    "number": "a number",
    "story": "a scene or a memory",
    "contrarian": "a contradiction of what people think",
    "quote": "a quotation",
    "statement": "a plain statement",
    "announcement": "an announcement",
    "command": "an instruction to the reader",
    "imperative": "an instruction to the reader",
    "list": "a list",
    "link": "a link",
    "address": "a word to the reader",
}


def hook_words(kind: str) -> str:
    """A kind of opening as a writer names it."""
    return HOOKS.get(kind, f"a {kind}" if kind[:1] not in "aeiou" else f"an {kind}")


def derive(corpus: Corpus, h: Habits) -> dict[str, Field]:
    """The fields of the section by name."""
    return {
        "length": _length(corpus, h),
        "sentences": _sentences(corpus),
        "paragraphs": _paragraphs(corpus),
        "breaks": _breaks(corpus, h),
        "bullets": _bullets(corpus, h),
        "emoji": _marks(corpus, "emoji", h.emoji),
        "hashtags": _marks(corpus, "hashtags", h.hashtags),
        "hooks": _hooks(corpus),
    }


def _length(corpus: Corpus, h: Habits) -> Field:
    middle = corpus.median(lambda p: p.chars)
    named = ((300, "Very short"), (600, "Short"), (1000, "Middling"), (1800, "Long"))
    name = next((word for edge, word in named if middle < edge), "Very long")
    spread = h.max_chars / max(1, h.min_chars)
    how = "much the same length each time" if spread < 2 else "length varies a lot" if spread > 5 else "length varies"
    text = f"{name} posts, around {round(middle, -1):,.0f} characters; {how}."
    figure = f"four in five have {h.min_chars:,} to {h.max_chars:,} characters, median {middle:,.0f}"
    return field([h.min_chars, h.max_chars], text, figure, corpus.n)


def _sentences(corpus: Corpus) -> Field:
    lengths = np.array([n for p in corpus.posts for n in p.sentence_words])
    low, middle, high = np.quantile(lengths, [0.1, 0.5, 0.9])
    named = ((8, "Clipped"), (13, "Short"), (18, "Medium"), (24, "Long"))
    name = next((word for edge, word in named if middle < edge), "Very long")
    spread = float(np.std(lengths) / max(1.0, float(np.mean(lengths))))
    how = "very even" if spread < 0.35 else "long and short in turn" if spread > 0.65 else "some variety"
    text = f"{name} sentences, mostly around {middle:.0f} words; {how}."
    figure = f"median {middle:.0f} words, four in five between {low:.0f} and {high:.0f}; {len(lengths):,} sentences"
    return field([int(low), int(high)], text, figure, corpus.n)


def _paragraphs(corpus: Corpus) -> Field:
    counts = np.array([n for p in corpus.posts for n in p.paragraph_sentences])
    mean, single = float(np.mean(counts)), float(np.mean(counts == 1))
    blocks = corpus.median(lambda p: len(p.paragraph_sentences))
    if blocks <= 1:
        text = f"One block of {number(mean)} sentences, without paragraphs."
    elif single > 0.7:
        text = f"Single-sentence paragraphs, about {blocks:.0f} to a post."
    elif single > 0.45:
        text = f"Short paragraphs, half of them a single sentence; about {blocks:.0f} to a post."
    else:
        text = f"Paragraphs of {number(mean)} sentences on average, about {blocks:.0f} to a post."
    figure = f"{number(mean)} sentences a paragraph, {100 * single:.0f}% have one; {len(counts):,} paragraphs"
    low, high = (int(v) for v in np.quantile(counts, [0.1, 0.9], method="inverted_cdf"))
    return field([low, high], text, figure, corpus.n)


def _breaks(corpus: Corpus, h: Habits) -> Field:
    several, blank = corpus.share(lambda p: p.several_blocks), corpus.share(lambda p: p.blank_lines)
    if several == 0 and corpus.n >= 10 and corpus.median(lambda p: p.chars) > 300:
        text = "No line break anywhere: they write straight through, or the import lost the breaks."
    elif several < 0.3:
        text = "Writes straight through; line breaks are rare."
    elif h.blank_line_between:
        text = "Leaves a blank line between paragraphs."
    else:
        text = "Breaks lines without a blank line between them."
    figure = f"line breaks in {of(several, corpus.n)}, blank lines in {of(blank, corpus.n)}"
    return field("yes" if h.blank_line_between else "no", text, figure, corpus.n)


def _bullets(corpus: Corpus, h: Habits) -> Field:
    part = corpus.share(lambda p: p.bullets > 0)
    lines = [p.bullets for p in corpus.posts if p.bullets]
    text = "No lists." if not lines else f"Uses bulleted or numbered lists {times(part)}."
    figure = f"lists in {of(part, corpus.n)}" + (f", {np.median(lines):.0f} lines each" if lines else "")
    return field("yes" if h.bullets else "no", text, figure, corpus.n, corpus.ids(lambda p: p.bullets > 0))


def _marks(corpus: Corpus, name: str, habit: tuple[int, int]) -> Field:
    counts = [int(getattr(p, name)) for p in corpus.posts]
    part = corpus.share(lambda p: getattr(p, name) > 0)
    used = [c for c in counts if c]
    if not used:
        text = f"No {name}."
    elif part < 0.1:
        text = f"Hardly ever {name}."
    else:
        low, high = (int(v) for v in np.quantile(used, [0.1, 0.9], method="inverted_cdf"))
        amount = f"{low}" if low == high else f"{low} to {high}"
        text = f"{name.capitalize()} {times(part)}, {amount} at a time."
    if name == "hashtags" and part >= 0.1:
        text += _tags(corpus)
    figure = f"in {of(part, corpus.n)}" + (
        f", {number(float(np.mean(counts)))} a post on average" if part >= 0.1 else ""
    )
    return field(list(habit), text, figure, corpus.n, corpus.ids(lambda p: getattr(p, name) > 0))


def _tags(corpus: Corpus) -> str:
    seen = Counter(tag for p in corpus.posts for tag in set(p.tags))
    usual = [tag for tag, count in sorted(seen.items(), key=lambda i: (-i[1], i[0])) if count >= max(2, corpus.n / 20)]
    return f" Most often {listing(usual[:4])}." if usual else ""


def _hooks(corpus: Corpus) -> Field:
    seen = Counter(p.hook for p in corpus.posts)
    kinds = common(p.hook for p in corpus.posts)
    text = f"Opens with {hook_words(kinds[0])}"
    text += f", also with {listing([hook_words(k) for k in kinds[1:3]])}." if kinds[1:] else ", nearly always."
    figure = ", ".join(f"{hook_words(k)} in {seen[k]}" for k in kinds[:4])
    return field(kinds, text, f"{figure} of {corpus.n:,} posts", corpus.n, corpus.ids(lambda p: p.hook == kinds[0]))
