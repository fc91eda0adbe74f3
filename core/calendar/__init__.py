"""Slots and time zones: what goes out when."""

from core.calendar import days
from core.calendar.commands import (
    USUAL_TIME,
    between,
    conflicts,
    listed,
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
    "USUAL_TIME",
    "between",
    "conflicts",
    "days",
    "heading",
    "ics",
    "listed",
    "month",
    "move",
    "schedule",
    "sign_off",
    "span",
    "unscheduled",
    "upcoming",
]
