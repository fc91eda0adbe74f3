"""The life of a post from idea to archive: review, approval of one exact text, audit."""

from core.review.commands import (
    approve,
    archive,
    create,
    edit,
    note,
    put_new,
    reject,
    request_changes,
    restore,
    submit,
    withdraw,
    written,
)
from core.review.lifecycle import APPROVED, STATUSES, actions, content_hash, has_role, is_approved
from core.review.looking import by_status, count, get, history, listed, notes
from core.review.publishing import published
from core.review.remote import KEEP, apply_remote
from core.review.update import update

__all__ = [
    "APPROVED",
    "KEEP",
    "STATUSES",
    "actions",
    "apply_remote",
    "approve",
    "archive",
    "by_status",
    "content_hash",
    "count",
    "create",
    "edit",
    "get",
    "has_role",
    "history",
    "is_approved",
    "listed",
    "note",
    "notes",
    "published",
    "put_new",
    "reject",
    "request_changes",
    "restore",
    "submit",
    "update",
    "withdraw",
    "written",
]
