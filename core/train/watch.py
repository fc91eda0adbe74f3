"""trl's trainers as this program runs them: a leaner loss on a CPU, and an eye that writes down how it goes.

Heavy: imported by the training process alone.
"""
# ruff: noqa: ARG002 - transformers names what a callback is given

from __future__ import annotations

import time
import types
from typing import Any

import torch
from transformers import TrainerCallback
from trl.trainer.dpo_config import DPOConfig
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.sft_config import SFTConfig
from trl.trainer.sft_trainer import SFTTrainer
from trl.trainer.utils import FusedCausalLMOutput

from core.train import rows, writer
from core.train.journal import Journal
from core.train.model import Plan

CHUNK = 512
"""Tokens whose scores over the whole vocabulary are in memory at once."""
SAMPLE_TOKENS = 160
SIMPO_BETA, SIMPO_MARGIN = 20.0, 0.5
"""SimPO works on means over tokens, DPO on sums: the plan's beta is taken so many times, as its paper's 2.0 to 0.1; the
margin is a share of it (gamma / beta in the paper)."""
Batch = dict[str, Any]


class LogProb(torch.autograd.Function):
    """Log-probability of each target under a frozen head, a chunk at a time: no scores are kept for the way back.

    The gradient of log softmax(hW')[y] by h is W[y] - softmax(hW')W: taken on the way there, scaled on the way back.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Any, weight: Any, targets: Any) -> Any:
        """(n, wide), (vocabulary, wide), (n,) -> (n,)."""
        found, slopes = [], torch.empty_like(hidden)
        for at in range(0, len(hidden), CHUNK):
            part, wanted = hidden[at : at + CHUNK].to(weight.dtype), targets[at : at + CHUNK]
            scores = (part @ weight.T).float()
            total = torch.logsumexp(scores, 1)
            found.append(scores.gather(1, wanted[:, None])[:, 0] - total)
            if ctx.needs_input_grad[0]:
                shares = scores.sub_(total[:, None]).exp_().to(weight.dtype)
                slopes[at : at + CHUNK] = (weight[wanted] - shares @ weight).to(slopes.dtype)
        ctx.save_for_backward(slopes)
        return torch.cat(found) if found else hidden.new_zeros(0, dtype=torch.float32)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """By the hidden states alone: the head is frozen."""
        (slopes,) = ctx.saved_tensors
        return grads[0][:, None].to(slopes.dtype) * slopes, None, None


def lean(model: Any) -> None:
    """Give a model on a CPU the forward that trl's trainers call (`fused_lm_head=True`), scoring learnt tokens alone.

    trl's own scores every token of the prompt too where there is no GPU, and keeps an attention mask that right
    padding does not need: no learnt token ever looks at what comes after it.
    """
    ordinary = type(model).forward

    def forward(self: Any, *args: Any, fused_lm_head: bool = False, labels: Any = None, **more: Any) -> Any:
        if not fused_lm_head:
            return ordinary(self, *args, labels=labels, **more)
        mask = more.pop("attention_mask", None)
        if mask is not None and not bool(mask[:, 0].all()):
            more["attention_mask"] = mask
        more["use_cache"] = False
        hidden = self.base_model(*args, **more).last_hidden_state[:, :-1]
        targets = labels[:, 1:]
        learnt = targets != rows.IGNORED
        found = LogProb.apply(hidden[learnt], self.lm_head.weight, targets[learnt])  # type: ignore[no-untyped-call]
        scores = torch.zeros(targets.shape, dtype=torch.float32).masked_scatter(learnt, found)
        nothing = torch.zeros_like(scores, requires_grad=False)
        return FusedCausalLMOutput(
            log_probs=scores, entropy=nothing, mean_logits=nothing, is_top1=nothing.bool(), label_mask=learnt
        )

    model.forward = types.MethodType(forward, model)


class Counting:
    """Mixed into trl's trainers: counts the tokens that were read for learning, padding left out."""

    tokens_read = 0

    def training_step(self, model: Any, inputs: Batch, *more: Any) -> Any:
        """One micro-batch."""
        masks = [v for k, v in inputs.items() if k.endswith("attention_mask") and not k.startswith("prompt")]
        self.tokens_read += sum(int(mask.sum()) for mask in masks)
        return super().training_step(model, inputs, *more)  # type: ignore[misc]

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """None: Timbre writes its own."""


class Paired(Counting):
    """Mixed into ORPO and SimPO, whose own forward keeps the scores of every token over the whole vocabulary."""

    def concatenated_forward(self, model: Any, batch: Batch) -> Any:
        """Mean log-probabilities of chosen and rejected texts, two empty scores, loss on the chosen texts."""
        both = self.concatenated_inputs(  # type: ignore[attr-defined]
            batch,
            is_encoder_decoder=False,
            padding_value=self.processing_class.pad_token_id,  # type: ignore[attr-defined]
            device=batch["chosen_labels"].device,
        )
        labels, count = both["concatenated_labels"], len(batch["chosen_labels"])
        out = model(
            input_ids=both["concatenated_input_ids"],
            attention_mask=both["concatenated_attention_mask"],
            labels=labels,
            fused_lm_head=True,
        )
        sums, sizes = out.log_probs.sum(1), out.label_mask.sum(1).clamp(min=1)
        means, nothing = sums / sizes, torch.zeros(1)
        return means[:count], means[count:], nothing, nothing, -sums[:count].sum() / sizes[:count].sum()


def made(told: dict[str, Any], plan: Plan, model: Any, tokenizer: Any, learnt: Any, held: Any) -> Any:
    """trl's trainer of a method."""
    kind, config = _kinds(plan, told)
    if plan.method == "sft":
        config.train_sampling_strategy = "group_by_length"  # less padding
    trainer = kind(
        model=model, args=config, train_dataset=learnt, eval_dataset=held, processing_class=tokenizer, callbacks=[]
    )
    if plan.device == "cpu" or plan.method in ("orpo", "simpo"):
        lean(model.get_base_model())
    return trainer


def _kinds(plan: Plan, told: dict[str, Any]) -> tuple[Any, Any]:
    if plan.method == "sft":
        return type("Sft", (Counting, SFTTrainer), {}), SFTConfig(**told)
    if plan.method == "dpo":
        return type("Dpo", (Counting, DPOTrainer), {}), DPOConfig(**told, beta=plan.beta)
    if plan.method == "orpo":
        from trl.experimental.orpo import ORPOConfig, ORPOTrainer

        return type("Orpo", (Paired, ORPOTrainer), {}), ORPOConfig(**told, beta=plan.beta)
    from trl.experimental.cpo import CPOConfig, CPOTrainer

    beta = plan.beta * SIMPO_BETA
    config = CPOConfig(**told, beta=beta, loss_type="simpo", cpo_alpha=0.0, simpo_gamma=beta * SIMPO_MARGIN)
    return type("Simpo", (Paired, CPOTrainer), {}), config


class Eye(TrainerCallback):  # type: ignore[misc, unused-ignore]
    """Writes down every step; takes the held-out loss, writes samples; saves and stops where somebody asks for it."""

    def __init__(self, journal: Journal, plan: Plan, trainer: Any, tokenizer: Any, shown: list[rows.Record]) -> None:
        self.journal, self.plan, self.trainer, self.tokenizer, self.shown = journal, plan, trainer, tokenizer, shown
        self.stopped = False
        self.begun = self.working = self.looking = 0.0
        self.steps = self.looks = 0
        self.first = {n: p.detach().clone() for n, p in trainer.model.named_parameters() if p.requires_grad}
        self.held: float | None = None

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Everything is loaded."""
        kept = state.global_step
        self.journal.put(phase="training", step=kept, steps=state.max_steps, message="", hint="")

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The clock of a step starts."""
        self.begun = time.monotonic()

    def on_substep_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """A stop need not wait for the whole step, but what a part of it learnt is not saved."""
        if self.journal.asked():
            self._stop(control)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """The clock stops; readings at their steps; a stop is heard."""
        self.working += time.monotonic() - self.begun
        self.steps += 1
        self.held = None
        if self.journal.now.first_step_after is None:
            self.journal.put(first_step_after=round(self.journal.since(), 2))
        if self.journal.asked():
            self._stop(control)
            return
        last = state.global_step >= state.max_steps
        if self.journal.now.held_loss_before is None:
            self._before()
        if last or state.global_step % self.plan.measure_every == 0:
            self._look(state.global_step)

    def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """A row for the log and the newest figures for those who wait."""
        logs = more.get("logs") or {}
        if "loss" not in logs:
            return
        pace = self.working / self.steps
        figures = {"loss": logs["loss"], "tokens_s": round(self.trainer.tokens_read / max(self.working, 1e-9), 1)}
        memory = torch.cuda.max_memory_allocated() if self.plan.device == "cuda" else self.journal.memory()
        held = {} if self.held is None else {"held_loss": self.held}
        self.journal.add(
            "log.jsonl",
            step=state.global_step,
            **figures,
            **held,
            rate=logs.get("learning_rate"),
            memory=memory,
            at=round(time.time(), 2),
        )
        left = state.max_steps - state.global_step
        looks = left // self.plan.measure_every + bool(left)
        rest = left * pace + (looks * self.looking / self.looks if self.looks else 0.0)
        self.journal.put(
            step=state.global_step, **figures, **held, seconds_a_step=pace, eta=round(rest, 1), memory=memory
        )

    def _stop(self, control: Any) -> None:
        self.stopped = True
        control.should_save = self.steps > 0
        control.should_training_stop = True

    def _before(self) -> None:
        """The held-out loss before anything was learnt; taken after the first step, which people wait for."""
        now = {n: p.detach().clone() for n, p in self.trainer.model.named_parameters() if p.requires_grad}
        self._put_back(self.first)
        self.journal.put(held_loss_before=self._held_loss())
        self._put_back(now)
        self.first = {}

    def _put_back(self, weights: dict[str, Any]) -> None:
        with torch.no_grad():
            for name, value in self.trainer.model.named_parameters():
                if name in weights:
                    value.copy_(weights[name])

    def _look(self, step: int) -> None:
        """The held-out loss now, and a text for each of the fixed briefs."""
        begun = time.monotonic()
        self.held = self._held_loss()
        model = self.trainer.model
        told = [rows.asked(row, self.plan.base, self.tokenizer) for row in self.shown]
        model.eval()
        for row, text in zip(
            self.shown, writer.texts(model, self.tokenizer, told, self.plan.seed, SAMPLE_TOKENS), strict=True
        ):
            self.journal.add("samples.jsonl", step=step, id=row["id"], text=text)
        model.train()
        self.looking += time.monotonic() - begun
        self.looks += 1

    def _held_loss(self) -> float | None:
        """Mean over the held-out tokens (of pairs: over the pairs)."""
        if self.trainer.eval_dataset is None:
            return None
        model, total, weight = self.trainer.model, 0.0, 0
        model.eval()
        for batch in self.trainer.get_eval_dataloader():
            ready = self.trainer._prepare_inputs(batch)
            count = int((ready["labels"][:, 1:] != rows.IGNORED).sum()) if self.plan.method == "sft" else 1
            with torch.no_grad(), self.trainer.compute_loss_context_manager():
                total += float(self.trainer.compute_loss(model, ready)) * count
            weight += count
        model.train()
        return round(total / weight, 4) if weight else None
