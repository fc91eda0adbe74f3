"""Persona: how does this author write? The card, each line with its evidence; correct a line, push it, look back."""

from pages.ui import page
from pages.ui.lessons import early_lessons, lessons
from pages.ui.notice import notices
from pages.ui.persona_card import card_view, head, opened, too_little, view
from pages.ui.persona_versions import version_view
from pages.ui.persona_wishes import wishes
from pages.ui.phrases import phrase_list
from pages.ui.pieces import empty_state

with page("Persona", "How does this author write?") as here:
    notices()
    if here.author is None:
        empty_state("A persona card describes how somebody writes. Add their posts first.", "Add writing", "samples")
    elif (card := opened(here.author, here.actor)) is None:
        too_little(here.author, here.actor)
        early_lessons(here.author, here.actor)
    else:
        head(card, here.actor)
        match view():
            case "Card":
                card_view(card, here.author, here.actor)
            case "Push and answers":
                wishes(card, here.actor)
            case "Phrases":
                phrase_list(here.actor, here.author)
            case "Lessons":
                lessons(here.author, here.actor)
            case _:
                version_view(card, here.author)
