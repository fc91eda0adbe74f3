"""Run by test_diffusion.py in a process of its own, as importing diffusers costs seconds: trainings and pictures.

python diffusion_runs.py PLACE      # builds tiny models there, does everything, writes PLACE/codes.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from core.images import diffusion_base, diffusion_child, likeness_plan
from core.train.journal import Journal
from core.train.model import Plan

WORDS = "tmbr"
PLAN: dict[str, Any] = {"steps": 6, "rank": 4, "alpha": 8, "rate": 2e-3, "measure_every": 3, "save_every": 2}
SHOWN = {"shown": 1, "shown_steps": 2, "class_images": 2}


def main(place: Path) -> None:
    import tiny_sdxl  # beside this file: as a program it knows no package of tests

    from core.images import diffusion, diffusion_train

    xl, old = tiny_sdxl.sdxl(place / "sdxl"), tiny_sdxl.sd15(place / "sd15")
    codes = {"whole": train(folder(place / "whole", xl)), "prior": train(folder(place / "prior", old, prior=1.0))}
    broken = folder(place / "broken", xl)
    note = diffusion_train.Learner._note

    def stop_at_three(self: Any, step: int, *more: Any) -> None:
        note(self, step, *more)
        if step == 3:
            (self.folder / "cancel").touch()

    diffusion_train.Learner._note = stop_at_three  # type: ignore[method-assign]
    codes["stopped"] = train(broken)
    diffusion_train.Learner._note = note  # type: ignore[method-assign]
    (broken / "cancel").unlink()
    newest = broken / "checkpoints" / "checkpoint-3" / "optimizer.pt"
    newest.write_bytes(newest.read_bytes()[:-400])  # a kill came while it was written
    codes["gone on"] = train(broken)
    lora = place / "whole" / "out" / "pytorch_lora_weights.safetensors"
    text = likeness_plan.SCENES[0].format(who=f"{WORDS} woman")
    one = {"prompt": text, "negative": "", "width": 64, "height": 64, "steps": 2, "guidance": 5.0, "seed": 7,
           "scale": 1.0, "reference": "", "strength": 0.5}  # fmt: skip
    codes["bare"] = pictures(place / "bare", xl, "", [one])
    begun = {**one, "reference": str(place / "bare" / "0.png")}
    codes["worn"] = pictures(
        place / "worn", xl, str(lora), [one, {**one, "scale": 0.0}, one, {**one, "seed": 8}, begun]
    )
    codes["again"] = pictures(place / "again", xl, str(lora), [one])
    codes["loaded again"] = diffusion.ready.cache_info().hits
    codes["misfit"] = pictures(place / "misfit", old, str(lora), [one])
    codes["old"] = pictures(place / "old", old, str(place / "prior" / "out" / lora.name), [one, {**one, "scale": 0.0}])
    codes["old bare"] = pictures(place / "old-bare", old, "", [one])
    (place / "codes.json").write_text(json.dumps(codes))


def folder(made: Path, model: Path, **about: Any) -> Path:
    """A run's folder, as its phase `prepare` leaves it."""
    (made / "photos").mkdir(parents=True)
    rows = []
    for n in range(3):
        image = Image.new("RGB", (90, 120), (40 * n, 200 - 30 * n, 90))
        ImageDraw.Draw(image).ellipse((20, 20, 70, 80), fill=(220, 180, 150))
        image.save(made / "photos" / f"{n}.png")
        rows.append({"file": f"photos/{n}.png", "caption": f"a photo of {WORDS} woman"})
    (made / "photos.json").write_text(json.dumps(rows))
    plan = Plan(method="dreambooth", base=str(model), batch=1, checkpointing=True, **PLAN)
    side = diffusion_base.of(model).side
    told = likeness_plan.Likeness(trigger=WORDS, subject="woman", resolution=side, **SHOWN, **about)
    (made / "plan.json").write_text(json.dumps({**told.record(), **plan.record()}))
    return made


def train(made: Path) -> int:
    return diffusion_child.main([str(made), "--train"])


def pictures(made: Path, model: Path, adapter: str, wanted: list[dict[str, Any]]) -> int:
    made.mkdir()
    named = [{**one, "file": f"{n}.png"} for n, one in enumerate(wanted)]
    told = {"base": str(model), "device": "cpu", "dtype": "float32", "adapter": adapter, "pictures": named}
    (made / "ask.json").write_text(json.dumps(told))
    return diffusion_child.pictures(Journal(made), made)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
