"""The brief: what a post should say, and when that is enough to write from."""

from __future__ import annotations

from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from analytics import hooks
from core.errors import Invalid

Length = Literal["author", "short", "medium", "long"]
LENGTHS = get_args(Length)
LinkPlace = Literal["post", "postscript", "comment"]
MOST_VARIANTS = 8
_TITLES = {
    "topic": "Topic",
    "goal": "Goal",
    "audience": "Audience",
    "points": "Key points",
    "story": "Seed story",
    "call_to_action": "Call to action",
    "length": "Length",
    "hook": "Opening",
    "link": "Link",
    "variants": "Variants",
    "sources": "Facts and sources",
    "knowledge": "Knowledge",
    "opinion": "Point of view",
    "example": "Number or example",
    "form": "Form",
    "link_place": "Where the link goes",
    "angle": "Angle",
    "without": "Left out on purpose",
}


class BriefFields(BaseModel):
    """A brief as typed. `hook` is a kind of opening (analytics.hooks.KINDS), or the opening line itself."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)

    topic: str = Field(default="", max_length=1_000)
    goal: str = Field(default="", max_length=1_000)
    audience: str = Field(default="", max_length=1_000)
    points: list[str] = Field(default_factory=list, max_length=30)
    story: str = Field(default="", max_length=10_000)
    call_to_action: str = Field(default="", max_length=600)
    length: Length = "author"
    hook: str = Field(default="", max_length=600)
    link: str = Field(default="", max_length=2_000)
    variants: int = Field(default=4, ge=1, le=MOST_VARIANTS)
    sources: list[str] = Field(default_factory=list, max_length=200)
    opinion: str = Field(default="", max_length=1_000)
    """The author's point of view, in their words."""
    example: str = Field(default="", max_length=1_000)
    """A number or an example that stands for it."""
    knowledge: list[str] = Field(default_factory=list, max_length=20)
    """Ids of texts that facts may be drawn from, see core.knowledge."""
    angle: str = Field(default="", max_length=20)
    """The kind of angle that is wanted first (core.generate.angles.KINDS), or ""."""
    form: Literal["post", "article"] = "post"
    link_place: LinkPlace = "post"
    without: list[str] = Field(default_factory=list, max_length=10)
    """Questions that a person chose not to answer, see core.generate.asks."""

    @field_validator("points", "sources", "knowledge", "without", mode="before")
    @classmethod
    def _rows(cls, value: Any) -> Any:
        rows = value.split("\n") if isinstance(value, str) else value
        if not isinstance(rows, list):
            raise ValueError("it is a list of lines")
        return [row.strip().lstrip("-•*").strip() for row in rows if isinstance(row, str) and row.strip(" -•*\t")]

    @property
    def hook_kind(self) -> str:
        """The kind of opening that is asked for, or ''."""
        return self.hook if self.hook in hooks.KINDS else ""

    @property
    def hook_line(self) -> str:
        """The opening line that is asked for, or ''."""
        return "" if self.hook_kind else self.hook

    @property
    def material(self) -> str:
        """Everything in it that a post may say, one after another."""
        rows = [
            self.hook_line, self.story, *self.points, self.opinion, self.example, self.call_to_action, *self.sources
        ]  # fmt: skip
        return "\n".join(row for row in rows if row)

    @property
    def about(self) -> str:
        """What it is about, for searching."""
        return "\n".join(row for row in (self.topic, *self.points, self.goal, self.story[:500]) if row)


def draft(fields: dict[str, Any]) -> dict[str, Any]:
    """What is typed so far, as it is kept: known fields only. Raises Invalid where a value cannot be kept at all."""
    kept = {name: fields[name] for name in BriefFields.model_fields if fields.get(name) is not None}
    for name, value in kept.items():
        rows = value if isinstance(value, list) else [value]
        if not all(isinstance(row, str | int) for row in rows) or sum(len(str(row)) for row in rows) > 100_000:
            raise Invalid(f"{_TITLES[name]}: this cannot be kept.", "Use plain text of at most 100,000 characters.")
    return kept


def complete(fields: dict[str, Any]) -> BriefFields:
    """A brief that can be written from. Raises Invalid, which names the field."""
    try:
        brief = BriefFields.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(f"{_TITLES.get(str(first['loc'][0]), 'Brief')}: {first['msg']}.", "Correct it.") from None
    if not brief.topic:
        raise Invalid("Topic: the brief does not say what the post is about.", "Write one or two sentences.")
    if not (brief.points or brief.story or brief.knowledge):
        raise Invalid(
            "Key points: the brief has a topic, but nothing to say about it. Timbre invents no facts.",
            "Add one key point, a short story that happened, or a source to draw from.",
        )
    if brief.link and not _is_link(brief.link):
        raise Invalid(f"Link: {brief.link[:80]} is no web address.", "Begin it with https://, or leave it empty.")
    return brief


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in text)
