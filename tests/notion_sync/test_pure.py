"""The laws of the merge, the cutting of text, and the pace keeper."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from notion_sync import schema, values
from notion_sync.merge import MISSING, merge, verdict
from notion_sync.setup import page_id

VALUES = st.one_of(st.none(), st.text(max_size=4), st.integers(0, 3).map(str))


@given(base=VALUES, x=VALUES)
def test_one_side_changed(base: Any, x: Any) -> None:
    assert verdict("shared", base, x, base) == ("same" if x == base else "push")
    assert verdict("shared", base, base, x) == ("same" if x == base else "pull")
    assert verdict("shared", base, x, x) == "same"


@given(base=VALUES, ours=VALUES, theirs=VALUES)
def test_nothing_is_lost_and_merging_again_moves_nothing(base: Any, ours: Any, theirs: Any) -> None:
    for owner in ("shared", "app", "notion"):
        first = merge({"f": owner}, {"f": base}, {"f": ours}, {"f": theirs})  # type: ignore[dict-item]
        if first.conflicts:
            assert first.conflicts["f"] == {"base": base, "ours": ours, "theirs": theirs}
            assert first.base == {"f": base}
            assert not first.pull
            assert not first.push
            continue
        after = first.pull.get("f", ours)
        assert first.push.get("f", theirs) == after
        again = merge({"f": owner}, {"f": after}, {"f": after}, {"f": after})  # type: ignore[dict-item]
        assert not (again.pull or again.push or again.conflicts)


@given(ours=VALUES, theirs=VALUES)
def test_without_an_agreement_nothing_is_overwritten(ours: Any, theirs: Any) -> None:
    got = verdict("shared", MISSING, ours, theirs)
    assert got == ("same" if ours == theirs else "push" if not theirs else "pull" if not ours else "conflict")


@given(base=VALUES, ours=VALUES, theirs=VALUES)
def test_owned_fields_never_conflict(base: Any, ours: Any, theirs: Any) -> None:
    assert verdict("app", base, ours, theirs) in ("same", "push")
    assert verdict("notion", base, ours, theirs) in ("same", "pull")


@given(text=st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60), size=st.integers(2, 9))
def test_chunks_join_to_the_text_and_fit(text: str, size: int) -> None:
    pieces = values.chunks(text, size)
    assert "".join(pieces) == text
    assert all(0 < len(p.encode("utf-16-le")) // 2 <= size for p in pieces)


@given(name=st.text(max_size=150))
def test_an_option_has_no_comma_and_fits(name: str) -> None:
    short = values.option(name)
    assert "," not in short
    assert values.units(short) <= 100


def test_every_kind_has_one_title_and_an_app_id() -> None:
    for kind in schema.KINDS.values():
        assert sum(f.types == ("title",) for f in kind.fields) == 1
        assert kind.field("app_id").owner == "app"
        assert len({f.name for f in kind.fields}) == len(kind.fields)


def test_a_status_property_of_a_team_is_bound_and_a_wrong_type_is_paused() -> None:
    properties = {
        "Title": {"id": "title", "type": "title", "title": {}},
        "STATUS": {"id": "a%3Bb", "type": "status", "status": {"options": [{"name": "Approved"}]}},
        "Slot": {"id": "x", "type": "rich_text", "rich_text": {}},
    }
    bound, missing = schema.match("calendar", properties)
    assert bound["title"]["name"] == "Title"
    assert bound["status"]["options"] == ["Approved"]
    assert "needs date" in bound["slot"]["paused"]
    assert "text" in {f.key for f in missing}
    page = {"properties": {"Renamed": {"id": "a;b", "type": "status", "status": {"name": "Approved"}}}}
    assert schema.read_row("calendar", bound, page) == {"status": "Approved"}


@pytest.mark.parametrize(
    "text",
    [
        "https://www.notion.so/team/Content-3f2504e04f8941d39a0c0305e82c3301?pvs=4",
        "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
        " 3F2504E04F8941D39A0C0305E82C3301 ",
    ],
)
def test_the_address_of_a_page(text: str) -> None:
    assert page_id(text) == "3f2504e0-4f89-41d3-9a0c-0305e82c3301"


def test_what_is_no_address_of_a_page() -> None:
    for text in ("", None, "https://www.notion.so/", "../../etc/passwd"):
        with pytest.raises(Invalid):
            page_id(text)
