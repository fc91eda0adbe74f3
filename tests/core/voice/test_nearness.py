"""Nearness puts texts in an order, short ones too, and says nothing where nothing is known of an author."""

from __future__ import annotations

from typing import Any

import pytest

from core import samples, store, voice
from core.store import Actor, authors


def test_own_posts_are_nearer_than_another_authors_and_a_short_text_has_a_value(two_authors: dict[str, str]) -> None:
    voice.forget()
    ada, other = two_authors["Ada"], next(i for name, i in two_authors.items() if name != "Ada")
    own, strange = samples.of_author(ada)[0].text, samples.of_author(other)[0].text
    found = voice.nearness(ada, [own, strange, "A short one."])
    assert found is not None and len(found) == 3 and found[0] > found[1]
    assert found[0] == pytest.approx(1.0, abs=0.5)
    assert voice.measure(ada, "A short one.").evidence == "too little", "what is shown stays silent about it"


def test_of_an_author_without_samples_nothing_is_known(data: Any, actor: Actor) -> None:
    with store.writing(actor) as tx:
        author = authors.add(tx, "Nora").id
    assert voice.nearness(author, ["A text."]) is None
