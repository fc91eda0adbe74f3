"""Posts a second from a file to the store, beside the bare minimum: json and one SQLAlchemy bulk insert."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import tempfile
import time
from pathlib import Path

from sqlalchemy import create_engine, insert
from sqlalchemy.orm import Session

from bench.report import Line, report
from core.config import ROOT, settings

ROUNDS = 3
REAL = ROOT.parent / "shared/data/posts.jsonl"
_WORDS = """
we the team plant valve report learned later morning question customer Monday number quietly because before 
shipped nobody everyone asked wrote changed first honest small meeting decision and of to in a it that was
"""


def synthetic(posts: int = 2_600, authors: int = 30) -> bytes:
    """As many posts of the same length, from a fixed seed."""
    dice, words = random.Random(7), _WORDS.split()
    lines = []
    for number in range(posts):
        sentences = [" ".join(dice.choices(words, k=dice.randint(6, 20))).capitalize() + "." for _ in range(12)]
        post = {
            "author": f"author-{number % authors}",
            "date": f"20{10 + number % 15}-03-04",
            "text": " ".join(sentences),
        }
        lines.append(json.dumps(post))
    return "\n".join(lines).encode()


def ours(content: bytes) -> tuple[float, float]:
    """Seconds to the preview, and to the end of the import, into an empty store."""
    from core import collect, store
    from core.people import local_actor

    settings.cache_clear()
    store.migrate()
    start = time.perf_counter()
    preview = collect.preview([collect.Upload("posts.jsonl", content)])
    seen = time.perf_counter() - start
    collect.commit(preview, {}, local_actor())
    took = time.perf_counter() - start
    store.dispose()
    return seen, took


def peer(content: bytes, folder: Path) -> float:
    """Seconds for the same rows with nothing else done: no preview, no figures, no provenance, one transaction."""
    from core.store.base import Base
    from core.store.tables import Author, Sample

    engine = create_engine(f"sqlite:///{folder / 'peer.db'}")
    Base.metadata.create_all(engine)
    start = time.perf_counter()
    posts = [json.loads(line) for line in content.decode().splitlines()]
    ids = {name: f"{number:026}" for number, name in enumerate(sorted({post["author"] for post in posts}))}
    with Session(engine) as session, session.begin():
        session.execute(insert(Author), [{"id": id_, "name": name} for name, id_ in ids.items()])
        session.execute(
            insert(Sample),
            [
                {
                    "author_id": ids[post["author"]],
                    "text": post["text"],
                    "text_hash": hashlib.sha256(post["text"].encode()).hexdigest(),
                }
                for post in posts
            ],
        )
    took = time.perf_counter() - start
    engine.dispose()
    return took


def main() -> None:
    """Measure, interleaved."""
    content, notes = REAL.read_bytes() if REAL.exists() else synthetic(), []
    if not REAL.exists():
        notes.append(f"The development posts are not at {REAL}: measured with synthetic ones.")
    number = content.count(b"\n") + (not content.endswith(b"\n"))
    previews: list[float] = []
    imports: list[float] = []
    bare: list[float] = []
    for _ in range(ROUNDS):
        folder = Path(tempfile.mkdtemp(prefix="timbre-bench-"))
        os.environ["TIMBRE_DATA"], os.environ["DATABASE_URL"] = str(folder), ""
        seen, took = ours(content)
        previews.append(seen)
        imports.append(took)
        bare.append(peer(content, folder))
        shutil.rmtree(folder)
    notes.append(
        f"{number:,} posts; ours also measures every post (features), checks for duplicates and keeps provenance."
    )
    name = "json + one SQLAlchemy bulk insert"
    report(
        "import_rate",
        [
            Line("preview of the file", "s", previews, [], ""),
            Line("preview and import", "s", imports, bare, name, "at most 20 s"),
            Line("posts a second", "1/s", [number / t for t in imports], [number / t for t in bare], name),
        ],
        notes,
        posts=number,
    )


if __name__ == "__main__":
    main()
