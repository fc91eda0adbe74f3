"""Learning again by itself: after so many days, so many new posts or new votes. The exam decides what comes of it."""

from __future__ import annotations

import streamlit as st

from core.errors import TimbreError
from core.review.lifecycle import has_role
from core.store.base import now
from core.store.tables import Author
from core.store.tables_training import TrainingPolicy
from core.train import dial, policies
from core.train.scope import Scope
from pages.ui.notice import attempt
from pages.ui.pieces import ago, evidence, link, plain, status_text
from pages.ui.shell import Here
from pages.ui.training_words import KINDS

EVERYBODY = ("genericness", "reranker")
AUTHORS = ("voice", "preference")


def rules(here: Here, author: Author) -> None:
    """Those that there are, then one for this author."""
    evidence(
        "What is learnt by itself sits the same exam and waits here until somebody promotes it. Nothing is put into "
        "use by itself."
    )
    found = policies.listed()
    for policy in found:
        _rule(policy, here)
    if has_role(here.actor, "editor"):
        _form(here, author, found)


def _rule(policy: TrainingPolicy, here: Here) -> None:
    may, key = has_role(here.actor, "editor"), policy.id[-6:]
    with st.container(border=True, key=f"training_rule_{key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            state = status_text("ok", "On") if policy.enabled else status_text("off", "Off")
            st.markdown(f"{state} **{plain(_whose(policy))}**", width="content")
            st.caption(plain(KINDS.get(policy.kind, policy.kind)), width="content")
        st.markdown(plain(f"{conditions(policy)}. {policies.due_text(policy)}".strip()))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            label = "Switch off" if policy.enabled else "Switch on"
            st.button(label, key=f"training_switch_{key}", disabled=not may, on_click=_switch, args=(policy, here))
            st.button("Remove", key=f"training_remove_{key}", disabled=not may, on_click=_remove, args=(policy, here),
                      type="tertiary")  # fmt: skip
            if policy.last_run_id and policy.last_at:
                link(f"Its last run, {ago(policy.last_at, now())}", "training", run=policy.last_run_id)


def _whose(policy: TrainingPolicy) -> str:
    try:
        return Scope.of_key(policy.scope).title()
    except TimbreError:
        return "Somebody who is gone"


def conditions(policy: TrainingPolicy) -> str:
    """When it begins, in plain words."""
    parts = []
    if policy.every_days:
        parts.append("every day" if policy.every_days == 1 else f"every {policy.every_days:,} days")
    if policy.new_posts:
        parts.append(f"once {policy.new_posts:,} new posts are there")
    if policy.new_votes:
        parts.append(f"once {policy.new_votes:,} new votes or ratings are there")
    said = " or ".join(parts) or "never by itself"
    return f"{said[0].upper()}{said[1:]}, with {policy.effort} effort"


def _switch(policy: TrainingPolicy, here: Here) -> None:
    done = "Switched off." if policy.enabled else "Switched on."
    attempt(lambda: policies.switch(policy.id, not policy.enabled, here.actor), done)


def _remove(policy: TrainingPolicy, here: Here) -> None:
    attempt(lambda: policies.remove(policy.id, here.actor), "Removed. What was learnt by it stays.")


def _form(here: Here, author: Author, found: list[TrainingPolicy]) -> None:
    names = {
        "voice": f"The voice of {author.name}",
        "preference": f"What is preferred for {author.name}",
        "genericness": "What sounds generic",
        "reranker": "The order of variants",
    }
    with st.form("training_rule", border=True):
        st.markdown("**Learn again by itself**" if not found else "**Another rule**")
        kind = st.selectbox("Learn", list(names), format_func=names.__getitem__, key="training_rule_kind")
        with st.container(horizontal=True, gap="small"):
            days = st.number_input("Every so many days", 0, 3650, 0, key="training_rule_days", help="0: not by date",
                                   width=190)  # fmt: skip
            posts = st.number_input("After new posts", 0, 100_000, 20, key="training_rule_posts",
                                    help="0: not by posts; only posts with consent count", width=190)  # fmt: skip
            votes = st.number_input("After new votes", 0, 100_000, 0, key="training_rule_votes", help="0: not by votes",
                                    width=190)  # fmt: skip
        effort = st.segmented_control("Effort", list(dial.EFFORTS), default="standard", required=True,
                                      key="training_rule_effort", format_func=str.capitalize)  # fmt: skip
        if st.form_submit_button("Keep the rule", key="training_rule_keep"):
            scope = Scope() if kind in EVERYBODY else Scope(author_id=author.id)
            attempt(
                lambda: policies.put(
                    kind, scope, here.actor, every_days=int(days) or None, new_posts=int(posts) or None,
                    new_votes=int(votes) or None, effort=effort or "standard",
                ),
                "Kept.",
            )  # fmt: skip
            st.rerun()
