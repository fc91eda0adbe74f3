"""Calendar: what goes out when? The month by status and author, or the posts as a list."""

from pages.ui import page
from pages.ui.calendar_bar import bar, foot
from pages.ui.calendar_list import post_list
from pages.ui.calendar_post import opened
from pages.ui.month import month
from pages.ui.pieces import empty_state

with page("Calendar", "What goes out when?") as here:
    if not here.authors:
        empty_state(
            "The calendar begins with an author and a post. Add somebody's writing first.", "Add writing", "samples"
        )
    else:
        view, as_list = bar(here)
        if as_list:
            post_list(view)
        else:
            month(view, here.actor)
        foot(view)
        opened(view, here.actor)
