"""What a person chooses for a picture, and whether it can be asked for like that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.errors import Invalid
from core.images import lora_files, prompting
from core.images.model import SIZES
from core.images.prompting import Prompt
from core.images.provider import Ask, Model
from core.store.tables_images import Image

SEEDS: Final = 2**32 - 100
"""One more than the largest seed: those of the variants follow it."""
ASPECTS: Final = {"square": "1:1", "portrait": "4:5", "link": "16:9"}
"""What is asked for by each of SIZES; the link card is cut from it a little."""


@dataclass(frozen=True)
class Wish:
    """All that a person chooses for a picture besides the prompt."""

    provider: str
    model: str = ""
    size: str = "portrait"
    n: int = 2
    seed: int | None = None
    """None: another one every time."""
    steps: int | None = None
    likeness: bool = False
    """Whether the author is to be in the picture, by the likeness in use."""
    scale: float | None = None
    """How strongly the likeness is applied; None as it was set for it."""
    graded: bool = True
    """Whether the brand's grade is laid over what comes."""
    focus: tuple[float, float] = (0.5, 0.5)
    look: str = "Photograph"


def aspect(model: Model, size: str) -> str:
    """What is asked of a model for one of SIZES: that of ASPECTS, or the nearest that it makes. Raises Invalid."""
    known(size)
    wanted = ASPECTS[size]
    if not model.aspects or wanted in model.aspects:
        return wanted
    wide, high = SIZES[size]
    return min(model.aspects, key=lambda name: abs(_ratio(name) * high / wide - 1))


def wish_of(image: Image) -> Wish:
    """What a picture was asked for with; its seed is that of the picture."""
    kept = image.settings
    x, y = kept.get("focus") or (0.5, 0.5)
    return Wish(
        image.provider,
        model=str(kept["model"]),
        size=str(kept["size"]),
        n=1,
        seed=kept.get("seed"),
        steps=kept.get("steps"),
        likeness=bool(kept.get("adapter")),
        scale=kept.get("scale"),
        graded=bool(kept.get("graded")),
        focus=(float(x), float(y)),
        look=str(kept.get("look") or "Photograph"),
    )


def prompt_of(image: Image) -> Prompt:
    """What it was asked for in."""
    return Prompt(image.prompt, str(image.settings.get("negative") or ""), str(image.settings.get("version") or ""))


def asked_of(wish: Wish, prompt: Prompt, model: Model, seed: int) -> Ask:
    """The whole wish as a provider is asked what it costs. Raises Invalid for an unknown size."""
    known(wish.size)
    wide, high = SIZES[wish.size]
    return Ask(
        prompt.text,
        prompt.negative,
        wide,
        high,
        aspect(model, wish.size),
        tuple(range(wish.n)),
        seed,
        model.id,
        wish.steps,
    )


def checked(wish: Wish, prompt: Prompt, model: Model) -> Prompt:
    """The prompt as it is sent: what the model does not take is left out. Raises Invalid."""
    text = " ".join(prompt.text.split())
    most = min(model.longest, prompting.LONGEST)
    if not text:
        raise Invalid("The prompt is empty. Nothing was sent.", "Say what should be seen.")
    if len(text) > most or len(prompt.negative) > prompting.LONGEST:
        raise Invalid(f"The prompt has {len(text):,} characters; {most:,} are read.", "Shorten it.")
    known(wish.size)
    if not 1 <= wish.n <= model.most:
        raise Invalid(
            f"{wish.n} pictures were asked for; {model.title or model.id} makes 1 to {model.most} at once.", ""
        )
    if wish.seed is not None and not 0 <= wish.seed < SEEDS:
        raise Invalid("A seed is a whole number from 0 to 4,294,967,195.", "Leave it empty for a new one every time.")
    if wish.steps is not None and (model.steps is None or not model.steps[0] <= wish.steps <= model.steps[2]):
        raise Invalid(f"{model.title or model.id} cannot be asked for {wish.steps} steps.", "Leave them as they are.")
    if wish.likeness and not model.adapters:
        raise Invalid(f"{model.title or model.id} can use no likeness.", "Choose a model that can, or do without.")
    return replace(prompt, text=text, negative=" ".join(prompt.negative.split()) if model.negative else "")


def likeness(author_id: str, wish: Wish, prompt: Prompt) -> lora_files.Lora | None:
    """The likeness that is to be applied, None where none is wished for. Raises Invalid where it cannot be."""
    if not wish.likeness:
        return None
    lora = lora_files.in_use(author_id, wish.provider)
    if lora is None:
        raise Invalid(lora_files.why_not(author_id, wish.provider), "Choose another provider, or make it without.")
    if lora.trigger not in prompt.text:
        raise Invalid(
            f"The prompt does not have the word {lora.trigger}, which stands for {lora.person or 'the person'}.",
            f"Write “{lora.trigger} {lora.subject}” where they should be, or make the picture without the likeness.",
        )
    return lora


def scale(wish: Wish, lora: lora_files.Lora | None) -> float | None:
    """How strongly it is applied, 0 to 1."""
    if lora is None:
        return None
    return lora.scale if wish.scale is None else min(1.0, max(0.0, wish.scale))


def nobody(prompt: Prompt, author_id: str, known: Sequence[tuple[str, str]]) -> None:
    """Raises Invalid where an author is named: a model would invent a face for them."""
    said = f" {' '.join(prompt.text.casefold().split())} "
    for _, name in sorted(known, key=lambda pair: pair[0] != author_id):
        if len(name.split()) > 1 and f" {name.casefold()}" in said:
            raise Invalid(
                f"The prompt names {name}. A model would invent a face for them, so nothing was sent.",
                "Take the name out; to show the author, train their likeness from photos first.",
            )


def known(size: str) -> str:
    """One of SIZES. Raises Invalid."""
    if size not in SIZES:
        raise Invalid(f"There is no size {size}.", f"There are: {', '.join(SIZES)}.")
    return size


def _ratio(name: str) -> float:
    wide, _, high = name.partition(":")
    return float(wide) / float(high)
