"""LoRA training with peft and trl: supervised on posts (SFT), or on what people preferred (DPO, ORPO, SimPO).

Heavy: imported by the training process alone.
"""

from __future__ import annotations

import json
import math
import shutil
import zipfile
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset  # type: ignore[import-untyped]
from peft import LoraConfig, get_peft_model, set_peft_model_state_dict
from safetensors import safe_open
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from core.errors import Invalid
from core.train import rows, watch
from core.train.bases import Base
from core.train.journal import Journal
from core.train.model import Plan

HELD_ROWS = 24
"""Rows of which the held-out loss is taken, spread evenly over all that are held out."""
WEIGHTS = "adapter_model.safetensors"


def train(journal: Journal, plan: Plan, base: Base) -> None:
    """Train in the journal's folder, from the newest checkpoint that is whole; the adapter ends up in `out/`.

    Raises Cancelled once everything is saved, where somebody asked to stop.
    """
    folder = journal.folder
    journal.put(message="Reading the rows")
    tokenizer = AutoTokenizer.from_pretrained(base.folder)
    learnt, held, extra = _data(folder, plan, tokenizer)
    extra |= {"base": base.hash, "threads": torch.get_num_threads()}
    journal.put(message="Loading the base model", extra=extra)
    journal.look()
    model = with_lora(load(base, plan), plan)
    if said := _begin_from(model, folder / "start"):
        journal.put(extra=journal.now.extra | {"start": said})
    journal.look()
    runner = watch.made(_arguments(folder, plan, len(learnt)), plan, model, tokenizer, learnt, held)
    eye = watch.Eye(journal, plan, runner, tokenizer, rows.read_list(folder / "samples.json"))
    runner.add_callback(eye)
    torch.manual_seed(plan.seed)
    runner.train(resume_from_checkpoint=_newest(folder / "checkpoints"))
    journal.put(phase="saving", message="")
    if eye.stopped:
        journal.look()
    _keep(model, folder, base)
    journal.put(phase="done", eta=0.0)


def load(base: Base, plan: Plan) -> Any:
    """The base in memory: frozen, so 16 bits are enough for it where the plan computes in 16 bits."""
    dtype = getattr(torch, plan.dtype)
    told: dict[str, Any] = {"dtype": dtype, "local_files_only": True, "attn_implementation": "sdpa"}
    if plan.quantize == "nf4":
        told["quantization_config"] = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
    if plan.device == "cuda" or plan.quantize == "nf4":
        told["device_map"] = {"": 0 if plan.device == "cuda" else "cpu"}
    model = AutoModelForCausalLM.from_pretrained(base.folder, **told)
    model.config.use_cache = False
    return model


def with_lora(model: Any, plan: Plan) -> Any:
    """The model with a new adapter over it that changes nothing yet."""
    torch.manual_seed(plan.seed)
    targets = plan.targets if plan.targets == "all-linear" else [t.strip() for t in plan.targets.split(",")]
    config = LoraConfig(
        r=plan.rank, lora_alpha=plan.alpha, lora_dropout=plan.dropout, target_modules=targets, task_type="CAUSAL_LM"
    )
    made = get_peft_model(model, config)
    made.peft_config["default"].base_model_name_or_path = None  # a path of this machine is nobody's business
    return made


def _data(folder: Path, plan: Plan, tokenizer: Any) -> tuple[Dataset, Dataset | None, dict[str, Any]]:
    """Rows to learn from and rows held out, as trl wants them, and how many there are."""
    make = rows.encoded if plan.method == "sft" else rows.pairs
    found = rows.read(folder / "train.jsonl")
    learnt = make(found, plan.base, tokenizer, plan.tokens)
    held = make(rows.spread(rows.read(folder / "held.jsonl"), HELD_ROWS), plan.base, tokenizer, plan.tokens)
    if not learnt:
        raise Invalid(
            f"None of the {len(found)} rows fits into {plan.tokens} tokens. Nothing was trained.",
            "Allow longer rows under 'Advanced', or choose other samples.",
        )
    count: dict[str, Any] = {"rows": len(learnt), "left_out": len(found) - len(learnt), "held_rows": len(held)}
    return Dataset.from_list(learnt), Dataset.from_list(held) if held else None, count


def _arguments(folder: Path, plan: Plan, count: int) -> dict[str, Any]:
    """What all of trl's trainers are told alike."""
    steps = plan.steps or max(1, math.ceil(math.ceil(count / (plan.batch * plan.accumulate)) * plan.epochs))
    return {
        "output_dir": str(folder / "checkpoints"),
        "per_device_train_batch_size": plan.batch,
        "per_device_eval_batch_size": plan.batch,
        "gradient_accumulation_steps": plan.accumulate,
        "learning_rate": plan.rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": math.ceil(steps / 10) if steps > 1 else 0,
        "max_steps": steps,
        "max_length": plan.tokens,
        "logging_steps": 1,
        "save_strategy": "steps",
        "save_steps": plan.save_every,
        "save_total_limit": 2,
        "report_to": "none",
        "disable_tqdm": True,
        "seed": plan.seed,
        "use_cpu": plan.device == "cpu",
        "bf16": plan.dtype == "bfloat16",
        "gradient_checkpointing": plan.checkpointing,
        "optim": "paged_adamw_8bit" if plan.quantize == "nf4" and plan.device == "cuda" else "adamw_torch",
        "dataloader_pin_memory": plan.device == "cuda",
    }


def _begin_from(model: Any, start: Path) -> str:
    """Copy in the weights of another adapter where rank and targets agree; otherwise why they could not be."""
    if not (start / WEIGHTS).is_file():
        return ""
    kept, new = json.loads((start / "adapter_config.json").read_text()), model.peft_config["default"]
    if kept.get("r") != new.r:
        return f"begun afresh: the other adapter has rank {kept.get('r')}, this one {new.r}"
    weights = load_file(start / WEIGHTS)
    mine = {name.replace(".default", ""): p.shape for name, p in model.named_parameters() if p.requires_grad}
    if {name: value.shape for name, value in weights.items()} != mine:
        return "begun afresh: the other adapter changes other parts of the model"
    set_peft_model_state_dict(model, weights)
    return "begun from the weights of another adapter"


def _newest(folder: Path) -> str | None:
    """The newest checkpoint that was written to its end; what a kill left half written is removed."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda c: int(c.name.rsplit("-", 1)[1]), reverse=True)
    for checkpoint in found:
        if _is_whole(checkpoint):
            return str(checkpoint)
        shutil.rmtree(checkpoint, ignore_errors=True)
    return None


def _is_whole(checkpoint: Path) -> bool:
    try:
        json.loads((checkpoint / "trainer_state.json").read_text())
        with safe_open(checkpoint / WEIGHTS, "pt") as opened:
            opened.keys()
    except Exception:  # whatever is wrong with it, it is not used
        return False
    return all(zipfile.is_zipfile(checkpoint / name) for name in ("optimizer.pt", "scheduler.pt"))


def _keep(model: Any, folder: Path, base: Base) -> None:
    """Write `out/`, which appears whole."""
    half = folder / "out.part"
    shutil.rmtree(half, ignore_errors=True)
    model.save_pretrained(half, selected_adapters=["default"])  # DPO has a second one, what it began from
    config = json.loads((half / "adapter_config.json").read_text())
    (half / "adapter_config.json").write_text(json.dumps(config | {"base_model_name_or_path": base.name}, indent=1))
    (half / "README.md").unlink(missing_ok=True)  # peft's own empty card
    shutil.rmtree(folder / "out", ignore_errors=True)
    half.replace(folder / "out")
