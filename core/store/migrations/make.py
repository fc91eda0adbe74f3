"""Write the migration that a fresh database lacks: `python -m core.store.migrations.make NAME`."""

from __future__ import annotations

import sys

from alembic import command
from alembic.config import Config

from core.config import ROOT
from core.store.engine import engine, upgrade


def main() -> None:
    """Make one revision."""
    upgrade()
    config = Config()
    config.set_main_option("script_location", str(ROOT / "core/store/migrations"))
    with engine().connect() as connection:
        config.attributes["connection"] = connection
        command.revision(
            config, message=sys.argv[1].split("_", 1)[1], autogenerate=True, rev_id=sys.argv[1].split("_")[0]
        )


if __name__ == "__main__":
    main()
