"""The texts of an exam: what is asked of base and adapter, and how far their answers are written (they are kept)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core import llm

KEPT = "exam.jsonl"
"""In the run's folder: a line for each text that is written."""
TOGETHER = 12
"""Asks that are written between two savings, unless `write.together` says otherwise."""
ARMS = ("base", "adapter")
MOST_TOKENS = 420
TEMPERATURE, REPEAT_PENALTY, APART = 0.7, 1.1, 7
"""As whole posts are written in use, see core.generate.voicing."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Ask:
    """One text that is wanted. `scale` is how strongly the adapter is applied: 0 is the base alone."""

    id: str
    system: str
    user: str
    seed: int
    temperature: float
    max_tokens: int
    scale: float

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


Write = Callable[[Sequence[Ask]], Sequence[str]]
"""Gives a text for each ask, in their order."""


def asks(rows: Sequence[Row], each: int, seed: int, scale: float) -> list[Ask]:
    """Each brief so many times by both arms: the same prompt, examples and seeds, the adapter off and on."""
    return [
        Ask(
            f"{row['id']}/{arm}/{draw}",
            row["system"],
            row["user"],
            seed + 10 * number + draw,
            TEMPERATURE,
            min(MOST_TOKENS, 60 + round(1.8 * row["words"])),
            scale if arm == "adapter" else 0.0,
        )
        for number, row in enumerate(rows)
        for arm in ARMS
        for draw in range(each)
    ]


def written(
    folder: Path, wanted: Sequence[Ask], write: Write, progress: Callable[[int, int], None] | None = None
) -> dict[str, str]:
    """The text of every ask by its id. Those of an exam that was broken off are taken from `KEPT`, not written again.

    Raises what `write` raises; what was written until then is kept.
    """
    path = folder / KEPT
    found = dict(_kept(path))
    missing = [ask for ask in wanted if ask.id not in found]
    together = getattr(write, "together", TOGETHER)
    for start in range(0, len(missing), together):
        part = missing[start : start + together]
        texts = [text.strip() for text in write(part)]
        _add(path, part, texts)
        found.update(zip((ask.id for ask in part), texts, strict=True))
        if progress:
            progress(len(wanted) - len(missing) + start + len(part), len(wanted))
    return {ask.id: found[ask.id] for ask in wanted}


def _kept(path: Path) -> Iterator[tuple[str, str]]:
    """What stands in the file; a last line that was half written counts as not written."""
    if not path.exists():
        return
    for line in path.read_text(encoding="utf8").splitlines():
        try:
            row = json.loads(line)
            yield row["id"], row["text"]
        except (ValueError, KeyError, TypeError):
            continue


def _add(path: Path, part: Sequence[Ask], texts: Sequence[str]) -> None:
    rows = [json.dumps({"id": a.id, "text": t}, ensure_ascii=False) for a, t in zip(part, texts, strict=True)]
    with path.open("a+b") as opened:
        opened.seek(0, os.SEEK_END)
        if opened.tell():
            opened.seek(-1, os.SEEK_END)
            if opened.read(1) != b"\n":
                opened.write(b"\n")  # the line before was cut short
        opened.write(("\n".join(rows) + "\n").encode())
        opened.flush()
        os.fsync(opened.fileno())


def embedded(path: Path, sha256: str, stop: Callable[[], bool] = lambda: False) -> Write:
    """Written by the embedded model with the LoRA of that file. Raises Unavailable, Cancelled once `stop()` says so."""

    def write(part: Sequence[Ask]) -> list[str]:
        return [text for together in _together(part) for text in _answers(together, path, sha256, stop)]

    return write


def _together(part: Sequence[Ask]) -> Iterator[list[Ask]]:
    """Asks that differ by their seed alone, one after another: the model reads their prompt once."""
    run: list[Ask] = []
    for ask in part:
        if run and (_bare(ask) != _bare(run[0]) or ask.seed != run[-1].seed + 1):
            yield run
            run = []
        run.append(ask)
    if run:
        yield run


def _bare(ask: Ask) -> Ask:
    return replace(ask, id="", seed=0)


def _answers(part: Sequence[Ask], path: Path, sha256: str, stop: Callable[[], bool]) -> list[str]:
    first = part[0]
    request = llm.Request(
        first.user,
        system=first.system,
        n=len(part),
        seed=first.seed,
        temperature=first.temperature,
        repeat_penalty=REPEAT_PENALTY,
        max_tokens=first.max_tokens,
        apart=APART,
        # Also at 0: the runtime then holds the same files all along, and the base is the base.
        adapters=(llm.Lora(str(path), first.scale, sha256),),
    )
    return llm.complete(request, stop, model="embedded").texts
