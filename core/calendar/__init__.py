"""Slots and time zones: what goes out when."""

from core.calendar.commands import (
    between,
    conflicts,
    month,
    move,
    schedule,
    sign_off,
    span,
    unscheduled,
    upcoming,
)

__all__ = ["between", "conflicts", "month", "move", "schedule", "sign_off", "span", "unscheduled", "upcoming"]
