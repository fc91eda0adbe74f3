"""The life of a post: which status may follow which, who may do what, and what an approval is bound to. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from core.errors import Denied, Invalid
from core.people import ROLES
from core.store import Actor
from core.store.tables import Post

IDEA, DRAFTING, IN_REVIEW, CHANGES = "Idea", "Drafting", "In Review", "Changes Requested"
APPROVED, SCHEDULED, PUBLISHED, MEASURED = "Approved", "Scheduled", "Published", "Measured"
REJECTED, ARCHIVED = "Rejected", "Archived"
STATUSES: Final = (
    IDEA,
    DRAFTING,
    IN_REVIEW,
    CHANGES,
    APPROVED,
    SCHEDULED,
    PUBLISHED,
    MEASURED,
    REJECTED,
    ARCHIVED,
)

MOVES: Final[Mapping[str, frozenset[str]]] = {
    IDEA: frozenset({DRAFTING, IN_REVIEW, REJECTED, ARCHIVED}),
    DRAFTING: frozenset({IDEA, IN_REVIEW, REJECTED, ARCHIVED}),
    IN_REVIEW: frozenset({DRAFTING, CHANGES, APPROVED, REJECTED, ARCHIVED}),
    CHANGES: frozenset({DRAFTING, IN_REVIEW, REJECTED, ARCHIVED}),
    APPROVED: frozenset({DRAFTING, IN_REVIEW, CHANGES, SCHEDULED, PUBLISHED, REJECTED, ARCHIVED}),
    SCHEDULED: frozenset({DRAFTING, IN_REVIEW, CHANGES, APPROVED, PUBLISHED, REJECTED, ARCHIVED}),
    PUBLISHED: frozenset({MEASURED, ARCHIVED}),
    MEASURED: frozenset({ARCHIVED}),
    REJECTED: frozenset({DRAFTING, ARCHIVED}),
    ARCHIVED: frozenset({DRAFTING}),
}
"""From each status, the ones that may follow. A post that is out never comes back to the desk."""

EDITABLE: Final = frozenset({IDEA, DRAFTING, IN_REVIEW, CHANGES, APPROVED, SCHEDULED})
"""Where the text may change. What is published is the record of what went out."""
SIGNED: Final = frozenset({APPROVED, SCHEDULED})
"""Where an approval of exactly this text must stand behind the post."""
SHARED: Final = frozenset({IDEA, DRAFTING, IN_REVIEW, CHANGES, REJECTED, ARCHIVED})
"""What anyone who edits the calendar in Notion may set. Approved is a request; the rest is the app's."""


@dataclass(frozen=True)
class Action:
    """Something a person does to a post: from where, to where, with which role at least."""

    origins: frozenset[str]
    target: str | None
    role: str
    label: str


def _leading_to(target: str) -> frozenset[str]:
    return frozenset(status for status, after in MOVES.items() if target in after)


ACTIONS: Final[Mapping[str, Action]] = {
    "edit": Action(EDITABLE, None, "editor", "edit"),
    "submit": Action(frozenset({IDEA, DRAFTING, CHANGES}), IN_REVIEW, "editor", "submit for review"),
    "withdraw": Action(frozenset({IN_REVIEW, CHANGES}), DRAFTING, "editor", "take back to drafting"),
    "approve": Action(frozenset({IN_REVIEW}), APPROVED, "approver", "approve"),
    "request_changes": Action(_leading_to(CHANGES), CHANGES, "approver", "request changes for"),
    "reject": Action(_leading_to(REJECTED), REJECTED, "approver", "reject"),
    "schedule": Action(EDITABLE, None, "editor", "give a date to"),
    "approve_slot": Action(EDITABLE, None, "approver", "sign off the date of"),
    "publish": Action(SIGNED, PUBLISHED, "editor", "mark as published"),
    "archive": Action(_leading_to(ARCHIVED), ARCHIVED, "editor", "archive"),
    "restore": Action(frozenset({REJECTED, ARCHIVED}), DRAFTING, "editor", "restore"),
    "note": Action(frozenset(STATUSES), None, "editor", "write a note on"),
}


def content_hash(text: str, media: list[Any], account: str) -> str:
    """What an approval is bound to: SHA-256 (hex) of the canonical JSON of text, media and account."""
    canonical = json.dumps(
        {"account": account, "media": media, "text": text}, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def is_approved(post: Post) -> bool:
    """Whether exactly what the post holds now is what was approved; computed from the content, never trusted."""
    return post.approved_hash is not None and post.approved_hash == content_hash(post.text, post.media, post.account)


def has_role(actor: Actor, role: str) -> bool:
    """Whether the actor's role is at least this one; an unknown role is none."""
    return actor.role in ROLES and ROLES.index(actor.role) >= ROLES.index(role)


def may_sign(actor: Actor) -> bool:
    """Whether a decision of this person counts: an approver, and through Notion a verified one."""
    return has_role(actor, "approver") and (actor.verified or actor.source != "notion")


def actions(post: Post, actor: Actor) -> list[str]:
    """What this person may do with the post now, in the order of `ACTIONS`."""
    slot_waits = post.slot is not None and post.slot_approved_by is None
    return [
        name
        for name, action in ACTIONS.items()
        if post.status in action.origins and has_role(actor, action.role) and (name != "approve_slot" or slot_waits)
    ]


def require(post: Post, name: str, actor: Actor) -> Action:
    """The action, where this person may do it now. Raises Denied (role) or Invalid (status)."""
    action = ACTIONS[name]
    if not has_role(actor, action.role):
        wanted = "an approver" if action.role == "approver" else "an editor or an approver"
        raise Denied(
            f"You may not {action.label} this post: your role is {actor.role}. Nothing was changed.",
            f"Ask {wanted} to do it.",
        )
    if post.status not in action.origins:
        raise Invalid(
            f"You cannot {action.label} a post that is {post.status}. Nothing was changed.", _way_on(post.status)
        )
    return action


def _way_on(status: str) -> str:
    return {
        IDEA: "Write its text and submit it for review first.",
        DRAFTING: "Submit it for review first.",
        CHANGES: "Make the changes and submit it again first.",
        APPROVED: "It is approved already; edit it or request changes to open it again.",
        SCHEDULED: "It is approved and has its date; edit it or request changes to open it again.",
        PUBLISHED: "What is published stays as the record of what went out. Write a new post instead.",
        MEASURED: "What is published stays as the record of what went out. Write a new post instead.",
        REJECTED: "Restore it to drafting first.",
        ARCHIVED: "Restore it to drafting first.",
    }.get(status, "Look at the post again: somebody may have moved it on.")
