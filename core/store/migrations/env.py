"""Alembic's entry: runs on the connection that `core.store.migrate` hands over."""

from alembic import context

from core.store import tables, tables_images, tables_training, tables_writing  # noqa: F401  (they fill the metadata)
from core.store.base import Base


def ours(_name: str | None, _kind: str, _parents: object) -> bool:
    """DBOS keeps tables of its own; only those of our metadata are compared."""
    return _kind != "table" or _name in Base.metadata.tables


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    include_name=ours,
    render_as_batch=True,
    compare_type=True,
    user_module_prefix="",
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
