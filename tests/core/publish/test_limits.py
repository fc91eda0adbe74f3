"""What LinkedIn and Notion would refuse of a post's files, said before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from core.publish.limits import LINKEDIN, NOTION, PDF, refusals


def picture(**more: Any) -> dict[str, Any]:
    return {"name": "a.png", "type": "image/png", "width": 1080, "height": 1350, "bytes": 90_000, "alt": "A", **more}


def document(**more: Any) -> dict[str, Any]:
    return {"name": "a.pdf", "type": PDF, "bytes": 200_000, "pages": 8, "alt": "A", **more}


@pytest.mark.parametrize("entries", [[], [picture()], [picture()] * 20, [document()]])
def test_what_they_take_is_not_mentioned(entries: list[dict[str, Any]]) -> None:
    assert refusals(LINKEDIN, entries) == refusals(NOTION, entries) == []


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ([picture()] * 21, "at most 20 pictures"),
        ([picture(), document()], "a document and pictures"),
        ([document(), document()], "2 documents"),
        ([picture(bytes=5_000_001)], "under 5 MB"),
        ([picture(width=36_152_320, height=1)], "36,152,320"),
        ([picture(type="image/webp")], "does not take a.png"),
        ([picture(alt="x" * 4_087)], "alt text"),
        ([document(bytes=100_000_001)], "at most 100 MB"),
        ([document(pages=301)], "at most 300"),
    ],
)
def test_linkedin_refuses(entries: list[dict[str, Any]], word: str) -> None:
    (found,) = refusals(LINKEDIN, entries)
    assert word in found.message and found.hint and found.channel == "linkedin"


def test_just_under_a_limit_is_taken() -> None:
    assert not refusals(LINKEDIN, [picture(bytes=5_000_000, width=36_152_319, height=1, alt="x" * 4_086)])
    assert not refusals(LINKEDIN, [document(bytes=100_000_000, pages=300)])


def test_notion_takes_pictures_beside_a_document_but_no_large_file() -> None:
    assert not refusals(NOTION, [picture(), document()])
    (found,) = refusals(NOTION, [document(bytes=20 * 1024 * 1024 + 1)])
    assert found.channel == "notion" and "Notion" in found.message
