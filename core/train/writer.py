"""Texts by transformers: samples while a model learns, and the exam's texts on bases the runtime does not run.

Heavy: imported by the training process alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from transformers import AutoTokenizer

from core.train import rows
from core.train.bases import Base
from core.train.journal import Journal
from core.train.model import Plan

TOGETHER = 4
PENALTY, MIN_P = 1.15, 0.1


def texts(model: Any, tokenizer: Any, prompts: list[str], seed: int, most: int, temperature: float = 0.8) -> list[str]:
    """A text of at most so many tokens for each prompt; the same prompts and seed give the same texts."""
    if not prompts:
        return []
    tokenizer.padding_side = "left"
    told = tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False).to(model.device)
    tokenizer.padding_side = "right"
    ends = [tokenizer.eos_token_id, tokenizer.convert_tokens_to_ids(rows.END)]
    kept = torch.get_rng_state()
    torch.manual_seed(seed)
    with torch.inference_mode():
        out = model.generate(
            input_ids=told["input_ids"],
            attention_mask=told["attention_mask"],
            max_new_tokens=most,
            do_sample=temperature > 0,
            **({"temperature": temperature, "min_p": MIN_P} if temperature > 0 else {}),
            repetition_penalty=PENALTY,
            use_cache=True,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=[end for end in ends if isinstance(end, int)],
        )
    torch.set_rng_state(kept)  # what is learnt must not depend on whether samples were written
    written = out[:, told["input_ids"].shape[1] :]
    return [str(text).strip() for text in tokenizer.batch_decode(written, skip_special_tokens=True)]


def answer(journal: Journal, plan: Plan, base: Base, asks: Path, out: Path) -> None:
    """Write a text for each of `{"asks": [...]}` as a line {id, text} of `out`; those that are there are passed over.

    The adapter is the one in the folder's `out/`, at the scale of each ask; 0 is the base alone.
    """
    from core.train import trainer

    done = {row["id"] for row in rows.read(out)}
    wanted = [ask for ask in json.loads(asks.read_text("utf-8"))["asks"] if ask["id"] not in done]
    if not wanted:
        return
    tokenizer = AutoTokenizer.from_pretrained(base.folder)
    model = trainer.load(base, plan)
    adapter = journal.folder / "out"
    if adapter.is_dir():
        model = PeftModel.from_pretrained(model, adapter)
    model.eval()
    for ask in wanted:
        journal.look()
        scale = float(ask.get("scale", 1.0)) if adapter.is_dir() else 0.0
        prompt = rows.asked(ask, plan.base, tokenizer)
        with scaled(model, scale):
            (text,) = texts(
                model, tokenizer, [prompt], int(ask["seed"]), int(ask["max_tokens"]), float(ask["temperature"])
            )
        with out.open("a", encoding="utf-8") as opened:
            opened.write(json.dumps({"id": ask["id"], "text": text}, ensure_ascii=False) + "\n")


class scaled:  # noqa: N801 - a context manager, used like a function
    """An adapter applied so strongly, for a while; 0 is the base alone."""

    def __init__(self, model: Any, scale: float) -> None:
        self.layers = [m for m in model.modules() if hasattr(m, "scaling") and isinstance(m.scaling, dict)]
        self.scale = scale

    def __enter__(self) -> None:
        self.kept = [dict(layer.scaling) for layer in self.layers]
        for layer in self.layers:
            for name in layer.scaling:
                layer.scaling[name] *= self.scale

    def __exit__(self, *_: object) -> None:
        for layer, kept in zip(self.layers, self.kept, strict=True):
            layer.scaling.update(kept)
