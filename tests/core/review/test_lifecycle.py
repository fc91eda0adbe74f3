"""The tables of the lifecycle: what follows what, who may, and what an approval is bound to."""

from __future__ import annotations

import hashlib
import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Denied, Invalid
from core.review.lifecycle import (
    ACTIONS,
    MOVES,
    SHARED,
    SIGNED,
    STATUSES,
    actions,
    content_hash,
    is_approved,
    may_sign,
    require,
)
from core.store import Actor
from core.store.tables import Post


def post(status: str, **fields: object) -> Post:
    return Post(**{"status": status, "text": "t", "media": [], "account": "", "slot": None, **fields})


def test_the_designs_path_is_allowed_step_by_step() -> None:
    path = [
        "Idea",
        "Drafting",
        "In Review",
        "Changes Requested",
        "In Review",
        "Approved",
        "Scheduled",
        "Published",
        "Measured",
    ]
    for before, after in itertools.pairwise(path):
        assert after in MOVES[before], f"{before} -> {after}"


def test_nothing_reaches_approval_except_from_review_and_nothing_is_scheduled_unapproved() -> None:
    assert {s for s, after in MOVES.items() if "Approved" in after} == {"In Review", "Scheduled"}
    assert {s for s, after in MOVES.items() if "Scheduled" in after} == {"Approved"}
    assert {s for s, after in MOVES.items() if "Published" in after} == {"Approved", "Scheduled"}


def test_what_is_out_never_comes_back_to_the_desk() -> None:
    assert MOVES["Published"] | MOVES["Measured"] == {"Measured", "Archived"}


def test_every_status_has_its_row_and_every_action_agrees_with_the_table() -> None:
    assert set(MOVES) == set(STATUSES)
    for name, action in ACTIONS.items():
        for origin in action.origins:
            assert action.target is None or action.target in MOVES[origin], f"{name} from {origin}"


def test_notion_shares_every_status_up_to_approved_and_no_other() -> None:
    assert not SHARED & SIGNED
    assert not SHARED & {"Published", "Measured"}


@pytest.mark.parametrize(
    ("role", "allowed"), [("reader", False), ("editor", False), ("approver", True), ("owner?", False)]
)
def test_only_an_approver_approves_and_others_are_told_whom_to_ask(role: str, allowed: bool) -> None:
    actor = Actor(role=role)
    assert ("approve" in actions(post("In Review"), actor)) is allowed
    if not allowed:
        with pytest.raises(Denied) as refused:
            require(post("In Review"), "approve", actor)
        assert refused.value.hint == "Ask an approver to do it."
        assert role in refused.value.message


def test_a_reader_may_do_nothing_at_all() -> None:
    for status in STATUSES:
        assert actions(post(status), Actor(role="reader")) == []


def test_an_action_out_of_place_is_refused_with_the_way_on() -> None:
    with pytest.raises(Invalid) as refused:
        require(post("Drafting"), "approve", Actor())
    assert refused.value.message == "You cannot approve a post that is Drafting. Nothing was changed."
    assert refused.value.hint == "Submit it for review first."


def test_through_notion_only_a_verified_approver_signs() -> None:
    assert may_sign(Actor(role="approver"))
    assert not may_sign(Actor(role="approver", source="notion"))
    assert may_sign(Actor(role="approver", source="notion", verified=True))
    assert not may_sign(Actor(role="editor", source="notion", verified=True))


def test_the_hash_is_sha256_of_canonical_json() -> None:
    expected = '{"account":"a","media":["x"],"text":"Grüße\\n"}'
    assert json.loads(expected)["text"] == "Grüße\n"
    assert content_hash("Grüße\n", ["x"], "a") == hashlib.sha256(expected.encode()).hexdigest()


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=5), st.text(max_size=5))
def test_another_text_or_account_is_another_hash(text: str, other: str, account: str, second: str) -> None:
    text, other = (t.encode("utf8", "ignore").decode() for t in (text, other))
    account, second = (t.encode("utf8", "ignore").decode() for t in (account, second))
    same = (text, account) == (other, second)
    assert (content_hash(text, [], account) == content_hash(other, [], second)) is same


def test_approval_is_computed_from_the_content_and_not_from_the_stored_hash() -> None:
    approved = content_hash("t", [], "")
    assert is_approved(post("Approved", approved_hash=approved, hash=approved))
    assert not is_approved(post("Approved", approved_hash=approved, hash=approved, text="t "))
    assert not is_approved(post("Approved", approved_hash=approved, hash=approved, media=["a.png"]))
    assert not is_approved(post("Approved", approved_hash=None))
