"""What the team has chosen about measuring voices."""

from __future__ import annotations

from core import store
from core.errors import Denied
from core.review.lifecycle import has_role
from core.store import Actor, Reading, choices

KEY = "voice"
TEAM_AUTHORS = "use_team_authors"
PRIVACY = (
    "Only statistics of how they write (counts of words, marks and layout) are compared, and they stay on this "
    "machine: no text of an author is shown to another or sent anywhere. An author who has refused training is never "
    "used, and sample authors only beside each other."
)
"""Said beside the switch. On by default: the texts are in this store already, and nothing leaves it."""


def use_team_authors() -> bool:
    """Whether the team's other authors are the background that an author is told apart from."""
    with store.reading() as tx:
        return allowed(tx)


def allowed(tx: Reading) -> bool:
    """The same within a look that is open already."""
    return choices.get(tx, KEY).get(TEAM_AUTHORS) is not False


def set_use_team_authors(allowed: bool, actor: Actor) -> None:
    """Allow it or not; in force at once. Raises Denied for readers."""
    if not has_role(actor, "editor"):
        raise Denied("You may not change settings: your role is reader.", "Ask an editor or an approver to do it.")
    with store.writing(actor) as tx:
        choices.put(tx, KEY, {**choices.locked(tx, KEY), TEAM_AUTHORS: allowed})
