"""The parts of Settings: test buttons, how to switch things on, authors' zones, the configuration, about."""

from __future__ import annotations

from functools import partial
from zoneinfo import available_timezones

import streamlit as st

from core import authors as people
from core import checks
from core.checks import Check, Outcome
from core.config import settings
from core.errors import TimbreError
from core.store.tables import Author
from core.voice import choices
from notion_sync import commands as notion
from pages.ui.notice import attempt
from pages.ui.pieces import evidence, plain, status_text
from pages.ui.sample_workspace import sample_workspace
from pages.ui.shell import Here

RESULTS = "settings_results"

SWITCHES = {
    "Ollama (better text, on this machine)": (
        "ollama pull qwen2.5:7b",
        "TIMBRE_LLM=ollama/qwen2.5:7b",
        "Ollama is looked for at OLLAMA_HOST. Any model it has will do; larger ones write better. While it runs, "
        "models can be pulled above, too.",
    ),
    "An OpenAI-compatible server": (
        "OPENAI_BASE_URL=http://127.0.0.1:8000/v1",
        "TIMBRE_LLM=openai/MODEL",
        "vLLM, llama-server or a hosted service; add OPENAI_API_KEY where it wants one. With TIMBRE_PRICE_IN and "
        "TIMBRE_PRICE_OUT (for a million tokens) each run says what it cost.",
    ),
    "Notion": (
        "NOTION_TOKEN=your integration's token",
        "NOTION_PARENT_PAGE=the address of a page shared with it",
        "Then open Notion in the menu and let Timbre create the calendar there.",
    ),
    "PostgreSQL": (
        "DATABASE_URL=postgresql://user:password@host/timbre",
        "make setup",
        "An empty database is enough. What SQLite holds stays there; it is not moved.",
    ),
}


def reachable() -> None:
    """A test button for everything that can be there or not, with what the last test found."""
    st.subheader("Reachable", anchor=False)
    tests = _tests()
    if st.button("Test everything", type="primary", key="settings_test_all"):
        with st.spinner("Testing each in turn"):
            for check in tests:
                _results()[check.key] = checks.run(check)
    for check in tests:
        _row(check)


def _tests() -> list[Check]:
    out = checks.available()
    if settings().notion_token is not None:
        out.append(Check("notion", "Notion", "asks who the integration is, and for the page", _notion))
    return out


def _notion() -> Outcome:
    return Outcome(True, f"Notion answers as {notion.test()}.")


def _results() -> dict[str, Outcome]:
    found: dict[str, Outcome] = st.session_state.setdefault(RESULTS, {})
    return found


def _row(check: Check) -> None:
    with st.container(border=True, key=f"settings_row_{check.key}", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Test", key=f"settings_test_{check.key}", on_click=partial(_try, check), help=f"Test: {check.title}"
            )
            st.markdown(f"**{check.title}**", width="content")
            found = _results().get(check.key)
            if found is None:
                st.caption(f"Not tested yet: {check.about}.", width="content")
                return
            state = "done" if found.ok else "warn"
            st.markdown(status_text(state, "Answers" if found.ok else "Does not answer"), width="content")
            st.caption(f"{found.seconds:.1f} s", width="content")
        st.markdown(plain(found.message))
        if found.hint:
            st.markdown(plain(found.hint))


def _try(check: Check) -> None:
    _results()[check.key] = checks.run(check)


def switch_on() -> None:
    """How to switch on what is off: two lines each, and what they do."""
    st.subheader("Switch on", anchor=False)
    evidence("Put settings into a file named .env beside Home.py, then stop and start with `make run`.")
    for title, (first, second, why) in SWITCHES.items():
        with st.expander(title):
            st.code(f"{first}\n{second}", language=None)
            evidence(why)


def authors(here: Here) -> None:
    """The time zone and headline that an author's new posts start with."""
    st.subheader("Authors", anchor=False)
    evidence("New posts of an author start in this time zone; the headline stands under the name on previews.")
    author = here.author
    if author is None:
        return
    with st.form(f"settings_author_{author.id}", border=True):
        st.markdown(f"**{plain(author.name)}**")
        zones = sorted(available_timezones() | {author.zone})
        zone = st.selectbox("Time zone", zones, index=zones.index(author.zone), key=f"settings_zone_{author.id}")
        headline = st.text_input("Headline", author.headline, max_chars=300, key=f"settings_headline_{author.id}")
        if st.form_submit_button("Save"):
            _describe(here, author, zone, headline)


def _describe(here: Here, author: Author, zone: str, headline: str) -> None:
    people.describe(author.id, here.actor, zone=zone, headline=headline)
    st.toast(f"Saved for {plain(author.name)}.")


def voices(here: Here) -> None:
    """Whether the team's authors are told apart from each other, and what that means for their texts."""
    st.subheader("Voices", anchor=False)
    st.toggle(
        "Tell each author apart from your other authors",
        value=choices.use_team_authors(),
        key="settings_team_authors",
        disabled=here.actor.role == "reader",
        on_change=_use_team_authors,
        args=(here,),
    )
    evidence(f"A likeness is surer with others to compare. {choices.PRIVACY}")


def _use_team_authors(here: Here) -> None:
    wanted = bool(st.session_state["settings_team_authors"])
    done = "Your other authors count from now on." if wanted else "Each author is measured alone from now on."
    if attempt(lambda: choices.set_use_team_authors(wanted, here.actor)):
        st.toast(done)


def sample(here: Here) -> None:
    """Load or remove the sample workspace."""
    st.subheader("Sample workspace", anchor=False)
    sample_workspace(here)


def configuration() -> None:
    """Every setting by name; a secret says only whether it is set."""
    st.subheader("Configuration", anchor=False)
    try:
        rows = checks.configured()
    except TimbreError as error:
        st.markdown(plain(error.message))
        return
    evidence("From the environment or the file .env. A secret shows only whether it is set.")
    st.dataframe(
        [
            {"Setting": r.name, "Value": r.value, "From": "you" if r.chosen else "default", "What it is": r.about}
            for r in rows
        ],
        hide_index=True,
        width="stretch",
        column_config={"Setting": st.column_config.TextColumn(width="medium")},
        key="settings_configuration",
    )


def about() -> None:
    """Version, and whose work this stands on."""
    st.subheader("About", anchor=False)
    st.markdown(f"Timbre {checks.version()}")
    evidence("Typeface: IBM Plex Sans, © IBM Corp., SIL Open Font License 1.1 (static/fonts/OFL.txt).")
    evidence(
        "Built-in model: SmolLM2-135M-Instruct by Hugging Face, Apache 2.0. Embedder: all-MiniLM-L6-v2, Apache 2.0."
    )
