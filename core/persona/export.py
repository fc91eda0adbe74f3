"""A card to take away: Markdown for people, JSON for programs."""

from __future__ import annotations

import json
import re
from dataclasses import asdict

from core.persona.card import Card, CardLine
from core.persona.fields import SECTIONS
from core.persona.questionnaire import QUESTIONS, SENSITIVE
from core.persona.sliders import position

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|])")


def to_markdown(card: Card) -> str:
    """The card as Markdown, each line with its evidence. Text from outside is escaped."""
    out = [f"# How {_plain(card.author)} writes", ""]
    out += [f"Version {card.version}, {card.at:%Y-%m-%d}, by {_plain(card.by)}. Based on {card.basis}.", ""]
    if card.questionnaire:
        out += ["## What people said", ""]
        for name, answer in card.questionnaire.items():
            out.append(f"- {QUESTIONS.get(name, name)} {_plain(SENSITIVE.get(answer, answer))}")
        out.append("")
    for section, title in SECTIONS.items():
        out += [f"## {title}", "", *(_line(one) for one in card.section(section)), ""]
    if card.sliders:
        out += ["## Pushed", "", *(f"- {name}: {position(name, value)}" for name, value in card.sliders.items()), ""]
    if card.passages:
        out += ["## Example passages", ""]
        for passage in card.passages:
            out += [f"*{_plain(passage.reason)}*", "", *(f"> {_plain(row)}" for row in passage.text.splitlines()), ""]
    return "\n".join(out).rstrip() + "\n"


def _line(one: CardLine) -> str:
    text = f"- **{one.line.label}.** {_plain(one.text)}"
    if one.edit:
        said = f"; the samples say: {_plain(one.derived_text)}" if one.derived_text else ""
        text += f" (corrected by {_plain(one.edit.by)}, {one.edit.at:%Y-%m-%d}{said})"
    return f"{text} [{_plain(one.figure)}]" if one.figure else text


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def to_json(card: Card) -> str:
    """The card as JSON: lines by path with what holds, what was derived, the evidence and the correction."""
    lines = {
        one.path: {
            "label": one.line.label,
            "value": one.value,
            "text": one.text,
            "derived": {"value": one.derived_value, "text": one.derived_text},
            "evidence": {"figure": one.figure, "n": one.n, "samples": list(one.samples)},
            "edit": asdict(one.edit) if one.edit else None,
        }
        for one in card.lines
    }
    whole = {
        "author": card.author,
        "author_id": card.author_id,
        "version": card.version,
        "at": card.at,
        "by": card.by,
        "samples": card.samples,
        "lines": lines,
        "sliders": dict(card.sliders),
        "questionnaire": dict(card.questionnaire),
        "passages": [asdict(p) for p in card.passages],
    }
    return json.dumps(whole, indent=2, ensure_ascii=False, default=lambda v: v.isoformat())
