# %% [markdown]
# # 12 · Wide and deep
#
# **Do counting and reading know different things, and can one network know both?**
#
# Two kinds of model have come this far. One *counts*: it has a weight for each of hundreds of thousands of
# words and phrases, and where in a review they stand is all the same to it. The other *reads*: it goes from
# word to word, with a vector for each. Where two such models are right about equally often, they may have
# learned the same; or they make different mistakes, about as many, and then there is something to be had by
# asking both. So we look at the mistakes first. Then we try to put both kinds into one network, in which one
# half may keep the other from learning.
#
# You need the IMDB reviews, and notebooks 3, 5 and 8 before. A cell below says how long the trainings of the
# published networks took; those of the ten teachers come on top.

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
for stem in ("wide_and_deep", "wide_and_deep_taught"):
    print(evaluation.cost("imdb", stem))

# %%
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
SEEDS = (0,) if small else (0, 1, 2)
truth = {
    part: getattr(dataset, part).labels for part in ("train", "validation", "test")
}
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(labels) for part, labels in truth.items()}

# %% [markdown]
# ## Do they make different mistakes?
#
# The feed-forward net on n-grams of notebook 3 stands for those that count, the LSTM with attention of
# notebook 8 for those that read: of these two the network below is made. The others are shown beside them. All have answered the same test reviews, and their answers are stored.

# %%
COUNTING = ["tfidf_lr", "nbsvm", "ffnn"]
READING = ["rnn", "lstm", "bilstm", "gru", "cnn", "dcnn", "lstm_attention"]
READING += ["transformer", "transformer_modern", "min_gru", "lru"]
counts, reads = evaluation.named("imdb", ["ffnn", "lstm_attention"]).values()
earlier = evaluation.named("imdb", ["dan", *COUNTING, *READING], missing_ok=True)
overview = evaluation.table(earlier.values())[["model", "accuracy", "low", "high"]]
overview.style.hide(axis="index").format(precision=4)

# %%
WORD = {True: "right", False: "wrong"}
by_net = {"n-gram net": counts.right, "LSTM with attention": reads.right}
display(pd.crosstab(*(pd.Series(r, name=name).map(WORD) for name, r in by_net.items())))
both_wrong = (~counts.right & ~reads.right).mean()
by_chance = (~counts.right).mean() * (~reads.right).mean()
oracle = (counts.right | reads.right).mean()
more = f"{both_wrong / by_chance:.1f} times that, as some reviews are hard for both"
more = more if both_wrong > 1.05 * by_chance else "no more than that"
evaluation.say(f"""
    The n-gram net (*{counts.metrics["title"]}* in tables) is right in
    {counts.right.mean():.2%} of the cases, the LSTM with attention
    (*{reads.metrics["title"]}*; plain *LSTM* there is the model of notebook 5) in
    {reads.right.mean():.2%}. If their errors came independently, both would be wrong
    in {by_chance:.1%}. They are in **{both_wrong:.1%}**: {more}. Only one of them is
    wrong in {(counts.right != reads.right).mean():.1%}, and an *oracle* that always
    knew whom to believe would be right in **{oracle:.1%}**.
""")


# %% [markdown]
# There is no oracle, but there is an average. What does it gain, and does it need models of different
# kinds for that? Take every pair of models so far. Their log-odds are first divided by a *temperature*,
# fitted on validation, so that both mean the same by *sure*; then they are averaged.
#
# Reading differs from counting in more than order: it works on word vectors. So we add a third kind, the deep
# averaging network (DAN) of notebook 3, which has word vectors and no order.
#
# The table has the pairs that do best on validation, five or more if some are equal: how alike their errors are (*likeness*, a correlation),
# how many points of accuracy lie between the two, and what their average gains on the mean of both.

# %%
def odds_of(probabilities):
    """Log-odds of positive, from probabilities (texts, 2)."""
    return logit(np.clip(probabilities[:, 1], 1e-6, 1 - 1e-6))


def scaled_odds(run):
    """A run's log-odds by part, divided by a temperature fitted on validation."""
    labels, probabilities = run.labels["validation"], run.probabilities
    temperature = evaluation.fit_temperature(labels, probabilities["validation"])
    return {part: odds_of(p) / temperature for part, p in probabilities.items()}

odds = {name: scaled_odds(run) for name, run in earlier.items()}

# %%
GROUP = dict.fromkeys(COUNTING, "counts") | dict.fromkeys(READING, "reads")
KINDS = {"counts reads": "one that counts, one that reads"}
KINDS |= {"counts counts": "two that count", "reads reads": "two that read"}
KINDS |= {"DAN counts": "one that counts, DAN", "DAN reads": "one that reads, DAN"}


def averaged(a, b):
    """What there is to say of the average of two runs, by their names."""
    accuracy = {p: ((odds[a][p] + odds[b][p] > 0) == truth[p]).mean() for p in odds[a]}
    alone = [100 * earlier[name].right.mean() for name in (a, b)]
    return {
        "pair": f"{earlier[a].metrics['title']} and {earlier[b].metrics['title']}",
        "kind": KINDS[" ".join(sorted(GROUP.get(name, "DAN") for name in (a, b)))],
        "likeness": np.corrcoef(earlier[a].right, earlier[b].right)[0, 1],
        "apart": abs(alone[0] - alone[1]),
        "gain": 100 * accuracy["test"] - np.mean(alone),
    } | accuracy


pairs = pd.DataFrame({p: averaged(*p) for p in itertools.combinations(earlier, 2)}).T
pairs = pairs.infer_objects()
best_pairs = pairs.nlargest(5, "validation", keep="all")
best_pairs.style.hide(axis="index").format(
    {"apart": "{:.1f}", "gain": "{:+.1f}"}, precision=4
)

# %% alt="Points that the average of two models gains, by the correlation of their errors"
LOOKS = dict(zip(KINDS.values(), ("o", "s", "^", "P", "X"), strict=True))
COLORS = (plots.DARK, "white", plots.LIGHT, "0.4", "0.8")
fig, ax = plt.subplots(figsize=(8.5, 4.2))
for (kind, marker), color in zip(LOOKS.items(), COLORS, strict=True):
    points = pairs[pairs["kind"] == kind]
    dots = {
        "marker": marker,
        "color": color,
        "edgecolor": "black",
        "s": 50,
        "label": kind,
    }
    ax.scatter(points["likeness"], points["gain"], **dots)
our_pair = pairs.loc[("ffnn", "lstm_attention")]
ring = {"fillstyle": "none", "mec": "black", "ms": 14, "mew": 1.5}
label = "n-gram net,\nLSTM with attention"
ax.plot(our_pair["likeness"], our_pair["gain"], "o", ls="", label=label, **ring)
ax.axhline(0, color="black", lw=1, ls=":")
ax.set(xlabel="correlation of errors", ylabel="points over the mean of the two")
ax.set_ylim(min(0, pairs["gain"].min()) - 0.05, None)
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# *Each point is a pair of models: how alike their errors are, and what their averaged log-odds gain on the mean
# of their two accuracies, on the test part. Where one is much better than the other, the average follows it, and
# so gains on the mean of both for that reason alone.*

# %%
named = {"pairs": ("gain", "size"), "likeness": ("likeness", "mean")}
kinds = pairs.groupby("kind").agg(**named, gain=("gain", "mean"))
kinds = kinds.reindex(KINDS.values())
display(kinds.style.format({"pairs": "{:.0f}", "likeness": "{:.2f}", "gain": "{:+.1f}"}))
likeness = {short: kinds["likeness"][kind] for short, kind in KINDS.items()}
place = 1 + int((pairs["validation"] > our_pair["validation"]).sum())
ties = int((pairs["validation"] == our_pair["validation"]).sum()) - 1
shared = f", a place that it shares with {ties} more" * bool(ties)
near = pairs[pairs["apart"] < 1]
slope = near["likeness"].corr(near["gain"])
rule = "the less alike the mistakes, the more an average is worth"
rule = rule if slope < -0.3 else "how alike they are doesn't tell what an average gains"
order_said, nearer = "order is part of what sets the two kinds apart", "count"
if likeness["DAN reads"] > likeness["DAN counts"]:
    order_said, nearer = "it isn't order alone that sets the two kinds apart", "read"

# %%
both_kinds = (best_pairs["kind"] == KINDS["counts reads"]).sum()
span = best_pairs["validation"].max() - best_pairs["validation"].min()
evaluation.say(f"""
    Of the {len(best_pairs)} pairs that do best on validation, **{both_kinds}** are of
    one model that counts and one that reads; {span * len(truth["validation"]):.0f} of
    {len(truth["validation"]):,} reviews lie between the first of them and the last, so
    places mean little. Over the {len(near)} pairs of models that are less than a point
    apart, likeness and gain correlate by **{slope:+.2f}**: {rule}. The n-gram net with
    the LSTM with attention is number {place} of {len(pairs)} by validation{shared};
    we go on with it for its two parts, not for its place.

    DAN reads no order. Its errors correlate by {likeness["DAN reads"]:.2f} with those
    of models that read (two of these: {likeness["reads reads"]:.2f}), and by
    {likeness["DAN counts"]:.2f} with those of models that count (two of these:
    {likeness["counts counts"]:.2f}). So it errs more like those that {nearer}:
    **{order_said}**.
""")


# %% [markdown]
# ### Would any second model do?
#
# The same recipe from another seed is a second model as well. So average two seeds of the n-gram net, two of the
# LSTM with attention, the n-gram net with DAN, and one of each kind; and do it for each seed, as one pair of runs would answer
# with luck. A difference is taken review by review and averaged over the seeds: its interval says what other
# test reviews could do to it, the seeds say what luck in training does. It is *more than chance* if the interval
# leaves out zero and all seeds point the same way; else the two are *level*, which is not to say equal.

# %%
def average(a, b, *, title):
    """The figures of two runs' averaged log-odds."""
    scaled = scaled_odds(a), scaled_odds(b)
    answers = {
        part: expit((scaled[0][part] + scaled[1][part]) / 2) for part in scaled[0]
    }
    seconds = sum(run.metrics["training"]["seconds"] for run in (a, b))
    return evaluation.from_predictions(dataset, title=title, seconds=seconds, **answers)


seeds = {  # the published run and its repeats from other seeds
    name: [earlier[name], *evaluation.repeats(earlier[name])][: len(SEEDS)]
    for name in ("ffnn", "lstm_attention", "dan")
}
AVERAGED = {
    "two n-gram nets": ("ffnn", "ffnn"),
    "two LSTMs with attention": ("lstm_attention", "lstm_attention"),
    "n-gram net and DAN": ("ffnn", "dan"),
    "n-gram net and LSTM with attention": ("ffnn", "lstm_attention"),
}
averages = {}
for title, (one, other) in AVERAGED.items():
    partners = seeds[other] if one != other else [*seeds[other][1:], seeds[other][0]]
    both = zip(seeds[one], partners, strict=True)
    averages[title] = [average(*two, title=f"average: {title}") for two in both]


# %%
def accuracies(runs):
    """Test accuracy over seeds, as columns of a table."""
    seen = [run.right.mean() for run in runs]
    return {"mean": np.mean(seen), "lowest": min(seen), "highest": max(seen)}


def compared(runs, others):
    """A recipe against another, seed by seed, as columns of a table."""
    found = evaluation.contrast(runs, others)
    columns = {name: found[name] for name in ("points", "low", "high", "verdict")}
    return columns | {"by seed": ", ".join(f"{gap:+.1f}" for gap in found["by_seed"])}


gained = {}
for title, names in AVERAGED.items():
    better = max(names, key=lambda name: accuracies(seeds[name])["mean"])
    over = {"better of the two": earlier[better].metrics["title"]}
    gain = compared(averages[title], seeds[better])
    gained[title] = accuracies(averages[title]) | over | gain
SIGNED = dict.fromkeys(("points", "low", "high"), "{:+.1f}")
pd.DataFrame(gained).T.style.format(
    SIGNED | dict.fromkeys(accuracies([counts]), "{:.4f}")
)


# %%
def in_points(row):
    return "{points:+.1f} points, {low:+.1f} to {high:+.1f}".format(**row)


# %%
mixed = averages["n-gram net and LSTM with attention"]
against = {title: compared(mixed, averages[title]) for title in list(AVERAGED)[:-1]}
of_a_kind = [against[title] for title in ("two n-gram nets", "two LSTMs with attention")]
beaten = sum(evaluation.standing(row) == "beats" for row in of_a_kind)
so = ("any second model would do as well", "the kind matters on one side only")
so = (*so, "it matters that the second model is of another kind")[beaten]
behind = accuracies(seeds["lstm_attention"])["mean"] - accuracies(seeds["dan"])["mean"]
evaluation.say(f"""
    The average of one of each {evaluation.standing(of_a_kind[0])} that of two n-gram nets
    ({in_points(of_a_kind[0])}), and {evaluation.standing(of_a_kind[1])} that of two LSTMs
    with attention ({in_points(of_a_kind[1])}): **{so}**. It {evaluation.standing(against["n-gram net and DAN"])}
    the n-gram net averaged with DAN ({in_points(against["n-gram net and DAN"])}); but
    DAN by itself has {100 * behind:.1f} points less than the LSTM.
""")

# %%
over_better = {t: f"{evaluation.standing(row)} it ({in_points(row)})" for t, row in gained.items()}
evaluation.say(f"""
    Against the better of its two models, over the seeds, the average of {
    evaluation.listed(over_better, "{}")
}.
""")

# %% [markdown]
# ### Where do they differ?
#
# By the length of the review, and by how many negations it has. Note that the LSTM with attention reads 400 words of
# a review, head and tail, and the bag holds all of it.

# %% alt="Accuracy of the two models and their average by length and by negations of the review"
traits = evaluation.error_analysis.traits(dataset.test.texts, {})
EDGES = {"words": [0, 100, 150, 200, 300, 400, np.inf]}
EDGES["negations"] = [-0.1, 0.5, 1, 1.5, 2, 3, np.inf]
XLABELS = {"words": "words in the review", "negations": "negations in a hundred words"}
three = {"n-gram net": seeds["ffnn"], "LSTM with attention": seeds["lstm_attention"]}
three |= {"average of the two": mixed}
right = {
    title: np.mean([run.right for run in some], axis=0) for title, some in three.items()
}
groups = {}
fig, two = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
for ax, (trait, edges) in zip(two, EDGES.items(), strict=True):
    intervals = [*(f"to {edge:g}" for edge in edges[1:-1]), f"over {edges[-2]:g}"]
    groups[trait] = pd.cut(traits[trait], edges, labels=intervals)
    means = pd.DataFrame(right).groupby(groups[trait], observed=True).mean()
    curves = {name: (means.index, means[name]) for name in means}
    plots.lines(curves, xlabel=XLABELS[trait], ylabel="accuracy", marker="o", ax=ax)
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# *Accuracy on the test part in groups of reviews, in the mean over the seeds; the last group of each panel is
# open. Most of what lies between the two models in one group is within chance, as is said below.*

# %%
lead = pd.Series(100 * (right["n-gram net"] - right["LSTM with attention"]))
leads = pd.concat(
    {
        t: lead.groupby(group, observed=True).agg(["mean", "sem"])
        for t, group in groups.items()
    }
)
leads.index = leads.index.map(" ".join)
sure = leads["mean"][leads["mean"].abs() > 1.96 * leads["sem"]]

# %%
parts = [pd.DataFrame(right).groupby(g, observed=True).mean() for g in groups.values()]
parts = pd.concat(parts)
tops = (parts["average of the two"] > parts.iloc[:, :2].max(axis=1)).sum()
so = ""
if list(sure.index) == ["words over 400"] and sure.iloc[0] > 0:
    so = (
        "So they differ where the LSTM doesn't see the whole review, and more "
        "negations don't favour the one that reads. "
    )
evaluation.say(f"""
    Points by which the n-gram net is ahead of the LSTM (minus: behind), where that is
    more than the choice of test reviews explains: {
    evaluation.listed(sure, "{:+.1f}")
} ({len(leads)} groups were looked at; one in twenty would show such a lead by
    chance). {so}Over all reviews it is {lead.mean():+.1f}; with most negations (*{leads.index[-1]}*)
    {leads["mean"].iloc[-1]:+.1f}. The average is above both in {tops} of the
    {len(parts)} groups.
""")

# %% [markdown]
# ## The plain network
#
# One network with both, then. *Wide and deep* (Cheng et al. 2016): a wide half that sees which features
# occur, a deep half that works on embeddings, and a sum. In plain Keras: which of 10,000 words and pairs
# of words occur, and the first and last 50 words in order.

# %%
PHRASES = {"binary": True, "ngram_range": (1, 2), "max_features": 10_000}
counter = CountVectorizer(**PHRASES, dtype="int8")
reader = text.SequenceVectorizer(vocabulary_size=10_000, max_length=100, padding="pre")
counter.fit(text.clean(dataset.train.texts))
reader.fit(dataset.train.texts)


def read_both_ways(texts):
    """Which n-grams occur, (texts, n-grams), and word ids in order, (texts, 100)."""
    bags = counter.transform(text.clean(texts)).toarray()
    return [bags, reader.collate(reader.transform(texts))]


inputs = {part: read_both_ways(getattr(dataset, part).texts) for part in truth}
{part: [array.shape for array in arrays] for part, arrays in inputs.items()}


# %%
def plain(join):
    """The network of two halves, and a network that gives the logit of each half."""
    keras.utils.set_random_seed(0)
    bag = keras.Input((len(counter.vocabulary_),))
    ids = keras.Input((100,), dtype="int32")
    hidden = layers.Dense(16, activation="relu")
    wide = keras.Sequential([hidden, layers.Dense(1)], name="wide")
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
# Trained three ways: the sum alone, as described; the deep half alone, to see what it can do; and the sum of which
# one half is left out now and then (*branch dropout*, explained below). After each epoch each half is asked
# separately. A half may be too high by as much as the other is too low, so it is taken to say *positive* where its
# logit is above its own median.
#
# What the deep half learns from is an error: how far a probability is from the label, $|p-y|$. Whose
# probability, differs: that of the sum, its own, or with branch dropout now one and now the other. The mean of
# that error over training reviews is noted as well.

# %%
def hits(logits, labels):
    """Which answers of a half are right, its logits cut at their median."""
    return (np.ravel(logits) > np.median(logits)) == labels


def error_for_deep(way, wide, deep, labels):
    """Mean size of the error that the deep half is trained by, from both logits."""
    of_sum, own = (np.abs(expit(z) - labels).mean() for z in (wide + deep, deep))
    if way != "branch dropout":
        return own if way == "deep half alone" else of_sum
    doubled = np.abs(expit(2 * deep) - labels).mean()  # what is left alone counts twice
    return of_sum / 2 + 2 * doubled / 4  # a quarter of the time it is left out itself


def look(way, halves):
    """How both halves do by themselves, as rows of a table, one a part."""
    for part in ("train", "validation"):
        every = 5 if part == "train" else 1
        some = [array[::every] for array in inputs[part]]
        labels = truth[part][::every]
        wide, deep = map(np.ravel, halves.predict(some, batch_size=500, verbose=0))
        row = {"part": part, "wide": hits(wide, labels).mean()}
        row |= {"deep": hits(deep, labels).mean()}
        yield row | {"error": error_for_deep(way, wide, deep, labels)}


# %%
WAYS = {
    "sum alone": lambda wide, deep: layers.Add()([wide, deep]),
    "deep half alone": lambda wide, deep: deep,
    "branch dropout": lambda wide, deep: AddBranches(0.5)(wide, deep),
}
plain_networks, plain_halves, seconds, looks = {}, {}, dict.fromkeys(WAYS, 0), []
for way, join in WAYS.items():
    plain_networks[way], plain_halves[way] = plain(join)
    for epoch in range(1, (2 if small else 4) + 1):
        started = time.perf_counter()
        options = {"batch_size": 128, "verbose": 0}
        plain_networks[way].fit(inputs["train"], truth["train"], **options)
        seconds[way] += time.perf_counter() - started
        about = {"way": way, "epoch": epoch}
        looks += [about | row for row in look(way, plain_halves[way])]
epochs = pd.DataFrame(looks).set_index(["way", "part", "epoch"])

# %% alt="Accuracy of each half by epoch when trained by the sum alone and with branch dropout"
fig, (left_ax, right_ax) = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
LINES = {"sum alone": (plots.LIGHT, "--"), "branch dropout": (plots.DARK, "-")}
LINES["deep half alone"] = ("black", ":")
for way, (color, line) in LINES.items():
    curves = epochs.loc[way]
    right_ax.plot(
        curves["deep"]["validation"], line, color=color, marker="o", label=way
    )
    if way != "deep half alone":
        left_ax.plot(curves["wide"]["validation"], line, color=color, marker="o")
        on_train = {"color": "0.6", "label": f"{way}, train"}
        left_ax.plot(curves["wide"]["train"], line, **on_train)
left_ax.set(title="wide half", xlabel="epoch", ylabel="accuracy of the half alone")
right_ax.set(title="deep half", xlabel="epoch")
left_ax.xaxis.set_major_locator(plt.MaxNLocator(integer=True))
right_ax.xaxis.set_major_locator(plt.MaxNLocator(integer=True))
entries = [ax.get_legend_handles_labels() for ax in (right_ax, left_ax)]
fig.legend(*(a + b for a, b in zip(*entries, strict=True)), loc="outside right center")
plt.show()


# %% [markdown]
# *Accuracy of each half by itself after each epoch: in colour on validation, in grey that of the wide half
# on train. The dotted line is the deep half without a wide one beside it.*

# %%
def with_interval(values):
    """The mean of values, shares of one, in points, with its 95 % interval."""
    mean, error = (
        100 * np.mean(values),
        100 * np.std(values, ddof=1) / len(values) ** 0.5,
    )
    return {"points": mean, "low": mean - 1.96 * error, "high": mean + 1.96 * error}


def by_sign(row):
    """How one thing stands to another, by where the interval of the difference lies."""
    stands = "better than" if row["low"] > 0 else "level with"
    return "worse than" if row["high"] < 0 else stands


plain_answers = {
    part: expit(plain_networks["sum alone"].predict(inputs[part], verbose=0))
    for part in ("validation", "test")
}
plain_answers |= {"title": "plain sum of two halves", "seconds": seconds["sum alone"]}
plain_sum = evaluation.from_predictions(dataset, **plain_answers)

# %%
deep_hits = {
    way: hits(halves.predict(inputs["validation"], verbose=0)[1], truth["validation"])
    for way, halves in plain_halves.items()
}
poorer = with_interval(1.0 * deep_hits["sum alone"] - deep_hits["deep half alone"])
wide_at_end = epochs["wide"]["sum alone"].groupby("part").last()
evaluation.say(f"""
    After the last epoch, the wide half of the plain sum is right on
    **{wide_at_end["train"]:.1%}** of the training reviews and on
    {wide_at_end["validation"]:.1%} of validation. Its deep half is right on
    **{deep_hits["sum alone"].mean():.1%}** of validation, the same half trained alone
    on {deep_hits["deep half alone"].mean():.1%} ({in_points(poorer)}): by itself, the
    half from the sum is {by_sign(poorer)} one trained alone. With branch dropout it
    gets to {deep_hits["branch dropout"].mean():.1%}. On the test part the plain sum
    reaches **{plain_sum.metrics["test"]["accuracy"]:.4f}**. (One seed each.)
""")

# %% [markdown]
# ## Why a sum may be a trap
#
# The loss of a sum of logits $s=w+d$ has the same derivative by both: $\partial L/\partial w=\partial
# L/\partial d=p-y$, the error of the *sum* (Wang, Tran & Feiszli 2020 find the same of networks
# that see and hear). What one half has explained, the other is no longer asked for; and a half with a weight for each phrase can learn the training reviews by heart. First the derivative, by hand
# and by TensorFlow:

# %%
some_w, some_d = map(tf.constant, np.random.default_rng(0).normal(size=(2, 200, 1)))
some_y = truth["train"][:200, None].astype("float64")
with tf.GradientTape() as tape:
    tape.watch([some_w, some_d])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)(some_y, some_w + some_d)
by_keras = np.array(tape.gradient(loss, [some_w, some_d]))
by_hand = (expit((some_w + some_d).numpy()) - some_y) / len(some_y)
assert np.allclose(by_keras, by_hand, atol=1e-6)
print(f"largest difference, for both halves: {np.abs(by_keras - by_hand).max():.1e}")
errors = epochs["error"].xs("train", level="part").groupby("way").mean()
share = errors["sum alone"] / errors["deep half alone"]
evaluation.say(f"""
    Mean error $|p-y|$ that the deep half of the plain network was trained by, over the
    epochs: **{errors["sum alone"]:.3f}** in the sum alone,
    {errors["deep half alone"]:.3f} by itself, {errors["branch dropout"]:.3f} with
    branch dropout. What the sum leaves for it to learn from is {share:.0%} of what it
    has by itself.
""")

# %% [markdown]
# ## The network
#
# Branch dropout (ModDrop, Neverova et al. 2016): for a share of the training texts one half is left out, drawn
# anew each time, and the other has to answer alone; its logits count twice then, so that on average over the
# draws each half still counts once. When the network is asked, both answer. By hand:

# %%
wide_logits, deep_logits = np.random.default_rng(0).normal(size=(2, 20_000, 2))
add = AddBranches(0.5)
asked_for = np.asarray(add(wide_logits, deep_logits, training=False))
trained_on = np.asarray(add(wide_logits, deep_logits, training=True))
assert np.allclose(asked_for, wide_logits + deep_logits, atol=1e-5)
outcomes = {"wide alone": 2 * wide_logits, "deep alone": 2 * deep_logits}
outcomes["both"] = wide_logits + deep_logits
drawn = {
    outcome: np.isclose(trained_on, value, atol=1e-5).all(axis=1).mean()
    for outcome, value in outcomes.items()
}
assert np.isclose(sum(drawn.values()), 1)
print({outcome: f"{frequency:.1%}" for outcome, frequency in drawn.items()})
in_the_open = [AddBranches.call, models.wide_and_deep.wide_and_deep]
Code("\n\n".join(map(inspect.getsource, in_the_open)), language="python")

# %% alt="Diagram of the wide and deep network, layer by layer with shapes"
# Names of people and places stay out of both vocabularies, as in notebook 3.
WIDE_AND_DEEP = {"names": "out", "max_features": 200_000, "branch_dropout": 0.5}
TRAINING = {"epochs": 14, "learning_rate": 3e-3, "ema_momentum": 0.995, "epsilon": 1e-4}
if small:
    WIDE_AND_DEEP |= {"max_features": 5_000, "units": 8, "embedding_dim": 16}
    TRAINING |= {"epochs": 2, "ema_momentum": 0.9}
joint = models.build("wide_and_deep", dataset, **WIDE_AND_DEEP)
ids_of_one, ngrams_of_one, _ = joint.vectorizer.transform(["Not a good film."])[0]
print("words  ", ids_of_one)
print("n-grams", [joint.vectorizer.bag.vocabulary[i - 1] for i in ngrams_of_one])
HALVES = ("wide", "deep")
ids_in, *bag_in = joint.network.inputs
fig, two = plt.subplots(1, 2, figsize=(10, 5.6), width_ratios=[2, 1])
for ax, half, read in zip(two, HALVES, (bag_in, ids_in), strict=True):
    plots.network(keras.Model(read, joint.network.get_layer(half).output), ax=ax)
    ax.set_title(f"{half} half")
plt.show()

# %% [markdown]
# *Both halves from their inputs (left n-gram ids, beside them their values; right word ids) to two logits each, which
# `AddBranches` adds. They share nothing. One is built as the n-gram net of notebook 3, on fewer n-grams and with
# dropout, the other as the LSTM with attention of notebook 8.*
#
# ## Train and publish
#
# Twice: with branch dropout, which is what is published, and by the sum alone, which is kept for what
# can be learned from it. If runs of exactly these recipes are in `models/`, `fit` loads them and says so. What
# was tried by hand, on validation, is in `notebooks/logs/wide_and_deep.csv`.

# %% alt="Train and validation accuracy by epoch with branch dropout and by the sum alone"
SUM_ALONE = WIDE_AND_DEEP | {"branch_dropout": 0.0}
by_sum = models.build("wide_and_deep", dataset, **SUM_ALONE)
NAMES = {"wide_and_deep": joint, "steps/wide_and_deep-sum": by_sum}
TITLES = dict(zip(NAMES, ("Wide and deep", "one network, sum alone"), strict=True))
fitted = {}
for name, model in NAMES.items():
    fitted[name] = training.fit(model, dataset, name=name, **TRAINING)
    about = {"name": name, "title": TITLES[name], "notebook": "12_wide_and_deep"}
    evaluation.publish(model, dataset, fitted[name], **about)
fig, two = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
for ax, name in zip(two, fitted, strict=True):
    plots.history(fitted[name].record, title=TITLES[name], ax=ax).legend().remove()
fig.legend(*two[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# *Accuracy by epoch, on train with all dropout; the dotted line is the epoch whose weights are kept, by the
# smallest validation loss.*

# %%
kept = {}
for name, history in fitted.items():
    epoch, log = history.record["best_epoch"], history.record["history"]
    kept[TITLES[name]] = (
        f"epoch {epoch}, right on {log['accuracy'][epoch - 1]:.1%} of train and "
        f"{log['val_accuracy'][epoch - 1]:.1%} of validation"
    )
evaluation.say(f"""
    What is kept: {evaluation.listed(kept, "{}")}. What is left out in training lowers what is
    seen of train, so only the figures of validation can be compared.
""")

# %% [markdown]
# Both from other seeds:

# %%
seeds["wide_and_deep"] = training.repeat(dataset, "wide_and_deep", seeds=SEEDS[1:])
(sum_published,) = evaluation.named("imdb", ["steps/wide_and_deep-sum"]).values()
seeds["sum alone"] = [sum_published]
for seed in SEEDS[1:]:
    again = training.measure(
        "wide_and_deep",
        dataset,
        name=f"wide_and_deep-sum-seed{seed}",
        title=TITLES["steps/wide_and_deep-sum"],
        notebook="12_wide_and_deep",
        seed=seed,
        build=SUM_ALONE,
        fit_options=TRAINING,
    )
    seeds["sum alone"].append(again)
by_dropout = compared(seeds["wide_and_deep"], seeds["sum alone"])
evaluation.say(f"""
    With branch dropout the network has
    **{accuracies(seeds["wide_and_deep"])["mean"]:.4f}** in the mean over {len(SEEDS)}
    seeds, by the sum alone {accuracies(seeds["sum alone"])["mean"]:.4f}. It
    {evaluation.standing(by_dropout)} the sum alone ({in_points(by_dropout)}; by seed
    {by_dropout["by seed"]}).
""")


# %% [markdown]
# Now ask each half of both trained networks separately, and beside them the two models of notebooks 3
# and 8, which have never heard of each other. (The seed that is published; of the others only the answers are
# kept.)

# %%
def ask_halves(model, texts):
    """Log-odds of positive of each half, (texts, 2): wide, deep."""
    ends = [model.network.get_layer(half).output for half in HALVES]
    network = keras.Model(model.network.inputs, layers.Concatenate()(ends))
    rows, collate = model.vectorizer.transform(texts), model.vectorizer.collate
    ask = network.predict_on_batch
    logits = predict_rows(ask, rows, collate, width=4, tokens=2**17)
    return logits[:, [1, 3]] - logits[:, [0, 2]]


DROPOUT, SUM, APART = *TITLES.values(), "a model of its own"
sample = dataset.train.take(np.arange(0, len(dataset.train), 5))
asked = {}
for name, model in NAMES.items():
    asked[TITLES[name], "train"] = ask_halves(model, sample.texts)
    asked[TITLES[name], "test"] = ask_halves(model, dataset.test.texts)
on_train = [
    models.load(run.model_file).predict_proba(sample.texts) for run in (counts, reads)
]
on_test = [run.probabilities["test"] for run in (counts, reads)]
asked[APART, "train"] = np.stack([odds_of(p) for p in on_train], axis=1)
asked[APART, "test"] = np.stack([odds_of(p) for p in on_test], axis=1)

# %%
half_right = {
    (half, who, part): hits(values, sample.labels if part == "train" else truth["test"])
    for (who, part), both in asked.items()
    for half, values in zip(HALVES, both.T, strict=True)
}
rates = pd.Series({key: found.mean() for key, found in half_right.items()}).unstack()
rates.loc[list(itertools.product(HALVES, [APART, SUM, DROPOUT]))].style.format("{:.1%}")

# %% [markdown]
# *How often each half is right by itself, on the test part and on a part of train. The larger the gap between
# the two, the more was learned by heart; low on both parts, little was learned at all. The two wide halves have fewer
# n-grams than the model of its own, and dropout on them. "Wide and deep" is the network with branch dropout.*

# %%
deep_right = {
    who: 1.0 * half_right["deep", who, "test"] for who in (APART, SUM, DROPOUT)
}
lost = with_interval(deep_right[SUM] - deep_right[APART])
regained = with_interval(deep_right[DROPOUT] - deep_right[SUM])
adds = {}
for who in (SUM, DROPOUT):
    sum_right = 1.0 * hits(asked[who, "test"].sum(axis=1), truth["test"])
    adds[who] = in_points(with_interval(sum_right - half_right["wide", who, "test"]))
changed = 1.0 * half_right["wide", DROPOUT, "test"] - half_right["wide", SUM, "test"]
changed = with_interval(changed)

# %%
evaluation.say(f"""
    Trained by the sum alone, the wide half is right on
    **{rates.loc[("wide", SUM), "train"]:.1%}** of training reviews and on
    {rates.loc[("wide", SUM), "test"]:.1%} of test reviews. The deep half beside it is
    right on {deep_right[SUM].mean():.1%} of the test part, a model of its own on
    {deep_right[APART].mean():.1%} ({in_points(lost)}). By itself it is
    **{by_sign(lost)}** one trained alone. With branch dropout it has
    {deep_right[DROPOUT].mean():.1%} ({in_points(regained)} against the sum alone).

    On train the deep half from the sum is right on
    {rates.loc[("deep", SUM), "train"]:.1%}, a model of its own on
    {rates.loc[("deep", APART), "train"]:.1%}. Against the wide half beside it, the sum
    gains {adds[SUM]} in the network trained by the sum alone, and {adds[DROPOUT]} with
    branch dropout; but with branch dropout the wide half itself is another
    ({in_points(changed)}). (One seed of each; intervals are over test
    reviews.)
""")

# %% [markdown]
# ## Taught by the average
#
# The average of two models is two models. Can one network learn what the average *answers*? That is **knowledge
# distillation** (Hinton, Vinyals & Dean 2015): instead of "positive", the pupil is told "positive, .71", and so
# is told of reviews with two sides that they have two. The answers take the place of label smoothing, so that is
# left out. There is one catch. A model may know the reviews that it was trained on by heart, and is surer of them
# then than of any other. So the train part is cut into folds, and each review is answered by a pair of teachers who were
# trained on the other folds.

# %%
FOLDS = 2 if small else 5
told = {
    run.metrics["name"]: training.out_of_fold(
        dataset=dataset, name=run.metrics["name"], count=FOLDS, **training.recipe(run)
    )
    for run in (counts, reads)
}
scaled = [
    odds_of(p) / evaluation.fit_temperature(truth["train"], p) for p in told.values()
]
teacher = expit(np.mean(scaled, axis=0))
lesson = np.stack([1 - teacher, teacher], axis=1)
told_right = [
    (p.argmax(axis=1) == truth["train"]).mean() for p in (*told.values(), lesson)
]
evaluation.say(f"""
    Asked about training reviews that they have not seen, the n-gram nets are right on
    {told_right[0]:.1%}, the LSTMs on {told_right[1]:.1%}, and the average of both,
    each with a temperature of its own, on **{told_right[2]:.1%}**. (Folds share films,
    the test part shares none with them. There, trained on all of train, the three are
    right on {counts.right.mean():.1%}, {reads.right.mean():.1%} and
    {mixed[0].right.mean():.1%}.)
""")

# %% [markdown]
# Should the label have a say as well? That is asked with the cheapest pupil, the n-gram net by itself, and
# decided by the log loss on validation. This pupil is a control at the same time: does it take two halves to
# learn from the average, or is a good teacher enough?

# %%
SHARES = {"half answer, half label": 0.5} | ({} if small else {"answers alone": 1.0})
LESSONS = {
    said: data.taught(dataset, lesson, share=share) for said, share in SHARES.items()
}
ngram_recipe = training.recipe(counts)
ngram_recipe["fit_options"] = ngram_recipe["fit_options"] | {"label_smoothing": 0.0}


def pupil(number, said, seed):
    """An n-gram net that is taught; trained if it is not there yet."""
    return training.measure(
        dataset=dataset,
        name=f"wide_and_deep-pupil-{number}-seed{seed}",
        title=f"n-gram net, taught: {said}",
        notebook="12_wide_and_deep",
        seed=seed,
        labelled=LESSONS[said],
        **ngram_recipe,
    )


# %%
pupils = {
    said: [pupil(number, said, seed) for seed in SEEDS]
    for number, said in enumerate(LESSONS, start=1)
}
losses = {
    said: np.mean([run.metrics["validation"]["loss"] for run in some])
    for said, some in pupils.items()
}
chosen = min(losses, key=losses.get)
seeds["pupil"] = pupils[chosen]
of_teacher = compared(seeds["pupil"], seeds["ffnn"])
enough = "a good teacher alone brings the n-gram net nothing that shows"
if evaluation.standing(of_teacher) == "beats":
    enough = "part of what is learned needs no second half"
evaluation.say(f"""
    Mean log loss on validation: {evaluation.listed(losses, "{:.4f}")}. We go on with *{chosen}*.
    The n-gram net taught so has {accuracies(seeds["pupil"])["mean"]:.4f} on the test
    part in the mean over seeds. It {evaluation.standing(of_teacher)} the same net taught by
    labels ({in_points(of_teacher)}): {enough}.
""")

# %%
TAUGHT = TRAINING | {"label_smoothing": 0.0}
learner = models.build(
    "wide_and_deep", dataset, labelled=LESSONS[chosen], **WIDE_AND_DEEP
)
fitted["taught"] = training.fit(
    learner, LESSONS[chosen], name="wide_and_deep_taught", **TAUGHT
)
about_taught = {"name": "wide_and_deep_taught", "title": "Wide and deep, taught"}
about_taught["notebook"] = "12_wide_and_deep"
evaluation.publish(learner, LESSONS[chosen], fitted["taught"], **about_taught)
seeds["taught"] = training.repeat(
    dataset, "wide_and_deep_taught", seeds=SEEDS[1:], taught=LESSONS[chosen]
)
best = fitted["taught"].record["best_epoch"]
epochs_run = len(fitted["taught"].record["history"]["loss"])
evaluation.say(f"Of the taught network, epoch {best} of {epochs_run} is kept.")

# %% [markdown]
# ## One ingredient at a time
#
# From the plain sum to the published networks. The first step is large on purpose: it brings all that notebooks 3
# and 8 measure one by one (more and longer n-grams with naive Bayes weights, 400 words read in both directions,
# attention, word vectors, dropout, the training protocol). The steps behind it are this notebook's.

# %% alt="Accuracy with its interval from the plain sum to the network taught by the average"
STEPS = {"+ all of notebooks 3 and 8": "sum alone", "+ branch dropout": "wide_and_deep"}
STEPS |= {"+ taught by the average": "taught"}
ladder = [plain_sum, *(seeds[key][0] for key in STEPS.values())]
steps = evaluation.ladder(ladder)
steps["step"] = [plain_sum.metrics["title"], *STEPS]
styled = steps.style.hide(axis="index").format(precision=4)
digits = dict.fromkeys(["gain", "from", "to"], "{:+.2f}") | {"training s": "{:.0f}"}
display(styled.format(digits, precision=4, na_rep=""))
plots.steps(steps)
plt.show()
by_teaching = compared(seeds["taught"], seeds["wide_and_deep"])
by_step = steps.set_index("step")["gain"].iloc[1:]
n_validation = len(truth["validation"])
on_validation = ", ".join(f"{v:.4f}" for v in steps["validation"].iloc[-3:])
evaluation.say(f"""
    From {steps["accuracy"].iloc[0]:.4f} to {steps["accuracy"].iloc[-1]:.4f}; the step
    that brings most is **{by_step.idxmax()}** ({by_step.max():+.1f} points). Over
    {len(SEEDS)} seeds, *branch dropout* brings {in_points(by_dropout)} (by seed
    {by_dropout["by seed"]}; {by_dropout["verdict"]}), *being taught by the average*
    {in_points(by_teaching)} (by seed {by_teaching["by seed"]};
    {by_teaching["verdict"]}). On validation, where one review in {n_validation:,} is
    {100 / n_validation:.2f} points, the last three have {on_validation}.
""")

# %% [markdown]
# *Each dot is the accuracy on the test part with its 95 % interval; at the right, the points gained over the
# step before, with the interval of that difference. Below the first, dark dots gain or lose more than the choice of test reviews
# explains; each step is one seed here, and the luck of the seed comes on top. The time of the taught network is
# its own, without its teachers'.*
#
# ## Results
#
# *Precision* is the share of right answers among those that said *positive*, *recall* the share of positive
# reviews that were found; interval, AUC, log loss and ECE are explained in notebook 2. The published seed of each:

# %%
beside = evaluation.named("imdb", ["nbsvm", "ffnn", "lstm_attention"], missing_ok=True)
shown = [*beside.values(), mixed[0]]
shown += [seeds[key][0] for key in ("wide_and_deep", "taught")]
table = evaluation.table(shown).sort_values("accuracy", ascending=False)
columns = "model,accuracy,low,high,precision,recall,AUC,log loss,ECE".split(",")
whole = dict.fromkeys(["parameters", "training s"], "{:,.0f}")
table[[*columns, *whole, "file MB"]].style.hide(axis="index").format(
    whole | {"file MB": "{:.1f}"}, precision=4, na_rep=""
)

# %%
by_model = table.set_index("model").loc[[r.metrics["title"] for r in shown[-2:]]]
change = {
    column: "from {:.4f} to {:.4f}".format(*by_model[column])
    for column in ("accuracy", "log loss", "ECE")
}
evaluation.say(f"""
    What teaching changes in the published network: {evaluation.listed(change, "{}")}. In log loss
    and ECE two things work together, the answers of the average and the label
    smoothing that gives way to them.
""")

# %% [markdown]
# And over the seeds, which is what counts in a comparison. *One network* is *Wide and deep* of the
# table above, with branch dropout:

# %%
OVER_SEEDS = {
    "n-gram net": seeds["ffnn"],
    "LSTM with attention": seeds["lstm_attention"],
    "average of the two": mixed,
    "n-gram net, taught": seeds["pupil"],
    "one network, sum alone": seeds["sum alone"],
    "one network": seeds["wide_and_deep"],
    "one network, taught": seeds["taught"],
}
reached = pd.DataFrame(
    {title: accuracies(runs) for title, runs in OVER_SEEDS.items()}
).T
display(reached.style.format(precision=4))
PAIRS = [
    ("average of the two", title) for title in ("n-gram net", "LSTM with attention")
]
PAIRS += [
    (one, title)
    for one in ("one network, sum alone", "one network")
    for title in list(OVER_SEEDS)[:3]
]
PAIRS += [("one network, taught", title) for title in list(OVER_SEEDS)[:4]]
PAIRS += [("one network, taught", "one network")]
differences = {two: compared(*(OVER_SEEDS[title] for title in two)) for two in PAIRS}
pd.DataFrame(differences).T.style.format(SIGNED)

# %% [markdown]
# *Points of the first over the second, seed by seed, with the interval of the mean over the test reviews.*

# %%
literature = evaluation.published().query(
    "dataset == 'imdb' and source == 'literature'"
)
who = literature["document"].str.extract(r"(.+?) \((\d{4})\)").agg(" ".join, axis=1)
figures = literature.set_axis(literature["title"] + " (" + who + ")")["accuracy"]
more_data = figures[literature["data"].str.contains("unlabelled").to_numpy()]
one_and_taught = reached.loc[["one network", "one network, taught"], "mean"]
higher = figures[figures > one_and_taught.max()]
evaluation.say(f"""
    What others have published on the same 25,000 test reviews, each with a protocol of
    its own: {evaluation.listed(figures, "{:.4f}")}. The unlabelled reviews and the texts of the
    test part were used as well by: {evaluation.listed(more_data, "{:.4f}")}. One network here has
    {one_and_taught.iloc[0]:.4f} in the mean over seeds, taught
    {one_and_taught.iloc[1]:.4f}, the average of two
    {reached["mean"]["average of the two"]:.4f}. Above the better of the first two: {
    evaluation.listed(higher, "{:.4f}")
}. (An accuracy of that size is known to within
    {100 * (mixed[0].metrics["test"]["accuracy_ci95"][1] - mixed[0].right.mean()):.1f}
    points on a test part of that size.)
""")

# %% [markdown]
# ## Which half decides?
#
# In the published network with branch dropout, for each test review, the logits of both halves. Where they have
# the same sign, they agree; else the one whose logit is larger in size has its way.

# %%
halves = asked[DROPOUT, "test"]
of_joint = odds_of(joint.predict_proba(dataset.test.texts[:50]))
assert np.allclose(halves[:50].sum(axis=1), of_joint, atol=1e-3)
says = halves > 0
agree = says[:, 0] == says[:, 1]
right_of = pd.DataFrame(says == truth["test"][:, None].astype(bool), columns=HALVES)
right_of["sum"] = (halves.sum(axis=1) > 0) == truth["test"]

# %% alt="Log-odds of the wide and of the deep half for all test reviews, by quadrant"
fig, two = plt.subplots(1, 2, figsize=(10, 4.6), sharex=True, sharey=True)
limit = np.percentile(np.abs(halves), 99.5)
hexagons = {"gridsize": 40, "extent": [-limit, limit] * 2, "bins": "log"}
hexagons |= {"mincnt": 1, "vmin": 0.2}
for label_index, ax in enumerate(two):
    of_label = halves[truth["test"] == label_index]
    ax.hexbin(*of_label.T, cmap="Blues", linewidths=0, **hexagons)
    ax.axhline(0, color="black", lw=1)
    ax.axvline(0, color="black", lw=1)
    ax.plot([-limit, limit], [limit, -limit], color="black", lw=1, ls=":")
    for x, y in itertools.product((-1, 1), (-1, 1)):
        in_quadrant = (np.sign(of_label) == [x, y]).all(axis=1).mean()
        place = {"ha": "center", "fontsize": "small", "weight": "bold"}
        place["bbox"] = {"facecolor": "white", "alpha": 0.85, "lw": 0, "pad": 1.5}
        ax.text(0.5 * x * limit, 0.9 * y * limit, f"{in_quadrant:.1%}", **place)
    ax.set(title=f"{dataset.label_names[label_index]} reviews", xlabel="wide half")
two[0].set_ylabel("deep half")
plt.show()

# %% [markdown]
# *Log-odds of both halves on the test part, darker where there are more reviews (on a logarithmic scale);
# percentages are the shares of the quadrants, in which the outermost reviews, not drawn, are counted. Above and to the right of the dotted line the sum says
# “positive”: of negative reviews these are the errors, of positive ones what lies below it.*

# %%
deep_louder = np.abs(halves[:, 1]) > np.abs(halves[:, 0])
share_of_wide = pd.Series(np.abs(halves[:, 0]) / np.abs(halves).sum(axis=1))
shares_by = share_of_wide.groupby(groups["words"], observed=True).mean()
evaluation.say(f"""
    The halves agree on {agree.mean():.1%} of the reviews, and are right in
    {right_of["sum"][agree].mean():.1%} of these. Where they don't, the deep half has
    its way in **{deep_louder[~agree].mean():.0%}** of the cases; whoever wins is right
    in {right_of["sum"][~agree].mean():.1%}. By itself, its logits cut at zero, the
    wide half is right in {right_of["wide"].mean():.1%}, the deep half in
    {right_of["deep"].mean():.1%}, the sum in {right_of["sum"].mean():.1%} of all
    reviews. Of the two logits' sizes together the wide half's makes up
    {share_of_wide.mean():.0%}, in the mean over reviews; {shares_by.iloc[0]:.0%} in
    those of up to 100 words, {shares_by.iloc[-1]:.0%} over 400.
""")


# %% [markdown]
# ### When one half is wrong
#
# How often does one half save the other, and how often does it drown it? And what does that look like: short
# reviews on which one half is wrong and the sum is right. Each word is left out in turn, and what that changes
# is read off both halves.

# %%
def moved(model, review):
    """A review's words, both halves' log-odds, and what each word adds, (words, 2)."""
    words = text.clean([review])[0].split()
    without = [" ".join(words[:i] + words[i + 1 :]) for i in range(len(words))]
    answers = ask_halves(model, [" ".join(words), *without])
    return words, answers[0], answers[0] - answers[1:]


def show_halves(model, review):
    """Draw a review by both halves; their log-odds and the word that did most."""
    words, whole, effects = moved(model, review)
    lines = 1 + len(" ".join(words)) // 90
    _, two = plt.subplots(2, 1, figsize=(9, 1.6 + 0.6 * lines))
    for ax, half, value, effect in zip(two, HALVES, whole, effects.T, strict=True):
        title = f"{half} half, log-odds {value:+.1f}"
        plots.token_heatmap(words, effect, title=title, ax=ax)
    return whole, [words[i] for i in (np.sign(whole) * effects).argmax(axis=0)]


# %%
only = {
    half: right_of[half] & ~right_of[other]
    for half, other in itertools.permutations(HALVES)
}
won = {half: right_of["sum"][alone_right].mean() for half, alone_right in only.items()}
evaluation.say(f"""
    Only the deep half is right on {only["deep"].sum():,} of {len(halves):,} test
    reviews; it carries the sum in **{won["deep"]:.0%}** of these, and is drowned in
    the others. Only the wide half is right on {only["wide"].sum():,}; it carries the
    sum in **{won["wide"]:.0%}**.
""")

# %% alt="Reviews that one half gets wrong and the other right, words coloured by both halves"
short = traits["words"].between(5 if small else 20, 70)
for half, alone_right in only.items():
    turned = np.where(
        alone_right & right_of["sum"] & short, np.abs(halves).min(axis=1), -1
    )
    clearest = np.argsort(-turned, kind="stable")[: min(2, (turned >= 0).sum())]
    for i in clearest:
        kind_of_review = dataset.label_names[truth["test"][i]]
        (wide, deep), words = show_halves(joint, dataset.test.texts[i])
        plt.show()
        evaluation.say(f"""
            The {half} half sets this {kind_of_review} review right: {wide:+.1f} in the
            wide half, for which *{words[0]}* does most, and {deep:+.1f} in the deep
            half, for which *{words[1]}* does.
        """)

# %% [markdown]
# *Blue words pull towards “positive”, orange ones (in italics) towards “negative”, above in the wide half and
# below in the deep one; dark is the strongest word of each half. These are the clearest cases among the short
# reviews, so they show what can happen, not what is usual.*
#
# ## Probes

# %% alt="Probability of positive that four models give to each of twelve probe sentences"
probed = evaluation.named(
    "imdb", ["ffnn", "lstm_attention", "wide_and_deep", "wide_and_deep_taught"]
)
probes, expected = evaluation.probe_table(probed)
fig, ax = plt.subplots(figsize=(9.5, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
probe_hits = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0)
count_net, read_net, one_net, taught_net = probe_hits
single = probe_hits[[count_net, read_net]].sum(axis=1)

# %%
one_right, both_missed = (
    probe_hits[[one_net, taught_net]][single == n] for n in (1, 0)
)
in_one, in_two = (
    probe_hits[some].sum().max() for some in ([one_net, taught_net], [count_net, read_net])
)
more = "more" if in_one > in_two else "no more"
evaluation.say(f"""
    Right answers to the {len(probes)} sentences: {evaluation.listed(probe_hits.sum(), "{}")}. On
    {len(one_right)} sentences only one of the two single models is right; of these,
    one network gets right: {evaluation.listed(one_right.sum(), "{}")}. On {len(both_missed)}
    both are wrong; of these: {evaluation.listed(both_missed.sum(), "{}")}. So on these sentences
    one network knows **{more}** than the better of the two.
""")

# %% [markdown]
# *Probability of “positive”; the sign behind a sentence is the right answer, a cross marks a wrong one.
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
PRAISE = [True, False]  # what they are meant as
file = paths.models_dir(dataset.name) / "wide_and_deep_taught.keras"
loaded = keras.models.load_model(file)
there = evaluation.reload({file: learner}, MY_REVIEWS)[file]
print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB")
for review, praise, positive in zip(MY_REVIEWS, PRAISE, there[:, 1], strict=True):
    both, _ = show_halves(loaded, review)
    plt.show()
    wrong = [half for half, v in zip(HALVES, both, strict=True) if (v > 0) != praise]
    said = f"the {wrong[0]} half" if len(wrong) == 1 else ("no half", "", "both")[len(wrong)]
    evaluation.say(f"""
        Meant as {"praise" if praise else "blame"}, and positive with a probability of
        {positive:.1%}, so the network is **{"right" if (positive > 0.5) == praise else
        "wrong"}**. Wrong if asked separately: {said}.
    """)

# %% [markdown]
# *What each word adds to the log-odds of “positive”, above in the wide half and below in the deep one.*
#
# ## Verdict

# %% alt="Accuracy of all models so far with their intervals, this notebook's highlighted"
BEFORE = ["dan", *COUNTING, *READING]
ours = evaluation.named("imdb", ["wide_and_deep", "wide_and_deep_taught"])
before = evaluation.named("imdb", BEFORE, missing_ok=True)
so_far = evaluation.table([*before.values(), mixed[0], *ours.values()])
highlight = [
    mixed[0].metrics["title"],
    *(run.metrics["title"] for run in ours.values()),
]
ax = plots.accuracy_dots(so_far, highlight=highlight)
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()


# %% [markdown]
# *The published seed of each; in blue this notebook's three: the network trained by labels, the same one taught by
# the average, and the average of two models. The stacked plain RNNs of notebook 4, far behind all these, are left out.*

# %%
def way_to_average(mean):
    """Share of the way from the better single model to the average of the two."""
    best, goal = reached["mean"].iloc[:2].max(), reached["mean"].iloc[2]
    return (mean - best) / (goal - best) if goal > best else np.nan


def answer_of(title):
    """Whether one network knows both, and how it stands to others."""
    versus = {other: differences[title, other] for other in list(OVER_SEEDS)[:3]}
    *parts, whole = (evaluation.standing(row) for row in versus.values())
    word = "no" if "stays below" in parts else "not so that it would show"
    if parts == ["beats", "beats"]:
        word = "in part" if whole == "stays below" else "yes"
    by_other = "; ".join(
        f"it {evaluation.standing(row)} the {other} ({in_points(row)})"
        for other, row in versus.items()
    )
    mean = reached["mean"][title]
    better = reached["mean"].iloc[:2].idxmax()
    way = f"{way_to_average(mean):.0%} of the way from the {better} to the average"
    return word, f"{mean:.2%} in the mean over seeds, {way}: {by_other}"


# %%
yes = ("Not so that it would show", "In part", "Yes")[beaten]
evaluation.say(f"""
    **Do counting and reading know different things? {yes}.** The errors of an n-gram
    net and of an LSTM with attention correlate by {our_pair["likeness"]:.2f} (two that
    count, in the mean, by {likeness["counts counts"]:.2f}; two that read by
    {likeness["reads reads"]:.2f}). Their average {evaluation.standing(of_a_kind[0])} that of two n-gram nets
    ({in_points(of_a_kind[0])}) and {evaluation.standing(of_a_kind[1])} that of two LSTMs
    with attention ({in_points(of_a_kind[1])}). Judged by DAN, which averages word vectors and knows
    no order, {order_said} (a few pairs, one run of each).
""")

# %%
one_took = seeds["wide_and_deep"][0].metrics["training"]["seconds"]
two_took = sum(run.metrics["training"]["seconds"] for run in (counts, reads))
by_labels, stands_by_labels = answer_of("one network")
by_answers, stands_by_answers = answer_of("one network, taught")
to_pupil = differences["one network, taught", "n-gram net, taught"]
answer = f"Trained by labels, {by_labels}; taught by the average, {by_answers}"
if by_labels == by_answers:
    answer = f"Trained by labels or taught by the average, {by_labels}"
best_of_both = evaluation.standing(differences["one network, taught", "average of the two"])
advice = "So one network will do."
if best_of_both == "stays below":
    advice = "So who can keep two models should average them; one network is one file."
two_files, one_file = (
    sum(run.metrics["model"]["file_mb"] for run in some)
    for some in ((counts, reads), seeds["wide_and_deep"][:1])
)

# %%
evaluation.say(f"""
    **Can one network know both? {answer}.** By labels it reaches {stands_by_labels}. Taught, it reaches
    {stands_by_answers}. What the average's answers bring over labels is
    {in_points(by_teaching)} ({by_teaching["verdict"]}), and it took {2 * FOLDS}
    teachers, trained for that alone; the n-gram net by itself, taught by the same, has
    {reached["mean"]["n-gram net, taught"]:.2%}, and the taught network
    {evaluation.standing(to_pupil)} it. The file of one network has {one_file:.1f} MB, those of
    the two models {two_files:.1f}; its halves share nothing, and its list of n-grams
    is shorter. Training it by labels took {one_took:.0f} seconds, that of the two
    models {two_took:.0f}. {advice}
""")

# %%
by_sum_alone = {
    other: differences["one network, sum alone", other] for other in list(OVER_SEEDS)[:3]
}
as_whole = "; ".join(
    f"it {evaluation.standing(row)} the {other} ({in_points(row)})"
    for other, row in by_sum_alone.items()
)
evaluation.say(f"""
    **Is the sum a trap? For the deep half, {"yes" if lost["high"] < 0 else "no"}**: by
    itself it is {by_sign(lost)} one trained alone ({in_points(lost)}); of that, branch
    dropout gives back {regained["points"]:.1f} points (one seed of each, cut at the
    median). The network as a whole, by the sum alone and over the seeds: {as_whole};
    branch dropout brings it {in_points(by_dropout)} ({by_dropout["verdict"]}).
""")

# %% [markdown]
# ## Exercises
#
# 1. Train the wide half first, freeze it, and then the deep half on the sum (*boosting*). Expect the deep half
#    to be left the less to learn, the more the wide half has learned by heart. Then boost on what a wide half says
#    of reviews that it was not trained on, which is in `told["ffnn"]`, and expect more to be left.
# 2. Replace the average by a judge: a logistic regression on both models' log-odds and on their products with
#    the length and the negations of the review, fitted on validation. Expect next to nothing over the plain
#    average: the oracle is far away, and the groups above say little about who is right.
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
