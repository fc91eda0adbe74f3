"""Training: what is being learnt, whether it passed its exam, what is in use, and beginning another run."""

from pages.ui import page
from pages.ui.archetypes import archetypes
from pages.ui.notice import notices
from pages.ui.pieces import empty_state
from pages.ui.training_rules import rules
from pages.ui.training_run import asked_run, run_page
from pages.ui.training_runs import run_list
from pages.ui.training_start import start_form
from pages.ui.training_view import ARCHETYPES, RULES, RUNS, TRAIN, now_part, overview

with page("Training", "What is being learnt, and did it pass?") as here:
    notices()
    if here.author is None:
        empty_state("Timbre learns a voice from an author's own posts. Add some first.", "Add writing", "samples")
    elif (run := asked_run()) is not None:
        run_page(run, here)
    else:
        found = overview()
        if found.part == RUNS:
            run_list(here)
        elif found.part == TRAIN:
            start_form(here, here.author)
        elif found.part == ARCHETYPES:
            archetypes(here)
        elif found.part == RULES:
            rules(here, here.author)
        else:
            now_part(found, here)
