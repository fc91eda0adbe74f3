"""Drift: whether a voice has changed, since when and how; and what to do about it."""

from pages.ui import page
from pages.ui.drift_alarm import alarm_card, closed
from pages.ui.drift_digest import week
from pages.ui.drift_inbox import checking, inbox
from pages.ui.drift_view import asked, baseline, first_answer, with_timbre
from pages.ui.notice import notices
from pages.ui.pieces import empty_state

with page("Drift", "Has a voice changed?") as here:
    notices()
    if here.author is None:
        empty_state("Add somebody's posts, and Timbre watches whether their voice changes.", "Add writing", "samples")
    else:
        checking()
        inbox(here)
        shown = asked(here.author)
        first_answer(shown)
        if shown.alarm is not None:
            alarm_card(shown, here.actor)
        with_timbre(shown)
        baseline(shown, here.actor)
        closed(shown, here.actor)
        week()
