"""Generate."""

from pages.ui import page

with page("Generate") as here:
    pass
