"""Today: what waits for a person."""

from core import today
from pages.ui import page
from pages.ui.today_view import decide, first_steps, going, open_first, running, sync_state, unusual

with page("Today", "What waits for you, across all authors.") as here:
    now = today.gather(here.authors, here.author.zone if here.author else "UTC")
    running(now, here.authors)
    if not now.steps.post:
        first_steps(now, here)
    if here.authors:
        open_first(now)
        decide(now)
        going(now)
        unusual(now)
        sync_state(now)
