"""Values to Notion and back: whatever a field holds, and however a team keeps it, it comes back as it was sent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_sync import schema, values
from notion_sync.merge import merge

WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
CHOICES = st.one_of(st.none(), WORDS)
LISTS = st.lists(WORDS, max_size=5)
STARTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda d: values.instant(d.replace(tzinfo=UTC)))
OURS: dict[values.Shape, st.SearchStrategy[Any]] = {
    "text": WORDS,
    "choice": CHOICES,
    "list": LISTS,
    "date": st.one_of(st.none(), STARTS),
    "number": st.one_of(st.none(), st.integers(-5, 10**9)),
    "url": st.one_of(st.none(), st.just("https://example.com/a(b)")),
    "people": st.just(["Ada Berg <1>", "<2>"]),
}
FIELDS = sorted(
    {
        (field.shape, kind)
        for source in schema.KINDS.values()
        for field in source.fields
        for kind in field.types
        if kind not in ("files", "relation")
    }
)


def kept(kind: str, sent: dict[str, Any]) -> dict[str, Any]:
    """What Notion answers after a write (https://developers.notion.com/reference/page-property-values)."""
    value = sent[kind]
    if kind in ("title", "rich_text"):
        text = "".join(i["text"]["content"] for i in value)
        value = [{"type": "text", "text": {"content": text}, "plain_text": text}] if text else []
    elif kind == "multi_select":
        value = [{**o, "id": o["name"], "color": "red"} for o in {o["name"].casefold(): o for o in value}.values()]
    elif kind == "people":
        value = [{"object": "user", "id": u["id"], **({"name": "Ada Berg"} if u["id"] == "1" else {})} for u in value]
    elif kind == "number":
        value = None if value is None else float(value)
    return {"id": "x", "type": kind, kind: value}


@pytest.mark.parametrize(("shape", "kind"), FIELDS)
@given(data=st.data())
def test_what_was_sent_comes_back_whatever_the_property_is(shape: values.Shape, kind: str, data: st.DataObject) -> None:
    sent = values.fit(kind, shape, data.draw(OURS[shape]))
    answer = values.decode(kept(kind, values.encode(kind, sent, "Europe/Berlin")), kind, shape)
    assert answer == sent
    assert values.fit(kind, shape, answer) == sent, "a value that is kept already is not kept differently again"


@pytest.mark.parametrize("units", [1_999, 2_000, 2_001, 4_000])
@pytest.mark.parametrize("tail", ["a", "🚀", "👩‍💻", "\u202eabc\u202c", "\r\n", "  "])
def test_no_piece_is_longer_than_notion_takes_and_together_they_are_the_text(units: int, tail: str) -> None:
    text = "x" * (units - values.units(tail)) + tail
    items = values.rich_text(text)
    assert values.units(text) == units
    assert all(values.units(i["text"]["content"]) <= values.UNITS for i in items)
    assert len(items) == -(-units // 2_000) or tail == "👩‍💻"
    assert values.plain(items).encode() == text.encode()


def test_runs_mentions_and_equations_read_as_what_they_show() -> None:
    items = [
        {"type": "text", "text": {"content": "Ask "}, "plain_text": "Ask "},
        {"type": "mention", "mention": {"type": "user", "user": {"id": "u"}}, "plain_text": "@Ada Berg"},
        {"type": "text", "text": {"content": " for "}},
        {"type": "equation", "equation": {"expression": "E=mc^2"}},
    ]
    assert values.plain(items) == "Ask @Ada Berg for E=mc^2"


@pytest.mark.parametrize(
    ("date", "read"),
    [
        ({"start": "2026-12-01"}, "2026-12-01"),
        ({"start": "2026-12-01T09:30:31.000+01:00", "end": None, "time_zone": None}, "2026-12-01T08:30Z"),
        ({"start": "2026-12-01T09:30:00", "time_zone": "America/Los_Angeles"}, "2026-12-01T17:30Z"),
        ({"start": "2026-12-01T09:30:00", "time_zone": "Nowhere/Land"}, "2026-12-01T09:30Z"),
        ({"start": "2026-12-01T09:30:00Z", "end": "2026-12-03T10:00:00Z"}, "2026-12-01T09:30Z"),
        ({"start": "someday"}, None),
        (None, None),
    ],
)
def test_dates_as_notion_may_write_them(date: dict[str, Any] | None, read: str | None) -> None:
    assert values.decode({"date": date}, "date", "date") == read


@pytest.mark.parametrize(
    ("span", "start", "end"),
    [
        (None, "2026-12-05T08:00Z", None),
        (("2026-12-01T08:00Z", "2026-12-09T08:00Z"), "2026-12-05T08:00Z", "2026-12-09T09:00:00+01:00"),
        (("2026-12-01T08:00Z", "2026-12-03T08:00Z"), "2026-12-05T08:00Z", "2026-12-07T09:00:00+01:00"),
        (("2026-12-01", "2026-12-03"), "2026-12-05T08:00Z", "2026-12-07T09:00:00+01:00"),
        (("2026-12-01T08:00Z", "2026-12-09T08:00Z"), "2026-12-05", "2026-12-09"),
    ],
)
def test_the_end_of_a_typed_range_stays_or_moves_along(
    span: tuple[str, str] | None, start: str, end: str | None
) -> None:
    sent = values.ranged(start, "Europe/Berlin", {"start": span[0], "end": span[1]} if span else None)
    assert sent.get("end") == end
    assert end is None or sent["start"] < end


@pytest.mark.parametrize(
    ("typed", "read"), [("1,240", 1240), ("1 240", 1240), (" 31 ", 31), ("many", "many"), ("", None)]
)
def test_a_number_in_a_text_property(typed: str, read: Any) -> None:
    prop = {"rich_text": [{"plain_text": typed}]}
    assert values.decode(prop, "rich_text", "number") == read


def test_line_ends_alone_are_nobodys_edit() -> None:
    assert values.same("a\r\nb\rc", "a\nb\nc")
    assert not values.same("a\r\nb", "a b")
    done = merge({"text": "shared"}, {"text": "old"}, {"text": "a\r\nb"}, {"text": "a\nb"})
    assert not (done.pull or done.push or done.conflicts)


def test_a_name_with_a_comma_and_one_that_is_there_in_other_letters() -> None:
    assert values.fit("select", "choice", "Smith, Jane") == "Smith Jane"
    assert values.fit("select", "choice", "smith, jane", ["Smith Jane"]) == "Smith Jane"
    assert values.fit("multi_select", "list", ["b", "A, c", "B"]) == ["A c", "B"]
    assert values.units(values.option("🚀" * 80)) == 100


def test_what_notion_cannot_hold_is_said_field_by_field() -> None:
    full = {"type": "select", "name": "Pillar", "id": "p", "options": [str(n) for n in range(100)]}
    assert "100 options" in schema.unsendable("calendar", "pillar", full, "one more")
    assert schema.unsendable("calendar", "pillar", full, "7") == ""
    assert schema.unsendable("calendar", "pillar", {**full, "type": "rich_text"}, "one more") == ""
    link = {"type": "url", "name": "Link", "id": "l"}
    assert "2,000" in schema.unsendable("calendar", "link", link, "https://x.y/" + "a" * 2_000)
    text = {"type": "rich_text", "name": "Post text", "id": "t"}
    assert "longer" in schema.unsendable("calendar", "text", text, "a" * 200_001)
    assert schema.unsendable("calendar", "text", text, "a" * 200_000) == ""


def test_what_a_page_leaves_out_is_put_in_and_unknown_properties_are_passed_over() -> None:
    people = [{"object": "user", "id": str(n), "name": f"P{n}"} for n in range(30)]
    bound = {"reviewers": {"id": "a%3Ab", "type": "people", "name": "Reviewers"}}
    properties: dict[str, Any] = {
        "Who": {"id": "a%3Ab", "type": "people", "people": people[:25]},
        "Next year": {"id": "n", "type": "hologram", "hologram": {"deep": True}},
    }
    page = {"id": "1", "properties": properties}
    assert schema.cut_short("personas", bound, page) == ["a%3Ab"]
    items = [{"object": "property_item", "type": "people", "people": p} for p in people]
    whole = schema.completed(page, {"a%3Ab": items})
    assert len(schema.read_row("personas", bound, whole)["reviewers"]) == 30
    assert whole["properties"]["Next year"] == properties["Next year"]
    few = {"id": "1", "properties": {"Who": {**properties["Who"], "people": people[:24]}}}
    assert schema.cut_short("personas", bound, few) == []
