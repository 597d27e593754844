# %% [markdown]
# # 7 · Convolutional networks
#
# **Are a few telling phrases enough, wherever they stand?**
#
# Ask someone how they know that a review is a bad one, and they put a finger on a phrase: *waste of
# time*, *not even funny*. A convolutional network is made of such fingers. A few hundred small
# detectors look at every run of two, three or four words, and what is kept of each detector is how
# well it was met, not where. Nothing is carried from word to word, so all positions are computed at
# once; and nothing is known of words that stand further apart than a detector is wide. This notebook
# trains two such networks, reads back what their detectors look for, and then blacks out everything
# else to see whether it was needed.
#
# You need the IMDB reviews. A cell below says how long the trainings took.

# %% tags=["setup"]
SETUP

# %%
import inspect
import itertools
import random
import re
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Code

from lib import paths, text
from lib.progress import progress_bar

plots.style()
for name in ("cnn", "dcnn"):
    print(evaluation.cost("imdb", name))

# %%
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## The plain model
#
# First the tutorial's version. The first 200 words of each review become numbers; shorter reviews are
# filled up with zeros.

# %%
vectorizer = text.SequenceVectorizer(max_length=200, truncation="head")
vectorizer.fit(dataset.train.texts)
known = len(vectorizer.vocabulary) + 2  # 0 is padding, 1 any other word


def padded(texts):
    return keras.utils.pad_sequences(vectorizer.transform(texts), 200, padding="post")


ids = {part: padded(getattr(dataset, part).texts) for part in ("train", "validation")}
print("train", ids["train"].shape, "(reviews, words)")

# %% [markdown]
# A vector for each word; filters that look at three vectors at a time; of each filter the largest
# response; and a linear layer from these to the answer.

# %%
keras.utils.set_random_seed(0)
width, filters = (32, 16) if small else (100, 128)
plain = keras.Sequential(
    [
        keras.Input((None,), dtype="int32"),
        keras.layers.Embedding(known, width),
        keras.layers.Conv1D(filters, 3, padding="same", activation="relu"),
        keras.layers.GlobalMaxPooling1D(),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
plain.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
started = time.perf_counter()
labels = dataset.validation.labels
options = {"epochs": 1 if small else 4, "batch_size": 128, "verbose": 0}
options["validation_data"] = ids["validation"], labels
log = plain.fit(ids["train"], dataset.train.labels, **options)
seconds = time.perf_counter() - started
pd.DataFrame(log.history).rename_axis("epoch").rename(lambda e: e + 1).round(4)

# %%
first = evaluation.from_predictions(
    dataset,
    title="plain Keras, filters of three words",
    validation=plain.predict(ids["validation"], verbose=0),
    test=plain.predict(padded(dataset.test.texts), verbose=0),
    seconds=seconds,
)
best_epoch = int(np.argmin(log.history["val_loss"])) + 1
early = best_epoch < len(log.epoch)
learned = ": phrases, too, are soon learned by heart" if early else ""
evaluation.say(f"""
    After epoch {len(log.epoch)} the net is right on **{log.history["accuracy"][-1]:.1%}** of
    the reviews that it was trained on, on **{log.history["val_accuracy"][-1]:.1%}** of
    those of the validation part, and on **{first.metrics["test"]["accuracy"]:.4f}** of the
    test part. Its validation loss was smallest after epoch {best_epoch}{learned}.
""")

# %% [markdown]
# ## Padding is read as text
#
# The plain net has a fault that no accuracy shows. `Conv1D` and `GlobalMaxPooling1D` know nothing of
# padding, with `mask_zero=True` or without: to them, zeros are one more word, which has a vector, and
# to which filters respond. So what does the net say of a short review by itself, and what once it is
# filled up to 200 words? And how often is a filter met best by padding? The remedy is to take the maximum
# over words alone: in NumPy, and by our layer `MaskedMaxPooling1D`, which is given the mask.

# %%
lengths = (ids["validation"] > 0).sum(axis=1)
short = np.flatnonzero((lengths > 3) & (lengths < 150))[:300]
filled = plain.predict(ids["validation"][short], verbose=0)[:, 0]
alone = [
    plain.predict_on_batch(ids["validation"][[i], : lengths[i]])[0, 0]
    for i in progress_bar(short, desc="One by one")
]
listening = keras.Model(plain.inputs, plain.layers[1].output)
responses = listening.predict(ids["validation"][short], verbose=0)
mask = ids["validation"][short] > 0
of_words = np.where(mask[:, :, None], responses, -np.inf).max(axis=1)
pooled = models.pooling.MaskedMaxPooling1D()(responses, mask=mask)
assert np.allclose(pooled, of_words)
by_padding = (responses.max(axis=1) > of_words).mean()
moved, turned = np.abs(filled - alone), (filled > 0.5) != (np.array(alone) > 0.5)
harm = "little harm" if turned.mean() < 0.01 else "harm"
evaluation.say(f"""
    Filled up to 200 words, the {len(short)} reviews get another probability than alone: it
    moves by **{moved.mean():.3f}** on average and by {moved.max():.2f} at most, and
    **{turned.sum()}** answers change sides. In a review as short as these, the largest response
    of **{by_padding:.1%}** of the filters is one to padding; with the mask it can't be.
    Here that does {harm}; all the same, an answer should not hang on how many zeros stand
    behind a text.
""")

# %% [markdown]
# ## The network
#
# One filter of width 3 is a small matrix `(3, features)`. It is laid on every run of three word
# vectors, multiplied entry by entry and summed; what is negative becomes zero. With `x` the word
# vectors, `K` the filter and `b` its bias,
#
# $$r_t = \max\Big(0,\; b + \sum_{i=0}^{2}\sum_{j} K_{ij}\, x_{t-1+i,\,j}\Big).$$
#
# By hand, for a filter of even width, where one has to know on which side the longer half lies:

# %%
def convolve(x, kernel, bias):
    """Filter responses (time, filters) to x (time, features), zeros at both ends."""
    width = len(kernel)
    before = (width - 1) // 2
    around = np.pad(x, ((before, width - 1 - before), (0, 0)))
    windows = [around[t : t + width] for t in range(len(x))]
    return np.maximum([np.tensordot(w, kernel, axes=2) + bias for w in windows], 0)


x = np.random.default_rng(0).normal(size=(12, 8)).astype("float32")
layer = keras.layers.Conv1D(5, 4, padding="same", activation="relu")
theirs = np.asarray(layer(x[None]))[0]
off = np.abs(convolve(x, *layer.get_weights()) - theirs).max()
assert off < 1e-5
print("responses", theirs.shape, f"(time, filters), largest difference {off:.1e}")

# %% [markdown]
# Pooling over time makes one number of each filter's responses, and so a text of any length becomes a
# vector of one size (Kim 2014). The **largest** response says whether the phrase occurs; the **mean**
# how much of the text is like it. Our network has filters of three widths and takes both.

# %%
CNN, DCNN = {"names": "out"}, {"names": "out"}
if small:
    CNN |= {"filters": 16, "embedding_dim": 32}
    DCNN |= {"filters": (16, 16), "embedding_dim": 32}
cnn = models.build("cnn", dataset, **CNN)
Code(inspect.getsource(models.convolutional.cnn), language="python")

# %% alt="Diagram of the convolutional network, layer by layer with shapes"
plots.network(cnn.network, ax=plt.subplots(figsize=(13, 7))[1])
plt.show()

# %% [markdown]
# *Three convolutions of widths 2, 3 and 4 side by side on the same word vectors, each pooled in two
# ways. Dark boxes hold weights that are trained.*
#
# ## A second network: keep more than the maximum
#
# A single maximum forgets how often a phrase occurs, and in which order two of them do. The *dynamic*
# network (Kalchbrenner et al. 2014) stacks two convolutions and keeps several responses of each, by
# three devices. **Wide convolution**: windows may begin before the first word and end after the last,
# so a text of $s$ words gives $s + w - 1$ responses, and words at the edge are seen by all of a
# filter's rows. **Folding**: neighbouring features are added in pairs, so that half are left.

# %%
def convolve_wide(x, kernel, bias):
    """Responses (time + width - 1, filters), to every window that holds a word."""
    width = len(kernel)
    around = np.pad(x, ((width - 1, width - 1), (0, 0)))
    windows = [around[t : t + width] for t in range(len(x) + width - 1)]
    return np.array([np.tensordot(w, kernel, axes=2) + bias for w in windows])


layer = keras.layers.Conv1D(4, 3)
theirs = np.asarray(layer(np.pad(x, ((2, 2), (0, 0)))[None]))[0]
wide = convolve_wide(x, *layer.get_weights())
assert np.allclose(wide, theirs, atol=1e-5)
folded = wide[:, 0::2] + wide[:, 1::2]
print("words", x.shape, "-> wide", wide.shape, "-> folded", folded.shape)

# %% [markdown]
# **Dynamic k-max pooling**: of each feature the $k$ largest values are kept, in the order in which they
# stand in the text, where $k$ grows with the length $s$ of the text and shrinks with the level $l$ of
# $L$ levels:
#
# $$k_l = \max\Big(k_\text{top},\ \Big\lceil \frac{L - l}{L}\,s \Big\rceil\Big)$$
#
# By hand, on one feature of one short text with two steps of padding behind it:

# %%
def k_max(values, k):
    """The k largest values, in their order."""
    return values[np.sort(np.argsort(-values, kind="stable")[:k])]


values = np.array([0.2, 0.9, -0.3, 0.5, 0.7, 0.1, 9.0, 9.0], "float32")
words, level, levels, least = 6, 1, 2, 2  # the last two values are padding
k = max(least, int(np.ceil((levels - level) / levels * words)))
layer = models.pooling.DynamicKMaxPooling1D(level=level, levels=levels, top=least)
mask = np.arange(len(values))[None] < words
kept, _ = layer(values[None, :, None], mask=mask, lengths=np.array([words]))
assert np.array_equal(np.asarray(kept)[0, :k, 0], k_max(values[:words], k))
print(f"k = {k} of {words} words: {np.asarray(kept)[0, :k, 0]}, padding left alone")

# %%
dcnn = models.build("dcnn", dataset, **DCNN)
top = dcnn.options["top"]
survive = {
    f"{length} words": [max(top, -(-(2 - level) * length // 2)) for level in (1, 2)]
    for length in (10, 100, 400)
}
display(pd.DataFrame(survive, index=["kept after level 1", "kept after level 2"]))
Code(inspect.getsource(models.convolutional.dcnn), language="python")

# %% alt="Diagram of the dynamic convolutional network, layer by layer with shapes"
plots.network(dcnn.network)
plt.show()

# %% [markdown]
# *The dynamic network: convolution, folding (which has no weights and no box), dynamic k-max pooling,
# twice. What reaches the answer are a few values of each feature, in their order.*
#
# ## One ingredient at a time
#
# From the plain net to the published one. Dropout, Word2Vec, smoothed labels and the other parts of the
# protocol were taken apart in notebooks 3 and 5; here they are one step.

# %%
SIZES = {name: value for name, value in CNN.items() if name != "names"}
MAXIMUM = SIZES | {"kernel_sizes": (3,), "pooling": "max"}
BOTH = MAXIMUM | {"pooling": "max_and_mean"}
PLAIN = {"vectors": "random", "embedding_scale": 1.0, "word_dropout": 0.0}
PLAIN |= {"spatial_dropout": 0.0, "dropout": 0.0}
PLAIN |= {"max_length": 200, "truncation": "head"}
EPOCHS = 1 if small else 12
NOTHING = {"epochs": EPOCHS, "learning_rate": 1e-3, "ema_momentum": 0.0}
NOTHING |= {"weight_decay": 0.0, "clip_norm": None, "label_smoothing": 0.0}
PROTOCOL = {"epochs": EPOCHS, "learning_rate": 3e-3, "ema_momentum": 0.995}
STEPS = {
    "best epoch kept, maximum of words alone": (MAXIMUM | PLAIN, NOTHING),
    "+ the protocol, Word2Vec, head and tail": (MAXIMUM, PROTOCOL),
    "+ the mean beside the maximum": (BOTH, PROTOCOL),
    "+ names left out": (BOTH | {"names": "out"}, PROTOCOL),
    "+ widths 2, 3 and 4 instead of 3 alone": (CNN, PROTOCOL),
}
if small:
    STEPS = dict(list(STEPS.items())[-2:])

# %%
def measured(architecture, steps):
    """Train each step; its figures are kept, its weights are not."""
    results = []
    for number, (title, (build, fit)) in enumerate(steps.items(), start=1):
        how = {"build": build, "fit_options": fit, "notebook": "07_cnn"}
        name = f"{architecture}-{number}"
        run = training.measure(architecture, dataset, name=name, title=title, **how)
        results.append(run)
    return results


def read(table):
    """Say which steps change more than other test reviews could explain, in points."""
    found = {True: [], False: []}
    for step in table[table["from"] * table["to"] > 0].to_dict("records"):
        found[step["gain"] > 0].append(f"*{step['step']}* {step['gain']:+.1f}")
    gains, losses = ("; ".join(some) or "none" for some in (found[True], found[False]))
    sure = "More than the choice of test reviews explains are, in points"
    return f"{sure}, the gains: {gains}; the losses: {losses}."


# %% alt="Accuracy with its interval after each step from the plain net to the CNN"
steps = evaluation.ladder([first, *measured("cnn", STEPS)])
short_ones = ["gain", "from", "to", "training s"]
styled = steps.style.hide(axis="index").format(precision=4)
display(styled.format(precision=1, subset=short_ones, na_rep=""))
plots.steps(steps)
plt.show()
evaluation.say(f"""
    From {steps["accuracy"].iloc[0]:.4f} to **{steps["accuracy"].iloc[-1]:.4f}**.
    {read(steps)} The largest step is **{steps.set_index("step")["gain"].idxmax()}**.
""")

# %% [markdown]
# *Each dot is the accuracy on the test part with its 95 % interval; at the right, the points gained over
# the step before, with the interval of that difference. Dark dots gain or lose more than the choice of test reviews explains.*
#
# The same for the dynamic network: wider windows, then more than one value of each feature.

# %% alt="Accuracy with its interval of the dynamic network after each of its steps"
ONE = DCNN | {"top": 1}
DYNAMIC = {
    "windows of 4 and 3, one value kept": (ONE | {"kernel_sizes": (4, 3)}, PROTOCOL),
    "+ windows of 7 and 5": (ONE, PROTOCOL),
    "+ four values kept": (DCNN, PROTOCOL),
}
if small:
    DYNAMIC = dict(list(DYNAMIC.items())[-1:])
dynamic = evaluation.ladder(measured("dcnn", DYNAMIC))
plots.steps(dynamic)
plt.show()
evaluation.say(f"""
    The dynamic network goes from {dynamic["accuracy"].iloc[0]:.4f} to
    **{dynamic["accuracy"].iloc[-1]:.4f}**. {read(dynamic)}
""")

# %% [markdown]
# *As above, for the dynamic network.*
#
# ## Train and publish
#
# The last steps of both ladders are the published models.

# %%
trained = {"cnn": cnn, "dcnn": dcnn}
titles = {"cnn": "CNN", "dcnn": "Dynamic CNN"}
fitted = {
    name: training.fit(model, dataset, name=name, **PROTOCOL)
    for name, model in trained.items()
}
fitted["cnn"].table().round(4)

# %% alt="Train and validation accuracy of both networks by epoch"
fig, both = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for ax, name in zip(both, trained, strict=True):
    plots.history(fitted[name].record, "accuracy", title=titles[name], ax=ax)
plt.show()

# %% [markdown]
# *Accuracy by epoch. On train it is measured while dropout is on, which makes it look worse than it is;
# the dotted line is the epoch whose weights were kept.*

# %%
for name, model in trained.items():
    evaluation.publish(
        model, dataset, fitted[name], name=name, title=titles[name], notebook="07_cnn"
    )
earlier = ["tfidf_lr", "nbsvm", "dan"] + ([] if small else ["bilstm"])
runs = evaluation.named("imdb", [*earlier, *trained])
table = evaluation.table(list(runs.values())).sort_values("accuracy", ascending=False)
columns = "model,accuracy,low,high,precision,recall,AUC,ECE,parameters,training s"
table[columns.split(",")].style.hide(axis="index").format(precision=4).format(
    "{:,.0f}", subset=["parameters", "training s"]
)

# %%
pairs = [("cnn", "dcnn"), *(("cnn", other) for other in reversed(earlier))]
differences = evaluation.differences(runs, pairs)
for row in differences.to_dict("records"):
    more = "more" if row["low"] * row["high"] > 0 else "no more"
    evaluation.say(f"""
        {row["pair"]}: **{100 * row["difference"]:+.1f}** points
        ({100 * row["low"]:+.1f} to {100 * row["high"]:+.1f}), {more} than the choice of test reviews explains.
    """)

# %% [markdown]
# The same recipes from other random seeds, to see how much of that is the luck of the draw:

# %%
for name in list(trained)[-1 if small else 0 :]:
    training.repeat(dataset, name, seeds=(1,) if small else (1, 2))
spread = evaluation.spread([runs[name] for name in trained])
for row in spread.to_dict("records"):
    evaluation.say(f"""
        {row["model"]}: mean **{row["mean"]:.4f}** over {row["seeds"]} seeds, from
        {row["lowest"]:.4f} to {row["highest"]:.4f}; published is the seed that was fixed
        beforehand, {row["published"]:.4f}.
    """)

# %% [markdown]
# ## An answer, taken apart
#
# Behind the pooling stands a single linear layer. So the log-odds of *positive* are a sum over filters,
# and, as each maximum was won by one window and each mean is a sum over windows, they are also a **sum
# over windows** of the text, without any approximation: what a window adds is the weight of each
# filter that it wins, times the response, and its share in every mean.

# %%
network, widths = cnn.network, cnn.options["kernel_sizes"]
listen = keras.Model(
    network.input, [network.get_layer(f"words_{size}").output for size in widths]
)
kernel, bias = network.get_layer("logits").get_weights()
push = (kernel[:, 1] - kernel[:, 0]).reshape(len(widths), 2, -1)  # of maximum and mean


def take_apart(row):
    """Where each filter is met best, how well, and what each window adds."""
    heard = np.stack([np.asarray(r)[0] for r in listen(row[None])])
    where, best = heard.argmax(axis=1), heard.max(axis=1)  # of (width, time, filter)
    added = np.einsum("wtf,wf->wt", heard, push[:, 1]) / len(row)
    np.add.at(added, (np.arange(len(widths))[:, None], where), push[:, 0] * best)
    return where, best, added.sum(axis=0)


rows = cnn.vectorizer.transform(dataset.validation.texts)
taken = [take_apart(row) for row in progress_bar(rows, desc="Taking apart")]
where, best, added = zip(*taken, strict=True)
where, best = np.stack(where), np.stack(best)  # (review, width, filter)
print("best responses", best.shape, "(reviews, widths, filters)")

# %% alt="One mixed review, its words coloured by what the windows around them add to the answer"
logits = cnn.logits_of_rows(rows)
sums = np.array([one.sum() for one in added]) + bias[1] - bias[0]
off = np.abs(sums - (logits[:, 1] - logits[:, 0])).max()
assert off < 1e-3
print(f"largest difference from the network's own log-odds: {off:.1e}")
MIXED = (
    "The first hour is great: tense, well acted and beautifully shot. Then the story "
    "falls apart, the twist makes no sense and the ending is a waste of time. I loved "
    "the camera work, but in the end I was only bored and disappointed."
)
spoken = cnn.vectorizer.read([MIXED])[0]
evidence = take_apart(cnn.vectorizer.transform([MIXED])[0])[2]
sure = cnn.predict_proba([MIXED])[0, 1]
plots.token_heatmap(spoken, evidence, title=f"positive with probability {sure:.2f}")
plt.show()

# %% [markdown]
# *What the windows around each word add to the log-odds of* positive*: blue pulls towards* positive*,
# orange (in italics) towards* negative*. A window of width 2 begins at its word, one of width 3 or 4 a
# word before.*
#
# ## What the filters look for
#
# Which filters matter? Those whose weight is large *and* whose response differs between positive and
# negative reviews: importance is weight in the last layer times the difference of mean responses. For
# the most important ones, here are the windows of real validation reviews that excite them most; a
# dot stands for a word outside the vocabulary.

# %%
apart = best[labels == 1].mean(axis=0) - best[labels == 0].mean(axis=0)
importance = push[:, 0] * apart  # (width, filter)
reviews = [
    ["·" if i == 1 else word for word, i in zip(review, row, strict=True)]
    for review, row in zip(cnn.vectorizer.read(dataset.validation.texts), rows, strict=True)
]


def window(review, size, at):
    """The words that a filter of this width sees at a position, fewer at the edges."""
    begin = at - (size - 1) // 2
    return reviews[review][max(0, begin) : begin + size]


def favourites(w, f, count=5):
    """The windows that excite a filter most, over all reviews, each once."""
    loudest = np.argsort(-best[:, w, f])[:200]
    seen = (" ".join(window(i, widths[w], where[i, w, f])) for i in loudest)
    return " | ".join(list(dict.fromkeys(seen))[:count])


# %%
order = np.argsort(-importance, axis=None)
ranked = list(zip(*np.unravel_index(order, importance.shape), strict=True))
lines = []
for side, sign in {"positive": 1, "negative": -1}.items():
    for w, f in [at for at in ranked if sign * push[at[0], 0, at[1]] > 0][:6]:
        line = {"pulls towards": side, "width": widths[w], "filter": f}
        line |= {"importance": importance[w, f], "is met best by": favourites(w, f)}
        lines.append(line)
found = pd.DataFrame(lines).style.hide(axis="index").format(precision=2)
found.set_properties(**{"text-align": "left"})

# %% [markdown]
# Each line is one detector. Do they hold negations, which a single word can't express? Counted is how
# often the best window of a filter in a review holds one (*not*, *never*, *no*, *without*, *don't* ...),
# for the tenth of the filters that matters most, beside the share of all windows that do.

# %%
NEGATION = evaluation.error_analysis.NEGATION
usual, holds = np.zeros(len(widths)), np.zeros(best.shape[1:])
for number, review in enumerate(reviews):
    for w, size in enumerate(widths):
        windows = [window(number, size, t) for t in range(len(review))]
        has = np.array([any(map(NEGATION.fullmatch, some)) for some in windows])
        usual[w] += has.mean() / len(reviews)
        holds[w] += has[where[number, w]] / len(reviews)
weighty = importance >= np.quantile(importance, 0.9)
most = np.unravel_index(holds.argmax(), holds.shape)
ratio = holds[weighty].mean() / usual.mean()
often = "more" if ratio > 1.1 else "less" if ratio < 0.9 else "hardly more or less"
evaluation.say(f"""
    The filters that matter most settle on a window with a negation in
    **{holds[weighty].mean():.1%}** of the reviews, {often} often than by chance: of all
    windows {usual.mean():.1%} hold one. The filter that does so most, in {holds[most]:.0%} of the reviews,
    is {widths[most[0]]} words wide, pulls towards
    *{"positive" if push[most[0], 0, most[1]] > 0 else "negative"}*, and is met best by:
    *{favourites(*most, 6)}*.
""")

# %% [markdown]
# ## *Good* and *not good*
#
# A filter of width 2 can see *not good* as one thing. Does it? Here is what *not* adds to the log-odds in
# short sentences, before words of praise and words of blame, with nothing, *very*, *at all* and so on in
# between: the part of the log-odds that comes from the filters of each width, minus the same with the
# word *not* made unknown. A net that composes takes from praise and gives to blame; one that merely
# dislikes *not* takes from both.

# %%
BETWEEN = ["", "very ", "at all ", "what i'd call ", "what you might call "]
behaviour = evaluation.behaviour


def by_width(batch):
    """What the filters of each width add to the log-odds, mean over texts."""
    heard = [np.asarray(responses) for responses in listen(batch)]
    both = [(h.max(axis=1), h.mean(axis=1)) for h in heard]
    added = [(np.stack(b, 1) * p).sum((1, 2)) for b, p in zip(both, push, strict=True)]
    return np.mean(added, axis=1)


effects = {}
for kind, adjectives in {"praise": behaviour.GOOD, "blame": behaviour.BAD}.items():
    for gap, filler in enumerate(BETWEEN):
        pairs = itertools.product(behaviour.THINGS, adjectives)
        asked = [f"The {thing} was not {filler}{word}." for thing, word in pairs]
        batch = np.stack(cnn.vectorizer.transform(asked))
        without = batch.copy()
        without[:, 3] = 1  # the fourth word is "not"
        effects[kind, gap] = by_width(batch) - by_width(without)
effects = pd.DataFrame(effects, index=[f"width {size}" for size in widths])

# %% alt="What *not* adds to the log-odds before praise and blame, by distance and width"
fig, both = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for ax, kind in zip(both, ("praise", "blame"), strict=True):
    curves = {w: (range(len(BETWEEN)), effects.loc[w, kind]) for w in effects.index}
    labelled = {"xlabel": "words in between", "title": f"before words of {kind}"}
    plots.lines(curves, ylabel="added by “not”, log-odds", **labelled, ax=ax)
    ax.axhline(0, color="0.6", lw=1)
    ax.set_xticks(range(len(BETWEEN)))
both[1].set_ylabel("")
both[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Mean over eight things and eight adjectives. Below zero,* not *pulls towards* negative*. A filter of
# width $w$ sees both words if at most $w - 2$ stand between them.*

# %%
turns = (effects["blame"] - effects["praise"]) / 2  # what hangs on the word negated
dislike = (effects["blame"] + effects["praise"]) / 2  # what doesn't
beside, far = turns[0].sum(), turns.iloc[:, 3:].sum().mean()
composes = beside > max(0.1, 2 * far)
each = ", ".join(f"{value:+.2f} ({w})" for w, value in turns[0].items())
evaluation.say(f"""
    Directly before its adjective, *not* adds {effects["praise"][0].sum():+.2f} to the
    log-odds where it negates praise and {effects["blame"][0].sum():+.2f} where it negates
    blame. Half of the difference, **{beside:+.2f}**, hangs on the word that is negated (by
    width: {each}); their mean, {dislike[0].sum():+.2f}, is *not* as such, whatever follows.
    With three or four words in between, where no filter sees both, {far:+.2f} hangs on the
    word. So the filters {"do tell" if composes else "hardly tell"} *good* from *not good*
    {"where the two words stand side by side" if composes else "even side by side"}.
""")

# %% [markdown]
# ## Is the rest of the review needed?
#
# Now the question of the title, asked in two ways. **A few phrases**: leave of each validation review only
# the windows that add most to its log-odds, to either side, make every other word unknown, and ask the
# network again. Beside it, as many windows drawn by lot.

# %%
def blacked_out(row, windows):
    """The review with words t - 1 to t + 2 of these windows; the rest is unknown."""
    left = np.ones_like(row)
    for t in windows:
        seen = slice(max(0, t - 1), t + 3)
        left[seen] = row[seen]
    return left


draw = np.random.default_rng(0)
LEFT = (1, 2, 4, 8, 16, 32)
choose = {
    "that add most": lambda parts, k: np.argsort(-np.abs(parts))[:k],
    "drawn by lot": lambda parts, k: draw.permutation(len(parts))[:k],
}
answers, visible = {}, {}
for kind, k in progress_bar([*itertools.product(choose, LEFT)], desc="Blacking out"):
    pick = choose[kind]
    some = [blacked_out(r, pick(parts, k)) for r, parts in zip(rows, added, strict=True)]
    answers[kind, k] = cnn.logits_of_rows(some).argmax(axis=1)
    visible[kind, k] = np.mean([(row != 1).sum() for row in some])

# %% alt="Validation accuracy by the number of windows that are left of each review"
whole = logits.argmax(axis=1)
curves = {
    kind: (LEFT, [(answers[kind, k] == labels).mean() for k in LEFT]) for kind in choose
}
ax = plots.lines(curves, xlabel="windows of four words left", ylabel="validation accuracy")
ax.axhline((whole == labels).mean(), color="0.3", lw=1.5, ls=":", label="whole reviews")
ax.set_xscale("log", base=2)
ax.set_xticks(LEFT, LEFT)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
FEW = 8
same = {kind: (answers[kind, FEW] == whole).mean() for kind in choose}
alone = (answers["that add most", 1] == whole).mean()
evaluation.say(f"""
    With the {FEW} windows that add most, {visible["that add most", FEW]:.0f} known words of
    {np.mean([(row != 1).sum() for row in rows]):.0f}, the network answers as on the whole
    review in **{same["that add most"]:.1%}** of the cases and is right on
    {(answers["that add most", FEW] == labels).mean():.1%}, against
    {(whole == labels).mean():.1%} on whole reviews. With as many windows drawn by lot it
    answers alike in {same["drawn by lot"]:.1%}; with the one that adds most in {alone:.1%}.
""")

# %% [markdown]
# *Accuracy when all but a few windows of each review are made unknown. They are chosen by what they add
# to either side, without a look at the label.*
#
# **Wherever they stand**: shuffle the sentences of each review, then all of its words. Only reviews that
# are read whole take part. The averaging network of notebook 3 is the yardstick: to it, nothing changes.

# %%
END = re.compile(r"(?<=[.!?])\s+|<br />")
whole_read = [i for i, row in enumerate(rows) if len(row) < cnn.vectorizer.max_length]
written = [dataset.validation.texts[i] for i in whole_read]
cut = {
    "sentences shuffled": [[s for s in END.split(one) if s] for one in written],
    "words shuffled": [text.light(one).split() for one in written],
}
lot = random.Random(0)
versions = {"as written": written} | {
    version: [" ".join(lot.sample(parts, len(parts))) for parts in pieces]
    for version, pieces in cut.items()
}
readers = trained | {name: models.load(runs[name].model_file) for name in earlier[2:]}
said = {}
for name, model in readers.items():
    told = {v: model.predict_logits(t).argmax(axis=1) for v, t in versions.items()}
    said[runs[name].metrics["title"]] = told

# %%
said = pd.DataFrame(said).T  # models by versions, an array of answers in each cell
accuracy = said.map(lambda answer: (answer == labels[whole_read]).mean())
alike = said.apply(lambda row: [(a == row["as written"]).mean() for a in row], axis=1)
alike = pd.DataFrame(alike.tolist(), said.index, said.columns)
both = {"accuracy": accuracy, "same answer as before": alike.iloc[:, 1:]}
display(pd.concat(both, axis=1).style.format("{:.1%}"))
moved_to, mixed = alike.loc["CNN", ["sentences shuffled", "words shuffled"]]
lost = 100 * (accuracy["words shuffled"] - accuracy["as written"])
others_lost = ", ".join(f"{m} {points:+.1f}" for m, points in lost.items() if m != "CNN")
matters = "hardly matters" if moved_to > 0.97 else "matters a little"
matters = matters if moved_to > 0.9 else "matters"
evaluation.say(f"""
    With its sentences shuffled, **{moved_to:.1%}** of {len(written):,} reviews get the same
    answer from the CNN as before: *where* a phrase stands {matters} to it. With all words
    shuffled {mixed:.1%} do, and its accuracy changes by {lost["CNN"]:+.1f} points: so much
    hung on the order of words *within* phrases. The others' accuracy changes thus:
    {others_lost}.
""")

# %% [markdown]
# And the dynamic network, which keeps four values of each feature *in their order*: does its answer depend
# on that order? Put them into another one, in the trained network.

# %%
kinds = {type(layer).__name__: layer for layer in dcnn.network.layers}
before = keras.Model(dcnn.network.input, kinds["Flatten"].input)
strongest = before.predict(dcnn.vectorizer.collate(rows), batch_size=128, verbose=0)
weights, offset = dcnn.network.get_layer("logits").get_weights()


def right(order):
    """Validation accuracy with the values of each feature in this order."""
    scores = strongest[:, list(order)].reshape(len(rows), -1) @ weights + offset
    return (scores.argmax(axis=1) == labels).mean()


orders = pd.Series({order: right(order) for order in itertools.permutations(range(top))})
in_order, others = orders.iloc[0], orders.iloc[1:]
tells = "something" if in_order - others.mean() > 0.005 else "next to nothing"
evaluation.say(f"""
    In their order, the {top} values of {strongest.shape[2]} features give
    **{in_order:.1%}** on validation; in the {len(others)} other orders from
    {others.min():.1%} to {others.max():.1%}, on average {others.mean():.1%}. The order of
    the strongest responses tells this network {tells}.
""")

# %% [markdown]
# ## The probe sentences

# %% alt="Probability of positive that each model gives to each of twelve probe sentences"
probes, expected = evaluation.probe_table(runs)
fig, ax = plt.subplots(figsize=(11, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
solved = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0)
for title in titles.values():
    pairs_solved = [
        kind
        for at, kind in enumerate(["opposite words", "negation", "contrast"])
        if solved[title].iloc[2 * at : 2 * at + 2].all()
    ]
    evaluation.say(f"""
        {title}: {solved[title].sum()} of {len(probes)} right; of the three pairs it solves
        {" and ".join(pairs_solved) or "none"}.
    """)

# %% [markdown]
# *Probability of* positive*; blue-violet above one half, orange below. The sign behind a sentence is the
# right answer, a cross marks a wrong one. The first six sentences are three pairs: opposite words,
# negation, and contrast. The two sentences of the latter pairs hold the same words in another order; the
# contrast hangs on* but *and on an adjective five words behind it, and no filter of width 4 sees both. A
# dozen sentences are for looking at, not for ranking models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text. This is all that another program needs (beside `import lib.models`, which
# tells Keras about our layers):

# %%
file = paths.models_dir(dataset.name) / "cnn.keras"
loaded = keras.models.load_model(file)
print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB, classes {loaded.label_names}")
loaded.predict_proba(["I fell asleep halfway through."]).round(4)

# %% alt="Each of the two reviews, its words coloured by what they add to the answer"
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]
for review in MY_REVIEWS:
    positive = loaded.predict_proba([review])[0, 1]
    plots.token_heatmap(
        *evaluation.explain.occlusion(loaded, review),
        title=f"positive with probability {positive:.2f}",
    )
    plt.show()

# %% [markdown]
# *Blue words pull towards* positive*, orange ones (in italics) towards* negative*: the change of the
# log-odds when the word is made unknown.*
#
# The same in an interpreter that has seen nothing of this notebook; `reload` raises an error if an answer
# there differs from the model's here.

# %%
files = {paths.models_dir(dataset.name) / f"{n}.keras": m for n, m in trained.items()}
there = evaluation.reload(files, MY_REVIEWS)
{path.name: answer[:, 1].round(4).tolist() for path, answer in there.items()}

# %% [markdown]
# ## Verdict

# %% alt="Accuracy of the models so far with their intervals, those of this notebook highlighted"
names = ["tfidf_lr", "nbsvm", "ffnn", "dan"]
names += [] if small else ["rnn", "lstm", "bilstm", "gru"]
so_far = evaluation.named("imdb", [*names, *trained])
ax = plots.accuracy_dots(evaluation.table(so_far.values()), highlight=titles.values())
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %% [markdown]
# *Accuracy on the 25,000 test reviews with its 95 % interval. Left out are the two recurrent nets of
# notebook 4 that see the last state only.*

# %%
scores = {name: run.metrics["test"]["accuracy"] for name, run in so_far.items()}
leader = max(names, key=scores.get)
low, high = evaluation.gap(so_far["cnn"], so_far[leader])["ci95"]
against = "beats" if low > 0 else "is level with" if high >= 0 else "stays below"
least = min(same["that add most"], moved_to)
enough = "Yes" if least > 0.97 else "Nearly" if least > 0.9 else "Not quite"
speed = so_far["cnn"].metrics["inference"]["texts_per_second"]
evaluation.say(f"""
    **Are a few telling phrases enough, wherever they stand? {enough}.** With {FEW} windows
    of four words left, the CNN answers as on the whole review in
    {same["that add most"]:.1%} of the cases, and with shuffled sentences in
    {moved_to:.1%}. What it reaches that way, {scores["cnn"]:.1%} on the test part,
    {against} the best of the earlier models ({so_far[leader].metrics["title"]},
    {scores[leader]:.1%}); the dynamic network, which keeps more than the maximum, reaches
    {scores["dcnn"]:.1%}. The CNN answers {speed:,.0f} reviews a second. Side by side, *not*
    and its adjective are {"read as one phrase" if composes else "hardly read as one"}; of
    words that stand further apart than a filter is wide, no filter knows that they belong
    together.
""")

# %% [markdown]
# ## Exercises
#
# 1. Give the CNN filters of width 1 only (`"kernel_sizes": (1,)`): no phrases are left, only words. Expect
#    it to land near the averaging network of notebook 3, and *not* to have the same effect before praise and
#    blame in the figure above.
# 2. Leave only the *least* important half of each review (`np.argsort(np.abs(...))` without the minus) and ask
#    the network again. Expect an accuracy well below that of whole reviews, but well above one half: praise
#    and blame are spread all over a review.
#
# ## References
#
# - Collobert et al. (2011), *Natural language processing (almost) from scratch*.
# - Jacovi, Sar Shalom & Goldberg (2018), *Understanding convolutional neural networks for text
#   classification*, who read filters as we do here.
# - Kalchbrenner, Grefenstette & Blunsom (2014), *A convolutional neural network for modelling sentences*.
# - Kim (2014), *Convolutional neural networks for sentence classification*.
# - Zhang & Wallace (2017), *A sensitivity analysis of (and practitioners' guide to) convolutional neural
#   networks for sentence classification*.
