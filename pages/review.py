"""Review: may this go out? The list by status, or the post that the URL names."""

from pages.ui import page
from pages.ui.pieces import empty_state
from pages.ui.review_list import review_list
from pages.ui.review_view import asked_post, review_post

with page("Review", "May this go out?") as here:
    post = asked_post()
    if not here.authors:
        empty_state("Review begins with an author and a post. Add somebody's writing first.", "Add writing", "samples")
    elif post is not None:
        review_post(post.id, here.actor)
    else:
        review_list(here.authors, here.author)
