"""For whom something is learnt: an author, an archetype, or the whole workspace."""

from __future__ import annotations

from dataclasses import dataclass

from core import store
from core.errors import Invalid
from core.store import training

WORKSPACE = "workspace"


@dataclass(frozen=True)
class Scope:
    """An author, an archetype, or (with neither) everybody of the workspace."""

    author_id: str = ""
    archetype_id: str = ""

    def __post_init__(self) -> None:
        if self.author_id and self.archetype_id:
            raise Invalid("A training is for an author or for an archetype, not for both.", "Choose one of them.")

    @property
    def key(self) -> str:
        """`author:ID`, `archetype:ID` or `workspace`: as it stands in the tables."""
        if self.author_id:
            return f"author:{self.author_id}"
        return f"archetype:{self.archetype_id}" if self.archetype_id else WORKSPACE

    @classmethod
    def of_key(cls, key: str) -> Scope:
        """The other way round. Raises Invalid."""
        kind, _, found = key.partition(":")
        if kind == "author" and found:
            return cls(author_id=found)
        if kind == "archetype" and found:
            return cls(archetype_id=found)
        if key == WORKSPACE:
            return cls()
        raise Invalid(f"Nobody is meant by {key!r}.", "Write author:ID, archetype:ID or workspace.")

    def author_ids(self) -> list[str]:
        """The authors it is about; of the workspace all that are not archived. Raises NotFound."""
        with store.reading() as tx:
            return training.author_ids(tx, self.author_id, self.archetype_id)

    def title(self) -> str:
        """As a page names it: the author's or the archetype's name. Raises NotFound."""
        with store.reading() as tx:
            return training.scope_title(tx, self.author_id, self.archetype_id)
