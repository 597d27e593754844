# %% [markdown]
# # 18 · Serving
#
# **What does one answer cost, and how little could it cost?**
#
# A trained network is of no use until somebody can ask it. How long does one of ours take for an answer, how
# much of that is arithmetic, and how much memory does a program need that does nothing else? This
# notebook takes the saved models and makes them smaller and faster, a step at a time; checks after each step
# that they still say the same; puts them behind an HTTP interface; and then does to the server what the world
# does: too many requests at once, a model that breaks, texts of another kind, a million of them.
#
# You need Linux, as memory is read from `/proc`, the IMDB reviews, the models of the notebooks before, and
# `pip install -r requirements-serve.txt`; for Ray, `requirements-scale.txt`. No network is trained; one pipeline of
# scikit-learn is fitted, as a yardstick. Times are those of one
# machine on one day; ratios carry over better than milliseconds.

# %% tags=["setup"]
SETUP

# %%
import asyncio
import atexit
import concurrent.futures
import contextlib
import csv
import functools
import http.client
import inspect
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings

# %%
import joblib
import keras
import matplotlib.pyplot as plt
import numpy as np
import onnx
import onnxruntime
import openvino
import pandas as pd
import psutil
import tensorflow as tf
from IPython.display import Code
from matplotlib import ticker
from onnx import TensorProto, helper, numpy_helper
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

# %%
from lib import paths
from lib.evaluation.error_analysis import FAMILIES
from lib.evaluation.publish import environment
from lib.export import export, recurrences
from lib.export.network import to_onnx
from lib.models import linear_recurrence, storage
from lib.progress import progress_bar
from lib.serve import Runtime, drift
from lib.serve.service import Service

# %%
plots.style()
tf.config.threading.set_intra_op_parallelism_threads(1)  # one thread each, here and in
tf.config.threading.set_inter_op_parallelism_threads(1)  # onnxruntime: like with like
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: synthetic texts, few models, no results
CORES = os.cpu_count()
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
print("The models are those of models/imdb, in both profiles.")
print("The processor:", environment()["cpu"])

# %% [markdown]
# Three models are looked at closely, one of each generation: a network that reads word by word, a small one on
# n-grams, a Transformer. Where one of these isn't there, the best of its family on *validation* takes
# its place. The tables below have all.

# %%
FILES = {
    f.stem: f for f in sorted((paths.ROOT / "models" / "imdb").glob("[!.]*.keras"))
}
RUNS = {
    name: evaluation.read(file.with_suffix(".json"))
    for name, file in FILES.items()
    if name != "ensemble" and file.with_suffix(".json").exists()
}
TITLES = {name: run.metrics["title"] for name, run in RUNS.items()}
ARCHITECTURES = {n: run.metrics["model"]["architecture"] for n, run in RUNS.items()}
ON_VALIDATION = {n: run.metrics["validation"]["accuracy"] for n, run in RUNS.items()}


def one_of(wanted, family):
    """A model's name, or that of the best of its family on validation."""
    alike = [n for n in RUNS if ARCHITECTURES[n] in FAMILIES[family].split()]
    return wanted if wanted in RUNS else max(alike, key=ON_VALIDATION.get)


MAIN, SMALL = one_of("lstm_attention", "recurrent"), one_of("ffnn", "bag of words")
READER = one_of("transformer", "attention")
NAMES = list(dict.fromkeys([MAIN, SMALL, READER])) if small else list(RUNS)
for name in (MAIN, SMALL, READER):
    print(f"{name}: {TITLES[name]}")


# %% [markdown]
# ## Where the time goes
#
# One review, one network, and several ways to ask it. `predict` is made for whole data sets: it builds an input
# pipeline each time. `predict_on_batch` calls the function that Keras has *compiled*, a graph in which
# TensorFlow runs one operation after the other; `tf.function` makes such a function by hand. Calling
# the network as it is runs the same operations from Python. `p50` is the median of the requests, `p99` what one
# in a hundred exceeds.

# %%
def timed(ask, times):
    """Milliseconds of each of some calls, after two that are not counted."""
    ask(), ask()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - start))
    return np.array(taken)


def in_turn(ways, times, rounds=5):
    """Milliseconds of several ways, in rounds, so that all meet the same machine."""
    each = max(1, times // rounds)
    taken = [{way: timed(ask, each) for way, ask in ways.items()} for _ in range(rounds)]
    return {way: np.concatenate([one[way] for one in taken]) for way in ways}


def quantiles(taken):
    return {"p50 ms": np.median(taken), "p99 ms": np.quantile(taken, 0.99)}


# %%
TIMES = 10 if small else 300
by_length = sorted(dataset.validation.texts, key=lambda text: len(text.split()))
lengths = np.array([len(text.split()) for text in by_length])
TEXT = by_length[min(np.searchsorted(lengths, 230), len(lengths) - 1)]
WORDS = len(TEXT.split())
shorter = f"{np.mean(lengths < WORDS):.0%} of the validation reviews are shorter"
print(f"The review has {WORDS} words; {shorter}. It is asked {TIMES} times.")

# %%
main = models.load(FILES[MAIN])
BATCH = main.vectorizer.collate(main.vectorizer.transform([TEXT]))
compiled = tf.function(main.network)
PREDICT, ON_BATCH = "Keras, predict", "Keras, predict_on_batch"
DIRECT, CLEANING = "Keras, network(batch)", "cleaning and word ids"
in_keras = {
    PREDICT: lambda: main.network.predict(BATCH, verbose=0),
    ON_BATCH: lambda: main.network.predict_on_batch(BATCH),
    "Keras, a tf.function": lambda: np.asarray(compiled(BATCH)),
    DIRECT: lambda: np.asarray(main.network(BATCH)),
    CLEANING: lambda: main.vectorizer.transform([TEXT]),
}
keras_ms = {  # calling the network from Python is slow, and asked less often
    way: quantiles(timed(ask, TIMES // 5 if way == DIRECT else TIMES))
    for way, ask in in_keras.items()
}
keras_ms = pd.DataFrame(keras_ms).T
keras_ms.style.format("{:.2f}")

# %% [markdown]
# How long should the *arithmetic* take? For each token an LSTM with $u$ units multiplies vectors of $d$ and of $u$
# numbers with the weights of four gates: $4u(d + u)$ products and as many sums, in each direction. How fast one
# core of this processor can do that at best is measured on a large matrix product. The compiled function can be
# opened, too: how many operations does TensorFlow run for one token?

# %%
both = keras.layers.RNN, keras.layers.Bidirectional
recurrent = [layer for layer in main.network.layers if isinstance(layer, both)]
kernels = [w.shape for layer in recurrent for w in layer.weights if len(w.shape) == 2]
operations = 2 * BATCH.shape[1] * sum(rows * columns for rows, columns in kernels)
square = np.random.default_rng(0).normal(size=(1024, 1024)).astype("float32")
with threadpool_limits(1):
    product_ms = timed(lambda: square @ square, 5 if small else 50).min()
arithmetic_ms = product_ms * operations / (2 * 1024**3)
traced = compiled.get_concrete_function(BATCH).graph.as_graph_def().library.function
loops = [f.node_def for f in traced if "while_body" in f.signature.name]
idle = ("Const", "Identity", "NoOp")
per_token = [sum(node.op not in idle for node in loop) for loop in loops]
started = sum(per_token) * BATCH.shape[1]

# %%
on_batch = keras_ms["p50 ms"][ON_BATCH]
direct = keras_ms["p50 ms"][DIRECT]
evaluation.say(f"""
    Called from Python the network takes **{direct:.0f} ms**, {direct / on_batch:.0f}
    times as long as compiled: there each operation for each token is started by the
    interpreter. A `tf.function` of our own takes
    {keras_ms["p50 ms"]["Keras, a tf.function"]:.1f} ms, as `predict_on_batch` calls
    one, too.

    The {operations / 1e6:.0f} million operations of its recurrent layer would take
    **{arithmetic_ms:.2f} ms** at the speed of the large product. `predict_on_batch`
    takes **{on_batch:.1f} ms**, {on_batch / arithmetic_ms:.0f} times as long, and
    `predict` {keras_ms["p50 ms"][PREDICT] - on_batch:.0f} ms more than that; cleaning
    the text and looking up its word ids takes {keras_ms["p50 ms"][CLEANING]:.2f} ms
    beside. In the compiled function there is a loop over the tokens for each
    direction, {len(loops)} in all, with {max(per_token)} operations each, so
    {started:,} small operations for {BATCH.shape[1]} tokens (cleaning has dropped some
    of the {WORDS} words): one in {1000 * on_batch / started:.1f} µs, were there
    nothing else.
""")

# %% [markdown]
# ## One node instead of a loop
#
# **ONNX** is a file format for networks: a graph of operators, with the weights. Programs that only run
# networks, such as `onnxruntime`, read it, and know nothing of training. Its operators include `LSTM`:
# the whole sequence in one node of compiled code. All we have to do is hand it Keras's
# weights in its own order. Keras keeps the gates of an LSTM as input, forget, cell, output; ONNX wants
# input, output, forget, cell. It has an axis for the direction, reads time first, and has two biases.

# %%
toy = keras.layers.LSTM(8, return_sequences=True, bias_initializer="random_normal")
TOY_X = np.random.default_rng(1).normal(size=(1, 20, 5)).astype("float32")
toy_states = np.asarray(toy(TOY_X))
kernel, recurrent_kernel, bias = toy.get_weights()


def onnx_order(weights):
    """(..., i f c o) of Keras as (directions, i o f c, ...) of ONNX."""
    i, f, c, o = np.split(weights, 4, axis=-1)
    return np.concatenate([i, o, f, c], axis=-1).T[None]


toy_weights = {"W": onnx_order(kernel), "R": onnx_order(recurrent_kernel)}
toy_weights["B"] = np.concatenate(
    [onnx_order(bias), np.zeros((1, 32), "float32")], axis=1
)
print({name: value.shape for name, value in toy_weights.items()})

# %%
node = helper.make_node("LSTM", ["x", "W", "R", "B"], ["states"], hidden_size=8)
graph = helper.make_graph(
    [node],
    "one LSTM",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["time", "batch", 5])],
    [helper.make_tensor_value_info("states", TensorProto.FLOAT, None)],
    [numpy_helper.from_array(value, name) for name, value in toy_weights.items()],
)
opset = [helper.make_opsetid("", 20)]
written = helper.make_model(graph, opset_imports=opset, ir_version=10)
session = onnxruntime.InferenceSession(written.SerializeToString())
(states,) = session.run(
    None, {"x": TOY_X.swapaxes(0, 1)}
)  # (time, directions, batch, units)
difference = np.abs(states[:, 0, 0] - toy_states[0]).max()
assert difference < 1e-5
print(f"largest difference from Keras: {difference:.0e}")

# %% [markdown]
# (A converter that starts from TensorFlow's graph, such as `tf2onnx`, has to find the LSTM again in a loop of small
# operations, and keeps the loop where it doesn't.)
#
# The other recurrences of this course go the same way. A **minGRU** (notebook 10) is a GRU whose recurrent weights are
# zero and whose candidate isn't squashed, and a linear recurrent unit is a simple recurrence whose matrix turns and
# shrinks pairs of units. Here are the functions that hand these two's weights over, and each kind beside Keras:

# %%
for function in (recurrences.min_gru, recurrences.lru):
    display(Code(inspect.getsource(function), language="python"))
KINDS = {
    "simple recurrence": keras.layers.SimpleRNN(8),
    "LSTM": keras.layers.LSTM(8),
    "LSTM in both directions": keras.layers.Bidirectional(keras.layers.LSTM(8)),
    "GRU": keras.layers.GRU(8),
    "minGRU": keras.layers.RNN(linear_recurrence.MinGRUCell(8)),
    "linear recurrent unit": keras.layers.RNN(linear_recurrence.LinearRecurrentCell(8)),
}
noise, apart = np.random.default_rng(2), {}
for kind, layer in KINDS.items():
    given = keras.Input((None, 5), name="x")
    network = keras.Model(given, layer(given))
    layer.set_weights([w + noise.normal(0, 0.3, w.shape) for w in layer.get_weights()])
    one_node = to_onnx(network)
    session = onnxruntime.InferenceSession(one_node.SerializeToString())
    (found,) = session.run(None, {"x": TOY_X})
    nodes = len(one_node.graph.node)
    apart[kind] = nodes, np.abs(found - network.predict_on_batch(TOY_X)).max()
assert max(gap for _, gap in apart.values()) < 1e-4
by_kind = pd.DataFrame(apart, index=["nodes of the graph", "largest difference"]).T
by_kind.style.format({"nodes of the graph": "{:.0f}", "largest difference": "{:.0e}"})

# %% [markdown]
# *Five nodes each: the recurrence, two that turn axes (ONNX reads time first), one that takes the axis of directions away,
# and one that names the output. The differences are those of 32-bit rounding.* A batch of real texts is padded, and the
# backward direction must not begin in the padding. ONNX's recurrences have an input for that, `sequence_lens`, how long
# each text is. In the list of operators below, `Equal`, `Not`, `Cast` and `ReduceSum` are there to count that.
#
# ## All models, exported
#
# `lib.export` walks through a network in the order in which Keras computes it and writes each layer by
# such a function; the table of them is in `lib/export/operators.py`. From the shell it is
# `python -m lib.export imdb/lstm_attention`. What it writes is a folder; `Runtime` reads it and
# answers to raw text with NumPy, onnxruntime and this project's cleaning: no Keras, no TensorFlow.
#
# Does it say the same? Each model is asked, before and after, a few awkward texts (an empty one, one of
# unknown words, one of 900 words, one that isn't plain English letters) and some reviews. In 32 bits a probability
# may differ by one ten-thousandth at most, or the cell fails.

# %%
warnings.filterwarnings("ignore", ".*no known word")  # some of these texts have none
CHECKED = [TEXT, "", "zebra xyzzy", "good " * 900, "Ünïcode 💥 text"]
CHECKED += dataset.validation.texts[:50]
OUT = paths.cache_dir() / "serving" / "imdb"
PRECISIONS = {"float32": "32 bits", "int8": "8 bits"}
in_keras_models, runtimes, off = {}, {}, {}
for name in progress_bar(NAMES, desc="Exporting"):
    try:
        model = models.load(FILES[name])
    except models.ModelFileError as error:  # a pretrained encoder isn't installed
        print(f"{name} is left out: {error}")
        continue
    folder = export(model, OUT / name, name=f"imdb/{name}", published=RUNS[name])
    runtimes[name] = {p: Runtime(folder, precision=p) for p in PRECISIONS}
    in_keras_models[name], expected = model, model.predict_proba(CHECKED)
    off[name] = {
        bits: np.abs(runtimes[name][p].predict_proba(CHECKED) - expected).max()
        for p, bits in PRECISIONS.items()
    }
off = pd.DataFrame(off).T
assert off["32 bits"].max() < 1e-4

# %%
exported = OUT / MAIN
ops_of_main = [n.op_type for n in onnx.load(exported / "float32.onnx").graph.node]
print(f"{TITLES[MAIN]}, {len(ops_of_main)} nodes:", ", ".join(ops_of_main))
sizes = {file.name: file.stat().st_size / 1e3 for file in sorted(exported.iterdir())}
display(pd.Series(sizes, name="kB").to_frame().style.format("{:,.1f}"))
card = (exported / "README.md").read_text(encoding="utf-8")
print(card.split("## Files")[0].split("---")[-1].strip(), "\n...")
print(card[card.index("## Figures") :].strip())

# %% [markdown]
# The folder holds the graph in 32 and in 8 bits, the vocabulary, and a *model card* (Mitchell et al. 2019): what
# the model is, how good it was on what, and what it isn't made for.

# %%
exact, eight = runtimes[MAIN].values()
in_onnx = {
    "ONNX, 32 bits": lambda: exact.logits_of_batch(BATCH),
    "ONNX, 8 bits": lambda: eight.logits_of_batch(BATCH),
}
onnx_ms = pd.DataFrame(
    {n: quantiles(timed(ask, TIMES)) for n, ask in in_onnx.items()}
).T
display(onnx_ms.style.format("{:.2f}"))
times, exact_ms = on_batch / onnx_ms["p50 ms"], onnx_ms["p50 ms"]["ONNX, 32 bits"]
evaluation.say(f"""
    Of {len(CHECKED)} texts and {len(runtimes)} models no probability differs by more
    than **{off["32 bits"].max():.0e}** from Keras's in 32 bits
    (*{TITLES[off["32 bits"].idxmax()]}*), and by {off["8 bits"].max():.2f} in 8
    (*{TITLES[off["8 bits"].idxmax()]}*; all but {(off["8 bits"] > 1e-4).sum()} models
    by less than .0001, as is explained below). The review through the network of
    *{TITLES[MAIN]}* takes {exact_ms:.2f} ms in 32 bits, **{times["ONNX, 32 bits"]:.1f}
    times** as fast as `predict_on_batch`; in 8 bits {times["ONNX, 8 bits"]:.1f} times.
    The {exact_ms:.2f} ms are {exact_ms / arithmetic_ms:.1f} times what its products
    need at best, where Keras takes {on_batch / arithmetic_ms:.0f} times that: what is
    gone is the starting of {started:,} operations.
""")


# %% [markdown]
# ## Eight bits, and what rounding does
#
# A weight is *trained* in many bits, as it moves in tiny steps. To be *used* it may be rounded: each row of a
# table of word vectors is divided by a scale of its own so that its largest value becomes 127, and rounded to a
# whole number of 8 bits (Jacob et al. 2018 round a network's products, too). One scale for the whole table would be simpler. The files of `models/` have their tables
# in 8 bits already, so to see what rounding does we first draw at random what may have been there before: the
# shipped value plus anything within half a step.

# %%
def rounded(matrix, bits, by_row=True):
    """A matrix in whole steps: of a scale for each row, or of one for all."""
    largest = np.abs(matrix).max(axis=-1 if by_row else None, keepdims=True)
    step = np.maximum(largest, 1e-12) / (2 ** (bits - 1) - 1)
    return np.rint(matrix / step) * step


def before_rounding(table):
    """A table that may have become this one when it was rounded."""
    scale = np.abs(table).max(axis=1, keepdims=True) / 127
    return table + np.random.default_rng(0).uniform(-0.5, 0.5, table.shape) * scale


def in_bits(bits, weights, by_row=True):
    """A network's weights with its matrices rounded; narrow ones and vectors stay."""
    return [
        rounded(w, bits, by_row) if w.ndim > 1 and w.shape[-1] >= storage.NARROW else w
        for w in weights
    ]


# %%
shipped = main.network.get_layer("embedding").get_weights()[0]
assert np.allclose(rounded(shipped, 8), storage.dequantize(*storage.quantize(shipped)))
vectors = before_rounding(shipped)
largest = np.abs(vectors).max(axis=1)
used = largest > 0
error_of = {
    "a scale for each row": rounded(vectors, 8) - vectors,
    "one scale for all": rounded(vectors, 8, by_row=False) - vectors,
}
row_errors = {
    n: np.abs(e).max(axis=1)[used] / largest[used] for n, e in error_of.items()
}
row_errors = pd.DataFrame(row_errors).quantile([0.5, 0.99]).T
row_errors.columns = ["median row", "99 of 100 rows below"]
row_errors.style.format("{:.2%}")

# %%
FIVE = 5  # bits, of the table as it is shipped: nothing is drawn here
errors = rounded(shipped, FIVE) - shipped
ids_of = main.vectorizer.transform(dataset.validation.texts[:200])
one_way = np.mean([np.abs(errors[ids]).sum(axis=0).mean() for ids in ids_of])
in_truth = np.mean([np.abs(errors[ids].sum(axis=0)).mean() for ids in ids_of])
frequent, rare = np.median(largest[2:1002]), np.median(largest[-1000:])
per_row, for_all = row_errors["median row"]
evaluation.say(f"""
    With a scale for each row an error is at most half of one of 127 steps,
    {1 / 254:.2%} of the row's largest value, and nearly each row has one as large
    ({per_row:.2%} in the median). With one scale for all it is {for_all:.2%} in the
    median. The largest value of all is {largest.max():.2f}; of a word's largest values
    the median is {frequent:.2f} among the thousand most frequent words and {rare:.2f}
    among the last thousand. So one scale for all leaves such a rare word
    {127 * rare / largest.max():.0f} steps in place of 127.

    And errors **cancel**. Round the shipped table itself, to {FIVE} bits (to 8 it has
    been rounded already): {np.mean(errors[errors != 0] > 0):.0%} of the errors go up.
    In the sum of all word vectors of a review they add up to {in_truth:.2f} a
    dimension; if all went the same way, it would be {one_way:.1f},
    **{one_way / in_truth:.0f} times** as much. (Such a sum is what an averaging network
    reads; a recurrence adds its words up less simply.)
""")

# %% [markdown]
# How few bits would do? All matrices of three models (but those with fewer than eight columns, which are small) are
# rounded to ever fewer bits, a scale for each row, and the models asked the validation reviews: how far do their
# *log-odds* move, and what becomes of the accuracy?

# %%
ASKED = dataset.validation.texts[:60] if small else dataset.validation.texts
ASKED_LABELS = dataset.validation.labels[: len(ASKED)]
BITS = [8, 4, 2] if small else [8, 7, 6, 5, 4, 3, 2]


def log_odds_by_bits(model, by_row=True):
    """Log-odds of positive with weights as they may have been, and in fewer bits."""
    network, tables = model.network, storage.table_ids(model.network)
    original, rows, found = network.get_weights(), model.vectorizer.transform(ASKED), {}
    drawn = [
        before_rounding(w.numpy()) if id(w) in tables else w.numpy()
        for w in network.weights
    ]
    try:
        for bits in (32, *BITS):
            network.set_weights(in_bits(bits, drawn, by_row) if bits < 32 else drawn)
            logits = model.logits_of_rows(rows)
            found[bits] = logits[:, 1] - logits[:, 0]
    finally:
        network.set_weights(original)
    return pd.DataFrame(found)


# %%
rounded_models = {
    TITLES[MAIN]: (MAIN, True),
    f"{TITLES[MAIN]}, one scale": (MAIN, False),
    TITLES[READER]: (READER, True),
    TITLES[SMALL]: (SMALL, True),
}
by_bits = {}
for title, (name, by_row) in progress_bar(rounded_models.items(), desc="Rounding"):
    by_bits[title] = log_odds_by_bits(in_keras_models[name], by_row)
moves = pd.DataFrame(
    {t: d[BITS].sub(d[32], axis=0).abs().mean() for t, d in by_bits.items()}
)
hits = pd.DataFrame(
    {t: d.gt(0).eq(ASKED_LABELS == 1, axis=0).mean() for t, d in by_bits.items()}
)

# %% alt="How far log-odds move, and what accuracy gains, by the bits that weights are rounded to"
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.4))
curves = {title: (BITS, moves[title]) for title in by_bits}
plots.lines(curves, xlabel="bits", ylabel="log-odds", marker="os^D", ax=left)
left.set(yscale="log", title="Mean move of the log-odds")
left.yaxis.set_major_formatter("{x:g}")
gained = 100 * (hits.loc[BITS] - hits.loc[32])
curves = {title: (BITS, gained[title]) for title in by_bits}
plots.lines(curves, xlabel="bits", ylabel="points gained", marker="os^D", ax=right)
FLOOR = -6
right.set(title="Change of accuracy on validation", ylim=(FLOOR, 1))
for title in gained.columns[gained.loc[BITS[-1]] < FLOOR]:
    below = f"{title.split(', ')[-1]}: {gained.loc[BITS[-1], title]:.0f} ↓"
    right.text(BITS[-1], FLOOR + 0.2, below, ha="right", fontsize="small")
for ax in (left, right):
    ax.set_xticks(BITS, BITS)
    ax.invert_xaxis()
fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()


# %% [markdown]
# *Fewer bits to the right; "one scale" is the same model with one scale for each whole matrix. Left, how far the log-odds of a review move on average, on a log scale; right, what the
# accuracy on validation gains or loses against 32 bits, in points.*

# %%
def enough(title, points=0.5):
    """The fewest bits down to which accuracy stays within so many points."""
    near = (100 * (hits[title] - hits.loc[32, title])).abs()[BITS] <= points
    kept = [b for b in BITS if near[[c for c in BITS if c >= b]].all()]
    return f"down to {min(kept)} bits" if kept else "not even with 8 bits"


far = {title: d[32].abs().mean() for title, d in by_bits.items()}
told = "; ".join(
    f"*{title}*: {moves.loc[8, title]:.3f} of {far[title]:.1f}, {enough(title)}"
    for title in by_bits
)
share_of_far = moves / pd.Series(far)

# %%
by_step = moves.to_numpy()[1:] / moves.to_numpy()[:-1]
a_bit_less = by_step ** (1 / -np.diff(BITS))[:, None]  # where a step is of several bits
lost = 100 * (hits.loc[32] - hits.loc[BITS[-1]])
one_scale = moves.loc[8, f"{TITLES[MAIN]}, one scale"] / moves.loc[8, TITLES[MAIN]]
lost_said = "; ".join(f"*{title}* {points:.1f}" for title, points in lost.items())
evaluation.say(f"""
    Log-odds of zero are the line between the answers. How far 8 bits move the log-odds
    on average, of how far they are from zero, and how few bits keep accuracy within
    half a point: {told}.

    With one scale for all 8 bits move *{TITLES[MAIN]}* {one_scale:.1f} times as far as
    with a scale for each row.

    So on average 8 bits move the log-odds by {share_of_far.loc[8].max():.1%} of their
    mean distance from that line, or less, depending on the model; an answer that is
    close to the line may still change. Each bit less makes the move
    {np.median(a_bit_less[:-1]):.1f} times as large in the median down to {BITS[-2]}
    bits, as the steps become twice as wide; from {BITS[-2]} to {BITS[-1]}, where only
    −1, 0 and 1 are left, {by_step[-1].min():.0f} to {by_step[-1].max():.0f} times.
    There accuracy loses, in points (a negative loss is a gain): {lost_said}.
""")


# %% [markdown]
# In the graph, `int8.onnx` keeps the tables as they are in the saved file. Matrices of a hundred thousand weights and more
# get a scale for each column, and what they are multiplied by is rounded as well, by the largest
# value of the text, so that integers are multiplied. (But for the matrix behind a GELU: that lets through a few very large
# values, by which all others would be rounded to next to nothing.) All other weights stay as they are: beside a table they
# are few, and quicker so. Answers can change only with the models named below; by how
# much is measured on the test part.

# %%
def rounds(name):
    """Whether a model's 8-bit graph multiplies integers."""
    nodes = onnx.load(OUT / name / "int8.onnx").graph.node
    return any(node.op_type == "DynamicQuantizeLinear" for node in nodes)


ROUNDED = [name for name in runtimes if rounds(name)]
print("; ".join(TITLES[name] for name in ROUNDED) or "none of these models")

# %% [markdown]
# ## All models, side by side
#
# Every model: what the published file scores on the official test part; how many of its answers become others in
# 32 and in 8 bits; sizes; and the time of one request, the review above, on one thread. The 25,000 test reviews
# are answered with all cores; the pretrained encoders are slow and get a random sample of them.

# %%
EVERY = np.arange(60 if small else len(dataset.test))
SOME = np.random.default_rng(0).choice(EVERY, min(len(EVERY), 2500), replace=False)


def answers(name):
    """What becomes of a model's answers to the test part when it is exported."""
    chosen = SOME if ARCHITECTURES[name] == "encoder" else EVERY
    texts, truth = [dataset.test.texts[i] for i in chosen], dataset.test.labels[chosen]
    if small:
        given = in_keras_models[name].predict_proba(texts).argmax(axis=1)
    else:
        given = RUNS[name].answers[chosen]
    found = {"accuracy": RUNS[name].right.mean(), "asked": len(texts)}
    for precision, bits in PRECISIONS.items():
        quick = Runtime(OUT / name, precision=precision, threads=CORES)
        now = quick.predict_logits(texts).argmax(axis=1)
        found[f"changed, {bits}"] = np.mean(now != given)
    gained = 100 * (np.mean(now == truth) - np.mean(given == truth))
    return found | {"points, 8 bits": gained}


# %% [markdown]
# The way from raw text to a probability is timed in a fresh interpreter for each model, on one thread: this notebook's
# own holds all models, and might be slower for it. The program below also notes when the first answer was there, from before
# the interpreter started, and the most memory that it ever held, after single requests and after many texts at once.

# %%
ONNX = (
    "from lib.serve import Runtime; ask = Runtime({!r}, precision={!r}).predict_proba"
)
PROBE = """
import json, sys, time
def memory():
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6
def lasts(texts):
    start = time.perf_counter()
    ask(texts)
    return time.perf_counter() - start
one, *many = json.load(sys.stdin)
ask([one])
found = {"ready s": time.time() - float(sys.argv[1])}
found["ms"] = [1000 * lasts([one]) for _ in range(int(sys.argv[2]))]
found["MB, one"] = memory()
ask(many)
found["texts a second"] = len(many) / min(lasts(many) for _ in range(3))
found["MB, many"] = memory()
print(json.dumps(found))
"""
ENVIRONMENT = os.environ | {"PROFILE": "full"}
VARIABLES = "OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"
ONE_THREAD = ENVIRONMENT | dict.fromkeys(VARIABLES, "1")


# %%
def in_a_process(code, slow=False):
    """What a fresh interpreter measures of itself; the code defines `ask`."""
    sent = json.dumps(
        [TEXT, *by_length[:: len(by_length) // (20 if small or slow else 500)]]
    )
    times = TIMES // (10 if slow else 1)
    command = [sys.executable, "-c", code + PROBE, str(time.time()), str(times)]
    options = {"capture_output": True, "text": True, "check": True, "cwd": paths.ROOT}
    ran = subprocess.run(command, input=sent, env=ONE_THREAD, **options)
    return json.loads(ran.stdout.splitlines()[-1])


# %%
NEEDED = ("vectorizer.json", "model.json")  # beside the graph


def cost(name):
    """Megabytes, milliseconds of the review by each way, texts a second of many."""
    model, (exact, eight) = in_keras_models[name], runtimes[name].values()
    slow = ARCHITECTURES[name] == "encoder"
    batch = model.vectorizer.collate(model.vectorizer.transform([TEXT]))
    found = {"MB, Keras": FILES[name].stat().st_size / 1e6}
    for precision, bits in PRECISIONS.items():
        files = [OUT / name / file for file in (f"{precision}.onnx", *NEEDED)]
        found[f"MB, {bits}"] = sum(file.stat().st_size for file in files) / 1e6
    ways = {"Keras": model.network.predict_on_batch, "32 bits": exact.logits_of_batch}
    ways["8 bits"] = eight.logits_of_batch
    ways = {way: functools.partial(ask, batch) for way, ask in ways.items()}
    for way, took in in_turn(ways, TIMES // (5 if slow else 1)).items():
        found[f"ms, {way}"], found[f"ms, {way}, p99"] = np.quantile(took, [0.5, 0.99])
    from_raw = in_a_process(ONNX.format(str(OUT / name), "int8"), slow)
    quantile = np.quantile(from_raw["ms"], [0.5, 0.99])
    found["raw text p50"], found["raw text p99"] = quantile
    return found | {"texts a second": from_raw["texts a second"]}


# %% [markdown]
# As a yardstick, a plain pipeline of scikit-learn (TF-IDF of words and pairs, logistic regression) is fitted here and timed
# in the same way. It isn't the *TF-IDF + LR* of notebook 2, whose words are chosen with more care.

# %%
fit = slice(0, 200) if small else slice(None)
pipeline = make_pipeline(
    TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
    LogisticRegression(C=20, max_iter=1000),
).fit(dataset.train.texts[fit], dataset.train.labels[fit])
PIPELINE = OUT.parent / "pipeline.joblib"
joblib.dump(pipeline, PIPELINE)
by_joblib = f"import joblib; ask = joblib.load({str(PIPELINE)!r}).predict_proba"
took = in_a_process(by_joblib)["ms"]
test_texts = [dataset.test.texts[i] for i in EVERY]
sklearn_accuracy = pipeline.score(test_texts, dataset.test.labels[EVERY])
sklearn_ms = np.median(took)
print(f"scikit-learn, TF-IDF of words and pairs, regression: {sklearn_accuracy:.4f}")
print(f"from raw text: p50 {sklearn_ms:.2f} ms, p99 {np.quantile(took, 0.99):.2f} ms")


# %%
def made_of(name):
    """What the exported network spends its time on."""
    operators = {n.op_type for n in onnx.load(OUT / name / "float32.onnx").graph.node}
    if operators & {"LSTM", "GRU", "RNN"}:
        wide = ARCHITECTURES[name] == "wide_and_deep"
        return "bag beside a recurrence" if wide else "recurrence"
    if "LayerNormalization" in operators:
        return "attention"
    return "convolution" if "Conv" in operators else "bag of n-grams or words"


# %%
said_by, costs = {}, {}
for name in progress_bar(runtimes, desc="Measuring"):
    said_by[name], costs[name] = answers(name), cost(name)
order = sorted(runtimes, key=lambda name: costs[name]["raw text p50"])
said_by, costs = (pd.DataFrame(found).T.loc[order] for found in (said_by, costs))
costs["times"] = costs["ms, Keras"] / costs["ms, 8 bits"]
made = pd.Series({name: made_of(name) for name in order})
changed = [column for column in said_by if "changed" in column]
differs = said_by[changed].gt(0).any(axis=1)
forms = {"accuracy": "{:.4f}", "asked": "{:,.0f}", "points, 8 bits": "{:+.3f}"}
forms |= dict.fromkeys(changed, "{:.3%}")
if differs.any():
    display(said_by[differs].rename(TITLES).style.format(forms))
same_answers = f"{(~differs).sum()} of {len(differs)} models give every text asked"
print(f"{same_answers} the answer that Keras gives.")

# %%
forms = {c: "{:.3f}" if c.startswith("ms, ") else "{:.2f}" for c in costs}
forms |= {"texts a second": "{:,.0f}", "times": "{:.1f}", "accuracy": "{:.4f}"}
slowest = [column for column in costs if column.startswith("ms, ") and "p99" in column]
shown_costs = costs.drop(columns=slowest)  # notebook 19 gets all
shown_costs.insert(0, "accuracy", said_by["accuracy"])
numbers = list(shown_costs)
shown_costs.insert(0, "made of", made)
shown_costs.rename(TITLES).style.format({column: forms[column] for column in numbers})

# %% [markdown]
# *First table, answers: `points, 8 bits` is what accuracy gains or loses on the texts asked. Second table, costs, beside what a network
# is made of and the accuracy on the official test part. Megabytes: network and vocabulary (a `.keras` file has its
# tables in 8 bits, and is compressed, which the others are not; that of a frozen encoder doesn't hold the encoder).
# Milliseconds: the network alone, by `predict_on_batch` in Keras, in 32 and in 8 bits; `times`: Keras's divided
# by those in 8 bits; then the whole way from raw text to a probability in 8 bits. Texts a second: the same, many at once.
# Quickest first.*

# %%
moved = said_by["points, 8 bits"].abs()
most, mover = moved.max(), moved.idxmax()
which_texts = ""
if most:
    asked_of_it = said_by["asked"][mover]
    balance = round(most / 100 * asked_of_it)
    others = round(said_by["changed, 8 bits"][mover] * asked_of_it)
    which_texts = (
        f" (*{TITLES[mover]}*: a balance of {balance} of {others} answers that "
    )
    which_texts += f"changed, in {asked_of_it:,.0f} texts; were it chance which of "
    which_texts += f"them are right, it would be up to {1.96 * np.sqrt(others):.0f})"
by_eight = costs["ms, 8 bits"] / costs["ms, 32 bits"]
slowed = by_eight.idxmax()
microseconds = 1000 * (costs["ms, 8 bits"] - costs["ms, 32 bits"])[slowed]
quicker = [TITLES[name] for name in by_eight.index[by_eight < 0.9]]
in_time = "hardly any time"
if quicker:
    in_time = f"more than a tenth of the time only with *{'*; *'.join(quicker)}*"
smaller = (costs["MB, 32 bits"] / costs["MB, 8 bits"]).median()
packed = (costs["MB, 8 bits"] / costs["MB, Keras"]).median()
least, longest = TITLES[costs["times"].idxmin()], TITLES[costs["times"].idxmax()]

# %%
in_full = "no answer of any model becomes another"
if (most_changed := said_by["changed, 32 bits"].max()) > 0:
    in_full = f"at most {most_changed:.3%} of a model's answers become others"
gains = costs["times"].groupby(made).median().sort_values()
gains_said = "; ".join(
    f"*{kind}* {times_as_fast:.1f}" for kind, times_as_fast in gains.items()
)

# %%
evaluation.say(f"""
    In 32 bits {in_full}, in 8 bits at most {said_by["changed, 8 bits"].max():.2%}.
    {len(runtimes) - len(ROUNDED)} of {len(runtimes)} models have nothing rounded that
    the saved file hadn't: their answers have no reason to change. Accuracy moves by
    {most:.2f} points at most{which_texts},
    {"within" if round(most, 6) <= 0.2 else "beyond"} the fifth of a point that was
    allowed beforehand.

    The network alone, in 8 bits, is **{costs["times"].min():.1f}** (*{least}*) to
    **{costs["times"].max():.0f} times** (*{longest}*) as fast as in Keras; the median
    by what they are made of: {gains_said}. What 8 bits buy is **space** (files are
    {smaller:.1f} times smaller in the median than in 32; but {packed:.1f} times as
    large as a `.keras` file, which has its tables in 8 bits, too, and is compressed)
    and {in_time}: a request
    takes {by_eight.min():.2f} (*{TITLES[by_eight.idxmin()]}*) to
    {by_eight[slowed]:.2f} times (*{TITLES[slowed]}*, {abs(microseconds):.1f} µs
    {"more" if microseconds > 0 else "less"}) what it takes in 32.
""")


# %% [markdown]
# And from raw text? What is left outside the network, and what does one get for one's milliseconds? A model is *beaten* if
# another is as quick and as often right, and better in one of the two.

# %%
def beaten(name):
    """Whether another model is as quick and as often right, and better in one."""
    ms, right = costs["raw text p50"], said_by["accuracy"]
    as_good = (ms <= ms[name]) & (right >= right[name])
    better = (ms < ms[name]) | (right > right[name])
    return (as_good & better).any()


unbeaten = [name for name in order if not beaten(name)]
best_buys = f"*{'*, *'.join(TITLES[name] for name in unbeaten)}*"
kinds_of_them = made[unbeaten].value_counts(sort=False)
bought = ", ".join(f"*{kind}* {count}" for kind, count in kinds_of_them.items())
absent = [kind for kind in gains.index if kind not in kinds_of_them]
not_bought = "every kind is among them"
if absent:
    not_bought = f"no model of the kind *{'* or *'.join(absent)}* is among them"
worth, best_yet = [], 0.0
for name in unbeaten:  # the quickest first
    if said_by["accuracy"][name] > best_yet + 0.003:
        worth.append(f"*{TITLES[name]}*")
        best_yet = said_by["accuracy"][name]
around = (1 - costs["ms, 8 bits"] / costs["raw text p50"]).clip(lower=0)  # about
outside = "; ".join(f"*{TITLES[n]}* {around[n]:.0%}" for n in (SMALL, MAIN, READER))
quick = costs.index[costs["raw text p50"] < sklearn_ms]
faster = f" (*{'*, *'.join(TITLES[name] for name in quick)}*)" if len(quick) else ""

# %%
evaluation.say(f"""
    Outside the network, by cleaning and looking up words or n-grams, about these
    shares of the way from raw text are spent: {outside}. The larger the share, the
    less a quicker network could still save. From raw text to probability {len(quick)}
    of {len(costs)} models are faster than scikit-learn's pipeline{faster}.

    **Beaten by no other** in time from raw text and accuracy on the test part
    together, {len(unbeaten)} of {len(costs)} models: {best_buys}. By kind: {bought};
    {not_bought}. Some lead by less than an accuracy on {len(EVERY):,} reviews is known
    to: of those that gain at least .3 points over every quicker one there are
    {len(worth)}, {"; ".join(worth)}.
""")

# %% [markdown]
# What can be saved is the framework's own time, for a call and for each operation; the time of large products, as a
# Transformer and a convolution have them, stays as long as the same numbers are multiplied in the same width. The goals
# were set before any of this was built, for 8 bits (the encoder's for a review cut to 128 word pieces). How did it go?

# %%
goals = {  # times as fast as predict_on_batch, in 8 bits
    MAIN: 20,
    SMALL: 20,
    "cnn": 1.4,
    READER: 2,
}
by_32 = costs["ms, Keras"] / costs["ms, 32 bits"]
reached = {
    TITLES[name]: (costs["times"][name], by_32[name], goal)
    for name, goal in goals.items()
    if name in costs.index
}
encoders = [n for n in runtimes if ARCHITECTURES[n] == "encoder"]
encoders.sort(key=lambda name: "frozen" not in name)  # the goal was set for that one

# %%
PIECES = 128  # of words, to which the encoder's review is cut
IN_EIGHT = "times as fast as Keras, in 8 bits"
for name in encoders[:1]:
    model = in_keras_models[name]
    cut = model.vectorizer.collate(model.vectorizer.transform([TEXT]))[:, :PIECES]
    ways = {p: runtimes[name][p].logits_of_batch for p in ("int8", "float32")}
    ways = {"Keras": model.network.predict_on_batch} | ways
    ways = {way: functools.partial(ask, cut) for way, ask in ways.items()}
    took = [np.median(ms) for ms in in_turn(ways, TIMES // 5).values()]
    title = f"{TITLES[name]}, {PIECES} word pieces"
    reached[title] = took[0] / took[1], took[0] / took[2], 2
met = pd.DataFrame(reached, index=[IN_EIGHT, "in 32 bits", "goal"]).T
met["reached"] = np.where(met[IN_EIGHT] >= met["goal"], "yes", "no")
display(met.style.format("{:.2f}", subset=[IN_EIGHT, "in 32 bits", "goal"]))

# %%
missed = met[met["reached"] == "no"]
would_in_32 = [f"*{t}*" for t in missed.index[missed["in 32 bits"] >= missed["goal"]]]
went = ""
if len(missed):
    went = (
        f"Missed: *{'*; *'.join(missed.index)}*. Of these the graph in 32 bits would "
    )
    went += f"have reached its goal with: {'; '.join(would_in_32) or 'none'}."
evaluation.say(f"""
    {len(met) - len(missed)} of {len(met)} reached. {went} Ratios of times move, so a
    goal reached or missed by a few percent is undecided: *{TITLES[MAIN]}* was
    {times["ONNX, 8 bits"]:.1f} times as fast when it was measured by itself further
    up, and is {costs["times"][MAIN]:.1f} times as fast here.
""")


# %% [markdown]
# ### The same graph in another program
#
# An ONNX file is read by other programs, too. OpenVINO translates the graph for the processor that it finds, and prepares
# its products anew for every new *shape*, here a length of text. Where the processor can, it multiplies in *bfloat16*: the
# range of 32 bits in 16, for which seven bits of each number's fraction are left instead of 23. Nothing has to be rounded
# beforehand; the file is that of 32 bits. So is it faster? We ask three times: about validation reviews of many lengths, of
# which a good part is new; about the same reviews once more, when no length is new, as in a server that has been up for a
# while (texts are cut at some hundred words, so it soon has met all lengths); and about one review again and again.

# %%
def in_openvino(name, **more):
    """A function from a batch to logits by OpenVINO, on one thread."""
    settings = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"} | more
    graph = openvino.Core().compile_model(OUT / name / "float32.onnx", "CPU", settings)
    request = graph.create_infer_request()

    def ask(batch):
        arrays = batch if isinstance(batch, tuple) else (batch,)
        return np.array(request.infer(list(arrays))[0])

    return ask


def one_by_one(ask, batches):
    """Median milliseconds and answers of batches that are each asked once."""
    taken, answered = [], []
    for batch in batches:
        start = time.perf_counter()
        answered.append(ask(batch).argmax())
        taken.append(1000 * (time.perf_counter() - start))
    return np.median(taken), np.array(answered)


# %%
ORT, VINO = "onnxruntime", "OpenVINO"


def in_both(name, pieces=None):
    """What a graph takes in both: reviews, the same once more, one again and again."""
    model, slow = in_keras_models[name], ARCHITECTURES[name] == "encoder"
    chosen = dataset.validation.texts[: 20 if small else 100 if slow else 500]
    rows = model.vectorizer.transform(chosen)
    batches = [model.vectorizer.collate([row]) for row in rows]
    ways = {ORT: runtimes[name]["float32"].logits_of_batch, VINO: in_openvino(name)}
    found = {"reviews": len(batches)}
    found["lengths"], answered = len({np.shape(batch)[-1] for batch in batches}), {}
    for pass_ in ("first", "second"):
        for way, ask in ways.items():
            found[f"{pass_}, {way}"], answered[way] = one_by_one(ask, batches)
    found["changed"] = (answered[ORT] != answered[VINO]).mean()
    batch = model.vectorizer.collate(model.vectorizer.transform([TEXT]))
    batch = batch[:, :pieces] if pieces else batch
    ways["Keras"] = model.network.predict_on_batch
    ways["OpenVINO, f32"] = in_openvino(name, INFERENCE_PRECISION_HINT="f32")
    ways = {way: functools.partial(ask, batch) for way, ask in ways.items()}
    for way, took in in_turn(ways, TIMES // (5 if slow else 1)).items():
        found[f"again, {way}"] = np.median(took)
    return found


# %%
of_interest = (READER, MAIN) if small else (READER, "cnn", MAIN, SMALL)
compared = {TITLES[name]: (name, None) for name in of_interest if name in runtimes}
compared |= {TITLES[name]: (name, PIECES) for name in encoders[:1]}
programs = {
    title: in_both(*asked)
    for title, asked in progress_bar(compared.items(), desc="Asking")
}
programs = pd.DataFrame(programs).T
programs["times Keras"] = programs["again, Keras"] / programs[f"again, {VINO}"]
forms = dict.fromkeys(programs, "{:.2f}") | {"changed": "{:.2%}"}
forms |= dict.fromkeys(["reviews", "lengths"], "{:.0f}")
programs.style.format(forms)


# %% [markdown]
# *Medians in milliseconds, in the network alone, on one thread: so many `reviews` of so many different `lengths`, by
# onnxruntime in 32 bits and by OpenVINO in the numbers it chooses, the `first` time and a `second` (the encoder's reviews
# whole here). `changed`: how many answers are others in OpenVINO. `again`: one review again and again (the encoder's cut to 128 word pieces), also
# in Keras and by OpenVINO in 32 bits (`f32`); `times Keras`: how many times as fast as `predict_on_batch` OpenVINO then is.*

# %%
def listed_with(ratios):
    """Names, each with its ratio; "no model" where there are none."""
    return (
        "; ".join(f"*{t}* ({ratio:.2f})" for t, ratio in ratios.items()) or "no model"
    )


first, second = (
    programs[f"{n}, {VINO}"] / programs[f"{n}, {ORT}"] for n in ("first", "second")
)
both_times = ((first < 1) & (second < 1)).sum()
in_f32 = programs["again, OpenVINO, f32"] / programs[f"again, {VINO}"]
number = openvino.Core().get_property("CPU", "INFERENCE_PRECISION_HINT").to_string()
goal_of = met["goal"].rename(lambda t: t.removesuffix(f", {PIECES} word pieces"))
goal_of = goal_of.reindex(programs.index)
alike = programs["again, OpenVINO, f32"] / programs[f"again, {ORT}"]
in_ort = programs["again, Keras"] / programs[f"again, {ORT}"]
others = (programs["changed"] * programs["reviews"]).round()
times_keras = programs["times Keras"]
slower_than_keras = times_keras[times_keras < 1]
would = times_keras[times_keras >= goal_of]
would = "; ".join(f"*{t}* ({x:.2f}, goal {goal_of[t]:g})" for t, x in would.items())

# %%
evaluation.say(f"""
    OpenVINO computes in `{number}` here (`bf16` is bfloat16, `f32` 32 bits);
    {others.sum():.0f} of {programs["reviews"].sum():,.0f} answers become others.
    OpenVINO's
    time, divided by that of onnxruntime, stands beside each name. The first time it is
    quicker with {listed_with(first[first < 1])}, as slow or slower with
    {listed_with(first[first >= 1])}. The second time, when no length is new, it is
    quicker with {listed_with(second[second < 1])}, as slow or slower with
    {listed_with(second[second >= 1])}.

    On one review again and again it reaches these goals: {would or "none"}, and is
    slower even than Keras with {listed_with(slower_than_keras)}, for reasons not
    looked into here. In 32 bits it takes {in_f32.min():.2f} (*{in_f32.idxmin()}*) to
    {in_f32.max():.2f} times (*{in_f32.idxmax()}*) as long as in the numbers that it
    chose, and by the time of onnxruntime, which has no others: {listed_with(alike)}.
    (*{TITLES[READER]}* in onnxruntime is {in_ort[TITLES[READER]]:.2f} times as fast as
    Keras here, and was {by_32[READER]:.2f} times in the table of all models.) OpenVINO is the quicker program both times with {both_times} of these
    {len(programs)} models; to have one program for all, we stay with onnxruntime.
""")

# %% [markdown]
# ## A process of its own
#
# Whoever serves a model pays for more than the network: for a program that starts, holds it in memory, and turns raw
# text into an answer. So here is each *way* of asking one model, in a fresh interpreter as before: how long until the
# first answer is there (*ready*), how long does one request from raw text take, how many texts a second are answered
# when many are asked at once, and how much memory was it at most, after single requests and after many texts? Three
# processes each, one in the demo profile: their median, and `p50` and `p99` over all of their requests.

# %%
KERAS = f"""
from lib import models
model = models.load({str(FILES[MAIN])!r})
ids = lambda texts: model.vectorizer.collate(model.vectorizer.transform(texts))
"""


def exported_way(name, precision):
    """How an exported model is asked, its files, and its accuracy."""
    files = [OUT / name / file for file in (f"{precision}.onnx", *NEEDED)]
    lost = said_by["points, 8 bits"][name] / 100 if precision == "int8" else 0
    code = ONNX.format(str(OUT / name), precision)
    return code, files, said_by["accuracy"][name] + lost


published = [FILES[MAIN]], said_by["accuracy"][MAIN]
by_predict = "ask = lambda texts: model.network.predict(ids(texts), verbose=0)"

# %%
IN_32, IN_8 = "ONNX, 32 bits", "ONNX, 8 bits"
BY_PREDICT, BY_BATCH, MAIN_IN_32, MAIN_IN_8 = (
    f"{TITLES[MAIN]}: {way}" for way in (PREDICT, ON_BATCH, IN_32, IN_8)
)
SMALL_IN_8, SKLEARN = f"{TITLES[SMALL]}: {IN_8}", "scikit-learn, TF-IDF"
WAYS = {
    BY_PREDICT: (KERAS + by_predict, *published),
    BY_BATCH: (KERAS + "ask = model.predict_proba", *published),
    MAIN_IN_32: exported_way(MAIN, "float32"),
    MAIN_IN_8: exported_way(MAIN, "int8"),
    SMALL_IN_8: exported_way(SMALL, "int8"),
    SKLEARN: (by_joblib, [PIPELINE], sklearn_accuracy),
}
if small:
    del WAYS[BY_PREDICT], WAYS[MAIN_IN_32]

# %%
alone = {}
for way, (code, files, accuracy) in progress_bar(WAYS.items(), desc="Starting"):
    ran = pd.DataFrame([in_a_process(code) for _ in range(1 if small else 3)])
    ms = quantiles(np.concatenate(ran.pop("ms").tolist()))
    kept = {
        "accuracy": accuracy,
        "MB on disk": sum(f.stat().st_size for f in files) / 1e6,
    }
    alone[way] = kept | ms | ran.median().to_dict()
alone = pd.DataFrame(alone).T
forms = dict.fromkeys(alone, "{:.2f}") | {
    "accuracy": "{:.4f}",
    "texts a second": "{:,.0f}",
}
alone.style.format(forms | dict.fromkeys(["MB, one", "MB, many"], "{:,.0f}"))

# %% [markdown]
# *Each column is measured in the same way for all rows; `MB on disk` is all that has to be there: network and vocabulary;
# `MB, one` the most memory while single texts were asked, `MB, many` after many at once. The first rows, those of one
# model, are the steps of this notebook from top to bottom.*

# %%
ours, theirs, bag, by_sklearn = (
    alone.loc[way] for way in (MAIN_IN_8, BY_BATCH, SMALL_IN_8, SKLEARN)
)
in_bulk = ours["texts a second"] / theirs["texts a second"]
if BY_PREDICT in alone.index:
    by_predict_ms = alone["p50 ms"][BY_PREDICT]
else:  # as measured at the beginning, in this process
    by_predict_ms = keras_ms["p50 ms"][[CLEANING, PREDICT]].sum()
in_time_and_small = ours["ready s"] < 1.5 and ours["MB, one"] < 300
evaluation.say(f"""
    From nothing to the first answer it takes {theirs["ready s"]:.2f} s with Keras and
    **{ours["ready s"]:.2f} s** without. The most memory, as long as one text is asked
    at a time, is {theirs["MB, one"]:,.0f} MB and **{ours["MB, one"]:,.0f} MB**: where
    one process with Keras fits, {theirs["MB, one"] / ours["MB, one"]:.0f} of the
    others do. One answer from raw text takes {by_predict_ms:.1f} ms by `predict`,
    {theirs["p50 ms"]:.1f} by `predict_on_batch`, **{ours["p50 ms"]:.2f} ms** exported,
    {theirs["p50 ms"] / ours["p50 ms"]:.0f} times as fast as the second. Many at once
    is another matter: {theirs["texts a second"]:,.0f} a second with Keras and
    {ours["texts a second"]:,.0f} without, {in_bulk:.1f} times as many. The goals were
    1.5 s and 300 MB: {"both" if in_time_and_small else "not both"} reached.

    *{TITLES[SMALL]}* and scikit-learn's pipeline take {bag["p50 ms"]:.2f} and
    {by_sklearn["p50 ms"]:.2f} ms for one text, and answer {bag["texts a second"]:,.0f}
    and {by_sklearn["texts a second"]:,.0f} a second of many.
""")

# %% [markdown]
# ## Batching: for whom?
#
# Several texts can go through a network together. A graphics card has thousands of units that want work at the same
# time. A core of a processor has a few; what is left for a batch to save?

# %%
SIZES = np.array([1, 2, 4, 8, 16, 32, 64])
near = by_length[len(by_length) // 2 :][
    : max(SIZES)
]  # of like length: hardly any padding
batched = {
    f"{TITLES[MAIN]}, Keras": (MAIN, main.network.predict_on_batch),
    f"{TITLES[MAIN]}, 8 bits": (MAIN, runtimes[MAIN]["int8"].logits_of_batch),
    f"{TITLES[READER]}, 8 bits": (READER, runtimes[READER]["int8"].logits_of_batch),
    f"{TITLES[SMALL]}, 8 bits": (SMALL, runtimes[SMALL]["int8"].logits_of_batch),
}
waits = {}  # ms until a batch is answered
for title, (name, ask) in progress_bar(batched.items(), desc="Batching"):
    vectorizer = in_keras_models[name].vectorizer
    rows = vectorizer.transform(near)
    batches = [vectorizer.collate(rows[:size]) for size in SIZES]
    calls = [functools.partial(ask, batch) for batch in batches]
    waits[title] = np.array([np.median(timed(call, TIMES // 10)) for call in calls])

# %% alt="Milliseconds until a batch is answered, and texts a second, by the size of the batch"
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.6))
latencies = {title: (SIZES, wait) for title, wait in waits.items()}
paces = {title: (SIZES, 1000 * SIZES / wait) for title, wait in waits.items()}
x_label = {"xlabel": "texts in a batch", "marker": "os^D"}
plots.lines(latencies, ylabel="ms until the batch is answered", ax=left, **x_label)
plots.lines(paces, ylabel="texts a second", ax=right, **x_label)
left.set_title("What each text waits")
right.set_title("What gets done")
for ax in (left, right):
    ax.set(xscale="log", yscale="log")
    ax.set_xticks(SIZES, SIZES)
    ax.minorticks_off()
    ax.yaxis.set_major_formatter("{x:,.10g}")
fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()

# %% [markdown]
# *The network alone, on one thread. All axes are logarithmic. Every text of a batch waits for the last. The reviews are of
# the median length and a bit more, so shorter than the one above.*

# %%
per_second = {title: 1000 * SIZES / wait for title, wait in waits.items()}
by_batch = pd.DataFrame(
    {
        title: [pace[0], pace.max(), SIZES[pace.argmax()], pace[-1]]
        for title, pace in per_second.items()
    },
    index=["alone", "at best", "texts in the best batch", f"in batches of {SIZES[-1]}"],
).T
display(by_batch.style.format("{:,.0f}"))
saves = by_batch["at best"] / by_batch["alone"]
falls = by_batch.iloc[:, -1] / by_batch["at best"]
fallen = [f"*{t}* to {x:.0%}" for t, x in falls.items() if x < 0.9]
rising = by_batch.index[by_batch["texts in the best batch"] == SIZES[-1]]
rising = f"With *{'*; *'.join(rising)}* the largest batch is the best so far. " * bool(
    len(rising)
)
listed = "; ".join(f"*{t}* {x:.1f}" for t, x in saves.items())
evaluation.say(f"""
    How many times as many texts a second the best batch gives: {listed}. {rising}In
    batches of
    {SIZES[-1]} the pace has fallen again, compared with the best:
    {", ".join(fallen) or "nowhere"}. And each text of such a batch waits for all of
    them.
""")

# %% [markdown]
# Keras starts each of its operations once for all texts of a batch, so its batches share what starting them costs. The
# exported networks have few operations to start, so little to share; where the arithmetic of one text is next to nothing,
# as in the n-gram net, what a call costs is still worth sharing. Where the pace falls again with large batches, the
# intermediate results of many texts probably no longer fit into the processor's fast memory.
#
# So what should a server do with a queue (Crankshaw et al. 2017)? To *wait* until a batch is full delays everybody. Ours never waits: a batch is
# *whatever came in while the last one ran*. When little comes, that is one text; and what has come goes through the network
# in portions of about four thousand words at most.
#
# ## A server, and many who ask
#
# `python -m lib.serve` puts exported models behind `POST /predict`, with a page to try them at `/`. Beside
# it, the plain way: a server that holds the Keras model and answers one request after the other with
# `predict_on_batch`, on as many threads as TensorFlow likes.

# %%
PLAIN = """
import sys, threading, uvicorn
from fastapi import FastAPI
from lib import models
model = models.load(sys.argv[1])
lock, app = threading.Lock(), FastAPI()
@app.post("/predict")
def predict(body: dict):
    with lock:
        return {"positive": float(model.predict_proba([body["texts"]])[0, 1])}
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
"""
OURS, THEIRS = "lib.serve", "Keras, one at a time"
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": paths.ROOT}
QUIET["env"] = ENVIRONMENT
SERVERS, HEADERS = {}, {"Content-Type": "application/json"}


def stop_servers():
    """Ask the servers to stop, and wait until they have."""
    for server in SERVERS.values():
        server.terminate()
        server.wait()


# %%
def start(name, *command):
    """Start a server on a free port; return the port as soon as it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([sys.executable, *command, str(port)], **QUIET)
    SERVERS[name] = server
    atexit.register(server.terminate)  # whatever happens
    while server.poll() is None:
        with contextlib.suppress(ConnectionError):
            request(port, path="/ready")
            return port
        time.sleep(0.1)
    raise RuntimeError(f"{name} has stopped with status {server.returncode}")


def request(port, body=None, path="/predict"):
    """One request: its status, and the answer, decoded; without a body it is a GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    sent = json.dumps(body) if body else None
    connection.request("POST" if sent else "GET", path, sent, HEADERS)
    answer = connection.getresponse()
    content = answer.read().decode()
    is_json = "json" in answer.headers["Content-Type"]
    return answer.status, json.loads(content) if is_json else content


# %%
stop_servers()  # those of an earlier run of this cell
NAMED = f"imdb/{MAIN}", f"imdb/{SMALL}"
WHERE = "--exported", str(OUT.parent), "--default", NAMED[0], "--fallback", NAMED[1]
PORT = start(OURS, "-m", "lib.serve", "--models", *NAMED, *WHERE, "--port")
PORTS = {OURS: PORT, THEIRS: start(THEIRS, "-c", PLAIN, str(FILES[MAIN]))}
SENTENCE = "Not bad at all: the plot is silly, but I laughed a lot."
_, told = request(PORT, {"texts": SENTENCE})
print(json.dumps(told, indent=1))
_, why = request(PORT, {"text": SENTENCE, "label": "positive"}, "/explain")
print("adds to positive:", ", ".join(f"{word} {by:+.1f}" for word, by in why["words"]))
label = told["answers"][0]["label"]
word, by = max(why["words"], key=lambda one: abs(one[1]))
judged = "as a reader would say"
if label != "positive":
    judged = "which is wrong; one sentence is little to go by for a network that has "
    judged += "learnt from whole reviews"
evaluation.say(f"""
    The answer is *{label}*, {judged}. `answered_by` says whose answer it is, and
    `fallback` why, if not the wanted model's. `/explain` replaces one word after the
    other by an unknown one and tells by how much the log-odds of positive fall: here
    *{word}* counts most, {by:+.1f}.
""")

# %%
faulty = ({"texts": []}, {"texts": ["one"] * 300}, {"texts": 5})
for body in (*faulty, {"texts": SENTENCE, "model": "imdb/unheard_of"}):
    print(*request(PORT, body))

# %% [markdown]
# A faulty request gets a status that begins with 4 and a line that says why; what a request may hold is limited
# in `lib/serve/limits.py`.
#
# Now many clients ask both servers without a pause, each the next review as soon as it has its last answer. The clients
# of a server share one list of reviews, so that answers kept from before (of which more below) are of little help.

# %%
ASKABLE = dataset.test.texts


def client(port, until, numbers):
    """Ask until the time is up: of each request the text's number, seconds, answer."""
    connection, taken = http.client.HTTPConnection("127.0.0.1", port, timeout=60), []
    while time.perf_counter() < until:
        number = next(numbers) % len(ASKABLE)
        body = json.dumps({"texts": ASKABLE[number]})
        begun = time.perf_counter()
        connection.request("POST", "/predict", body, HEADERS)
        answer = connection.getresponse().read()
        taken.append((number, time.perf_counter() - begun, answer))
    return taken


def under_load(port, clients, seconds, numbers):
    """All requests of so many clients, and the seconds until the last was answered."""
    begun = time.perf_counter()
    asking = functools.partial(client, port, begun + seconds, numbers)
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        futures = [pool.submit(asking) for _ in range(clients)]
    requests = [one for future in futures for one in future.result()]
    return requests, time.perf_counter() - begun


# %%
CLIENTS, SECONDS = ((1, 8), 0.5) if small else ((1, 2, 4, 8, 16, 32, 64), 6)
loads, answered = [], {}
for name, port in progress_bar(PORTS.items(), desc="Asking"):
    numbers = itertools.count()  # one for all clients: who asks takes the next
    under_load(port, 2, SECONDS / 2, numbers)  # warm
    for count in CLIENTS:
        requests, lasted = under_load(port, count, SECONDS, numbers)
        took = 1000 * np.array([seconds for _, seconds, _ in requests])
        pace = {"requests a second": len(requests) / lasted}
        loads.append({"server": name, "clients": count} | pace | quantiles(took))
        answered[name, count] = requests
loads = pd.DataFrame(loads)
loads.pivot(index="clients", columns="server").round(1)

# %% alt="Requests a second, and the time that one in a hundred exceeds, by the number of clients"
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2))
labels = (
    ("requests a second", "What gets done"),
    ("p99 ms", "What one in a hundred waits"),
)
for ax, (column, title) in zip((left, right), labels, strict=True):
    of_servers = {
        n: (g["clients"], g[column]) for n, g in loads.groupby("server", sort=False)
    }
    plots.lines(of_servers, xlabel="clients", ylabel=column, marker="os^D", ax=ax)
    ax.set(xscale="log", yscale="log", title=title)
    ax.set_xticks(CLIENTS, CLIENTS)
    ax.minorticks_off()
    ax.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:,.10g}")
fig.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()

# %% [markdown]
# *Left, requests a second; right, the time that one request in a hundred exceeds. All axes are logarithmic. The
# clients run on the same cores as the servers.*

# %%
HARDEST = CLIENTS[-1]
busiest = [(n, json.loads(content)) for n, _, content in answered[OURS, HARDEST]]
numbers_asked = sorted({number for number, _ in busiest})
texts_asked = [ASKABLE[number] for number in numbers_asked]
offline = runtimes[MAIN]["int8"].predict_proba(texts_asked)[:, 1]
offline = dict(zip(numbers_asked, offline, strict=True))
stood_in = sum(answer["fallback"] is not None for _, answer in busiest)
wrong = sum(
    abs(answer["answers"][0]["probabilities"]["positive"] - offline[number]) > 1e-4
    for number, answer in busiest
    if answer["fallback"] is None
)

# %%
by_load = loads.set_index(["server", "clients"])
ours, theirs = (by_load.loc[name, HARDEST] for name in (OURS, THEIRS))
paces = by_load["requests a second"]
one_client, most_at = by_load["p50 ms"][OURS, 1], int(paces[OURS].idxmax())
lone = paces[OURS, 1] / paces[THEIRS, 1]
most_done = f"`lib.serve` gets most done with {most_at} client{'s' * (most_at > 1)}, "
most_done += f"{paces[OURS].max():,.0f} a second. "
most_done *= most_at != HARDEST
growth = [by_load[column][OURS] for column in ("requests a second", "p99 ms")]
growth = [figures[HARDEST] / figures[CLIENTS[1]] for figures in growth]
in_batches = by_batch.loc[f"{TITLES[MAIN]}, Keras"]

# %%
share = ours["requests a second"] / theirs["requests a second"]
evaluation.say(f"""
    With {HARDEST} clients `lib.serve` answers {ours["requests a second"]:,.0f}
    requests a second, the plain server {theirs["requests a second"]:,.0f}:
    **{share:.1f} times** as many (the goal was five times). One in a hundred takes
    longer than {ours["p99 ms"]:,.0f} ms, there {theirs["p99 ms"]:,.0f} ms. Of the
    {len(busiest):,} answers under that load {wrong} differ by more than .0001 from
    what the same model says offline, and {stood_in} were given by the small model. The
    plain server answers one text at a time; one that put Keras into batches wasn't
    tried. It would come nearer: in its best batch Keras had {in_batches["at best"]:,.0f}
    texts a second, alone {in_batches["alone"]:,.0f}.

    From {CLIENTS[1]} to {HARDEST} clients `lib.serve` gets {growth[0]:.1f} times as
    much done, and one in a hundred waits {growth[1]:.0f} times as long.

    A client that is alone gets {lone:.1f} times as many answers as from the plain
    server. It waits {one_client:.1f} ms in the median, of which the network needs
    {onnx_ms["p50 ms"]["ONNX, 8 bits"]:.2f} (for the review above): the rest is
    cleaning, JSON, HTTP and the client itself. {most_done}With {HARDEST} one request
    in a hundred waits {ours["p99 ms"] / ours["p50 ms"]:.1f} times as long as the
    median, there {theirs["p99 ms"] / theirs["p50 ms"]:.1f} times. (Server and clients
    share {CORES} cores in both cases, so some of that is the clients'.) And a page
    that needs ten answers waits for the slowest of ten (Dean & Barroso 2013), so the
    slow ones count.
""")


# %% [markdown]
# Texts that come again, or are cleaned to the same words, are answered from a **cache**, and `/metrics` tells
# what happened, in the format that Prometheus reads. The same review in two spellings, ten times each:

# %%
def counted():
    """Counts of the main model, from /metrics."""
    lines = [line.split(" ") for line in request(PORT, path="/metrics")[1].splitlines()]
    return {
        line[0].split("{")[0]: float(line[1]) for line in lines if NAMED[0] in line[0]
    }


before = counted()
for text in [TEXT, f"<br />{TEXT.upper()}"] * 10:
    status, _ = request(PORT, {"texts": text})
after = counted()
for kind in ("texts_answered_total", "texts_cache_hits", "texts_waiting"):
    print(f"{kind}: {after[kind]:,.0f}")
answered_before, hits_before = (
    before["texts_answered_total"],
    before["texts_cache_hits"],
)
evaluation.say(f"""
    Until then {hits_before:,.0f} of {answered_before:,.0f} answers had come from the
    cache, and {after["texts_cache_hits"] - hits_before:.0f} of the 20 now.
""")


# %% [markdown]
# ## When things go wrong
#
# What if the good model breaks, is too slow, or more come than may wait? Then a small model answers, and the reply says
# so. Here is the service without its HTTP, and with a model that can be made to fail or to dawdle.

# %%
class Troubled(Runtime):
    """A model with a fault, or with a pause before each batch."""

    fault, pause = None, 0.0

    def logits_of_batch(self, batch):
        time.sleep(self.pause)
        if self.fault:
            raise self.fault
        return super().logits_of_batch(batch)


# %%
async def outcome(big, texts):
    """Who answers, and why; at most 30 texts may wait, and none longer than .5 s."""
    service = Service(
        {NAMED[0]: big, NAMED[1]: runtimes[SMALL]["int8"]},
        default=NAMED[0],
        fallback=NAMED[1],
        deadline=0.5,
        waiting=30,
    )
    begun = time.perf_counter()
    asking = (service.answer([text]) for text in texts)
    given = await asyncio.gather(*asking, return_exceptions=True)
    lasted = time.perf_counter() - begun
    await service.close()
    said = [
        "refused: " + str(a)
        if isinstance(a, Exception)
        else f"{a.answered_by}: {a.fallback or 'as asked'}"
        for a in given
    ]
    return pd.Series(said).value_counts(), lasted


# %%
well, broken, slow = (Troubled(exported) for _ in range(3))
broken.fault, slow.pause = RuntimeError("no such row"), 1.0
hundred = [f"{text[:200]} {n}" for n, text in enumerate(dataset.validation.texts[:100])]
outcomes = {
    "nothing is wrong, 20 at once": await outcome(well, hundred[:20]),
    "the model breaks, 20 at once": await outcome(broken, hundred[:20]),
    "the model takes a second, 20 at once": await outcome(slow, hundred[:20]),
    "nothing is wrong, 100 at once": await outcome(well, hundred),
}
counts = {case: found for case, (found, _) in outcomes.items()}
answered_by = pd.concat(counts, names=["what happens", "who answers, and why"])
display(answered_by.rename("texts").to_frame())
dawdling = outcomes["the model takes a second, 20 at once"][1]
refused = counts["nothing is wrong, 100 at once"].filter(like="refused").sum()
evaluation.say(f"""
    Where the model is too slow, all 20 have an answer after {dawdling:.2f} s, of which
    half a second is the wait that was allowed. Of a hundred at once, 30 may wait for
    each of the two models, and {refused} are refused straight away. Over HTTP a
    refusal has status 503 and says after how many seconds one may come back.
    (`tests/serve` does the same to the whole server: half a body that stalls, ten
    thousand faulty bodies, a killed worker, memory under load.)
""")

# %% [markdown]
# ## Texts of another kind
#
# A model doesn't know that it is asked about something else; it answers all the same. So the server watches
# three things of the last thousand texts: how long they are, how much of them the vocabulary doesn't know, and what the
# model says. Each is compared with the validation part, by the *population stability index* (Siddiqi
# 2006): the old values are cut into tenths; of each, the new share less the old is multiplied by the logarithm of their
# ratio, and that is added up. No change gives 0; from .25 on it is the custom to speak of one. So that chance alone doesn't raise an alarm, a Kolmogorov-Smirnov test has to agree (how far apart two
# distributions are at most, and how often chance would do that), at a level of .01, corrected for there being three of them
# (Holm).
#
# Several kinds of texts follow. Some have labels that fit, so that one can see what became of the answers, too:

# %%
KIND = runtimes[MAIN]["int8"]
drift.write_reference(KIND, dataset.validation.texts, KIND.folder / "reference.npz")
COUNT, POOL = (120, 300) if small else (1000, 5000)
lot = np.random.default_rng(0).permutation(len(dataset.test))[:POOL]
pool, labels_of_pool = [dataset.test.texts[i] for i in lot], dataset.test.labels[lot]
negative, positive = (np.flatnonzero(labels_of_pool == label) for label in (0, 1))
mixed = [*negative[: COUNT - COUNT // 10], *positive[: COUNT // 10]]


def drawn_from(name):
    """Texts of another data set's test part; 0 or 1 where it calls them so, else -1."""
    other = data.load(name)
    chosen = np.random.default_rng(0).permutation(len(other.test))[:COUNT]
    called = pd.Series([other.label_names[other.test.labels[i]] for i in chosen])
    known = called.map({"negative": 0, "positive": 1}).fillna(-1).to_numpy(int)
    return [other.test.texts[i] for i in chosen], known


kinds = {
    "other reviews": (pool, labels_of_pool),
    "reviews, nine of ten negative": ([pool[i] for i in mixed], labels_of_pool[mixed]),
    "first sentences of reviews": ([t.split(".")[0] for t in pool], labels_of_pool),
    "tweets": drawn_from("tweets"),
    "posts of newsgroups": drawn_from("newsgroups"),
}

# %%
reports, seen = {}, {}
for kind, (texts, labels) in kinds.items():
    p, rows = KIND.predict_proba(texts), KIND.vectorizer.transform(texts)
    seen[kind] = drift.features(texts, rows, p)
    watch = drift.Drift(KIND, last=COUNT)
    watch.add(texts[:COUNT], rows[:COUNT], p[:COUNT])
    report = watch.report()
    indices = {n: one["stability_index"] for n, one in report["watched"].items()}
    known = labels >= 0
    right = (p.argmax(axis=1) == labels)[known]
    accuracy = right.mean() if known.any() else np.nan
    fired = "yes" if report["drift"] else "no"
    reports[kind] = indices | {"drift": fired, "accuracy": accuracy}
reports = pd.DataFrame(reports).T.infer_objects()
forms = dict.fromkeys(drift.WATCHED, "{:.2f}") | {"accuracy": "{:.1%}"}
reports.style.format(forms, na_rep="")

# %% [markdown]
# *The stability index of length, share of unknown words and probability of positive; whether drift is reported (all of the
# first thousand texts of a kind); accuracy on those of all its texts whose label is negative or positive (posts have none of these, and neutral tweets are left out).*

# %%
fires = reports["drift"] == "yes"
usual = reports["accuracy"]["other reviews"]
lower = reports["accuracy"] < usual - 0.02
right_still = reports.index[fires & reports["accuracy"].notna() & ~lower]
worse = reports.index[lower]
unnoticed = reports.index[lower & ~fires]
either = []
if len(right_still):
    fell = 100 * (usual - reports["accuracy"][right_still].max())
    either.append(f"It rings on *{'*, *'.join(right_still)}* as well, where answers")
    either.append(f"are only {fell:.1f} points worse.")
if len(unnoticed):
    either.append(f"It is silent on *{'*, *'.join(unnoticed)}*.")


def named(kinds):
    """Kinds of text, which may hold commas, as words of a sentence."""
    return ", ".join(f"*{kind}*" for kind in kinds) or "none"


# %%
by_signal = {
    n: reports.index[reports[n].astype(float) > drift.SHIFTED] for n in drift.WATCHED
}
shifted = "; ".join(f"{n}: {named(k)}" for n, k in by_signal.items())
by_pattern = {}
for kind in reports.index[fires]:
    pattern = tuple(n for n in drift.WATCHED if kind in by_signal[n])
    by_pattern.setdefault(pattern, []).append(kind)
alike = [f"*{'*, *'.join(some)}*" for some in by_pattern.values() if len(some) > 1]
told_apart = "With no two kinds that set it off have the same of these shifted."
if alike:
    told_apart = f"The same of these have shifted with {'; and with '.join(alike)}: so "
    told_apart += "what has shifted doesn't tell which kind of text has come."

# %%
evaluation.say(f"""
    The alarm rings on *{"*, *".join(reports.index[fires]) or "none"}*; it is silent on
    *{"*, *".join(reports.index[~fires]) or "none"}*. {usual:.1%} of the answers to
    other reviews are right. Where there are labels, answers are worse by more than two
    points on *{"*, *".join(worse) or "none"}*. {" ".join(either)}

    What has shifted, by an index above {drift.SHIFTED}: {shifted}. {told_apart}
""")

# %% [markdown]
# So it says that *something* has changed, not that answers are wrong: for that one needs labels. How much has to
# change? Reviews with a share of tweets among them, each drawn several times:

# %%
SHARES, DRAWS = (0, 0.02, 0.05, 0.1, 0.2, 0.4), 5 if small else 20
draw = np.random.default_rng(1)
alarms_at = {}
for part in progress_bar(SHARES, desc="Mixing"):
    alarms = []
    for _ in range(DRAWS):
        some = round(part * COUNT)
        watch = drift.Drift(KIND, last=COUNT)
        watch.recent.extend(draw.permutation(seen["tweets"])[:some])
        watch.recent.extend(draw.permutation(seen["other reviews"])[: COUNT - some])
        alarms.append(watch.report()["drift"])
    alarms_at[part] = sum(alarms)

# %%
listed = "; ".join(f"*{part:.0%}*: {count}" for part, count in alarms_at.items())
always = [p for p in SHARES if all(alarms_at[q] == DRAWS for q in SHARES if q >= p)]
never = [p for p in SHARES if p and not any(alarms_at[q] for q in SHARES if q <= p)]
surely = "at no share tried is there one in every draw"
if always:
    surely = f"from {min(always):.0%} of tweets on there is one in every draw"
    if min(always) == SHARES[-1]:
        surely = f"with {SHARES[-1]:.0%}, the most that was tried, there is one in all"
unseen = (
    f"With {max(never):.0%} of tweets or fewer there is none in any. " if never else ""
)
some_of_them = SHARES[-2]
mixed_right = np.average(
    [reports["accuracy"]["tweets"], usual], weights=[some_of_them, 1 - some_of_them]
)
evaluation.say(f"""
    Alarms in {DRAWS} draws of {COUNT:,} texts, by the share of tweets among them:
    {listed}. So reviews alone set it off in {alarms_at[0]} of {DRAWS} draws, and
    {surely}. {unseen}With {some_of_them:.0%} of tweets accuracy would fall from
    {usual:.0%} to about {mixed_right:.0%}, and in {DRAWS - alarms_at[some_of_them]} of
    {DRAWS} draws nobody is told. What is watched is whether texts *as a whole* have changed, not
    whether a single one is out of place. (The draws share {POOL:,} reviews, so they
    are not independent.)
""")

# %% [markdown]
# The server tells the same at `/drift` and at `/metrics`.
#
# ## A million texts
#
# For many texts at once no server is needed: `python -m lib.predict --file reviews.csv --model FOLDER` reads a file as
# a stream, a thousand rows at a time. Every thousand answers are written whole or not at all. So it may be killed, and
# goes on where it was. The rows here are the test reviews, again and again, and the model is the n-gram net in 8 bits:

# %%
stop_servers()  # the cores are needed
ROWS = 4_000 if small else 1_000_000
FEW = 3_000 if small else 100_000
WORK = paths.cache_dir() / "serving_rows"
shutil.rmtree(WORK, ignore_errors=True)


def rows_file(count):
    """A CSV file of so many rows, made if it isn't there: test reviews, repeated."""
    path = WORK / f"{count}.csv"
    if not path.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["id", "text"])
            repeated = itertools.cycle(dataset.test.texts)
            writer.writerows(enumerate(itertools.islice(repeated, count)))
    return path


def begin(count, output, *options):
    """Start lib.predict with the small model on so many rows."""
    command = [sys.executable, "-m", "lib.predict", "--file", str(rows_file(count))]
    command += ["--model", str(OUT / SMALL), "--output", str(WORK / output), *options]
    return subprocess.Popen(command, **QUIET)


# %%
def memory_of(process):
    """Megabytes of a process and those that it started, shared ones once (Linux)."""
    total = 0
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(process.pid)
        for one in (first, *first.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += one.memory_full_info().pss
    return total / 1e6


def measured(count, output, *options):
    """Rows a second, the start included, and the most memory; None where it fails."""
    started, most = time.perf_counter(), 0
    process = begin(count, output, *options)
    while process.poll() is None:
        most = max(most, memory_of(process))
        time.sleep(0.2)
    pace = count / (time.perf_counter() - started)
    return {"rows a second": pace, "peak MB": most} if process.returncode == 0 else None


# %%
for count in sorted({FEW, ROWS}):
    print(f"{count:,} rows: {rows_file(count).stat().st_size / 1e6:,.0f} MB")
straight = measured(FEW, "straight.csv")
parts = WORK / ".killed.csv.parts"
(WORK / "killed.csv").unlink(missing_ok=True)
process = begin(FEW, "killed.csv")
while len(list(parts.glob("[0-9]*.csv"))) < FEW // 3_000 and process.poll() is None:
    time.sleep(0.02)
process.send_signal(signal.SIGKILL)
was_killed = process.wait() == -signal.SIGKILL
done = len(list(parts.glob("[0-9]*.csv")))
again = measured(FEW, "killed.csv")
same = (WORK / "killed.csv").read_bytes() == (WORK / "straight.csv").read_bytes()
ids = pd.read_csv(WORK / "killed.csv", usecols=["id"])["id"]
assert same
assert ids.tolist() == list(range(FEW))
stopped = (
    f"killed with {done} of {FEW // 1000} chunks done" if was_killed else "not killed"
)
evaluation.say(f"""
    One run was {stopped} and started again; it then has all {len(ids):,} rows, each
    once, and the same bytes as a run that nobody disturbed.
""")

# %% [markdown]
# And the million, by one process, by one for each core, and on **Ray**, which spreads the same over many machines (Moritz et al.
# 2018): it reads the files in blocks and hands them to a pool of processes that hold the model (*actors*); the blocks of a machine that
# dies are answered elsewhere (`tests/serve/test_cluster.py` kills one). Here it has a single machine. All with
# their start:

# %%
outputs = {
    "one process": ("one.csv",),
    f"{CORES} processes": ("several.csv", "--jobs", str(CORES)),
    "Ray, two actors": ("ray", "--ray"),
}
if small:
    outputs.pop("Ray, two actors")
streams = {}
for way, options in progress_bar(outputs.items(), desc="Answering"):
    ran = measured(ROWS, *options)
    if ran is None:
        print(f"{way}: it failed; is it installed (requirements-scale.txt)?")
        continue
    path = WORK / options[0]
    files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    ids = pd.concat([pd.read_csv(file, usecols=["id"])["id"] for file in files])
    streams[way] = ran | {"each row once": sorted(ids) == list(range(ROWS))}
    shutil.rmtree(path) if path.is_dir() else path.unlink()  # over a gigabyte each
streams = pd.DataFrame(streams).T
forms = {"rows a second": "{:,.0f}", "peak MB": "{:,.0f}"}
streams.style.format(forms)

# %% [markdown]
# *Rows a second with the start of the program; the most memory of all its processes together.*

# %%
pace = streams["rows a second"].astype(float)
peaks = straight["peak MB"], streams["peak MB"]["one process"]
several = pace[f"{CORES} processes"]
on_ray = pace.get("Ray, two actors")
of_ray = ""
if on_ray:
    ray_mb = streams["peak MB"]["Ray, two actors"]
    of_ray = (
        f"Ray answers {on_ray:,.0f}, {on_ray / several:.2f} times as many as {CORES} "
    )
    of_ray += "processes, in "
    more_memory = ray_mb / streams["peak MB"][f"{CORES} processes"]
    of_ray += (
        f"{more_memory:.0f} times their memory: it is made for more than one machine."
    )
whole = "Every" if streams["each row once"].all() else "Not every"
evaluation.say(f"""
    One process answers {pace["one process"]:,.0f} rows a second, {CORES} of them
    {several:,.0f}: {several / pace["one process"]:.2f} times as many ({CORES} times
    would be in proportion). {of_ray} {whole} output has each of the {ROWS:,} rows
    once. The most memory of one process was {peaks[0]:.0f} MB for {FEW:,} rows and
    {peaks[1]:.0f} MB for {ROWS:,}.
""")


# %% [markdown]
# ### A billion, on paper
#
# Texts share nothing, so more cores and machines answer more of them: in the best case proportionally, as long as
# somebody reads and writes the files fast enough. In that case, from the texts a second that one process answered on one
# thread. The rows: of the models that were trained from scratch and are within a point of the best of them on validation,
# the quickest with one text, the quickest with many, and the best; the n-gram net and the recurrent network looked at
# above; the quickest of all with many; the pretrained encoders; and scikit-learn's pipeline:

# %%
def from_scratch(name):
    """Whether nothing but these reviews and their labels has taught a model."""
    about = RUNS[name].metrics
    same_labels = (
        about["data"]["fingerprint"] == RUNS[MAIN].metrics["data"]["fingerprint"]
    )
    taught = about["model"].get("options", {}).get("vectors") == "minilm"
    return ARCHITECTURES[name] != "encoder" and same_labels and not taught


PRICE = 0.05  # dollars for a core and an hour: an assumption, edit it
SCRATCH = [name for name in runtimes if from_scratch(name)]
BEST = max(SCRATCH, key=ON_VALIDATION.get)
tops = [n for n in SCRATCH if ON_VALIDATION[n] == ON_VALIDATION[BEST]]
tops = "; ".join(f"*{TITLES[name]}*" for name in tops)
close = [n for n in SCRATCH if ON_VALIDATION[n] >= ON_VALIDATION[BEST] - 0.01]
cheapest = costs["raw text p50"][close].idxmin()
in_bulk_cheapest = costs["texts a second"][close].idxmax()

# %%
of_many, exact_share = costs["texts a second"], said_by["accuracy"]
shown = [cheapest, in_bulk_cheapest, SMALL, MAIN, BEST, of_many.idxmax(), *encoders]
on_paper = {
    f"{TITLES[n]}, 8 bits": (exact_share[n], of_many[n]) for n in dict.fromkeys(shown)
}
as_measured = alone[["accuracy", "texts a second"]].astype(float)
on_paper[f"{TITLES[MAIN]}, Keras"] = tuple(as_measured.loc[BY_BATCH])
on_paper[SKLEARN] = tuple(as_measured.loc[SKLEARN])
paper = pd.DataFrame(on_paper, ["accuracy", "texts a second and core"]).T

# %%
paper["core-hours"] = 1e9 / paper["texts a second and core"] / 3600
paper["cores for a day"] = paper["core-hours"] / 24
paper[f"dollars, at {PRICE} a core-hour"] = paper["core-hours"] * PRICE
styled = paper.style.format("{:,.0f}").format("{:.4f}", subset=["accuracy"])
display(styled.format("{:,.1f}", subset=["cores for a day"]))
hours = paper["core-hours"]
twice = of_many[SMALL], bag["texts a second"]
evaluation.say(f"""
    Of these models, a billion reviews take {hours.min():,.0f} core-hours with
    *{hours.idxmin()}* and {hours.max():,.0f} with *{hours.idxmax()}*,
    {hours.max() / hours.min():.0f} times as many; at the price assumed that is
    {PRICE * hours.min():,.0f} and {PRICE * hours.max():,.0f} dollars. scikit-learn's
    pipeline, with {hours[SKLEARN]:,.0f}, is cheaper than
    {(hours.drop(SKLEARN) > hours[SKLEARN]).sum()} of the {len(hours) - 1} others.
    (Paces scatter: *{TITLES[SMALL]}* has {twice[0]:,.0f} texts a second here and
    {twice[1]:,.0f} in the table of ways of asking, {max(twice) / min(twice):.2f} times
    the lesser; what is nearer to each other than that is level.)
""")

# %% [markdown]
# ## Keep the figures
#
# The last notebook puts latency beside accuracy; it reads them from here. What drift is compared with
# is kept beside the models, for the server.

# %%
if not small:
    columns = [c for c in costs if c.startswith("ms, ")]
    columns += ["raw text p50", "raw text p99", "texts a second"]
    records = (
        costs[columns].round(4).rename_axis("model").reset_index().to_dict("records")
    )
    about = {"cores": CORES, "words": WORDS, "models": records}
    path = paths.models_dir("imdb") / "serving" / "latency.json"
    with paths.written_whole(path) as partial:
        partial.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    for name in progress_bar(runtimes, desc="Keeping"):
        where = paths.models_dir("imdb") / "drift" / f"{name}.npz"
        drift.write_reference(runtimes[name]["int8"], dataset.validation.texts, where)
shutil.rmtree(WORK, ignore_errors=True)


# %% [markdown]
# ## Verdict
#
# First all goals that were set before any of this was built:

# %%
def held(value, goal, *, most=False):
    """A goal's row: what was measured, what was wanted, and whether it was reached."""
    good = round(value, 6) <= goal if most else value >= goal
    return (
        value,
        f"{'at most' if most else 'at least'} {goal:g}",
        "yes" if good else "no",
    )


# %%
exported_small = costs["raw text p50"][SMALL] / sklearn_ms
process = alone.loc[MAIN_IN_8]
goal_rows = {
    f"{title}, 8 bits, times as fast as Keras": held(times_as_fast, goal)
    for title, (times_as_fast, _, goal) in reached.items()
}
goal_rows |= {
    "largest difference of a probability, 32 bits": held(
        off["32 bits"].max(), 1e-4, most=True
    ),
    "points of accuracy that 8 bits move, at most": held(most, 0.2, most=True),
    f"{TITLES[SMALL]} from raw text, time by scikit-learn's": held(
        exported_small, 1, most=True
    ),
    "seconds until a process is ready": held(process["ready s"], 1.5, most=True),
    "its memory, MB, one text at a time": held(process["MB, one"], 300, most=True),
    f"requests with {HARDEST} clients, by the plain server's": held(share, 5),
    "answers under load other than the model's offline": held(wrong, 0, most=True),
}

# %%
goal_rows = pd.DataFrame(goal_rows, index=["measured", "goal", "reached"]).T
display(goal_rows.style.format("{:.3g}", subset=["measured"]))
goals_reached = (goal_rows["reached"] == "yes").sum()
not_reached = goal_rows[goal_rows["reached"] == "no"]
not_reached = "; ".join(
    f"{what}, {row['measured']:.3g} ({row['goal']})"
    for what, row in not_reached.iterrows()
)

# %%
by_keras, least = alone.loc[BY_BATCH], alone.loc[MAIN_IN_8]
same = said_by["changed, 8 bits"][MAIN]
same = (
    f"{same:.2%} of its answers become others"
    if same
    else "all its answers stay the same"
)
in_vino = programs["times Keras"][TITLES[READER]]
soonest = costs["raw text p50"].idxmin()
hours_of = 1e9 / of_many / 3600
quickest_bulk = ""
if in_bulk_cheapest != cheapest:
    quickest_bulk = (
        f", *{TITLES[in_bulk_cheapest]}*, the quickest of these with many at once, "
    )
    quickest_bulk += f"{hours_of[in_bulk_cheapest]:,.0f}"
quickest_bulk += f", scikit-learn's pipeline {hours[SKLEARN]:,.0f} (right in "
quickest_bulk += f"{sklearn_accuracy:.1%})"

# %%
evaluation.say(f"""
    **What does one answer cost, and how little could it cost? From raw text
    {TITLES[MAIN]} takes {by_predict_ms:.0f} ms by Keras's `predict` and
    {by_keras["p50 ms"]:.1f} by `predict_on_batch`, exported {least["p50 ms"]:.2f} ms;
    the memory of a process that is asked one text at a time falls from
    {by_keras["MB, one"]:,.0f} to {least["MB, one"]:,.0f} MB, and {same}.** What was
    saved is the framework's time: `predict_on_batch` takes {on_batch:.1f} ms for a
    network whose recurrent products would take {arithmetic_ms:.2f} at best. Exported,
    {around[MAIN]:.0%} of the way is cleaning and the like, and the network takes
    {exact_ms / arithmetic_ms:.1f} times its products: little is left to save. The
    quickest of all, *{TITLES[soonest]}*, takes
    {costs["raw text p50"][soonest]:.2f} ms, and is right in
    {said_by["accuracy"][soonest]:.1%}. Many texts at once share that
    time, and there the exported network answers {in_bulk:.1f} times as many a second.
    *{TITLES[READER]}*, which is made of larger products, becomes
    {costs["times"][READER]:.2f} times as fast as in Keras, and, asked about one review
    again and again, {in_vino:.2f} times in OpenVINO, which multiplies in `{number}`. 8
    bits buy space, and {in_time}. {goals_reached} of {len(goal_rows)} goals were
    reached. Missed: {not_reached or "none"}.
""")

# %%
evaluation.say(f"""
    And what does one get for it? Of {len(costs)} models, those that no other beats in
    time and accuracy together, and that gain at least .3 points over every quicker
    one: {"; ".join(worth)}. Of the models that were trained from scratch and are
    within a point of the best of them on validation (the best: {tops}), the cheapest
    is *{TITLES[cheapest]}*, at
    **{costs["raw text p50"][cheapest]:.2f} ms** and
    {said_by["accuracy"][cheapest]:.1%} on the test part; a billion reviews take it
    {hours_of[cheapest]:,.0f} core-hours ({PRICE * hours_of[cheapest]:,.0f} dollars at
    the price assumed){quickest_bulk}. Behind HTTP with {HARDEST} clients the exported
    network answers {share:.1f} times as many requests as a server that calls Keras for
    one after the other, and what waits is bounded: where the good model can't answer, the small one does,
    or a refusal says when to come back.
""")

# %% [markdown]
# ## Exercises
#
# 1. Quantise the other way: `onnxruntime.quantization.quantize_dynamic` on `float32.onnx`, with
#    `op_types_to_quantize=["MatMul", "LSTM"]`. See whether the LSTM is faster still. Expect an answer to depend on *the
#    texts that are asked beside it*, since numbers are then rounded by the largest one in the batch: the reason why `Runtime`
#    asks the encoder about one text at a time. Compare a text alone and among others.
# 2. Start `python -m lib.serve --models imdb/lstm_attention imdb/gru imdb/ffnn --default imdb/lstm_attention
#    --shadow imdb/gru` and send it a few hundred reviews, one by one, by `request(8000, {"texts": review})`. At `/metrics`,
#    divide `shadow_agreed_total` by `shadow_texts_total`. Expect more disagreements than the accuracies of the two
#    differ by: models that are equally good err on different reviews.
#
# ## References
#
# - Crankshaw, Wang, Zhou, Franklin, Gonzalez & Stoica (2017), *Clipper: a low-latency online prediction
#   serving system*, on batches and queues.
# - Dean & Barroso (2013), *The tail at scale*, why p99 matters.
# - Holm (1979), *A simple sequentially rejective multiple test procedure*.
# - Jacob et al. (2018), *Quantization and training of neural networks for efficient integer-arithmetic-only
#   inference*.
# - Mitchell et al. (2019), *Model cards for model reporting*.
# - Moritz et al. (2018), *Ray: a distributed framework for emerging AI applications*.
# - ONNX, *Operator schemas*, onnx.ai.
# - Siddiqi (2006), *Credit risk scorecards*, the population stability index.
