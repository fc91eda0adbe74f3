"""Style."""

from pages.ui import page

with page("Style") as here:
    pass
