"""Ten pairs (plain, ours) for people to read: bench/results/pairs.md. No run of 8 words of a real post is in them."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.overlap import copied_runs
from bench.generation.held import clean
from bench.generation.runs import Done
from bench.report import RESULTS
from bench.voice.people import records

MOST = 10
RUN = 8
MARK = "<!-- the reading follows; `--pairs` keeps it -->"


def write(done: Sequence[Done]) -> None:
    """The first ten briefs in the order of the run: every author comes once before one comes twice."""
    real = [clean(row["text"]) for row in records("posts.jsonl")]
    path = RESULTS / "pairs.md"
    reading = path.read_text(encoding="utf8").partition(MARK)[2] if path.exists() else ""
    rows = [
        "# Ten pairs to read",
        "",
        f"Written by {done[0].model} from the briefs of `bench/generation/briefs.json`: once by one ordinary prompt "
        "with three posts as examples (plain), once by Timbre (ours, the variant that stood first). The authors are "
        "real people of the development data; the briefs are in our words, and nothing here was written by them. Where "
        "the plain answer copied eight words of a real post in a row, they are left out here.",
    ]
    shown = [one for one in done if one.chosen][:MOST]
    for number, one in enumerate(shown, 1):
        rows += [
            "",
            f"## {number}. {one.case.fields['topic']} ({one.case.author})",
            "",
            "**Plain**",
            "",
            _quoted(one.plain, real),
        ]
        rows += ["", "**Ours**", "", _quoted(one.chosen, real)]
    path.write_text("\n".join(rows) + f"\n\n{MARK}{reading or chr(10)}", encoding="utf8")


def _quoted(text: str, real: Sequence[str]) -> str:
    for run in copied_runs(text, real, RUN):
        text = text.replace(run, "[…]")
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))
