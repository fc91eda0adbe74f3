"""The brief: kept as typed, and refused with the field's name where nothing can be written from it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.generate.brief import BriefFields, complete, draft

GOOD = {"topic": "Audits", "points": ["The log was empty"]}


@pytest.mark.parametrize(
    ("fields", "named", "hint"),
    [
        ({}, "Topic", "one or two sentences"),
        ({"topic": "Audits"}, "Key points", "Add one key point"),
        ({**GOOD, "link": "javascript:alert(1)"}, "Link", "https://"),
        ({**GOOD, "link": "https://"}, "Link", "https://"),
        ({**GOOD, "variants": 99}, "Variants", ""),
        ({**GOOD, "length": "endless"}, "Length", ""),
    ],
)
def test_what_is_missing_is_named(fields: dict[str, Any], named: str, hint: str) -> None:
    with pytest.raises(Invalid) as raised:
        complete(fields)
    assert raised.value.message.startswith(named)
    assert hint in raised.value.hint


def test_points_are_cleaned_and_a_hook_is_a_kind_or_a_line() -> None:
    brief = complete({**GOOD, "points": ["- one thing ", "", "  ", "• two"], "hook": "question"})
    assert brief.points == ["one thing", "two"]
    assert (brief.hook_kind, brief.hook_line) == ("question", "")
    assert complete({**GOOD, "hook": "Nobody lied."}).hook_line == "Nobody lied."


def test_a_draft_keeps_what_is_half_typed_and_nothing_unknown() -> None:
    assert draft({"topic": " half", "link": "htt", "evil": 1}) == {"topic": " half", "link": "htt"}
    with pytest.raises(Invalid, match="Topic"):
        draft({"topic": {"a": 1}})


@given(
    st.dictionaries(
        st.sampled_from(list(BriefFields.model_fields)), st.text(max_size=50) | st.integers() | st.lists(st.text())
    )
)
def test_any_fields_are_kept_or_refused_by_name(fields: dict[str, Any]) -> None:
    try:
        complete(draft(fields))
    except Invalid as error:
        assert error.message and error.hint
