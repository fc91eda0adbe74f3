"""A request to a large model from a released prompt, with what every such prompt may be told of the run."""

from __future__ import annotations

from typing import Any

from core import llm
from core.generate import free, prompts
from core.generate.material import Material


def request(
    material: Material,
    name: str,
    seed: int,
    tokens: int,
    temperature: float = 0.4,
    schema: dict[str, Any] | None = None,
    **inputs: Any,
) -> llm.Request:
    """The request of a prompt: `author`, `brief`, `persona` and `house` are filled in where it declares them."""
    prompt = prompts.get(name, material.prompts.get(name))
    shared = {
        "author": material.author,
        "brief": free.told(material),
        "persona": free.manner(material),
        "house": material.house,
    }
    system, user = prompt.render(**{k: v for k, v in shared.items() if k in prompt.inputs}, **inputs)
    return llm.Request(
        user,
        system=system,
        seed=material.seed + seed,
        temperature=temperature,
        min_p=0.05,
        repeat_penalty=1.05,
        max_tokens=tokens,
        json=schema is not None,
        schema=schema,
    )
