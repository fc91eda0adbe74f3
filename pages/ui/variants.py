"""Variants side by side: as LinkedIn would show them, why they rank as they do, and what each rests on."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import streamlit as st

from core import guidelines, samples, voice
from core.errors import NotFound
from core.generate import commands as generate
from core.generate.promise import broken as broken_by
from core.generate.promise import held
from core.generate.scores import verdict
from core.review.findings import against
from core.store import Actor
from core.store.tables import Author, Variant
from pages.ui import forms
from pages.ui.assets import style
from pages.ui.author_habits import usual_length
from pages.ui.checks import BY_GUIDELINE, by_reading, line
from pages.ui.claims import claims_of_variant
from pages.ui.diff import diff, summary
from pages.ui.editor import editor
from pages.ui.lab_rate import rate_variant
from pages.ui.notice import answered
from pages.ui.pieces import link, plain
from pages.ui.post_card import linkedin_card
from pages.ui.revise import revise
from pages.ui.scores import scores, voice_details, voice_headline


def compare(variants: Sequence[Variant], author: Author | None, actor: Actor) -> None:
    """The good ones in their order, how alike they are, and apart from them the failed ones with the reason."""
    good = sorted((v for v in variants if v.status == "ok"), key=lambda v: (v.rank or 99, v.number))
    failed = [v for v in variants if v.status != "ok"]
    if good:
        st.html(style("variants"))
        if said := verdict([v.scores for v in good], [title(v) for v in good]):
            st.markdown(plain(said))
        with st.container(horizontal=True, gap="medium", key="variants"):
            for place, variant in enumerate(good, 1):
                with st.container():
                    _variant(variant.id, place, author, actor)
        _alike(good)
    if failed:
        st.subheader("Did not pass", anchor=False)
        st.caption("These are not offered: each says why, and another try did not mend it.")
        for variant in failed:
            _failed(variant)
    if not good and not failed:
        st.info("This run wrote no variant.")


def title(variant: Variant) -> str:
    """The angle in a few words."""
    angle = variant.angle or {}
    return str(angle.get("title") or angle.get("name") or angle.get("angle") or f"Variant {variant.number}")


@st.fragment
@answered
def _variant(variant_id: str, place: int, author: Author | None, actor: Actor) -> None:
    variant = generate.variant(variant_id)
    name = author.name if author else "The author"
    st.markdown(f"**{place}. {plain(title(variant))}**")
    why, _, weights = variant.rank_reason.partition(" What counts:")
    st.caption(plain(why or " "))
    if _editing(variant) and author:
        length, note = usual_length(author)
        save = functools.partial(_save, variant.id, actor)
        editor(f"variant:{variant.id}", variant.text, variant.revision, 260, save=save, label="Text", usual=length,
               usual_note=note, language=author.language)  # fmt: skip
    elif variant.form == "article":
        forms.article(variant)
    else:
        linkedin_card(name, author.headline if author else "", variant.text, opened=True)
    _choice(variant, actor)
    if variant.form == "post":
        with st.expander("Change it in words"):
            revise(variant, actor)
    with st.expander("Other forms"):
        forms.of_variant(variant, actor)
    rate_variant(variant, actor)
    if author:
        _voice(variant, author)
    with st.expander("Other scores"):
        if variant.text != variant.generated:
            st.caption("These are of the text before your edit.")
        scores({name: value for name, value in variant.scores.items() if name != "constraints"})
        if weights:
            st.caption(plain(f"What counts for the order:{weights}"))
    _constraints(variant)
    claims_of_variant(variant)
    with st.expander("What the critique changed"):
        _critique(variant)
    with st.expander("Written after these posts"):
        _exemplars(variant)
    if variant.text != variant.generated and variant.generated:
        with st.expander(f"Your edit: {summary(variant.generated, variant.text)}"):
            diff(variant.generated, variant.text)


def _voice(variant: Variant, author: Author) -> None:
    """How it reads beside the author's posts, as the text is now; kept from the run while nobody has edited it."""
    kept = voice.restored(variant.scores.get("voice") or {})
    found = voice_headline(author, variant.text, kept)
    voice_details(found, author, variant.text, f"variant_{variant.id}")


def _constraints(variant: Variant) -> None:
    """Which constraints hold for the text as it is now, a person's edit included."""
    lines, broken = held(variant), broken_by(variant, variant.text)
    of_house = against(variant.text, guidelines.listed(variant.author_id))
    for found in of_house:
        st.markdown(line(found))
    for one in [one for one in broken if not (of_house and one.name in BY_GUIDELINE)]:
        st.markdown(f":orange[▲] {plain(one.message)}")
    if lines:
        with st.expander(f"{len(broken)} constraints broken by your edit" if broken else "All constraints hold"):
            st.markdown("\n".join(f"- {plain(said)}" for said in lines))
    by_reading(variant.author_id)


def _choice(variant: Variant, actor: Actor) -> None:
    if variant.post_id:
        link("Chosen: open the post in Review", "review", post=variant.post_id)
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Choose", type="primary", key=f"variant_choose_{variant.id}"):
            post = generate.choose(variant.id, actor)
            st.switch_page("pages/review.py", query_params={"post": post.id, "author": post.author_id})
        st.toggle("Edit", key=f"variant_edit_{variant.id}", on_change=_opened, args=(variant,))


def _editing(variant: Variant) -> bool:
    """Whether its editor is open; the URL says so, so that a reload brings it back with every unsent word."""
    key = f"variant_edit_{variant.id}"
    st.session_state.setdefault(key, str(variant.number) in _numbers())
    return bool(st.session_state[key]) and not variant.post_id


def _opened(variant: Variant) -> None:
    numbers = _numbers() - {str(variant.number)}
    if st.session_state[f"variant_edit_{variant.id}"]:
        numbers |= {str(variant.number)}
    st.query_params["edit"] = ",".join(sorted(numbers))


def _numbers() -> set[str]:
    return {number for number in str(st.query_params.get("edit", "")).split(",") if number}


def _save(variant_id: str, actor: Actor, text: str, revision: int) -> int:
    return generate.edit_variant(variant_id, text, revision, actor).revision


def _critique(variant: Variant) -> None:
    for remark in variant.critique:
        said = remark if isinstance(remark, str) else remark.get("text") or remark.get("finding") or str(remark)
        st.markdown(f"- {plain(str(said))}")
    if variant.draft:
        diff(variant.draft, variant.generated)
    elif not variant.critique:
        st.caption("No critique was made.")


def _exemplars(variant: Variant) -> None:
    if not variant.exemplars:
        st.caption("No post of the author was used.")
    for sample_id in variant.exemplars:
        try:
            sample = samples.get(sample_id)
        except NotFound:
            st.caption("A post that has been removed since.")
            continue
        with st.container(border=True, height=150):
            st.text(sample.text)


def _alike(variants: Sequence[Variant]) -> None:
    """How many of their word sequences two variants share, as a small table."""
    if len(variants) < 2:
        return
    shared = generate.overlaps(variants)
    with st.expander("How alike the variants are"):
        st.caption(
            "The share of three-word sequences that two variants have in common. Far under a tenth: different posts. "
            "Over a half: mostly the same sentences in another order."
        )
        st.table(
            [
                {"": f"{a + 1}", **{f"{b + 1}": "" if a == b else f"{shared[a][b]:.0%}" for b in range(len(variants))}}
                for a in range(len(variants))
            ]
        )


def _failed(variant: Variant) -> None:
    with st.expander(
        f"{variant.number}. {plain(title(variant))}: {plain('; '.join(variant.reasons) or 'no reason kept')}"
    ):
        st.text(variant.text or variant.generated or variant.draft or "Nothing was written.")
