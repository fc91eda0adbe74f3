"""A whole run against services that speak their own protocols over real sockets: asked, fetched, cut, marked, kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core import jobs, review
from core.config import settings
from core.errors import Denied
from core.images import fal, keep, pictures, pictures_jobs, provenance, remote
from core.images.model import SIZES
from core.images.prompting import Prompt
from core.images.wishes import Wish
from core.store import Actor
from core.store.tables import Post
from tests.core.images import fake_fal, fake_stability


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "step", lambda work, *args, name=None: work(*args))
    monkeypatch.setattr(fal, "EVERY", (0.01, 0.02))
    monkeypatch.setattr(remote, "POLL", 0.01)
    monkeypatch.setitem(SIZES, "square", (216, 216))


@pytest.fixture
def services(data: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both at hand, each with its key."""
    with fake_fal.serving(monkeypatch), fake_stability.serving(monkeypatch):
        yield


@pytest.fixture
def post(services: None, two_authors: dict[str, str], actor: Actor) -> Post:
    return review.create(two_authors["Ada"], "On meetings", "Our meetings run long.", actor)


@pytest.mark.parametrize("name", ["fal", "stability"])
def test_a_run_from_asking_to_the_files(name: str, post: Post, actor: Actor) -> None:
    assert next(offer for offer in pictures.offers() if offer.name == name).health.ready
    wish = Wish(name, size="square", n=2, seed=11)
    run_id = pictures.ask(post.author_id, post.id, wish, Prompt("A red door."), actor)
    pictures_jobs.picture(run_id)
    view = pictures.run(run_id)
    assert (view.run.status, view.run.message) == ("done", "")
    assert [image.settings["seed"] for image in view.images] == [11, 12]
    file = view.images[0].files[0]
    assert (file["width"], file["height"]) == (216, 216)
    told = provenance.read(keep.path(view.images[0].id, file["name"]).read_bytes())
    assert told["source"] == "trainedAlgorithmicMedia"
    assert "key" not in str(view.images[0].settings).lower()


def test_a_wrong_key_is_said_without_the_key(post: Post, actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STABILITY_API_KEY", "sk-wrong-0123456789")
    settings.cache_clear()
    run_id = pictures.ask(post.author_id, post.id, Wish("stability", n=1), Prompt("A red door."), actor)
    with pytest.raises(Denied):
        pictures_jobs.picture(run_id)
    run = pictures.run(run_id).run
    assert run.status == "failed" and "STABILITY_API_KEY" in run.hint
    assert "sk-wrong" not in f"{run.message}{run.hint}{run.remote}"
