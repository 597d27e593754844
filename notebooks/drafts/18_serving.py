# %% [markdown]
# # 18 · Serving
#
# **What does one answer cost, and how little could it cost?**
#
# A trained network is no use to anybody until somebody can ask it. Ask ours through `predict` and it
# thinks for some hundred times as long as its arithmetic takes; ask it through a server that holds
# Keras, and every copy of the server wants half a gigabyte before it says a word. None of that is
# the network's fault. This notebook takes a saved model and makes it smaller and faster, a step at a time,
# checks after each step that it still says the same, puts it behind an HTTP interface, and then does to
# it what the world does: too many requests at once, a model that breaks, texts of another kind.
#
# You need the IMDB reviews and `pip install -r requirements-serve.txt`. Nothing is trained. Times are those
# of this machine on that day; what carries over are the ratios.

# %% tags=["setup"]
SETUP

# %%
import asyncio
import concurrent.futures
import csv
import functools
import http.client
import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import onnx
import onnxruntime
import pandas as pd
from IPython.display import Code
from onnx import TensorProto, helper, numpy_helper
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from lib import paths
from lib.export import export, recurrences
from lib.models import storage
from lib.progress import progress_bar
from lib.serve import Runtime, drift
from lib.serve.service import Service

# %%
plots.style()
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: synthetic texts, few models, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
print("The models are the shipped ones, trained on the real reviews, in both profiles.")
SHIPPED = paths.ROOT / "models" / "imdb"
LEFT_OUT = {"minilm", "ensemble"}  # the one is large, the others in it are here themselves
NAMES = sorted({p.stem for p in SHIPPED.glob("[!.]*.keras")} - LEFT_OUT)
NAMES = ["ffnn", "lstm_attention", "transformer"] if small else NAMES
print(os.cpu_count(), "processor cores;", ", ".join(NAMES))

# %% [markdown]
# ## Where the time goes
#
# One review of middling length, one network, the bidirectional LSTM with attention, and four ways to ask
# it. `p50` is the median of many requests, `p99` what one of a hundred exceeds.

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


def quantiles(taken):
    return {"p50 ms": np.median(taken), "p99 ms": np.quantile(taken, 0.99)}


TIMES = 10 if small else 200
by_length = sorted(dataset.validation.texts, key=lambda text: len(text.split()))
TEXT = next((text for text in by_length if len(text.split()) >= 230), by_length[-1])
model = models.load(SHIPPED / "lstm_attention.keras")
(row,) = model.vectorizer.transform([TEXT])
batch = model.vectorizer.collate([row])
print(f"{len(TEXT.split())} words, {len(row)} of them read")

# %%
compiled = keras.Model(model.network.input, model.network.output)
ways = {
    "Keras: network.predict(batch)": lambda: compiled.predict(batch, verbose=0),
    "Keras: network(batch)": lambda: model.network(batch),
    "Keras: network.predict_on_batch(batch)": lambda: model.network.predict_on_batch(batch),
    "cleaning and word ids alone": lambda: model.vectorizer.transform([TEXT]),
}
measured = {name: quantiles(timed(ask, TIMES)) for name, ask in ways.items()}
asked = pd.DataFrame(measured).T
asked.style.format("{:.2f}")

# %% [markdown]
# And how long does the *arithmetic* take? Each word costs an LSTM with $u$ units four gates of $d + u$
# products a unit, in both directions; and this processor multiplies matrices at a speed that can be
# measured.

# %%
dim, units = model.options["embedding_dim"], model.options["units"]
operations = 2 * len(row) * 2 * 4 * units * (dim + units)
a = np.random.default_rng(0).normal(size=(1024, 1024)).astype("float32")
speed = 2 * 1024**3 / (timed(lambda: a @ a, 10).min() / 1000)
arithmetic = 1000 * operations / speed
on_batch = asked["p50 ms"].iloc[2]
evaluation.say(f"""
    {operations / 1e6:.0f} million operations at {speed / 1e9:.0f} thousand million a second would
    be **{arithmetic:.2f} ms**. `predict_on_batch` takes **{on_batch:.1f} ms**, `predict` on
    one text {asked["p50 ms"].iloc[0]:.0f} ms. The rest is bookkeeping: the loop over words is
    a loop of the framework, which for each word starts a dozen operations on one row each.
""")

# %% [markdown]
# ## One node instead of a loop
#
# **ONNX** is a file format for networks: a graph of operators, with the weights. Programs that only run
# networks, such as `onnxruntime`, read it, and know nothing of training. Its operators include `LSTM`:
# the whole sequence, both directions, in one node of compiled code. All we have to do is hand it Keras's
# weights in its own order. Keras keeps the gates of an LSTM as input, forget, cell, output; ONNX wants
# input, output, forget, cell, has an axis for the direction, reads time first, and has two biases.

# %%
layer = keras.layers.LSTM(8, return_sequences=True)
x = np.random.default_rng(1).normal(size=(1, 20, 5)).astype("float32")
expected = np.asarray(layer(x))
kernel, recurrent, bias = layer.get_weights()


def onnx_order(weights):
    """(..., i f c o) of Keras as (directions, i o f c, ...) of ONNX."""
    i, f, c, o = np.split(weights, 4, axis=-1)
    return np.concatenate([i, o, f, c], axis=-1).T[None]


weights = {"W": onnx_order(kernel), "R": onnx_order(recurrent)}
weights["B"] = np.concatenate([onnx_order(bias), np.zeros((1, 32), "float32")], axis=1)
print({name: value.shape for name, value in weights.items()})

# %%
node = helper.make_node("LSTM", ["x", "W", "R", "B"], ["states"], hidden_size=8)
graph = helper.make_graph(
    [node],
    "one LSTM",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["time", "batch", 5])],
    [helper.make_tensor_value_info("states", TensorProto.FLOAT, None)],
    [numpy_helper.from_array(value, name) for name, value in weights.items()],
)
opset = [helper.make_opsetid("", 20)]
written = helper.make_model(graph, opset_imports=opset, ir_version=10)
session = onnxruntime.InferenceSession(written.SerializeToString())
(states,) = session.run(None, {"x": x.swapaxes(0, 1)})  # (time, directions, batch, units)
off = np.abs(states[:, 0, 0] - expected[0]).max()
assert off < 1e-5
print(f"largest difference from Keras: {off:.0e}")

# %% [markdown]
# That is all there is to it, and the other recurrences go the same way. Two are prettier than expected: a
# **minGRU** (notebook 10) *is* a GRU whose recurrent weights are zero, and a linear recurrent unit is
# a simple recurrence whose matrix turns pairs of units:

# %%
for function in (recurrences.lstm, recurrences.min_gru, recurrences.lru):
    display(Code(inspect.getsource(function), language="python"))

# %% [markdown]
# `lib.export` walks through a network in the order in which Keras computes it and writes each layer by
# such a function; the table of them is in `lib/export/operators.py`. From the shell it is
# `python -m lib.export imdb/lstm_attention`. The folder holds the graph in 32 and in 8 bits, the
# vocabulary as JSON, and a model card.

# %%
out = Path(tempfile.mkdtemp()) / "exported" / "imdb"
runtimes = {}
for name in progress_bar(NAMES, desc="Exporting"):
    published = None if small else evaluation.read(SHIPPED / f"{name}.json")
    one = models.load(SHIPPED / f"{name}.keras")
    folder = export(one, out / name, name=f"imdb/{name}", published=published)
    runtimes[name] = {p: Runtime(folder, precision=p) for p in ("float32", "int8")}
exported = out / "lstm_attention"
loaded = onnx.load(exported / "float32.onnx").graph.node
print(len(loaded), "nodes:", ", ".join(node.op_type for node in loaded))
sizes = {file.name: file.stat().st_size / 1e6 for file in sorted(exported.iterdir())}
pd.Series(sizes, name="MB").to_frame().style.format("{:.2f}")

# %% [markdown]
# `Runtime` reads such a folder and answers to raw text with numpy, onnxruntime and this project's cleaning.
# Does it say the same? A few awkward texts: an empty one, one of unknown words, one of 900 words.

# %%
AWKWARD = [TEXT, "", "zebra xyzzy", "good " * 900, "Ünïcode 💥 text"]
warnings.filterwarnings("ignore", ".*no known word")  # two of these have none
given = model.predict_proba(AWKWARD)
exact, eight = runtimes["lstm_attention"].values()
off = {p: np.abs(r.predict_proba(AWKWARD) - given).max() for p, r in
       runtimes["lstm_attention"].items()}
assert off["float32"] < 1e-4
ways = {"ONNX, 32 bits": lambda: exact.logits_of_batch(batch)}
ways["ONNX, 8 bits"] = lambda: eight.logits_of_batch(batch)
ways["ONNX, 8 bits, from raw text"] = lambda: eight.predict_proba([TEXT])
measured |= {name: quantiles(timed(ask, 5 * TIMES)) for name, ask in ways.items()}
display(pd.DataFrame(measured).T.style.format("{:.2f}"))
times = {name: on_batch / found["p50 ms"] for name, found in measured.items()}
evaluation.say(f"""
    The largest difference from Keras, as a probability, is {off["float32"]:.0e} in 32 bits
    and {off["int8"]:.0e} in 8. One text through the network takes
    {measured["ONNX, 32 bits"]["p50 ms"]:.2f} ms, **{times["ONNX, 32 bits"]:.0f} times** faster
    than `predict_on_batch`, and in 8 bits {times["ONNX, 8 bits"]:.0f} times.
""")

# %% [markdown]
# ## Eight bits, and why they hardly hurt
#
# A weight needs 32 bits to be *trained*, as it moves in tiny steps. To be *used*, 8 will do: each row of
# a table is divided by a scale of its own so that its largest value becomes 127, and rounded. One
# scale for the whole table would be simpler; see what it costs.

# %%
table = model.network.get_layer("embedding").get_weights()[0]
trained = table + np.random.default_rng(0).normal(0, 1e-3, table.shape)  # see below
values, scale = storage.quantize(trained.astype("float32"))
by_row = storage.dequantize(values, scale) - trained
one_scale = np.abs(trained).max() / 127
by_table = np.rint(trained / one_scale) * one_scale - trained
size = np.abs(trained).max(axis=1)
wrong = {
    "a scale for each row": np.abs(by_row).max(axis=1) / np.maximum(size, 1e-9),
    "one scale for all": np.abs(by_table).max(axis=1) / np.maximum(size, 1e-9),
}
rows = pd.DataFrame({n: np.quantile(w, [0.5, 0.9, 0.99]) for n, w in wrong.items()}).T
rows.columns = ["median row", "nine of ten below", "99 of 100 below"]
display(rows.style.format("{:.1%}"))
evaluation.say(f"""
    The largest rounding error of a row, in parts of its largest value: with a scale for each
    row {rows.iloc[0, 0]:.1%} in the median, with one for all {rows.iloc[1, 0]:.1%}. Rare words
    have short vectors, and a scale made for the longest one leaves them a few steps.
""")

# %% [markdown]
# *The shipped tables were rounded in this way already, so a little noise is added first, or there would be
# nothing to round.*
#
# In the graph, `int8.onnx` keeps the tables so and looks rows up as integers; large matrices are rounded as
# well, with a scale for each 32 weights, and multiplied as integers. Recurrent weights stay as they are: they are few.
# So of a recurrent network the file alone gets smaller, and no answer moves. A Transformer is mostly matrices. How
# far do its answers move, and how far would they have to?

# %%
ASKED = dataset.validation.texts[:60] if small else dataset.validation.texts
with_32, with_8 = (
    runtimes["transformer"][p].predict_logits(ASKED) for p in ("float32", "int8")
)
margin = with_32[:, 1] - with_32[:, 0]
moved = with_8[:, 1] - with_8[:, 0] - margin
flips = (margin > 0) != (margin + moved > 0)
evaluation.say(f"""
    On {len(ASKED):,} validation reviews the log-odds move by {np.abs(moved).mean():.3f} on
    average and {np.abs(moved).max():.2f} at most. They themselves are {np.abs(margin).mean():.1f}
    away from zero, the line between the answers, on average;
    {np.mean(np.abs(margin) < np.abs(moved).max()):.1%} of the reviews lie so near to it that
    the largest move could matter, and **{flips.sum()}** of them change sides.
""")

# %% alt="How far log-odds are from zero, and how far eight bits move them, on one scale"
fig, ax = plt.subplots(figsize=(8, 3.6))
bins = np.linspace(-6, 6, 121)
ax.hist(margin, bins, color=plots.LIGHT, label="log-odds of the reviews")
ax.hist(moved, bins, color=plots.DARK, label="what eight bits change of them")
ax.axvline(0, color="black", lw=1, ls=":")
ax.set(yscale="log", xlabel="log-odds", ylabel="reviews", title="Signal and rounding")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Both on one scale: the narrow dark bar in the middle is all that rounding does. Counts are on a log scale.*
#
# ## All models, in one table
#
# Every shipped model: what the published file scores on the official test part, how many of the 25,000
# answers change in 32 and in 8 bits, sizes, and the time of one request of the review above, on one
# thread. Below them stands what a practitioner would reach for first, scikit-learn's TF-IDF with logistic
# regression on the same reviews.

# %%
TESTED = slice(0, 60) if small else slice(None)
test_texts, test_labels = dataset.test.texts[TESTED], dataset.test.labels[TESTED]


# %%
def facts(name):
    """One model's row: answers of the file and of both exports, sizes, milliseconds."""
    path, (exact, eight) = SHIPPED / f"{name}.keras", runtimes[name].values()
    one = models.load(path)
    if small:
        stored = one.predict_proba(test_texts)
    else:
        stored = evaluation.read(path.with_suffix(".json")).probabilities["test"]
    given = stored.argmax(axis=1)
    found = {"model": name, "accuracy": np.mean(given == test_labels)}
    if name != "minilm_frozen":  # in 32 bits it would take a quarter of an hour
        in_32 = exact.predict_logits(test_texts).argmax(axis=1)
        found["changed, 32 bits"] = int((in_32 != given).sum())
    in_8 = eight.predict_logits(test_texts).argmax(axis=1)
    found |= {"changed, 8 bits": int((in_8 != given).sum())}
    found["accuracy, 8 bits"] = np.mean(in_8 == test_labels)
    found["MB, 32 bits"] = (exact.folder / "float32.onnx").stat().st_size / 1e6
    found["MB, 8 bits"] = (exact.folder / "int8.onnx").stat().st_size / 1e6
    found |= milliseconds(one, exact, eight, TIMES // (5 if name == "minilm_frozen" else 1))
    return found


# %%
def milliseconds(one, exact, eight, times):
    """What the review takes by each way."""
    batch = one.vectorizer.collate(one.vectorizer.transform([TEXT]))
    ways = {"Keras": one.network.predict_on_batch, "32 bits": exact.logits_of_batch}
    ways["8 bits"] = eight.logits_of_batch
    found = {}
    for way, ask in ways.items():
        found[f"ms, {way}"] = np.median(timed(functools.partial(ask, batch), times))
    from_raw = timed(lambda: eight.predict_proba([TEXT]), 2 * times)
    found["raw text p50"], found["raw text p99"] = np.quantile(from_raw, [0.5, 0.99])
    return found


table = pd.DataFrame(facts(name) for name in progress_bar(NAMES, desc="Measuring"))
table = table.sort_values("ms, 8 bits", ignore_index=True)

# %%
fit = slice(0, 200) if small else slice(None)
pipeline = make_pipeline(
    TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
    LogisticRegression(C=20, max_iter=1000),
).fit(dataset.train.texts[fit], dataset.train.labels[fit])
theirs = timed(lambda: pipeline.predict_proba([TEXT]), TIMES)
other = {"model": "scikit-learn, TF-IDF + LR", "raw text p50": np.median(theirs)}
other |= {"accuracy": pipeline.score(test_texts, test_labels)}
other |= {"raw text p99": np.quantile(theirs, 0.99)}
shown = pd.concat([table, pd.DataFrame([other])], ignore_index=True)
numbers = {c: "{:.4f}" for c in shown if "accuracy" in c}
numbers |= {c: "{:.1f}" for c in shown if "MB" in c} | {c: "{:.0f}" for c in shown if "chan" in c}
numbers |= {c: "{:.2f}" for c in shown if "ms" in c or "raw" in c}
shown.style.hide(axis="index").format(numbers, na_rep="")

# %%
faster = (table["ms, Keras"] / table["ms, 8 bits"]).set_axis(table["model"])
lost = (table["accuracy, 8 bits"] - table["accuracy"]).set_axis(table["model"])
quick = table["model"][table["raw text p50"] < other["raw text p50"]]
worst = lost.abs().idxmax()
evaluation.say(f"""
    One request is answered between {faster.min():.1f} (*{faster.idxmin()}*) and
    {faster.max():.0f} times (*{faster.idxmax()}*) as fast as by Keras. Of
    {len(test_texts):,} answers at most {table["changed, 32 bits"].max():.0f} change in 32 bits.
    Eight bits move accuracy most for *{worst}*: by {lost[worst]:+.4f}. From raw text to
    probability, cleaning included, {len(quick)} of {len(table)} models are faster than
    scikit-learn's pipeline ({other["raw text p50"]:.2f} ms): {", ".join(quick) or "none"}.
""")

# %% [markdown]
# Where a network is nothing but one large product, or a convolution, Keras wasted little and there is
# little to win. Where it is a loop over words, the loop was the cost.
#
# ## Starting
#
# A server that is started when it is needed, or by the dozen, pays for its start every time. Two fresh
# interpreters, from nothing to the first answer:

# %%
START = """
import time; start = time.perf_counter()
{load}
runtime.predict_proba([{text!r}])
status = open("/proc/self/status").read()
print(time.perf_counter() - start, int(status.split("VmHWM:")[1].split()[0]) / 1e3)
"""
FILE = SHIPPED / "lstm_attention.keras"
LOADS = {
    "Keras": f"from lib import models; runtime = models.load({str(FILE)!r})",
    "ONNX": f"from lib.serve import Runtime; runtime = Runtime({str(exported)!r})",
}

# %%
starts = {}
for name, load in LOADS.items():
    command = [sys.executable, "-c", START.format(load=load, text=TEXT)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=paths.ROOT)
    starts[name] = [float(part) for part in ran.stdout.split()[-2:]]
starts = pd.DataFrame(starts, index=["seconds", "MB"])
display(starts.T.style.format("{:.1f}"))
first, last = starts["Keras"], starts["ONNX"]
evaluation.say(f"""
    From nothing to the first answer: {first["seconds"]:.1f} s and {first["MB"]:.0f} MB with
    Keras, **{last["seconds"]:.1f} s and {last["MB"]:.0f} MB** without. Where one process with
    Keras fits, {first["MB"] / last["MB"]:.0f} of the others do.
""")

# %% [markdown]
# ## Batching: for whom?
#
# Several texts can go through a network together. On a graphics card that is where all speed comes from.
# On a processor?

# %%
SIZES = (1, 2, 4, 8, 16, 32, 64)
near = by_length[len(by_length) // 2 :][: max(SIZES)]  # of like length, so no padding to speak of
curves = {}
for title, name, precision in (
    ("Keras, LSTM + attention", "lstm_attention", None),
    ("8 bits, LSTM + attention", "lstm_attention", "int8"),
    ("8 bits, n-grams", "ffnn", "int8"),
):
    one = models.load(SHIPPED / f"{name}.keras")
    ask = runtimes[name][precision].logits_of_batch if precision else one.network.predict_on_batch
    rows = one.vectorizer.transform(near)
    batches = {size: one.vectorizer.collate(rows[:size]) for size in SIZES}
    calls = [functools.partial(ask, batch) for batch in batches.values()]
    took = [np.median(timed(call, TIMES // 5)) for call in calls]
    curves[title] = np.array(took) / SIZES

# %% alt="Milliseconds a text by the size of the batch, for Keras and for exported networks"
labels = {"xlabel": "texts in a batch", "ylabel": "ms a text"}
ax = plots.lines({n: (SIZES, c) for n, c in curves.items()}, **labels, marker="o")
ax.set(xscale="log", yscale="log", title="What a batch saves")
ax.set_xticks(SIZES, SIZES)
ax.minorticks_off()
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
saves = {name: curve[0] / curve.min() for name, curve in curves.items()}
said = ", ".join(f"*{name}* {factor:.1f}" for name, factor in saves.items())
evaluation.say(f"""
    At best a batch makes one text cheaper by a factor of: {said}. With Keras a batch shares the
    cost of the loop over words; without the loop **{saves["8 bits, LSTM + attention"]:.1f}**
    is what is left to share. The net on n-grams needs so little that a call's own cost
    counts.
""")

# %% [markdown]
# So a batch is for the framework's overhead, and every text of it waits for the last. Our server never waits
# for a batch to fill: a batch is *whatever came in while the last one ran*. When little comes, that is one
# text; under load batches grow by themselves, and save what HTTP, queue and cleaning cost.
#
# ## A server, and many who ask
#
# `python -m lib.serve` puts exported models behind `POST /predict` (and a page to try them, at `/`). Beside
# it, the plain way: a server that holds the Keras model and answers one request after the other. Clients ask
# without a pause, each the next review as soon as it has the last answer.

# %%
PORT, PLAIN_PORT = 8791, 8792
PLAIN = f"""
import threading, uvicorn
from fastapi import FastAPI
from lib import models
model = models.load({str(FILE)!r})
lock, app = threading.Lock(), FastAPI()
@app.post("/predict")
def predict(body: dict):
    with lock:
        return {{"positive": float(model.predict_proba([body["texts"]])[0, 1])}}
@app.get("/ready")
def ready():
    return {{}}
uvicorn.run(app, port={PLAIN_PORT}, log_level="error")
"""

# %%
OURS = ["-m", "lib.serve", "--models", "imdb/lstm_attention", "imdb/ffnn", "--port", str(PORT)]
OURS += ["--default", "imdb/lstm_attention", "--exported", str(out.parent)]
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": paths.ROOT}
quiet["env"] = os.environ | {"PROFILE": "full"}
servers = {
    "lib.serve": (PORT, subprocess.Popen([sys.executable, *OURS], **quiet)),
    "Keras, one at a time": (PLAIN_PORT, subprocess.Popen([sys.executable, "-c", PLAIN], **quiet)),
}


# %%
def post(port, body, path="/predict"):
    """One request; return the answer, decoded."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", path, json.dumps(body), headers)
    return json.load(connection.getresponse())


# %%
def wait_for(port):
    """Wait until a server answers."""
    for _ in range(600):
        try:
            http.client.HTTPConnection("127.0.0.1", port).request("GET", "/ready")
            return
        except ConnectionError:
            time.sleep(0.1)
    raise TimeoutError(f"nobody answers at {port}")


# %%
def client(port, texts, until):
    """Ask until the time is up: the seconds that each answer took."""
    connection, taken, position = http.client.HTTPConnection("127.0.0.1", port), [], 0
    while time.perf_counter() < until:
        body = json.dumps({"texts": texts[position % len(texts)]})
        start = time.perf_counter()
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
        taken.append(time.perf_counter() - start)
        position += 1
    return taken


def load(port, clients, seconds, texts):
    """Requests a second, and quantiles of their time in ms, with so many clients."""
    until = time.perf_counter() + seconds
    parts = [texts[number::clients] for number in range(clients)]
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        took = pool.map(lambda part: client(port, part, until), parts)
        taken = 1000 * np.concatenate(list(took))
    return {"requests a second": len(taken) / seconds} | quantiles(taken)


# %%
CLIENTS, SECONDS = ((1, 4), 0.5) if small else ((1, 2, 4, 8, 16, 32, 64), 6)
many = dataset.validation.texts[:100] if small else dataset.test.texts
loads = []
for name, (port, _) in servers.items():
    wait_for(port)
    load(port, 2, SECONDS / 3, many[:50])  # warm
    for count in CLIENTS:
        loads.append({"server": name, "clients": count} | load(port, count, SECONDS, many))
loads = pd.DataFrame(loads)
loads.pivot(index="clients", columns="server").round(1)

# %% alt="Requests a second, and their p99 in milliseconds, by the number of clients, for both servers"
fig, two = plt.subplots(1, 2, figsize=(10, 3.8))
for ax, column in zip(two, ("requests a second", "p99 ms"), strict=True):
    by_server = {n: (g["clients"], g[column]) for n, g in loads.groupby("server", sort=False)}
    plots.lines(by_server, xlabel="clients", ylabel=column, marker="o", ax=ax).legend().remove()
    ax.set(xscale="log", yscale="log")
    ax.set_xticks(CLIENTS, CLIENTS)
    ax.minorticks_off()
fig.legend(*two[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()
busiest = loads[loads["clients"] == CLIENTS[-1]].set_index("server")
ours, plain = (busiest["requests a second"][name] for name in servers)
alone = loads[(loads["clients"] == 1)].set_index("server")["p50 ms"]
evaluation.say(f"""
    With {CLIENTS[-1]} clients `lib.serve` answers {ours:,.0f} requests a second, the plain server
    {plain:,.0f}: **{ours / plain:.0f} times** as many; one of a hundred takes longer than
    {busiest["p99 ms"]["lib.serve"]:.0f} ms, there {busiest["p99 ms"].iloc[1]:,.0f} ms. A single
    client waits {alone["lib.serve"]:.1f} ms for an answer, of which the network needs
    {measured["ONNX, 8 bits"]["p50 ms"]:.2f}: now HTTP is what costs. The clients run on
    the same {os.cpu_count()} cores.
""")

# %% [markdown]
# *Left, what the servers get done; right, how long one of a hundred requests takes. Both axes are
# logarithmic. From some number of clients on, more clients only wait longer.*
#
# Texts that come again, or are cleaned to the same words, are answered from a cache, and `/metrics` tells what
# happened, in the format that Prometheus reads:

# %%
again = ["A wonderful film!", "a wonderful <br /> FILM !"] * 10
for text in again:
    post(PORT, {"texts": text})
connection = http.client.HTTPConnection("127.0.0.1", PORT)
connection.request("GET", "/metrics")
lines = connection.getresponse().read().decode().splitlines()
told = ("texts_answered_total", "texts_cache_hits", "texts_fallback_total", "answer_seconds_count")
print("\n".join(line for line in lines if line.startswith(told) and "attention" in line))

# %% [markdown]
# ## When things go wrong
#
# What if the good model breaks, or more come than it can answer? Then a small model answers, and the
# reply says so. Here the service without its HTTP, with a model that is made to fail, and one that
# is made slow.

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
async def asked_of(big, texts):
    """Who answers, and why; at most 30 texts may wait, none for longer than .5 s."""
    named = {"imdb/lstm_attention": big, "imdb/ffnn": runtimes["ffnn"]["int8"]}
    options = {"default": "imdb/lstm_attention", "fallback": "imdb/ffnn"}
    service = Service(named, **options, deadline=0.5, waiting=30)
    waiting = (service.answer([text]) for text in texts)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    await service.close()
    said = [
        str(a) if isinstance(a, Exception) else f"{a.answered_by}, {a.fallback or 'as asked'}"
        for a in answers
    ]
    return pd.Series(said).value_counts()


# %%
broken, slow = Troubled(exported), Troubled(exported)
broken.fault, slow.pause = RuntimeError("no such row"), 0.2
texts = [f"{text[:200]} {number}" for number, text in enumerate(many[:100])]
found = {
    "nothing is wrong, 20 at once": await asked_of(Troubled(exported), texts[:20]),
    "the model breaks, 20 at once": await asked_of(broken, texts[:20]),
    "the model is slow, 100 at once": await asked_of(slow, texts),
}
outcome = pd.concat(found).rename_axis(["what happens", "who answers"]).rename("texts")
outcome.to_frame()

# %%
late = found["the model is slow, 100 at once"]
small_one = sum(n for who, n in late.items() if who.startswith("imdb/ffnn"))
refused = sum(n for who, n in late.items() if not who.startswith("imdb/"))
evaluation.say(f"""
    With a broken model all 20 are answered by the small one. With a slow one and a hundred
    requests at once the small one answers {small_one}, and {refused} are refused: over HTTP
    they get status 503 and are told when to come back. Nothing is lost without a
    word, and what waits is bounded.
""")

# %% [markdown]
# ## Texts of another kind
#
# A model doesn't know that it is asked about something else; it answers all the same. So the server watches
# three things of the last texts: how long they are, how much of them the vocabulary doesn't know, and what the
# model says. Each is compared with the validation part, by the *population stability index* (how much has
# moved between tenths of the old distribution; .25 is called a change) and a Kolmogorov-Smirnov test
# (whether that could be chance), corrected for there being three of them (Holm). Here is what it makes of other texts:

# %%
KIND = runtimes["lstm_attention"]["int8"]
reference = exported / "reference.npz"
drift.write_reference(KIND, dataset.validation.texts, reference)
COUNT = 120 if small else 1000
draw = np.random.default_rng(0).permutation(len(dataset.test))[:COUNT]
reviews = [dataset.test.texts[i] for i in draw]
others = {
    "other reviews, of the test part": reviews,
    "the first sentence of these": [text.split(".")[0] for text in reviews],
    "tweets": data.load("tweets").test.texts[:COUNT],
    "posts of newsgroups": data.load("newsgroups").test.texts[:COUNT],
}
found = {}
for kind, texts in others.items():
    watch = drift.Drift(KIND)
    rows = KIND.vectorizer.transform(texts)
    watch.add(texts, rows, KIND.predict_proba(texts))
    found[kind] = watch.report()

# %%
def told(report):
    """A report as a row: the index of each, and whether it is called a change."""
    watched = {n: one["stability_index"] for n, one in report["watched"].items()}
    return watched | {"drift": "yes" if report["drift"] else "no"}


indices = pd.DataFrame({kind: told(report) for kind, report in found.items()}).T
display(indices.style.format("{:.2f}", subset=list(drift.WATCHED)))
fires = indices.index[indices["drift"] == "yes"]
quiet_on = indices.index[indices["drift"] == "no"]
evaluation.say(f"""
    It fires on *{"*, *".join(fires) or "nothing"}*, and not on
    *{"*, *".join(quiet_on) or "nothing"}*. Longest away from validation is the
    {indices[list(drift.WATCHED)].astype(float).max().idxmax()} of
    *{indices[list(drift.WATCHED)].astype(float).max(axis=1).idxmax()}*.
""")

# %% [markdown]
# The server tells the same at `/drift`. It says that *something* has changed, not that answers are wrong:
# whether they are, only labels can say.
#
# ## A million texts
#
# For many texts at once no server is needed: `python -m lib.predict --file reviews.csv --model
# build/exported/full/imdb/ffnn` reads a file as a stream, a thousand rows at a time, so that its memory doesn't
# grow with the file. Every thousand answers are written whole or not at all. So it can be killed:

# %%
ROWS = 3_000 if small else 100_000
folder = Path(tempfile.mkdtemp())
with (folder / "in.csv").open("w", newline="", encoding="utf-8") as file:
    writer = csv.writer(file)
    writer.writerow(["id", "text"])
    writer.writerows((i, many[i % len(many)]) for i in range(ROWS))
COMMAND = [sys.executable, "-m", "lib.predict", "--file", str(folder / "in.csv")]
COMMAND += ["--model", str(out / "ffnn"), "--output", str(folder / "out.csv")]


def chunks():
    return len(list((folder / ".out.csv.parts").glob("[0-9]*.csv")))


# %%
start = time.perf_counter()
process = subprocess.Popen(COMMAND, **quiet)
while chunks() < ROWS // 3_000 and process.poll() is None:
    time.sleep(0.01)
process.send_signal(signal.SIGKILL)
process.wait()
killed = time.perf_counter() - start, chunks()
subprocess.run(COMMAND, check=True, **quiet)
ids = pd.read_csv(folder / "out.csv", usecols=["id", "imdb/ffnn"])
once = ids["id"].tolist() == list(range(ROWS)) and ids["imdb/ffnn"].notna().all()
assert once
print(f"killed after {killed[0]:.1f} s and {killed[1]} chunks;")
print(f"started again: all {len(ids):,} rows, each once")

# %%
def rate(*options):
    """Rows a second of the whole command, its start included."""
    (folder / "out.csv").unlink(missing_ok=True)
    start = time.perf_counter()
    subprocess.run([*COMMAND, *options], check=True, **quiet)
    return ROWS / (time.perf_counter() - start)


cores = os.cpu_count()
rates = {"one process": rate(), f"{cores} processes": rate("--jobs", str(cores))}
if not small:
    command = [part.replace("out.csv", "out") for part in COMMAND]
    start = time.perf_counter()
    ran = subprocess.run([*command, "--ray"], check=False, **quiet)
    if ran.returncode == 0:  # Ray is an extra
        rates["Ray, two actors, its start included"] = ROWS / (time.perf_counter() - start)
for _, process in servers.values():
    process.terminate()
pd.Series(rates, name="rows a second").to_frame().style.format("{:,.0f}")

# %% [markdown]
# Ray spreads the same over many machines: `--ray` answers on the cluster that `RAY_ADDRESS` names, and a
# machine that dies in the middle has its rows answered elsewhere (`tests/serve/test_cluster.py` kills
# one). On a single machine it has nothing to add but its own start. On paper, then:

# %%
PRICE = 0.05  # of a core and hour, in your currency: edit
BILLION = 1e9
core_hours = BILLION / (rates[f"{cores} processes"] / cores) / 3600
lstm = table.set_index("model")["raw text p50"].loc["lstm_attention"]
lstm_hours = BILLION * lstm / 1000 / 3600
evaluation.say(f"""
    A thousand million reviews cost {core_hours:,.0f} core-hours with the n-gram network, a day
    for {core_hours / 24:,.0f} cores and {PRICE * core_hours:,.0f} at a price of {PRICE} an hour;
    with the LSTM and its attention, by the time of a single text, {lstm_hours:,.0f} core-hours.
""")

# %% [markdown]
# ## Keep the figures
#
# The last notebook puts latency beside accuracy; it reads them from here. The reference that drift
# compares with is kept beside the models, for the server.

# %%
if not small:
    kept = table.drop(columns=["accuracy", "accuracy, 8 bits"]).round(4).to_dict("records")
    about = {"cores": cores, "words": len(TEXT.split()), "models": kept}
    path = paths.models_dir("imdb") / "serving" / "latency.json"
    with paths.written_whole(path) as partial:
        partial.write_text(json.dumps(about, indent=1) + "\n")
    for name in NAMES:
        where = paths.models_dir("imdb") / "drift" / f"{name}.npz"
        drift.write_reference(runtimes[name]["int8"], dataset.validation.texts, where)

# %% [markdown]
# ## Verdict

# %%
best = table.set_index("model").loc["lstm_attention"]
evaluation.say(f"""
    **What does one answer cost, and how little could it cost? With Keras the LSTM with attention
    takes {best["ms, Keras"]:.1f} ms a review, exported {best["ms, 8 bits"]:.2f} ms, in
    {last["MB"]:.0f} MB of memory instead of {first["MB"]:.0f}, and of {len(test_texts):,}
    answers {best["changed, 8 bits"]:.0f} are others.** What was saved is a loop over words in a
    framework made for training. Eight bits then buy a file of {best["MB, 8 bits"]:.1f} MB
    instead of {best["MB, 32 bits"]:.1f}; batches make a text
    {saves["8 bits, LSTM + attention"]:.1f} times cheaper, where Keras needs them for a
    factor of {saves["Keras, LSTM + attention"]:.0f}; a queue that never waits, a small model that stands in, and a bounded number of
    waiting texts buy a service that bends before it breaks.
""")

# %% [markdown]
# ## Exercises
#
# 1. Quantise the other way: `onnxruntime.quantization.quantize_dynamic` on `float32.onnx`, with `op_types_to_quantize=["MatMul",
#    "LSTM"]`. Expect the LSTM to be faster still, and its answers to move by some thousandths *with the texts that are asked
#    beside it*, since numbers are then rounded by the largest one in the batch. Compare a text alone and among others.
# 2. Start `python -m lib.serve --shadow imdb/gru` and ask it a few hundred reviews. At `/metrics`, read how often
#    the shadow agrees. Expect 94 to 97 of 100: models of like accuracy differ in *which* reviews
#    they get wrong.
#
# ## References
#
# - Crankshaw, Wang, Zhou, Franklin, Gonzalez & Stoica (2017), *Clipper: a low-latency online prediction
#   serving system*, batching by what has come.
# - Dean & Barroso (2013), *The tail at scale*, why p99 matters.
# - Holm (1979), *A simple sequentially rejective multiple test procedure*.
# - Jacob et al. (2018), *Quantization and training of neural networks for efficient integer-arithmetic-only
#   inference*.
# - Mitchell et al. (2019), *Model cards for model reporting*.
# - Moritz et al. (2018), *Ray: a distributed framework for emerging AI applications*.
# - ONNX, *Operator schemas*, onnx.ai.
# - Siddiqi (2006), *Credit risk scorecards*, the population stability index.
