# %% [markdown]
# # 17 · Tuning
#
# **Does searching for a recipe pay, and would more machines, other word vectors or more texts pay instead?**
#
# Every network of these notebooks has a recipe: widths, dropout, a learning rate, a dozen numbers that
# somebody chose. They were chosen by hand, one idea after the other, by validation. A computer can do
# that too, and doesn't get bored; the coursework that this project grew from let one search for a
# night. What it finds is called *best*, and it always finds something. This notebook lets four ways of searching
# run for the same number of seconds, asks how much of what they found is left on texts that they
# never saw, and then spends the same effort in three other ways.
#
# You need the IMDB reviews, WordNet (`python -m nltk.downloader wordnet`) and `pip install -r
# requirements-scale.txt`. The whole takes about an hour and a half on two cores.

# %% tags=["setup"]
SETUP

# %%
import dataclasses
import inspect
import itertools
import os
import shutil
import threading
import time

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import optuna
import pandas as pd
from IPython.display import Code
from scipy.stats import spearmanr

from lib import paths, text
from lib.data import Split
from lib.progress import progress_bar
from lib.text import augment
from lib.training import spaces, tuning

plots.style()
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: four trials, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
few = data.subset(dataset, 200 if small else 2_000)
print(f"searched on {len(few.train):,} of {len(dataset.train):,} training reviews")

# %% [markdown]
# ## A space, and one trial
#
# A *search space* says what may be tried. Ours are functions: each asks a *trial* for values and returns the
# options of `models.build` and of `training.fit`. This is the one of the net on n-grams.

# %%
Code(inspect.getsource(spaces.ffnn), language="python")

# %% [markdown]
# A trial is one recipe, built, trained on the train part, and judged by its smallest validation loss. The test part
# plays no role. Three trials, drawn at random:

# %%
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
for _ in range(1 if small else 3):
    trial = study.ask()
    loss = tuning.try_recipe(trial, "ffnn", few, spaces.ffnn)
    study.tell(trial, loss)
tried = study.trials_dataframe(attrs=("params", "value", "user_attrs"))
tried.rename(columns=lambda name: name.split("_", 1)[-1]).T

# %% [markdown]
# ## Four ways to search
#
# - **Grid**: every combination of a few values of each option, in a random order.
# - **Random** (Bergstra & Bengio 2012): each option drawn by itself; no value of an option is tried twice.
# - **TPE** (Bergstra et al. 2011), a form of Bayesian optimisation: after ten random trials, values are
#   drawn where good trials were denser than bad ones.
# - **TPE with successive halving** (Jamieson & Talwalkar 2016): the same, but a trial goes on only if after one epoch,
#   three and nine it belongs to the better third of those that came that far.
#
# All four get the same *seconds*, not the same number of trials: a way that stops bad trials early may try
# more of them. Two networks: the cheap one on n-grams, and a GRU. Each search is run from several seeds, because a
# search, too, can be lucky.

# %%
NETWORKS = {"ffnn": ("the net on n-grams", 3 if small else 60)}
NETWORKS |= {} if small else {"gru": ("the GRU", 180)}
SEEDS = (0,) if small else (0, 1, 2)


def words_of_gru(trial):
    """The GRU's space, one direction, random vectors: a trial takes seconds."""
    build, fit = spaces.recurrent(trial)
    return build | {"bidirectional": False, "vectors": "random", "max_length": 200}, fit


SPACE = {"ffnn": spaces.ffnn, "gru": words_of_gru}

# %%
COMMON = {"learning_rate": [1e-3, 3e-3], "weight_decay": [0.01], "label_smoothing": [0.0, 0.1]}
COMMON |= {"ema_momentum": [0.0, 0.99], "dropout": [0.2, 0.5], "names": ["out"]}
GRIDS = {
    "ffnn": COMMON
    | {"ngrams": [2, 3], "max_features": [100_000], "units": [8, 32]}
    | {"bag_dropout": [0.0, 0.5], "epsilon": [1e-7, 1e-3]},
    "gru": COMMON
    | {"embedding_scale": [0.3, 1.0], "word_dropout": [0.0, 0.2]}
    | {"spatial_dropout": [0.0, 0.3], "units": [32, 64], "bidirectional": [False]},
}
{name: int(np.prod([len(values) for values in grid.values()])) for name, grid in GRIDS.items()}

# %%
def ways(network, seed):
    """Samplers and pruners of the four ways."""
    halving = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3)
    tpe = optuna.samplers.TPESampler
    return {
        "grid": (optuna.samplers.GridSampler(GRIDS[network], seed=seed), None),
        "random": (optuna.samplers.RandomSampler(seed=seed), None),
        "TPE": (tpe(seed=seed), None),
        "TPE + halving": (tpe(seed=seed), halving),
    }


def searched(network, way, seed):
    """One search of so many seconds; the study, which is kept under build/tuning."""
    sampler, pruner = ways(network, seed)[way]
    _, seconds = NETWORKS[network]
    name = f"contest-{len(few.train)}-{network}-{way.replace(' ', '')}-seed{seed}"
    file = paths.tuning_dir() / f"{name}.db"
    if file.exists() and tuning.finished(tuning.study(name)):
        return tuning.study(name)  # from an earlier run of this notebook
    options = {"sampler": sampler, "pruner": pruner, "space": SPACE[network]}
    limits = {"trials": 4 if small else 10_000, "seconds": seconds, "verbose": False}
    return tuning.search(name, network, few, **limits, **options)


# %%
WAYS = ("grid", "random", "TPE", "TPE + halving")
contest = {}
everything = list(itertools.product(NETWORKS, WAYS[-2:] if small else WAYS, SEEDS))
for network, way, seed in progress_bar(everything, desc="Searches"):
    contest[network, way, seed] = searched(network, way, seed)


def so_far(study):
    """Seconds since the start, and the best loss until then, trial by trial."""
    trials = [t for t in study.trials if t.state.is_finished()]
    start = min(t.datetime_start for t in trials)
    seconds = [(t.datetime_complete - start).total_seconds() for t in trials]
    losses = [t.value if t.state.name == "COMPLETE" else np.inf for t in trials]
    order = np.argsort(seconds)
    return np.array(seconds)[order], np.minimum.accumulate(np.array(losses)[order])


# %% alt="Best validation loss so far by seconds of search, for four ways of searching and each network"
fig, axes = plt.subplots(1, len(NETWORKS), figsize=(5.4 * len(NETWORKS), 4), squeeze=False)
LOOKS = dict(zip(WAYS, (("0.6", ":"), ("0.3", "-."), (plots.LIGHT, "--"), (plots.DARK, "-")), strict=True))
for ax, (network, (title, budget)) in zip(axes[0], NETWORKS.items(), strict=True):
    for way in dict.fromkeys(w for n, w, _ in contest if n == network):
        color, line = LOOKS[way]
        for seed in SEEDS:
            seconds, best = so_far(contest[network, way, seed])
            label = way if seed == SEEDS[0] else None
            ax.step(seconds, best, line, color=color, where="post", label=label, lw=1.6)
    ax.set(xlabel="seconds", ylabel="best validation loss so far", title=title, xlim=(0, 1.2 * budget))
fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()

# %%
rows = []
for (network, way, seed), study in contest.items():
    states = [t.state.name for t in study.trials]
    row = {"network": network, "way": way, "seed": seed, "best": tuning.best(study)}
    rows.append(row | {"trials": len(states), "stopped early": states.count("PRUNED")})
ends = pd.DataFrame(rows)
summary = ends.groupby(["network", "way"], sort=False).agg(
    lowest=("best", "min"), mean=("best", "mean"), highest=("best", "max"), trials=("trials", "mean")
)
display(summary.style.format("{:.4f}").format("{:.0f}", subset=["trials"]))

# %%
for network, (title, budget) in NETWORKS.items():
    own = summary.loc[network]
    winner, loser = own["mean"].idxmin(), own["mean"].idxmax()
    spread = (own["highest"] - own["lowest"]).max()
    between = own["mean"].max() - own["mean"].min()
    apart = "more than" if between > spread else "less than"
    evaluation.say(f"""
        **{title.capitalize()}**, {budget} s: on average *{winner}* ends lowest
        ({own["mean"].min():.4f}), *{loser}* highest ({own["mean"].max():.4f}). They are
        {between:.4f} apart, {apart} seeds of one way differ ({spread:.4f}).
        With halving {own["trials"].iloc[-1] / own["trials"].iloc[-2]:.1f} times as many
        trials fit into the time.
    """)

# %% [markdown]
# *A line is a search, a step down a better recipe. Pruned trials count for their time.*
#
# ## Which options matter?
#
# The trials of all searches together say how the loss hangs on each option: a random forest is fitted to them, and its
# variance divided among the options (fANOVA, Hutter et al. 2014).

# %%
together = {}
for network in NETWORKS:
    merged = optuna.create_study()
    for (name, way, _), study in contest.items():
        if name == network and way != "grid":  # a grid holds some options fixed
            merged.add_trials([t for t in study.trials if t.state.name == "COMPLETE"])
    together[network] = merged
forest = optuna.importance.FanovaImportanceEvaluator(seed=0)
importance = {
    network: pd.Series(optuna.importance.get_param_importances(merged, evaluator=forest))
    for network, merged in together.items()
}

# %% alt="Importance of each option for the validation loss, for each network"
fig, axes = plt.subplots(1, len(NETWORKS), figsize=(5.4 * len(NETWORKS), 3.8), squeeze=False)
for ax, (network, shares) in zip(axes[0], importance.items(), strict=True):
    title = NETWORKS[network][0]
    plots.bars(shares.round(2).to_dict(), xlabel="share of the variance", title=title, ax=ax)
plt.show()
for network, shares in importance.items():
    evaluation.say(f"""
        For {NETWORKS[network][0]} *{shares.index[0]}* ({shares.iloc[0]:.0%}) and
        *{shares.index[1]}* ({shares.iloc[1]:.0%}) matter most, over
        {len(together[network].trials)} trials; the last {len(shares) // 2} of
        {len(shares)} together {shares.iloc[len(shares) // 2 :].sum():.0%}.
    """)

# %% alt="Recipes of one network as lines through their options, the best tenth dark"
network = list(NETWORKS)[-1]
frame = pd.DataFrame([t.params | {"loss": t.value} for t in together[network].trials])
numbers = frame.select_dtypes("number").drop(columns="loss")
logs = numbers[["learning_rate", "weight_decay"]].apply(np.log10)
scaled = numbers.assign(**logs).rank(pct=True)
best = frame["loss"] <= frame["loss"].quantile(0.1)
fig, ax = plt.subplots(figsize=(10, 3.8))
ax.plot(scaled[~best].T.to_numpy(), color="0.8", lw=0.7)
ax.plot(scaled[best].T.to_numpy(), color=plots.DARK, lw=1.4)
ax.set_xticks(range(scaled.shape[1]), scaled.columns, rotation=20, ha="right")
ax.set(ylabel="rank of the value", title=f"{NETWORKS[network][0]}: the best tenth, dark")
plt.show()
middle = scaled[best].median()
pulled = (middle - 0.5).abs().idxmax()
evaluation.say(f"""
    Where dark lines meet, good recipes agree. They agree most on *{pulled}*, on the
    {"upper" if middle[pulled] > 0.5 else "lower"} side of what was tried; the other options
    they spread over.
""")

# %% [markdown]
# *Each line is a recipe, each upright an option, from the smallest value tried to the largest, by rank.*
#
# ## What is left on other texts?
#
# The best of many trials was chosen *because* its validation loss was low, and some of that is luck with those 2,379
# reviews. So take every search's winner, and for comparison the recipe that this project publishes, train each again on the
# same reviews, and ask the test part.

# %%
def retrained(network, name, build, fit):
    """The recipe, trained again and measured; nothing is trained if it is there."""
    about = {"name": f"tuned-{network}-{name}", "title": name, "notebook": "17_tuning"}
    return training.measure(network, few, **about, build=build, fit_options=fit)


PUBLISHED = {
    "ffnn": (
        {"ngrams": 3, "names": "out", "max_features": 280_000, "units": 8}
        | {"bag_dropout": 0.0, "dropout": 0.0},
        {"epochs": 12, "learning_rate": 1e-2, "epsilon": 1e-3},
    ),
    "gru": (
        {"names": "out", "vectors": "random", "max_length": 200},
        {"epochs": 10, "learning_rate": 3e-3, "ema_momentum": 0.995},
    ),
}

# %%
rows = []
for (network, way, seed), study in progress_bar(contest.items(), desc="Again"):
    build, fit = SPACE[network](optuna.trial.FixedTrial(study.best_params))
    found = retrained(network, f"{way.replace(' ', '')}-{seed}", build, fit)
    rows.append((network, way, seed, found.metrics))
for network in NETWORKS:
    rows.append((network, "published", 0, retrained(network, "published", *PUBLISHED[network]).metrics))

# %%
after = pd.DataFrame(
    {
        "network": network,
        "way": way,
        "validation": m["validation"]["accuracy"],
        "test": m["test"]["accuracy"],
        "loss": m["validation"]["loss"],
    }
    for network, way, _, m in rows
)

# %% alt="Accuracy on test against accuracy on validation of each search's winner, with the published recipe"
fig, axes = plt.subplots(1, len(NETWORKS), figsize=(5 * len(NETWORKS), 4), squeeze=False)
for ax, (network, own) in zip(axes[0], after.groupby("network", sort=False), strict=True):
    chosen, base = own[own["way"] != "published"], own[own["way"] == "published"]
    ax.plot(chosen["validation"], chosen["test"], "o", color=plots.DARK, label="found")
    ax.plot(base["validation"], base["test"], "D", color=plots.LIGHT, mec="black", label="published recipe")
    ax.set(xlabel="accuracy, validation", ylabel="accuracy, test", title=NETWORKS[network][0])
fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
plt.show()

# %%
for network, own in after.groupby("network", sort=False):
    chosen, base = own[own["way"] != "published"], own[own["way"] == "published"].iloc[0]
    gain = 100 * (chosen[["validation", "test"]] - base[["validation", "test"]].astype(float))
    winner = gain.loc[chosen["loss"].idxmin()]
    evaluation.say(f"""
        **{NETWORKS[network][0].capitalize()}**: over the published recipe, which was made for all
        reviews, the winners gain {gain["validation"].mean():+.1f} points on validation and
        **{gain["test"].mean():+.1f} on test** on average. The one with the smallest
        validation loss gains {winner["validation"]:+.1f} and {winner["test"]:+.1f}.
    """)

# %% [markdown]
# *A point is a search's winner. What lies to the right on validation need not lie higher on test: what is chosen by one
# measurement loses part of its lead in the next, which is called regression to the mean.*
#
# ## What thirty variants by hand bought
#
# The Transformer of notebook 9 was searched for by hand. Its log holds every variant, in order.

# %% alt="Validation accuracy of the Transformer's variants by hand, in order, and the best so far"
log = pd.read_csv(paths.NOTEBOOKS / "logs" / "transformer.csv")
accuracy = log["validation accuracy"].astype(float)
fig, ax = plt.subplots(figsize=(8, 3.6))
ax.plot(np.arange(1, len(log) + 1), accuracy, "o", color="0.6", label="a variant")
ax.step(np.arange(1, len(log) + 1), accuracy.cummax(), color=plots.DARK, where="post", label="best so far")
ax.set(xlabel="variant, in the order of trying", ylabel="validation accuracy")
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()
record = accuracy.cummax().diff().fillna(0)
after_third = 100 * (accuracy.max() - accuracy.iloc[:3].max())
evaluation.say(f"""
    {len(log)} variants; the best was number {accuracy.idxmax() + 1}, *{log["change"][accuracy.idxmax()]}*.
    {(record > 0).sum()} of them set a new record. After the third, all further ones together
    bought **{after_third:+.1f} points** on validation.
""")

# %% [markdown]
# ## How far can one validation part be trusted?
#
# Our validation part is one tenth of the training reviews, and of as few as 79 films. Cut train and validation anew, five
# times, so that each block of films validates once, and ask the same question each time: *do names belong in the
# vocabulary?* The single part has said no, by almost a point.

# %%
FOLDS = 2 if small else 5
TINY = {"max_features": 500} if small else {}
rows = []
for number, fold in enumerate(progress_bar(data.folds(dataset, count=FOLDS), total=FOLDS), start=1):
    right = {}
    for names in ("keep", "out"):
        model = models.build("tfidf_lr", fold, names=names, **TINY)
        training.fit(model, fold, name=f"fold{number}", reuse=False, verbose=False)
        answers = model.predict_logits(fold.validation.texts).argmax(axis=1)
        right[names] = np.mean(answers == fold.validation.labels)
    rows.append({"fold": number, "texts": len(fold.validation)} | right)
by_fold = pd.DataFrame(rows).set_index("fold")
by_fold["out − keep, points"] = 100 * (by_fold["out"] - by_fold["keep"])
shown = by_fold.style.format("{:.4f}").format("{:,.0f}", subset="texts")
display(shown.format("{:+.2f}", subset="out − keep, points"))

# %%
gains = by_fold["out − keep, points"]
error = gains.std() / np.sqrt(len(gains))
can = "can't" if gains.std() > 0.2 else "can"
evaluation.say(f"""
    Leaving names out changes accuracy by {gains.min():+.1f} to {gains.max():+.1f} points, by the block of films;
    on average by **{gains.mean():+.2f}**, with a standard error of {error:.2f}. From one
    block to another the gain itself varies by {gains.std():.2f} points (standard deviation):
    **recipes that are less than that apart on one validation part {can} be told apart by it**.
""")

# %% [markdown]
# ## More machines
#
# Where a trial takes an hour, one machine is not enough. The same space and the same objective run on a cluster: Ray Tune hands
# recipes to whoever is free, Optuna suggests them, and successive halving stops the bad ones. What if a machine dies? Two nodes on this
# machine, one of which is killed during the search:

# %%
FOLDER = paths.tuning_dir() / "ray" / "killed"


def reported():
    """How many trials have told of an epoch so far."""
    return len(list(FOLDER.glob("*/result.json")))


# %%
def kill(nodes, node, trials, seen):
    """Wait until so many trials have reported, then kill the node."""
    started = time.perf_counter()
    while reported() < trials:
        time.sleep(0.2)
    seen["trials that had reported before"] = reported()
    seen["seconds until then"] = round(time.perf_counter() - started)
    nodes.remove_node(node, allow_graceful=False)


# %%
def on_two_nodes(trials):
    """A search of which one of two nodes is killed: what was there before and after."""
    from ray.cluster_utils import Cluster

    from lib.training import cluster

    shutil.rmtree(FOLDER, ignore_errors=True)
    started, seen = time.perf_counter(), {}
    size = {"num_cpus": 1, "object_store_memory": 2e8}
    nodes = Cluster(initialize_head=True, head_node_args=size)
    told = nodes, nodes.add_node(**size), trials // 2, seen
    threading.Thread(target=kill, args=told, daemon=True).start()
    grid = cluster.search("killed", "ffnn", few, trials=trials, address=nodes.address)
    table = grid.get_dataframe()
    seen |= {"trials in the end": len(table), "with a loss": int(table["loss"].notna().sum())}
    seen |= {"failed": grid.num_errors, "seconds in all": round(time.perf_counter() - started)}
    nodes.shutdown()
    return seen


# %%
if small:
    print("not in the demo profile")
else:
    outcome = on_two_nodes(12)
    display(pd.Series(outcome, name="").to_frame())
    evaluation.say(f"""
        Of {outcome["trials in the end"]} trials {outcome["with a loss"]} have a result and
        {outcome["failed"]} failed: those of the dead node were tried again on the other one.
        Which trials are stopped early depends on which were faster, so the same search would not come out
        the same twice: **recipes are published from a search of one trial after the other.**
    """)

# %% [markdown]
# ## Other word vectors instead
#
# A recipe's numbers are one thing; where its word vectors come from is another. Five beginnings: **random**; **CBOW** and
# **skip-gram** (notebook 2), and **fastText**, whose words are sums of their character n-grams, all three trained on the
# training reviews, labels or not; and vectors **distilled from MiniLM**: each word sent through that encoder by itself, a
# hundred principal components kept (the idea of model2vec). Those are pretrained, on more text than all
# reviews together.

# %%
KINDS = {"random": "random", "cbow": "CBOW", "word2vec": "skip-gram", "fasttext": "fastText"}
KINDS |= {"minilm": "from MiniLM (pretrained)"}
SIZES = (100,) if small else (500, 2_000, len(dataset.train))
ARCHITECTURES = {"dan": ({}, {"epochs": 20, "learning_rate": 3e-3})}
if not small:
    lstm = {"names": "out", "max_length": 200}, {"epochs": 8, "learning_rate": 3e-3}
    ARCHITECTURES["lstm_attention"] = lstm

# %%
tried = list(itertools.product(ARCHITECTURES, ["random", "cbow"] if small else KINDS, SIZES))


def from_vectors(architecture, kind, size):
    """One network from one kind of vectors, trained on so many labels."""
    build, fit = ARCHITECTURES[architecture]
    labelled = dataset if size == len(dataset.train) else data.subset(dataset, size)
    return training.measure(
        architecture,
        dataset,
        name=f"vectors-{architecture}-{kind}-{size}",
        title=f"{architecture}, {kind}, {size}",
        notebook="17_tuning",
        build=build | {"vectors": kind} | ({"embedding_dim": 16} if small else {}),
        fit_options=fit | ({"epochs": 1} if small else {}),
        labelled=labelled,
    )


# %%
rows = []
for architecture, kind, size in progress_bar(tried, desc="Vectors"):
    found = from_vectors(architecture, kind, size)
    low, high = found.metrics["test"]["accuracy_ci95"]
    row = {"network": architecture, "vectors": KINDS[kind], "labels": size, "low": low, "high": high}
    rows.append(row | {"accuracy": found.metrics["test"]["accuracy"]})
vectors = pd.DataFrame(rows)

# %% alt="Accuracy by number of labels for five kinds of word vectors, for each network"
fig, axes = plt.subplots(1, len(ARCHITECTURES), figsize=(5.2 * len(ARCHITECTURES), 4), squeeze=False)
for ax, (network, own) in zip(axes[0], vectors.groupby("network", sort=False), strict=True):
    curves = {kind: (g["labels"], g["accuracy"]) for kind, g in own.groupby("vectors", sort=False)}
    plots.lines(curves, xlabel="labelled reviews", ylabel="accuracy, test", marker="o", ax=ax).legend().remove()
    ax.set(xscale="log", title=network)
    ax.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
    ax.minorticks_off()
fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
plt.show()

# %%
columns = {"columns": ["network", "labels"], "values": "accuracy"}
table = vectors.pivot_table(index="vectors", sort=False, **columns)
display(table.style.format("{:.4f}"))
for (network, size), own in table.items():
    gain = 100 * (own.max() - own["random"])
    evaluation.say(f"""
        {network}, {size:,} labels: best from *{own.idxmax()}*, {own.max():.4f}, which is
        **{gain:+.1f} points** over random ones.
    """)

# %% [markdown]
# ## More texts instead
#
# Or make more texts out of those there are. Each training review is added once more with a tenth of its words replaced by synonyms from
# WordNet, left out, or swapped (Wei & Zou 2019), or with its sentences in another order. The label stays, and that is the
# bet: it must survive the edit.

# %%
sample = next(t for t in dataset.train.texts if 20 < len(t.split()) < 60)
for name, edit in augment.EDITS.items():
    if small and name == "synonyms":
        continue  # it needs WordNet
    print(f"{name}: {edit(sample, np.random.default_rng(0))}\n")

# %%
def edited(part, edit):
    """The data set with each training text added once more, edited."""
    draw = np.random.default_rng(0)
    more = [edit(content, draw) for content in part.train.texts]
    labels = np.concatenate([part.train.labels] * 2)
    train = Split([*part.train.texts, *more], labels)
    key = f"{part.fingerprint[:10]}-{edit.__name__}"
    return dataclasses.replace(part, train=train, fingerprint=key)



# %%
EDITS = {"deletion": augment.deletion} if small else augment.EDITS
rows = []
for size, name in progress_bar(list(itertools.product(SIZES, ["none", *EDITS])), desc="Edits"):
    part = dataset if size == len(dataset.train) else data.subset(dataset, size)
    labelled = part if name == "none" else edited(part, EDITS[name])
    found = training.measure(
        "dan",
        dataset,
        name=f"edits-dan-{name.replace(' ', '-')}-{size}",
        title=f"dan, {name}, {size}",
        notebook="17_tuning",
        build={"embedding_dim": 16, "vectors": "random"} if small else {},
        fit_options={"epochs": 1 if small else 20, "learning_rate": 3e-3},
        labelled=labelled,
    )
    rows.append({"labels": size, "edit": name, "accuracy": found.metrics["test"]["accuracy"], "run": found})

# %%
edits = pd.DataFrame(rows)
gains = []
for size, own in edits.groupby("labels"):
    plain = own[own["edit"] == "none"].iloc[0]
    for row in own[own["edit"] != "none"].to_dict("records"):
        found = evaluation.contrast([row["run"]], [plain["run"]])
        kept = {name: found[name] for name in ("points", "low", "high")}
        gains.append({"labels": size, "edit": row["edit"]} | kept)
gains = pd.DataFrame(gains)
shown = gains.style.hide(axis="index").format("{:,.0f}", subset="labels")
display(shown.format("{:+.2f}", subset=["points", "low", "high"]))


# %%
def named(rows):
    item = "*{edit}* at {labels:,} labels ({points:+.1f})"
    return "; ".join(item.format(**row) for row in rows.to_dict("records")) or "none"


helps, harms = gains[gains["low"] > 0], gains[gains["high"] < 0]
evaluation.say(f"""
    Edits that help the averaging network by more than chance: {named(helps)}. That harm it: {named(harms)}.
    For a network that ignores order, *swap* and *shuffled sentences* can only matter through
    which words are cut off.
""")

# %% [markdown]
# ## Verdict

# %%
first, last = vectors["labels"].min(), vectors["labels"].max()
by_labels = {n: table["dan"][n].max() - table["dan"][n]["random"] for n in (first, last)}
test_gain = {
    network: 100 * (own[own["way"] != "published"]["test"].mean() - own[own["way"] == "published"]["test"].iloc[0])
    for network, own in after.groupby("network", sort=False)
}
said = ", ".join(f"{NETWORKS[n][0]} {gain:+.1f}" for n, gain in test_gain.items())
evaluation.say(f"""
    **Does searching for a recipe pay? On test, a search's winner is ahead of a recipe that was made by
    hand for other circumstances by {said} points.** One validation part moves by {by_fold["out − keep, points"].std():.1f}
    points from block to block of films, so what a search finds within that is not a finding. Better word
    vectors bring {100 * by_labels[first]:+.1f} points with {first:,} labels and
    {100 * by_labels[last]:+.1f} with {last:,}; edited texts at best
    {gains["points"].max():+.1f}.
""")

# %% [markdown]
# ## Exercises
#
# 1. Give the two ways with TPE five times as many seconds. Expect their best loss to fall by less than seeds differ.
# 2. Put `"learning_rate"` of the GRU's space between 1e-5 and 1. Expect random search to lose most: nine of ten of its trials learn nothing.
#
# ## References
#
# - Arora, Liang & Ma (2017), *A simple but tough-to-beat baseline for sentence embeddings*.
# - Bergstra, Bardenet, Bengio & Kégl (2011), *Algorithms for hyper-parameter optimization*, TPE.
# - Bergstra & Bengio (2012), *Random search for hyper-parameter optimization*.
# - Bojanowski, Grave, Joulin & Mikolov (2017), *Enriching word vectors with subword information*.
# - Hutter, Hoos & Leyton-Brown (2014), *An efficient approach for assessing hyperparameter importance*.
# - Jamieson & Talwalkar (2016), *Non-stochastic best arm identification and hyperparameter optimization*.
# - Liaw et al. (2018), *Tune: a research platform for distributed model selection and training*.
# - Wei & Zou (2019), *EDA: easy data augmentation techniques*.
