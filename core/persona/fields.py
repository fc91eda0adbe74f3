"""The lines of a card: where each belongs, what it is called, how a person may correct it. A new line is one row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from core.errors import Invalid, NotFound

SECTIONS = {
    "identity": "Who speaks",
    "tone": "Tone",
    "cadence": "Cadence",
    "lexicon": "Words",
    "structure": "Structure",
}
EXPLAINED = {
    "tone": "Rates of listed words, compared with 31 public authors (26 on LinkedIn, 5 blogs). Formality follows "
    "Heylighen and Dewaele (1999) with closed word classes only: (articles + prepositions - pronouns - auxiliaries - "
    "adverbs - interjections + 100) / 2.",
    "cadence": "“Four in five” is the range between the 10th and the 90th percentile. Drafts are held to these "
    "habits, or to your corrections of them.",
    "lexicon": "Phrases that come back at least four times as often as with 31 public authors. A word is taboo where "
    "those authors would have written it at least four times in as many words, and this one never did.",
}
"""What a section's figures mean, on demand."""


@dataclass(frozen=True)
class Line:
    """`kind`: text; list (of words); range (two whole numbers); choice (one of `choices`, value -> words)."""

    path: str
    label: str
    kind: str = "text"
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    habit: str = ""  # the constraint of core.persona.habits.Habits that follows it
    longest: int = 500  # characters of a text
    unsaid: str = "Nothing derived yet."  # where neither the samples nor a person say anything


_DOES = (("yes", "May use lists."), ("no", "No lists."))
_LINES = (
    Line(
        "identity.person",
        "Person",
        "choice",
        choices=(
            ("yes", "Speaks as “I” in every post."),
            ("free", "Speaks as “I” where it fits."),
            ("no", "Never says “I”."),
        ),
        habit="first_person",
    ),
    Line("identity.reader", "The reader"),
    Line("identity.subjects", "Subjects", "list"),
    Line("identity.notes", "Notes", longest=2000, unsaid="No notes. What you write here is given to every draft."),
    Line("tone.formality", "Formality"),
    Line("tone.sentiment", "Sentiment"),
    Line("tone.warmth", "Warmth"),
    Line("tone.certainty", "Certainty"),
    Line("tone.energy", "Energy"),
    Line("cadence.length", "Length", "range", unit="characters", habit="chars"),
    Line("cadence.sentences", "Sentences", "range", unit="words a sentence", habit="sentence_words"),
    Line("cadence.paragraphs", "Paragraphs", "range", unit="sentences a paragraph", habit="paragraph_sentences"),
    Line(
        "cadence.breaks",
        "Line breaks",
        "choice",
        choices=(("yes", "A blank line between paragraphs."), ("no", "No blank lines between paragraphs.")),
        habit="blank_line_between",
    ),
    Line("cadence.bullets", "Lists", "choice", choices=_DOES, habit="bullets"),
    Line("cadence.emoji", "Emoji", "range", unit="emoji", habit="emoji"),
    Line("cadence.hashtags", "Hashtags", "range", unit="hashtags", habit="hashtags"),
    Line("cadence.hooks", "Openings"),
    Line("lexicon.phrases", "Favoured phrases", "list"),
    Line("lexicon.taboo", "Taboo words", "list"),
    Line("lexicon.jargon", "Jargon allowed", "list"),
    Line("structure.layouts", "Layout"),
    Line("structure.openings", "First words", "list"),
    Line("structure.endings", "Endings"),
    Line("structure.call_to_action", "Calls to action"),
    Line(
        "structure.links",
        "Links",
        "choice",
        choices=(("yes", "May link to something."), ("no", "No links in the text.")),
        habit="links",
    ),
)
FIELDS: dict[str, Line] = {line.path: line for line in _LINES}
_LEAD = {
    "identity.subjects": "Comes back to",
    "lexicon.phrases": "Likes to write",
    "lexicon.taboo": "Never writes",
    "lexicon.jargon": "Takes these terms for granted:",
    "structure.openings": "Likes to begin with",
}


def named(path: str) -> Line:
    """The line of that path. Raises NotFound."""
    if path not in FIELDS:
        raise NotFound(f"A persona card has no line {path}.", f"Its lines are {', '.join(FIELDS)}.")
    return FIELDS[path]


def checked(line: Line, value: Any) -> Any:
    """A correction in the form that its kind needs. Raises Invalid, naming the line."""
    if line.kind == "text":
        text = str(value).strip()
        if not 0 < len(text) <= line.longest:
            raise Invalid(
                f"{line.label}: a line has 1 to {line.longest:,} characters.", "Write in one sentence how they do it."
            )
        return text
    if line.kind == "list":
        items = value.replace("\n", ",").split(",") if isinstance(value, str) else list(value)
        kept = list(dict.fromkeys(str(i).strip().strip("“”\"'") for i in items if str(i).strip()))
        if len(kept) > 40 or any(len(i) > 80 for i in kept):
            raise Invalid(f"{line.label}: at most 40 entries of 80 characters.", "Keep the ones that matter most.")
        return kept
    if line.kind == "choice":
        if value not in dict(line.choices):
            raise Invalid(
                f"{line.label}: {value} is not one of the choices.", f"Choose {', '.join(dict(line.choices))}."
            )
        return value
    return _range(line, value)


def _range(line: Line, value: Any) -> list[int]:
    try:
        low, high = (int(v) for v in value)
    except (TypeError, ValueError):
        raise Invalid(f"{line.label}: two whole numbers are needed.", "Give the least and the most.") from None
    if not 0 <= low <= high <= 20_000:
        raise Invalid(f"{line.label}: the least is above the most, or out of reach.", "Give the least, then the most.")
    return [low, high]


def said(line: Line, value: Any) -> str:
    """A correction as a line of the card."""
    if line.kind == "choice":
        return dict(line.choices)[value]
    if line.kind == "range":
        low, high = value
        if high == 0:
            return f"No {line.unit}."
        return f"{high:,} {line.unit}." if low == high else f"{low:,} to {high:,} {line.unit}."
    if line.kind == "list":
        quote = line.path.startswith(("lexicon.phrases", "lexicon.taboo", "structure"))
        shown = ", ".join(f"“{v}”" if quote else v for v in value)
        return f"{_LEAD[line.path]} {shown}." if shown else "None."
    return str(value)
