"""Speed of the pretrained encoder: ours against PyTorch's, on the same batches.

    make bench

Prints ratios; never fails. PyTorch's part is skipped where it or `transformers` is not installed
(requirements-reference.txt).
"""

import importlib.util
from collections.abc import Callable

import numpy as np
from timing import seconds

from lib.models import encoder, pretrained  # before Keras: it starts quietly

# isort: split
import keras

FOLDER = pretrained.find("minilm", download=False)


def rates(runs: dict[str, Callable], texts: int) -> dict[str, float]:
    """Return texts per second of each."""
    return {name: texts / seconds(run, repeats=4) for name, run in runs.items()}


def say(title: str, found: dict[str, float], reference: str) -> None:
    print(title)
    for name, rate in found.items():
        print(f"  {name:30s} {rate:6.1f} texts a second, ratio {rate / found[reference]:.2f}")


def batch(texts: int, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return ids and one-hot labels of texts of one length."""
    draw = np.random.default_rng(0)
    ids = draw.integers(1_000, 20_000, (texts, length)).astype("int32")
    return ids, np.eye(2, dtype="float32")[np.arange(texts) % 2]


def ours(dtype: str, *, trained_blocks: int) -> keras.Model:
    """Return the classifier, compiled as `training.fit` compiles it."""
    options = {"pretrained": "minilm", **encoder.sizes_of("minilm")}
    network = encoder.encoder(**options, dtype=dtype, trained_blocks=trained_blocks)
    encoder.load_pretrained(network, options, download=False)
    optimizer = keras.optimizers.AdamW(1e-5, clipnorm=1.0, use_ema=True)
    network.compile(optimizer, keras.losses.CategoricalCrossentropy(from_logits=True))
    return network


class Torch:
    """The same classifier in PyTorch, in bfloat16 where autocast sees fit."""

    def __init__(self, *, trained_blocks: int):
        import torch
        import transformers

        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        self.torch = torch
        self.encoder = transformers.AutoModel.from_pretrained(FOLDER).eval()
        self.head = torch.nn.Sequential(
            torch.nn.Linear(384, 128), torch.nn.ReLU(), torch.nn.Linear(128, 2)
        )
        blocks = self.encoder.encoder.layer
        fixed = [self.encoder.embeddings, *blocks[: len(blocks) - trained_blocks]]
        for part in fixed:
            part.requires_grad_(False)
        moving = [p for p in self.encoder.parameters() if p.requires_grad]
        self.optimizer = torch.optim.AdamW([*moving, *self.head.parameters()], lr=1e-5)

    def logits(self, ids):
        with self.torch.autocast("cpu", dtype=self.torch.bfloat16):
            ids = self.torch.tensor(ids, dtype=self.torch.long)
            states = self.encoder(ids, attention_mask=(ids != 0).long()).last_hidden_state
            return self.head(states.mean(dim=1))

    def predict(self, ids):
        with self.torch.inference_mode():
            return self.logits(ids).float().numpy()

    def train(self, ids, targets):
        labels = self.torch.tensor(targets.argmax(axis=1))
        loss = self.torch.nn.functional.cross_entropy(self.logits(ids).float(), labels)
        loss.backward()
        self.optimizer.step()
        self.optimizer.zero_grad()


def main() -> None:
    there = all(importlib.util.find_spec(name) for name in ("torch", "transformers"))
    if not there:
        print("PyTorch or transformers is not installed; their part is left out.")
    ids, _ = batch(64, 128)
    fast, full = (ours(dtype, trained_blocks=0) for dtype in ("mixed_bfloat16", "float32"))
    runs = {
        "ours, bfloat16": lambda: fast.predict_on_batch(ids),
        "ours, float32": lambda: full.predict_on_batch(ids),
    }
    if there:
        torch = Torch(trained_blocks=0)
        runs["PyTorch, bfloat16"] = lambda: torch.predict(ids)
    say("Prediction, 64 texts of 128 pieces", rates(runs, len(ids)), list(runs)[-1])

    ids, targets = batch(32, 256)
    tuned, whole = ours("mixed_bfloat16", trained_blocks=6), ours("float32", trained_blocks=6)
    upper = ours("mixed_bfloat16", trained_blocks=4)
    runs = {
        "ours, bfloat16": lambda: tuned.train_on_batch(ids, targets),
        "ours, float32": lambda: whole.train_on_batch(ids, targets),
        "ours, bfloat16, upper four blocks": lambda: upper.train_on_batch(ids, targets),
    }
    if there:
        torch_tuned = Torch(trained_blocks=6)
        runs["PyTorch, bfloat16"] = lambda: torch_tuned.train(ids, targets)
    say("Training, 32 texts of 256 pieces", rates(runs, len(ids)), list(runs)[-1])


if __name__ == "__main__":
    main()
