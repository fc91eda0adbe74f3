"""Settings: what is configured, what is reachable, how to switch things on."""

from pages.ui import page
from pages.ui.model_pull import models
from pages.ui.phrases import phrase_list
from pages.ui.settings_view import about, authors, configuration, reachable, sample, switch_on, voices

with page("Settings", "What is switched on, and does it answer?") as here:
    reachable()
    models(here)
    switch_on()
    if here.authors:
        authors(here)
        voices(here)
        phrase_list(here.actor)
    sample(here)
    configuration()
    about()
