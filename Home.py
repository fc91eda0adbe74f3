"""The app: the menu and nothing else. Started by `make run`."""

from pages.ui.shell import menu

MENU = {
    "": [("today", "Today")],
    "Write": [("generate", "Generate"), ("review", "Review"), ("calendar", "Calendar")],
    "Voices": [("samples", "Samples"), ("persona", "Persona"), ("style", "Style")],
    "Connect": [("notion", "Notion"), ("settings", "Settings")],
}

menu(MENU)
