"""The brief behind a post that is there already: what it says, drawn out of it by rules alone. English."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import regex

from analytics import text as texts
from analytics import vocabulary
from analytics.text import EMOJI, HASHTAG
from core.claims import Fact, facts
from core.claims.sentences import kind, sentences
from core.generate.brief import BriefFields
from core.generate.clauses import capital, is_clause
from core.persona.figures import invites
from core.train import topics
from core.train.cleaning import plain

MOST_POINTS = 5
SHARE = 0.5
"""Of the words of a post, at most, that its points, view and example give away together."""
LONGEST = 38
"""Words of a sentence that can be a point; a longer one is taken apart."""
FEW_POINTS = 2
"""Points under which phrases stand in for sentences."""
_SHORTEST, _LONGEST_CALL, _TAGS = 4, 30, 3
_WORTH = {"number": 3.0, "date": 3.0, "quote": 2.0, "name": 2.0, "url": 0.0}
_KINDS = {"claim": 1.0, "opinion": 0.9, "call": 0.5, "question": 0.0}
_TELLING = 0.5
"""Worth of a telling word that no chosen sentence has yet."""
_PLACE = 2.0
"""What the first view and the first example are worth besides: a brief has a place for each."""
_ALONE = 0.6
"""What is left of the worth of a sentence that points at the one before it."""
_LEAD_IN = regex.compile(
    r"(?i)^(?:(?:and|but|so|also|plus|or|yet|well|now|oh|ok|okay|yes|no|nope|yep|still|however|therefore|moreover|"
    r"furthermore|besides|anyway|again|look|honestly|seriously|actually|goodness|wow|heyo?|phew|sadly|unfortunately|"
    r"luckily|fortunately|thankfully|frankly|interestingly|surprisingly|p\.?s)\b[,.:!–—-]+\s*|(?:and|but)\s+|"
    r"(?:so|or|yet|plus)\s+(?=(?:i|we|you|he|she|they|it|the|my|our|if|when)\s))+(?=\S)"
)
_LEANS = regex.compile(
    r"(?i)^(?:this|that|these|those|it|its|it['’]s|that['’]s|they|they['’]re|their|he|she|his|her|him|them|such|"
    r"here['’]?s?|which|then|both|another|there)\b"
)
_EXAMPLE = regex.compile(
    r"(?i)\b(?:for (?:example|instance)|e\.g\.|as an example|case in point|to give (?:you )?an example)(?!\p{L})"
)
_ASKS = regex.compile(r"(?i)\b(?:you|your|anyone|anybody|who else|thoughts|agree|curious)\b")
_PRONOUNS = (
    r"(?:i|we|you|he|she|they|it|there|what|how|nobody|everyone|i['’]\w+|we['’]\w+|you['’]\w+|it['’]s|he['’]s|she['’]s|"
    r"they['’]\w+|that['’]s)"
)
# Where a clause ends and the next one begins: never between two nouns.
_PARTS = regex.compile(
    rf"(?i)\s*[;:—]\s+|\s+(?:[–—]|--+)\s+|\s*—\s*|,?\s+(?:and|but|because|so|while|although)\s+(?={_PRONOUNS}\b)|"
    r",\s+(?:and|but|so)\s+(?=(?:the|this|that|these|those|my|our|your|his|her|its|their)\s)|"
    r",\s+(?=(?:which|who|whose|where|but|so|while|although|whereas|though)\s)"
)
_NO_CLAUSE = regex.compile(
    r"(?i)^(?:which|who|whose|where|what|how|while|although|whereas|though|that|to|\p{L}+ing)\b|"
    r"\b(?:a|an|the|of|to|at|in|on|for|from|with|by|and|or|but|as|than|that|my|our|your|their|is|are|was|were|be)$"
)
_POINTER = regex.compile(
    r"(?i)^(?:see|read|click|scroll|check|watch|listen|look|register|visit|here['’]?s?|below|above)\b.{0,40}$|"
    r"\b(?:(?:this|the) link|links? (?:is |are )?(?:below|above|attached|in)|"
    r"(?:photo|picture|image|screenshot|video)s? (?:above|below|of)|an image of|see (?:here|above|below|photo))\b"
)
"""Says where something is to be seen, and nothing of what it is."""
_ASIDE = regex.compile(r"(?i)\s*\((?:[^()]*\b(?:links?|photos?|pictures?|images?|see)\b[^()]*)\)")
_MOST_JOTTED = 6
_COUNTED = regex.compile(
    r" (?!(?:of|in|to|and|or|have|has|are|is|was|were|for|with|that|who|by|after|ago|at|on)\b)\p{Ll}[\p{L}-]{2,}"
)
_LISTS = regex.compile(r"[:(]\s*\d{1,2}\)?$")
"""Ends where the first item of a list begins: `3 thoughts: 1`."""
_BRACKETS = regex.compile(r"\([^()]*\)")
_VIEW = regex.compile(
    r"(?i)(?<!\p{L})(?:(?:i|we) (?:\p{L}+ )?(?:think|believe|feel|hope|wish|suspect|doubt|guess|wonder|argue)|"
    r"i['’](?:m|d) (?:convinced|sure|say|argue)|i am (?:convinced|sure)|in my (?:view|opinion|eyes|experience)|"
    r"should(?:n['’]t)?|ought to|deserves?|(?:is|are|it['’]s) (?:not )?worth|(?:the|my) (?:truth|point|take) is|"
    r"matters? (?:more|most)|unpopular opinion|hot take)(?!\p{L})"
)


@dataclass(frozen=True)
class _Said:
    """A sentence of a post, or a part of a long one."""

    number: int
    start: int
    end: int
    text: str
    words: int
    kind: str
    telling: frozenset[str]
    facts: frozenset[str]


def of_post(text: str, author: str) -> BriefFields:
    """What a post says, as a person might have asked for it. The same post gives the same brief.

    Points, view and example are its own telling sentences, in its order, without what is only manner: emoji, marks,
    words that lead in, the full stop. A post of one sentence that cannot be taken apart gives no point. `author` is
    who wrote it: their own name is no fact that has to be told.
    """
    return _derived(text, author).model_copy(deep=True)


@functools.lru_cache(maxsize=1024)
def _derived(text: str, author: str) -> BriefFields:
    known = [fact for fact in facts(text) if fact.value not in author.lower()]
    whole = list(_whole(text, known))
    ending = _ending(whole)
    left = [row for row in whole if row not in ending]
    budget = int(SHARE * sum(len(texts.words(row.text)) for row in whole))
    chosen = _choose([row for one in left for row in _fitting(text, one, known, min(LONGEST, budget))], budget)
    view = _first(chosen, lambda row: bool(_VIEW.search(row.text)) and not _LEANS.match(row.text))
    example = _first(chosen, lambda row: row is not view and bool(_EXAMPLE.search(row.text)))
    points = [row.text for row in chosen if row is not view and row is not example]
    topic = topics.topic(text)
    told, left_over = [topic, *(row.text for row in (*chosen, *ending))], budget - sum(row.words for row in chosen)
    if len(points) < FEW_POINTS:
        points += _keywords(text, told, left_over)
    elif len(points) < MOST_POINTS and (more := _jotted(text, known, told, left_over)):
        points.append(more)
    return BriefFields(
        topic=topic,
        points=points,
        opinion=view.text if view else "",
        example=example.text if example else "",
        call_to_action=". ".join(row.text for row in ending),
    )


def _whole(text: str, known: Sequence[Fact]) -> Iterator[_Said]:
    """The sentences of a post that say something."""
    for number, (said, start, end) in enumerate(sentences(text)):
        row = _made(text, number, start, end, known)
        if row.words and len(texts.hashtags(said)) < _TAGS and not _LISTS.search(row.text):
            yield row


def _made(text: str, number: int, start: int, end: int, known: Sequence[Fact]) -> _Said:
    said = plainly(text[start:end])
    telling = {topics.stem(w) for w in vocabulary.tokens(said) if w not in topics.EMPTY and len(w) > 2}
    here = {f"{f.kind} {f.value}" for f in known if start <= f.start and f.end <= end}
    return _Said(
        number, start, end, said, len(texts.words(said)), kind(text[start:end]), frozenset(telling), frozenset(here)
    )


def _fitting(text: str, row: _Said, known: Sequence[Fact], most: int) -> list[_Said]:
    """A sentence, or the clauses of one that has more than `most` words."""
    if row.words <= most:
        return [row]
    cuts = [(m.start(), m.end()) for m in _PARTS.finditer(text, row.start, row.end)]
    starts, ends = [row.start, *(end for _, end in cuts)], [*(start for start, _ in cuts), row.end]
    parts = [_made(text, row.number, a, b, known) for a, b in zip(starts, ends, strict=True) if b > a]
    return [p for p in parts if p.words <= most and is_clause(p.text) and _stands(p.text)]


def _long_enough(row: _Said) -> bool:
    """Whether it says something outside its brackets; a fact takes fewer words than a thought."""
    return len(texts.words(_BRACKETS.sub("", row.text))) >= _SHORTEST - bool(row.facts)


def _stands(part: str) -> bool:
    """Whether a part can be read alone: no clause that hangs on another, no half of a bracket or a quotation."""
    pairs = (part.count("(") == part.count(")"), part.count("“") == part.count("”"), part.count('"') % 2 == 0)
    return all(pairs) and not _NO_CLAUSE.search(part)


def _choose(rows: Sequence[_Said], budget: int) -> list[_Said]:
    """Those that tell most for their words, each more than the others have told; in the order of the post."""
    left = [row for row in rows if row.kind in _KINDS and _long_enough(row)]
    often = Counter(word for row in rows for word in row.telling)
    chosen: list[_Said] = []
    while left and len(chosen) < MOST_POINTS:
        left = [row for row in left if row.words <= budget]
        best = max(left, key=lambda row: (_worth(row, chosen, often), -row.start), default=None)
        if best is None or _worth(best, chosen, often) <= 0:
            break
        chosen.append(best)
        left.remove(best)
        budget -= best.words
    return sorted(chosen, key=lambda row: row.start)


def _keywords(text: str, told: Sequence[str], budget: int) -> list[str]:
    """Phrases of a post too short to give a sentence away, as somebody jots down what it should say."""
    known = {topics.stem(word) for row in told for word in vocabulary.tokens(row)}
    out: list[str] = []
    for phrase in topics.phrases(text, 2 * MOST_POINTS):
        words = vocabulary.tokens(phrase)
        telling = len(words) > 1 or phrase[:1].isupper()
        if telling and len(words) <= budget and len(out) < FEW_POINTS and known.isdisjoint(map(topics.stem, words)):
            out.append(capital(phrase))
            budget -= len(words)
    return out


def _jotted(text: str, known: Sequence[Fact], told: Sequence[str], budget: int) -> str:
    """Names and numbers that are not told yet, each number with what it counts, as one point; "" without any.

    Whatever a post says beyond its brief teaches a model to make things up.
    """
    said = f" {plain(' '.join(told))} "
    out: list[str] = []
    for fact in known:
        counted = _COUNTED.match(text, fact.end) if fact.kind == "number" else None
        jot = " ".join((fact.text + (counted.group() if counted else "")).split())
        words = len(texts.words(jot))
        if not _tells(text, fact, bool(counted)) or f" {plain(fact.text)} " in said or not 0 < words <= budget:
            continue
        out.append(jot)
        said += f"{plain(jot)} "
        budget -= words
        if len(out) == _MOST_JOTTED:
            break
    return capital(", ".join(out))


def _tells(text: str, fact: Fact, counted: bool) -> bool:
    """Whether a fact says something alone: no item number, no plain word with a capital, nothing of a hashtag."""
    if (fact.start and text[fact.start - 1] in "#＃@") or "—" in fact.text or "#" in fact.text:
        return False
    if fact.kind == "number":
        return counted or not fact.text.isalnum()
    first = regex.search(r"(?:^|[.!?:\n-]\s*)$", text[: fact.start])
    return fact.kind == "name" and (" " in fact.text or (not first and plain(fact.text) not in vocabulary.background()))


def _worth(row: _Said, chosen: Sequence[_Said], often: Counter[str]) -> float:
    """What a sentence adds to those chosen, for its length; a word that the post comes back to adds more."""
    told = {word for other in chosen for word in other.telling}
    known = {fact for other in chosen for fact in other.facts}
    fresh = row.telling - told
    if not fresh:
        return 0.0
    value = sum(_WORTH[fact.split()[0]] for fact in row.facts - known)
    value += sum(_TELLING * (1.5 if often[word] > 1 else 1.0) for word in fresh)
    leans = bool(_LEANS.match(row.text)) and not any(other.number == row.number - 1 for other in chosen)
    for pattern in (_VIEW, _EXAMPLE):
        if pattern.search(row.text) and not any(pattern.search(other.text) for other in chosen):
            value += _PLACE
    share = _KINDS[row.kind] * (_ALONE if leans else 1.0) * (0.2 if _POINTER.search(row.text) else 1.0)
    return float(value * share * (1.15 if row.number == 0 else 1.0) / row.words**0.6)


def _ending(rows: Sequence[_Said]) -> list[_Said]:
    """What a post asks of its reader at its end, where it does; never the only thing that it says."""
    out: list[_Said] = []
    for row in reversed(rows[max(2, len(rows) * 2 // 3) :]):
        asks = row.kind == "question" and (_ASKS.search(row.text) or row is rows[-1])
        asks = asks or row.kind == "call" or invites(row.text)
        if not asks or _POINTER.search(row.text) or sum(o.words for o in out) + row.words > _LONGEST_CALL:
            break
        out.insert(0, row)
    return out


def _first(rows: Sequence[_Said], wanted: Callable[[_Said], bool]) -> _Said | None:
    return next((row for row in rows if wanted(row)), None)


def plainly(sentence: str) -> str:
    """A sentence as a point of a brief: without emoji, hashtags' signs, words that lead in and the last full stop."""
    said = _ASIDE.sub("", topics.TAGS_LAST.sub("", EMOJI.sub("", sentence)))
    said = HASHTAG.sub(lambda tag: tag.group()[1:], said)
    said = " ".join(said.split())
    said = _LEAD_IN.sub("", said).lstrip("-–—•*>:, ")
    return capital(said.rstrip(" .!…:;,-–—"))
