"""Comments on a calendar row come in as review notes, and notes written here go out as comments, each exactly once.

Notion lists open comments only (https://developers.notion.com/reference/list-comments): one that is missing may be
resolved or deleted, so its note stays. Both capabilities are off in a new integration: a refusal is said once a day.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from core import store
from core.config import settings
from core.errors import Invalid, NotFound, TimbreError
from core.people import LOCAL, WORKER
from core.review.lifecycle import CHANGES, IN_REVIEW
from core.store import Actor, choices, comments
from core.store.base import now
from core.store.tables import NotionRow, ReviewNote
from notion_sync import people, values
from notion_sync.client import NotAllowed, UnknownOutcome

if TYPE_CHECKING:
    from notion_sync.rows import Rows

Json = dict[str, Any]
KEY = "notion.comments"
SAID: Final = ("note", "submitted", "withdrawn", "approved", "changes requested", "rejected", "archived", "restored")
"""Notes of these kinds are what somebody wrote here for the others."""
NEW = timedelta(days=30)
"""Older notes stay here: a new connection does not fill Notion with history."""
LIVELY, QUIET, RECENT = timedelta(minutes=5), timedelta(days=1), timedelta(days=2)
"""How often the comments of a post in review (or changed recently) are read, and those of the others."""
PAUSE = timedelta(days=1)
MOST = 100_000
"""Characters of a note; values.ITEMS items of a comment hold at least as many."""
HINTS: Final = {
    "read": "Notion does not let Timbre read comments. In the integration's settings in Notion, under Capabilities, "
    "tick Read comments.",
    "write": "Notion does not let Timbre write comments. In the integration's settings in Notion, under Capabilities, "
    "tick Insert comments.",
}


# ---- may we --------------------------------------------------------------------------------------------------


def missing() -> list[str]:
    """What Notion does not let us do with comments, and what to tick there."""
    with store.reading() as tx:
        return [HINTS[what] for what in HINTS if _off(tx, what)]


def retry(actor: Actor) -> None:
    """Ask Notion again with the next pass: somebody has ticked the capability."""
    with store.writing(actor) as tx:
        choices.put(tx, KEY, {})


def _off(tx: store.Reading, what: str) -> bool:
    at = choices.get(tx, KEY).get(what)
    return at is not None and now() - datetime.fromisoformat(at) < PAUSE


def _refuse(work: Rows, what: str) -> None:
    """Remember for a day that Notion said no, and say once what to tick."""
    work.say(HINTS[what], level="warn")
    with store.writing(WORKER) as tx:
        choices.put(tx, KEY, {**choices.get(tx, KEY), what: now().isoformat()})


# ---- coming in -----------------------------------------------------------------------------------------------


def due(tx: store.Reading, limit: int) -> list[NotionRow]:
    """The rows whose comments are read next, at one request each: told by Notion first, then the longest overdue."""
    if limit <= 0 or _off(tx, "read"):
        return []
    waiting = sorted((-_overdue(talk), talk.row_id) for talk in comments.talks(tx))
    chosen = [row_id for overdue, row_id in waiting if overdue < 0][:limit]
    found = comments.rows(tx, chosen)
    return [found[row_id] for row_id in chosen if row_id in found]


def told(tx: store.Reading) -> int:
    """How many rows Notion has told us about by a webhook, and nobody has looked yet; they come first in `due`."""
    return 0 if _off(tx, "read") else sum(_overdue(talk) == float("inf") for talk in comments.talks(tx))


def _overdue(talk: comments.Talk) -> float:
    """How many of its turns a row has waited; 0: not yet. Rows in review are always due, in turn."""
    read = talk.memo.get("comments_at")
    at = datetime.fromisoformat(read) if read else None
    if talk.hinted is not None and (at is None or talk.hinted > at):
        return float("inf")
    lively = talk.status in (IN_REVIEW, CHANGES) or now() - talk.changed < RECENT
    if at is None:
        return 1e9 if lively else 1e6
    turns = (now() - at) / (LIVELY if lively else QUIET)
    return max(turns, 1e-9) if lively else turns if turns >= 1 else 0.0


def read(work: Rows, row: NotionRow) -> None:
    """Read the open comments of a row; new ones become notes, edited ones change theirs. Raises TimbreError."""
    began = now()
    try:
        found = work.client.comments(str(row.page_id))
    except NotAllowed:
        _refuse(work, "read")
        return
    except NotFound:
        found = []  # not shared any more: the pull of the row says so
    with store.reading() as tx:
        known = comments.of_post(tx, row.local_id)
    for comment in found:
        _take(work, row, comment, known.get(str(comment.get("id"))))
    if not work.dry_run:
        with store.writing(WORKER) as tx:
            comments.remember(tx, row.id, comments_at=began.isoformat())


def _take(work: Rows, row: NotionRow, comment: Json, known: ReviewNote | None) -> None:
    text = text_of(comment)
    user = comment.get("created_by") or {}
    if known is not None and (known.source != "notion" or known.text == text):
        return
    if known is None and (not text or (user.get("id") and people.is_own(work.client, str(user["id"])))):
        return  # ours, coming back
    work.counts["comments"] += 1
    name = str((comment.get("display_name") or {}).get("resolved_name") or "")
    by = people.acting(work.client, user, " ".join(name.split())[: people.NAME])
    work.say(f"{by.name} {'commented' if known is None else 'changed a comment'} in Notion: {text[:80]}", row)
    if not work.dry_run:
        with store.writing(by) as tx:
            comments.take(tx, row.local_id, str(comment["id"]), text, _time(comment))


def text_of(comment: Json) -> str:
    """What a comment says, as it can be stored (https://developers.notion.com/reference/comment-object)."""
    text = values.plain(comment.get("rich_text") or []).replace("\x00", "")
    text = "".join("�" if "\ud800" <= c <= "\udfff" else c for c in text)[:MOST]
    return text if text.strip() else "(an attachment: see Notion)" if comment.get("attachments") else ""


def _time(comment: Json) -> datetime:
    """When it was written; never later than now, whatever Notion's clock says."""
    try:
        at = datetime.fromisoformat(str(comment.get("created_time")))
    except ValueError:
        return now()
    return min(at, now()) if at.tzinfo is not None else now()


# ---- going out -----------------------------------------------------------------------------------------------


def waiting(tx: store.Reading) -> bool:
    """Whether a note can go out now."""
    return bool(_outgoing(tx, None))


def _outgoing(tx: store.Reading, limit: int | None) -> list[tuple[ReviewNote, NotionRow]]:
    """New notes, and those of unknown outcome once a comment that was saved must show (and may be looked for)."""
    if _off(tx, "write"):
        return []
    found = comments.outgoing(tx, SAID, now() - NEW, limit)
    blind = _off(tx, "read")
    return [(note, row) for note, row in found if note.comment_state == "" or (not blind and _settled(note, row))]


def _settled(note: ReviewNote, row: NotionRow) -> bool:
    sent = (row.memo.get("notes") or {}).get(note.id)
    return sent is None or now() - datetime.fromisoformat(sent) >= timedelta(seconds=settings().notion_settle_seconds)


def send(work: Rows, limit: int = 20) -> None:
    """Send notes that were written here, oldest first, one request each. Raises TimbreError."""
    with store.reading() as tx:
        found = _outgoing(tx, limit)
    for note, row in found:
        if work.dry_run:
            work.say(f"Would comment: {written(note)}", row, side="notion", field="Comments", old="", new=written(note))
        elif not _send(work, note, row):
            return


def written(note: ReviewNote) -> str:
    """A note as it stands in Notion, with its writer's name: the comment itself is by our integration."""
    writer = "Timbre" if note.by == LOCAL else f"{note.by} (Timbre)"
    decision = "" if note.decision == "note" else f", {note.decision}"
    return f"{writer}{decision}: {note.text}"


def _send(work: Rows, note: ReviewNote, row: NotionRow) -> bool:
    """Send one note; whether others may follow. It is marked before it leaves, so that a crash never sends it twice.

    https://developers.notion.com/reference/create-a-comment
    """
    if note.comment_state == "sending":
        arrived = _arrived(work, note, row)
        if arrived is not False:
            return True
    _mark(note, row, "sending")
    try:
        made = work.client.add_comment(str(row.page_id), _items(note))
    except UnknownOutcome as error:
        if error.committed:  # it is saved: Notion has named it
            _mark(note, row, "sent", error.committed)
            return True
        work.say("Notion did not say whether it saved a comment; Timbre looks before it tries again.", row, "warn")
        return True
    except NotAllowed:
        _mark(note, row, "")
        _refuse(work, "write")
        return False
    except (Invalid, NotFound) as error:
        _mark(note, row, "refused")
        work.say(f"Notion did not take a comment; it stays here as a note. {error}", row, "warn")
        return True
    except TimbreError:
        _mark(note, row, "")  # certainly not saved: nothing has to be looked for
        raise
    _mark(note, row, "sent", str(made["id"]))
    work.counts["commented"] += 1
    work.say(f"Comment sent to Notion: {written(note)[:80]}", row)
    return True


def _arrived(work: Rows, note: ReviewNote, row: NotionRow) -> bool | None:
    """Whether a note of unknown outcome is there (then it is linked); None where Notion does not let us look."""
    try:
        found = work.client.comments(str(row.page_id))
    except NotAllowed:
        _refuse(work, "read")
        return None
    with store.reading() as tx:
        linked = comments.of_post(tx, row.local_id)
    wanted = _folded(values.plain(_items(note)))
    for comment in found:
        if str(comment.get("id")) not in linked and _folded(values.plain(comment.get("rich_text") or [])) == wanted:
            _mark(note, row, "sent", str(comment["id"]))
            work.say("Found in Notion: the comment had arrived, nothing was written twice.", row)
            return True
    return False


def _items(note: ReviewNote) -> list[Json]:
    return values.rich_text(written(note))[: values.ITEMS]


def _mark(note: ReviewNote, row: NotionRow, state: str, comment_id: str | None = None) -> None:
    with store.writing(WORKER) as tx:
        comments.mark(tx, note, row.id, state, comment_id)


def _folded(text: str) -> str:
    return " ".join(text.split())
