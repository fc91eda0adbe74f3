"""What code guarantees of every text, whatever wrote it: facts with sources, constraints, no copies, on the brief."""

from __future__ import annotations

from core import samples
from core.generate import body, checklist, copied, guard, repair, specifics
from core.generate.constraints import LIMIT, Broken
from core.generate.material import Material
from core.generate.repair import Checked

LONGEST = 2 * LIMIT
"""Characters of an answer that are read on: what goes on beyond is no post, whatever was asked of the server."""


def kept_to(value: str, material: Material, seed: int) -> tuple[Checked, list[str]]:
    """A text with everything that code guarantees, and what was done for it."""
    safe, taken = guard.clean(body.clean(copied.shortened(value, LONGEST)))
    # A small model's sentences are only filling: what has no source goes, where the post holds without it. A large
    # model was told of such sentences by the critique, and its text is a person's to judge.
    make = checklist.sourced(safe, material) if material.model.small else specifics.put_in(safe, material.brief)
    full, added = make
    held = repair.repair(full, material.constraints, material.seed + seed)
    held = copied.without(held, past(material), material.constraints, material.seed + seed)
    if not held.broken and specifics.off_brief(held.text, material.brief):
        off = Broken("brief", "It says nothing of what the brief asks for.")
        held = Checked(held.text, held.changes, [off])
    return held, [*taken, *added, *held.changes]


def past(material: Material) -> list[str]:
    """Everything the author has written, and the examples that the model has seen."""
    return [*(s.text for s in samples.of_author(material.author_id)), *material.exemplars]
