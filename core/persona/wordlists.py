"""Small word lists that figures of tone rest on. Written for Timbre; readable, so that a figure can be checked by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

FORMAL = {
    "article": "a an the",
    "preposition": (
        "about above across after against along among around as at before behind below beneath beside between beyond by "
        "despite during except for from in inside into like near of off on onto out outside over per since than through "
        "throughout to toward towards under until upon via with within without"
    ),
}
"""Closed classes that grow with formality (Heylighen & Dewaele 1999)."""

INFORMAL = {
    "pronoun": (
        "i me my mine myself you your yours yourself he him his himself she her hers herself it its itself we us our ours "
        "ourselves they them their theirs themselves this that these those who whom whose which what something anything "
        "nothing everything someone anyone everyone nobody everybody somebody i'm i've i'd i'll you're you've you'd you'll "
        "he's she's it's we're we've we'd we'll they're they've they'd they'll that's what's who's let's"
    ),
    "auxiliary": (
        "am is are was were be been being have has had having do does did doing can could will would shall should may might "
        "must isn't aren't wasn't weren't haven't hasn't hadn't don't doesn't didn't can't couldn't won't wouldn't "
        "shouldn't mustn't get got gets gonna wanna"
    ),
    "adverb": (
        "not never always often sometimes just really very quite too also only even still already again now then here there "
        "today tomorrow yesterday soon maybe perhaps actually basically literally simply so how when where why anyway "
        "together almost enough pretty"
    ),
    "interjection": "oh wow hey hi hello yes yeah yep no nope ok okay well please thanks thank haha lol hmm ah ouch congrats",
}
"""Closed classes that shrink with formality."""

POSITIVE = frozenset(
    """accomplish accomplished achievement achieve admire amazing appreciate appreciated authentic awesome beautiful
    beloved benefit benefits best better bold brave bright brilliant calm capable care caring celebrate celebrated celebrating
    champion cheer clever comfortable confident congratulations congrats creative delight delighted delightful eager easy
    elegant enjoy enjoyed enjoying enthusiasm enthusiastic excellent excited exciting exceptional extraordinary fabulous
    fair faithful fantastic fascinating favorite favourite fine friend friendly friends fun funny generous genius gift glad
    good gorgeous grateful gratitude great greatest grow growing growth happier happiest happily happiness happy healthy help
    helped helpful helping honest honor honored honour honoured hope hopeful humbled improve improved improvement impressive
    incredible incredibly innovative insightful inspire inspired inspiring interesting joy joyful kindness laugh laughed
    learn learned legendary liked love loved lovely loving lucky magic magical magnificent marvelous meaningful nice
    opportunity optimistic outstanding passion passionate patient peace perfect perfectly pleasant pleased pleasure popular
    positive positively possible powerful praise precious pretty pride privilege privileged progress promising proud proudly
    remarkable respect rewarding rich safe safer safest satisfied smart smile special spectacular strong stronger stunning
    succeed succeeded success successes successful superb support supportive surprise talented terrific thank thankful thanks
    thoughtful thrilled thrive thriving top treasure triumph trust trusted useful valuable vibrant victory welcome
    win winner winning winners wins wisdom wise wonderful worthy yay""".split()
)
"""Words that are glad or approving in most posts."""

NEGATIVE = frozenset(
    """abuse afraid alarming anger angry annoyed annoying anxiety anxious attack attacks awful awkward bad badly blame blind
    boring broke broken burden burnout chaos cheat complain complicated concern concerned concerns confused confusing
    confusion corrupt corruption crash crisis critical cruel cry damage damaged damaging danger dangerous dead deadly death
    deceive defeat delusional denial depressed depressing depression desperate despair destroy destroyed destruction
    difficult difficulty dirty disagree disappointed disappointing disappointment disaster disastrous disease disgusting
    dishonest distrust doom doubt dreadful dumb enemy error errors evil excuse exhausted exhausting expensive fail failed
    failing fails failure failures fake false fault fear fearful fears fight flawed flaws fool foolish forget frightened
    frustrated frustrating frustration grief guilty harm harmful harsh hate hated hatred hopeless horrible horror hostile hurt
    hurts idiot idiotic ignorance ignorant ignore ignored ill illegal impossible incompetent inferior insane insult
    irresponsible jealous kill killed killing lack lacking lazy liar lie lied lies lonely lose loser losing loss losses lost
    mad mediocre mess messy misery misleading mistake mistaken mistakes misunderstood nasty negative nervous nightmare
    nonsense obsolete outrage outrageous overwhelmed overwhelming pain painful panic pathetic pessimistic pity pointless
    poison poor poorly problem problems propaganda racist reject rejected regret ridiculous risk risks risky ruin ruined sad
    sadly scam scandal scare scared scary scream selfish serious shame shameful shit shock shocked shocking sick silly
    stress stressed stressful struggle struggled struggles struggling stupid suck sucks suffer suffered suffering terrible
    terribly terrified terror threat threaten threats tired toxic tragedy tragic trouble troubled ugly unable
    unacceptable unfair unfortunate unfortunately unhappy unsafe upset useless victim victims violence violent war wars waste
    wasted weak weakness weird wicked worried worries worry worrying worse worst worthless wrong wrongly""".split()
)
"""Words that are sad, hostile or disapproving in most posts."""

NEGATIONS = frozenset("not no never without hardly cannot can't don't doesn't didn't isn't aren't wasn't won't nor".split())

TONE = {
    "i": "i i'm i've i'd i'll me my mine myself",
    "we": "we we're we've we'd we'll us our ours ourselves",
    "you": "you you're you've you'd you'll your yours yourself yourselves",
    "warm": (
        "thank thanks thankful grateful gratitude appreciate congratulations congrats welcome friend friends dear happy glad "
        "love loved loving proud please hope wish together team family everyone honored honoured pleasure celebrate kind hello hi"
    ),
    "hedge": (
        "maybe perhaps might may could possibly probably seem seems seemed appear appears apparently likely unlikely suggest "
        "suggests guess suppose somewhat almost roughly arguably sometimes often usually generally partly tend tends think believe"
    ),
    "booster": (
        "always never every must definitely certainly clearly obviously absolutely completely totally entirely truly "
        "undoubtedly surely indeed exactly fact simply cannot everything nothing"
    ),
    "story": (
        "yesterday ago once when remember remembered told said asked thought realized realised felt met knew began became "
        "decided learned grew walked sat suddenly later morning night"
    ),
    "contrast": "but however yet although though instead despite nevertheless wrong myth disagree contrary actually whereas",
}
"""Marks of person, warmth, certainty, narration and dissent."""


def _index() -> dict[str, tuple[str, ...]]:
    out: dict[str, list[str]] = {}
    for group in (FORMAL, INFORMAL, TONE):
        for name, members in group.items():
            for word in members.split():
                out.setdefault(word, []).append(name)
    return {word: tuple(names) for word, names in out.items()}


_CLASSES = _index()
CLASSES = (*FORMAL, *INFORMAL, *TONE, "positive", "negative")


def tally(words: Sequence[str]) -> Counter[str]:
    """How many words of each class; positive and negative ones within three words of a negation change sides."""
    out: Counter[str] = Counter()
    for at, word in enumerate(words):
        for name in _CLASSES.get(word, ()):
            out[name] += 1
        glad, sad = word in POSITIVE, word in NEGATIVE
        if glad or sad:
            turned = any(w in NEGATIONS for w in words[max(0, at - 3) : at])
            out["negative" if glad == turned else "positive"] += 1
    return out

COMMON = frozenset(_CLASSES) - {
    word for name in ("warm", "story") for word in TONE[name].split() if word not in ("when", "hi", "hello", "please")
} | frozenset(
    """and or nor if because while whether unless as than though although but however s t re ve ll d m one two three four
    five first last next new same other another any some many much more most less least few several each both either such
    own every all there's here's it'll make makes made making take takes taken taking go goes going gone went come comes
    coming came know knows known say says said see sees seen saw use uses used using want wants need needs way ways thing
    things lot lots time times year years day days week people person let put give gives given look looks looking find
    find found work works working part back right left long little big good great better best old high low able different
    important real really kind end start started point case number example fact place world via etc vs rather else since
    away ever far again around down up out off over under full enough""".split()
)
"""Words too common to be anybody's subject."""

STYLE = tuple(
    line.strip()
    for line in """very; really; so much; extremely; incredibly; absolutely; truly; totally; highly; completely; definitely; clearly
    obviously; amazing; awesome; incredible; exciting; excited; thrilled; proud; honored; great; best; huge; massive; unique
    powerful; passionate; passion; love; innovative; innovation; leverage; ecosystem; empower; impact; journey; mindset
    transform; transformation; insights; solutions; opportunity; opportunities; key; strategy; growth; success; successful
    leading; leaders; leader; world-class; cutting-edge; seamless; robust; actually; basically; literally; simply; quite
    pretty; maybe; perhaps; probably; however; therefore; moreover; furthermore; thus; indeed; although; nevertheless; despite
    please; thanks; thank you; congratulations; congrats; welcome; happy; glad; sorry; wonderful; fantastic; guys; folks
    stuff; cool; fun; crazy; damn; hell; always; never; everyone; nobody; honestly; frankly; in fact; of course; check out
    learn more; don't miss; join us; stay tuned; let me know; looking forward; feel free; i think; i believe; i feel; in my opinion;
    hope; hopefully; dear; friends; team; together; community; proud to; excited to; happy to; kind of; a lot
    a bit; lots of; must; should; simple; easy; just; hard; wrong; bad; problem; problems; fear; sure; course; anyway; well
    nice; beautiful; inspiring; inspired; grateful; dream; dreams; heart; feel; story; lesson; lessons; tips; secret; truth
    remember; imagine; stop; today; yesterday; tomorrow; finally; recently; currently; importantly; interestingly
    unfortunately; sadly""".replace("\n", ";").split(";")
    if line.strip()
)
"""Words and phrases of style rather than subject: the ones whose absence says something."""
