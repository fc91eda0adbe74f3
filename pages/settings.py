"""Settings."""

from pages.ui import page

with page("Settings") as here:
    pass
