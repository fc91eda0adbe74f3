"""Which adapter writes for an author: their own, else their archetype's, else a mix of the nearest archetypes'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core import store
from core.config import settings
from core.errors import Denied, Invalid, NotFound, Unavailable
from core.llm import Lora, embedded, loras
from core.store import Reading, adapters
from core.store.tables_training import Adapter, Promotion
from core.train.model import EMBEDDED, adapters_folder

GGUF = "adapter.gguf"
MIXED = 2
"""Archetypes in a mix at most."""
LEAST_SHARE = 0.1
"""Of a mix; one that would have less is left out."""
NONE = "none"


@dataclass(frozen=True)
class Serving:
    """What writes for an author, and why."""

    ids: dict[str, float]
    """Adapter -> how strongly it is applied, 0 to 1."""
    title: str
    why: str
    model_ref: str = ""
    """The model that has the adapter in it, where another program serves it; empty: the built-in one applies it."""

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> Serving:
        """From JSON."""
        return cls(dict(kept["ids"]), str(kept["title"]), str(kept["why"]), str(kept.get("model_ref") or ""))


def serving(author_id: str, model_ref: str = "") -> Serving | None:
    """What would write for an author with this model ("": that of the settings). Quick; reads no model's file."""
    found = _found(author_id, model_ref or settings().timbre_llm)
    return found if isinstance(found, Serving) else None


def why_not(author_id: str, model_ref: str = "") -> str:
    """Why no adapter would write, in a sentence; empty where one would."""
    found = _found(author_id, model_ref or settings().timbre_llm)
    return "" if isinstance(found, Serving) else found


def switched_off(author_id: str) -> str:
    """The scope (its key) in which somebody or something decided that no adapter writes for an author; "" for none."""
    with store.reading() as tx:
        homes = [f"archetype:{row.id}" for row in adapters.membership(tx, author_id)]
        for key in (f"author:{author_id}", *homes):
            here = adapters.live(tx, "voice", key)
            if here is not None and (here.adapter_id or _off(here)):
                return key if _off(here) else ""
    return ""


def wanted(author_id: str, model_ref: str, asked: str = "") -> Serving | None:
    """What a new run is bound to. `asked`: "" what is in use, "none" nothing, else the id of an adapter that passed.

    What is in use but was made for another base is passed over. An adapter asked for by its id that cannot be applied
    raises Invalid, NotFound, Denied or Unavailable.
    """
    if asked == NONE:
        return None
    ref = model_ref or settings().timbre_llm
    if asked:
        return _asked(author_id, ref, asked)
    found = serving(author_id, ref)
    if found is None or found.model_ref:
        return found
    try:
        lora_files(found.ids)
    except (Denied, Invalid, Unavailable):
        return None  # the page says why; a post is not held up for it
    return found


def lora_files(ids: Mapping[str, float]) -> tuple[Lora, ...]:
    """The files of these adapters at these scales, for a request to the embedded model.

    Raises Unavailable where one is gone, Invalid where one was changed or was made for another base, Denied where
    somebody whose texts it has learnt has withdrawn since the run was bound to it.
    """
    with store.reading() as tx:
        rows = adapters.some(tx, ids)
        names = adapters.refused(tx, [author for row in rows.values() for author in learnt_from(row)])
    if names:
        raise Denied(
            f"{named(names)} no longer agreed to training, so the adapter was not used; nothing was written.",
            "Start it again: it will use the adapter that is in use now, or none.",
        )
    out = []
    for id_, scale in ids.items():
        row = rows.get(id_)
        if row is None or row.deleted_at is not None or GGUF not in row.files:
            raise Unavailable(
                "The adapter that this was begun with was deleted; nothing was written.",
                "Start it again: it will use the adapter that is in use now, or none.",
            )
        lora = Lora(str(path(id_)), float(scale), str(row.files[GGUF]))
        loras.check(lora, embedded.path())
        out.append(lora)
    return tuple(out)


def path(adapter_id: str) -> Path:
    """Where an adapter's GGUF lies."""
    return adapters_folder() / adapter_id / GGUF


def learnt_from(adapter: Adapter) -> list[str]:
    """The authors whose texts are in an adapter."""
    named = list((adapter.card.get("consent") or {}).keys())
    return named or ([adapter.author_id] if adapter.author_id else [])


def served_as(adapter: Adapter) -> str:
    """The model by which another program serves it, as TIMBRE_LLM would name it; empty where none does."""
    return str(adapter.card.get("served_as") or "")


# ---- how it is found -----------------------------------------------------------------------------------------


def _found(author_id: str, ref: str) -> Serving | str:
    """What serves, or why nothing does."""
    with store.reading() as tx:
        own = adapters.live(tx, "voice", f"author:{author_id}")
        if off := _off(own):
            return f"No adapter is used for this author, nor their archetype's: {off}"
        if own is not None and own.adapter_id is not None:
            row = adapters.get(tx, own.adapter_id)
            return _blocked(tx, [row]) or _with(ref, [(row, row.scale)], "The author's own adapter.")
        among = {row.archetype_id: row for promotion, row in adapters.lives(tx, "voice")
                 if promotion.scope == f"archetype:{row.archetype_id}"}  # fmt: skip
        homes = adapters.membership(tx, author_id)
        home = next((a for a in homes if a.id in among), None)
        if home is not None:
            row = among[home.id]
            return _blocked(tx, [row]) or _with(ref, [(row, row.scale)], f"The adapter of the archetype {home.name}.")
        for home in homes:
            if off := _off(adapters.live(tx, "voice", f"archetype:{home.id}")):
                return f"No adapter is used for the archetype {home.name}: {off}"
    return _mix(author_id, ref, {id_: row for id_, row in among.items() if id_})


def _off(here: Promotion | None) -> str:
    """Why none is to be used in a scope, in the rest of a sentence; empty where nobody (or nothing) has decided so."""
    if here is None or here.adapter_id is not None or here.why == "roll back":
        return ""
    at = f"{here.created_at.day} {here.created_at:%B %Y}"
    if here.why == "consent":
        return f"on {at} somebody whose posts are in it no longer agreed, and nobody has chosen another since."
    return f"{here.by or 'somebody'} {'deleted the one in use' if here.why == 'delete' else 'switched it off'} on {at}."


def _mix(author_id: str, ref: str, among: Mapping[str, Adapter]) -> Serving | str:
    """The nearest archetypes' adapters, each by how near it is: nobody has examined the mix, and the reason says so."""
    none = "No adapter is in use for this author or for an archetype near them."
    if not among:
        return none
    from core.train import archetypes

    near = [(a, d) for a, d in archetypes.of_author(author_id) if a.id in among][:MIXED]
    shares = [1 / max(distance, 1e-6) for _, distance in near]
    kept = [(among[a.id], share / sum(shares)) for (a, _), share in zip(near, shares, strict=True)]
    kept = [(row, share) for row, share in kept if share >= LEAST_SHARE]
    if not kept:
        return none
    with store.reading() as tx:
        if said := _blocked(tx, [row for row, _ in kept]):
            return said
    told = " and ".join(f"{a.name} ({share:.0%})" for (a, _), (_, share) in zip(near, kept, strict=False))
    why = f"The author has no adapter yet: a mix of the nearest archetypes, {told}, which no exam has tried as a mix."
    return _with(ref, [(row, row.scale * share) for row, share in kept], why)


def _blocked(tx: Reading, rows: Sequence[Adapter]) -> str:
    """Why none of them may be applied; empty where all may."""
    for row in rows:
        if row.deleted_at is not None:
            return "The adapter in use was deleted."
        if names := adapters.refused(tx, learnt_from(row)):
            return f"The adapter is not used: {named(names)} no longer agreed to training."
    return ""


def _with(ref: str, rows: Sequence[tuple[Adapter, float]], why: str) -> Serving | str:
    """Whether the chosen model can apply them: the built-in one, or a server under the name that a person gave."""
    title = " and ".join(row.title for row, _ in rows)
    ids = {row.id: round(float(scale), 4) for row, scale in rows}
    if ref.partition("/")[0] != EMBEDDED:
        served = served_as(rows[0][0]) if len(rows) == 1 else ""
        if served.partition("/")[0] == ref.partition("/")[0]:
            return Serving({rows[0][0].id: 1.0}, title, why, served)
        return f"{ref} does not have the adapter: export it and say on the Training page under which name it is served."
    for row, _ in rows:
        if not path(row.id).is_file():
            return "The adapter's file is missing: roll back on the Training page, or put it back from a backup."
        known = loras.known_hash(embedded.path())
        if known and row.base_hash and row.base_hash != known:
            return "The adapter was made for another model than the one that Timbre runs now."
    return Serving(ids, title, f"{why} {examined_at(rows[0][0])}".strip() if len(rows) == 1 else why)


def examined_at(row: Adapter) -> str:
    """That it is applied otherwise than in its exam, in a sentence; empty where it is not."""
    sat = float((row.exam or {}).get("scale") or 1.0)
    if row.scale == sat or row.kind != "voice":
        return ""
    return f"It is applied at strength {row.scale:g}; its exam was at {sat:g} only."


def _asked(author_id: str, ref: str, adapter_id: str) -> Serving:
    with store.reading() as tx:
        row = adapters.get(tx, adapter_id)
        names = adapters.refused(tx, learnt_from(row))
    if row.deleted_at is not None:
        raise NotFound("This adapter was deleted.", "Choose another one, or none.")
    if row.kind != "voice" or (row.author_id and row.author_id != author_id):
        raise Invalid(f"The adapter {row.title} was not made for this author.", "Choose another one, or none.")
    if row.passed is not True:
        raise Invalid(f"The adapter {row.title} has not passed its exam, so it writes nothing.", "Choose another one.")
    if names:
        raise Denied(
            f"{named(names)} no longer agreed to training, so this adapter is not used.", "Choose another one."
        )
    found = _with(ref, [(row, row.scale)], "Chosen for this run.")
    if isinstance(found, str):
        raise Invalid(found, "Choose another adapter, or none.")
    if not found.model_ref:
        lora_files(found.ids)
    return found


def named(names: Sequence[str]) -> str:
    """Names in a row, as people say them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
