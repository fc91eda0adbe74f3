"""Server time of a rerun of every page with 10,000 samples and 2,000 posts, beside an empty page in the same shell."""

from __future__ import annotations

import os
import random
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from streamlit.testing.v1 import AppTest

from bench.report import Line, report
from core import drift, store
from core.collect.commits import measure
from core.config import ROOT, settings
from core.people import local_actor
from core.store import authors, new_id
from core.store.tables import Post, Sample

SAMPLES, POSTS, RERUNS, AIM = 10_000, 2_000, 20, 0.25
_WORDS = (
    "audit valve notebook margin plant paper shift pump ledger night river copper letter winter method reader "
    "thread habit "
    "the a of to and in we you I it is was not but then because when after before with for on at by from this that"
)
WORDS = _WORDS.split()


def text(pick: random.Random) -> str:
    """A made-up post of 60 to 220 words in a few paragraphs."""
    blocks = []
    for _ in range(pick.randint(2, 6)):
        sentences = [
            " ".join(pick.choices(WORDS, k=pick.randint(4, 22))).capitalize() + pick.choice(".!?...") for _ in range(3)
        ]
        blocks.append(" ".join(sentences))
    return "\n\n".join(blocks) + pick.choice(["", "", "\n\n#method #plant", " 🚀"])


def fill(pick: random.Random) -> str:
    """10,000 samples of one dated author and 2,000 posts over two years; the author's id."""
    actor = local_actor()
    statuses = (
        "Drafting",
        "In Review",
        "Changes Requested",
        "Approved",
        "Scheduled",
        "Published",
        "Rejected",
        "Archived",
    )
    start = datetime(2015, 1, 1, 9, tzinfo=UTC)
    with store.writing(actor) as tx:
        author = authors.add(tx, "Bench Author").id
        authors.add(tx, "Another Author")
    for first in range(0, SAMPLES, 500):
        rows = []
        for number in range(first, first + 500):
            body = f"{text(pick)}\n\nNo. {number}"
            date = start + timedelta(hours=9 * number)
            rows.append(
                Sample(
                    author_id=author, text=body, text_hash=f"{number:064d}", date=date, position=number, **measure(body)
                )
            )
        with store.writing(actor) as tx:
            tx.session.add_all(rows)
    now = datetime.now(UTC)
    for first in range(0, POSTS, 500):
        with store.writing(actor) as tx:
            for number in range(first, first + 500):
                slot = now + timedelta(hours=9 * (number - POSTS // 2))
                status = statuses[number % len(statuses)]
                planned = slot if status in ("Approved", "Scheduled", "Published") else None
                tx.session.add(
                    Post(
                        author_id=author,
                        title=f"Post {number}",
                        text=text(pick),
                        status=status,
                        slot=planned,
                        zone="UTC",
                    )
                )
    return author


def timed(path: Path, author: str) -> tuple[float, list[float]]:
    """Milliseconds of the first opening, imports included, and of each rerun after the second."""
    app = AppTest.from_file(str(path), default_timeout=120)
    app.query_params["author"] = author
    took = []
    for _ in range(RERUNS + 2):
        started = time.perf_counter()
        app.run()
        took.append(1000 * (time.perf_counter() - started))
    if app.exception or app.error:
        print(f"{path.stem}: the page shows an error: {[e.value for e in (*app.exception, *app.error)]}")
    return took[0], took[2:]


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[-1]


def main() -> None:
    """Fill a store of its own, measure each page found on disk (or those named), print and write the table."""
    folder = Path(tempfile.mkdtemp(prefix="timbre-bench-"))
    os.environ["TIMBRE_DATA"] = str(folder / "data")
    settings.cache_clear()
    store.migrate()
    author = fill(random.Random(1))
    drift.check(author)  # the worker's part
    empty = folder / f"empty_{new_id()}.py"
    empty.write_text('from pages.ui import page\n\nwith page("Empty") as here:\n    pass\n', encoding="utf8")
    pages = [p for p in sorted((ROOT / "pages").glob("*.py")) if p.stem != "__init__"]
    pages = [p for p in pages if p.stem in sys.argv[1:]] if sys.argv[1:] else pages
    _, peer = timed(empty, author)
    lines, shares = [], {}
    for path in pages:
        first, ours = timed(path, author)
        shares[path.stem] = {
            "first": round(first),
            "p50": round(statistics.median(ours), 1),
            "p95": round(p95(ours), 1),
        }
        lines.append(
            Line(path.stem, "ms", ours, peer, "an empty page in the same shell", f"p95 at most {1000 * AIM:.0f}")
        )
    over = [f"{name} {found['p95']:.0f}" for name, found in shares.items() if found["p95"] > 1000 * AIM]
    notes = [
        f"{name:12} p50 {found['p50']:7.1f} ms   p95 {found['p95']:7.1f} ms   first opening {found['first']:.0f} ms"
        for name, found in shares.items()
    ] + [f"over the aim of {1000 * AIM:.0f} ms: {', '.join(over) or 'none'}"]
    name = "rerun_some" if sys.argv[1:] else "rerun"  # only the whole table replaces the kept one
    report(name, lines, notes, pages=shares, samples=SAMPLES, posts=POSTS, reruns=RERUNS)
    store.dispose()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
