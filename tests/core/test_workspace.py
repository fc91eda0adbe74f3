"""The sample workspace: three invented authors that come in whole, come in once, and leave nothing behind."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core import authors, review, samples, workspace
from core.errors import Conflict
from core.store import Actor


def test_it_comes_in_once_and_is_marked(data: Path, actor: Actor) -> None:
    assert not workspace.sample_loaded()
    assert workspace.load_sample(actor) == 180
    assert workspace.load_sample(actor) == 0
    assert workspace.sample_loaded()
    everyone = authors.listed()
    assert [a.is_sample for a in everyone] == [True] * 3
    for author in everyone:
        posts = samples.of_author(author.id)
        dates = [s.date for s in posts if s.date]
        assert len(posts) == len(dates) == 60
        assert timedelta(days=600) < dates[-1] - dates[0] < timedelta(days=760)


def test_it_goes_with_everything_made_for_it_and_nothing_else(data: Path, actor: Actor) -> None:
    mine = authors.add("Ada", actor)
    kept = review.create(mine.id, "Mine", "My own post.", actor)
    workspace.load_sample(actor)
    sample = next(a for a in authors.listed() if a.is_sample)
    review.create(sample.id, "Theirs", "A sample post.", actor)
    assert workspace.remove_sample(actor) == 3
    assert [a.name for a in authors.listed()] == ["Ada"]
    assert [p.id for p in review.listed()] == [kept.id]
    assert samples.counts() == {}
    assert workspace.load_sample(actor) == 180


def test_an_author_of_your_own_with_the_same_name_is_never_touched(data: Path, actor: Actor) -> None:
    authors.add("Nora Lindqvist", actor)
    with pytest.raises(Conflict, match="Nora Lindqvist yourself"):
        workspace.load_sample(actor)
    assert [a.name for a in authors.listed()] == ["Nora Lindqvist"]
