"""What code does exactly with a text, when it is asked to: named words, hashtags, emoji, the link, its layout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import regex

from analytics import text
from core.generate.adapt_cut import Unit
from core.generate.body import plain_words
from core.generate.clauses import capital, is_clause
from core.generate.revision_draft import Draft, Said, done, many, refused

NUMBERS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
FEWER = r"\b(?:fewer|less|too many|not so many|reduce)\b"
MORE = r"\b(?:more|add|some|put in|with)\b"
LIST_LINES = 2
LONG_SENTENCE = 12
"""Words from which a sentence is parted where that can be done."""


# ---- words that are named ------------------------------------------------------------------------------------


def swap(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:
    """One wording in place of another."""
    old, new = (_named(found[name], quoted) for name in ("old", "new"))
    count = draft.change(lambda said: _replaced(said, old, new))
    if count:
        return done(f"“{old}” became “{new}” ({many(count, 'sentence')}).")
    return refused(f"“{old}” does not stand in the text.")


def _named(said: str, quoted: Sequence[str]) -> str:
    at = regex.fullmatch(r"\{(\d+)\}", said)
    return quoted[int(at[1])] if at else said


def _replaced(said: str, old: str, new: str) -> str:
    def put(found: regex.Match[str]) -> str:
        return capital(new) if found.group()[:1].isupper() and found.start() == 0 else new

    return str(regex.sub(rf"(?<![\p{{L}}\p{{N}}]){regex.escape(old)}(?![\p{{L}}\p{{N}}])", put, said, flags=regex.I))


def take_out(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:
    """Without a phrase, or without the sentences that hold it."""
    phrase = quoted[int(found["q"])]
    wanted = plain_words(phrase)
    there = [at for at, u in enumerate(draft.units) if wanted and f" {wanted} " in f" {plain_words(u.text)} "]
    if not there:
        return refused(f"“{phrase}” does not stand in the text.")
    whole = regex.search(r"\b(?:sentence|line|paragraph|bit|part)\b", found.string, regex.I)
    gone = [at for at in there if whole or plain_words(draft.units[at].text) == wanted]
    draft.drop(gone)
    if len(gone) < len(there):
        draft.change(lambda said: _without(said, phrase))
    return done(f"Took out “{phrase}”.")


def _without(said: str, phrase: str) -> str:
    out = _replaced(said, phrase, "")
    if out == said:
        return said
    out = regex.sub(r"\s+([.,;:!?])", r"\1", regex.sub(r" {2,}", " ", regex.sub(r",\s*,", ",", out)))
    return capital(out.strip(" ,;:")) if text.words(out) else ""


def say(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:
    """A phrase of the person's own, at the beginning, the end or before the call."""
    phrase = quoted[int(found["q"])]
    if plain_words(phrase) in plain_words(draft.text()):
        return refused(f"“{phrase}” stands in the text already.")
    said = phrase if phrase[-1:] in ".!?…:" else f"{phrase}."
    if regex.search(r"\b(?:start|open|begin)\w*\b|\bfirst line\b", found.string, regex.I):
        draft.insert(0, capital(said))
    elif regex.search(r"\b(?:end|close|finish)\w*\b|\blast line\b", found.string, regex.I):
        links = next((at for at in range(len(draft.units)) if draft.linked(at)), len(draft.units))
        draft.insert(links, capital(said))
    else:
        draft.insert(draft.end(), capital(said))
    return done(f"Added “{phrase}”, in your words.")


# ---- hashtags, emoji, links ----------------------------------------------------------------------------------


def tags(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """No, fewer, more or so many hashtags; new ones are the author's own or words of the topic."""
    had, wish = len(draft.tags), found.string
    number = regex.search(r"\b(?:only |just )?(\d+|one|two|three|four|five)\b", wish, regex.I)
    few, more = regex.search(FEWER, wish, regex.I), regex.search(r"\b(?:more|add|some)\b", wish, regex.I)
    if number:
        keep = _figure(number[1]) + (had if regex.search(r"\bmore\b", wish, regex.I) else 0)
    else:
        keep = had + 2 if more else max(1, had // 2) if few else 0
    here = {tag.lower() for tag in draft.tags}
    fresh = [tag for tag in draft.material.constraints.tags if tag.lower() not in here]
    new = [*draft.tags, *fresh][:keep] if had else fresh[:keep]
    if new == draft.tags:
        none = "No other hashtag is known for this topic: name the ones you want between quotation marks."
        return (
            refused(none) if keep > had else done(f"There {'is' if had == 1 else 'are'} {many(had, 'hashtag')} in it.")
        )
    draft.tags, draft.touched = new, True
    return done(f"{many(had, 'hashtag')} became {len(new)}.")


def _figure(said: str) -> int:
    return int(said) if said.isdigit() else NUMBERS[said.lower()]


def emoji(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """No, fewer or one more emoji."""
    there = text.emoji(draft.text())
    if regex.search(MORE, found.string, regex.I) and "fewer" not in found.string.lower():
        own = [e for e in draft.material.constraints.favourite_emoji if e not in there]
        if not own:
            return refused("No emoji was added: this author's posts have none that is not in the text already.")
        draft.set([replace(draft.units[0], text=f"{draft.units[0].text} {own[0]}"), *draft.units[1:]])
        return done(f"Added {own[0]}, which this author uses.")
    if not there:
        return done("There is no emoji in the text.")
    left = max(1, len(there) // 2) if regex.search(FEWER, found.string, regex.I) else 0
    seen = 0

    def strip(said: str) -> str:
        nonlocal seen
        for one in text.emoji(said):
            seen += 1
            if seen > left:
                said = said.replace(one, "", 1)
        return str(regex.sub(r"\s+([.,;:!?])", r"\1", regex.sub(r" {2,}", " ", said))).strip()

    draft.change(strip)
    return done(f"{len(there)} emoji became {left}.")


def link(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """The link out of the post, or in a postscript."""
    there = [at for at, u in enumerate(draft.units) if text.links(u.text)]
    wish = found.string
    link = draft.material.brief.link
    postscript = regex.search(r"\bp\.?\s?s\b|postscript", wish, regex.I)
    if not there and not (link and postscript):
        return done("There is no link in the text.")
    draft.drop([at for at in there if draft.linked(at)])
    for at, unit in enumerate(draft.units):
        for one in text.links(unit.text):
            draft.units[at] = replace(unit, text=_without(unit.text, one))
    if postscript and link:
        draft.insert(len(draft.units), f"P.S. The link: {link}")
        return done("The link stands in a postscript now.")
    where = "belongs in the first comment now" if regex.search(r"comment", wish, regex.I) else "was taken out"
    return done(f"The link {where}.")


# ---- layout --------------------------------------------------------------------------------------------------


def no_list(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Items as sentences."""
    items = [u for u in draft.units if u.listed]
    if not items:
        return done("There is no list in the text.")
    mark = regex.compile(r"^[^\p{L}\p{N}\"“]+|^\(?\d{1,2}[.)]\s+")
    new = [
        u
        if not u.listed
        else Unit(_full(capital(mark.sub("", u.text))), " " if at and draft.units[at - 1].listed else "\n\n")
        for at, u in enumerate(draft.units)
    ]
    draft.set(new)
    return done(f"{many(len(items), 'item')} of the list became sentences.")


def _full(said: str) -> str:
    return said if said[-1:] in ".!?…:" else f"{said}."


def as_list(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Key points that stand side by side as a list, else short sentences of one paragraph."""
    if any(unit.listed for unit in draft.units):
        return done("There is a list in the text already.")
    points = {plain_words(p) for p in draft.material.brief.points}
    places = range(1, draft.end())
    chosen = max(_runs([at for at in places if plain_words(draft.units[at].text) in points]), key=len, default=[])
    if len(chosen) < LIST_LINES:
        chosen = max((_shortish(draft, run) for run in _runs(list(places))), key=len, default=[])
    if len(chosen) < LIST_LINES:
        return refused("No list was made: the text has no points side by side that stand without each other.")
    mark = draft.material.constraints.bullet
    new = list(draft.units)
    for at in chosen:
        new[at] = Unit(f"{mark} {new[at].text.rstrip('.')}", "\n" if at - 1 in chosen else "\n\n", listed=True)
        if at + 1 < len(new) and at + 1 not in chosen:
            new[at + 1] = replace(new[at + 1], before="\n\n")
    draft.set(new)
    return done(f"{many(len(chosen), 'sentence')} became a list.")


def _shortish(draft: Draft, run: Sequence[int]) -> list[int]:
    """The longest stretch of short statements that lean on none before them, in one paragraph."""
    fit = [
        at
        for at in run
        if not draft.units[at].leans
        and draft.units[at].text.endswith(".")
        and len(draft.units[at].text.split()) <= LONG_SENTENCE
    ]
    stretches = _runs(fit)
    same = [[at for n, at in enumerate(s) if n == 0 or draft.units[at].before == " "] for s in stretches]
    return max((s for s in same if len(s) > LIST_LINES), key=len, default=[])


def _runs(places: Sequence[int]) -> list[list[int]]:
    """Places that follow on each other, together."""
    out: list[list[int]] = []
    for at in places:
        if out and out[-1][-1] == at - 1:
            out[-1].append(at)
        else:
            out.append([at])
    return out


def split(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Every sentence a paragraph."""
    parted = [at for at, u in enumerate(draft.units) if at and u.before == " " and not u.listed]
    if not parted:
        return done("Every paragraph is one sentence already.")
    draft.set(replace(u, before="\n\n") if at in parted else u for at, u in enumerate(draft.units))
    return done(f"{many(len(parted), 'paragraph')} more: each sentence stands alone.")


def join(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Short paragraphs together."""
    single = 0
    new = list(draft.units)
    for at in range(2, draft.end()):
        alone = new[at].before == "\n\n" and new[at - 1].before == "\n\n"
        if alone and not new[at].listed and not new[at - 1].listed:
            new[at], single = replace(new[at], before=" "), single + 1
    if not single:
        return done("No two short paragraphs stand side by side.")
    draft.set(new)
    return done(f"{many(single, 'line break')} fewer.")


def short_sentences(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Long sentences parted where two whole clauses meet."""
    out: list[Unit] = []
    count = 0
    for unit in draft.units:
        pieces = [unit.text] if unit.listed or unit.text in draft.kept else _clauses(unit.text)
        out += [Unit(piece, unit.before if n == 0 else " ", unit.listed) for n, piece in enumerate(pieces)]
        count += len(pieces) - 1
    if not count:
        return refused("No sentence could be parted without rewriting it.")
    draft.set(out)
    return done(f"{many(count, 'long sentence')} parted in two.")


def _clauses(said: str) -> list[str]:
    """A long sentence parted where two whole clauses meet: at a semicolon, or at a comma and "and", "but", "so"."""
    if len(said.split()) < LONG_SENTENCE or regex.search(r"[\"“”«»]", said):
        return [said]
    for found in regex.finditer(r";\s+|,\s+(?=(?:and|but|so|yet)\s)|\s+[–—]\s+", said):
        head, tail = said[: found.start()], said[found.end() :]
        bare = regex.sub(r"^(?:and|but|so|yet)\s+", "", tail)
        if is_clause(head) and len(head.split()) > 3 and len(bare.split()) > 2 and _subject(bare):
            return [f"{head}.", *_clauses(capital(tail))]
    return [said]


def _subject(said: str) -> bool:
    """Whether a clause has a subject of its own: it begins with one, and a verb follows."""
    first = said.split(maxsplit=1)[0].lower()
    begins = regex.match(
        r"(?:i|we|you|he|she|it|they|that|this|there|the|a|an|my|our|your|his|her|their|nobody|everyone)\b", first
    )
    return bool(begins) and is_clause(said.rstrip(".!?"))
