# %% [markdown]
# # 6 · GRU
#
# **Does one gate fewer cost anything?**
#
# The gated recurrent unit (Cho et al. 2014) does with two gates and one state what the LSTM does with three
# gates and two states. It is smaller and simpler, which counts for it, unless something was lost on
# the way. One run of each would not tell, as the luck of a random seed moves such networks too. So this
# notebook holds the largest experiment of the recurrent chapters:
# three kinds of recurrence, in one and in both directions, with the last state and pooled, three seeds
# each, all in one table.
#
# You need the IMDB reviews, and notebook 5 before. The next cell says how long the published model took to train; the
# grid is thirty-six such trainings, and what they took together stands behind it.

# %% tags=["setup"]
SETUP

# %%
import dataclasses
import inspect
import itertools
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from IPython.display import Code
from scipy.special import expit

from lib import paths, text
from lib.progress import progress_bar

plots.style()
print(evaluation.cost("imdb", "gru"))
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## The plain model
#
# As in notebook 5, with one word changed: the first 200 words of each review, word vectors that start at
# random, a GRU, and an output that reads its last state. The same script with an LSTM runs beside it.

# %%
LENGTH, DIM, UNITS = (60, 32, 8) if small else (200, 100, 64)
words = text.SequenceVectorizer(max_length=LENGTH, truncation="head")
words.fit(dataset.train.texts)


def padded(texts):
    """Word ids (texts, LENGTH), zeros behind."""
    return keras.utils.pad_sequences(words.transform(texts), LENGTH, padding="post")


ids = {p: padded(getattr(dataset, p).texts) for p in ("train", "validation", "test")}
print("train", ids["train"].shape, "(reviews, words)")


# %%
def plain_network(recurrence):
    """Word vectors, a recurrence, and an output that reads its last state."""
    keras.utils.set_random_seed(0)
    network = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32"),
            keras.layers.Embedding(len(words.vocabulary) + 2, DIM, mask_zero=True),
            recurrence(UNITS),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    network.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    return network


# %%
plain, with_lstm = map(plain_network, (keras.layers.GRU, keras.layers.LSTM))
logs, seconds = {}, {}
for name, network in {"GRU": plain, "LSTM": with_lstm}.items():
    started = time.perf_counter()
    logs[name] = network.fit(
        ids["train"],
        dataset.train.labels,
        validation_data=(ids["validation"], dataset.validation.labels),
        epochs=1 if small else 4,
        batch_size=128,
        verbose=0,
    ).history
    seconds[name] = time.perf_counter() - started
by_name = {
    name: pd.DataFrame(log).rename(lambda e: e + 1) for name, log in logs.items()
}
pd.concat(by_name, names=["network", "epoch"]).round(4)

# %%
firsts = {
    name: evaluation.from_predictions(
        dataset,
        title=f"plain Keras {name}, last state, 200 words",
        validation=network.predict(ids["validation"], verbose=0),
        test=network.predict(ids["test"], verbose=0),
        seconds=seconds[name],
    )
    for name, network in {"GRU": plain, "LSTM": with_lstm}.items()
}
first = firsts["GRU"]
reached = {name: run.metrics["test"]["accuracy"] for name, run in firsts.items()}
others = evaluation.published().query("dataset == 'imdb' and name == 'gru'").iloc[0]
evaluation.say(f"""
    Accuracy on the test part: **{reached["GRU"]:.4f}** with the GRU,
    {reached["LSTM"]:.4f} with the LSTM. On validation the GRU had
    {max(logs["GRU"]["val_accuracy"]):.1%} after its best epoch and
    {logs["GRU"]["val_accuracy"][-1]:.1%} after the last, the LSTM
    {max(logs["LSTM"]["val_accuracy"]):.1%} and {logs["LSTM"]["val_accuracy"][-1]:.1%}.
    That is one seed each, taken after the last epoch: no ground for a judgement. The
    experiment below has three seeds and keeps the best epoch. (The coursework has
    {others["accuracy"]:.4f} for a GRU, on {others["n_test"]:,.0f} reviews of a split
    of its own: {others["document"]}.)
""")


# %% [markdown]
# ## One step of a GRU
#
# The *update gate* $z$ mixes the old state with a new proposal; the *reset gate* $r$ decides how much of the
# old state the proposal gets to see:
#
# $$z,r = \sigma(W_{z,r}\,x_t + U_{z,r}\,h_{t-1} + b_{z,r} + b'_{z,r}),\qquad
# \tilde h = \tanh\big(W_h x_t + b_h + r \odot (U_h h_{t-1} + b'_h)\big)$$
# $$h_t = z \odot h_{t-1} + (1 - z) \odot \tilde h$$
#
# With $z$ near one the state is carried over untouched, as by the LSTM's forget gate, and the input gate comes
# for free as $1 - z$: what enters has to push something out. There is no output gate, so all of the memory
# is always on view.
#
# Two things differ between texts on the GRU. Cho et al. apply $r$ to the state *before* its product with
# $U_h$; Keras applies it *after* (`reset_after=True`), which is faster on graphics cards and needs a
# second bias. And some, the coursework among them, call $z$ what is $1 - z$ here. By hand, with both
# places for $r$:

# %%
def gru_step(x, h, kernel, recurrent, biases, *, reset_after=True):
    """Gates z and r, and the new state, after a step on x (batch, features)."""
    z, r, proposal = np.split(x @ kernel + biases[0], 3, axis=1)
    from_z, from_r, from_state = np.split(h @ recurrent + biases[1], 3, axis=1)
    z, r = expit(z + from_z), expit(r + from_r)
    seen = r * from_state if reset_after else (r * h) @ recurrent[:, -h.shape[1] :]
    return z, r, z * h + (1 - z) * np.tanh(proposal + seen)


def gru_by_hand(x, *weights, **options):
    """The same of all steps on x (batch, time, features): (3, batch, time, units)."""
    h, trace = np.zeros((len(x), len(weights[1]))), []
    for t in range(x.shape[1]):
        trace.append(gru_step(x[:, t], h, *weights, **options))
        h = trace[-1][2]
    return np.array(trace).transpose(1, 2, 0, 3)


# %%
keras.utils.set_random_seed(0)
x = np.random.default_rng(0).normal(size=(2, 30, 8)).astype("float32")
for reset_after in (False, True):
    how = {"return_sequences": True, "bias_initializer": "random_normal"}
    layer = keras.layers.GRU(5, reset_after=reset_after, **how)
    theirs = np.asarray(layer(x))
    kernel, recurrent, bias = layer.get_weights()
    biases = bias if reset_after else np.stack([bias, 0 * bias])
    *_, ours = gru_by_hand(x, kernel, recurrent, biases, reset_after=reset_after)
    assert np.allclose(ours, theirs, atol=1e-5)
    assert layer.count_params() == 3 * (8 * 5 + 5 * 5 + 5 * (1 + reset_after))
    where = "after" if reset_after else "before"
    print(f"reset {where} the product: {layer.count_params()} weights,")
    off = np.abs(ours - theirs).max()
    print(f"   {bias.size} of them biases; largest difference {off:.0e}")


# %% [markdown]
# And the two names of one gate: as $\sigma(-a) = 1 - \sigma(a)$, changing the sign of all weights of the
# update gate turns one convention into the other. It is the same model.

# %%
def renamed_step(x, h, kernel, recurrent, biases):
    """The same step where z is the share of the *proposal*."""
    z, r, proposal = np.split(x @ kernel + biases[0], 3, axis=1)
    from_z, from_r, from_state = np.split(h @ recurrent + biases[1], 3, axis=1)
    z, r = expit(z + from_z), expit(r + from_r)
    return z, r, (1 - z) * h + z * np.tanh(proposal + r * from_state)


h = np.random.default_rng(1).normal(size=(2, 5))
sign = np.repeat([-1, 1, 1], 5)  # of the update gate's columns
turned = renamed_step(x[:, 0], h, kernel * sign, recurrent * sign, biases * sign)
straight = gru_step(x[:, 0], h, kernel, recurrent, biases)
assert np.allclose(turned[2], straight[2])
print("the same state; z", straight[0][0].round(3), "and", turned[0][0].round(3))

# %% [markdown]
# What the update gate does to memory: one pulse at step 5, then silence, for three biases of the gate.

# %% alt="Size of the state after one pulse, for three biases of the update gate"
pulse = np.zeros((1, 60, 8))
pulse[0, 5] = 3.0
curves = {}
for bias_of_z in (0, 2, 4):
    held = np.zeros((2, 15))
    held[0, :5] = bias_of_z
    states = gru_by_hand(pulse, kernel, recurrent, held)[2, 0]
    name = f"bias {bias_of_z}: gate at {expit(bias_of_z):.2f} when all is quiet"
    curves[name] = range(60), np.linalg.norm(states, axis=1)
fig, ax = plt.subplots(figsize=(8.5, 3.6))
plots.lines(curves, xlabel="step", ylabel="norm of the state", marker="", ax=ax)
ax.set_title("Memory of one pulse")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %%
said = []
for bias_of_z, (_, curve) in zip((0, 2, 4), curves.values(), strict=True):
    size = curve[5:]
    after = np.argmax(size < size[0] / 2)
    said.append(
        f"*bias {bias_of_z}*: {size[0]:.2f}, half of it gone after {after} steps"
    )
evaluation.say(f"""
    What the pulse leaves in the state: {"; ".join(said)}. A longer memory lets less in,
    for at any one step a GRU keeps only what it doesn't replace. But the gate reads the
    pulse as well, and opens for it: held at {expit(4):.2f} it would let in
    {(1 - expit(4)) * 5**0.5:.2f} at most. Opening at one word and closing at the next
    is how a GRU gets round that; a trained one is opened below.
""")

# %% [markdown]
# *How large the state is after one pulse at step 5, for three biases of the update gate.*
#
# ## What each kind has, and what it costs
#
# Gates, states and weights are read from Keras's layers with 64 units on vectors of 100 (a *block* of weights
# is what computes one gate, or the proposal); products are counted from them. Time is measured on a batch of
# 128 texts, in prediction and in training, the best of five, in microseconds (µs) per step, which is one word of each of
# the 128.

# %%
KINDS = {"RNN": keras.layers.SimpleRNN, "LSTM": keras.layers.LSTM}
KINDS["GRU"] = keras.layers.GRU
TIME = 20 if small else 200
batch = np.random.default_rng(0).normal(size=(128, TIME, 100)).astype("float32")


def best_of(call, *arguments, times=5):
    """Seconds of the fastest of some calls, after one that compiles."""
    call(*arguments)
    spent = []
    for _ in range(times):
        begun = time.perf_counter()
        call(*arguments)
        spent.append(time.perf_counter() - begun)
    return min(spent)


# %%
costs = {}
for name, kind in KINDS.items():
    layer = kind(64)
    network = keras.Sequential([keras.Input((TIME, 100)), layer, keras.layers.Dense(1)])
    network.compile("adam", "mse")
    blocks = layer.get_weights()[0].shape[1] // 64
    forward = best_of(network.predict_on_batch, batch)
    both = best_of(network.train_on_batch, batch, np.zeros((128, 1)))
    costs[name] = {
        "gates": blocks - 1,
        "states": np.size(layer.cell.state_size),
        "weights": layer.count_params(),
        "products per word": blocks * 64 * (100 + 64),
        "µs a word, prediction": 1e6 * forward / TIME,
        "µs a word, training": 1e6 * both / TIME,
    }
costs = pd.DataFrame(costs).T
costs.style.format("{:,.0f}")

# %%
ratio = costs.loc["GRU"] / costs.loc["LSTM"]
pace = {c: ratio[f"µs a word, {c}"] for c in ("prediction", "training")}
near = [c for c in pace if abs(pace[c] - ratio["products per word"]) < 0.1]
far = [c for c in pace if c not in near]
follows = "Time follows suit" if near else "Time does not follow from that"
if near and far:
    follows = f"In {near[0]} time follows suit, in {far[0]} it does not"
evaluation.say(f"""
    The GRU has **{ratio["weights"]:.0%}** of the LSTM's weights and needs
    {ratio["products per word"]:.0%} of its products. {follows}: on this machine a word
    takes **{pace["prediction"]:.2f}** times as long as the LSTM's in prediction and
    **{pace["training"]:.2f}** times in training. That is one short measurement each;
    the trainings below time it again.
""")

# %% [markdown]
# ## The network
#
# Front and head are those of the LSTM; only the layer differs.

# %% alt="Diagram of the bidirectional GRU with pooling, layer by layer with shapes"
RECIPE = {"epochs": 1 if small else 10, "learning_rate": 3e-3, "ema_momentum": 0.995}
TINY = {"units": UNITS, "embedding_dim": DIM, "max_length": LENGTH} if small else {}
gru = models.build("gru", dataset, names="out", bidirectional=True, **TINY)
display(Code(inspect.getsource(models.recurrent.gru), language="python"))
plots.network(gru.network)
plt.show()

# %% [markdown]
# *The bidirectional GRU; what is trained is dark. Most weights are word vectors.*
#
# ## Three kinds, two directions, two heads, three seeds
#
# All thirty-six runs have one recipe, whose values were tried out on the LSTM; only what the table names is
# changed. The two thirds that are RNN and LSTM you know from notebook 5; the GRU joins. All have 64 units a
# direction, so that an LSTM has four times and a GRU three times the recurrent weights of a simple
# recurrence. And a GRU is not an LSTM with one gate cut out: the output gate and the second state are gone,
# the input gate is tied to the other, the reset gate is new, and Keras starts the LSTM's forget gate at
# $\sigma(1)$, the GRU's update gate at $\sigma(0)$. We compare the two as they are used. A seed fixes the word
# vectors, the first weights, the order of the reviews and what dropout drops, so runs of one seed belong
# together. Nothing is chosen by what comes out.

# %%
POOLINGS = {"last_state": "last state", "max_and_mean": "pooled"}
DIRECTIONS = {False: "one direction", True: "both directions"}
KEYS = list(itertools.product(("rnn", "lstm", "gru"), DIRECTIONS, POOLINGS))
if small:
    KEYS = [key for key in KEYS if key[0] != "rnn" and not key[1]]
    KEYS.append(("gru", True, "max_and_mean"))
SEEDS = (0,) if small else (0, 1, 2)


def grid_run(kind, bidirectional, pooling, seed):
    """One run of the grid, trained if it is not there yet."""
    directions = "both" if bidirectional else "one"
    return training.measure(
        kind,
        dataset,
        name=f"grid-{kind}-{directions}-{pooling}-seed{seed}",
        title=f"{kind.upper()}, {directions}, {POOLINGS[pooling]}, seed {seed}",
        notebook="06_gru",
        seed=seed,
        build=TINY
        | {"names": "out", "bidirectional": bidirectional, "pooling": pooling},
        fit_options=RECIPE,
    )


# %%
grid = {key: [] for key in KEYS}
cells = list(itertools.product(KEYS, SEEDS))
for key, seed in progress_bar(cells, desc="Grid", disable=small):
    grid[key].append(grid_run(*key, seed))
single = pd.DataFrame(
    {
        "network": kind.upper(),
        "setting": f"{DIRECTIONS[both]}, {POOLINGS[pooling]}",
        "seed": seed,
        "accuracy": run.right.mean(),
    }
    for (kind, both, pooling), runs in grid.items()
    for seed, run in zip(SEEDS, runs, strict=True)
)


def mean_and_range(found):
    return f"{found.mean():.4f} ({found.min():.4f} to {found.max():.4f})"


shape = {"index": "setting", "columns": "network", "values": "accuracy", "sort": False}
print("Test accuracy: mean over the seeds, and from the lowest to the highest")
single.pivot_table(aggfunc=mean_and_range, **shape).fillna("")

# %% alt="Test accuracy of every run by setting, a dot for each seed and a bar for their mean, for RNN, LSTM and GRU; on the right the upper end enlarged"
shared = {"x": "accuracy", "y": "setting", "hue": "network", "dodge": True}
shared |= {"palette": ["0.5", plots.DARK, plots.LIGHT][-single["network"].nunique() :]}
bars = {"marker": "|", "markersize": 12, "linestyle": "none", "errorbar": None}
fig, (whole_range, upper_end) = plt.subplots(
    1, 2, figsize=(10, 5), sharey=True, width_ratios=(1, 2)
)
for ax in (whole_range, upper_end):
    sns.stripplot(single, **shared, jitter=False, size=6, ax=ax)
    sns.pointplot(single, **shared | bars | {"dodge": 0.53}, legend=False, ax=ax)
    ax.set(ylabel="")
    ax.legend().remove()
    ax.xaxis.set_major_locator(plt.MaxNLocator(5 if ax is upper_end else 3))
if not small:
    upper_end.set_xlim(0.898, 0.922)
whole_range.set_title("All runs")
upper_end.set_title("The upper end of it, larger")
named = upper_end.get_legend_handles_labels()
fig.legend(*named, loc="outside lower center", ncols=3)
plt.show()


# %% [markdown]
# *A dot is a run; the upright bar is the mean of its row. Within a setting from above: RNN, LSTM, GRU. Left
# all runs, right the same with the axis cut to the best ones.*
#
# Now the differences, as in notebook 5: review by review, averaged over the seeds, with the interval over
# reviews. A difference is called *more than chance* only if its interval leaves out zero **and** the pairs of
# all seeds point the same way. Many are looked at here, so one of the smaller ones may pass by luck; and
# three seeds are a hint, not a proof.

# %%
def compared(what, pairs):
    """A row for each pair of cells of the grid, if both are there."""
    found = {name: pair for name, pair in pairs.items() if set(pair) <= set(grid)}
    rows = {
        name: evaluation.contrast(grid[a], grid[b]) for name, (a, b) in found.items()
    }
    return [{"what": what, "where": name} | row for name, row in rows.items()]


def listing(rows):
    """Differences as the items of a sentence."""
    item = (
        "*{where}* **{points:+z.2f}** points ({low:+z.1f} to {high:+z.1f}, {verdict})"
    )
    return "; ".join(item.format(**row) for row in rows)


# %%
SETTINGS = {
    f"{DIRECTIONS[b]}, {POOLINGS[p]}": (b, p)
    for b, p in itertools.product(DIRECTIONS, POOLINGS)
}


def kinds(first_kind, second_kind):
    """In each setting the cell of one kind and that of another."""
    return {n: ((first_kind, *s), (second_kind, *s)) for n, s in SETTINGS.items()}


LAST, POOLED = POOLINGS
heads, ways = {}, {}
for kind in ("rnn", "lstm", "gru"):
    for b in DIRECTIONS:
        name = f"{kind.upper()}, {DIRECTIONS[b]}"
        heads[name] = (kind, b, POOLED), (kind, b, LAST)
    for p in POOLINGS:
        name = f"{kind.upper()}, {POOLINGS[p]}"
        ways[name] = (kind, True, p), (kind, False, p)

# %%
fewer = compared("GRU − LSTM", kinds("gru", "lstm"))
gated = compared("LSTM − RNN", kinds("lstm", "rnn"))
gated_too = compared("GRU − RNN", kinds("gru", "rnn"))
pooled = compared("pooled − last state", heads)
twice = compared("both − one direction", ways)
contrasts = pd.DataFrame(fewer + gated + gated_too + pooled + twice)
contrasts.drop(columns="by_seed").style.hide(axis="index").format(
    "{:+z.2f}", subset=["points", "low", "high"]
)

# %%
everywhere = [key for key in grid if key[0] == "gru" and ("lstm", *key[1:]) in grid]
whole = evaluation.contrast(
    [run for key in everywhere for run in grid[key]],
    [run for key in everywhere for run in grid["lstm", *key[1:]]],
)
evaluation.say(f"""
    **One gate fewer**, GRU minus LSTM: {listing(fewer)}. Over all settings the GRU is
    ahead in {whole["ahead"]} of {whole["pairs"]} pairs of runs, by
    **{whole["points"]:+.2f}** points on average ({whole["low"]:+.2f} to
    {whole["high"]:+.2f} over reviews).
""")


# %%
def in_short(rows, where):
    """The differences whose place holds a phrase; in brackets what may be chance."""
    values = []
    for row in rows:
        if where in row["where"]:
            value = f"{row['points']:+z.1f}"
            values.append(
                value if row["verdict"] == "more than chance" else f"({value})"
            )
    return f"*{where}* **{' and '.join(values) or 'not measured'}**"


# %%
found = {"lstm": gated, "gru": gated_too}
parts = POOLINGS.values()
said = {n: ", ".join(in_short(rows, p) for p in parts) for n, rows in found.items()}
said["heads"] = ", ".join(in_short(pooled, kind) for kind in ("RNN", "LSTM", "GRU"))
said["ways"] = ", ".join(in_short(twice, kind) for kind in ("RNN", "LSTM", "GRU"))
evaluation.say(f"""
    In points; in brackets what is no more than chance:

    - **gates at all**, LSTM minus simple recurrence, in one direction and in both:
    {said["lstm"]};
    - **gates at all**, GRU minus simple recurrence, the same: {said["gru"]};
    - **pooling** instead of the last state, in one direction and in both:
    {said["heads"]};
    - **both directions** instead of one, with the last state and pooled:
    {said["ways"]}.
""")

# %% [markdown]
# Two checks. Were all trained to their end? And what did the missing gate save? The fastest epoch of a
# training is the one that was disturbed least by what else the machine did.

# %%
kept, fastest = {}, {}
for key, done in grid.items():
    records = [run.metrics["training"] for run in done]
    kept.setdefault(key[0].upper(), []).extend(r["best_epoch"] for r in records)
    fastest[key] = min(min(r["seconds_per_epoch"]) for r in records)
ends = [f"*{k}* {e.count(RECIPE['epochs'])} of {len(e)}" for k, e in kept.items()]
by_epoch = pd.Series(
    {
        name: fastest["gru", *s] / fastest["lstm", *s]
        for name, s in SETTINGS.items()
        if {("gru", *s), ("lstm", *s)} <= set(grid)
    }
)
saved = "training time" if by_epoch.max() < 1 else "no training time to count on"
hours = sum(run.metrics["training"]["seconds"] for done in grid.values() for run in done)
took = "; ".join(f"*{name}* {t:.2f}" for name, t in by_epoch.items())
evaluation.say(f"""
    Runs whose best epoch is the last of {RECIPE["epochs"]}, so that they might have
    gone on: {", ".join(ends)}. The fastest epoch of a GRU, in fastest epochs of the
    LSTM: {took}. So with a quarter fewer products it saves {saved}. All trainings of
    the grid together took {hours / 3600:.1f} hours.
""")

# %% [markdown]
# ## One ingredient at a time
#
# From the plain GRU to the published one. The first step takes over everything that this project
# trains with, which notebooks 3 and 5 take apart: 400 words of head and tail, word vectors from Word2Vec,
# names left out, dropout, the training protocol. All further steps are runs of the grid, of the seed that is
# published. (The last step and the published model are one recipe trained twice; their seconds differ by what
# else the machine did.)

# %%
STEPS = {
    "+ this project's protocol": ("gru", False, "last_state"),
    "+ all states pooled": ("gru", False, "max_and_mean"),
    "+ both directions": ("gru", True, "max_and_mean"),
}
ladder = [first]
for title, key in STEPS.items():
    run = grid[key][0]
    ladder.append(dataclasses.replace(run, metrics=run.metrics | {"title": title}))
steps = evaluation.ladder(ladder)
steps.style.hide(axis="index").format(precision=4).format(
    precision=1, subset=["gain", "from", "to", "training s"], na_rep=""
)

# %% alt="Accuracy with its interval after each step from the plain GRU to the published one"
plots.steps(steps)
plt.show()


# %%
def listed(values, form="{}"):
    """Names and values as the words of a sentence."""
    said = ", ".join(f"*{name}* {form.format(v)}" for name, v in values.items())
    return said or "none"


by_step = steps.set_index("step")
gains = by_step["gain"].dropna()
won = listed(gains[by_step["from"] > 0], "{:+.1f}")
lost = listed(gains[by_step["to"] < 0], "{:+.1f}")
evaluation.say(f"""
    From {steps["accuracy"].iloc[0]:.4f} to **{steps["accuracy"].iloc[-1]:.4f}**. Gains
    that are more than the choice of test reviews explains, in points: {won}. Losses
    that are more than the choice of test reviews explains: {lost}. The most is bought
    by **{gains.idxmax()}** ({gains.max():+.1f} points). What a step is worth depends
    on those before it: pooling minus last state, over the seeds of the grid, is
    {listing(row for row in pooled if row["where"].startswith("GRU"))}.
""")

# %% [markdown]
# *Each dot is the accuracy on the test part with its 95 % interval; at the right, the points gained
# over the step before, with the interval of that difference. Below the first, dark dots (it may be all of them) gain or lose more than
# the choice of test reviews explains; the luck of the seed comes on top.*
#
# ## Train and publish
#
# If a model of exactly this recipe (data, options, seed, training code) is in `models/`, `fit` loads it
# and says so; `RETRAIN=1` trains again. What was tried by hand is in `notebooks/logs/gru.csv`.

# %%
TITLE = "GRU, both directions"
fitted = training.fit(gru, dataset, name="gru", **RECIPE)
about = {"name": "gru", "title": TITLE, "notebook": "06_gru"}
evaluation.publish(gru, dataset, fitted, **about)
fitted.table().round(4)

# %% alt="Train and validation accuracy of the GRU by epoch"
plots.history(fitted.record, title=TITLE)
plt.show()

# %% [markdown]
# *Accuracy by epoch; the dotted line is the epoch whose weights are kept, by the smallest validation
# loss.*
#
# ## Results
#
# *precision* is the share of right answers among those that said *positive*, *recall* the share of
# positive reviews that were found; interval, AUC, log loss and ECE are explained in notebook 2.

# %%
runs = evaluation.named("imdb", ["nbsvm", "dan", "rnn", "lstm", "bilstm", "gru"])
results = evaluation.table(runs.values()).sort_values("accuracy", ascending=False)
columns = "model,accuracy,low,high,precision,recall,AUC,log loss,ECE,parameters"
results[[*columns.split(","), "training s"]].style.hide(axis="index").format(
    precision=4
).format("{:,.0f}", subset=["parameters", "training s"])

# %%
pairs = [("gru", other) for other in ("bilstm", "rnn", "nbsvm")]
differences = evaluation.differences(runs, pairs)
for row in differences.to_dict("records"):
    verdict = "more" if row["low"] * row["high"] > 0 else "no more"
    evaluation.say(f"""
        {row["pair"]}: **{100 * row["difference"]:+z.1f}** points
        ({100 * row["low"]:+z.1f} to {100 * row["high"]:+z.1f}), {verdict} than the
        choice of test reviews explains.
    """)
over = pd.Series([run.right.mean() for run in grid["gru", True, "max_and_mean"]])
evaluation.say(f"""
    These are single runs. By the grid, the published recipe has a mean of
    **{over.mean():.4f}** over {len(over)} seeds, from {over.min():.4f} to
    {over.max():.4f}. Published is the seed that was fixed beforehand, whatever its
    rank.
""")

# %% [markdown]
# ## Gates, opened
#
# The step by hand runs the trained layer in NumPy, word by word. Beside the update gates of our GRU (its
# forward layer): those of a GRU as Keras starts it, those of the plain one above, whose answer is its
# last state, and the forget gates of the bidirectional LSTM of notebook 5, untrained and trained. Update gate and forget
# gate are the same thing here: the share of the state that stays.

# %%
SOME = dataset.validation.texts[:100]


def lstm_gates(x, kernel, recurrent, bias):
    """Input and forget gates (2, batch, time, units) of an LSTM, as in notebook 5."""
    h = c = np.zeros((len(x), len(recurrent)))
    trace = []
    for t in range(x.shape[1]):
        z = np.split(x[:, t] @ kernel + h @ recurrent + bias, 4, axis=1)
        i, f, o = (expit(gate) for gate in (z[0], z[1], z[3]))
        c = f * c + i * np.tanh(z[2])
        h = o * np.tanh(c)
        trace.append((i, f))
    return np.array(trace).transpose(1, 2, 0, 3)


def read_by(model):
    """Word vectors and word ids of some reviews, and the weights that read forward."""
    ids = model.vectorizer.collate(model.vectorizer.transform(SOME))
    (vectors,) = model.network.get_layer("embedding").get_weights()
    vectors = vectors * model.options["embedding_scale"]
    layer = model.network.get_layer(f"bi{model.architecture}")
    return vectors[ids], ids, layer.forward_layer.get_weights()


# %%
bilstm = keras.models.load_model(paths.models_dir(dataset.name) / "bilstm.keras")
vectors, some_ids, weights = read_by(gru)
z, r, states = gru_by_hand(vectors, *weights)[:, some_ids != 0]
of_lstm, lstm_ids, lstm_weights = read_by(bilstm)
i, f = lstm_gates(of_lstm, *lstm_weights)[:, lstm_ids != 0]
fresh_lstm = keras.layers.LSTM(UNITS)
fresh_lstm.build((None, None, DIM))
untrained = lstm_gates(of_lstm, *fresh_lstm.get_weights())[:, lstm_ids != 0]
plain_table, plain_weights = (layer.get_weights() for layer in plain.layers[:2])
plain_ids = padded(SOME)
plain_z = gru_by_hand(plain_table[0][plain_ids], *plain_weights)[0, plain_ids != 0]
fresh = keras.layers.GRU(UNITS)
fresh.build((None, None, DIM))
fresh_z = gru_by_hand(vectors, *fresh.get_weights())[0, some_ids != 0]
bigru = gru.network.get_layer("bigru").output
theirs = keras.Model(gru.network.input, bigru).predict_on_batch(some_ids)
assert np.allclose(theirs[some_ids != 0][:, : states.shape[1]], states, atol=1e-4)
print(f"Keras and NumPy agree at {len(states):,} words of {len(SOME)} reviews")

# %% alt="Distribution of the gates that keep the state, and the half-life of each unit, for three GRUs and two LSTMs"
keeps = {"untrained GRU": fresh_z, "plain GRU": plain_z, "this GRU": z}
keeps |= {"untrained LSTM": untrained[1], "bidirectional LSTM": f}
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
looks = {":": "0.5", "-": plots.LIGHT, "-.": plots.DARK}
looks |= {(0, (1, 3)): "black", "--": "black"}
lives = {}
for (name, gate), (line, color) in zip(keeps.items(), looks.items(), strict=True):
    gate = np.clip(gate, 1e-6, 1 - 1e-6)
    lives[name] = np.sort(np.log(0.5) / np.log(gate).mean(axis=0))
    look = {"color": color, "ls": line, "lw": 2, "label": name}
    bins = {"bins": np.linspace(0, 1, 51), "density": True, "histtype": "step"}
    left.hist(gate.ravel(), **bins, **look)
    right.plot(np.linspace(0, 100, len(lives[name])), lives[name], **look)
left.set(yscale="log", ylim=(0.01, 100), ylabel="density", xlabel="share that stays")
left.set_title("Update and forget gates, all units and words")
right.set(yscale="log", xlabel="units in percent, sorted", ylabel="half-life in words")
right.yaxis.set_major_formatter("{x:g}")
right.yaxis.set_minor_formatter("")
right.set_title("How long each unit remembers")
fig.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=5)
plt.show()

# %%
medians = pd.Series({name: np.median(life) for name, life in lives.items()})
longest = pd.Series({name: life[-1] for name, life in lives.items()})


def ties(entering, staying):
    """Of each unit, the correlation of what enters with what is let go."""
    units = range(staying.shape[1])
    return [np.corrcoef(1 - staying[:, u], entering[:, u])[0, 1] for u in units]


# %%
tied, by_chance = ties(i, f), ties(*untrained)
evaluation.say(f"""
    Median half-life of the units, in words: {listed(medians, "**{:.1f}**")}; longest:
    {listed(longest, "{:.1f}")}. (One seed each. As in notebook 5, a short half-life is
    no proof of a short memory: what fades can be written again, here by way of $U_h
    h_{{t-1}}$. The plain GRU differs from this one in the whole recipe, not in the
    head alone.)

    The GRU lets in exactly the share that it lets go. The LSTM need not: its input
    gate and one minus its forget gate correlate by **{np.median(tied):.2f}** in the
    median unit ({min(tied):.2f} to {max(tied):.2f}), those of an untrained LSTM by
    {np.median(by_chance):.2f} ({min(by_chance):.2f} to {max(by_chance):.2f}). So its
    gates are not tied; what that is worth, the grid says. The GRU's reset gate is open
    by {r.mean():.2f} on average, and below .1 at {np.mean(r < 0.1):.1%} of all units
    and words.
""")

# %% [markdown]
# *Left, how the gates that keep the state are distributed, on a log scale; right, each unit's half-life,
# shortest first: the number of words until half of its state is replaced, from the mean logarithm
# of its gate.*
#
# ### Along one review
#
# The same review as in notebook 5, word by word.

# %% alt="Update gate of every unit along one review, units sorted by how long they remember"
REVIEW = (
    "For the first hour this film is dull and far too long, and I nearly left. But "
    "then the story turns, the acting is superb, and the ending is one of the best."
)
(tokens,), (row,) = gru.vectorizer.read([REVIEW]), gru.vectorizer.transform([REVIEW])
(vectors_of_words,) = gru.network.get_layer("embedding").get_weights()
read_here = gru.options["embedding_scale"] * vectors_of_words[row][None]
one = gru_by_hand(read_here, *weights)[:, 0]
patient = np.argsort(-np.log(np.clip(z, 1e-6, 1)).mean(axis=0))
fig, ax = plt.subplots(figsize=(10, 4.2))
look = {"vmin": 0, "vmax": 1, "cmap": "Blues", "yticklabels": False}
sns.heatmap(one[0][:, patient].T, cbar_kws={"label": "update gate"}, ax=ax, **look)
ax.set_xticks(np.arange(len(tokens)) + 0.5, tokens, rotation=90, fontsize=8)
ax.set(ylabel="units, longest memory on top", title="What stays, at each word")
plt.show()

# %%
nth = pd.Series(tokens).groupby(tokens).cumcount() + 1
numbered = [
    f"“{token}”" + f" ({number})" * (tokens.count(token) > 1)
    for token, number in zip(tokens, nth, strict=True)
]
gone = pd.Series(1 - one[0].mean(axis=1), numbered)
most, least = gone.nlargest(5), gone.nsmallest(5)
most, least = (", ".join(f"{w} {v:.0%}" for w, v in g.items()) for g in (most, least))
evaluation.say(f"""
    In this one review, the share of the state that is replaced, on average over the
    units of the forward layer, is largest at {most}, and smallest at {least}. (A word
    that occurs more than once has its number behind it.)
""")

# %% [markdown]
# *Dark: the unit keeps its state at this word. Light: it takes the proposal instead. A gate reads the state as
# well as the word: look how rows change at a strong word and stay so until the next.*
#
# ## Probes

# %% alt="Probability of positive that six models give to each of twelve probe sentences"
probes, expected = evaluation.probe_table(runs)
fig, ax = plt.subplots(figsize=(11, 6.8))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
hits = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0)
apart = (probes[TITLE] - probes["Bidirectional LSTM"]).abs()
differ = (hits[TITLE] != hits["Bidirectional LSTM"]).sum()
evaluation.say(f"""
    Right answers: {listed(hits.sum())}. This GRU and the bidirectional LSTM fall on
    different sides of one half in {differ} of the twelve; they are furthest apart on
    “{apart.idxmax()}”, by {apart.max():.2f}.
""")

# %% [markdown]
# *Probability of “positive”; blue-violet above one half, orange below. The sign behind a sentence is
# the right answer, a cross marks a wrong one. A dozen sentences are for looking at, not for ranking
# models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text. This is all that another program needs (beside `import lib.models`,
# which tells Keras about our layers). `reload` asks the same in an interpreter that has seen nothing of
# this notebook, and raises an error if an answer there differs from the model's here.

# %%
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]
file = paths.models_dir(dataset.name) / "gru.keras"
loaded = keras.models.load_model(file)
there = evaluation.reload({file: gru}, MY_REVIEWS)[file]
size = file.stat().st_size / 1e6
print(f"{file.name}, {size:.1f} MB, positive: {there[:, 1].round(4).tolist()}")

# %% alt="Each of the two reviews, its words coloured by what they add to the answer"
for review in MY_REVIEWS:
    positive = loaded.predict_proba([review])[0, 1]
    read, effects = evaluation.explain.occlusion(loaded, review)
    title = f"positive with probability {positive:.2f}"
    plots.token_heatmap(read, effects, title=title)
    plt.show()

# %% [markdown]
# *Blue words pull towards “positive”, orange ones (in italics) towards “negative”: the change of the
# log-odds when the word is replaced by an unknown one.*
#
# ## Verdict

# %% alt="Accuracy of all models so far with their intervals, that of this notebook highlighted"
BEFORE = ["tfidf_lr", "nbsvm", "ffnn", "dan", "rnn_relu", "rnn_tanh", "rnn"]
so_far = evaluation.named("imdb", [*BEFORE, "lstm", "bilstm", "gru"])
ax = plots.accuracy_dots(evaluation.table(so_far.values()), highlight=[TITLE])
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %%
sure = [row["points"] for row in fewer if row["verdict"] == "more than chance"]
worse, better = sum(p < 0 for p in sure), sum(p > 0 for p in sure)
level = len(fewer) - worse - better
answer = f"In {worse} of {len(fewer)} settings, yes" if worse else "No accuracy"
ahead = f"; in {better} of {len(fewer)} settings the GRU is ahead by more than chance"
answer += ahead * bool(better) + f"; in {level} the two are level" * bool(level)
lowest, highest = (edge(row["points"] for row in fewer) for edge in (min, max))
ours = grid["gru", True, "max_and_mean"]
against = evaluation.contrast(ours, [runs["nbsvm"]] * len(ours))
stands = "beats" if against["points"] > 0 else "stays below"
stands = "is level with" if against["verdict"].startswith("no") else stands
best = max(so_far.values(), key=lambda run: run.right.mean())

# %%
evaluation.say(f"""
    **Does one gate fewer cost anything? {answer}.** GRU minus LSTM is
    **{whole["points"]:+z.2f}** points ({whole["low"]:+z.2f} to {whole["high"]:+z.2f})
    on average over {whole["pairs"]} pairs of runs, by setting from {lowest:+z.2f} to
    {highest:+z.2f}; that is with one recipe and equal units, {len(SEEDS)} seeds a
    setting. It has {ratio["weights"]:.0%} of the recurrent weights and saves {saved}: by
    setting an epoch takes {by_epoch.min():.2f} to {by_epoch.max():.2f} times as long
    (in prediction a word took {pace["prediction"]:.2f} times, one short measurement).
    With a mean of {over.mean():.1%} over the seeds the published GRU {stands} the
    linear model on phrases ({against["points"]:+z.1f} points, {against["low"]:+z.1f}
    to {against["high"]:+z.1f}). Best so far is *{best.metrics["title"]}*, at
    {best.right.mean():.1%}.
""")

# %% [markdown]
# ## Exercises
#
# 1. Add `keras.layers.GRU` with `reset_after=False` to `KINDS`, by `functools.partial`, and measure again.
#    Expect one vector of biases fewer and another time for a word; which way it goes depends on the machine.
# 2. Look at the layer that reads from the end: in `read_by` take `layer.backward_layer`, and turn each review round
#    before it is padded, `collate([row[::-1] for row in model.vectorizer.transform(SOME)])`. Leave out the comparison
#    with Keras, which is of the forward layer, and stop before *Along one review*. Expect half-lives of the same order: what an opinion hangs on stands
#    near it, on either side.
#
# ## References
#
# - Cho et al. (2014), *Learning phrase representations using RNN encoder-decoder*.
# - Chung, Gulcehre, Cho & Bengio (2014), *Empirical evaluation of gated recurrent neural networks*.
# - Jozefowicz, Zaremba & Sutskever (2015), *An empirical exploration of recurrent network architectures*.
# - Greff et al. (2017), *LSTM: a search space odyssey*, on LSTMs with tied gates.
