"""Lab: which of two texts would you rather send? Blind votes, what they say, and experiments."""

from pages.ui import page
from pages.ui.lab_experiments import experiments
from pages.ui.lab_results import results
from pages.ui.lab_scope import EXPERIMENTS, RESULTS, chosen_scope, view
from pages.ui.lab_vote import voting
from pages.ui.notice import notices
from pages.ui.pieces import empty_state

with page("Lab", "Which one would you rather send?") as here:
    notices()
    if here.author is None:
        empty_state("Here you compare texts without knowing where they came from.", "Add writing", "samples")
    else:
        shown = view()
        if shown == EXPERIMENTS:
            experiments(here, here.author)
        elif shown == RESULTS:
            results(chosen_scope(here.author), here)
        else:
            voting(chosen_scope(here.author), here)
