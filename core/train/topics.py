"""What a post is about, as a noun phrase that stands in it. Rules and word lists, no model; English."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import regex

from analytics import text as texts
from analytics import vocabulary
from analytics.text import EMOJI, HASHTAG
from core.claims.plain import listed
from core.persona import wordlists

MOST_WORDS = 8
TAGS_LAST = regex.compile(r"(?:\s*[#＃][\p{L}\p{N}_]*)+\s*$")
"""Hashtags at the end of a text or a sentence."""
_TOKEN = regex.compile(
    r"[\p{L}\p{N}\p{M}]+(?:['’.&\-‐‑](?=[\p{L}\p{N}])[\p{L}\p{N}\p{M}]+)*%?|[$€£]\d[\d.,]*\w*|&|[^\s\p{L}\p{N}]"
)
_DETERMINERS = frozenset(
    listed(
        "a an the my your his her its our their this that these those some any no every each another such what which"
    )
)
_ARTICLES = frozenset(listed("a an the my your his her its our their"))
_AUXILIARIES = frozenset(wordlists.LISTS["auxiliary"])
_JOINS = frozenset(listed("of for in on with between at from about against within across among during by into & and"))
_LEADS = _DETERMINERS | _JOINS | frozenset(listed("to on over under through without as like than"))
_AFTER_VERB = frozenset(
    listed("""i you he she it we they who to not can could will would should shall may might must do does did don't
    didn't doesn't won't can't couldn't wouldn't shouldn't let's i'll we'll you'll they'll i'd we'd you'd
    i've we've let please never always also just really there""")
)
"""What comes after one of these is a verb, or an adverb before one."""
_VERBS = frozenset(
    listed("""become became begin began believe build built buy bought call called came check choose click come
    consider create created cut decide feel felt follow found gave get give grow happen happened hear heard
    help helps hire hope join keep kept learn learned leave left let like listen lose lost love made make
    mean means meet miss move need offer order pay plan read reads register remember said saw say see send
    sent share shares show shows sign speak spend spent stand stop struck suppose take talk teach tell thank
    think told took try understand use visit wait walk watch went wish wonder worry write wrote address deal
    limit reference referenced put sell sold hold held bring brought am's is are was were be been being has
    have had ask asks asked noted notice agree include includes including remain remains remained differ
    differs seem seems seemed appear appears appeared stay stays stayed run runs ran turn turns win wins won
    raise raises bring brings show works cost costs open opens set sets love loves hate hates fail fails
    start starts begins ends gives takes goes comes says thinks knows wants finds helps explain explains
    describe describes reflect ponder offers provide provides support supports talking talks""")
)
EMPTY = wordlists.COMMON | frozenset(
    listed("""something anything everything nothing someone anyone everyone somebody people thing things stuff lot bit
    way ways kind sort couple few many most more great good nice big new last next other same whole own
    total today tomorrow yesterday morning afternoon evening tonight day days week weeks month months year
    years monday tuesday wednesday thursday friday saturday sunday link comment comments details hint
    example reason reasons question answer end part piece point fact case number side place time times name
    note sure true thanks thx luck fun glad hey hello hi dear yes no ok okay etc p.s ps pm am bravo wow oh h
    t ahead ago one's""")
)
_NOT_LAST = frozenset(
    listed("and & of for in on with between at from about against within across among during by into")
)


@dataclass(frozen=True)
class _Phrase:
    text: str
    words: tuple[str, ...]
    """The telling ones, lower case."""
    sentence: int
    name: bool
    led: bool
    """A determiner or a preposition stands before it, so that it does not begin with a verb."""


def topic(text: str) -> str:
    """The noun phrase that says best what a post is about, as it stands there; its first words where there is none."""
    found = phrases(text, 1)
    return found[0] if found else " ".join(texts.words(_bare(text))[:MOST_WORDS])


def phrases(text: str, most: int) -> list[str]:
    """The noun phrases that say best what a post is about, the best first; none has a telling word of one before."""
    rows = texts.sentences(_bare(text))
    found = [phrase for number, row in enumerate(rows) for phrase in _phrases(row, number)]
    weights = _weights(text, rows)
    found.sort(key=lambda phrase: (-_score(phrase, weights), phrase.sentence, phrase.text))
    out: list[str] = []
    told: set[str] = set()
    for phrase in found:
        roots = set(map(stem, phrase.words))
        if len(out) < most and told.isdisjoint(roots):
            out.append(phrase.text)
            told |= roots
    return out


def _bare(text: str) -> str:
    """Without emoji, and without hashtags but those that stand for a word of the sentence."""
    return str(EMOJI.sub(" ", HASHTAG.sub(lambda tag: tag.group()[1:], TAGS_LAST.sub("", text))))


def _weights(text: str, rows: list[str]) -> dict[str, float]:
    """What each word tells: how often it comes, against how common it is in general, more in the first sentences."""
    background = vocabulary.background()
    tags = " ".join(texts.hashtags(text)).lower()
    seen: Counter[str] = Counter()
    first: dict[str, int] = {}
    for number, row in enumerate(rows):
        for word in map(stem, vocabulary.tokens(row)):
            seen[word] += 1
            first.setdefault(word, number)
    usual = {word: background.get(word, 0) for row in rows for word in vocabulary.tokens(row)}
    out = {}
    for word, count in usual.items():
        root = stem(word)
        rare = max(0.2, math.log(1e5 / (count + 300)))
        early = 1.2 if first[root] == 0 else 0.7 if first[root] == 1 else 0.0
        tagged = 1.5 if len(root) > 3 and root in tags else 0.0
        out[word] = rare * (min(seen[root], 5) ** 0.8 + early + tagged)
    return out


def _score(phrase: _Phrase, weights: dict[str, float]) -> float:
    """A phrase of two or three telling words says most; a name alone or one word seldom says what a post is about."""
    told = sorted((weights.get(word, 0.5) for word in dict.fromkeys(phrase.words)), reverse=True)
    value = sum(weight * share for weight, share in zip(told, (1.0, 0.8, 0.5, 0.3, 0.2, 0.1), strict=False))
    single = len(told) == 1 and not phrase.name
    return value * (0.7 if phrase.name and len(told) < 3 else 0.8 if single else 1.0) * (1.0 if phrase.led else 0.75)


def stem(word: str) -> str:
    """A word without the ending of a plural or a possessive: enough to count it together."""
    word = regex.sub(r"'s$|'$", "", word)
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _phrases(row: str, number: int) -> list[_Phrase]:
    """The noun phrases of a sentence, each with what is joined to it by a preposition."""
    tokens = [match.group() for match in _TOKEN.finditer(row)]
    kinds = _kinds(tokens)
    out: list[_Phrase] = []
    at = 0
    while at < len(tokens):
        if kinds[at] != "N":
            at += 1
            continue
        end = _run(tokens, kinds, at)
        while at < end - 1 and _participle(tokens, at):
            at += 1
        stops = [end]
        while (more := _joined(tokens, kinds, stops[-1])) and more - at <= MOST_WORDS:
            stops.append(more)
        out += [phrase for stop in stops if (phrase := _made(tokens, kinds, at, stop, number))]
        at = end
    return out


def _kinds(tokens: list[str]) -> list[str]:
    """N a word that can stand in a noun phrase, D a determiner, J what joins two of them, X all else."""
    out: list[str] = []
    for at, token in enumerate(tokens):
        word = token.lower().replace("’", "'")
        before = tokens[at - 1].lower().replace("’", "'") if at else ""
        led = before in _DETERMINERS
        proper = token[:1].isupper() and at > 0 and tokens[at - 1] not in ".!?:" and word != "i"
        proper = proper and (word not in EMPTY or (tokens[at - 1][:1].isupper() and out[-1] == "N"))
        if word in _DETERMINERS:
            out.append("D")
        elif word in _JOINS:
            out.append("J")
        elif not any(c.isalnum() for c in token):
            out.append("X")
        elif proper:
            out.append("N")
        elif token[0].isdigit():
            out.append("A")
        elif word in _VERBS or word in _AUXILIARIES:
            out.append("N" if before in _ARTICLES and word not in _AUXILIARIES else "X")
        elif word in EMPTY or word.endswith("ly") or before in _AFTER_VERB:
            out.append("A" if led or (out and out[-1] == "A") else "X")
        elif word.endswith("ed") and not led and (not out or out[-1] != "A"):
            out.append("X")
        else:
            out.append("N")
    return out


def _run(tokens: list[str], kinds: list[str], at: int) -> int:
    """The end of a run of words that can stand in a noun phrase; `systems differs` ends before its verb."""
    begin = at
    while at < len(kinds) and kinds[at] == "N":
        if at > begin and not tokens[at][:1].isupper() and _plural(tokens[at]) and _plural(tokens[at - 1]):
            break
        at += 1
    return at


def _participle(tokens: list[str], at: int) -> bool:
    """Whether a run begins with `wearing` or `named`, and not with `the building`."""
    led = at > 0 and tokens[at - 1].lower() in _DETERMINERS
    return tokens[at].islower() and tokens[at].endswith(("ing", "ed")) and not led


def _alike(one: str, other: str) -> bool:
    """Whether `and` joins these two, and not two sentences: two names, or two plurals."""
    return (one[:1].isupper() and other[:1].isupper()) or (_plural(one) and _plural(other))


def _plural(word: str) -> bool:
    return word != stem(word) and not word.endswith(("'s", "’s"))


def _joined(tokens: list[str], kinds: list[str], at: int) -> int:
    """The end of `of the plant` after a noun phrase that ends at `at`; 0 where nothing is joined."""
    if at >= len(tokens) - 1 or kinds[at] != "J" or tokens[at].lower() in ("by", "into", "about", "from"):
        return 0
    if tokens[at].lower() == "and" and not (_alike(tokens[at - 1], tokens[at + 1])):
        return 0
    begin = at + 1
    while begin < len(tokens) and kinds[begin] in "DA" and begin < at + 4 and tokens[begin].lower() != "no":
        begin += 1
    end = _run(tokens, kinds, begin)
    return end if end > begin else 0


def _made(tokens: list[str], kinds: list[str], at: int, end: int, number: int) -> _Phrase | None:
    words = tuple(
        t.lower().replace("’", "'") for t, kind in zip(tokens[at:end], kinds[at:end], strict=True) if kind == "N"
    )
    if not words or sum(map(len, words)) < 4 or end - at > MOST_WORDS:
        return None
    name = all(token[:1].isupper() for token, kind in zip(tokens[at:end], kinds[at:end], strict=True) if kind == "N")
    led = at > 0 and (tokens[at - 1].lower() in _LEADS or kinds[at - 1] == "A")
    said = regex.sub(r"['’]s$", "", " ".join(tokens[at:end]))
    return _Phrase(said, words, number, name, led or name)
