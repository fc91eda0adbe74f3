"""The sync against a Notion with the real limiter on: requests, seconds, approve to visible, and the soak.

`make bench-notion`, or `python -m bench.notion [--only pull,push,approve,soak] [--real-rate] [--edits N] [--seed N]`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.notion_bed import LIMIT, REAL, Bed, bed, limited, texts, write_posts
from bench.notion_soak import soak
from bench.report import RESULTS, Line, report
from core import review, store
from core.config import ROOT
from core.store import notion as rows
from notion_sync import commands

ROWS = (100, 1_000, 12_000)
BULK = 1_000
SPEED = 3.0
"""Without --real-rate the limiter's clock runs this many times as fast in the bulk push."""
APPROVALS = 30
PARTS = ("pull", "push", "approve", "soak")


def line(what: str, unit: str, ours: list[float], most: float, note: str = "") -> Line:
    """A measured value beside the most that it may be."""
    met = "met" if max(ours) <= most else "MISSED"
    return Line(what, unit, ours, [most] if most else [], "the goal", f"at most {most:g}: {met}{note}")


def pull(wanted: tuple[int, ...]) -> list[Line]:
    """People have changed every row of the calendar; nothing is to be written back."""
    out = []
    for number in wanted:
        with bed() as one:
            _typed(one, number)
            with limited(one):
                start, busy = time.perf_counter(), time.process_time()
                done = commands.sync()
                took, cpu = time.perf_counter() - start, time.process_time() - busy
                refused = sum(one.world.limited.values())
            assert done.counts["pulled"] == number and not one.world.writes(), done.counts
        # The calendar's rows and schema; the other tables, comments and names of users are said beside it.
        asked = sum(one.calendar in path or path.startswith("pages/") for _, path, _ in one.world.log)
        rest = f" ({done.counts['requests']} in the whole pass over four tables; {refused} x 429)"
        out.append(line(f"requests to pull {number:,} rows", "1", [float(asked)], math.ceil(number / 100) + 2, rest))
        if number == BULK:
            out.append(line(f"pull of {number:,} rows", "s", [took], 15, f" ({cpu:.1f} s of CPU, both sides)"))
    return out


def _typed(one: Bed, number: int) -> None:
    """As many rows on both sides, in step; then somebody changes the text of each in Notion.

    Of more than BULK rows the two sides have not met yet: they find each other by App ID in the measured pass.
    """
    ids = write_posts(one, [""] * number, status="Drafting")
    names = list(one.authors)
    found = [
        one.world.type_row(
            Name=f"Post {at}", Status="Drafting", Author=names[at % len(names)], Sync_state="In step", App_ID=post_id
        )
        for at, post_id in enumerate(ids)
    ]
    if number <= BULK:
        commands.sync()
    for row, text in zip(found, texts(number), strict=True):
        one.world.edit(row, Post_text=text[:20_000])
    for at, row in enumerate(found):  # made one by one over the last months, as a table is
        row["created"] -= timedelta(minutes=number - at)
    one.world.log.clear()


def push(speed: float) -> tuple[list[Line], dict[str, Any]]:
    """A bulk push of changed rows, and idle passes after it."""
    with bed() as one:
        _typed(one, BULK)
        commands.sync()
        with store.reading() as tx:
            known = [row.local_id for row in rows.rows(tx, "calendar")]
        for number, post_id in enumerate(known):
            review.edit(post_id, one.actor, title=f"Post {number}, edited")
        _an_hour_later(one)
        with limited(one, speed=speed):
            start, busy = time.perf_counter(), time.process_time()
            done = commands.sync()
            took, cpu = (time.perf_counter() - start) * speed, time.process_time() - busy
            refused = sum(one.world.limited.values())
            _an_hour_later(one)
            commands.sync()
            idle = []
            for _ in range(3):
                one.world.log.clear()
                idle.append(float(commands.sync().counts["requests"]))
                assert not one.world.writes(), one.world.writes()[:3]
        arrived = sum(str(one.world.cell(r, "Name")).endswith("edited") for r in one.world.rows())
    floor = (math.ceil(BULK / LIMIT) - 1) * 60.0
    how = "real rate" if speed == 1 else f"limiter's clock {speed:g} times as fast, our own work is not"
    text = f" ({took:.0f} s, {how}, {cpu:.0f} s of CPU; {refused} x 429)"
    lines = [
        line("requests a changed row, bulk", "1", [done.counts["requests"] / BULK], 1.02, f" ({arrived:,} arrived)"),
        line(f"bulk push over {floor:.0f} s floor", "1", [took / floor], 1.05, text),
        line("requests of an idle pass, 4 tables", "1", idle, 8),
    ]
    figure = {"seconds": round(took, 1), "floor": floor, "ratio": round(took / floor, 4), "429s": refused}
    return lines, figure | {"date": f"{datetime.now(UTC):%Y-%m-%d}"}


def _an_hour_later(one: Bed) -> None:
    """Nothing has been edited in Notion for an hour."""
    for row in one.world.rows():
        row["edited"] -= timedelta(hours=1)
    with store.writing(one.actor) as tx:
        for known in rows.rows(tx, "calendar"):
            known.memo = {key: value for key, value in known.memo.items() if key == "created"}


# ---- approve to visible -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _worker(one: Bed) -> Iterator[None]:
    """A real worker process on the bed's folder, once its first pass is done."""
    log = (one.data / "worker.log").open("wb")
    process = subprocess.Popen([sys.executable, "worker.py"], cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    try:
        deadline = time.monotonic() + 120
        while not _passes("done"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit((one.data / "worker.log").read_text()[-2_000:] or "The worker made no pass.")
            time.sleep(0.2)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        if process.poll() is None:
            process.kill()
        log.close()


def _passes(status: str) -> list[Any]:
    with store.reading() as tx:
        return rows.passes(tx, 500, (status,))


def approve() -> list[Line]:
    """From the approval's return until Notion holds it: half of the posts have a row (read, then changed), half not."""
    waits: dict[bool, list[float]] = {True: [], False: []}
    with bed() as one:
        known = write_posts(one, texts(APPROVALS), status="In Review")
        for post_id in known[::2]:
            one.world.type_row(Name="Post", Status="In Review", Author="Ada", App_ID=post_id)
        with limited(one), _worker(one):
            time.sleep(3)
            before = len(one.world.log)
            for number, post_id in enumerate(known):
                review.approve(post_id, None, one.actor)
                start = time.perf_counter()
                waits[number % 2 == 0].append(_visible(one, post_id, start))
                time.sleep(max(0.0, 1.0 - (time.perf_counter() - start)))
            time.sleep(3)
            sent = len(one.world.log) - before
            quick = [float(p.counts.get("requests", 0)) for p in _passes("pushed") if p.counts.get("requests")]
            refused = sum(one.world.limited.values())
    every = sorted(waits[True] + waits[False])
    p95 = every[math.ceil(0.95 * len(every)) - 1]
    parts = f" (rows that exist {_mid(waits[True])}, new rows {_mid(waits[False])}, slowest {every[-1]:.2f} s)"
    return [
        line("approve to visible in Notion, p50", "s", [statistics.median(every)], 2, parts),
        line("approve to visible in Notion, p95", "s", [p95], 2, f" ({APPROVALS} approvals, {refused} x 429)"),
        line("requests of a single interactive change", "1", quick or [math.inf], 2, f" (median; {sent} in all)"),
    ]


def _mid(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} s"


def _visible(one: Bed, post_id: str, start: float) -> float:
    while time.perf_counter() - start < 30:
        for row in one.world.rows():
            if one.world.cell(row, "App ID") == post_id and one.world.cell(row, "Status") == "Approved":
                return time.perf_counter() - start
        time.sleep(0.005)
    return math.inf


def _keep(path: Path, before: dict[str, Any]) -> None:
    """Rows and figures of parts that were not measured this time stay, each with the time of its own run."""
    fresh = json.loads(path.read_text())
    measured = {row["what"] for row in fresh["rows"]}
    for row in fresh["rows"]:
        row["at"] = fresh["at"]
    fresh["rows"] += [row for row in before.get("rows", []) if row["what"] not in measured]
    path.write_text(json.dumps({**before, **fresh}, indent=1) + "\n")


def main() -> None:
    """Measure what is asked for; what is not keeps the figures of its last run, with their date, in the JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"parts, of {', '.join(PARTS)}")
    parser.add_argument("--real-rate", action="store_true", help="bulk push at 180 requests a minute (6 minutes)")
    parser.add_argument("--edits", type=int, default=10_000, help="edits of the soak")
    parser.add_argument("--seed", type=int, default=1, help="of the soak")
    parser.add_argument("--rows", default=",".join(map(str, ROWS)), help="sizes of the pulls")
    parser.add_argument("--name", default="notion", help="the JSON's name in bench/results/, or a path without .json")
    asked = parser.parse_args()
    parts = asked.only.split(",")
    path = RESULTS / f"{asked.name}.json"
    real: dict[str, Any] | None = None
    lines: list[Line] = []
    notes = [] if REAL.exists() else [f"The development posts are not at {REAL}: measured with made-up ones."]
    more: dict[str, Any] = {}
    if "pull" in parts:
        lines += pull(tuple(int(n) for n in asked.rows.split(",")))
    if "push" in parts:
        pushed, figure = push(1.0 if asked.real_rate else SPEED)
        lines += pushed
        real = figure if asked.real_rate else real
    if "approve" in parts:
        lines += approve()
    if "soak" in parts:
        found = soak(asked.seed, asked.edits)
        lines += [line(name, "1", [float(value)], most) for name, value, most in found.goals()]
        notes += found.notes()
        more["soak"] = found.figures()
    before = json.loads(path.read_text()) if path.exists() else {}
    real = real or before.get("real_rate")
    if real:
        notes.append(f"bulk push at the real rate, {real['date']}: {real['seconds']} s, {real['ratio']} of the floor.")
        more["real_rate"] = real
    report(asked.name, lines, notes, **more)
    _keep(path, before)
    sys.exit(any("MISSED" in one.goal for one in lines))


if __name__ == "__main__":
    main()
