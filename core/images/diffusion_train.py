"""DreamBooth with a LoRA: a model learns from a few photos what one person looks like, for SDXL and SD 1.5.

Heavy: imported by the process of core.images.diffusion_child alone. Every step draws its noise from its own seed, so a
training that was broken off goes on exactly as it would have.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from diffusers import DDPMScheduler
from diffusers.training_utils import cast_training_params
from peft import LoraConfig, get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import load_file, save_file
from torch.nn import functional

from core.errors import Invalid
from core.images import diffusion, diffusion_base, diffusion_rows
from core.images.diffusion_base import Base
from core.images.diffusion_rows import Row
from core.images.likeness_plan import Likeness
from core.images.lora_files import WEIGHTS
from core.train.journal import Journal
from core.train.model import Plan

PHOTOS = "photos.json"
"""Beside plan.json: [{file, caption, focus}], the files below photos/."""
TARGETS = ["to_k", "to_q", "to_v", "to_out.0"]
LEVELS = (0.1, 0.3, 0.5, 0.7)
"""Amounts of noise, as shares of the whole, at which the loss is read again and again with the same noise."""
READ = 8
"""Photos that it is read on at most."""
KEPT = 2
CLASS_STEPS = 20


class Learner:
    """One training, from loading to the file."""

    def __init__(self, journal: Journal, plan: Plan, told: dict[str, Any]) -> None:
        self.journal, self.plan, self.about = journal, plan, Likeness.restored(told)
        self.folder = journal.folder
        self.base: Base = diffusion_base.of(Path(plan.base))
        self.device = "cuda" if plan.device == "cuda" and torch.cuda.is_available() else "cpu"
        self.pipe = diffusion.load(self.base, self.device, plan.dtype)
        self.noise: Any = DDPMScheduler.from_config(self.pipe.scheduler.config)  # type: ignore[no-untyped-call]
        self.working = self.looking = 0.0
        self.steps = self.looks = 0

    # ---- what is learnt from -------------------------------------------------------------------------------

    def ready(self) -> None:
        """Photos, captions and scenes as the model takes them; then the LoRA over it."""
        photos = json.loads((self.folder / PHOTOS).read_text(encoding="utf8"))
        if not photos:
            raise Invalid("There is no photo to learn from. Nothing was trained.", "Choose photos on the Images page.")
        others = self._others() if self.about.prior else []
        pipe, side, person = self.pipe, self.about.resolution, f"a photo of a {self.about.subject}"
        pipe.vae.to(torch.float32)  # its encoder overflows in 16 bits
        self.rows = [self._row(self.folder / p["file"], p["caption"], side, p.get("focus")) for p in photos]
        self.others = [self._row(file, person, side) for file in others]
        pipe.vae.to(diffusion.DTYPES[self.plan.dtype])
        scenes = self.about.scenes()[: self.about.shown]
        self.scenes = [(text, diffusion_rows.read(pipe, text, self.device, guided=True)) for text in scenes]
        for name in ("text_encoder", "text_encoder_2"):  # read once, needed no more
            if hasattr(self.pipe, name):
                setattr(self.pipe, name, None)
        diffusion.let_go()
        self._lora()

    def _row(self, file: Path, caption: str, side: int, focus: Sequence[float] | None = None) -> Row:
        self.journal.look()
        return diffusion_rows.row(self.pipe, file, caption, side, self.device, focus)

    def _others(self) -> list[Path]:
        """Pictures of other people by the base itself: what is not to change. Those that are there stay."""
        files = [self.folder / "class" / f"{n:03d}.png" for n in range(self.about.class_images)]
        side = self.about.resolution
        for n, file in enumerate(files):
            self.journal.look()
            if not file.is_file():
                self.journal.put(message=f"Making pictures of other people: {n + 1} of {len(files)}")
                one = {"prompt": f"a photo of a {self.about.subject}", "steps": CLASS_STEPS, "guidance": 5.0,
                       "seed": self.plan.seed + n, "width": side, "height": side}  # fmt: skip
                diffusion.keep(diffusion.picture(self.pipe, one, self._each)[0], file)
        self.journal.put(message="")
        return files

    def _each(self, _pipe: Any, _step: int, _time: Any, kept: dict[str, Any]) -> dict[str, Any]:
        self.journal.look()
        return kept

    def _lora(self) -> None:
        unet = self.pipe.unet
        unet.requires_grad_(False)
        torch.manual_seed(self.plan.seed)
        self.config = LoraConfig(r=self.plan.rank, lora_alpha=self.plan.alpha, init_lora_weights="gaussian",
                                 target_modules=TARGETS)  # fmt: skip
        unet.add_adapter(self.config, adapter_name=diffusion.NAME)
        cast_training_params(unet, dtype=torch.float32)
        if self.plan.checkpointing:
            unet.enable_gradient_checkpointing()
        self.learnt = [p for p in unet.parameters() if p.requires_grad]
        self.optimiser = torch.optim.AdamW(self.learnt, lr=self.plan.rate, weight_decay=1e-2)

    # ---- learning --------------------------------------------------------------------------------------------

    def learn(self, steps: int) -> None:
        """Every step that is missing."""
        begun = self._resume()
        self.journal.put(phase="training", step=begun, steps=steps, message="", hint="", extra={"device": self.device})
        if self.journal.now.held_loss_before is None:
            self.journal.put(held_loss_before=self._same_noise())
        for step in range(begun + 1, steps + 1):
            at = time.monotonic()
            loss = self._step(step, steps)
            self.working += time.monotonic() - at
            self.steps += 1
            last = step == steps
            looked = last or step % self.plan.measure_every == 0
            self._note(step, steps, loss, self._same_noise() if looked else None)
            if last or step % self.plan.save_every == 0 or self.journal.asked():
                self._save(step)
            self.journal.look()
            if looked:
                self._show(step)
        self._keep()

    def _step(self, step: int, steps: int) -> float:
        """One step of the optimiser; its noise comes from its number alone."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate(self.plan.rate, step, steps)
        draw = torch.Generator("cpu").manual_seed(self.plan.seed * 1_000_003 + step)
        total, parts = 0.0, self.plan.accumulate
        self.pipe.unet.train()
        for part in range(parts):
            first = ((step - 1) * parts + part) * self.plan.batch
            rows = [diffusion_rows.turn(self.rows, first + n, self.plan.seed) for n in range(self.plan.batch)]
            if self.others:
                rows += [diffusion_rows.turn(self.others, first + n, self.plan.seed) for n in range(self.plan.batch)]
            loss = self._loss(rows, draw) / parts
            loss.backward()
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self.learnt, 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return total

    def _loss(self, rows: list[Row], draw: torch.Generator, share: float | None = None) -> Any:
        """How far the noise it sees is from the one that was put in; `share`: at this amount of noise, else any."""
        mean = torch.cat([row["mean"] for row in rows])
        std = torch.cat([row["std"] for row in rows])
        clean = (mean + std * torch.randn(mean.shape, generator=draw)) * self.pipe.vae.config.scaling_factor
        noise = torch.randn(clean.shape, generator=draw)
        most = int(self.noise.config.num_train_timesteps)
        when = (torch.randint(0, most, (len(rows),), generator=draw) if share is None
                else torch.full((len(rows),), int(share * most)))  # fmt: skip
        noisy = self.noise.add_noise(clean, noise, when)
        wanted = self.noise.get_velocity(clean, noise, when) if self._velocity() else noise
        text = torch.cat([row["prompt_embeds"] for row in rows]).to(self.device)
        added = {}
        if "pooled_prompt_embeds" in rows[0]:
            added = {"added_cond_kwargs": {
                "text_embeds": torch.cat([row["pooled_prompt_embeds"] for row in rows]).to(self.device),
                "time_ids": torch.tensor([row["ids"] for row in rows], dtype=text.dtype, device=self.device),
            }}  # fmt: skip
        with torch.autocast(self.device, torch.bfloat16, enabled=self.plan.dtype == "bfloat16"):
            seen = self.pipe.unet(noisy.to(self.device, text.dtype), when.to(self.device), text, **added).sample
        apart = functional.mse_loss(seen.float(), wanted.to(self.device), reduction="none").mean(dim=(1, 2, 3))
        own = self.plan.batch if share is None else len(rows)
        return apart[:own].mean() + (self.about.prior * apart[own:].mean() if len(rows) > own else 0.0)

    def _velocity(self) -> bool:
        return bool(self.noise.config.prediction_type == "v_prediction")

    def _same_noise(self) -> float:
        """The loss on the photos at fixed amounts of the same noise: unlike a step's, it can be compared."""
        self.pipe.unet.eval()
        draw = torch.Generator("cpu").manual_seed(self.plan.seed)
        with torch.no_grad():
            found = [float(self._loss([row], draw, share)) for row in self.rows[:READ] for share in LEVELS]
        return round(sum(found) / len(found), 5)

    # ---- what is said and kept ---------------------------------------------------------------------------------

    def _note(self, step: int, steps: int, loss: float, read: float | None) -> None:
        pace = self.working / self.steps
        memory = torch.cuda.max_memory_allocated() if self.device == "cuda" else self.journal.memory()
        looks = (steps - step) // self.plan.measure_every + (step < steps)
        eta = (steps - step) * pace + (looks * self.looking / self.looks if self.looks else 0.0)
        figures: dict[str, Any] = {"loss": round(loss, 5)} | ({} if read is None else {"held_loss": read})
        self.journal.add("log.jsonl", step=step, **figures, rate=rate(self.plan.rate, step, steps), memory=memory,
                         at=round(time.time(), 2))  # fmt: skip
        first = self.journal.now.first_step_after or round(self.journal.since(), 2)
        self.journal.put(step=step, **figures, seconds_a_step=pace, eta=round(eta, 1), memory=memory,
                         first_step_after=first)  # fmt: skip

    def _show(self, step: int) -> None:
        """The same scenes from the same seeds, as it makes them now."""
        at = time.monotonic()
        self.pipe.unet.eval()
        side = self.about.resolution
        for n, (text, embeds) in enumerate(self.scenes):
            name = f"samples/step-{step:06d}-{n}.png"
            one = {"steps": self.about.shown_steps, "guidance": 5.0, "seed": self.plan.seed + n,
                   "width": side, "height": side}  # fmt: skip
            diffusion.keep(diffusion.picture(self.pipe, one, self._each, **embeds)[0], self.folder / name)
            self.journal.add("samples.jsonl", step=step, id=str(n), brief=text, file=name)
        self.looking += time.monotonic() - at
        self.looks += 1

    def _weights(self) -> dict[str, Any]:
        found = get_peft_model_state_dict(self.pipe.unet, adapter_name=diffusion.NAME)
        return {name: value.detach().float().cpu().contiguous() for name, value in found.items()}

    def _save(self, step: int) -> None:
        """A checkpoint, which appears whole; the two newest stay."""
        root = self.folder / "checkpoints"
        half = root / "half.part"
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        save_file(self._weights(), half / WEIGHTS)
        torch.save(self.optimiser.state_dict(), half / "optimizer.pt")
        target = root / f"checkpoint-{step}"
        shutil.rmtree(target, ignore_errors=True)
        half.replace(target)
        for old in _checkpoints(root)[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

    def _resume(self) -> int:
        """Steps that are done already: those of the newest checkpoint that can be read."""
        for found in _checkpoints(self.folder / "checkpoints"):
            try:
                weights = load_file(found / WEIGHTS)
                state = torch.load(found / "optimizer.pt", weights_only=True)
                set_peft_model_state_dict(self.pipe.unet, weights, adapter_name=diffusion.NAME)
                self.optimiser.load_state_dict(state)
            except Exception:  # whatever is wrong with it, it is not used
                shutil.rmtree(found, ignore_errors=True)
                continue
            return int(found.name.rsplit("-", 1)[1])
        return 0

    def _keep(self) -> None:
        """Write `out/`, which appears whole, in the form that diffusers and others load."""
        half = self.folder / "out.part"
        shutil.rmtree(half, ignore_errors=True)
        kind = diffusion.PIPELINES[self.base.kind]
        told = self.config.to_dict()  # type: ignore[no-untyped-call]
        kind.save_lora_weights(half, unet_lora_layers=self._weights(), unet_lora_adapter_metadata=told)
        shutil.rmtree(self.folder / "out", ignore_errors=True)
        half.replace(self.folder / "out")


def train(journal: Journal, plan: Plan, told: dict[str, Any]) -> None:
    """Learn what plan.json and photos.json of the folder say; leaves out/ with the LoRA. Raises Cancelled."""
    random.seed(plan.seed)
    journal.put(message="Loading the image model")
    learner = Learner(journal, plan, told)
    learner.ready()
    learner.learn(plan.steps)
    journal.put(phase="done", eta=0.0, message="")


def rate(most: float, step: int, steps: int) -> float:
    """The learning rate of a step: up for a tenth of them, then down along a cosine."""
    warm = math.ceil(steps / 10) if steps > 1 else 0
    if step <= warm:
        return most * step / warm
    return most * 0.5 * (1 + math.cos(math.pi * (step - 1 - warm) / max(1, steps - warm)))


def _checkpoints(root: Path) -> list[Path]:
    """The newest first."""
    found = [path for path in root.glob("checkpoint-*") if path.name.rsplit("-", 1)[1].isdigit()]
    return sorted(found, key=lambda path: int(path.name.rsplit("-", 1)[1]), reverse=True)
