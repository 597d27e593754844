# %% [markdown]
# # 12 · Wide and deep
#
# **Do counting and reading know different things, and can one network know both?**
#
# Two kinds of model have come this far. One *counts*: it knows hundreds of thousands of phrases, and
# where in the review they stand is all the same to it. The other *reads*: it goes from word to word,
# through a vocabulary a tenth that size. On the test part they are close to each other, and that could
# mean either that both have learned the same, or that they make different mistakes which happen to be as
# many. In the second case there is something to be had for nothing. So we look at the mistakes first, and
# then try to put both kinds into one network, which turns out to have a trap in it.
#
# You need the IMDB reviews. A cell below says how long the trainings took.

# %% tags=["setup"]
SETUP

# %%
import inspect
import itertools
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import tensorflow as tf
from IPython.display import Code
from keras import layers
from scipy.special import expit, logit
from sklearn.feature_extraction.text import CountVectorizer

from lib import paths, text
from lib.models.wide_and_deep import AddBranches
from lib.text.predictor import predict_rows

plots.style()
print(evaluation.cost("imdb", "wide_and_deep"))

# %%
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## Do they make different mistakes?
#
# The best that counts is the feed-forward net on n-grams of notebook 3, and beside it stands the LSTM
# with attention of notebook 8. Both have answered the same test reviews, and their answers are stored.

# %%
COUNTING = ["tfidf_lr", "nbsvm", "ffnn"]
READING = ["lstm_attention"] if small else ["rnn", "lstm", "bilstm", "gru", "cnn"]
READING += [] if small else ["lstm_attention", "transformer", "min_gru"]
runs = evaluation.named("imdb", [*COUNTING, *READING])
counts, reads = runs["ffnn"], runs["lstm_attention"]
label = {True: "right", False: "wrong"}
crossed = pd.crosstab(
    pd.Series(counts.right, name="n-grams").map(label),
    pd.Series(reads.right, name="LSTM with attention").map(label),
)
crossed

# %%
both_wrong = (~counts.right & ~reads.right).mean()
by_chance = (~counts.right).mean() * (~reads.right).mean()
either = (counts.right | reads.right).mean()
hard = "more than that, as some reviews are hard for both"
hard = hard if both_wrong > by_chance else "no more than that"
evaluation.say(f"""
    Counting is right in {counts.right.mean():.2%}, reading in {reads.right.mean():.2%} of the
    cases. If their errors came independently, both would be wrong in {by_chance:.1%}. They are
    in **{both_wrong:.1%}**: {hard}. Only one of them is wrong in
    {(counts.right != reads.right).mean():.1%}, and an *oracle* that always knew whom to believe
    would be right in **{either:.1%}**.
""")

# %% [markdown]
# There is no oracle, but there is an average. What does it gain, and does it need models of different
# kinds for that? Take every pair of models so far. Their log-odds are first divided by a *temperature*,
# fitted on validation, so that both mean the same by *sure*; then they are averaged.


# %%
def log_odds(run):
    """Log-odds of positive by part, scaled on validation."""
    sure = run.probabilities["validation"], run.probabilities["test"]
    temperature = evaluation.fit_temperature(run.labels["validation"], sure[0])
    scaled = (evaluation.scale(proba, temperature)[:, 1] for proba in sure)
    odds = (logit(np.clip(p, 1e-6, 1 - 1e-6)) for p in scaled)
    return dict(zip(("validation", "test"), odds, strict=True))


odds = {name: log_odds(run) for name, run in runs.items()}

# %%
truth, rows = dataset.test.labels, []
for a, b in itertools.combinations(runs, 2):
    kinds = {"two that count": a in COUNTING and b in COUNTING}
    kinds["two that read"] = a in READING and b in READING
    kind = next((kind for kind, so in kinds.items() if so), "one of each")
    errors = np.corrcoef(runs[a].right, runs[b].right)[0, 1]
    right = (odds[a]["test"] + odds[b]["test"] > 0) == truth
    alone = runs[a].right.mean(), runs[b].right.mean()
    gains = (100 * (right.mean() - least) for least in (np.mean(alone), max(alone)))
    rows.append((a, b, kind, errors, right.mean(), *gains))
columns = ["first", "second", "kind", "likeness", "accuracy", "over mean", "over better"]
pairs = pd.DataFrame(rows, columns=columns)

# %% alt="Points that the average of two models gains, by the correlation of their errors"
LOOKS = {"one of each": ("o", plots.DARK), "two that count": ("s", "white")}
LOOKS["two that read"] = ("^", plots.LIGHT)
fig, ax = plt.subplots(figsize=(7.5, 4))
for kind, (marker, color) in LOOKS.items():
    some = pairs[pairs["kind"] == kind]
    look = {"marker": marker, "color": color, "edgecolor": "black", "s": 45, "label": kind}
    ax.scatter(some["likeness"], some["over mean"], **look)
ours = pairs.set_index(["first", "second"]).loc[("ffnn", "lstm_attention")]
ring = {"fillstyle": "none", "mec": "black", "ms": 14, "mew": 1.5}
name = "n-gram net and\nLSTM with attention"
ax.plot(ours["likeness"], ours["over mean"], "o", ls="", label=name, **ring)
ax.axhline(0, color="black", lw=1, ls=":")
ax.set(xlabel="correlation of errors", ylabel="points over the mean of both")
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %%
of_kind = pairs.groupby("kind")[["likeness", "over better"]].mean()
mixed = of_kind.loc["one of each"]
same = of_kind.drop("one of each").mean()
best = pairs.loc[pairs["accuracy"].idxmax()]
found = pairs["likeness"].corr(pairs["over mean"])
rule = "the less alike the mistakes, the more an average is worth"
rule = rule if found < -0.2 else "how alike they are doesn't tell what an average gains"
evaluation.say(f"""
    One that counts with one that reads: their errors correlate by
    {mixed["likeness"]:.2f} in the mean, and the average gains **{mixed["over better"]:+.2f}**
    points on the better of the two. Two of a kind: correlation {same["likeness"]:.2f}, gain
    **{same["over better"]:+.2f}**. Over all pairs, the two axes of the figure correlate by
    **{found:+.2f}**: {rule}. The best pair is {runs[best["first"]].metrics["title"]} with
    {runs[best["second"]].metrics["title"]}: {best["accuracy"]:.4f}.
""")

# %% [markdown]
# *Each point is a pair of models: how alike their errors are, and what their averaged log-odds gain on the mean
# of their accuracies, on the test part. (What is gained on the better of the two also depends on how far the
# other one is behind.)*
#
# Is it the *kind*, or would any second model do? The same recipe from another seed is a second model as
# well:


# %%
def average(first, second, title):
    """The figures of two models' averaged log-odds."""
    mean = {p: (log_odds(first)[p] + log_odds(second)[p]) / 2 for p in odds["ffnn"]}
    seconds = sum(run.metrics["training"]["seconds"] for run in (first, second))
    answers = {part: expit(values) for part, values in mean.items()}
    return evaluation.from_predictions(dataset, title=title, seconds=seconds, **answers)


together = average(counts, reads, "average of the two")
alone = max(counts, reads, key=lambda run: run.right.mean())
lines = []
for name in ["ffnn"] if small else ["ffnn", "lstm_attention"]:
    published, other = training.repeat(dataset, name, seeds=(1,))
    gap = evaluation.gap(average(published, other, "two seeds"), published)
    low, high = (100 * bound for bound in gap["ci95"])
    gained = f"{100 * gap['difference']:+.1f} points ({low:+.1f} to {high:+.1f})"
    lines.append(f"- {published.metrics['title']}, two seeds of it: {gained}")
gap = evaluation.gap(together, alone)
low, high = (100 * bound for bound in gap["ci95"])
lines.append(f"- **one of each: {100 * gap['difference']:+.1f} ({low:+.1f} to {high:+.1f})**")
evaluation.say("What an average gains on its better member:\n\n" + "\n".join(lines))

# %% [markdown]
# ### Where do they differ?
#
# By the length of the review, and by how many negations it has. Note that the LSTM reads 400 words of a
# review, head and tail, and the bag holds all of it.

# %% alt="Accuracy of the two models and their average by length and by negations of the review"
traits = evaluation.error_analysis.traits(dataset.test.texts, {})
edges = [0, 100, 150, 200, 300, 400, np.inf]
groups = {"words in the review": pd.cut(traits["words"], edges)}
rates = [-0.1, 0.5, 1, 1.5, 2, 3, 100]
groups["negations in a hundred words"] = pd.cut(traits["negations"], rates)
three = {"count": counts, "read": reads, "both": together}
fig, axs = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
for ax, (trait, group) in zip(axs, groups.items(), strict=True):
    table = evaluation.error_analysis.accuracy_by(three, group)
    curves = {title: (range(len(table)), table[title]) for title in table}
    plots.lines(curves, xlabel=trait, ylabel="accuracy", marker="o", ax=ax)
    names = [f"to {i.right:g}" for i in table.index[:-1]]
    ax.set_xticks(range(len(table)), [*names, f"over {table.index[-1].left:g}"])
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %%
by_length = evaluation.error_analysis.accuracy_by(three, groups["words in the review"])
first, second = (run.metrics["title"] for run in (counts, reads))
ahead = 100 * (by_length[first] - by_length[second])
short, long = ahead.iloc[0], ahead.iloc[-1]
grows = "grows" if long > short + 0.5 else "shrinks" if long < short - 0.5 else "stays as it is"
level = (by_length["average of the two"] >= by_length[[first, second]].max(axis=1)).sum()
evaluation.say(f"""
    Counting is ahead of reading by {short:+.1f} points on the shortest reviews and by
    {long:+.1f} on the longest: with the length of a review its lead {grows}. The average is
    at or above the better one in {level} of {len(by_length)} groups.
""")

# %% [markdown]
# *Accuracy on the test part in groups of reviews; the last group of each panel is open.*
#
# ## The plain network
#
# One network with both, then. *Wide and deep* (Cheng et al. 2016): a wide half that sees which features
# occur, a deep half that works on embeddings, and a sum. In plain Keras: which of 10,000 words and pairs
# of words occur, and the first and last 50 words in order.

# %%
counting = {"binary": True, "ngram_range": (1, 2), "max_features": 10_000}
counter = CountVectorizer(**counting, dtype="int8")
reader = text.SequenceVectorizer(vocabulary_size=10_000, max_length=100, padding="pre")
counter.fit(text.clean(dataset.train.texts))
reader.fit(dataset.train.texts)
inputs = {}
for part in ("train", "validation", "test"):
    texts = getattr(dataset, part).texts
    bags = counter.transform(text.clean(texts)).toarray()
    inputs[part] = [bags, reader.collate(reader.transform(texts))]
{part: [array.shape for array in arrays] for part, arrays in inputs.items()}


# %%
def plain(join):
    """The network of two halves, and a network that gives the logit of each half."""
    keras.utils.set_random_seed(0)
    bag = keras.Input((len(counter.vocabulary_),))
    ids = keras.Input((100,), dtype="int32")
    relu = layers.Dense(16, activation="relu")
    wide = keras.Sequential([relu, layers.Dense(1)], name="wide")
    lstm = layers.LSTM(8 if small else 32, return_sequences=True)
    pooled = [lstm, layers.GlobalMaxPooling1D()]
    deep = keras.Sequential(
        [layers.Embedding(10_000, 64), *pooled, layers.Dense(1)], name="deep"
    )
    halves = [wide(bag), deep(ids)]
    network = keras.Model([bag, ids], join(*halves))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    network.compile(optimizer="adam", loss=loss)
    return network, keras.Model([bag, ids], halves)


# %% [markdown]
# Trained three ways: the sum alone, as drawn; the deep half alone, to see what it can do; and the sum with
# a twist that is explained below. After each epoch both halves are asked for themselves. A half may be
# too high by as much as the other is too low, so its logits are cut at their median: the larger half counts
# as *positive*.

# %%
WAYS = {
    "sum alone": lambda wide, deep: layers.Add()([wide, deep]),
    "deep half alone": lambda wide, deep: deep,
    "branch dropout": AddBranches(0.5),
}
watched = {part: np.arange(0, len(inputs[part][0]), 5) for part in ("train", "validation")}


def hit_rate(logits, labels):
    """Share of right answers of one half, cut at the median of its logits."""
    return ((np.ravel(logits) > np.median(logits)) == labels).mean()


def ask(halves, part):
    """How often each half is right, by itself, on some texts of a part."""
    rows = watched[part] if part == "train" else slice(None)
    logits = halves.predict([a[rows] for a in inputs[part]], batch_size=500, verbose=0)
    return [hit_rate(half, getattr(dataset, part).labels[rows]) for half in logits]


# %%
plain_networks, epochs, seconds = {}, [], {}
for way, join in WAYS.items():
    network, halves = plain(join)
    plain_networks[way], seconds[way] = network, 0
    for epoch in range(1, (2 if small else 4) + 1):
        started = time.perf_counter()
        options = {"batch_size": 128, "verbose": 0}
        network.fit(inputs["train"], dataset.train.labels, **options)
        seconds[way] += time.perf_counter() - started
        for part in watched:
            wide, deep = ask(halves, part)
            epochs.append((way, epoch, part, wide, deep))
columns = ["way", "epoch", "part", "wide", "deep"]
epochs = pd.DataFrame(epochs, columns=columns).set_index(["way", "part", "epoch"])

# %% alt="Accuracy of each half by epoch when trained by the sum alone and with branch dropout"
fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
COLORS = {"sum alone": (plots.LIGHT, "--"), "branch dropout": (plots.DARK, "-")}
COLORS["deep half alone"] = ("black", ":")
for way, (color, line) in COLORS.items():
    curve = epochs["deep"][way]["validation"]
    right.plot(curve, line, color=color, marker="o", label=way)
    if way != "deep half alone":
        curve = epochs["wide"][way]["validation"]
        left.plot(curve, line, color=color, marker="o")
        left.plot(epochs["wide"][way]["train"], line, color="0.6", label=f"{way}, train")
left.set(title="wide half", xlabel="epoch", ylabel="accuracy of the half alone")
right.set(title="deep half", xlabel="epoch")
for ax in (left, right):
    ax.xaxis.set_major_locator(plt.MaxNLocator(integer=True))
entries = [ax.get_legend_handles_labels() for ax in (right, left)]
fig.legend(*(a + b for a, b in zip(*entries, strict=True)), loc="outside right center")
plt.show()

# %%
network = plain_networks["sum alone"]
answers = {p: expit(network.predict(inputs[p], verbose=0)) for p in ("validation", "test")}
options = {"title": "plain sum of two halves", "seconds": seconds["sum alone"]}
plain_sum = evaluation.from_predictions(dataset, **options, **answers)
last = epochs.groupby(level=["way", "part"]).last()
deep = last["deep"].xs("validation", level="part")
wide = last["wide"]["sum alone"]
poorer = deep["deep half alone"] - deep["sum alone"]
learns = "learns less than by itself" if poorer > 0.005 else "learns as much as by itself"
evaluation.say(f"""
    After the last epoch, the wide half of the plain sum is right on **{wide["train"]:.1%}** of
    the training reviews and on {wide["validation"]:.1%} of validation. Its deep half is right on
    {deep["sum alone"]:.1%} of validation; the same half trained alone on
    {deep["deep half alone"]:.1%}. So in the sum the deep half {learns}. With branch dropout
    it gets to {deep["branch dropout"]:.1%}. On the test part the plain sum reaches
    **{plain_sum.metrics["test"]["accuracy"]:.4f}**.
""")

# %% [markdown]
# *Accuracy of each half by itself after each epoch: in colour on validation, in grey that of the wide half
# on train. The dotted line is the deep half without a wide one beside it.*
#
# ## Why the sum is a trap
#
# The loss of a sum of logits $s=w+d$ has the same derivative by both: $\partial L/\partial w=\partial
# L/\partial d=p-y$, the error of the *sum*. What one half has explained, the other is no longer asked for;
# and a half with a weight for each phrase explains the training reviews soonest, by heart if it must.

# %%
w, d = map(tf.constant, np.random.default_rng(0).normal(size=(2, 200, 1)))
y = dataset.train.labels[:200, None].astype("float64")
with tf.GradientTape() as tape:
    tape.watch([w, d])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)(y, w + d)
by_wide, by_deep = tape.gradient(loss, [w, d])
by_hand = (expit((w + d).numpy()) - y) / len(y)
assert np.allclose([by_wide, by_deep], [by_hand] * 2, atol=1e-6)
signal, rows = {}, watched["train"]
for way, network in plain_networks.items():
    logits = network.predict([a[rows] for a in inputs["train"]], verbose=0)
    signal[way] = np.abs(expit(np.ravel(logits)) - dataset.train.labels[rows]).mean()
evaluation.say(f"""
    Both derivatives are the same, $p-y$ divided by the number of texts. After the last
    epoch $|p-y|$ is **{signal["sum alone"]:.3f}** on average over training reviews where the sum
    was trained alone, {signal["branch dropout"]:.3f} with branch dropout, and
    {signal["deep half alone"]:.3f} for the deep half alone: what is left for the deep half of the
    plain sum to learn from is {signal["sum alone"] / signal["deep half alone"]:.0%} of what it
    would have had by itself.
""")

# %% [markdown]
# ## The network
#
# The twist is dropout of a whole branch (ModDrop, Neverova et al. 2016). For a share of the training texts
# one half is left out, drawn anew each time, and the other has to answer alone; its logits count twice
# then, so that their mean stays the same. When the network is asked, both answer. By hand:

# %%
wide_logits, deep_logits = np.random.default_rng(0).normal(size=(2, 20_000, 2))
joined = AddBranches(0.5)
asked, trained_on = (
    np.asarray(joined(wide_logits, deep_logits, training=t)) for t in (False, True)
)
assert np.allclose(asked, wide_logits + deep_logits, atol=1e-5)
outcomes = {"wide alone": 2 * wide_logits, "deep alone": 2 * deep_logits}
outcomes["both"] = wide_logits + deep_logits
drawn = {
    name: np.isclose(trained_on, value, atol=1e-5).all(axis=1).mean()
    for name, value in outcomes.items()
}
assert np.isclose(sum(drawn.values()), 1)
{name: f"{share:.1%}" for name, share in drawn.items()}

# %%
shown = [AddBranches.call, models.wide_and_deep.wide_and_deep]
Code("\n\n".join(map(inspect.getsource, shown)), language="python")

# %% alt="Diagram of the wide and deep network, layer by layer with shapes"
WIDE_AND_DEEP = {"names": "out", "max_features": 200_000, "branch_dropout": 0.5}
TRAINING = {"epochs": 14, "learning_rate": 3e-3, "ema_momentum": 0.995, "epsilon": 1e-4}
if small:
    WIDE_AND_DEEP |= {"max_features": 5_000, "units": 8, "embedding_dim": 16}
    TRAINING |= {"epochs": 2, "ema_momentum": 0.9}
SUM_ALONE = WIDE_AND_DEEP | {"branch_dropout": 0.0}
joint = models.build("wide_and_deep", dataset, **WIDE_AND_DEEP)
row = joint.vectorizer.transform(["Not a good film."])[0]
print("words  ", row[0])
print("n-grams", [joint.vectorizer.bag.vocabulary[i - 1] for i in row[1]])
words, *bag = joint.network.inputs
fig, axs = plt.subplots(1, 2, figsize=(10, 5.6), width_ratios=[2, 1])
for ax, half, read in zip(axs, ("wide", "deep"), (bag, words), strict=True):
    plots.network(keras.Model(read, joint.network.get_layer(half).output), ax=ax)
    plt.setp([arrow for arrow in ax.texts if not arrow.get_text()], zorder=1)
    ax.set_title(f"{half} half")
plt.show()

# %% [markdown]
# *Both halves from their inputs (n-gram ids and their values; word ids) to two logits each, which
# `AddBranches` adds. One is the n-gram net of notebook 3, the other the LSTM with attention of notebook 8;
# they share nothing.*
#
# ## Train and publish
#
# Twice: with branch dropout, which is what is published, and by the sum alone, which is kept for what
# can be learned from it. If runs of exactly these recipes are in `models/`, `fit` loads them and says so.

# %% alt="Train and validation accuracy by epoch with branch dropout and by the sum alone"
by_sum = models.build("wide_and_deep", dataset, **SUM_ALONE)
NAMES = {"wide_and_deep": joint, "steps/wide_and_deep-sum": by_sum}
titles = dict(zip(NAMES, ("Wide and deep", "one network, sum alone"), strict=True))
fitted = {}
for name, model in NAMES.items():
    fitted[name] = training.fit(model, dataset, name=name, **TRAINING)
    options = {"name": name, "title": titles[name], "notebook": "12_wide_and_deep"}
    evaluation.publish(model, dataset, fitted[name], **options)
runs |= evaluation.named("imdb", NAMES)
fig, axs = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for ax, name in zip(axs, fitted, strict=True):
    plots.history(fitted[name].record, "accuracy", title=titles[name], ax=ax)
plt.show()

# %% [markdown]
# *Accuracy by epoch, on train with all dropout; the dotted line is the epoch whose weights are kept.*
#
# Ask the halves of both trained networks for themselves, and beside them the two models of notebooks 3
# and 8, which have never heard of each other.


# %%
def ask_halves(model, texts):
    """Log-odds of positive of each half, (texts, 2): wide, deep."""
    ends = [model.network.get_layer(half).output for half in ("wide", "deep")]
    network = keras.Model(model.network.inputs, layers.Concatenate()(ends))
    rows, collate = model.vectorizer.transform(texts), model.vectorizer.collate
    ask = network.predict_on_batch
    logits = predict_rows(ask, rows, collate, width=4, tokens=2**17)
    return logits[:, [1, 3]] - logits[:, [0, 2]]


singles = [models.load(run.model_file) for run in (counts, reads)]
rows = {}
for part, every in {"train": 5, "validation": 1}.items():
    split = getattr(dataset, part)
    texts, labels = split.texts[::every], split.labels[::every]
    asked = {titles[name]: ask_halves(model, texts) for name, model in NAMES.items()}
    alone_too = [np.diff(m.predict_logits(texts), axis=1)[:, 0] for m in singles]
    asked["a model of its own"] = np.stack(alone_too, axis=1)
    for who, answers in asked.items():
        for half, values in zip(("wide", "deep"), answers.T, strict=True):
            rows[(half, who, part)] = hit_rate(values, labels)
order = ["a model of its own", *reversed(titles.values())]
order = itertools.product(("wide", "deep"), order)
rates = pd.Series(rows).unstack().loc[list(order)]

# %% alt="Accuracy of wide and deep halves on train and validation in each network and alone"
fig, ax = plt.subplots(figsize=(7.5, 3.2))
for at, values in enumerate(rates.to_dict("records")):
    ax.plot([values["validation"], values["train"]], [at, at], color="0.7", zorder=1)
for part, (marker, color) in {"validation": ("o", plots.DARK), "train": ("D", "white")}.items():
    look = {"marker": marker, "color": color, "edgecolor": "black", "s": 45, "zorder": 2}
    ax.scatter(rates[part], range(len(rates)), label=part, **look)
ax.set(yticks=range(len(rates)), yticklabels=[f"{half}: {who}" for half, who in rates.index])
ax.set(xlabel="accuracy of the half alone")
ax.invert_yaxis()
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %%
alone_in_sum = rates.loc[("deep", titles["steps/wide_and_deep-sum"])]
with_dropout = rates.loc[("deep", titles["wide_and_deep"])]
own = rates.loc[("deep", "a model of its own")]
heart = rates.loc[("wide", titles["steps/wide_and_deep-sum"]), "train"]
lost = 100 * (own["validation"] - alone_in_sum["validation"])
regained = 100 * (with_dropout["validation"] - alone_in_sum["validation"])
starves = "does keep the deep half from learning" if lost > 0.5 else "does it no harm"
brings = "brings it back" if regained > 0.5 else "changes little"
evaluation.say(f"""
    Trained by the sum alone, the wide half is right on **{heart:.1%}** of training reviews.
    The deep half beside it is right on {alone_in_sum["validation"]:.1%} of validation, where a
    model of its own gets {own["validation"]:.1%} ({-lost:+.1f} points): the sum {starves}.
    Branch dropout {brings}: {with_dropout["validation"]:.1%} ({regained:+.1f} points).
    (The validation part has {len(dataset.validation):,} reviews: half a point is no more than
    chance there.)
""")

# %% [markdown]
# *How often each half is right by itself, on validation (dots) and on a part of train (diamonds). The longer
# the line, the more was learned by heart.*
#
# ## One ingredient at a time
#
# The plain sum; counting alone and reading alone, as published; their average, which is two models; and one
# network, trained by the sum alone, with branch dropout of .8, and with .5, the published one.

# %%
strong = training.measure(
    "wide_and_deep",
    dataset,
    name="wide_and_deep-strong",
    title="one network, branch dropout .8",
    notebook="12_wide_and_deep",
    build=WIDE_AND_DEEP | {"branch_dropout": 0.8},
    fit_options=TRAINING | ({"epochs": 1} if small else {}),
)
ladder = [plain_sum, counts, reads, together, runs["steps/wide_and_deep-sum"], strong]
steps = evaluation.ladder([*ladder, runs["wide_and_deep"]])
steps["step"] = steps["step"].replace("Wide and deep", "one network, .5, as published")
steps.style.hide(axis="index").format(precision=4).format(
    precision=1, subset=["gain", "from", "to", "training s"], na_rep=""
)

# %% alt="Accuracy with its interval from the plain sum to the published wide and deep network"
plots.steps(steps)
plt.show()


# %%
def against(run, other):
    """How one accuracy stands to another: in words; in points with their interval."""
    gap = evaluation.gap(run, other)
    low, high = (100 * bound for bound in gap["ci95"])
    verb = "is above" if low > 0 else "is below" if high < 0 else "is level with"
    return verb, f"{100 * gap['difference']:+.1f} points, {low:+.1f} to {high:+.1f}"


both = runs["wide_and_deep"]
lines = [
    f"- {title} {verb} {beside} ({points})"
    for title, run, beside, other in (
        ("The average of the two", together, "the better of them", alone),
        ("The network trained by the sum alone", ladder[4], "that average", together),
        ("The network with branch dropout", both, "the one without", ladder[4]),
        ("It", both, "the average of two models", together),
        ("It", both, "counting alone", counts),
        ("It", both, "reading alone", reads),
        ("It", both, "branch dropout of .8", strong),
    )
    for verb, points in [against(run, other)]
]
evaluation.say("\n".join(lines))

# %% [markdown]
# *Each dot is the accuracy on 25,000 reviews with its 95 % interval; at the right, the points gained
# over the step before. Dark dots gain or lose more than the choice of test reviews explains.*
#
# ## Results

# %%
beside = ["nbsvm", "ffnn", "lstm_attention", "wide_and_deep"]
table = evaluation.table([*(runs[name] for name in beside), strong])
columns = "model,accuracy,low,high,precision,recall,AUC,log loss,ECE,parameters"
table.sort_values("accuracy", ascending=False)[
    [*columns.split(","), "file MB", "training s"]
].style.hide(axis="index").format(precision=4, na_rep="").format(
    "{:,.0f}", subset=["parameters", "training s"]
)

# %%
training.repeat(dataset, "wide_and_deep", seeds=(1,) if small else (1, 2))
(spread,) = evaluation.spread([both]).to_dict("records")
literature = evaluation.published().query("dataset == 'imdb' and source == 'literature'")
figures = literature.set_index("title")["accuracy"].to_dict()
reached = both.metrics["test"]
lines = [f"- {name}: {figure:.4f}" for name, figure in figures.items()]
low, high = reached["accuracy_ci95"]
lines.append(f"- **this network: {reached['accuracy']:.4f}** ({low:.4f} to {high:.4f})")
evaluation.say(f"""
    Over {spread["seeds"]} seeds the network reaches **{spread["mean"]:.4f}** in the mean, from
    {spread["lowest"]:.4f} to {spread["highest"]:.4f}; published is seed 0 with
    {spread["published"]:.4f}. Beside it, what others have published on these 25,000 test reviews,
    each with a protocol of its own:
""")
evaluation.say("\n".join(lines))

# %% [markdown]
# ## Taught by the average
#
# The average of two models is two models. Can one network learn what the average *answers*? That is **knowledge
# distillation** (Hinton, Vinyals & Dean 2015): instead of "positive", the pupil is told "positive, .71", and so
# learns from reviews with two sides that they have two. There is one trap. A model answers the reviews that it was
# trained on from memory, surer than it should be. So the train part is cut into folds, and each review is answered
# by a pair of teachers who were trained on the other folds.

# %%
FOLDS = 2 if small else 5
named = ("ffnn", "lstm_attention")
told = {
    name: training.out_of_fold(
        dataset=dataset, name=name, count=FOLDS, **training.recipe(runs[name])
    )
    for name in named
}
truths = dataset.train.labels
tempered = [
    evaluation.scale(told[name], evaluation.fit_temperature(truths, told[name]))
    for name in named
]
pair_odds = np.mean([logit(np.clip(p[:, 1], 1e-6, 1 - 1e-6)) for p in tempered], axis=0)
lesson = np.stack([1 - expit(pair_odds), expit(pair_odds)], axis=1)
told_right = [hit_rate(told[name][:, 1], truths) for name in named]
evaluation.say(f"""
    Asked about training reviews that they have not seen, the n-gram nets are right on
    {told_right[0]:.1%}, the LSTMs on {told_right[1]:.1%}, and the average of both, each scaled by a temperature of its
    own, on **{hit_rate(pair_odds, truths):.1%}**.
""")

# %% [markdown]
# Whether the label should have a say as well is asked on validation.

# %%
TAUGHT = TRAINING | {"label_smoothing": 0.0}
SHARES = {"answers alone": 1.0, "half answer, half label": 0.5}
SHARES = dict(list(SHARES.items())[:1]) if small else SHARES
pupils = {
    said: training.measure(
        "wide_and_deep",
        dataset,
        name=f"wide_and_deep-taught-{number}",
        title=f"taught by the average, {said}",
        notebook="12_wide_and_deep",
        build=WIDE_AND_DEEP,
        fit_options=TAUGHT,
        labelled=data.taught(dataset, lesson, share=share),
    )
    for number, (said, share) in enumerate(SHARES.items(), start=1)
}
on_validation = {said: run.metrics["validation"]["accuracy"] for said, run in pupils.items()}
on_validation["labels alone"] = both.metrics["validation"]["accuracy"]
chosen = max(pupils, key=on_validation.get)
pd.Series(on_validation, name="validation accuracy").to_frame().style.format("{:.4f}")

# %%
teaching = data.taught(dataset, lesson, share=SHARES[chosen])
pupil = models.build("wide_and_deep", dataset, **WIDE_AND_DEEP)
learned = training.fit(pupil, teaching, name="wide_and_deep_taught", **TAUGHT)
about = {"name": "wide_and_deep_taught", "title": "Wide and deep, taught"}
evaluation.publish(pupil, teaching, learned, notebook="12_wide_and_deep", **about)
runs |= evaluation.named("imdb", ["wide_and_deep_taught"])
taught = runs["wide_and_deep_taught"]
training.repeat(
    dataset, "wide_and_deep_taught", seeds=(1,) if small else (1, 2), taught=teaching
)
(over,) = evaluation.spread([taught]).to_dict("records")
verb, points = against(taught, both)
with_average, how_far = against(taught, together)
evaluation.say(f"""
    On validation, {max(on_validation, key=on_validation.get)} is best. Taught by the average
    ({chosen}), one network reaches **{taught.right.mean():.4f}** on the test part, in the mean over
    {over["seeds"]} seeds {over["mean"]:.4f} ({over["lowest"]:.4f} to {over["highest"]:.4f}). It {verb}
    the same network taught by labels ({points}), and {with_average} the average of the two published models
    ({how_far}).
""")

# %% [markdown]
# ## Which half decides?
#
# For each test review the logits of both halves. Where they have the same sign, they agree; else the one
# with the larger logit has its way.

# %%
halves = ask_halves(joint, dataset.test.texts)
together_odds = joint.predict_logits(dataset.test.texts[:50])
together_odds = together_odds[:, 1] - together_odds[:, 0]
assert np.allclose(halves[:50].sum(axis=1), together_odds, atol=1e-3)
says = halves > 0
agree = says[:, 0] == says[:, 1]
wins = np.abs(halves).argmax(axis=1)  # 0: the wide half is louder, 1: the deep half
right_of = pd.DataFrame(says == truth[:, None].astype(bool), columns=["wide", "deep"])
right_of["both"] = (halves.sum(axis=1) > 0) == truth

# %% alt="Log-odds of the wide and of the deep half for all test reviews, by quadrant"
fig, axs = plt.subplots(1, 2, figsize=(10, 4.6), sharex=True, sharey=True)
limit = np.percentile(np.abs(halves), 99.5)
look = {"gridsize": 40, "extent": [-limit, limit] * 2, "bins": "log", "mincnt": 1}
for label_index, ax in enumerate(axs):
    chosen = halves[truth == label_index]
    ax.hexbin(*chosen.T, cmap="Blues", linewidths=0, **look)
    ax.axhline(0, color="black", lw=1)
    ax.axvline(0, color="black", lw=1)
    ax.plot([-limit, limit], [limit, -limit], color="black", lw=1, ls=":")
    for x, y in itertools.product((-1, 1), (-1, 1)):
        share = ((np.sign(chosen) == [x, y]).all(axis=1)).mean()
        look_of_text = {"ha": "center", "fontsize": "small", "weight": "bold"}
        ax.text(0.8 * x * limit, 0.88 * y * limit, f"{share:.1%}", **look_of_text)
    ax.set(title=f"{dataset.label_names[label_index]} reviews", xlabel="wide half")
axs[0].set_ylabel("deep half")
plt.show()

# %%
split = ~agree
deep_wins = wins[split] == 1
followed = right_of["both"][split].mean()
evaluation.say(f"""
    The halves agree on {agree.mean():.1%} of the reviews, and are right in
    {right_of["both"][agree].mean():.1%} of these. Where they don't, the deep half has its way in
    **{deep_wins.mean():.0%}** of the cases; whoever wins is right in {followed:.1%}. By itself
    the wide half is right in {right_of["wide"].mean():.1%}, the deep half in
    {right_of["deep"].mean():.1%}, the sum in {right_of["both"].mean():.1%} of all reviews. Of the
    size of both logits, {np.abs(halves[:, 0]).sum() / np.abs(halves).sum():.0%} is the wide
    half's.
""")

# %% [markdown]
# *Log-odds of both halves on the test part, darker where there are more reviews (on a logarithmic scale);
# percentages are the shares of the quadrants. Above and to the right of the dotted line the sum says*
# positive*: of negative reviews these are the errors, of positive ones what lies below it.*

# %% alt="Accuracy of both halves and their sum by length and negations, and who wins"
fig, axs = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
share_of_wide = np.abs(halves[:, 0]) / np.abs(halves).sum(axis=1)
lead = {}
for ax, (trait, group) in zip(axs, groups.items(), strict=True):
    codes = group.cat.codes.to_numpy()
    table = right_of.groupby(codes).mean()
    lead[trait] = pd.Series(share_of_wide).groupby(codes).mean()
    curves = {f"{name} half": (table.index, table[name]) for name in ("wide", "deep")}
    curves["sum"] = table.index, table["both"]
    plots.lines(curves, xlabel=trait, ylabel="accuracy", marker="o", ax=ax)
    names = [f"to {i.right:g}" for i in group.cat.categories[:-1]]
    names.append(f"over {group.cat.categories[-1].left:g}")
    ax.set_xticks(table.index, [names[code] for code in table.index])
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()
ends = [f"{v.iloc[0]:.0%} to {v.iloc[-1]:.0%}" for v in lead.values()]
evaluation.say(f"""
    From the lowest group to the highest, the wide half's share of the logits goes from
    {ends[0]} by the length of the review, and from {ends[1]} by its negations.
""")

# %% [markdown]
# *Accuracy of each half by itself and of the sum, on the test part, by group of reviews.*
#
# ### Turned right, turned wrong
#
# Short reviews on which the wide half errs and the deep half turns the answer, and the reverse. Each word is
# left out in turn, and what that changes is read off both halves.


# %%
def moved(model, review):
    """A review's words, and what each adds to both halves' log-odds, (words, 2)."""
    words = review.split()
    without = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    answers = ask_halves(model, [review, *without])
    return words, answers[0] - answers[1:]


short = traits["words"].between(5 if small else 20, 70)
turned_right = {}
for half, other in (("wide", "deep"), ("deep", "wide")):
    chosen = right_of["both"] & ~right_of[other] & short
    clearest = np.where(chosen, np.abs(halves).min(axis=1), -1)
    best_first = np.argsort(-clearest, kind="stable")
    turned_right[half] = best_first[: min(2, chosen.sum())]
rescued = {half: (right_of["both"] & right_of[half]).sum() for half in turned_right}
rescued = {half: n - right_of.all(axis=1).sum() for half, n in rescued.items()}
drowned = (~right_of["both"] & right_of[["wide", "deep"]].any(axis=1)).sum()
evaluation.say(f"""
    Of {len(truth):,} test reviews the deep half turns **{rescued["deep"]:,}** right that the wide
    half has wrong, and the wide half **{rescued["wide"]:,}** that the deep half has wrong. On
    {drowned:,} the half that is wrong is the louder one.
""")

# %% alt="Reviews that one half gets wrong and the other right, words coloured by both halves"
for half_that_wins, indices in turned_right.items():
    for i in indices:
        words, effects = moved(joint, text.clean([dataset.test.texts[i]])[0])
        height = 1.6 + 0.6 * (1 + len(" ".join(words)) // 90)
        fig, axs = plt.subplots(2, 1, figsize=(9, height))
        kind = dataset.label_names[truth[i]]
        print(f"The {half_that_wins} half turns this {kind} review right:")
        both_ways = zip(axs, ("wide", "deep"), halves[i], effects.T, strict=True)
        for ax, half, value, effect in both_ways:
            title = f"{half} half, log-odds {value:+.1f}"
            plots.token_heatmap(words, effect, title=title, ax=ax)
        plt.show()

# %% [markdown]
# *Blue words pull towards* positive*, orange ones (in italics) towards* negative*, above in the wide half and
# below in the deep one; dark is the strongest word of each half.*
#
# ## Probes

# %% alt="Probability of positive that four models give to each of twelve probe sentences"
probes, expected = evaluation.probe_table({name: runs[name] for name in beside})
fig, ax = plt.subplots(figsize=(9.5, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
hits = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0)
listed = ", ".join(f"{name} {count}" for name, count in hits.sum().items())
whole, parts = hits["Wide and deep"], hits[[first, second]]
only_one = parts.sum(axis=1) == 1
evaluation.say(f"""
    Right answers to the twelve sentences: {listed}. Where only one of the two single models is
    right ({only_one.sum()} sentences), the joint network is right in {whole[only_one].sum()}; where
    both are wrong ({(~parts.any(axis=1)).sum()}), in {whole[~parts.any(axis=1)].sum()}.
""")

# %% [markdown]
# *Probability of* positive*; the sign behind a sentence is the right answer, a cross marks a wrong one.
# A dozen sentences are for looking at, not for ranking models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text, and its file holds both halves. `reload` asks it in an interpreter that has
# seen nothing of this notebook, and raises an error if an answer there differs from the model's here.

# %% alt="Each of the two reviews, its words coloured by what they add in both halves"
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]
file = paths.models_dir(dataset.name) / "wide_and_deep.keras"
loaded = keras.models.load_model(file)
there = evaluation.reload({file: joint}, MY_REVIEWS)[file]
print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB, positive:", there[:, 1].round(4))
for review in MY_REVIEWS:
    fig, axs = plt.subplots(2, 1, figsize=(9, 2.1))
    words, effects = moved(loaded, review)
    own_odds = ask_halves(loaded, [review])[0]
    for ax, half, value, effect in zip(
        axs, ("wide", "deep"), own_odds, effects.T, strict=True
    ):
        plots.token_heatmap(words, effect, title=f"{half} half, {value:+.1f}", ax=ax)
    plt.show()

# %% [markdown]
# *What each word adds to the log-odds of* positive*, above in the wide half and below in the deep one.*
#
# ## Verdict

# %% alt="Accuracy of all models so far with their intervals, this notebook's highlighted"
stems = ["tfidf_lr", "nbsvm", "ffnn", "dan", "lstm_attention"]
if not small:
    stems += ["rnn_relu", "rnn_tanh", "rnn", "lstm", "bilstm", "gru", "cnn", "dcnn"]
    stems += ["transformer", "transformer_modern", "min_gru", "lru"]
so_far = [*evaluation.named("imdb", [*stems, "wide_and_deep"]).values(), together]
so_far.append(taught)
highlight = ["Wide and deep", "Wide and deep, taught", "average of the two"]
ax = plots.accuracy_dots(evaluation.table(so_far), highlight=highlight)
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %%
verb, points = against(both, together)
knows = {"is above": "knows more than", "is level with": "knows as much as"}
knows = knows.get(verb, "knows less than")
gained, by_points = against(together, alone)
yes = "They do" if gained == "is above" else "Not so that it would show"
better, by_dropout = against(both, runs["steps/wide_and_deep-sum"])
helps = {"is above": "That helps", "is level with": "That makes no sure difference"}
helps = helps.get(better, "That does not help")
evaluation.say(f"""
    **Do counting and reading know different things? {yes}**: the errors of an n-gram net and of an
    LSTM with attention correlate by {ours["likeness"]:.2f}, and the average of the two
    gains {by_points} over the better one. **Can one network know both? It {knows} that
    average** ({points}): {both.metrics["test"]["accuracy"]:.1%}, in one file of
    {both.metrics["model"]["file_mb"]:.1f} MB. Its trap is the sum: the half that counts gets to
    {heart:.1%} of the training reviews, and the half that reads is asked for what is left, and
    gets to {alone_in_sum["validation"]:.1%} on validation, where a model of its own gets to
    {own["validation"]:.1%}.
    Branch dropout makes each half answer alone now and then. {helps} ({by_dropout}). Taught by what
    the average answers instead of by labels, the same network has
    {taught.metrics["test"]["accuracy"]:.1%}, in the mean over seeds {over["mean"]:.1%}.
""")

# %% [markdown]
# ## Exercises
#
# 1. Train the wide half first, freeze it, and then the deep half on the sum (*boosting*). Expect the deep half
#    to starve as in the plain sum if you boost on train; boost on what the wide half says of reviews that it
#    was not trained on (five folds), and it doesn't.
# 2. Replace the sum by a gate: a small layer that sees both logits and the length of the review and weighs
#    them. Expect little: compare with what perfect judgement would reach, and with how hard it is to know who
#    is right.
#
# ## References
#
# - Cheng et al. (2016), *Wide & deep learning for recommender systems*.
# - Hinton, Vinyals & Dean (2015), *Distilling the knowledge in a neural network*.
# - Johnson & Zhang (2015), *Effective use of word order for text categorization with convolutional neural
#   networks*.
# - Mesnil, Mikolov, Ranzato & Bengio (2015), *Ensemble of generative and discriminative techniques for
#   sentiment analysis of movie reviews*.
# - Neverova, Wolf, Taylor & Nebout (2016), *ModDrop: adaptive multi-modal gesture recognition*.
# - Wang & Manning (2012), *Baselines and bigrams: simple, good sentiment and topic classification*.
# - Wang, Tran & Feiszli (2020), *What makes training multi-modal classification networks hard?*
