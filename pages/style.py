"""Style: whether an author still writes like themselves, over time, beside another author, or in two periods."""

from core import style
from pages.ui import page
from pages.ui.pieces import empty_state
from pages.ui.style_view import differences, export, first_answer, multiples, odd_posts, opened, sides

with page("Style", "Do they still write like themselves?") as here:
    if here.author is None:
        empty_state(
            "Add an author's writing, and this page shows how their style moves over time.", "Add writing", "samples"
        )
    else:
        shown = sides(here)
        opened(here)
        if first_answer(shown):
            ready = [side for side in shown if side.view.n >= style.ENOUGH]
            if len(ready) == 2:
                differences(ready)
            else:
                odd_posts(ready[0], style.view(ready[0].view.author_id))
            multiples(ready)
            export(ready)
