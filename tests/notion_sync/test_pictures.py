"""What a post carries stands in its row in Notion, byte for byte: a carousel's document, the images of a thread."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image as Pillow

from core import review
from core.images import keep, media
from core.store import Actor
from core.store.tables import NotionPass, Post
from core.store.tables_images import Image
from tests.notion_sync.server import World

Make = Callable[..., Post]
Run = Callable[..., NotionPass]


def picture(colour: str, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (54, 54), colour).save(out, kind)
    return out.getvalue()


def image(post: Post, actor: Actor, files: dict[str, bytes], kind: str) -> Image:
    row = keep.add_picture(Image(author_id=post.author_id, kind=kind, provider="card"), files, actor)
    for name in files:
        row = keep.set_alt(row.id, name, f"What {name} shows", actor)
    return row


def shown(world: World, post: Post) -> list[tuple[str, str, bytes]]:
    """Name, media type and bytes of the files in the post's row."""
    row = next(r for r in world.rows() if world.cell(r, "App ID") == post.id)
    out = []
    for file in world.cell(row, "Image"):
        upload = next(u for u in world.uploads.values() if u["id"] in file["file"]["url"])
        out.append((file["name"], upload["content_type"], upload["raw"]))
    return out


def test_a_carousel_and_the_images_of_a_thread_arrive_and_are_sent_once(
    notion: World, approved: Make, sync: Run, actor: Actor
) -> None:
    post = approved()
    pages = {"audit.pdf": b"%PDF-1.7 pages", "audit-1.png": picture("#111111")}
    deck = image(post, actor, pages, "carousel")
    media.attach(post.id, deck.id, actor)
    review.approve(post.id, None, actor)
    sync()
    ((name, kind, raw),) = shown(notion, post)
    assert name.startswith("audit-") and name.endswith(".pdf")
    assert (kind, raw) == ("application/pdf", pages["audit.pdf"])
    sync()
    assert not notion.writes()

    files = {f"audit-{n}.png": picture(f"#{n}{n}{n}") for n in range(1, 4)} | {"end.webp": picture("#abcdef", "WEBP")}
    thread = image(post, actor, files, "thread")
    media.attach(post.id, thread.id, actor, replace=True)
    media.reorder(post.id, [3, 2, 1, 0], actor)
    sync()
    assert [(kind, raw) for _name, kind, raw in shown(notion, post)] == [
        ("image/webp" if name.endswith("webp") else "image/png", raw) for name, raw in reversed(files.items())
    ]
    media.detach(post.id, thread.id, actor)
    sync()
    assert shown(notion, post) == [] and review.get(post.id).media == []
