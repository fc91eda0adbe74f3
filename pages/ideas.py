"""Ideas: what could this author say next? Proposals with their evidence, or one idea for several authors."""

from pages.ui import page
from pages.ui.campaign import campaigns
from pages.ui.ideas_view import SEVERAL, proposals, view
from pages.ui.notice import notices
from pages.ui.pieces import empty_state

with page("Ideas", "What could this author say next?") as here:
    notices()
    if here.author is None:
        empty_state("Ideas come from what an author has written and from sources. Add writing first.", "Add writing",
                    "samples")  # fmt: skip
    elif view() == SEVERAL:
        campaigns(here.authors, here.actor)
    else:
        proposals(here.author, here.actor)
