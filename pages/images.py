"""Images: what goes with this text? A card of its words, a picture, or one that was made before."""

from pages.ui import page
from pages.ui.images_brand import brand_panel
from pages.ui.images_card import card_part
from pages.ui.images_gallery import gallery
from pages.ui.images_photos import photos_panel
from pages.ui.images_pictures import picture_panel
from pages.ui.images_post import choose_post
from pages.ui.images_view import BRAND, GALLERY, PHOTOS, PICTURE, part
from pages.ui.notice import notices
from pages.ui.pieces import empty_state

with page("Images", "What goes with this text?") as here:
    if here.author is None:
        empty_state(
            "An image begins with an author and a post. Add somebody's writing first.", "Add writing", "samples"
        )
    else:
        chosen = part()
        if chosen == GALLERY:
            notices()
            gallery(here)
        elif chosen == BRAND:
            notices()
            brand_panel(here)
        elif chosen == PHOTOS:
            notices()
            photos_panel(here)
        elif chosen == PICTURE:
            choose_post(here)
            notices()
            picture_panel(here)
        else:
            card_part(here, choose_post(here))
