"""Voting blind: two at a time or side by side. Nothing here says where a text came from, nor how it was scored."""

from __future__ import annotations

import functools
from typing import TypeVar

import streamlit as st

from core import authors, lab
from core.generate import commands as generate
from core.lab import Candidate, LineUp, Pair, Scope
from core.review.lifecycle import has_role
from core.store.base import now
from core.store.tables import Author
from pages.ui.assets import style
from pages.ui.lab_rate import rate_text
from pages.ui.notice import attempt
from pages.ui.pieces import ago, empty_state, evidence, plain
from pages.ui.post_card import linkedin_card
from pages.ui.shell import Here

TWO, BESIDE = "Two at a time", "Side by side"
AGAIN, SHOWN = "lab_again", "lab_shown"
T = TypeVar("T", Pair, LineUp)


def voting(scope: Scope, here: Here) -> None:
    """The next texts to compare, in the mode that the URL names."""
    mode = st.segmented_control(
        "Mode", [TWO, BESIDE], default=TWO, required=True, key="lab_mode", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if not has_role(here.actor, "editor"):
        st.info("A reader may look, but not vote. Ask an editor or an approver of your team.")
    again = bool(st.session_state.get(AGAIN))
    st.html(style("lab"))
    if mode == BESIDE:
        row = lab.line_up(scope, here.actor, again, _shown(scope, LineUp))
        st.session_state[SHOWN] = (scope, row)
        _beside(scope, row, here) if row else _nothing_left(scope, here)
    else:
        pair = lab.next_pair(scope, here.actor, again, _shown(scope, Pair))
        st.session_state[SHOWN] = (scope, pair)
        _two(scope, pair, here) if pair else _nothing_left(scope, here)
    if again:
        _again()
    _undo(scope, here)


def _again() -> None:
    st.toggle("Show pairs again that I have voted on", key=AGAIN)


def _shown(scope: Scope, kind: type[T]) -> T | None:
    """What this person has before their eyes: it stays when a reason is ticked, whoever votes meanwhile."""
    of, before = st.session_state.get(SHOWN, (None, None))
    return before if of == scope and isinstance(before, kind) else None


def _two(scope: Scope, pair: Pair, here: Here) -> None:
    evidence(
        f"{pair.remaining:,} {'pair' if pair.remaining == 1 else 'pairs'} to go, most telling first. "
        "Both were written for the same brief. Which one stands where is chance."
    )
    _cards((pair.left, pair.right), pair.turn, rated=False)
    tags = _reasons(pair.turn, "What is against the other one?")
    may = has_role(here.actor, "editor")
    with st.container(horizontal=True, key="lab_votes"):
        for choice, label, key in (("left", "1 is better", "1"), ("tie", "No difference", "0"),
                                   ("right", "2 is better", "2")):  # fmt: skip
            cast = functools.partial(_vote, scope, pair, choice, tags, here)
            kind = "secondary" if choice == "tie" else "primary"
            _button(label, key, f"lab_{choice}_{pair.turn}", cast, may, kind)


def _vote(scope: Scope, pair: Pair, choice: str, tags: list[str], here: Here) -> None:
    against = [] if choice == "tie" else tags
    again = bool(st.session_state.get(AGAIN))
    attempt(lambda: lab.vote(scope, pair.left.id, pair.right.id, choice, here.actor, against, again))


def _beside(scope: Scope, row: LineUp, here: Here) -> None:
    evidence(
        f"{len(row.texts)} texts for the same brief; where each stands is chance. The one that you choose is kept as "
        "preferred over each of the others."
    )
    _cards(row.texts, row.turn, rated=has_role(here.actor, "editor"), here=here)
    tags = _reasons(row.turn, "What is against the others?")
    may = has_role(here.actor, "editor")
    with st.container(horizontal=True, key="lab_votes"):
        for place, one in enumerate(row.texts, 1):
            cast = functools.partial(_best, scope, row, one.id, tags, here)
            _button(f"{place} is best", str(place), f"lab_best_{place}_{row.turn}", cast, may, "primary")
        none = functools.partial(_best, scope, row, None, [], here)
        _button("No difference", "0", f"lab_none_{row.turn}", none, may, "secondary")


def _best(scope: Scope, row: LineUp, best: str | None, tags: list[str], here: Here) -> None:
    shown = [one.id for one in row.texts]
    again = bool(st.session_state.get(AGAIN))
    attempt(lambda: lab.vote_best(scope, shown, best, here.actor, tags, again))


def _button(label: str, key: str, name: str, cast: functools.partial[None], may: bool, kind: str) -> None:
    st.button(
        label, key=name, on_click=cast, shortcut=key, disabled=not may, wrap=False,
        type="primary" if kind == "primary" else "secondary",
    )  # fmt: skip


def _cards(texts: tuple[Candidate, ...], turn: int, rated: bool, here: Here | None = None) -> None:
    """The posts, numbered as they stand. Every key counts votes and places: it says nothing of the text."""
    who = authors.get(texts[0].author_id)
    if topic := str(generate.brief(texts[0].brief_id).fields.get("topic") or ""):
        st.markdown(plain(f"The brief: {' '.join(topic.split())[:300]}"))
    with st.container(horizontal=True, gap="medium", key=f"lab_cards_{len(texts)}"):
        for place, one in enumerate(texts, 1):
            with st.container(key=f"lab_card_{place}_{turn}"):
                st.markdown(f"**{place}**")
                _card(who, one)
                if rated and here is not None:
                    rate_text(one.id, one.text, here.actor, f"lab_rate_{place}_{turn}")


def _card(who: Author, one: Candidate) -> None:
    linkedin_card(who.name, who.headline, one.text, fold=False)


def _reasons(turn: int, label: str) -> list[str]:
    return list(
        st.pills(label, lab.TAGS, selection_mode="multi", key=f"lab_reasons_{turn}", help="Kept with the vote.") or ()
    )


def _nothing_left(scope: Scope, here: Here) -> None:
    if scope.experiment_id and lab.experiments.get(scope.experiment_id).closed_at:
        return  # said where the experiment was chosen
    if lab.last(scope, here.actor) is None:
        if scope.experiment_id:
            empty_state(
                "There is nothing to compare yet: two arms have to write the same brief first, each with a variant "
                "that holds its constraints. How far they are stands under Experiments."
            )
        else:
            empty_state(
                "There is nothing to compare yet. Write some variants; two for one brief are enough.",
                "Write variants",
                "generate",
            )
        return
    st.markdown("**You have compared everything that there is.** New variants come up here as they are written.")
    if not st.session_state.get(AGAIN):
        _again()


def _undo(scope: Scope, here: Here) -> None:
    if not has_role(here.actor, "editor") or (last := lab.last(scope, here.actor)) is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(plain(f"Your last vote was {ago(last.created_at, now())}."), width="content")
        st.button("Take it back", key=f"lab_undo_{last.id[-6:]}", type="tertiary", shortcut="U", on_click=_withdraw,
                  args=(scope, here))  # fmt: skip


def _withdraw(scope: Scope, here: Here) -> None:
    attempt(lambda: lab.withdraw(scope, here.actor), "Your last vote was taken back; here are the texts again.")
