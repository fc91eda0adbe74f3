"""`python -m notion_sync setup|sync|status [--dry-run]`.

Exit codes: 0 done, 1 failed, 2 not set up (token, page, binding), 3 both sides changed and a person must decide.
"""

from __future__ import annotations

import argparse
import re
import sys

from core import store
from core.config import settings
from core.errors import Denied, Invalid, NotFound, TimbreError
from core.people import local_actor
from notion_sync import commands, wizard
from notion_sync.schema import KINDS

DONE, FAILED, NOT_SET_UP, DECIDE = 0, 1, 2, 3
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m notion_sync", description="The calendar in Notion.")
    parser.add_argument("command", choices=["setup", "sync", "status"])
    parser.add_argument("--dry-run", action="store_true", help="list what would change, and change nothing")
    parser.add_argument("--page", help="setup: address of the page that gets the databases (else NOTION_PARENT_PAGE)")
    parser.add_argument(
        "--bind", action="append", metavar="KIND=URL", default=[],
        help=f"setup: bind a database of your own instead, by the proposed matches ({', '.join(KINDS)})",
    )  # fmt: skip
    parser.add_argument("--full", action="store_true", help="sync: read every row, not only recent edits")
    args = parser.parse_args(argv)
    try:
        store.migrate()
        if args.command == "setup":
            return _bind(args.bind, args.dry_run) if args.bind else _setup(args.page, args.dry_run)
        return _sync(args.dry_run, args.full) if args.command == "sync" else _status()
    except TimbreError as error:
        sys.stderr.write(f"{error.message}\n{error.hint}\n")
        return NOT_SET_UP if isinstance(error, Invalid | Denied | NotFound) else FAILED
    except KeyboardInterrupt:
        sys.stderr.write("Stopped. What was done so far is safe; the next pass goes on.\n")
        return FAILED


def _setup(page: str | None, dry_run: bool) -> int:
    for step in commands.setup(page, dry_run):
        say(f"{'Dry run: ' if dry_run else ''}{step}")
    return DONE


def _bind(wanted: list[str], dry_run: bool) -> int:
    for one in wanted:
        kind, _, address = one.partition("=")
        for line in wizard.from_shell(kind.strip(), address, dry_run, local_actor()):
            say(f"{'Dry run: ' if dry_run else ''}{line}")
    return DONE


def _sync(dry_run: bool, full: bool) -> int:
    done = commands.sync(dry_run=dry_run, full=full, wait=not dry_run)
    for line in done.log:
        say(f"{'Dry run: ' if dry_run else ''}{line['text']}{_row(line)}")
    names = ("pulled", "pushed", "created", "adopted", "trashed", "waiting", "refused", "unmatched", "requests")
    say(", ".join(f"{name} {done.counts.get(name, 0)}" for name in names))
    return DECIDE if commands.status().conflicts else FAILED if done.counts.get("refused") else DONE


def _status() -> int:
    now = commands.status()
    say(f"Token: {'set' if now.token else 'not set'}. Notion: {settings().notion_base_url}")
    for kind, binding in now.bindings.items():
        say(f"{kind}: {len(binding.properties)} fields, data source {binding.data_source_id}")
    if now.last:
        say(f"Last pass: {now.last.status}, {now.last.started_at:%Y-%m-%d %H:%M} UTC. {now.last.message}")
    for item in now.waiting:
        say(f"Waits: {item.title} ({', '.join(item.fields) or 'new row'}). {item.why}")
    for row in now.conflicts:
        say(f"Changed on both sides: {row.base.get('title') or row.local_id} ({', '.join(row.conflict)})")
    for text in now.paused:
        say(f"Paused: {text}")
    for row in now.trashed:
        say(f"In Notion's trash: {row.base.get('title') or row.local_id}. Nothing was deleted here.")
    for row in now.unmatched:
        say(f"Unmatched: {row.base.get('title') or 'a row without a name'}. {row.message}")
    if not now.connected:
        say("Not connected. Run `python -m notion_sync setup`.")
        return NOT_SET_UP
    return DECIDE if now.conflicts else DONE


def _row(line: dict[str, str]) -> str:
    return f" [{line['row']}]" if line.get("row") else ""


def say(text: str) -> None:
    """A line for the terminal: what was typed in Notion is data, so nothing in it may steer the terminal."""
    sys.stdout.write(CONTROL.sub("\ufffd", text) + "\n")


if __name__ == "__main__":
    sys.exit(main())
