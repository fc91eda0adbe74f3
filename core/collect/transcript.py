"""Transcripts: .srt and .vtt cues, and text with times and speakers, as paragraphs of speech.

Times, tags and what live captions say twice are dropped. Who said a paragraph is kept beside the text, not in it.
"""

from __future__ import annotations

import html
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

import regex

from core.collect.model import Read
from core.collect.text_file import front_matter

_TIME = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_CUE = regex.compile(rf"^[ \t]*({_TIME})[ \t]*--?>[ \t]*({_TIME})[^\n]*$", regex.MULTILINE)
_VOICE = regex.compile(r"(?i)<v(?:\.[\w.-]+)?\s+([^>]{1,80})>")
_TAG = regex.compile(r"</?[a-zA-Z\d][^<>\n]{0,80}>|\{\\[^}\n]{1,40}\}")
_SOUND = regex.compile(
    r"\[\s*\p{L}[\p{L} ,'-]{0,30}\s*\]|[♪♫]+|"
    r"(?i:\((?:laugh\w*|applause|music|inaudible|crosstalk|sighs?|pause|coughs?)\))"
)
"""[Music], (laughter): nothing that somebody said."""
_SPEAKER = regex.compile(
    r"^\W{0,3}((?:\p{Lu}[\p{L}.'’-]*|SPEAKER|Speaker)(?: (?:\p{Lu}[\p{L}.'’-]*|\d{1,2}|de|van|von|del|da)){0,3})"
    r"(?: \([^)\n]{1,40}\))?:\s+(?=\S)"
)
_STAMP = regex.compile(rf"^\W{{0,2}}[\[(]?{_TIME}[\])]?(?:\s*[-–—]+>?\s*[\[(]?{_TIME}[\])]?)?[\s:–-]*")
_TURN = regex.compile(
    rf"^(\p{{Lu}}[\p{{L}}.'’-]*(?: (?:\p{{Lu}}[\p{{L}}.'’-]*|\d{{1,2}})){{0,3}})\s+[\[(]?{_TIME}[\])]?\s*$"
)
"""`Ada Lovelace  00:12:03` on a line of its own: the next lines are hers."""
_WORDS = """
note notes question answer update example warning summary tip today tomorrow yesterday result problem solution
conclusion first second third also remember important source sources topic title date why how what when where rule
step lesson point fact idea ps
"""
_NO_NAMES = frozenset(_WORDS.split())
_STOPS = (".", "!", "?", "…", '."', ".”", "?”", "!”")
PARAGRAPH = 90
"""Words of one speaker after which a paragraph ends at the next full stop."""
LINES = 60
"""Words of a caption that can stand there a second time: two or three lines."""
PAUSE = 4.0
"""Seconds of silence that begin a paragraph."""


@dataclass(frozen=True)
class Cue:
    """One caption: seconds from the start, who speaks ("": not said), the words."""

    start: float
    end: float
    speaker: str
    text: str


def read(name: str, text: str) -> Read:
    """Paragraphs of a transcript; a text without times and speakers stays as it is. `meta`: speakers, said."""
    if len(_CUE.findall(text)) >= 2 or PurePath(name).suffix.lower() in (".srt", ".vtt"):
        return _told(_unrolled(_cues(text)))
    lines = text.split("\n")
    timed = sum(bool(m and m.end() > 3 and ":" in m[0]) for m in map(_STAMP.match, lines)) + _turns(lines)
    named = sum(_name(line) != "" for line in lines)
    filled = sum(bool(line.strip()) for line in lines)
    if filled and (timed >= max(2, filled / 4) or named >= max(3, filled / 3)):
        return _told(_from_lines(lines))
    fields, body = front_matter(text)
    return Read(fields.get("title", "") or _heading(body), _blocks(body))


def _heading(text: str) -> str:
    first = text.strip().split("\n")[0].strip()
    return first.lstrip("# ").strip() if first.startswith("#") else ""


def _blocks(text: str) -> str:
    rows = regex.split(r"\n[ \t]*\n", text.strip())
    return "\n\n".join(" ".join(row.split()) if not _listed(row) else row.strip() for row in rows if row.strip())


def _listed(row: str) -> bool:
    """A list or a poem: its lines are its content."""
    return (
        bool(regex.search(r"(?m)^[ \t]*(?:[-*•]|\d{1,2}[.)])[ \t]", row)) or len(row) < 60 * (row.count("\n") + 1) // 2
    )


def _turns(lines: Sequence[str]) -> int:
    return sum(_TURN.match(line.strip()) is not None for line in lines)


def _name(line: str) -> str:
    """The speaker that a line begins with, or ""."""
    bare = _STAMP.sub("", line.strip(), count=1)
    match = _SPEAKER.match(bare)
    if match is None or match[1].casefold() in _NO_NAMES or match[1].split()[0].casefold() in _NO_NAMES:
        return ""
    return str(match[1])


# ---- captions ------------------------------------------------------------------------------------------------


def _cues(text: str) -> list[Cue]:
    """The cues of SRT or WebVTT (https://www.w3.org/TR/webvtt1/); NOTE, STYLE and REGION blocks have no times."""
    marks = list(_CUE.finditer(text))
    out = []
    for mark, after in zip(marks, [*marks[1:], None], strict=True):
        body = text[mark.end() : after.start() if after else len(text)]
        # The cue ends at the first empty line; what follows is the next cue's number, or a note.
        body = regex.split(r"\n[ \t]*\n", body.strip("\n"), maxsplit=1)[0] if body.strip() else ""
        out += _spoken(_seconds(mark[1]), _seconds(mark[2]), body)
    return out


def _spoken(start: float, end: float, body: str) -> list[Cue]:
    """One cue, or one for each speaker in it."""
    out: list[Cue] = []
    speaker = ""
    for raw in body.split("\n"):
        voice = _VOICE.search(raw)
        line = " ".join(_SOUND.sub(" ", html.unescape(_TAG.sub("", raw))).split())
        changed = line.startswith((">>", "- "))
        line = line.lstrip(">").removeprefix("- ").strip()
        name = " ".join(voice[1].split()) if voice else _name(line)
        if name and not voice:
            line = _SPEAKER.sub("", line, count=1)
        speaker = name or ("" if changed else speaker)
        if not line:
            continue
        if out and not name and not changed:
            out[-1] = Cue(start, end, out[-1].speaker, f"{out[-1].text}\n{line}")
        else:
            out.append(Cue(start, end, speaker or (">>" if changed else ""), line))
    return out


def _seconds(stamp: str) -> float:
    parts = [float(part) for part in stamp.replace(",", ".").split(":")]
    return sum(part * (1.0, 60.0, 3600.0)[power] for power, part in enumerate(reversed(parts)))


def _unrolled(cues: Sequence[Cue]) -> list[Cue]:
    """The cues with their lines as one. Live captions show a line again while the next one comes in: said once."""
    repeats = [_overlap(a.text, b.text) for a, b in itertools.pairwise(cues)]
    rolling = sum(n > 0 for n in repeats) >= max(3, 0.3 * len(repeats))
    out: list[Cue] = []
    shown = ""
    for cue in cues:
        words = cue.text.split()
        seen = _overlap(shown, cue.text) if rolling else len(words) * (len(words) > 3 and words == shown.split())
        shown = cue.text if not rolling or seen < len(words) else shown
        if rest := " ".join(words[seen:]):
            out.append(Cue(cue.start, cue.end, cue.speaker, rest))
    return out


def _overlap(before: str, after: str) -> int:
    """How many words `after` begins with that `before` ended with: whole lines, or three words and more."""
    one, two = before.casefold().split()[-LINES:], after.casefold().split()[:LINES]
    whole = {len(after.partition("\n")[0].split()), len(before.rpartition("\n")[2].split())}
    for size in range(min(len(one), len(two)), 0, -1):
        if one[-size:] == two[:size] and (size >= 3 or size in whole):
            return size
    return 0


# ---- lines ---------------------------------------------------------------------------------------------------


def _from_lines(lines: Sequence[str]) -> list[Cue]:
    """Text with a time or a name before what is said, or on a line of its own."""
    out: list[Cue] = []
    speaker = ""
    for line in lines:
        bare = line.strip()
        if not bare:
            continue
        if turn := _TURN.match(bare):
            speaker = turn[1]
            continue
        name = _name(bare)
        said = _STAMP.sub("", bare, count=1)
        if name:
            speaker, said = name, _SPEAKER.sub("", said, count=1)
        said = " ".join(_SOUND.sub(" ", _TAG.sub("", said)).split())
        if said and not said.isdigit():
            out.append(Cue(0.0, 0.0, speaker, said))
    return out


def _told(cues: Sequence[Cue]) -> Read:
    """Cues of one speaker as paragraphs that end with a sentence; `said` holds the speaker of each paragraph."""
    paragraphs: list[str] = []
    said: list[str] = []
    speaker, last_end = "", 0.0
    for cue in cues:
        text = cue.text.replace("\n", " ")
        new = bool(cue.speaker) and cue.speaker != speaker
        if cue.speaker == ">>":
            new, speaker = True, ""
        elif cue.speaker:
            speaker = cue.speaker
        ended = bool(paragraphs) and paragraphs[-1].endswith(_STOPS)
        full = ended and (len(paragraphs[-1].split()) >= PARAGRAPH or cue.start - last_end > PAUSE)
        if not paragraphs or new or full:
            paragraphs.append(text)
            said.append(speaker)
        else:
            paragraphs[-1] += " " + text
        last_end = cue.end
    names = list(dict.fromkeys(name for name in said if name))
    kept = {"speakers": names, "said": said} if names else {}
    return Read("", "\n\n".join(paragraphs), {"kind": "transcript", **kept})
