"""Structure: layouts, openings, endings, calls to action, links."""

from __future__ import annotations

from collections import Counter

from core.persona.corpus import Corpus, Field, field, listing, of, times
from core.persona.habits import Habits, common

ENDINGS = {
    "question": "a question to the reader",
    "invitation": "an invitation to do something",
    "exclamation": "an exclamation",
    "statement": "a plain statement",
}
LAYOUTS = {
    "single": "one unbroken paragraph",
    "block": "one unbroken paragraph",
    "one block": "one unbroken paragraph",
    "paragraph": "one unbroken paragraph",
    "paragraphs": "prose in paragraphs",
    "lines": "single lines with air between them",
    "broken": "single lines with air between them",
    "list": "a list with a few words around it",
    "mixed": "paragraphs and a list",
    "link": "a few words around a link",
    "one-liner": "a single line",
}


def layout_words(kind: str) -> str:
    """A layout as a writer names it."""
    return LAYOUTS.get(kind, kind.replace("_", " ").replace("-", " "))


def derive(corpus: Corpus, h: Habits) -> dict[str, Field]:
    """The fields of the section by name."""
    return {
        "layouts": _layouts(corpus),
        "openings": _openings(corpus, h),
        "endings": _endings(corpus),
        "call_to_action": _call_to_action(corpus),
        "links": _links(corpus, h),
    }


def _layouts(corpus: Corpus) -> Field:
    seen = Counter(p.layout for p in corpus.posts)
    kinds = common(p.layout for p in corpus.posts)
    text = f"Mostly {layout_words(kinds[0])}"
    text += f"; also {listing([layout_words(k) for k in kinds[1:3]])}." if kinds[1:] else "."
    figure = ", ".join(f"{layout_words(k)} {seen[k]}" for k in kinds[:4])
    return field(kinds, text, f"{figure}; of {corpus.n:,} posts", corpus.n, corpus.ids(lambda p: p.layout == kinds[0]))


def _openings(corpus: Corpus, h: Habits) -> Field:
    def begins(phrase: str) -> int:
        return sum(" ".join(p.opening).startswith(phrase.lower()) for p in corpus.posts)

    if not h.openings:
        return field([], "No fixed first words.", "no two words open 4 in 100 posts", corpus.n)
    text = f"Likes to begin with {listing([f'{o}…' for o in h.openings[:4]], quote=True)}."
    figure = ", ".join(f"“{o}” {begins(o)}" for o in h.openings[:4])
    return field(h.openings, text, f"{figure}; of {corpus.n:,} posts", corpus.n)


def _endings(corpus: Corpus) -> Field:
    seen = Counter(p.ending for p in corpus.posts)
    kinds = common(p.ending for p in corpus.posts)
    text = f"Ends on {ENDINGS[kinds[0]]}"
    text += f", at times on {listing([ENDINGS[k] for k in kinds[1:3]])}." if kinds[1:] else "."
    figure = ", ".join(f"{k} {seen[k]}" for k in kinds)
    return field(kinds, text, f"{figure}; of {corpus.n:,} posts", corpus.n, corpus.ids(lambda p: p.ending == kinds[0]))


def _call_to_action(corpus: Corpus) -> Field:
    part = corpus.share(lambda p: bool(p.invites))
    asks = corpus.share(lambda p: p.ending == "question")
    seen = Counter(words for p in corpus.posts for words in set(p.invites))
    usual = [words for words, count in sorted(seen.items(), key=lambda i: (-i[1], i[0])) if count >= 2][:3]
    if part < 0.02 and asks < 0.05:
        text = "Asks nothing of the reader."
    elif asks > part:
        text = f"Asks the reader a question at the end {times(asks)}; sends them somewhere {times(part)}."
    else:
        text = f"Asks the reader to do something {times(part)}"
        text += f": {listing([f'{u}…' for u in usual], quote=True)}." if usual else "."
    figure = f"a call to action in {of(part, corpus.n)}, a closing question in {of(asks, corpus.n)}"
    ids = corpus.ids(lambda p: bool(p.invites))
    return field([round(part, 2), round(asks, 2)], text, figure, corpus.n, ids)


def _links(corpus: Corpus, h: Habits) -> Field:
    part = corpus.share(lambda p: p.links > 0)
    last = corpus.share(lambda p: p.links > 0 and p.link_last)
    if part < 0.02:
        text = "No links in the text."
    else:
        where = (
            "at the end"
            if last > 0.6 * part
            else "in the running text"
            if last < 0.3 * part
            else "at the end or inside"
        )
        text = f"Links to something {times(part)}, {where}."
    figure = f"links in {of(part, corpus.n)}, as the last thing in {of(last, corpus.n)}"
    return field("yes" if h.links else "no", text, figure, corpus.n, corpus.ids(lambda p: p.links > 0))
