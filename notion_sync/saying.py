"""What each of our records says in Notion's terms: its row's fields, as Notion would keep them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from core import review
from core.measured import METRICS
from core.persona.card import merged
from core.persona.fields import SECTIONS
from core.store import Reading, notion, notion_kinds
from core.store.tables import Author, Guideline, NotionBinding, Persona, Post, Sample
from notion_sync import schema, values
from notion_sync.schema import CONFLICT, IN_STEP, REQUESTED

Json = dict[str, Any]
SENT = frozenset({review.STATUSES[i] for i in range(4, 8)})
"""Approved, Scheduled, Published, Measured go to the calendar; any other post only where it has a row already."""
DRAFTS = frozenset(review.STATUSES[:4])
"""Idea to Changes Requested: sent too where somebody chose so."""
OUT = frozenset(review.STATUSES[6:8])
"""Published and Measured: these have a row among Posts & Samples."""
ENTITY = {"calendar": "post", "guidelines": "guideline", "personas": "persona", "samples": "sample"}
ENTITIES = {**{kind: (name,) for kind, name in ENTITY.items()}, "samples": ("sample", "post")}
"""Which records of the change log a kind's rows are made of."""
LINES = {
    "reader": "identity.reader", "phrases": "lexicon.phrases", "taboo": "lexicon.taboo", "notes": "identity.notes",
}  # fmt: skip
"""Fields of a persona that are lines of its card."""


@dataclass
class Side:
    """What is needed to say our side of any row; read once for a pass, refreshed where a record changes."""

    authors: dict[str, Author] = field(default_factory=dict)
    cards: dict[str, Persona] = field(default_factory=dict)
    drafts: bool = False
    bots: set[str] = field(default_factory=set)
    """Notion's ids of ourselves: what they edited, we did."""
    archive: bool = False
    """Whether every sample has a row, not only what was published."""
    bound: Mapping[str, NotionBinding] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    """Author id -> name, archived ones too."""
    pages: Mapping[str, str] = field(default_factory=dict)
    """Page of a persona -> author id: whom a relation means."""

    @classmethod
    def load(cls, tx: Reading) -> Side:
        """Read what all rows share."""
        chosen = notion.choices(tx)
        return cls(
            authors=notion.authors(tx),
            cards=notion.cards(tx),
            drafts=bool(chosen.get("drafts", False)),
            bots=set(chosen.get("bots") or []),
            archive=bool(chosen.get("archive", False)),
            bound=notion.bindings(tx),
            names=notion_kinds.author_names(tx),
            pages=notion_kinds.persona_pages(tx),
        )

    def author_named(self, name: Any) -> Author | None:
        """The author whom Notion means by this name, whatever its case; by their persona's page in a relation."""
        first = (name[0] if name else "") if isinstance(name, list) else name or ""
        wanted = str(first).casefold()
        if first in self.pages:
            return self.authors.get(self.pages[first])
        found = (a for a in self.authors.values() if wanted in (a.name.casefold(), values.option(a.name).casefold()))
        return next(found, None) if wanted else None

    def sent(self, post: Post) -> bool:
        """Whether a post without a row goes to the calendar."""
        return post.deleted_at is None and (post.status in SENT or (self.drafts and post.status in DRAFTS))

    def wanted(self, tx: Reading, kind: str) -> list[str]:
        """Ids of our records that have a row in Notion, or should have one."""
        match kind:
            case "calendar":
                statuses = SENT | (DRAFTS if self.drafts else frozenset())
                return [post.id for post in notion.posts(tx, statuses=statuses) if self.sent(post)]
            case "guidelines":
                return [g.id for g in notion.guidelines(tx).values() if g.deleted_at is None]
            case "personas":
                return [author_id for author_id in self.cards if author_id in self.authors]
        published = notion_kinds.post_ids(tx, OUT)
        return [*published, *(notion_kinds.sample_ids(tx) if self.archive else [])]

    def fields(
        self, tx: Reading, kind: str, local_id: str, conflict: bool = False, base: Mapping[str, Any] | None = None
    ) -> Json | None:
        """Our record as the fields of its row, as Notion would keep them; None where it is not here (any more).

        `base`: what both sides agreed on: a day without a time stays one until the slot is moved. For the calendar
        `status.here` and `slot.here` are ours as they are, whatever a board has words for.
        """
        said = self._said(tx, kind, local_id, conflict)
        if said is None:
            return None
        binding = self.bound.get(kind)
        out = schema.fitted(kind, binding.properties if binding else {}, said)
        if kind == "calendar":
            out |= {"status.here": said["status"], "slot.here": said["slot"]}
            day = (base or {}).get("slot")
            if isinstance(day, str) and len(day) == len("2026-01-01"):
                usual = values.instant(values.moment(day, self.zone(tx, kind, local_id)))
                out["slot"] = day if out.get("slot") == usual else out.get("slot")
        return out

    def _said(self, tx: Reading, kind: str, local_id: str, conflict: bool) -> Json | None:
        match kind:
            case "calendar":
                post = notion_kinds.post(tx, local_id)
                return self.post(tx, post, conflict) if post else None
            case "guidelines":
                rule = notion_kinds.guideline(tx, local_id)
                row = notion.of_local(tx, kind, local_id)
                gone = rule is None or (rule.deleted_at is not None and (row is None or row.state != "trashed"))
                return None if rule is None or gone else self.guideline(rule)
            case "personas":
                author, card = notion_kinds.author_with_card(tx, local_id)
                return self.persona(author, card or _blank(author)) if author is not None else None
        if (post := notion_kinds.post(tx, local_id)) is not None:
            return self.published(post)
        sample = notion_kinds.sample(tx, local_id)
        return self.sample(sample) if sample is not None else None

    def zone(self, tx: Reading, kind: str, local_id: str) -> str:
        """The zone in which a row's dates are written."""
        post = notion_kinds.post(tx, local_id) if kind in ("calendar", "samples") else None
        return post.zone if post else "UTC"

    def _whom(self, kind: str, key: str, ids: list[str]) -> list[str] | None:
        """Authors as a field shows them: their names, or their personas' pages; None where one has no page yet.

        What is no author's id (a name that nobody here has) stays as it was typed.
        """
        binding = self.bound.get(kind)
        entry: Json = (binding.properties.get(key) if binding else None) or {}
        if entry.get("type") != "relation":
            return [self.names.get(i, i) for i in ids]
        page_of = {author_id: page for page, author_id in self.pages.items()}
        return None if any(i in self.names and i not in page_of for i in ids) else [page_of.get(i, i) for i in ids]

    def _author(self, kind: str, author_id: str) -> Json:
        shown = self._whom(kind, "author", [author_id] if author_id in self.names else [])
        binding = self.bound.get(kind)
        entry: Json = (binding.properties.get("author") if binding else None) or {}
        if shown is None:
            return {}
        return {"author": shown if entry.get("type") == "relation" else shown[0] if shown else None}

    def post(self, tx: Reading, post: Post, conflict: bool) -> Json:
        """A post as a row of the calendar."""
        asked = (post.requested or {}).get("status") == "Approved"
        written = notion.written_with(tx, post.variant_id)
        variant, run = written if written else (None, None)
        return {
            **self._author("calendar", post.author_id),
            "title": post.title,
            "text": post.text,
            "status": post.status,
            "slot": values.instant(post.slot),
            "pillar": post.pillar or None,
            "scores": score_line(post.scores),
            "model": _model(variant.provenance if variant else {}, run.settings if run else {}),
            "variant": f"Variant {variant.number}" if variant else "",
            "approved_by": post.approved_by or "",
            "published": values.instant(post.published_at),
            "link": post.published_url,
            "image": [values.file_name(m) for m in post.media if isinstance(m, dict)],
            "sync_state": CONFLICT if conflict else REQUESTED if asked else IN_STEP,
            "app_id": post.id,
        }

    def guideline(self, guideline: Guideline) -> Json:
        """A guideline as a row."""
        names = self._whom("guidelines", "authors", list(guideline.authors))
        return {
            **({"authors": sorted(names)} if names is not None else {}),
            "title": guideline.title,
            "kind": guideline.kind,
            "text": guideline.text,
            "phrases": list(guideline.phrases),
            "severity": guideline.severity,
            "app_id": guideline.id,
        }

    def persona(self, author: Author, row: Persona) -> Json:
        """An author's card as a row: what it says in a few lines, its version and its evidence, what a person wrote."""
        card = merged(author, row, ())
        lines = {key: card.line(path) for key, path in LINES.items()}
        return {
            "title": author.name,
            "summary": "\n".join(
                f"{one.line.label}: {one.text}" for name in SECTIONS for one in card.section(name) if one.known
            )[:20_000],
            "headline": author.headline,
            **{
                key: list(one.value or []) if one.line.kind == "list" else one.text if one.known else ""
                for key, one in lines.items()
            },
            "reviewers": sorted((values.person(p) for p in author.reviewers), key=values.person_id),
            "version": row.version,
            "samples": row.samples,
            "app_id": author.id,
        }

    def published(self, post: Post) -> Json:
        """A post that is out as a row of Posts & Samples."""
        return {
            **self._author("samples", post.author_id),
            **dict.fromkeys(METRICS),
            **post.metrics,
            "title": post.title or first_line(post.text),
            "kind": "post",
            "text": post.text,
            "published": values.instant(post.published_at),
            "link": post.published_url,
            "app_id": post.id,
        }

    def sample(self, sample: Sample) -> Json:
        """A piece of an author's own writing as a row of Posts & Samples."""
        at = values.instant(sample.date)
        return {
            **self._author("samples", sample.author_id),
            **dict.fromkeys(METRICS),
            **sample.metrics,
            "title": first_line(sample.text),
            "kind": "sample",
            "text": sample.text,
            "published": at.removesuffix("T00:00Z") if at else None,  # most archives know the day alone
            "link": str(sample.provenance.get("url") or ""),
            "app_id": sample.id,
        }


# ---- words ---------------------------------------------------------------------------------------------------


def _blank(author: Author) -> Persona:
    """The card of somebody who has none yet: a row typed by hand may begin it."""
    return Persona(
        id="", author_id=author.id, version=0, derived={}, edits={}, sliders={}, samples=0, by="", why="",
        created_at=author.created_at,
    )  # fmt: skip


def first_line(text: str) -> str:
    """What a text is called that has no title."""
    line = next((" ".join(line.split()) for line in text.splitlines() if line.strip()), "Without words")
    return line if len(line) <= 80 else f"{line[:79].rstrip()}…"


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
