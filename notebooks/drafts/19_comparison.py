# %% [markdown]
# # 19 · The comparison
#
# **What does each generation of sequence model buy, what does it cost, and where does it break?**
#
# Every notebook before this one has asked what a single idea is worth. Here all of their models stand side
# by side: the same reviews, the same training, the same test, and all of them asked about texts that were
# written to break them. The answer comes first and the evidence behind it, so stop when you have seen
# enough.
#
# You need the IMDB reviews and the models of the notebooks before. No network is trained. What you see is
# computed from the files in `models/`: a model that is added there appears in every table and figure. The
# words of the trade (interval, AUC, log loss, ECE) are explained in notebook 2.

# %% tags=["setup"]
SETUP

# %%
import collections
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
FAMILY = {one: name for name, some in FAMILIES.items() for one in some.split()}
before, _ = evaluation.load_all()
own = {r.metrics["name"]: r for r in before if r.metrics["dataset"] == dataset.name}


def family(run):
    """The generation that a model belongs to."""
    m = run.metrics
    other_targets = m["data"]["fingerprint"] != dataset.fingerprint
    taught = m["dataset"] == dataset.name and other_targets
    taught |= m["model"].get("options", {}).get("vectors") == "minilm"
    architecture = m["model"].get("architecture", "none")
    return "from a teacher" if taught else FAMILY.get(architecture, architecture)


def title(run):
    return run.metrics["title"]


# %% [markdown]
# One model is put together here, first of all, so that the tables hold it: an **ensemble** of two or three
# published models that were trained from scratch on these reviews. Its logits are the sum of theirs, each
# times a share. Members and shares have the smallest loss on *validation*; what the ensemble is worth
# stands in a section of its own. If `models/` has one of the same members, it is kept.

# %%
LIMIT = 9.5  # MB: of the members' files together, so that it is one small file
OTHERS = ("pretrained", "from a teacher", "ensemble")


def logits_of(members, part):
    """Their logits, but for a constant of each text: (members, texts, classes)."""
    return np.log(np.maximum([run.probabilities[part] for run in members], 1e-12))


def blended(members, part, by):
    """Log-probabilities of the sum of their logits, each times its share."""
    return log_softmax(np.tensordot(by, logits_of(members, part), 1), axis=1)


# %%
def by_loss(run):
    return run.metrics.get("validation", {}).get("loss", np.inf)


fit = [r for n, r in own.items() if r.model_file and family(r) not in OTHERS]
fit, rows = sorted(fit, key=by_loss)[:12], []
for some in [*itertools.combinations(fit, 2), *itertools.combinations(fit, 3)]:
    if sum(run.metrics["model"]["file_mb"] for run in some) <= LIMIT:
        by = shares(logits_of(some, "validation"), validation)
        loss = scores.log_loss(validation, np.exp(blended(some, "validation", by)))
        rows.append((some, loss))
members, lowest_loss = min(rows, key=lambda row: row[1])
print(f"of {len(rows)} sets: {', '.join(map(title, members))}; {lowest_loss:.4f}{note}")

# %%
made_of = {run.metrics["name"]: run.metrics["created"] for run in members}
old = own.get("ensemble")
if not (old and old.model_file and old.metrics["training"].get("members") == made_of):
    parts = [models.load(run.model_file) for run in members]
    seconds = sum(run.metrics["training"]["seconds"] for run in members)
    record = {"seconds": round(seconds, 1), "seed": 0, "members": made_of}
    about = {"name": "ensemble", "title": "Ensemble", "notebook": "19_comparison"}
    evaluation.publish(training.blend(parts, dataset), dataset, record, **about)
found, problems = evaluation.load_all()
print(f"{len(found)} published models", *problems, sep="\n")
runs = {r.metrics["name"]: r for r in found if r.metrics["dataset"] == dataset.name}
runs.pop("majority", None)
assert all(np.array_equal(run.labels["test"], truth) for run in runs.values())
by_title = {title(run): run for run in runs.values()}
tasks = sorted({run.metrics["dataset"] for run in found} - {dataset.name})

# %% [markdown]
# A published *file* is one draw of its recipe, from a seed that was fixed beforehand: whether to take that
# file is decided by its own answers. What an *architecture* is worth is another question, and answered by the
# mean over seeds: `versus` compares two recipes over all seeds that both have.

# %%
def seeds(run):
    return [run, *evaluation.repeats(run)]


def versus(a, b):
    """Recipe a minus recipe b over the seeds of both; what is solved has no seed."""
    both_sides = [seeds(a), seeds(b)]
    most = max(map(len, both_sides))
    for side in both_sides:
        if "history" not in side[0].metrics["training"]:
            side *= most
    return evaluation.contrast(*zip(*zip(*both_sides, strict=False), strict=True))


def best(*families):
    """The run of these families with the smallest validation loss, if there is one."""
    some = [run for run in runs.values() if family(run) in families]
    return min(some, key=by_loss, default=None)


IN_ORDER = ("recurrent", "convolution", "attention")
counting, reading, tuned = best("bag of words"), best(*IN_ORDER), best("pretrained")
scratch = {n: r for n, r in runs.items() if family(r) not in OTHERS}
mixed = runs["ensemble"]
FOUR = [title(r) for r in (mixed, tuned, reading, counting) if r]  # to be highlighted


# %%
def listed(values, form="{}"):
    """Names and values as words of a sentence."""
    said = [f"*{name}* {form.format(value)}" for name, value in values.items()]
    return "; ".join(said) or "none"


def with_interval(run):
    low, high = run.metrics["test"]["accuracy_ci95"]
    return f"{run.right.mean():.4f} ({low:.4f} to {high:.4f})"


def duration(seconds):
    minutes, hours = seconds / 60, seconds / 3600
    long = f"{minutes:.0f} minutes" if minutes < 90 else f"{hours:.1f} hours"
    return f"{seconds:.0f} seconds" if seconds < 90 else long


def points(gap):
    """A comparison over seeds as words."""
    form = "{points:+.1f} points ({low:+.1f} to {high:+.1f} over test reviews; "
    over_seeds = "{verdict}, {pairs} seeds)" if gap["pairs"] > 1 else "one seed)"
    return (form + over_seeds).format(**gap)


# %% [markdown]
# ## The answer

# %%
pairs = data.synthetic.pairs() if small else data.counterfactual.read()
sides = [text for pair in pairs for text in (pair.original, pair.edited)]
expected = np.array([label for p in pairs for label in (p.label, 1 - p.label)])
few = [run for run in (*members, mixed, tuned, reading, counting) if run]
ASKED = few if small else list(runs.values())
told, problems = evaluation.ask_all(ASKED, "counterfactual", sides)
print(f"{len(told)} models asked about {len(pairs)} pairs{note}", *problems, sep="\n")
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

# %%
first, *tied = evaluation.leaders(runs.values())
alone, *level = evaluation.leaders(scratch.values())
top = by_title[first]
near = [r for r in runs.values() if r.right.mean() >= top.right.mean() - 0.02]
quick = min(near, key=lambda run: run.metrics["training"]["seconds"])
spent, saved = (run.metrics["training"]["seconds"] for run in (top, quick))
slow, fast = (run.metrics["inference"]["texts_per_second"] for run in (top, quick))
gained = points(versus(tuned, reading)) if tuned else ""
pretraining = f"Pretraining on other texts adds {gained}." if tuned else ""
cheaper = f"{title(quick)} took {duration(saved)}"
cheaper += f" and answers {fast / slow:,.1f} times as many texts a second"
share = {name: 100 * both[name].mean() for name in FOUR if name in both}

# %%
evaluation.say(f"""
    **What does each generation buy, what does it cost, and where does it break?**

    - **Most accurate** is {first}, {with_interval(top)} on {len(truth):,} test reviews;
      level with it: {", ".join(tied) or "nobody"}.
    - **From scratch**, {alone} has {with_interval(by_title[alone])}; level with it:
      {", ".join(level) or "nobody"}. The ensemble of {", ".join(map(title, members))}
      has {with_interval(mixed)}, in one file of {mixed.metrics["model"]["file_mb"]} MB.
    - **Reading in order** ({title(reading)}) instead of counting ({title(counting)})
      is worth {points(versus(reading, counting))}. {pretraining}
    - **The cost**: {first} took {duration(spent)} to train; within two points of it
      {cheaper if quick is not top else "nothing was trained faster"}.
    - **They break** where few words decide. People have turned {len(pairs)} reviews
      round with the fewest changes; both sides right: {listed(share, "{:.0f} %")}.
""")

# %%
table = evaluation.table(runs.values())
costs = table.sort_values(["training s", "accuracy"])
far = costs["accuracy"] < (0 if small else costs["accuracy"].max() - 0.07)
shown = costs[~far].assign(family=lambda t: [family(runs[name]) for name in t["name"]])
not_beaten = shown["accuracy"] > shown["accuracy"].cummax().shift(fill_value=0)
of_family = shown.groupby("family")["accuracy"]
ends = [*of_family.idxmax(), *of_family.idxmin()]
named = shown[not_beaten | shown.index.isin(ends)]
TICKS = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 14400: "4 h"}


def time_axis(ax, seconds):
    """A log axis of seconds, with marks in seconds, minutes and hours."""
    low, high = np.min(seconds) / 1.5, np.max(seconds) * 2
    inside = [tick for tick in TICKS if low <= tick <= high]
    ax.set_xscale("log")
    ax.set_xticks(inside, [TICKS[tick] for tick in inside])
    ax.minorticks_off()
    ax.set(xlim=(low, high), xlabel="time of training")


# %% alt="Test accuracy of the models by the time that their training took, with intervals, and a line that joins those not beaten at their cost"
fig, ax = plt.subplots(figsize=(9.5, 5.6))
x, y = shown["training s"], shown["accuracy"]
error = [y - shown["low"], shown["high"] - y]
ax.errorbar(x, y, error, fmt="none", ecolor="0.8", zorder=1)
front = {"color": plots.LIGHT, "lw": 2, "where": "post", "zorder": 1}
ax.step(x[not_beaten], y[not_beaten], ":", label="not beaten at its cost", **front)
dash = {"marker": "_", "ls": "none", "color": "0.35", "ms": 9}
for at, name in zip(x, shown["name"], strict=True):
    again = [run.right.mean() for run in seeds(runs[name])[1:]]
    ax.plot([at] * len(again), again, **dash)
ax.plot([], [], label="the same recipe from another seed", **dash)
ax.plot(x[~not_beaten], y[~not_beaten], "o", color="0.6")
ax.plot(x[not_beaten], y[not_beaten], "o", color=plots.DARK, ms=8)
time_axis(ax, x)
ax.set(ylabel="test accuracy, 95 % intervals", title="What accuracy costs" + note)
at = named[["training s", "accuracy", "model"]].itertuples(index=False)
white = [patheffects.withStroke(linewidth=3, foreground="white")]
names = [ax.text(*place, fontsize="small", path_effects=white) for place in at]
line = {"arrowstyle": "-", "color": "0.4", "lw": 0.7}
apart = {"expand": (1.1, 1.5), "force_text": (0.4, 0.6), "arrowprops": line}
adjust_text(names, x.tolist(), y.tolist(), ax=ax, **apart)
ax.legend(loc="upper left", bbox_to_anchor=(0, -0.12), ncols=2, fontsize="small")
plt.show()
# %%
unnamed = shown[~shown.index.isin(named.index)]
print("without a name:", ", ".join(unnamed["model"]) or "none")
print("far below, left out:", ", ".join(costs[far]["model"]) or "none")
timings = paths.models_dir(dataset.name) / "serving" / "latency.json"
paths.record_use(timings)
latency = json.loads(timings.read_text())["models"] if timings.exists() else []
latency = pd.DataFrame(latency or {"model": []}).set_index("model")


def speed(run):
    """Milliseconds a text: of one request to the exported model, if that was timed."""
    name, of_imdb = run.metrics["name"], run.metrics["dataset"] == dataset.name
    if of_imdb and name in latency.index:
        return latency.loc[name, "raw text p50"], "exported"
    return 1000 / run.metrics["inference"]["texts_per_second"], "Keras, in batches"


by_labels = collections.defaultdict(dict)  # of notebook 11: size, title, runs
for path in sorted((paths.models_dir(dataset.name) / "steps").glob("labels-*.json")):
    model, *_ = path.stem.removeprefix("labels-").split("-")
    if model in runs:
        run = evaluation.read(path)
        some = by_labels[run.metrics["data"]["n_train"]]
        some.setdefault(title(runs[model]), []).append(run)

# %% [markdown]
# *Each dot is a published model; a dark one is beaten by nothing that is trained faster. Dashes are the same recipe
# from other seeds: that luck is in no interval, which knows of other test reviews only. Not counted is the time
# for vocabularies and word vectors, nor what others spent on the encoder's pretraining. A dot without a name lies
# between two named ones of its kind.*
#
# **Which one should I take?** That depends on what your texts are like, how many of them have labels, and how
# long an answer may take. A data set of ours stands for each kind of text.

# %%
KINDS = {"imdb": "reviews", "newsgroups_stripped": "posts", "tweets": "tweets"}
KINDS |= {"emotions": "sentences"}
BUDGETS = {"any": np.inf, "2 ms": 2.0}


def decide(sets, published, limit=np.inf):
    """Who is the most accurate that answers in time, and who can't be told apart.

    Each model has a list of runs: the published one, or one for each draw of labels.
    """
    fast = {n: some for n, some in sets.items() if speed(published[n])[0] <= limit}
    mean = {n: np.mean([run.right.mean() for run in some]) for n, some in fast.items()}
    if not mean:
        return {"take": "nothing is so fast"}
    take, level = max(mean, key=mean.get), []
    for name in mean.keys() - {take}:
        sides = zip(*zip(fast[take], fast[name], strict=False), strict=True)
        level += [name] * (evaluation.contrast(*sides)["low"] <= 0)
    took = "{:.2f}, {}".format(*speed(published[take]))
    row = {"take": take, "accuracy": mean[take], "ms a text": took}
    return row | {"level with it": ", ".join(sorted(level)) or "nothing"}


# %%
rows = []
for task, kind in KINDS.items():
    there = {title(r): r for r in found if r.metrics["dataset"] == task}
    there.pop("Majority class", None)
    if not there:
        continue
    texts = dataset if task == dataset.name else data.load(task)
    words = np.median([len(text.split()) for text in texts.train.texts])
    sizes = dict(sorted(by_labels.items())) if task == dataset.name else {}
    sizes[len(texts.train)] = {name: [run] for name, run in there.items()}
    for labels, sets in sizes.items():
        for budget, limit in BUDGETS.items():
            said = f"{kind}, {words:.0f} words, {len(texts.label_names)} classes"
            row = {"texts": said, "labels": f"{labels:,}", "time for one": budget}
            rows.append(row | decide(sets, there, limit))
decisions = pd.DataFrame(rows)
decisions.style.hide(axis="index").format(precision=4, na_rep="")

# %% [markdown]
# *Accuracy is that on the test part. Level with a model is what can't be told apart from it by the paired 95 %
# interval. Milliseconds are those of one request to the exported model where notebook 18 has timed it, and else those
# of one text among many, in Keras: don't compare one kind with the other. Rows with fewer labels come from
# notebook 11, once its runs are there.*
#
# This is the answer; from here on, the evidence.
#
# ## On the film reviews
#
# In bold, the best of a column, and in accuracy all that are level with it. A mean over seeds is given where
# the recipe was repeated.

# %%
COLUMNS = "model,accuracy,95 %,over seeds,log loss,training s,file MB,texts/s".split(",")
FORMS = {"training s": "{:,.0f}", "texts/s": "{:,.0f}", "file MB": "{:.1f}"}


def shown_table(some):
    """What a reader compares, in eight columns; those that win in bold."""
    rows, won = evaluation.table(some), evaluation.winners(some)
    ends = rows[["low", "high"]].map("{:.4f}".format)
    rows["95 %"] = ends["low"] + " to " + ends["high"]
    many = [[one.right.mean() for one in seeds(run)] for run in some]
    means = [f"{np.mean(m):.4f} ({len(m)})" if len(m) > 1 else "" for m in many]
    won = won.reindex(columns=COLUMNS, fill_value=False)
    look = won.map(lambda mark: "font-weight: bold" if mark else "")
    chosen = rows.assign(**{"over seeds": means})[COLUMNS]
    styled = chosen.style.hide(axis="index").apply(lambda _: look, axis=None)
    return styled.format(FORMS, precision=4, na_rep="")


shown_table(list(runs.values()))

# %%
spread = evaluation.spread(runs.values())
moved = 100 * (spread["highest"] - spread["lowest"])
needs = evaluation.choices(near)  # who is further off is no choice, however quick
display(needs.style.hide(axis="index"))
over_seeds = "No recipe has been repeated from other seeds yet."
if len(spread):
    leader = spread.iloc[0]
    over_seeds = f"""Of {len(spread)} recipes that were repeated, *{leader["model"]}*
    has the highest mean, {leader["mean"]:.4f} of {leader["seeds"]} seeds; from seed to
    seed accuracies move by {moved.median():.1f} points in the median, {moved.max():.1f}
    at most."""
evaluation.say(f"""
    The {len(table)} models lie between {table["accuracy"].min():.4f} and
    {table["accuracy"].max():.4f}; {len(near)} are within two points of the best, and of
    these the table above names who serves which need. {over_seeds}
""")

# %% [markdown]
# ## On other texts
#
# The same columns for every other task, one to unfold each. The majority class stands there as a yardstick and
# wins nothing.

# %%
def folded(task):
    """A task's table, which opens when its line is clicked."""
    some = [run for run in found if run.metrics["dataset"] == task]
    m = some[0].metrics["data"]
    said = f"<b>{task}</b>: {m['n_train']:,} labels, {len(m['label_names'])} classes, "
    said += f"{m['n_test']:,} test texts{note}; best: "
    said += ", ".join(evaluation.leaders(some))
    inside = shown_table(some).to_html()
    return f"<details><summary>{said}</summary>{inside}</details>"


HTML("".join(map(folded, tasks)) or "No other task has been run in this profile.")

# %%
ranked, words = {}, {}
for task in [dataset.name, *tasks]:
    some = [r for r in found if r.metrics["dataset"] == task and family(r) in FAMILIES]
    bests = {family(run): run for run in sorted(some, key=by_loss, reverse=True)}
    if len(bests) < 2:
        continue
    level = evaluation.leaders(bests.values())
    accuracy = pd.Series({name: run.right.mean() for name, run in bests.items()})
    row = f"{task.replace('_', ' ')}, {some[0].metrics['data']['n_train']:,} labels"
    ranked[row] = accuracy.rank(ascending=False, method="min")
    words[row] = {
        name: f"{place:.0f}{' =' * (title(bests[name]) in level)}\n{accuracy[name]:.3f}"
        for name, place in ranked[row].items()
    }

# %% alt="Ranks of the generations on every task: for each, its best model by validation, with its test accuracy"
in_row = [name for name in FAMILIES if any(name in row for row in words.values())]
ranks, words = (pd.DataFrame(t).T.reindex(columns=in_row) for t in (ranked, words))
fig, ax = plt.subplots(figsize=(3.5 + 1.1 * len(in_row), 1 + 0.55 * len(ranks)))
look = {"cmap": "Blues_r", "vmin": 0, "vmax": 7, "cbar": False, "linewidths": 1}
heat_map(ranks.astype(float), words.fillna("").to_numpy(), ax=ax, **look)
ax.set_title("Rank of each generation's best model" + note)
plt.show()
leads = words.apply(lambda column: column.str.contains("=", na=False).sum())
firsts = ranks.T.idxmin()
lead = "lead" if (leads == leads.max()).sum() > 1 else "leads"
evaluation.say(f"""
    On how many of {len(ranks)} tasks a generation is first or level with the first:
    {listed(leads)}. **{evaluation.best_of(leads).capitalize()}** {lead} most often. First by
    accuracy alone: {listed(firsts.map("({})".format))}.
""")

# %% [markdown]
# *The rank, and below it the accuracy on the task's test part; darker is better. A sign of equality marks the
# first and all that can't be told apart from it. Each generation sends the model that is its best on validation;
# blank where it has none.*
#
# ## How long one answer takes
#
# Notebook 18 exports the models and times requests of one review of middling length: the network alone, in Keras
# and exported, and the whole way from raw text to probability, which half of the requests finish within p50 and
# all but one in a hundred within p99. Texts a second are measured when a model is published, in Keras, many at
# once.

# %%
timed = table.set_index("name")[["model", "accuracy", "texts/s"]].join(latency)
ways = ["ms, Keras", "ms, 32 bits", "ms, 8 bits", "raw text p50", "raw text p99"]
ways = [way for way in ways if way in timed]
timed = timed[["model", "accuracy", *ways, "texts/s"]].sort_values([*ways, "texts/s"])
forms = dict.fromkeys(ways, "{:.2f}") | {"texts/s": "{:,.0f}", "accuracy": "{:.4f}"}
display(timed.style.hide(axis="index").format(forms, na_rep=""))
timed = timed.dropna(subset=ways).set_index("model") if ways else timed[:0]
if len(timed):
    times = timed["ms, Keras"] / timed["ms, 8 bits"]
    quickest, finest = timed["raw text p50"].idxmin(), timed["accuracy"].idxmax()
    p50, p99 = timed["raw text p50"], timed["raw text p99"]
    evaluation.say(f"""
        Exported, one request is answered {times.min():.1f} (*{times.idxmin()}*) to
        {times.max():.0f} times (*{times.idxmax()}*) as fast as in Keras. Quickest from
        raw text is *{quickest}*, {p50[quickest]:.2f} ms (p99 {p99[quickest]:.2f}); the
        most accurate of those timed, *{finest}*, takes {p50[finest]:.2f} ms.
    """)
else:
    print("Latencies are missing: notebook 18 leaves them in serving/latency.json.")

# %% [markdown]
# ## Beside the coursework and the literature
#
# The figures that this project grew from, most of them measured on other data: another split, fewer test
# texts. So they stand beside ours with what they were measured on and an interval, not as the same test. A row
# has one name and not always one network: the coursework's plain recurrent net reads its last state, ours all
# states. The literature below was measured on our test parts.

# %%
theirs = evaluation.beside_published(found).dropna(subset=["coursework"])
counted = theirs["coursework"] * theirs["n_test"], theirs["n_test"]
low, high = proportion_confint(*counted, method="wilson")
interval = low.map("{:.3f}".format) + " to " + high.map("{:.3f}".format)
theirs["95 %"] = interval.where(low.notna(), "")
theirs["above"] = theirs["accuracy"] > high
theirs = theirs.rename(columns={"accuracy": "ours", "n_test": "texts"})
shown_ones = "dataset,model,ours,coursework,95 %,texts,data,document".split(",")
styled = theirs[shown_ones].style.hide(axis="index")
display(styled.format({"texts": "{:,.0f}"}, precision=4, na_rep=""))
sentence = evaluation.sentence_table(runs.values()).dropna(subset=["coursework"])
print(f"I fell asleep halfway through. Probability of positive{note}:")
sentence.sort_values("coursework").style.hide(axis="index").format(precision=4, na_rep="")

# %%
strongest = theirs[theirs["dataset"] == dataset.name].nlargest(1, "coursework").iloc[0]
here = f"; {title(tuned)} here has {with_interval(tuned)}" if tuned else ""
praised = {who: (sentence[who] > 0.5).sum() for who in ("coursework", "ours")}
asked_of = {who: sentence[who].notna().sum() for who in ("coursework", "ours")}
matched = theirs.dropna(subset=["ours", "texts"])
evaluation.say(f"""
    Of {len(matched)} figures with a sample size and a counterpart here,
    {matched["above"].sum()} lie below ours by more than their own interval. The strongest
    on reviews is {strongest["model"]} with {strongest["coursework"]:.4f}
    ({strongest["95 %"]}){here}. The sentence is a complaint: {praised["coursework"]} of
    {asked_of["coursework"]} of the coursework's models take it for praise, and
    {praised["ours"]} of the {asked_of["ours"]} counterparts of ours.
""")

# %%
literature = evaluation.published().query("source == 'literature'")
literature = literature[literature["dataset"].isin([dataset.name, *tasks])]
literature = literature.dropna(subset=["accuracy"])
styled = literature[["dataset", "title", "accuracy", "data", "document"]].style
display(styled.hide(axis="index").format(precision=4))
lines = []
for task, some in literature.groupby("dataset", sort=False):
    record = some.nlargest(1, "accuracy").iloc[0]
    ours = [run for run in found if run.metrics["dataset"] == task]
    ours = [run for run in ours if family(run) not in ("pretrained", "from a teacher")]
    strong = max(ours, key=lambda run: run.right.mean())
    low, high = strong.metrics["test"]["accuracy_ci95"]
    side = "above" if low > record["accuracy"] else "level with"
    side = side if high >= record["accuracy"] else "below"
    lines.append(
        f"- {task}: {title(strong)}, our most accurate from scratch, "
        f"{with_interval(strong)}, is {side} the best of these, {record['title']}, "
        f"{record['accuracy']:.4f}{note}."
    )
evaluation.say("\n".join(lines))

# %% [markdown]
# ## How each generation changed
#
# Notebooks 2 to 12 add one ingredient at a time to a plain model and measure each. Here all of those steps stand
# together, so that one can see what the *same* ingredient is worth in different architectures, and what only one
# architecture has. A gain is the step's test accuracy minus that of the step before. The very first step of a
# notebook, a model in plain Keras, is not kept, so that the list begins with the second.

# %%
folder = paths.models_dir(dataset.name)
LADDERS = {  # the steps in their order; an asterisk stands for 1, 2, 3 and so on
    "counted words": "counting-1 counting-2 counting-3 counting-4 tfidf_lr counting-5"
    " nbsvm",
    "feed-forward": "ffnn-* ffnn",
    "average": "dan-*",
    "RNN": "rnn-* rnn",
    "LSTM": "lstm-* grid-lstm-one-max_and_mean-seed0 grid-lstm-both-max_and_mean-seed0",
    "GRU": "grid-gru-one-last_state-seed0 grid-gru-one-max_and_mean-seed0 gru",
    "CNN": "cnn-* cnn",
    "dynamic CNN": "dcnn-* dcnn",
    "LSTM + attention": "attention-* lstm_attention",
    "Transformer": "transformer transformer_modern-* transformer_modern",
    "minGRU": "min_gru-* min_gru",
    "wide and deep": "wide_and_deep-sum wide_and_deep",
}
AT_ONCE = [  # steps that bring together what others take apart
    "vectors, dropout, 400 words, training",
    "the protocol, Word2Vec, head and tail",
    "mask, protocol, Word2Vec, head and tail",
]

# %%
ADDED = {  # what a step adds that goes by its model's name; which steps, which options
    "names left out": ("tfidf_lr ffnn grid-lstm-one-max_and_mean-seed0", "names"),
    "both directions": (
        "rnn gru lstm_attention grid-lstm-both-max_and_mean-seed0",
        "bidirectional",
    ),
    "all states pooled": ("grid-gru-one-max_and_mean-seed0", "pooling"),
    "naive Bayes ratios": ("nbsvm", "weighting c"),
    "widths 2, 3 and 4": ("cnn", "kernel_sizes"),
    "four values kept": ("dcnn", "top"),
    "no biases": ("transformer_modern", "biases pooling"),
    "twice the units": ("min_gru", "units"),
    "branch dropout": ("wide_and_deep", "branch_dropout"),
}
OPTIONS = {what: set(options.split()) for what, (_, options) in ADDED.items()}
ADDED = {name: what for what, (names, _) in ADDED.items() for name in names.split()}
FROM_DATA = {"vocabulary", "vocabulary_size", "features", "max_features", "seed"}


# %%
def ladder_of(spec):
    """The steps of a ladder that are there, in order, with what each of them adds."""
    for part in spec.split():
        numbered = (part.replace("*", str(n)) for n in itertools.count(1))
        for name in numbered if "*" in part else [part]:
            places = folder / "steps" / f"{name}.json", folder / f"{name}.json"
            if not (there := [path for path in places if path.exists()]):
                break
            run = evaluation.read(there[0])
            what = ADDED.get(name, title(run)).removeprefix("+ ")
            yield name, "the protocol in one step" if what in AT_ONCE else what, run


def options_of(run):
    m = run.metrics
    return m["text"] | m["model"]["options"] | m["training"]["options"]


def changed(run, other):
    """The options in which two runs differ."""
    a, b = options_of(run), options_of(other)
    return {key for key in a.keys() | b.keys() if a.get(key) != b.get(key)} - FROM_DATA


# %%
rows, skipped = [], []
for where, spec in LADDERS.items():
    for (_, _, earlier), (name, what, run) in itertools.pairwise(ladder_of(spec)):
        keys = [r.metrics["training"].get("key") for r in (earlier, run)]
        if None in keys or name in ADDED and not changed(run, earlier) <= OPTIONS[what]:
            skipped.append(f"{where}, {what}")  # of older code, or a step between is missing
        elif keys[0] != keys[1]:  # else the same run twice
            gap = evaluation.gap(run, earlier)
            rows.append((what, where, gap["difference"], *gap["ci95"]))
gains = pd.DataFrame(rows, columns=["what", "where", "points", "low", "high"])
gains[["points", "low", "high"]] *= 100
gains["sure"] = gains["low"] * gains["high"] > 0
common = gains["what"].duplicated(keep=False)
print(f"{len(gains)} steps{note}; not comparable yet: {'; '.join(skipped) or 'none'}")


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
            ax.plot(row["points"], at, "o", color=color, ms=5)
            ticks.append((at, row[label], "normal"))
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
lines = max(ax.get_ylim()[0] for ax in two)
plt.setp(two, ylim=(lines, -1))
fig.set_figheight(1.2 + 0.19 * lines)
two[0].set_title("The same ingredient, by architecture" + note)
two[1].set_title("Ingredients of one architecture" + note)
plt.show()
shared = gains[common].groupby("what")["points"].agg(["min", "max", "mean", "count"])
shared = shared.sort_values("mean", ascending=False).T
worth = {
    what: "{min:+.1f} to {max:+.1f} in {count:.0f} architectures".format(**row)
    for what, row in shared.items()
}
up, down = ((gains["sure"] & (sign * gains["points"] > 0)).sum() for sign in (1, -1))
most = gains.nlargest(3, "points").set_index(["where", "what"])["points"]
most.index = [f"{what} ({where})" for where, what in most.index]
evaluation.say(f"""
    Of {len(gains)} steps, {up} gain and {down} lose more than the choice of test reviews
    explains; the others can't be told from nothing. What the same ingredient is worth, in
    points: {listed(worth)}. The largest steps: {listed(most, "{:+.1f}")}.
""")

# %% [markdown]
# *Each dot is one step, of one seed; the bar is the 95 % interval of the difference over test reviews, dark where
# it leaves out 0. What another seed could do is not in it: for half a point, ask the next table.*
#
# Three questions were put to the recurrent networks with every combination trained from several seeds
# (notebook 6): do gates help, does pooling all states help, does a second direction? Each row takes all pairs of
# runs that differ in this one thing and in nothing else.

# %%
GRID = {}
for path in sorted((folder / "steps").glob("grid-*-seed*.json")):
    _, kind, way, rest = path.stem.split("-", 3)
    GRID[(kind, way, *rest.split("-seed"))] = evaluation.read(path)
HEADS = {"last_state": "last state read", "max_and_mean": "all states pooled"}
questions = [  # what it is called; where the runs differ, new and old; what they share
    (f"{new.upper()} instead of {old.upper()}, {said}", (0, new, old), (2, head))
    for head, said in HEADS.items()
    for new, old in (("lstm", "rnn"), ("gru", "rnn"), ("gru", "lstm"))
]
for kind in ("rnn", "lstm", "gru"):
    name, fixed = kind.upper(), (0, kind)
    questions.append((f"all states pooled, {name}", (2, *reversed(HEADS)), fixed))
    questions.append((f"both directions, {name}", (1, "both", "one"), fixed))
rows = []
for what, (place, new, old), (where, value) in questions:
    cells = [key for key in GRID if key[place] == new and key[where] == value]
    twins = [(key, (*key[:place], old, *key[place + 1 :])) for key in cells]
    twins = [(GRID[key], GRID[twin]) for key, twin in twins if twin in GRID]
    if twins:
        rows.append({"what": what} | evaluation.contrast(*zip(*twins, strict=True)))

# %%
columns = ["what", "points", "low", "high", "ahead", "pairs", "verdict"]
grid = pd.DataFrame(rows, columns=columns)
display(grid.style.hide(axis="index").format("{:+.2f}", subset=columns[1:4]))
certain = grid[grid["verdict"] == "more than chance"].set_index("what")["points"]
evaluation.say(f"""
    {len(certain)} of {len(grid)} differences are more than chance, by the interval and in
    all pairs of runs: {listed(certain, "{:+.1f}")}{note}.
""")

# %% [markdown]
# *Points of test accuracy, averaged over pairs; ahead: in how many of the pairs the first is better. More than
# chance is said where the interval over test reviews leaves out 0 and all pairs point the same way.*
#
# ## What a given time of training buys
#
# Suppose there are so many seconds and no more. The best validation accuracy that a network has reached so far,
# against the seconds since its training began; linear models are solved at once and are single points.

# %%
def so_far(run):
    """Seconds since the start, and the best validation accuracy so far, by epoch."""
    t = run.metrics["training"]
    if "history" not in t:
        return np.array([t["seconds"]]), np.array([run.metrics["validation"]["accuracy"]])
    each = np.array(t["seconds_per_epoch"])
    first_of_all = max(0, t["seconds"] - each.sum())  # a frozen encoder reads every text
    return first_of_all + each.cumsum(), np.maximum.accumulate(t["history"]["val_accuracy"])


progress = {title(run): so_far(run) for run in runs.values() if run is not mixed}
networks = [run for run in runs.values() if "history" in run.metrics["training"]]
solved = progress.keys() - set(map(title, networks))
lead = {family(run): title(run) for run in sorted(networks, key=by_loss, reverse=True)}
LEAD = ("bag of words", "recurrent", "attention", "pretrained", "convolution")
LEAD = [lead[name] for name in LEAD if name in lead][:4]  # the best of each generation

# %% alt="Best validation accuracy so far against the time of training, four networks highlighted"
fig, ax = plt.subplots(figsize=(9.5, 4.6))
for name, (when, reached) in progress.items():
    if name in solved:
        ax.plot(when, reached, "D", color="0.35", ms=5)
        beside = {"xytext": (6, -3), "textcoords": "offset points", "fontsize": 8}
        ax.annotate(name, (when[0], reached[0]), **beside)
    elif name not in LEAD:
        ax.step(when, reached, where="post", color="0.8", lw=1.2, zorder=1)
looks = zip(LEAD, (plots.DARK, "0.45", plots.LIGHT, "black"), plots.STYLES, strict=False)
for name, color, line in looks:
    ax.step(*progress[name], line, where="post", color=color, lw=2, label=name)
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
    reached = {n: v[t <= seconds].max(initial=0) for n, (t, v) in progress.items()}
    reached = pd.Series(reached)[lambda some: some > 0].sort_values(ascending=False)
    if reached.empty:
        return f"- {when}: nothing has ended an epoch."
    close = (reached >= reached.iloc[0] - half).sum() - 1
    return (
        f"- {when}: **{reached.index[0]}** leads with {reached.iloc[0]:.4f}; others "
        f"within {100 * half:.1f} points of it: {close}; not through an epoch: "
        f"{len(progress) - len(reached)}."
    )


told_times = [(f"After {duration(t)}", t) for t in ((1, 5) if small else (60, 600))]
told_times.append(("With all the time that each took", np.inf))
evaluation.say("\n".join(itertools.starmap(reads, told_times)))
print(f"{100 * half:.1f} points: half an interval on {len(validation):,} reviews{note}")

# %% [markdown]
# *A line goes up at the end of an epoch that was better than all before. Grey are the networks that are not
# highlighted; diamonds are linear models. Seconds are those of the published run: two trainings side by
# side slow each other down.*
#
# ## How many labels does it take?
#
# Notebook 11 trains some of the models on a few of the labels only, several draws each.

# %% alt="Test accuracy against the number of labels, mean and range over draws, for the models of notebook 11"
curves, lines = collections.defaultdict(dict), []
for size, sets in sorted(by_labels.items()):
    best_here = decide(sets, by_title)
    lines.append("- {:,} labels: **{take}**, {accuracy:.4f}".format(size, **best_here))
    lines[-1] += f"; level with it: {best_here['level with it']}"
    for name, some in sets.items():
        curves[name][size] = [run.right.mean() for run in some]
for name, curve in curves.items():  # all labels, if they aren't among the draws
    curve.setdefault(len(dataset.train), [by_title[name].right.mean()])
if curves:
    means = {n: (list(c), [np.mean(v) for v in c.values()]) for n, c in curves.items()}
    fig, ax = plt.subplots(figsize=(8.5, 4.4))
    plots.lines(means, xlabel="labels", ylabel="test accuracy", marker="o", ax=ax)
    for drawn, curve in zip(list(ax.lines), curves.values(), strict=True):
        ends = [[f(values) for values in curve.values()] for f in (min, max)]
        ax.vlines(list(curve), *ends, color=drawn.get_color(), lw=1)
    ax.set(xscale="log", title="What labels buy: mean and range of draws" + note)
    sizes = sorted({size for curve in curves.values() for size in curve})
    ax.set_xticks(sizes, [f"{size:,}" for size in sizes])
    ax.minorticks_off()
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    plt.show()
missing = "Missing: notebook 11 leaves these runs in `models/imdb/steps/labels-*.json`."
evaluation.say("\n".join(lines) or missing)

# %% [markdown]
# *Each dot is the mean over draws of so many labels; its bar reaches from the lowest to the highest. Level with the
# best is what can't be told apart from it, draw against draw.*
#
# ## Are the differences real?
#
# Three kinds of luck stand between two accuracies and a ranking: which reviews were tested, how many pairs of
# models are looked at, and which seed was drawn. For the first, **McNemar's** exact test asks whether, of the
# reviews that only one of two models gets right, more are one model's than could be by chance. For the second,
# p-values are adjusted by **Holm's** method. The third is the table below the figure.

# %% alt="Matrix of accuracy differences between all pairs of models in points, blank where they can't be told apart"
gaps, p_values = evaluation.pairwise(runs)
fig, ax = plt.subplots(figsize=(2.5 + 0.46 * len(gaps), 2 + 0.4 * len(gaps)))
plots.significance(gaps, p_values, ax=ax)
ax.set_title("Accuracy of the row minus that of the column, in points" + note)
plt.show()
upper = np.triu_indices(len(gaps), 1)
real, size = p_values.to_numpy()[upper] <= 0.05, np.abs(gaps.to_numpy()[upper])
behind = p_values.loc[first].drop(first) <= 0.05
evaluation.say(f"""
    Of {len(real)} pairs, {real.sum()} differ by more than the choice of test reviews
    explains, and {(~real).sum()} are blank: these are not ranked. The widest blank gap is
    {size[~real].max(initial=0):.1f} points. {first} is told apart from {behind.sum()} of
    {len(behind)} others.
""")

# %%
neighbours = list(itertools.pairwise(runs.values()))
least = [100 * evaluation.smallest_difference(a, b) for a, b in neighbours]
display(spread.style.hide(axis="index").format(precision=4))
steps_down = -100 * np.diff(spread["mean"])
close = (steps_down < moved.median()).sum()
by_seeds = f"""Seeds move the {len(spread)} recipes that were repeated by
{moved.median():.1f} points in the median, and {close} of {len(steps_down)} neighbouring
means lie closer together than that: the order of such two says nothing about
architectures."""
evaluation.say(f"""
    Between two neighbours in the ranking, {len(truth):,} reviews show a difference of
    {min(least):.2f} to {max(least):.2f} points in 80 of 100 tests; a smaller one would
    mostly stay hidden. {by_seeds if len(spread) > 1 else ""}
""")

# %% [markdown]
# *In the matrix, blank where the adjusted p-value is above .05. In the table, test accuracy over seeds, by its
# mean; published is the seed that was fixed beforehand, whatever its rank.*
#
# ## Where they break
#
# **Counterfactual pairs.** People changed as few words of a review as they could so that its verdict turns round
# (Kaushik, Hovy & Lipton 2020). A model that has learned what carries a verdict gets both sides right; one that has
# learned what tends to go with it fails on one. None of the originals was trained on.

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
wide = (of_pairs["high"] - of_pairs["low"]).mean() / 2
ones, ranking = np.ones(len(pairs)), itertools.pairwise(of_pairs.index)
p_next = [evaluation.mcnemar(ones, both[a], both[b])["p_value"] for a, b in ranking]
evaluation.say(f"""
    {of_pairs.index[0]} has both sides right in {of_pairs["accuracy"].iloc[0]:.0%} of the
    pairs, {of_pairs.index[-1]} in {of_pairs["accuracy"].iloc[-1]:.0%}. With {len(pairs)}
    pairs an interval reaches {100 * wide:.1f} points to either side, and
    {sum(p > 0.05 for p in p_next)} of {len(p_next)} neighbours can't be told apart by
    McNemar's test. The edited side is harder for {(of_pairs["edit costs"] > 0).sum()} of
    {len(of_pairs)} models, by {100 * of_pairs["edit costs"].median():.1f} points in the median.
""")

# %% [markdown]
# *Each dot is a model, with its interval over pairs. The ensemble with the encoder is computed from its members'
# answers.*
#
# Do networks that read in order have an advantage here over those that count? Compare likes: all whose test
# accuracy is within two points of the best that counts. First the average of one kind against that of the
# other, pair by pair; then each reading network against the best that counts, by McNemar's test with Holm's
# adjustment.

# %%
def alike(*families):
    """Who of these families is about as accurate as the best that counts."""
    some = [run for run in scratch.values() if family(run) in families]
    close = [r for r in some if abs(r.right.mean() - counting.right.mean()) <= 0.02]
    return [title(run) for run in close if title(run) in both]


readers, counters = alike(*IN_ORDER), alike("bag of words")
rival = both[title(counting)]
rows = []
for name in readers:
    p_value = evaluation.mcnemar(ones, both[name], rival)["p_value"]
    rows.append((name, 100 * (both[name].mean() - rival.mean()), p_value))
tests = pd.DataFrame(rows, columns=["network", "points", "p"])
tests = tests.sort_values("points", ascending=False)
if len(tests):
    tests["p, adjusted"] = multipletests(tests["p"], method="holm")[1]
    styled = tests.style.hide(axis="index").format(precision=4)
    display(styled.format("{:+.1f}", subset=["points"]))

# %%
if readers:
    means = [np.mean([both[n] for n in some], axis=0) for some in (readers, counters)]
    ahead = 100 * (means[0] - means[1])
    error = 1.96 * ahead.std(ddof=1) / np.sqrt(len(ahead))
    low, high = ahead.mean() - error, ahead.mean() + error
    helps = "reading in order helps here, on average"
    level = "these pairs don't show that reading in order helps"
    says = helps if low > 0 else level if high >= 0 else "here counting is ahead"
    won = tests[(tests["p, adjusted"] <= 0.05) & (tests["points"] > 0)]["network"]
    evaluation.say(f"""
        {len(readers)} networks that read in order against {len(counters)} models that
        count: **{ahead.mean():+.1f} points** ({low:+.1f} to {high:+.1f} over pairs). So
        {says}. One by one, {len(won)} of {len(tests)} are ahead of {title(counting)} by
        more than chance: {", ".join(won) or "none"}{note}.
    """)
else:
    print("No reading network is within two points of the best that counts" + note)

# %% [markdown]
# *Points: pairs with both sides right, minus those of the best that counts. One seed of each network: another could
# move these by some points as well.*
#
# **Behavioural tests**, in the sense of CheckList (Ribeiro et al. 2020). Short sentences whose answer is beyond
# doubt (*not good*, *never bad*, *bad at first, but good in the end*); a stronger word, after which the verdict
# must not get weaker; and changes to real reviews after which the answer must stay: a neutral word swapped,
# typing errors, an aside.

# %%
cases = evaluation.behaviour.suite(dataset.test.texts, count=20 if small else 200)
asked = evaluation.behaviour.texts(cases)
with warnings.catch_warnings():  # a small vocabulary may not know a sentence's words
    warnings.simplefilter("ignore", UserWarning)
    answers, problems = evaluation.ask_all(ASKED, "checklist", asked)
print(*problems, sep="\n", end="")
if larger and title(tuned) in answers:
    answers["Ensemble + encoder"] = with_encoder(answers)
failed = {n: evaluation.behaviour.failures(cases, p) for n, p in answers.items()}
failed = pd.DataFrame(failed).T
failed = failed.loc[failed.mean(axis=1).sort_values().index]
count = pd.Series([case.test for case in cases]).value_counts()[failed.columns]
times = np.tile(count, (len(failed), 1))
ends = proportion_confint(failed.to_numpy() * times, times, method="wilson")
low, high = (pd.DataFrame(end, failed.index, failed.columns) for end in ends)


# %% alt="Share of behavioural tests that each model fails, with intervals, by kind of test"
percents = [(100 * part).map("{:.0f}".format) for part in (failed, low, high)]
words = percents[0] + " (" + percents[1] + "–" + percents[2] + ")"
names = [f"{textwrap.fill(test, 14)}\n{count[test]} cases" for test in failed]
fig, ax = plt.subplots(figsize=(10.5, 1.6 + 0.33 * len(failed)))
look = {"annot_kws": {"size": "x-small"}, "linewidths": 0.5, "cbar": False}
heat_map(failed.set_axis(names, axis=1), words.to_numpy(), ax=ax, **look)
ax.tick_params(axis="x", labelsize="small", rotation=0)
ax.set_title("Failed, in % (95 % interval)" + note)
plt.show()
hardest = failed.median().idxmax()
ablest = failed[hardest].idxmin()
DOUBTLESS = ["negated praise", "negated blame", "contrast"]
beats_a_coin = (high[DOUBTLESS] < 0.5).sum()
calm = 100 * failed.drop(columns=DOUBTLESS).median()
evaluation.say(f"""
    Hardest is *{hardest}*: half of the models fail {failed[hardest].median():.0%} of it or
    more, and the best, {ablest}, fails {failed[hardest].min():.0%}
    ({low[hardest][ablest]:.0%} to {high[hardest][ablest]:.0%}). Better than a coin by their
    interval are, of {len(failed)} models: {listed(beats_a_coin)}. What must not matter
    fails, in the median, in {listed(calm, "{:.0f} %")} of the cases.
""")

# %% [markdown]
# *Fewest failures on top; a coin fails half of the first three. Cases of one kind share their words, so the intervals
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
drop = {}
for ax, (trait, group) in zip(three, groups.items(), strict=True):
    by_group = evaluation.error_analysis.accuracy_by(runs, group)
    at = np.arange(len(by_group))
    ax.plot(at, by_group.drop(columns=FOUR), color="0.85", lw=1, zorder=1)
    plots.lines({n: (at, by_group[n]) for n in FOUR}, xlabel=trait, ylabel="", ax=ax)
    form = "{:.0f} to {:.0f}" if trait == "words in the review" else "{:.1f} to {:.1f}"
    ends = [form.format(max(0, g.left), g.right) for g in by_group.index]
    ax.set_xticks(at, ends, rotation=30, ha="right", fontsize="small")
    drop[trait] = 100 * (by_group.iloc[-1] - by_group.iloc[0])
three[0].set(ylabel="accuracy", title="Accuracy by group" + note)
if not small:
    three[0].set_ylim(top.right.mean() - 0.09, top.right.mean() + 0.04)
fig.align_xlabels()
fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()
drops = pd.DataFrame(drop).agg(["median", "min", "max"])
changes = {t: "{:+.1f} ({:+.1f} to {:+.1f})".format(*drops[t]) for t in drops}
evaluation.say(f"""
    From the first group to the last accuracy changes, in points, in the median of the
    models (lowest to highest): {listed(changes)}.
""")

# %% [markdown]
# *Grey are all models that are not highlighted; those far below leave the figure. Groups of length and of negations
# hold about equally many reviews.*
#
# ## Ensemble
#
# Models that err on different reviews are worth more together. The ensemble adds its members' logits, each times
# its share: a product of experts, in which a sure member counts for more than one in doubt. Members and
# shares were chosen on validation, in the cells at the top. Beside it are two that are only computed, from stored
# answers, as they would need the large encoder: the same members and the encoder, and all models at once.

# %%
GOALS = {"Ensemble": 0.930, "Ensemble + encoder": 0.942}  # set beforehand
singles = [run for run in runs.values() if run is not mixed]
sets = {"Ensemble": members} | ({"Ensemble + encoder": larger} if larger else {})
rows = []
for name, some in (sets | {"all models": singles}).items():
    log_p = blended(some, "test", shares(logits_of(some, "validation"), validation))
    answer, strong = log_p.argmax(axis=1), min(some, key=by_loss)
    interval = evaluation.accuracy_interval(truth, answer)
    gap = evaluation.paired_bootstrap(truth, answer, strong.answers)
    gain = [100 * value for value in (gap["difference"], *gap["ci95"])]
    row = [name, len(some), np.mean(answer == truth), *interval]
    rows.append([*row, scores.log_loss(truth, np.exp(log_p)), title(strong), *gain])
columns = "ensemble,members,accuracy,low,high,log loss,best member,gain,from,to".split(",")
ensembles = pd.DataFrame(rows, columns=columns)
styled = ensembles.style.hide(axis="index").format(precision=4)
styled.format("{:+.1f}", subset=columns[-3:])


# %%
lines = []
for row in ensembles.to_dict("records"):
    goal, reached = GOALS.get(row["ensemble"], 0), row["accuracy"]
    short = f"missed by {100 * (goal - reached):.1f} points"
    met = f"The goal, {goal:.3f}, is **{'met' if reached >= goal else short}**."
    sure = "more" if row["from"] * row["to"] > 0 else "no more"
    lines.append(
        "- **{ensemble}**: {accuracy:.4f}, {gain:+.1f} points against its best member "
        "on validation, {best member} ({from:+.1f} to {to:+.1f}), ".format(**row)
        + f"{sure} than the choice of test reviews explains. {met if goal else ''}"
    )
evaluation.say("\n".join(lines))
of_each = zip(map(title, members), mixed.metrics["model"]["options"]["shares"], strict=True)
evaluation.say(f"""
    The shares: {listed(dict(of_each), "{:.2f}")}. They won among many sets on validation, where
    their loss is {lowest_loss:.4f}; a winner among many looks better there than it is, and
    on the test part, which had no say, it is {mixed.metrics["test"]["loss"]:.4f}.
""")

# %% [markdown]
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
print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB, positive: {there[:, 1].round(3)}")

# %% [markdown]
# ## Do probabilities mean what they say?
#
# A model is **calibrated** if, of all answers that it gives with 90 % confidence, 90 % are right; the ECE measures
# how far it is from that. **Temperature scaling** divides the logits by one number, fitted on validation: no answer
# changes, only how sure they are. A temperature below 1 makes a model surer, one above 1 less sure.

# %%
calibrated, rows = {}, []
for run in runs.values():
    temperature = evaluation.fit_temperature(validation, run.probabilities["validation"])
    asis = run.probabilities["test"]
    calibrated[title(run)] = scaled = evaluation.scale(asis, temperature)
    eces = [evaluation.calibration_error(truth, p) for p in (asis, scaled)]
    losses = [scores.log_loss(truth, p) for p in (asis, scaled)]
    smooth = run.metrics["training"].get("options", {}).get("label_smoothing", 0)
    rows.append((title(run), smooth, temperature, *eces, *losses))
columns = "model,smoothing,temperature,ECE,ECE after,log loss,log loss after".split(",")
calibration = pd.DataFrame(rows, columns=columns).set_index("model")
calibration.style.format(precision=4)

# %%
ece, after = calibration["ECE"].round(4), calibration["ECE after"].round(4)
modest, smooth = calibration["temperature"] < 1, calibration["smoothing"] > 0
worse = ", ".join(ece.index[after > ece]) or "none"
close = [title(run) for run in near]
winners = [evaluation.best_of(some[close], largest=False) for some in (ece, after)]
evaluation.say(f"""
    Too modest, with a temperature below 1, are {(modest & smooth).sum()} of {smooth.sum()}
    models that were trained with smoothed labels, which ask for modesty, and
    {(modest & ~smooth).sum()} of {(~smooth).sum()} others. Scaling takes the ECE from
    {ece.median():.3f} to {after.median():.3f} in the median; it makes it worse for: {worse}.
    Of the {len(near)} within two points of the best accuracy, best calibrated as it is:
    {winners[0]} ({ece[close].min():.4f}); once scaled: {winners[1]}
    ({after[close].min():.4f}).
""")

# %% [markdown]
# ## Errors
#
# Which reviews does nothing get right? Some are hard, and of some the label is wrong: the rating says one thing
# and the text the other. **Confident learning** (Northcutt et al. 2021) ranks labels by how far the average of all
# calibrated models contradicts them.

# %%
def excerpt(i):
    """A test review's beginning, in lines."""
    text = textwrap.shorten(dataset.test.texts[i].replace("<br />", " "), 420)
    return textwrap.fill(text, 88) + "\n"


right = np.stack([run.right for run in singles])
nobody, everybody = ~right.any(axis=0), right.all(axis=0)
mean = np.mean([calibrated[title(run)] for run in singles], axis=0)
doubtful = evaluation.error_analysis.doubtful_labels(truth, mean)
for i in doubtful[:3]:
    label, other = dataset.label_names[truth[i]], dataset.label_names[1 - truth[i]]
    print(f"labelled {label}; {other} to the models ({mean[i, 1 - truth[i]]:.2f}):")
    print(excerpt(i))
among = np.isin(np.flatnonzero(nobody), doubtful)
of_these = f", and {among.mean():.0%} of these have a doubtful label" if len(among) else ""
evaluation.say(f"""
    Of {len(truth):,} reviews, {everybody.sum():,} are right for all {len(singles)} models and
    {nobody.sum():,} for none{of_these}. Doubtful are {len(doubtful):,} labels,
    {len(doubtful) / len(truth):.1%}: were all of them wrong, an accuracy of
    {1 - len(doubtful) / len(truth):.3f} would be as good as perfect{note}.
""")

# %% [markdown]
# *The first three doubtful labels. Read them, and say whether you agree with the models.*
#
# Which reviews are right for one generation alone, by the majority of its models?

# %%
of_kinds = scratch | ({tuned.metrics["name"]: tuned} if tuned else {})
families = evaluation.error_analysis.by_family(of_kinds)
only = families[families.sum(axis=1) == 1]
mine = {f"only {name}": np.asarray(only.index[only[name]]) for name in families}
sets = {"all reviews": np.arange(len(truth)), "right for none": np.flatnonzero(nobody)}
summary = {name: traits.iloc[some].mean() for name, some in (sets | mine).items()}
summary = pd.DataFrame(summary).T
summary.insert(0, "reviews", [len(some) for some in (sets | mine).values()])
display(summary.style.format({"reviews": "{:,.0f}"}, precision=2, na_rep=""))
alone_in = summary["reviews"][list(mine)]
hard = summary.loc["right for none"] - summary.loc["all reviews"]
harder = f"""What nothing gets right differs from all reviews by {hard["words"]:+.0f}
words and by {hard["negations"]:+.2f} negations in a hundred words{note}."""
evaluation.say(f"""
    {len(only):,} reviews are right for the majority of one generation alone; most of them,
    {alone_in.max():,.0f}, *{alone_in.idxmax()}*. {harder if nobody.any() else ""}
""")
for name, some in mine.items():
    long = [i for i in some if len(dataset.test.texts[i].split()) > 20]
    if long:
        i = min(long, key=lambda i: len(dataset.test.texts[i]))
        print(f"{name}; {dataset.label_names[truth[i]]}:")
        print(excerpt(i))

# %% [markdown]
# *negations: in a hundred words; verdict: where the strongest word stands, from 0, the beginning, to 1, the end.
# Printed is, of each generation the shortest review of more than twenty words that it alone gets right.*
#
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
    said = [f"{words[i]} {effects[i]:+.1f}" for i in first_two if sign * effects[i] > 0.05]
    return ", ".join(said)


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
evaluation.say(f"""
    {(rows["positive"] < 0.5).sum()} of {len(rows)} models take it for negative. What pulls
    it down most is *{commonest.index[0]}* for {commonest.iloc[0]} of them.
""")
some = [name for name in FOUR if name in loaded]
fig, axs = plt.subplots(len(some), 1, figsize=(9, 0.85 * len(some)), squeeze=False)
for ax, name in zip(axs.flat, some, strict=True):
    words, effects = evaluation.explain.occlusion(loaded[name], MY_SENTENCE)
    plots.token_heatmap(words, effects, title=name + note, ax=ax)
plt.show()

# %% [markdown]
# *Blue words speak for* positive*, orange ones in italics for* negative*; the darker, the more, each model by its own
# strongest word.*
#
# In Jupyter or on Colab the next cell shows a box to type into; where no kernel runs, the table above is what
# there is to see.

# %%
def show_box():
    wide = ipywidgets.Layout(width="90%", height="70px")
    text = ipywidgets.Textarea(value=SENTENCES[1], layout=wide)
    button = ipywidgets.Button(description="Ask them all")
    shown = ipywidgets.Output()

    def ask(_):
        shown.clear_output(wait=True)
        with shown:
            display(answers_to(text.value))

    button.on_click(ask)
    display(ipywidgets.VBox([text, button, shown]))


if "METRICS_LOG" in os.environ:  # run by tools/run_notebooks.py: nobody types there
    print("Run this cell in Jupyter or on Colab, and a box appears here.")
else:
    show_box()

# %% [markdown]
# ## Appendix
#
# Confusion, ranking and calibration in six panels, and the probe sentences of the earlier notebooks, asked of all.

# %% alt="Six panels: confusion matrices of three models, ROC curves, and reliability before and after temperature scaling"
fig, six = plt.subplots(2, 3, figsize=(11, 7))
three = list(dict.fromkeys([first, title(reading), title(counting)]))
for ax, name in itertools.zip_longest(six[0], three):
    if name:
        matrix = by_title[name].metrics["test"]["confusion"]
        plots.confusion(matrix, dataset.label_names, title=name + note, ax=ax)
    ax.set_visible(bool(name))
roc, asis, scaled = six[1]
for name in (others := [n for n in by_title if n not in FOUR]) + FOUR:
    n = FOUR.index(name) if name in FOUR else 0
    look = {"color": "0.85", "lw": 1} if name in others else {"ls": plots.STYLES[n]}
    if name in FOUR:
        look |= {"label": name, "color": (plots.DARK, "black", "0.5", plots.LIGHT)[n]}
    p = by_title[name].probabilities["test"]
    roc.plot(*scores.roc_curve(truth, p[:, 1])[:2], **look)
    for ax, q in ((asis, p), (scaled, calibrated[name])):
        bins = evaluation.reliability(truth, q, bins=10)
        ax.plot(*bins[bins[:, 0] > 0, 1:].T, **look)
for ax, said in ((asis, "as they are"), (scaled, "once scaled")):
    ax.plot([0.5, 1], [0.5, 1], ":", color="black", lw=1)
    ax.set(xlabel="confidence", ylabel="share right", title=f"Reliability, {said}")
roc.set(xlabel="negatives called positive", ylabel="positives found", title="ROC")
roc.set(xlim=(0, 1 if small else 0.3), ylim=(0 if small else 0.7, 1.01))
fig.legend(*roc.get_legend_handles_labels(), loc="outside lower center", ncols=4)
plt.show()

# %%
(_, false_positive), (false_negative, _) = top.metrics["test"]["confusion"]
areas = table.set_index("model")["AUC"]
evaluation.say(f"""
    {first} takes {false_positive:,} negative reviews for positive and {false_negative:,}
    positive ones for negative. The area under the ROC curve is largest for
    {evaluation.best_of(areas.round(4))}, {areas.max():.4f}, and {areas.median():.4f} in the
    median{note}.
""")

# %% [markdown]
# *Above: counts, with the share of each true class. Below: the upper left corner of the ROC curve, the share of positive
# reviews that are found if so many negative ones may be taken for positive; and the share of right answers by confidence,
# on the dotted diagonal where a probability means what it says.*

# %% alt="Probability of positive that each model gives to twelve probe sentences, a cross where it is wrong"
probes, verdicts = evaluation.probe_table(runs)
fig, ax = plt.subplots(figsize=(6 + 0.62 * len(runs), 7))
plots.probe_heatmap(probes, verdicts, ax=ax)
plt.show()
correct = (probes > 0.5).eq(np.array(verdicts, dtype=bool), axis=0)
by_model, by_probe = correct.sum(), correct.sum(axis=1)
evaluation.say(f"""
    Most of the {len(probes)} right: {evaluation.best_of(by_model)} ({by_model.max()});
    fewest: {evaluation.best_of(by_model, largest=False)} ({by_model.min()}). Hardest is
    *{by_probe.idxmin()}*, right for {by_probe.min()} of {len(runs)} models{note}.
""")

# %% [markdown]
# *Blue-violet above one half, orange below; the sign behind a sentence is the right answer, a cross marks a wrong
# one. A dozen sentences are for looking at, not for ranking models.*
#
# ## Exercises
#
# 1. An ensemble of one network's seeds: take `seeds(reading)` for `members`, choose shares with `shares` and compute
#    `blended(members, "test", ...)`. Compare the gain on the best member with that of the ensemble above. Expect
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
