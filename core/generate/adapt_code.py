"""Other forms by code: only sentences that stand in the text, in their order; what is left out is the weakest."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import regex

from analytics import text
from core.generate import body
from core.generate.adapt_cut import Unit, joined, pack, shortened, units
from core.generate.brief import BriefFields
from core.platforms import HOOK_WORDS, SLIDE_WORDS, TITLE_WORDS, Form

NUMBERING = 6
"""Room that a thread's posts leave for `40/40` on a line of its own."""
IN_BIO = "Link in bio."
_SAID = regex.compile(r"\b(?:said|says|told|asked|wrote)\b|[\"“”«»]", regex.I)
_OWN = regex.compile(r"\b(?:i|my|we|our)\b", regex.I)
_TURN = regex.compile(r"\b(?:not|never|but|than|until|unless|only|nobody|stop|instead|without)\b", regex.I)
_DIGIT = regex.compile(r"\p{N}")
_BACK = regex.compile(
    r"\b(?:do|does|did|is|are|was|were|has|have|can|will)(?: not|n['’]t)(?= because\b|[.,])"
    r"|(?<![\p{N}\p{Sc}.,#])\b[1-9](?=,? (?:and|or|nor|but|not)\b|[.]?$)|\bthe (?:former|latter)\b",
    regex.I,
)
"""Leans on what was said before: its verb stands there ("Birds do not."), or a number of its list ("not 2 nor 3")."""


def thread(form: Form, found: Sequence[Unit], tags: Sequence[str], brief: BriefFields) -> list[str]:
    """The whole text in parts; the brief's link is added to the last where the text has none."""
    shown = [*found]
    if brief.link and brief.link not in joined(found):
        shown.append(Unit(brief.link, "\n\n"))
    parts = pack(shown, lambda value: form.weigh(value) <= form.limit - NUMBERING)
    return _tagged(form, parts, tags, form.limit - NUMBERING)


def short(form: Form, found: Sequence[Unit], tags: Sequence[str], brief: BriefFields) -> list[str]:
    """The opening and the run of sentences that tells most within the limit, and the link where there is room."""
    plain = [u for u in found if u.text != brief.link and (not brief.link or unlinked(u) is not None)]
    link = f"\n\n{brief.link}" if brief.link and not any(brief.link in u.text for u in plain) else ""

    def fits(value: str) -> bool:
        return form.weigh(value + link) <= form.limit

    if not plain:
        return [link.strip()] if link else []
    opening = plain[:1] if fits(plain[0].text) else []
    rest = plain[1:] if opening else plain
    best = opening + telling(rest, brief, lambda run: fits(joined([*opening, *run])))
    value = (joined(best) if best else pack(plain[:1], fits)[0]) + link
    return _tagged(form, [value], tags, form.limit)


def caption(form: Form, found: Sequence[Unit], tags: Sequence[str], brief: BriefFields) -> list[str]:
    """The first sentence alone, then the rest without addresses; `Link in bio.` only where the brief has a link."""
    shown = [kept for unit in found if (kept := unlinked(unit)) is not None]
    if not shown:
        return []
    shown = [Unit(shown[0].text), *(_apart(u) if at == 0 else u for at, u in enumerate(shown[1:]))]
    end = f"\n\n{IN_BIO}" if brief.link else ""
    end += "".join(f"{' ' if at else chr(10) * 2}{tag}" for at, tag in enumerate(tags[: form.tags[1]]))
    while len(shown) > 1 and form.weigh(joined(shown) + end) > form.limit:
        weakest = min(range(1, len(shown)), key=lambda at: (worth(shown[at], brief), -at))
        del shown[weakest]
    return [joined(shown) + end]


def quote(form: Form, found: Sequence[Unit], brief: BriefFields, author: str) -> list[str]:
    """The one sentence that stands best alone, with its speaker. Nothing that somebody else is quoted with."""
    by = f"\n— {author}" if author else ""
    fit = [
        u
        for at, u in enumerate(found)
        if not (u.listed or u.text.endswith(":") or unended(found, at))
        and unlinked(u) == u
        and not _SAID.search(u.text)
        and form.weigh(f"“{u.text}”{by}") <= form.limit
    ]
    sayable = [u for u in fit if not (u.leans or u.text.endswith("?") or _BACK.search(u.text))] or fit
    if not sayable:
        return []
    best = max(sayable, key=lambda u: _quotable(u, brief))
    return [f"“{best.text}”{by}"]


def hook(form: Form, found: Sequence[Unit]) -> list[str]:
    """The opening where it is short enough, else the first strong short sentence, else the opening's first words."""
    plain = [kept for unit in found if (kept := unlinked(unit)) is not None]
    if not plain:
        return []
    first = plain[0].text + (" …" if unended(plain, 0) else "")
    if not form.over(first):
        return [first]
    whole = [u for at, u in enumerate(plain) if not (u.leans or u.listed or unended(plain, at) or _BACK.search(u.text))]
    alone = [u.text for u in whole if not form.over(u.text) and len(u.text.split()) > 2]
    alone = [said for said in alone if not said.endswith(":")]  # that only announces what comes
    strong = [said for said in alone if _TURN.search(said) or _DIGIT.search(said)]
    cut = (shortened(first, words) for words in range(HOOK_WORDS - 1, 0, -1))
    return strong[:1] or [said for said in cut if not form.over(said)][:1]


def unended(found: Sequence[Unit], at: int) -> bool:
    """Whether a sentence goes on in the list below it ("I know people who / - never sleep")."""
    follows = at + 1 < len(found) and found[at + 1].listed and not found[at].listed
    return follows and found[at].text[-1:].isalpha()


def carousel(form: Form, found: Sequence[Unit], brief: BriefFields) -> list[str]:
    """Slides: what begins a paragraph or is short begins one; the call stands alone on the last."""
    return [slide(group) for group in grouped(form, found, brief)]


def grouped(form: Form, found: Sequence[Unit], brief: BriefFields) -> list[list[Unit]]:
    """The units of each slide, the call alone on the last; the weakest groups go where there are too many."""
    plain = [kept for unit in found if (kept := unlinked(unit)) is not None]
    call = brief.call_to_action.strip()
    last = [u for u in plain if call and body.plain_words(u.text) in body.plain_words(call) and text.words(u.text)]
    rest = [u for u in plain if u not in last]
    closing = [] if rest and rest[-1].listed else rest[-1:]  # an item is not torn from its list
    end = last or ([Unit(call)] if call else closing)
    rest = rest if last or call or not closing else rest[:-1]
    groups = _groups(rest, form.parts[0] - 1)
    while len(groups) > form.parts[1] - 1:
        weakest = min(range(1, len(groups)), key=lambda at: (sum(worth(u, brief) for u in groups[at]), -at))
        del groups[weakest]
    return [*groups, *([end] if end else [])]


def slide(group: Sequence[Unit]) -> str:
    """A title of at most 12 words, then the rest. A long first sentence begins in the title and goes on below."""
    first, rest = unmarked(group[0].text), list(group[1:])
    said = first.split()
    if len(said) > TITLE_WORDS:
        title = shortened(first, TITLE_WORDS - 1)  # the sign that it goes on counts as a word
        taken = len(title.removesuffix(" …").split())
        first, rest = title, [Unit(" ".join(said[taken:])), *rest]
    below = "".join(("\n" if u.listed else " ") + u.text for u in rest).strip()
    if len(below.split()) > SLIDE_WORDS:  # one sentence longer than a slide
        below = shortened(" ".join(below.split()), SLIDE_WORDS - 1)
    return f"{first}\n{below}".strip()


# ---- choosing ------------------------------------------------------------------------------------------------


def worth(unit: Unit, brief: BriefFields) -> float:
    """How much a sentence tells: the brief's own words, the opening, figures, a turn; leaning and fragments cost."""
    words = body.plain_words(unit.text)
    said = f" {body.plain_words(brief.material)} "
    parts = (words, body.plain_words(unit.text.partition(":")[2]))
    own = any(f" {part} " in said and len(part.split()) > 2 for part in parts)
    return (
        1.0
        + 2.0 * own
        + 0.7 * bool(_DIGIT.search(unit.text))
        + 0.4 * bool(_TURN.search(unit.text))
        - 0.5 * unit.leans
        - 0.5 * (len(words.split()) < 4)
    )


def telling(found: Sequence[Unit], brief: BriefFields, fits: Callable[[list[Unit]], bool]) -> list[Unit]:
    """The run of neighbouring units of the most worth that fits: one that stands alone, with no torn list."""
    best: tuple[float, list[Unit]] = (0.0, [])
    for start, first in enumerate(found):
        if start and (first.leans or first.listed):
            continue
        for end in range(start + 1, len(found) + 1):
            run = list(found[start:end])
            if not fits(run):
                break
            torn = run[-1].text.endswith(":") or (run[-1].listed and end < len(found) and found[end].listed)
            value = sum(worth(u, brief) for u in run) - 3.0 * torn
            best = max(best, (value, run), key=lambda pair: pair[0])
    return best[1]


def unlinked(unit: Unit) -> Unit | None:
    """The unit without addresses; None where it was only there to lead to one."""
    links = text.links(unit.text)
    if not links:
        return unit
    bare = unit.text
    for link in links:
        bare = bare.replace(link, "")
    bare = regex.sub(r"\s+([.,;:!?])", r"\1", regex.sub(r" {2,}", " ", bare)).replace("()", "").strip()
    if len(text.words(bare)) < 3 or bare.endswith((":", "→", "👉", " at", " here")):
        return None
    return Unit(bare, unit.before, unit.listed)


def _groups(found: Sequence[Unit], fewest: int) -> list[list[Unit]]:
    """Neighbouring units in groups of at most a slide's words, at least so many where the sentences allow."""
    groups: list[list[Unit]] = []
    for unit in found:
        words = sum(len(u.text.split()) for u in groups[-1]) if groups else 0
        apart = unit.before == "\n\n" and not unit.leans and words > 8
        if not groups or apart or words + len(unit.text.split()) > SLIDE_WORDS:
            groups.append([])
        groups[-1].append(unit)
    while len(groups) < fewest and any(len(g) > 1 for g in groups):
        at = max(range(len(groups)), key=lambda n: (len(groups[n]) > 1, sum(len(u.text) for u in groups[n])))
        half = max(1, len(groups[at]) // 2)
        groups[at : at + 1] = [groups[at][:half], groups[at][half:]]
    return groups


def _quotable(unit: Unit, brief: BriefFields) -> float:
    words = len(unit.text.split())
    opinion = body.plain_words(brief.opinion)
    said = body.plain_words(unit.text)
    return (
        2.0 * (7 <= words <= 22)
        + 3.0 * bool(opinion and (said in opinion or opinion in said))
        + 1.0 * bool(_TURN.search(unit.text))
        + 0.5 * bool(_OWN.search(unit.text))
        - 1.0 * unit.leans
        - 0.05 * abs(words - 14)
    )


def _tagged(form: Form, parts: list[str], tags: Sequence[str], limit: int) -> list[str]:
    """The first hashtags on the last part, as many as the form takes and as fit."""
    for count in range(min(len(tags), form.tags[1]), 0, -1):
        ended = f"{parts[-1]}\n\n{' '.join(tags[:count])}" if parts else ""
        if ended and form.weigh(ended) <= limit:
            return [*parts[:-1], ended]
    return parts


def _apart(unit: Unit) -> Unit:
    return Unit(unit.text, "\n\n", unit.listed)


def unmarked(value: str) -> str:
    """An item of a list without its mark."""
    return str(regex.sub(r"^[^\p{L}\p{N}\"“(]+", "", value)) if text.BULLET.match(value) else value


MAKERS: dict[str, Callable[[Form, str, BriefFields, str], list[str]]] = {
    "post": lambda _f, value, _b, _a: [value],
    "single": lambda f, value, b, _a: short(f, *units(value), b),
    "threads": lambda f, value, b, _a: short(f, *units(value), b),
    "bluesky": lambda f, value, b, _a: short(f, *units(value), b),
    "thread": lambda f, value, b, _a: thread(f, *units(value), b),
    "caption": lambda f, value, b, _a: caption(f, *units(value), b),
    "quote": lambda f, value, b, a: quote(f, units(value)[0], b, a),
    "carousel": lambda f, value, b, _a: carousel(f, units(value)[0], b),
    "hook": lambda f, value, _b, _a: hook(f, units(value)[0]),
}
"""What makes each form of a text."""
