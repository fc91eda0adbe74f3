"""Samples."""

from pages.ui import page

with page("Samples") as here:
    pass
