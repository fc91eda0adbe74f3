"""The life of a post from idea to archive: review, approval of one exact text, audit."""

from core.review.commands import (
    approve,
    archive,
    by_status,
    count,
    create,
    edit,
    get,
    history,
    listed,
    note,
    notes,
    reject,
    request_changes,
    restore,
    submit,
    withdraw,
)
from core.review.lifecycle import STATUSES, actions, content_hash, is_approved
from core.review.remote import KEEP, apply_remote

__all__ = [
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
    "history",
    "is_approved",
    "listed",
    "note",
    "notes",
    "reject",
    "request_changes",
    "restore",
    "submit",
    "withdraw",
]
