"""Slots and time zones: what goes out when."""

from core.calendar import days
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
from core.calendar.ical import heading, ics

__all__ = [
    "between",
    "conflicts",
    "days",
    "heading",
    "ics",
    "month",
    "move",
    "schedule",
    "sign_off",
    "span",
    "unscheduled",
    "upcoming",
]
