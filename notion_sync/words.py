"""Options of a select or status in a team's own words: which option means which of our words, kept by option id.

An option's id "stays the same when its name changes" (https://developers.notion.com/reference/property-object, select
options), so a renamed option changes nothing. A binding's entry keeps `words`: [{id, theirs, ours}], where ours is ''
for an option that a person chose to leave alone; `closed` says that Timbre may not add options there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Json = dict[str, Any]


def learn(ours: Sequence[str], options: Sequence[Mapping[str, Any]], before: Sequence[Json]) -> list[Json]:
    """The words of a property as it is now: what was known, by id (else by name), and options named as ours."""
    names = {str(o.get("id", o["name"])): str(o["name"]) for o in options}
    ids = {name.strip().casefold(): option_id for option_id, name in names.items()}
    kept: list[Json] = []
    for word in before:
        option_id = word["id"] if word["id"] in names else ids.get(str(word["theirs"]).strip().casefold())
        if option_id is not None:
            kept.append({"id": option_id, "theirs": names[option_id], "ours": word["ours"]})
    known, same = {word["id"] for word in kept}, {word.casefold(): word for word in ours}
    for option_id, name in names.items():
        if option_id not in known and name.strip().casefold() in same:
            kept.append({"id": option_id, "theirs": name, "ours": same[name.strip().casefold()]})
    return kept


def to_ours(entry: Json, option: Any, value: Any) -> Any:
    """A chosen option in our word; as it stands where it has none."""
    option_id = option.get("id") if isinstance(option, dict) else None
    for word in entry.get("words", ()):
        if word["ours"] and (word["id"] == option_id or (option_id is None and word["theirs"] == value)):
            return word["ours"]
    return value


def to_theirs(entry: Json, value: Any) -> Any:
    """Our word as the option that is written: the one of the same name, else the first that means it."""
    meant = [word["theirs"] for word in entry.get("words", ()) if value and word["ours"] == value]
    return next((name for name in meant if name.casefold() == str(value).casefold()), meant[0] if meant else value)


def lacks(entry: Json, value: Any) -> bool:
    """Whether Notion has no option for our word, and Timbre may not (or cannot) make one by writing it.

    Writing a select makes a new option (https://developers.notion.com/reference/page-property-values); a status does
    not take an option that it does not have.
    """
    if not value or entry.get("type") not in ("select", "status"):
        return False
    if any(word["ours"] == value for word in entry.get("words", ())):
        return False
    if entry.get("closed"):
        return True
    return entry["type"] == "status" and value not in entry.get("options", [value])
