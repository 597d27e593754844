# %% [markdown]
# # 10 · Linear recurrence
#
# **What is lost when the gates no longer look at the state, and is it faster?**
#
# A GRU can't read its second word before it has read the first: its gates ask the state, and so
# every step waits for the one before. Transformers don't wait. Then came a counter-proposal: keep the
# recurrence, but take the state out of the gates. What remains is linear in the state, and a linear
# recurrence can be computed for all words *at once*. This notebook does so in ten lines, measures
# what that is worth on a small machine, and looks for what the gates can no longer do.
#
# You need the IMDB reviews. A cell below says how long the trainings took.

# %% tags=["setup"]
SETUP

# %%
import dataclasses
import inspect
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from IPython.display import Code
from keras import layers, ops

from lib import paths, text
from lib.models.linear_recurrence import LinearRecurrentCell, MinGRUCell
from lib.plots.style import MIDDLE

plots.style()
for name in ("min_gru", "lru"):
    print(evaluation.cost("imdb", name))

# %%
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## The plain model
#
# The GRU of Keras, and beside it a *minGRU* (Feng et al. 2024), which is short enough to be written
# here. A cell is one step of a recurrence; `keras.layers.RNN` runs it along the text. The gate `z`
# and the candidate see the word `x` and nothing else; the state is only averaged with the candidate.


# %%
class PlainMinGRU(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.state_size = units
        self.gate = layers.Dense(units, activation="sigmoid")
        self.candidate = layers.Dense(units)

    def build(self, shape):
        self.gate.build(shape)
        self.candidate.build(shape)

    def call(self, x, states):
        z = self.gate(x)
        h = (1 - z) * states[0] + z * self.candidate(x)
        return h, [h]


# %% [markdown]
# Each in the same plain network: vectors for the 10,000 most frequent words, the recurrence over the
# first 200 words, the largest value of each unit, one output.

# %%
cut = {"max_length": 60 if small else 200, "truncation": "head", "padding": "pre"}
reader = text.SequenceVectorizer(vocabulary_size=10_000, **cut)
reader.fit(dataset.train.texts)
parts = {p: getattr(dataset, p) for p in ("train", "validation", "test")}
ids = {p: reader.collate(reader.transform(s.texts)) for p, s in parts.items()}


def train_plain(recurrence, title):
    """Train the plain network; return the recurrence's weights and the figures."""
    keras.utils.set_random_seed(0)
    start = keras.Input((None,)), layers.Embedding(10_000, 64)
    end = layers.GlobalMaxPooling1D(), layers.Dense(1, activation="sigmoid")
    network = keras.Sequential([*start, recurrence, *end])
    network.compile(optimizer="adam", loss="binary_crossentropy")
    started = time.perf_counter()
    options = {"epochs": 1 if small else 3, "batch_size": 128, "verbose": 0}
    network.fit(ids["train"], dataset.train.labels, **options)
    figures = {"title": title, "seconds": time.perf_counter() - started}
    for part in ("validation", "test"):
        figures[part] = network.predict(ids[part], verbose=0)
    return recurrence.count_params(), evaluation.from_predictions(dataset, **figures)


# %%
BY_STEPS = {"return_sequences": True}
width = 8 if small else 32
gru_weights, plain_gru = train_plain(layers.GRU(width, **BY_STEPS), "plain GRU of Keras")
min_weights, plain_min = train_plain(
    layers.RNN(PlainMinGRU(width), **BY_STEPS), "plain minGRU"
)
gap = evaluation.gap(plain_min, plain_gru)
sure = "more" if gap["ci95"][0] * gap["ci95"][1] > 0 else "no more"
sure += " than the choice of test reviews explains"
took = [run.metrics["training"]["seconds"] for run in (plain_gru, plain_min)]
evaluation.say(f"""
    The plain GRU reaches **{plain_gru.metrics["test"]["accuracy"]:.4f}**, the plain minGRU
    **{plain_min.metrics["test"]["accuracy"]:.4f}**: {100 * gap["difference"]:+.1f} points,
    {sure}. The minGRU has {min_weights:,} weights in its recurrence, the GRU
    {gru_weights:,}; for the same epochs the one took {took[1]:.0f} seconds, the other
    {took[0]:.0f}.
""")

# %% [markdown]
# ## One line for both models
#
# The GRU, with the state in its gates $z$ and $r$ and in its candidate:
#
# $$z_t=\sigma(W_zx_t+\mathbf{U_z}h_{t-1}),\quad r_t=\sigma(W_rx_t+\mathbf{U_r}h_{t-1}),\quad
# h_t=(1-z_t)\odot h_{t-1}+z_t\odot\tanh\big(W_hx_t+\mathbf{U_h}(r_t\odot h_{t-1})\big)$$
#
# Strike out everything with a bold matrix, and the $\tanh$, and the minGRU is left. Its gate is the
# *pace* of a moving average: at $z=1$ the word replaces the state, at $z=0$ it is passed over.
#
# $$\text{minGRU:}\quad h_t=(1-z_t)\odot h_{t-1}+z_t\odot W_hx_t,\qquad z_t=\sigma(W_zx_t)$$
# $$\text{LRU:}\quad h_t=\lambda\odot h_{t-1}+\gamma\odot Bx_t,\qquad \lambda\in\mathbb C^{units},
# \ |\lambda|<1,\ \gamma=\sqrt{1-|\lambda|^2}$$
#
# The *linear recurrent unit* (LRU, Orvieto et al. 2023; S4D, Gu et al. 2022, is a close relative) goes
# one step further: its pace $\lambda$ doesn't look at the word either. It is a complex number, so that a
# unit can swing as well as fade. Both are one line, $h_t=a_t\odot h_{t-1}+b_t$, where $a$ and $b$ follow
# from the words alone. As a loop in NumPy, against the layers of this project:


# %%
def loop(a, b):
    """h[t] = a[t] * h[t-1] + b[t] for a and b (batch, time, units), from h = 0."""
    h, states = np.zeros_like(b[:, 0]), []
    for t in range(b.shape[1]):
        h = a[:, t] * h + b[:, t]
        states.append(h)
    return np.stack(states, axis=1)


x = np.random.default_rng(0).normal(size=(2, 400, 8)).astype("float32")
layer = layers.RNN(MinGRUCell(5), **BY_STEPS)
theirs = np.asarray(layer(x))
z, candidate = np.split(x @ layer.get_weights()[0], 2, axis=-1)  # biases start at 0
z = 1 / (1 + np.exp(-z))
MIN = {"a": 1 - z, "b": z * candidate}
assert np.allclose(loop(**MIN), theirs, atol=1e-5)
print(f"minGRU {theirs.shape}, off by {np.abs(loop(**MIN) - theirs).max():.1e} at most")

# %%
lru_layer = layers.RNN(LinearRecurrentCell(5), **BY_STEPS)
its_states = np.asarray(lru_layer(x))  # real parts first
kernel, nu, theta = lru_layer.get_weights()
decay = np.exp(-np.exp(nu) + 1j * np.exp(theta))  # below 1 in size, whatever is learned
real, imaginary = np.split(kernel, 2, axis=1)
drive = np.sqrt(1 - np.abs(decay) ** 2) * (x @ (real + 1j * imaginary))
LRU = {"a": np.broadcast_to(decay, drive.shape), "b": drive}
by_hand = np.concatenate([loop(**LRU).real, loop(**LRU).imag], axis=-1)
assert np.allclose(by_hand, its_states, atol=1e-5)
print(f"LRU {its_states.shape}, off by {np.abs(by_hand - its_states).max():.1e} at most")

# %% [markdown]
# Unroll a minGRU, and its state is a **weighted mean of what was read**: word $s$ counts
# $z_s\prod_{u>s}(1-z_u)$. Attention computes such weights, too; here each word brings its own, and
# later words only push earlier ones aside.


# %%
def weights_in_last_state(z):
    """How much of the last state each word makes up, of gates (time, units)."""
    survives = np.cumprod((1 - z)[::-1], axis=0)[::-1]
    return z * np.vstack([survives[1:], np.ones_like(z[:1])])


weights = weights_in_last_state(z[0])
mean = (weights * candidate[0]).sum(axis=0)
assert np.allclose(mean, loop(**MIN)[0, -1], atol=1e-5)
assert np.allclose(weights.sum(axis=0), 1, atol=1e-5)  # the rest is of the state before
print("weights of the last four words, unit by unit\n", weights[-4:].round(2))

# %% [markdown]
# ## All words at once
#
# Two steps in a row, first $(a_1,b_1)$, then $(a_2,b_2)$, are one step of the same form:
# $a_2(a_1h+b_1)+b_2=(a_1a_2)\,h+(a_2b_1+b_2)$. So steps can be combined before the state is known:
#
# $$(a_1,b_1)\cdot(a_2,b_2)=(a_1a_2,\ a_2b_1+b_2)$$
#
# If this product is *associative*, it doesn't matter where the brackets are, and a long chain may be
# combined from the middle, in pairs, by as many hands as there are. Test it on random numbers:


# %%
def combine(left, right):
    """Two steps in a row as one."""
    (a1, b1), (a2, b2) = left, right
    return a1 * a2, a2 * b1 + b2


draw = np.random.default_rng(1)
p, q, r = draw.normal(size=(3, 2, 10_000))
assert np.allclose(combine(combine(p, q), r), combine(p, combine(q, r)), atol=1e-12)
same = np.isclose(combine(p, q), combine(q, p)).all(axis=0).mean()
print(f"brackets never matter; order does in {1 - same:.0%} of the cases")

# %% [markdown]
# Two classic ways to set the brackets, each a list of rounds. In a round, every place in `at` is
# combined with the place `shift` before it, all of them at the same time.
#
# - **By doubling** (Hillis & Steele 1986): after one round each place covers two words, then four,
#   then eight. $\log_2 T$ rounds, but nearly every place works in every round.
# - **By halving** (Brent & Kung 1982): pairs, pairs of pairs and so on, and then back to fill the
#   places between. Nearly twice as many rounds with few places each: two combinations a word in all.


# %%
def doubling(length):
    shifts = 2 ** np.arange(np.ceil(np.log2(length)), dtype=int)
    return [(shift, np.arange(shift, length)) for shift in shifts]


def halving(length):
    shifts = 2 ** np.arange(int(np.log2(length)))
    up = [(s, np.arange(2 * s - 1, length, 2 * s)) for s in shifts]
    down = [(s, np.arange(3 * s - 1, length, 2 * s)) for s in shifts[::-1]]
    return [(shift, at) for shift, at in up + down if len(at)]


def scan(a, b, rounds):
    a, b = a.copy(), b.copy()
    for shift, at in rounds:
        before = a[:, at - shift], b[:, at - shift]
        a[:, at], b[:, at] = combine(before, (a[:, at], b[:, at]))
    return b


for name, terms in {"minGRU": MIN, "LRU": LRU}.items():
    for way in (doubling, halving):
        off = np.abs(scan(**terms, rounds=way(400)) - loop(**terms)).max()
        print(f"{name:<7}{way.__name__:<9}{len(way(400)):>3} rounds, off by {off:.1e}")
        assert off < 1e-5

# %% alt="Which places are combined in each round of the two scans over eight words"
fig, both = plt.subplots(1, 2, figsize=(10, 3.7))
for ax, way in zip(both, (doubling, halving), strict=True):
    covers = {t: (t, t) for t in range(8)}
    for level, (shift, at) in enumerate([(0, []), *way(8)]):
        before = dict(covers)
        for t in at:
            covers[t] = before[t - shift][0], t
            look = {"arrowstyle": "-|>", "color": "0.5", "shrinkA": 8, "shrinkB": 8}
            ax.annotate("", (t, level), (t - shift, level - 1), arrowprops=look)
        for t, (start, end) in covers.items():
            box = {"boxstyle": "round,pad=0.25", "ec": "0.5"}
            box["fc"] = plots.DARK if start == 0 else "white"
            look = {"bbox": box, "fontsize": 8}
            look |= {"color": "white" if start == 0 else "0.1", "ha": "center"}
            said = f"{start + 1}–{end + 1}" if start < end else f"{end + 1}"
            ax.text(t, level, said, va="center", **look)
    combined = sum(len(at) for _, at in way(8))
    ax.set_title(f"{way.__name__}: {len(way(8))} rounds, {combined} combinations")
    ax.set(xlim=(-0.6, 7.6), ylim=(level + 0.5, -0.5), xticks=[], ylabel="round")
    ax.set_yticks(range(level + 1))
    ax.grid(False)
plt.show()

# %% [markdown]
# *Eight words, a column each. A box says which words its state covers so far; dark ones begin at the
# first word and so are finished. An arrow brings the left partner; a box without one keeps what it had.*
#
# The library has this, too: `keras.ops.associative_scan` takes any associative function. And why not
# simply divide? With $P_t=a_1a_2\cdots a_t$ the states are $h_t=P_t\sum_{s\le t}b_s/P_s$: a cumulative
# product, a cumulative sum, two lines of NumPy. On paper.

# %%
eagerly = np.asarray(ops.associative_scan(combine, tuple(MIN.values()), axis=1)[1])
assert np.allclose(eagerly, loop(**MIN), atol=1e-5)
compiled = tf.function(lambda *ab: ops.associative_scan(combine, ab, axis=1)[1])
any_length = tf.TensorSpec((None, None, 5))
try:
    compiled.get_concrete_function(any_length, any_length)
    answer = "works"
except Exception as error:
    answer = f"fails with `{type(error).__name__}` (Keras issue 22058)"
with np.errstate(all="ignore"):
    product = np.cumprod(MIN["a"], axis=1)
    closed = product * np.cumsum(MIN["b"] / product, axis=1)
wrong = ~(np.abs(closed - loop(**MIN)) < 1e-3).all(axis=(0, 2))
evaluation.say(f"""
    `associative_scan` gives the loop's states when it is called as above; compiled for texts
    of any length, as a layer in training is, on the {keras.backend.backend()} backend of
    Keras {keras.__version__}, it {answer}. The closed form is off by more than a thousandth after
    {wrong.argmax()} of 400 words: products of numbers below 1 leave the range of 32 bits,
    {(product == 0).mean():.0%} of them are zero, and {np.isnan(closed).mean():.0%} of its
    states are no numbers. A scan multiplies by the same small numbers and never divides by
    them: what has faded is zero, as it should be.
""")

# %% [markdown]
# ## Is it faster?
#
# Now on this machine, compiled by TensorFlow: the recurrence alone, without word vectors and without
# an output. The two scans again, in operations that TensorFlow can differentiate; halving computes the
# states after each pair of words first, by itself, then the states between.


# %%
def compiled_doubling(a, b):
    shift = 1
    while shift < b.shape[1]:
        before = [[0, 0], [shift, 0], [0, 0]]
        a1 = ops.pad(a[:, :-shift], before, constant_values=1.0)
        a, b = combine((a1, ops.pad(b[:, :-shift], before)), (a, b))
        shift *= 2
    return b


def compiled_halving(a, b):
    if b.shape[1] == 1:
        return b
    if b.shape[1] % 2:
        a, b = (ops.pad(v, [[0, 0], [0, 1], [0, 0]]) for v in (a, b))
        return compiled_halving(a, b)[:, :-1]
    odd = compiled_halving(*combine((a[:, ::2], b[:, ::2]), (a[:, 1::2], b[:, 1::2])))
    even = a[:, ::2] * ops.pad(odd[:, :-1], [[0, 0], [1, 0], [0, 0]]) + b[:, ::2]
    return ops.reshape(ops.stack([even, odd], axis=2), ops.shape(b))


for function in (compiled_doubling, compiled_halving):
    assert np.allclose(function(*map(tf.constant, MIN.values())), loop(**MIN), atol=1e-5)


# %%
class ScannedMinGRU(layers.Layer):
    """A minGRU by a scan, with the weights of a cell of this project."""

    def __init__(self, units, way):
        super().__init__()
        self.cell, self.way = MinGRUCell(units), way

    def build(self, shape):
        self.cell.build(shape)

    def call(self, x):
        x = ops.matmul(x, self.cell.kernel) + self.cell.bias
        z, candidate = ops.split(x, 2, axis=-1)
        return self.way(1 - ops.sigmoid(z), ops.sigmoid(z) * candidate)


UNITS, FEATURES = (4, 4) if small else (64, 100)
KINDS = {
    "GRU, loop": lambda: layers.GRU(UNITS, **BY_STEPS),
    "LSTM, loop": lambda: layers.LSTM(UNITS, **BY_STEPS),
    "minGRU, loop": lambda: layers.RNN(MinGRUCell(UNITS), **BY_STEPS),
    "minGRU, doubling": lambda: ScannedMinGRU(UNITS, compiled_doubling),
    "minGRU, halving": lambda: ScannedMinGRU(UNITS, compiled_halving),
}

# %% [markdown]
# Timed is a batch forward, and a batch forward and backward, which is what training does: the best of
# several runs, taken in turns, because another program may have been at work in one of them.


# %%
def passes(layer, batch):
    """Two compiled functions: the states; the gradients of the layer's weights."""

    def gradients(batch):
        with tf.GradientTape() as tape:
            loss = ops.mean(layer(batch) ** 2)
        return tape.gradient(loss, [w.value for w in layer.trainable_weights])

    found = {"forward": tf.function(layer), "forward and backward": tf.function(gradients)}
    for function in found.values():
        function(batch)  # traced and compiled here
    return found


def seconds_of(function, *inputs):
    started = time.perf_counter()
    tf.nest.map_structure(np.shape, function(*inputs))
    return time.perf_counter() - started


# %%
LENGTHS, BATCH = ((8, 16), 2) if small else ((100, 200, 400, 800, 1600), 32)
timings = {}
for length in LENGTHS:
    batch = tf.random.stateless_normal((BATCH, length, FEATURES), seed=(0, length))
    ready = {kind: passes(make(), batch) for kind, make in KINDS.items()}
    for _ in range(1 if small else 4):
        for kind, functions in ready.items():
            for direction, function in functions.items():
                key, took = (direction, kind, length), seconds_of(function, batch)
                timings[key] = min(took, timings.get(key, np.inf))
measured = pd.Series(timings).unstack() * 1000
measured.style.format("{:,.1f}").set_caption("milliseconds by number of words")

# %% alt="Milliseconds of a batch by number of words for loops and scans, forward and in training"
LOOKS = {
    "minGRU, loop": {"color": plots.DARK, "ls": "-", "marker": "o"},
    "minGRU, doubling": {"color": plots.LIGHT, "ls": "--", "marker": "s"},
    "minGRU, halving": {"color": MIDDLE, "ls": "-.", "marker": "^"},
    "GRU, loop": {"color": "black", "ls": ":", "marker": "D"},
}
fig, both = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
for ax, (direction, table) in zip(both, measured.groupby(level=0), strict=True):
    for kind in KINDS:
        look = LOOKS.get(kind, {"color": "0.65", "ls": "-", "marker": "."})
        ax.plot(table.columns, table.loc[(direction, kind)], label=kind, **look)
    ax.set(xscale="log", yscale="log", title=direction, xlabel="words")
    ax.set_xticks(LENGTHS, LENGTHS)
    ax.minorticks_off()
both[0].set_ylabel("milliseconds")
fig.legend(*ax.get_legend_handles_labels(), loc="outside right center")
plt.show()

# %% [markdown]
# *Time for a batch, both axes logarithmic: along a straight line of slope one, a text of twice the length
# takes twice the time. Left without, right with the way back that training needs.*

# %%
longest = measured.loc["forward and backward"][LENGTHS[-1]]
ways = longest.filter(like="minGRU").rename(lambda kind: kind.split(", ")[1])
fastest = ways.idxmin()
slower = ", ".join(
    f"{way} takes {ms / ways.min():.1f} times as long"
    for way, ms in ways.drop(fastest).sort_values().items()
)
against_gru = longest["GRU, loop"] / longest["minGRU, loop"]
growth = longest / measured.loc["forward and backward"][LENGTHS[0]]
evaluation.say(f"""
    At {LENGTHS[-1]:,} words and in training, the fastest way through a minGRU on this
    machine is **{fastest}**; {slower}. The loop of Keras's GRU takes **{against_gru:.1f}**
    times as long as the loop of a minGRU, whose step holds no product of the state with a
    matrix. Words {LENGTHS[-1] / LENGTHS[0]:.0f} times as many take the loop
    {growth["minGRU, loop"]:.0f} times the time, doubling {growth["minGRU, doubling"]:.0f}
    times and halving {growth["minGRU, halving"]:.0f} times.
""")

# %% [markdown]
# ### And on a GPU?
#
# Two numbers decide. One is *work*: how many combinations there are in all. The other is *depth*: how
# many rounds have to wait for each other, and each wait costs something, whatever the round's size. Here
# are both, the time of a forward pass as just measured, and an estimate of what it would be on a GPU:
# `depth × wait + work × time of a combination`, where a wait is three operations of 5 microseconds each to
# start, and a combination moves 24 bytes through a memory of 3.35 TB/s (that of an H100). That is a
# calculation from data sheets and no measurement.

# %%
WORDS = 16 if small else 400
rows = {"loop": (WORDS, WORDS)}
for way in (doubling, halving):
    rows[way.__name__] = len(way(WORDS)), sum(len(at) for _, at in way(WORDS))
passed = pd.DataFrame(rows, index=["depth", "work a unit"]).T
forward = measured.loc["forward"][WORDS]
passed["measured here, ms"] = [forward[f"minGRU, {way}"] for way in passed.index]
WAIT, EACH = 3 * 5e-6, 24 / 3.35e12  # seconds
moved = passed["work a unit"] * BATCH * UNITS
passed["estimated on a GPU, ms"] = 1000 * (passed["depth"] * WAIT + moved * EACH)
passed.style.format("{:,.0f}", subset=["depth", "work a unit"]).format(
    "{:.2f}", subset=list(passed.columns[2:])
).set_caption(f"A forward pass over {WORDS} words")

# %%
saved = passed.loc["loop"] / passed.loc[["doubling", "halving"]].min()
evaluation.say(f"""
    Forward, the better scan takes **{1 / saved.iloc[2]:.2f}** times the loop's time here, and
    by the estimate **{1 / saved.iloc[3]:.2f}** times on a GPU, where to wait for a round costs
    as much as {WAIT / EACH:,.0f} combinations: the dearer a wait is beside the work, the
    more a scan saves. Feng et al. (2024) report that at 512 words a minGRU trains 175 times
    as fast as a GRU, on a GPU.
""")

# %% [markdown]
# ## What is lost?
#
# Three small tasks on sequences of 0 and 1, some of them marked (the first always is). At every step
# the network has to say
#
# - **the last marked value**: if the *word* is marked, take it, else keep what you have;
# - **the first value**: take the first and no other. Whether to take one depends on whether there is
#   something already: a question to the *state*;
# - **the parity**: whether there was an odd number of ones so far. Each one *turns the state round*.
#
# Sequences are 20 steps long in training and 80 when asked. All three networks have 32 units and the
# same two layers behind.


# %%
def sequences(count, length, seed):
    """Tokens (count, length), 0 to 3, marked from 2 on; answers (count, length, 3)."""
    draw = np.random.default_rng(seed)
    value = draw.integers(0, 2, (count, length))
    marked = (draw.random((count, length)) < 0.2).astype(int)
    marked[:, 0] = 1
    last = np.maximum.accumulate(np.where(marked, np.arange(length), 0), axis=1)
    answers = [np.take_along_axis(value, last, 1), np.repeat(value[:, :1], length, 1)]
    return value + 2 * marked, np.stack([*answers, value.cumsum(axis=1) % 2], axis=-1)


TASKS = ("the last marked value", "the first value", "the parity")
tokens, right = sequences(1, 12, seed=3)
rows = {"value": tokens[0] % 2, "marked": tokens[0] // 2}
rows |= dict(zip(TASKS, right[0].T, strict=True))
pd.DataFrame(rows, index=range(1, 13)).T

# %%
RECURRENCES = {
    "GRU": lambda: layers.GRU(32, **BY_STEPS),
    "minGRU": lambda: layers.RNN(MinGRUCell(32), **BY_STEPS),
    "LRU": lambda: layers.RNN(LinearRecurrentCell(32, turn=np.pi), **BY_STEPS),
}
asked, truth = sequences(200 if small else 2_000, 80, seed=1)
exact = {}
for kind, make in RECURRENCES.items():
    keras.utils.set_random_seed(0)
    end = [layers.Dense(32, activation="relu"), layers.Dense(3, activation="sigmoid")]
    start = keras.Input((None,)), layers.Embedding(4, 8)
    toy = keras.Sequential([*start, make(), *end])
    toy.compile(optimizer=keras.optimizers.Adam(1e-2), loss="binary_crossentropy")
    options = {"epochs": 1 if small else 25, "batch_size": 128, "verbose": 0}
    toy.fit(*sequences(256 if small else 4_096, 20, seed=0), **options)
    said = toy.predict(asked, batch_size=500, verbose=0) > 0.5
    exact[kind] = (said == truth).mean(axis=0)  # (time, tasks)

# %% alt="Share of right answers by step on three small tasks for GRU, minGRU and LRU"
fig, axs = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True)
shown = {"GRU": ("black", "-"), "minGRU": (plots.LIGHT, "--"), "LRU": (MIDDLE, "-.")}
for task, ax in enumerate(axs):
    for kind, (color, line) in shown.items():
        ax.plot(range(1, 81), exact[kind][:, task], line, color=color, label=kind, lw=2)
    ax.axvline(20, color="0.5", lw=1, ls=":", label="length in training")
    ax.set(title=TASKS[task], xlabel="step", ylim=(0.35, 1.04))
axs[0].set_ylabel("right answers")
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()
within = pd.DataFrame({k: r[9:20].mean(axis=0) for k, r in exact.items()}, TASKS)
solved = {k: ", ".join(w.index[w > 0.95]) or "none" for k, w in within.items()}
evaluation.say(f"""
    Tasks on which more than 95 % of the answers at steps 10 to 20 are right: the **GRU**
    {solved["GRU"]}; the **minGRU** {solved["minGRU"]}; the **LRU** {solved["LRU"]}. On
    parity the three are right in {within["GRU"].iloc[2]:.0%}, {within["minGRU"].iloc[2]:.0%}
    and {within["LRU"].iloc[2]:.0%} of the cases; a coin is in half of them.
""")

# %% [markdown]
# *Share of right answers by step; half of them are right by guessing. Right of the dotted line no
# network has been in training.*
#
# Why, can be said exactly. In a minGRU a word may keep the state or push it aside, by as much as the
# *word* decides, but never turn it round and never ask what is in it: its factor $1-z$ lies between 0
# and 1. In an LRU a word can't even decide that (Merrill et al. 2024 say what stays out of reach for this
# family, however deep).
# Whether film reviews ask for more is another matter.
#
# ## The networks
#
# Around the recurrence everything is as in notebooks 5 and 6: word vectors from Word2Vec, both
# directions, the largest and the mean value of each unit.

# %%
shown = [MinGRUCell.call, LinearRecurrentCell.decay, LinearRecurrentCell.call]
shown += [models.linear_recurrence.min_gru, models.linear_recurrence.lru]
Code("\n".join(map(inspect.getsource, shown)), language="python")

# %% alt="Diagrams of the minGRU and of the LRU network, layer by layer with shapes"
NETWORK = {"names": "out", "bidirectional": True, "units": 64}
TRAINING = {"epochs": 10, "learning_rate": 3e-3, "ema_momentum": 0.995}
if small:
    NETWORK |= {"units": 8, "embedding_dim": 16}
    TRAINING |= {"epochs": 1, "learning_rate": 1e-2, "ema_momentum": 0.9}
titles = {"min_gru": "minGRU, both directions", "lru": "Linear recurrent unit"}
trained = {name: models.build(name, dataset, **NETWORK) for name in titles}
fig, both = plt.subplots(1, 2, figsize=(12, 6.6), width_ratios=[1, 1])
for ax, (name, model) in zip(both, trained.items(), strict=True):
    plots.network(model.network, ax=ax)
    ax.set_title(titles[name])
plt.show()

# %% [markdown]
# *Both networks from their ids to their two logits; dark boxes hold weights that are trained. The LRU's
# states are linear in the words; the two dense layers behind them, of which one gates the other, make
# the network as a whole more than a weighted sum.*
#
# ## Train and publish
#
# If a model of exactly this recipe is in `models/`, `fit` loads it and says so. The LRU's $\lambda$ is
# kept from before the training, to see later what became of it.


# %% alt="Train and validation accuracy of both networks by epoch"
def cells(model, layer):
    """The cells of a bidirectional layer, that which reads forwards first."""
    both = model.network.get_layer(layer)
    return both.forward_layer.cell, both.backward_layer.cell


def eigenvalues(model):
    """Lambda of all units, both directions, complex (2 * units,)."""
    found = np.array([cell.decay() for cell in cells(model, "bilru")])
    return (found[:, 0] + 1j * found[:, 1]).ravel()


def half_life(factor):
    """Words until what is multiplied by this factor at each of them is halved."""
    return np.log(0.5) / np.log(np.minimum(np.abs(factor), 1 - 1e-9))


untrained = eigenvalues(trained["lru"])
fitted = {name: training.fit(model, dataset, **TRAINING) for name, model in trained.items()}
fig, both = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for ax, name in zip(both, fitted, strict=True):
    plots.history(fitted[name].record, "accuracy", title=titles[name], ax=ax)
plt.show()

# %% [markdown]
# *Accuracy by epoch, on train with dropout; the dotted line is the epoch whose weights are kept.*

# %%
NOTEBOOK = "10_linear_recurrence"
for name, model in trained.items():
    options = {"name": name, "title": titles[name], "notebook": NOTEBOOK}
    evaluation.publish(model, dataset, fitted[name], **options)
earlier = ["nbsvm", "dan"] + ([] if small else ["rnn", "lstm", "bilstm", "gru"])
runs = evaluation.named("imdb", [*earlier, *trained])
table = evaluation.table(list(runs.values())).sort_values("accuracy", ascending=False)
columns = "model,accuracy,low,high,precision,recall,AUC,log loss,ECE,parameters"
table[[*columns.split(","), "training s"]].style.hide(axis="index").format(
    precision=4
).format("{:,.0f}", subset=["parameters", "training s"])

# %%
pairs = [("min_gru", "lru"), ("min_gru", "nbsvm"), ("min_gru", "dan")]
pairs += [] if small else [("min_gru", "gru"), ("lru", "gru"), ("min_gru", "bilstm")]
lines = []
for row in evaluation.differences(runs, pairs).to_dict("records"):
    chance = "more" if row["low"] * row["high"] > 0 else "no more"
    gained, low, high = (100 * row[key] for key in ("difference", "low", "high"))
    points = f"**{gained:+.1f}** points ({low:+.1f} to {high:+.1f})"
    chance += " than the choice of test reviews explains"
    lines.append(f"- {row['pair']}: {points}, {chance}")
for name in ["min_gru"] if small else trained:  # the same recipe from other seeds
    training.repeat(dataset, name, seeds=(1,) if small else (1, 2))
for row in evaluation.spread([runs[name] for name in trained]).to_dict("records"):
    between = f"from {row['lowest']:.4f} to {row['highest']:.4f}"
    seeds = f"mean {row['mean']:.4f} over {row['seeds']} seeds, {between}"
    lines.append(f"- {row['model']}: {seeds}; published is seed 0")
evaluation.say("\n".join(lines))

# %% [markdown]
# ## One ingredient at a time
#
# From the plain GRU to the published minGRU. The second row brings all that is common to the networks
# of this project at once (Word2Vec, names left out, 400 words, dropout, the training protocol; notebooks
# 3 and 5 take that apart). The third row is the one that this notebook is about: nothing changes but
# the gates.

# %%
STEPS = {
    "+ the protocol of this project": ("gru", {"bidirectional": False}),
    "gates that don't look at the state": ("min_gru", {"bidirectional": False}),
    "+ both directions, 32 units each": ("min_gru", {"units": 32}),
}
if small:
    STEPS.popitem()
ladder = [plain_gru]
for number, (title, (architecture, change)) in enumerate(STEPS.items(), start=1):
    step = {"name": f"min_gru-{number}", "title": title, "notebook": NOTEBOOK}
    step |= {"build": NETWORK | change, "fit_options": TRAINING}
    ladder.append(training.measure(architecture, dataset, **step))
published = runs["min_gru"].metrics | {"title": f"+ {NETWORK['units']} units each, as published"}
ladder.append(dataclasses.replace(runs["min_gru"], metrics=published))
steps = evaluation.ladder(ladder)
steps.style.hide(axis="index").format(precision=4).format(
    precision=1, subset=["gain", "from", "to", "training s"], na_rep=""
)

# %% alt="Accuracy with its interval after each step from the plain GRU to the published minGRU"
plots.steps(steps)
plt.show()
gates = steps.iloc[2]
reads = "more" if gates["from"] * gates["to"] > 0 else "no more"
reads += " than the choice of test reviews explains"
times = steps["training s"].iloc[1] / gates["training s"]
largest = steps.loc[steps["gain"].idxmax(), "step"].removeprefix("+ ")
evaluation.say(f"""
    The whole way goes from {steps["accuracy"].iloc[0]:.4f} to
    **{steps["accuracy"].iloc[-1]:.4f}**; the largest gain is that of *{largest}*. Taking the
    state out of the gates changes the accuracy by **{gates["gain"]:+.1f}** points
    ({gates["from"]:+.1f} to {gates["to"]:+.1f}, {reads}); the training of the GRU took
    {times:.1f} times as long as that of the minGRU.
""")

# %% [markdown]
# *Each dot is the accuracy on 25,000 reviews with its 95 % interval; at the right, the points gained
# over the step before. Dark dots gain or lose more than the choice of test reviews explains.*
#
# ## Open the LRU: how long does a unit remember?
#
# A unit's $\lambda$ is a point in the unit circle. Its distance from the centre is the share of the
# state that survives a word, so the state is down to one half after $\ln 2/(-\ln|\lambda|)$ words: the
# *half-life*. Its angle makes the state swing.

# %% alt="Eigenvalues of the LRU in the unit circle before and after training"
learned = eigenvalues(trained["lru"])
fig, ax = plt.subplots(figsize=(7, 4.4))
circle = np.exp(1j * np.linspace(0, np.pi, 400))
ax.plot(circle.real, circle.imag, color="0.6", lw=1, label="unit circle")
for old, new in zip(untrained, learned, strict=True):
    ax.plot([old.real, new.real], [old.imag, new.imag], color="0.8", lw=1, zorder=1)
look = {"ms": 5, "color": plots.DARK}
ax.plot(untrained.real, untrained.imag, "o", mfc="white", **look, label="before training")
ax.plot(learned.real, learned.imag, "o", **look, label="after training")
every = np.concatenate([untrained, learned])
ax.set(xlim=(every.real.min() - 0.05, 1.03), ylim=(-0.03, every.imag.max() + 0.05))
ax.set(xlabel="real part", ylabel="imaginary part")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
lives = {"LRU, untrained": half_life(untrained), "LRU": half_life(learned)}
evaluation.say(f"""
    The median half-life of a unit goes from {np.median(lives["LRU, untrained"]):.1f} words to
    **{np.median(lives["LRU"]):.1f}**, the longest from {lives["LRU, untrained"].max():.0f} to
    {lives["LRU"].max():.0f}. In the median a point moves by
    {np.median(np.abs(learned - untrained)):.3f}.
""")

# %% [markdown]
# *Each unit's* $\lambda$*, both directions, before and after training, joined by a line. On the unit
# circle nothing would ever be forgotten. (Each has a mirror image below the axis, left out here.)*
#
# ## Open the minGRU: a dictionary of paces
#
# Here the pace depends on the word, and *only* on the word. So the gates of the whole vocabulary can be
# written down once and for all, as in a dictionary: a row for each word. No LSTM can be opened like
# that.

# %%
min_gru = trained["min_gru"]
vectors = np.asarray(min_gru.network.get_layer("embedding").embeddings)
vectors = min_gru.options["embedding_scale"] * vectors  # (words, features)
gates_of = []
for cell in cells(min_gru, "bimin_gru"):
    z_and_candidate = vectors @ np.asarray(cell.kernel) + np.asarray(cell.bias)
    gates_of.append(1 / (1 + np.exp(-z_and_candidate[:, : cell.units])))
pace = np.concatenate(gates_of, axis=1)  # (words, units of both directions)
read = min_gru.vectorizer.transform(dataset.validation.texts)
often = np.bincount(np.concatenate(read), minlength=len(pace)) / sum(map(len, read))
print("pace", pace.shape, "(words, units)")

# %% alt="Histogram of the gate z, and the share of units by half-life for LRU and minGRU"
lives["minGRU"] = half_life(np.exp(often @ np.log1p(-pace)))
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6))
weight = np.repeat(often[:, None], pace.shape[1], axis=1) / pace.shape[1]
bins = np.linspace(0, 1, 41)
left.hist(pace.ravel(), bins, weights=weight.ravel(), color=plots.DARK)
left.set(xlabel="z, from keep (0) to replace (1)", ylabel="share of words and units")
looks = {"LRU, untrained": ("0.6", ":"), "LRU": (plots.DARK, "-")}
for name, (color, line) in (looks | {"minGRU": (plots.LIGHT, "--")}).items():
    values = np.maximum(lives[name], 0.1)
    right.ecdf(values, ls=line, color=color, label=name, lw=2)
right.set(xscale="log", xlabel="half-life, words", ylabel="share of units up to there")
fig.legend(*right.get_legend_handles_labels(), loc="outside right center")
plt.show()
extreme = (weight * ((pace < 0.1) | (pace > 0.9))).sum()
varies = np.sqrt(often @ (pace - often @ pace) ** 2)
evaluation.say(f"""
    A gate is at {(weight * pace).sum():.2f} on average, nearly shut or nearly open (below .1
    or above .9) in {extreme:.0%} of the cases, and varies within a unit from word to word by
    {np.median(varies):.2f} (standard deviation, median over units). The median half-life
    is **{np.median(lives["minGRU"]):.1f}** words, the longest {lives["minGRU"].max():.0f}.
""")

# %% [markdown]
# *Left: the gate over all words of the validation reviews and all units. Right: which share of the
# units has a half-life of at most so many words; a minGRU's, whose pace varies, as the mean over the
# words that it reads.*

# %% alt="The eight words with the lowest and the eight with the highest mean gate"
vocabulary = ["<padding>", "<unknown>", *min_gru.vectorizer.vocabulary]
mean_pace = pace.mean(axis=1)
common = [i for i in np.argsort(-often)[: 100 if small else 1_500] if i > 1]
by_pace = sorted(common, key=lambda i: mean_pace[i])
fig, ax = plt.subplots(figsize=(7, 4.2))
chosen = [*by_pace[:8], *by_pace[-8:]]
shown = {vocabulary[i]: round(float(mean_pace[i]), 2) for i in chosen}
plots.bars(shown, xlabel="mean z over all units", ax=ax)
ax.axhline(7.5, color="0.5", lw=1, ls=":")
plt.show()
counter = text.NgramVectorizer(ngrams=1, weighting="binary", min_texts=5)
bags = counter.fit(dataset.train.texts).matrix(dataset.train.texts)
ratios = models.linear.log_count_ratio(bags, dataset.train.labels)
leans = dict(zip(counter.vocabulary, np.abs(ratios), strict=True))
words = pd.DataFrame({"z": mean_pace[common]}, [vocabulary[i] for i in common])
rank = words.assign(leans=words.index.map(leans)).corr("spearman").loc["z", "leans"]
evaluation.say(f"""
    Do words that say much get a gate that lets much in? Between a word's mean gate and how
    far its log-count ratio (notebook 3) is from zero, the rank correlation over
    {len(common):,} frequent words is **{rank:+.2f}**.
""")

# %% [markdown]
# *Of the frequent words, the eight that are passed over most, above the dotted line, and the eight that
# push most aside.*
#
# The state is a weighted mean of what was read, so for any sentence the weights can be drawn: how much
# of the last state each word makes up.

# %% alt="Words of a sentence by their mean gate and by their weight in the last state"
sentence = "The first half was dull but the second half was great."
(row,), (tokens,) = (f([sentence]) for f in (min_gru.vectorizer.transform, min_gru.vectorizer.read))
makes_up = weights_in_last_state(gates_of[0][row]).mean(axis=1)
fig, two = plt.subplots(2, 1, figsize=(9, 1.9))
plots.token_heatmap(tokens, gates_of[0][row].mean(axis=1), title="mean gate", ax=two[0])
plots.token_heatmap(tokens, makes_up, title="share of the last state", ax=two[1])
plt.show()
top = np.argsort(-makes_up)[:2]
evaluation.say(f"""
    The last state, read forwards, is made up of *{tokens[top[0]]}* by
    {makes_up[top[0]]:.0%} and of *{tokens[top[1]]}* by {makes_up[top[1]]:.0%} in the mean
    over units; of all before *but* {makes_up[: tokens.index("but")].sum():.0%} is left.
""")

# %% [markdown]
# *Darker is more. Above, how much each word lets in; below, what is left of it at the end of the
# sentence, when later words have pushed it aside.*
#
# ## What does *not* do?
#
# To negate is to turn round: *not* should make *good* worse and *bad* better. In one layer of a minGRU
# it can't act on the word that follows: the candidate of *good* is the same with *not* before it or
# without. All that *not* can do is add its own content, and all that can happen to it is to be pushed
# aside. Measure what *not* adds to the log-odds of *positive*, in 64 sentences of praise ("The film was
# good.") and 64 of blame; and how much of a network's accuracy is left when the words of the validation
# reviews are shuffled.

# %%
others = {} if small else {n: models.load(runs[n].model_file) for n in ("dan", "gru")}
questioned = {runs[n].metrics["title"]: model for n, model in (others | trained).items()}
mix = np.random.default_rng(0)
in_order = text.clean(dataset.validation.texts)
shuffled = [" ".join(mix.permutation(review.split())) for review in in_order]
rows = {}
for name, model in questioned.items():
    rows[name] = {}
    kinds = {"praise": evaluation.behaviour.GOOD, "blame": evaluation.behaviour.BAD}
    for said, adjectives in kinds.items():
        things = evaluation.behaviour.THINGS
        plain = [f"The {thing} was {word}." for thing in things for word in adjectives]
        negated = [sentence.replace("was", "was not") for sentence in plain]
        change = model.predict_logits(negated) - model.predict_logits(plain)
        rows[name][f"not, in {said}"] = (change[:, 1] - change[:, 0]).mean()
    for said, reviews in {"in order": in_order, "shuffled": shuffled}.items():
        hits = model.predict_proba(reviews).argmax(axis=1) == dataset.validation.labels
        rows[name][f"accuracy, {said}"] = hits.mean()
order = pd.DataFrame(rows).T
order.style.format("{:+.2f}", subset=order.columns[:2]).format(
    "{:.3f}", subset=order.columns[2:]
)

# %% alt="Change of the log-odds by the word not, in praise and in blame, for several models"
fig, ax = plt.subplots(figsize=(7.5, 1 + 0.6 * len(order)))
order.iloc[:, :2].plot.barh(ax=ax, color=[plots.DARK, plots.LIGHT], ec="black", width=0.75)
ax.axvline(0, color="black", lw=1)
ax.set_xlabel("change of the log-odds of positive")
ax.invert_yaxis()
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
lines = []
for name, (praise, blame, before, after) in order.iterrows():
    does = "turns both round" if praise < 0 < blame else "makes both worse"
    if praise > 0:
        does = "makes both better" if blame > 0 else "does the reverse of what it says"
    points = f"shuffling costs {100 * (before - after):.1f} points"
    lines.append(f"- {name}: *not* {does} ({praise:+.2f}, {blame:+.2f}); {points}")
evaluation.say("\n".join(lines))

# %% [markdown]
# *What* not *adds to the log-odds of* positive *before praise (dark) and before blame (light). Who
# understands negation has a dark bar to the left and a light one to the right.*
#
# ## Probes

# %% alt="Probability of positive that several models give to each of twelve probe sentences"
probes, expected = evaluation.probe_table(runs)
fig, ax = plt.subplots(figsize=(9.5, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
hits = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0).sum()
counts = ", ".join(f"{name} {count}" for name, count in hits.items())
pair = probes[titles["min_gru"]].iloc[2:6].to_numpy()
evaluation.say(f"""
    Right answers to the twelve sentences: {counts}. Sentences of the same words in another
    order (the third and fourth, the fifth and sixth) differ for the minGRU by
    {abs(pair[0] - pair[1]):.2f} and {abs(pair[2] - pair[3]):.2f}.
""")

# %% [markdown]
# *Probability of* positive*; the sign behind a sentence is the right answer, a cross marks a wrong one.
# A dozen sentences are for looking at, not for ranking models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text. `reload` asks both in an interpreter that has seen nothing of this
# notebook, and raises an error if an answer there differs from the model's here.

# %% alt="Each of the two reviews, its words coloured by what they add to the answer"
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]
files = {paths.models_dir(dataset.name) / f"{n}.keras": m for n, m in trained.items()}
for file, there in evaluation.reload(files, MY_REVIEWS).items():
    size = file.stat().st_size / 1e6
    print(f"{file.name}, {size:.1f} MB, positive:", there[:, 1].round(4))
loaded = keras.models.load_model(paths.models_dir(dataset.name) / "min_gru.keras")
for review in MY_REVIEWS:
    positive = loaded.predict_proba([review])[0, 1]
    words, effects = evaluation.explain.occlusion(loaded, review)
    plots.token_heatmap(words, effects, title=f"positive with probability {positive:.2f}")
    plt.show()

# %% [markdown]
# *Blue words pull towards* positive*, orange ones (in italics) towards* negative*: the change of the
# log-odds when the word is left out.*
#
# ## Verdict

# %% alt="Accuracy of all models so far with their intervals, those of this notebook highlighted"
stems = ["tfidf_lr", "nbsvm", "ffnn", "dan"]
if not small:
    stems += ["rnn_relu", "rnn_tanh", "rnn", "lstm", "bilstm", "gru", "cnn", "dcnn"]
    stems += ["lstm_attention", "transformer", "transformer_modern"]
so_far = evaluation.named("imdb", [*stems, *trained])
ax = plots.accuracy_dots(evaluation.table(so_far.values()), highlight=titles.values())
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %%
low, high = (100 * bound for bound in evaluation.gap(runs["lru"], runs["min_gru"])["ci95"])
further = "costs more than that" if high < 0 else "gains" if low > 0 else "costs nothing sure"
loses = "loses accuracy" if gates["to"] < 0 else "loses nothing that shows"
loses = "even gains accuracy" if gates["from"] > 0 else loses
faster = "And it is faster" if against_gru > 1 else "And it is no faster"
why = "A scan saves waiting and costs work, and here it is work that counts."
if fastest != "loop":
    why = "So even here that scan saves more waiting than it costs in work."
reach = {name: runs[name].metrics["test"]["accuracy"] for name in trained}
evaluation.say(f"""
    **What is lost when the gates no longer look at the state, and is it faster?** Lost is
    what needs the state: on parity a GRU is right in {within["GRU"].iloc[2]:.0%} of the
    cases, a minGRU in {within["minGRU"].iloc[2]:.0%}. **On film reviews, a minGRU in the
    place of a GRU {loses}** ({gates["gain"]:+.1f} points, {gates["from"]:+.1f} to
    {gates["to"]:+.1f}); the published one reaches {reach["min_gru"]:.1%}. To make the pace
    the same for all words as well, as the LRU does ({reach["lru"]:.1%}), {further}
    ({low:+.1f} to {high:+.1f}). **{faster}**: in training, the minGRU's loop takes
    {1 / against_gru:.0%} of the time of the loop of Keras's GRU on this machine, where the
    fastest way to run a minGRU is {fastest}. {why}
""")

# %% [markdown]
# ## Exercises
#
# 1. Give the cell of the three tasks a factor between -1 and 1: `h = (1 - 2 * z) * h + z * candidate`.
#    Expect it to be able to learn parity, for a factor of -1 turns the state round, and still to be a
#    linear recurrence that `scan` computes.
# 2. An LRU's $\lambda$ is the same at every word, so its states are a convolution of $b$ with the powers of
#    $\lambda$: compute them by `np.fft`, padded to twice the length. Expect the loop's states to 1e-5.
#    This is how S4D is trained; a minGRU can't be computed so.
# 3. Scan in chunks: `compiled_doubling` over 20 words at a time, `loop` over the chunks. Expect a time between
#    the two on few cores.
#
# ## References
#
# - Brent & Kung (1982), *A regular layout for parallel adders*.
# - Feng, Tung, Ahmed, Bengio & Hajimirsadeghi (2024), *Were RNNs all we needed?*
# - Gu, Gupta, Goel & Ré (2022), *On the parameterization and initialization of diagonal state space
#   models* (S4D).
# - Hillis & Steele (1986), *Data parallel algorithms*.
# - Martin & Cundy (2018), *Parallelizing linear recurrent neural nets over sequence length*.
# - Merrill, Petty & Sabharwal (2024), *The illusion of state in state-space models*.
# - Orvieto et al. (2023), *Resurrecting recurrent neural networks for long sequences* (LRU).
