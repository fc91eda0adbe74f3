"""Whatever people do in whatever order: no unapproved text is ever approved or scheduled, and no text is ever lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from core import calendar, review, store
from core.errors import TimbreError
from core.people import local_actor
from core.review.lifecycle import MOVES, STATUSES
from core.store import Actor
from core.store.tables import Change, Post

WHO = st.sampled_from(
    [
        local_actor(),
        replace(local_actor(), name="Ed", role="editor"),
        replace(local_actor(), name="Ro", role="reader"),
    ]
)
REMOTE = st.sampled_from(
    [
        Actor(name="Kim", role="editor", source="notion"),
        Actor(name="Ida", role="approver", verified=True, source="notion"),
        Actor(name="Uma", role="approver", verified=False, source="notion"),
    ]
)
TEXTS = st.sampled_from(["", "One.", "Two.", "Three. 🧭", "  \n"])
SLOTS = st.one_of(st.none(), st.integers(1, 5).map(lambda d: datetime(2027, 1, d, 9, tzinfo=UTC)))


class Life(RuleBasedStateMachine):
    """One post, several people, every command and the door to Notion."""

    author_id = ""

    @initialize(text=TEXTS, status=st.sampled_from(["Idea", "Drafting"]))
    def begin(self, text: str, status: str) -> None:
        self.post = review.create(self.author_id, "", text, local_actor(), status=status)
        self.texts = {text}

    def do(self, actor: Actor, command: Any, *args: Any, **kwargs: Any) -> Post | None:
        """Run a command; what it refuses must have changed nothing."""
        before = self.post
        try:
            command(*args, **kwargs)
        except TimbreError as error:
            assert error.hint, f"{error.message} has no hint"
            after = review.get(before.id)
            assert (after.revision, after.status, after.text) == (before.revision, before.status, before.text)
            assert (after.slot, after.approved_hash) == (before.slot, before.approved_hash)
            return None
        self.post = review.get(before.id)
        assert actor.role != "reader"
        assert self.post.revision >= before.revision
        changed = any(
            getattr(self.post, name) != getattr(before, name)
            for name in ("text", "status", "slot", "zone", "approved_hash", "slot_approved_by", "title")
        )
        assert changed <= (self.post.revision > before.revision), "a change without a new revision"
        return self.post

    @rule(who=WHO, text=TEXTS, stale=st.booleans())
    def edit(self, who: Actor, text: str, stale: bool) -> None:
        done = self.do(who, review.edit, self.post.id, who, self.post.revision - stale, text=text)
        if done or (stale and text and who.role != "reader"):
            self.texts.add(text)

    @rule(who=WHO, name=st.sampled_from(["submit", "withdraw", "archive", "restore"]))
    def plain(self, who: Actor, name: str) -> None:
        self.do(who, getattr(review, name), self.post.id, who)

    @rule(who=WHO, name=st.sampled_from(["request_changes", "reject"]))
    def decide(self, who: Actor, name: str) -> None:
        if self.do(who, getattr(review, name), self.post.id, "why", who):
            assert who.role == "approver"

    @rule(who=WHO, hash_seen=st.sampled_from(["now", "none", "other"]))
    def approve(self, who: Actor, hash_seen: str) -> None:
        seen = {"now": self.post.hash, "none": None, "other": "0" * 64}[hash_seen]
        if self.do(who, review.approve, self.post.id, seen, who):
            assert who.role == "approver"
            assert hash_seen != "other"

    @rule(who=WHO, slot=SLOTS, zone=st.sampled_from(["UTC", "Europe/Berlin", "Nowhere/Land"]))
    def schedule(self, who: Actor, slot: datetime | None, zone: str) -> None:
        done = self.do(who, calendar.schedule, self.post.id, slot, zone, who)
        assert not (done and zone == "Nowhere/Land")

    @rule(who=WHO)
    def sign_off(self, who: Actor) -> None:
        self.do(who, calendar.sign_off, self.post.id, who)

    @rule(
        who=REMOTE,
        status=st.sampled_from([None, *STATUSES]),
        text=st.one_of(st.none(), TEXTS),
        slot=st.one_of(st.just(review.KEEP), SLOTS),
        seen=st.booleans(),
    )
    def notion(self, who: Actor, status: str | None, text: str | None, slot: Any, seen: bool) -> None:
        before = self.post
        pulled = before.text if seen else None
        done = self.do(who, review.apply_remote, self.post.id, who, status=status, text=text, slot=slot, seen=pulled)
        assert done
        if text is not None:
            self.texts.add(text)
        if before.status not in ("Approved", "Scheduled") and done.status in ("Approved", "Scheduled"):
            assert who.verified
            assert who.role == "approver"

    @invariant()
    def approved_means_exactly_this_text(self) -> None:
        post = review.get(self.post.id)
        assert post.hash == review.content_hash(post.text, post.media, post.account)
        if post.status in ("Approved", "Scheduled"):
            assert post.approved_hash == post.hash
            assert post.approved_by
            assert post.text.strip()
        else:
            assert post.approved_hash is None
        signed_slot = post.slot is not None and post.slot_approved_by is not None
        assert (post.status == "Scheduled") == (signed_slot and post.approved_hash is not None)
        assert not (post.slot is None and post.slot_approved_by)

    @invariant()
    def no_text_is_lost(self) -> None:
        rows = [self.post.id, *(n.id for n in review.notes(self.post.id))]
        with store.reading() as tx:
            logged = select(Change.new).where(Change.field == "text", Change.entity_id.in_(rows))
            assert self.texts <= set(tx.session.scalars(logged))

    @invariant()
    def the_log_holds_only_allowed_moves(self) -> None:
        moves = [(c.old, c.new) for c in review.history(self.post.id) if c.field == "status"]
        for before, after in moves[1:]:
            assert after in MOVES[before], f"{before} -> {after}"


def test_whatever_people_do(two_authors: dict[str, str]) -> None:
    machine = type("LifeOfAda", (Life,), {"author_id": two_authors["Ada"]})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=80, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
