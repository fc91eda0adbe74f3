"""Persona."""

from pages.ui import page

with page("Persona") as here:
    pass
