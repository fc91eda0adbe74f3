"""Binding a table that a team has already: say exactly what would happen, then do it. Nothing else is touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

from core import store
from core.errors import Denied, Invalid, TimbreError, Unavailable
from core.store import Actor, notion
from core.store.tables import NotionBinding
from notion_sync import matching, schema
from notion_sync.arrivals import arrivals
from notion_sync.client import Notion
from notion_sync.find import Table, table
from notion_sync.matching import CREATE, GROUPS, LEAVE, Choice, Property
from notion_sync.schema import APP_ID, KINDS, Field

Json = dict[str, Any]
What = Literal["stop", "warn", "create", "bind", "words", "leave", "rows"]
# https://developers.notion.com/reference/update-a-data-source: "Synced data sources have additional restrictions."
READ_ONLY = (
    "Notion does not let the integration change this table: {}",
    "A table synced from another tool cannot be extended, and the integration needs the capability to update content. "
    "Choose a table of the team's own, or give the capability.",
)


MISSED = {
    "Post text": "Post text is left out: Notion shows no text, and none that is typed there comes here.",
    "Author": "Author is left out: rows typed in Notion name nobody, so they wait on this page.",
}
"""What a calendar loses without a field."""


@dataclass(frozen=True)
class Line:
    """One thing that would happen (or would not), in words for a person."""

    what: What
    text: str


@dataclass
class Plan:
    """Everything that a choice would do. `stops`: why it cannot be done."""

    choice: Choice
    lines: list[Line] = field(default_factory=list)

    @property
    def stops(self) -> list[str]:
        """Why this cannot be carried out; empty where it can."""
        return [line.text for line in self.lines if line.what == "stop"]


# ---- what would happen ---------------------------------------------------------------------------------------


def proposal(kind: str, there: Table, bound: NotionBinding | None = None) -> Choice:
    """What is proposed for a table: as it is bound already, else by names and types."""
    mine = there.found.name == KINDS[kind].title
    fields = {key: one.target for key, one in matching.propose(kind, there.properties, mine).items()}
    if bound is not None and bound.data_source_id == there.found.data_source_id:
        held = {key: unquote(str(entry["id"])) for key, entry in bound.properties.items()}
        fits = {f.key: {p.id for p in matching.fitting(f, there.properties)} for f in KINDS[kind].fields}
        fields = {key: held[key] if held.get(key) in fits[key] else _gone(key) for key in fields}
    choice = Choice(kind, there.found.data_source_id, fields)
    by_id = {p.id: p for p in there.properties}
    for one in KINDS[kind].fields:
        prop = by_id.get(fields[one.key])
        if prop is not None and matching.has_words(one, prop):
            entry = (bound.properties.get(one.key) if bound is not None else None) or {}
            known = {w["id"]: w["ours"] for w in entry.get("words", ())}
            names = dict(prop.options)
            # Where words were chosen before, a new option means something only if it is named as one of ours.
            choice.words[one.key] = {
                option_id: known.get(option_id, word if not known or names[option_id] == word else "")
                for option_id, word in matching.propose_words(one, prop).items()
            }
            if mine or (known and not entry.get("closed")):
                choice.add.append(one.key)
    return choice


def _gone(key: str) -> str:
    return CREATE if key == APP_ID.key else LEAVE


def plan(client: Notion, choice: Choice, there: Table) -> Plan:
    """Everything that would happen, without doing it: two requests at most (the table is given)."""
    out = Plan(choice, [Line("stop", text) for text in [*matching.problems(choice, there.properties), *_taken(choice)]])
    if out.stops:
        return out
    left = []
    for one, prop, name in _resolved(choice, there.properties):
        if prop is not None:
            out.lines.append(Line("bind", f"{one.name} is kept in {prop.name} ({_kind(prop.type)})."))
        elif name:
            out.lines.append(Line("create", f"A new property {name} ({_kind(one.types[0])}) is created in Notion."))
        else:
            left.append(one.name)
    used = {prop.id for _one, prop, _name in _resolved(choice, there.properties) if prop is not None}
    others = [p.name for p in there.properties if p.id not in used]
    out.lines += list(_words(choice, there.properties))
    entries = _entries(choice, there.raw, there.properties)
    out.lines += [Line("warn", text) for name, text in MISSED.items() if choice.kind == "calendar" and name in left]
    if left:
        out.lines.append(Line("leave", f"Not in Notion, kept here only: {', '.join(left)}."))
    if others:
        out.lines.append(Line("leave", f"Never touched: {', '.join(others)}."))
    pages, more = client.first_rows(choice.data_source_id)
    read = [schema.read_row(choice.kind, entries, page) for page in pages if not schema.trashed(page)]
    out.lines += [Line("rows", arrivals(choice.kind, read, more)), *_lets_go(choice)]
    return out


def _kind(name: str) -> str:
    return name.replace("rich_text", "text").replace("_", " ")


def _resolved(choice: Choice, properties: list[Property]) -> list[tuple[Field, Property | None, str]]:
    """Each field with the property that holds it, or the name it is created under (neither: it is left out).

    What is to be created and is there already (a step before a crash made it) is taken over: by name and type.
    """
    by_id = {p.id: p for p in properties}
    used = {target for target in choice.fields.values() if target not in (CREATE, LEAVE)}
    out: list[tuple[Field, Property | None, str]] = []
    for one in (f for f in KINDS[choice.kind].fields if f.key not in choice.held):
        target = choice.fields.get(one.key, LEAVE)
        prop, name = by_id.get(target), ""
        if target == CREATE:
            name, prop = matching.created_name(one, properties, used)
            used |= {prop.id} if prop is not None else set()
        out.append((one, prop, "" if prop is not None else name))
    return out


def _taken(choice: Choice) -> Iterator[str]:
    with store.reading() as tx:
        for kind, bound in notion.bindings(tx).items():
            if kind != choice.kind and bound.data_source_id == choice.data_source_id:
                yield f"This table holds {KINDS[kind].title} already; one table cannot hold two."


def _words(choice: Choice, properties: list[Property]) -> Iterator[Line]:
    for one, prop, _name in _resolved(choice, properties):
        if prop is None or not matching.has_words(one, prop):
            continue
        words = choice.words.get(one.key) or matching.propose_words(one, prop)
        written = matching.written_as(one, prop, words)
        pairs = [f"{name} means {words[option_id]}" for option_id, name in prop.options if words.get(option_id)]
        several = Counter(words.values())
        differ = [f"{ours} is written as {name}" for ours, name in written.items() if several[ours] > 1]
        if pairs:
            yield Line("words", f"{prop.name}: {', '.join(pairs)}.")
        if differ:
            yield Line("words", f"{prop.name}: {', '.join(differ)}.")
        alone = [name for option_id, name in prop.options if not words.get(option_id)]
        if alone:
            yield Line("leave", f"{prop.name}: rows with {', '.join(alone)} keep it, and nothing changes here.")
        if unsaid := matching.unsaid(one, words):
            if one.key in choice.add:
                yield Line("create", f"{prop.name} gets the options {', '.join(unsaid)}.")
            else:
                yield Line(
                    "warn",
                    f"{prop.name} has no word for {', '.join(unsaid)}: none of these is sent, and the page says so.",
                )


def _entries(choice: Choice, raw: Json, properties: list[Property]) -> Json:
    """The binding that follows: field -> {id, name, type, words, ...}."""
    before: Json = {}
    for one, prop, _name in _resolved(choice, properties):
        if prop is None:
            continue
        entry: Json = {"id": prop.id, "name": prop.name}
        if matching.has_words(one, prop):
            words = choice.words.get(one.key) or matching.propose_words(one, prop)
            entry["words"] = [{"id": i, "theirs": name, "ours": words.get(i, "")} for i, name in prop.options]
            entry["closed"] = one.key not in choice.add
        before[one.key] = entry
    return {key: entry for key, entry in schema.match(choice.kind, raw, before)[0].items() if key in before}


def _lets_go(choice: Choice) -> list[Line]:
    with store.reading() as tx:
        bound = notion.bindings(tx).get(choice.kind)
        rows = len(notion.rows(tx, choice.kind)) if bound is not None else 0
    if bound is None or bound.data_source_id == choice.data_source_id:
        return []
    text = (
        f"Timbre lets go of the table that held {KINDS[choice.kind].title} until now: its {rows} rows stay in Notion "
    )
    return [Line("warn", f"{text}as they are, and yours stay here; which belonged to which is forgotten.")]


# ---- doing it ------------------------------------------------------------------------------------------------


def apply(client: Notion, choice: Choice, actor: Actor) -> list[Line]:
    """Create what was allowed, then bind. Safe to run again wherever it was cut off. Raises TimbreError.

    Returns what turned out otherwise than planned (Notion may refuse new status options).
    """
    there = table(client, choice.data_source_id)
    stops = [*matching.problems(choice, there.properties), *_taken(choice)]
    if stops:
        raise Invalid(stops[0], "Go back a step and choose anew.")
    there = _created(client, choice, there)
    missed = _add_words(client, choice, there)
    if choice.add:
        there = table(client, choice.data_source_id)
    entries = _entries(choice, there.raw, there.properties)
    with store.writing(actor) as tx:
        own, before = notion.choices(tx).get("own", {}), notion.bindings(tx).get(choice.kind)
        entries |= {key: before.properties[key] for key in choice.held if before and key in before.properties}
        if _is_own(choice, there, before, own):
            notion.choose(tx, own={**own, choice.kind: choice.data_source_id})
        notion.bind(tx, choice.kind, there.found.database_id, choice.data_source_id, entries, there.url)
        notion.read_again(tx, choice.kind)  # a word may mean something else now
    return missed


def _is_own(choice: Choice, there: Table, before: NotionBinding | None, own: Json) -> bool:
    """Whether the table is the team's: a later set-up adds nothing to it. One that Timbre made is not."""
    if before is not None and before.data_source_id == choice.data_source_id:
        return choice.kind in own
    return there.found.name != KINDS[choice.kind].title


def _created(client: Notion, choice: Choice, there: Table) -> Table:
    """The table with every property that was to be created. After an unclear answer it is looked at, not repeated.

    Raises Denied where Notion does not let us, Unavailable where nobody knows: a second run takes over what is there.
    """
    missing = _missing(choice, there)
    if not missing:
        return there
    try:
        answer = client.add_properties(choice.data_source_id, missing)
        again = Table(there.found, there.url, matching.read(answer["properties"]), answer["properties"])
    except (Denied, Invalid) as error:
        raise Denied(READ_ONLY[0].format(error.message), READ_ONLY[1]) from None
    except TimbreError:
        again = table(client, choice.data_source_id)
        if _missing(choice, again):
            raise
    if left := _missing(choice, again):
        raise Unavailable(
            f"Notion does not show what was created yet: {', '.join(left)}. Nothing is bound so far.",
            "Connect again in a minute: what is there by then is taken over, not created twice.",
        )
    return again


def _missing(choice: Choice, there: Table) -> Json:
    """name -> configuration of every property that is still to be created."""
    return {name: one.config() for one, prop, name in _resolved(choice, there.properties) if prop is None and name}


def _add_words(client: Notion, choice: Choice, there: Table) -> list[Line]:
    """Options that a status lacks (a select gets its own by being written).

    The list that is sent replaces the old one, so every option that is there goes along by its id
    (https://developers.notion.com/reference/update-data-source-properties, status configuration updates). Older
    documents say that a status cannot be changed: then a person adds the options.
    """
    out: list[Line] = []
    for one, prop, _name in _resolved(choice, there.properties):
        if prop is None or prop.type != "status" or one.key not in choice.add:
            continue
        unsaid = matching.unsaid(one, choice.words.get(one.key) or matching.propose_words(one, prop))
        kept: list[Json] = [{"id": option_id} for option_id, _theirs in prop.options]
        if unsaid and not _options(client, choice.data_source_id, prop, kept, unsaid):
            text = f"Notion does not let Timbre add options to {prop.name}. Add them there by hand (Edit property): "
            out.append(Line("warn", f"{text}{', '.join(unsaid)}. Until then these are not sent."))
    return out


def _options(client: Notion, source_id: str, prop: Property, kept: list[Json], new: list[str]) -> bool:
    for grouped in (True, False):  # a group for a new option is known to the newest documents only
        fresh = [{"name": word, **({"group": GROUPS.get(word, "In progress")} if grouped else {})} for word in new]
        try:
            client.add_properties(source_id, {prop.id: {"status": {"options": [*kept, *fresh]}}})
            return True
        except (Denied, Invalid):
            continue
    return False


def unbind(kind: str, actor: Actor) -> None:
    """Let a kind go: nothing changes in Notion or here, and the rows are remembered for the same table."""
    with store.writing(actor) as tx:
        notion.unbind(tx, kind)
