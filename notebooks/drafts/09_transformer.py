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
# that of 2024, compared with the same network *without its blocks*, and then opened: what do its heads look
# at, and who needs them?
#
# You need the IMDB reviews and the notebooks before this one, with whose models these are compared. The
# cell that trains says how long that took.

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
from matplotlib.colors import PowerNorm
from matplotlib.ticker import LogLocator, MaxNLocator
from scipy.special import erf, softmax
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import roc_auc_score

from lib import paths, text
from lib.progress import progress_bar

plots.style()

# %% [markdown]
# The data, and all that isn't a default of the two models that this notebook publishes. Both have word
# vectors of one width, so that they can be compared. Epochs are long here, so there are few.

# %%
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
TITLES = {"transformer": "Transformer", "transformer_modern": "Transformer, modern"}
WORDS = {"names": "out", "embedding_scale": 1.0, "word_dropout": 0.3}
WORDS |= {"embedding_dim": 96}
BUILD = dict.fromkeys(TITLES, WORDS)
FIT = {"epochs": 3, "batch_size": 64, "learning_rate": 1e-3, "ema_momentum": 0.995}
SEEDS = {name: (1, 2) for name in TITLES}  # besides the published seed, 0
if small:
    narrow = {"embedding_dim": 32, "feed_forward": 32}
    BUILD = {name: build | narrow for name, build in BUILD.items()}
    BUILD["transformer_modern"] |= {"window": 4}
    FIT |= {"epochs": 1}
    SEEDS = {"transformer": (1,), "transformer_modern": ()}
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## The plain model
#
# First without this project's machinery, in the style of the examples in Keras's documentation: the
# first 200 words of a review; a vector for each word and one for each of the 200 places, added; one
# *block*, that is attention and a small dense net; then the average over all places, those that
# padding fills among them.

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
reader = text.SequenceVectorizer(max_length=LENGTH, truncation="head")
reader.fit(dataset.train.texts)


def padded(texts):
    """Word ids (texts, LENGTH), zeros behind."""
    return keras.utils.pad_sequences(reader.transform(texts), LENGTH, padding="post")


arrays = {p: padded(getattr(dataset, p).texts) for p in ("train", "validation", "test")}
keras.utils.set_random_seed(0)
plain = plain_transformer()
plain.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
plain_how = {"epochs": 1 if small else 3, "batch_size": 32, "verbose": 0}
plain_how["validation_data"] = arrays["validation"], dataset.validation.labels
plain_start = time.perf_counter()
plain_log = plain.fit(arrays["train"], dataset.train.labels, **plain_how).history
plain_seconds = time.perf_counter() - plain_start
pd.DataFrame(plain_log).rename_axis("epoch").rename(lambda e: e + 1).round(4)

# %%
first_run = evaluation.from_predictions(
    dataset,
    title="plain Keras, 200 words",
    validation=plain.predict(arrays["validation"], verbose=0),
    test=plain.predict(arrays["test"], verbose=0),
    seconds=plain_seconds,
)
lowest_loss = int(np.argmin(plain_log["val_loss"])) + 1
evaluation.say(f"""
    The plain block reaches **{first_run.metrics["test"]["accuracy"]:.4f}** on the test part. After
    its last epoch it is right on {plain_log["accuracy"][-1]:.1%} of the reviews that it was trained
    on and on {plain_log["val_accuracy"][-1]:.1%} of the validation reviews; its validation loss was
    smallest after epoch {lowest_loss} of {len(plain_log["loss"])}.
""")

# %% [markdown]
# ## Attention by hand
#
# Each word asks a question $q$ (*query*), offers a key $k$ and holds a value $v$; all three are linear in
# its vector. It receives the values of all words, weighted by how well their keys fit its question:
#
# $$\text{attention}(Q, K, V) = \text{softmax}\Big(\frac{QK^\top}{\sqrt{d}}\Big)V$$
#
# What the softmax gives are the *attention weights*, or *map*: row $i$ says how word $i$ shares out its attention, and sums
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
keras.utils.set_random_seed(0)
two_texts = np.random.default_rng(0).normal(size=(2, 6, 8)).astype("float32")
is_word = np.arange(6) < np.array([[6], [4]])  # texts of six and of four words
layer = layers.MultiHeadAttention(2, 4, bias_initializer="random_normal")
asked = {"attention_mask": is_word[:, None], "return_attention_scores": True}
by_keras = layer(two_texts, two_texts, **asked)
by_hand = attention_by_hand(two_texts, is_word, layer.get_weights())
for what, ours, theirs in zip(("output", "maps"), by_hand, by_keras, strict=True):
    assert np.allclose(ours, theirs, atol=1e-5)
    off = np.abs(ours - theirs).max()
    print(f"{what} {ours.shape}: largest difference from Keras {off:.0e}")
print("how a word of the second text shares out:", by_hand[1][1, 0, 0].round(2))
order = np.random.default_rng(1).permutation(6)
unmasked = np.ones((2, 6), bool), layer.get_weights()
straight, _ = attention_by_hand(two_texts, *unmasked)
mixed, _ = attention_by_hand(two_texts[:, order], *unmasked)
assert np.allclose(straight[:, order], mixed, atol=1e-5)
off = np.abs(straight[:, order] - mixed).max()
print(f"words in the order {order}: largest difference, put back, {off:.0e}")

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
    left, right = np.split(x, 2, axis=-1)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.concatenate([left * cos - right * sin, left * sin + right * cos], -1)


some_q = np.random.default_rng(2).normal(size=(1, 7, 2, 8)).astype("float32")
by_library = np.asarray(models.layers.turn(some_q)).swapaxes(1, 2)  # (..., words, 8)
assert np.allclose(by_library, turn(some_q.swapaxes(1, 2), range(7)), atol=1e-5)
question, key = np.random.default_rng(3).normal(size=(2, 1, 16))
for apart in (2, 5):
    met = [turn(question, [m]) @ turn(key, [m + apart]).T for m in (3, 40, 300)]
    products = np.ravel(met)
    assert np.allclose(products, products[0])
    print(f"key {apart} places on, question at 3, 40, 300: {products.round(5)}")

# %% [markdown]
# *One question and one key, put at different places: the same product wherever they stand, as long as
# their distance is the same (asserted).*
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


normal = layers.LayerNormalization(beta_initializer="random_normal")
one, two = layers.Dense(12, use_bias=False), layers.Dense(12, "gelu", use_bias=False)
back = layers.Dense(8, use_bias=False)
in_keras = {"layer normalisation": normal(two_texts)}
in_keras["GeGLU"] = back(one(two_texts) * two(two_texts))
kernels = [dense.get_weights()[0] for dense in (one, two, back)]
in_numpy = {"layer normalisation": normalise(two_texts, *normal.get_weights())}
in_numpy["GeGLU"] = geglu(two_texts, *kernels)
for what, ours in in_numpy.items():
    assert np.allclose(ours, in_keras[what], atol=1e-5)
    off = np.abs(ours - in_keras[what]).max()
    print(f"{what}: largest difference from Keras {off:.0e}")

# %% [markdown]
# **The residual stream.** Neither part replaces a word's vector, both *add* to it:
# $x \leftarrow x + \text{attention}(\text{norm}(x))$, then
# $x \leftarrow x + \text{feed-forward}(\text{norm}(x))$. What a word is at the end is what it was plus
# what each part wrote. So a gradient reaches the word vectors without passing through any part, and
# what each part contributes can be read off, as we will below. (The plain model normalises *after*
# each sum, as was done in 2017. Normalised *before* each part, deep stacks can be trained without a
# warm-up of the learning rate, Xiong et al. 2020.)
#
# That is all there is. A modern Transformer of one block, in NumPy, from the ids of a text to its two
# logits (its convolution, which comes below, is left out here):

# %%
def modern_by_hand(ids, weights, heads, window):
    table, gain, project, output, gain_2, inside, gate, outside, gain_3, w, b = weights
    x, here = table[ids], np.arange(len(ids))
    q, k, v = (
        part.reshape(len(ids), heads, -1).swapaxes(0, 1)  # (heads, words, features)
        for part in np.split(normalise(x, gain) @ project, 3, axis=-1)
    )
    close = np.abs(here[:, None] - here) <= window  # local attention
    brought, _ = attend(turn(q, here), turn(k, here), v, close)
    x = x + brought.swapaxes(0, 1).reshape(x.shape) @ output
    x = x + geglu(normalise(x, gain_2), inside, gate, outside)
    return normalise(x.mean(axis=0), gain_3) @ w + b


tiny_sizes = {"vocabulary_size": 50, "embedding_dim": 16, "embedding_scale": 1.0}
tiny_sizes |= {"blocks": 1, "heads": 2, "feed_forward": 24}
tiny = models.transformer.transformer_modern(window=2, convolution=0, **tiny_sizes)
weight_rng = np.random.default_rng(4)
tiny.set_weights([weight_rng.normal(size=w.shape) / 3 for w in tiny.weights])
sentence = np.array([7, 3, 44, 9, 9, 21, 30])
ours = modern_by_hand(sentence, tiny.get_weights(), heads=2, window=2)
theirs = np.asarray(tiny(sentence[None]))[0]
assert np.allclose(ours, theirs, atol=1e-4)
print(f"by hand {ours}, by Keras {theirs}: off by {np.abs(ours - theirs).max():.0e}")

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
trained = {name: models.build(name, dataset, **BUILD[name]) for name in TITLES}
for name, model in trained.items():
    source = inspect.getsource(getattr(models.transformer, name))
    display(Code(source, language="python"))
    in_all = model.network.count_params()
    of_words = model.network.get_layer("embedding").count_params() / in_all
    print(f"{TITLES[name]}: {in_all:,} weights, {of_words:.0%} of them word vectors")
plots.network(trained["transformer"].network)
plt.show()

# %% [markdown]
# *The Transformer of 2017 from word ids, on top, to two logits; dark boxes hold weights that are trained.
# The line that passes boxes by is the residual stream; where it joins another, the two are added. Only the average over the words makes one vector
# of a text. The modern one has a convolution in front, no positions to add, and two layers side by
# side where this one has `Dense` with ReLU.*
#
# ## Train and publish
#
# Both are trained by the one protocol of this project (`training.fit`, opened in notebook 3); the best
# epoch is kept. If a model of exactly this recipe is in `models/`, `fit` loads it and says so;
# `RETRAIN=1` trains again. Nothing was chosen on the test part; what was tried by hand is in
# `notebooks/logs/`.

# %%
fitted, published = {}, {"notebook": "09_transformer"}
for name, model in trained.items():
    fitted[name] = training.fit(model, dataset, name=name, **FIT)
    published |= {"name": name, "title": TITLES[name]}
    evaluation.publish(model, dataset, fitted[name], **published)
    print(evaluation.cost("imdb", name))
logs = {TITLES[name]: history.table() for name, history in fitted.items()}
pd.concat(logs, names=["network"]).round(4)

# %% alt="Train and validation accuracy of both Transformers by epoch"
fig, panels = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
for ax, name in zip(panels, fitted, strict=True):
    plots.history(fitted[name].record, title=TITLES[name], ax=ax).legend().remove()
    ax.label_outer()
named_lines = panels[0].get_legend_handles_labels()
fig.legend(*named_lines, loc="outside lower center", ncols=3)
plt.show()
for name, history in fitted.items():
    best_epoch, log = history.record["best_epoch"], history.record["history"]
    end = "the last allowed" if best_epoch == len(log["loss"]) else "not the last"
    evaluation.say(f"""
        {TITLES[name]}: kept is epoch {best_epoch} of {len(log["loss"])}, {end}. From the first epoch
        to the last, accuracy on the training reviews went from {log["accuracy"][0]:.1%} to
        {log["accuracy"][-1]:.1%}, on validation from {log["val_accuracy"][0]:.1%} to
        {log["val_accuracy"][-1]:.1%}.
    """)

# %% [markdown]
# *Accuracy by epoch. On train it is measured while dropout is on, which makes it look worse than it is;
# the dotted line is the epoch whose weights are kept, by the smallest validation loss.*
#
# ## Results
#
# *precision* is the share of right answers among those that said *positive*, *recall* the share of
# positive reviews that were found; interval, AUC, log loss and ECE are explained in notebook 2. The
# table has the published seed of each.

# %%
BASELINES = ["tfidf_lr", "nbsvm", "ffnn", "dan"] + ([] if small else ["bilstm"])
rival = BASELINES[-1]
runs = evaluation.named("imdb", [*BASELINES, *TITLES])
called = {name: run.metrics["title"] for name, run in runs.items()}
figures = evaluation.table(runs.values()).sort_values("accuracy", ascending=False)
columns = "model,accuracy,low,high,precision,recall,AUC,log loss,ECE,parameters"
whole = dict.fromkeys(["parameters", "training s"], "{:,.0f}")
shown = figures[[*columns.split(","), "training s"]].style.hide(axis="index")
shown.format(whole, precision=4)

# %%
says_yes = {n: run.probabilities["test"].argmax(axis=1).mean() for n, run in runs.items()}
by_name = figures.set_index("model")
of_2017, of_dan = (by_name.loc[called[name]] for name in ("transformer", "dan"))
evaluation.say(f"""
    The Transformer says *positive* to {says_yes["transformer"]:.1%} of the reviews, half of
    which are: its recall is {of_2017["recall"]:.3f} at a precision of
    {of_2017["precision"]:.3f}. By AUC, which knows no threshold, it has
    {of_2017["AUC"]:.4f}, the deep averaging network {of_dan["AUC"]:.4f}.
""")

# %% [markdown]
# These are single runs. The same recipes from other random seeds show how much of that is the luck of
# the draw; of the models of earlier notebooks there are repeats, too.
#
# Each test review is answered by every run, so a difference is taken review by review and averaged over
# the seeds; its interval says what another 25,000 reviews could do to it. What other seeds could do, the
# pairs of seeds show. We call a difference *more than chance* only if the interval leaves out zero **and**
# all pairs point the same way; with three seeds that is a hint, not a proof. A linear model has no seed:
# each of ours is set against the same one.

# %%
for name, seeds in SEEDS.items():  # vectors, weights, order and dropout drawn anew
    training.repeat(dataset, name, seeds=seeds)
spread = evaluation.spread([runs[name] for name in TITLES])
for row in spread.to_dict("records"):
    evaluation.say(f"""
        {row["model"]} from {row["seeds"]} random seeds: mean **{row["mean"]:.4f}**, from
        {row["lowest"]:.4f} to {row["highest"]:.4f}. Published is the seed that was fixed
        beforehand, whatever its rank: {row["published"]:.4f}.
    """)


# %%
def said(found):
    """A contrast as the words of a sentence."""
    pairs = ", ".join(f"{points:+z.1f}" for points in found["by_seed"])
    words = "**{points:+z.1f}** points ({low:+z.1f} to {high:+z.1f}, {verdict}; by pair "
    return words.format(**found) + f"{pairs})"


newer = evaluation.versus(runs["transformer_modern"], runs["transformer"])
evaluation.say(f"The modern Transformer − that of 2017: {said(newer)}.")
for name in TITLES:
    against = {o: evaluation.versus(runs[name], runs[o]) for o in ("nbsvm", "dan", rival)}
    differences = "; ".join(f"*{called[o]}* {said(gap)}" for o, gap in against.items())
    evaluation.say(f"{TITLES[name]} − other models: {differences}.")

# %% [markdown]
# ## From 2017 to 2024, one ingredient at a time
#
# The ladder starts from the plain model. Its second row is the published `transformer`: the plain one
# plus Word2Vec vectors, 400 words from the beginning and the end, names left out, padding masked, two
# wider blocks of four heads, normalisation before each part, dropout of words and of features, and the training
# protocol, which keeps the best epoch. (What the ingredients that aren't a
# Transformer's buy, one by one, is measured in notebooks 3 and 5.) Then its positions are taken away,
# which says what they were worth, and rotary ones put in their place; then comes the convolution; and
# with the gate (on a feed-forward part half as wide), local attention in every other block and no biases,
# the last row is the published `transformer_modern`. As a run takes long, these last novelties are one
# step. The steps were listed before the test part was read, which was done once for each.

# %%
OLD = {"positions": "none", "convolution": 0, "gated": False, "window": None}
OLD |= {"feed_forward": 32 if small else 256, "biases": True}
STEPS = {
    "without positions": {},
    "+ rotary positions": {"positions": "rotary"},
    "+ convolution of 3 words": {"convolution": 3},
}
LAST = "+ gated, local, no biases"
if small:
    STEPS = dict(list(STEPS.items())[1:2])
variants, variant = {}, BUILD["transformer_modern"] | OLD
for number, (title, changes) in enumerate(STEPS.items(), start=1):
    variant = variant | changes
    variants[title] = training.measure(
        "transformer_modern",
        dataset,
        name=f"transformer_modern-{number}",
        title=title,
        notebook="09_transformer",
        build=variant,
        fit_options=FIT,
    )

# %% alt="Accuracy with its interval after each step from the plain model to the modern one"
ends = {"transformer": "Transformer of 2017", "transformer_modern": LAST}
old, modern = (
    dataclasses.replace(runs[name], metrics=runs[name].metrics | {"title": title})
    for name, title in ends.items()
)
steps = evaluation.ladder([first_run, old, *variants.values(), modern])
styled = steps.style.hide(axis="index").format(precision=4)
narrow_columns = ["gain", "from", "to", "training s"]
display(styled.format(precision=1, subset=narrow_columns, na_rep=""))
plots.steps(steps).xaxis.set_major_locator(MaxNLocator(4))
plt.show()

# %% [markdown]
# *Each dot is the accuracy on the test part with its 95 % interval; at the right, the points gained
# over the step before, with the interval of that difference. Below the first, dark dots gain or lose more than the choice
# of test reviews explains; the luck of the seed comes on top.*

# %%
gains = steps.set_index("step")["gain"]
luck = 100 * (spread["highest"] - spread["lowest"]).max()
large = evaluation.listed(gains[gains.abs() > luck], "{:+.1f}")
last_gain = gains.iloc[-1]
rotary = variants["+ rotary positions"]
from_learned = evaluation.gap(rotary, runs["transformer"])
low, high = (100 * bound for bound in from_learned["ci95"])
side = "better than" if low > 0 else "level with" if high >= 0 else "worse than"
untold = ""
if not small:
    row = steps.set_index("step").loc["without positions"]
    untold = f"Without any, accuracy changes by {row['gain']:+z.1f} points "
    untold += f"({row['from']:+z.1f} to {row['to']:+z.1f}) against learned ones."

# %%
evaluation.say(f"""
    From the plain model's {steps["accuracy"].iloc[0]:.4f} to
    **{steps["accuracy"].iloc[-1]:.4f}**. Each step is one seed, and the seeds of one recipe above
    span up to {luck:.1f} points, so what is smaller may be luck. Larger, in points: {large}. The
    last step ({last_gain:+z.1f}) is {"not " if abs(last_gain) <= luck else ""}among them.

    Rotary positions are **{side}** learned ones, one seed each:
    {100 * from_learned["difference"]:+.1f} points ({low:+.1f} to {high:+.1f}), all else alike but
    for how attention's first weights are drawn. {untold}
""")

# %% [markdown]
# ## And without attention?
#
# The question of the title needs a network *without* attention beside it. So here is the modern one
# with its blocks, attention and feed-forward part, taken out: word vectors, the convolution, the average,
# the last layer. What the blocks buy is what attention and the feed-forward parts buy together, at these
# numbers of epochs; the two are not told apart. (The second block lets every word look at every other, the first at those near to
# it.) As epochs are short without blocks, more of them are allowed.

# %%
def fastest(run):
    """Seconds of the epoch that was disturbed least by what else the machine did."""
    return min(run.metrics["training"]["seconds_per_epoch"])


how = {"notebook": "09_transformer", "title": "modern, without blocks"}
how |= {"build": BUILD["transformer_modern"] | {"blocks": 0}}
how |= {"fit_options": FIT | {"epochs": 1 if small else 8}}
bare = []
for seed in (0, *SEEDS["transformer_modern"]):
    name = f"transformer_modern-bare-seed{seed}"
    run = training.measure("transformer_modern", dataset, name=name, seed=seed, **how)
    bare.append(run)

# %%
full = [runs["transformer_modern"], *evaluation.repeats(runs["transformer_modern"])]
blocks_buy = evaluation.contrast(full[: len(bare)], bare)
full_2017 = [runs["transformer"], *evaluation.repeats(runs["transformer"])]
bare_to_2017 = evaluation.contrast(bare[: len(full_2017)], full_2017[: len(bare)])
bare_mean = np.mean([run.right.mean() for run in bare])
slower = min(map(fastest, full)) / min(map(fastest, bare))
evaluation.say(f"""
    Without blocks, the mean accuracy on the test part is **{bare_mean:.4f}** (number of seeds
    {len(bare)}), and the fastest epoch takes {min(map(fastest, bare)):.0f} seconds instead of
    {min(map(fastest, full)):.0f}. With blocks − without: {said(blocks_buy)}.
""")

# %%
def ended(run):
    """Which of its epochs a run has kept, in words."""
    record = run.metrics["training"]
    return f"{record['best_epoch']} of {len(record['seconds_per_epoch'])}"


evaluation.say(f"""
    And this network without any attention − the whole Transformer of 2017:
    {said(bare_to_2017)}. Epochs that were kept: without blocks
    {", ".join(map(ended, bare))}; *Transformer* {", ".join(map(ended, full_2017))}; *modern*
    {", ".join(map(ended, full))}. A run that keeps its last epoch might have gone on.
""")

# %% [markdown]
# ## What it costs
#
# Seconds of one training step (forward, backward, update) and of one prediction, on texts of one
# length, against the bidirectional LSTM of notebook 5. Each is taken three times, after one that isn't
# counted. Batches are as large as in practice: 64 texts. Above 400 words the maps of 64 texts would
# take gigabytes, so the Transformers get 16 texts of 800 words and 4 of 1,600, whose maps are just as
# large; the LSTM keeps its 64. All times are given *per text*. The vocabulary is small, so that it
# isn't the update of a large embedding that is timed. One recurrent layer of 64 units each way stands
# against two blocks of width 96. Measured here and now: another machine, above all one with a GPU, gives
# other numbers.

# %%
TEXTS = {20: 16, 40: 16, 80: 4} if small else {100: 64, 200: 64, 400: 64, 800: 16, 1600: 4}
LENGTHS = list(TEXTS)
COMMON = {"vocabulary_size": 2_000, "embedding_dim": 32 if small else 96}
RIVALS = {
    "Transformer": models.transformer.transformer(max_length=LENGTHS[-1], **COMMON),
    "modern": models.transformer.transformer_modern(**COMMON),
    "BiLSTM": models.recurrent.lstm(bidirectional=True, **COMMON),
}
for network in RIVALS.values():
    network.compile("sgd", keras.losses.CategoricalCrossentropy(from_logits=True))

# %%
timings, drawn_ids = [], np.random.default_rng(0)
cases = [(name, length) for name in RIVALS for length in LENGTHS]
for name, length in progress_bar(cases, desc="Timing"):
    number = max(TEXTS.values()) if name == "BiLSTM" else TEXTS[length]
    batch = drawn_ids.integers(2, 2_000, (number, length)).astype("int32")
    goal = np.eye(2, dtype="float32")[np.arange(number) % 2]
    train, predict = RIVALS[name].train_on_batch, RIVALS[name].predict_on_batch
    calls = {"training": (train, batch, goal), "prediction": (predict, batch)}
    for what, (call, *given) in calls.items():
        for repeat in range(4):
            begun = time.perf_counter()
            call(*given)
            taken = 1_000 * (time.perf_counter() - begun) / number
            if repeat:  # the first one traces the graph
                timings.append((what, name, length, taken))
timings = pd.DataFrame(timings, columns=["what", "network", "words", "ms per text"])
by_case = timings.groupby(["what", "network", "words"])["ms per text"]
costs = by_case.agg(["min", "median", "max"])
costs["median"].unstack(["what", "network"]).round(2)

# %% alt="Milliseconds per text against its length, in training and in prediction, three networks"
look = {"hue": "network", "style": "network", "estimator": "median", "markers": True}
look |= {"errorbar": ("pi", 100), "err_style": "bars", "height": 3.8, "kind": "line"}
with plt.rc_context({"figure.constrained_layout.use": False}):
    facets = sns.relplot(timings, x="words", y="ms per text", col="what", **look)
facets.set(xscale="log", yscale="log", xlabel="words in a text").set_titles("{col_name}")
for ax in facets.axes.flat:
    ax.set_xticks(LENGTHS, [f"{n:,}" for n in LENGTHS])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
facets.figure.subplots_adjust(wspace=0.12)
plt.show()

# %% [markdown]
# *Milliseconds per text, both axes logarithmic; a marker is the median of three, the bar behind it goes
# from the fastest to the slowest. On such axes a time that grows with the length is a line of slope 1,
# one that grows with its square a line of slope 2.*

# %%
middle = costs["median"].unstack("words")
usual, longest = LENGTHS[-3], LENGTHS[-1]
times = middle.div(middle.xs("BiLSTM", level="network"), level="what")
growth = middle[longest] / middle[usual]
to_train, to_predict = times[usual]["training"], times[usual]["prediction"]
evaluation.say(f"""
    At {usual} words, a training step takes the Transformer **{to_train["Transformer"]:.1f} times** as
    long per text as the BiLSTM, and the modern one {to_train["modern"]:.1f} times; a prediction
    {to_predict["Transformer"]:.1f} and {to_predict["modern"]:.1f} times. From {usual} to {longest:,}
    words the BiLSTM's training time per text grows {growth["training", "BiLSTM"]:.1f}-fold, the
    Transformer's {growth["training", "Transformer"]:.1f}-fold; growth with the length would be
    {longest // usual}-fold, with its square {(longest // usual) ** 2}-fold. Repeats of one step differ
    by a factor of {(costs["max"] / costs["min"]).max():.2f} where they differ most.
""")

# %%
epochs = {name: fastest(runs[name]) for name in [*TITLES, rival]}
evaluation.say(f"""
    When the published models were trained, the fastest epoch took
    {epochs["transformer"]:.0f} seconds for the Transformer, {epochs["transformer_modern"]:.0f} for the
    modern one and {epochs[rival]:.0f} for *{called[rival]}*, so
    {epochs["transformer"] / epochs[rival]:.1f} and
    {epochs["transformer_modern"] / epochs[rival]:.1f} times as long (with vocabularies of 20,000 words, and
    texts of all lengths). The whole training is shorter or longer by the number of epochs:
    {of_2017["training s"]:.0f} s with {FIT["epochs"]} for the Transformer,
    {by_name.loc[called[rival], "training s"]:.0f} s with
    {len(runs[rival].metrics["training"]["seconds_per_epoch"])} for *{called[rival]}*.
""")

# %% [markdown]
# And memory, estimated from the shapes: what a training step must keep of one text until the gradient
# comes back. Of attention these are the maps, 4 bytes for each pair of words, head and block; of the
# BiLSTM four gates, the cell and the state, for each word, unit and direction. The window of the modern
# Transformer is a mask here, over a table that is computed whole, so it saves nothing; code that
# computed only what the window lets through would keep the last column. (And the maps need not be kept:
# FlashAttention (Dao et al. 2022) computes them again, piece by piece, when the gradient comes back. That
# saves memory and transport, not products.)

# %%
options = trained["transformer_modern"].options
of_pair = 4 * options["blocks"] * options["heads"]  # bytes
of_word = 4 * 6 * 2 * RIVALS["BiLSTM"].get_layer("bilstm").forward_layer.units
n_words = pd.Index(LENGTHS, name="words").to_series()
within = n_words.clip(upper=2 * options["window"] + 1)  # words that a window holds
memory = pd.DataFrame({"maps": of_pair * n_words**2, "BiLSTM": of_word * n_words})
memory["maps, every other local"] = of_pair * n_words * (n_words + within) / 2
memory_times = memory["maps"] / memory["BiLSTM"]
display((memory / 1e6).round(2))
evaluation.say(f"""
    (Megabytes per text.) At {usual} words the maps alone take **{memory_times[usual]:.1f} times** what the
    BiLSTM keeps, at {longest:,} words **{memory_times[longest]:.1f} times**.
""")

# %% [markdown]
# ## What order buys
#
# Now open the trained networks. First question: do they use the order of words at all? Shuffle the
# words of each validation review, within every three, within every ten, or all of them, and ask again.
# The deep averaging network of notebook 3 can't notice. A network that was trained on reviews as they
# are written meets texts here that nobody writes, so what it loses is not what order is *worth*. The
# ladder comes nearer: the step *+ rotary positions* tells a network how far apart words are, *+ convolution of
# 3 words* which ones are neighbours, each set against a network that was trained without. But the convolution is also one
# more layer, and that share isn't told apart.

# %%
GROUPS = {"as written": 1, "in threes": 3, "in tens": 10, "all": 10_000}
folder, labels = paths.models_dir(dataset.name), dataset.validation.labels


def shuffled(row, size, rng):
    """A text's ids with the words shuffled within every `size` of them."""
    groups = [rng.permutation(row[at : at + size]) for at in range(0, len(row), size)]
    return np.concatenate(groups)


opened = {name: models.load(folder / f"{name}.keras") for name in dict.fromkeys(["dan", rival])}
opened |= trained
positive = {}  # probability, by model and by how much is shuffled
for name, model in opened.items():
    written = model.vectorizer.transform(dataset.validation.texts)
    for title, size in GROUPS.items():
        rng = np.random.default_rng(0)
        logits = model.logits_of_rows([shuffled(row, size, rng) for row in written])
        positive[called[name], title] = softmax(logits, axis=1)[:, 1]
positive = pd.DataFrame(positive)

# %% alt="Validation accuracy of the networks on reviews as written and shuffled ever more"
right = positive.gt(0.5).eq(labels == 1, axis=0).mean().unstack()[list(GROUPS)]
curves = {title: (list(GROUPS), values) for title, values in right.T.items()}
fig, ax = plt.subplots(figsize=(8.5, 3.6))
plots.lines(curves, xlabel="words shuffled", ylabel="accuracy", marker="o", ax=ax)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %%
for title in [t for t in curves if t != called["dan"]]:
    sides = positive[title].gt(0.5).astype(int)
    change = evaluation.paired_bootstrap(labels, sides["all"], sides["as written"])
    low, high = (100 * bound for bound in change["ci95"])
    word = "loses" if high < 0 else "gains" if low > 0 else "neither surely loses nor gains"
    threes = 100 * (right.loc[title, "in threes"] - right.loc[title, "as written"])
    moved = (positive[title]["all"] - positive[title]["as written"]).abs().mean()
    ignored = "isn't ignored" if moved > 0.01 else "hardly counts"
    if right.loc[title, "all"] < right.loc[called["dan"], "all"]:
        ignored += "; it is then below the deep averaging network, which can't notice"
    evaluation.say(f"""
        {title} {word} accuracy when all words are shuffled:
        **{100 * change["difference"]:+z.1f}** points ({low:+z.1f} to {high:+z.1f}); within threes
        {threes:+z.1f}. Its probability of *positive* moves by {moved:.3f} on average, so order
        {ignored}.
    """)

# %% [markdown]
# *Accuracy of the trained networks on the validation reviews, their words shuffled within groups of
# three, of ten, or altogether.*
#
# What did the learned positions learn? Sinusoids of neighbouring positions resemble each other, so
# that *near* means something from the start. The learned ones start as random vectors, unrelated to each
# other.

# %% alt="Cosine similarity between every two position vectors, learned and sinusoidal"
learned = trained["transformer"].network.get_layer("positions").get_weights()[0]
rates = 10_000.0 ** (-np.arange(0, learned.shape[1], 2) / learned.shape[1])
angles = np.arange(len(learned))[:, None] * rates
tables = {"learned": learned, "sinusoids": np.hstack([np.sin(angles), np.cos(angles)])}
fig, panels = plt.subplots(1, 2, figsize=(9, 4))
at_distance = {}
for ax, (title, vectors) in zip(panels, tables.items(), strict=True):
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    at_distance[title] = [np.diag(cosines, d).mean() for d in (1, 50)]
    image = ax.imshow(cosines, cmap="Blues", vmin=0, vmax=1)
    ax.set(title=title, xlabel="position", ylabel="position")
    ax.grid(False)
fig.colorbar(image, ax=panels, label="cosine", shrink=0.8)
plt.show()
(near, far), of_sinusoids = at_distance["learned"], at_distance["sinusoids"]
evaluation.say(f"""
    Learned vectors of neighbouring positions have a cosine of **{near:.2f}** on average, those 50
    places apart {far:.2f}: neighbours resemble each other
    {"more than" if near > far + 0.1 else "hardly more than"} distant ones. Of sinusoids it is
    {of_sinusoids[0]:.2f} and {of_sinusoids[1]:.2f}.
""")

# %% [markdown]
# *Each square compares every two of the positions, the darker the more alike; white are those that are
# unrelated (0) or opposite. Sinusoids of close positions make a dark band.*
#
# ## What a head looks at
#
# The maps of all heads of both networks on one short review. All share one colour scale; if each had
# its own, an even map would look as pointed as a pointed one.

# %%
def attention_reader(network):
    """Return a function from a text's ids to its maps (blocks, heads, words, words)."""
    blocks = [part for part in network.layers if part.name.startswith("attention_")]
    handed = [keras.tree.flatten(block.input)[0] for block in blocks]
    inner = keras.Model(network.input, handed)

    def read(ids):
        maps = []
        for block, x in zip(blocks, inner(ids[None]), strict=True):
            if isinstance(block, models.layers.RotaryAttention):
                maps.append(block.attention_weights(x)[0])
            else:
                maps.append(block(x, x, return_attention_scores=True)[1][0])
        return np.stack(maps)

    return read


readers = {name: attention_reader(model.network) for name, model in trained.items()}
vectorizer = trained["transformer"].vectorizer  # that of the other is the same
assert vectorizer.get_config() == trained["transformer_modern"].vectorizer.get_config()
vocabulary = np.array(["", "(unknown)", *vectorizer.vocabulary], dtype=object)
titles = [f"{title}, block {block}" for title in TITLES.values() for block in (1, 2)]

# %% alt="Attention maps of four heads in two blocks of both networks on one short review"
REVIEW = "The opening is superb, the cast is strong, but the ending is not good at all."
(review_ids,) = vectorizer.transform([REVIEW])
review_words, review_maps = vocabulary[review_ids], []
for read in readers.values():
    review_maps.extend(read(review_ids))
scale = {"norm": PowerNorm(0.5, 0, np.max(review_maps)), "cmap": "Blues"}
fig, grid = plt.subplots(4, 4, figsize=(11, 11), sharex=True, sharey=True)
for line, title, of_block in zip(grid, titles, review_maps, strict=True):
    line[0].set_ylabel(title.replace(", block", "\nblock"))
    for head, (ax, one_map) in enumerate(zip(line, of_block, strict=True), start=1):
        image = ax.imshow(one_map, **scale)
        ax.set_title(f"head {head}, largest {one_map.max():.2f}", fontsize="small")
        ax.set_xticks(range(len(review_words)), review_words, rotation=90, fontsize=8)
        ax.set_yticks(range(len(review_words)), review_words, fontsize=8)
        ax.grid(False)
fig.colorbar(image, ax=grid, label="share of a word's attention", shrink=0.4)
plt.show()

# %%
favourites = [[review_words[m.sum(axis=0).argmax()] for m in four] for four in review_maps]
in_words = dict(zip(titles, map(", ".join, favourites), strict=True))
most_looked_at = "; ".join(f"*{title}*: {words}" for title, words in in_words.items())
darkest = titles[int(np.argmax([of_block.max() for of_block in review_maps]))]
evaluation.say(f"""
    The darkest cell of all is in *{darkest}* and holds {np.max(review_maps):.0%} of a word's
    attention; an even share of this review is {1 / len(review_words):.0%}. The word that gets most
    attention in all, head by head: {most_looked_at}.
""")

# %% [markdown]
# *A row is a word that asks, columns are the words that it looks at; a row sums to 1. Small shares are drawn
# darker than in proportion, on the same scale everywhere. A vertical stripe is a word that every word looks
# at, a diagonal one a head that looks a fixed number of places away, at neighbours if it joins the corners.*
#
# One review proves nothing. So measure, on many validation reviews and for each head:
#
# - *how alike the rows are*: the mean cosine between every two rows of a map. With 1, all words look at
#   the same words with the same weights (the rows of an even map are alike, too). Then attention tells every word the same, and what it does is
#   *pooling*: one weighted average of the whole text, handed to everybody;
# - *how many words a row spreads over*, the exponential of its entropy: 1 if a word looks at one word
#   only, $n$ if it looks at $n$ words alike;
# - *how far* attention goes, by places to the left or the right, in multiples of an even share, $1/n$;
# - *what is looked at*: the attention that a word gets from all others, in the same measure.

# %%
REACH = 8 if small else 24
evenly = np.linspace(0, len(labels) - 1, 40 if small else 150).astype(int)
rows = vectorizer.transform(dataset.validation.texts)
sample = [rows[i] for i in evenly if len(rows[i]) > REACH]
LOOKS = ("rows alike", "words looked at", "by distance")


def habits(maps):
    """Of maps (..., n, n): likeness of rows, words looked at, attention by distance."""
    n = maps.shape[-1]
    unit = maps / np.linalg.norm(maps, axis=-1, keepdims=True)
    alike = ((unit.sum(axis=-2) ** 2).sum(axis=-1) - n) / (n * (n - 1))
    entropy = -(maps * np.log(maps + 1e-12)).sum(axis=-1)
    far = [np.diagonal(maps, d, -2, -1).mean(-1) for d in range(-REACH, REACH + 1)]
    return alike, np.exp(entropy).mean(axis=-1), n * np.stack(far, axis=-1)


# %%
habit, received = {kind: [] for kind in LOOKS}, []
for name, read in readers.items():
    by_text, got = [], []
    for row in progress_bar(sample, desc=TITLES[name]):
        maps = read(row)
        by_text.append(habits(maps))
        got.append(len(row) * maps.mean(axis=-2).reshape(-1, len(row)))
    for kind, of_texts in zip(LOOKS, zip(*by_text, strict=True), strict=True):
        habit[kind].extend(np.mean(of_texts, axis=0))
    received.append(np.concatenate(got, axis=1))  # (heads of both blocks, words)
mean_length = np.mean([len(row) for row in sample])
columns_of_heads = [f"head {head}" for head in (1, 2, 3, 4)]
heads = {
    kind: pd.DataFrame(np.stack(habit[kind]), titles, columns_of_heads)
    for kind in LOOKS[:2]
}
pd.concat(heads, axis=1).style.format(precision=2)

# %%
alike, spread_over = (heads[kind].mean(axis=1) for kind in LOOKS[:2])
for title in titles:
    reading = "words look at different words"
    if alike[title] > 0.5:
        reading = "rows have much in common"
    if alike[title] > 0.9:
        share = heads["words looked at"].loc[title] / mean_length
        over = f"over {share.min():.0%} to {share.max():.0%} of the words, by head"
        reading = f"all rows are nearly the same: **it pools**, {over}"
    evaluation.say(f"""
        {title}: likeness of rows {alike[title]:.2f} on average over heads; {reading}. A word
        spreads its attention over {spread_over[title]:.0f} words, where a review has
        {mean_length:.0f} on average.
    """)

# %% [markdown]
# Where a block is local, words that are more than two windows apart see no word in common, so its rows
# can't be alike all over.

# %%
window, distance = trained["transformer_modern"].options["window"], np.arange(-REACH, REACH + 1)


def level_within(n):
    """Multiples of 1/n that words get if attention is even within the window."""
    at = np.arange(n)
    return np.mean(n / (np.minimum(at + window, n - 1) - np.maximum(at - window, 0) + 1))


levels = np.ones(len(titles))  # what even attention would give
levels[2] = np.mean([level_within(len(row)) for row in sample])  # the local block

# %% alt="Mean attention by distance, four heads in each block of both networks"
fig, grid = plt.subplots(2, 2, figsize=(10, 6), sharex=True, sharey="row")
lines_of = zip(grid.flat, titles, habit["by distance"], levels, strict=True)
for ax, title, profile, level in lines_of:
    ax.axhline(level, color="black", lw=1, ls="--")
    seen = np.where(profile > 1e-6, profile, np.nan)  # nothing beyond a window
    curves = {h: (distance, one) for h, one in zip(columns_of_heads, seen, strict=True)}
    plots.lines(curves, xlabel="", ylabel="", title=title, marker="", ax=ax)
    ax.set(yscale="log", xticks=distance[:: REACH // 4])
    marks = (1, 1.25, 1.5, 2, 8) if ax.get_subplotspec().is_first_row() else (1, 2, 5)
    ax.yaxis.set_major_locator(LogLocator(subs=marks))
    ax.yaxis.set_major_formatter("{x:g}")
    ax.minorticks_off()
fig.supxlabel("places to the left (below 0) or to the right", fontsize="medium")
fig.supylabel("attention, multiples of an even share", fontsize="medium")
fig.legend(*ax.get_legend_handles_labels(), loc="outside right center")
plt.show()

# %%
five = np.stack(habit["by distance"])[:, :, REACH - 2 : REACH + 3].mean(axis=(1, 2))
near = pd.Series(five / levels, titles)
evaluation.say(f"""
    Attention to the five nearest places, the word's own among them, on average over heads and in
    multiples of what attention that is even over all a block can see would give them:
    {evaluation.listed(near, "{:.1f}")}. With 1, near and far would be all the same.
    {f"*{near.idxmin()}* looks past the neighbours." if near.min() < 0.8 else ""}
""")

# %% [markdown]
# *How much attention a word gives to the word so many places away, averaged over reviews; 0 is the word
# itself. The dashed line is even attention, which in a local block has only near words to go to. A peak at 0
# is a head whose words look at themselves, one beside 0 at neighbours; one that takes no notice of where a word stands is
# flat. The products of
# rotary positions rise and fall with the distance, hence the waves.*
#
# Which words do the heads look at, and does that have to do with sentiment? Compare with something that
# never saw the network: the log-count ratio of notebook 2, above 0 for words that occur more often in
# positive reviews, below 0 for the others. Its rank correlation with attention, over all frequent words,
# is 1 for a head that looks at a word the more the more positive it is, and -1 the more negative. A head
# that looks for verdicts of both sides has a correlation with the *size* of the ratio instead.

# %%
counter = CountVectorizer(max_features=5_000, binary=True, token_pattern=r"\S+")
bags = counter.fit_transform(text.clean(dataset.train.texts))
ratio = models.linear.log_count_ratio(bags, dataset.train.labels)
ratio = pd.Series(ratio, counter.get_feature_names_out())
at_words = pd.DataFrame(np.concatenate(received).T, vocabulary[np.concatenate(sample)])
by_word = at_words.groupby(level=0)
often = by_word.mean()[by_word.size() >= (5 if small else 15)]
often = often.loc[often.index.intersection(ratio.index)]
often.columns = [f"{title}, {head}" for title in titles for head in columns_of_heads]
to_either_side = {"with the ratio": ratio[often.index]}
to_either_side["with its size"] = ratio[often.index].abs()
looked_at = pd.DataFrame(
    {k: often.corrwith(r, method="spearman") for k, r in to_either_side.items()}
)
looked_at["looked at most"] = [" ".join(often[h].nlargest(8).index) for h in often]
looked_at.style.set_properties(**{"text-align": "left"}).format(precision=2)

# %%
for title in titles:
    kinds = ("with the ratio", "with its size")
    by_ratio, by_size = (looked_at[kind].filter(like=title) for kind in kinds)
    shared = by_ratio.max() > 0.3 and by_ratio.min() < -0.3
    reading = "heads have **shared out the two sides**" if shared else "neither kind stands out"
    if not shared and by_size.min() > 0.3:
        reading = "all heads look for words of **either side**"
    evaluation.say(f"""
        {title}, rank correlations over {len(often)} frequent words, by head: with the ratio
        {by_ratio.min():.2f} to {by_ratio.max():.2f}, with its size {by_size.min():.2f} to
        {by_size.max():.2f}; {reading}. (One seed.)
    """)

# %% [markdown]
# ## Who writes the verdict?
#
# The residual stream is a sum, and so is what is pooled from it. The last normalisation takes from that
# sum its mean over the features and divides it by one number, and the last layer is linear. So the
# log-odds of *positive* split exactly into what each part wrote: the word vectors as they came in, the
# positions or the convolution, and attention and feed-forward part of each block.

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
    centred = pooled - pooled.mean(axis=1, keepdims=True)
    deviation = np.sqrt((centred.sum(axis=0) ** 2).mean() + norm.epsilon)
    return centred * gain / deviation @ (kernel[:, 1] - kernel[:, 0])


# %% alt="What each part of both networks adds to the log-odds of the right answer"
brings, sizes, texts_read = {}, {}, [dataset.validation.texts[i] for i in evenly]
right_side = 2 * labels[evenly] - 1
fig, panels = plt.subplots(1, 2, figsize=(11, 3.4), sharex=True)
for ax, (name, model) in zip(panels, trained.items(), strict=True):
    parts = stream(model.network)
    listener = keras.Model(model.network.input, list(parts.values()))
    last_norm, _, last_layer = model.network.layers[-3:]
    ids = vectorizer.transform(texts_read)
    added, squares = [], []
    for row in ids:
        by_part = np.concatenate(listener(row[None]))
        added.append(log_odds_by_part(by_part, last_norm, last_layer))
        squares.append((by_part.mean(axis=1) ** 2).mean(axis=1))
    sizes[name] = pd.Series(np.sqrt(np.mean(squares, axis=0)), list(parts))
    logits = model.logits_of_rows(ids)
    biases = logits[:, 1] - logits[:, 0] - np.sum(added, axis=1)
    assert np.ptp(biases) < 1e-2  # the rest is the same in all texts
    brings[name] = pd.Series((np.array(added).T * right_side).mean(axis=1), list(parts))
    bars = brings[name].round(2).to_dict()
    plots.bars(bars, xlabel="log-odds of the right answer", title=TITLES[name], ax=ax)
    ax.axvline(0, color="black", lw=1)
    ax.xaxis.set_major_locator(MaxNLocator(5))
plt.show()

# %% [markdown]
# *What each part adds to the log-odds of the right answer, averaged over validation reviews; below 0 it
# pulls the wrong way. The parts and the biases add up to the network's answer (asserted).*

# %%
for name, parts in brings.items():
    size = sizes[name]
    evaluation.say(f"""
        {TITLES[name]}: most is written by **{parts.idxmax()}**, {parts.max():.2f} of
        {parts.sum():.2f} in all. Attention in both blocks brings
        {parts.filter(like="attention").sum():.2f}, the word vectors by themselves
        {parts["words"]:z.2f}: their average over a review is small (root mean square
        {size["words"]:.2f}) beside the average of what is added to them ({size.max():.1f} by
        *{size.idxmax()}*). What words mean is read by the blocks and written anew; they count
        *through* the parts, not beside them.
    """)

# %% [markdown]
# What attention brings may be used by the feed-forward part behind it, which then gets the credit: this
# says who writes, not who is *needed*. So take it away. With all questions set to zero every score is
# zero, and each word looks at all that it can see alike: attention that is *even*. With its last linear
# layer set to zero attention adds nothing: it is *off*. Nothing is trained anew, so this says what the
# trained networks lean on, not how well they could do without; that was measured above.

# %%
TAKEN = {"even in both": ("even", (1, 2)), "off in both": ("off", (1, 2))}
TAKEN |= {"even in block 1": ("even", (1,)), "even in block 2": ("even", (2,))}
TAKEN |= {"off in block 2": ("off", (2,))}


def handicapped(name, kind, blocks):
    """A copy of a published model whose attention is even, or off, in some blocks."""
    changed = models.load(folder / f"{name}.keras")
    for block in blocks:
        part = changed.network.get_layer(f"attention_{block}")
        weights = [np.array(weight) for weight in part.get_weights()]
        if isinstance(part, layers.MultiHeadAttention):  # all with their biases
            questions, out = weights[:2], weights[-2:]
        else:  # one matrix for questions, keys and values
            questions, out = [np.split(weights[0], 3, axis=1)[0]], weights[-1:]
        for weight in questions if kind == "even" else out:  # these are set to zero
            weight[...] = 0
        part.set_weights(weights)
    return changed


for name in TITLES:  # in both networks the second block sees all words
    read_evenly = attention_reader(handicapped(name, *TAKEN["even in both"]).network)
    assert np.allclose(read_evenly(review_ids)[1], 1 / len(review_ids), atol=1e-6)

# %%
needed, answered = [], {}
for name, model in trained.items():
    for title, taken in ({"as trained": None} | TAKEN).items():
        one = handicapped(name, *taken) if taken else model
        odds = one.logits_of_rows(rows) @ [-1.0, 1.0]
        answered[TITLES[name], title] = said_yes = (odds > 0).astype(int)
        line = {"network": TITLES[name], "attention": title}
        line |= {"AUC": roc_auc_score(labels, odds), "accuracy": (said_yes == labels).mean()}
        line["says positive"] = said_yes.mean()
        line["same answer"] = (said_yes == answered[TITLES[name], "as trained"]).mean()
        needed.append(line)
needed = pd.DataFrame(needed).set_index(["network", "attention"])
percent = dict.fromkeys(["accuracy", "says positive", "same answer"], "{:.1%}")
needed.style.format(percent | {"AUC": "{:.3f}"})

# %%
for name, title in TITLES.items():
    off_2, off = (needed.loc[title, how] for how in ("off in block 2", "off in both"))
    writes = brings[name]["attention 2"], brings[name].sum()
    one, even_1, even_2 = (
        needed.loc[title, how]
        for how in ("as trained", "even in block 1", "even in block 2")
    )
    sides = answered[title, "even in block 2"], answered[title, "as trained"]
    change = evaluation.paired_bootstrap(labels, *sides)
    low, high = (100 * bound for bound in change["ci95"])
    word = "lower" if high < 0 else "higher" if low > 0 else "no surely different"
    evaluation.say(f"""
        {title}: even attention in block 2 gives the same answer to **{even_2["same answer"]:.1%}** of the reviews and {word} accuracy
        ({100 * change["difference"]:+z.1f} points, {low:+z.1f} to {high:+z.1f}). In block 1, AUC goes
        from {one["AUC"]:.3f} to {even_1["AUC"]:.3f}; the network then says *positive* to
        {even_1["says positive"]:.0%} of the reviews, so that its accuracy is
        {even_1["accuracy"]:.1%}. Attention in block 2 wrote {writes[0]:.2f} of {writes[1]:.2f};
        with it off, {off_2["same answer"]:.1%} of the answers stay the same. With attention off in
        both blocks, AUC is {off["AUC"]:.3f}.
    """)

# %% [markdown]
# *Where attention is changed the average of all texts moves, too, and with it the share of texts called
# “positive”. Accuracy has a threshold and falls for that alone; AUC asks only whether positive reviews still
# rank above negative ones.*
#
# ## Probes

# %% alt="Probability of positive that the models give to each of twelve probe sentences"
compared = dict.fromkeys(["nbsvm", "dan", rival, *TITLES])
probes, expected = evaluation.probe_table({name: runs[name] for name in compared})
fig, ax = plt.subplots(figsize=(9.5, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
for n, sentence in enumerate(probes.index, start=1):
    if len(sentence) > 60:  # cut in the figure
        print(n, sentence)
hits = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0)
by_order = {"negation": slice(2, 4), "contrast": slice(4, 6)}  # pairs of the same words
both = {
    title: " and ".join(k for k, pair in by_order.items() if hit.iloc[pair].all()) or "none"
    for title, hit in hits.items()
}
of_pairs = evaluation.listed({t: k for t, k in both.items() if k != "none"}, "{}")
evaluation.say(f"""
    Right answers to the {len(expected)} sentences: {evaluation.listed(hits.sum(), "{}")}. Of the two pairs that
    differ in the order of their words alone, both sentences right: {of_pairs}.
""")

# %% [markdown]
# *Probability of “positive”; blue-violet above one half, orange below. The sign behind a sentence is
# the right answer, a cross marks a wrong one. A dozen sentences are for looking at, not for ranking
# models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text. This is all that another program needs (beside `import lib.models`,
# which tells Keras about our layers). `reload` asks a new interpreter, which has seen nothing of this
# notebook, and raises an error if an answer there differs from the model's here.

# %% alt="Each of the two reviews, its words coloured by what they add to the answer"
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]
files = {folder / f"{name}.keras": model for name, model in trained.items()}
for file, there in evaluation.reload(files, MY_REVIEWS).items():
    megabytes = file.stat().st_size / 1e6
    print(f"{file.name}, {megabytes:.1f} MB, positive: {there[:, 1].round(4).tolist()}")
loaded = keras.models.load_model(folder / "transformer_modern.keras")
for review in MY_REVIEWS:
    sure_positive = loaded.predict_proba([review])[0, 1]
    words, effects = evaluation.explain.occlusion(loaded, review)
    title = f"positive with probability {sure_positive:.2f}"
    plots.token_heatmap(words, effects, title=title)
    plt.show()
    effect_of = pd.Series(effects, words)
    evaluation.say(f"""
        {TITLES["transformer_modern"]}, {sure_positive:.0%} positive: *{effect_of.idxmin()}* speaks
        most against, *{effect_of.idxmax()}* most for.
    """)

# %% [markdown]
# *Blue words pull towards “positive”, orange ones (in italics) towards “negative”: the change of the
# log-odds when the word is replaced by an unknown one.*
#
# ## Verdict

# %% alt="Accuracy of all models so far with their intervals, those of this notebook highlighted"
earlier = [] if small else "rnn lstm gru cnn dcnn lstm_attention".split()
so_far = evaluation.named("imdb", [*BASELINES, *earlier, *TITLES])
ax = plots.accuracy_dots(evaluation.table(so_far.values()), highlight=TITLES.values())
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %% [markdown]
# *Accuracy on the 25,000 test reviews with its 95 % interval, published seeds; in dark the models of this
# notebook. Left out are the two recurrent nets of notebook 4 that see the last state only.*

# %%
means = {name: evaluation.mean_accuracy(run) for name, run in so_far.items()}
leader = max([*BASELINES, *earlier], key=means.get)
behind = evaluation.versus(runs["transformer_modern"], so_far[leader])


# %%
# %%
buys = evaluation.standing(blocks_buy, "a little accuracy", "nothing sure", "a loss of accuracy")
without = evaluation.standing(bare_to_2017)
convolved = gains.get("+ convolution of 3 words", np.nan)  # the demo has no such step
at_the_end = all(
    run.metrics["training"]["best_epoch"] == FIT["epochs"] for run in (*full, *full_2017)
)
bare_too = all(len(set(ended(run).split(" of "))) == 1 for run in bare)
cut = ""
if at_the_end and bare_too and not small:
    cut = """All kept their last epoch, the network without blocks as well, so longer
    training might move either side. (In trials before, which `notebooks/logs/` has,
    Transformers that were allowed more epochs were best after two or three.)"""
pools = "; ".join(f"*{t}*" for t in titles if alike[t] > 0.9) or "none"
placed = steps.set_index("step").loc["+ rotary positions"]
averaging = [evaluation.versus(runs[name], runs["dan"]) for name in TITLES]
unmoved = needed["same answer"].xs("even in block 2", level="attention")

# %%
hardly = ": *which* word looks at which hardly matters there" if unmoved.min() > 0.95 else ""
auc = needed["AUC"].unstack("attention")
in_first = {
    name: f"{row['as trained']:.3f} to {row['even in block 1']:.3f}" for name, row in auc.iterrows()
}
matters = ""
if (auc["as trained"] - auc["even in block 1"]).min() > 0.01:
    matters = "In the first block it matters: with even attention there, AUC on "
    matters += f"validation goes from {evaluation.listed(in_first, '{}')}."
shuffled_away = 100 * (right["all"] - right["as written"])[list(TITLES.values())]
reader = max(earlier, key=means.get) if earlier else leader
to_reader = evaluation.versus(runs["transformer_modern"], so_far[reader])


def short(found):
    """A contrast without its seeds."""
    return "{points:+z.1f} points, {low:+z.1f} to {high:+z.1f}".format(**found)


cost = times.loc["training", "Transformer"]
cost_modern = times.loc["training", "modern"]

# %%
evaluation.say(f"""
    **What does attention from every word to every word buy, and what does it cost?** When trained
    from scratch on {len(dataset.train):,} reviews it buys **{buys}**: two blocks, feed-forward parts
    included, change the accuracy of the modern network by {short(blocks_buy)}. A convolution of three
    words before them changed it by {convolved:+z.1f} (one seed), and with that convolution a network
    **without any attention** has {bare_mean:.1%} and {without} the whole Transformer of 2017
    ({short(bare_to_2017)}). {cut}

    The design of 2017 has **{means["transformer"]:.1%}** in the mean over seeds and
    {evaluation.standing(averaging[0])} the deep averaging network of notebook 3 ({short(averaging[0])}), that of
    2024 **{means["transformer_modern"]:.1%}** and {evaluation.standing(averaging[1])} it
    ({short(averaging[1])}). The modern one {evaluation.standing(to_reader)} the best of the earlier models that
    read words in order, *{so_far[reader].metrics["title"]}* with {means[reader]:.1%}
    ({short(to_reader)}), and {evaluation.standing(behind)} the best of all,
    *{so_far[leader].metrics["title"]}* with {means[leader]:.1%} ({short(behind)}).
""")

# %%
evaluation.say(f"""
    **It costs about {cost[usual]:.0f} times the BiLSTM's training time** per text at {usual} words
    and {cost[longest]:.0f} times at {longest:,} (the modern one {cost_modern[usual]:.0f} and
    {cost_modern[longest]:.0f} times), and its maps, where they are kept, take an estimated
    {memory_times[longest]:.0f} times the BiLSTM's memory there. An epoch of the modern one takes
    {slower:.0f} times as long as without its blocks.

    Blocks in which all words look at nearly the same ones, so that attention only pools: {pools}. With
    even attention in the second block, the share of reviews with the same answer is
    {evaluation.listed(unmoved, "{:.0%}")}{hardly}. {matters} With all words shuffled, accuracy changes by
    {evaluation.listed(shuffled_away, "{:+.1f}")} points. Being told positions changes it by {placed["gain"]:+z.1f}
    ({placed["from"]:+z.1f} to {placed["to"]:+z.1f}), the convolution in front by
    {convolved:+z.1f}; one seed each.
""")

# %% [markdown]
# What Transformers are famous for, pretraining on a great deal of text and training on thousands of
# cores at once, can't show here: these networks were trained on a laptop's worth of cores and not on a GPU,
# where a recurrence must still go word by word and attention need not. (Pretraining on the training reviews themselves, by guessing masked
# words, as Amos et al. (2024) advise, was not tried.) Notebook 11 takes one that has been pretrained.
#
# ## Exercises
#
# 1. Take the ladder's last step apart: with `training.measure`, a name of your own and
#    `build=BUILD["transformer_modern"] | {"window": None}`, let all blocks see all words again, then
#    try `{"gated": False, "feed_forward": 256}` and `{"biases": True}` in the same way. Expect parts that
#    don't add up to the whole: what one is worth depends on those beside it, and on the seed. So measure a
#    second `seed=` before you believe one.
# 2. Add a measure to `habits`: the share of attention that goes to a text's first word. In large language
#    models that share is large (an *attention sink*, Xiao et al. 2024). Expect no such thing in the
#    modern network's first block, where only the words near to the first one see it.
#
# ## References
#
# - Amos, Berant & Gupta (2024), *Never train from scratch: fair comparison of long-sequence models requires
#   data-driven priors*.
# - Ba, Kiros & Hinton (2016), *Layer normalization*.
# - Dao et al. (2022), *FlashAttention: fast and memory-efficient exact attention with IO-awareness*.
# - Shazeer (2020), *GLU variants improve Transformer*.
# - So et al. (2021), *Primer: searching for efficient Transformers for language modeling*.
# - Su et al. (2021), *RoFormer: enhanced Transformer with rotary position embedding*.
# - Vaswani et al. (2017), *Attention is all you need*.
# - Warner et al. (2024), *Smarter, better, faster, longer: a modern bidirectional encoder for fast,
#   memory efficient, and long context finetuning and inference* (ModernBERT).
# - Xiao et al. (2024), *Efficient streaming language models with attention sinks*.
# - Xiong et al. (2020), *On layer normalization in the Transformer architecture*.
