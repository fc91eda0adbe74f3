"""What two sentences have in common, word by word: stems, meanings that exclude each other, strength, order."""

from __future__ import annotations

import functools

import regex

from core.claims.numbers import numbers
from core.claims.plain import listed, plain
from core.claims.sentences import IDLE

_WORD = regex.compile(r"[\p{L}\p{N}]+(?:['-][\p{L}\p{N}]+)*")
NEGATIONS = frozenset(
    listed("""not no never nobody none nothing neither nor nowhere without hardly barely cannot unable lack lacks lacked refuse refused
    refuses deny denied""")  # noqa: E501
)
_OPPOSITES = """
rise rose risen rises increase increased up grew gain gained more higher improved | fall fell fallen falls decrease decreased down shrank lost drop dropped less fewer lower worsened
faster quicker sooner shorter | slower later longer
cheaper cheap | dearer expensive costlier
before | after
first | last
open opened opens | close closed closes shut
love loved like liked welcome welcomed enjoyed | hate hated dislike disliked petition complain complained complains
keep kept stayed stays stay remained exists exist existed | drop dropped deleted removed gave left moved
older old | younger new newer
loud louder | quiet quieter
fullest full fuller | emptiest empty emptier
bottom | top
start started begin began | stop stopped end ended
win won | lose lost
success succeeded passed pass | failure failed fail fails
paid | unpaid
with | without
hired hire joined | fired fire left
accepted accept approved agreed agree | rejected reject refused against argued
easy easier | hard harder difficult
summer | winter
january | july
everyone everybody all every | nobody none
same | different
buy bought | sell sold
morning | evening afternoon night
early earlier | late later
best better | worst worse
public | private secret
strong stronger | weak weaker
doctors doctor | nurses nurse
customers customer buyers | suppliers
internal inside | external outside
permanent | review temporary
"""  # noqa: E501
_STRONG = frozenset(
    listed("""all every everybody everyone always never none entire entirely completely whole wholly ever anywhere
    most nobody totally sharply hugely enormously massively far biggest largest best worst first thousands hundreds
    doubled tripled everything""")
)
_MORE = regex.compile(
    r"(?i)(?<!\p{L})(?:(?:more|less|fewer) \p{L}+|\p{L}{3,}(?:ier|er) than|as \p{L}+ as|than any|(?:most|least) \p{L}+|better|worse|"  # noqa: E501
    r"\p{L}{3,}est|outperform\w*|exceed\w*|beats?)(?!\p{L})"
)
_CAUSE = regex.compile(r"(?i)(?<!\p{L})(?:because|due to|caused by|therefore|as a result|thanks to|led to)(?!\p{L})")
_CAUSE_TOO = regex.compile(
    r"(?i)(?<!\p{L})(?:because|due to|caus\w+|therefore|as a result|thanks to|led to|so|for this|why|reason\w*)(?!\p{L})"  # noqa: E501
)
_THAN = regex.compile(r"(?i)(?<!\p{L})than ((?:[^\s,.;]+ ?){1,3})")
_COMPARED = regex.compile(r"(?i)(?<!\p{L})(?:more|less|fewer|\p{L}{3,}er)(?!\p{L})")
_SUBJECT = regex.compile(
    r"(?i)(?!(?:according|after|at|before|between|by|during|each|every|for|from|he|i|if|in|it|of|on|over|she|since|some|they|"
    r"to|until|we|when|while|with|within|without|you)(?!\p{L}))(?:(?:the|an?|my|our|his|her|their|its|your)\s+)?[\p{L}'-]+ (?![^.]{0,25},)"  # noqa: E501
)
"""A sentence that begins with who does it."""
_APART = regex.compile(r"(?i)[;,:]\s+|\s+(?:and|but|while|whereas|when|because)\s+")
_ALIKE = (
    frozenset({"all", "every", "everybody", "everyone", "each", "always"}),
    frozenset({"nobody", "none", "alone", "only", "else"}),
    frozenset({"whole", "entire", "full"}),
    frozenset({"most", "largest", "biggest", "bulk"}),
)
_CUT = regex.compile(
    r"(?i)[,;:]\s+|\s+(?=(?:and|but|because|so|while|which|whose|who|after|before|when|since|with|without|by|for|from|than|that|"
    r"if|in|during|at|as)\s)"
)
_IRREGULAR = {
    "went": "go", "gone": "go", "fell": "fall", "fallen": "fall", "rose": "rise", "risen": "rise", "sold": "sell", "told": "tell",  # noqa: E501
    "said": "say", "left": "leave", "paid": "pay", "kept": "keep", "gave": "give", "given": "give", "took": "take", "taken": "take",  # noqa: E501
    "wrote": "write", "written": "write", "built": "build", "bought": "buy", "brought": "bring", "came": "come", "found": "find",  # noqa: E501
    "grew": "grow", "grown": "grow", "knew": "know", "known": "know", "lost": "lose", "made": "make", "met": "meet", "ran": "run",  # noqa: E501
    "saw": "see", "seen": "see", "sent": "send", "spent": "spend", "spoke": "speak", "spoken": "speak", "stood": "stand",  # noqa: E501
    "taught": "teach", "thought": "think", "won": "win", "began": "begin", "begun": "begin", "chose": "choose", "chosen": "choose",  # noqa: E501
    "hid": "hide", "held": "hold", "learnt": "learn", "learned": "learn", "felt": "feel", "cut": "cut", "children": "child",  # noqa: E501
    "men": "man", "women": "woman", "people": "person", "was": "be", "were": "be", "is": "be", "threw": "throw",
}  # fmt: skip
_CHANGE = regex.compile(r"(?<!\p{L})from (.{1,40}?) to ([^.;!?]{1,40})", regex.IGNORECASE)
_PER = regex.compile(
    r"(?<=\d\p{L}{0,2} |(?:one|two|three|four|five|six|seven|eight|nine|ten) |\d%? \p{L}{1,20} )(?:an?|per|every|each) "
    r"(hour|day|week|month|quarter|year)(?!\p{L})",
    regex.IGNORECASE,
)


@functools.lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A rough stem: waters, watering and watered are one."""
    word = regex.sub(r"'s?$|n't$", "", word.lower())
    word = _IRREGULAR.get(word, word)
    for end, least in (("ational", 8), ("ations", 8), ("ation", 7), ("ings", 6), ("ing", 5), ("ments", 7), ("ment", 7), ("ies", 4),  # noqa: E501
                       ("ied", 4), ("ers", 5), ("ness", 6), ("est", 6), ("ed", 4), ("er", 5), ("ly", 5), ("es", 4), ("s", 3), ("e", 4), ("y", 4)):  # fmt: skip  # noqa: E501
        if word.endswith(end) and len(word) >= least and not word.endswith("ss"):
            word = word[: -len(end)]
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word.rstrip("ei") if len(word) > 4 else word


def words(sentence: str) -> list[str]:
    """The words of a sentence in lower case, in order."""
    return [w.lower() for w in _WORD.findall(plain(sentence).text)]


@functools.lru_cache(maxsize=4096)
def content(sentence: str) -> tuple[str, ...]:
    """The stems of what a sentence is about, in order."""
    return tuple(stem(w) for w in words(sentence) if w not in IDLE and w not in NEGATIONS and len(w) > 1)


@functools.lru_cache(maxsize=4096)
def denied(sentence: str) -> bool:
    """Whether a sentence says no: an odd number of negations."""
    found = words(sentence)
    return sum(w in NEGATIONS or w.endswith("n't") for w in found) % 2 == 1


def opposed(said: str, source: str) -> tuple[str, str] | None:
    """Two words of a sentence and its source that exclude each other, or None."""
    one, two = set(words(said)), set(words(source))
    for left, right in _pairs():
        for a, b in ((left, right), (right, left)):
            mine, theirs = one & a - two, two & b - one
            if mine and theirs and not one & b and not two & a:
                return min(mine), min(theirs)
    return None


def stronger(said: str, source: str) -> str:
    """A word by which a sentence claims more than its source, or ''."""
    have = set(words(source))
    known = {word for group in _ALIKE if group & have for word in group}
    if denied(said) and denied(source):
        known |= NEGATIONS | {"ever", "any", "anybody", "anyone"}
    compares = _MORE.search(source) is not None
    for word in words(said):
        if word in _STRONG and word not in have | known and not (word == "most" and compares):
            return word
    found = _MORE.search(said)
    return found.group() if found and not compares else ""


def caused(said: str, source: str) -> bool:
    """Whether a sentence gives a cause that its source does not give."""
    cause = _CAUSE.search(said)
    if cause is None or _CAUSE_TOO.search(source):
        return False
    given = content(said[cause.end() :])
    return sum(word in content(source) for word in given) < 0.5 * len(given)


def recounted(said: str, source: str) -> str:
    """A thing that is counted otherwise in the source, or '': nine countries, where the source has five."""
    counted = _counts(source)
    for thing, number in _counts(said).items():
        if thing in counted and counted[thing] != number:
            return thing
    return ""


def reversed_change(said: str, source: str) -> bool:
    """Whether a change runs the other way (from 5 to 14, not from 14 to 5), or over another time (a year, a month)."""
    ends = [_CHANGE.search(one) for one in (said, source)]
    if ends[0] and ends[1]:
        mine, theirs = ([frozenset(w for n in numbers(e[part]) for w in n.wants) for part in (1, 2)] for e in ends if e)
        if mine[0] and mine[1] and mine[0] != mine[1] and mine == theirs[::-1]:
            return True
    mine_per, their_per = ({found.lower() for found in _PER.findall(one)} for one in (said, source))
    return bool(mine_per and their_per) and not mine_per & their_per


def turned(said: str, source: str) -> bool:
    """Whether who does it to whom, or who is more than whom, is the other way round."""
    if " by " in said or " by " in source:
        return False
    after = _THAN.search(said)
    if after is not None and (compared := _THAN.search(source) or _COMPARED.search(source)):
        than = set(content(after.group(1)))
        if than & set(content(source[: compared.start()])):
            return not than & set(content(said[: after.start()]))
    mine, theirs = ([content(c) for c in _APART.split(one) if len(content(c)) > 1] for one in (said, source))
    openers = {c[0] for c in theirs}
    for clause in mine:
        shared = [len(set(clause[1:]) & set(c[1:])) for c in theirs]
        best = max(shared, default=0)
        if best and shared.count(best) == 1 and clause[0] in openers and theirs[shared.index(best)][0] != clause[0]:
            return True
    return False


def another(said: str, source: str) -> bool:
    """Whether a sentence says of somebody else what its source says: the subject alone differs."""
    mine, theirs = content(said), content(source)
    if not _SUBJECT.match(said) or not _SUBJECT.match(source):
        return False  # what stands first is not who does it
    if len(mine) < 3 or not theirs or mine[0] in theirs or theirs[0] in mine:
        return False
    rest = [word in theirs for word in mine[1:]]
    return sum(rest) >= 0.75 * len(rest)


def clauses(sentence: str) -> list[str]:
    """A sentence in pieces of at least two telling words each, cut before conjunctions and prepositions."""
    out: list[str] = []
    for piece in _CUT.split(sentence):
        if out and len(content(out[-1])) < 2:
            out[-1] += f" {piece}"
        elif piece.strip():
            out.append(piece)
    if len(out) > 1 and len(content(out[-1])) < 2:
        out[-2:] = [f"{out[-2]} {out[-1]}"]
    return out


@functools.lru_cache(maxsize=2048)
def _counts(sentence: str) -> dict[str, str]:
    """What is counted, and the number: {"countr": "5"}; a thing that is counted twice is left out."""
    out: dict[str, str] = {}
    twice = set()
    text = plain(sentence).text
    for number in numbers(text):
        after = regex.match(r"[\s-]+([\p{L}-]{3,})", text[number.end :])
        if number.wants and after and after.group(1).lower() not in IDLE:
            thing = stem(after.group(1))
            twice |= {thing} & out.keys()
            out[thing] = number.wants[0]
    return {thing: number for thing, number in out.items() if thing not in twice}


@functools.cache
def _pairs() -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    rows = (row.split("|") for row in _OPPOSITES.strip().splitlines())
    return tuple((frozenset(left.split()), frozenset(right.split())) for left, right in rows)
