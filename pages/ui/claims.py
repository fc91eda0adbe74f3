"""What a text claims: sentences without a source marked where they stand, with the way to stand by each of them."""

from __future__ import annotations

import functools
import html
from collections.abc import Sequence

import streamlit as st

from core import claims
from core.claims import Claim, Report
from core.store import Actor
from core.store.tables import Post, Variant
from pages.ui.assets import style
from pages.ui.notice import attempt
from pages.ui.pieces import plain

KINDS = {"open": "no source", "confirmed": "somebody stands by it", "supported": "has a source"}
SHOWN = 12
"""Sentences with a form of their own; more are named by number."""


def open_claims(post: Post, actor: Actor, allowed: Sequence[str]) -> None:
    """Above the text: what keeps the post from review, a sentence each with its button. Nothing where there is none."""
    if not post.text.strip() or "edit" not in allowed:
        return
    report = claims.of_post(post)
    if report.by_hand or not report.open:
        return
    count = len(report.open)
    them = "it" if count == 1 else "them"
    waits = f"Submitting waits until somebody stands by {them}, or the text changes."
    with st.container(border=True, key="claims_open"):
        st.markdown(
            f":orange[▲] **{_sentences(count)} no source** in the brief or its knowledge. "
            f"{waits if 'submit' in allowed else 'Look at it before you decide.'}"
        )
        for number, claim in enumerate(report.open[:SHOWN], 1):
            _stand_by(post, actor, number, claim)
        if count > SHOWN:
            st.caption(f"{count - SHOWN} more are marked in the text under “Where it is known from”.")


def _stand_by(post: Post, actor: Actor, number: int, claim: Claim) -> None:
    key = f"claims_note_{claim.hash[:16]}"
    st.markdown(f"**{number}.** {plain(claim.sentence)}")
    st.caption(plain(" ".join(part for part in (claim.why, _nearest(claim)) if part)))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        hint = "Where you know it from (optional)"
        st.text_input(hint, key=key, placeholder=hint, label_visibility="collapsed", width=360)
        stand = functools.partial(_confirm, post.id, claim.sentence, actor, key)
        st.button("I stand by this", key=f"claims_stand_{claim.hash[:16]}", on_click=stand)


def claims_of(post: Post, actor: Actor) -> None:
    """Under the card: how many claims have a source, and on demand the text with every sentence's source."""
    if not post.text.strip():
        return
    report = claims.of_post(post)
    _summary(report)
    if report.by_hand or not (report.unsupported or _supported(report)):
        return
    with st.expander("Where it is known from"):
        _inside(post.text, report)
        for claim in report.confirmed:
            by, note = report.by.get(claim.hash, ("", ""))
            st.caption(plain(f"{by} stands by “{claim.sentence}”{f': {note}' if note else '.'}"))
            take = functools.partial(_unconfirm, post.id, claim.sentence, actor)
            st.button("Take it back", key=f"claims_back_{claim.hash[:16]}", on_click=take)
        for claim in report.typed:
            st.caption(plain(f"“{claim.sentence}” was typed by a person, who stands by it."))


def claims_of_variant(variant: Variant) -> None:
    """The same for a variant: nothing can be confirmed before it is a post."""
    if variant.form != "post" or not variant.text.strip():
        return
    report = claims.of_variant(variant)
    _summary(report)
    if report.unsupported or _supported(report):
        with st.expander("Where it is known from"):
            _inside(variant.text, report)


def _summary(report: Report) -> None:
    made = [c for c in report.claims if c.status != "no claim"]
    if not made:
        st.caption("It claims nothing that could be looked up.")
    elif report.by_hand:
        st.caption("Written by hand: there is no brief to look its facts up in.")
    elif report.open:
        st.markdown(f":orange[▲] {_sentences(len(report.open))} no source in the brief or its knowledge.")
    else:
        known = len(report.confirmed) + len(report.typed)
        stood = f"; somebody stands by the other {'one' if known == 1 else known}" if known else ""
        st.caption(f"{len(_supported(report))} of {len(made)} claims have a source{stood}.")


def _inside(text: str, report: Report) -> None:
    """The text with its sentences marked, then each with what stands behind it."""
    st.html(f'{style("claims")}<div class="tb-claims" tabindex="0">{marked(text, report)}</div>{_key(report)}')
    for number, claim in enumerate(report.open, 1):
        st.markdown(f"**{number}.** {plain(claim.sentence)}  \n:gray[{plain(claim.why)} {plain(_nearest(claim))}]")
    titles = {source.id: source.title for source in report.sources}
    for claim in _supported(report):
        where = titles.get(claim.source or "") or "the brief"
        st.markdown(f"{plain(claim.sentence)}  \n:gray[From {plain(where)}: “{plain(claim.quote)}”]")


def marked(text: str, report: Report) -> str:
    """The text as escaped HTML: sentences by their kind, facts that no source holds in bold."""
    opened = {claim.start: number for number, claim in enumerate(report.open, 1)}
    confirmed = {claim.start for claim in (*report.confirmed, *report.typed)}
    out, at = [], 0
    for claim in report.claims:
        if claim.status == "no claim":
            continue
        kind = "open" if claim.start in opened else "confirmed" if claim.start in confirmed else "supported"
        said = html.escape(claim.why or claim.quote, quote=True)
        number = f"<sup>{opened[claim.start]}</sup>" if claim.start in opened else ""
        out.append(html.escape(text[at : claim.start]))
        out.append(f'<mark class="{kind}" title="{said}">{_bold(text, claim)}</mark>{number}')
        at = claim.end
    return "".join([*out, html.escape(text[at:])])


def _bold(text: str, claim: Claim) -> str:
    out, at = [], claim.start
    for fact in claim.facts:
        start, end = max(at, fact.start), min(claim.end, fact.end)
        if start < end:
            out.append(f"{html.escape(text[at:start])}<b>{html.escape(text[start:end])}</b>")
            at = end
    return "".join([*out, html.escape(text[at : claim.end])])


def _key(report: Report) -> str:
    there = {"open": report.open, "confirmed": [*report.confirmed, *report.typed], "supported": _supported(report)}
    rows = "".join(f'<span><mark class="{kind}">{word}</mark></span>' for kind, word in KINDS.items() if there[kind])
    return f'<div class="tb-claims-key">{rows}</div>' if rows else ""


def _supported(report: Report) -> list[Claim]:
    return [claim for claim in report.claims if claim.status == "supported"]


def _nearest(claim: Claim) -> str:
    return f"The nearest sentence there: “{claim.quote}”" if claim.quote and claim.score > 0.2 else ""


def _sentences(count: int) -> str:
    return "One sentence has" if count == 1 else f"{count} sentences have"


def _confirm(post_id: str, sentence: str, actor: Actor, key: str) -> None:
    note = str(st.session_state.get(key, ""))
    attempt(lambda: claims.confirm(post_id, sentence, note, actor), "Kept: you stand by that sentence.", key)


def _unconfirm(post_id: str, sentence: str, actor: Actor) -> None:
    attempt(lambda: claims.unconfirm(post_id, sentence, actor), "Taken back.")
