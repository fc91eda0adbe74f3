"""Alarms: opened once for a change, brought up to date by every check, closed by a person or with the reason said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.drift.curve import Curve
from core.drift.finding import Found
from core.drift.say import OPEN, PASSED
from core.drift.timeline import Item, places
from core.people import WORKER
from core.store import Writing, drift
from core.store.base import now
from core.store.tables import Alarm

NEAR = 10
"""Posts by which the estimate of one and the same change may move as more posts come."""
GONE = "with the posts, the baseline and the measures of today it cannot be seen any more"
MOVED_ON = "a newer baseline begins after it"


def settle(
    tx: Writing,
    author_id: str,
    everything: Sequence[Item],
    curve: Curve,
    found: Found | None,
    record: Mapping[str, Any],
    seen: int = -1,
) -> bool:
    """Bring an author's alarms in step with a check; True where one was opened.

    `seen`: the row of the newest post at the check before (none: all of them are history). A change that a person has
    acknowledged is never opened again. An open alarm that ended stays open and says so; one that cannot be seen any
    more is closed with the reason.
    """
    place = places(everything)
    known = drift.locked_alarms(tx, author_id)
    same = _same(known, place, curve, found) if found else None
    for row in known:
        if row.status == OPEN and row is not same:
            _ended(row, place, curve, found)
    if found is None:
        return False
    if same is None and not found.stands and (seen < 0 or found.end <= seen):
        return False  # over before it was ever news: it is drawn, and waits for nobody
    if same is None:
        drift.add_alarm(tx, _update(Alarm(author_id=author_id, status=OPEN), curve, found, record))
        return True
    if same.status == PASSED and found.stands:
        same.status, same.closed_by, same.closed_at = OPEN, "", None
        same.actions = [*same.actions, {"at": now().isoformat(), "by": WORKER.name, "what": "opened again"}]
    if same.status == OPEN:
        _update(same, curve, found, record)
    return False


def _update(row: Alarm, curve: Curve, found: Found, record: Mapping[str, Any]) -> Alarm:
    change = found.change
    row.first_id, row.number = str(curve.ids[change.first]), change.first + 1
    row.low_id, row.high_id = str(curve.ids[change.low]), str(curve.ids[change.high])
    row.onset_id, row.standing = str(curve.ids[found.onset]), found.stands
    row.changed_at = curve.date(change.first) if curve.dated else None
    row.finding = dict(record)
    return row


def _same(known: Sequence[Alarm], place: Mapping[str, int], curve: Curve, found: Found) -> Alarm | None:
    """The alarm that was opened for this change before, closed or not; an open one first."""
    start = int((curve.segment < curve.segment[-1]).sum())
    for row in sorted(known, key=lambda one: one.status != OPEN):
        first, onset = place.get(row.first_id), place.get(row.onset_id)
        if first is None or onset is None or (row.new_baseline and first <= start):
            continue
        low, high = place.get(row.low_id, first), place.get(row.high_id, first)
        overlap = low <= found.change.high and found.change.low <= high
        if overlap or abs(first - found.change.first) <= NEAR or found.onset - NEAR <= onset <= found.end:
            return row
    return None


def _ended(row: Alarm, place: Mapping[str, int], curve: Curve, found: Found | None) -> None:
    """An open alarm that this check did not find: over, or not to be seen any more."""
    first, onset = place.get(row.first_id), place.get(row.onset_id)
    start = int((curve.segment < curve.segment[-1]).sum()) if curve.n else 0
    if first is not None and onset is not None and onset < curve.n:
        if onset < start or 0 < start >= first:
            _close(row, MOVED_ON)
            return
        if curve.alarm[onset] or (found is not None and onset < found.onset):
            row.standing = False
            return
    _close(row, GONE)


def _close(row: Alarm, why: str) -> None:
    """Closed by the program, with the reason; what a person noted stays as it is."""
    row.status, row.standing, row.closed_by, row.closed_at = PASSED, False, WORKER.name, now()
    row.actions = [*row.actions, {"at": now().isoformat(), "by": WORKER.name, "what": "closed", "why": why}]
