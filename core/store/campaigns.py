"""Reading and writing of campaigns, and of the briefs and runs that belong to them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.errors import NotFound
from core.store.engine import Reading, Writing, held
from core.store.tables import Brief, Run
from core.store.tables_writing import Campaign


def get(tx: Reading, campaign_id: str) -> Campaign:
    """One campaign. Raises NotFound."""
    row = tx.session.get(Campaign, campaign_id)
    if row is None:
        raise NotFound(f"There is no campaign {campaign_id}.", "Choose one from the list, or begin a new one.")
    return row


def locked(tx: Writing, campaign_id: str) -> Campaign:
    """One campaign that nobody else can change or start until this transaction ends. Raises NotFound."""
    held(tx, Campaign, campaign_id)
    return get(tx, campaign_id)


def listed(tx: Reading, limit: int) -> list[Campaign]:
    """The newest first."""
    return list(tx.session.scalars(select(Campaign).order_by(Campaign.id.desc()).limit(limit)))


def add(tx: Writing, title: str, fields: dict[str, Any], members: list[dict[str, Any]]) -> Campaign:
    """A new one, not started."""
    row = Campaign(title=title, fields=fields, members=members, by=tx.actor.name, workspace_id=tx.actor.workspace_id)
    tx.session.add(row)
    tx.session.flush()
    return row


def briefs(tx: Reading, campaign_id: str) -> dict[str, Brief]:
    """The briefs of a campaign by author: the newest that was written from; a copy that is being typed hides none."""
    query = select(Brief).where(Brief.campaign_id == campaign_id).order_by(Brief.submitted_at.is_not(None), Brief.id)
    return {brief.author_id: brief for brief in tx.session.scalars(query)}


def runs(tx: Reading, brief_ids: list[str]) -> dict[str, Run]:
    """The newest run that writes each of these briefs, by brief; those of experiments apart."""
    query = select(Run).where(Run.brief_id.in_(brief_ids), Run.parent_id.is_(None), Run.experiment_id.is_(None))
    return {run.brief_id: run for run in tx.session.scalars(query.order_by(Run.id))}
