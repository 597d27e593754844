# %% [markdown]
# # 16 · A table, for contrast
#
# **What changes when the input is a row of a table, and how does a probability become a decision?**
#
# All other notebooks read text. This one doesn't, on purpose: ten columns about a bank's customer, and the
# question whether he will leave. Columns may be swapped without harm, each has a unit of its own, and no value is a
# word that one has never met. The coursework that this project grew from *begins* with this table and a small network
# of three dense layers, the kind that stands at the end of every network in this course. Here it stands alone, and
# against gradient boosting, which it doesn't meet on text.
#
# There is a second reason. A bank doesn't want to know who leaves; it wants to know **whom to call**. A call costs
# something, a lost customer costs more, and a model's answer has to be turned into an action. That half of the work
# is the same for every classifier of this course, and here it is easy to see.
#
# You need the bank's table, which Kaggle hands out (`data/README.md` says where). All of it trains within minutes.

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
from IPython.display import Code
from scipy.special import logit, softmax
from sklearn import metrics, preprocessing
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline

from lib import paths
from lib.progress import progress_bar

plots.style()

# %%
print(evaluation.cost("churn", "ann"))
dataset = data.load("churn")
small = dataset.synthetic  # the demo profile: made-up customers, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
print(dataset.report)
NUMBERS, CATEGORIES = list(data.churn.NUMBERS), list(data.churn.CATEGORIES)
PARTS = ("train", "validation", "test")
TABLE = {name: pd.DataFrame(getattr(dataset, name).texts) for name in PARTS}
LEAVES = {name: getattr(dataset, name).labels for name in PARTS}  # 1 leaves, 0 stays
display(TABLE["train"].assign(leaves=LEAVES["train"]).head(3))
TABLE["train"].describe().T[["mean", "std", "min", "50%", "max"]].round(1)

# %% [markdown]
# *Upper table, the first customers of the train part; lower table, its columns of numbers. Their scales go from 0 to 1
# up to hundreds of thousands.*
#
# ## Look first

# %% alt="Share of customers that leave by age, number of products and country, with intervals"
ages = pd.cut(TABLE["train"]["Age"], [0, 30, 40, 50, 60, 120])
ages = ages.cat.rename_categories(["to 30", "31-40", "41-50", "51-60", "over 60"])
products = TABLE["train"]["NumOfProducts"].astype(int)
countries = TABLE["train"]["Geography"].astype("category")  # in alphabetical order
groups = {"age": ages, "products": products, "country": countries}
fig, axs = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True)
for ax, (title, of_customers) in zip(axs, groups.items(), strict=True):
    look = {"color": plots.LIGHT, "errorbar": ("ci", 95), "n_boot": 200, "seed": 0}
    sns.barplot(x=of_customers, y=LEAVES["train"], ax=ax, **look)
    ax.axhline(LEAVES["train"].mean(), color="black", ls=":", lw=1)
    ax.set(title=title, xlabel="", ylabel="share that leaves")
    ax.tick_params(axis="x", labelsize="small")
plt.show()

# %% [markdown]
# *Share of the train part's customers that leave, by three of the columns, with 95 % intervals; dotted: all customers. With four products all have left, so that resampling
# gives no interval.*

# %%
leaving = {name: labels.mean() for name, labels in LEAVES.items()}
by_products = pd.Series(LEAVES["train"]).groupby(products).mean()
best_number = by_products.idxmin()
bent = "neither up nor down all the way" if best_number not in (1, 4) else "one way"
by_age, by_country = (
    pd.Series(LEAVES["train"]).groupby(g, observed=True).mean() for g in (ages, countries)
)
evaluation.say(f"""
    **{leaving["train"]:.1%}** of the customers leave, so whoever answers *stays* to
    everybody is right in {1 - leaving["test"]:.1%} of the test cases, and finds
    nobody. By the number of products the share goes {bent}: it is
    {by_products.min():.0%} with {best_number} and {by_products.max():.0%} with
    {by_products.idxmax()} (which {(products == by_products.idxmax()).sum():,}
    customers have). By age it is highest in the group {by_age.idxmax()}
    ({by_age.max():.0%}), by country in {by_country.idxmax()} ({by_country.max():.0%};
    in {by_country.idxmin()} {by_country.min():.0%}).
""")

# %% [markdown]
# ## What must not be in the table
#
# The file has three columns more: a row number, a customer number and a surname. They say *who* somebody is, not why he
# leaves, and `lib.data` doesn't hand them out. Is that caution or superstition? For each column alone, a model is
# fitted to the train part: gradient boosting to numbers, logistic regression to words. Beside the customers that it
# learned from it is asked about customers that were held out, a fifth at a time (cross-validation). The measure is
# the **AUC**: the probability that a customer who leaves gets a higher score than one who stays; a half is
# guessing. A column that *knows too much*, because it was filled in after the customer had left, would show up here as
# well: with an AUC near one.

# %%
if small:
    made = data.synthetic.customers()
    given = pd.DataFrame([customer.features for customer in made])
    given["RowNumber"] = range(len(given))
    given["CustomerId"] = np.random.default_rng(0).permutation(len(given))
    given["Surname"] = "name " + (given["CustomerId"] % 300).astype(str)
else:
    given = pd.read_csv(data.files.need((data.churn.FILE,), where=data.churn.WHERE))
IDENTITY = ["RowNumber", "CustomerId", "Surname"]
columns = NUMBERS + CATEGORIES
everything = TABLE["train"].assign(leaves=LEAVES["train"])
everything = everything.merge(given[columns + IDENTITY], on=columns)
assert len(everything) == len(TABLE["train"])  # every customer found once

# %%
encode = preprocessing.OneHotEncoder(handle_unknown="ignore")
OF_WORDS = make_pipeline(encode, LogisticRegression(C=100, max_iter=1000))
OF_NUMBERS = HistGradientBoostingClassifier(max_iter=30, random_state=0)


def alone(column):
    """AUC of one column on customers that were learned from, and on others."""
    one = OF_WORDS if column in ("Surname", *CATEGORIES) else OF_NUMBERS
    x, y = everything[[column]], everything["leaves"]
    learned = one.fit(x, y).predict_proba(x)[:, 1]
    held_out = cross_val_predict(one, x, y, cv=5, method="predict_proba")[:, 1]
    return metrics.roc_auc_score(y, learned), metrics.roc_auc_score(y, held_out)


aucs = {
    column: alone(column) for column in progress_bar(IDENTITY + columns, desc="Columns")
}
aucs = pd.DataFrame(aucs, ["learned from", "held out"]).T.sort_values("held out")

# %% alt="AUC of each column alone, on customers learned from and on customers held out"
fig, ax = plt.subplots(figsize=(7, 4.4))
ax.hlines(aucs.index, aucs["held out"], aucs["learned from"], color="0.7", lw=2)
marks = {"learned from": ("D", plots.LIGHT), "held out": ("o", plots.DARK)}
for seen, (mark, color) in marks.items():
    ax.plot(aucs[seen], aucs.index, mark, color=color, mec="black", label=seen)
ax.axvline(0.5, color="black", ls=":", lw=1, label="guessing")
ax.set(xlabel="AUC of the column alone")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *AUC of a model that sees a single column: on the customers it was fitted to, and on others. A long line is a column that
# was learned by heart.*

# %%
heart = (aucs["learned from"] - aucs["held out"]).idxmax()
of_identity, most = aucs.loc[IDENTITY, "held out"], aucs["held out"].drop(IDENTITY)
useless = of_identity.max() < 0.55
useless = (
    "nothing of others: left in, they could only be" if useless else "something, if not"
)
leak = "No column's AUC is near 1, though single values can tell all, as four products do"
faint = set(most.index[most < 0.55])
leak = leak if most.max() < 0.95 else f"*{most.idxmax()}* is suspiciously near 1"
evaluation.say(f"""
    The widest gap is that of *{heart}*: {aucs.loc[heart, "learned from"]:.2f} on the
    customers that were learned from, {aucs.loc[heart, "held out"]:.2f} on others. The
    three columns that say who somebody is (at most {of_identity.max():.2f}) tell
    {useless} learned by heart. The most telling of the other columns is
    *{most.idxmax()}* ({most.max():.2f}). {leak}. Alone,
    {" and ".join(f"*{column}*" for column in sorted(faint)) or "none"} tell as little as
    those three; they stay because they describe the customer and might count together
    with others. Whether they do, is asked further down.
""")


# %% [markdown]
# ## The plain model
#
# The coursework's network in plain Keras: two hidden layers of 64 and 32 units, a sigmoid for the probability of
# leaving, early stopping on the validation loss. Country and gender become a column for each value (*one-hot*), because
# Spain isn't twice Germany. And the numbers? A salary is a hundred thousand times as large as *is an active member*. We
# train it twice: on the numbers as they are, and on each minus its mean, in standard deviations.

# %%
def plain_network(numbers, title):
    """The coursework's network, trained: its figures, and its loss by epoch."""
    encoder = make_column_transformer(
        (numbers, NUMBERS), (preprocessing.OneHotEncoder(), CATEGORIES)
    )
    arrays = {"train": encoder.fit_transform(TABLE["train"]).astype("float32")}
    arrays |= {n: encoder.transform(TABLE[n]).astype("float32") for n in PARTS[1:]}
    keras.utils.set_random_seed(0)
    hidden = [keras.layers.Dense(units, activation="relu") for units in (64, 32)]
    network = keras.Sequential([*hidden, keras.layers.Dense(1, activation="sigmoid")])
    network.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    stop = keras.callbacks.EarlyStopping(patience=10, restore_best_weights=True)
    options = {"epochs": 3 if small else 100, "batch_size": 32, "verbose": 0}
    options |= {"validation_data": (arrays["validation"], LEAVES["validation"])}
    started = time.perf_counter()
    log = network.fit(arrays["train"], LEAVES["train"], callbacks=[stop], **options)
    seconds = time.perf_counter() - started
    answers = {n: np.array(network(arrays[n])) for n in PARTS[1:]}
    run = evaluation.from_predictions(dataset, title=title, seconds=seconds, **answers)
    return run, log.history["loss"]


# %%
raw, raw_loss = plain_network("passthrough", "plain Keras, numbers as they are")
scaled, scaled_loss = plain_network(
    preprocessing.StandardScaler(), "+ numbers scaled (the coursework)"
)
theirs = evaluation.published().query("dataset == 'churn'").iloc[0]
of_raw, of_scaled = raw.metrics["test"], scaled.metrics["test"]
evaluation.say(f"""
    Numbers as they are: after the first epoch the loss on train is {raw_loss[0]:,.2f};
    in the end the accuracy on the test part is **{of_raw["accuracy"]:.4f}**, and
    {of_raw["recall"]:.0%} of those who leave are found. Scaled: {scaled_loss[0]:.2f},
    **{of_scaled["accuracy"]:.4f}** and {of_scaled["recall"]:.0%}. (The coursework reports
    {theirs["accuracy"]:.2f} on {theirs["n_test"]:,.0f} customers: {theirs["data"]}. Its
    epoch was chosen on them as well, and they are not the customers asked here.)
""")

# %% [markdown]
# ## The network
#
# What the coursework kept in pickles beside its network stands here in the model's own file, taken from the train
# part alone: means and variances in a layer, the list of countries in the model's settings. A pickle runs whatever
# code is in it when it is opened, wants the same versions of the same libraries, and can be parted from its network;
# these can't.
#
# $$h_1 = \max(0, W_1 x + b_1),\quad h_2 = \max(0, W_2 h_1 + b_2),\quad
# P(\text{leaves}) = \text{softmax}(W_3 h_2 + b_3)_{\text{leaves}}$$

# %% alt="Diagram of the network on a table, layer by layer with shapes"
BUILD = {"numbers": NUMBERS, "categories": CATEGORIES, "units": (64, 32)}
FIT = {"epochs": 3 if small else 100, "batch_size": 32, "learning_rate": 1e-3}
FIT |= {"label_smoothing": 0.0, "patience": 10}
model = models.build("table", dataset, **BUILD)
display(Code(inspect.getsource(models.feedforward.table), language="python"))
plots.network(model.network)
plt.show()


# %% [markdown]
# *Numbers are scaled, categories encoded, and both go through two hidden layers; what is trained is dark.*
#
# All of it by hand, from a customer as a row of the table to a probability:

# %%
def by_hand(rows, model):
    """Probabilities (rows, classes), in NumPy."""
    x = np.stack(
        model.vectorizer.transform(rows)
    )  # numbers, then indices of categories
    means, variances = (
        np.array(model.options[name]) for name in ("means", "variances")
    )
    encoded = [(x[:, : len(means)] - means) / np.sqrt(variances)]
    for column, values in enumerate(model.options["categories"], start=len(means)):
        encoded.append(np.eye(values)[x[:, column].astype(int)])
    w1, b1, w2, b2, w3, b3 = model.network.get_weights()
    h1 = np.maximum(np.hstack(encoded) @ w1 + b1, 0)
    h2 = np.maximum(h1 @ w2 + b2, 0)
    return softmax(h2 @ w3 + b3, axis=1)


some = dataset.validation.texts[:100]
ours = by_hand(some, model)
off = np.abs(ours - model.predict_proba(some)).max()
assert off < 1e-5
print(f"largest difference between NumPy and the network, not yet trained: {off:.1e};")
print(f"{ours.shape[0]} customers, columns as encoded:")
print(*model.vectorizer.vocabulary, sep=", ")

# %% alt="Accuracy and loss of the network on train and validation by epoch"
fitted = training.fit(model, dataset, name="ann", **FIT)
fig, axs = plt.subplots(1, 2, figsize=(9.5, 3.6))
for ax, metric in zip(axs, ("accuracy", "cross_entropy"), strict=True):
    plots.history(fitted.record, metric, ax=ax)
    ax.get_legend().remove()
    ax.set_title(metric.replace("cross_entropy", "loss (cross-entropy)"))
fig.legend(*axs[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()
log, kept = fitted.record["history"], fitted.record["best_epoch"]
evaluation.say(f"""
    Kept is epoch {kept} of {len(log["loss"])}: from there to the end the loss on train
    goes on from {log["cross_entropy"][kept - 1]:.3f} to {log["cross_entropy"][-1]:.3f},
    that on validation from {log["val_cross_entropy"][kept - 1]:.3f} to
    {log["val_cross_entropy"][-1]:.3f}.
""")

# %% [markdown]
# *Accuracy and loss by epoch (the dropout layers are idle here, their rate is 0); the dotted line is the epoch that was
# kept, that of the lowest validation loss. The validation
# part is so small that a point of accuracy is a handful of customers, so the loss decides.*
#
# ## The opponents
#
# - **Logistic regression**: a weight for each column, added up. A column pushes in one direction all the way, and what
#   it says can't depend on another.
# - **Logistic regression with two columns bent**: the same, but the age as a *spline*, a smooth curve of a few pieces, and
#   the number of products one-hot. It is here to find out what the others' advantage consists of.
# - **Gradient boosting**: hundreds of small decision trees, each fitted to what those before it got wrong (Friedman
#   2001). A tree asks *older than 42?*, so it needs no scaling, and bends and combinations come by themselves.

# %%
encode = preprocessing.OneHotEncoder(handle_unknown="ignore")
scale, bend = preprocessing.StandardScaler(), preprocessing.SplineTransformer(n_knots=6)
others = [name for name in NUMBERS if name not in ("Age", "NumOfProducts")]
straight = (scale, NUMBERS), (encode, CATEGORIES)
bent = (scale, others), (bend, ["Age"]), (encode, [*CATEGORIES, "NumOfProducts"])
as_numbers = ("passthrough", NUMBERS), (preprocessing.OrdinalEncoder(), CATEGORIES)
categorical = list(range(len(NUMBERS), len(NUMBERS + CATEGORIES)))
SMALL_STEPS = {"max_iter": 300, "learning_rate": 0.05, "max_leaf_nodes": 8}
SMALL_STEPS |= {"l2_regularization": 1.0, "categorical_features": categorical}
trees = HistGradientBoostingClassifier(**SMALL_STEPS)
linear = LogisticRegression(max_iter=1000)

# %%
OPPONENTS = {  # title, what is done to the columns, and what reads them
    "logistic_regression": ("Logistic regression", straight, linear),
    "bent": ("Logistic regression, bent", bent, linear),
    "gradient_boosting": ("Gradient boosting", as_numbers, trees),
}
PIPELINES, took = {}, {}
for name, (_, columns, estimator) in OPPONENTS.items():
    PIPELINES[name] = make_pipeline(make_column_transformer(*columns), clone(estimator))
    started = time.perf_counter()
    PIPELINES[name].fit(TABLE["train"], LEAVES["train"])
    took[name] = {"seed": 0, "seconds": round(time.perf_counter() - started, 2)}


def asker(pipeline):
    """From rows, as the network takes them, to probabilities."""
    return lambda rows: pipeline.predict_proba(pd.DataFrame(rows))


ASK = {name: asker(pipeline) for name, pipeline in PIPELINES.items()}
ASK |= {"ann": model.predict_proba, "majority": models.linear.majority(dataset)}

# %%
NAMES = {name: title for name, (title, _, _) in OPPONENTS.items()} | {
    "ann": "Feed-forward net"
}
DECIDING = list(NAMES)
about = {"notebook": "16_churn", "probes": ()}
nothing = {"seed": 0, "seconds": 0.0}
named = {"majority": "Majority class", **NAMES}
for name in ("majority", "logistic_regression", "gradient_boosting", "ann"):
    answering = model if name == "ann" else ASK[name]
    history = fitted if name == "ann" else took.get(name, nothing)
    how = {"name": name, "title": named[name]} | about
    evaluation.publish(answering, dataset, history, **how)
runs = evaluation.named(
    "churn", ["majority", "logistic_regression", "gradient_boosting", "ann"]
)
answers = {n: ASK["bent"](getattr(dataset, n).texts) for n in PARTS[1:]}
options = {"title": NAMES["bent"], "seconds": took["bent"]["seconds"]}
runs["bent"] = evaluation.from_predictions(dataset, **options, **answers)
P = {n: {p: runs[n].probabilities[p][:, 1] for p in PARTS[1:]} for n in NAMES}


# %% [markdown]
# ## What they reach

# %%
def precision_at_all(run):
    return metrics.average_precision_score(
        run.labels["test"], run.probabilities["test"][:, 1]
    )


table = evaluation.table(runs.values())
table["average precision"] = [precision_at_all(run) for run in runs.values()]
table["Brier"] = [run.metrics["test"]["brier"] for run in runs.values()]
columns = (
    "model,accuracy,low,high,precision,recall,F1,AUC,average precision,log loss,Brier"
)
shown = table.sort_values("log loss")[[*columns.split(","), "training s"]]
shown.style.hide(axis="index").format({"training s": "{:.1f}"}, precision=4)

# %% [markdown]
# *Test part. Accuracy with its 95 % interval; precision and recall of “leaves”, where the answer is “leaves” from a probability of
# one half on. **Average precision** is the mean precision over all recalls, the area under the curve below; log loss
# and **Brier score**, the mean squared error of the probability, are better the lower they are.*

# %%
scores = {name: run.metrics["test"] for name, run in runs.items()}
net, lazy = scores["ann"], scores["majority"]
more = net["accuracy"] - lazy["accuracy"]
listed = []
for name in ("gradient_boosting", "bent", "logistic_regression"):
    found = evaluation.gap(runs["ann"], runs[name])
    low, high = (100 * end for end in found["ci95"])
    chance = "more" if low * high > 0 else "no more"
    points = f"**{100 * found['difference']:+.1f}** ({low:+.1f} to {high:+.1f}"
    listed.append(f"*{NAMES[name]}*: {points}, {chance} than these customers explain)")
evaluation.say(f"""
    The network is right on {net["accuracy"]:.1%} of the test customers, the majority
    class on {lazy["accuracy"]:.1%}: {100 * more:.1f} points, which is
    **{more / (1 - lazy["accuracy"]):.0%} of all the errors** that the majority class
    makes. And yet it finds only {net["recall"]:.0%} of those who leave, while
    {net["precision"]:.0%} of those that it names do leave. Its accuracy minus that of
    the others, in points: {"; ".join(listed)}. (*More than these customers explain*:
    the 95 % interval over test customers leaves out zero.)
""")


# %% [markdown]
# One run and one seed each. The network's result depends on its seed, those of the others don't. So the network is
# trained from three seeds (compared below), and two more sizes, one larger and one smaller, show on **validation** what
# size is worth.

# %%
def measured(name, title, build=BUILD, fit=FIT):
    """A variant of the network, trained for its figures."""
    about = {"name": name, "title": title, "notebook": "16_churn"}
    return training.measure("table", dataset, build=build, fit_options=fit, **about)


SEEDS = () if small else (1, 2)
nets = training.repeat(dataset, "ann", seeds=SEEDS)
VARIANTS = {"one layer of 32": {"units": (32,)}}
VARIANTS |= {"128 and 64, dropout": {"units": (128, 64), "dropout": 0.3}}
tried = {"64 and 32 (published)": nets[0]}
for number, (title, change) in enumerate(VARIANTS.items(), start=1):
    tried[title] = measured(f"ann-{number}", title, BUILD | change)
of_validation = {t: run.metrics["validation"] for t, run in tried.items()}
figures = {
    t: {m: v[m] for m in ("loss", "accuracy", "auc")} for t, v in of_validation.items()
}
pd.DataFrame(figures).T.style.format("{:.4f}")

# %%
base, *others = (v["loss"] for v in of_validation.values())
gaps = "; ".join(
    f"*{t}* {loss - base:+.4f}" for t, loss in zip(VARIANTS, others, strict=True)
)
evaluation.say(f"""
    Validation loss less that of the published size: {gaps}. That is one seed each on
    {len(dataset.validation):,} customers, and the larger network has dropout as well:
    no ground to prefer another size.
""")

# %% alt="Accuracy after each step from the plain network on unscaled numbers to the published one"
published = runs["ann"].metrics | {"title": "+ this project's protocol (published)"}
last = evaluation.Result(published, runs["ann"].labels, runs["ann"].probabilities, None)
steps = evaluation.ladder([raw, scaled, last])
fig, ax = plt.subplots(figsize=(9, 2.3))
plots.steps(steps, ax=ax)
plt.show()
protocol = steps.iloc[-1]
adds = "none that shows" if protocol["from"] * protocol["to"] < 0 else "something"
evaluation.say(f"""
    Scaling brings {steps["gain"].iloc[1]:+.1f} points; this project's protocol adds
    {adds} ({protocol["gain"]:+.1f}; {protocol["from"]:+.1f} to {protocol["to"]:+.1f}).
""")


# %% [markdown]
# *From the plain network to the published one. Each dot is the accuracy on the test part with its 95 % interval; at the right,
# the points gained over the step before. Dark dots below the first gain or lose more than the choice of test
# customers explains; one seed each. *This project's protocol* is AdamW with clipped gradients, a rate that halves when
# the validation loss stalls, and a softmax over two classes instead of a sigmoid.*

# %%
def brier(p):
    """The squared error of each test customer's probability."""
    return (p - LEAVES["test"]) ** 2


def losses(run):
    """The log loss of each test customer."""
    right = run.probabilities["test"][
        np.arange(len(run.labels["test"])), run.labels["test"]
    ]
    return -np.log(right)


def versus(values, others):
    """A mean difference over customers, and the ends of its 95 % interval."""
    gap = np.asarray(values, dtype=float) - others
    mean, half = gap.mean(), 1.96 * gap.std(ddof=1) / np.sqrt(len(gap))
    return mean, mean - half, mean + half


# %%
mean_loss = np.mean([losses(run) for run in nets], axis=0)
listed = []
for name in ("gradient_boosting", "bent", "logistic_regression"):
    accuracy = evaluation.contrast(nets, [runs[name]] * len(nets))
    loss, low, high = versus(mean_loss, losses(runs[name]))
    said = "better" if high < 0 else "worse" if low > 0 else "not told apart"
    below = [versus(losses(run), losses(runs[name]))[0] < 0 for run in nets]
    said += f" (lower in {sum(below)} of {len(below)})"
    points = f"{accuracy['points']:+.1f} points of accuracy, {accuracy['verdict']}"
    listed.append(f"*{NAMES[name]}*: {points}; log loss {loss:+.4f}, {said}")
evaluation.say(f"""
    The network against the others, mean over {len(nets)} seed{"s" * (len(nets) > 1)}:
    {". ".join(listed)}. (*More than chance*: the interval over customers leaves out
    zero, and all seeds point the same way. Accuracy counts who is on the right side of
    one half; the log loss counts every probability, and so tells models apart sooner.)
""")

# %% [markdown]
# ## Precision against recall
#
# One half is only one place to cut. Lower the threshold and more of those who leave are found (recall), but among those who
# are named are more who would have stayed (precision). The curve shows all thresholds at once.

# %% alt="Precision against recall of four models on the test part"
Y = LEAVES["test"]
fig, ax = plt.subplots(figsize=(10, 4.2))
curves = {}
for name in DECIDING:
    precision, recall, _ = metrics.precision_recall_curve(Y, P[name]["test"])
    label = f"{NAMES[name]}: average precision {precision_at_all(runs[name]):.3f}"
    curves[label] = recall, precision
plots.lines(curves, xlabel="recall", ylabel="precision", marker="", ax=ax)
ax.axhline(Y.mean(), color="black", lw=1, ls=":", label="calling at random")
ax.plot(
    net["recall"], net["precision"], "o", color="black", label="net, threshold one half"
)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Each point of a curve is a threshold; the further to the upper right, the better. Average precision is the area under it.*

# %%
OF_SEEDS = {n: [p["test"]] for n, p in P.items()}
OF_SEEDS["ann"] = [run.probabilities["test"][:, 1] for run in nets]


def bootstrapped(score, ones, others, draws=50 if small else 500):
    """A mean score over seeds minus another, with its 95 % interval."""

    def gap(some):
        sides = ([score(Y[some], p[some]) for p in side] for side in (ones, others))
        return np.subtract(*map(np.mean, sides))

    draw = np.random.default_rng(0)
    gaps = [gap(draw.integers(len(Y), size=len(Y))) for _ in range(draws)]
    return gap(slice(None)), *np.percentile(gaps, [2.5, 97.5])


# %%
pairs = [("ann", "gradient_boosting"), ("ann", "bent"), ("bent", "logistic_regression")]
listed = []
for pair in progress_bar(pairs, desc="Resampling"):
    sides = (OF_SEEDS[name] for name in pair)
    gap, low, high = bootstrapped(metrics.average_precision_score, *sides)
    sure = f"{'more' if low * high > 0 else 'no more'} than these customers explain"
    interval = f"**{gap:+.3f}** ({low:+.3f} to {high:+.3f}, {sure})"
    listed.append(f"*{NAMES[pair[0]]}* minus *{NAMES[pair[1]]}*: {interval}")
evaluation.say(f"""
    Average precision, the network's the mean of {len(nets)}
    seed{"s" * (len(nets) > 1)}, with intervals over customers: {"; ".join(listed)}.
""")

# %% [markdown]
# ## Is imbalance a problem?
#
# Most customers stay. The usual advice is to make both classes count alike in the loss, or to resample one of
# them, or else the network would neglect the few. So here is the same network with the first; resampling is not tried.

# %%
balanced = measured("ann-balanced", "Net, balanced", fit=FIT | {"balanced": True})
NAMES["balanced"] = balanced.metrics["title"]
P["balanced"] = {p: balanced.probabilities[p][:, 1] for p in PARTS[1:]}
called = P["balanced"]["test"] >= 0.5
lower = np.quantile(P["ann"]["test"], 1 - called.mean())
hits = (P["ann"]["test"] >= lower)[Y == 1].mean()
one_each = [P["balanced"]["test"]], [P["ann"]["test"]]
gap, low, high = bootstrapped(metrics.roc_auc_score, *one_each)
ranking = (
    "better" if low > 0 else "worse" if high < 0 else "no differently that would show"
)
lesson = "**Here imbalance asks for another threshold, not for a weighted loss.**"
evaluation.say(f"""
    Balanced, it finds {called[Y == 1].mean():.0%} of those who leave, instead of
    {net["recall"]:.0%}. But the network as it was finds **{hits:.0%}** if as many
    customers are called ({called.mean():.0%}), by nothing but a lower threshold
    ({lower:.2f}, set so that equally many test customers are called), and the balanced one ranks customers {ranking} (AUC
    {round(gap, 3) + 0.0:+.3f}; {low:+.3f} to {high:+.3f}; one seed each). What has
    changed is the scale: its mean probability is {P["balanced"]["test"].mean():.2f},
    that of the other {P["ann"]["test"].mean():.2f}, and {Y.mean():.2f} of the
    customers leave. {lesson if low <= 0 else ""}
""")


# %% [markdown]
# ## Do the probabilities mean what they say?
#
# Of the customers who get a probability of .3, three in ten should leave. Then the model is **calibrated**, and only then
# may one calculate with its probabilities. If it isn't, a small correction learned on the validation part can mend it:
# a logistic regression with one input, the model's own log-odds (Platt 1999). It bends the scale and leaves the order of the
# customers as it is.

# %%
def platt(name):
    """Corrected probabilities of a model by part, fitted on validation."""
    z = {p: logit(np.clip(P[name][p], 1e-6, 1 - 1e-6))[:, None] for p in PARTS[1:]}
    fit = LogisticRegression(C=1e6).fit(z["validation"], LEAVES["validation"])
    return {p: fit.predict_proba(odds)[:, 1] for p, odds in z.items()}


def in_groups(p, count=8):
    """Mean probability and share that leaves of equal groups, and the half interval."""
    group = pd.qcut(pd.Series(p).rank(method="first"), count, labels=False)
    found = pd.DataFrame({"said": p, "true": Y}).groupby(group).agg(["mean", "size"])
    share, size = found["true", "mean"], found["true", "size"]
    return found["said", "mean"], share, 1.96 * np.sqrt(share * (1 - share) / size)


AFTER = {name: platt(name) for name in NAMES}
PANELS = ["logistic_regression", "gradient_boosting", "ann", "balanced"]

# %% alt="Reliability of four models before and after calibration on the validation part"
fig, axs = plt.subplots(1, 4, figsize=(13, 3.9), sharey=True)
for ax, name in zip(axs, PANELS, strict=True):
    said, true, error = in_groups(P[name]["test"])
    look = {"color": plots.DARK, "capsize": 2, "label": "as trained"}
    ax.errorbar(said, true, yerr=error, fmt="-o", **look)
    said, true, _ = in_groups(AFTER[name]["test"])
    ax.plot(
        said, true, "--s", color=plots.LIGHT, mec="black", label="after calibration"
    )
    ax.plot([0, 1], [0, 1], ":", color="black", lw=1, label="what is said is true")
    ax.set(title=NAMES[name], xlabel="probability of leaving", xlim=(0, 1), ylim=(0, 1))
axs[0].set_ylabel("share that leaves")
fig.legend(*axs[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %% [markdown]
# *The test customers in eight groups by probability: what was said, and how many really leave (with 95 % intervals). Above
# the diagonal a model says too little, below it too much.*

# %%
changed, rows = {"better": [], "worse": [], "as it was": []}, {}
for name in NAMES:
    before, after = P[name]["test"], AFTER[name]["test"]
    gap, low, high = versus(brier(after), brier(before))
    said = "better" if high < 0 else "worse" if low > 0 else "as it was"
    rows[NAMES[name]] = {
        "Brier": brier(before).mean(),
        "Brier, calibrated": brier(after).mean(),
    }
    rows[NAMES[name]] |= {
        "log loss": metrics.log_loss(Y, before),
        "log loss, calibrated": metrics.log_loss(Y, after),
    }
    changed[said].append(f"*{NAMES[name]}* ({gap:+.4f}; {low:+.4f} to {high:+.4f})")
display(pd.DataFrame(rows).T.style.format("{:.4f}"))
were = "; ".join(changed["as it was"]) or "none"
spoils = "What was trained by the log loss on the customers as they are was calibrated"
spoils += " already; it is the weighting that spoils it."
evaluation.say(f"""
    Calibration changes the Brier score by no more than the choice of test customers
    explains for {were}. It improves it for {"; ".join(changed["better"]) or "none"},
    and harms it for {"; ".join(changed["worse"]) or "none"}.
    {spoils * (len(changed["better"]) == 1)}
""")

# %% [markdown]
# ## From a probability to a decision
#
# Now the bank. Two prices, which you should edit: a call with an offer that keeps the customer, and what is lost with a
# customer who goes. (That a call always works is generous; make `KEEP` dearer if it doesn't.) Whoever is called costs the first;
# whoever isn't and leaves costs the second.
#
# For a calibrated probability $p$ the answer is arithmetic: call if $p \cdot \text{LOSE} > \text{KEEP}$, from the threshold
# $\text{KEEP} / \text{LOSE}$ on. One need not trust arithmetic: the threshold can be *chosen* where the validation customers
# cost least. Either way the labels of the test part have no say in the threshold.

# %%
KEEP, LOSE = 1, 5  # edit these
THRESHOLDS = np.linspace(0.01, 0.99, 99)


def bill(leaves, p, thresholds):
    """What each customer (rows) costs at each threshold (columns)."""
    called = np.asarray(p)[:, None] >= np.atleast_1d(thresholds)
    return np.where(called, KEEP, LOSE * leaves[:, None])


bills = {
    n: bill(LEAVES["validation"], P[n]["validation"], THRESHOLDS) for n in DECIDING
}
chosen = {n: THRESHOLDS[costs.mean(axis=0).argmin()] for n, costs in bills.items()}
ARITHMETIC = KEEP / LOSE
size = len(LEAVES["validation"])
draws = np.random.default_rng(0).multinomial(size, np.full(size, 1 / size), size=500)
resampled = THRESHOLDS[(draws @ bills["ann"]).argmin(axis=1)]
pd.Series(chosen).rename(NAMES).round(2).to_frame("chosen threshold").T

# %% alt="Cost per thousand validation customers by threshold for four models"
fig, ax = plt.subplots(figsize=(7.5, 4))
curves = {
    NAMES[n]: (THRESHOLDS, 1000 * costs.mean(axis=0)) for n, costs in bills.items()
}
plots.lines(
    curves, xlabel="threshold", ylabel="cost per 1,000 customers", marker="", ax=ax
)
for name in DECIDING:
    lowest = 1000 * bills[name].mean(axis=0).min()
    ax.plot(chosen[name], lowest, "o", color="black", ms=5, zorder=3)
ax.axvline(ARITHMETIC, color="black", lw=1, ls=":", label="KEEP / LOSE")
ax.axhline(1000 * KEEP, color="0.6", lw=1, label="call everybody")
ax.axhline(
    1000 * LOSE * leaving["validation"], color="0.6", lw=1, ls="--", label="call nobody"
)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
ax.set_title("Validation: here the threshold is chosen")
plt.show()

# %% [markdown]
# *Cost of the validation customers by threshold; black dots mark each model's lowest, which is what is applied to the test part.*

# %%
POLICIES = {
    "call nobody": (np.zeros(len(Y)), 0.5),
    "call everybody": (np.ones(len(Y)), 0.5),
}
for name in DECIDING:
    POLICIES[f"{NAMES[name]}, chosen"] = P[name]["test"], chosen[name]
NET = NAMES["ann"]
CHOSEN, HALF = f"{NET}, chosen", f"{NET}, one half"
PRICED, CALIBRATED = f"{NET}, KEEP / LOSE", f"{NET}, calibrated, KEEP / LOSE"
POLICIES[HALF] = P["ann"]["test"], 0.5
POLICIES[PRICED] = P["ann"]["test"], ARITHMETIC
TREES_PRICED = f"{NAMES['gradient_boosting']}, KEEP / LOSE"
POLICIES[TREES_PRICED] = P["gradient_boosting"]["test"], ARITHMETIC
POLICIES[CALIBRATED] = AFTER["ann"]["test"], ARITHMETIC

# %%
lines, paid = {}, {}
for policy, (p, threshold) in POLICIES.items():
    called, paid[policy] = p >= threshold, bill(Y, p, threshold)[:, 0]
    mean, low, high = versus(1000 * paid[policy], 0)
    line = {
        "threshold": threshold,
        "called": called.mean(),
        "found": called[Y == 1].mean(),
    }
    lines[policy] = line | {"cost": mean, "low": low, "high": high}
decided = pd.DataFrame(lines).T.sort_values("cost")
form = dict.fromkeys(["cost", "low", "high"], "{:,.0f}")
form |= {"called": "{:.0%}", "found": "{:.0%}", "threshold": "{:.2f}"}
decided.loc[["call nobody", "call everybody"], "threshold"] = np.nan
decided.style.format(form, na_rep="–")

# %% alt="Cost per thousand test customers of each way to decide, with intervals"
fig, ax = plt.subplots(figsize=(7, 3.8))
for at, (policy, line) in enumerate(decided.iterrows()):
    ends = [[line["cost"] - line["low"]], [line["high"] - line["cost"]]]
    color = plots.DARK if policy.startswith(NET) else "0.6"
    ax.errorbar(line["cost"], at, xerr=ends, fmt="o", color=color, capsize=3)
ax.set_yticks(range(len(decided)), decided.index)
ax.invert_yaxis()
ax.set(xlabel="cost per 1,000 customers", title="Test part, with 95 % intervals")
plt.show()

# %% [markdown]
# *Cost on the test part, cheapest on top; in dark the network, cut at one half and in three other ways. The intervals
# say what other customers could do to each cost; for a difference between two policies they are too wide, as all are
# tried on the same people (differences below).*

# %%
listed = []
for other in (HALF, "Gradient boosting, chosen", "call everybody"):
    gap, low, high = versus(1000 * paid[CHOSEN], 1000 * paid[other])
    sure = f"{'more' if low * high > 0 else 'no more'} than these customers explain"
    listed.append(f"*{other}*: **{gap:+.0f}** ({low:+.0f} to {high:+.0f}, {sure})")
low, high = np.percentile(resampled, [2.5, 97.5])
curve = 1000 * bills["ann"].mean(axis=0)
agree = f"differ ({ARITHMETIC:.2f} against {chosen['ann']:.2f})"
if round(chosen["ann"], 2) == round(ARITHMETIC, 2):
    agree = f"agree on {ARITHMETIC:.2f}"
hill = curve[(THRESHOLDS >= low) & (THRESHOLDS <= high)].max() - curve.min()
evaluation.say(f"""
    With a call at {KEEP} and a lost customer at {LOSE}, the network at its chosen
    threshold, {chosen["ann"]:.2f}, calls {decided.loc[CHOSEN, "called"]:.0%} of the
    customers and reaches {decided.loc[CHOSEN, "found"]:.0%} of those who leave. Its
    cost per 1,000 customers minus that of other ways: {"; ".join(listed)}. How sure is
    the threshold? With other validation customers (resampled 500 times) it would lie
    between {low:.2f} and {high:.2f}. Between those two ends the network's cost on
    validation is never more than {hill:.0f} over its lowest. Arithmetic and the choice
    {agree} for the network; on the test part it costs
    {decided.loc[CHOSEN, "cost"]:,.0f} at the chosen threshold,
    {decided.loc[PRICED, "cost"]:,.0f} by arithmetic, and
    {decided.loc[CALIBRATED, "cost"]:,.0f} by arithmetic on calibrated probabilities.
""")


# %% [markdown]
# ## Which columns matter?
#
# Shuffle one column among the validation customers, so that its values stay and their owners change, and see how much worse
# the log loss gets (*permutation importance*; Breiman 2001).

# %% alt="Rise of the log loss when a column is shuffled, for the network and gradient boosting"
def score(asked, frame, labels):
    rows = frame.to_dict("records") if asked is model else frame
    return -metrics.log_loss(labels, asked.predict_proba(rows)[:, 1])


important, x, y = {}, TABLE["validation"], LEAVES["validation"]
for name, asked in (
    ("ann", model),
    ("gradient_boosting", PIPELINES["gradient_boosting"]),
):
    options = {"scoring": score, "n_repeats": 3 if small else 10, "random_state": 0}
    important[name] = permutation_importance(asked, x, y, **options)
fig, axs = plt.subplots(1, 2, figsize=(10, 3.8), sharex=True)
for ax, (name, found) in zip(axs, important.items(), strict=True):
    order = found.importances_mean.argsort()
    bars = {"color": plots.DARK, "ecolor": plots.LIGHT, "error_kw": {"lw": 3}}
    bars |= {"xerr": found.importances_std[order]}
    ax.barh(x.columns[order], found.importances_mean[order], **bars)
    ax.set(title=NAMES[name], xlabel="rise of the log loss")
plt.show()

# %% [markdown]
# *Rise of the validation loss when a column is shuffled, mean of ten shuffles and their standard deviation. A bar at zero:
# this model makes no use of the column. The lines say what another shuffle could do, not another seed.*

# %%
names = TABLE["validation"].columns
ranked = {
    n: names[found.importances_mean.argsort()[::-1]] for n, found in important.items()
}
first, second = (", ".join(f"*{column}*" for column in r[:3]) for r in ranked.values())
same = set(ranked["ann"][:3]) == set(ranked["gradient_boosting"][:3])
of_net = important["ann"]
idle = names[of_net.importances_mean < 2 * of_net.importances_std]
as_alone = " (all of them told next to nothing alone, too)" * (set(idle) <= faint)
as_alone *= len(idle) > 0
idle = ", ".join(f"*{column}*" for column in idle) or "none"
evaluation.say(f"""
    The network lives on {first}, gradient boosting on
    {"the same three" if same else second}. Not told from zero, within two standard
    deviations of the shuffles, for the network: {idle}{as_alone}. Importance is no cause:
    whether the bank could keep a customer by changing one of these, the table can't
    say.
""")

# %% [markdown]
# ## Inside: straight lines and bends
#
# What do the models make of a column? Set the age of each of 200 validation customers to 20, then to 24, and so on, and
# take the mean of the answers (*partial dependence*; Friedman 2001); likewise the number of products.

# %% alt="Mean probability of leaving by age and by number of products for four models"
people = TABLE["validation"].sample(min(200, len(TABLE["validation"])), random_state=0)


def dependence(name, column, values):
    """Mean probability of leaving when a column is set to each value."""
    rows = pd.concat([people.assign(**{column: float(value)}) for value in values])
    p = ASK[name](rows.to_dict("records"))[:, 1]
    return values, p.reshape(len(values), -1).mean(axis=1)


fig, axs = plt.subplots(1, 2, figsize=(11, 3.8), sharey=True, width_ratios=(2, 1))
over = {"Age": np.arange(20, 81, 4), "NumOfProducts": np.arange(1, 5)}
depends = {
    c: {n: dependence(n, c, values) for n in DECIDING} for c, values in over.items()
}
for ax, (column, by_model) in zip(axs, depends.items(), strict=True):
    curves = {NAMES[name]: curve for name, curve in by_model.items()}
    plots.lines(curves, xlabel=column, ylabel="mean probability of leaving", ax=ax)
axs[1].set(ylabel="", xticks=over["NumOfProducts"])
axs[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *What each model makes of age and of the number of products, all else as it is. Logistic regression can only go up or down all
# the way.*

# %%
reached = {name: precision_at_all(runs[name]) for name in DECIDING}
best = max(reached, key=reached.get)
span = reached[best] - reached["logistic_regression"]
way = (reached["bent"] - reached["logistic_regression"]) / span if span else 0
mostly = (
    ""
    if way < 0.5
    else "What the best has over logistic regression is mostly such bends."
)
turn = {n: over["Age"][curve[1].argmax()] for n, curve in depends["Age"].items()}

# %%
at_end = {c: {n: by[n][1][-1] for n in DECIDING} for c, by in depends.items()}
straight_turns = "can't turn, and rises to the last age asked about"
if turn["logistic_regression"] != over["Age"][-1]:
    straight_turns = "can't turn, and falls all the way"
evaluation.say(f"""
    For the network the mean chance of leaving is highest at an age of about {turn["ann"]},
    for gradient boosting at about {turn["gradient_boosting"]}; straight logistic
    regression {straight_turns}. At {over["Age"][-1]}, an age that few customers have,
    the network still says {at_end["Age"]["ann"]:.2f}, gradient boosting
    {at_end["Age"]["gradient_boosting"]:.2f}; with four products straight logistic
    regression says {at_end["NumOfProducts"]["logistic_regression"]:.2f}, the network
    {at_end["NumOfProducts"]["ann"]:.2f}. Bending two columns by hand brings that one from an
    average precision of {reached["logistic_regression"]:.3f} to {reached["bent"]:.3f},
    **{way:.0%} of the way** to the best ({NAMES[best]}, {reached[best]:.3f}). {mostly}
""")

# %% [markdown]
# ## Load it again, and ask it yourself
#
# The file takes rows with the names of their columns, and does the scaling itself. A country that it has not seen in
# training, or a missing value, it refuses; a number out of all range it takes.

# %%
file = paths.models_dir(dataset.name) / "ann.keras"
loaded = keras.models.load_model(file)
print(f"{file.name}, {file.stat().st_size / 1e3:.0f} kB, classes {loaded.label_names}")
row = dataset.test.texts[0]
for bad in ({"Geography": "Atlantis"}, {"Age": None}):
    try:
        loaded.predict_proba([row | bad])
    except ValueError as error:
        print("refused:", error)
(there,) = evaluation.reload({file: model}, dataset.test.texts[:3]).values()
print("in a new interpreter the same answers:", there[:, 1].round(4))
print(
    "an age of 500 is taken:", loaded.predict_proba([row | {"Age": 500}])[:, 1].round(4)
)

# %%
MY_CUSTOMERS = [  # edit these
    {"CreditScore": 640, "Age": 48, "Tenure": 3, "Balance": 120_000, "NumOfProducts": 1}
    | {"HasCrCard": 1, "IsActiveMember": 0, "EstimatedSalary": 90_000}
    | {"Geography": "Germany", "Gender": "Female"},
    {"CreditScore": 720, "Age": 33, "Tenure": 6, "Balance": 0, "NumOfProducts": 2}
    | {"HasCrCard": 1, "IsActiveMember": 1, "EstimatedSalary": 60_000}
    | {"Geography": "France", "Gender": "Male"},
]
usual = (
    TABLE["train"].mode().iloc[0].to_dict() | TABLE["train"][NUMBERS].median().to_dict()
)
lines = []
for customer in MY_CUSTOMERS:
    as_usual = [customer | {column: usual[column]} for column in customer]
    p = loaded.predict_proba([customer, *as_usual])[:, 1]
    effects = pd.Series(logit(p[0]) - logit(p[1:]), list(customer)).sort_values(key=abs)
    effects = effects[::-1][:3]
    said = ", ".join(
        f"{c}={customer[c]} ({effect:+.1f})" for c, effect in effects.items()
    )
    lines.append((p[0], "call" if p[0] >= chosen["ann"] else "don't call", said))
columns = ["probability of leaving", "at the chosen threshold", "what moves it most"]
pd.DataFrame(lines, columns=columns).style.format({columns[0]: "{:.2f}"})

# %% [markdown]
# *In brackets the change of the log-odds against a customer with the usual value (the median, or the most frequent) in that
# column.*
#
# ## Verdict

# %% alt="Accuracy of all models of this notebook with intervals, the network and the trees in dark"
named = dataclasses.replace(
    scaled, metrics=scaled.metrics | {"title": "plain Keras, numbers scaled"}
)
charted = evaluation.table([raw, named, balanced, *runs.values()])
ax = plots.accuracy_dots(charted, highlight=[NET, NAMES["gradient_boosting"]])
ax.set_title("Accuracy on the test part, with 95 % intervals")
plt.show()

# %% [markdown]
# *The models of this notebook, one seed each, without the two other sizes; in dark the network and gradient boosting. Each at a threshold of one half: the right cut for accuracy where probabilities are
# calibrated, which the balanced network's are not.*

# %%
validated = {name: runs[name].metrics["validation"]["loss"] for name in DECIDING}
pick = min(validated, key=validated.get)
over_seeds = evaluation.contrast(nets, [runs["gradient_boosting"]] * len(nets))
loss, low, high = versus(mean_loss, losses(runs["gradient_boosting"]))
standing = "ahead of" if high < 0 else "behind" if low > 0 else "level with"
gap, cheaper, dearer = versus(1000 * paid[CHOSEN], 1000 * paid[HALF])
saves = "more" if cheaper * dearer > 0 else "no more"
saves += " than these customers explain"

# %%
evaluation.say(f"""
    **What changes when the input is a row of a table? There is no order to read and
    there are no words to learn vectors of, and the network is {standing} gradient
    boosting** by its log loss ({loss:+.4f}; {low:+.4f} to {high:+.4f}, mean
    over {len(nets)} seed{"s" * (len(nets) > 1)}), with {over_seeds["points"]:+.1f}
    points of accuracy ({over_seeds["verdict"]}). What it needs instead is scaled
    columns: the plain network is right in {raw.metrics["test"]["accuracy"]:.1%}
    without (the majority class in {lazy["accuracy"]:.1%}) and in
    {scaled.metrics["test"]["accuracy"]:.1%} with them, one seed each. Two bends, made
    by hand, bring logistic regression {way:.0%} of the way to the best model,
    {NAMES[best]}, in average precision. **How does a probability become a decision? By
    what the two errors cost, not by one half**: at {KEEP} for a call and {LOSE}
    for a customer, arithmetic says {ARITHMETIC:.2f} and the validation customers
    {chosen["ann"]:.2f}, which changes the cost per 1,000 customers by {gap:+.0f}
    against one half ({cheaper:+.0f} to {dearer:+.0f}, {saves}) and the share of
    leavers that is reached from {decided.loc[HALF, "found"]:.0%} to
    {decided.loc[CHOSEN, "found"]:.0%}.
""")

# %%
rest_of = [name for name in DECIDING if name != pick]
against = {name: losses(runs[name]) for name in DECIDING} | {"ann": mean_loss}
beaten = [n for n in rest_of if versus(against[pick], against[n])[2] < 0]
runner_up = min(rest_of, key=validated.get)
costs = {name: 1000 * paid[f"{NAMES[name]}, chosen"] for name in DECIDING}
by_cost, less, more_so = versus(costs[pick], costs[runner_up])
tied = "can't be told from" if less * more_so < 0 else "can be told from"
of_reasons = versus(costs["bent"], costs[pick])
named = "; ".join(f"*{NAMES[n]}*" for n in beaten) or "none of the others"
of_pick = decided.loc[f"{NAMES[pick]}, chosen"]
priced = ""
if pick == "gradient_boosting":
    priced = f" (by arithmetic, at {ARITHMETIC:.2f}, it costs "
    priced += f"{decided.loc[TREES_PRICED, 'cost']:,.0f} instead of {of_pick['cost']:,.0f})"
of_bent = decided.loc[f"{NAMES['bent']}, chosen"]
read_off = (
    f"at {of_bent['cost']:,.0f} per 1,000 customers instead of {of_pick['cost']:,.0f}."
)
read_off = "its reasons can be read off its weights." if pick == "bent" else read_off

# %%
evaluation.say(f"""
    **What would I use?** *{NAMES[pick]}*. Its log loss on validation is the lowest,
    {validated[pick]:.4f}; the next, of *{NAMES[runner_up]}*, is
    {validated[runner_up]:.4f}, on {len(dataset.validation):,} customers. By log loss on the test part it is ahead of {named} by
    more than the choice of test customers explains; by cost it {tied}
    *{NAMES[runner_up]}* ({by_cost:+.0f}; {less:+.0f} to {more_so:+.0f}). It trains in {runs[pick].metrics["training"]["seconds"]:.1f} s. I would cut at
    {chosen[pick]:.2f}{priced}, call {of_pick["called"]:.0%} of the customers, and reach
    {of_pick["found"]:.0%} of those who leave. If a person has to give reasons for each
    call: logistic regression with two columns bent, whose sums can be read off, at
    {of_bent["cost"]:,.0f} per 1,000 customers instead of {of_pick["cost"]:,.0f}
    ({of_reasons[0]:+.0f}; {of_reasons[1]:+.0f} to {of_reasons[2]:+.0f}).
""")

# %% [markdown]
# ## Exercises
#
# 1. Make a call dearer, `KEEP = 3`. Expect the threshold to rise to about 3 / 5, fewer calls, and costs that come close to
#    *call nobody*: the dearer the action, the less a prediction is worth.
# 2. Let a call work in one case of two: in `bill`, a customer who is called and leaves all the same costs both. Where does
#    arithmetic put the threshold now? Expect $\text{KEEP} / (\text{LOSE} / 2)$, and the chosen ones near it.
# 3. Give the bent logistic regression products of columns (`preprocessing.PolynomialFeatures(2, interaction_only=True)`
#    between the columns and the model). Expect it to come up to the network and near to gradient boosting: what bends
#    leave over is combinations.
#
# ## References
#
# - Breiman (2001), *Random forests* (permutation importance).
# - Elkan (2001), *The foundations of cost-sensitive learning* (thresholds from prices).
# - Friedman (2001), *Greedy function approximation: a gradient boosting machine* (with partial dependence).
# - Grinsztajn, Oyallon & Varoquaux (2022), *Why do tree-based models still outperform deep learning on typical tabular
#   data?*
# - Platt (1999), *Probabilistic outputs for support vector machines*.
