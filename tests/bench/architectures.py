"""Training throughput of each architecture: as trained here, plain, and with what else there is.

    make bench                                    # this and the rest, an hour or more
    python tests/bench/architectures.py cnn dan   # only these
    python tests/bench/architectures.py --ours cnn   # texts/s as trained here, under KERAS_BACKEND

Everything is printed as a ratio to the plain version, measured in the same run: texts padded to the
cap of 400, batches of 32, Adam, Keras's defaults. With all architectures the table also goes to
docs/speed.md, with the machine that it holds for; until then its rows are kept under build/speed/,
so that a run that was interrupted goes on, if machine, versions and commit are the same.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from timing import matrix_peak, seconds

from lib import data, paths
from lib.evaluation.publish import commit, environment
from lib.models import architectures
from lib.models.batches import BucketedBatches
from lib.models.layers import RotaryAttention
from lib.progress import progress_bar
from lib.text import SequenceVectorizer

CAP, BATCH, TEXTS = 400, 128, 1024
KEPT = paths.BUILD / "speed"
ARCHITECTURES = {
    "dan": {},
    "rnn": {"bidirectional": True},
    "lstm": {},
    "bilstm": {"bidirectional": True},
    "gru": {"bidirectional": True},
    "cnn": {},
    "dcnn": {},
    "lstm_attention": {},
    "transformer": {},
    "transformer_modern": {"embedding_dim": 96},
    "min_gru": {},
    "lru": {},
}
# What is changed against the way that the notebooks train.
VARIANTS = {
    "ours": {},
    "batch 32": {"batch": 32},
    "padded to the cap": {"pad_to": CAP},
    "XLA": {"jit": True},
    "bfloat16": {"policy": "mixed_bfloat16"},
    "4 steps a call": {"steps": 4},
    "embedding frozen": {"frozen": True},
}
CHANGES = [name for name in VARIANTS if name not in ("ours", "embedding frozen")]  # ways to train


HEAD = """# Training throughput

Texts per second of each architecture trained plainly (padded to 400, batches of 32, Adam, Keras's
defaults), and the ratio to that of other ways:

- *ours*: as the notebooks train, in buckets of like length, batches of 128, AdamW with clipped
  gradients and averaged weights. *share of peak* says what part of the machine's fastest matrix
  products that reaches.
- *batch 32*, *padded to the cap*, *XLA*, *bfloat16*, *4 steps a call*: ours with that one thing
  changed. XLA compiles once per length, so all lengths are rounded up to multiples of 50.
- *JAX*: ours under another backend of Keras, which compiles once per length, as XLA does.
- *embedding frozen*: not a way to train; it shows what the gradients of word vectors cost.

Written by `make bench`, the figures of a row in one run: {texts}, {cpu},
Keras {keras}, matrix products at {peak:.0f} GFLOP/s at best.

"""


class Rounded(SequenceVectorizer):
    """Pads a batch to the next multiple of `pad_to`, so that XLA has few shapes to compile."""

    pad_to = 50

    def collate(self, rows):
        """Pad rows at the end to a multiple of `pad_to` steps."""
        batch = super().collate(rows)
        return np.pad(batch, ((0, 0), (0, -batch.shape[1] % self.pad_to)))


def network(name: str, *, plain=False, policy="float32", jit=False, steps=1, frozen=False):
    """Return a compiled network of the size that the notebooks train."""
    keras.config.set_dtype_policy(policy)
    architecture = "lstm" if name == "bilstm" else name
    options = {"vocabulary_size": 20_000, **ARCHITECTURES[name]}
    built = architectures.find(architecture).network(**options)
    keras.config.set_dtype_policy("float32")
    built.get_layer("embedding").trainable = not frozen
    ours = keras.optimizers.AdamW(clipnorm=1.0, use_ema=True)
    built.compile(
        "adam" if plain else ours,
        keras.losses.CategoricalCrossentropy(from_logits=True),
        jit_compile=jit,
        steps_per_execution=steps,
    )
    return built


def texts_per_second(built: keras.Model, batches, texts: int) -> float:
    """Train an epoch to trace and compile, and take the best of three more: machines are shared."""
    built.fit(batches, shuffle=False, verbose=0)
    return texts / seconds(lambda: built.fit(batches, shuffle=False, verbose=0))


def flops_per_text(built: keras.Model, steps: float) -> float:
    """Estimate the multiplications and additions of training on one text.

    Each weight of a layer that works on every step costs two operations per step, the way back
    twice as much again; attention adds the products of all pairs of steps.
    """
    each_step = 0
    for layer in built.layers:
        if layer.name in ("embedding", "logits") or not layer.weights:
            continue
        each_step += 2 * layer.count_params()
        if isinstance(layer, keras.layers.MultiHeadAttention | RotaryAttention):
            each_step += 4 * steps * layer.output.shape[-1]
    return 3 * steps * each_step


def measure(name: str, vectorizer: Rounded, rows: list, labels: np.ndarray, peak: float) -> dict:
    """Return one architecture's row of the table."""
    padded = keras.utils.pad_sequences(rows, CAP, padding="post")
    targets = np.eye(2, dtype="float32")[labels]
    dataset = tf.data.Dataset.from_tensor_slices((padded, targets)).batch(32)
    plain = texts_per_second(network(name, plain=True), dataset, len(rows))
    row = {"architecture": name, "plain, texts/s": round(plain)}
    for title, variant in VARIANTS.items():
        options = dict(variant)
        vectorizer.pad_to = options.pop("pad_to", Rounded.pad_to)
        size = options.pop("batch", BATCH)
        batches = BucketedBatches(rows, targets, vectorizer.collate, batch_size=size)
        built = network(name, **options)
        speed = texts_per_second(built, batches, len(rows))
        row[title] = round(speed / plain, 2)
        if title == "ours":
            steps = float(np.mean([len(row) for row in rows]))
            row["share of peak"] = f"{speed * flops_per_text(built, steps) / peak:.0%}"
    if importlib.util.find_spec("jax"):
        command = [sys.executable, __file__, "--ours", name]
        environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}
        printed = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, check=True
        ).stdout
        row["JAX"] = round(float(printed.split()[-1]) / plain, 2)
    return row


def kept(name: str, run: dict, *inputs) -> dict:
    """Return what `measure` does, or what it returned before this run was interrupted."""
    file = KEPT / f"{name}.json"
    if file.exists() and (stored := json.loads(file.read_text()))["run"] == run:
        return stored["row"]
    row = measure(name, *inputs)
    KEPT.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"run": run, "row": row}))
    return row


def reading(table: pd.DataFrame) -> str:
    """Say in words what ours gains over plain Keras, and what each change does to ours."""
    table = table.set_index("architecture")
    ours, said = table["ours"], []
    for name in (*CHANGES, "JAX"):
        if name not in table:
            continue
        of_ours = table[name] / ours
        quicker = ", ".join(of_ours.index[of_ours > 1.1]) or "none"
        said.append(f"- *{name}*: {of_ours.median():.2f}; quicker than ours by a tenth: {quicker}")
    less = table["embedding frozen"] / ours  # never more work than ours
    slower = ", ".join(f"{name} ({share:.2f})" for name, share in less[less < 1].items())
    return (
        f"As the notebooks train, {ours.min():.2f} to {ours.max():.2f} times as many texts a "
        f"second as with plain Keras, {ours.median():.2f} in the median. Each figure is of one run "
        "on shared cores. How far one can be off is seen where a frozen embedding, which is less "
        f"work, seems slower than ours: {slower or 'nowhere here'}. So read the medians over the "
        "networks. What a change makes of ours:\n\n" + "\n".join(said) + "\n"
    )


def main() -> None:
    dataset = data.load("imdb")
    vectorizer = Rounded(max_length=CAP).fit(dataset.train.texts[:5000])
    rows = vectorizer.transform(dataset.train.texts[:TEXTS])
    labels = dataset.train.labels[:TEXTS]
    if sys.argv[1:2] == ["--ours"]:
        targets = np.eye(2, dtype="float32")[labels]
        batches = BucketedBatches(rows, targets, vectorizer.collate, batch_size=BATCH)
        print(texts_per_second(network(sys.argv[2]), batches, len(rows)))
        return
    names = sys.argv[1:] or list(ARCHITECTURES)
    whole = names == list(ARCHITECTURES) and not dataset.synthetic
    peak, where = matrix_peak(), environment()
    inputs = vectorizer, rows, labels, peak
    run = where | {"commit": commit(), "jax": bool(importlib.util.find_spec("jax"))}
    progress = progress_bar(names, unit=" networks")
    if whole:
        table = pd.DataFrame([kept(name, run, *inputs) for name in progress])
    else:
        table = pd.DataFrame([measure(name, *inputs) for name in progress])
    head = HEAD.format(
        cpu=where["cpu"],
        keras=where["keras"],
        peak=peak / 1e9,
        texts=f"{len(rows):,} {dataset.name} texts{' (synthetic)' if dataset.synthetic else ''}",
    )
    text = f"{head}{table.to_markdown(index=False)}\n\n{reading(table)}"
    print(text)
    if whole:
        (paths.ROOT / "docs" / "speed.md").write_text(text)
        shutil.rmtree(KEPT)


if __name__ == "__main__":
    main()
