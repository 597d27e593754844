# %% [markdown]
# # 9 · Transformer
#
# **What does attention from every word to every word buy, and what does it cost?**
#
# A recurrence hands what it knows from word to word; what was read first has gone through hundreds of
# hands at the end. In a Transformer (Vaswani et al. 2017) every word looks at every other directly,
# all at once. The price is a table with a cell for each *pair* of words, and a network that by itself
# can't tell a text from the same words in another order. The large language models of today are built
# on this layer. Here it is built by hand, trained on film reviews, taken from the design of 2017 to
# that of 2024 one step at a time, and then opened: what do its heads look at?
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
import seaborn as sns
from IPython.display import Code, display
from keras import layers, ops
from matplotlib.ticker import LogLocator, MaxNLocator
from scipy.special import erf, softmax
from sklearn.feature_extraction.text import CountVectorizer

from lib import paths, text
from lib.progress import progress_bar

plots.style()
for name in ("transformer", "transformer_modern"):
    print(evaluation.cost("imdb", name))

# %% [markdown]
# The data, and all that isn't a default of the two models that this notebook publishes:

# %%
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
TITLES = {"transformer": "Transformer", "transformer_modern": "Transformer, modern"}
WORDS = {"names": "out", "embedding_scale": 1.0, "word_dropout": 0.3}
BUILD = {"transformer": WORDS, "transformer_modern": WORDS | {"embedding_dim": 96}}
FIT = {"epochs": 5, "batch_size": 64, "learning_rate": 1e-3, "ema_momentum": 0.995}
FIT |= {"patience": 2}
SEEDS = {"transformer": (1, 2), "transformer_modern": (1, 2)}  # besides the published
if small:
    narrow = {"embedding_dim": 32, "feed_forward": 32}
    BUILD = {name: build | narrow for name, build in BUILD.items()}
    BUILD["transformer_modern"] |= {"window": 4}
    FIT |= {"epochs": 1}
    SEEDS = {}
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## The plain model
#
# First without this project's machinery, in the style of the examples in Keras's documentation: the
# first 200 words of a review; a vector for each word and one for each of the 200 places, added; one
# *block*, that is attention and a small dense net; then the average over all places.

# %%
LENGTH = 200


def plain_transformer(width=32, heads=2):
    """A Transformer block for classification as one finds it in tutorials."""
    ids = keras.Input((LENGTH,), dtype="int32")
    places = ops.cumsum(ops.ones_like(ids), axis=1) - 1  # 0, 1, 2, ...
    x = layers.Embedding(20_000, width)(ids) + layers.Embedding(LENGTH, width)(places)
    attended = layers.MultiHeadAttention(heads, width)(x, x)
    x = layers.LayerNormalization()(x + layers.Dropout(0.1)(attended))
    hidden = layers.Dense(width)(layers.Dense(32, activation="relu")(x))
    x = layers.LayerNormalization()(x + layers.Dropout(0.1)(hidden))
    x = layers.Dropout(0.1)(layers.GlobalAveragePooling1D()(x))
    x = layers.Dropout(0.1)(layers.Dense(20, activation="relu")(x))
    return keras.Model(ids, layers.Dense(1, activation="sigmoid")(x))


# %%
reader = text.SequenceVectorizer().fit(dataset.train.texts)
cut = {"maxlen": LENGTH, "padding": "post", "truncating": "post"}
arrays = {
    part: keras.utils.pad_sequences(
        reader.transform(getattr(dataset, part).texts), **cut
    )
    for part in ("train", "validation", "test")
}
keras.utils.set_random_seed(0)
plain = plain_transformer()
plain.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
validation = arrays["validation"], dataset.validation.labels
options = {"epochs": 1 if small else 3, "batch_size": 32, "verbose": 0}
started = time.perf_counter()
log = plain.fit(
    arrays["train"], dataset.train.labels, validation_data=validation, **options
).history
plain_seconds = time.perf_counter() - started
pd.DataFrame(log).rename_axis("epoch").rename(lambda e: e + 1).round(4)

# %%
first = evaluation.from_predictions(
    dataset,
    title="plain Keras, 200 words",
    validation=plain.predict(arrays["validation"], verbose=0),
    test=plain.predict(arrays["test"], verbose=0),
    seconds=plain_seconds,
)
best = int(np.argmin(log["val_loss"])) + 1
evaluation.say(f"""
    The plain block reaches **{first.metrics["test"]["accuracy"]:.4f}** on the test part. After its
    last epoch it is right on {log["accuracy"][-1]:.1%} of the reviews that it was trained on and on
    {log["val_accuracy"][-1]:.1%} of the validation reviews; its validation loss was smallest after
    epoch {best} of {len(log["loss"])}.
""")

# %% [markdown]
# ## Attention by hand
#
# Each word asks a question $q$, offers a key $k$ and holds a value $v$; all three are linear in its
# vector. It receives the values of all words, weighted by how well their keys fit its question:
#
# $$\text{attention}(Q, K, V) = \text{softmax}\Big(\frac{QK^\top}{\sqrt{d}}\Big)V$$
#
# What the softmax gives is the *map*: row $i$ says how word $i$ shares out its attention, and sums
# to 1. Division by $\sqrt d$, with $d$ the length of a question, keeps the products from growing with
# $d$, which would make the softmax all or nothing. Several *heads* do this side by side, each with its
# own small $Q, K, V$; a last linear layer mixes what they bring. A *mask* sets the score of padding to
# minus infinity, so that nobody looks at it.

# %%
def attend(q, k, v, visible=True):
    """Attention on (..., words, features of a head): what it brings, and its maps."""
    scores = q @ k.swapaxes(-1, -2) / np.sqrt(q.shape[-1])
    maps = softmax(np.where(visible, scores, -np.inf), axis=-1)
    return maps @ v, maps


def attention_by_hand(x, mask, weights):
    """Self-attention on x (batch, words, features), weights as Keras has them."""
    *parts, w_out, b_out = weights
    q, k, v = (
        np.einsum("btf,fhd->bhtd", x, w) + b[:, None]
        for w, b in zip(parts[::2], parts[1::2], strict=True)
    )
    brought, maps = attend(q, k, v, mask[:, None, None, :])
    return np.einsum("bhtd,hdf->btf", brought, w_out) + b_out, maps


# %%
draw = np.random.default_rng(0)
x = draw.normal(size=(2, 6, 8)).astype("float32")  # two texts of six and four words
mask = np.arange(6) < np.array([[6], [4]])
layer = layers.MultiHeadAttention(2, 4, bias_initializer="random_normal")
theirs = layer(x, x, attention_mask=mask[:, None], return_attention_scores=True)
ours = attention_by_hand(x, mask, layer.get_weights())
for what, mine, keras_has in zip(("output", "maps"), ours, theirs, strict=True):
    assert np.allclose(mine, keras_has, atol=1e-5)
    off = np.abs(mine - keras_has).max()
    print(f"{what} {mine.shape}: largest difference from Keras {off:.0e}")
print("how a word of the second text shares out:", ours[1][1, 0, 0].round(2))
order, everything = draw.permutation(6), np.ones((2, 6), bool)
straight, _ = attention_by_hand(x, everything, layer.get_weights())
mixed, _ = attention_by_hand(x[:, order], everything, layer.get_weights())
assert np.allclose(straight[:, order], mixed, atol=1e-5)
off = np.abs(straight[:, order] - mixed).max()
print(f"words in the order {order}: largest difference, unshuffled, {off:.0e}")

# %% [markdown]
# ## Where is a word?
#
# The last line says that nothing in these formulas knows which word comes first: shuffle the words, and
# the outputs are the same ones, shuffled. So positions have to be told. Three ways:
#
# - **sinusoids** (2017): a fixed vector for each position, sines and cosines of $p\,\theta_j$ with
#   rates $\theta_j$ from fast to slow, is added to the word's vector;
# - **learned positions**: the same with vectors that are trained, one for each position;
# - **rotary positions** (Su et al. 2021): nothing is added. Features of $q$ and of $k$ are taken in
#   pairs, as points of a plane, and turned by the angle $p\,\theta_j$. The product of two turned
#   vectors depends on the difference of their angles alone, hence on the *distance* of the words:
#   $R_m q \cdot R_n k = q \cdot R_{n-m} k$.

# %%
def turn(x, positions):
    """Turn x (..., words, features): a pair is feature j with feature j + half."""
    pairs = x.shape[-1] // 2
    angle = np.asarray(positions)[:, None] * 10_000.0 ** (-np.arange(pairs) / pairs)
    first, second = np.split(x, 2, axis=-1)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.concatenate([first * cos - second * sin, first * sin + second * cos], -1)


some = draw.normal(size=(1, 7, 2, 8)).astype("float32")  # (batch, words, heads, ...)
library = np.asarray(models.layers.turn(some)).swapaxes(1, 2)
assert np.allclose(library, turn(some.swapaxes(1, 2), range(7)), atol=1e-5)
q, k = draw.normal(size=(2, 1, 16))
places = [(3, 5), (40, 42), (300, 302), (3, 8), (40, 45), (300, 305)]
turned = {(m, n): (turn(q, [m]) @ turn(k, [n]).T).item() for m, n in places}
for (m, n), product in turned.items():
    print(f"question at {m:3}, key at {n:3}, {n - m} apart: product {product:.5f}")
assert np.isclose(turned[3, 5], turned[300, 302])

# %% [markdown]
# *One question and one key, put at different places: the same product wherever they stand, as long as
# their distance is the same.*
#
# ## The rest of a block
#
# **Layer normalisation** (Ba et al. 2016) brings each word's vector to mean 0 and variance 1 over its
# features, times a learned gain, plus a learned shift if there are biases:
# $y = g\,\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b$. It looks at one word only, so padding and
# the rest of the batch don't matter.
#
# **The feed-forward part** works on each word alone: into a wider layer and back. In 2017 that was one
# dense layer with ReLU. **GeGLU** (Shazeer 2020) has two, of which one, through GELU, a smooth ReLU,
# *gates* the other: $\big(xW_1 \odot \text{GELU}(xW_2)\big)W_3$.

# %%
def normalise(x, gain, shift=0.0, epsilon=1e-3):
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = (centred**2).mean(axis=-1, keepdims=True)
    return gain * centred / np.sqrt(variance + epsilon) + shift


def geglu(x, inside, gate, outside):
    through = x @ gate
    return (x @ inside * through * (1 + erf(through / np.sqrt(2))) / 2) @ outside


norm = layers.LayerNormalization(beta_initializer="random_normal")
one, two = layers.Dense(12, use_bias=False), layers.Dense(12, "gelu", use_bias=False)
back = layers.Dense(8, use_bias=False)
theirs = {"layer normalisation": norm(x), "GeGLU": back(one(x) * two(x))}
kernels = [dense.get_weights()[0] for dense in (one, two, back)]
ours = {"layer normalisation": normalise(x, *norm.get_weights())}
ours |= {"GeGLU": geglu(x, *kernels)}
for what, mine in ours.items():
    assert np.allclose(mine, theirs[what], atol=1e-5)
    print(f"{what}: largest difference from Keras {np.abs(mine - theirs[what]).max():.0e}")

# %% [markdown]
# **The residual stream.** Neither part replaces a word's vector, both *add* to it:
# $x \leftarrow x + \text{attention}(\text{norm}(x))$, then
# $x \leftarrow x + \text{feed-forward}(\text{norm}(x))$. What a word is at the end is what it was plus
# what each part wrote. So a gradient reaches the word vectors without passing through any part, and
# what each part contributes can be read off, as we will below. (The plain model normalises *after*
# each sum, as was done in 2017. Normalised *before* each part, deep stacks can be trained without a
# warm-up of the learning rate, Xiong et al. 2020.)
#
# That is all there is. A modern Transformer of one block, whole, in NumPy, from the ids of a text to its
# two logits:

# %%
def modern_by_hand(ids, weights, heads, window):
    table, gain, project, output, gain_2, inside, gate, outside, gain_3, w, b = weights
    x, here = table[ids], np.arange(len(ids))
    q, k, v = (
        part.reshape(len(ids), heads, -1).swapaxes(0, 1)  # (heads, words, features)
        for part in np.split(normalise(x, gain) @ project, 3, axis=-1)
    )
    near = np.abs(here[:, None] - here) <= window  # local attention
    brought, _ = attend(turn(q, here), turn(k, here), v, near)
    x = x + brought.swapaxes(0, 1).reshape(x.shape) @ output
    x = x + geglu(normalise(x, gain_2), inside, gate, outside)
    return normalise(x.mean(axis=0), gain_3) @ w + b


sizes = {"vocabulary_size": 50, "embedding_dim": 16, "embedding_scale": 1.0}
sizes |= {"blocks": 1, "heads": 2, "window": 2, "feed_forward": 24, "convolution": 0}
tiny = models.transformer.transformer_modern(**sizes)
tiny.set_weights([draw.normal(size=weight.shape) / 3 for weight in tiny.weights])
sentence = np.array([7, 3, 44, 9, 9, 21, 30])
by_hand = modern_by_hand(sentence, tiny.get_weights(), heads=2, window=2)
by_keras = np.asarray(tiny(sentence[None]))[0]
assert np.allclose(by_hand, by_keras, atol=1e-4)
off = np.abs(by_hand - by_keras).max()
print(f"by hand {by_hand}, by Keras {by_keras}, largest difference {off:.0e}")

# %% [markdown]
# ## Two Transformers
#
# `transformer` is the encoder of 2017, normalised before each part, with learned positions.
# `transformer_modern` follows ModernBERT (Warner et al. 2024): rotary positions, gated feed-forward,
# no biases, and **local attention in turn**, where every other block sees a *window* of words to
# either side only. A convolution of three words in front lets each word meet its neighbours before
# anybody attends (the Primer, So et al. 2021, has one inside attention). Each novelty is an option, so
# each can be measured alone.

# %% alt="Diagram of the Transformer of 2017, layer by layer with shapes"
source = inspect.getsource(models.transformer.transformer_modern)
display(Code(source, language="python"))
trained = {name: models.build(name, dataset, **BUILD[name]) for name in TITLES}
plots.network(trained["transformer"].network)
plt.show()
for name, model in trained.items():
    size = model.network.count_params()
    of_words = model.network.get_layer("embedding").count_params() / size
    print(f"{TITLES[name]}: {size:,} weights, {of_words:.0%} of them word vectors")

# %% [markdown]
# *The Transformer of 2017 from word ids, on top, to two logits; dark boxes hold weights that are trained.
# The line that passes boxes by is the residual stream. Only the average over the words makes one vector
# of a text. The modern one, whose source is above, has a convolution in front, no positions to add, and
# two layers side by side where this one has `Dense` with ReLU.*
#
# ## Train and publish
#
# Both are trained by the one protocol of this project (`training.fit`, opened in notebook 3); the best
# epoch is kept. Everything was chosen on validation; what was tried by hand is in `notebooks/logs/`.

# %% alt="Train and validation accuracy of both Transformers by epoch"
fitted = {name: training.fit(model, dataset, **FIT) for name, model in trained.items()}
for name, model in trained.items():
    labelled = {"name": name, "title": TITLES[name], "notebook": "09_transformer"}
    evaluation.publish(model, dataset, fitted[name], **labelled)
display(fitted["transformer_modern"].table().round(4))
fig, both = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for ax, name in zip(both, fitted, strict=True):
    plots.history(fitted[name].record, "accuracy", title=TITLES[name], ax=ax)
    ax.label_outer()
plt.show()
for name, history in fitted.items():
    kept, curves = history.record["best_epoch"], history.record["history"]
    evaluation.say(f"""
        {TITLES[name]}: kept is epoch {kept} of {len(curves["loss"])}. From the first epoch to the
        last, accuracy on the training reviews went from {curves["accuracy"][0]:.1%} to
        {curves["accuracy"][-1]:.1%}, on validation from {curves["val_accuracy"][0]:.1%} to
        {curves["val_accuracy"][-1]:.1%}.
    """)

# %% [markdown]
# *Accuracy by epoch; the table is the modern one's. Train accuracy is measured with dropout on; the dotted
# line is the epoch whose weights are kept.*
#
# ## From 2017 to 2024, one ingredient at a time
#
# The ladder starts from the plain model. Its second row is the published `transformer`: the plain one
# plus Word2Vec vectors, 400 words from head and tail, names left out, two wider blocks, normalisation
# before each part, and the training protocol. (What the ingredients that aren't a Transformer's buy, one by
# one, is measured in notebooks 3 and 5.) Then its positions are taken away, which says what they were
# worth, and the novelties come in, one a step. The last row is the published `transformer_modern`. The
# steps were listed before the test part was read, once a step.

# %%
OLD = {"positions": "none", "convolution": 0, "gated": False, "feed_forward": 256}
OLD |= {"window": None, "biases": True, "pooling": "mean"}
STEPS = {
    "without positions, 96 features": OLD,
    "+ rotary positions": {"positions": "rotary"},
    "+ convolution of 3 words": {"convolution": 3},
    "+ gated, half as wide": {"gated": True, "feed_forward": 128},
    "+ local attention in turn": {"window": 32},
}
if small:  # two steps, small
    STEPS = dict(list(STEPS.items())[:2])
    STEPS["without positions, 96 features"] |= {"feed_forward": 32, "blocks": 1}

# %%
measured, build = {}, BUILD["transformer_modern"]
for number, (title, changes) in enumerate(STEPS.items(), start=1):
    build = build | changes
    measured[title] = training.measure(
        "transformer_modern",
        dataset,
        name=f"transformer_modern-{number}",
        title=title,
        notebook="09_transformer",
        build=build,
        fit_options=FIT,
    )
published = evaluation.named("imdb", TITLES)
called = {"transformer": "Transformer of 2017", "transformer_modern": "+ no biases"}
old, modern = (
    dataclasses.replace(run, metrics=run.metrics | {"title": called[name]})
    for name, run in published.items()
)
steps = evaluation.ladder([first, old, *measured.values(), modern])
steps.style.hide(axis="index").format(precision=4).format(
    precision=1, subset=["gain", "from", "to", "training s"], na_rep=""
)

# %% alt="Accuracy with its interval after each step from the plain model to the modern one"
plots.steps(steps)
plt.show()


def listed(some):
    return "; ".join(f"*{row.step}* {row.gain:+.1f}" for row in some.itertuples()) or "none"


without, rotary = list(measured.values())[:2]
told = evaluation.gap(rotary, published["transformer"])
low, high = (100 * bound for bound in told["ci95"])
side = "better than" if low > 0 else "level with" if high >= 0 else "worse than"
evaluation.say(f"""
    From the plain model's {steps["accuracy"].iloc[0]:.4f} to
    **{steps["accuracy"].iloc[-1]:.4f}**. Steps that gain more than the choice of test reviews explains, in points:
    {listed(steps.query("`from` > 0"))}. Steps that lose more than the choice of test reviews explains:
    {listed(steps.query("to < 0"))}. The others move it by no more than the choice of test reviews explains. Rotary positions are
    **{side}** learned ones: {100 * told["difference"]:+.1f} points ({low:+.1f} to {high:+.1f}), all
    else alike but for the width of the vectors and the draw of attention's first weights.
""")

# %% [markdown]
# *Each dot is the accuracy on the test part with its 95 % interval; at the right, the points gained
# over the step before, with the interval of that difference. Dark dots gain or lose more than
# the choice of test reviews explains.*
#
# ## Results
#
# *precision* is the share of right answers among those that said *positive*, *recall* the share of
# positive reviews that were found; interval, AUC, log loss, ECE and McNemar's test are explained in
# notebook 2.

# %%
BASELINES = ["tfidf_lr", "nbsvm", "ffnn", "dan"] + ([] if small else ["bilstm"])
rival = BASELINES[-1]
runs = evaluation.named("imdb", [*BASELINES, *TITLES])
figures = evaluation.table(runs.values()).set_index("name")
columns = "model,accuracy,low,high,precision,recall,AUC,log loss,ECE,parameters"
columns = [*columns.split(","), "training s"]
ranked = figures[columns].sort_values("accuracy", ascending=False)
ranked.style.hide(axis="index").format(precision=4).format(
    "{:,.0f}", subset=["parameters", "training s"]
)

# %%
pairs = [("transformer_modern", "transformer"), ("transformer_modern", rival)]
pairs += [("transformer", rival), ("transformer_modern", "nbsvm")]
differences = evaluation.differences(runs, pairs)
for row in differences.to_dict("records"):
    certain = "more" if row["low"] * row["high"] > 0 else "no more"
    evaluation.say(f"""
        {row["pair"]}: **{100 * row["difference"]:+.1f}** points
        ({100 * row["low"]:+.1f} to {100 * row["high"]:+.1f}), {certain} than the choice of test reviews explains.
    """)
for name, some in SEEDS.items():  # vectors, weights, order and dropout drawn anew
    training.repeat(dataset, name, seeds=some)
spread = evaluation.spread([runs[name] for name in TITLES])
for row in spread.to_dict("records"):
    evaluation.say(f"""
        {row["model"]} from {row["seeds"]} random seeds: mean **{row["mean"]:.4f}**, from
        {row["lowest"]:.4f} to {row["highest"]:.4f}. Published is the seed that was fixed
        beforehand, whatever its rank: {row["published"]:.4f}.
    """)

# %% [markdown]
# ## What it costs
#
# Seconds of one training step (forward, backward, update) and of one prediction, on texts of one
# length, against the bidirectional LSTM of notebook 5. Each is taken three times, after one that isn't
# counted. Batches are as large as in practice: 64 texts. Above 400 words the maps of 64 texts would
# take gigabytes, so the Transformers get 16 texts of 800 words and 4 of 1,600, whose maps are just as
# large; the LSTM keeps its 64. All times are given *per text*. The vocabulary is small, so that it
# isn't the update of a large embedding that is timed. Measured here and now: another machine, above
# all one with a GPU, gives other numbers.

# %%
TEXTS = {20: 16, 40: 16, 80: 4} if small else {100: 64, 200: 64, 400: 64, 800: 16, 1600: 4}
LENGTHS = list(TEXTS)
COMMON = {"vocabulary_size": 2_000, "embedding_dim": 32 if small else 96}
RIVALS = {
    "Transformer": models.transformer.transformer(max_length=LENGTHS[-1], **COMMON),
    "modern": models.transformer.transformer_modern(**COMMON),
    "BiLSTM": models.recurrent.lstm(bidirectional=True, **COMMON),
}
loss = keras.losses.CategoricalCrossentropy(from_logits=True)
for network in RIVALS.values():
    network.compile("sgd", loss)

# %%
timings = []
cases = [(name, length) for name in RIVALS for length in LENGTHS]
for name, length in progress_bar(cases, desc="Timing"):
    network = RIVALS[name]
    number = max(TEXTS.values()) if name == "BiLSTM" else TEXTS[length]
    batch = draw.integers(2, 2_000, (number, length)).astype("int32")
    goal = np.eye(2, dtype="float32")[np.arange(number) % 2]
    for what in ("training", "prediction"):
        for repeat in range(4):
            started = time.perf_counter()
            if what == "training":
                network.train_on_batch(batch, goal)
            else:
                network.predict_on_batch(batch)
            taken = 1_000 * (time.perf_counter() - started) / number
            if repeat:  # the first one traces the graph
                timings.append((what, name, length, taken))
timings = pd.DataFrame(timings, columns=["what", "network", "words", "ms per text"])
by_case = timings.groupby(["what", "network", "words"])["ms per text"]
costs = by_case.agg(["min", "median", "max"])
costs["median"].unstack(["what", "network"]).round(2)

# %% alt="Milliseconds per text against its length, in training and in prediction, three networks"
same = {"hue": "network", "style": "network", "estimator": "median", "markers": True}
same |= {"errorbar": ("pi", 100), "err_style": "bars", "height": 3.8, "kind": "line"}
with plt.rc_context({"figure.constrained_layout.use": False}):
    grid = sns.relplot(timings, x="words", y="ms per text", col="what", **same)
grid.set(xscale="log", yscale="log", xlabel="words in a text").set_titles("{col_name}")
for ax in grid.axes.flat:
    ax.set_xticks(LENGTHS, [f"{n:,}" for n in LENGTHS])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
plt.show()

# %%
middle = costs["median"].unstack("words")
usual, longest = LENGTHS[-3], LENGTHS[-1]
times = middle.div(middle.xs("BiLSTM", level="network"), level="what")
growth = middle[longest] / middle[usual]
evaluation.say(f"""
    At {usual} words, a training step of the Transformer takes
    **{times.loc[("training", "Transformer"), usual]:.1f} times** as long per text as that of the
    BiLSTM, one of the modern Transformer {times.loc[("training", "modern"), usual]:.1f} times; in
    prediction {times.loc[("prediction", "Transformer"), usual]:.1f} and
    {times.loc[("prediction", "modern"), usual]:.1f} times. From {usual} to {longest:,} words the
    BiLSTM's training time per text grows {growth[("training", "BiLSTM")]:.1f}-fold, the
    Transformer's {growth[("training", "Transformer")]:.1f}-fold; growth with the length would be
    {longest // usual}-fold, with its square {(longest // usual) ** 2}-fold. Repeats of one step
    differ by a factor of {(costs["max"] / costs["min"]).max():.2f} where they differ most.
""")

# %% [markdown]
# *Milliseconds per text, both axes logarithmic; a marker is the median of three, the bar behind it goes
# from the fastest to the slowest. On such axes growth with the length rises one decade a decade,
# growth with its square two.*
#
# And memory, estimated from the shapes: what a training step must keep of one text until the gradient
# comes back. Of attention these are the maps, 4 bytes for each pair of words, head and block; of the
# BiLSTM four gates, the cell and the state, for each word, unit and direction. The window of the modern
# Transformer is a mask here, over a table that is computed whole, so it saves nothing; code that
# computed only what the window lets through would keep the last column.

# %%
chosen = trained["transformer_modern"].options
of_pair = 4 * chosen["blocks"] * chosen["heads"]  # bytes
of_word = 4 * 6 * 2 * RIVALS["BiLSTM"].get_layer("bilstm").forward_layer.units
n = pd.Index(LENGTHS, name="words").to_series()
half_local = of_pair * n * (n + n.clip(upper=2 * chosen["window"] + 1)) / 2
kept = pd.DataFrame({"maps": of_pair * n**2, "BiLSTM": of_word * n})
kept["maps, every other local"] = half_local
memory_times = kept["maps"] / kept["BiLSTM"]
epoch = figures["epoch s"]
evaluation.say(f"""
    {(kept / 1e6).round(2).to_markdown()}

    (Megabytes per text.) At {usual} words the maps take {memory_times[usual]:.1f} times what the
    BiLSTM keeps, at {longest:,} words {memory_times[longest]:.1f} times. When the models were
    trained, an epoch took {epoch["transformer"]:.0f} seconds for the Transformer,
    {epoch["transformer_modern"]:.0f} for the modern one and {epoch[rival]:.0f} for
    {figures["model"][rival]}.
""")

# %% [markdown]
# ## What order buys
#
# Now open the trained networks. First question: do they use the order of words at all? Shuffle the
# words of each validation review, within every three, within every ten, or all of them, and ask again.
# The deep averaging network of notebook 3 can't notice. A network that was trained on reviews as they
# are written meets texts here that nobody writes, so what it loses is not what order is *worth*; the
# step *without positions* above, which was trained without, says that.

# %%
RUNS = {"as written": 1, "in threes": 3, "in tens": 10, "all": 10_000}


def shuffled(row, run, rng):
    """A text's ids with the words shuffled within every `run` of them."""
    return np.concatenate(
        [rng.permutation(row[at : at + run]) for at in range(0, len(row), run)]
    )


folder, labels = paths.models_dir(dataset.name), dataset.validation.labels
others = dict.fromkeys(["dan", rival])
asked = {name: models.load(folder / f"{name}.keras") for name in others}
positive = {}  # probability, by model and by how much is shuffled
for name, model in (asked | trained).items():
    for title, run in RUNS.items():
        rng = np.random.default_rng(0)
        ids = model.vectorizer.transform(dataset.validation.texts)
        mixed = [shuffled(row, run, rng) for row in ids]
        logits = model.logits_of_rows(mixed)
        positive[figures["model"][name], title] = softmax(logits, axis=1)[:, 1]
positive = pd.DataFrame(positive)

# %% alt="Validation accuracy of the networks on reviews as written and shuffled ever more"
right = positive.gt(0.5).eq(labels == 1, axis=0).mean().unstack()[list(RUNS)]
curves = {title: (list(RUNS), values) for title, values in right.T.items()}
fig, ax = plt.subplots(figsize=(8, 3.6))
labelled = {"xlabel": "words shuffled", "ylabel": "accuracy", "marker": "o"}
plots.lines(curves, **labelled, ax=ax)
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
for title in curves:
    answers = positive[title].gt(0.5).astype(int)
    lost = evaluation.paired_bootstrap(labels, answers["all"], answers["as written"])
    low, high = (100 * bound for bound in lost["ci95"])
    moved = (positive[title]["all"] - positive[title]["as written"]).abs().mean()
    evaluation.say(f"""
        {title}: with all words shuffled, accuracy changes by **{100 * lost["difference"]:+.1f}**
        points ({low:+.1f} to {high:+.1f}), {"more" if low * high > 0 else "no more"} than chance;
        the probability of *positive* moves by {moved:.3f} on average.
    """)

# %% [markdown]
# *Accuracy of the trained networks on the validation reviews, their words shuffled within groups of
# three, of ten, or altogether.*
#
# What did the learned positions learn? Sinusoids of neighbouring positions resemble each other, so
# that *near* means something from the start. Nobody told the learned ones to.

# %% alt="Cosine similarity between every two position vectors, learned and sinusoidal"
network = trained["transformer"].network
learned = network.get_layer("positions").get_weights()[0]
rates = 10_000.0 ** (-np.arange(0, learned.shape[1], 2) / learned.shape[1])
angle = np.arange(len(learned))[:, None] * rates
vectors = {"learned": learned, "sinusoids": np.hstack([np.sin(angle), np.cos(angle)])}
fig, both = plt.subplots(1, 2, figsize=(9, 4))
next_to = {}
for ax, (title, table) in zip(both, vectors.items(), strict=True):
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    next_to[title] = np.diag(unit @ unit.T, 1).mean()
    drawn = ax.imshow(unit @ unit.T, cmap="Blues", vmin=0, vmax=1)
    ax.set(title=title, xlabel="position", ylabel="position")
    ax.grid(False)
fig.colorbar(drawn, ax=both, label="cosine", shrink=0.8)
plt.show()
of_words = network.get_layer("embedding").get_weights()[0][2:]
of_words = of_words * trained["transformer"].options["embedding_scale"]
longer = np.linalg.norm(learned, axis=1).mean() / np.linalg.norm(of_words, axis=1).mean()
evaluation.say(f"""
    A learned position vector is {longer:.2f} times as long as a word's. Neighbours have a cosine
    of {next_to["learned"]:.2f} on average, among sinusoids {next_to["sinusoids"]:.2f}; unrelated
    vectors would have 0.
""")

# %% [markdown]
# *Each square compares every two of the positions, the darker the more alike; white are those that are
# unrelated or opposite. Sinusoids of close positions make a dark band.*
#
# ## What a head looks at
#
# The maps of all heads of both networks on one short review. All share one colour scale; if each had
# its own, an even map would look as pointed as a pointed one.

# %%
def attention_reader(model):
    """Return a function from a text's ids to its maps (blocks, heads, words, words)."""
    network = model.network
    blocks = [part for part in network.layers if part.name.startswith("attention_")]
    handed = [keras.tree.flatten(block.input)[0] for block in blocks]
    inside = keras.Model(network.input, handed)

    def read(ids):
        maps = []
        for block, x in zip(blocks, inside(ids[None]), strict=True):
            if isinstance(block, models.layers.RotaryAttention):
                maps.append(block.attention_weights(x)[0])
            else:
                maps.append(block(x, x, return_attention_scores=True)[1][0])
        return np.stack(maps)

    return read


readers = {name: attention_reader(model) for name, model in trained.items()}

# %% alt="Attention maps of four heads in two blocks of both networks on one short review"
REVIEW = "The opening is superb, the cast is strong, but the ending is not good at all."
maps = []
for name, model in trained.items():
    maps.extend(readers[name](model.vectorizer.transform([REVIEW])[0]))
read_as = trained["transformer"].vectorizer.read([REVIEW])[0]
titles = [f"{title}, block {block}" for title in TITLES.values() for block in (1, 2)]
scale = {"vmin": 0, "vmax": np.max(maps), "cmap": "Blues"}
fig, grid = plt.subplots(4, 4, figsize=(11, 10.8), sharex=True, sharey=True)
for line, title, of_block in zip(grid, titles, maps, strict=True):
    line[0].set_ylabel(title)
    for head, (ax, one) in enumerate(zip(line, of_block, strict=True), start=1):
        drawn = ax.imshow(one, **scale)
        ax.set_title(f"head {head}, largest {one.max():.2f}", fontsize="small")
        ax.set_xticks(range(len(read_as)), read_as, rotation=90, fontsize=8)
        ax.set_yticks(range(len(read_as)), read_as, fontsize=8)
        ax.grid(False)
fig.colorbar(drawn, ax=grid, label="share of a word's attention", shrink=0.4)
plt.show()
pointed = titles[int(np.argmax([of_block.max() for of_block in maps]))]
evaluation.say(f"""
    The darkest cell of all is in *{pointed}* and holds {np.max(maps):.0%} of a word's attention; an
    even share of this review is {1 / len(read_as):.0%}.
""")

# %% [markdown]
# *A row is a word that asks, columns are the words that it looks at; a row sums to 1. A vertical stripe
# is a word that every word looks at, a diagonal one a head that looks at neighbours.*
#
# One review proves nothing. So measure, on many validation reviews and for each head:
#
# - *how alike the rows are*: the mean cosine between every two rows of a map. With 1, all words look at
#   the same words with the same weights. Then attention tells every word the same, and what it does is
#   *pooling*: one weighted average of the whole text, handed to everybody;
# - *how many words a row spreads over*, the exponential of its entropy: 1 if a word looks at one word
#   only, $n$ if it looks at $n$ words alike;
# - *how far* attention goes, by places to the left or the right, in multiples of an even share, $1/n$;
# - *what is looked at*: the attention that a word gets from all others, in the same measure.

# %%
REACH = 8 if small else 24
evenly = np.linspace(0, len(labels) - 1, 40 if small else 150).astype(int)
sample = [dataset.validation.texts[i] for i in evenly]


def habits(maps):
    """Of maps (..., n, n): likeness of rows, words looked at, attention by distance."""
    n = maps.shape[-1]
    unit = maps / np.linalg.norm(maps, axis=-1, keepdims=True)
    alike = ((unit.sum(axis=-2) ** 2).sum(axis=-1) - n) / (n * (n - 1))
    entropy = -(maps * np.log(maps + 1e-12)).sum(axis=-1)
    far = [np.diagonal(maps, d, -2, -1).mean(-1) for d in range(-REACH, REACH + 1)]
    return alike, np.exp(entropy).mean(axis=-1), n * np.stack(far, axis=-1)


# %%
habit, looked, usual_length = {}, {}, 0.0
for name, model in trained.items():
    found, received = [], []
    ids = [row for row in model.vectorizer.transform(sample) if len(row) > REACH]
    for row in progress_bar(ids, desc=TITLES[name]):
        of_text = readers[name](row)
        found.append(habits(of_text))
        received.append(len(row) * of_text.mean(axis=-2).reshape(-1, len(row)).T)
    habit[name] = [np.mean(part, axis=0) for part in zip(*found, strict=True)]
    known = np.array(["", "(unknown)", *model.vectorizer.vocabulary])
    looked[name] = pd.DataFrame(np.concatenate(received), known[np.concatenate(ids)])
    usual_length = np.mean([len(row) for row in ids])
heads = pd.DataFrame(
    {
        (kind, f"head {head + 1}"): [v for of in habit.values() for v in of[at][:, head]]
        for at, kind in enumerate(["rows alike", "words looked at"])
        for head in range(4)
    },
    index=titles,
)
heads.style.format(precision=2)

# %%
for title, row in heads.iterrows():
    same, many = row["rows alike"].mean(), row["words looked at"].mean()
    reading = "words look at different words"
    if same > 0.5:
        reading = "rows have much in common"
    if same > 0.9:
        even = "almost evenly" if many > 0.8 * usual_length else "some words far more"
        reading = f"all rows are nearly the same: **it pools**, {even}"
    evaluation.say(f"""
        {title}: likeness of rows {same:.2f} on average over heads, {reading}. A word spreads its
        attention over {many:.0f} words of the {usual_length:.0f} that a review has.
    """)

# %% [markdown]
# Where a block is local, words that are more than two windows apart see no word in common, so its rows
# can't be alike all over.

# %% alt="Mean attention by distance, four heads in each block of both networks"
fig, grid = plt.subplots(2, 2, figsize=(10, 6), sharex=True, sharey=True)
distance = np.arange(-REACH, REACH + 1)
profiles = [of_block for found in habit.values() for of_block in found[2]]
for ax, title, of_block in zip(grid.flat, titles, profiles, strict=True):
    seen = np.where(of_block > 1e-6, of_block, np.nan)  # nothing beyond a window
    curves = {f"head {head}": (distance, one) for head, one in enumerate(seen, 1)}
    plots.lines(curves, xlabel="", ylabel="", title=title, marker="", ax=ax)
    ax.set(yscale="log", xticks=distance[:: REACH // 4])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
fig.supxlabel("places to the left (below 0) or to the right", fontsize="medium")
fig.supylabel("attention, multiples of an even share", fontsize="medium")
fig.legend(*ax.get_legend_handles_labels(), loc="outside right center")
plt.show()
near = [one[:, REACH - 2 : REACH + 3].mean() for one in profiles]
shares = "; ".join(f"{t} {share:.1f}" for t, share in zip(titles, near, strict=True))
evaluation.say(f"""
    Attention to the five nearest places, the word's own among them, in multiples of an even share:
    {shares}. With 1, near and far would be all the same.
""")

# %% [markdown]
# *How much attention a word gives to the word so many places away, averaged over reviews; 0 is the word
# itself. A head that looks at neighbours has a peak, one that takes no notice of where a word stands is
# flat.*
#
# Which words do the heads look at, and does that have to do with sentiment? Compare with something that
# never saw the network: the log-count ratio of notebook 3, above 0 for words that occur more often in
# positive reviews, below 0 for the others. Its rank correlation with attention, over all frequent words,
# is 1 for a head that looks at a word the more the more positive it is, and -1 the more negative. A head
# that looks for verdicts of both sides has a correlation with the *size* of the ratio instead.

# %%
counter = CountVectorizer(max_features=5_000, binary=True, token_pattern=r"\S+")
bags = counter.fit_transform(text.clean(dataset.train.texts))
among = [1 + bags[dataset.train.labels == label].sum(axis=0).A1 for label in (0, 1)]
leaning = np.log(among[1] / among[1].sum()) - np.log(among[0] / among[0].sum())
leaning = pd.Series(leaning, counter.get_feature_names_out())
most = []
for received in looked.values():
    by_word = received.groupby(level=0)
    often = by_word.mean()[by_word.size() >= (5 if small else 15)]
    for _, multiples in often.items():
        agree = [multiples.corr(r, method="spearman") for r in (leaning, leaning.abs())]
        most.append((*agree, " ".join(multiples.nlargest(8).index)))
called = [f"{title}, head {head}" for title in titles for head in (1, 2, 3, 4)]
most = pd.DataFrame(most, called, ["with the ratio", "with its size", "looked at most"])
most.style.set_properties(**{"text-align": "left"}).format(precision=2)

# %%
for kind in ("with the ratio", "with its size"):
    strong = most[kind].abs().idxmax()
    evaluation.say(f"""
        Rank correlations {kind} go from {most[kind].min():.2f} to {most[kind].max():.2f};
        {(most[kind].abs() > 0.3).sum()} of {len(most)} heads are beyond .3 to either side. The
        strongest, {most[kind][strong]:.2f}, is that of **{strong}**, which looks most at
        *{most["looked at most"][strong]}*.
    """)

# %% [markdown]
# ## Who writes the verdict?
#
# The residual stream is a sum, and so is what is pooled from it. The last normalisation divides that sum
# by one number, and the last layer is linear. So the log-odds of *positive* split exactly into what
# each part wrote: the word vectors as they came in, the positions or the convolution, and
# attention and feed-forward part of each block.

# %%
def stream(network):
    """Return what each part of a Transformer writes into the residual stream."""
    kinds = (models.layers.PositionEmbedding, layers.Activation, layers.Dropout)
    writers = [part for part in network.layers[:-2] if type(part) in kinds]
    outputs = [network.get_layer("scale").output, *(part.output for part in writers)]
    names = "words,convolution,attention 1,feed-forward 1,attention 2,feed-forward 2"
    names = names.split(",")
    if type(writers[0]) is kinds[0]:
        names[1], outputs[1] = "positions", outputs[1] - outputs[0]
    return dict(zip(names, outputs, strict=True))


def log_odds_by_part(parts, norm, logits):
    """What parts (parts, words, features) of one text add to the log-odds."""
    gain, kernel = norm.get_weights()[0], logits.get_weights()[0]
    pooled = parts.mean(axis=1)
    if len(gain) > pooled.shape[1]:  # pooled by maximum as well: each part's share in it
        at = parts.sum(axis=0).argmax(axis=0)
        pooled = np.hstack([parts[:, at, np.arange(len(at))], pooled])
    centred = pooled - pooled.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred.sum(axis=0) ** 2).mean() + norm.epsilon)
    return centred * gain / spread @ (kernel[:, 1] - kernel[:, 0])


# %% alt="What each part of both networks adds to the log-odds of the right answer"
brings = {}
fig, both = plt.subplots(1, 2, figsize=(11, 3.4))
for ax, (name, model) in zip(both, trained.items(), strict=True):
    parts = stream(model.network)
    inside = keras.Model(model.network.input, list(parts.values()))
    norm, _, last = model.network.layers[-3:]
    ids = model.vectorizer.transform(sample)
    written = (np.concatenate(inside(row[None])) for row in ids)
    added = np.stack([log_odds_by_part(one, norm, last) for one in written])
    logits = model.logits_of_rows(ids)
    rest = logits[:, 1] - logits[:, 0] - added.sum(axis=1)  # the biases, alike in all
    assert np.ptp(rest) < 1e-2
    signed = added * (2 * labels[evenly] - 1)[:, None]
    brings[name] = pd.Series(signed.mean(axis=0), list(parts))
    bars = brings[name].round(2).to_dict()
    plots.bars(bars, xlabel="log-odds of the right answer", title=TITLES[name], ax=ax)
    ax.axvline(0, color="black", lw=1)
    ax.xaxis.set_major_locator(MaxNLocator(5))
plt.show()

# %%
for name, parts in brings.items():
    evaluation.say(f"""
        {TITLES[name]}: most is written by **{parts.idxmax()}**, {parts.max():.2f} of
        {parts.sum():.2f} in all. The word vectors by themselves bring {parts["words"]:.2f}, attention
        in both blocks {parts.filter(like="attention").sum():.2f}.
    """)

# %% [markdown]
# *What each part adds to the log-odds of the right answer, averaged over validation reviews; below 0 it
# pulls the wrong way. The parts and the biases add up to the network's answer (asserted). What attention
# brings may be used by the feed-forward part behind it, which then gets the credit: this says who
# writes, not who is needed.*
#
# ## Probes

# %% alt="Probability of positive that the models give to each of twelve probe sentences"
compared = dict.fromkeys(["nbsvm", "dan", rival, *TITLES])
probes, expected = evaluation.probe_table({name: runs[name] for name in compared})
fig, ax = plt.subplots(figsize=(9.5, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
counts = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0).sum()
evaluation.say(f"""
    Right answers to the {len(expected)} sentences:
    {", ".join(f"{title} {count}" for title, count in counts.items())}.
""")

# %% [markdown]
# *Probability of* positive*; blue-violet above one half, orange below. The sign behind a sentence is
# the right answer, a cross marks a wrong one. A dozen sentences are for looking at, not for ranking
# models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text. This is all that another program needs (beside `import lib.models`,
# which tells Keras about our layers). `reload` asks a new interpreter, which has seen nothing of this
# notebook, and raises an error if an answer there differs from the model's here.

# %%
loaded = keras.models.load_model(folder / "transformer_modern.keras")
files = {folder / f"{name}.keras": model for name, model in trained.items()}
for file, there in evaluation.reload(files, ["I fell asleep halfway through."]).items():
    size = file.stat().st_size / 1e6
    print(f"{file.name}, {size:.1f} MB: positive with probability {there[0, 1]:.4f}")

# %% alt="Each of the two reviews, its words coloured by what they add to the answer"
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]
for review in MY_REVIEWS:
    answer = loaded.predict_proba([review])[0, 1]
    words, effects = evaluation.explain.occlusion(loaded, review)
    plots.token_heatmap(words, effects, title=f"positive with probability {answer:.2f}")
    plt.show()

# %% [markdown]
# *Blue words pull towards* positive*, orange ones (in italics) towards* negative*: the change of the
# log-odds when the word is replaced by an unknown one.*
#
# ## Verdict

# %% alt="Accuracy of all models so far with their intervals, those of this notebook highlighted"
more = "rnn_relu rnn_tanh rnn lstm gru cnn dcnn lstm_attention".split()
so_far = evaluation.named("imdb", [*BASELINES, *([] if small else more), *TITLES])
dots = evaluation.table(so_far.values()).set_index("name", drop=False)
ax = plots.accuracy_dots(dots, highlight=TITLES.values())
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %%
newer, against = differences.iloc[0], differences.iloc[1]
gained = "more" if newer["low"] * newer["high"] > 0 else "no more"
stands = "stays below" if against["high"] < 0 else "is level with"
stands = "beats" if against["low"] > 0 else stands
placed = evaluation.gap(rotary, without)
sure = "more" if np.prod(placed["ci95"]) > 0 else "no more"
pools = [title for title, same in heads["rows alike"].mean(axis=1).items() if same > 0.9]
front = dots.drop(index=list(TITLES))["accuracy"].idxmax()
cost = times.loc["training", "Transformer"]
evaluation.say(f"""
    **What does attention from every word to every word buy, and what does it cost? Trained from
    scratch on {len(dataset.train):,} reviews it reaches {dots["accuracy"]["transformer"]:.1%} as of
    2017 and {dots["accuracy"]["transformer_modern"]:.1%} as of 2024**, a difference of
    {100 * newer["difference"]:+.1f} points, {gained} than the choice of test reviews explains. The modern one {stands}
    {dots["model"][rival]} ({dots["accuracy"][rival]:.1%}); the best of all models before was
    {dots["model"][front]} ({dots["accuracy"][front]:.1%}). Being told where words stand is worth
    {100 * placed["difference"]:+.1f} points, {sure} than the choice of test reviews explains. Blocks whose attention does no more
    than pool: {"; ".join(pools) or "none"}. **It costs {cost[usual]:.1f} times the BiLSTM's training
    time per text at {usual} words and {cost[longest]:.1f} times at {longest:,}**, with
    {memory_times[longest]:.0f} times the memory there.
""")

# %% [markdown]
# What Transformers are famous for, pretraining on a great deal of text and training on thousands of
# cores at once, can't show here. Notebook 11 takes one that has been pretrained.
#
# ## Exercises
#
# 1. Set `"max_length": 100` in `WORDS` and train again. A map has a sixteenth of the cells that it has at
#    400 words. Expect much quicker epochs, and a lower accuracy, as most reviews are longer than
#    that and lose words.
# 2. Add a measure to `habits`: the share of attention that goes to a text's first word. In large language
#    models that share is large (an *attention sink*, Xiao et al. 2024). Expect no such thing in the
#    modern network's first block, where only the words near to the first one see it.
#
# ## References
#
# - Ba, Kiros & Hinton (2016), *Layer normalization*.
# - Shazeer (2020), *GLU variants improve Transformer*.
# - So et al. (2021), *Primer: searching for efficient Transformers for language modeling*.
# - Su et al. (2021), *RoFormer: enhanced Transformer with rotary position embedding*.
# - Vaswani et al. (2017), *Attention is all you need*.
# - Warner et al. (2024), *Smarter, better, faster, longer: a modern bidirectional encoder for fast,
#   memory efficient, and long context finetuning and inference* (ModernBERT).
# - Xiao et al. (2024), *Efficient streaming language models with attention sinks*.
# - Xiong et al. (2020), *On layer normalization in the Transformer architecture*.
