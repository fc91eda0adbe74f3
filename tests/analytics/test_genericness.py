"""Genericness: the score sees wording and not layout, passages point to their words, habits make the budget."""

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics import doors, slop
from analytics.genericness import MIN_POSTS, budget, generic, habits, main, score_of
from analytics.slop_model import Block, Weights, load, masked, normalised, save, tokens

STOCK = (
    "I'm thrilled to announce that I have started a new chapter as Head of Growth! This journey has been a powerful "
    "reminder that success is not just about results, but about people, passion, and purpose. I am incredibly "
    "grateful to my amazing team for their hard work and dedication. Together, we will continue to innovate, "
    "collaborate, and make a meaningful impact. Here's to the next chapter! What has been the most rewarding moment "
    "of your career so far? I'd love to hear your thoughts in the comments below."
)
PLAIN = (
    "went to look at the Harlow boiler again w/ Pete on Tuesday. same story, the valve was put in backwards in 2009 "
    "and nobody has looked at it since, which tells you something about the inspection regime (or about Harlow). we "
    "turned it round, took maybe 20 min, and the thing has run fine for 3 days now. I did ask who signed the sheet but "
    "the initials are no use to anyone. anyway if you have a unit of that age and it knocks when it is cold, have a "
    "look at the arrow on the valve body before you order parts."
)


def kinds(text, phrases=None):
    return [(p.kind, p.words) for p in slop.passages(text, phrases)]


def test_stock_wording_scores_higher_than_a_particular_account():
    assert generic(STOCK).score > load().line > generic(PLAIN).score
    assert generic(STOCK).high and not generic(PLAIN).high


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace(". ", ".\n\n"),
        lambda t: t.replace(" ", "  ", 20).replace(" ", "\u00a0", 5),
        lambda t: t.replace("'", "’"),
        lambda t: t + " #growth #career hashtag#work\n \n …see more",
        lambda t: "🚀 " + t.replace("! ", "! 🎉✨ ") + " https://example.com/a-b?c=d",
        lambda t: "- " + t.replace(". ", ".\n• "),
        lambda t: "**" + t.replace(". ", ".**\n\n**") + "**",
    ],
)
def test_layout_does_not_move_the_score(change):
    assert score_of(change(STOCK))[0] == pytest.approx(score_of(STOCK)[0], abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["", "Too short to say.", " ".join(["#tag"] * 80), "https://a.bc/d " * 70, "Haus Baum Strasse Fenster " * 20],
)
def test_thin_evidence_has_no_score_and_says_why(text):
    found = generic(text)
    assert (found.score, found.evidence, found.high) == (None, "too little", False)
    assert found.reason


def test_passages_are_where_they_say():
    text = (
        "I’m excited to announce our plan 🚀🚀 today.\n\nIt’s not about the tool. It’s about people.\n\n"
        "We are fast, careful and kind — always.\n\nThe power of boring things.\n\nThoughts?"
    )
    found = slop.passages(text)
    assert all(text[p.start : p.end] == p.words for p in found)
    assert {p.kind for p in found} == {
        "stock opening", "run of emoji", "not X but Y", "list of three", "dash", "one-line paragraphs", "stock phrase",
        "stock closing",
    }  # fmt: skip
    assert ("stock opening", "I’m excited to announce") in kinds(text)
    assert ("stock closing", "Thoughts?") in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "This is not just a tool, but a way of working.",
        "It's not a tool. It's a habit.",
        "The job isn't writing code — it's deciding what to leave out.",
        "Not a benchmark. Not a claim. A live demo.",
        "No meetings. No slides.",
        "This is less about money than about time.",
    ],
)
def test_not_x_but_y(text):
    assert [kind for kind, _ in kinds(text, []) if kind != "dash"] == ["not X but Y"]


@pytest.mark.parametrize(
    "text",
    [
        "I do not know him but I like his work.",
        "See https://example.com/a--b for 1914-1918, a well-known date.",
        "We went to Paris, where it rained.",
        "Call me. I will wait.",
        "It is not an official event yet, but I am glad of it.",
        "Full support, including month and year, is there.",
        "Not before noon. We ate late.",
    ],
)
def test_ordinary_sentences_have_no_passage(text):
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "three"),
    [
        ("We saw speed, care and kindness in one room.", "speed, care and kindness"),
        ("It takes sleep, long walks, and healthy eating.", "sleep, long walks, and healthy eating"),
        ("Thanks to the team, our clients, and the board.", "team, our clients, and the board"),
    ],
)
def test_list_of_three(text, three):
    assert kinds(text, []) == [("list of three", three)]


def test_openings_and_closings_only_at_their_ends():
    middle = "We met in May. It rained. Did you know that? I would love to hear it. We ate. We left. It was late."
    assert kinds(middle, ["opening: did you know", "closing: i would love to hear"]) == []
    assert kinds("Did you know? " + middle, ["opening: did you know"]) == [("stock opening", "Did you know")]
    ended = middle + " It's the end.\nThoughts?\n\n#one #two\n#three\nhttps://example.com/a"
    assert kinds(ended, ["closing: thoughts?", "closing: it was late"]) == [("stock closing", "Thoughts?")]


def test_the_list_in_force_replaces_the_shipped_one():
    text = "Move fast (always) and cost is 5$ in today's very busy world."
    assert kinds(text, ["fast (always)", "5$"]) == [("stock phrase", "fast (always)"), ("stock phrase", "5$")]
    assert kinds(text, ["in today's * world"]) == [("stock phrase", "in today's very busy world")]
    assert kinds(text, []) == kinds(text, ["", "*"]) == []
    assert generic(STOCK, []).score == generic(STOCK).score


def test_the_shipped_list_is_clean():
    shipped = slop.shipped()
    assert len(shipped) >= 150
    assert len({p.lower() for p in shipped}) == len(shipped)
    assert slop.read_phrases("# note\n\n a b \na b\n") == ("a b",)


def test_nothing_stands_after_the_fold_mark():
    assert kinds("We met in May.\n \n …see more", ["see more"]) == []


def test_budget_is_worded_against_the_authors_own_posts():
    posts = ["We fixed the pump on Monday and it ran — at last — all week."] + ["We fixed the pump on Monday."] * 9
    own = habits(posts)
    entries = {e.name: e for e in budget(generic("One — two — three — four. It is Monday — again."), own)}
    assert entries["dash"].over
    assert entries["dash"].text == "four dashes, you use one in five posts"
    assert budget(generic("We fixed it — again."), habits(["One — two — three — four."] * 9))[0].over is False
    assert budget(generic(STOCK), habits(posts[: MIN_POSTS - 1])) == []
    assert habits([]).n == 0


def test_over_budget_goes_by_the_length_of_a_text():
    own = habits(
        [f"It is day {n} — " + "and we went on with the work that was there to be done " * 2 for n in range(10)]
    )
    short, long = (
        "It is Monday — so — be it.",
        "It is Monday — so — be it. " + "It is the work that we went on with. " * 12,
    )
    assert [budget(generic(text), own)[0].over for text in (short, long)] == [True, False]


def test_what_the_author_always_does_is_not_over_budget():
    own = habits([f"🚀 Number {n} is out 🎉 and we are glad of it." for n in range(8)])
    found = budget(generic("🚀 Number nine is out 🎉 and we are glad of it."), own)
    assert [(e.name, e.over, e.text) for e in found] == [("run of emoji", False, "two emoji, you use about two a post")]


def test_masking_keeps_grammar_and_hides_subjects():
    found = masked(tokens(normalised("Yesterday the Harlow plant was quietly closing 3 valves.")), {"the", "was"})
    assert found == ["~", "the", "Xx", "~", "was", "~ly", "~ing", "0", "~s", "."]


def test_the_weights_hold_no_text():
    weights = load()
    assert max(len(gram.split(" ")) for names in weights.vocabulary for gram in names) <= 3
    assert all(len(names) == len(idf) for names, idf in zip(weights.vocabulary, weights.idf, strict=True))


def test_weights_come_back_as_saved_and_others_are_refused(tmp_path, monkeypatch):
    import numpy as np

    one = Weights(
        (Block(frozenset({"the"}), 2),), ({"the": 0, "the ~": 1},), (np.ones(2, np.float32),),
        (np.array([0.5, -1], np.float32),), 0.25, 1.0, 0.0, 0.5,
    )  # fmt: skip
    save(one, tmp_path / "w.npz")
    again = load(tmp_path / "w.npz")
    assert again.decision(["the", "cat"]) == one.decision(["the", "cat"]) == pytest.approx(0.25 - 0.5 / 2**0.5)
    monkeypatch.setattr("analytics.slop_model.VERSION", "other")
    save(one, tmp_path / "v.npz")
    monkeypatch.undo()
    with pytest.raises(ValueError, match="other"):
        load(tmp_path / "v.npz")


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=400) | st.lists(st.sampled_from([*STOCK.split(), "🚀", "\n", "—", "#x", "*"])).map(" ".join))
def test_any_text_can_be_read(text):
    found = generic(text)
    assert (found.score is None) == (found.evidence == "too little")
    assert found.score is None or 0 <= found.score <= 1
    assert all(0 <= p.start < p.end <= len(text) and text[p.start : p.end] == p.words for p in found.passages)
    budget(found, habits([text] * 5))


def test_the_door_writes_a_line_a_text_in_order(tmp_path):
    rows = [{"id": "a", "text": STOCK}, {"id": 2, "text": "short"}, {"id": "ü", "text": PLAIN}]
    source, target = tmp_path / "t.jsonl", tmp_path / "g.jsonl"
    source.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf8")
    main(["--texts", str(source), "--out", str(target)])
    out = [json.loads(line) for line in target.read_text(encoding="utf8").splitlines()]
    assert [row["id"] for row in out] == ["a", 2, "ü"]
    assert out[0]["generic"] == generic(STOCK).score
    assert out[1] == {"id": 2, "generic": None, "evidence": "too little"}


def test_the_door_names_a_bad_line_and_keeps_what_came_before(tmp_path, capsys):
    source, target = tmp_path / "t.jsonl", tmp_path / "g.jsonl"
    source.write_text(json.dumps({"id": 1, "text": PLAIN}) + "\n{oops\n", encoding="utf8")
    assert doors.run(main, ["--texts", str(source), "--out", str(target)]) == 1
    assert "t.jsonl, line 2" in capsys.readouterr().err
    assert len(target.read_text(encoding="utf8").splitlines()) == 1


def test_scoring_needs_numpy_only():
    code = (
        "import sys; from analytics.genericness import generic; generic('word ' * 80);"
        "print(sorted({'sklearn', 'scipy', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("Go 🚀🔥 now", ["🚀🔥"]),
        ("🚀 🔥\n👏 now", ["🚀 🔥\n👏"]),
        ("🚀 now 🔥", []),
        ("👩\u200d👩\u200d👧 is one", []),
        ("👩\u200d" * 50_000 + ".", []),  # one joined emoji without end, which must not be tried in every way
    ],
)
def test_runs_of_emoji(text, runs):
    assert [p.words for p in slop.passages(text) if p.kind == "run of emoji"] == runs
