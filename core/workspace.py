"""The sample workspace: three invented authors to look around with, marked as sample and removable in one go."""

from __future__ import annotations

import json
from typing import Any

from core import collect, exemplars, store
from core.config import ROOT
from core.errors import Conflict, Unavailable
from core.store import Actor, authors

FOLDER = ROOT / "core/sample_workspace"


def sample_loaded() -> bool:
    """Whether the sample authors are in the store."""
    with store.reading() as tx:
        return any(author.is_sample for author in authors.listed(tx))


def load_sample(actor: Actor) -> int:
    """Add the sample authors with their posts; returns how many posts came in. Doing it twice adds nothing.

    Raises Conflict where one of your own authors has the name of a sample author, Unavailable where the files are gone.
    """
    try:
        people: list[dict[str, Any]] = json.loads((FOLDER / "authors.json").read_text(encoding="utf8"))
        files = {p["file"]: (FOLDER / p["file"]).read_bytes() for p in people}
    except OSError as error:
        raise Unavailable(
            f"The sample workspace is not in this installation ({error.filename}).", "Get the project's files again."
        ) from error
    with store.writing(actor) as tx:
        for person in people:
            there = authors.named(tx, person["name"])
            if there is not None and not there.is_sample:
                raise Conflict(
                    f"You have an author named {person['name']} yourself; nothing was added.",
                    "Rename that author first.",
                )
            row = there or authors.add(tx, person["name"], is_sample=True)
            row.headline, row.zone, row.questionnaire = person["headline"], person["zone"], person["questionnaire"]
    stored = 0
    for person in people:
        preview = collect.preview(
            [collect.Upload(person["file"], files[person["file"]])],
            collect.Mapping(text="text", date="date", author="", author_name=person["name"]),
        )
        if preview.new:
            stored += int(collect.commit(preview, {person["name"]: True}, actor).counts["stored"])
    return stored


def remove_sample(actor: Actor) -> int:
    """Take the sample authors out again, with everything that was made for them; returns how many authors went."""
    with store.writing(actor) as tx:
        gone = [author for author in authors.listed(tx) if author.is_sample]
        for author in gone:
            tx.session.delete(author)
    if gone:
        exemplars.request(actor)  # the index forgets them too
    return len(gone)
