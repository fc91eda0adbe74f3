"""Beginning a training: what is to be learnt, from how much, one dial with an honest estimate, the rest by hand."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from core import jobs
from core.review.lifecycle import has_role
from core.store.tables import Author
from core.train import archetypes, commands, dataset, dial, estimate, machine, policies, preferences, registry
from core.train.model import EMBEDDED, Method, Plan
from core.train.scope import Scope
from pages.ui.notice import answered, attempt, draw_again
from pages.ui.pieces import empty_state, evidence, link, plain, status_text
from pages.ui.shell import Here
from pages.ui.training_data import data
from pages.ui.training_live import EVERY
from pages.ui.training_table import figures
from pages.ui.training_words import LIVE, adapter_name, doing, length, size

BASE = "training_base"
Device = Literal["cpu", "cuda"]
OWN, KIN, VOTES, GENERIC, ORDER = "voice", "archetype", "preference", "genericness", "reranker"
PHOTOS = "photos"
LIGHT = {
    GENERIC: "What sounds generic to your team, learnt from your tags, votes and ratings. It takes seconds.",
    ORDER: "Which variant comes first, learnt from the blind votes of your team. It takes seconds.",
}
PAIRED: dict[Method, str] = {
    "dpo": "DPO: stays close to the voice that is in use",
    "orpo": "ORPO: learns voice and preference at once, needs no reference",
    "simpo": "SimPO: no reference, shorter texts",
}


@dataclass(frozen=True)
class Wanted:
    """What the form says is to be learnt."""

    what: str
    scope: Scope
    method: Method = "sft"

    @property
    def kind(self) -> str:
        """As the run's row names it."""
        return "voice" if self.what == KIN else self.what


def start_form(here: Here, author: Author) -> None:
    """The whole form; a reader sees what could be learnt and from what."""
    wanted = _wanted(author)
    if wanted is None:
        return
    if wanted.kind in LIGHT:
        from core.train import learned  # only now: it brings scipy

        st.markdown(plain(LIGHT[wanted.kind]))
        ready = learned.ready(wanted.kind)
        evidence(ready.said)
        _button(functools.partial(learned.start, wanted.kind, here.actor), here, ready.enough)
        return
    ids = wanted.scope.author_ids()
    found = (
        preferences.preview(ids) if wanted.what == VOTES else dataset.preview(ids, wanted.scope.archetype_id or None)
    )
    data(found, pairs=wanted.what == VOTES)
    if found.problems:
        link("Open the Lab", "lab") if wanted.what == VOTES else link("Open Samples", "samples")
        return
    plan, place = _dial(wanted, found), st.container()
    plan, begin = _begin_from(wanted, _advanced(wanted, plan))
    with place:  # above what can be set by hand, and of what was
        _estimate(wanted, plan, found, here)
    ask = functools.partial(_ask, wanted, plan, begin, here)
    _button(ask, here)


def _wanted(author: Author) -> Wanted | None:
    names = {
        OWN: f"The voice of {author.name}, from their posts",
        KIN: "The voice of an archetype, from the posts of its authors",
        VOTES: f"What is preferred for {author.name}, from votes, ratings and edits",
        GENERIC: "What sounds generic, from your team's labels",
        ORDER: "The order of variants, from your team's votes",
        PHOTOS: f"What {author.name} looks like, from photos",
    }
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        what = st.selectbox("Learn", list(names), format_func=names.__getitem__, key="training_what", width=460)
        if what in LIGHT:
            return Wanted(what, Scope())
        if what == VOTES:
            method = st.selectbox("Way", list(PAIRED), format_func=PAIRED.__getitem__, key="training_way", width=380)
            return Wanted(what, Scope(author_id=author.id), method)
        if what == OWN:
            return Wanted(what, Scope(author_id=author.id))
        if what == PHOTOS:
            empty_state("A likeness begins with photos, and with the consent of the person in them.", "Open Photos",
                        "images", part="Photos")  # fmt: skip
            return None
        known = {row.id: row.name for row in archetypes.listed()}
        chosen = None
        if known:
            chosen = st.selectbox("Archetype", list(known), format_func=known.__getitem__, key="training_of", width=260)
    if chosen is None:
        empty_state("There are no archetypes yet. The part Archetypes looks for authors who write alike.")
        return None
    return Wanted(what, Scope(archetype_id=chosen))


def _dial(wanted: Wanted, found: dataset.Preview) -> Plan:
    effort = st.segmented_control(
        "Effort", list(dial.EFFORTS), default="standard", required=True, key="training_effort",
        format_func=str.capitalize,
    )  # fmt: skip
    effort = effort or "standard"
    evidence(dial.SAID[effort])
    device, preset = _machine()
    base = str(st.session_state.get(BASE) or EMBEDDED).strip()
    return dial.plan(effort, found.train, found.tokens_about, base, device, preset, wanted.method)


def _machine() -> tuple[Device, dial.Preset]:
    """Where it runs; nothing is asked where there is a processor only."""
    card = machine.here().card
    if not card:
        return "cpu", "auto"
    names: dict[Device, str] = {"cpu": "Processor", "cuda": card}
    presets: list[dial.Preset] = ["auto", "24GB"]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        device = st.segmented_control("Runs on", list(names), default="cuda", required=True, key="training_device",
                                      format_func=names.__getitem__)  # fmt: skip
        preset = st.selectbox("Preset", presets, format_func=dial.PRESETS.__getitem__, key="training_preset", width=460)
    return device or "cpu", preset


def _estimate(wanted: Wanted, plan: Plan, found: dataset.Preview, here: Here) -> None:
    sizes = {"train": found.train, "held": found.held, "tokens_about": found.tokens_about}
    told = estimate.of(plan, sizes)
    time = length(told.seconds) if told.seconds is not None else "not measured yet"
    spread = f"{length(told.low)} to {length(told.high)}" if told.low is not None and told.high is not None else ""
    memory = size(told.memory) if told.memory else f"over {size(told.needs)}" if told.needs else "not known yet"
    rows = [
        ("Time", f"about {time}" if told.seconds is not None else time, spread),
        ("Steps", f"{told.steps:,}", f"{told.tokens:,} tokens"),
        ("Memory", memory, "at the peak" if told.memory else "its weights alone"),
        ("Disk", size(told.disk), "at most"),
    ]
    if told.cost is not None:
        rows.append(("Cost", told.said_cost, "of this machine"))
    figures(rows)
    said = f"Time: {told.how}."
    if told.seconds is not None and told.missing:
        said += f" Not measured yet and on top: {', '.join(told.missing)}."
    if told.cost is None and told.said_cost:
        said += f" Cost: {told.said_cost}."
    evidence(said)
    if told.seconds is None:
        _offer_measuring(wanted, plan, sizes, here)


def _offer_measuring(wanted: Wanted, plan: Plan, sizes: dict[str, int], here: Here) -> None:
    """A button; while the first steps are being measured how far they are, and the estimate once they are."""
    last = estimate.measured(wanted.scope)
    if last is not None and last.status in LIVE:
        st.fragment(_measuring, run_every=EVERY)(last.id, plan, sizes)
        return
    if last is not None and last.status == "failed":
        evidence(f"Measuring did not work: {last.message} {last.hint}")
    if has_role(here.actor, "editor"):
        st.button("Measure the first steps", key="training_measure", on_click=_measure, args=(wanted, plan, here),
                  help="Trains a few steps, keeps nothing but how long they took.")  # fmt: skip


@answered
def _measuring(run_id: str, plan: Plan, sizes: dict[str, int]) -> None:
    run = commands.run(run_id)
    if run.status not in LIVE or estimate.of(plan, sizes).seconds is not None:
        draw_again()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"{status_text(run.status)} {plain(f'First steps: {doing(run, jobs.worker_alive())}.')}",
                    width="content")  # fmt: skip
        link("Open the run", "training", run=run_id)
    evidence("The estimate appears here by itself once they are measured. You can leave this page meanwhile.")


def _measure(wanted: Wanted, plan: Plan, here: Here) -> None:
    attempt(
        lambda: estimate.measure(wanted.scope, plan, here.actor),
        "Asked for. The estimate appears here by itself.",
    )


def _advanced(wanted: Wanted, plan: Plan) -> Plan:
    """Every knob, as the dial has set it; turning the dial sets them all again."""
    changed: dict[str, Any] = {}
    turned = f"{wanted.method}_{plan.effort}_{plan.device}_{plan.rank}_{plan.tokens}_{plan.quantize}"
    with st.expander("Advanced"):
        evidence("The dial has set these for the posts and the machine there are. Turning it sets them again.")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            for knob in dial.KNOBS:
                if knob.name == "device" or (knob.methods and wanted.method not in knob.methods):
                    continue
                if knob.name == "quantize" and plan.device == "cpu":
                    continue
                changed[knob.name] = _knob(knob, getattr(plan, knob.name), turned)
            st.text_input("Base", EMBEDDED, key=BASE, width=420,
                          help="embedded: the model that Timbre itself runs. Or a folder of safetensors.")  # fmt: skip
    return dataclasses.replace(plan, **changed)


def _knob(knob: dial.Knob, value: Any, turned: str) -> Any:
    key = f"training_knob_{knob.name}_{turned}"
    if knob.choices:
        return st.selectbox(knob.label, knob.choices, knob.choices.index(value), key=key, help=knob.help, width=200)
    if knob.whole:
        return st.number_input(
            knob.label, int(knob.low), int(knob.high), int(value), key=key, help=knob.help, width=200
        )
    return st.number_input(knob.label, float(knob.low), float(knob.high), float(value), format="%g", key=key,
                           help=knob.help, width=200, step=float(value) / 10 or 0.05)  # fmt: skip


def _begin_from(wanted: Wanted, plan: Plan) -> tuple[Plan, str | None]:
    """The adapter to go on from, as a rule would: preferences from the voice in use, a voice from its archetype's."""
    shaped, begins = policies.beginning(wanted.kind, wanted.scope, plan)
    if begins is None:
        return plan, None
    row = registry.adapter(begins)
    what = "the adapter of their archetype" if row.archetype_id else "the voice that is in use"
    label = f"Begin from {plain(adapter_name(row))}, {what}"
    if not st.toggle(label, value=True, key=f"training_from_{wanted.kind}_{begins[-6:]}"):
        return plan, None
    if shaped.rank != plan.rank:
        evidence(f"It has rank {shaped.rank}, so this one has too.")
    return shaped, begins


def _button(ask: Callable[[], str], here: Here, enough: bool = True) -> None:
    may = has_role(here.actor, "editor")
    st.button(
        "Start training",
        type="primary",
        key="training_start",
        disabled=not (may and enough),
        on_click=_start,
        args=(ask,),
    )
    if not may:
        evidence("A reader may look, but not train. Ask an editor or an approver of your team.")


def _ask(wanted: Wanted, plan: Plan, begin: str | None, here: Here) -> str:
    checked = dial.checked(plan)
    return commands.start(wanted.kind, plan.method, wanted.scope, checked, here.actor, start_adapter_id=begin)


def _start(ask: Callable[[], str]) -> None:
    def work() -> None:
        st.query_params["run"] = ask()

    attempt(work, "Asked for. You can leave this page: it goes on, and this address shows it everywhere.")
