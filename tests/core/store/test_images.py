"""The store of images, brand kits and picture runs, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from core import store
from core.errors import Stale
from core.store import Actor, authors, brand, images, intents, pictures
from core.store.tables_images import Image, PictureRun


@pytest.fixture
def ada(any_database: str, actor: Actor) -> str:
    with store.writing(actor) as tx:
        return authors.add(tx, "Ada").id


def image(author_id: str, **more: object) -> Image:
    files = [{"name": "1.png", "type": "image/png"}]
    return Image(**{"author_id": author_id, "kind": "picture", "files": files, "settings": {}, **more})


def test_images_are_found_by_page_kind_run_and_design(ada: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        rows = [
            images.add_image(tx, image(ada, run_id="R", number=1)),
            images.add_image(tx, image(ada, run_id="R", number=2, kind="sample")),
            images.add_image(tx, image(ada, design_id="D", kind="card")),
        ]
        ids = [row.id for row in rows]
    with store.reading() as tx:
        assert [row.id for row in images.images(tx, ada)] == [ids[2], ids[0]]
        assert [row.id for row in images.images(tx, ada, before=ids[2])] == [ids[0]]
        assert [row.id for row in images.images(tx, ada, ["sample"], run_id="R")] == [ids[1]]
        assert (images.count(tx), images.count(tx, ada, ["card"]), images.count(tx, "nobody")) == (2, 1, 0)
        assert [row.id for row in images.of_design(tx, "D")] == [ids[2]]
        assert (found := images.of_run(tx, "R", 2)) is not None and found.id == ids[1]
        assert images.of_run(tx, "R", 3) is None
        assert images.folders(tx) == set(ids) == set(images.among(tx, ids))


def run(author_id: str, **settings: object) -> PictureRun:
    return PictureRun(author_id=author_id, provider="fal", prompt="A desk", settings={"n": 2, **settings}, remote={})


def test_a_run_is_asked_for_once_remembers_and_ends(ada: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        id_ = pictures.add(tx, run(ada, seed=7))
    with store.reading() as tx:
        assert (same := pictures.live_same(tx, run(ada, seed=9))) is not None and same.id == id_
        assert pictures.live_same(tx, run(ada, n=3)) is None
        assert [row.id for row in pictures.listed(tx, ada)] == [id_] and pictures.listed(tx, ada, "other") == []
    with store.writing(actor) as tx:
        pictures.begin(tx, id_)
        pictures.remember(tx, id_, {"request 0": {"id": "x"}, "gone": 1})
        pictures.remember(tx, id_, {"gone": None})
        intents.cancel(tx, id_)
    with store.reading() as tx:
        assert pictures.get(tx, id_).remote == {"request 0": {"id": "x"}} and pictures.asked_to_stop(tx, id_)
    with store.writing(actor) as tx:
        images.add_image(tx, image(ada, run_id=id_))
        intents.finish(tx, id_, "failed", "It broke.")
    with store.reading() as tx:
        assert list(pictures.ended(tx, [pictures.get(tx, id_)])) == [id_], "the run itself still says that it lives"
        assert [row.run_id for row in pictures.made(tx, [id_])] == [id_]
        assert pictures.live_same(tx, run(ada, seed=7)) is None


def test_one_kit_for_each_scope_and_no_older_version_wins(ada: str, actor: Actor) -> None:
    with store.writing(actor) as tx:
        brand.put(tx, "workspace", {"footer": "one", "logo": {"path": "images/kit/a.png"}}, 0)
        brand.put(tx, f"author:{ada}", {"photo": {"focus": [0.5, 0.5]}})
    with store.writing(actor) as tx:
        assert brand.put(tx, "workspace", {"footer": "two"}, 1).version == 2
        assert brand.put(tx, "workspace", {"footer": "two"}, 2).version == 2, "nothing changed"
    with pytest.raises(Stale), store.writing(actor) as tx:
        brand.put(tx, "workspace", {"footer": "three"}, 1)
    with store.reading() as tx:
        assert brand.paths(tx) == {"images/kit/a.png"}
        assert (kept := brand.get(tx, "workspace")) is not None and kept.footer == "two"
        assert brand.get(tx, "author:nobody") is None
