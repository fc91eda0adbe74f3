"""What people do about an alarm: acknowledge it, write a brief, leave posts out, choose the baseline. All audited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from analytics.text import sentences
from core import jobs, store
from core.drift.say import ACKNOWLEDGED, OPEN
from core.drift.timeline import items, places
from core.errors import Conflict, Denied, Invalid
from core.review.lifecycle import has_role
from core.store import Actor, Writing, authors, drift, runs
from core.store.base import now
from core.store.tables import Alarm, Baseline

KEY = "drift"
"""The kind of the job that checks, and its key: asking while one waits gives the same one."""
NOTE = 2_000
STORY = 10_000
FEWEST = 10
"""Posts that a baseline needs, see analytics.drift."""
ABOUT = ("topic", "points", "story")
"""The fields of a brief that say what the post is about."""


def request(actor: Actor) -> str:
    """Ask the worker to check every author of whom something changed; returns the job's id."""
    return jobs.request(KEY, {}, actor, key=f"{KEY}:{actor.workspace_id}")


def keep_note(actor: Actor, alarm_id: str, note: str) -> None:
    """Keep what is typed about an open alarm, finished or not. Raises Conflict where it was closed, Denied, Invalid."""
    _may(actor)
    said = _note(note)

    def work(_tx: Writing, row: Alarm) -> None:
        row.note = said

    _on(actor, alarm_id, work)


def acknowledge(
    actor: Actor, alarm_id: str, note: str | None = None, new_baseline: bool = True, first_id: str | None = None
) -> None:
    """The change is known and meant ("intended: new role"): the alarm closes and does not open again for it.

    `note` None: the one that was kept while it was typed. With `new_baseline` later posts are compared with those from
    the change on, or from the post `first_id` on.
    Raises Conflict where somebody closed it before, Denied for readers, Invalid for too long a note.
    """
    _may(actor)
    said = None if note is None else _note(note)

    def work(tx: Writing, row: Alarm) -> None:
        if first_id and not drift.owned(tx, row.author_id, [first_id]):
            raise Invalid("The new baseline can only begin at one of this author's posts.", "Choose it again.")
        row.status, row.standing = ACKNOWLEDGED, False
        row.note = row.note if said is None else said
        row.closed_by, row.closed_at, row.new_baseline = actor.name, now(), new_baseline
        if new_baseline:
            first = first_id or row.first_id
            drift.add_baseline(tx, Baseline(author_id=row.author_id, first_id=first, alarm_id=row.id, note=row.note))

    _on(actor, alarm_id, work)
    request(actor)


def reopen(actor: Actor, alarm_id: str) -> None:
    """Take an acknowledgement back; a baseline that was begun with it gives way to the one before.

    Raises Conflict where the alarm is open, or a newer baseline was chosen since; Denied for readers.
    """
    _may(actor)
    with store.writing(actor) as tx:
        row = drift.locked_alarm(tx, alarm_id)
        if row.status != ACKNOWLEDGED:
            raise Conflict("This alarm was not acknowledged, so nothing was taken back.", "Reload and look.")
        if row.new_baseline:
            begun = drift.baselines(tx, row.author_id)
            if not begun or begun[-1].alarm_id != row.id:
                raise Conflict(
                    "A newer baseline was chosen since; nothing was changed.", "Choose the baseline you want instead."
                )
            tx.session.delete(begun[-1])
        row.status, row.closed_by, row.closed_at, row.new_baseline = OPEN, "", None, False
    request(actor)


def brief_from_alarm(actor: Actor, alarm_id: str, post_id: str | None = None) -> str:
    """Make a brief of one of the posts that show the change, to say it again in the usual voice; returns its id.

    Without `post_id` the post that shows it best. What is typed in the author's brief is never overwritten: raises
    Conflict where it is about something already, Denied for readers.
    """
    _may(actor)
    with store.writing(actor) as tx:
        row = drift.locked_alarm(tx, alarm_id)
        wanted = post_id or next(iter([*row.finding.get("after", ()), row.first_id]))
        if not drift.owned(tx, row.author_id, [wanted]):
            raise Conflict("This post is not here any more, so no brief was made.", "Choose another one.")
        text = drift.texts(tx, [wanted])[wanted]
        latest = runs.latest_brief(tx, row.author_id)
        kept = runs.locked_brief(tx, latest.id) if latest else None
        fields = dict(kept.fields) if kept and kept.submitted_at is None else {}
        if any(fields.get(name) for name in ABOUT):
            raise Conflict(
                "A brief for this author is being written; it was left as it is.",
                "Write its variants, or empty it, on the Generate page. Then make this one.",
            )
        fields |= {"topic": _topic(text), "story": text[:STORY]}
        if kept is not None and kept.submitted_at is None:
            kept.fields, brief_id = fields, kept.id
        else:
            brief_id = runs.add_brief(tx, row.author_id, fields).id
        row.actions = [*row.actions, _action(actor, "brief", brief=brief_id, posts=[wanted])]
    return brief_id


def _topic(text: str) -> str:
    """What a post is about, as its first sentence says it."""
    found = sentences(text)
    return " ".join((found[0] if found else text).split())[:300]


def exclude_posts(actor: Actor, alarm_id: str, sample_ids: Sequence[str]) -> int:
    """Leave these posts out of the author's training and references; how many were. `take_back_posts` undoes it.

    What was written in Timbre is in neither, and is passed over. Raises Invalid where none is named, or Denied.
    """
    return _leave_out(actor, alarm_id, sample_ids, True, "left out")


def take_back_posts(actor: Actor, alarm_id: str, sample_ids: Sequence[str]) -> int:
    """Use posts that were left out again; how many were taken back."""
    return _leave_out(actor, alarm_id, sample_ids, False, "taken back")


def _leave_out(actor: Actor, alarm_id: str, sample_ids: Sequence[str], excluded: bool, what: str) -> int:
    _may(actor)
    if not sample_ids:
        raise Invalid("No post is ticked, so nothing was changed.", "Tick the posts that you mean.")
    with store.writing(actor) as tx:
        row = drift.locked_alarm(tx, alarm_id)
        done = drift.leave_out(tx, row.author_id, sample_ids, excluded)
        if done:
            row.actions = [*row.actions, _action(actor, what, posts=done)]
    request(actor)
    return len(done)


def set_baseline(
    actor: Actor, author_id: str, first_id: str | None, last_id: str | None = None, note: str = ""
) -> None:
    """Compare later posts with those from `first_id` to `last_id` (None: as many as are needed) from now on.

    `first_id` None: chosen automatically, from the first post on. Raises Invalid for posts that are not this author's.
    """
    _may(actor)
    said = _note(note)
    with store.writing(actor) as tx:
        authors.get(tx, author_id)
        wanted = [id_ for id_ in (first_id, last_id) if id_]
        if last_id and not first_id:
            raise Invalid("A baseline needs its first post.", "Choose the first and the last post.")
        if drift.owned(tx, author_id, wanted) != set(wanted):
            raise Invalid("A baseline can only be made of this author's own posts.", "Choose posts from the timeline.")
        if first_id and last_id:
            place = places(items(tx, author_id))
            if (count := place[last_id] - place[first_id] + 1) < FEWEST:
                raise Invalid(
                    f"A baseline of {max(count, 0)} posts says too little; {FEWEST} are needed.",
                    "Choose an earlier first or a later last post.",
                )
        drift.add_baseline(tx, Baseline(author_id=author_id, first_id=first_id, last_id=last_id, note=said))
    request(actor)


def _on(actor: Actor, alarm_id: str, work: Callable[[Writing, Alarm], None]) -> None:
    with store.writing(actor) as tx:
        row = drift.locked_alarm(tx, alarm_id)
        if row.status != OPEN:
            by = f" by {row.closed_by}" if row.closed_by else ""
            raise Conflict(f"This alarm was closed{by} before; nothing was changed.", "Reload and look.")
        work(tx, row)


def _action(actor: Actor, what: str, **more: Any) -> dict[str, Any]:
    return {"at": now().isoformat(), "by": actor.name, "what": what, **more}


def _note(text: str) -> str:
    said = text.replace("\x00", "").encode("utf-8", "replace").decode().strip()  # what no database keeps
    if len(said) > NOTE:
        raise Invalid(f"The note has {len(said):,} characters; at most {NOTE:,} are kept.", "Shorten it.")
    return said


def _may(actor: Actor) -> None:
    if not has_role(actor, "editor"):
        raise Denied("You may not decide on alarms: your role is reader.", "Ask an editor or an approver to do it.")
