# %% [markdown]
# # 19 · The comparison
#
# **What does each generation of sequence model buy, what does it cost, and where does it break?**
#
# Every notebook before this one asks what a single idea is worth. Here their models stand side by side: the
# same reviews, the same test, and texts that were written to break them. The answer comes first.
#
# A *point* is a hundredth of accuracy. Two models are *level* if the 95 % interval of their difference holds
# 0: another choice of test texts could turn their order round. Where both were trained several times, from other seeds or
# on other draws of texts, they are level as well if not all these pairs point the same way.

# %% tags=["setup"]
SETUP

# %% alt="Test accuracy of the models by the time that their training took, with intervals, and a line that joins those not beaten at their cost"
from IPython.display import Markdown

NOT_YET = Markdown("*Cells further down fill this in: run them all.*")
answer, chart = (display(NOT_YET, display_id=True) for _ in range(2))

# %% [markdown]
# *Cells further down have put their results here, as soon as they had them. A dot of the figure is a published model
# with its 95 % interval; a dark one is beaten by none that is trained faster, open dots aside, and the dotted line joins
# these. Dashes are the same recipe from other seeds; that luck is in no interval, which knows of other test
# texts only. Open dots learned from other models' answers, in place of the labels or half and half with them (or have a
# member that did): training those others comes on top and is not in the figure. Not counted either are the time for
# vocabularies and word vectors, and what others spent on pretraining the encoder.*
#
# *Which model should you take?*

# %%
advice = display(NOT_YET, display_id=True)

# %% [markdown]
# *By how long your texts are, how many of them have labels, and how long one
# answer may take; a data set of ours stands for each kind of text. Named is the most accurate on the test part of
# those that answer in time, and beside it what is level with it: among these let cost decide, as the first owes its
# place partly to luck. Milliseconds are those of one request to the exported model, which runs without Keras, where
# notebook 18 has timed it (of the ensemble, the sum over its members). On posts, tweets and sentences no single request
# was timed: there the limit is on the time of one text among many, in Keras, and one that comes alone can take many times
# that. Tweets, too, are ranked by accuracy here; notebook 15 ranks them as their
# contest did, by the mean recall of the classes, and may choose another model. Rows with fewer labels compare only the
# models that notebook 11 has trained so, which the section on labels names; their accuracy is that on every fifth test
# review, and the time of a linear probe is that of the frozen encoder.*
#
# That is the answer; from here on, the evidence. A *generation* is a kind of architecture: models that count words and
# phrases, networks on such counts and the average of word vectors included (*bag of words*); *recurrent* networks;
# *convolution*; *attention*; a *pretrained* encoder; and networks that read in *both ways*, as counts and in order. *With
# the encoder's help* are small networks that learned from the answers of others, the fine-tuned encoder among them.
#
# You need the IMDB reviews and what the other notebooks left in `models/`: a model that is added there appears in
# the tables and figures that compare all models. No network is trained. Interval, AUC, log loss and ECE are explained in notebook 2.

# %%
import itertools
import json
import os
import textwrap
import warnings

import ipywidgets
import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from adjustText import adjust_text
from IPython.display import HTML
from matplotlib import patheffects
from scipy.special import log_softmax
from sklearn import metrics as scores
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from lib import paths
from lib.evaluation.error_analysis import FAMILIES
from lib.plots.style import heat_map
from lib.progress import progress_bar
from lib.training.blend import shares

# %%
plots.style()
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small networks, no results
note = ", synthetic data" if small else ""
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
truth, validation = dataset.test.labels, dataset.validation.labels
folder = paths.models_dir(dataset.name)

# %%
FAMILY = {one: name for name, some in FAMILIES.items() for one in some.split()}


def taught(run):
    """Whether it, or a member, learned another model's answers, not labels."""
    m = run.metrics
    own_labels = m["data"]["fingerprint"] == dataset.fingerprint
    a_member = m["training"].get("taught", False)  # of an ensemble
    return a_member or (m["dataset"] == dataset.name and not own_labels)


def family(run):
    """A model's generation; what has learned from the encoder stands apart."""
    m = run.metrics["model"]
    from_encoder = taught(run) and run.metrics["notebook"].startswith("11")
    if from_encoder or m.get("options", {}).get("vectors") == "minilm":
        return "with the encoder's help"
    architecture = m.get("architecture", "none")
    return FAMILY.get(architecture, architecture)


# %%
loss = evaluation.validation_loss  # by it models are chosen


def title(run):
    return run.metrics["title"]


def logits_of(members, part):
    """Their logits, but for a constant of each text: (members, texts, classes)."""
    return np.log(np.maximum([run.probabilities[part] for run in members], 1e-12))


def blended(members, part, by):
    """Log-probabilities of the sum of their logits, each times its share."""
    return log_softmax(np.tensordot(by, logits_of(members, part), 1), axis=1)


# %% [markdown]
# One model is put together here, so that all that follows has it: an **ensemble** of two or three published
# models that had these reviews and nothing else. What a network has computed just before it says how probable each
# class is are its *logits*; the ensemble's are the sum of its members', each times a share. Members and shares
# are those with the smallest log loss on *validation*, among the dozen best models whose file is here, if their files
# together have no more than the next cell's limit. What it is worth stands in a section of its own.
#
# Wherever one model is to stand for its generation, it is the best on validation as well, again by log loss, of those
# that learned from labels: one that was *taught*, by other models' answers, would show in part what those are worth. A
# *temperature*, one number that makes all its answers surer or less sure, is fitted first: networks that were trained
# with smoothed labels hold back, and would look worse than they are.

# %%
LIMIT = 9.5  # MB: of the members' files together, so that it is one small file
NOT_SCRATCH = ("pretrained", "with the encoder's help", "ensemble")
before, _ = evaluation.load_all()
own = {r.metrics["name"]: r for r in before if r.metrics["dataset"] == dataset.name}
eligible = [r for r in own.values() if r.model_file and family(r) not in NOT_SCRATCH]
eligible = sorted(eligible, key=loss)[:12]
if len(eligible) < 2:
    raise SystemExit("There are no two models to compare: run notebooks 2 and 3 first.")
losses = {}
for n in (2, 3):
    for some in itertools.combinations(range(len(eligible)), n):
        runs_of = [eligible[i] for i in some]
        if sum(run.metrics["model"]["file_mb"] for run in runs_of) <= LIMIT:
            by = shares(logits_of(runs_of, "validation"), validation)
            mixture = np.exp(blended(runs_of, "validation", by))
            losses[some] = scores.log_loss(validation, mixture)
winning = [eligible[i] for i in min(losses, key=losses.get)]
made_of = ", ".join(map(title, winning))
print(f"of {len(losses)} sets: {made_of}; {min(losses.values()):.4f}{note}")

# %%
versions = {run.metrics["name"]: run.metrics["created"] for run in winning}
old = own.get("ensemble")
if not (old and old.model_file and old.metrics["training"].get("members") == versions):
    parts = [models.load(run.model_file) for run in winning]
    seconds = sum(run.metrics["training"]["seconds"] for run in winning)
    record = {"seconds": round(seconds, 1), "seed": 0, "members": versions}
    record["taught"] = any(map(taught, winning))  # its teachers' time is in no sum
    about = {"name": "ensemble", "title": "Ensemble", "notebook": "19_comparison"}
    evaluation.publish(training.blend(parts, dataset), dataset, record, **about)
found, problems = evaluation.load_all()
print(f"{len(found)} published models", *problems, sep="\n")
runs = {r.metrics["name"]: r for r in found if r.metrics["dataset"] == dataset.name}
runs.pop("majority", None)
assert all(np.array_equal(run.labels["test"], truth) for run in runs.values())
by_title = {title(run): run for run in runs.values()}
scratch = {n: r for n, r in runs.items() if family(r) not in NOT_SCRATCH}
tasks = sorted({run.metrics["dataset"] for run in found} - {dataset.name})


# %%
def seeds(run):
    """A published run and its repeats from other seeds."""
    return [run, *evaluation.repeats(run)]


# %% [markdown]
# A published *file* is one draw of its recipe, from a seed that was fixed beforehand; whether to take that file is
# decided by its own answers. What an *architecture* is worth is another question. `evaluation.versus` answers it by the mean over all
# seeds that both sides have, and says *more than chance* where the interval leaves out 0 **and** all pairs of
# seeds point the same way; with one seed, it can speak for other test texts only.
#
# ## On the film reviews
#
# In bold, the best of a column, and in accuracy all that are level with it. *Over seeds* is the mean where a
# recipe was repeated, with the number of seeds. Log loss is that of the probabilities as they are: training with
# smoothed labels, as most networks here had it, can make it larger. The time of a taught network is its own, without its
# teachers'; that of the ensemble is the sum over its members.

# %%
def best(*families):
    """The run of these families that is best on validation, if there is one.

    None that was taught stands for a generation; whom the encoder taught is apart.
    """
    some = [run for run in runs.values() if family(run) in families]
    some = [run for run in some if not (taught(run) and family(run) in FAMILIES)]
    return min(some, key=loss, default=None)


IN_ORDER = ("recurrent", "convolution", "attention")
counting, reading, tuned = best("bag of words"), best(*IN_ORDER), best("pretrained")
mixed = runs["ensemble"]
members = [runs[name] for name in mixed.metrics["training"]["members"]]
FOUR = [title(r) for r in (mixed, tuned, reading, counting) if r]  # to be highlighted

# %%
COLUMNS = "model,accuracy,95 %,over seeds,log loss,training s,file MB,texts/s".split(
    ","
)
FORMS = {"training s": "{:,.0f}", "texts/s": "{:,.0f}", "file MB": "{:.1f}"}


def shown_table(some):
    """What a reader compares, in eight columns; those that win in bold."""
    rows, won = evaluation.table(some), evaluation.winners(some)
    ends = rows[["low", "high"]].map("{:.4f}".format)
    rows["95 %"] = ends["low"] + " to " + ends["high"]
    means = zip(
        map(evaluation.mean_accuracy, some), map(len, map(seeds, some)), strict=True
    )
    rows["over seeds"] = [f"{mean:.4f} ({n})" * (n > 1) for mean, n in means]
    won = won.reindex(columns=COLUMNS, fill_value=False)
    look = won.map(lambda mark: "font-weight: bold" if mark else "")
    styled = rows[COLUMNS].style.hide(axis="index").apply(lambda _: look, axis=None)
    return styled.format(FORMS, precision=4, na_rep="")


shown_table(list(runs.values()))


# %%
def named(titles):
    """Titles, which may hold commas, as words of a sentence."""
    return "; ".join(f"*{name}*" for name in titles) or "none"


def with_interval(run):
    low, high = run.metrics["test"]["accuracy_ci95"]
    return f"{run.right.mean():.4f} ({low:.4f} to {high:.4f})"


def duration(seconds):
    minutes, hours = seconds / 60, seconds / 3600
    long = f"{minutes:.0f} minutes" if minutes < 90 else f"{hours:.1f} hours"
    return f"{seconds:.0f} seconds" if seconds < 90 else long


# %%
table = evaluation.table(runs.values())
spread = evaluation.spread(runs.values())
moved = 100 * (spread["highest"] - spread["lowest"])
first, *tied = evaluation.leaders(runs.values())
top = by_title[first]
near = [r for r in runs.values() if r.right.mean() >= top.right.mean() - 0.02]
luck = "No recipe has been repeated from other seeds yet."
if len(spread):
    leader = spread.iloc[0]
    luck = f"Of {len(spread)} recipes with several seeds, *{leader['model']}* has the "
    luck += f"highest mean, {leader['mean']:.4f}; seeds move an accuracy by "
    luck += f"{moved.median():.1f} points in the median, {moved.max():.1f} at most."
evaluation.say(f"""
    The {len(table)} models lie between {table["accuracy"].min():.4f} and
    {table["accuracy"].max():.4f}{note}; {len(near)} are within two points of the best.
    {luck}
""")

# %%
costs = table.assign(run=list(runs.values())).sort_values(["training s", "accuracy"])
costs["kind"], costs["taught"] = costs["run"].map(family), costs["run"].map(taught)
far = costs["accuracy"] < (0 if small else costs["accuracy"].max() - 0.07)
shown = costs[~far]
fair = shown["accuracy"].where(~shown["taught"], 0)  # a student's teacher isn't counted
not_beaten = fair > fair.cummax().shift(fill_value=0)
of_kind = shown.groupby("kind")["accuracy"]
ends = [*of_kind.idxmax(), *of_kind.idxmin()]
labelled = shown[not_beaten | shown.index.isin(ends)]
TICKS = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 14400: "4 h"}


def time_axis(ax, seconds):
    """A log axis of seconds, with marks in seconds, minutes and hours."""
    low, high = np.min(seconds) / 1.5, np.max(seconds) * 4
    inside = [tick for tick in TICKS if low <= tick <= high]
    ax.set_xscale("log")
    ax.set_xticks(inside, [TICKS[tick] for tick in inside])
    ax.minorticks_off()
    ax.set(xlim=(low, high), xlabel="time of training")


# %%
fig, ax = plt.subplots(figsize=(9.5, 5.8))
x, y = shown["training s"], shown["accuracy"]
ax.vlines(x, shown["low"], shown["high"], color="0.75", zorder=1)
front = {"color": plots.LIGHT, "lw": 2, "where": "post", "zorder": 1}
ax.step(x[not_beaten], y[not_beaten], ":", **front)
again = [
    (r.metrics["training"]["seconds"], one)
    for r in shown["run"]
    for one in seeds(r)[1:]
]
again = [(when, one.right.mean()) for when, one in again]
if again:
    dash = {"color": "0.35", "ms": 9, "label": "the same recipe from another seed"}
    ax.plot(*zip(*again, strict=True), "_", **dash)
grey = ~not_beaten & ~shown["taught"]
ax.plot(x[grey], y[grey], "o", color="0.6")
dark = {"color": plots.DARK, "label": "not beaten by any trained faster"}
ax.plot(x[not_beaten], y[not_beaten], "o", ms=8, **dark)
if shown["taught"].any():
    own_time = {"mfc": "white", "mec": "0.3", "label": "taught by another model"}
    ax.plot(x[shown["taught"]], y[shown["taught"]], "o", **own_time)
time_axis(ax, x)
ax.set(ylabel="test accuracy, with 95 % intervals", title="What accuracy costs" + note)
ax.legend(loc="upper left", bbox_to_anchor=(0, -0.12), ncols=3, fontsize="small")
plt.close(fig)  # it is shown at the top, once it has names


# %%
def beside(when, height):
    """Where a name stands: at the left of its dot if only the right is taken."""
    away = np.log(x / when)[abs(y - height) < 0.002]
    left, right = (((0 < side * away) & (side * away < 0.5)).any() for side in (-1, 1))
    if right and not left:
        return {"x": when / 1.12, "ha": "right"}
    return {"x": when * (1.35 if right else 1.12), "ha": "left"}


# %%
white = [patheffects.withStroke(linewidth=3, foreground="white")]
look = {"fontsize": "small", "va": "center", "path_effects": white}
names = [
    ax.text(y=height, s=name, **beside(when, height), **look)
    for when, height, name in labelled[["training s", "accuracy", "model"]].to_numpy()
]
busy = [*zip([*x] * 3, [*y, *shown["low"], *shown["high"]], strict=True), *again]
line = {"arrowstyle": "-", "color": "0.4", "lw": 0.7}
apart = {"expand": (1, 1.25), "only_move": "y", "arrowprops": line}
goals = {"target_x": labelled["training s"], "target_y": labelled["accuracy"]}
adjust_text(names, *zip(*busy, strict=True), ax=ax, **goals, **apart)
chart.update(fig)
unnamed = shown.drop(labelled.index)["model"]
machines = sorted({run.metrics["environment"]["cpu"] for run in runs.values()})
whole = costs["training s"].sum() - mixed.metrics["training"]["seconds"]  # a sum itself
evaluation.say(f"""
    All these trainings took {duration(whole)} together, teachers not counted, on
    {" and ".join(machines)}. In the figure at the top, dots without a name, in
    accuracy between the best and the least of their generation:
    {named(unnamed)}. Far below, and left out:
    {named(costs[far]["model"])}.
""")


# %% [markdown]
# ## On other texts
#
# The same columns for every other task, one to unfold each; *churn* is a table of customers. The majority class
# stands there as a yardstick and wins nothing.

# %%
def folded(task):
    """A task's table, which opens when its line is clicked."""
    some = [run for run in found if run.metrics["dataset"] == task]
    m = some[0].metrics["data"]
    line = f"<b>{task}</b>: {m['n_train']:,} labels, {len(m['label_names'])} classes, "
    line += (
        f"tested on {m['n_test']:,}{note}; best: {'; '.join(evaluation.leaders(some))}"
    )
    inside = shown_table(some).to_html()
    return f"<details><summary>{line}</summary>{inside}</details>"


HTML("".join(map(folded, tasks)) or "No other task has been run in this profile.")

# %%
places, accuracies, level = {}, {}, {}
for task in [dataset.name, *tasks]:
    some = [r for r in found if r.metrics["dataset"] == task and not taught(r)]
    some = [r for r in some if family(r) in FAMILIES]
    bests = {family(run): run for run in sorted(some, key=loss, reverse=True)}
    if len(bests) < 2:
        continue
    row = f"{task.replace('_', ' ')}, {some[0].metrics['data']['n_train']:,} labels"
    accuracies[row] = pd.Series(bests).map(evaluation.mean_accuracy)
    places[row] = accuracies[row].rank(ascending=False, method="min")
    leading = bests[accuracies[row].idxmax()]
    level[row] = {
        name: evaluation.versus(leading, run)["verdict"].startswith("no")
        for name, run in bests.items()
    }
in_row = [name for name in FAMILIES if any(name in row for row in places.values())]
ranks, reached, level = (
    pd.DataFrame(by_task).T.reindex(columns=in_row)
    for by_task in (places, accuracies, level)
)

# %% alt="Ranks of the generations on every task: for each, its best model by validation, with its test accuracy"
level = level.eq(True)  # not where a generation is missing
shared = level & (level.sum(axis=1) > 1).to_numpy()[:, None]
words = ranks.map("{:.0f}".format) + np.where(shared, " =", "")
words = (words + "\n" + reached.map("{:.3f}".format)).where(ranks.notna(), "")
fig, ax = plt.subplots(figsize=(3.5 + 1.1 * len(in_row), 1 + 0.55 * len(ranks)))
look = {"cmap": "Blues_r", "vmin": 0, "vmax": 7, "cbar": False, "linewidths": 1}
heat_map(ranks.astype(float), words.to_numpy(), ax=ax, **look)
ax.set_title("Rank of each generation's best model" + note)
plt.show()
leads = level.sum()
takes_part = ranks.notna().sum()
tally = {name: f"{leads[name]} of {takes_part[name]}" for name in in_row}
lead = "lead" if (leads == leads.max()).sum() > 1 else "leads"
firsts = ranks.T.idxmin()
evaluation.say(f"""
    On how many of the tasks that it takes part in a generation is first or level with
    the first: {evaluation.listed(tally)}. **{evaluation.best_of(leads).capitalize()}** {lead}
    most often. First by accuracy alone: {evaluation.listed(firsts.map("({})".format))}.
""")

# %% [markdown]
# *The rank, and below it the accuracy on the task's test part, the mean over seeds; darker is better. Signs of
# equality mark the first and all over which its lead is no more than chance. Of the newsgroups, *stripped* means without
# header, footer and quotations, and *technical* a small set of two classes, technical groups or others. Each generation sends the model that is
# its best on validation, by log loss, of those that learned from labels; with twenty classes, where linear models give
# poor probabilities, that need not be its most accurate. Where a generation sent none the field is blank.*
#
# ## How long one answer takes
#
# Notebook 18 exports the models and times requests of one review of average length: the network alone, in Keras
# and exported with weights in 8 bits, and the whole way from raw text to a probability with the exported one, on one
# thread. Half of the requests are answered within p50, which is meant where nothing else is said, and all but one in a
# hundred within p99. Texts a second are many at once: those of publishing, in Keras on all cores, and those exported, from
# raw text on one thread. A blank was not timed.

# %%
timings = folder / "serving" / "latency.json"
paths.record_use(timings)
timed_there = json.loads(timings.read_text()) if timings.exists() else {}
latency = pd.DataFrame(timed_there.get("models") or {"model": []}).set_index("model")
latency = latency.rename(columns={"texts a second": "texts/s, exported"})


def speed(run):
    """Milliseconds a text, and how measured; an ensemble asks all of its members."""
    m = run.metrics
    asked = list(m["training"].get("members", [m["name"]]))
    if m["dataset"] == dataset.name and set(asked) <= set(latency.index):
        return latency.loc[asked, "raw text p50"].sum(), "exported, one request"
    return 1000 / m["inference"]["texts_per_second"], "Keras, in batches"


# %%
ways = [way for way in latency if "32 bits" not in way]  # those are in notebook 18
timed = table.set_index("name")[["model", "accuracy", "texts/s"]].join(latency[ways])
timed = timed.sort_values("raw text p50" if ways else "texts/s")
forms = dict.fromkeys(ways, "{:.2f}") | {"accuracy": "{:.4f}"}
forms |= dict.fromkeys([c for c in timed if c.startswith("texts/s")], "{:,.0f}")
display(timed.style.hide(axis="index").format(forms, na_rep=""))
if not ways:
    print("Missing: times of one request, which notebook 18 keeps in serving/.")
else:
    exported = timed.dropna(subset=ways).set_index("model")
    times = exported["ms, Keras"] / exported["ms, 8 bits"]
    p50, p99 = exported["raw text p50"], exported["raw text p99"]
    quickest, finest = p50.idxmin(), exported["accuracy"].idxmax()
    evaluation.say(f"""
        One review of {timed_there["words"]} words, a machine of {timed_there["cores"]}
        cores: the network alone answers one request, exported in 8 bits,
        {times.min():.1f} (*{times.idxmin()}*) to {times.max():.0f} times
        (*{times.idxmax()}*) as fast as in Keras. Quickest from raw text is
        *{quickest}*: {p50[quickest]:.2f} ms in half of the requests,
        {p99[quickest]:.2f} in all but one of a hundred. The most accurate of those
        timed, *{finest}*, takes {p50[finest]:.2f} and {p99[finest]:.2f} ms.
    """)

# %% [markdown]
# ## How many labels does it take?
#
# Notebook 11 trains some of the models on a few of the labels only, up to three draws of texts each, and asks every
# fifth test review.

# %%
paths.record_use(folder / "steps" / "labels-*.json")
by_labels = {}  # by size and title: the published model, and the draws
for path in sorted((folder / "steps").glob("labels-*.json")):
    name, size, _ = path.stem.removeprefix("labels-").rsplit("-", 2)
    if name in runs:
        run, sets = evaluation.read(path), by_labels.setdefault(int(size), {})
        sets.setdefault(title(run), (runs[name], []))[1].append(run)
curves = {}
for size, sets in sorted(by_labels.items()):
    for name, (published, draws) in sets.items():
        at_the_end = {len(dataset.train): [published.right[::5].mean()]}
        curve = curves.setdefault(name, at_the_end)  # on the same test reviews
        curve[size] = [run.right.mean() for run in draws]
curves = {name: dict(sorted(curve.items())) for name, curve in curves.items()}
if not curves:
    print("Missing: runs with few labels, which notebook 11 keeps in steps/labels-*.")

# %% alt="Test accuracy against the number of labels, mean and range over draws, for the models of notebook 11"
if curves:
    means = {n: (list(c), [np.mean(v) for v in c.values()]) for n, c in curves.items()}
    fig, ax = plt.subplots(figsize=(8.5, 4.4))
    plots.lines(means, xlabel="labels", ylabel="test accuracy", marker="o", ax=ax)
    for drawn, curve in zip(list(ax.lines), curves.values(), strict=True):
        reach = [[f(values) for values in curve.values()] for f in (min, max)]
        ax.vlines(list(curve), *reach, color=drawn.get_color(), lw=1)
    ax.set(xscale="log", title="What labels buy: mean and range of draws" + note)
    ticks = sorted({size for curve in curves.values() for size in curve})
    ax.set_xticks(ticks, [f"{size:,}" for size in ticks])
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
    middle = pd.DataFrame(
        {n: pd.Series(y, x) for n, (x, y) in means.items()}
    ).sort_index()
    at_each = [
        f"with {n:,} *{row.idxmax()}* ({row.max():.3f}), least *{row.idxmin()}* "
        f"({row.min():.3f})"
        for n, row in middle.iterrows()
    ]
    evaluation.say(
        f"Most accurate of these {len(curves)} by number of labels, mean of draws, on "
        f"every fifth test review: {'; '.join(at_each)}{note}."
    )


# %% [markdown]
# *Each dot is the mean over draws of so many labels; its bar reaches from the lowest to the highest, and where none
# can be seen it is shorter than the dot, or there was a single draw. At the right end, with all labels, stand the published models on the same reviews,
# except for the linear probe, a logistic regression on the frozen encoder's states, which is itself there. The
# fine-tuned encoder reads less of a long review with fewer labels than with all.*
#
# This and the times of the section before go into the table at the top: which model to take.

# %%
def decide(sets, limit=np.inf):
    """Who is the most accurate that answers in time, and who is level with it.

    By title, `sets` has the published model and runs: itself, or one a draw of labels.
    """
    speeds = {name: speed(published) for name, (published, _) in sets.items()}
    if np.isfinite(limit):  # of those timed in the same way, exported if there are any
        hows = {how for _, how in speeds.values()}
        alike = min(hows, key=lambda how: "exported" not in how)
        speeds = {n: v for n, v in speeds.items() if v[1] == alike and v[0] <= limit}
    mean = {n: np.mean([run.right.mean() for run in sets[n][1]]) for n in speeds}
    if not mean:
        return {"take": "nothing is so fast"}
    take, close = max(mean, key=mean.get), []
    for name in mean.keys() - {take}:
        pairs = zip(*zip(sets[take][1], sets[name][1], strict=False), strict=True)
        close += [name] * evaluation.contrast(*pairs)["verdict"].startswith("no")
    figures = {"accuracy": mean[take], "ms a text": "{:.2f} ({})".format(*speeds[take])}
    return (
        {"take": take} | figures | {"level with it": "; ".join(sorted(close)) or "none"}
    )


# %%
KINDS = {"imdb": "reviews", "newsgroups_stripped": "posts", "tweets": "tweets"}
KINDS |= {"emotions": "sentences"}


def budgets(sets):
    """Limits on the time of one text, by name: of one request where that was timed."""
    alone = any("exported" in speed(published)[1] for published, _ in sets.values())
    return {"any": np.inf, "2 ms" if alone else "2 ms each, of many": 2.0}


# %%
rows, without = [], []
for task, kind in KINDS.items():
    whole = {title(r): (r, [r]) for r in found if r.metrics["dataset"] == task}
    whole.pop("Majority class", None)
    try:
        texts = dataset if task == dataset.name else data.load(task)
    except data.DataError:
        whole = {}
    if not whole:
        without.append(kind)
        continue
    length = np.median([len(text.split()) for text in texts.train.texts])
    few = dict(sorted(by_labels.items())) if task == dataset.name else {}
    for labels, sets in (few | {len(texts.train): whole}).items():
        for budget, limit in budgets(sets).items():
            like = f"{kind}, {length:.0f} words, {len(texts.label_names)} classes"
            row = {"texts": like, "labels": f"{labels:,}", "time for one": budget}
            rows.append(row | decide(sets, limit))
decisions = pd.DataFrame(rows).set_index(["texts", "labels", "time for one"])
advice.update(decisions.style.format(precision=4, na_rep=""))  # it appears at the top
print(
    f"{len(decisions)} rows{note}; no data or no models: {', '.join(without) or 'none'}"
)

# %% [markdown]
# ## Beside the coursework and the literature
#
# The figures that this project grew from, most of them measured on other data: another split, fewer test
# texts. So they stand beside ours with what they were measured on and an interval, not as the same test. A row
# has one name and not always one network: the coursework's plain recurrent net reads its last state, ours all
# states. *One class*: accuracy and F1 are those of whoever always names the commonest class.

# %%
theirs = evaluation.beside_published(found).dropna(subset=["coursework"])
others = evaluation.published().query("source == 'coursework'")
others = others.set_index(["dataset", "name"])[["accuracy", "f1"]]
reported = others.reindex(pd.MultiIndex.from_frame(theirs[["dataset", "name"]]))
share, f1 = reported["accuracy"].to_numpy(), reported["f1"].to_numpy()
constant = np.isclose(f1, 2 * share**2 / (1 + share), atol=5e-4)  # F1 weighted by class
counted = theirs["coursework"] * theirs["n_test"], theirs["n_test"]
low, high = proportion_confint(*counted, method="wilson")
interval = low.map("{:.3f}".format) + " to " + high.map("{:.3f}".format)
theirs["95 %"] = interval.where(low.notna(), "")
theirs["one class"] = np.where(constant, "yes", "")
theirs["above"] = theirs["accuracy"] > high
theirs = theirs.rename(columns={"accuracy": "ours", "n_test": "texts"})
in_table = "dataset,model,ours,coursework,95 %,one class,texts,data,document".split(",")
theirs[in_table].style.hide(axis="index").format(
    {"texts": "{:,.0f}"}, precision=4, na_rep=""
)

# %%
sentence = evaluation.sentence_table(runs.values()).dropna(subset=["coursework"])
praised = {who: (sentence[who] > 0.5).sum() for who in ("coursework", "ours")}
asked_of = {who: sentence[who].notna().sum() for who in ("coursework", "ours")}
on_reviews = theirs[theirs["dataset"] == dataset.name]
their_best = on_reviews.nlargest(1, "coursework").iloc[0]
here = f"; {title(tuned)} here has {with_interval(tuned)}" if tuned else ""
matched = theirs.dropna(subset=["ours", "texts"])
unsized = theirs[theirs["texts"].isna()].dropna(subset="ours")
higher = (unsized["coursework"] > unsized["ours"]).sum()
evaluation.say(f"""
    {matched["above"].sum()} of {len(matched)} figures with a sample size and a
    counterpart here lie below ours by more than their own interval{note}; on other
    data, mostly; of the {len(unsized)} without a sample size, {higher} lie above ours.
    The strongest on reviews is {their_best["model"]} with
    {their_best["coursework"]:.4f} ({their_best["95 %"]}){here}. *I fell asleep halfway
    through*, a complaint, is praise to {praised["coursework"]} of the
    {asked_of["coursework"]} models that the coursework asked, and to {praised["ours"]}
    of the {asked_of["ours"]} counterparts of ours. Figures of theirs that are those of a
    model that always names the commonest class: {(theirs["one class"] == "yes").sum()}.
""")

# %%
literature = evaluation.published().query("source == 'literature'")
literature = literature[literature["dataset"].isin([dataset.name, *tasks])]
literature = literature.dropna(subset=["accuracy"])
columns = ["dataset", "title", "accuracy", "data", "document"]
display(literature[columns].style.hide(axis="index").format(precision=4))
lines = []
for task, some in literature.groupby("dataset", sort=False):
    record = some.nlargest(1, "accuracy").iloc[0]
    ours = [run for run in found if run.metrics["dataset"] == task]
    ours = [run for run in ours if family(run) not in NOT_SCRATCH[:2]]
    strong = max(ours, key=lambda run: run.right.mean())
    low, high = strong.metrics["test"]["accuracy_ci95"]
    side = "above" if low > record["accuracy"] else "level with"
    side = side if high >= record["accuracy"] else "below"
    lines.append(
        f"- {task}: {title(strong)}, {with_interval(strong)}, our most accurate "
        f"without a pretrained encoder, is {side} the best of these, "
        f"{record['title']}, {record['accuracy']:.4f}{note}."
    )
evaluation.say("\n".join(lines))


# %% [markdown]
# *These were measured on the test parts that ours were, and only our interval is known; ours is the most accurate of
# many there, which flatters it a little. The contest on tweets was ranked by another measure, recall averaged over the classes, for which see
# notebook 15.*
#
# ## How each generation changed
#
# Notebooks 2 to 12 add one ingredient at a time to a plain model. Here these steps stand together, so that one can
# see what the *same* ingredient is worth in different architectures, and what only one architecture has. A
# gain is the test accuracy with the ingredient minus that without it, the rest of the recipe kept but for what the text
# below the figure names. What makes a
# generation is an ingredient, too: *gates*, an LSTM or a GRU instead of the plain recurrent network of the same shape,
# and *attention*. The very first step of a notebook, a model in plain Keras, is not kept, so that its list begins with
# the second.

# %%
def steps(stem, count, **known):
    """Names of a ladder's steps, each with what it adds where its title doesn't say."""
    return [f"{stem}-{n}:{known.get(f'n{n}', '')}" for n in range(1, count + 1)]


IN_ONE = "the protocol in one step"  # together what others take apart
EARLY = "all states pooled, early"  # before the protocol
COUNTED = ["tfidf_lr:names left out", "counting-5:", "nbsvm:NB-SVM instead"]
MODERN = "transformer_modern:gates, local, no biases"
DEEP = ["wide_and_deep:branch dropout", "wide_and_deep_taught:taught by the average"]
LADDERS = {  # each step one ingredient more than that before it
    "counted words": [*steps("counting", 4), *COUNTED],
    "feed-forward": [*steps("ffnn", 7), "ffnn:names left out"],
    "averaged vectors": steps("dan", 7),
    "RNN": steps("rnn", 4, n2=EARLY, n3=IN_ONE),
    "LSTM": [*steps("lstm", 6, n2=EARLY), "lstm:names left out"],
    "CNN": [*steps("cnn", 5, n2=IN_ONE), "cnn:widths 2, 3 and 4"],
    "dynamic CNN": [*steps("dcnn", 2), "dcnn:four values kept"],
    "LSTM + attention": [*steps("attention", 2), "lstm_attention:both directions"],
    "Transformer": ["transformer:", *steps("transformer_modern", 3), MODERN],
    "minGRU": ["min_gru-1:", "min_gru:both directions"],
    "wide and deep": ["wide_and_deep-sum:", *DEEP],
}

# %%
LAST = "grid-{}-both-last_state-seed0".format  # of notebook 6
ALL = "grid-{}-both-max_and_mean-seed0".format
ONE_WAY = "grid-{}-one-max_and_mean-seed0".format
STEPS = []  # what, where; with it, without it
for kind in ("rnn", "lstm", "gru"):
    STEPS.append(("all states pooled", kind.upper(), ALL(kind), LAST(kind)))
    STEPS.append(("both directions", kind.upper(), ALL(kind), ONE_WAY(kind)))
for kind in ("lstm", "gru"):
    STEPS.append(("gates", f"{kind.upper()}, last state", LAST(kind), LAST("rnn")))
    STEPS.append(("gates", f"{kind.upper()}, all states", ALL(kind), ALL("rnn")))
NEW, BARE = "transformer_modern", "transformer_modern-bare-seed0"
STEPS += [
    ("attention", "instead of maximum and mean", "lstm_attention", ALL("lstm")),
    ("attention", "instead of the mean", "lstm_attention", "attention-mean-seed0"),
    ("attention", "with its blocks, Transformer", NEW, BARE),
    ("state in the gates", "GRU instead of minGRU", "gru", "min_gru"),
    ("pace set by the word", "minGRU instead of LRU", "min_gru", "lru"),
]
for where, ladder in LADDERS.items():
    for old_step, new_step in itertools.pairwise(ladder):
        new, _, what = new_step.partition(":")
        STEPS.append((what, where, new, old_step.partition(":")[0]))


# %%
def stored(name):
    """A step or a published model, if it is there and of today's training code."""
    for path in (folder / "steps" / f"{name}.json", folder / f"{name}.json"):
        run = evaluation.read(path) if path.exists() else None
        if run and "key" in run.metrics["training"]:
            return run


rows, absent = [], []
for what, where, new, without_it in STEPS:
    pair = stored(new), stored(without_it)
    if None in pair:
        absent.append(new)
        continue
    row = {"what": what or title(pair[0]).removeprefix("+ "), "where": where}
    rows.append(row | {"ladder": where in LADDERS} | evaluation.versus(*pair))
columns = ["what", "where", "ladder", "points", "low", "high", "pairs", "verdict"]
gains = pd.DataFrame(rows, columns=columns)
gains["sure"] = gains["verdict"] == "more than chance"
common = gains["what"].duplicated(keep=False) | ~gains["ladder"].astype(bool)
missing = ", ".join(dict.fromkeys(absent)) or "none"
print(f"{len(gains)} steps{note}; not there yet, or of older code: {missing}")


# %%
def forest(rows, group, label, ax):
    """Gains with intervals, a block for each group; dark what is more than chance."""
    at, ticks = 0, []
    for name, block in rows.groupby(group, sort=False):
        ticks.append((at, name, "bold"))
        for row in block.to_dict("records"):
            at += 1
            color = plots.DARK if row["sure"] else "0.6"
            ax.plot([row["low"], row["high"]], [at, at], color=color)
            ax.plot(
                row["points"], at, "s" if row["pairs"] > 1 else "o", color=color, ms=5
            )
            several = f" ({row['pairs']} seeds)" * (row["pairs"] > 1)
            ticks.append((at, row[label] + several, "normal"))
        at += 1.4
    ax.set_yticks([t[0] for t in ticks], [t[1] for t in ticks], fontsize=8)
    for text, tick in zip(ax.get_yticklabels(), ticks, strict=True):
        text.set_fontweight(tick[2])
    ax.axvline(0, color="black", lw=1)
    ax.set(ylim=(at, -1), xlabel="points gained, with 95 % intervals")
    ax.grid(axis="y", visible=False)


# %% alt="Points gained by each ingredient with intervals: at the left those that several architectures share, at the right those of one alone"
fig, two = plt.subplots(1, 2, figsize=(11, 3))
forest(gains[common].sort_values("what", kind="stable"), "what", "where", two[0])
forest(gains[~common], "where", "what", two[1])
depth = max(ax.get_ylim()[0] for ax in two)
plt.setp(two, ylim=(depth, -1))
fig.set_figheight(1.2 + 0.19 * depth)
two[0].set_title("What several architectures share, or one stands for" + note)
two[1].set_title("Ingredients of one architecture" + note)
plt.show()

# %%
several = gains[gains["what"].duplicated(keep=False)]
shared = several.groupby("what")["points"].agg(["min", "max", "mean", "count"])
shared = shared.sort_values("mean", ascending=False).T
worth = {
    what: "{min:+z.1f} to {max:+z.1f} ({count:.0f} times)".format(**row)
    for what, row in shared.items()
}
up, down = ((gains["sure"] & (sign * gains["points"] > 0)).sum() for sign in (1, -1))
bundled = gains["what"].str.contains("protocol")  # several ingredients at once
most = gains[gains["sure"] & (gains["points"] > 0) & ~bundled].sort_values("points")
most["what"] = most["what"].str.removesuffix(", early")
most = most.drop_duplicates("what", keep="last")
most = most.nlargest(3, "points")
once = np.where(most["pairs"] == 1, ", one seed", "")
most = most.set_axis(most["what"] + " (" + most["where"] + once + ")")["points"]

# %%
lost = gains[gains["sure"] & (gains["points"] < 0)]
lost = evaluation.listed(lost.drop_duplicates("what").set_index("what")["where"], "({})")
evaluation.say(f"""
    Of {len(gains)} steps, {(gains["pairs"] == 1).sum()} of them with one seed, {up}
    gain and {down} lose more than chance; the others can't be told from nothing. What
    loses: {lost}. What the same ingredient is worth, in points: {evaluation.listed(worth)}. The
    largest gains of a single ingredient that are more than chance, each where it
    brought most: {evaluation.listed(most, "{:+.1f}")}.
""")


# %% [markdown]
# *The bar is the 95 % interval of the difference over test reviews; the two axes have different ranges. A square is the
# mean over several seeds, dark where the interval leaves out 0 and all pairs of seeds point the same way; a dot is one
# seed, dark where the interval leaves out 0, and another seed could move it. The protocol in one step is training,
# dropout, Word2Vec vectors and 400 words together; *NB-SVM instead* of TF-IDF with logistic regression changes weights,
# penalty and choice of n-grams; early means before all that. *Pace set by the word*: how fast a
# linear recurrence forgets depends on the word that it reads; *state in the gates*: on its state as well. *Gates, local, no
# biases* and *large epsilon* are the last steps of notebook 9 and of the n-gram net in notebook 3. Both directions have twice as many units
# as one. Where attention comes with its blocks, these hold a feed-forward part as well, and it is trained for other
# numbers of epochs with them than without. Who is taught by the average has no smoothed labels, as its teachers' answers
# are soft by themselves; what its teachers took is not counted here.*
#
# ## What a given time of training buys
#
# Suppose there are so many seconds and no more. The best validation accuracy that a network has reached so far,
# against the seconds since its training began; linear models are solved at once and are single points. Left out are
# the ensemble and what was taught by others, as these must be trained first.

# %%
def so_far(run):
    """Seconds since the start, and the best validation accuracy so far, by epoch."""
    t = run.metrics["training"]
    if "history" not in t:
        return np.array([t["seconds"]]), np.array(
            [run.metrics["validation"]["accuracy"]]
        )
    each = np.array(t["seconds_per_epoch"])
    first_of_all = max(
        0, t["seconds"] - each.sum()
    )  # a frozen encoder reads every text
    return first_of_all + each.cumsum(), np.maximum.accumulate(
        t["history"]["val_accuracy"]
    )


racing = [run for run in runs.values() if run is not mixed and not taught(run)]
progress = {title(run): so_far(run) for run in racing}
networks = [run for run in racing if "history" in run.metrics["training"]]
solved = progress.keys() - set(map(title, networks))
lead = {family(run): run for run in sorted(networks, key=loss, reverse=True)}
LEAD = list(map(title, sorted(lead.values(), key=loss)))[:4]  # of as many generations

# %% alt="Best validation accuracy so far against the time of training, four networks highlighted"
fig, ax = plt.subplots(figsize=(9.5, 4.6))
for name, (when, reached_then) in progress.items():
    if name in solved:
        ax.plot(when, reached_then, "D", color="0.35", ms=5)
        beside = {"xytext": (6, -3), "textcoords": "offset points", "fontsize": 8}
        ax.annotate(name, (when[0], reached_then[0]), **beside)
    elif name not in LEAD:
        ax.step(when, reached_then, where="post", color="0.8", lw=1.2, zorder=1)
looks = zip(
    LEAD, (plots.DARK, "0.45", plots.LIGHT, "black"), plots.STYLES, strict=False
)
for name, color, dashes in looks:
    ax.step(*progress[name], dashes, where="post", color=color, lw=2, label=name)
time_axis(ax, np.concatenate([when for when, _ in progress.values()]))
ax.set(ylabel="best validation accuracy so far", title="What time buys" + note)
if not small:
    ax.set_ylim(0.8, None)
ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize="small")
plt.show()

# %%
low, high = top.metrics["validation"]["accuracy_ci95"]
half = (high - low) / 2  # of an interval on validation


def reads(when, seconds):
    """Who leads after so many seconds, and who is close."""
    best_yet = {n: v[t <= seconds].max(initial=0) for n, (t, v) in progress.items()}
    best_yet = pd.Series(best_yet)[lambda some: some > 0].sort_values(ascending=False)
    if best_yet.empty:
        return f"- {when}: nothing has ended an epoch."
    close = (best_yet >= best_yet.iloc[0] - half).sum() - 1
    return (
        f"- {when}: **{best_yet.index[0]}** leads with {best_yet.iloc[0]:.4f}; others "
        f"within {100 * half:.1f} points of it: {close}; not through an epoch: "
        f"{len(progress) - len(best_yet)}."
    )


stops = [(f"After {duration(t)}", t) for t in ((2, 5) if small else (60, 600))]
stops.append(("With all the time that each took", np.inf))
evaluation.say("\n".join(itertools.starmap(reads, stops)))
print(f"{100 * half:.1f} points: half an interval on {len(validation):,} reviews{note}")

# %% [markdown]
# *A line goes up at the end of an epoch that was better than all before. Grey are the networks that are not
# highlighted; diamonds are linear models. Each is one run, and its best epoch on validation flatters it a little.*
#
# ## Are the differences real?
#
# Three kinds of luck stand between two accuracies and a ranking: which reviews were tested, how many pairs of
# models are looked at, and which seed was drawn. For the first, **McNemar's** exact test asks whether, of the
# reviews that only one of two models gets right, more are one model's than could be by chance. For the second,
# p-values are adjusted by **Holm's** method. For the third there are the means over seeds in the table above.

# %% alt="Matrix of accuracy differences between all pairs of models in points, blank where they can't be told apart"
in_reach = {n: r for n, r in runs.items() if n in set(shown["name"])}
gaps, p_values = evaluation.pairwise(in_reach)
fig, ax = plt.subplots(figsize=(2.5 + 0.46 * len(gaps), 2 + 0.4 * len(gaps)))
plots.significance(gaps, p_values, ax=ax)
ax.set_title("Accuracy of the row minus that of the column, in points" + note)
plt.show()

# %%
upper = np.triu_indices(len(gaps), 1)
real, width = p_values.to_numpy()[upper] <= 0.05, np.abs(gaps.to_numpy()[upper])
behind = p_values.loc[first].drop(first) <= 0.05
not_told = list(behind.index[~behind])
neighbours = list(itertools.pairwise(in_reach.values()))
least = [100 * evaluation.smallest_difference(a, b) for a, b in neighbours]
by_seeds = ""
if len(spread) > 1:
    close = (-100 * np.diff(spread["mean"]) < moved.median()).sum()
    by_seeds = (
        f"Of {len(spread)} recipes with several seeds, ranked by their mean, {close} "
    )
    by_seeds += (
        f"are closer to the next than the {moved.median():.1f} points by which seeds "
    )
    by_seeds += "move them in the median: their order may well be luck."
evaluation.say(f"""
    Of {len(real)} pairs, {real.sum()} differ by more than the choice of test reviews
    explains, and {(~real).sum()} are blank: these are not ranked. The widest blank gap
    is {width[~real].max(initial=0):.1f} points. *{first}* is told apart from
    {behind.sum()} of {len(behind)} others; not from: {named(not_told)}. For
    {len(truth):,} reviews to reveal a difference between neighbours in 80 of 100 tests,
    it must be of {min(least):.2f} to {max(least):.2f} points; smaller ones are missed
    more often. {by_seeds}
""")

# %% [markdown]
# *Blank where the adjusted p-value is above .05. With so many pairs, Holm's method asks more of each than a table does
# that compares one model with the first: who is blank here need not be level there. Left out are the models that the
# first figure leaves out.*
#
# ## Where they break
#
# **Counterfactual pairs.** People changed as few words of a review as they could so that its verdict turns round
# (Kaushik, Hovy & Lipton 2020). A model that has learned what carries a verdict gets both sides right; one that has
# learned what tends to go with it fails on one. None of the originals was trained on.

# %%
pairs = data.synthetic.pairs() if small else data.counterfactual.read()
sides = [text for pair in pairs for text in (pair.original, pair.edited)]
expected = np.array([label for p in pairs for label in (p.label, 1 - p.label)])
some = [run for run in (*members, mixed, tuned, reading, counting) if run]
ASKED = some if small else list(runs.values())
told, problems = evaluation.ask_all(ASKED, "counterfactual", sides)
print(f"{len(told)} models asked about {len(pairs)} pairs{note}", *problems, sep="\n")
unasked = ", ".join(title(run) for run in ASKED if title(run) not in told) or "none"
print(f"Not asked, here and below, as their file is not kept: {unasked}")
larger = [*members, tuned] if tuned and title(tuned) in told else None
given = shares(logits_of(larger, "validation"), validation) if larger else None


def with_encoder(asked):
    """What the ensemble would answer with the encoder, which is too large to ship."""
    logits = np.log(np.maximum([asked[title(run)] for run in larger], 1e-12))
    return np.exp(log_softmax(np.tensordot(given, logits, 1), axis=1))


if larger:
    told["Ensemble + encoder"] = with_encoder(told)
hits = {name: p.argmax(axis=1) == expected for name, p in told.items()}
both = {name: hit.reshape(-1, 2).all(axis=1) for name, hit in hits.items()}

# %% alt="Share of counterfactual pairs of which each model gets both sides right, with intervals"
right_pairs = [hit.sum() for hit in both.values()]
low, high = proportion_confint(right_pairs, len(pairs), method="wilson")
of_pairs = pd.DataFrame({"model": list(both), "low": low, "high": high})
of_pairs["accuracy"] = [hit.mean() for hit in both.values()]
of_pairs["edit costs"] = [hit[::2].mean() - hit[1::2].mean() for hit in hits.values()]
ax = plots.accuracy_dots(of_pairs, highlight=FOUR)
ax.set(xlabel="both sides right, with 95 % intervals")
ax.set_title(f"{len(pairs)} counterfactual pairs" + note)
plt.show()
of_pairs = of_pairs.sort_values("accuracy", ascending=False).set_index("model")
wide = 100 * (of_pairs["high"] - of_pairs["low"]).mean() / 2
ones, ranking = np.ones(len(pairs)), itertools.pairwise(of_pairs.index)
p_next = [evaluation.mcnemar(ones, both[a], both[b])["p_value"] for a, b in ranking]
evaluation.say(f"""
    {of_pairs.index[0]} has both sides right in {of_pairs["accuracy"].iloc[0]:.0%} of
    the pairs, {of_pairs.index[-1]} in {of_pairs["accuracy"].iloc[-1]:.0%}. With
    {len(pairs)} pairs an interval reaches {wide:.1f} points to either side, and
    {sum(p > 0.05 for p in p_next)} of {len(p_next)} neighbours can't be told apart by
    McNemar's test. The edited side is harder for {(of_pairs["edit costs"] > 0).sum()}
    of {len(of_pairs)} models; what they lose there is
    {100 * of_pairs["edit costs"].median():z.1f} points in the median.
""")

# %% [markdown]
# *Each dot is a model, with its interval over pairs. In colour, here and below: the ensemble and the best on validation
# of the pretrained, of those that read in order, and of those that count. The ensemble with the encoder is computed from its members'
# answers.*
#
# Is it order that helps here? Each network that reads in order, windows of a CNN included, against a model that
# counts: to make it hard, that which does best here. By McNemar's test, pair by pair, with Holm's adjustment for
# their number, and only networks within two points of it on ordinary reviews, lest the better model win for being
# better. The average of notebook 3, which has word vectors and no order, stands beside them. If networks are ahead of
# both, order is what they have and the others lack, or have within phrases only; as they differ in more than that, it
# is a hint at what order buys, and no proof.

# %%
bags = [r for r in scratch.values() if family(r) == "bag of words" and title(r) in both]
strongest = max(bags, key=lambda run: both[title(run)].mean())
rival = both[title(strongest)]
allowed = [r for r in scratch.values() if title(r) in both and family(r) in IN_ORDER]
close = [r for r in allowed if abs(r.right.mean() - strongest.right.mean()) <= 0.02]
tests = pd.DataFrame({"network": list(map(title, close))})
tests["points"] = [100 * (both[n].mean() - rival.mean()) for n in tests["network"]]
p = [evaluation.mcnemar(ones, both[n], rival)["p_value"] for n in tests["network"]]
tests["p"], tests["p, adjusted"] = p, multipletests(p, method="holm")[1] if p else p
tests = tests.sort_values("points", ascending=False)
real = tests["p, adjusted"] <= 0.05
ahead, back = (tests["network"][real & (s * tests["points"] > 0)] for s in (1, -1))

# %%
forms = {"points": "{:+.1f}"} | dict.fromkeys(["p", "p, adjusted"], "{:.2g}")
display(tests.style.hide(axis="index").format(forms))
average = both.get(title(runs["dan"]), rival * np.nan).mean()
beyond = [n for n in ahead if not both[n].mean() <= average]
hint = "a hint that order helps here" if beyond else "no sign that order helps here"
average = "no answer here" if np.isnan(average) else f"{average:.0%}"
evaluation.say(f"""
    Of {len(tests)} networks that read in order, ahead of *{title(strongest)}*
    ({rival.mean():.0%} of the pairs) by more than chance are {len(ahead)}:
    {named(ahead)}; behind it: {named(back)}; the others
    can't be told apart from it on {len(pairs)} pairs{note}. {title(runs["dan"])} gets
    {average}. Ahead by more than chance and above that average as well are
    {len(beyond)}: **{hint}**.
""")

# %% [markdown]
# *Points: pairs with both sides right, minus those of the best that counts, whose counts are of phrases up to a few
# words. One seed of each network: another could move these by some points as well.*
#
# **Behavioural tests**, in the sense of CheckList (Ribeiro et al. 2020). Short sentences whose answer is beyond
# doubt: negated praise (*not good*), negated blame (*never bad*), and a contrast (*bad at first, but good in the end*); a
# stronger word, after which the verdict
# must not get weaker; and changes to real reviews after which the answer must stay: a neutral word swapped,
# typing errors, an aside.

# %%
cases = evaluation.behaviour.suite(dataset.test.texts, count=20 if small else 200)
asked = evaluation.behaviour.texts(cases)
with warnings.catch_warnings():  # a small vocabulary may not know a sentence's words
    warnings.simplefilter("ignore", UserWarning)
    answers, problems = evaluation.ask_all(ASKED, "checklist", asked)
print(f"{len(cases)} cases{note}", *problems, sep="\n")
if larger and title(tuned) in answers:
    answers["Ensemble + encoder"] = with_encoder(answers)
failed = {n: evaluation.behaviour.failures(cases, p) for n, p in answers.items()}
failed = pd.DataFrame(failed).T
EXAMPLES = {"negated praise": "not good", "negated blame": "never bad"}
EXAMPLES |= {"contrast": "bad at first, but good in the end"}
DOUBTLESS = list(EXAMPLES)
failed = failed.loc[failed[DOUBTLESS].mean(axis=1).sort_values().index]
count = pd.Series([case.test for case in cases]).value_counts()[failed.columns]
times = np.tile(count, (len(failed), 1))
bounds = proportion_confint(failed.to_numpy() * times, times, method="wilson")
at_least, at_most = (pd.DataFrame(b, failed.index, failed.columns) for b in bounds)

# %% alt="Share of behavioural tests that each model fails, with intervals, by kind of test"
percents = [(100 * part).map("{:.0f}".format) for part in (failed, at_least, at_most)]
words = percents[0] + " (" + percents[1] + "–" + percents[2] + ")"
names = [f"{textwrap.fill(test, 8, break_long_words=False)}\n{count[test]} cases" for test in failed]
fig, ax = plt.subplots(figsize=(10.5, 1.6 + 0.33 * len(failed)))
look = {"annot_kws": {"size": "x-small"}, "linewidths": 0.5, "cbar": False}
heat_map(failed.set_axis(names, axis=1), words.to_numpy(), ax=ax, **look)
ax.tick_params(axis="x", labelsize="small", rotation=0)
ax.set_title("Failed, in %, with 95 % intervals" + note)
plt.show()

# %%
hardest = failed[DOUBTLESS].median().idxmax()
all_of_it = (failed[hardest] == 1).sum()
ablest = failed[hardest].idxmin()
better = at_most[DOUBTLESS] < 0.5
negations = DOUBTLESS[:2]
negated = better[negations].all(axis=1)
one_word = (failed[negations].sum(axis=1) - 1).abs() < 0.1
one_word &= failed[negations].max(axis=1) > 0.9
calm = 100 * failed.drop(columns=DOUBTLESS).median()

# %%
others = failed[list(calm.index)]
shakiest = others.max(axis=1).idxmax()
unsteady = f"*{shakiest}* ({others.loc[shakiest].idxmax()}, {others.max(axis=None):.0%})"
evaluation.say(f"""
    Of the three kinds of short sentences, hardest is *{hardest}*: {all_of_it} of
    {len(failed)} models fail all of it, and the best, *{ablest}*, fails
    {failed[hardest].min():.0%} ({at_least[hardest][ablest]:.0%} to
    {at_most[hardest][ablest]:.0%}), but {failed.loc[ablest, DOUBTLESS].max():.0%} of
    the kind that is hardest for it. Better than a coin by their interval are, of
    {len(failed)} models: {evaluation.listed(better.sum())}. On both kinds of negation at once,
    {negated.sum()} are; {one_word.sum()} give nearly the same answer to both kinds,
    which is right for one and wrong for the other. On the other tests the median model
    fails {evaluation.listed(calm, "{:.0f} %")} of the cases, and most in one of them {unsteady}.
""")

# %% [markdown]
# *On top who fails the least of the first three, of which a coin fails half. (Who always says the same fails none of
# the others.) Cases of one kind share their words, so the intervals
# of the first four are rather too narrow.*
#
# **Length, place of the verdict, negation.** The same test reviews in groups. Where the verdict stands is told by
# the word with the largest weight in NB-SVM, a rough guide.

# %%
nbsvm = models.load(runs["nbsvm"].model_file)
weights = nbsvm.network.get_layer("logits").get_weights()[0][1:, 1]  # row 0 pads
weights = dict(zip(nbsvm.vectorizer.vocabulary, weights.tolist(), strict=True))
traits = evaluation.error_analysis.traits(dataset.test.texts, weights)
fifths = {"bins": np.linspace(0, 1, 6), "include_lowest": True}
groups = {
    "words in the review": pd.qcut(traits["words"], 5, duplicates="drop"),
    "place of the strongest word": pd.cut(traits["verdict"], **fifths),
    "negations in 100 words": pd.qcut(traits["negations"], 5, duplicates="drop"),
}

# %% alt="Accuracy by length of the review, place of the strongest word and number of negations, four models highlighted"
fig, three = plt.subplots(1, 3, figsize=(11, 4), sharey=True)
by_trait = {}
for ax, (trait, group) in zip(three, groups.items(), strict=True):
    by_group = evaluation.error_analysis.accuracy_by(in_reach, group)
    at = np.arange(len(by_group))
    ax.plot(at, by_group.drop(columns=FOUR), color="0.85", lw=1, zorder=1)
    plots.lines({n: (at, by_group[n]) for n in FOUR}, xlabel=trait, ylabel="", ax=ax)
    form = "{:.0f} to {:.0f}" if trait == "words in the review" else "{:.1f} to {:.1f}"
    by_group.index = [form.format(max(0, g.left), g.right) for g in by_group.index]
    ax.set_xticks(at, by_group.index, rotation=30, ha="right", fontsize="small")
    by_trait[trait] = by_group
three[0].set(ylabel="accuracy", title="Accuracy by group" + note)
if not small:
    three[0].set_ylim(top.right.mean() - 0.09, top.right.mean() + 0.04)
fig.align_xlabels()
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()

# %%
for trait, by_group in by_trait.items():
    middle = by_group.median(axis=1)
    worst = by_group.idxmin().value_counts()
    hard, n = middle.idxmin(), len(by_group.columns)
    evaluation.say(f"""
        - *{trait}*: the median of the models is {middle.max():.3f} in the easiest group
        ({middle.idxmax()}) and {middle.min():.3f} in the hardest ({hard}), which is the
        hardest for {worst.get(hard, 0)} of {n} models{note}.
    """)

# %% [markdown]
# *Grey are the models that are not highlighted; left out are those that the first figure leaves out. As for the place, 0
# is the review's beginning and 1 its end. Groups of length and of negations hold about equally many reviews.*
#
# ## Ensemble
#
# Models that err on different reviews are worth more together. The ensemble adds its members' logits, each times
# its share: a product of experts, in which a sure member counts for more than one in doubt. Beside it are two
# that are only computed, from stored answers, as they would need the large encoder: the same members and the
# encoder, and all models at once. Two goals were set before: an accuracy of .930 for the first, of .942 with the encoder.

# %%
GOALS = {"Ensemble": 0.930, "Ensemble + encoder": 0.942}  # as said above
singles = [run for run in runs.values() if run is not mixed]
sets = {"Ensemble": members} | ({"Ensemble + encoder": larger} if larger else {})
rows = []
for name, some in (sets | {"all models": singles}).items():
    log_p = blended(some, "test", shares(logits_of(some, "validation"), validation))
    answer_of, strong = log_p.argmax(axis=1), min(some, key=loss)
    interval = evaluation.accuracy_interval(truth, answer_of)
    gap = evaluation.paired_bootstrap(truth, answer_of, strong.answers)
    gain = [100 * value for value in (gap["difference"], *gap["ci95"])]
    row = [name, len(some), np.mean(answer_of == truth), *interval]
    rows.append([*row, scores.log_loss(truth, np.exp(log_p)), title(strong), *gain])
columns = "ensemble,members,accuracy,low,high,log loss,best member,gain,from,to".split(
    ","
)
ensembles = pd.DataFrame(rows, columns=columns)
styled = ensembles.style.hide(axis="index").format(precision=4)
styled.format("{:+.1f}", subset=columns[-3:])

# %%
lines = []
for row in ensembles.to_dict("records"):
    goal, reached_by = GOALS.get(row["ensemble"], 0), row["accuracy"]
    short = f"missed by {100 * (goal - reached_by):.2f} points"
    met = f" The goal, {goal:.3f}, is **{'met' if reached_by >= goal else short}**."
    sure = "more" if row["from"] * row["to"] > 0 else "no more"
    lines.append(
        "- **{ensemble}**: {accuracy:.4f}, {gain:+.1f} points against its best member "
        "on validation, {best member} ({from:+.1f} to {to:+.1f}), ".format(**row)
        + f"{sure} than the choice of test reviews explains.{met if goal else ''}"
    )
evaluation.say("\n".join(lines))
of_each = zip(
    map(title, members), mixed.metrics["model"]["options"]["shares"], strict=True
)
apart = np.mean([a.right != b.right for a, b in itertools.combinations(members, 2)])
evaluation.say(f"""
    The shares: {evaluation.listed(dict(of_each), "{:.2f}")} (their sum need not be 1: it sets how
    sure the ensemble is). Two members disagree on {apart:.1%}
    of the test reviews, on average. The members won among {len(losses)} sets on
    validation, where their log loss is {min(losses.values()):.4f}. A winner among many
    looks better where it won than it is: what counts is the test part, which had no
    say, with {mixed.metrics["test"]["loss"]:.4f}.
""")

# %% [markdown]
# *Accuracy on the test part; gain, in points, is over the member that is best on validation, with its paired interval.*
#
# It is a model like any other: one file, raw text in. Asked in an interpreter that has seen nothing of this
# notebook, it answers the same, or `reload` would raise an error.

# %%
SENTENCES = [
    "I fell asleep halfway through.",
    "Not a masterpiece, but I laughed from beginning to end.",
    "The cast is wonderful, which makes the lazy script all the more annoying.",
]
file = mixed.model_file
together = keras.models.load_model(file)
together.summary()
(there,) = evaluation.reload({file: together}, SENTENCES).values()
print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB; probability of positive:")
for review, positive in zip(SENTENCES, there[:, 1], strict=True):
    print(f"{positive:.3f}  {review}")

# %% [markdown]
# ## Do probabilities mean what they say?
#
# A model is **calibrated** if, of all answers that it gives with 90 % confidence, 90 % are right; the ECE measures
# how far it is from that. Dividing the logits by a temperature, fitted on validation, changes no answer, only how sure
# they are. A temperature below 1 makes a model surer, one above 1 less sure.

# %%
calibrated, rows = {}, []
for run in runs.values():
    temperature = evaluation.fit_temperature(
        validation, run.probabilities["validation"]
    )
    asis = run.probabilities["test"]
    calibrated[title(run)] = scaled = evaluation.scale(asis, temperature)
    eces = [evaluation.calibration_error(truth, p) for p in (asis, scaled)]
    of_test = [scores.log_loss(truth, p) for p in (asis, scaled)]
    smoothing = run.metrics["training"].get("options", {}).get("label_smoothing", 0)
    rows.append((title(run), smoothing, taught(run), temperature, *eces, *of_test))
columns = "smoothing,taught,temperature,ECE,ECE after,log loss,log loss after".split(
    ","
)
calibration = pd.DataFrame(rows, columns=["model", *columns]).set_index("model")
calibration.style.format({"smoothing": "{:.1f}", "temperature": "{:.2f}"}, precision=4)

# %%
ece, after = calibration["ECE"].round(4), calibration["ECE after"].round(4)
modest = calibration["temperature"].round(2) < 1
smooth = (calibration["smoothing"] > 0) | calibration["taught"]
close = [title(run) for run in near]
winner = evaluation.best_of(ece[close], largest=False)
rest = calibration["temperature"][~smooth]
evaluation.say(f"""
    Too modest, with a temperature below 1, are {(modest & smooth).sum()} of
    {smooth.sum()} models that were trained with smoothed labels or a teacher's doubts,
    which ask for modesty; the {len(rest)} others have temperatures from
    {rest.min():.2f} to {rest.max():.2f}. Scaling takes the ECE from {ece.median():.3f}
    to {after.median():.3f} in the median; it makes it worse for:
    {named(ece.index[after > ece])}. Of the {len(near)} within two points of the best
    accuracy, best calibrated as it is: {winner} ({ece[close].min():.4f}){note}.
""")

# %%
bins = evaluation.reliability(truth, calibrated[first], bins=10)
count, sure, share_right = bins[bins[:, 0] >= 0.01 * len(truth)].T
most_off = np.argmax(np.abs(sure - share_right))
mended = "one number" if after[first] <= after.median() else "no single number"
evaluation.say(f"""
    The most accurate, *{first}*, has an ECE of {after[first]:.4f} after scaling, where
    the median is {after.median():.4f}: **{mended}** mends it. It is furthest off where it is
    {sure[most_off]:.2f} sure on average, and {share_right[most_off]:.2f} of the answers
    are right{note}.
""")

# %% [markdown]
# ## Errors
#
# Which reviews does nothing get right? Some are hard, and of some the label is wrong: the rating says one thing
# and the text the other. **Confident learning** (Northcutt et al. 2021) ranks labels by how far the average of all
# calibrated models contradicts them.

# %%
right = np.stack([run.right for run in singles])
nobody, everybody = ~right.any(axis=0), right.all(axis=0)
mean = np.mean([calibrated[title(run)] for run in singles], axis=0)
doubtful = evaluation.error_analysis.doubtful_labels(truth, mean)
for i in doubtful[:3]:
    label, other = dataset.label_names[truth[i]], dataset.label_names[1 - truth[i]]
    print(f"labelled {label}; {other} to the models ({mean[i, 1 - truth[i]]:.2f}):")
    plain = textwrap.shorten(dataset.test.texts[i].replace("<br />", " "), 420)
    print(textwrap.fill(plain, 88) + "\n")
among = np.isin(np.flatnonzero(nobody), doubtful)
of_these = f" ({among.mean():.0%})" if len(among) else ""
evaluation.say(f"""
    Of {len(truth):,} reviews, {everybody.sum():,} are right for all {len(singles)}
    models and {nobody.sum():,} for none. Doubtful are {len(doubtful):,} labels,
    {len(doubtful) / len(truth):.1%}, where the models are as sure of the other class as
    they are of it on average. Most that no model gets right are among
    them{of_these}, as they nearly must be: the same models decide, and only reading
    tells which labels are wrong. Were all doubtful ones wrong, an accuracy of
    {1 - len(doubtful) / len(truth):.3f} would be as good as perfect{note}.
""")


# %% [markdown]
# *The first three doubtful labels. Read them, and say whether you agree with the models.*
#
# ## The answer at the top
#
# All its figures are computed by now; these cells put them into sentences.

# %%
def bold_if_sure(run):
    """What a model gains on counting, and its name; bold if more than chance."""
    gap = evaluation.versus(run, counting)
    mark = "**" * (gap["verdict"] == "more than chance")
    once = ", one seed of each" * (gap["pairs"] == 1)
    return f"{mark}{gap['points']:+z.1f}{mark} ({title(run)}{once})"


each = {name: best(name) for name in [*FAMILIES, "with the encoder's help"]}
blocks = [r for n, r in scratch.items() if n.startswith("transformer")]
each["Transformer from scratch"] = min(blocks, key=loss, default=None)
each = {n: bold_if_sure(r) for n, r in each.items() if r and r is not counting}

# %%
single, *rivals = evaluation.leaders(scratch.values())
unaided = [run for run in near if not taught(run)]
quick = min(unaided, key=lambda run: run.metrics["training"]["seconds"], default=top)
spent, saved = (run.metrics["training"]["seconds"] for run in (top, quick))
costs_of = costs.set_index("model")


def rest_of_cost(run):
    """How many reviews a second it answers, and the size of its file."""
    row = costs_of.loc[title(run)]
    return f"{row['texts/s']:,.0f} reviews a second, file of {row['file MB']:.1f} MB"


cheaper = f"*{title(quick)}* {duration(saved)} ({rest_of_cost(quick)})"
if quick is top:
    cheaper = "nothing was trained faster"
share = {name: 100 * both[name].mean() for name in FOUR if name in both}
both_sides = evaluation.listed(share, "{:.0f} %")
size = mixed.metrics["model"]["file_mb"]
teacher = ", teachers not counted" * taught(top)
after_all = f" Allowing for all {len(upper[0])} pairs of models, though, "
after_all += f"it can't be told apart from {named(not_told)}."
after_all *= bool(set(not_told) - set(tied))

# %%
teacher += ", pretraining by others not counted" * (family(top) == "pretrained")
invented = " (Synthetic data: no results.)" * small
verdict = f"""
**What does each generation buy, what does it cost, and where does it break?**{invented}

- **What each buys**, in points over the best that counts words ({title(counting)},
  {evaluation.mean_accuracy(counting):.4f}), by its best model on validation, mean over
  seeds, in bold what is more than chance: {evaluation.listed(each)}.
- **Most accurate** on {len(truth):,} test reviews is *{first}* with
  {with_interval(top)}; level with it: {named(tied)}.{after_all} Without other texts
  than these reviews, an ensemble ({named(map(title, winning))}) has
  {with_interval(mixed)}, in a file of {size:.1f} MB; the best single model is
  *{single}* with {with_interval(by_title[single])}; level with it: {named(rivals)}.
- **One ingredient** more: of {len(gains)} steps that were measured, the largest gains
  of a single one that are more than chance, each where it brought most, in points:
  {evaluation.listed(most, "{:+.1f}")}.
- **The cost**: *{first}* took {duration(spent)} to train{teacher}
  ({rest_of_cost(top)}); within two points of it, {cheaper}.
- **They break** where few words decide: of {len(pairs)} reviews that people turned
  round by a few words, both sides are right for {both_sides}, give or
  take {wide:.0f}; and {all_of_it} of {len(failed)} models fail all of the short
  sentences with {hardest} (*{EXAMPLES[hardest]}*).
"""
answer.update(Markdown(verdict))

# %% [markdown]
# ## Try it
#
# A sentence of your own: what each model gives as the probability of *positive*, and the words that moved it most,
# by how far the log-odds fall when the word is taken away. The same from the shell:
# `python -m lib.predict --explain "…"`.

# %%
some = (mixed, reading, counting) if small else runs.values()
some = [run for run in some if run.model_file]
loaded = {title(r): models.load(r.model_file) for r in progress_bar(some)}


def strongest_words(words, effects, sign):
    first_two = np.argsort(-sign * effects)[:2]
    clear = [i for i in first_two if sign * effects[i] > 0.05]
    return ", ".join(f"{words[i].strip('.,!?')} {effects[i]:+.1f}" for i in clear)


def answers_to(text):
    """Each model's answer, and what moved it."""
    rows = []
    for name, model in progress_bar(loaded.items(), desc="Asking"):
        words, effects = evaluation.explain.occlusion(model, text)
        moved_it = [strongest_words(words, effects, sign) for sign in (1, -1)]
        rows.append((name, model.predict_proba([text])[0, 1], *moved_it))
    columns = ["model", "positive", "words for it", "words against it"]
    styled = pd.DataFrame(rows, columns=columns).style.hide(axis="index")
    return styled.format({"positive": "{:.2f}"})


# %% alt="The sentence as the highlighted models read it, each word coloured by what it adds to the answer"
MY_SENTENCE = SENTENCES[2]  # edit
given_answers = answers_to(MY_SENTENCE)
print(f"{MY_SENTENCE}{note}")
display(given_answers)
rows = given_answers.data
against = rows["words against it"].str.split(" ").str[0].replace("", "no word")
commonest = against.value_counts()
one = first if first in loaded else title(mixed)
of_one = rows.set_index("model").loc[one, "positive"]
evaluation.say(f"""
    {(rows["positive"] < 0.5).sum()} of {len(rows)} models take it for negative; *{one}*
    gives {of_one:.2f} for positive. What pulls it down most is
    *{commonest.index[0]}*, for {commonest.iloc[0]} of the {len(rows)}.
""")
some = [name for name in FOUR if name in loaded]
fig, axs = plt.subplots(len(some), 1, figsize=(9, 0.85 * len(some)), squeeze=False)
for ax, name in zip(axs.flat, some, strict=True):
    words, effects = evaluation.explain.occlusion(loaded[name], MY_SENTENCE)
    plots.token_heatmap(words, effects, title=name + note, ax=ax)
plt.show()


# %% [markdown]
# *Blue words speak for “positive”, orange ones in italics for “negative”; the darker, the more, each model by its own
# strongest word.*
#
# In Jupyter or on Colab the next cell shows a box to type into; where no kernel runs, the table above is what
# there is to see.

# %%
def show_box():
    wide_box = ipywidgets.Layout(width="90%", height="70px")
    text = ipywidgets.Textarea(value=SENTENCES[1], layout=wide_box)
    button = ipywidgets.Button(description="Ask them all")
    output = ipywidgets.Output()

    def ask(_):
        output.clear_output(wait=True)
        with output:
            display(answers_to(text.value))

    button.on_click(ask)
    display(ipywidgets.VBox([text, button, output]))


if "METRICS_LOG" in os.environ:  # run by tools/run_notebooks.py: nobody types there
    print("Run this cell in Jupyter or on Colab, and a box appears here.")
else:
    show_box()

# %% [markdown]
# ## Appendix
#
# Confusion, ranking and calibration in six panels, and the probe sentences of the earlier notebooks.

# %% alt="Six panels: confusion matrices of three models, ROC curves, and reliability before and after temperature scaling"
fig, six = plt.subplots(2, 3, figsize=(11, 7))
three = dict.fromkeys([first, title(reading), title(counting)])
for ax, name in itertools.zip_longest(six[0], three):
    if name:
        matrix = by_title[name].metrics["test"]["confusion"]
        plots.confusion(matrix, dataset.label_names, title=name + note, ax=ax)
    ax.set_visible(bool(name))
roc, *reliable = six[1]
for name in sorted(by_title, key=lambda name: name in FOUR):
    look = {"color": "0.85", "lw": 1}
    if name in FOUR:
        n, colors = FOUR.index(name), (plots.DARK, "black", "0.5", plots.LIGHT)
        look = {"label": name, "color": colors[n], "ls": plots.STYLES[n], "zorder": 3}
    p = by_title[name].probabilities["test"]
    roc.plot(*scores.roc_curve(truth, p[:, 1])[:2], **look)
    for ax, q in zip(reliable, (p, calibrated[name]), strict=True):
        bins = evaluation.reliability(truth, q, bins=10)
        ax.plot(*bins[bins[:, 0] > 0, 1:].T, **look)
for ax, when in zip(reliable, ("as they are", "once scaled"), strict=True):
    ax.plot([0.5, 1], [0.5, 1], ":", color="black", lw=1)
    ax.set(xlabel="confidence", ylabel="share right", title=f"Reliability, {when}")
roc.set(xlabel="negatives called positive", ylabel="positives found", title="ROC")
roc.set(xlim=(0, 1 if small else 0.3), ylim=(0 if small else 0.7, 1.01))
fig.legend(*roc.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()

# %%
(_, called_good), (called_bad, _) = top.metrics["test"]["confusion"]
areas = table.set_index("model")["AUC"].round(4)
evaluation.say(f"""
    {first} takes {called_good:,} negative reviews for positive and {called_bad:,}
    positive ones for negative. The area under the ROC curve is largest for
    {evaluation.best_of(areas)}, {areas.max():.4f}, and {areas.median():.4f} in the
    median{note}.
""")

# %% [markdown]
# *Above: counts, with the share of each true class. Below: the upper left corner of the ROC curve, the share of positive
# reviews that are found if so many negative ones may be taken for positive; and the share of right answers by confidence,
# on the dotted diagonal where a probability means what it says.*

# %% alt="Probability of positive that each model gives to twelve probe sentences, a cross where it is wrong"
probes, verdicts = evaluation.probe_table(runs)
a_dozen = [name for name in probes if name in {*labelled["model"], *FOUR}]
fig, ax = plt.subplots(figsize=(5.5 + 0.75 * len(a_dozen), 7))
plots.probe_heatmap(probes[a_dozen], verdicts, ax=ax)
plt.show()
correct = (probes > 0.5).eq(np.array(verdicts, dtype=bool), axis=0)
by_model, by_probe = correct.sum(), correct.sum(axis=1)
evaluation.say(f"""
    Most of the {len(probes)} right: {evaluation.best_of(by_model)} ({by_model.max()});
    fewest: {evaluation.best_of(by_model, largest=False)} ({by_model.min()}). Fewest
    models, {by_probe.min()} of {len(runs)}, are right on
    {named(by_probe.index[by_probe == by_probe.min()])}{note}.
""")

# %% [markdown]
# *Drawn are the models that have a name in the first figure; the sentence above counts all. Blue-violet above one half, orange below; the sign behind a sentence is
# the right answer, a cross marks a wrong one. A dozen sentences are for looking at, not for ranking models.*
#
# ## Exercises
#
# 1. An ensemble of one network's seeds: take `seeds(reading)` in place of `members`, choose shares with `shares` and
#    compute `blended(..., "test", ...)`. Compare the gain on the best member with that of the ensemble above. Expect
#    less: networks of one recipe make more of the same mistakes than networks of different kinds.
# 2. Let the surer of `counting` and `reading` answer, review by review, once by their probabilities as they are and
#    once `calibrated`. Expect it to be right more often than either alone, nearly as often as an ensemble, and
#    calibration to change little: they are sure of different reviews, and that is what counts.
#
# ## References
#
# - Connor (1987), *Sample size for testing differences in proportions for the paired-sample design*.
# - Dodge, Gururangan, Card, Schwartz & Smith (2019), *Show your work: improved reporting of experimental results*,
#   accuracy against the budget.
# - Guo, Pleiss, Sun & Weinberger (2017), *On calibration of modern neural networks*.
# - Hinton (1999), *Products of experts*.
# - Holm (1979), *A simple sequentially rejective multiple test procedure*.
# - Kaushik, Hovy & Lipton (2020), *Learning the difference that makes a difference with counterfactually-augmented
#   data*.
# - McNemar (1947), *Note on the sampling error of the difference between correlated proportions or percentages*.
# - Northcutt, Jiang & Chuang (2021), *Confident learning: estimating uncertainty in dataset labels*.
# - Reimers & Gurevych (2017), *Reporting score distributions makes a difference*, on seeds.
# - Ribeiro, Wu, Guestrin & Singh (2020), *Beyond accuracy: behavioral testing of NLP models with CheckList*.
# - Wilson (1927), *Probable inference, the law of succession, and statistical inference*.
# - Wolpert (1992), *Stacked generalization*.
