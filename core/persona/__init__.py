"""The persona card: how an author writes, from their samples, with what people say on top."""

from core.persona.card import Card, CardLine, Difference, Edit, Passage
from core.persona.commands import (
    behind,
    clear_edit,
    current,
    derive,
    diff,
    edit,
    set_questionnaire,
    set_sliders,
    version,
    versions,
)
from core.persona.prompt import constraints, for_prompt

__all__ = [
    "Card",
    "CardLine",
    "Difference",
    "Edit",
    "Passage",
    "behind",
    "clear_edit",
    "constraints",
    "current",
    "derive",
    "diff",
    "edit",
    "for_prompt",
    "set_questionnaire",
    "set_sliders",
    "version",
    "versions",
]
