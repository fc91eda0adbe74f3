"""What every benchmark shares: the table, the JSON in bench/results/, the machine it ran on."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Line:
    """One row: a quantity, ours and the peer's measurements in the same unit, and the goal for the ratio or value."""

    what: str
    unit: str
    ours: Sequence[float]
    peer: Sequence[float]
    peer_name: str
    goal: str = ""

    @property
    def ratio(self) -> float:
        """Median of ours over median of the peer's; NaN where there is none, or it is nought."""
        if not self.ours or not self.peer or not statistics.median(self.peer):
            return float("nan")
        return statistics.median(self.ours) / statistics.median(self.peer)


def spread(values: Sequence[float]) -> str:
    """Median and range, two significant digits."""
    if not values:
        return "-"
    low, middle, high = min(values), statistics.median(values), max(values)
    return f"{middle:.3g} ({low:.3g}-{high:.3g})" if len(values) > 1 else f"{middle:.3g}"


def report(name: str, lines: Sequence[Line], notes: Sequence[str] = (), **more: Any) -> None:
    """Print the table and write bench/results/NAME.json."""
    print(f"\n{name}\n")
    print(f"{'what':44} {'ours':>22} {'peer':>22} {'ratio':>7}  goal")
    for line in lines:
        ratio = f"{line.ratio:7.2f}" if line.ratio == line.ratio else "      -"
        head = f"{line.what} [{line.unit}]"
        print(f"{head:44} {spread(line.ours):>22} {spread(line.peer):>22} {ratio}  {line.goal}")
    for peer in dict.fromkeys(line.peer_name for line in lines if line.peer_name):
        print(f"peer: {peer}")
    for note in notes:
        print(note)
    RESULTS.mkdir(exist_ok=True)
    rows = [
        {
            "what": line.what,
            "unit": line.unit,
            "ours": list(line.ours),
            "peer": list(line.peer),
            "peer_name": line.peer_name,
            "ratio": round(line.ratio, 4) if line.ratio == line.ratio else None,
            "goal": line.goal,
        }
        for line in lines
    ]
    machine = {"python": platform.python_version(), "system": platform.system(), "cores": os.cpu_count()}
    out = {"name": name, "at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine, "rows": rows}
    (RESULTS / f"{name}.json").write_text(json.dumps(out | {"notes": list(notes)} | more, indent=1) + "\n")
