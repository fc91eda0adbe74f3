"""Review."""

from pages.ui import page

with page("Review") as here:
    pass
