"""Cards that tests and goldens set: the same words in every family and size, in two scripts."""

from __future__ import annotations

from core.images.model import Card, Page

NAME = "Mara Lindqvist"
LATIN = Card(
    form="hook",
    name=NAME,
    headline="Head of Platform. Writes about calm engineering and teams that sleep.",
    pages=(
        Page("hook", "We stopped shipping on Fridays. Revenue went up.", "What eleven quiet weekends taught a team."),
    ),
)
ARABIC = Card(
    form="carousel",
    theme="dark",
    language="ar",
    name="ليلى حداد",
    headline="مهندسة برمجيات",
    pages=(
        Page("hook", "توقفنا عن النشر يوم الجمعة", "ما تعلمه فريق من تسعة أشخاص."),
        Page("point", "ثلاث قواعد", "- لا شيء يخرج بعد ظهر الخميس\n- من يدمج يراقب"),
        Page("call", "ماذا كان فريقك ليفعل؟", "اكتب لي في التعليقات."),
    ),
)
CAROUSEL = Card(
    form="carousel",
    name=NAME,
    headline="Head of Platform",
    pages=(
        LATIN.pages[0],
        Page("point", "Fewer deploys, fewer apologies", "On call answered 41 pages in spring. In autumn it was six."),
        Page("point", "Three rules that stuck", "- Nothing ships after Thursday noon\n2. A rollback is rehearsed"),
        Page("call", "What would your team do with a quiet Friday?", "Tell me below."),
    ),
)
QUOTE = Card(
    form="quote",
    name=NAME,
    headline="Head of Platform",
    pages=(Page("quote", "", "The fastest team I worked with most often decided to wait.", NAME),),
)
LONG_WORDS = Card(
    form="carousel",
    language="de",
    name="Änne Öztürk",
    pages=(
        Page("hook", "Donaudampfschifffahrtsgesellschaftskapitän gesucht am 2023-06-22:"),
        Page(
            "point",
            "Aufmerksamkeitsdefizit-Hyperaktivitätsstörung verstehen",
            "Siehe https://example.com/very/long/path/that/never/ends?with=parameters&and=more_of_them#section dazu.",
        ),
        Page("text", "", "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz " + "x" * 90),
    ),
)
