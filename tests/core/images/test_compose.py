"""From a text to a card: nothing invented, nothing torn, as many pages as the form takes; alt texts of the same words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.generate.brief import BriefFields
from core.images import alt, compose
from core.images.model import PAGES, Card, Page

POST = """Nobody lied to me during the audit.

They had simply stopped mentioning what everyone already knew. I spent 14 weeks on the northern plant.

Three things I do now:
- Read the margins first.
- Ask the person who fixes things, not the one who reports them.

My notebook says it plainly: the valves were fine, and the paperwork was fiction.

More at https://example.com/audit

What have you stopped mentioning? #audit #safety"""


def words(value: str) -> list[str]:
    return re.findall(r"\w+", value.lower())


def said(card: Card) -> list[str]:
    return [word for page in card.pages for word in words(f"{page.title} {page.body}")]


def test_a_carousel_opens_with_the_opening_makes_points_and_ends_with_the_call() -> None:
    card = compose.propose(POST, "Ada Berg", "carousel")
    assert [p.role for p in card.pages] == ["hook", "point", "point", "point", "call"]
    assert card.pages[0].title == "Nobody lied to me during the audit." and not card.pages[0].body
    assert card.pages[2].title == "Three things I do now"
    assert card.pages[2].body.split("\n")[0] == "- Read the margins first."
    assert card.pages[3].title == "My notebook says it plainly"  # a colon parts a title from what it announces
    assert card.pages[-1].title == "What have you stopped mentioning?"
    assert card.name == "Ada Berg" and len({p.key for p in card.pages}) == 5


def test_the_brief_s_call_closes_the_carousel() -> None:
    brief = BriefFields(topic="t", call_to_action="Write to me about your audit.")
    card = compose.propose(POST, "Ada", "carousel", brief=brief)
    assert card.pages[-1] == Page("call", title="Write to me about your audit.", alt=card.pages[-1].alt, key="6")


@pytest.mark.parametrize("form", ["quote", "hook", "carousel", "thread"])
def test_every_word_stands_in_the_text_in_its_order_and_no_address_or_hashtag_does(form: str) -> None:
    card = compose.propose(POST, "Ada", form)  # type: ignore[arg-type]
    rest = iter(words(POST))
    assert said(card) and all(word in rest for word in said(card))
    assert not any(sign in p.title + p.body for p in card.pages for sign in ("http", "#"))


def test_a_quotation_comes_without_marks_and_says_who_said_it() -> None:
    text = "“Ship it,” she said.\n\nI never trust a report before I have met the person behind it."
    (page,) = compose.propose(text, "Ada Berg", "quote").pages
    assert page.role == "quote" and page.source == "Ada Berg"
    assert page.body == "I never trust a report before I have met the person behind it."
    assert page.alt == f"“{page.body}” — Ada Berg"
    (blank,) = compose.propose("“Ship it,” she said.", "Ada Berg", "quote").pages
    assert (blank.body, blank.source, blank.alt) == ("", "Ada Berg", "")


def test_a_sentence_that_says_nothing_alone_is_no_hook_and_no_quotation() -> None:
    opening = (
        "A long opening that nobody would ever put on a card " + "because it goes on and on " * 4 + "until it ends."
    )
    leaning = f"{opening}\n\nPumps do not, since nobody owns them.\n\nWe mended 4, but never 5."
    told = compose.propose(f"{leaning}\n\nNobody trusts a log without a single hole in it.", "Ada", "hook")
    assert told.pages[0].title == "Nobody trusts a log without a single hole in it."
    (page,) = compose.propose(
        f"{leaning}\n\nI always read the margins first.\n\nA talk that is not long:", "Ada", "quote"
    ).pages
    assert page.body == "I always read the margins first."


def test_a_hook_that_a_list_goes_on_from_says_so_and_one_line_more_is_not_cut() -> None:
    asked = "I know many people in this trade who\n- never sleep\n- never ask why"
    for form in ("hook", "carousel"):
        card = compose.propose(asked, "Ada", form)
        assert card.pages[0].title == "I know many people in this trade who …"
        assert sum("many people" in p.title + p.body for p in card.pages) == 1
    whole = "There are three things that keep a good report from being read by anybody."
    assert compose.propose(f"{whole}\n\nThe rest.", "Ada", "hook").pages[0].title == whole


def test_images_of_a_thread_hold_the_whole_text() -> None:
    long = "\n\n".join(
        f"This is paragraph {n} of a long story about the plant, and it goes on for a while." for n in range(60)
    )
    card = compose.propose(long, "Ada", "thread")
    assert said(card) == words(long)
    assert PAGES["thread"][0] <= len(card.pages) <= PAGES["thread"][1]
    short = compose.propose("Nobody lied to me. They had stopped saying it.", "Ada", "thread")
    assert [p.body for p in short.pages] == ["Nobody lied to me.", "They had stopped saying it."]


def test_a_long_opening_gives_way_to_a_short_one_and_is_not_lost() -> None:
    opening = ("When we began the audit of the northern plant in the spring of the year before last nobody thought that it "
               "would take us more than a couple of weeks to find out what was wrong with it.")  # fmt: skip
    card = compose.propose(f"{opening}\n\nNobody lied to us.\n\nThe valves were fine.\n\nWhat now?", "Ada", "carousel")
    assert card.pages[0].title == "Nobody lied to us."
    assert words(opening) == words(card.pages[1].body)[: len(words(opening))]


def test_a_cover_taken_from_the_middle_is_not_said_twice_and_a_list_stays_with_what_announces_it() -> None:
    opening = "When we began " + "the audit of the plant and " * 10 + "nobody knew."
    card = compose.propose(f"{opening}\n\nNobody ever lied.\n\nI want three things from now on in this place:\n"
                           f"- Margins {'that somebody has read ' * 8}\n"
                           "- Valves that are counted twice by two people who do not like each other very much", "Ada",
                           "carousel")  # fmt: skip
    assert card.pages[0].title == "Nobody ever lied."
    assert sum("Nobody ever lied" in p.title + p.body for p in card.pages) == 1
    (announced,) = [p for p in card.pages if "three things" in p.title + p.body]
    assert announced.title == "I want three things from now on in this place" and announced.body.startswith("- Margins")


def test_letters_that_only_look_bold_become_letters() -> None:
    card = compose.propose("𝗡𝗼𝗯𝗼𝗱𝘆 lied to 𝑚𝑒.", "Ada", "hook")
    assert card.pages[0].title == "Nobody lied to me."


def test_marks_of_emphasis_are_not_set_and_other_signs_are() -> None:
    for typed, shown in (
        ("I *still* think so.", "I still think so."),
        ("It was **really bad**, _you know_.", "It was really bad, you know."),
        ("Call `to_html` on it.", "Call to_html on it."),
        ("Two is 4*2*1 and a_b_c is one.", "Two is 4*2*1 and a_b_c is one."),
        ("A footnote* is one thing* only.", "A footnote* is one thing* only."),
        ("It costs 5 * 3 * 2 euros.", "It costs 5 * 3 * 2 euros."),
        ("Free (*) for all (*) of you.", "Free (*) for all (*) of you."),
    ):
        assert compose.propose(typed, "Ada", "hook").pages[0].title == shown


@pytest.mark.parametrize("form", ["quote", "hook", "carousel", "thread"])
@pytest.mark.parametrize("fold", ["\n \n \n …see more", " ...see more", " …more", "\n... more"])
def test_linkedin_s_own_words_below_a_copied_post_are_on_no_page(form: str, fold: str) -> None:
    card, bare = (compose.propose(text, "Ada", form) for text in (POST + fold, POST))  # type: ignore[arg-type]
    assert said(card) == said(bare)
    kept = compose.propose("Less is … more", "Ada", "hook")
    assert kept.pages[0].title == "Less is … more"


@pytest.mark.parametrize("label", ["Quote", "📌 Please note", "P.S.", "Zitat", "UPDATE"])
def test_a_label_that_says_only_what_kind_of_thing_follows_is_no_title(label: str) -> None:
    for parting in (" ", "\n"):
        text = POST.replace("My notebook says it plainly: the", f"{label}:{parting}The")
        card = compose.propose(text, "Ada", "carousel")
        assert label not in [page.title for page in card.pages]
        (page,) = [page for page in card.pages if "paperwork was fiction" in page.body]
        assert page.body.startswith(f"{label}:")
    blank = compose.propose("Quote: The valves were fine and the paperwork was fiction.", "Ada", "quote")
    assert not blank.pages[0].body  # somebody else's, it seems: nobody is given another's words


def test_a_title_is_not_cut_out_of_a_quotation_or_a_bracket() -> None:
    talk = '"Valves that lie: twenty years of looking at what nobody oils in the whole plant up north".'
    card = compose.propose(f"{POST}\n\n{talk}", "Ada", "carousel")
    assert not any(page.title.count('"') % 2 for page in card.pages)
    long = "The valve war (yes, there is one) between two plants in the north is telling everybody how, and how not, to oil it"
    assert compose.propose(long + " in the winter of that year.", "Ada", "hook").pages[0].title.count(")") == 1


def test_a_list_within_a_line_comes_apart_into_its_items() -> None:
    for typed, items in (
        ("Do this: 1. Read the margins. 2. Ask the fixer. 3. Write it down. Then go home.", "1. 2. 3."),
        ("Do this: ✅ Read the margins ✅ Ask the fixer ✅ Write it down. Then go home.", "✅ ✅ ✅"),
        ("- Read the margins. - Ask the fixer. - Write it down. Then go home.", "- - -"),
    ):
        told = "\n".join(page.body for page in compose.propose(typed, "Ada", "thread").pages)
        rows = [row for row in told.split("\n") if row]
        marks = [row.split()[0] for row in rows if row.split()[0] in set(items.split())]
        assert marks == items.split() and rows[-1] == "Then go home."


@pytest.mark.parametrize(
    "first",
    ["Am 1. Januar ging es los, und am 2. Februar war Schluss damit.", "We lost in round 1. Then came 2. Not again.",
     "Price * quantity * margin is profit.", "Point (1) Alpha and (2) Beta are fine.", "Speaker • Author • Reader."],
)  # fmt: skip
def test_a_number_or_a_sign_within_a_sentence_begins_no_list(first: str) -> None:
    (page,) = compose.propose(f"{first} Then we went home.", "Ada", "hook").pages
    assert page.title in (first, "We lost in round 1.")
    body = "\n".join(page.body for page in compose.propose(f"{first} Then we went home.", "Ada", "thread").pages)
    assert " ".join(body.split()) == f"{first} Then we went home."


def test_a_clause_on_a_page_of_its_own_keeps_its_figures_and_its_names() -> None:
    two = "We waited for a whole year: eBay sellers liked it the most. We had planned for 10 - 20 people in the room."
    told = [page.title or page.body for page in compose.propose(two, "Ada", "carousel").pages]
    assert told == ["We waited for a whole year …", "eBay sellers liked it the most.",
                    "We had planned for 10 - 20 people in the room."]  # fmt: skip


def test_a_short_post_is_parted_between_its_clauses_or_left_for_a_person() -> None:
    two = ("Nobody lied to me during the audit of the plant. They had stopped mentioning what everyone knew, because "
           "nobody wrote it down in the first place.")  # fmt: skip
    pages = compose.propose(two, "Ada", "carousel").pages
    assert [page.title or page.body for page in pages] == [
        "Nobody lied to me during the audit of the plant.",
        "They had stopped mentioning what everyone knew …",
        "because nobody wrote it down in the first place.",
    ]
    whole = "Three plants took part: Northern, Eastern, Western, and the small one by the harbour that nobody counts."
    assert len(compose.propose(whole.replace(":", ""), "Ada", "carousel").pages) == 1  # things in a row are no clauses


def test_a_carousel_does_not_end_with_what_leads_to_a_link() -> None:
    for ending in ("Here is where I stand.", "Here's to more of that!", "More from less."):
        last = compose.propose(f"{POST.partition('More at')[0]}{ending}", "Ada", "carousel").pages[-1]
        assert ending in (last.title, last.body.split("\n")[-1]) or last.body.endswith(ending)
    for ending in (
        "Register here:",
        "Learn more at the link below 👇",
        "Video: https://example.com/v",
        "Here's why:",
        "Here’s why.",
    ):
        last = compose.propose(f"{POST.partition('More at')[0]}{ending}", "Ada", "carousel").pages[-1]
        assert "paperwork was fiction" in last.title + last.body


def test_a_cover_that_is_cut_or_announces_says_that_it_goes_on() -> None:
    asked = "Three things that I do now:\n\nI read. I ask. I write it down."
    assert compose.propose(asked, "Ada", "hook").pages[0].title == "Three things that I do now …"
    long = "When the plant in the north passed, nobody " + "asked the people who fix the old valves " * 4 + "."
    assert compose.propose(long, "Ada", "hook").pages[0].title == "When the plant in the north passed …"


@pytest.mark.parametrize("text", ["", "   ", "https://example.com", "#one #two", "🚀"])
@pytest.mark.parametrize("form", ["quote", "hook", "carousel", "thread"])
def test_a_text_with_nothing_to_say_gives_a_page_to_type_on(text: str, form: str) -> None:
    card = compose.propose(text, "Ada", form)  # type: ignore[arg-type]
    assert len(card.pages) >= 1
    assert Card.restored(card.record()) == card


def test_an_adapted_variant_is_taken_word_for_word() -> None:
    card = compose.adapted(["Cover", "A point\nand its words.", "Call me"], "Ada", "carousel")
    assert [(p.role, p.title, p.body) for p in card.pages] == [
        ("hook", "Cover", ""), ("point", "A point", "and its words."), ("call", "Call me", "")
    ]  # fmt: skip
    (quote,) = compose.adapted(["“Read the margins.”\n— Ada"], "Ada", "quote").pages
    assert (quote.body, quote.source) == ("Read the margins.", "Ada")


@settings(max_examples=25)
@given(st.text(max_size=200), st.sampled_from(["quote", "hook", "carousel", "thread"]))
def test_no_text_breaks_it(text: str, form: str) -> None:
    card = compose.propose(text, "Ada", form)  # type: ignore[arg-type]
    assert card.pages and (len(card.pages) <= PAGES["carousel"][1] or form == "thread")
    assert all(len(p.alt) <= alt.LONGEST for p in card.pages)


def test_alt_texts_say_the_words_and_the_place_and_leave_a_person_s_alone() -> None:
    card = Card(
        "carousel", pages=(Page("hook", "Read this"), Page("point", "One", "Two\nthree.", alt="Mine", alt_kept=True))
    )
    assert alt.proposed(card, 0) == "Slide 1 of 2: Read this"
    assert [p.alt for p in alt.filled(card).pages] == ["Slide 1 of 2: Read this", "Mine"]
    german = Card("carousel", pages=card.pages, language="de")
    assert alt.proposed(german, 1) == "2/2: One. Two three."
    assert alt.proposed(Card("hook", pages=(Page("hook", "x " * 2000),)), 0).endswith("…")
    assert alt.proposed(Card("hook", pages=(Page("hook"),)), 0) == ""
