"""The app: the menu and nothing else. Started by `make run`."""

import streamlit as st

MENU = {
    "": [("today", "Today")],
    "Write": [("generate", "Generate"), ("review", "Review"), ("calendar", "Calendar")],
    "Voices": [("samples", "Samples"), ("persona", "Persona"), ("style", "Style")],
    "Connect": [("notion", "Notion"), ("settings", "Settings")],
}


def main() -> None:
    """Show the chosen page."""
    pages = {
        section: [st.Page(f"pages/{name}.py", title=title, default=name == "today") for name, title in entries]
        for section, entries in MENU.items()
    }
    st.navigation(pages).run()


main()
