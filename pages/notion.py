"""Notion."""

from pages.ui import page

with page("Notion") as here:
    pass
