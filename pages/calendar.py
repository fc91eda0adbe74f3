"""Calendar."""

from pages.ui import page

with page("Calendar") as here:
    pass
