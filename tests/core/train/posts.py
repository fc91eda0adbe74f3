"""Made-up posts that differ from each other, as real ones do: no two share a run of eight words."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from core import store
from core.claims.plain import listed
from core.store import Actor, authors
from tests.conftest import write_samples

START = datetime(2023, 1, 2, 9, tzinfo=UTC)
_THINGS = listed(
    "audit valve permit inspection budget meeting bridge harbour contract survey ledger notebook pump tender dock rota "
    "invoice boiler forecast gauge warehouse map schedule crane report turbine blueprint kitchen sensor tunnel"
)
_KINDS = listed(
    "northern old noisy quiet borrowed broken careful cheap narrow late honest second wooden half-finished unpopular "
    "official muddy small electric forgotten"
)
_PEOPLE = "the electrician|our foreman|a new clerk|my neighbour|the auditor|two apprentices|the night shift|a client"
_DID = "measured|repaired|lost|questioned|counted|painted|moved|checked|drew|ignored|sold|opened|emptied|praised"
# {t} a thing, {k} a kind of it, {p} somebody, {d} did it, {n} a number: no template has eight fixed words in a row.
_SAID = (
    "Last {m} {p} {d} the {k} {t} and found {n} faults in a {k} {t}.",
    "By {h} o'clock {p} had {d} every {k} {t}.",
    "I {d} my {k} {t} for {n} days, and {p} noticed nothing.",
    "{n} people saw the {k} {t} before {p} did.",
    "My {t} says {n} euros, the {k} {t} says otherwise.",
    "We {d} a {k} {t} in {m}, then {p} {d} another {t}.",
    "Between the {t} and the {k} {t} lie {n} metres of {k} {t}.",
    "{p} {d} page {n} of the {k} {t} for me.",
    "In {m} a {k} {t} cost {n} euros, {k} {t} included.",
    "There were {n} ways to lose a {t}, and {p} {d} them all.",
)
_VIEWS = (
    "I think a {k} {t} should never wait for a {k} {t}.",
    "In my view the {k} {t} is worth more than a {t}.",
    "I believe every {t} deserves its own {k} {t}.",
)
_ENDS = ("What would you do about a {k} {t}?", "Tell me about your {k} {t}.", "Who of you has a {k} {t} left?")
_MONTHS = listed("January February March April May June July August September October November December")


def varied(count: int, seed: int = 1, flavour: str = "") -> list[str]:
    """`count` posts of about 65 words with numbers of their own, a view and an ending. `flavour` ends each of them."""
    rng = random.Random(seed)
    return [_post(rng, flavour) for _ in range(count)]


def _post(rng: random.Random, flavour: str) -> str:
    said = [_filled(rng, template) for template in rng.sample(_SAID, 5)]
    view, end = _filled(rng, rng.choice(_VIEWS)), _filled(rng, rng.choice(_ENDS))
    blocks = (" ".join(said[:2]), f"{said[2]} {view}", " ".join(said[3:]), f"{end} {flavour}".strip())
    return "\n\n".join(blocks)


def _filled(rng: random.Random, template: str) -> str:
    pools = {"t": _THINGS, "k": _KINDS, "p": _PEOPLE.split("|"), "d": _DID.split("|"), "m": _MONTHS}
    out = template
    for mark, pool in pools.items():
        for word in rng.sample(pool, template.count(f"{{{mark}}}")):
            out = out.replace(f"{{{mark}}}", word, 1)
    out = out.replace("{n}", str(rng.randrange(101, 9_999))).replace("{h}", str(rng.randrange(2, 12)))
    return out[0].upper() + out[1:]


def author(
    actor: Actor, name: str, count: int = 40, seed: int = 1, consent: bool | None = True, dated: bool = True
) -> str:
    """An author with so many varied posts, a week apart; their id."""
    with store.writing(actor) as tx:
        id_ = authors.add(tx, name).id
        authors.consent(tx, id_, consent)
    dates = [START + timedelta(days=7 * n) for n in range(count)]
    write_samples(id_, varied(count, seed, f"Signed, {name}."), list(dates) if dated else None)
    return id_
