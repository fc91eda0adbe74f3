"""Today."""

from pages.ui import page

with page("Today") as here:
    pass
