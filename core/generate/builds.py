"""Which build of a skeleton reads most like the author: one choice after another, each by the voice measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from core.generate.frames import FRAMES, JOINS, Build
from core.generate.style import Style

Rate = Callable[[Sequence[str]], Sequence[float] | None]
"""How near each of several texts is to the author, higher is nearer; None where nothing is known of them."""
WORTH = 0.01
"""A build must be so much nearer (the way from strangers to the author is 1) to be taken instead of a plainer one."""


def best(made: Callable[[Build], str], start: Build, style: Style, rate: Rate) -> Build:
    """The nearest build that is found by changing one thing at a time from `start`; `start` where nothing is known."""
    shown = made(start)
    first = rate([shown])
    if first is None:
        return start
    chosen, value = start, first[0]
    for changes in _choices(style):
        options: dict[str, Build] = {}
        for change in changes:
            build = replace(chosen, **change)
            options.setdefault(made(build), build)
        options.pop(shown, None)
        if not options:
            continue
        found = rate(list(options)) or []
        text, near = max(zip(options, found, strict=True), key=lambda row: row[1])
        if near > value + WORTH:
            chosen, value, shown = options[text], near, text
    return chosen


def _choices(style: Style) -> list[list[dict[str, Any]]]:
    """What may be changed, a list of options each. What an author never does is no option."""
    forms = [form for form, fits in (("short", style.short > 0.2), ("long", style.short < 0.8), ("", True)) if fits]
    marks = [at for at, mark in enumerate(JOINS) if mark in ("", ", and ") or mark in style.joins]
    joins = [{"join": at, "joined": which} for at in marks for which in (("story", "all") if at else ("story",))]
    return [
        [{"forms": form} for form in forms],
        joins,
        [{"blocks": blocks} for blocks in ("", "lines", "packed")],
        *([{name: at} for at in range(max(map(len, FRAMES[name].values())))] for name in FRAMES),
        [{"loud": loud} for loud in ([True, False] if style.loud >= 0.2 else [False])],
    ]
