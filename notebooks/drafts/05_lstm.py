# %% [markdown]
# # 5 · LSTM
#
# **What do gates and a cell state buy, and does reading in both directions help?**
#
# A simple recurrence rewrites its whole state at every word, and what it read early is soon gone. The
# LSTM (Hochreiter & Schmidhuber 1997) keeps a second state that is *added to* instead of rewritten, and
# gates that decide what enters it, what stays and what leaves. Every textbook says that this is how a
# network remembers. Here we do not take its word: we open the gates of trained networks and read off
# how long each unit remembers, wipe the memory on purpose and see what breaks, and set the simple
# recurrence, the LSTM and the GRU of the next notebook a task that can't be solved without remembering.
#
# You need the IMDB reviews. A cell below says how long the trainings took.

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
from IPython.display import Code
from scipy.special import expit

from lib import paths, text
from lib.progress import progress_bar

plots.style()
for name in ("lstm", "bilstm"):
    print(evaluation.cost("imdb", name))
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## The plain model
#
# First the tutorial's version: the first 200 words of each review, a table of word vectors that starts at
# random, one LSTM, and an output that reads its **last state**. Shorter reviews are padded with zeros
# behind, and `mask_zero` lets the LSTM stop where the padding begins.

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
keras.utils.set_random_seed(0)
plain = keras.Sequential(
    [
        keras.Input((LENGTH,), dtype="int32"),
        keras.layers.Embedding(len(words.vocabulary) + 2, DIM, mask_zero=True),
        keras.layers.LSTM(UNITS),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
plain.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# %%
started = time.perf_counter()
log = plain.fit(
    ids["train"],
    dataset.train.labels,
    validation_data=(ids["validation"], dataset.validation.labels),
    epochs=1 if small else 4,
    batch_size=128,
    verbose=0,
)
seconds = time.perf_counter() - started
pd.DataFrame(log.history).rename_axis("epoch").rename(lambda e: e + 1).round(4)

# %%
first = evaluation.from_predictions(
    dataset,
    title="plain Keras, last state, 200 words",
    validation=plain.predict(ids["validation"], verbose=0),
    test=plain.predict(ids["test"], verbose=0),
    seconds=seconds,
)
others = evaluation.published().query("dataset == 'imdb' and name == 'lstm'").iloc[0]
evaluation.say(f"""
    Accuracy on the test part: **{first.metrics["test"]["accuracy"]:.4f}**, after the
    last epoch {log.history["accuracy"][-1]:.1%} on train and
    {log.history["val_accuracy"][-1]:.1%} on validation. (The coursework has
    {others["accuracy"]:.4f} for an LSTM, on {others["n_test"]:,.0f} reviews of a split
    of its own: {others["document"]}.)
""")


# %% [markdown]
# ## One step of an LSTM
#
# With input $x_t$ and the states before it, $h_{t-1}$ (the *hidden state*, which others see) and $c_{t-1}$
# (the *cell state*, its memory):
#
# $$i,f,o = \sigma(W_{i,f,o}\,x_t + U_{i,f,o}\,h_{t-1} + b_{i,f,o}),\qquad
# g = \tanh(W_g x_t + U_g h_{t-1} + b_g)$$
# $$c_t = f \odot c_{t-1} + i \odot g,\qquad h_t = o \odot \tanh(c_t)$$
#
# $\sigma$ squeezes anything into 0 to 1, so the *input gate* $i$, the *forget gate* $f$ and the *output
# gate* $o$ are dimmers, one for each unit: how much of the proposal $g$ enters, how much of the memory
# stays, how much of it is shown. (The LSTM of 1997 had no forget gate; Gers, Schmidhuber & Cummins added it in
# 2000.) Keras keeps the four blocks side by side in one kernel, in the order
# $i, f, g, o$. By hand:

# %%
def lstm_step(x, h, c, kernel, recurrent, bias):
    """Gates i, f, o, cell and hidden state after a step on x (batch, features)."""
    z = x @ kernel + h @ recurrent + bias  # (batch, 4 * units)
    i, f, g, o = np.split(z, 4, axis=1)
    i, f, o = expit(i), expit(f), expit(o)
    c = f * c + i * np.tanh(g)
    return i, f, o, c, o * np.tanh(c)


def lstm_by_hand(x, *weights):
    """The same of all steps on x (batch, time, features): (5, batch, time, units)."""
    h = c = np.zeros((len(x), len(weights[1])))
    trace = []
    for t in range(x.shape[1]):
        trace.append(lstm_step(x[:, t], h, c, *weights))
        *_, c, h = trace[-1]
    return np.array(trace).transpose(1, 2, 0, 3)


# %%
x = np.random.default_rng(0).normal(size=(2, 30, 8)).astype("float32")
layer = keras.layers.LSTM(5, return_sequences=True, bias_initializer="random_normal")
theirs = np.asarray(layer(x))
*_, ours = lstm_by_hand(x, *layer.get_weights())
assert np.allclose(ours, theirs, atol=1e-5)
print("hidden states", theirs.shape, "(batch, time, units)")
print(f"largest difference {np.abs(ours - theirs).max():.1e}")
print("kernel, recurrent, bias:", *(w.shape for w in layer.get_weights()))
assert layer.count_params() == 4 * (8 * 5 + 5 * 5 + 5)  # four blocks


# %% [markdown]
# ## The forget gate is the memory
#
# Along the cell state, from $c_{t-1}$ to $c_t$, the derivative is just $f$: no matrix, no squashing. On this
# direct path, what entered $n$ steps ago is still there by the product of the $n$ gates since, and the gradient
# comes back by the same product. (There is a second path, from $h_{t-1}$ through the gates and $g$, by which a
# unit can write again what it is losing.) If the gate stays at one value, half of the memory is gone after
# $\log\tfrac12 / \log f$ steps, its **half-life**. Keras starts all forget gates' biases at 1
# (Jozefowicz, Zaremba & Sutskever 2015 say why), which puts the gate near $\sigma(1)$.

# %% alt="Share of a memory that is left after n steps, for four values of the forget gate"
def half_life(log_gate):
    """Steps until half is left, from the (mean) logarithm of a gate."""
    return np.log(0.5) / log_gate


steps_back = np.arange(401)
curves = {
    f"f = {f:.3g}, half gone in {half_life(np.log(f)):.0f}": (steps_back, f**steps_back)
    for f in (expit(1.0), 0.95, 0.99, 0.999)
}
fig, ax = plt.subplots(figsize=(8.5, 3.8))
plots.lines(curves, xlabel="steps", ylabel="share left", marker="", ax=ax)
ax.set(yscale="log", ylim=(1e-8, 2), title="What is left of a memory")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
start = half_life(np.log(expit(1.0)))
evaluation.say(f"""
    An untrained LSTM forgets half of what it saw within **{start:.1f} words**. It
    *can* remember a whole review of 400 words, if training opens some gates to .999
    (.99 leaves {0.99**400:.0%}). Whether training does that is what we will look at.
""")

# %% [markdown]
# *Share of what entered the cell that is left after n steps, on a log scale. A gate near one carries it
# over a whole review.*
#
# ## The network
#
# Word vectors, the recurrence, and a head. The head either reads the last state, as above, or *pools*:
# it takes the largest and the mean value of each unit over all words of the review. Then no state has to
# survive until the end; a verdict need only be noticed when it comes by. Read in both directions
# (Schuster & Paliwal 1997), a second LSTM goes through the review from its end.

# %%
RECIPE = {"epochs": 1 if small else 10, "learning_rate": 3e-3, "ema_momentum": 0.995}
TINY = {"units": UNITS, "embedding_dim": DIM, "max_length": LENGTH} if small else {}
lstm = models.build("lstm", dataset, names="out", **TINY)
bilstm = models.build("lstm", dataset, names="out", bidirectional=True, **TINY)
for function in (models.recurrent.lstm, models.recurrent.summary):
    display(Code(inspect.getsource(function), language="python"))

# %% alt="Diagram of the bidirectional LSTM with pooling, layer by layer with shapes"
plots.network(bilstm.network)
plt.show()

# %% [markdown]
# *The bidirectional network; what is trained is dark. The two copies of the LSTM lie in one box, so each
# word leaves twice as many values as there are units. Most weights are word vectors.*
#
# ## Three seeds of everything
#
# Do gates help? One pair of runs would answer with luck. So the same recipe is trained with and without
# gates, in one and in both directions, with the last state and pooled, each from three random
# seeds. A seed fixes the word vectors, the first weights, the order of the reviews and what dropout
# drops, so two runs of one seed are a pair. All have 64 units a direction, so that an LSTM has four times the
# recurrent weights of a simple recurrence, and two directions have twice those of one: what we call the gain of
# gates or of a direction includes the gain of size. The GRU joins this grid in the next notebook.

# %%
POOLINGS = {"last_state": "last state", "max_and_mean": "pooled"}
KEYS = list(itertools.product(("rnn", "lstm"), (False, True), POOLINGS))
if small:
    KEYS = [key for key in KEYS if not key[1]] + [("lstm", True, "max_and_mean")]
SEEDS = (0,) if small else (0, 1, 2)


def grid_run(kind, bidirectional, pooling, seed):
    """One run of the grid, trained if it is not there yet."""
    directions = "both" if bidirectional else "one"
    return training.measure(
        kind,
        dataset,
        name=f"grid-{kind}-{directions}-{pooling}-seed{seed}",
        title=f"{kind.upper()}, {directions}, {POOLINGS[pooling]}, seed {seed}",
        notebook="06_gru",  # which goes on with this grid
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


def labelled(kind, bidirectional, pooling):
    directions = "both directions" if bidirectional else "one direction"
    return {"network": kind.upper(), "reads": directions, "head": POOLINGS[pooling]}


seen = {k: pd.Series([run.right.mean() for run in runs]) for k, runs in grid.items()}
table = pd.DataFrame(
    labelled(*key) | {"mean": s.mean(), "lowest": s.min(), "highest": s.max()}
    for key, s in seen.items()
)
table.style.hide(axis="index").format(precision=4)


# %% [markdown]
# Now the differences. Each test review is answered by every run, so a difference is taken review by review
# and averaged over the seeds; its interval says what another 25,000 reviews could do to it. What other
# seeds could do, the pairs of seeds show. We call a difference *more than chance* only if the interval
# leaves out zero **and** all pairs point the same way; with three seeds that is a hint, not a proof.

# %%
def compared(runs, others):
    """A row of a table: one recipe against another, a seed against the same seed."""
    found = evaluation.contrast(runs, others)
    row = {name: found[name] for name in ("points", "low", "high", "verdict")}
    return row | {"by seed": ", ".join(f"{gap:+.1f}" for gap in found["by_seed"])}


def listing(rows, what):
    """Differences as the items of a sentence; `what` names each by its columns."""
    said = what + " **{points:+z.2f}** points ({low:+.2f} to {high:+.2f}, {verdict})"
    return "; ".join(said.format(**row) for row in rows)


# %%
gates_buy, directions_buy = [], []
for key in KEYS:
    (kind, both, pooling), named = key, labelled(*key)
    if kind == "lstm" and ("rnn", both, pooling) in grid:
        found = compared(grid[key], grid["rnn", both, pooling])
        gates_buy.append({"what": "LSTM − RNN"} | named | found)
    if both and (kind, False, pooling) in grid:
        found = compared(grid[key], grid[kind, False, pooling])
        directions_buy.append({"what": "both − one direction"} | named | found)
table = pd.DataFrame(gates_buy + directions_buy).style.hide(axis="index")
display(table.format("{:+.2f}", subset=["points", "low", "high"]))
by_gates = listing(gates_buy, "*{reads}, {head}*")
by_direction = listing(directions_buy, "*{network}, {head}*")
evaluation.say(f"""
    What gates buy, LSTM minus simple recurrence: {by_gates}.

    What the second direction buys: {by_direction}.
""")

# %% [markdown]
# And what does pooling buy, with and without gates, in one direction?

# %%
heads = {
    kind: compared(grid[kind, False, "max_and_mean"], grid[kind, False, "last_state"])
    for kind in ("rnn", "lstm")
}
stands_in = abs(heads["lstm"]["points"]) < 1 < heads["rnn"]["points"]
so = "With gates the last state serves as well as all of them; without, it doesn't."
evaluation.say(f"""
    All states pooled minus the last one: *RNN* **{heads["rnn"]["points"]:+.1f}**
    points, *LSTM* **{heads["lstm"]["points"]:+.1f}** ({heads["lstm"]["low"]:+.1f} to
    {heads["lstm"]["high"]:+.1f}, {heads["lstm"]["verdict"]}). {so * stands_in}
""")

# %% [markdown]
# ## One ingredient at a time
#
# From the plain LSTM to the published ones, cumulative; the list was fixed before any step was tested, and each
# step is tested once. Most of them are not about LSTMs at all and are measured here once for all recurrent
# networks: which epoch is kept (and batches of like length), how much of a review is read, what the
# word vectors start from (and from there on scaled by .3, which makes Adam's steps on them smaller),
# dropout, names left out of the vocabulary (notebook 2), and the training protocol that notebook 3 takes apart. The last two steps are runs of the grid.

# %%
PLAIN = {"vectors": "random", "embedding_scale": 1.0, "max_length": 200}
PLAIN |= {"truncation": "head", "dropout": 0.0}
PLAIN |= {"word_dropout": 0.0, "spatial_dropout": 0.0}
NOTHING = {"epochs": 10, "learning_rate": 1e-3, "weight_decay": 0.0}
NOTHING |= {"clip_norm": None, "ema_momentum": 0.0, "label_smoothing": 0.0}
WHOLE = PLAIN | {"max_length": 400, "truncation": "head+tail"}
STARTED = WHOLE | {"vectors": "word2vec", "embedding_scale": 0.3}
STEPS = {
    "+ best epoch kept": (PLAIN | {"pooling": "last_state"}, NOTHING),
    "+ all states pooled": (PLAIN, NOTHING),
    "+ head and tail, 400 words": (WHOLE, NOTHING),
    "+ start from Word2Vec": (STARTED, NOTHING),
    "+ dropout of words and features": ({}, NOTHING),
    "+ the whole training protocol": ({}, RECIPE),
}
if small:
    STEPS = {}  # in a demo the runs of the grid are enough

# %%
ladder = [first]
for number, (title, (build, fit)) in enumerate(STEPS.items(), start=1):
    about = {"name": f"lstm-{number}", "title": title, "notebook": "05_lstm"}
    options = {"build": build, "fit_options": fit}
    ladder.append(training.measure("lstm", dataset, **about, **options))
for title, both in (("+ names left out", False), ("+ both directions", True)):
    run = grid["lstm", both, "max_and_mean"][0]
    ladder.append(dataclasses.replace(run, metrics=run.metrics | {"title": title}))
steps = evaluation.ladder(ladder)
steps.style.hide(axis="index").format(precision=4).format(
    precision=1, subset=["gain", "from", "to", "training s"], na_rep=""
)

# %% alt="Accuracy with its interval after each step from the plain LSTM to the published ones"
plots.steps(steps)
plt.show()


# %%
by_step = steps.set_index("step")
gains = by_step["gain"].dropna()
won = evaluation.listed(gains[by_step["from"] > 0], "{:+.1f}")
lost = evaluation.listed(gains[by_step["to"] < 0], "{:+.1f}")
on_validation = 100 * by_step["validation"].diff().dropna()
backwards = evaluation.listed(on_validation[on_validation * gains < 0], "{:+.1f}")
evaluation.say(f"""
    From {steps["accuracy"].iloc[0]:.4f} to **{steps["accuracy"].iloc[-1]:.4f}**. Gains
    that are more than the choice of test reviews explains, in points: {won}. Losses:
    {lost}. The most is bought by **{gains.idxmax()}** ({gains.max():+.1f} points).
    Each step is one seed; the other way on validation, in points: {backwards}.
""")


# %% [markdown]
# *Each dot is the accuracy on the test part with its 95 % interval; at the right, the points gained
# over the step before, with the interval of that difference. Below the first, dark dots gain or lose more than
# the choice of test reviews explains; the luck of the seed comes on top.*
#
# ## A task that needs memory
#
# A review may say its verdict more than once, and anywhere. To see what gates are *for*, take a task that is nothing but memory, the **adding problem** of the paper that introduced the
# LSTM. The network reads a sequence of random numbers between 0 and 1; two of them are marked, one in
# each half, and at the end it is to give their sum.

# %%
def adding(count, length, seed):
    """Sequences (count, length, 2) of numbers and marks, and the sums (count,)."""
    draw = np.random.default_rng(seed)
    numbers = draw.random((count, length))
    marks, rows = np.zeros((count, length)), np.arange(count)
    marks[rows, draw.integers(0, length // 2, count)] = 1
    marks[rows, draw.integers(length // 2, length, count)] = 1
    return np.stack([numbers, marks], axis=2), (numbers * marks).sum(axis=1)


sequences, sums = adding(1, 8, seed=0)
print(sequences[0].T.round(2), "->", sums.round(2))

# %% [markdown]
# Who always answers 1 has a mean squared error of $\tfrac16$, the variance of the sum of two such numbers;
# who remembers one of the two and guesses the other has half of that.
#
# Three small networks in plain Keras, 32 units each, differ in the recurrence alone: the simple one, the LSTM, and
# the GRU of the next notebook, which has gates but no cell state of its own. Each learns short
# sequences first and then goes on with longer ones from where it is, with the same steps for all. That
# is kind to all three; the first exercise takes it away. `jit_compile` has the loop over time compiled as
# one program.

# %%
RECURRENCES = (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU)
KINDS = dict(zip(("RNN", "LSTM", "GRU"), RECURRENCES, strict=True))
LENGTHS = (10, 20) if small else (10, 25, 50, 100, 200, 400)
COUNT, ROUNDS = (64, 1) if small else (6_400, 4)


def halved(epoch):
    return 1e-2 * 0.5**epoch  # the learning rate, round by round


def climb(layer, seed):
    """Train on longer and longer sequences: the network, and its error by length."""
    keras.utils.set_random_seed(seed)
    stack = [keras.Input((None, 2)), layer(32), keras.layers.Dense(1)]
    network = keras.Sequential(stack)
    options = {"batch_size": 64, "verbose": 0, "epochs": ROUNDS}
    options["callbacks"] = [keras.callbacks.LearningRateScheduler(halved)]
    network.compile(keras.optimizers.Adam(clipnorm=1.0), "mse", jit_compile=not small)
    errors = []
    for length in LENGTHS:
        network.fit(*adding(COUNT, length, seed), **options)
        x, sums = adding(2_000, length, seed=99)  # never trained on
        answers = network.predict(x, batch_size=500, verbose=0)[:, 0]
        errors.append(np.mean((answers - sums) ** 2))
    return network, errors


# %%
climbed = {name: [] for name in KINDS}
for seed, name in progress_bar(list(itertools.product(SEEDS, KINDS)), desc="Adding"):
    climbed[name].append(climb(KINDS[name], seed))
errors = {name: np.array([e for _, e in found]) for name, found in climbed.items()}
mean_error = pd.DataFrame({n: e.mean(axis=0) for n, e in errors.items()}, index=LENGTHS)
mean_error.rename_axis("length").rename_axis("mean squared error", axis="columns").T

# %% alt="Error in the adding problem by length of the sequence for RNN, LSTM and GRU, with the level of guessing"
curves = {name: (LENGTHS, mean_error[name]) for name in mean_error}
labels = {"xlabel": "length of the sequence", "ylabel": "mean squared error"}
fig, ax = plt.subplots(figsize=(8.5, 4.2))
plots.lines(curves, marker="o", **labels, ax=ax)
for line, found in zip(ax.lines, errors.values(), strict=True):
    ax.plot(LENGTHS, found.T, ".", color=line.get_color(), alpha=0.6, ms=5)
for level, label in ((1 / 6, "guessing both"), (1 / 12, "remembering one")):
    ax.axhline(level, color="0.5", lw=1, ls=":", zorder=0)
    place = {"xycoords": ax.get_yaxis_transform(), "va": "center"}
    ax.annotate(label, (1.02, level), fontsize="small", **place)
ax.set(xscale="log", yscale="log", title="The adding problem")
ax.set_xticks(LENGTHS, LENGTHS)
ax.minorticks_off()
ax.legend(loc="upper left", bbox_to_anchor=(1, 0.7))
plt.show()


# %%
def reached(errors):
    """On which lengths both numbers are remembered, as a phrase."""
    solved = errors.index[errors < 1 / 12]
    return f"up to {solved[-1]} steps" if len(solved) else "at no length"


end = mean_error.iloc[-1]
solved_by_mean = (mean_error["RNN"] < 1 / 12).sum()
luck = ((errors["RNN"] < 1 / 12).sum(axis=1) > solved_by_mean).sum()
ratio = end["RNN"] / end["LSTM"]
by_end = evaluation.listed(end, "{:.4f}")
times = f"{ratio:.0f} times smaller than" if ratio > 1.5 else "no smaller than"
evaluation.say(f"""
    Both numbers are remembered, at least better than one alone would allow, by the RNN
    **{reached(mean_error["RNN"])}**, by the LSTM **{reached(mean_error["LSTM"])}**, by
    the GRU **{reached(mean_error["GRU"])}**. At {LENGTHS[-1]} steps the mean errors
    are {by_end}; guessing has {1 / 6:.4f}. The LSTM's is {times} that of the simple
    recurrence. (By the mean over seeds; single runs of the RNN get further in {luck}
    of {errors["RNN"].shape[0]} seeds.)
""")


# %% [markdown]
# *Mean over the seeds, a small dot for each; both axes logarithmic. Lower is better; at the upper dotted
# line a network has learned nothing but the mean.*
#
# Whether a network *uses* its gates that way on reviews is another question, which we ask below.
#
# ## Train and publish
#
# If a model of exactly this recipe (data, options, seed, training code) is in `models/`, `fit` loads it
# and says so; `RETRAIN=1` trains again. What was tried by hand is in `notebooks/logs/lstm.csv`. Before
# training we keep a copy of the LSTM as it starts.

# %% alt="Train and validation accuracy of both networks by epoch"
def vectors_and_weights(model):
    """A model's word vectors, and the weights of its layer `lstm`."""
    table = model.network.get_layer("embedding").get_weights()[0]
    layer = model.network.get_layer("lstm")
    return table * model.options["embedding_scale"], layer.get_weights()


untrained = vectors_and_weights(lstm)
trained, TITLES = {"lstm": lstm, "bilstm": bilstm}, {"lstm": "LSTM"}
TITLES["bilstm"] = "Bidirectional LSTM"
fitted = {n: training.fit(m, dataset, name=n, **RECIPE) for n, m in trained.items()}
display(fitted["bilstm"].table().round(4))
fig, two = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
for ax, (name, history) in zip(two, fitted.items(), strict=True):
    plots.history(history.record, title=TITLES[name], ax=ax).legend().remove()
fig.legend(*two[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# *Table: the bidirectional LSTM. Figure: accuracy by epoch; train is measured with dropout on, so it may start below
# validation. The dotted line is the epoch whose weights are kept, by the smallest validation loss: after it, train goes
# on rising.*
#
# ## Results
#
# *RNN, pooled* is the published network of notebook 4: it reads in both directions and was trained for up to twelve
# epochs, so it is not quite a run of the grid.
#
# *precision* is the share of right answers among those that said *positive*, *recall* the share of
# positive reviews that were found; interval, AUC, log loss, ECE and McNemar's test are explained in
# notebook 2.

# %%
for name, model in trained.items():
    about = {"name": name, "title": TITLES[name], "notebook": "05_lstm"}
    evaluation.publish(model, dataset, fitted[name], **about)
runs = evaluation.named("imdb", ["tfidf_lr", "nbsvm", "dan", "rnn", *trained])
table = evaluation.table(runs.values()).sort_values("accuracy", ascending=False)
columns = "model,accuracy,low,high,precision,recall,AUC,log loss,ECE,parameters"
table[[*columns.split(","), "training s"]].style.hide(axis="index").format(
    precision=4
).format("{:,.0f}", subset=["parameters", "training s"])

# %%
pairs = [("bilstm", "lstm"), ("bilstm", "rnn")]  # "rnn" reads both ways as well
pairs += [("bilstm", "dan"), ("bilstm", "nbsvm")]
differences = evaluation.differences(runs, pairs)
for row in differences.to_dict("records"):
    verdict = "more" if row["low"] * row["high"] > 0 else "no more"
    evaluation.say(f"""
        {row["pair"]}: **{100 * row["difference"]:+.1f}** points
        ({100 * row["low"]:+.1f} to {100 * row["high"]:+.1f}), {verdict} than the
        choice of test reviews explains.
    """)
for name, both in (("lstm", False), ("bilstm", True)):
    over = seen["lstm", both, "max_and_mean"]
    evaluation.say(f"""
        {TITLES[name]}, by the grid: mean **{over.mean():.4f}**, from {over.min():.4f}
        to {over.max():.4f}, number of seeds {len(over)}. Published is the seed that
        was fixed beforehand, whatever its rank.
    """)


# %% [markdown]
# ## Gates, opened
#
# We have the step by hand, so we can run any trained LSTM in NumPy and look at its gates at every word.
# Four of them: the published LSTM of one direction, which pools; the same before training; the plain one from the top of this
# notebook, which reads its last state, so that an early verdict would have to be carried to the end; and the one
# that learned to add. The reviews are from validation.

# %%
def gates(vectors, weights, ids):
    """Gates and states at each word, without padding: (5, words, units)."""
    return lstm_by_hand(vectors[ids], *weights)[:, ids != 0]


SOME = dataset.validation.texts[:100]
some_ids = lstm.vectorizer.collate(lstm.vectorizer.transform(SOME))
published = vectors_and_weights(lstm)
of_plain = plain.layers[0].get_weights()[0], plain.layers[1].get_weights()
adder = climbed["LSTM"][0][0].layers[0].get_weights()
opened = {
    "untrained": gates(*untrained, some_ids),
    "reviews, pooled": gates(*published, some_ids),
    "reviews, last state": gates(*of_plain, padded(SOME)),
    "adding": lstm_by_hand(adding(50, LENGTHS[-1], 5)[0], *adder).reshape(5, -1, 32),
}
layer_out = keras.Model(lstm.network.input, lstm.network.get_layer("lstm").output)
theirs = layer_out.predict_on_batch(some_ids)[some_ids != 0]
assert np.allclose(theirs, opened["reviews, pooled"][4], atol=1e-4)
print(f"Keras and NumPy agree at {len(theirs):,} words of {len(SOME)} reviews")

# %% alt="Distribution of the forget gate over all units and words, and the half-life of each unit, for four LSTMs"
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
colors, styles = ("0.5", plots.DARK, plots.LIGHT, "black"), (":", "-", "-", "--")
lives = {}
for (name, trace), color, line in zip(opened.items(), colors, styles, strict=True):
    forget = np.clip(trace[1], 1e-6, 1 - 1e-6)
    lives[name] = np.sort(half_life(np.log(forget).mean(axis=0)))
    look = {"color": color, "ls": line, "lw": 2, "label": name}
    bins = {"bins": np.linspace(0, 1, 51), "density": True, "histtype": "step"}
    left.hist(forget.ravel(), **bins, **look)
    right.plot(np.linspace(0, 100, len(lives[name])), lives[name], **look)
left.set(yscale="log", ylim=(0.01, 100), xlabel="forget gate", ylabel="density")
left.set_title("At all units and words")
right.set(yscale="log", xlabel="units in percent, sorted", ylabel="half-life in steps")
right.yaxis.set_major_formatter("{x:g}")
right.yaxis.set_minor_formatter("")
right.set_title("How long each unit remembers")
fig.legend(*right.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()

# %%
memory = pd.DataFrame(
    {n: [np.median(v), v[-1], np.mean(v > 20)] for n, v in lives.items()},
    index=["median", "longest", "over 20 steps"],
).T
display(memory.style.format("{:.1f}").format("{:.0%}", subset=["over 20 steps"]))
median, longest = memory["median"], memory["longest"]
most = "shortened" if median.iloc[1] < median.iloc[0] else "lengthened"
few = (lives["adding"] > 20).sum()
evaluation.say(f"""
    Before training the median unit loses half of its memory in {median.iloc[0]:.1f}
    words. Training on reviews with pooling has {most} the memory of most units: the
    median is **{median.iloc[1]:.1f}** words, the longest {longest.iloc[1]:.0f} where
    it was {longest.iloc[0]:.1f}. In the plain LSTM, whose answer is its last state,
    the median is **{median.iloc[2]:.1f}** words and the longest
    {longest.iloc[2]:,.1f}. In the one that adds over {LENGTHS[-1]} steps the median is
    {median.iloc[3]:,.1f}, but {few} of its {len(lives["adding"])} units remember for
    more than 20 steps, the longest for {longest.iloc[3]:,.0f}; the others forget fast.
    (One seed each; the plain LSTM is the one at the top, not that of the grid. A short
    half-life is no proof of a short memory: what fades can be written again by way of
    $h$. Whether the plain LSTM does that, or answers by the last words it reads, isn't
    shown. The pooled one's memory is wiped next.)
""")


# %% [markdown]
# *Left, the forget gate's distribution over all units and steps, on a log scale; right, each unit's
# half-life, from the mean logarithm of its gate, shortest first, on a log scale as well.*
#
# ### Wipe the memory
#
# A half-life says what is kept, not whether it is of use. So take the memory away: set both states to zero
# after every n words, pool over all states as ever, and count right answers. With n = 1 the network
# is a bag of words.

# %%
def with_resets(rows, every):
    """Labels that the pooled LSTM gives if its states are wiped after so many words."""
    longest = max(map(len, rows))
    ids = keras.utils.pad_sequences(rows, longest + -longest % every, padding="post")
    layer, logits = (lstm.network.get_layer(name) for name in ("lstm", "logits"))
    states = layer(published[0][ids.reshape(-1, every)])  # each stretch starts anew
    states = keras.ops.reshape(states, (*ids.shape, -1))
    pooled = models.words.max_and_mean(states, ids != 0)
    return np.asarray(logits(pooled)).argmax(axis=1)


EVERY = (1, 2, 3, 5, 10, 20, 50, 400)
rows = lstm.vectorizer.transform(dataset.validation.texts)
order = np.argsort([len(row) for row in rows], kind="stable")
wiped = {every: [] for every in EVERY}
for every in progress_bar(EVERY, desc="Wiping"):
    for some in np.array_split(order, max(1, len(rows) // 100)):
        answers = with_resets([rows[k] for k in some], every)
        wiped[every].extend(answers == dataset.validation.labels[some])

# %% alt="Validation accuracy of the pooled LSTM by the number of words after which its memory is wiped"
kept = pd.Series({every: np.mean(right) for every, right in wiped.items()})
labels = {"xlabel": "memory wiped after so many words", "ylabel": "accuracy"}
ax = plots.lines({"LSTM": (kept.index, kept)}, marker="o", **labels)
ax.set(xscale="log", title="The pooled LSTM on validation")
ax.set_xticks(EVERY, [*EVERY[:-1], "never"])
ax.minorticks_off()
plt.show()

# %%
SHORT = 20  # words
worth_of = (kept - kept.iloc[0]) / (kept.iloc[-1] - kept.iloc[0])
within, d = worth_of[SHORT], runs["dan"].metrics["validation"]["accuracy"]
fair = (kept[SHORT] - d) / (kept.iloc[-1] - d)
five, late = ((kept[n] - d) / (kept.iloc[-1] - d) for n in (5, 50))
reads = "It makes use of a long memory"
if fair > 0.5:
    reads = f"More than a phrase is used, but most of it lies within {SHORT} words"
if five > 0.5:
    reads = "Mostly it reads phrases, and the pooling adds them up"
beyond = len(dataset.validation) * (kept.iloc[-1] - kept[50])
evaluation.say(f"""
    Its memory never wiped, the network is right on {kept.iloc[-1]:.1%} of the
    validation reviews; wiped after every word on {kept.iloc[0]:.1%}, after 5 on
    {kept[5]:.1%}, after {SHORT} on {kept[SHORT]:.1%}. Of what it loses when wiped
    after every word, {worth_of[5]:.0%} is back with five words and **{within:.0%}**
    with {SHORT}. But the averaging network of notebook 3, which has no memory and was
    trained so, is right on {d:.1%} of them; counted from there, five words give
    {five:.0%} of what memory is worth, {SHORT} words {fair:.0%}, and beyond 50 words
    lie {1 - late:.0%}, {beyond:.0f} of {len(dataset.validation):,} reviews. {reads}.
""")

# %% [markdown]
# *The same trained network throughout; only how long its states may live is changed. It was trained with its
# memory, so this shows what* it *leans on, not what a network without memory could reach: for that, compare it
# with the averaging network.*
#
# ### Along one review
#
# A review with a turn in it. Four units are shown: the two whose pooled value speaks most for *positive*
# and the two that speak most for *negative*. Below, what the network would answer if the review ended
# there.

# %%
REVIEW = (
    "For the first hour this film is dull and far too long, and I nearly left. But "
    "then the story turns, the acting is superb, and the ending is one of the best."
)
(tokens,), (row,) = lstm.vectorizer.read([REVIEW]), lstm.vectorizer.transform([REVIEW])
cell = lstm_by_hand(published[0][row][None], *published[1])[3, 0]  # (words, units)
head = lstm.network.get_layer("logits").get_weights()[0]  # of largest values and means
votes = (head[:, 1] - head[:, 0]).reshape(2, -1).sum(axis=0)  # of a unit, for positive
ranked = np.argsort(votes)
speak = {f"unit {u}, for positive": u for u in ranked[:-3:-1]}
speak |= {f"unit {u}, for negative": u for u in ranked[:2]}
logits = lstm.logits_of_rows([row[: n + 1] for n in range(len(row))])
running = expit(logits[:, 1] - logits[:, 0])

# %% alt="Cell states of four units along one review, and the probability of positive after each word"
fig, (above, below) = plt.subplots(2, 1, figsize=(10, 5.4), height_ratios=(2, 1))
for (label, unit), line in zip(speak.items(), ("-o", "--s") * 2, strict=True):
    color = plots.DARK if "positive" in label else plots.LIGHT
    above.plot(cell[:, unit], line, color=color, ms=4, label=label)
above.set(ylabel="cell state", title="What four units remember after each word")
above.legend(loc="center left", bbox_to_anchor=(1, 0.5))
below.plot(running, "-", drawstyle="steps-mid", color=plots.DARK)
below.axhline(0.5, color="0.5", lw=1, ls=":")
below.set(ylim=(0, 1), ylabel="positive")
for ax, names in ((above, [""] * len(row)), (below, tokens)):
    ax.set_xlim(-0.5, len(row) - 0.5)
    ax.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
plt.show()

# %%
peaks = {label: tokens[cell[:, unit].argmax()] for label, unit in speak.items()}
at_peaks = evaluation.listed(peaks, "at “{}”")
jump = int(np.abs(np.diff(running)).argmax()) + 1
lowest, last = running.min(), running[-1]
evaluation.say(f"""
    The cell state of each of the four is highest (not farthest from zero) here:
    {at_peaks}. The answer moves most at
    “{tokens[jump]}”, from {running[jump - 1]:.2f} to {running[jump]:.2f}. It is lowest
    after “{tokens[running.argmin()]}” with {lowest:.2f}, and {last:.2f} at the end:
    the answer {"turns" if last > 0.5 else "does not turn"} with the review. (What was
    largest early on is still in the pooled values, whatever the cells do later.)
""")

# %% [markdown]
# *Above, what four units have in their memory after each word; below, the probability of* positive *if
# the review ended there.*
#
# Which words open and close the gates? Means over all units, for words that occur often enough in the
# hundred reviews.

# %%
vocabulary = np.array(["", "(unknown)", *lstm.vectorizer.vocabulary])
at_words = pd.DataFrame({"word": vocabulary[some_ids[some_ids != 0]]})
at_words["input"], at_words["forget"] = opened["reviews, pooled"][:2].mean(axis=2)
whole = at_words[["input", "forget"]].mean()
often = at_words.groupby("word").filter(lambda group: len(group) >= 10)
by_word = often.groupby("word").mean()
wide, least = by_word["input"].nlargest(8), by_word["input"].nsmallest(4)
keeps, drops = by_word["forget"].nlargest(4), by_word["forget"].nsmallest(8)
said = [evaluation.listed(words, "{:.2f}") for words in (wide, least, drops, keeps)]
both_ways = [word for word in wide.index if word in drops.index]
judged = ""
if both_ways:
    judged = "At " + ", ".join(f"*{word}*" for word in both_ways) + " both happen: the "
    judged += "old goes as the new comes in. "
evaluation.say(f"""
    On average the input gate is open by {whole["input"]:.2f} and the forget gate by
    {whole["forget"]:.2f}. The input gate is widest open at {said[0]}, and least at
    {said[1]}. The forget gate is lowest, so that most is dropped, at {said[2]}; it is
    highest, so that most is kept, at {said[3]}. {judged}(Words that occur ten times or more in
    a hundred reviews; the order within each list is noisy.)
""")

# %% [markdown]
# ## Probes

# %% alt="Probability of positive that six models give to each of twelve probe sentences"
probes, expected = evaluation.probe_table(runs)
fig, ax = plt.subplots(figsize=(11, 6.8))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
hits = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0)
paired = [text for name, text, _ in evaluation.PROBES if name[:4] in ("nega", "cont")]
both_right = hits.loc[paired[:4]].to_numpy().reshape(2, 2, -1).all(axis=1).sum(axis=0)
both_right = evaluation.listed(pd.Series(both_right, hits.columns)[list(TITLES.values())])
evaluation.say(f"""
    Right answers, of {len(probes)}: {evaluation.listed(hits.sum())}. Two pairs of sentences hold the same words in
    another order (*good, not bad* and *bad, not good*; *dull but great* and *great but
    dull*), which an average of word vectors can't tell apart. Pairs of which both
    sentences are answered rightly, of two: {both_right}.
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
folder = paths.models_dir(dataset.name)
files = {folder / f"{name}.keras": model for name, model in trained.items()}
loaded = keras.models.load_model(folder / "bilstm.keras")
for path, there in evaluation.reload(files, MY_REVIEWS).items():
    size = path.stat().st_size / 1e6
    print(f"{path.name}, {size:.1f} MB, positive: {there[:, 1].round(4).tolist()}")

# %% alt="Each of the two reviews, its words coloured by what they add to the answer"
for review in MY_REVIEWS:
    positive = loaded.predict_proba([review])[0, 1]
    read, effects = evaluation.explain.occlusion(loaded, review)
    title = f"Bidirectional LSTM: positive with probability {positive:.2f}"
    plots.token_heatmap(read, effects, title=title)
    plt.show()

# %% [markdown]
# *Blue words pull towards “positive”, orange ones (in italics) towards “negative”: the change of the
# log-odds when the word is replaced by an unknown one. The first review is meant kindly, the second is not.*
#
# ## Verdict

# %% alt="Accuracy of all models so far with their intervals, those of this notebook highlighted"
BEFORE = ["tfidf_lr", "nbsvm", "ffnn", "dan", "rnn_relu", "rnn_tanh", "rnn"]
so_far = evaluation.named("imdb", [*BEFORE, *trained])
ax = plots.accuracy_dots(evaluation.table(so_far.values()), highlight=TITLES.values())
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()


# %%
def of_lstm(rows, head):
    """What the LSTM gains with a head, in each setting, as a phrase."""
    chosen = [row for row in rows if row["network"] == "LSTM" and row["head"] == head]
    said = "{points:+.1f} ({low:+.1f} to {high:+.1f}, {verdict})"
    return " and ".join(said.format(**row) for row in chosen) or "nothing measured"


# %%
worth = {head: of_lstm(gates_buy, head) for head in POOLINGS.values()}
second = {head: of_lstm(directions_buy, head) for head in POOLINGS.values()}
pooled_both = [row for row in directions_buy if row["head"] == "pooled"]
helps = any(row["network"] == "LSTM" and row["low"] > 0 for row in pooled_both)
yes = "An LSTM whose states are pooled, yes" if helps else "Not so that it would show"

# %%
against = differences.iloc[-1]
level = "is level with" if against["high"] >= 0 else "stays below"
stands = "beats" if against["low"] > 0 else level
took = {
    both: np.mean(
        [
            run.metrics["training"]["seconds"]
            for run in grid["lstm", both, "max_and_mean"]
        ]
    )
    for both in (False, True)
}
reach = {n: runs[n].metrics["test"]["accuracy"] for n in ("bilstm", "nbsvm")}
memory_bought = "buy memory" if end["LSTM"] < end["RNN"] / 2 else "buy no memory here"

# %%
enough = ": a separate cell state is not needed for it" * bool(end["GRU"] < end["RNN"] / 2)
needed = "Where a task needs memory, gates supply it; pooled reviews need little of it."
needed *= bool(end["LSTM"] < end["RNN"] / 2 and gates_buy[-1]["points"] < 2)
best = max(so_far.values(), key=lambda run: run.right.mean())

# %%
evaluation.say(f"""
    **Gates {memory_bought}**: over {LENGTHS[-1]} steps of the adding problem
    the LSTM's error is {end["LSTM"]:.4f}, the simple recurrence's {end["RNN"]:.4f},
    guessing's {1 / 6:.4f}. The GRU, whose one state is itself kept or overwritten
    by its gates, has {end["GRU"]:.4f}{enough}. On reviews the LSTM's buy {worth["last state"]} points
    where only the last state is read, in one direction and in both, and
    {worth["pooled"]} where all states are pooled. The pooled LSTM's median unit has
    lost half of what it knew after {median.iloc[1]:.1f} words. Of what it loses on
    reviews when wiped after every word, {within:.0%} is back with {SHORT} words of
    memory (counted from the averaging network, which was trained without any,
    {fair:.0%}). {needed}

    **Does reading in both directions help? {yes}**: {second["pooled"]} points; one
    that reads its last states gets {second["last state"]}. (Gates come
    with four times the recurrent weights and a second direction with twice, so both
    gains include that of size.) Training takes {took[True] / took[False]:.1f} times as
    long, in the mean over the seeds. The bidirectional LSTM, at
    {reach["bilstm"]:.1%}, {stands} the linear model on phrases at {reach["nbsvm"]:.1%}
    ({100 * against["difference"]:+.1f} points, {100 * against["low"]:+.1f} to
    {100 * against["high"]:+.1f}). Best so far is *{best.metrics["title"]}* with
    {best.right.mean():.1%}.
""")

# %% [markdown]
# ## Exercises
#
# 1. Set `LENGTHS = (100,)`, so that no network learns shorter sequences first. Expect the GRU to get well
#    below the level of remembering one number and the LSTM to stay near guessing: both start with gates
#    that forget within a few steps, and have to find out that there is something to remember.
# 2. Change `REVIEW` so that the verdict stands at its beginning and thirty neutral words follow. Expect the
#    cell states to be back near zero at the end and the answer to stand all the same: the largest values
#    were pooled when they came by.
#
# ## References
#
# - Hochreiter & Schmidhuber (1997), *Long short-term memory*, with the adding problem.
# - Gers, Schmidhuber & Cummins (2000), *Learning to forget*, where the forget gate comes from.
# - Schuster & Paliwal (1997), *Bidirectional recurrent neural networks*.
# - Jozefowicz, Zaremba & Sutskever (2015), *An empirical exploration of recurrent network architectures*.
# - Tallec & Ollivier (2018), *Can recurrent neural networks warp time?*, on biases of gates as half-lives.
