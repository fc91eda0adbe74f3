"""Generate: what should this post say? The brief, or the run that the URL names."""

from pages.ui import page
from pages.ui.brief_form import brief_form
from pages.ui.patterns import lately
from pages.ui.pieces import empty_state
from pages.ui.run_view import asked_run, recent_runs, run_page

with page("Generate", "What should this post say?") as here:
    run = asked_run()
    if here.author is None:
        empty_state("Timbre writes in somebody's voice. Add an author's posts first.", "Add writing", "samples")
    elif run is not None:
        run_page(run.id, here.authors, here.actor)
    else:
        brief_form(here.author, here.actor)
        lately(here.author)
        recent_runs(here.author)
