"""Closed classes of English words whose rates are features of style."""

from __future__ import annotations

from collections import defaultdict

CLASSES: dict[str, tuple[str, str]] = {
    # name: what people call it, its words
    "first_singular": ("“I”, “me”, “my”", "i me my mine myself i'm i've i'd i'll"),
    "first_plural": ("“we”, “us”, “our”", "we us our ours ourselves we're we've we'd we'll let's"),
    "second_person": ("“you”, “your”", "you your yours yourself yourselves you're you've you'd you'll"),
    "third_person": (
        "“he”, “she”, “they”",
        "he him his she her hers they them their theirs he's she's they're they've they'd they'll",
    ),
    "negations": (
        "negations",
        "no not never none nothing nobody nor neither cannot don't doesn't didn't isn't aren't wasn't "
        "weren't won't wouldn't can't couldn't shouldn't haven't hasn't hadn't ain't",
    ),
    "hedges": (
        "hedging words",
        "maybe perhaps probably possibly might could seem seems seemed somewhat rather fairly quite "
        "often usually generally sometimes mostly likely apparently arguably roughly almost",
    ),
    "boosters": (
        "strong words",
        "very really truly absolutely completely totally extremely incredibly always never every all "
        "must definitely certainly clearly obviously indeed best amazing great huge",
    ),
    "connectives": (
        "connecting words",
        "however therefore thus hence moreover furthermore because since although though while whereas "
        "instead meanwhile otherwise besides nevertheless finally then so but yet",
    ),
    "modals": ("“should”, “must”, “can”", "should must can could would will shall may might ought need"),
    "demonstratives": ("“this”, “that”, “these”", "this that these those here there"),
    "question_words": ("“what”, “why”, “how”", "what why how who when where which whom whose"),
    "prepositions": (
        "prepositions",
        "of in to for with on at by from about into over after under between through during before "
        "against among within without across upon toward towards around",
    ),
    "contractions": ("contractions", ""),
}
"""The last is found by its apostrophe; possessives (`'s`) are left out, as they cannot be told from “it's”."""

_COMMON = (
    "the to and a of in is for that it on this with are be as but have not at was so just more about "
    "from by or can if an"
)
COMMON: tuple[str, ...] = tuple(_COMMON.split())
"""The words that English has most of: how often somebody uses each is hardly a matter of subject."""

_OTHERS = (
    "am is are was were be been being have has had having do does did the a an and or if than as that it its it's there"
    " each any some many much more most few less other another such same own too also even still only just again up out"
    " off down both either one"
)


def _membership() -> dict[str, frozenset[str]]:
    """Word -> the classes that it is in; `function` is every small word."""
    out: dict[str, set[str]] = defaultdict(set)
    for name, (_, members) in CLASSES.items():
        for word in members.split():
            out[word].add(name)
            if name != "boosters":
                out[word].add("function")
    for word in _OTHERS.split():
        out[word].add("function")
    return {word: frozenset(names) for word, names in out.items()}


MEMBERSHIP: dict[str, frozenset[str]] = _membership()
"""Word (lower case, straight apostrophe) -> its classes."""
