"""The process that embeds pictures: `python -m core.images.likeness_child MODEL FOLDER COUNT` -> vectors as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def vectors(model: Path, folder: Path, count: int) -> list[list[float]]:
    """One vector a picture, `0.png` to `count - 1`: CLIP's image part, or the mean of a vision model's first token."""
    import torch
    from PIL import Image
    from transformers import AutoImageProcessor, AutoModel

    torch.set_num_threads(1)
    processors: Any = AutoImageProcessor
    prepare: Any = processors.from_pretrained(model, local_files_only=True, use_fast=False)
    network: Any = AutoModel.from_pretrained(model, local_files_only=True, use_safetensors=True).eval()
    out: list[list[float]] = []
    with torch.no_grad():
        for number in range(count):
            with Image.open(folder / f"{number}.png") as image:
                given = prepare(images=image.convert("RGB"), return_tensors="pt")
            if hasattr(network, "get_image_features"):
                found = network.get_image_features(**given)
                found = found if torch.is_tensor(found) else found.pooler_output
            else:
                told = network(**given)
                found = told.pooler_output if told.pooler_output is not None else told.last_hidden_state[:, 0]
            out.append([float(value) for value in found[0]])
    return out


def main() -> int:
    """Say the vectors, or in a sentence what is wrong."""
    model, folder, count = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    try:
        answer: dict[str, Any] = {"vectors": vectors(model, folder, count)}
    except Exception as error:  # whatever a model's files do: one line is all that is wanted
        answer = {"problem": f"{type(error).__name__}: {str(error).splitlines()[0][:200] if str(error) else ''}"}
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
