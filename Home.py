"""The app: the menu and nothing else. Started by `make run`."""

import streamlit as st

MENU = {
    "": [("today", "Today")],
    "Write": [
        ("generate", "Generate"),
        ("review", "Review"),
        ("calendar", "Calendar"),
        ("ideas", "Ideas"),
        ("lab", "Lab"),
    ],
    "Voices": [("samples", "Samples"), ("persona", "Persona"), ("style", "Style"), ("drift", "Drift")],
    "Make": [("training", "Training"), ("images", "Images")],
    "Connect": [("notion", "Notion"), ("settings", "Settings")],
}


def main() -> None:
    """Show the menu, then the chosen page."""
    pages = {
        section: [st.Page(f"pages/{name}.py", title=title, default=name == "today") for name, title in entries]
        for section, entries in MENU.items()
    }
    chosen = st.navigation(pages, expanded=True)
    from pages.ui.shell import run  # only now: the menu is on screen while the first visit imports the rest

    run(chosen)


main()
