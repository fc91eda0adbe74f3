"""What screens share. A page opens with `with page("Title", "name") as here:` and draws inside."""

from pages.ui.shell import Here, page

__all__ = ["Here", "page"]
