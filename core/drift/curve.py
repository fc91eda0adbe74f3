"""What a check found of every post, as arrays: the form in which the store keeps it and the pages draw it."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
NO_DATE = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class Curve:
    """The posts in use, in order of time; arrays of n rows but for the weeks. NaN: not judged."""

    ids: npt.NDArray[np.str_]
    origin: npt.NDArray[np.uint8]  # see core.drift.timeline.ORIGINS
    seconds: npt.NDArray[np.int64]  # since 1970, UTC; NO_DATE where undated
    segment: npt.NDArray[np.int32]  # 0 for the first baseline
    baseline: npt.NDArray[np.bool_]  # part of the baseline that its segment is judged by
    statistic: npt.NDArray[np.float32]  # higher is further from the baseline
    threshold: npt.NDArray[np.float32]
    low: npt.NDArray[np.float32]  # the band of what is usual
    high: npt.NDArray[np.float32]
    alarm: npt.NDArray[np.bool_]  # an alarm stands at that post
    weeks: npt.NDArray[np.int64]  # (weeks,) the Mondays of weeks that have a judged post, as `seconds`
    week_values: npt.NDArray[np.float32]  # (weeks,) the figure of each

    @property
    def n(self) -> int:
        """How many posts."""
        return len(self.ids)

    @property
    def dated(self) -> bool:
        """Whether every post has a date; otherwise their order is the axis."""
        return self.n > 0 and bool((self.seconds != NO_DATE).all())

    @property
    def judged(self) -> int:
        """How many posts the statistic could be said of."""
        return int((~np.isnan(self.statistic)).sum())

    def date(self, row: int) -> datetime | None:
        """When a post went out."""
        at = int(self.seconds[row])
        return None if at == NO_DATE else datetime.fromtimestamp(at, UTC)

    def place(self, post_id: str) -> int | None:
        """The row of a post."""
        found = np.flatnonzero(self.ids == post_id)
        return int(found[0]) if len(found) else None


NAMES = tuple(field.name for field in fields(Curve))


def pack(curve: Curve) -> bytes:
    """As bytes, for the store: a compressed .npz."""
    out = io.BytesIO()
    arrays = {name: getattr(curve, name) for name in NAMES}
    np.savez_compressed(out, **{**arrays, "ids": curve.ids.astype("S26")})
    return out.getvalue()


def unpack(kept: bytes) -> Curve:
    """What `pack` made. Raises ValueError where another version made it."""
    try:
        with np.load(io.BytesIO(kept), allow_pickle=False) as found:
            arrays = {name: found[name] for name in NAMES}
    except (KeyError, OSError, EOFError, ValueError, BadZipFile, zlib.error) as error:
        raise ValueError("These bytes are damaged or from another version; check the author again.") from error
    return Curve(**{**arrays, "ids": arrays["ids"].astype(str)})


def seconds(date: datetime | None) -> int:
    """A date as a curve keeps it."""
    return NO_DATE if date is None else int(date.timestamp())


def empty() -> Curve:
    """The curve of nobody's posts."""
    return Curve(
        ids=np.zeros(0, "U26"),
        origin=np.zeros(0, np.uint8),
        seconds=np.zeros(0, np.int64),
        segment=np.zeros(0, np.int32),
        baseline=np.zeros(0, np.bool_),
        statistic=np.zeros(0, np.float32),
        threshold=np.zeros(0, np.float32),
        low=np.zeros(0, np.float32),
        high=np.zeros(0, np.float32),
        alarm=np.zeros(0, np.bool_),
        weeks=np.zeros(0, np.int64),
        week_values=np.zeros(0, np.float32),
    )
