# %% [markdown]
# # 8 · LSTM with attention
#
# **Which words does the network look at, and may one believe it?**
#
# An LSTM leaves a state at every word, and something has to make one vector of them. Attention lets the
# network learn how much each state counts: a weight for every word, which one can print over the text in
# colour. It looks like an explanation, and it is the picture that people show when they are asked *why* a
# network decided as it did. Whether it explains anything has been fought over in a famous exchange of
# papers. This notebook trains such a network, looks where it looks, and then repeats the experiments of
# both sides, with a third party, SHAP, as a witness.
#
# You need the IMDB reviews, and the package `shap` for one section. A cell below says how long the trainings took.

# %% tags=["setup"]
SETUP

# %%
import inspect
import time
import warnings

import keras
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
import shap
from IPython.display import Code
from scipy.special import expit, logit, softmax
from scipy.stats import ttest_1samp

from lib import paths, text
from lib.progress import progress_bar

plots.style()
print(evaluation.cost("imdb", "lstm_attention"))

# %%
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
labels = dataset.validation.labels
print("Data:", "synthetic" if small else "real", dataset.name, dataset.fingerprint)
{part: len(getattr(dataset, part)) for part in ("train", "validation", "test")}

# %% [markdown]
# ## The plain model
#
# First as the coursework has it, in plain Keras: one LSTM over the first 200 words, and attention written
# out in the open. A dense layer with a single output gives each state a **score**, a softmax over the
# steps turns scores into **weights** that sum to one, and the states are added up, each times its weight.

# %%
vectorizer = text.SequenceVectorizer(max_length=200, truncation="head")
vectorizer.fit(dataset.train.texts)
known = len(vectorizer.vocabulary) + 2  # 0 is padding, 1 any other word


def padded(texts):
    return keras.utils.pad_sequences(vectorizer.transform(texts), 200, padding="post")


ids = {part: padded(getattr(dataset, part).texts) for part in ("train", "validation")}
print("train", ids["train"].shape, "(reviews, words)")

# %%
keras.utils.set_random_seed(0)
units, width = (8, 16) if small else (64, 100)
words = keras.Input((200,), dtype="int32")
states = keras.layers.LSTM(units, return_sequences=True)(
    keras.layers.Embedding(known, width)(words)
)
scores = keras.layers.Dense(1)(states)  # (batch, time, 1)
weights = keras.layers.Softmax(axis=1)(scores)  # over time
summed = keras.layers.Dot(axes=1)([weights, states])  # (batch, 1, units)
answer = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(summed))
plain = keras.Model(words, answer)
plain.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])

# %%
started = time.perf_counter()
options = {"epochs": 1 if small else 3, "batch_size": 128, "verbose": 0}
options["validation_data"] = ids["validation"], labels
log = plain.fit(ids["train"], dataset.train.labels, **options)
seconds = time.perf_counter() - started
pd.DataFrame(log.history).rename_axis("epoch").rename(lambda e: e + 1).round(4)

# %% [markdown]
# The softmax runs over all 200 steps, those of padding included. How much attention do they get?

# %%
first = evaluation.from_predictions(
    dataset,
    title="plain Keras: LSTM and attention, first 200 words",
    validation=plain.predict(ids["validation"], verbose=0),
    test=plain.predict(padded(dataset.test.texts), verbose=0),
    seconds=seconds,
)
looked = keras.Model(words, weights).predict(ids["validation"], verbose=0)[:, :, 0]
empty = ids["validation"] == 0
short = empty.sum(axis=1) >= 50  # reviews of 150 words at most
evaluation.say(f"""
    Accuracy on the test part: **{first.metrics["test"]["accuracy"]:.4f}**, after the last
    epoch {log.history["accuracy"][-1]:.1%} on train and
    {log.history["val_accuracy"][-1]:.1%} on validation. In reviews of at most 150 words,
    {empty[short].mean():.0%} of the steps are padding, and they get
    **{(looked * empty)[short].sum(axis=1).mean():.0%}** of the attention: without a mask, the
    network looks at words that aren't there.
""")

# %% [markdown]
# ## The network
#
# With states $h_t$, a vector $w$ that is learned, and the softmax taken over words alone:
#
# $$e_t = w^\top h_t,\qquad a_t = \frac{\exp e_t}{\sum_{\text{words } u} \exp e_u},\qquad
# \bar h = \sum_t a_t h_t$$
#
# Attention comes from translation, where the decoder asks at each step which source words it needs now
# (Bahdanau, Cho & Bengio 2015). A classifier has only one thing to ask, so the question $w$ is a constant;
# Yang et al. (2016) pool words to sentences and sentences to documents that way, with one more layer
# before the score.
#
# By hand, on three texts of 7, 4 and 1 words:

# %%
def attend(states, mask, w):
    """Pooled states (batch, units), and the weights (batch, time) of each."""
    scores = np.where(mask, states @ w[:, 0], -np.inf)
    weights = softmax(scores, axis=1)
    return np.einsum("bt,btu->bu", weights, states), weights


some_states = np.random.default_rng(0).normal(size=(3, 7, 4)).astype("float32")
mask = np.arange(7) < np.array([[7], [4], [1]])
layer = models.pooling.AttentionPooling1D()
theirs = np.asarray(layer(some_states, mask=mask))
ours, ours_weights = attend(some_states, mask, layer.get_weights()[0])
assert np.allclose(ours, theirs, atol=1e-6)
print(f"largest difference {np.abs(ours - theirs).max():.1e}; weights:")
print(ours_weights.round(3))

# %%
ATTENTION = {"names": "out"}
if small:
    ATTENTION |= {"units": 8, "embedding_dim": 16}
model = models.build("lstm_attention", dataset, **ATTENTION)
for part in (models.attention.lstm_attention, models.pooling.AttentionPooling1D.call):
    display(Code(inspect.getsource(part), language="python"))

# %% alt="Diagram of the BiLSTM with attention, layer by layer with shapes"
plots.network(model.network)
plt.show()

# %% [markdown]
# *The network from its input, on top, to its two logits. `AttentionPooling1D` has a weight for each unit of a
# state and nothing more.*
#
# ## What attention buys
#
# Three steps from the plain net to the published one. The parts of the protocol are measured one by one in
# notebooks 3 and 5; here they are one step.

# %%
EPOCHS = 1 if small else 10
PROTOCOL = {"epochs": EPOCHS, "learning_rate": 3e-3, "ema_momentum": 0.995}
STEPS = {
    "+ mask, protocol, Word2Vec, head and tail": {"bidirectional": False, "names": "keep"},
    "+ names left out": {"bidirectional": False},
    "+ both directions": {},
}
if small:
    STEPS = dict(list(STEPS.items())[-1:])


def measured(architecture, name, title, **build):
    options = {"build": ATTENTION | build, "fit_options": PROTOCOL}
    options |= {"name": name, "title": title, "notebook": "08_attention"}
    return training.measure(architecture, dataset, **options)


# %% alt="Accuracy with its interval after each step from the plain net to the published one"
ladder = [first]
for number, (title, build) in enumerate(STEPS.items(), start=1):
    ladder.append(measured("lstm_attention", f"attention-{number}", title, **build))
steps = evaluation.ladder(ladder)
styled = steps.style.hide(axis="index").format(precision=4)
narrow = ["gain", "from", "to", "training s"]
display(styled.format(precision=1, subset=narrow, na_rep=""))
plots.steps(steps)
plt.show()
sure = steps[steps["from"] * steps["to"] > 0]
certain = "; ".join(f"{r.step} {r.gain:+.1f}" for r in sure.itertuples()) or "none"
evaluation.say(f"""
    From {steps["accuracy"].iloc[0]:.4f} to **{steps["accuracy"].iloc[-1]:.4f}**. Steps that
    change it by more than the choice of test reviews explains, in points: {certain}.
""")

# %% [markdown]
# *Each dot is the accuracy on the test part with its 95 % interval; at the right, the points gained over
# the step before, with the interval of that difference. Dark dots gain or lose more than the choice of test reviews explains.*
#
# But is it attention that does it? The same bidirectional LSTM, trained in the same way, pooled by other
# means: the last state of each direction; the mean of all states, which is attention with equal weights;
# the largest value of each unit; and the largest and the mean together, as in notebook 5.

# %% alt="Accuracy with its interval of the same LSTM under five kinds of pooling"
POOLINGS = {
    "last_state": "last states",
    "mean": "mean",
    "max": "maximum",
    "max_and_mean": "maximum and mean",
}
if small:
    POOLINGS = {"max_and_mean": "maximum and mean"}
pooled = {"attention": ladder[-1]}
for pooling, title in POOLINGS.items():
    other = {"bidirectional": True, "pooling": pooling}
    pooled[pooling] = measured("lstm", f"attention-{pooling}", title, **other)
pooled_table = evaluation.table(pooled.values())
pooled_table["model"] = ["attention", *POOLINGS.values()]
plots.accuracy_dots(pooled_table)
plt.show()
against = evaluation.differences(pooled, [("attention", other) for other in POOLINGS])
for row, title in zip(against.to_dict("records"), POOLINGS.values(), strict=True):
    more = "more" if row["low"] * row["high"] > 0 else "no more"
    evaluation.say(f"""
        Attention − {title}: **{100 * row["difference"]:+.1f}** points
        ({100 * row["low"]:+.1f} to {100 * row["high"]:+.1f}), {more} than the choice of test reviews explains.
    """)

# %% [markdown]
# *One network, five ways to pool its states; accuracy on the test part with its 95 % interval.*
#
# ## Train and publish

# %%
TITLE = "BiLSTM + attention"
fitted = training.fit(model, dataset, name="lstm_attention", **PROTOCOL)
fitted.table().round(4)

# %% alt="Train and validation accuracy by epoch"
plots.history(fitted.record, "accuracy", title=TITLE)
plt.show()

# %% [markdown]
# *Accuracy by epoch. On train it is measured while dropout is on, which makes it look worse than it is;
# the dotted line is the epoch whose weights were kept.*

# %%
how = {"name": "lstm_attention", "title": TITLE, "notebook": "08_attention"}
evaluation.publish(model, dataset, fitted, **how)
earlier = ["tfidf_lr", "nbsvm", "ffnn"] + ([] if small else ["lstm", "bilstm", "cnn"])
runs = evaluation.named("imdb", [*earlier, "lstm_attention"])
table = evaluation.table(list(runs.values())).sort_values("accuracy", ascending=False)
columns = "model,accuracy,low,high,precision,recall,AUC,ECE,parameters,training s"
table[columns.split(",")].style.hide(axis="index").format(precision=4).format(
    "{:,.0f}", subset=["parameters", "training s"]
)

# %%
pairs = [("lstm_attention", other) for other in reversed(earlier)]
differences = evaluation.differences(runs, pairs)
for row in differences.to_dict("records"):
    more = "more" if row["low"] * row["high"] > 0 else "no more"
    evaluation.say(f"""
        {row["pair"]}: **{100 * row["difference"]:+.1f}** points
        ({100 * row["low"]:+.1f} to {100 * row["high"]:+.1f}), {more} than the choice of test reviews explains.
    """)

# %%
training.repeat(dataset, "lstm_attention", seeds=(1,) if small else (1, 2))
(spread,) = evaluation.spread([runs["lstm_attention"]]).to_dict("records")
evaluation.say(f"""
    From {spread["seeds"]} random seeds: mean **{spread["mean"]:.4f}**, from
    {spread["lowest"]:.4f} to {spread["highest"]:.4f}; published is the seed that was fixed
    beforehand, {spread["published"]:.4f}.
""")

# %% [markdown]
# ## Where does it look?
#
# Three short reviews of our own, a positive, a negative and a mixed one; the darker, the more weight.

# %% alt="Three short reviews, each word on a background as dark as its attention weight"
REVIEWS = {
    "positive": "I went in expecting very little and came out grinning. The plot is "
    "simple, but the two leads are wonderful together, the music is lovely and there "
    "is not a dull scene in it. The last ten minutes are among the best of the year.",
    "negative": "What a waste of a good cast. The script is a mess, the jokes are not "
    "funny and nobody seems to know why they are there. I kept hoping that it would "
    "get better, it never did, and after an hour I stopped caring. Avoid.",
    "mixed": "The first hour is great: tense, well acted and beautifully shot. Then "
    "the story falls apart, the twist makes no sense and the ending is awful. I loved "
    "the camera work, but in the end I was bored and disappointed.",
}
for kind, review in REVIEWS.items():
    positive = model.predict_proba([review])[0, 1]
    title = f"{kind} review, positive with probability {positive:.2f}"
    plots.token_heatmap(*evaluation.explain.attention(model, review), title=title)
    plt.show()

# %% [markdown]
# *Attention on the words as the network reads them. The state at a word knows its neighbours on both
# sides, so weight on a word is weight on its surroundings.*
#
# Now over all of the validation part. For each review we take the weights, and beside them a second
# number for each word. The text is the weighted sum of its states, and a single linear layer makes the
# answer of it; so the answer, too, is a weighted sum, of what each state would answer by itself:
#
# $$\text{log-odds} = v^\top \sum_t a_t h_t + b = \sum_t a_t \underbrace{(v^\top h_t + b)}_{\text{the vote at word } t}$$
#
# Weights say how much a word's state counts; its **vote** says for which side. The picture above shows the
# first and hides the second.

# %%
looking = model.network.get_layer("attention")
reading = keras.Model(model.network.input, looking.input)  # the states, and the mask
kernel, bias = model.network.get_layer("logits").get_weights()


def inside(rows):
    """The attention, and the vote in log-odds, of each word of each text."""
    looks, votes = [], []
    for start in range(0, len(rows), 64):
        some = rows[start : start + 64]
        states, mask = reading.predict_on_batch(model.vectorizer.collate(some))
        weights = np.asarray(looking.weights_over_time(states, mask))
        said = states @ (kernel[:, 1] - kernel[:, 0]) + bias[1] - bias[0]
        looks += [line[: len(row)] for line, row in zip(weights, some, strict=True)]
        votes += [line[: len(row)] for line, row in zip(said, some, strict=True)]
    return looks, votes


# %%
rows = model.vectorizer.transform(dataset.validation.texts)
looks, votes = inside(rows)
logits = model.logits_of_rows(rows)
odds = np.array([a @ v for a, v in zip(looks, votes, strict=True)])
off = np.abs(odds - (logits[:, 1] - logits[:, 0])).max()
assert off < 1e-3
print(f"largest difference between the sum of votes and the network's log-odds: {off:.1e}")

# %% alt="Words with the largest and the smallest mean attention, as multiples of an equal share"
spoken = model.vectorizer.read(dataset.validation.texts)
seen = pd.DataFrame(
    {
        "word": np.concatenate(spoken),
        "share": np.concatenate([a * len(a) for a in looks]),
        "place": np.concatenate([np.linspace(0, 1, len(a)) for a in looks]),
    }
)
by_word = seen.groupby("word")["share"].agg(["mean", "size"])
often = by_word[by_word["size"] >= (5 if small else 20)]["mean"].sort_values()
extremes = [*often.index[: -13 : -1], *often.index[5::-1]]
plots.bars(often[extremes].round(2).to_dict(), xlabel="attention, in equal shares")
plt.gcf().set_size_inches(7, 5)
plt.show()

# %% [markdown]
# *Mean attention of a word, as a multiple of the equal share 1/n in a review of n words, for words that occur
# twenty times or more: the twelve largest and, below, the six smallest.*

# %%
effective = [np.exp(-(a * np.log(a + 1e-12)).sum()) for a in looks]
length = np.median([len(row) for row in rows])
top_tenth = np.mean([np.sort(a)[-max(1, len(a) // 10) :].sum() for a in looks])
tail = seen.loc[seen["place"] >= 0.9, "share"].mean()
agree = [v[a.argmax()] * z > 0 for a, v, z in zip(looks, votes, odds, strict=True)]
evaluation.say(f"""
    Most attention, for its share, goes to {", ".join(f"*{w}*" for w in often.index[:-7:-1])}.
    The tenth of a review's words that is looked at most gets **{top_tenth:.0%}** of the
    attention; it is spread as over {np.median(effective):.0f} words in a review of median
    length ({length:.0f}). Words of the last tenth of a review get {tail:.2f} times an equal
    share. In {1 - np.mean(agree):.1%} of the reviews the word that is looked at most votes *against*
    the answer.
""")

# %% [markdown]
# ## May one believe it? The literature
#
# | | experiment | conclusion |
# |---|---|---|
# | Bahdanau, Cho & Bengio (2015) | weights of a translator drawn as an alignment of words | they look like a translation's word alignment |
# | Yang et al. (2016) | weights of a classifier drawn on reviews | it picks words that carry the verdict, by their context |
# | Jain & Wallace (2019), *Attention is not explanation* | weights compared with gradients and leaving words out; weights permuted, or exchanged for others | they agree weakly, and quite other weights often give the same answer: no explanation |
# | Wiegreffe & Pinter (2019), *Attention is not not explanation* | the same, but with networks that are *trained* with other or equal weights | weights made up for one text afterwards are no model; where equal weights do as well in training, attention isn't needed and can't explain; else it may be *an* explanation |
#
# Both sides made experiments that can be repeated here. First that of Jain and Wallace: leave the trained
# network as it is, and exchange its weights. **Equal** weights; the same weights **permuted** among the
# words of each review; and the learned ones with the most important **tenth set to zero**.

# %%
def without_most(a):
    """These weights with the largest tenth set to zero; the rest sum to 1 again."""
    kept = np.where(a > np.quantile(a, 0.9), 0, a)
    return kept / kept.sum() if kept.any() else a


draw = np.random.default_rng(0)
EXCHANGES = {
    "as learned": lambda a: a,
    "equal": lambda a: np.full_like(a, 1 / len(a)),
    "permuted": draw.permutation,
    "without the tenth looked at most": without_most,
}
lines = {}
for name, change in EXCHANGES.items():
    z = np.array([change(a) @ v for a, v in zip(looks, votes, strict=True)])
    line = {"accuracy": ((z > 0) == labels).mean()}
    line["same answer"] = ((z > 0) == (odds > 0)).mean()
    line["median change of the probability"] = np.median(np.abs(expit(z) - expit(odds)))
    lines[name] = line
exchanged = pd.DataFrame(lines).T.rename_axis("weights")
exchanged.style.format("{:.3f}")

# %% [markdown]
# Then weights that are as *different* as can be and give *exactly* the same answer. With votes at hand they need
# no search: go through the words from the one looked at least, until two of them vote on either side of the
# answer; some mixture of these two gives it.

# %%
def elsewhere(a, v):
    """Weights on two words, of those looked at least, that give the same log-odds."""
    target, order = a @ v, np.argsort(a)
    lowest, highest = (f.accumulate(v[order]) for f in (np.minimum, np.maximum))
    reached = np.flatnonzero((lowest <= target) & (target <= highest))
    some = order[: reached[0] + 1 if len(reached) else len(order)]
    low, high = some[np.argmin(v[some])], some[np.argmax(v[some])]
    share = np.clip((target - v[low]) / max(v[high] - v[low], 1e-9), 0, 1)
    weights = np.zeros_like(a)
    weights[high] += share
    weights[low] += 1 - share
    return weights


others = [elsewhere(a, v) for a, v in zip(looks, votes, strict=True)]
off = [abs(o @ v - a @ v) for o, a, v in zip(others, looks, votes, strict=True)]
assert max(off) < 1e-3
had = np.array([a[o > 0].sum() for a, o in zip(looks, others, strict=True)])

# %% alt="The mixed review twice, with the learned attention and with other weights of equal effect"
mixed = model.vectorizer.transform([REVIEWS["mixed"]])
(look,), (vote,) = inside(mixed)
(mixed_words,) = model.vectorizer.read([REVIEWS["mixed"]])
for title, shown in {"learned": look, "made up": elsewhere(look, vote)}.items():
    positive = expit(shown @ vote)
    title = f"{title} weights, positive with probability {positive:.4f}"
    plots.token_heatmap(mixed_words, shown, title=title)
    plt.show()

# %% [markdown]
# *The mixed review with the learned weights, and with weights on two words that the network hardly looks at:
# the answer is the same to the last digit. A reader who is shown the second picture would tell another story.*

# %%
equal, permuted = exchanged.loc["equal"], exchanged.loc["permuted"]
alike = [(v * z > 0).mean() for v, z in zip(votes, odds, strict=True)]
evaluation.say(f"""
    With **equal** weights the trained network gives the same answer in
    **{equal["same answer"]:.1%}** of the reviews and is right on {equal["accuracy"]:.1%},
    with its own weights on {exchanged.loc["as learned", "accuracy"]:.1%}; with permuted ones
    it answers alike in {permuted["same answer"]:.1%}. And **every** review has two words
    that give exactly its answer by themselves; in half of the reviews these two have less
    than {np.median(had):.2%} of the attention. Of the states of a review,
    {np.mean(alike):.0%} vote for the answer that is given in the end.
""")
if "mean" in pooled:  # not in the demo profile
    learned, even = (pooled[n].metrics["test"]["accuracy"] for n in ("attention", "mean"))
    low = against["low"].iloc[list(POOLINGS).index("mean")]
    needed = "is of use" if low > 0 else "isn't needed"
    evaluation.say(f"""
        Wiegreffe and Pinter's question is what a network does that is *trained* with equal
        weights. That is the pooling by the mean above: {even:.2%} on the test part, with
        attention {learned:.2%}. By their criterion, attention {needed} for this task.
    """)

# %% [markdown]
# The same answer with other weights is possible because a state is no word: it has read the whole text, from
# both sides. That need not mean that the weights point nowhere; for that one has to ask what happens to
# the answer when *words* go, not weights.
#
# ## Three witnesses
#
# **Occlusion** makes one word unknown at a time and notes the change of the log-odds. Words that say the same
# thing twice cover for each other. **SHAP** (Lundberg & Lee 2017) makes *sets* of words unknown: the Shapley
# value of a word is its effect averaged over all the sets that it could be added to, which is the only fair
# way, in a precise sense, to share an answer out among words. There are $2^n$ sets, so it is estimated; the
# `shap` package halves the text again and again and goes on where the effect is largest. It needs nothing
# but a function from texts to numbers. **Attention** comes in two kinds: the weight, and weight times vote.

# %%
UNKNOWN = "notaword"  # what SHAP puts in place of a word
assert UNKNOWN not in model.vectorizer.vocabulary


def log_odds(texts):
    with warnings.catch_warnings():  # that a text without a known word is among them
        warnings.simplefilter("ignore", UserWarning)
        return logit(model.predict_proba(list(texts))[:, 1])


# The space behind the unknown word keeps it apart from the next one.
masker = shap.maskers.Text(r"\s", mask_token=f"{UNKNOWN} ", collapse_mask_token=False)
explainer = shap.explainers.Partition(log_odds, masker)
EVALUATIONS = 200 if small else 2_000


def witnesses(review):
    """What each method says of each word: a row per word, a column per method."""
    (look,), (vote,) = inside(model.vectorizer.transform([review]))
    words, effects = evaluation.explain.occlusion(model, review)
    how = {"max_evals": EVALUATIONS, "batch_size": 128, "silent": True}
    (values,) = explainer([" ".join(words)], **how).values
    said = {"attention": look, "weight × vote": look * vote}
    return pd.DataFrame(said | {"occlusion": effects, "SHAP": values}, index=words)


# %% alt="The mixed review four times, coloured by attention, votes, occlusion and SHAP"
keras.utils.set_random_seed(0)  # SHAP breaks ties at random
told = witnesses(REVIEWS["mixed"])
fig, axs = plt.subplots(len(told.columns), 1, figsize=(9, 5.2))
for ax, method in zip(axs, told, strict=True):
    plots.token_heatmap(told.index, told[method], title=method, ax=ax)
plt.show()

# %% [markdown]
# *Attention has no sign. In the other three blue pulls towards* positive*, orange (in italics) towards*
# negative*.*
#
# One review proves nothing. Now forty from the validation part, of 60 to 100 words, so that SHAP can try
# every word often enough.

# %%
shortest, longest = (15, 60) if small else (60, 100)
fitting = [i for i, row in enumerate(rows) if shortest <= len(row) <= longest]
sample = [dataset.validation.texts[i] for i in fitting[: 5 if small else 40]]
started = time.perf_counter()
told_of = [witnesses(review) for review in progress_bar(sample, desc="Asking")]
print(f"{len(sample)} reviews, {time.perf_counter() - started:.0f} s")

# %% alt="Mean rank correlation between what four methods say of the words of a review"
agreement = np.mean([one.abs().corr("spearman") for one in told_of], axis=0)
agreement = pd.DataFrame(agreement, told.columns, told.columns)
fig, ax = plt.subplots(figsize=(5.5, 4))
sns.heatmap(agreement, annot=True, fmt=".2f", cmap="Blues", vmin=0, vmax=1, ax=ax)
ax.tick_params(axis="x", rotation=20)
ax.tick_params(axis="y", rotation=0)
plt.show()

# %% [markdown]
# *Spearman's rank correlation of the sizes (without their sign) of the words' values, mean over reviews: 1 if two
# methods rank all words of a review alike, 0 if they have nothing to do with each other.*

# %%
def ahead(one, places):
    """How attention at a word goes with the effect of the word so many places on."""
    plain = one.reset_index(drop=True).abs()
    return plain["attention"].corr(plain["occlusion"].shift(-places), method="spearman")


shifted = pd.Series({d: np.mean([ahead(o, d) for o in told_of]) for d in range(-3, 4)})
where = "the word itself" if shifted.idxmax() == 0 else f"the word {shifted.idxmax():+d} places on"
weight, shap_row = agreement.loc["attention"], agreement.loc["SHAP"]
evaluation.say(f"""
    Do the three agree? Occlusion and SHAP rank a review's words with a correlation of
    **{shap_row["occlusion"]:.2f}**; attention goes with occlusion at
    **{weight["occlusion"]:.2f}** and with SHAP at **{weight["SHAP"]:.2f}**. Weight times vote
    goes with them at {agreement.loc["weight × vote", "occlusion"]:.2f} and
    {agreement.loc["weight × vote", "SHAP"]:.2f}. Attention at a word goes best with the effect
    of {where} ({shifted.max():.2f}; of its neighbours, {shifted[-1]:.2f} before and
    {shifted[1]:.2f} behind).
""")

# %% [markdown]
# ## Which words removed change the answer most?
#
# The last word is the network's. Take out of each review the words that a method ranks highest, one more
# at a time, and watch the probability of the answer. They are really left out, not made unknown, so that no
# method is tested by its own means. First by size, to either side; then only what speaks *for* the answer,
# which attention, having no sign, can't tell.

# %%
MOST = 5 if small else 10


def left_out(row, order, side):
    """Probability of the answer with the first 0, 1, 2 ... words left out."""
    logits = model.logits_of_rows([np.delete(row, order[:k]) for k in range(MOST + 1)])
    return expit(side * (logits[:, 1] - logits[:, 0]))


records = []
for number, one in enumerate(progress_bar(told_of, desc="Leaving out")):
    row, side = rows[fitting[number]], np.sign(odds[fitting[number]])
    for kind in ("to either side", "for the answer"):
        ranks = one.abs() if kind == "to either side" else side * one
        ranks = ranks.assign(attention=one["attention"])
        orders = [(m, np.argsort(-ranks[m].to_numpy())) for m in ranks]
        orders += [("drawn by lot", draw.permutation(len(row))) for _ in range(5)]
        for method, order in orders:
            p = left_out(row, order, side)
            fall = np.abs(p[0] - p) if kind == "to either side" else p[0] - p
            records += [(kind, number, method, k, f) for k, f in enumerate(fall)]
columns = ["ranked", "review", "method", "words left out", "change"]
removed = pd.DataFrame(records, columns=columns)

# %% alt="Change of the answer's probability by the number of words left out, by method"
means = removed.groupby(["ranked", "method", "words left out"])["change"].mean()
fig, both = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
labelled = {"xlabel": "words left out", "ylabel": "change of the probability, mean"}
for ax, kind in zip(both, ("to either side", "for the answer"), strict=True):
    curves = {m: (range(MOST + 1), means[kind, m]) for m in told.columns}
    plots.lines(curves, title=f"ranked by what moves it {kind}", **labelled, ax=ax)
    ax.plot(means[kind, "drawn by lot"], ":", color="0.5", lw=2, label="drawn by lot")
both[0].set_title("ranked by size, to either side")
both[1].set(title="ranked by what speaks for the answer", ylabel="")
both[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Mean change of the probability of the answer when the words ranked highest are left out of the review;
# the higher a curve, the more the words that the method names matter to the network.*

# %%
FEW = 5
at_five = removed[removed["words left out"] == FEW].groupby(["ranked", "review", "method"])
at_five = at_five["change"].mean().unstack()  # a row per review
sizes, signed = at_five.loc["to either side"], at_five.loc["for the answer"]
gain = ttest_1samp(sizes["attention"] - sizes["drawn by lot"], 0).confidence_interval()
rival = ttest_1samp(sizes["SHAP"] - sizes["attention"], 0).confidence_interval()
points = gain.low > 0
better = "more" if rival.low > 0 else "less" if rival.high < 0 else "neither more nor less"
each = ", ".join(f"{m} {v:.2f}" for m, v in sizes.mean().items())
each_for = ", ".join(f"{m} {v:.2f}" for m, v in signed.mean().items())
evaluation.say(f"""
    With the {FEW} words of largest size left out, the probability moves by: {each}. So
    attention finds words that matter **{"more" if points else "no more"} than chance** would
    ({gain.low:+.2f} to {gain.high:+.2f}, 95 %), and SHAP finds {better} than attention
    ({rival.low:+.2f} to {rival.high:+.2f}). Ranked by what speaks for the answer, its
    probability falls by: {each_for}. The words that change the answer most when they go are
    those that **{signed.mean().idxmax()}** names.
""")

# %% [markdown]
# ## The probe sentences

# %% alt="Probability of positive that each model gives to each of twelve probe sentences"
shown = {name: run for name, run in runs.items() if name not in ("tfidf_lr", "cnn")}
probes, expected = evaluation.probe_table(shown)
fig, ax = plt.subplots(figsize=(10.5, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
right = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0)
pair_names = ("opposite words", "negation", "contrast")
solved = {
    title: [kind for n, kind in enumerate(pair_names) if hit[2 * n : 2 * n + 2].all()]
    for title, hit in right.items()
}
evaluation.say(f"""
    With attention {right[TITLE].sum()} of {len(probes)} are right, and of the three pairs it
    solves {" and ".join(solved[TITLE]) or "none"}; NB-SVM, on n-grams,
    {" and ".join(solved[runs["nbsvm"].metrics["title"]]) or "none"}.
""")

# %% [markdown]
# *Probability of* positive*; blue-violet above one half, orange below. The sign behind a sentence is the
# right answer, a cross marks a wrong one. The first six sentences are three pairs, in two of them of the
# same words in another order. A dozen sentences are for looking at, not for ranking models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text. This is all that another program needs (beside `import lib.models`, which
# tells Keras about our layers):

# %%
file = paths.models_dir(dataset.name) / "lstm_attention.keras"
loaded = keras.models.load_model(file)
print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB, classes {loaded.label_names}")
loaded.predict_proba(["I fell asleep halfway through."]).round(4)

# %% alt="Each of two reviews twice, its words coloured by attention and by occlusion"
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]
for review in MY_REVIEWS:
    positive = loaded.predict_proba([review])[0, 1]
    fig, (above, below) = plt.subplots(2, 1, figsize=(9, 1.9))
    title = f"positive with probability {positive:.2f}: attention"
    plots.token_heatmap(*evaluation.explain.attention(loaded, review), title=title, ax=above)
    effects = evaluation.explain.occlusion(loaded, review)
    plots.token_heatmap(*effects, title="occlusion", ax=below)
    plt.show()

# %% [markdown]
# *Above, where the network looks; below, what each word adds: blue words pull towards* positive*, orange ones
# (in italics) towards* negative*, by the change of the log-odds when the word is made unknown.*
#
# The same in an interpreter that has seen nothing of this notebook; `reload` raises an error if an answer
# there differs from the model's here.

# %%
(there,) = evaluation.reload({file: model}, MY_REVIEWS).values()
there[:, 1].round(4).tolist()

# %% [markdown]
# ## Verdict

# %% alt="Accuracy of the models so far with their intervals, this one and NB-SVM highlighted"
names = ["tfidf_lr", "nbsvm", "ffnn", "dan"]
names += [] if small else ["rnn", "lstm", "bilstm", "gru", "cnn", "dcnn"]
so_far = evaluation.named("imdb", [*names, "lstm_attention"])
best_linear = so_far["nbsvm"].metrics["title"]
dots = evaluation.table(so_far.values())
ax = plots.accuracy_dots(dots, highlight=[TITLE, best_linear])
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %% [markdown]
# *Accuracy on the 25,000 test reviews with its 95 % interval; in dark the model of this notebook and the
# strongest linear one. Left out are the two recurrent nets of notebook 4 that see the last state only.*

# %%
accuracies = {n: run.metrics["test"]["accuracy"] for n, run in so_far.items()}
leader = max(names, key=accuracies.get)
low, high = evaluation.gap(so_far["lstm_attention"], so_far[leader])["ci95"]
standing = "beats" if low > 0 else "is level with" if high >= 0 else "stays below"
evaluation.say(f"""
    **Which words does the network look at, and may one believe it?** It looks most at
    words such as {", ".join(f"*{w}*" for w in often.index[:-4:-1])}. **As a pointer to
    words that matter it may {"be believed" if points else "not be believed"}**: leaving out
    the {FEW} words that it looks at most moves the probability by
    {sizes["attention"].mean():.2f}, words drawn by lot by {sizes["drawn by lot"].mean():.2f}.
    **As a reason for the answer it may not**: quite other weights give exactly the same
    answer in every review, equal ones the same class in {equal["same answer"]:.0%} of them,
    and a weight doesn't say for which side a word speaks. Who wants to know what moved an
    answer should take words out and look: ranked by {signed.mean().idxmax()}, {FEW} words
    take {signed.mean().max():.2f} off the probability, by attention
    {signed["attention"].mean():.2f}. As a way of pooling, it gives
    {accuracies["lstm_attention"]:.1%} on the test part, which {standing} the best of the
    earlier models ({so_far[leader].metrics["title"]}, {accuracies[leader]:.1%}).
""")

# %% [markdown]
# ## Exercises
#
# 1. Take attention of a *one-directional* LSTM (`"bidirectional": False` in `ATTENTION`) and look at the
#    shift between attention and occlusion again. Expect attention to come a word or more *behind* the word
#    that matters: a state knows only what came before it.
# 2. Run the four witnesses on reviews of which the network is unsure (probability between .4 and .6). Expect
#    the curves to part further: where words pull both ways, a weight without a sign says least.
#
# ## References
#
# - Bahdanau, Cho & Bengio (2015), *Neural machine translation by jointly learning to align and translate*.
# - Jain & Wallace (2019), *Attention is not explanation*.
# - Lundberg & Lee (2017), *A unified approach to interpreting model predictions*.
# - Wiegreffe & Pinter (2019), *Attention is not not explanation*.
# - Yang et al. (2016), *Hierarchical attention networks for document classification*.
