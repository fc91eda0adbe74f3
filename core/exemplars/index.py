"""The LanceDB index of samples: derived from the store, written by the worker only, safe to delete."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.config import settings
from core.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

KEPT = timedelta(minutes=10)
"""Older versions of the table are dropped when the index is tidied; a search in flight still reads its own."""


@dataclass(frozen=True)
class Hit:
    """One row found: its id and its vector (float32, length 1)."""

    id: str
    vector: NDArray[np.float32]


def folder() -> Path:
    """Where the index is kept."""
    return settings().timbre_data / "lance"


def table_name() -> str:
    """One table for each embedder: vectors of two models cannot be compared."""
    embedder = settings().timbre_embedder
    return "samples" if embedder == "minilm" else f"samples_{hashlib.sha256(embedder.encode()).hexdigest()[:8]}"


def exists() -> bool:
    """Whether there is an index on disk (without loading LanceDB)."""
    return (folder() / f"{table_name()}.lance").is_dir()


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:
        raise StorageError(
            f"The index of exemplars in {folder()} could not be used ({type(error).__name__}). Your samples are safe.",
            "See that the disk has space. If it stays, press 'Rebuild the index' on the Samples page.",
        ) from error


def _open() -> Any:
    """The table, or None where there is none."""
    import lancedb

    return lancedb.connect(str(folder())).open_table(table_name()) if exists() else None


def _made(dimensions: int) -> Any:
    """The table, made where there is none."""
    import lancedb
    import pyarrow as pa

    schema = pa.schema(
        [
            pa.field("id", pa.string()),
            pa.field("author_id", pa.string()),
            pa.field("text", pa.string()),
            pa.field("vector", pa.list_(pa.float32(), dimensions)),
        ]
    )
    return lancedb.connect(str(folder())).create_table(table_name(), schema=schema, exist_ok=True)


def put(ids: Sequence[str], authors: Sequence[str], texts: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Write rows by id: again is the same as once. `vectors` has the shape (n, dimensions). Raises StorageError."""
    import pyarrow as pa

    dimensions = vectors.shape[1]
    flat = pa.array(np.ascontiguousarray(vectors, dtype=np.float32).reshape(-1))
    with _understood():
        table = _made(dimensions)
        columns = [list(ids), list(authors), list(texts), pa.FixedSizeListArray.from_arrays(flat, dimensions)]
        rows = pa.table(columns, schema=table.schema)
        table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(rows)


def ids() -> set[str]:
    """What is in the index. Raises StorageError."""
    with _understood():
        table = _open()
        if table is None:
            return set()
        found = table.search().select(["id"]).limit(table.count_rows() + 1).to_arrow()
        return set(found["id"].to_pylist())


def remove(gone: Collection[str]) -> None:
    """Take rows out, for samples that are no longer in the store."""
    from lancedb.expr import col

    with _understood():
        table = _open()
        if table is not None and gone:
            table.delete(col("id").isin(sorted(gone)))


def tidy() -> None:
    """Full text, bitmap and B-tree indices where they are missing, then compact. Few vectors need none."""
    from lancedb.index import FTS, Bitmap, BTree

    with _understood():
        table = _open()
        if table is None or table.count_rows() == 0:
            return
        there = {column for index in table.list_indices() for column in index.columns}
        for column, config in (("text", FTS(with_position=False)), ("author_id", Bitmap()), ("id", BTree())):
            if column not in there:
                table.create_index(column, config=config)
        table.optimize(cleanup_older_than=KEPT)


def drop() -> None:
    """Delete the index from the disk."""
    with _understood():
        if folder().exists():
            shutil.rmtree(folder())


def near(author_id: str, vector: NDArray[np.float32], limit: int) -> list[Hit]:
    """An author's rows by closeness in meaning, the closest first."""
    from lancedb.expr import col, lit

    with _understood():
        table = _open()
        if table is None:
            return []
        query = table.search(vector.tolist(), vector_column_name="vector", query_type="vector").distance_type("cosine")
        found = query.where(col("author_id") == lit(author_id)).select(["id", "vector", "_distance"]).limit(limit)
        return _hits(found.to_arrow())


def worded(author_id: str, query: str, limit: int) -> list[Hit]:
    """An author's rows by shared words (BM25 over a stemmed full text index), the best first."""
    from lancedb.expr import col, lit
    from lancedb.query import MatchQuery

    with _understood():
        table = _open()
        if table is None or not any("text" in index.columns for index in table.list_indices()):
            return []
        words: Any = MatchQuery(query, "text")  # type: ignore[call-arg]  # the stub calls optional arguments required
        found = table.search(words, query_type="fts").where(col("author_id") == lit(author_id))
        return _hits(found.select(["id", "vector", "_score"]).limit(limit).to_arrow())


def _hits(found: Any) -> list[Hit]:
    pairs = zip(found["id"].to_pylist(), found["vector"].to_pylist(), strict=True)
    return [Hit(id_, np.asarray(vector, dtype=np.float32)) for id_, vector in pairs]
