"""What an author has not said yet: subjects a person named, questions and promises left open, posts not followed up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import regex

from analytics import hooks, text
from core.ideas.corpus import NEAR, Corpus, telling
from core.ideas.model import Evidence, Proposal, key_of, short
from core.persona.figures import cleaned
from core.store.ideas import Text

LATEST = 200
"""The newest texts whose questions and promises are looked at."""
SETTLED = timedelta(days=45)
"""A post younger than this needs no follow-up yet."""
MEASURED = 10
"""Measured posts from which one can be called well received, with the tenth that did best."""
BEST = 0.9
RECENT = timedelta(days=730)
"""What lies further back than this before the newest text is let rest."""
EACH = 4
"""Proposals of one kind."""
TELLING, WEIGHT = 3, 2.5
"""A question or a promise needs so many words of at least this weight for anybody to know what it is about."""
_LATER = r"(?:later|soon|tomorrow|next (?:week|month|year|time)|in the (?:coming|next|future)|another (?:time|day))"
_OTHER = (
    r"(?:in|for|write) (?:another|my next|the next|a later|a future|a follow-up|a separate)(?: \w+)? "
    r"(?:post|article|piece)"
)
_PROMISE = regex.compile(
    rf"\b(?:more (?:on|about) (?:this|that|it|these|those) (?:soon|next|another)|{_OTHER}"
    rf"|i(?:['’]ll| will) (?:write|post|tell|explain|report|cover|get to|come back to|go into|follow up|"
    rf"share)\b.*{_LATER}"
    r"|(?:a |my )?follow-up (?:post )?(?:is )?(?:coming|soon|to follow)|part (?:two|2) (?:is|will|soon|next|follows)"
    r"|to be continued)\b",
    regex.IGNORECASE,
)
"""An announcement of something that this very text cannot hold."""
_LEANS = regex.compile(r"\W*(?:or|and|but|so|because|also|if not|why not|anyone|thoughts)\b", regex.IGNORECASE)
"""A question that begins so does not stand alone."""


def subjects(own: Corpus, named: Mapping[str, str]) -> list[Proposal]:
    """Subjects that a person said the author knows (subject -> where it was said), with no text near them."""
    out = []
    for subject, where in named.items():
        wanted = telling(subject)
        shares = own.shares(wanted)
        if not wanted or (len(shares) and shares.max() >= NEAR + 0.1):
            continue
        checked = f"none of the {own.n:,} posts is about it" if own.n else "there is no post yet"
        out.append(
            Proposal(
                key_of("unsaid", "subject", subject.lower()),
                "unsaid",
                f"{subject[:1].upper()}{short(subject, 80)[1:]}: nothing said yet",
                f"{where}, and {checked}.",
                {"topic": subject},
                (Evidence("persona", "", subject, where),),
            )
        )
    return out


def open_questions(own: Corpus) -> Iterator[Proposal]:
    """Questions that a text ended with and that no later text comes back to, the newest first."""
    return _left_open(own, _last_question, "question", _asked)


def promises(own: Corpus) -> Iterator[Proposal]:
    """Sentences that announce more, where nothing near has come since, the newest first."""
    return _left_open(own, _promised, "promise", _announced)


def follow_ups(own: Corpus, at: datetime) -> Iterator[Proposal]:
    """Well received texts to which no later one came back, the best first."""
    rated = [(number, _received(t.metrics or {})) for number, t in enumerate(own.texts)]
    rated = [(number, reached) for number, reached in rated if reached > 0]
    if len(rated) < MEASURED:
        return
    least = float(np.quantile([reached for _, reached in rated], BEST))
    for number, reached in sorted(rated, key=lambda row: -row[1]):
        one = own.texts[number]
        young = one.at is not None and at - one.at < SETTLED
        if reached >= least and not young and not _came_back(own, one.text, number):
            yield _follow_up(one, reached, len(rated))


def _follow_up(one: Text, reached: int, measured: int) -> Proposal:
    body = cleaned(one.text)
    first = hooks.first_sentence(body) or short(body)
    return Proposal(
        key_of("follow-up", one.id),
        "follow-up",
        f"Follow up “{short(first, 70)}”",
        f"It had {reached:,} reactions, comments and reposts, among the best tenth of {measured:,} measured posts, and "
        "no post since comes back to it.",
        {"topic": short(first, 200), "goal": "Say what has come of it since"},
        (Evidence(one.source, one.id, short(body, 260), _dated("The post", one)),),
    )


# ---- shared --------------------------------------------------------------------------------------------------


def _left_open(
    own: Corpus, find: Callable[[str], str], name: str, make: Callable[[Text, str, str], Proposal]
) -> Iterator[Proposal]:
    dated = [t.at for t in own.texts if t.at is not None]
    for number in range(own.n - 2, max(-1, own.n - 1 - LATEST), -1):  # nothing can have come after the newest one
        one = own.texts[number]
        if one.at is not None and max(dated) - one.at > RECENT:
            continue
        body = cleaned(one.text)
        sentence = find(body)
        about = f"{_before(body, sentence)} {sentence}"
        if sentence and _speaks(about if name == "promise" else sentence) and not _came_back(own, about, number):
            yield replace(
                make(one, sentence, key_of("unsaid", name, one.id, sentence)),
                evidence=(Evidence(one.source, one.id, short(about.strip(), 320), _dated("The post", one)),),
            )


def _speaks(about: str) -> bool:
    """Whether anybody could tell what it is about."""
    return sum(weight >= WEIGHT for weight in telling(about).values()) >= TELLING


def _asked(one: Text, sentence: str, key: str) -> Proposal:
    return Proposal(
        key,
        "unsaid",
        f"Answer it yourself: {short(sentence, 70)}",
        f"{_dated('A post', one)} ended with this question, and no post since comes back to it.",
        {"topic": sentence, "goal": "Give your own answer to a question you asked"},
    )


def _announced(one: Text, sentence: str, key: str) -> Proposal:
    first = hooks.first_sentence(cleaned(one.text))
    return Proposal(
        key,
        "unsaid",
        f"Keep a promise: {short(sentence, 70)}",
        f"{_dated('A post', one)} announced it, and no post since comes back to it.",
        {"topic": short(first, 200), "goal": f"Keep what was announced: {short(sentence, 200)}"},
    )


def _last_question(body: str) -> str:
    """The question among the last two sentences; "" where there is none to name."""
    found = [s for s in _ends(body)[-2:] if s.endswith("?") and 5 <= len(text.words(s)) <= 30 and not _LEANS.match(s)]
    return found[-1] if found and not text.links(found[-1]) else ""


def _promised(body: str) -> str:
    found = [s for s in text.sentences(body) if len(text.words(s)) <= 40 and not text.links(s) and _PROMISE.search(s)]
    return found[0] if found else ""


def _ends(body: str) -> list[str]:
    return [s for s in text.sentences(body) if text.words(s) and not all(w.startswith("#") for w in s.split())]


def _before(body: str, sentence: str) -> str:
    """The sentence before one, which mostly says what it is about."""
    rows = text.sentences(body)
    at = rows.index(sentence) if sentence in rows else 0
    return rows[at - 1] if at else ""


def _came_back(own: Corpus, about: str, number: int) -> bool:
    return own.nearest(about, after=number)[1] >= NEAR


def _received(metrics: Mapping[str, Any]) -> int:
    return sum(v for name in ("reactions", "comments", "reposts") if isinstance(v := metrics.get(name), int))


def _dated(what: str, one: Text) -> str:
    return f"{what} of {one.at.day} {one.at:%B %Y}" if one.at else what


def named_subjects(card: Any, questions: Mapping[str, str]) -> dict[str, str]:
    """Subjects that a person named on an author's card: corrected ones, and what the author knows best."""
    out: dict[str, str] = {}
    if card is None:
        return out
    edit = card.line("identity.subjects").edit
    values: Sequence[Any] = edit.value if edit is not None and isinstance(edit.value, list) else ()
    for value in values:
        out[str(value)] = "You named it as a subject on the persona card"
    for value in regex.split(r"[,;\n]|\band\b", card.questionnaire.get("expertise", "")):
        if value.strip(" .") and len(value.split()) <= 6:
            out.setdefault(value.strip(" ."), f"You answered “{questions['expertise']}” with it")
    return out
