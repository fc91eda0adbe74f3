"""Style: whether an author still writes like themselves, over time, beside another author, or in two periods."""

from pages.ui import page
from pages.ui.pieces import empty_state
from pages.ui.style_post import opened
from pages.ui.style_sides import sides
from pages.ui.style_view import differences, export, first_answer, multiples, odd_posts

with page("Style", "Do they still write like themselves?") as here:
    if here.author is None:
        empty_state("Add somebody's writing, and this page shows how their style moves.", "Add writing", "samples")
    else:
        shown = sides(here, here.author)
        opened()
        ready = first_answer(shown)
        if len(ready) == 2:
            differences(ready)
        elif ready and not ready[0].period:
            odd_posts(ready[0])
        if ready:
            multiples(ready)
            export(ready)
