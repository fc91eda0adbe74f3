"""SFT as TRL's documentation shows it, with the settings of a run's folder: the peer of `python -m core.train.child`.

`python -m bench.train.bare FOLDER BASE` reads plan.json and train.jsonl and prints one line of JSON.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import psutil


def main(folder: Path, base: str) -> None:
    """Train; the figures of it."""
    import torch
    from datasets import Dataset  # type: ignore[import-untyped]
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig, TrainerCallback
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    plan: dict[str, Any] = json.loads((folder / "plan.json").read_text())
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()]
    times: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            times.append(time.monotonic())

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
            times[-1] = time.monotonic() - times[-1]
            if len(times) == 1:
                self.first = time.time() - psutil.Process().create_time()

    told: dict[str, Any] = {"dtype": getattr(torch, plan["dtype"])}
    if plan["quantize"] == "nf4":
        told["quantization_config"] = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )
        told["device_map"] = {"": 0 if plan["device"] == "cuda" else "cpu"}
    clock = Clock()
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, **told),
        args=SFTConfig(
            output_dir=str(folder / "bare"),
            per_device_train_batch_size=plan["batch"],
            gradient_accumulation_steps=plan["accumulate"],
            learning_rate=plan["rate"],
            lr_scheduler_type="cosine",
            max_steps=plan["steps"],
            max_length=plan["tokens"],
            gradient_checkpointing=plan["checkpointing"],
            bf16=plan["dtype"] == "bfloat16",
            use_cpu=plan["device"] == "cpu",
            optim="paged_adamw_8bit" if plan["quantize"] == "nf4" and plan["device"] == "cuda" else "adamw_torch",
            train_sampling_strategy="group_by_length",
            save_strategy="steps",
            save_steps=plan["save_every"],
            logging_steps=1,
            report_to="none",
            disable_tqdm=True,
            seed=plan["seed"],
        ),
        train_dataset=Dataset.from_list(
            [{k: [{"role": r, "content": row[c]} for r, c in part] for k, part in PARTS.items()} for row in rows]
        ),
        peft_config=LoraConfig(
            r=plan["rank"], lora_alpha=plan["alpha"], target_modules=plan["targets"], task_type="CAUSAL_LM"
        ),
        callbacks=[clock],
    )
    trainer.train()
    card = plan["device"] == "cuda"
    found = {
        "seconds_a_step": statistics.mean(times),
        "first_step_after": clock.first,
        "memory": torch.cuda.max_memory_allocated()
        if card
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "loss": trainer.state.log_history[-2]["loss"],
    }
    print(json.dumps(found))


PARTS = {"prompt": [("system", "system"), ("user", "user")], "completion": [("assistant", "post")]}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
