"""An adapter: into use and out of it, how strongly it acts, its card, taking it elsewhere, deleting it."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from core.review.lifecycle import has_role
from core.store import Actor
from core.store.tables_training import Adapter
from core.train import export, registry, withdrawal
from core.train.scope import Scope
from pages.ui.notice import answered, attempt
from pages.ui.pieces import evidence, plain, status_text
from pages.ui.shell import Here
from pages.ui.training_table import Cell, grid
from pages.ui.training_words import adapter_name, day

EXPORTED = "training_exported"
_BACK = {
    "voice": "To what was used before it: an earlier one, their archetype's, or exemplars alone.",
    "": "To the one in use before it, or to none.",
}
_STOP = {
    "voice": "Texts are then written with exemplars alone: another archetype's adapter takes no place of it either.",
    "image": "Pictures are then made without a likeness.",
    "": "What Timbre came with counts then.",
}


def scope_of(row: Any) -> Scope:
    """Whom a run or an adapter is for."""
    return Scope(author_id=row.author_id or "", archetype_id=row.archetype_id or "")


def decide(adapter: Adapter, here: Here, primary: bool = True) -> None:
    """The main action: promote it, or roll back where it is in use; else why it cannot be."""
    live = registry.live(adapter.kind, scope_of(adapter))
    may = has_role(here.actor, "editor")
    used = live is not None and live.id == adapter.id
    why_not = "" if used else registry.problem(adapter, scope_of(adapter))
    if why_not:
        evidence(why_not)
        return
    key = adapter.id[-6:]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if used:
            st.markdown(status_text("ok", "In use"), width="content")
            st.button("Roll back", key=f"training_back_{key}", disabled=not may, on_click=_roll_back,
                      args=(adapter, here), help=_BACK.get(adapter.kind, _BACK[""]))  # fmt: skip
            st.button("Stop using it", key=f"training_stop_using_{key}", disabled=not may, type="tertiary",
                      on_click=_stop, args=(adapter, here), help=_STOP.get(adapter.kind, _STOP[""]))  # fmt: skip
        else:
            st.button("Promote", key=f"training_promote_{key}", disabled=not may, on_click=_promote,
                      args=(adapter, here), type="primary" if primary else "secondary",
                      help="It is applied to what is written for them. One click takes it back.")  # fmt: skip
            if live is not None:
                evidence(f"It takes the place of {adapter_name(live)}, which stays and can be rolled back to.")
    if not may:
        evidence("A reader may look, but not decide. Ask an editor or an approver of your team.")


def _promote(adapter: Adapter, here: Here) -> None:
    attempt(
        lambda: registry.promote(adapter.id, scope_of(adapter), here.actor),
        f"{adapter_name(adapter)} is in use from now on. Roll back takes it out again.",
    )


def _roll_back(adapter: Adapter, here: Here) -> None:
    attempt(
        lambda: registry.roll_back(adapter.kind, scope_of(adapter), here.actor),
        "Rolled back. What was in use before is in use again.",
    )


def _stop(adapter: Adapter, here: Here) -> None:
    attempt(
        lambda: registry.stop(adapter.kind, scope_of(adapter), here.actor),
        f"{adapter_name(adapter)} is used no more. {_STOP.get(adapter.kind, _STOP[''])}",
    )


def strength(adapter: Adapter, here: Here) -> None:
    """How strongly it is applied, between not at all and as it was trained."""
    key = f"training_scale_{adapter.id[-6:]}"
    st.slider(
        "Strength", 0.0, 1.0, float(adapter.scale), 0.05, key=key, on_change=_set_scale, args=(adapter, here, key),
        disabled=not has_role(here.actor, "editor"), width=420,
        help="1 is as it was trained and as it sat its exam. 0 is the base alone.",
    )  # fmt: skip
    if adapter.kind == "voice" and (said := registry.examined_at(adapter)):
        st.markdown(f":orange[▲ {plain(said)}] {plain(_NOT_ASKED)}")


_NOT_ASKED = "Whether it is nearer to the author at this strength nobody has measured: compare blind in the Lab."


def consent_ended(found: withdrawal.Ended) -> None:
    """That somebody whose texts an adapter has learnt agrees no longer: what has become of it, and what to do."""
    st.markdown(f":orange[▲] {plain(found.said)}")
    evidence(found.do)


def _set_scale(adapter: Adapter, here: Here, key: str) -> None:
    attempt(lambda: registry.set_scale(adapter.id, float(st.session_state[key]), here.actor))


# ---- card, elsewhere, deleting -------------------------------------------------------------------------------


def card(adapter: Adapter) -> None:
    """What it was made from and with, hash by hash, and whose consent it rests on; as a file too."""
    with st.expander("Adapter card"):
        rows: list[dict[str, Cell]] = [{"What": name, "Value": value} for name, value in _card_rows(adapter)]
        grid(rows, "Adapter card")
        said = json.dumps(adapter.card or {}, indent=2, ensure_ascii=False, default=str)
        st.download_button("Save the card (JSON)", said, f"{adapter.id}-card.json", "application/json",
                           key=f"training_card_{adapter.id[-6:]}", on_click="ignore")  # fmt: skip


def _card_rows(adapter: Adapter) -> list[tuple[str, str]]:
    told = adapter.card or {}
    rows = [
        ("Adapter", f"{adapter_name(adapter)}, made {day(adapter.created_at)}"),
        ("Base", f"{adapter.base} ({_short(adapter.base_hash)})"),
        ("Data", f"hash {_short(adapter.data_hash)}"),
    ]
    consent = told.get("consent") or (told.get("dataset") or {}).get("consent") or {}
    for who in consent.values() if isinstance(consent, dict) else []:
        if isinstance(who, dict) and who.get("by"):
            rows.append(("Consent", f"recorded by {who['by']}, {str(who.get('at') or '')[:10]}"))
    settings = told.get("settings")
    if isinstance(settings, dict):
        rows.append(("Settings", ", ".join(f"{name} {value}" for name, value in settings.items() if value != "")))
    return [*rows, *((name, f"sha256 {_short(str(found))}") for name, found in (adapter.files or {}).items())]


def _short(found: str) -> str:
    return f"{found[:16]}…" if len(found) > 16 else found or "not known"


def elsewhere(adapter: Adapter, here: Here) -> None:
    """For Ollama and for vLLM: the files, the exact commands, and the name under which it is served there."""
    with st.expander("Use it in Ollama or vLLM"):
        evidence("Timbre's own runtime applies it as it is. For another server it is written out once.")
        key, may = adapter.id[-6:], has_role(here.actor, "editor")
        with st.container(horizontal=True):
            for name in ("Ollama", "vLLM"):
                if st.button(f"Write it out for {name}", key=f"training_export_{name}_{key}", disabled=not may):
                    _export(adapter.id, name, here.actor)
        written: dict[str, export.Exported] = st.session_state.get(EXPORTED, {})
        made = written.get(adapter.id)
        if made is not None:
            _exported(made)
        served = f"training_served_{key}"
        st.text_input(
            "Served as", str((adapter.card or {}).get("served_as") or ""), key=served, disabled=not may, width=420,
            placeholder=made.served_as if made else "ollama/NAME or openai/NAME", on_change=_served,
            args=(adapter.id, served, here),
            help="Once that server has it: what to write with in its place, as in TIMBRE_LLM.",
        )  # fmt: skip


@answered
def _export(adapter_id: str, name: str, actor: Actor) -> None:
    said = f"Writing it out for {name}"
    bar = st.progress(0.0, said)
    if name == "Ollama":
        made = export.ollama(adapter_id, actor, say=lambda done, total: bar.progress(done / max(1, total), said))
    else:
        made = export.vllm(adapter_id, actor)
    bar.empty()
    st.session_state[EXPORTED] = {adapter_id: made}


def _exported(made: export.Exported) -> None:
    evidence(f"Written into {made.folder}: {', '.join(path.name for path in made.files)}.")
    st.code("\n".join(made.commands), language="bash", wrap_lines=True)
    if made.note:
        st.markdown(plain(made.note))


def _served(adapter_id: str, key: str, here: Here) -> None:
    attempt(lambda: registry.set_served(adapter_id, str(st.session_state[key]).strip(), here.actor), "Kept.")


def delete(adapter: Adapter, here: Here) -> None:
    """Its files and its use; the run and what its exam said stay."""
    with st.popover("Delete", disabled=not has_role(here.actor, "editor")):
        st.markdown(f"**Delete {plain(adapter_name(adapter))}?**")
        evidence(
            "Its files go, those written out for other programs too, with the texts of its exam and what it wrote as "
            "it learnt; nothing uses it any more. That it was there, and how its exam went, stays in the list."
        )
        st.button("Delete for good", key=f"training_delete_{adapter.id[-6:]}", on_click=_delete, args=(adapter, here),
                  disabled=not has_role(here.actor, "editor"))  # fmt: skip


def _delete(adapter: Adapter, here: Here) -> None:
    attempt(
        lambda: registry.delete(adapter.id, here.actor),
        f"{adapter_name(adapter)} was deleted. Its run stays in the list.",
    )
