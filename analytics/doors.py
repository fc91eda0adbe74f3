"""What the shell commands share: JSON Lines as a stream, bad records named by file and line, progress, safe output."""

from __future__ import annotations

import io
import json
import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

Record = dict[str, Any]


class BadRecordError(ValueError):
    """A line that cannot be used; the message names the file, the line, and what to do."""


def records(
    path: Path, fields: dict[str, tuple[type, ...]], tick: Callable[[int], None] | None = None
) -> Iterator[Record]:
    """The records of a JSON Lines file, one at a time, each with its `fields` of the types asked for.

    Blank lines are skipped. `tick` is told the bytes read so far. Raises BadRecordError naming file and line.
    """
    read = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            read += len(raw)
            if raw.strip():
                yield _record(path, number, raw, fields)
            if tick is not None:
                tick(read)


def _record(path: Path, number: int, raw: bytes, fields: dict[str, tuple[type, ...]]) -> Record:
    where = f"{path}, line {number}"
    try:
        found = json.loads(raw.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError as problem:
        raise BadRecordError(f"{where}: not UTF-8 (byte {problem.start}). Save the file as UTF-8.") from None
    except json.JSONDecodeError as problem:
        raise BadRecordError(f"{where}: not JSON ({problem}). Each line must hold one JSON object.") from None
    except (ValueError, RecursionError):
        raise BadRecordError(f"{where}: holds a number too long or lists too deep to be read. Shorten it.") from None
    if not isinstance(found, dict):
        raise BadRecordError(f"{where}: holds {_kind(found)}, not an object. Each line must hold one JSON object.")
    for name, kinds in fields.items():
        if name not in found and type(None) not in kinds:
            raise BadRecordError(f"{where}: has no “{name}”. Add it.")
        value = found.get(name)
        if isinstance(value, bool) or not isinstance(value, kinds):
            wanted = " or ".join(_NAMES.get(kind, kind.__name__) for kind in kinds)
            raise BadRecordError(f"{where}: “{name}” is {_kind(value)}; it must be {wanted}.")
        if isinstance(value, float) and not math.isfinite(value):
            raise BadRecordError(f"{where}: “{name}” is not a finite number.")
    return found


_NAMES = {str: "text", int: "a whole number", float: "a number", type(None): "null"}


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    named: dict[type, str] = {**_NAMES, dict: "an object", list: "a list"}
    return named.get(type(value), type(value).__name__)


class Progress:
    """A bar on stderr, at most ten times a second; only every tenth part where stderr is no terminal."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, max(total, 1)
        self._live = sys.stderr.isatty()
        self._shown, self._last = -1, 0.0

    def __call__(self, done: int) -> None:
        """So much of the total is done."""
        share = min(1.0, done / self._total)
        if self._live:
            if (now := time.monotonic()) - self._last > 0.1 or share >= 1:
                self._last = now
                bar = "#" * int(30 * share)
                print(f"\r{self._what} [{bar:<30}] {share:4.0%}", end="", file=sys.stderr, flush=True)
        elif int(10 * share) > self._shown:
            self._shown = int(10 * share)
            print(f"{self._what} {share:.0%}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._live:
            print(file=sys.stderr)


@contextmanager
def writing(path: Path) -> Iterator[Callable[[Iterable[Record]], None]]:
    """Opens a file that records go to as they come: `put(some)`; NaN becomes null.

    They go to `path` itself, line by line, so that a reader may follow; a run that fails leaves the whole lines.
    """
    with path.open("w", encoding="utf-8", newline="\n") as file:
        yield lambda found: _put(file, found)


def _put(file: IO[str], found: Iterable[Record]) -> None:
    for one in found:
        clean = {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in one.items()}
        line = json.dumps(clean, ensure_ascii=False, allow_nan=False)
        # Half a character is no UTF-8, but may stand in a name or an id: it goes out as it came in, escaped.
        file.write((line if _whole(line) else json.dumps(clean, allow_nan=False)) + "\n")
    file.flush()


def _whole(line: str) -> bool:
    try:
        line.encode()
    except UnicodeEncodeError:
        return False
    return True


def run(main: Callable[[Sequence[str] | None], None], argv: Sequence[str] | None = None) -> int:
    """A command's exit status: 0; 1 for input that cannot be used; 2 for wrong arguments; 130 where it was stopped.

    What a person can mend is one line on stderr, without a traceback.
    """
    try:
        main(argv)
    except BadRecordError as problem:
        print(problem, file=sys.stderr)
        return 1
    except io.UnsupportedOperation:
        print("A pipe cannot be read twice. Save it as a file first, and give its name.", file=sys.stderr)
        return 1
    except BrokenPipeError:
        print("What reads the output has stopped reading.", file=sys.stderr)
        return 1
    except OSError as problem:
        name = f"{problem.filename}: " if problem.filename else ""
        print(f"{name}{(problem.strerror or str(problem))}. Check the path and try again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What is written so far stands in the file.", file=sys.stderr)
        return 130
    return 0


def distinct(source: Path, target: Path) -> None:
    """Refuse to write over what is read, or into no folder, before hours of work. Raises BadRecordError."""
    if not target.parent.is_dir():
        raise BadRecordError(f"{target}: there is no folder {target.parent}. Make it, or give --out another name.")
    if target.exists() and source.exists() and source.samefile(target):
        raise BadRecordError(f"{target}: is also what is read. Give --out another name.")
