"""The shell door of voice: `python -m analytics.score --personas P.jsonl --texts T.jsonl --out S.jsonl`."""

from __future__ import annotations

import argparse
import json
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from analytics import doors, voice
from analytics.voice import NEWEST, Reading, VoiceProfile

BATCH = 200
WEIGHED = 12
"""Personas that are weighed at a time."""


def personas(source: Path) -> dict[str, VoiceProfile]:
    """A profile of each persona of a file, from its `NEWEST` posts by date (undated: by their place, before the dated).

    Raises BadRecordError naming the line.
    """
    offsets: dict[str, array[int]] = {}
    dates: dict[str, list[str]] = {}
    at = 0
    progress = doors.Progress("finding personas", source.stat().st_size)

    def tick(done: int) -> None:
        nonlocal at
        at = done
        progress(done)

    for post in doors.records(source, {"persona": (str,), "text": (str,), "date": (str, type(None))}, tick):
        offsets.setdefault(post["persona"], array("q")).append(at)
        dates.setdefault(post["persona"], []).append(post.get("date") or "")
    progress.end()
    out: dict[str, VoiceProfile] = {}
    progress = doors.Progress("fitting profiles", len(offsets))
    with source.open("rb") as file:
        for done, (name, places) in enumerate(offsets.items(), 1):
            newest = sorted(range(len(places)), key=dates[name].__getitem__)[-NEWEST:]
            readings: list[Reading] = []
            for k in newest:
                file.seek(places[k])
                readings.append(voice.read(str(json.loads(file.readline().decode("utf-8-sig"))["text"])))
            out[name] = voice.fit(readings)
            progress(done)
    progress.end()
    return out


def scores(profiles: dict[str, VoiceProfile], ids: Sequence[object], texts: Sequence[str]) -> Iterator[doors.Record]:
    """A record for every text and persona."""
    readings = [voice.read(text) for text in texts]
    names = list(profiles)
    found: list[list[voice.Score]] = [[] for _ in readings]
    for start in range(0, len(names), WEIGHED):
        some = [profiles[name] for name in names[start : start + WEIGHED]]
        for row, more in zip(found, voice.score_many(some, readings), strict=True):
            row.extend(more)
    for one, row in zip(ids, found, strict=True):
        for name, score in zip(names, row, strict=True):
            yield {
                "persona": name,
                "id": one,
                "style": score.style,
                "topic": score.topic,
                "likeness": score.likeness,
                "evidence": score.evidence,
            }


def main(argv: Sequence[str] | None = None) -> None:
    """Score every text for every persona, each persona as if the others were not there."""
    parser = argparse.ArgumentParser(prog="python -m analytics.score", description="Score texts against personas.")
    parser.add_argument("--personas", type=Path, required=True, help='JSON Lines: {"persona", "text", "date"}')
    parser.add_argument("--texts", type=Path, required=True, help='JSON Lines: {"id", "text"}')
    parser.add_argument("--out", type=Path, required=True, help="JSON Lines, one for every text and persona")
    args = parser.parse_args(argv)
    for source in (args.personas, args.texts):
        doors.distinct(source, args.out)
    size = args.texts.stat().st_size
    profiles = personas(args.personas)
    if not profiles:
        raise doors.BadRecordError(f"{args.personas}: holds no posts. Each line must be a post of a persona.")
    progress = doors.Progress("scoring", size)
    ids: list[object] = []
    texts: list[str] = []
    with doors.writing(args.out) as put:
        try:
            for one in doors.records(args.texts, {"id": (str, int), "text": (str,)}, progress):
                ids.append(one["id"])
                texts.append(one["text"])
                if len(ids) == BATCH:
                    put(scores(profiles, ids, texts))
                    ids, texts = [], []
        except doors.BadRecordError:
            put(scores(profiles, ids, texts))  # what came before the bad line stands
            raise
        put(scores(profiles, ids, texts))
    progress.end()


if __name__ == "__main__":
    raise SystemExit(doors.run(main))
