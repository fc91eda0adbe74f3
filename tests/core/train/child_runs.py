"""Run by test_child.py in a process of its own, as importing the programs that train costs seconds: several trainings.

python child_runs.py FOLDER ARGUMENTS [FOLDER ARGUMENTS ...]      # ARGUMENTS as JSON; prints the exit codes as JSON
"""

from __future__ import annotations

import json
import sys

from core.train import child

if __name__ == "__main__":
    from core.train import watch

    watch.SAMPLE_TOKENS = 8  # what a tiny model says need not be long
    told = sys.argv[1:]
    codes = [child.main([folder, *json.loads(more)]) for folder, more in zip(told[::2], told[1::2], strict=True)]
    sys.stdout.write("\n" + json.dumps(codes) + "\n")
