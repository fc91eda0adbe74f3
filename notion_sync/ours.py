"""Our side of the sync: what each of our records says in Notion's terms, and how a change from Notion is taken over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core import review, store
from core.persona.card import merged
from core.persona.fields import SECTIONS
from core.store import Actor, Reading, Writing, notion
from core.store.base import now
from core.store.tables import Author, Guideline, NotionRow, Persona, Post
from notion_sync import values
from notion_sync.schema import CONFLICT, IN_STEP, KINDS, REQUESTED

Json = dict[str, Any]
SENT = frozenset({review.STATUSES[i] for i in range(4, 8)})
"""Approved, Scheduled, Published, Measured go to the calendar; any other post only where it has a row already."""
DRAFTS = frozenset(review.STATUSES[:4])
"""Idea to Changes Requested: sent too where somebody chose so."""
ENTITY = {"calendar": "post", "guidelines": "guideline", "personas": "persona"}


@dataclass
class Side:
    """What is needed to say our side of any row; read once for a pass, refreshed where a record changes."""

    authors: dict[str, Author] = field(default_factory=dict)
    cards: dict[str, Persona] = field(default_factory=dict)
    drafts: bool = False
    bots: set[str] = field(default_factory=set)
    """Notion's ids of ourselves: what they edited, we did."""

    @classmethod
    def load(cls, tx: Reading) -> Side:
        """Read what all rows share."""
        choices = notion.choices(tx)
        bots = set(choices.get("bots") or [])
        return cls(notion.authors(tx), notion.cards(tx), bool(choices.get("drafts", False)), bots)

    def author_named(self, name: str | None) -> Author | None:
        """The author whom Notion means by this name, whatever its case."""
        wanted = (name or "").casefold()
        found = (a for a in self.authors.values() if wanted in (a.name.casefold(), values.option(a.name).casefold()))
        return next(found, None) if wanted else None

    def sent(self, post: Post) -> bool:
        """Whether a post without a row goes to the calendar."""
        return post.deleted_at is None and (post.status in SENT or (self.drafts and post.status in DRAFTS))

    def fields(self, tx: Reading, kind: str, local_id: str, conflict: bool = False) -> Json | None:
        """Our record as the fields of its row; None where it is not here (any more)."""
        if kind == "calendar":
            found = notion.posts(tx, [local_id])
            return self.post(tx, found[0], conflict) if found and found[0].deleted_at is None else None
        if kind == "guidelines":
            rule = notion.guidelines(tx).get(local_id)
            row = notion.of_local(tx, kind, local_id)
            gone = rule is None or (rule.deleted_at is not None and (row is None or row.state != "trashed"))
            return None if rule is None or gone else self.guideline(rule)
        card = self.cards.get(local_id)
        return self.persona(card) if kind == "personas" and card is not None and local_id in self.authors else None

    def zone(self, tx: Reading, kind: str, local_id: str) -> str:
        """The zone in which a row's dates are written."""
        found = notion.posts(tx, [local_id]) if kind == "calendar" else []
        return found[0].zone if found else "UTC"

    def post(self, tx: Reading, post: Post, conflict: bool) -> Json:
        """A post as a row of the calendar."""
        author = self.authors.get(post.author_id)
        asked = (post.requested or {}).get("status") == "Approved"
        written = notion.written_with(tx, post.variant_id)
        variant, run = written if written else (None, None)
        return {
            "title": post.title[:300],
            "text": post.text,
            "status": post.status,
            "slot": values.instant(post.slot),
            "author": values.option(author.name) if author else None,
            "pillar": values.option(post.pillar) or None,
            "scores": score_line(post.scores),
            "model": _model(variant.provenance if variant else {}, run.settings if run else {}),
            "variant": f"Variant {variant.number}" if variant else "",
            "sync_state": CONFLICT if conflict else REQUESTED if asked else IN_STEP,
            "app_id": post.id,
        }

    def guideline(self, guideline: Guideline) -> Json:
        """A guideline as a row."""
        names = [values.option(self.authors[a].name) if a in self.authors else a for a in guideline.authors]
        return {
            "title": guideline.title[:300],
            "kind": guideline.kind,
            "text": guideline.text,
            "phrases": list(guideline.phrases),
            "severity": guideline.severity,
            "authors": sorted(names),
            "app_id": guideline.id,
        }

    def persona(self, card: Persona) -> Json:
        """An author's card as a row: what it says in a few lines, its version and its evidence."""
        author = self.authors[card.author_id]
        return {
            "title": author.name[:300],
            "summary": summary(author, card),
            "version": card.version,
            "samples": card.samples,
            "app_id": author.id,
        }


# ---- taking over ---------------------------------------------------------------------------------------------


def take_post(actor: Actor, post_id: str, pulled: Mapping[str, Any], side: Side, seen: Mapping[str, Any]) -> str:
    """Take over what Notion changed on a post; `seen` is the whole row. Returns a remark, or ''. Raises TimbreError."""
    shared = {k: v for k, v in pulled.items() if k in ("title", "text", "status", "slot")}
    if shared:
        post = review.get(post_id)
        slot = values.moment(shared["slot"], post.zone, post.slot) if "slot" in shared else review.KEEP
        review.apply_remote(
            post_id,
            actor,
            title=shared.get("title"),
            text=shared.get("text"),
            status=shared.get("status"),
            slot=slot,
            seen=seen.get("text"),
        )
    return _take_owned(actor, post_id, pulled, side)


def _take_owned(actor: Actor, post_id: str, pulled: Mapping[str, Any], side: Side) -> str:
    owned: Json = {}
    remark = ""
    if "pillar" in pulled:
        owned["pillar"] = (pulled["pillar"] or "")[:100]
    if "author" in pulled:
        author = side.author_named(pulled["author"])
        if author is not None:
            owned["author_id"] = author.id
        else:
            named = pulled["author"] or "(nobody)"
            remark = f"Notion names the author {named}, who is not here; the post keeps its author."
    if owned:
        with store.writing(actor) as tx:
            notion.set_owned(tx, post_id, **owned)
    return remark


def put_guideline(tx: Writing, row: NotionRow, theirs: Mapping[str, Any], side: Side, in_trash: bool) -> None:
    """A guideline as both sides agree on it. One in Notion's trash no longer applies."""
    kinds = {o.casefold(): o for o in KINDS["guidelines"].field("kind").options}
    names = [side.author_named(n) or n for n in theirs.get("authors") or []]
    notion.put_guideline(
        tx,
        row.local_id,
        deleted_at=now() if in_trash else None,
        title=theirs.get("title") or "Untitled rule",
        kind=kinds.get((theirs.get("kind") or "tone").casefold(), "tone"),
        text=theirs.get("text") or "",
        phrases=list(theirs.get("phrases") or []),
        severity="block" if (theirs.get("severity") or "").casefold() == "block" else "warn",
        # A name that nobody here has stays as it is: an empty list would mean everyone.
        authors=[n if isinstance(n, str) else n.id for n in names],
        url=row.url or None,
    )


def follows(kind: str, mine: Mapping[str, Any], pulled: Mapping[str, Any]) -> Json:
    """What changes here because something of Notion's is taken over: text that was approved is in review again."""
    if kind == "calendar" and "text" in pulled and mine.get("status") in (review.STATUSES[4], review.STATUSES[5]):
        return {"status": "In Review"}
    return {}


# ---- words ---------------------------------------------------------------------------------------------------


def score_line(scores: Mapping[str, Any]) -> str:
    """The scores of a post, a line each: what it is called and what it means; a bare figure where nothing says that."""
    out = []
    for name, value in sorted(scores.items()):
        entry = value if isinstance(value, dict) else {"value": value}
        label, number = entry.get("label") or name.replace("_", " "), entry.get("value")
        if entry.get("meaning"):
            out.append(f"{label}: {entry['meaning']}")
        elif isinstance(number, int | float) and not isinstance(number, bool):
            out.append(f"{label}: {number:.3g}")
    return "\n".join(out)


def _model(provenance: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    for source in (provenance, settings):
        found = source.get("model")
        if isinstance(found, dict):
            return " ".join(str(found[k]) for k in ("provider", "name") if found.get(k))
        if found:
            return str(found)
    return ""


def summary(author: Author, row: Persona) -> str:
    """A card in lines of plain words, a person's corrections on top; example passages stay here."""
    card = merged(author, row, ())
    lines = [f"{one.line.label}: {one.text}" for name in SECTIONS for one in card.section(name) if one.known]
    return "\n".join(lines)[:20_000]
