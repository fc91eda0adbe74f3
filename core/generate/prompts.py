"""Prompts: versioned files with declared inputs. A released file never changes: see prompts/released.txt.

A file `prompts/NAME.vN.txt` begins with `inputs: a, b`, then `---`, then the text; `=== user` parts the system part
from what the person says. Rendering is sandboxed Jinja2; `{{ x | fence }}` marks text from outside as data.
"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.config import ROOT
from core.errors import Invalid, StorageError

FOLDER = ROOT / "prompts"
RELEASED = "released.txt"
_OPEN, _CLOSE = "<<<", ">>>"
_NO_NAME = re.compile(r"[^\w .,&'’·/+-]|_{2,}")
LONGEST_NAME = 60
"""Characters of an author's name in a prompt."""
_PARTS = re.compile(r"^=== user\n", re.MULTILINE)


@dataclass(frozen=True)
class Prompt:
    """One version of a prompt."""

    name: str
    version: int
    hash: str
    inputs: frozenset[str]
    system: str
    user: str

    @property
    def id(self) -> str:
        """`name@version#hash`, for the records."""
        return f"{self.name}@{self.version}#{self.hash[:12]}"

    def render(self, **values: Any) -> tuple[str, str]:
        """System text and user text. Raises ValueError where an input is unknown or missing."""
        if unknown := set(values) - self.inputs:
            raise ValueError(f"prompt {self.name} knows no input {', '.join(sorted(unknown))}")
        if missing := self.inputs - set(values):
            raise ValueError(f"prompt {self.name} needs {', '.join(sorted(missing))}")
        if "author" in values:
            values["author"] = called(values["author"])
        try:
            return _template(self.system).render(**values).rstrip(), _template(self.user).render(**values).rstrip()
        except TemplateError as error:
            raise ValueError(f"prompt {self.name}: {error}") from error


def fence(text: object) -> str:
    """Text from outside, marked as data: it cannot close its own fence, nor open another."""
    inner = str(text).replace(_OPEN, "‹‹‹").replace(_CLOSE, "›››").replace("<|", "‹|").replace("|>", "|›")
    return f"{_OPEN}\n{inner}\n{_CLOSE}"


def called(name: object) -> str:
    """An author's name as it may stand outside a fence: files that are imported name authors too."""
    kept = " ".join(_NO_NAME.sub(" ", str(name)).split())
    return kept[:LONGEST_NAME].rstrip() or "the author"


@functools.cache
def get(name: str, version: int | None = None, folder: Path = FOLDER) -> Prompt:
    """A released version of a prompt, the newest where none is named.

    Raises StorageError where its file is missing or was changed, Invalid where there is no such version.
    """
    listed = released(folder)
    known = versions(name, folder)
    if not known:
        raise StorageError(
            f"There is no prompt {name} in {folder}.", "Run `make setup`, or restore the prompts folder."
        )
    number = known[-1] if version is None else version
    if number not in known:
        raise Invalid(f"The prompt {name} has no version {number}.", f"There are: {', '.join(map(str, known))}.")
    file = f"{name}.v{number}.txt"
    try:
        content = (folder / file).read_bytes()
    except OSError as error:
        raise StorageError(f"The prompt {file} cannot be read.", "Restore the prompts folder.") from error
    digest = hashlib.sha256(content).hexdigest()
    if digest != listed[file]:
        raise StorageError(
            f"The prompt {file} was changed after its release, so its results could not be compared.",
            f"Put the old text back; write the new one as {name}.v{known[-1] + 1}.txt with a line in {RELEASED}.",
        )
    return _parse(name, number, digest, content.decode("utf8"))


def names(folder: Path = FOLDER) -> list[str]:
    """Every prompt there is."""
    return sorted({file.split(".v")[0] for file in released(folder)})


def versions(name: str, folder: Path = FOLDER) -> list[int]:
    """The released versions of a prompt, the oldest first."""
    found = (re.fullmatch(rf"{re.escape(name)}\.v(\d+)\.txt", file) for file in released(folder))
    return sorted(int(match[1]) for match in found if match)


def newest() -> dict[str, int]:
    """The newest version of every prompt: what a run is bound to when it begins."""
    return {name: versions(name)[-1] for name in names()}


def released(folder: Path = FOLDER) -> dict[str, str]:
    """File name -> sha256 of every released prompt."""
    rows = (folder / RELEASED).read_text(encoding="utf8").split("\n")
    pairs = [row.split() for row in rows if row.strip() and not row.startswith("#")]
    return {file: digest for digest, file in pairs}


def _parse(name: str, version: int, digest: str, content: str) -> Prompt:
    head, _, body = content.partition("\n---\n")
    declared = head.removeprefix("inputs:").split(",")
    system, *rest = _PARTS.split(body, maxsplit=1)
    return Prompt(
        name,
        version,
        digest,
        frozenset(word.strip() for word in declared if word.strip()),
        system if rest else "",
        rest[0] if rest else system,
    )


@functools.cache
def _template(text: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["fence"] = fence
    return environment.from_string(text)
