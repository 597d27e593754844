# %% [markdown]
# # 2 · From words to numbers, and the baselines to beat
#
# **How do words become numbers, what does each way lose, and how far do we get without any
# network?**
#
# A model multiplies and adds; a review is words. Something has to stand in between, and whatever
# stands there loses something: the order of the words, or that *milk* is nearer to *juice* than to
# *boy*, or that *good* is the opposite of *bad*. Here each way is built by hand, and what it loses is
# measured. Out of it come two models that only count and weigh, and every network of the notebooks
# to come has to beat them. On the way you learn to read a comparison: what an interval is, when a
# difference is more than chance, and when a probability means what it says.
#
# You need the IMDB reviews. The next two cells say how long things took when this was published.

# %% tags=["setup"]
SETUP

# %%
import dataclasses
import inspect
import itertools
import random
import time

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import tensorflow as tf
from IPython.display import Code, display
from scipy import linalg, special, stats
from sklearn import metrics
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from lib import paths, text
from lib.text import word2vec

# %%
plots.style()
for name in ("tfidf_lr", "nbsvm"):
    print(evaluation.cost("imdb", name))

# %%
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## The plain model
#
# First as a tutorial has it, on raw text: scikit-learn counts words, weighs them, and fits a
# logistic regression. All of it in one pipeline; what happens inside is the subject of the
# next sections.

# %%
plain = make_pipeline(
    TfidfVectorizer(sublinear_tf=True, min_df=2), LogisticRegression(C=1.0)
)
started = time.perf_counter()
plain.fit(dataset.train.texts, dataset.train.labels)
first = evaluation.from_predictions(
    dataset,
    title="plain scikit-learn, words as they are",
    seconds=time.perf_counter() - started,
    validation=plain.predict_proba(dataset.validation.texts),
    test=plain.predict_proba(dataset.test.texts),
)
evaluation.say(f"""
    {len(plain[0].vocabulary_):,} different words, each with one weight, all of it in
    {first.metrics["training"]["seconds"]:.0f} seconds, and already
    **{first.metrics["test"]["accuracy"]:.1%}** of the test reviews are answered
    rightly. A coin gets half of them.
""")

# %% [markdown]
# ## Counting words
#
# A **bag of words** is a row of counts, one column for each word of the **vocabulary**. Three
# sentences are enough to see what it keeps and what it loses. How alike two rows are is told by the
# *cosine* of the angle between them: 1 for rows that point the same way, 0 for rows that share
# nothing.

# %%
sentences = ["the food is good", "the food is bad", "the food is not good"]
counter = CountVectorizer()
counts = counter.fit_transform(sentences).toarray()
vocabulary = counter.get_feature_names_out().tolist()
display(pd.DataFrame(counts, index=sentences, columns=vocabulary))
cosine = metrics.pairwise.cosine_similarity(counts)
evaluation.say(f"""
    The cosine of *{sentences[0]}* and *{sentences[2]}* is **{cosine[0, 2]:.2f}**, and
    with *{sentences[1]}* it is {cosine[0, 1]:.2f}: the two that say the opposite by a
    *not* are the {"nearer" if cosine[0, 2] > cosine[0, 1] else "farther"} ones, for
    they differ in one column of six.
""")

# %% [markdown]
# A word that is in every text says nothing about any of them. **TF-IDF** (term frequency times
# inverse document frequency; Spärck Jones 1972) multiplies the count of a word $w$ by
# $\ln\frac{1+n}{1+n_w}+1$, where $n_w$ of the $n$ texts hold the word, and scales each row to length
# one, so that long texts don't shout. (The models here take 1 + ln of the count instead of the count.) By hand, then by
# scikit-learn:

# %%
idf = np.log((1 + len(sentences)) / (1 + (counts > 0).sum(axis=0))) + 1
tfidf = counts * idf
tfidf /= np.linalg.norm(tfidf, axis=1, keepdims=True)
library = TfidfVectorizer().fit_transform(sentences).toarray()
assert np.allclose(tfidf, library)
print(f"largest difference {np.abs(tfidf - library).max():.0e}")
pd.DataFrame(tfidf.round(2), index=sentences, columns=vocabulary)

# %% [markdown]
# *The*, in every text, is weighed least, though by the + 1 not with 0; *not*, in one text only, becomes the heaviest of
# its row.
#
# Whatever the weights, order is lost altogether: two texts of the same words have the same bag, and
# no model that reads bags can tell them apart, however much data it is given. Counting *pairs* of
# words brings a little order back.

# %%
twins = [said for name, said, _ in evaluation.PROBES if name.startswith("negation")]
singles = CountVectorizer().fit_transform(twins).toarray()
print(*twins, f"same bag of words: {np.array_equal(*singles)}", sep="\n")
pairs = CountVectorizer(ngram_range=(2, 2))
bags = pd.DataFrame(pairs.fit_transform(twins).toarray(), index=["first", "second"])
bags.columns = pairs.get_feature_names_out()
bags.loc[:, bags.nunique() > 1]  # the pairs that only one of them has

# %% [markdown]
# Words, pairs, triples and so on are called **n-grams**. Their price is their number: $V$ words make $V^2$
# pairs and $V^3$ triples.
#
# ## Weights from counts: NB-SVM
#
# Should an n-gram pull towards *positive* or *negative*, and how hard? Naive Bayes has an answer that
# needs no fitting. Let $f_i$ be the bag of text $i$, 1 where the n-gram occurs and 0 elsewhere, and
# count each n-gram in the positive and in the negative texts, plus one so that nothing is zero:
#
# $$p = 1 + \sum_{i:\,\text{positive}} f_i \qquad q = 1 + \sum_{i:\,\text{negative}} f_i
# \qquad r = \log \frac{p\,/\,\lVert p \rVert_1}{q\,/\,\lVert q \rVert_1}$$
#
# The **log-count ratio** $r$ is near 0 for a word that both classes use alike (not quite 0 where one class has more words
# in all, as below). Naive Bayes just adds up the
# ratios of a text's n-grams, as if each were independent evidence, and so counts *brilliant acting*
# three times. **NB-SVM** (Wang & Manning 2012) multiplies the bag by the ratios, $x_i = r \circ f_i$, and
# then fits a linear model to that, which corrects for it. We fit logistic regression instead of a
# support vector machine, because it gives probabilities. The ratios by hand, for four tiny reviews:

# %%
reviews = ["good film", "good plot good cast", "bad film", "bad plot dull cast"]
verdicts = np.array([1, 1, 0, 0])
binary = CountVectorizer(binary=True)
f = binary.fit_transform(reviews)
p, q = (1 + f.toarray()[verdicts == c].sum(axis=0) for c in (1, 0))
r = np.log((p / p.sum()) / (q / q.sum()))
off = np.abs(r - models.linear.log_count_ratio(f, verdicts)).max()
assert off < 1e-12
print(f"largest difference {off:.0e}")
display(pd.DataFrame([p, q, r], [*"pqr"], binary.get_feature_names_out()).round(2))
source = (models.linear.log_count_ratio, models.linear._naive_bayes_logistic)
Code("\n\n".join(map(inspect.getsource, source)), language="python")

# %% [markdown]
# ## Train and publish the baselines
#
# Three models that every network must beat. *Majority* answers every text with the larger class.
# *TF-IDF + LR* weighs words and pairs of words, *NB-SVM* also triples. Both leave out n-grams that
# hold a name, a word written with a capital inside a sentence; what that does is measured below. Their
# loss is convex: it has a single minimum, which does not depend on where one starts, so training
# them again gives the same model and there are no random seeds to compare. If a model of exactly this
# recipe is in `models/`, `fit` loads it and says so; `RETRAIN=1` trains again.

# %%
RECIPES = {
    "tfidf_lr": {"ngrams": 2, "names": "out", "max_features": 200_000},
    "nbsvm": {"ngrams": 3, "names": "out", "max_features": 350_000},
}
TITLES = {"tfidf_lr": "TF-IDF + LR", "nbsvm": "NB-SVM", "majority": "Majority class"}
trained = {name: models.build(name, dataset, **RECIPES[name]) for name in RECIPES}
fitted = {name: training.fit(model, dataset) for name, model in trained.items()}
trained["majority"] = models.linear.majority(dataset)
fitted["majority"] = {"seed": 0, "seconds": 0.0}
for name, title in TITLES.items():
    naming = {"name": name, "title": title, "notebook": "02_embeddings"}
    evaluation.publish(trained[name], dataset, fitted[name], **naming)
runs = evaluation.named("imdb", TITLES)

# %% alt="Diagram of the linear model: ids and values of n-grams, then one layer to two logits"
plots.network(trained["nbsvm"].network)
plt.show()

# %% [markdown]
# *The whole of NB-SVM: which n-grams occur, and one weight for each n-gram and class. No hidden
# layer, so each weight can be read.*

# %% alt="Bars of the sixteen n-grams that weigh most in NB-SVM, eight for each class"
kernel = np.asarray(trained["nbsvm"].network.get_layer("logits").get_weights()[0])[1:]
ngrams = trained["nbsvm"].vectorizer.vocabulary
weight = pd.Series(kernel[:, 1] - kernel[:, 0], ngrams).astype(float).sort_values()
extremes = pd.concat([weight[:8], weight[-8:][::-1]])
plots.bars(extremes.round(1).to_dict(), xlabel="weight, positive minus negative")
plt.gcf().set_size_inches(7, 4.6)
plt.show()
of_length = weight.groupby(weight.index.str.count(" ") + 1).size()
reviewed = pd.Series(dataset.train.texts)
commonest = []
for word in ("good", "bad"):
    holds = reviewed.str.contains(rf"\b{word}\b", case=False)
    few, many = holds.groupby(dataset.train.labels).mean()
    own = f"weighs {weight[word]:+.2f}" if word in weight else "has no weight at all"
    commonest.append(f"*{word}* is in {many:.0%} and {few:.0%} and {own}")
evaluation.say(f"""
    {of_length[1]:,} words, {of_length[2]:,} pairs and {of_length[3]:,} triples have a
    weight. Of the positive and of the negative training reviews
    {"; ".join(commonest)}. A word that both sides use equally often says little.
""")


# %% [markdown]
# *The n-grams that weigh most; of all n-grams only the heaviest are kept in the model. A rating that the writer gives, such as 7/10, is a token of its own.*
#
# ## How to read a comparison
#
# Two models, two figures: is the better one better? The terms in **bold** are used in all notebooks, and
# each is computed here once by hand, on what the two baselines answered to the test reviews.
#
# An accuracy on finitely many reviews is an estimate. Its **95 % interval** holds the accuracy
# that one would find on endlessly many reviews of the same kind, in 95 of 100 such experiments. For a
# share $p$ of $n$ Wilson (1927) gives, with $z = 1.96$,
#
# $$\frac{1}{1 + z^2/n}\left(p + \frac{z^2}{2n} \pm
# z\sqrt{\frac{p(1-p)}{n} + \frac{z^2}{4n^2}}\right).$$

# %%
def wilson(p: float, n: int, z: float = stats.norm.ppf(0.975)) -> tuple[float, float]:
    """The 95 % interval of a share p of n."""
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return centre - half, centre + half


labels = runs["nbsvm"].labels["test"]
right = {name: run.right.astype(int) for name, run in runs.items()}
interval = {name: wilson(right[name].mean(), len(labels)) for name in RECIPES}
for name, edges in interval.items():
    from_lib = evaluation.accuracy_interval(labels, runs[name].answers)
    assert np.allclose(edges, from_lib)
dozen = wilson(1.0, 12)
evaluation.say(f"""
    {TITLES["tfidf_lr"]} {right["tfidf_lr"].mean():.4f} ({interval["tfidf_lr"][0]:.4f}
    to {interval["tfidf_lr"][1]:.4f}), {TITLES["nbsvm"]} {right["nbsvm"].mean():.4f}
    ({interval["nbsvm"][0]:.4f} to {interval["nbsvm"][1]:.4f}), on {len(labels):,}
    reviews. Twelve right answers of twelve would prove much less: {dozen[0]:.2f} to
    {dozen[1]:.2f}.
""")

# %% [markdown]
# Each interval is for one model. If two overlap, that does not mean that the models
# are equal: both models are asked the *same* reviews, and a hard review is hard for both. So look at the
# *difference* on each review: 1 where only NB-SVM is right, −1 where only the other is, else 0. The
# **paired bootstrap** (Efron 1979) draws as many reviews as there are, with replacement, takes the
# mean difference, and does so again and again. Where 95 % of these means lie is the interval.

# %% alt="Histogram of the difference between two accuracies in two thousand resamples"
difference = right["nbsvm"] - right["tfidf_lr"]
n, resample = len(difference), np.random.default_rng(0)
drawn = [100 * difference[resample.integers(0, n, n)].mean() for _ in range(2_000)]
low, high = np.percentile(drawn, [2.5, 97.5])
ax = sns.histplot(drawn, color=plots.DARK, bins=30)
for edge in (low, high):
    ax.axvline(edge, color=plots.LIGHT, ls="--", lw=2)
ax.axvline(0, color="black", lw=1, ls=":")
ax.set(xlabel="NB-SVM minus TF-IDF + LR, points of accuracy", ylabel="resamples")
plt.show()
gap = evaluation.gap(runs["nbsvm"], runs["tfidf_lr"])
evaluation.say(f"""
    The difference is **{100 * gap["difference"]:+.2f}** points, by hand from
    {low:+.2f} to {high:+.2f}, by `evaluation.paired_bootstrap` with more draws from
    {100 * gap["ci95"][0]:+.2f} to {100 * gap["ci95"][1]:+.2f}. Zero is
    {"outside" if gap["ci95"][0] * gap["ci95"][1] > 0 else "inside"}: the difference is
    {"more" if gap["ci95"][0] * gap["ci95"][1] > 0 else "no more"} than chance.
""")

# %% [markdown]
# *Each bar counts resamples. Dashed: the interval. Dotted: no difference.*
#
# **McNemar's test** (1947) asks the same question by looking only at the reviews on which exactly one
# of the two is right. If they were equally good, each of those would be a toss of a coin. The *p-value* is
# the chance that a fair coin falls at least as unevenly; below .05 one calls the difference *significant*.

# %%
only = int((difference == 1).sum()), int((difference == -1).sum())
p_value = stats.binomtest(only[0], sum(only)).pvalue
assert np.isclose(p_value, gap["p_value"])
both = pd.DataFrame({f"{TITLES[name]} is right": right[name] for name in RECIPES})
display(both.value_counts().unstack(fill_value=0))
evaluation.say(f"""
    Only NB-SVM is right on {only[0]:,} reviews, only TF-IDF + LR on {only[1]:,}: p =
    {p_value:.2g}, {"significant" if p_value < 0.05 else "not significant"}. The other
    {n - sum(only):,} say nothing about which is better.
""")

# %% [markdown]
# *1 is right, 0 is wrong.* Errors have a direction, too. **Precision** is the share of right answers
# among those that said *positive*, **recall** the share of the positive reviews that were found, **F1** their
# harmonic mean, which is small if either is.

# %% alt="Confusion matrix of NB-SVM on the test part, counts and shares of each true class"
matrix = metrics.confusion_matrix(labels, runs["nbsvm"].answers)
plots.confusion(matrix, dataset.label_names, title="NB-SVM")
plt.show()
found, said, there = matrix[1, 1], matrix[:, 1].sum(), matrix[1].sum()
precision, recall = found / said, found / there
assert np.isclose(precision, runs["nbsvm"].metrics["test"]["precision"])
lean = "positive" if recall > precision else "negative"
evaluation.say(f"""
    Precision {found:,} of {said:,}, **{precision:.4f}**; recall {found:,} of
    {there:,}, **{recall:.4f}**: NB-SVM says *{lean}* a little too often.
""")

# %% [markdown]
# *Rows are the true classes, columns the answers; in brackets the share of the row.*
#
# Accuracy only asks on which side of one half a probability lies. **AUC** asks how well probabilities
# *rank*: take a positive and a negative review at random; how often does the positive one get the higher
# probability? It is the area under the ROC curve, hence the name; 1 is perfect, one half a coin.

# %%
probability = {name: runs[name].probabilities["test"][:, 1] for name in RECIPES}
auc = {}
for name, scores in probability.items():
    bad_ones, good_ones = np.sort(scores[labels == 0]), scores[labels == 1]
    lower = np.searchsorted(bad_ones, good_ones, "left")  # a tie counts one half
    no_higher = np.searchsorted(bad_ones, good_ones, "right")
    auc[name] = (lower + no_higher).mean() / 2 / len(bad_ones)
    assert np.isclose(auc[name], metrics.roc_auc_score(labels, scores))
evaluation.say(f"""
    NB-SVM ranks **{auc["nbsvm"]:.2%}** of {len(good_ones) * len(bad_ones):,} pairs of
    reviews rightly, TF-IDF + LR {auc["tfidf_lr"]:.2%}.
""")

# %% [markdown]
# A probability can also be wrong by *how* sure it is. **Log loss** is the mean of $-\ln p$, where $p$ is the
# probability that was given to the right class. It is what training minimises. Who always says one half
# has $\ln 2 = 0.693$; who is sure and wrong pays without limit.

# %%
loss = {}
for name in RECIPES:
    of_right = runs[name].probabilities["test"][np.arange(n), labels].astype("float64")
    loss[name] = -np.log(of_right)
    assert np.isclose(loss[name].mean(), runs[name].metrics["test"]["loss"], atol=1e-3)
hardest = np.sort(loss["nbsvm"])[-(n // 100) :]
evaluation.say(f"""
    Log loss: NB-SVM **{loss["nbsvm"].mean():.4f}**, TF-IDF + LR
    {loss["tfidf_lr"].mean():.4f}. The one review of a hundred with the largest loss
    makes up {hardest.sum() / loss["nbsvm"].sum():.0%} of all of NB-SVM's.
""")

# %% [markdown]
# Does a probability mean what it says? Call the probability of the answer *confidence*. Of all answers
# with a confidence of about .8, eight of ten should be right. A **reliability** diagram sorts the answers
# into bins by confidence and draws each bin's share of right answers; a model on the diagonal is
# *calibrated*. The **expected calibration error** (ECE; Guo et al. 2017) is the distance from the diagonal,
# averaged over all answers.

# %% alt="Reliability of the two baselines: accuracy against confidence, beside the diagonal"
ece, surer = {}, {}
fig, side_by_side = plt.subplots(1, 2, figsize=(9, 3.8), sharey=True)
for ax, name in zip(side_by_side, RECIPES, strict=True):
    confidence = runs[name].probabilities["test"].max(axis=1).astype("float64")
    answers = pd.DataFrame({"confidence": confidence, "right": right[name]})
    bins = answers.groupby(np.minimum((confidence * 15).astype(int), 14))
    excess = bins["confidence"].mean() - bins["right"].mean()
    ece[name] = (excess.abs() * bins.size()).sum() / n
    surer[name] = 100 * (confidence.mean() - right[name].mean())
    ours = evaluation.reliability(labels, runs[name].probabilities["test"])
    plots.reliability(ours, title=TITLES[name], ax=ax)
    ax.set_ylim(0.4, 1.02)
    ax.legend(loc="lower right")
plt.show()
tendency = {
    k: f"{abs(v):.1f} points {'too sure' if v > 0 else 'too modest'}"
    for k, v in surer.items()
}
evaluation.say(f"""
    ECE: NB-SVM **{ece["nbsvm"]:.4f}**, TF-IDF + LR {ece["tfidf_lr"]:.4f}. On average
    NB-SVM is {tendency["nbsvm"]}, TF-IDF + LR {tendency["tfidf_lr"]}.
""")

# %% [markdown]
# *Below the diagonal a model is too sure, above it too modest. With two classes, no confidence is below
# one half.*
#
# All of it in one table, as later notebooks show it:

# %%
table = evaluation.table(list(runs.values())).sort_values("accuracy", ascending=False)
columns = "model,accuracy,low,high,precision,recall,F1,AUC,log loss,ECE".split(",")
display(table[columns].style.hide(axis="index").format(precision=4))
of_majority = runs["majority"].metrics["test"]["ece"]
costs = "; ".join(
    f"{row['model']} {row['training s']:.0f} s, {row['file MB']:.1f} MB, "
    f"{row['texts/s']:,.0f} reviews a second"
    for row in table[table["name"].isin(RECIPES)].to_dict("records")
)
evaluation.say(f"""
    Costs of training, file and answering: {costs}. The majority class answers all
    reviews alike, so its recall is 1 or 0 whatever the reviews say, and its log loss
    about that of a coin. Its ECE is {of_majority:.4f}: who always says one half is
    right half of the time, so a small ECE alone is no merit.
""")

# %% [markdown]
# ## What does each ingredient of counting buy?
#
# From the plain pipeline at the start of this notebook to NB-SVM, step by step, each counted on the same reviews:
#
# - **the textbook's cleaning** (`classic`): no punctuation, no stop words, stems instead of words;
# - **light cleaning** (`light`) instead: words whole, *don't* in one piece, `!`, `?`, `...` and ratings
#   such as 7/10 kept;
# - **pairs of words**, then a **weaker penalty**. Logistic regression pulls its weights towards zero, the
#   harder the smaller `c` is; more n-grams, each rarer, want to be pulled less;
# - **names left out**, **triples**, and last **NB-SVM**, which changes four things at once: ratios instead of TF-IDF,
#   presence instead of counts, its own penalty, and which 350,000 n-grams are kept (the heaviest of all, not the most
#   frequent).
#
# `training.measure` trains, asks the test part once, and keeps the figures. The steps were listed
# beforehand; `c` was chosen on validation. The two ways of cleaning first, side by side; note that the textbook's drops
# *not* and *couldn't*, so that *not bad* becomes *bad*:

# %%
for cleaning in ("classic", "light"):
    print(
        f"{cleaning:8}",
        *text.clean([*twins, "I couldn't laugh... 3/10!"], cleaning),
        sep=" | ",
    )

# %%
WORDS = {"ngrams": 1, "names": "keep", "max_features": 350_000}
PAIRS = WORDS | {"ngrams": 2, "max_features": 200_000}
TRIPLES = {"ngrams": 3, "names": "out", "max_features": 350_000}
STEPS = {
    "+ the textbook's cleaning": (WORDS | {"cleaning": "classic"}, 1.0),
    "light cleaning instead": (WORDS, 1.0),
    "+ pairs of words": (PAIRS, 1.0),
    "+ a weaker penalty": (PAIRS, 20.0),
    "+ triples of words": (TRIPLES, 20.0),
}
measured = {}
for number, (title, (build, c)) in enumerate(STEPS.items(), start=1):
    naming = {"name": f"counting-{number}", "title": title, "notebook": "02_embeddings"}
    options = {"build": build, "fit_options": {"c": c}}
    measured[title] = training.measure("tfidf_lr", dataset, **naming, **options)

# %%
*counted, triples = measured.values()
tfidf_lr, nbsvm = (
    dataclasses.replace(runs[name], metrics=runs[name].metrics | {"title": title})
    for name, title in (
        ("tfidf_lr", "+ names left out (this is TF-IDF + LR)"),
        ("nbsvm", "NB-SVM instead"),
    )
)
steps = evaluation.ladder([first, *counted, tfidf_lr, triples, nbsvm])
styled = steps.style.hide(axis="index").format(precision=4)
styled = styled.format("{:.0f}", subset=["training s"])
styled.format("{:+z.2f}", subset=["gain", "from", "to"], na_rep="")

# %% alt="Accuracy with its interval after each step from plain counting to NB-SVM"
plots.steps(steps)
plt.show()
by_step = steps.set_index("step")
sure = {
    sign: by_step[(sign * by_step["from"] > 0) & (sign * by_step["to"] > 0)]["gain"]
    for sign in (1, -1)
}
LIGHT = "light cleaning instead"
net_light = 100 * (by_step["accuracy"][LIGHT] - steps["accuracy"].iloc[0])
idle = [step for step in by_step.index[1:] if not any(step in g for g in sure.values())]
idle = "; ".join(f"*{step}*" for step in idle) or "none"
gained, lost = (
    "; ".join(f"*{step}* {gain:+z.1f}" for step, gain in some.items()) or "none"
    for some in sure.values()
)
evaluation.say(f"""
    Accuracy goes from {steps["accuracy"].iloc[0]:.4f} to
    **{steps["accuracy"].iloc[-1]:.4f}**. In points, gains that are more than chance:
    {gained}. Losses that are more than chance: {lost}. No more than chance: {idle}.
    Light cleaning is counted from the textbook's; against raw text it makes
    {net_light:+.1f}.
""")

# %% [markdown]
# *Each dot is the accuracy on the test part with its 95 % interval; at the right, the points gained over
# the step before. Below the first, dark dots gain or lose more than chance would.*
#
# ## A trap: validation by a random tenth
#
# How does one choose such steps without the test part? By a *validation* part, reviews held out from
# training. Which ones? The test part shares no film with the train part, and our validation part shares
# none, either, or hardly any. The usual way is to hold out a *random* tenth; its films then have other reviews in the train
# part, and a model that has learned the names of films and actors can know the answer from them alone.
# The same two models, with and without names, validated either way:

# %%
texts = np.array([*dataset.train.texts, *dataset.validation.texts], dtype=object)
every = np.concatenate([dataset.train.labels, dataset.validation.labels])
shuffled = np.random.default_rng(0).permutation(len(texts))
held, rest = np.split(shuffled, [len(dataset.validation)])
random_tenth = dataclasses.replace(
    dataset,
    train=data.Split(texts[rest].tolist(), every[rest]),
    validation=data.Split(texts[held].tolist(), every[held]),
    fingerprint=f"{dataset.fingerprint}-random",
)
on_random = [
    training.measure(
        "tfidf_lr",
        random_tenth,
        name=f"tfidf_lr-random-{names}",
        title=f"names {names}, validated on a random tenth",
        notebook="02_embeddings",
        build=PAIRS | {"names": names},
    )
    for names in ("keep", "out")
]

# %%
on_films = [measured["+ a weaker penalty"], runs["tfidf_lr"]]
rows = []
for cut, two in {"a random tenth": on_random, "other films": on_films}.items():
    kept, out, test_kept, test_out = (
        100 * run.metrics[part]["accuracy"]
        for part in ("validation", "test")
        for run in two
    )
    rows.append((cut, kept, out, out - kept, test_out - test_kept, kept - test_kept))
trap_heads = "held out,names kept,names left out,gain,gain on test,names kept - test"
trap = pd.DataFrame(rows, columns=trap_heads.split(",")).set_index("held out")
display(trap.style.format(precision=2).set_caption("Accuracy on validation, %"))
right_of = {
    cut: [
        run.probabilities["validation"].argmax(axis=1) == run.labels["validation"]
        for run in two
    ]
    for cut, two in {"random": on_random, "films": on_films}.items()
}

# %%
chance = {}  # of such a difference, by McNemar's exact test
for cut, (kept, out) in right_of.items():
    only_kept, only_out = (kept & ~out).sum(), (out & ~kept).sum()
    unlike = max(only_out + only_kept, 1)  # in the demo they may agree everywhere
    chance[cut] = stats.binomtest(only_out, unlike).pvalue

# %%
gain, above = trap["gain"], trap["names kept - test"]
reads = [f"{abs(x):.1f} {'above' if x > 0 else 'below'}" for x in above]
advice = gain.gt(0).map({True: "leave them out", False: "keep them"})
width = np.diff(wilson(trap.loc["other films", "names kept"] / 100, len(held)))[0]
evaluation.say(f"""
    With names, validation on a random tenth reads, in points, {reads[0]} the test
    part, on other films {reads[1]} it; as validation is small, such a figure is only
    sure to ±{50 * width:.1f}. What to do with names? A random tenth advises:
    *{advice.iloc[0]}* ({gain.iloc[0]:+.1f}, p = {chance["random"]:.3f}). Other films:
    *{advice.iloc[1]}* ({gain.iloc[1]:+.1f}, p = {chance["films"]:.3f}). On the test
    part leaving them out makes **{trap["gain on test"].mean():+z.1f}**. With
    {len(held):,} reviews this illustrates the danger rather than measures it. A random
    tenth has a fault that more reviews would not cure: the model knows its films.
    Other films have a different one: they are few, and happen to be harder (notebook 1
    asks one model about both). So either is there to compare models, not to say how
    good one is.
""")

# %% [markdown]
# ## Words as vectors
#
# For all that counting knows, *milk* is as far from *juice* as from *boy*: each word has a column of its
# own. Written as a row with a single 1 in it, a word is **one-hot**. Multiply that row by a table of numbers, a row
# for each word, and out comes the word's row: its **word vector**. An `Embedding` layer looks it up without the
# multiplications by zero. The sum of a text's one-hot rows is its bag, and so the *average* of its vectors is
# the bag, divided by the number of words, times the table:

# %%
ids = np.array([vocabulary.index(word) for word in sentences[2].split()])
one_hot = np.eye(len(vocabulary))[ids]
embedding = keras.layers.Embedding(len(vocabulary), 4)
looked_up = np.asarray(embedding(ids))
weights = np.asarray(embedding.embeddings)
mean = looked_up.mean(axis=0)
assert np.array_equal(one_hot.sum(axis=0), counts[2])
assert np.allclose(one_hot @ weights, looked_up, atol=1e-6)
assert np.allclose(counts[2] / len(ids) @ weights, mean, atol=1e-6)
print(f"one-hot {one_hot.shape} @ table {weights.shape} = vectors {looked_up.shape}")
print(f"bag / {len(ids)} {counts[2].shape} @ table {weights.shape} = mean {mean.shape}")


# %% [markdown]
# Where do good numbers come from? Word2Vec (Mikolov et al. 2013) lets the words themselves say it: a word
# is known by its neighbours. **Skip-gram with negative sampling** goes through the text, and for each word $w$
# and each neighbour $o$ asks: is this a true neighbour, or one of $K$ words drawn at random? Each word has two
# vectors, $v$ as the word in the middle and $u$ as a neighbour, and with $\sigma(x) = 1/(1+e^{-x})$ the
# loss is
#
# $$L = -\ln \sigma(u_o \cdot v_w) - \sum_{k=1}^{K} \ln \sigma(-u_k \cdot v_w).$$
#
# That is logistic regression, and so is its gradient: an error, $e_j = \sigma(u_j \cdot v_w) - t_j$, where $t_j$ is 1
# for the true neighbour and 0 for the drawn words, times what it was multiplied by:
# $\partial L/\partial v_w = \sum_j e_j u_j$ and $\partial L/\partial u_j = e_j v_w$. Against an automatic gradient:

# %%
def gradients(v: np.ndarray, u: np.ndarray, target: np.ndarray) -> tuple:
    """Gradients of the loss by v `(dim,)` and by the rows of u `(1 + K, dim)`."""
    error = special.expit(u @ v) - target  # expit is the sigmoid
    return error @ u, np.outer(error, v)


target = np.array([1.0, 0, 0, 0, 0, 0])  # the true neighbour, then five drawn words
normal = np.random.default_rng(0).normal
v, u = tf.Variable(normal(size=8)), tf.Variable(normal(size=(6, 8)))
with tf.GradientTape() as tape:
    score = tf.linalg.matvec(u, v)
    cost = -tf.reduce_sum(tf.math.log_sigmoid(tf.where(target == 1, score, -score)))
automatic = tape.gradient(cost, [v, u])
manual = gradients(v.numpy(), u.numpy(), target)
furthest = max(np.abs(a - b).max() for a, b in zip(automatic, manual, strict=True))
assert furthest < 1e-12
print(f"largest difference {furthest:.0e}")

# %% [markdown]
# Now a language small enough to see it work: three kinds of things, and eight patterns of sentences to put
# them in.
# Nobody tells the vectors which words are of a kind.

# %%
KINDS = {
    "drink": "milk juice tea coffee".split(),
    "animal": "dog cat horse cow".split(),
    "person": "boy girl man woman".split(),
}
PATTERNS = [
    "the {person} drinks a cup of {drink}",
    "a glass of {drink} please said the {person}",
    "cold {drink} is good on a hot day",
    "the {animal} runs across the green field",
    "the {animal} sleeps in the barn at night",
    "the {person} feeds the hungry {animal}",
    "the {person} reads a long book",
    "the {person} works in the city",
]
choose = random.Random(0).choice
toy = [
    choose(PATTERNS).format(**{k: choose(words) for k, words in KINDS.items()}).split()
    for _ in range(300)
]
print(len(toy), "sentences, such as:", *(" ".join(s) for s in toy[:3]), sep="\n  ")

# %%
lexicon = sorted({word for sentence in toy for word in sentence})
index_of = {word: i for i, word in enumerate(lexicon)}
near = np.array(
    [
        (index_of[s[i]], index_of[s[j]])
        for s in toy
        for i in range(len(s))
        for j in range(max(0, i - 3), min(len(s), i + 4))
        if i != j
    ]
)
frequency = np.bincount(near[:, 0])
noise = frequency**0.75 / (frequency**0.75).sum()  # frequent words a bit less often
draw = np.random.default_rng(0)
before = draw.normal(0, 0.1, (len(lexicon), 8))
inner, outer = before.copy(), np.zeros_like(before)
for _ in range(5):
    others = draw.choice(len(lexicon), (len(near), 5), p=noise)
    for (word, neighbour), five in zip(draw.permutation(near), others, strict=True):
        asked = np.array([neighbour, *five])
        of_word, of_asked = gradients(inner[word], outer[asked], target)
        inner[word] -= 0.05 * of_word
        np.subtract.at(outer, asked, 0.05 * of_asked)  # a word may be drawn twice

# %% alt="Cosines between twelve words of the toy language, before and after training"
shown = [word for members in KINDS.values() for word in members]
kind = np.repeat(np.arange(3), 4)
alike = (kind[:, None] == kind) & ~np.eye(12, dtype=bool)
fig, panels = plt.subplots(1, 2, figsize=(10, 4.4), sharey=True)
means = {}
for ax, (title, learned_so_far) in zip(
    panels, {"before": before, "after": inner}.items(), strict=True
):
    of_shown = learned_so_far[[index_of[word] for word in shown]]
    cosines = metrics.pairwise.cosine_similarity(of_shown)
    means[title] = cosines[alike].mean(), cosines[kind[:, None] != kind].mean()
    look = {"cmap": "Blues", "vmin": -1, "vmax": 1, "cbar": False, "linewidths": 0.5}
    sns.heatmap(pd.DataFrame(cosines, shown, shown), square=True, ax=ax, **look)
    ax.set_title(title)
fig.colorbar(ax.collections[0], ax=panels, label="cosine")
plt.show()
block = dict(zip(KINDS, range(3), strict=True))
apart = {
    two: cosines[np.ix_(*(kind == block[one] for one in two))].mean()
    for two in itertools.combinations(KINDS, 2)
}
apart |= {two[::-1]: value for two, value in apart.items()}

# %%
evaluation.say(f"""
    Mean cosine of two words of a kind: {means["before"][0]:z.2f} before,
    **{means["after"][0]:.2f}** after. Of two words of different kinds:
    {means["before"][1]:z.2f} before, {means["after"][1]:.2f} after; of these, drink and
    person {apart["drink", "person"]:.2f}, animal and person
    {apart["animal", "person"]:.2f}, drink and animal {apart["drink", "animal"]:.2f}.
""")

# %% [markdown]
# *The darker, the more two vectors point the same way.* Milk *and* juice *never share a sentence, and yet come together, for
# they have the same neighbours. All words have drawn nearer to each other as well, the kinds that share sentences more
# than drinks and animals, which never do.*
#
# ## Word2Vec on the reviews
#
# The same game, played by gensim on all words of the training reviews, and on those alone: no vector has
# seen a test review. Twice, from different random seeds. (Trained once, the vectors are kept in a
# file under `build/cache`; most networks on words of this project start from them.)

# %%
tokens = text.SequenceVectorizer(cleaning="light").tokens(dataset.train.texts)
print(f"{len(tokens):,} texts, {sum(map(len, tokens)):,} words")
seeds = []
for seed in (0, 1):
    seeds.append(models.initial.keyed_vectors(dataset, seed=seed))
    print(
        f"seed {seed}: {len(seeds[-1]):,} words, {seeds[-1].vector_size} numbers each"
    )
vectors = seeds[0]

# %%
frequent = vectors.index_to_key[:1_000]
unit = [v.get_normed_vectors()[[v.key_to_index[w] for w in frequent]] for v in seeds]
turn, _ = linalg.orthogonal_procrustes(unit[1], unit[0])
as_they_are = (unit[0] * unit[1]).sum(axis=1).mean()
turned = (unit[0] * (unit[1] @ turn)).sum(axis=1).mean()


def nearest(word: str, seed: int) -> list[str]:
    return [other for other, _ in seeds[seed].most_similar(word, topn=10)]


shared = [len({*nearest(w, 0)} & {*nearest(w, 1)}) for w in frequent[:200]]
examples = [w for w in ("good", "boring", "plot", "not") if w in vectors]
of_seed = {
    f"{w} (seed {seed})": nearest(w, seed)[:6] for w in examples for seed in (0, 1)
}
display(pd.DataFrame(of_seed))
evaluation.say(f"""
    The vectors of one word from two seeds have a mean cosine of {as_they_are:.2f}: as
    numbers they have nothing to do with each other. Yet of the ten nearest neighbours
    of a frequent word {np.mean(shared):.1f} are the same from both seeds, and one
    *rotation* of the whole space brings the cosine to **{turned:.2f}**. A single
    number of a word vector means nothing; what is learned is who is near whom.
""")

# %% [markdown]
# Words with the same neighbours come together. Do opposites have the same neighbours?

# %%
OPPOSITES = "good bad,great terrible,love hate,best worst,first last,funny boring"
ranks = pd.DataFrame(
    [
        (a, b, vectors.similarity(a, b), vectors.rank(a, b))
        for a, b in (both.split() for both in OPPOSITES.split(","))
        if a in vectors and b in vectors
    ],
    columns=["word", "opposite", "cosine", "rank among its neighbours"],
)
display(ranks.style.hide(axis="index").format(precision=2))
close = (ranks["rank among its neighbours"] <= 10).sum()
evaluation.say(f"""
    **{close} of {len(ranks)}** words have their opposite among their ten nearest of
    {len(vectors):,} words. One can say *good* wherever one can say *bad*: their
    neighbours are much alike, and vectors that are made from neighbours are alike,
    too.
""")

# %% [markdown]
# The famous trick is arithmetic: *man is to actor as woman is to …*, answered by the word nearest to
# $v_\text{actor} - v_\text{man} + v_\text{woman}$. There is small print: the three words of the question are not
# allowed as answers.

# %%
ANALOGIES = """man actor woman actress, he his she her, good better bad worse,
good best bad worst, boy boys girl girls, actor actors movie movies,
see seeing watch watching"""
questions = [q.split() for q in ANALOGIES.split(",")]
questions = [q for q in questions if all(word in vectors for word in q)]
solved = []
for a, b, c, wanted in questions:
    answer, _ = vectors.most_similar(positive=[b, c], negative=[a], topn=1)[0]
    x, y, z = (vectors.get_vector(word, norm=True) for word in (a, b, c))
    anything, _ = vectors.similar_by_vector(y - x + z, topn=1)[0]
    solved.append((f"{a} : {b} = {c} : …", wanted, answer, anything))
heads = ["question", "wanted", "answer", "nothing forbidden"]
solved = pd.DataFrame(solved, columns=heads)
display(solved.style.hide(axis="index"))
strict, free = ((solved["wanted"] == solved[column]).sum() for column in heads[2:])
repeated = sum(
    word in q[:3] for word, q in zip(solved.iloc[:, 3], questions, strict=True)
)
evaluation.say(f"""
    {strict} of {len(solved)} come out right. Where nothing is forbidden {free} do, and
    {repeated} times the nearest word is one of the question's own.
""")

# %% alt="Map of the word vectors of four groups of words in two dimensions"
groups = {
    "praise": "good great wonderful superb brilliant excellent charming".split(),
    "blame": "bad awful terrible boring dull tedious horrible".split(),
    "people": "actor actress director hero cast sister friends".split(),
    "film": "plot script scene ending music camera dialogue".split(),
}
placed = [(w, g) for g, members in groups.items() for w in members if w in vectors]
points = PCA(2).fit_transform([vectors.get_vector(w, norm=True) for w, _ in placed])
fig, ax = plt.subplots(figsize=(9, 5.6), layout="none")
fig.subplots_adjust(right=0.84)
plots.vector_map(points, *zip(*placed, strict=True), ax=ax)
sns.move_legend(ax, "upper left", bbox_to_anchor=(1, 1), title=None)
plt.show()
poles = {"praise": ("great", "terrible"), "blame": ("terrible", "great")}
near_own = [
    np.diff([vectors.similarity(word, pole) for pole in poles[g]])[0] < 0
    for word, g in placed
    if g in poles and word not in poles[g]
]
evaluation.say(f"""
    Near is not the same as alike in meaning, but the difference is there:
    **{sum(near_own)} of {len(near_own)}** other words of praise or blame are nearer to
    *great* if they praise and to *terrible* if they blame.
""")

# %% [markdown]
# *The two directions in which these words differ most, of a hundred. A map of two directions flattens the
# rest; before you trust a distance in it, look at the cosines above.*
#
# ## Averaging against counting, like against like
#
# The cheapest vector of a text is the average of its words' vectors. A linear layer $a$ on top of it gives
#
# $$a \cdot \frac{1}{n}\sum_t e_t = \sum_w \frac{n_w}{n}\,(a \cdot e_w),$$
#
# where $n_w$ is how often word $w$ occurs. So averaging *is* counting, with one weight $a \cdot e_w$ for each word. What
# differs is which weights are possible. Vectors that are learned along allow every weight. Vectors that stay as they are
# (*frozen*) leave a hundred numbers, those of $a$, to set the weights of all words: words with like vectors get
# like weights. Same words, same reviews in full, no n-grams, a linear model each time; random vectors, frozen as well,
# show what Word2Vec adds to just any hundred numbers a word.
#
# Word2Vec is not the only source of vectors. **fastText** (Bojanowski et al. 2017) is skip-gram in which a word is the sum
# of its runs of three to six letters, so that *boring* and *boringly* share most of theirs. And a *pretrained* network can
# lend what it knows: each word is sent through the encoder of notebook 11 by itself, and a hundred principal components of
# its states are kept. That encoder has read far more than our reviews, the others have read them alone.

# %%
COUNTS = {"ngrams": 1, "names": "keep", "max_features": 20_000}
PRESENT = COUNTS | {"weighting": "binary"}
MEAN = {"depth": 0, "max_length": 2_500, "embedding_dim": 32 if small else 100}
MEAN |= {"word_dropout": 0.0, "spatial_dropout": 0.0, "dropout": 0.0}
RANDOM = MEAN | {"vectors": "random", "embedding_scale": 10.0, "train_vectors": False}
LEARNED = MEAN | {"vectors": "random", "embedding_scale": 1.0}
FROZEN = MEAN | {"train_vectors": False}
FIT = {"epochs": 2 if small else 8, "learning_rate": 0.1}
FIT |= {"weight_decay": 0.0, "label_smoothing": 0.0}
VARIANTS = {
    "counts, TF-IDF": ("tfidf_lr", COUNTS, {"c": 1.0}),
    "counts, present or not": ("tfidf_lr", PRESENT, {"c": 0.03}),
    "average of vectors learned along": ("dan", LEARNED, FIT | {"learning_rate": 3e-3}),
    "average of Word2Vec, frozen": ("dan", FROZEN, FIT),
    "average of random vectors, frozen": ("dan", RANDOM, FIT),
    "average of fastText, frozen": ("dan", FROZEN | {"vectors": "fasttext"}, FIT),
    "average from an encoder, frozen": ("dan", FROZEN | {"vectors": "minilm"}, FIT),
}
averages = {}
for i, (title, (architecture, build, fit)) in enumerate(VARIANTS.items(), start=1):
    naming = {"name": f"average-{i}", "title": title, "notebook": "02_embeddings"}
    options = {"build": build, "fit_options": fit}
    averages[title] = training.measure(architecture, dataset, **naming, **options)

# %% alt="Accuracy of two ways of counting words and three of averaging word vectors"
plots.accuracy_dots(evaluation.table(averages.values()))
plt.show()

# %% [markdown]
# *Accuracy on the test part with 95 % intervals, single words only.*

# %%
weighted, present, learned, frozen, chance, subwords, lent = averages.values()


def versus(a, b) -> str:
    found = evaluation.gap(a, b)
    points, low, high = (100 * value for value in (found["difference"], *found["ci95"]))
    sure = "more" if low * high > 0 else "no more"
    return f"{points:+.1f} points ({low:+.1f} to {high:+.1f}), {sure} than chance"


# %%
lowest, top, reached = (
    run.metrics["test"]["accuracy"] for run in (chance, weighted, frozen)
)
behind = lent.right.mean() < frozen.right.mean()
borrowed = "serves worse than" if behind else "serves no worse than"
evaluation.say(f"""
    Against counts with TF-IDF, an average of vectors learned along makes
    {versus(learned, weighted)}; counts that only say present or not
    {versus(present, weighted)}; an average of frozen Word2Vec vectors
    **{versus(frozen, weighted)}**. Frozen Word2Vec against frozen random vectors:
    {versus(frozen, chance)}. Of the way from random vectors to counts Word2Vec goes
    {(reached - lowest) / (top - lowest):.0%}, with {MEAN["embedding_dim"]} numbers to
    fit where counts have one for each word.

    Another source of frozen vectors instead of Word2Vec: fastText makes
    {versus(subwords, frozen)}; the encoder's, which take from our reviews only how
    often a word occurs, {versus(lent, frozen)}. Here what one encoder knows of a
    word by itself, cut to {MEAN["embedding_dim"]} numbers, {borrowed} what these reviews
    say of it. Notebook 17 lets
    all of them be trained along, in two networks, with few labels and with many.
""")

# %% [markdown]
# ## Probes
#
# A dozen sentences close every notebook. Four of them are two pairs that hold the same words in another
# order.

# %% alt="Probability of positive that the baselines give to each of twelve probe sentences"
probes, expected = evaluation.probe_table({name: runs[name] for name in RECIPES})
fig, ax = plt.subplots(figsize=(8, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
correct = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0).sum()
yes = (
    probes > 0.5
).to_numpy()  # rows 2 and 3 are a pair of the same words, 4 and 5, too
told = dict(zip(probes, (yes[[2, 4]] != yes[[3, 5]]).sum(axis=0), strict=True))
counted_right = "; ".join(f"*{title}* {count}" for title, count in correct.items())
told_apart = "; ".join(f"*{title}* {count}" for title, count in told.items())
evaluation.say(f"""
    Right answers to the twelve sentences: {counted_right}. Pairs of the same words
    told apart, of two: {told_apart}. Both models *see* the difference between *not
    bad* and *not good*; to weigh it rightly is another matter.
""")

# %% [markdown]
# *Blue-violet above one half, orange below. The sign behind a sentence is the right answer, a cross marks
# a wrong one. A dozen sentences are for looking at, not for ranking models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text. This is all that another program needs (beside `import lib.models`,
# which tells Keras about our layers). `reload` then asks the same in an interpreter that has seen
# nothing of this notebook, and raises an error if an answer there differs.

# %%
file = paths.models_dir(dataset.name) / "nbsvm.keras"
loaded = keras.models.load_model(file)
print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB, classes {loaded.label_names}")
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]
elsewhere = evaluation.reload({file: loaded}, MY_REVIEWS)[file]
print("positive here", loaded.predict_proba(MY_REVIEWS)[:, 1].round(4), end=", ")
print("there", elsewhere[:, 1].round(4))

# %% alt="Each of the two reviews, its words coloured by what they add to the answer"
for review in MY_REVIEWS:
    positive = loaded.predict_proba([review])[0, 1]
    words, effects = evaluation.explain.occlusion(loaded, review)
    title = f"positive with probability {positive:.2f}"
    plots.token_heatmap(words, effects, title=title)
    plt.show()

# %% [markdown]
# *Blue words pull towards “positive”, orange ones (in italics) towards “negative”: the change of the
# log-odds when the word, and with it every n-gram that holds it, is left out, so that its neighbours come together. The
# first review is praise, the second blame: a probability on the wrong side of one half is a mistake.*
#
# ## Verdict

# %% alt="Accuracy of the baselines and the averages so far with their intervals"
so_far = [*runs.values(), learned, frozen]
highlight = [TITLES[name] for name in TITLES]
ax = plots.accuracy_dots(evaluation.table(so_far), highlight=highlight)
ax.set_title("So far: accuracy on IMDB's test part, 95 %")
plt.show()

# %% [markdown]
# *Dark: the three published baselines. Grey: two averages of word vectors, for comparison.*

# %%
accuracy = {name: runs[name].metrics["test"]["accuracy"] for name in TITLES}
below = 100 * (accuracy["nbsvm"] - frozen.metrics["test"]["accuracy"])
light = by_step["gain"][LIGHT]
opposites = (
    "puts opposites side by side"
    if 2 * close > len(ranks)
    else "keeps most opposites apart"
)

# %%
evaluation.say(f"""
    **How do words become numbers? They are counted, or they get vectors that are
    learned from their neighbours. A bag loses the order of words and the likeness of
    words; Word2Vec knows likeness and {opposites} ({close} of {len(ranks)} had theirs
    among the ten nearest); an average of vectors loses the order, too, and, when
    frozen, the weight of the single word. How far do we get without any network? To
    {accuracy["nbsvm"]:.1%}.**

    That is NB-SVM on words, pairs and triples, fitted in
    {fitted["nbsvm"].record["seconds"]:.0f} seconds. TF-IDF on words and pairs reaches
    {accuracy["tfidf_lr"]:.1%}; an average of frozen word vectors stays
    {100 * (top - reached):.1f} points below TF-IDF on the same single words, and
    {below:.1f} below NB-SVM. Pairs of words bring some of the order back
    ({by_step["gain"]["+ pairs of words"]:+.1f} points). Light cleaning instead of the
    textbook's makes {light:+.1f} points, against raw text
    {versus(measured[LIGHT], first)}. Whatever network comes now, it has to beat
    **{max(accuracy.values()):.4f}** to have earned its training time.
""")

# %% [markdown]
# ## Exercises
#
# 1. Set `C=1000` in the plain pipeline and compare `plain.score` on train and on validation. Expect the one
#    to rise and the other to fall: with the penalty all but gone, rare words learn the training reviews
#    by heart.
# 2. Train vectors with `algorithm="cbow"`, which guesses a word from its neighbours instead of the
#    neighbours from the word, and fit scikit-learn's `LogisticRegression` to `word2vec.mean_vectors` of
#    both kinds. Expect CBOW to take a fraction of the time and its averages to be some points less
#    accurate on validation.
#
# ## References
#
# - Bojanowski, Grave, Joulin & Mikolov (2017), *Enriching word vectors with subword information*.
# - Efron (1979), *Bootstrap methods: another look at the jackknife*.
# - Guo, Pleiss, Sun & Weinberger (2017), *On calibration of modern neural networks*.
# - McNemar (1947), *Note on the sampling error of the difference between correlated proportions or
#   percentages*.
# - Mikolov, Sutskever, Chen, Corrado & Dean (2013), *Distributed representations of words and phrases and
#   their compositionality*, where negative sampling comes from.
# - Spärck Jones (1972), *A statistical interpretation of term specificity and its application in retrieval*.
# - Wang & Manning (2012), *Baselines and bigrams: simple, good sentiment and topic classification*.
# - Wilson (1927), *Probable inference, the law of succession, and statistical inference*.
