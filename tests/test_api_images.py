"""Images over HTTP: cards from posts, files, what a post carries, brand kits, pictures of image models."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image as Pillow
from starlette.testclient import TestClient

import api
from core import api_token, review
from core.images import design, keep
from core.store import Actor
from core.store.tables import Post
from tests.core.images.test_compose import POST


@pytest.fixture
def client(two_authors: dict[str, str]) -> Iterator[TestClient]:
    headers = {"Authorization": f"Bearer {api_token.token()}"}
    yield TestClient(api.app, "http://127.0.0.1", headers=headers, raise_server_exceptions=False)


@pytest.fixture
def post(client: TestClient, two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "The audit", POST, actor)


def card(client: TestClient, **body: Any) -> dict[str, Any]:
    answer = client.post("/api/images/cards", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def error(client: TestClient, path: str, body: dict[str, Any], status: int = 422, method: str = "post") -> str:
    answer = client.request(method, path, json=body)
    assert answer.status_code == status and answer.json()["hint"], answer.text
    return str(answer.json()["error"])


def test_nobody_comes_in_without_the_token(client: TestClient) -> None:
    for method, path in (
        ("get", "/api/images"), ("post", "/api/images/cards"), ("get", "/api/images/x/files/a.png"),
        ("get", "/api/brand"), ("post", "/api/posts/x/images"), ("put", "/api/brand/logo"),
        ("post", "/api/images/pictures"),
    ):  # fmt: skip
        answer = client.request(method, path, headers={"Authorization": "Bearer wrong"})
        assert answer.status_code == 401 and set(answer.json()) == {"error", "hint"}


def test_a_card_of_a_post_is_made_fetched_attached_and_taken_off(client: TestClient, post: Post) -> None:
    made = card(client, post=post.id, form="quote", theme="dark", size="square", finish=True, attach=True)
    assert made["problems"] == [] and made["card"]["theme"] == "dark"
    image = made["image"]
    (file,) = image["files"]
    answer = client.get(f"/api/images/{image['id']}/files/{file['name']}")
    assert (answer.headers["content-type"], answer.headers["x-content-type-options"]) == ("image/png", "nosniff")
    with Pillow.open(io.BytesIO(answer.content)) as shown:
        assert shown.size == (1080, 1080)
    assert client.get(f"/api/images/{image['id']}/files/thumb.webp").headers["content-type"] == "image/webp"
    carried = client.get(f"/api/posts/{post.id}/images")
    assert [e["image"] for e in carried.json()["images"]] == [image["id"]] and carried.json()["refused"] == []
    assert client.get(f"/api/images/{image['id']}").json()["posts"] == [post.id]
    assert client.delete(f"/api/images/{image['id']}").status_code == 409
    assert client.delete(f"/api/posts/{post.id}/images/{image['id']}").json()["images"] == []
    assert client.delete(f"/api/images/{image['id']}").status_code == 204
    assert client.get(f"/api/images/{image['id']}").status_code == 404
    assert client.get("/api/images").json() == []


def test_a_card_of_a_text_with_pages_of_the_caller_s(client: TestClient) -> None:
    pages = [{"title": "One"}, {"title": "Two", "body": "and more", "alt": "Mine"}, {"title": "Three"}]
    made = card(client, author="Ada", form="carousel", pages=pages)
    assert [(p["role"], p["title"]) for p in made["card"]["pages"]] == [
        ("hook", "One"), ("point", "Two"), ("call", "Three")
    ]  # fmt: skip
    assert [p["alt"] for p in made["card"]["pages"]] == ["Slide 1 of 3: One", "Mine", "Slide 3 of 3: Three"]
    assert made["image"] is None
    long = card(client, author="Ada", form="hook", text="word " * 30, pages=[{"title": "A", "body": "word " * 450}])
    assert long["problems"][0]["kind"] == "overflow"
    assert "too long" in error(client, f"/api/images/cards/{long['id']}/finish", {})
    assert client.get(f"/api/images/cards/{long['id']}").json()["revision"] == long["revision"]


def test_lists_are_paged_from_an_image_on(client: TestClient, post: Post) -> None:
    ids = [card(client, post=post.id, form=form, finish=True)["image"]["id"] for form in ("hook", "quote")]
    first = client.get("/api/images", params={"limit": 1, "author": "Ada"})
    assert ([i["id"] for i in first.json()], first.headers["x-total-count"]) == ([ids[1]], "2")
    assert [i["id"] for i in client.get("/api/images", params={"before": ids[1]}).json()] == [ids[0]]
    last = client.get(first.links["next"]["url"])
    assert ([i["id"] for i in last.json()], "link" in last.headers) == ([ids[0]], False)
    assert client.get("/api/images", params={"kind": "picture"}).json() == []
    assert client.get("/api/images", params={"author": "Nobody"}).status_code == 404


def test_what_cannot_be_is_said(client: TestClient, post: Post) -> None:
    assert "post" in error(client, "/api/images/cards", {"form": "hook", "text": "x"})
    assert "attach" in error(client, "/api/images/cards", {"author": "Ada", "text": "x", "attach": True})
    assert "family" in error(client, "/api/images/cards", {"post": post.id, "family": "nothing"})
    assert "colour" in error(client, "/api/images/cards", {"post": post.id, "colour": "red"})
    assert "image" in error(client, f"/api/posts/{post.id}/images", {"image": "01J"}, 404)
    assert "order" in error(client, f"/api/posts/{post.id}/images/order", {"order": [1]}, method="put")
    assert "provider" in error(client, "/api/images/pictures", {"post": post.id, "provider": "nobody"})
    image = keep.listed() or [None]
    assert image == [None]
    for name in ("..%2F..%2Ftimbre.db", "timbre.db", "%2e%2e"):
        assert client.get(f"/api/images/01J/files/{name}").status_code in (404, 422)


def test_pictures_need_a_service_and_a_card_is_the_way_on(client: TestClient, post: Post) -> None:
    said = error(client, "/api/images/pictures", {"post": post.id, "provider": "stability", "prompt": "A plant"}, 503)
    assert "Nothing was sent" in said
    assert client.get("/api/images/pictures/01J").status_code == 404
    assert client.post("/api/images/01J/again", json={"feedback": "Lighter"}).status_code == 404


def test_a_brand_kit_is_read_and_changed(client: TestClient) -> None:
    assert client.get("/api/brand").json()["version"] is None
    fields = {"footer": "timbre.example", "colours": {"light": {"paper": "#ffffff", "ink": "#fafafa"}}}
    changed = client.post("/api/brand", json={"author": "Ada", "fields": fields}).json()
    assert changed["kit"]["footer"] == "timbre.example" and "light" in changed["unreadable"][0]
    assert client.get("/api/brand", params={"author": "Bo"}).json()["kit"]["footer"] == ""
    assert "brand kit" in error(client, "/api/brand", {"fields": {"wings": 2}})
    out = io.BytesIO()
    Pillow.new("RGB", (40, 20), "#123456").save(out, "PNG")
    kept = client.put("/api/brand/logo", content=out.getvalue(), headers={"Content-Type": "application/octet-stream"})
    assert kept.status_code == 200 and kept.json()["kit"]["logo"].startswith("images/kit/")
    assert client.delete("/api/brand/logo").json()["kit"]["logo"] == ""
    graded = client.post("/api/brand", json={"fields": {"grade": {"saturation": 0.5}}}).json()["grade"]
    assert client.get("/api/brand", params={"author": "Bo"}).json()["grade"] == graded and graded["saturation"] == 0.5
    bad = client.put("/api/brand/photo", content=b"<svg/>", headers={"Content-Type": "application/octet-stream"})
    assert bad.status_code == 422


def test_a_card_that_cannot_be_leaves_no_design_and_one_can_be_put_away(client: TestClient, post: Post) -> None:
    assert "family" in error(client, "/api/images/cards", {"post": post.id, "family": "nope"})
    assert design.listed() == []
    made = card(client, post=post.id, form="quote")
    assert client.delete(f"/api/images/cards/{made['id']}").status_code == 204
    assert design.listed() == [] and client.get(f"/api/images/cards/{made['id']}").status_code == 404


def test_a_card_that_cannot_be_finished_or_attached_as_asked_leaves_nothing(client: TestClient, post: Post) -> None:
    asked = {"post": post.id, "form": "hook", "finish": True, "attach": True}
    long = [{"title": "A", "body": "word " * 450}]
    assert "too long" in error(client, "/api/images/cards", {**asked, "pages": long})
    made = client.post("/api/images/cards", json=asked)
    assert client.get(made.headers["location"]).json()["id"] == made.json()["id"]
    carousel = {**asked, "form": "carousel"}
    assert "stands alone" in error(client, "/api/images/cards", carousel)
    assert [row.id for row in design.listed()] == [made.json()["id"]]
    assert [row.id for row in keep.listed()] == [made.json()["image"]["id"]]


def test_what_would_be_ignored_is_refused(client: TestClient, post: Post) -> None:
    assert "text" in error(client, "/api/images/cards", {"post": post.id, "text": "Another"})
    assert "somebody else" in error(client, "/api/images/cards", {"post": post.id, "author": "Bo"})
    assert "somebody else" in error(
        client, "/api/images/pictures", {"post": post.id, "author": "Bo", "provider": "fal"}
    )
    for path in ("/api/images/cards", "/api/images/pictures"):
        assert "post" in error(client, path, {"post": "a\0b", "provider": "fal"} if "pic" in path else {"post": "a\0b"})
    assert client.get("/api/images", params={"before": "a\0b"}).status_code == 422
    assert client.post("/api/images/01J/again").status_code == 404, "what should be different need not be said"


def test_what_a_post_carries_is_changed_on_the_revision_that_was_read(client: TestClient, post: Post) -> None:
    image = card(client, post=post.id, form="quote", finish=True)["image"]["id"]
    path = f"/api/posts/{post.id}/images"
    read = client.get(path).headers["etag"]
    assert client.post(path, json={"image": image}, headers={"If-Match": read}).status_code == 200
    for method, to, body in (
        ("post", path, {"image": image, "alt": ["Another"]}), ("put", f"{path}/order", {"order": [0]}),
        ("delete", f"{path}/{image}", None),
    ):  # fmt: skip
        answer = client.request(method, to, json=body, headers={"If-Match": read})
        assert answer.status_code == 412 and answer.json()["hint"], answer.text
    now = client.get(path)
    assert [one["image"] for one in now.json()["images"]] == [image]
    assert client.delete(f"{path}/{image}", headers={"If-Match": now.headers["etag"]}).json()["images"] == []
