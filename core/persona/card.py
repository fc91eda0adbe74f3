"""The card as people and prompts see it: what the samples say, with a person's corrections on top, both kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.persona.corpus import NEWEST, OLDER
from core.persona.fields import FIELDS, SECTIONS, Line, said
from core.persona.figures import cleaned
from core.store.tables import Author, Persona, Sample


@dataclass(frozen=True)
class Edit:
    """A person's correction of one line."""

    value: Any
    text: str
    by: str
    at: datetime
    instead_of: str
    """What the samples said when it was corrected."""


@dataclass(frozen=True)
class CardLine:
    """One line: `text` and `value` are what holds; what the samples say stays beside it."""

    line: Line
    derived_value: Any
    derived_text: str
    figure: str
    n: int
    samples: tuple[str, ...]
    edit: Edit | None

    @property
    def path(self) -> str:
        """Section and name, `tone.warmth`."""
        return self.line.path

    @property
    def text(self) -> str:
        """What holds: the correction where there is one."""
        return self.edit.text if self.edit else self.derived_text or self.line.unsaid

    @property
    def value(self) -> Any:
        """As `text`, in the form of its kind."""
        return self.edit.value if self.edit else self.derived_value

    @property
    def known(self) -> bool:
        """Whether there is something to say."""
        return self.edit is not None or self.derived_value is not None


@dataclass(frozen=True)
class Passage:
    """An example of the voice. The text is read from the sample, so that one that was removed is gone here too."""

    sample_id: str
    text: str
    date: datetime | None
    reason: str


@dataclass(frozen=True)
class Card:
    """One version of an author's card, merged."""

    id: str
    author_id: str
    author: str
    version: int
    by: str
    at: datetime
    why: str
    samples: int
    read: int
    """Posts that were read for it: all of them up to 600."""
    lines: tuple[CardLine, ...]
    passages: tuple[Passage, ...]
    questionnaire: Mapping[str, str]
    sliders: Mapping[str, int]
    added: int = 0
    """Samples that came in since it was derived."""
    removed: int = 0
    """Samples that were taken out since."""

    def section(self, name: str) -> list[CardLine]:
        """The lines of a section, in order."""
        return [one for one in self.lines if one.path.startswith(f"{name}.")]

    def line(self, path: str) -> CardLine:
        """One line by path."""
        return next(one for one in self.lines if one.path == path)

    @property
    def basis(self) -> str:
        """What the card rests on, in words."""
        if self.samples > NEWEST + OLDER:
            return f"the newest {NEWEST} of {self.samples:,} samples and {OLDER} older ones at random"
        counted = f"{self.samples:,} {'sample' if self.samples == 1 else 'samples'}"
        return counted if self.read == self.samples else f"{counted}, {self.read:,} of them with words"


def merged(author: Author, row: Persona, passages: Sequence[Sample], added: int = 0, now_in_use: int = 0) -> Card:
    """The card of a version. `passages` are the samples its example passages name, as far as they still exist."""
    basis = row.derived.get("basis", {})
    reasons = {p["sample"]: p["reason"] for p in row.derived.get("passages", [])}
    return Card(
        id=row.id,
        author_id=row.author_id,
        author=author.name,
        version=row.version,
        by=row.by,
        at=row.created_at,
        why=row.why,
        samples=row.samples,
        read=int(basis.get("read", 0)),
        lines=tuple(_line(line, row) for line in FIELDS.values()),
        passages=tuple(Passage(s.id, cleaned(s.text), s.date, reasons[s.id]) for s in passages),
        questionnaire=dict(row.derived.get("questionnaire", {})),
        sliders=dict(row.sliders),
        added=added,
        removed=max(0, row.samples + added - now_in_use),
    )


def _line(line: Line, row: Persona) -> CardLine:
    found = row.derived.get("fields", {}).get(line.path, {})
    evidence = found.get("evidence", {})
    kept = row.edits.get(line.path)
    edit = None
    if kept:
        at = datetime.fromisoformat(kept["at"])
        edit = Edit(kept["value"], said(line, kept["value"]), kept["by"], at, kept["instead_of"])
    return CardLine(
        line=line,
        derived_value=found.get("value"),
        derived_text=found.get("text", ""),
        figure=evidence.get("figure", ""),
        n=int(evidence.get("n", 0)),
        samples=tuple(evidence.get("samples", ())),
        edit=edit,
    )


@dataclass(frozen=True)
class Difference:
    """One line that two versions say differently."""

    label: str
    before: str
    after: str


def differences(before: Card, after: Card) -> list[Difference]:
    """Field by field: lines, corrections, sliders, questionnaire and example passages that differ."""
    from core.persona.questionnaire import QUESTIONS
    from core.persona.sliders import SLIDERS, position

    out = []
    for old, new in zip(before.lines, after.lines, strict=True):
        if (old.text, old.figure, old.edit) != (new.text, new.figure, new.edit):
            label = f"{SECTIONS[old.path.partition('.')[0]]}: {old.line.label}"
            out.append(Difference(label, _shown(old), _shown(new)))
    for name in SLIDERS:
        was, is_now = before.sliders.get(name, 0), after.sliders.get(name, 0)
        if was != is_now:
            out.append(Difference(f"Slider: {name}", position(name, was), position(name, is_now)))
    for name, question in QUESTIONS.items():
        answers = before.questionnaire.get(name, ""), after.questionnaire.get(name, "")
        if answers[0] != answers[1]:
            out.append(Difference(question, *answers))
    if [p.sample_id for p in before.passages] != [p.sample_id for p in after.passages]:
        was_opening, opening = (" / ".join(p.text[:60].strip() for p in c.passages) for c in (before, after))
        out.append(Difference("Example passages", was_opening, opening))
    return out


def _shown(one: CardLine) -> str:
    note = f"(corrected by {one.edit.by})" if one.edit else f"({one.figure})" if one.figure else ""
    return f"{one.text} {note}".strip()
