"""Cadence: how long sentences and paragraphs run, how much that varies, and how often somebody posts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import fmean, pstdev

from analytics.text import paragraphs, sentences, words

WEEK = timedelta(days=7)


def sentence_lengths(text: str) -> list[int]:
    """Words of each sentence that has any, in order."""
    return [n for n in (len(words(s)) for s in sentences(text)) if n]


def sentence_words(text: str) -> float:
    """Mean words a sentence; NaN without words."""
    found = sentence_lengths(text)
    return fmean(found) if found else math.nan


def sentence_words_spread(text: str) -> float:
    """Standard deviation of words a sentence: 0 is a metronome; NaN under two sentences."""
    found = sentence_lengths(text)
    return pstdev(found) if len(found) > 1 else math.nan


def paragraph_words(text: str) -> float:
    """Mean words a paragraph (that has any); NaN without words."""
    found = [n for n in (len(words(p)) for p in paragraphs(text)) if n]
    return fmean(found) if found else math.nan


def paragraph_sentences(text: str) -> float:
    """Mean sentences a paragraph; NaN without a paragraph."""
    found = [len(sentences(p)) for p in paragraphs(text)]
    return fmean(found) if found else math.nan


def posts_a_week(dates: Sequence[datetime]) -> list[tuple[datetime, int]]:
    """Posts in each week from the first date to the last, weeks without any too: (the week's Monday 00:00, posts).

    `dates` in any order, all with a zone or all without; the zone of the earliest counts.
    """
    if not dates:
        return []
    zone = min(dates).tzinfo
    seen: dict[datetime, int] = {}
    for date in dates:
        day = date.astimezone(zone) if zone else date
        monday = (day - timedelta(days=day.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
        seen[monday] = seen.get(monday, 0) + 1
    first, last = min(seen), max(seen)
    weeks = round((last - first) / WEEK) + 1
    return [(monday, seen.get(monday, 0)) for monday in (first + n * WEEK for n in range(weeks))]
