"""The one error tree: what happened, and what to do next. Raised in core, shown in one place."""

from __future__ import annotations


class TimbreError(Exception):
    """Something a person can act on.

    `message` says what happened and what is safe; `hint` says what to do next. Neither holds a secret.
    """

    status = 500

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Invalid(TimbreError):
    """The input cannot be used as it is; the message names the file, row or field."""

    status = 422


class NotFound(TimbreError):
    """The thing asked for is not there (any more)."""

    status = 404


class Conflict(TimbreError):
    """Somebody else changed it first; nothing was overwritten."""

    status = 409


class Stale(Conflict):
    """The caller's revision is not the newest one; nothing was overwritten."""


class Denied(TimbreError):
    """This person may not do that."""

    status = 403


class Unavailable(TimbreError):
    """A model, a file or a service that the work needs is not there right now."""

    status = 503


class StorageError(TimbreError):
    """The database or the disk refused; nothing was half-written."""

    status = 507


class Cancelled(TimbreError):
    """A person stopped the work."""

    status = 409
