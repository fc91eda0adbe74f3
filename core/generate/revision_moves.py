"""What code does with a text as a whole: its length, its opening and its end, its manner, what it is about."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import regex

from analytics import hooks, text
from core.generate import revision_words
from core.generate.adapt_code import worth
from core.generate.adapt_cut import Unit
from core.generate.body import plain_words
from core.generate.clauses import capital
from core.generate.judge import content
from core.generate.revision_draft import Draft, Said, done, many, refused
from core.platforms import LINKEDIN

Change = Callable[[str], tuple[str, int]]
_OF_OPENINGS = frozenset(
    {
        "open",
        "opens",
        "opening",
        "start",
        "starts",
        "begin",
        "begins",
        "hook",
        "line",
        "intro",
        "introduction",
        "beginning",
    }
    | {
        "another",
        "different",
        "other",
        "new",
        "stronger",
        "better",
        "change",
        "sentence",
        "post",
        "try",
        "want",
        "first",
    }
    | {"catchier", "strong", "make", "give", "need", "needs", "use", "something", "else", "with", "less", "boring"}
)
"""Words of a wish for another opening that do not say which."""


# ---- length --------------------------------------------------------------------------------------------------


def shorter(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Without the sentences that tell least, to the length that was asked for (three quarters where none was)."""
    before = draft.text()
    limit, measure = _wanted(found.string, before)
    gone: list[str] = []
    while measure(draft.text()) > limit and len(draft.units) > 2:
        at = min(range(len(draft.units)), key=lambda n: (draft.cost(n), -n))
        if draft.cost(at) > 90:
            break
        gone.append(draft.units[at].text)
        draft.drop([at])
    if not gone:
        return refused(
            "Nothing was taken out: what is left is the opening, the call to action and what was to be kept."
        )
    after = draft.text()
    said = f"{len(before):,} characters became {len(after):,}: {many(len(gone), 'sentence')} taken out."
    return done(said if measure(after) <= limit else f"{said} No more could go without what makes the post.")


def _wanted(wish: str, now: str) -> tuple[float, Callable[[str], int]]:
    """The most that is meant and how it is counted, in characters or words."""
    number = regex.search(r"(\d[\d,]*)\s*(characters?|chars?|signs?|words?)", wish, regex.I)
    if number:
        counted: Callable[[str], int] = len if number[2].lower()[0] in "cs" else lambda v: len(v.split())
        return float(number[1].replace(",", "")), counted
    share = 0.75
    for words, part in (
        (r"\bhalf\b|50\s?%", 0.5),
        (r"\bmuch\b|\ba lot\b|\bfar\b|\bway\b", 0.6),
        (r"\ba (?:bit|little)\b|slightly", 0.88),
    ):
        share = part if regex.search(words, wish, regex.I) else share
    return share * len(now), len


def longer(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """With sentences of the brief that the text does not hold yet, about a quarter longer."""
    goal = min(LINKEDIN, int(1.25 * len(draft.text())))
    added: list[str] = []
    for said in draft.unsaid():
        if len(draft.text()) >= goal or len(draft.text()) + len(said) > LINKEDIN:
            break
        draft.insert(draft.end(), said)
        added.append(said)
    if not added:
        return refused(
            "It was not made longer: everything that the brief holds is in it, and nothing is invented. "
            "Add to the brief, and write again."
        )
    return done(f"Added {many(len(added), 'sentence')} of the brief, word for word.")


# ---- opening and end -----------------------------------------------------------------------------------------


def opening(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Another sentence of the text or the brief first; the old opening comes after it."""
    brief, wish = draft.material.brief, found.string.lower()
    old = draft.units[0].text if draft.units else ""
    story = plain_words(brief.story)
    wanted: Callable[[str], bool] = bool
    if "question" in wish:
        wanted = lambda said: said.endswith("?")  # noqa: E731
    elif regex.search(r"story|scene|anecdote", wish):
        wanted = lambda said: plain_words(said) in story if story else hooks.hook(said) == "story"  # noqa: E731
    elif regex.search(r"number|figure|fact|data", wish):
        wanted = lambda said: bool(regex.search(r"\p{N}", said))  # noqa: E731
    elif named := content(wish) - _OF_OPENINGS:
        wanted = lambda said: len(named & content(said)) >= max(1, len(named) / 2)  # noqa: E731
    inside = [
        at for at in range(1, draft.end())
        if wanted(draft.units[at].text) and not draft.linked(at)
        and not (draft.units[at].leans or draft.units[at].listed or draft.units[at].text.endswith(":"))
    ]  # fmt: skip
    fresh = [
        s
        for s in (*text.sentences(brief.hook_line), *text.sentences(brief.opinion))
        if plain_words(s) not in plain_words(draft.text())
    ]
    fresh = [s for s in fresh if wanted(s)]
    if fresh:
        draft.insert(0, capital(fresh[0]))
    elif inside:
        at = max(inside, key=lambda n: worth(draft.units[n], brief))
        moved = draft.units[at]
        draft.drop([at])
        draft.insert(0, moved.text)
    else:
        return refused("The opening stays: neither the text nor the brief has another sentence that could open it.")
    return done(f"It opens with “{draft.units[0].text[:80]}” now; “{old[:60]}” comes after it.")


def question(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """A question last: the brief's own, or one that stands in the text."""
    body = [at for at in range(len(draft.units)) if not draft.linked(at)]
    if body and draft.units[body[-1]].text.endswith("?"):
        return done("It ends with a question already.")
    call = draft.material.brief.call_to_action.strip()
    own = [s for s in text.sentences(call) if s.endswith("?")]
    if own and plain_words(own[-1]) not in plain_words(draft.text()):
        draft.insert(body[-1] + 1 if body else 0, own[-1])
        return done(f"It ends with the brief's question: “{own[-1]}”")
    asked = [at for at in body if draft.units[at].text.endswith("?") and at]
    if not asked:
        return refused("No question was added: neither the text nor the brief's call to action has one. Say “end with "
                       "‘your question?’”, and it is put there.")  # fmt: skip
    moved = draft.units[asked[-1]].text
    draft.drop([asked[-1]])
    draft.insert(next((n for n in range(len(draft.units)) if draft.linked(n)), len(draft.units)), moved)
    return done(f"“{moved}” stands at the end now.")


def edge(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Without the first or the last line."""
    if len(draft.units) < 2:
        return refused("One sentence is all there is.")
    last = max(at for at in range(len(draft.units)) if not draft.linked(at) or at == 0)
    at = 0 if regex.search(r"first|opening", found.string, regex.I) else last
    said = draft.units[at].text
    if not draft.drop([at]):
        return refused(f"“{said[:80]}” was to be kept.")
    return done(f"Took out “{said[:80]}”.")


def call(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """The call to action out, or in where the brief has one."""
    there = [at for at in range(1, len(draft.units)) if draft.called(at)]
    if regex.search(r"\b(?:no|without|remove|drop|cut|delete|skip|lose)\b", found.string, regex.I):
        return (
            done("Took out the call to action.")
            if draft.drop(there)
            else refused("The brief's call to action is not in it.")
        )
    wanted = draft.material.brief.call_to_action.strip()
    if there or not wanted:
        return refused("The brief has no call to action." if not wanted else "The call to action is in it already.")
    draft.insert(draft.end(), wanted)
    return done("Added the brief's call to action.")


# ---- manner --------------------------------------------------------------------------------------------------


def manner(draft: Draft, change: Change, name: str, one: str, none: str) -> Said:
    """Words changed one for one in every sentence that holds them."""
    total = 0

    def work(said: str) -> str:
        nonlocal total
        new, count = change(said)
        total += count
        return new

    draft.change(work)
    return done(f"{name}: {many(total, one)}.") if total else refused(none)


def casual(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """With contractions; nothing else of a manner can be changed without rewriting."""
    none = "There was nothing to contract; a looser wording needs a larger model, or your hand."
    return manner(draft, revision_words.casual, "More casual", "contraction", none)


def formal(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Without contractions."""
    none = "No contraction stands in it; a more formal wording needs a larger model, or your hand."
    return manner(
        draft,
        revision_words.formal,
        "More formal",
        "contraction",
        none,
    )


def plainer(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """With plain words for stiff ones."""
    none = "None of the stiff words that Timbre knows stands in it."
    return manner(draft, revision_words.plain, "Plainer", "word", none)


def exclamations(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Full stops for exclamation marks."""
    count = draft.change(lambda v: revision_words.outside_quotes(v, lambda s: regex.sub(r"!+", ".", s)))
    return done(
        f"{many(count, 'sentence')} without an exclamation mark now." if count else "There is no exclamation mark."
    )


def dashes(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Commas for dashes between words."""
    count = draft.change(
        lambda v: revision_words.outside_quotes(v, lambda s: regex.sub(r"(?<=\S)\s*(?:—|\s–\s)\s*(?=\S)", ", ", s))
    )
    return done(f"{many(count, 'sentence')} without a dash now." if count else "There is no dash in the text.")


def capitals(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Words of five capital letters or more in small letters; shorter ones may be acronyms."""
    shout = regex.compile(r"(?<![\p{L}#@])\p{Lu}{5,}(?!\p{L})")

    def calm(said: str) -> str:
        out = shout.sub(lambda m: m.group().lower(), said)
        return capital(out) if shout.match(said) else str(out)

    count = draft.change(lambda v: revision_words.outside_quotes(v, calm))
    return done(
        f"{many(count, 'sentence')} in small letters now." if count else "No word of five capital letters stands in it."
    )


def numbers(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Without the sentences that hold a number."""
    there = [at for at, u in enumerate(draft.units) if at and regex.search(r"\p{N}", u.text) and not text.links(u.text)]
    count = draft.drop(there)
    return (
        done(f"Took out {many(count, 'sentence')} with a number.")
        if count
        else refused("No sentence with a number could go.")
    )


def questions(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Without the sentences that ask."""
    count = draft.drop([at for at, u in enumerate(draft.units) if u.text.endswith("?")])
    return done(f"Took out {many(count, 'question')}.") if count else done("There is no question in the text.")


def no_question(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """Without the question that the text ends with."""
    asked = [at for at, u in enumerate(draft.units) if u.text.endswith("?")]
    if not asked or asked[-1] != len(draft.units) - 1:
        return done("It does not end with a question.")
    draft.drop(asked[-1:])
    return done("Took out the question at the end.")


# ---- what it is about ----------------------------------------------------------------------------------------


def less_about(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:
    """Without the sentences that name something."""
    about = _topic(found, quoted)
    there = [at for at, u in enumerate(draft.units) if _names(u, about) and draft.cost(at) < 90]
    if "less" in found.string.lower() and len(there) > 1:
        there = there[1:]
    count = draft.drop(there)
    return (
        done(f"Took out {many(count, 'sentence')} about {about}.")
        if count
        else refused(f"No sentence about {about} could go.")
    )


def more_about(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:
    """With the brief's sentences that name something, where they are not in it yet."""
    about = _topic(found, quoted)
    fresh = [said for said in draft.unsaid() if _names(Unit(said), about)][:3]
    for said in fresh:
        draft.insert(draft.end(), said)
    if fresh:
        return done(f"Added {many(len(fresh), 'sentence')} of the brief about {about}.")
    return refused(f"Nothing was added about {about}: the brief says no more of it, and nothing is invented.")


def _topic(found: regex.Match[str], quoted: Sequence[str]) -> str:
    said = found["about"].strip(" .")
    at = regex.fullmatch(r"\{(\d+)\}", said)
    return quoted[int(at[1])] if at else str(regex.sub(r"^(?:the|a|an|my|our)\s+", "", said))


def _names(unit: Unit, about: str) -> bool:
    wanted = content(about)
    return bool(wanted) and wanted <= content(unit.text)


def beyond(draft: Draft, found: regex.Match[str], quoted: Sequence[str]) -> Said:  # noqa: ARG001
    """What only somebody who writes can do: it is refused, with the reason."""
    return refused(
        f"“{found.group().strip()}”: this needs somebody who writes. A small model would invent it: nothing was done. "
        "Choose a larger model, or type it in."
    )
