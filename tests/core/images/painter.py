"""A provider for tests: one colour and a bright corner for a picture; what it was asked is written down, a line a picture.

Orders are in `painter.json` of the data folder: {"refuse": [numbers], "wait": number, "lost": true, "broken": [numbers]}.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from typing import Any

from PIL import Image

from core.config import settings
from core.errors import Cancelled, Unavailable
from core.images.provider import Ability, Ask, Cost, Health, Made, Memory, Model, Note, Stop

NAME, TITLE = "painter", "The painter"


def orders() -> dict[str, Any]:
    path = settings().timbre_data / "painter.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def order(**said: Any) -> None:
    (settings().timbre_data / "painter.json").write_text(json.dumps(said))


def asked() -> list[str]:
    path = settings().timbre_data / "painted.txt"
    return path.read_text().split("\n")[:-1] if path.exists() else []


def describe() -> Ability:
    return Ability(
        (
            Model("oil", "Oil", ("1:1", "4:5", "3:2"), most=4, negative=True, adapters=True, steps=(10, 30, 50)),
            Model("chalk", "Chalk", most=1, seeds=False, longest=100),
        ),
        "It paints what tests ask for.",
        local=True,
    )


def probe() -> Health:
    if orders().get("away"):
        return Health(False, "The painter is away.", "Set PAINTER_KEY.")
    return Health(True)


def price(ask: Ask) -> Cost:
    return Cost(0.04 * ask.n, "EUR", f"for {ask.n} of them")


def make(ask: Ask, note: Note, stop: Stop, memory: Memory) -> Iterator[Made]:
    said = orders()
    if said.get("lost"):
        memory.remember({"request": "r-1"})
        raise Unavailable("The painter does not answer.", "Try later.")
    for done, number in enumerate(ask.numbers):
        note(done, ask.n, f"Painting {number + 1}")
        while said.get("wait") == number and not (settings().timbre_data / "go").exists():
            if stop():
                raise Cancelled("Stopped, as you asked.", "")
            time.sleep(0.02)
        if memory.recall().get("request") != "r-1":  # what was paid for is fetched for nothing
            with (settings().timbre_data / "painted.txt").open("a") as out:
                out.write(f"{number} {ask.seed + number}\n")
        if number in said.get("refuse", []):
            yield Made(b"", number, refused="It shows a thing that is not painted here.")
        elif number in said.get("broken", []):
            yield Made(b"no picture at all", number)
        else:
            yield Made(picture(number), number, ask.seed + number, {"brush": 3}, cost=Cost(0.05, "EUR", "0.05 EUR"))


def picture(number: int, size: tuple[int, int] = (96, 120)) -> bytes:
    """A red or a green ground with a white left upper corner."""
    made = Image.new("RGB", size, (200, 40, 40) if number % 2 == 0 else (40, 160, 60))
    made.paste((255, 255, 255), (0, 0, size[0] // 4, size[1] // 4))
    out = io.BytesIO()
    made.save(out, "PNG")
    return out.getvalue()
