# %% [markdown]
# # 3 · Feed-forward nets
#
# **How far does one get when word order is thrown away?**
#
# A feed-forward net wants an input of one size, and texts have all sizes. Two ways out: note which
# words and phrases occur (a *bag of n-grams*), or average the vectors of the words. Either way word
# order is gone, or nearly so (of a phrase of three words it is kept), and that sounds like a heavy loss. This notebook measures
# how far one gets all the same, and what phrases of two and three words give back; what longer order is worth is for later
# notebooks. It is also where the training loop of this whole project is opened once, screw by screw: most of its
# ingredients get a row in a table that says what they buy.
#
# You need the IMDB reviews. The next two cells say how long things took when this was published.

# %% tags=["setup"]
SETUP

# %%
import inspect
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Code
from sklearn.feature_extraction.text import CountVectorizer

from lib import paths, text

plots.style()
for name in ("ffnn", "dan"):
    print(evaluation.cost("imdb", name))

# %%
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## The plain model
#
# First without any of this project's machinery, as a tutorial has it: the 10,000 most frequent
# words, a column each, 1 where the word occurs in the review. scikit-learn counts.

# %%
counter = CountVectorizer(binary=True, max_features=10_000, dtype="int8")
bags = {
    "train": counter.fit_transform(text.clean(dataset.train.texts)).toarray(),
    "validation": counter.transform(text.clean(dataset.validation.texts)).toarray(),
}
print("train", bags["train"].shape, "(texts, words)")
print(f"a review holds {bags['train'].sum(axis=1).mean():.0f} different words of these")

# %% [markdown]
# Two small hidden layers, one output, and Keras's own loop: `compile` says what is minimised and
# how, `fit` goes through the reviews ten times.

# %%
keras.utils.set_random_seed(0)
plain = keras.Sequential(
    [
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
plain.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])

# %%
started = time.perf_counter()
plain_log = plain.fit(
    bags["train"],
    dataset.train.labels,
    validation_data=(bags["validation"], dataset.validation.labels),
    epochs=3 if small else 10,
    batch_size=512,
    verbose=0,
)
seconds = time.perf_counter() - started
pd.DataFrame(plain_log.history).rename_axis("epoch").rename(lambda e: e + 1).round(4)

# %%
first = evaluation.from_predictions(
    dataset,
    title="plain Keras, 10,000 words",
    validation=plain.predict(bags["validation"], verbose=0),
    test=plain.predict(
        counter.transform(text.clean(dataset.test.texts)).toarray(), verbose=0
    ),
    seconds=seconds,
)
best = int(np.argmin(plain_log.history["val_loss"])) + 1
evaluation.say(f"""
    After the last epoch the net is right on
    **{plain_log.history["accuracy"][-1]:.1%}** of the reviews that it was trained on
    and on **{plain_log.history["val_accuracy"][-1]:.1%}** of those that it was not: it
    has learned the training reviews by heart. Its validation loss was smallest after
    epoch {best} and has been rising since. On the test part it reaches
    **{first.metrics["test"]["accuracy"]:.4f}**.
""")

# %% [markdown]
# ## What a bag can know
#
# Before anything is trained, count. Naive Bayes gives each n-gram its *log-count ratio*
# $r = \log\frac{p}{q}$: how much more often it occurs in positive reviews ($p$) than in negative
# ones ($q$). Our net multiplies every n-gram by its ratio (Wang & Manning 2012), and so starts from
# what counting knows.

# %%
FFNN = {"ngrams": 3, "names": "out", "units": 8, "bag_dropout": 0.0, "dropout": 0.0}
FFNN["max_features"] = 20_000 if small else 280_000
ffnn = models.build("ffnn", dataset, **FFNN)
bag = ffnn.vectorizer
ids, values = bag.transform(["Not a good film, not good at all."])[0]
print([bag.vocabulary[i - 1] for i in ids])
print("ids", ids.shape, ids.dtype, " values", values.shape, values.dtype)

# %% alt="Bars of the sixteen n-grams with the most extreme log-count ratios"
ratio = ffnn.network.get_layer("ratio").get_weights()[0][1:, 0]
order = np.argsort(ratio)
extremes = {
    bag.vocabulary[i]: round(float(ratio[i]), 1)
    for i in [*order[:8], *order[-8:][::-1]]
}
fig, ax = plt.subplots(figsize=(7, 4.6))
plots.bars(extremes, xlabel="log-count ratio, positive to negative", ax=ax)
plt.show()

# %% [markdown]
# *The n-grams that lean most to either side, before any training. Names of people and films are left
# out of the bag; otherwise they would stand here, and a net that knows them knows these films, not
# the language.*
#
# ## The network
#
# A dense layer on a bag of some hundred thousand n-grams would mostly multiply by zero. The product
# of a sparse row with a matrix is the sum of the few matrix rows that it names, so that is what our
# layer `SparseDense` computes. By hand, on a bag of five features:

# %%
sparse = models.layers.SparseDense(features=5, units=3)
present = sparse(np.array([[2, 5]], "int32"), np.array([[1.0, 0.5]], "float32"))
kernel, bias = sparse.get_weights()  # row 0 is for padding
dense = np.array([[0, 0, 1, 0, 0, 0.5]]) @ kernel + bias
assert np.allclose(present, dense, atol=1e-6)
print("sparse", np.round(present, 4), "\ndense ", dense.round(4))

# %%
Code(inspect.getsource(models.feedforward.hidden_of_bag), language="python")

# %% alt="Diagram of the feed-forward net on a bag of n-grams, layer by layer with shapes"
plots.network(ffnn.network)
plt.show()

# %% [markdown]
# *The network from its inputs, on top, to its two logits; dark boxes hold weights that are trained.
# Nearly all of them are rows of `SparseDense`, one for each n-gram.*
#
# The second way is the *deep averaging network* (DAN, Iyyer et al. 2015): look up a vector for each
# word, average the vectors, and put dense layers on top. Texts of a batch are padded to one length,
# and padding must not count in the average. That is what the *mask* is for.

# %%
DAN = {"names": "out", "depth": 2, "units": 200, "word_dropout": 0.3}
if small:
    DAN |= {"embedding_dim": 32, "units": 32}
dan = models.build("dan", dataset, **DAN)
batch = dan.vectorizer.collate(
    dan.vectorizer.transform(["Good film.", "A bad, bad film!"])
)
print("ids", batch.shape, "(batch, time)\n", batch)

# %%
vectors = np.asarray(
    dan.network.get_layer("embedding")(batch)
)  # (batch, time, features)
mask = batch != 0
by_hand = np.stack([v[m].mean(axis=0) for v, m in zip(vectors, mask, strict=True)])
layer = keras.layers.GlobalAveragePooling1D()
assert np.allclose(layer(vectors, mask=mask), by_hand, atol=1e-6)
off = np.abs(np.asarray(layer(vectors)) - by_hand).max(axis=1)
print("error without the mask:", off.round(4), "(none where nothing is padded)")

# %% alt="Diagram of the deep averaging network, layer by layer with shapes"
plots.network(dan.network)
plt.show()

# %% [markdown]
# *The deep averaging network. The average is the only place where the words of a text meet, so
# their order can't reach the output.*
#
# ## The training loop, opened
#
# All networks of this project are trained by one function, `training.fit`. Around `compile` and `fit`
# it adds seven things; the first and the last are on in every row below, the others you can switch off:
#
# - **the best epoch is kept**: after each epoch the validation loss is measured, the weights with the
#   smallest are kept, and training stops when it has not improved for some epochs;
# - **AdamW** (Loshchilov & Hutter 2019): Adam, with weights pulled a little towards zero at each step;
# - **clipping**: a gradient longer than 1 is shortened to 1, so that no single batch throws the net off;
# - **averaging of weights**: what is validated and kept is a running average of the weights over the
#   last hundred batches or so, which wander around a minimum instead of sitting in it;
# - **label smoothing**: the target is .95 for the right class and .05 for the wrong one instead of 1
#   and 0. A net that is paid for being *certain* drives its logits ever further apart; smoothing stops
#   that. It also keeps the reported loss from reaching zero, so we log the plain cross-entropy beside
#   it and choose the epoch by that;
# - **epsilon**: Adam divides each step by the size of recent gradients, so a phrase that occurs in two
#   reviews moves as fast as one that occurs in two thousand, and learns those two reviews by heart.
#   With a large `epsilon` in the divisor, steps are small where gradients are small;
# - **halving**: after an epoch whose validation loss is no better, the learning rate is halved.

# %%
NOTHING = {
    "epochs": 3 if small else 12,
    "learning_rate": 1e-3,
    "weight_decay": 0.0,
    "clip_norm": None,
    "ema_momentum": 0.0,
    "label_smoothing": 0.0,
}
CAREFUL = NOTHING | {"weight_decay": 1e-2, "clip_norm": 1.0}
AVERAGED = CAREFUL | {"ema_momentum": 0.99}
SMOOTHED = AVERAGED | {"label_smoothing": 0.1}
STEADY = SMOOTHED | {"learning_rate": 1e-2, "epsilon": 1e-3}
PROTOCOL = SMOOTHED | {"learning_rate": 3e-3, "ema_momentum": 0.995}

# %% [markdown]
# ## Train and publish
#
# If a model of exactly this recipe (data, options, seed, training code) is in `models/`, `fit` loads it
# and says so; `RETRAIN=1` trains again. Everything was chosen on validation; what was tried by hand is in
# `notebooks/logs/`.

# %%
fitted = {
    "ffnn": training.fit(ffnn, dataset, **STEADY),
    "dan": training.fit(dan, dataset, **PROTOCOL),
}
fitted["ffnn"].table().round(4)

# %% alt="Train and validation accuracy of both nets by epoch"
titles = {"ffnn": "Feed-forward on n-grams", "dan": "Deep averaging network"}
fig, both = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
for ax, name in zip(both, fitted, strict=True):
    plots.history(fitted[name].record, "accuracy", title=titles[name], ax=ax)
both[0].lines[0].set_label("train")  # this one has no dropout
both[0].legend()
plt.show()

# %%
trained = {"ffnn": ffnn, "dan": dan}
for name, model in trained.items():
    evaluation.publish(
        model, dataset, fitted[name], name=name, title=titles[name], notebook="03_ffnn"
    )
runs = evaluation.named("imdb", ["tfidf_lr", "nbsvm", *trained])
log = fitted["ffnn"].record["history"]
kept = fitted["ffnn"].record["best_epoch"] - 1
evaluation.say(f"""
    The n-gram net has weights for each of {len(bag.vocabulary):,} n-grams. After its
    last epoch it is right on {log["accuracy"][-1]:.1%} of the training reviews, and on
    {log["val_accuracy"][-1]:.1%} of the validation part; at the epoch that is kept it
    was right on {log["val_accuracy"][kept]:.1%} of these. Knowing the training reviews
    by heart costs this net little accuracy; its validation loss rises from
    {log["val_cross_entropy"][kept]:.4f} to {log["val_cross_entropy"][-1]:.4f}.
""")

# %% [markdown]
# ## One ingredient at a time
#
# Do they help? Add them step by step, then change what the net reads. Three steps hold more than
# one change: the first (vocabulary, weighting, size of the net, optimiser, batch size, halving, best epoch),
# *AdamW and clipping*, and *large epsilon*, which comes with ten times the learning rate. The steps
# were listed before the test part was read; since a first run of this list one thing has changed (dropout is gone, see
# below the table). In this run the test part was read once for each step.

# %%
WORDS = {"ngrams": 1, "weighting": "tfidf", "bag_dropout": 0.0, "dropout": 0.0}
WORDS |= {"units": 8, "max_features": FFNN["max_features"]}
PHRASES = WORDS | {"ngrams": 3}
RATIOS = PHRASES | {"weighting": "binary"}
STEPS = {
    "all words, TF-IDF, best epoch kept": (WORDS, NOTHING),
    "+ AdamW and clipping": (WORDS, CAREFUL),
    "+ averaged weights": (WORDS, AVERAGED),
    "+ smoothed labels": (WORDS, SMOOTHED),
    "+ pairs and triples of words": (PHRASES, SMOOTHED),
    "+ naive Bayes instead of TF-IDF": (RATIOS, SMOOTHED),
    "+ large epsilon": (RATIOS, STEADY),
    "+ names left out": (RATIOS | {"names": "out"}, STEADY),
}

# %%
ladder = [first]
for number, (title, (build, fit)) in enumerate(STEPS.items(), start=1):
    name, options = f"ffnn-{number}", {"build": build, "fit_options": fit}
    ladder.append(
        training.measure(
            "ffnn", dataset, name=name, title=title, notebook="03_ffnn", **options
        )
    )
steps = evaluation.ladder(ladder)
steps.style.hide(axis="index").format(precision=4).format(
    precision=1, subset=["gain", "from", "to", "training s"], na_rep=""
)

# %% alt="Accuracy with its interval after each step from the plain net to the published one"
plots.steps(steps)
plt.show()

# %% [markdown]
# *Each dot is the accuracy on 25,000 reviews with its 95 % interval; at the right, the points gained
# over the step before, with the interval of that difference. Below the first, dark dots gain or lose more than
# chance would.*

# %%
gains = steps.set_index("step")["gain"].dropna()
FIRST, *LOOP = list(STEPS)[:4]
RATIO_STEP = "+ naive Bayes instead of TF-IDF"
LOOP.append("+ large epsilon")
said_loop = "; ".join(f"*{name[2:]}* {gains[name]:+z.1f}" for name in LOOP)
loss_of = {s: run.metrics["test"]["loss"] for s, run in zip(steps["step"], ladder, strict=True)}
loop_helps = (steps.set_index("step").loc[LOOP, "from"] > 0).sum() or "none"
sure = steps.set_index("step").query("`from` > 0")["gain"]
lost = steps.set_index("step").query("to < 0")["gain"]

def plain(points):
    """Steps, without their sign of addition, and points as words of a sentence."""
    return "; ".join(f"*{n.removeprefix('+ ')}* {p:+z.1f}" for n, p in points.items())



# %%
for_sure, costs = plain(sure), plain(lost)
evaluation.say(f"""
    From the plain net's {steps["accuracy"].iloc[0]:.4f} to
    **{steps["accuracy"].iloc[-1]:.4f}**. Gains that are more than chance, in points:
    {for_sure}. Losses that are more than chance: {costs or "none"}. The largest gain is
    that of
    **{gains.idxmax()}**{", which is many changes at once" * (gains.idxmax() == FIRST)}.
    The training loop's own rows are {said_loop}: on this net, {loop_helps} of these
    {len(LOOP)} steps gains accuracy by more than chance would. Log loss on the test
    part is another matter: *large epsilon* takes it from {loss_of[RATIO_STEP]:.4f} to
    {loss_of["+ large epsilon"]:.4f}, *smoothed labels* from
    {loss_of["+ averaged weights"]:.4f} to {loss_of["+ smoothed labels"]:.4f}.
""")

# %%
highest = steps.set_index("step")["accuracy"].idxmax()
if highest != steps["step"].iloc[-1]:
    evaluation.say(f"""
        In hindsight the test part likes *{highest}* best. We publish what had the
        smallest log loss on validation all the same: who chooses by the test part has
        no test part left.
    """)

# %% [markdown]
# One ingredient is missing that nearly every network has: *dropout*, which hides half of the n-grams and a
# fifth of the hidden units from each step. It was part of the
# recipe until a first run of this ladder showed that it costs validation loss (by then the test
# figures of that run had been seen, too).

# %%
dropout = training.measure(
    "ffnn",
    dataset,
    name="ffnn-dropout",
    title="with dropout",
    notebook="03_ffnn",
    build=RATIOS | {"names": "out", "bag_dropout": 0.5, "dropout": 0.2},
    fit_options=STEADY,
)
losses = [run.metrics["validation"]["loss"] for run in (ladder[-1], dropout)]
evaluation.say(f"""
    Without dropout the validation loss is {losses[0]:.4f}, with it {losses[1]:.4f}, so
    the published net {"has none" if losses[0] < losses[1] else "could do with some"}.
""")

# %% [markdown]
# The same for the average. The first step is the net of Keras's embedding tutorial, trained on our batches.

# %%
AVERAGE = {"units": 16, "depth": 1, "embedding_scale": 1.0, "vectors": "random"}
AVERAGE |= {
    "word_dropout": 0.0,
    "spatial_dropout": 0.0,
    "dropout": 0.0,
    "max_length": 200,
}
AVERAGE |= {"embedding_dim": 32 if small else 100, "truncation": "head"}
LONGER = AVERAGE | {"max_length": 400, "truncation": "head+tail"}
STARTED = LONGER | {"vectors": "word2vec", "embedding_scale": 0.3}
LOSSY = STARTED | {"word_dropout": 0.3, "spatial_dropout": 0.3, "dropout": 0.5}
DAN_STEPS = {
    "random vectors, first 200 words": (AVERAGE, NOTHING),
    "+ head and tail, 400 words": (LONGER, NOTHING),
    "+ start from Word2Vec": (STARTED, NOTHING),
    "+ dropout of words and features": (LOSSY, NOTHING),
    "+ the whole training protocol": (LOSSY, PROTOCOL),
    "+ two layers of 200": (LOSSY | {"units": 200, "depth": 2}, PROTOCOL),
    "+ names left out": (LOSSY | {"units": 200, "depth": 2, "names": "out"}, PROTOCOL),
}

# %%
dan_ladder = [
    training.measure(
        "dan",
        dataset,
        name=f"dan-{number}",
        title=title,
        notebook="03_ffnn",
        build=build,
        fit_options=fit,
    )
    for number, (title, (build, fit)) in enumerate(DAN_STEPS.items(), start=1)
]
dan_steps = evaluation.ladder(dan_ladder)

# %% alt="Accuracy of the averaging network with its interval after each step"
plots.steps(dan_steps)
plt.show()
best = dan_steps.set_index("step")["gain"].idxmax()
dan_sure = dan_steps.set_index("step").query("`from` > 0")["gain"]
evaluation.say(f"""
    An average of word vectors goes from {dan_steps["accuracy"].iloc[0]:.4f} to
    **{dan_steps["accuracy"].iloc[-1]:.4f}**; the largest single gain comes from
    *{best}*. More than chance are: {plain(dan_sure) or "none"}. (Some steps hold two
    changes: the length and where it is cut, Word2Vec and its scale, the training
    protocol and a larger learning rate.)
""")

# %% [markdown]
# ## Results
#
# *precision* is the share of right answers among those that said *positive*, *recall* the share of
# positive reviews that were found; interval, AUC, log loss, ECE and McNemar's test are explained in
# notebook 2.

# %%
table = evaluation.table(list(runs.values())).sort_values("accuracy", ascending=False)
columns = (
    "model,accuracy,low,high,precision,recall,AUC,log loss,ECE,parameters,training s"
)
table[columns.split(",")].style.hide(axis="index").format(precision=4).format(
    "{:,.0f}", subset=["parameters", "training s"]
)

# %%
pairs = [("ffnn", "nbsvm"), ("ffnn", "dan"), ("dan", "tfidf_lr")]
differences = evaluation.differences(runs, pairs)
for row in differences.to_dict("records"):
    verdict = (
        "more than chance" if row["low"] * row["high"] > 0 else "no more than chance"
    )
    evaluation.say(f"""
        {row["pair"]}: **{100 * row["difference"]:+.1f}** points
        ({100 * row["low"]:+.1f} to {100 * row["high"]:+.1f}), {verdict}.
    """)
by_model = table.set_index("model")
ranks, trusts = by_model["AUC"].idxmax(), by_model["ECE"].idxmin()
ours = by_model.loc[runs["ffnn"].metrics["title"]]
evaluation.say(f"""
    *{ranks}* ranks reviews best (AUC {by_model["AUC"].max():.4f}). The probabilities of
    *{trusts}* are the most reliable (ECE {by_model["ECE"].min():.4f}); those of the
    n-gram net have an ECE of {ours["ECE"]:.4f}.
""")

# %% [markdown]
# How much of that is the luck of the draw? The same recipes from two more random seeds, from which
# everything starts anew: word vectors, first weights, the order of the texts, what dropout drops.

# %%
seeds = {name: training.repeat(dataset, name, seeds=(1, 2)) for name in trained}
spread = evaluation.spread([runs[name] for name in trained])
spread.style.hide(axis="index").format(precision=4)

# %%
for name, other in (("ffnn", "nbsvm"), ("dan", "tfidf_lr")):
    row = spread.set_index("model").loc[runs[name].metrics["title"]]
    rival = runs[other].metrics["test"]["accuracy"]
    side = "all above" if row["lowest"] > rival else "on both sides of"
    side = "all below" if row["highest"] < rival else side
    evaluation.say(f"""
        {row.name}: the seeds lie {100 * (row["highest"] - row["lowest"]):.1f} points
        apart and are {side} *{runs[other].metrics["title"]}* ({rival:.4f}). Published
        is the seed that was fixed beforehand, whatever its rank.
    """)

# %% [markdown]
# ## What can't the average tell apart?
#
# Two sentences of the same words get the same answer from an average, up to rounding. Two pairs of
# our probe sentences are made that way.

# %%
pairs = [
    ("This film is good, not bad at all.", "This film is bad, not good at all."),
    (
        "The first half was dull but the second half was great.",
        "The first half was great but the second half was dull.",
    ),
]
for pair in pairs:
    there, back = dan.predict_proba(list(pair))[:, 1]
    assert np.isclose(there, back, atol=1e-6)
    print(f"{pair[0]}\n{pair[1]}\n   averaged: {there:.4f} and {back:.4f}", end="")
    print(
        "   n-grams: {:.4f} and {:.4f}\n".format(*ffnn.predict_proba(list(pair))[:, 1])
    )

# %% alt="Probability of positive that four models give to each of twelve probe sentences"
probes, expected = evaluation.probe_table(runs)
fig, ax = plt.subplots(figsize=(9, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()

# %%
right = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0).sum()
sides = [(ffnn.predict_proba(list(pair))[:, 1] > 0.5).tolist() for pair in pairs]
apart = sum(a != b for a, b in sides)
alike = "both members negative" if not any(map(any, sides)) else "both members alike"
counts = "; ".join(f"*{name}* {count}" for name, count in right.items())
evaluation.say(f"""
    Right answers to the twelve sentences: {counts}. The n-gram net sees phrases (*not
    good*, *was dull*), so its answers to the members of a pair differ; it puts them on
    different sides of one half in {apart} of {len(pairs)} pairs, and calls {alike} in
    the others.
""")

# %% [markdown]
# *Probability of “positive”; blue-violet above one half, orange below. The sign behind a sentence is
# the right answer, a cross marks a wrong one. A dozen sentences are for looking at, not for ranking
# models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text. This is all that another program needs (beside `import lib.models`,
# which tells Keras about our layers):

# %%
file = paths.models_dir(dataset.name) / "ffnn.keras"
loaded = keras.models.load_model(file)
print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB, classes {loaded.label_names}")
loaded.predict_proba(["I fell asleep halfway through."]).round(4)

# %%
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]

# %% alt="Each of the two reviews, its words coloured by what they add to the answer"
for review in MY_REVIEWS:
    positive = loaded.predict_proba([review])[0, 1]
    words, effects = evaluation.explain.occlusion(loaded, review)
    plots.token_heatmap(
        words, effects, title=f"positive with probability {positive:.2f}"
    )
    plt.show()

# %% [markdown]
# *Blue words pull towards “positive”, orange ones (in italics) towards “negative”: the change of the
# log-odds when the word is left out. The first review is meant to be positive, the second negative.*
#
# The same in an interpreter that has seen nothing of this notebook; `reload` raises an error if an
# answer there differs from the model's here. Printed are the probabilities of *positive* of the two reviews.

# %%
files = {paths.models_dir(dataset.name) / f"{n}.keras": m for n, m in trained.items()}
answers = evaluation.reload(files, MY_REVIEWS)
{path.name: there[:, 1].round(4).tolist() for path, there in answers.items()}

# %% [markdown]
# ## Verdict

# %% alt="Accuracy of all models so far with their intervals, those of this notebook highlighted"
so_far = evaluation.named("imdb", ["tfidf_lr", "nbsvm", "ffnn", "dan"])
ax = plots.accuracy_dots(evaluation.table(so_far.values()), highlight=titles.values())
ax.set_title("So far: accuracy on IMDB's test part, 95 %")
plt.show()

# %%
net, linear, average = (
    runs[n].metrics["test"]["accuracy"] for n in ("ffnn", "nbsvm", "dan")
)
losses = {n: runs[n].metrics["test"]["loss"] for n in ("ffnn", "nbsvm")}
surer = "too" if losses["ffnn"] < losses["nbsvm"] else "not in log loss"
by_step = steps.set_index("step")
singles = by_step.loc[list(STEPS)[:4]]  # nets on single words
words_only = singles.loc[singles["validation"].idxmax(), "accuracy"]
phrases = by_step["gain"]["+ pairs and triples of words"]
row = differences.iloc[0]
beats = (
    "beats"
    if row["low"] > 0
    else "is level with"
    if row["high"] >= 0
    else "stays below"
)

# %%
ffnn_cost, dan_cost = runs["ffnn"].metrics, runs["dan"].metrics
evaluation.say(f"""
    **How far does one get when word order is thrown away? To {words_only:.1%} with a
    net on single words, to {average:.1%} with an average of word vectors.** The order
    inside phrases of two and three words brings {phrases:+.1f} points (from
    {by_step["accuracy"]["+ smoothed labels"]:.1%}, with smoothed labels); the published
    net on n-grams, trained in {ffnn_cost["training"]["seconds"]:.0f} seconds, reaches
    **{net:.1%}** and {beats} the best linear model ({linear:.1%}) in accuracy, {surer}
    ({losses["ffnn"]:.4f} against {losses["nbsvm"]:.4f}). The average needs a file of
    {dan_cost["model"]["file_mb"]:.1f} MB and answers
    {dan_cost["inference"]["texts_per_second"]:,.0f} reviews a second, the net on
    n-grams {ffnn_cost["model"]["file_mb"]:.1f} MB and
    {ffnn_cost["inference"]["texts_per_second"]:,.0f}. What order
    beyond three words is worth, no model of this notebook can say: whatever reads it
    from here on has to beat {max(net, linear):.1%} to be worth its time.
""")

# %% [markdown]
# ## Exercises
#
# 1. Give the net its n-grams without the ratios (`"weighting": "tfidf"` in `FFNN`) and train it again.
#    Expect it to lose up to a point; the row *naive Bayes instead of TF-IDF* says how much it was for the net with names
#    and a small epsilon.
# 2. Let the averaging network read whole reviews: `"max_length": 2000` in `DAN`. Expect slower epochs and
#    hardly another accuracy: most is gained from 200 to 400 words.
#
# ## References
#
# - Iyyer, Manjunatha, Boyd-Graber & Daumé (2015), *Deep unordered composition rivals syntactic
#   methods for text classification*.
# - Loshchilov & Hutter (2019), *Decoupled weight decay regularization*.
# - Szegedy et al. (2016), *Rethinking the Inception architecture*, where label smoothing comes from.
# - Wang & Manning (2012), *Baselines and bigrams: simple, good sentiment and topic classification*.
