"""The one truth: tables, migrations, sessions, the change log. Only this room knows SQL."""

from core.store.engine import Actor, Reading, Writing, dispose, locked, migrate, reading, writing
from core.store.ids import new_id

__all__ = ["Actor", "Reading", "Writing", "dispose", "locked", "migrate", "new_id", "reading", "writing"]
