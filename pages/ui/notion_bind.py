"""The wizard that binds a table of the team's own. Its step stands in the URL, what was chosen in the store."""

from __future__ import annotations

import streamlit as st

from core.errors import TimbreError
from core.store import Actor
from core.store.tables import NotionBinding
from notion_sync import wizard
from notion_sync.bind import Line
from notion_sync.find import Found
from notion_sync.schema import KINDS
from notion_sync.wizard import Draft
from pages.ui.notice import KEPT, attempt, notices
from pages.ui.notion_match import fields, words
from pages.ui.notion_steps import LIST, STEPS, close_wizard, open_wizard, ways
from pages.ui.pieces import outside, plain
from pages.ui.shell import Here, show_error

HOLDS = {
    "calendar": "your posts, with their text, status and date",
    "guidelines": "your brand's rules",
    "personas": "what Timbre knows of how each author writes",
    "samples": "what was published, with its numbers",
}
HEADS = {"create": "Created in Notion", "bind": "Connected", "words": "Words", "rows": "Rows that are there",
         "leave": "Left alone"}  # fmt: skip


def binding(kind: str, bound: dict[str, NotionBinding], here: Here) -> None:
    """The wizard, at the step that the URL names."""
    notices()
    draft = wizard.draft(kind)
    step = _step(draft)
    st.subheader(f"{KINDS[kind].title}: use a table of yours", anchor=False)
    st.markdown(_progress(step, draft))
    if step == 1 or draft is None:
        _table(kind, draft, bound, here)
    else:
        (fields, words, _check)[step - 2](draft, here)


def _step(draft: Draft | None) -> int:
    asked = st.query_params.get("step", "1")
    return int(asked) if draft is not None and asked in ("2", "3", "4") else 1


def _progress(step: int, draft: Draft | None) -> str:
    names = [f"**{n}. {name}**" if n == step else f"{n}. {name}" for n, name in enumerate(STEPS, 1)]
    table = f"  \nTable: {plain(draft.name)}" if draft is not None and step > 1 else ""
    return f"Step {step} of {len(STEPS)}: {' · '.join(names)}{table}"


# ---- 1. the table --------------------------------------------------------------------------------------------


def _table(kind: str, draft: Draft | None, bound: dict[str, NotionBinding], here: Here) -> None:
    st.markdown(f"Which table in Notion holds {HOLDS[kind]}? Nothing changes there before the last step.")
    if draft is not None:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(f"You had begun with **{plain(draft.name)}**.")
            st.button("Go on with it", key="bind_resume", on_click=open_wizard, args=(kind, 2))
    with st.form("bind_look", border=False):
        address = st.text_input(
            "Its address, or a word of its title",
            key="bind_address",
            placeholder="https://www.notion.so/...",
            help="Open the database in Notion and choose Copy link. Leave this empty to see what is shared.",
        )
        looked = st.form_submit_button("Look in Notion")
    if looked or LIST not in st.session_state:
        _look(address)
    found: list[Found] = st.session_state.get(LIST, [])
    if found:
        _choose(kind, found, bound, here)
    else:
        st.button("Back", key="bind_back", on_click=close_wizard)


def _look(address: str) -> None:
    """Ask Notion: an address is opened, anything else is searched for."""
    st.session_state[LIST] = []
    try:
        with st.spinner("Looking in Notion"):
            st.session_state[LIST] = wizard.at(address) if _is_address(address) else wizard.tables(address)
    except TimbreError as error:
        show_error(error)
        return
    if not st.session_state[LIST]:
        st.info(
            "Notion shows no database of that kind to the integration. Open yours in Notion, choose ••• then "
            "Connections, add the integration, then look again. A new connection can take a minute to show."
        )


def _is_address(text: str) -> bool:
    return "/" in text or "notion." in text or len(text.replace("-", "").strip()) == 32


def _choose(kind: str, found: list[Found], bound: dict[str, NotionBinding], here: Here) -> None:
    by_id = {one.data_source_id: one for one in found}
    holds = {one.data_source_id: f" (holds {KINDS[k].title} now)" for k, one in bound.items()}
    now = bound[kind].data_source_id if kind in bound else None
    free = next((n for n, source in enumerate(by_id) if source not in holds), 0)
    st.radio(
        "Tables",
        list(by_id),
        index=list(by_id).index(now) if now in by_id else free,
        format_func=lambda i: plain(by_id[i].name + holds.get(i, "")),
        captions=[plain(one.where) for one in found],
        key="bind_source",
    )
    with st.container(horizontal=True):
        st.button("Next: fields", type="primary", key="bind_on_1", on_click=_begin, args=(kind, here.actor))
        st.button("Back", key="bind_back", on_click=close_wizard)


def _begin(kind: str, actor: Actor) -> None:
    source = str(st.session_state["bind_source"])
    if attempt(lambda: wizard.begin(kind, source, actor)):
        st.session_state.pop(LIST, None)
        open_wizard(kind, 2)


# ---- 4. a dry run, then it is done ---------------------------------------------------------------------------


def _check(draft: Draft, here: Here) -> None:
    try:
        with st.spinner("Looking at the table once more"):
            plan = wizard.plan(draft)
    except TimbreError as error:
        show_error(error)
        ways(draft.choice.kind, 4, wrong=True, deed=("Connect", _connect, (draft.choice.kind, here.actor)))
        return
    for text in plan.stops:
        st.error(plain(text))
    for line in (line for line in plan.lines if line.what == "warn"):
        st.warning(plain(line.text))
    if not plan.stops:
        st.markdown("This is everything that would happen. Nothing has happened yet.")
    for what, title in HEADS.items():
        _lines(title, [line for line in plan.lines if line.what == what])
    outside("Open the table in Notion", draft.url)
    deed = ("Connect", _connect, (draft.choice.kind, here.actor))
    ways(draft.choice.kind, 4, bool(plan.stops), deed=deed)


def _lines(title: str, lines: list[Line]) -> None:
    if lines:
        st.markdown("\n".join([f"**{title}**\n", *(f"- {plain(line.text)}" for line in lines)]))


def _connect(kind: str, actor: Actor) -> None:
    draft = wizard.draft(kind)
    if draft is None:
        return
    warned: list[Line] = []
    if not attempt(lambda: warned.extend(wizard.connect(draft, actor))):
        return
    close_wizard()
    said = [f"{KINDS[kind].title} is kept in {draft.name}.", *(line.text for line in warned)]
    st.session_state[KEPT] = " ".join([*said, "The next sync brings both sides in step."])
