"""The words of a design as they are proposed from its post: once at the beginning, and again when asked for."""

from __future__ import annotations

from dataclasses import replace

from core import store
from core.generate.brief import BriefFields
from core.images import compose
from core.images.model import Card, Form
from core.store import Reading, authors, posts, runs
from core.store.tables import Post
from core.store.tables_images import Design


def proposed(tx: Reading, post: Post, form: Form) -> Card:
    """A card of the post's text; of its adapted variant of that form where the text is still the one it was made of."""
    author = authors.get(tx, post.author_id)
    variant = runs.known_variant(tx, post.variant_id) if post.variant_id else None
    if variant is None:
        return compose.propose(post.text, author, form)
    if variant.text.strip() == post.text.strip() and (parts := runs.adapted(tx, variant.id, form)):
        return compose.adapted(parts, author, form)
    fields = runs.brief(tx, runs.get(tx, variant.run_id).brief_id).fields
    return compose.propose(post.text, author, form, brief=BriefFields.model_validate(fields))


def reshaped(card: Card, row: Design, form: Form) -> Card:
    """The card in a form, its words taken anew; its look stays."""
    with store.reading() as tx:
        author = authors.get(tx, row.author_id)
        post = posts.get(tx, row.post_id) if row.post_id else None
        said = "\n\n".join(" ".join(filter(None, (page.title, page.body))) for page in card.pages)
        fresh = proposed(tx, post, form) if post else compose.propose(said, author, form)
    return replace(card, form=form, pages=fresh.pages)
