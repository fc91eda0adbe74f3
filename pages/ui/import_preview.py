"""The preview of an import: what was understood and how to change it, every row with its fate, and the consent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core import authors, collect
from core.collect import Mapping, Options, Preview, Row, Upload
from pages.ui.pieces import evidence, plain
from pages.ui.shell import Here

WORDS = {
    "new": "● New",
    "near": "≈ Nearly the same",
    "duplicate": "□ Duplicate",
    "short": "○ Too short",
    "nameless": "○ No author yet",
    "unreadable": "✕ Not readable",
}
SHOWN = 5_000
HELD = "samples_previews"
ONE = "One author for all"
NONE = "No column"
EACH = "As each file suggests"
ORDER: dict[str, bool | None] = {"As the file suggests": None, "Day first": True, "Month first": False}
DECISIONS: dict[str, bool | None] = {"Decide later": None, "Yes": True, "No": False}


def counted(preview: Preview) -> None:
    """The first answer: how many are new, what happens to the others, and that nothing is stored."""
    new, names, counts = len(preview.new), preview.authors, preview.counts
    by = f"by {plain(next(iter(names)))}" if len(names) == 1 else f"by {len(names):,} authors"
    found = f"{new:,} new {'post' if new == 1 else 'posts'} {by}" if new else "Nothing new here"
    if near := len(preview.near):
        share = f"{near:,} of them" if near < new else "all of them" if new > 1 else "but"
        found += f", {share} nearly the same as {'another' if near == 1 else 'others'}"
    nameless = sum(_becomes(row) == "nameless" for row in preview.rows)
    if nameless and not new:
        these = "1 post names" if nameless == 1 else f"{nameless:,} posts name"
        found = f"{these} no author: say below whose writing it is"
    words = {"duplicate": "duplicate", "short": "too short", "unreadable": "not readable"}
    numbers = {**counts, "unreadable": counts["unreadable"] - nameless}
    others = [f"{numbers[status]:,} {words[status]}" for status in collect.STATUSES[1:]]
    if nameless and new:
        others.append(f"{nameless:,} without an author")
    st.markdown(f"**{found}.** {', '.join(others)}. **Nothing is stored yet.**")
    if preview.notes:
        st.caption("  \n".join(plain(note) for note in preview.notes))


def _becomes(row: Row) -> str:
    """What a person is told that a row becomes: its status, or what they themselves can still decide."""
    if row.near:
        return "near"
    return "nameless" if row.status == "unreadable" and row.text.strip() and not row.author else row.status


def previewed(given: Sequence[Upload] | str, mapping: Mapping, options: Options) -> Preview:
    """The preview, kept for this session while nothing about it changes."""
    held: dict[object, Preview] = st.session_state.setdefault(HELD, {})
    key = (given if isinstance(given, str) else tuple(given), mapping, options)
    if key not in held:
        if len(held) > 3:
            held.clear()
        with st.spinner("Reading it. Nothing is stored yet.", show_time=True):
            held[key] = collect.preview(given, mapping, options)
    return held[key]


def how_it_was_read(here: Here, given: Sequence[Upload] | str) -> tuple[Mapping, Options]:
    """Which column is what, and how the file is read: guessed, and every guess changeable."""
    above, below = st.container(), st.container()
    with below:
        options = _options(given)
    first = previewed(given, Mapping(), options)
    with above:
        return _mapped(here, first), options


def _mapped(here: Here, first: Preview) -> Mapping:
    if list(first.columns) == ["text"]:
        name = _name(here, "Whose writing is it?")
        return Mapping(author="", author_name=name or None)
    text_box, author_box, date_box = st.columns(3)
    with text_box:
        text = _column("Text", first, "text")
    with author_box:
        author = _column("Author", first, "author")
        one = author == ""
        name = (
            _name(here, "Whose writing is it?" if one else "Where no author is named") if one or first.nameless else ""
        )
    with date_box:
        date = _column("Date", first, "date")
    return Mapping(
        text=text,
        author=author,
        date=date,
        author_name=name or None if one else None,
        otherwise=name or None,
        day_first=ORDER[st.session_state.get("samples_order", next(iter(ORDER)))],
    )


def _column(label: str, first: Preview, role: str) -> str | None:
    """The column for a role: None where each file's own suggestion stands, an empty string for none."""
    none = ONE if role == "author" else NONE
    guessed, mixed, columns = getattr(first.used, role), role in first.mixed, list(first.columns)
    choices = [*([EACH] if mixed else []), *([none] if role != "text" or not guessed else []), *columns]
    start = EACH if mixed else guessed or none
    key = f"samples_map_{role}_{'|'.join(columns)}_{mixed}"
    chosen = st.selectbox(label, choices, index=choices.index(start), key=key)
    return None if chosen == EACH else "" if chosen == none else chosen


def _name(here: Here, label: str) -> str:
    """An author, chosen or typed as a new one."""
    names = [author.name for author in here.authors]
    name = st.selectbox(
        label,
        names,
        index=names.index(here.author.name) if here.author else None,
        accept_new_options=True,
        placeholder="Choose an author, or type a new name",
        key="samples_map_name",
        width=420,
    )
    return name or ""


def _options(given: Sequence[Upload] | str) -> Options:
    """How bytes become posts, for the rare case that the guess is wrong."""
    with st.expander("Read it differently"):
        encoding = None
        if not isinstance(given, str):
            encodings = ["As the file suggests", *collect.ENCODINGS]
            chosen = st.selectbox("Encoding", encodings, key="samples_encoding")
            encoding = None if chosen == encodings[0] else chosen
        st.selectbox("03/04/2024 means", list(ORDER), key="samples_order")
        split = st.checkbox("In pasted and .txt text, a line of --- starts a new post", value=True, key="samples_split")
    return Options(encoding=encoding, split=split)


def table(preview: Preview) -> None:
    """Every row: what becomes of it, why, and where it stands."""
    counts = Counter(_becomes(row) for row in preview.rows)
    options = [word for word in WORDS if counts[word]]
    if len(options) > 1:
        wanted = st.pills(
            "Show",
            options,
            selection_mode="multi",
            format_func=lambda word: f"{WORDS[word]} {counts[word]:,}",
            key="samples_filter",
        )
    else:
        wanted = []
    rows = [row for row in preview.rows if not wanted or _becomes(row) in wanted]
    shown = rows[:SHOWN]
    frame = pd.DataFrame(
        {
            "Becomes": [WORDS[_becomes(row)] for row in shown],
            "Row": [row.row for row in shown],
            "Why": [row.reason for row in shown],
            "Text": [" ".join(row.text[:160].split()) for row in shown],
            "Author": [row.author for row in shown],
            "Date": [row.date.date().isoformat() if row.date else "" for row in shown],
            "File": [row.file for row in shown],
        }
    )
    st.dataframe(
        frame.drop(columns=[c for c in ("Why", "Date") if not any(frame[c])]),
        hide_index=True,
        height="content" if len(frame) <= 8 else 320,
        column_config={
            "Becomes": st.column_config.TextColumn(width=135),
            "Row": st.column_config.NumberColumn(format="%d", width=50),
            "Why": st.column_config.TextColumn(width=300),
            "Text": st.column_config.TextColumn(width=260),
        },
        key="samples_preview_table",
    )
    if len(rows) > SHOWN:
        evidence(f"The first {SHOWN:,} of {len(rows):,} rows are shown; all count.")
    if counts["short"]:
        evidence(f"Too short: under {collect.SHORT_CHARACTERS} characters.")


def decide_near(preview: Preview) -> Preview:
    """What becomes of posts that are nearly the same as others: as long as nobody wants them twice, they stay out."""
    if not (number := len(preview.near)):
        return preview
    what = "1 post is nearly the same as another" if number == 1 else f"{number:,} posts are nearly the same as others"
    st.markdown(f":orange[▲ **{what}.**] The same post twice counts twice in how this author writes.")
    both = st.checkbox("Store it too" if number == 1 else "Store these too", key="samples_near")
    return preview if both else preview.without_near()


def confirm(preview: Preview) -> dict[str, bool | None]:
    """Whether the texts may train a model: for all authors at once, or one by one."""
    names = preview.authors
    if not names:
        return {}
    said = st.radio(
        "May a model be trained on these texts?",
        list(DECISIONS),
        horizontal=True,
        key="samples_train",
        help="The author decides. Persona card, exemplars and the Style page do not depend on it.",
    )
    for_all: dict[str, bool | None] = dict.fromkeys(names, DECISIONS[said])
    if len(names) == 1:
        return for_all
    with st.expander("Decide author by author"):
        recorded = {a.name: a.training_consent for a in authors.listed()}
        frame = pd.DataFrame(
            {
                "Author": list(names),
                "New posts": list(names.values()),
                "Recorded so far": [{None: "", True: "Yes", False: "No"}[recorded.get(name)] for name in names],
                "May train": [said] * len(names),
            }
        )
        edited = st.data_editor(
            frame,
            hide_index=True,
            disabled=["Author", "New posts", "Recorded so far"],
            column_config={"May train": st.column_config.SelectboxColumn(options=list(DECISIONS), required=True)},
            key=f"samples_train_each_{said}",
        )
    evidence("'Decide later' leaves what is recorded already as it is.")
    return {name: DECISIONS[word] for name, word in zip(edited["Author"], edited["May train"], strict=True)}
