"""Which adapter is in use: promoted by a person once it has earned it, rolled back, stopped; one at a time."""

from __future__ import annotations

from core import store
from core.errors import Denied, Invalid
from core.llm import embedded
from core.llm.loras import file_hash, known_hash
from core.review.lifecycle import has_role
from core.store import Actor, Reading, adapters
from core.store.tables_training import Adapter, Promotion
from core.train import keeping
from core.train.model import EMBEDDED
from core.train.scope import Scope
from core.train.serving import learnt_from, served_as


def home(row: Adapter) -> Scope:
    """For whom an adapter was made."""
    return Scope(row.author_id or "", row.archetype_id or "")


def problem(row: Adapter, scope: Scope) -> str:
    """Why an adapter cannot be put into use here, in plain words; empty where it can. Quick: reads no large file."""
    with store.reading() as tx:
        return _problem(tx, row, scope, sure=False)


def _problem(tx: Reading, row: Adapter, scope: Scope, sure: bool) -> str:
    if row.deleted_at is not None:
        return "It was deleted."
    if row.passed is not True:
        if row.kind == "image":
            return f"Its contact sheet {'has not been rated' if row.passed is None else 'was turned down'}."
        return "It has not sat an exam." if row.passed is None else "It did not pass its exam."
    if scope.key != home(row).key and not (
        row.archetype_id and scope.author_id in adapters.members(tx, row.archetype_id)
    ):
        return "It was made for somebody else."
    if names := adapters.refused(tx, learnt_from(row)):
        return f"These no longer agreed to training: {', '.join(names)}."
    return keeping.broken(row, sure) or _base_problem(row, sure)


def _base_problem(row: Adapter, sure: bool) -> str:
    """Only of adapters that a model on this machine applies."""
    if row.kind == "image":
        from core.images import lora_files  # it asks here in turn

        return lora_files.misplaced(row)
    if row.kind != "voice" or served_as(row):
        return ""
    if row.base != EMBEDDED:
        return "The built-in model is not its base: export it, then say under which name it is served."
    if not embedded.path().is_file():
        return "Its base, the built-in model, is missing."
    now_ = file_hash(embedded.path()) if sure else known_hash(embedded.path())
    return "It was made for another model than the one that Timbre runs now." if now_ and now_ != row.base_hash else ""


def promote(adapter_id: str, scope: Scope, actor: Actor) -> Promotion:
    """Put an adapter into use for an author, an archetype or the workspace, in place of what is in use there.

    Raises Denied; Invalid where the exam was not passed, a file or the base is not what it was, or somebody withdrew.
    """
    may(actor)
    _sure(adapter_id, scope)
    with store.writing(actor) as tx:
        row = adapters.get(tx, adapter_id)
        if said := _problem(tx, row, scope, sure=False):
            raise _refused(said)
        before = adapters.live(tx, row.kind, scope.key)
        if before is not None and before.adapter_id == row.id:
            return before
        return adapters.put_live(tx, row.kind, scope.key, row.id, "promote", before.id if before else None)


def _sure(adapter_id: str, scope: Scope) -> None:
    """Every file is read: outside of what writes, as it may take seconds."""
    with store.reading() as tx:
        if said := _problem(tx, adapters.get(tx, adapter_id), scope, sure=True):
            raise _refused(said)


def _refused(said: str) -> Invalid:
    return Invalid(
        f"The adapter was not put into use. {said}", "What was in use before stays in use. See its card for why."
    )


def roll_back(kind: str, scope: Scope, actor: Actor) -> Promotion:
    """Use again what was in use before; what cannot be used any more is passed over, down to none.

    Of an author none is then as before their first adapter: that of their archetype is used, if there is one.

    Doing it again goes one further back. Raises Denied; Invalid where there is nothing to go back from.
    """
    may(actor)
    if embedded.path().is_file():
        file_hash(embedded.path())  # known from here on: nobody waits for a large file while the store is held
    with store.writing(actor) as tx:
        here = adapters.live(tx, kind, scope.key)
        back = adapters.promotion(tx, here.previous_id) if here else None
        while back is not None and back.adapter_id and _problem(tx, adapters.get(tx, back.adapter_id), scope, True):
            back = adapters.promotion(tx, back.previous_id)
        if here is None or (here.adapter_id is None and (back is None or back.adapter_id is None)):
            raise Invalid("There is nothing to roll back to. Nothing was changed.", "Promote an adapter that passed.")
        if back is None:  # before the first one nobody had decided anything here
            return adapters.put_live(tx, kind, scope.key, None, "roll back", None)
        why = "roll back" if back.adapter_id else back.why
        return adapters.put_live(tx, kind, scope.key, back.adapter_id, why, back.previous_id)


def stop(kind: str, scope: Scope, actor: Actor) -> Promotion:
    """Use none here from now on: of an author neither their archetype's, of an archetype no mix of others either.

    Rolling back brings the last one back. Raises Denied; Invalid where none is in use.
    """
    may(actor)
    with store.writing(actor) as tx:
        here = adapters.live(tx, kind, scope.key)
        if here is None and scope.author_id:
            return adapters.put_live(tx, kind, scope.key, None, "stop", None)  # not their archetype's either
        if here is None or here.adapter_id is None:
            raise Invalid("No adapter is in use here. Nothing was changed.", "")
        return adapters.put_live(tx, kind, scope.key, None, "stop", here.id)


def lift(kind: str, scope: Scope, actor: Actor) -> None:
    """Take back that none is used here: what would have been used before anybody decided is used again.

    Raises Denied; Invalid where an adapter is in use or nothing was switched off.
    """
    may(actor)
    with store.writing(actor) as tx:
        here = adapters.live(tx, kind, scope.key)
        if here is None or here.adapter_id is not None:
            raise Invalid("Adapters are not switched off here. Nothing was changed.", "")
        adapters.lift(here)


def may(actor: Actor) -> None:
    """Raise Denied for readers."""
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not decide on adapters.", "Ask an editor or an approver of your team.")
