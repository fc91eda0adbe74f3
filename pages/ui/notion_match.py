"""Steps of the wizard where a person chooses: which property holds what, and what a team's own words mean."""

from __future__ import annotations

import streamlit as st

from core.store import Actor
from notion_sync import matching, wizard
from notion_sync.matching import CREATE, LEAVE, Property
from notion_sync.schema import APP_ID, KINDS, Field
from notion_sync.wizard import Draft
from pages.ui.notice import attempt
from pages.ui.notion_steps import ways
from pages.ui.pieces import plain
from pages.ui.shell import Here

OWNERS = {
    "shared": "Both sides may change these",
    "notion": "Notion decides these",
    "app": "Timbre writes these",
}


def fields(draft: Draft, here: Here) -> None:
    """Every field of ours with the properties that could hold it, the proposal and its reason."""
    kind = draft.choice.kind
    st.markdown(
        "What holds what? Timbre proposes a property where its name or type says so. Nothing is created but what you "
        "choose here, and only App ID is needed."
    )
    reasons = matching.propose(kind, draft.properties)
    for owner, title in OWNERS.items():
        fields = [f for f in KINDS[kind].fields if f.owner == owner]
        if not fields:
            continue
        st.markdown(f"**{title}**")
        for one in fields:
            _field(draft, one, reasons[one.key], here.actor)
    used = set(draft.choice.fields.values())
    others = [p.name for p in draft.properties if p.id not in used]
    if others:
        st.caption(f"Timbre never touches: {plain(', '.join(others))}.")
    wrong = matching.problems(draft.choice, draft.properties)
    for text in wrong:
        st.warning(plain(text))
    ways(kind, 2, bool(wrong), again=(draft, here.actor))


def _field(draft: Draft, one: Field, reason: matching.Proposal, actor: Actor) -> None:
    fitting = matching.fitting(one, draft.properties)
    by_id = {p.id: p for p in fitting}
    more = [] if one.types == ("title",) else [CREATE] if one.key == APP_ID.key else [LEAVE, CREATE]
    targets = [*by_id, *more]
    key = f"bind_field_{one.key}"
    target = draft.choice.fields.get(one.key, LEAVE)
    st.session_state[key] = target if target in targets else targets[0]
    left, right = st.columns([1, 1], vertical_alignment="center", gap="small")
    with left.container(gap=None):
        st.markdown(plain(one.name))
        st.caption(plain(_why(one, target, reason, by_id)))
    if len(targets) == 1:
        right.markdown(plain(_target(targets[0], by_id, one.name)))
        return
    right.selectbox(
        one.name,
        targets,
        format_func=lambda t: _target(t, by_id, matching.created_name(one, draft.properties, set(by_id))[0]),
        key=key,
        on_change=_pick,
        args=(draft.choice.kind, one.key, key, actor),
        label_visibility="collapsed",
    )


def _why(one: Field, target: str, reason: matching.Proposal, by_id: dict[str, Property]) -> str:
    if target == reason.target:
        return reason.why
    if target in by_id:
        return "Your choice."
    return "A new property, yours to rename." if target == CREATE else f"{one.name} stays in Timbre only."


def _target(target: str, by_id: dict[str, Property], created: str) -> str:
    if target in by_id:
        return f"{by_id[target].name} ({by_id[target].type.replace('rich_text', 'text').replace('_', ' ')})"
    return f"Create a new property: {created}" if target == CREATE else "Leave out"


def _pick(kind: str, field_key: str, key: str, actor: Actor) -> None:
    draft = wizard.draft(kind)
    if draft is not None:
        attempt(lambda: wizard.set_field(draft, field_key, str(st.session_state[key]), actor))


# ---- words --------------------------------------------------------------------------------------------


def words(draft: Draft, here: Here) -> None:
    """Every option of a property that has a meaning here, with the word of ours that it stands for."""
    spoken = [
        (one, prop)
        for one in KINDS[draft.choice.kind].fields
        if (prop := draft.prop(one.key)) is not None and matching.has_words(one, prop)
    ]
    if not spoken:
        st.markdown("No property that you chose has options with a meaning in Timbre. There is nothing to do here.")
    for one, prop in spoken:
        st.markdown(f"**{plain(prop.name)}**: what your words mean here. Renaming one in Notion later changes nothing.")
        for option_id, name in prop.options:
            _word(draft, one, option_id, name, here.actor)
        _unsaid(draft, one, prop, here.actor)
    ways(draft.choice.kind, 3, wrong=False)


def _word(draft: Draft, one: Field, option_id: str, name: str, actor: Actor) -> None:
    key = f"bind_word_{one.key}_{option_id}"
    st.session_state[key] = draft.choice.words.get(one.key, {}).get(option_id, "")
    left, right = st.columns([1, 1], vertical_alignment="center", gap="small")
    left.markdown(plain(name))
    right.selectbox(
        name,
        ["", *one.options],
        format_func=lambda word: word or "Leave rows with this word alone",
        key=key,
        on_change=_mean,
        args=(draft.choice.kind, one.key, option_id, key, actor),
        label_visibility="collapsed",
    )


def _mean(kind: str, field_key: str, option_id: str, key: str, actor: Actor) -> None:
    draft = wizard.draft(kind)
    if draft is not None:
        draft.choice.words.setdefault(field_key, {})[option_id] = str(st.session_state[key])
        attempt(lambda: wizard.keep(draft, actor))


def _unsaid(draft: Draft, one: Field, prop: Property, actor: Actor) -> None:
    missing = matching.unsaid(one, draft.choice.words.get(one.key, {}))
    if not missing:
        return
    key = f"bind_add_{one.key}"
    st.session_state[key] = one.key in draft.choice.add
    st.checkbox(
        f"Let Timbre add the missing words to {plain(prop.name)}: {plain(', '.join(missing))}",
        key=key,
        on_change=_allow,
        args=(draft.choice.kind, one.key, key, actor),
    )
    st.caption("Without them, Timbre does not send these and says so on this page; your rows keep what they show.")


def _allow(kind: str, field_key: str, key: str, actor: Actor) -> None:
    draft = wizard.draft(kind)
    if draft is not None:
        rest = [k for k in draft.choice.add if k != field_key]
        draft.choice.add = [*rest, field_key] if st.session_state[key] else rest
        attempt(lambda: wizard.keep(draft, actor))
