"""Asking for pictures of an image model, and what people do with what came: again, another cut, used for a post."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from core import jobs, review, store
from core.errors import Denied, Invalid, TimbreError, Unavailable
from core.images import lora_files, prompting, provider
from core.images.prompting import Prompt
from core.images.provider import Ability, Cost, Health
from core.images.wishes import SEEDS, Wish, asked_of, aspect, checked, likeness, nobody, prompt_of, scale, wish_of
from core.review.lifecycle import has_role
from core.store import Actor, authors, pictures
from core.store.tables import Intent
from core.store.tables_images import Image, PictureRun

WORDING: Final = "picture-prompt"
"""The kind of the job in which a language model words a prompt."""


LARGEST_SEED: Final = SEEDS - 1


@dataclass(frozen=True)
class Offer:
    """A provider as people are offered it."""

    name: str
    title: str
    ability: Ability
    health: Health


@dataclass(frozen=True)
class RunView:
    """A run as a page shows it; `done` of `total` and `said` are of its job while it lives."""

    run: PictureRun
    images: list[Image] = field(default_factory=list)
    done: int = 0
    total: int = 0
    said: str = ""

    @property
    def live(self) -> bool:
        """Whether it waits or runs."""
        return self.run.status in pictures.LIVE

    @property
    def refused(self) -> dict[int, str]:
        """Which of its pictures were refused, from 0, and why."""
        return {int(number): str(why) for number, why in (self.run.remote.get("refused") or {}).items()}


# ---- what there is -------------------------------------------------------------------------------------------


def offers() -> list[Offer]:
    """All providers, those that can be used now first. Asks no server."""
    found = []
    for name in provider.PROVIDERS:
        one = provider.get(name)
        found.append(Offer(name, one.TITLE, one.describe(), one.probe()))
    return sorted(found, key=lambda offer: not offer.health.ready)


def price(wish: Wish, prompt: Prompt) -> Cost:
    """What it would cost, as far as that is known before. Raises Invalid."""
    model = provider.model(wish.provider, wish.model)
    return provider.get(wish.provider).price(asked_of(wish, prompt, model, wish.seed or 0))


def person(author_id: str, provider_name: str) -> str:
    """The trigger and the ordinary word of the author's likeness, as a prompt has to have them; "" for none in use."""
    lora = lora_files.in_use(author_id, provider_name)
    return f"{lora.trigger} {lora.subject}".strip() if lora else ""


def no_likeness(author_id: str, provider_name: str) -> str:
    """Why the author cannot be shown, in a sentence; "" where they can."""
    return lora_files.why_not(author_id, provider_name)


# ---- asking --------------------------------------------------------------------------------------------------


def ask(
    author_id: str,
    post_id: str | None,
    wish: Wish,
    prompt: Prompt,
    actor: Actor,
    parent_id: str | None = None,
    feedback: str = "",
) -> str:
    """Ask for pictures; returns the run's id. Asked again in the same words while it waits or runs, it is the same one.

    Raises Denied, Invalid, NotFound, and Unavailable where the provider is not set up: nothing was sent then.
    """
    may(actor)
    model = provider.model(wish.provider, wish.model)
    asked = checked(wish, prompt, model)
    ready(wish.provider)
    if post_id is not None and review.get(post_id).author_id != author_id:
        raise Invalid("This post is another author's. Nothing was sent.", "Open the post again from the calendar.")
    lora = likeness(author_id, wish, asked)
    seed = wish.seed if wish.seed is not None else secrets.randbelow(SEEDS)
    row = PictureRun(
        author_id=author_id,
        post_id=post_id,
        parent_id=parent_id,
        provider=wish.provider,
        prompt=asked.text,
        feedback=" ".join(feedback.split())[: prompting.FEEDBACK],
        settings={
            "model": model.id, "size": wish.size, "aspect": aspect(model, wish.size), "n": wish.n, "seed": seed,
            "seed_chosen": wish.seed is not None, "steps": wish.steps, "negative": asked.negative,
            "adapter": lora.adapter_id if lora else "", "scale": scale(wish, lora), "graded": wish.graded,
            "focus": list(wish.focus), "look": wish.look, "version": asked.version,
        },
        estimate=provider.get(wish.provider).price(asked_of(wish, asked, model, seed)).record(),
    )  # fmt: skip
    with store.writing(actor) as tx:
        nobody(asked, author_id, [(a.id, a.name) for a in authors.listed(tx)])
        authors.get(tx, author_id)
        if (same := pictures.live_same(tx, row)) is not None:
            return same.id
        return pictures.add(tx, row, kind(row))


def ready(name: str) -> None:
    """Raises Unavailable where a provider is not set up, Invalid where there is none of that name."""
    health = provider.get(name).probe()
    if not health.ready:
        raise Unavailable(f"{health.why} Nothing was sent.", health.hint or "Use a card meanwhile.")


def kind(row: PictureRun) -> str:
    """What a service makes waits in another queue than what this machine makes."""
    return pictures.KIND if provider.get(row.provider).describe().local else pictures.HOSTED


def again(image_id: str, feedback: str, actor: Actor, prompt: Prompt | None = None) -> str:
    """Another try at a picture; returns that run's id. What should be different goes into the prompt (or `prompt` is
    what a person made of it) and the seed stays, so that the rest stays alike; without a wish only the seed differs.

    Raises what `ask` raises.
    """
    with store.reading() as tx:
        image = pictures.image(tx, image_id)
    if image.kind != "picture" or image.provider not in provider.PROVIDERS:
        raise Invalid("This was not made by an image model.", "Change the card that it came from.")
    wish, before = wish_of(image), prompt_of(image)
    wanted = prompt or wished(image, feedback)
    same = (wanted.text, wanted.negative) == (before.text, before.negative)
    wish = replace(wish, seed=None if same else image.settings.get("seed"))
    return ask(image.author_id, image.post_id, wish, wanted, actor, image_id, feedback)


def wished(image: Image, feedback: str) -> Prompt:
    """The prompt of another try at a picture, as its model takes it. Raises Invalid where the wish is too long."""
    try:
        takes = provider.model(image.provider, str(image.settings.get("model") or "")).negative
    except TimbreError:
        takes = True  # it is not set up any more: asking says so
    return prompting.changed(prompt_of(image), feedback, takes)


def word(
    author_id: str, post_id: str, wish: Wish, actor: Actor, feedback: str = "", parent: Prompt | None = None
) -> str:
    """Have the language model in use word a prompt from the post; returns the job's id, see `worded`.

    Raises Denied, NotFound, and Unavailable where the model is too small for it.
    """
    may(actor)
    prompting.require()
    review.get(post_id)
    before = {"text": parent.text, "negative": parent.negative} if parent else None
    named = person(author_id, wish.provider) if wish.likeness else ""
    given = {"author": author_id, "post": post_id, "look": wish.look, "person": named, "feedback": feedback}
    return jobs.request(WORDING, {**given, "parent": before}, actor, key=f"{WORDING}:{post_id}")


def worded(job_id: str) -> tuple[Intent, Prompt | None]:
    """How that job is, and the prompt once it is done. Raises NotFound."""
    job = jobs.get(job_id)
    said = job.result or {}
    return job, Prompt(said["text"], said["negative"], said["version"]) if job.status == "done" else None


def cancel(run_id: str, actor: Actor) -> None:
    """Ask a run to stop; what has come is kept. Raises Denied, NotFound."""
    may(actor)
    with store.reading() as tx:
        pictures.get(tx, run_id)
    jobs.cancel(run_id, actor)


# ---- looking -------------------------------------------------------------------------------------------------


def run(run_id: str) -> RunView:
    """One run with what has come of it. Raises NotFound."""
    with store.reading() as tx:
        return _views(tx, [pictures.get(tx, run_id)])[0]


def runs(author_id: str, post_id: str | None = None, limit: int = 10) -> list[RunView]:
    """The newest first, of an author; of one post where it is named."""
    with store.reading() as tx:
        return _views(tx, pictures.listed(tx, author_id, post_id, limit))


def _views(tx: store.Reading, rows: Sequence[PictureRun]) -> list[RunView]:
    ended = pictures.ended(tx, rows)
    found: dict[str, list[Image]] = {row.id: [] for row in rows}
    for image in pictures.made(tx, list(found)):
        found[str(image.run_id)].append(image)
    out = []
    for row in rows:
        as_ended(row, ended)
        live = tx.session.get(Intent, row.id) if row.status in pictures.LIVE else None
        far = (live.done, live.total or 0, live.message or "") if live else (0, 0, "")
        out.append(RunView(row, found[row.id], *far))
    return out


def as_ended(row: PictureRun, ended: Mapping[str, Intent]) -> PictureRun:
    """With the end that only its job knows: cancelled while it waited, or stopped by an error of the program."""
    if job := ended.get(row.id):
        row.status, row.message, row.hint, row.finished_at = job.status, job.message, job.hint, job.finished_at
    return row


def may(actor: Actor) -> None:
    """Raises Denied where this person may only look."""
    if not has_role(actor, "editor"):
        raise Denied("A reader may look, but not ask for pictures.", "Ask an editor or an approver of your team.")
