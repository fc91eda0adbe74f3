"""The sentences of a text with their places, and which of them claim something."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import regex

from analytics import text as texts
from analytics.text import EMOJI, LINK, MENTION
from core.claims.plain import listed, plain

KINDS = ("claim", "opinion", "question", "call", "greeting", "frame")
_WORD = regex.compile(r"[\p{L}\p{N}]+(?:['’.,-][\p{L}\p{N}]+)*%?")
_MARK = regex.compile(r"^(?:[-*•◦–—▪►▶→✓✔✅🔹🔸👉]\uFE0F?|\(?\d{1,2}[.)])\s+|^[^\p{L}\p{N}\"“'‘(#@]+")
_GREETING = regex.compile(
    r"(?i)^(?:good (?:morning|afternoon|evening)|hello|hi|hey|dear|welcome|thank(?:s| you)|congrat\w*|happy (?:new|birth|"  # noqa: E501
    r"holiday|\w+day)|merry|cheers|see you|have a (?:great|good|nice)|enjoy)(?!\p{L})"
)
_OPINION = regex.compile(
    r"(?i)(?<!\p{L})(?:i (?:(?:really|still|just|do|also|now|honestly|firmly|sometimes|often) )?(?:think|believe|feel|find|love|hate|"  # noqa: E501
    r"like|hope|wish|guess|suspect|doubt|prefer|admire|adore|enjoy|would (?:say|argue|rather)|care|wonder|keep coming back)|"  # noqa: E501
    r"i'(?:d|m) (?:say|argue|rather|proud|glad|happy|sad|sorry|convinced|grateful|afraid|sure)|i am (?:proud|glad|happy|sad|"  # noqa: E501
    r"sorry|convinced|grateful|afraid|sure)|in my (?:view|opinion|eyes|book|experience)|"
    r"to my mind|(?:if )?you ask me|for my taste|as i see it|how i see it|to me|surpris\w+ me|stays with me|"
    r"should(?:n't)?|ought|must|worth|shame|pity|matters?|deserves?|perhaps|maybe|probably|may be|might)(?!\p{L})"
)
_JUDGES = regex.compile(
    r"(?i)(?<!\p{L})(?:(?:most|least) \p{L}+|best|worst|(?:the|her|his|my|our) (?!inter|requ|for|har|hon|gu|prot|inv|lat|near)\p{L}{3,}est|beauti\w+|ugl\w+|brav\w+|laz\w+|poor|great|wonderful|"  # noqa: E501
    r"terrible|gift|underrated|overrated|cheapest|honest|glamorous|silly|stupid|smart|clever|nothing else|has to be|"
    r"no (?:substitute|excuse|shortcut)|beats?|is not about|isn't about|says more|people are|teach(?:es)? (?:people|us|you)|"  # noqa: E501
    r"are built for|is a way of)(?!\p{L})"
)
_PAST = regex.compile(
    r"(?i)(?<!\p{L})(?:was|were|had|did|said|told|went|came|made|took|gave|found|fell|rose|\p{L}{2,}ed)(?!\p{L})"
)
_BROAD = regex.compile(
    r"(?i)(?<!\p{L})(?:all|every|everybody|everyone|most|many|studies|research|experts|companies|always|never|nobody|per ?cent|"  # noqa: E501
    r"data|statistics|proven|shows?|history|ever|in the (?:world|country|market|industry)|record|our)(?!\p{L})"
)
_CALLS = frozenset(
    listed("""add ask avoid be begin book bring build buy call cancel care check choose click close come comment compare connect
    consider contact copy count cut delete discover dm do don't download drop email enter expect explore feel find follow
    forget get give go grab have help hire hold imagine invite join keep learn leave let let's like listen look make measure
    meet mind move never note notice open pay pick plan please print publish pull push put question read register remember
    reply repost save say schedule see send set share show sign sit speak spend stand start stay stop subscribe switch tag
    take talk teach tell test thank think treat trust try turn use visit vote wait walk watch work write""")  # noqa: E501
)
_SUBJECTS = frozenset(
    listed("i we you he she they it this that these those there the a an my our your his her their its")
)
IDLE = frozenset(
    listed("""a about after again all also am an and any are as at be because been before being but by can could did do does doing
    down each even few for from get got had has have he her here him his how i if in into is it its just like me more most my
    no not now of off on one only or other our out over own same she should so some such than that the their them then there
    these they this those through to too under until up us very was we were what when where which while who whom whose why
    will with would you your yours mine ours i'm i've i'd it's that's don't doesn't didn't isn't wasn't aren't weren't won't
    can't couldn't wouldn't shouldn't we're we've you're they're there's here's what's let's really still ever yet thing
    things way lot bit today take takes took learn learned learnt lesson lessons story stories see happened happen happens
    explain come coming comes back keep keeps think thought matter matters p s ps p.s link links""")  # noqa: E501
)


LONGEST = 2_000
"""Characters of a sentence that is looked for over line breaks."""


def sentences(text: str) -> Iterator[tuple[str, int, int]]:
    """(sentence, start, end) in order; one that goes over a line break has it as a space. Lines of hashtags are none."""  # noqa: E501
    at = 0
    for said in texts.sentences(text):
        start, end = _place(text, said, at)
        if start < 0:
            continue
        at = end
        mark = _MARK.match(text[start:end])
        start += mark.end() if mark else 0
        sentence = text[start:end]
        if regex.search(r"[\p{L}\p{N}]", bare(sentence)):
            yield sentence, start, end


def _place(text: str, said: str, at: int) -> tuple[int, int]:
    """Where a sentence stands from `at` on, as it is or over line breaks; (-1, -1) where it cannot be found."""
    start = text.find(said, at)
    if start >= 0:  # nearly always; the pattern takes seconds for thousands of letters without a blank
        return start, start + len(said)
    pattern = r"[\s\u200b\u2060\ufeff]*".join(regex.escape(part) for part in said.split())
    found = regex.compile(pattern).search(text, at) if len(said) < LONGEST else None
    return found.span() if found else (-1, -1)


def bare(sentence: str) -> str:
    """A sentence without addresses, hashtags, mentions and emoji."""
    for pattern in (LINK, EMOJI, MENTION):
        sentence = pattern.sub(" ", sentence)
    return str(regex.sub(r"(?:\s*#\S+)+\s*$", "", sentence)).strip()


@functools.lru_cache(maxsize=2048)
def kind(sentence: str) -> str:
    """One of `KINDS`: what can be neither true nor false is no claim."""
    said = bare(plain(sentence).text)
    words = [w.lower() for w in _WORD.findall(said)]
    if said.rstrip("\"”’') ").endswith("?"):
        return "question"
    if _GREETING.match(said):
        return "greeting"
    if sum(w not in IDLE for w in words) < 2 and not any(c.isdigit() for c in said):
        return "frame"
    if words and words[0] in _CALLS and not (len(words) > 1 and words[1] in ("is", "are", "was", "were", "has", "had")):
        return "call"
    if _OPINION.search(said):
        return "opinion"
    if _JUDGES.search(said) and not _PAST.search(said) and not _BROAD.search(said):
        return "opinion"
    return "claim"


def sure(sentence: str) -> bool:
    """Whether a sentence says itself that it is an opinion; else it may be a claim that only sounds like one."""
    return _OPINION.search(plain(sentence).text) is not None
