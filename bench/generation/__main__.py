"""`python -m bench.generation` (`make bench-generation`): the table, bench/results/generation.json. See LOG.md.

Takes about half an hour on two cores. `--briefs N` takes N, the authors in turn, `--model NAME`
(or TIMBRE_LLM_BENCH) judges a larger model too, as TIMBRE_LLM names one; `--pairs` writes bench/results/pairs.md anew.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Set up a store of its own, run, judge, print."""
    asked = argparse.ArgumentParser(prog="bench.generation")
    asked.add_argument("--briefs", type=int, default=20)
    asked.add_argument("--model", action="append", default=[])
    asked.add_argument("--only-model", action="store_true", help="leave the embedded model out; writes no JSON")
    asked.add_argument("--replays", type=int, default=6)
    asked.add_argument("--pairs", action="store_true")
    asked.add_argument("--keep", default="", help="a file for all texts, for reading; never commit it")
    asked.add_argument("--folder", default="", help="keep the store here, so that a second look need not prepare it")
    told = asked.parse_args()
    from bench.voice.people import available

    if not available():
        return
    with tempfile.TemporaryDirectory() as made:
        folder = told.folder or made
        os.environ |= {"TIMBRE_DATA": str(Path(folder) / "data"), "TIMBRE_LLM": "embedded", "HF_HUB_OFFLINE": "1"}
        from bench.generation import table

        models = [*([] if told.only_model else ["embedded"]), *told.model]
        if named := os.environ.get("TIMBRE_LLM_BENCH"):
            models.append(named)
        table.make(Path(folder), told.briefs, models, told.replays, told.pairs, told.keep)
    sys.stdout.flush()
    os._exit(0)  # the runtime's threads need not be waited for


if __name__ == "__main__":
    main()
