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
# You need the IMDB reviews, the notebooks before this one, with whose networks ours is compared, and the
# package `shap` for one section. A cell below says how long the published model took to train.

# %% tags=["setup"]
SETUP

# %%
import dataclasses
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
from scipy.special import expit, softmax
from scipy.stats import ttest_1samp
from sklearn.feature_extraction.text import CountVectorizer

from lib import paths, text
from lib.progress import progress_bar

plots.style()
print(evaluation.cost("imdb", "lstm_attention"))
dataset = data.load("imdb")
small = dataset.synthetic  # the demo profile: small widths, few epochs, no results
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
labels = dataset.validation.labels
print("train", ids["train"].shape, "(reviews, words)")

# %%
keras.utils.set_random_seed(0)
UNITS, DIM = (8, 16) if small else (64, 100)
ids_in = keras.Input((200,), dtype="int32")
vectors = keras.layers.Embedding(known, DIM)(ids_in)
plain_states = keras.layers.LSTM(UNITS, return_sequences=True)(vectors)
plain_scores = keras.layers.Dense(1)(plain_states)  # (batch, time, 1)
plain_weights = keras.layers.Softmax(axis=1)(plain_scores)  # over time
summed = keras.layers.Dot(axes=1)([plain_weights, plain_states])  # (batch, 1, units)
answer = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(summed))
plain = keras.Model(ids_in, answer)
plain.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
started = time.perf_counter()
options = {"epochs": 1 if small else 3, "batch_size": 128, "verbose": 0}
options["validation_data"] = ids["validation"], labels
log = plain.fit(ids["train"], dataset.train.labels, **options)
seconds = time.perf_counter() - started
pd.DataFrame(log.history).rename_axis("epoch").rename(lambda e: e + 1).round(4)

# %% [markdown]
# The softmax runs over all 200 steps, those of padding included. How much attention do they get? (An LSTM
# without a mask runs on through the padding: its states there still hold what it remembers of the text.)

# %%
first = evaluation.from_predictions(
    dataset,
    title="plain Keras, first 200 words",
    validation=plain.predict(ids["validation"], verbose=0),
    test=plain.predict(padded(dataset.test.texts), verbose=0),
    seconds=seconds,
)
coursework = evaluation.published().query("dataset == 'imdb'")
coursework = coursework.set_index("name").loc["lstm_attention"]
on_train, on_validation = log.history["accuracy"], log.history["val_accuracy"]
top, after_it = int(np.argmax(on_validation)), "it might have gone on"
if top + 1 < len(on_validation):
    after_it = "after it the net only grew surer of the reviews it is trained on"
evaluation.say(f"""
    Accuracy on the test part: **{first.metrics["test"]["accuracy"]:.4f}**, after the
    last epoch {on_train[-1]:.1%} on train and {on_validation[-1]:.1%} on validation.
    Its best epoch on validation was number {top + 1} ({on_validation[top]:.1%});
    {after_it}. (The coursework has {coursework["accuracy"]:.4f} for an LSTM with
    attention, on {coursework["n_test"]:,.0f} reviews of a split of its own:
    {coursework["document"]}.)
""")

# %%
weigher = keras.Model(ids_in, plain_weights)
looked = weigher.predict(ids["validation"], verbose=0)[:, :, 0]
empty = ids["validation"] == 0
short = empty.sum(axis=1) >= 50  # reviews of 150 words at most
on_padding = (looked * empty)[short].sum(axis=1).mean()
passed_over = on_padding < empty[short].mean() / 2
evaluation.say(f"""
    In reviews of at most 150 words, {empty[short].mean():.0%} of the steps are
    padding, and they get **{on_padding:.0%}** of the attention. Without a mask, the
    softmax shares its weights out to steps at which there is no word, and the net has
    to learn to pass them over, which it has done
    {"for the most part" if passed_over else "hardly"}.
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
# before the score. (Our score has no bias, as a constant that is added to every score changes no softmax.)
#
# By hand, with a $w$ drawn at random, on three texts of 7, 4 and 1 words:

# %%
def attend(states, mask, w):
    """Pooled states (batch, units), and the weights (batch, time) of each."""
    scores = np.where(mask, states @ w[:, 0], -np.inf)
    weights = softmax(scores, axis=1)
    return np.einsum("bt,btu->bu", weights, states), weights


some_states = np.random.default_rng(0).normal(size=(3, 7, 4)).astype("float32")
some_mask = np.arange(7) < np.array([[7], [4], [1]])
layer = models.pooling.AttentionPooling1D()
by_keras = np.asarray(layer(some_states, mask=some_mask))
by_hand, hand_weights = attend(some_states, some_mask, layer.get_weights()[0])
assert np.allclose(by_hand, by_keras, atol=1e-6)
print(f"largest difference {np.abs(by_hand - by_keras).max():.1e}; weights:")
print(hand_weights.round(3))

# %%
ATTENTION = {"names": "out"}
if small:
    ATTENTION |= {"units": UNITS, "embedding_dim": DIM, "max_length": 100}
model = models.build("lstm_attention", dataset, **ATTENTION)
pooling = models.pooling.AttentionPooling1D
for part in (models.attention.lstm_attention, pooling.weights_over_time, pooling.call):
    display(Code(inspect.getsource(part), language="python"))

# %% alt="Diagram of the BiLSTM with attention, layer by layer with shapes"
plots.network(model.network)
plt.show()

# %% [markdown]
# *The network from its input, on top, to its two logits. `AttentionPooling1D` has a weight for each unit of a
# state and nothing more.*
#
# ## Train and publish
#
# If a model of exactly this recipe is in `models/`, `fit` loads it and says so; `RETRAIN=1` trains again.

# %% alt="Train and validation accuracy by epoch"
EPOCHS = 1 if small else 10
PROTOCOL = {"epochs": EPOCHS, "learning_rate": 3e-3, "ema_momentum": 0.995}
TITLE = "BiLSTM + attention"
fitted = training.fit(model, dataset, name="lstm_attention", **PROTOCOL)
display(fitted.table().round(4))
plots.history(fitted.record, "accuracy", title=TITLE)
plt.show()

# %% [markdown]
# *Accuracy by epoch. On train it is measured while dropout is on, which makes it look worse than it is;
# the dotted line is the epoch whose weights were kept, by the smallest validation loss.*

# %%
how = {"name": "lstm_attention", "title": TITLE, "notebook": "08_attention"}
evaluation.publish(model, dataset, fitted, **how)
SEEDS = (0, 1) if small else (0, 1, 2)
attended = training.repeat(dataset, "lstm_attention", seeds=SEEDS[1:])
(spread,) = evaluation.spread(attended[:1]).to_dict("records")
evaluation.say(f"""
    From {spread["seeds"]} random seeds: mean **{spread["mean"]:.4f}**, from
    {spread["lowest"]:.4f} to {spread["highest"]:.4f}; published is the seed that was
    fixed beforehand, {spread["published"]:.4f}.
""")

# %% [markdown]
# ## Results
#
# *precision* is the share of right answers among those that said *positive*, *recall* the share of positive
# reviews that were found; interval, AUC and ECE are explained in notebook 2. The table has the published
# seed of each.

# %%
earlier = ["tfidf_lr", "nbsvm", "ffnn"] + ([] if small else ["bilstm", "gru", "cnn"])
runs = evaluation.named("imdb", [*earlier, "lstm_attention"])
table = evaluation.table(runs.values()).sort_values("accuracy", ascending=False)
columns = "model,accuracy,low,high,precision,recall,AUC,ECE,parameters,training s"
table[columns.split(",")].style.hide(axis="index").format(
    dict.fromkeys(["parameters", "training s"], "{:,.0f}"), precision=4
)


# %% [markdown]
# Now differences, over all seeds. Each test review is answered by every run, so a difference is taken
# review by review and averaged over the seeds; its interval says what another 25,000 reviews could do to
# it. What other seeds could do, the pairs of seeds show. We call a difference *more than chance* only if
# the interval leaves out zero **and** all pairs point the same way; with three seeds that is a hint, not a
# proof. A linear model has no seed: each of ours is set against the same one.

# %%
def judged(found):
    """A contrast's verdict, softened where the interval all but touches zero."""
    barely = min(abs(found["low"]), abs(found["high"])) < 0.05
    chance = found["verdict"]
    return f"just {chance}" if barely and chance == "more than chance" else chance


def said(found):
    """A contrast as the words of a sentence."""
    seeds = ", ".join(f"{gap:+.1f}" for gap in found["by_seed"])
    words = "**{points:+.1f}** points ({low:+.1f} to {high:+.1f}, "
    return words.format(**found) + f"{judged(found)}; by seed {seeds})"


attention_run = runs["lstm_attention"]
for name in reversed(earlier):
    difference = said(evaluation.versus(attention_run, runs[name]))
    evaluation.say(f"{TITLE} − {runs[name].metrics['title']}: {difference}.")

# %% [markdown]
# ## From the plain net to ours
#
# Three steps lead from the plain net to the published one; all have attention. The parts of the protocol are
# measured one by one in notebooks 3 and 5; here they are one step, together with the mask, vectors that
# start from Word2Vec, head and tail of a review, and the best epoch kept instead of the last. Names of
# people and films, left out in the second step, are those of notebook 2: they give away the film, not the judgement.

# %%
STEPS = {
    "+ mask, vectors, protocol, 400 words": {"bidirectional": False, "names": "keep"},
    "+ names left out": {"bidirectional": False},
}
if small:
    STEPS = {}  # in a demo the first and the last step are enough


def measured(architecture, stem, title, seed=0, **build):
    """Figures of a variant, trained if it is not there yet."""
    options = {"build": ATTENTION | build, "fit_options": PROTOCOL, "seed": seed}
    options |= {"title": title, "notebook": "08_attention"}
    return training.measure(architecture, dataset, name=f"attention-{stem}", **options)


ladder = [first]
for number, (title, build) in enumerate(STEPS.items(), start=1):
    ladder.append(measured("lstm_attention", number, title, **build))
last = attention_run.metrics | {"title": "+ both directions"}
ladder.append(dataclasses.replace(attention_run, metrics=last))

# %% alt="Accuracy with its interval after each step from the plain net to the published one"
steps = evaluation.ladder(ladder)
styled = steps.style.hide(axis="index").format(precision=4)
narrow = ["gain", "from", "to", "training s"]
display(styled.format(precision=1, subset=narrow, na_rep=""))
plots.steps(steps)
plt.show()

gains = steps.set_index("step")["gain"]
sure = steps["from"] >= 0.05  # an interval that all but touches zero isn't counted
won = evaluation.listed(gains[sure.to_numpy()], "{:+.1f}")
lost = evaluation.listed(gains[(steps["to"] < 0).to_numpy()], "{:+.1f}")
evaluation.say(f"""
    From {steps["accuracy"].iloc[0]:.4f} to **{steps["accuracy"].iloc[-1]:.4f}**. Gains
    that are clearly more than the choice of test reviews explains, in points: {won}.
    Losses: {lost}. Each step is one seed.
""")

# %% [markdown]
# *Each dot is the accuracy on the test part with its 95 % interval; at the right, the points gained over
# the step before, with the interval of that difference. Below the first, dark dots gain or lose more than the choice of test
# reviews explains; the luck of the seed comes on top.*
#
# ## What attention buys
#
# Is it attention that does it? The same bidirectional LSTM, trained in the same way, pooled by other
# means: the last state of each direction; the mean of all states, which is attention with equal weights;
# and of each unit the largest value and the mean, side by side (the *Bidirectional LSTM* of the table above). The first and
# the last of these *are* runs of notebook 5, with the same seeds; the mean is trained here.

# %%
POOLINGS = {
    "last_state": "last states",
    "mean": "mean",
    "max_and_mean": "maximum and mean",
}
if small:
    POOLINGS = {"mean": "mean"}


def in_seeds(architecture, stem, title, **build):
    """The runs of a variant from all seeds."""
    seeds = progress_bar(SEEDS, desc=title, disable=small)
    return [measured(architecture, f"{stem}-seed{s}", title, s, **build) for s in seeds]


pooled = {"attention": attended}
for kind, title in POOLINGS.items():
    how_pooled = {"bidirectional": True, "pooling": kind}
    pooled[title] = in_seeds("lstm", kind, title, **how_pooled)

# %% alt="Accuracy of the same LSTM under several kinds of pooling, a dot for each seed"
by_seed = pd.DataFrame(
    [(name, run.right.mean()) for name, some in pooled.items() for run in some],
    columns=["pooling", "accuracy"],
)
fig, ax = plt.subplots(figsize=(7, 2.6))
of_pooling = {"data": by_seed, "x": "accuracy", "y": "pooling", "ax": ax}
sns.stripplot(**of_pooling, jitter=False, size=7, color=plots.DARK, alpha=0.7)
sns.pointplot(**of_pooling, errorbar=None, linestyle="none", marker="|", color="black")
ax.set(title="One network, pooled in several ways", ylabel="")
ax.xaxis.set_major_locator(plt.MaxNLocator(5))
plt.show()

# %%
pooled_mean = {n: np.mean([r.right.mean() for r in some]) for n, some in pooled.items()}
worth = {
    title: evaluation.contrast(attended, pooled[title]) for title in POOLINGS.values()
}
evaluation.say(f"""
    Accuracy on the test part, mean of {len(SEEDS)} seeds: {
    evaluation.listed(pooled_mean, "{:.4f}")
}.
""")
for title, found in worth.items():
    evaluation.say(f"Attention − {title}: {said(found)}.")
anew = [*attended[1:], *ladder[1:-1], *pooled["mean"]]
hours = sum(run.metrics["training"]["seconds"] for run in [first, *attended[:1], *anew])
evaluation.say(f"""
    All trainings of this notebook together, repeats and variants included:
    {hours / 60:.0f} minutes.
""")

# %% [markdown]
# *One network and several ways to pool its states; accuracy on the test part, a dot for each seed, a tick at
# their mean. The differences in the sentences are taken review by review, so they are surer than the distance
# of two dots looks.*
#
# ## Where does it look?
#
# Three short reviews of our own, a positive, a negative and a mixed one; the darker, the more weight. Rare
# words and names, which are not in the vocabulary, are all the same to the network, so they are shown as
# "(unknown)".

# %%
vocabulary = np.array(["", "(unknown)", *model.vectorizer.vocabulary], dtype=object)


def as_read(review):
    """The words of a review as the network reads them."""
    (row,) = model.vectorizer.transform([review])
    return vocabulary[row]


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
    _, shares = evaluation.explain.attention(model, review)
    title = f"{kind} review, positive with probability {positive:.2f}; most on a word "
    plots.token_heatmap(as_read(review), shares, title=title + f"{shares.max():.0%}")
    plt.show()
    most = pd.Series(shares, as_read(review)).nlargest(3)
    evaluation.say(f"Most of its attention per word: {evaluation.listed(most, '{:.0%}')}.")

# %% [markdown]
# *Attention on the words as the network reads them; each picture has its own scale, darkest is its largest
# weight. The state at a word knows its neighbours on both sides, so weight on a word is weight on its
# surroundings.*
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
        of_states = states @ (kernel[:, 1] - kernel[:, 0]) + bias[1] - bias[0]
        looks += [line[: len(row)] for line, row in zip(weights, some, strict=True)]
        votes += [line[: len(row)] for line, row in zip(of_states, some, strict=True)]
    return looks, votes


# %%
rows = model.vectorizer.transform(dataset.validation.texts)
looks, votes = inside(rows)
logits = model.logits_of_rows(rows)
odds = np.array([a @ v for a, v in zip(looks, votes, strict=True)])
off = np.abs(odds - (logits[:, 1] - logits[:, 0])).max()
assert off < 1e-3
print(
    f"largest difference between the sum of votes and the network's log-odds: {off:.1e}"
)

# %%
seen = pd.DataFrame(
    {
        "word": vocabulary[np.concatenate(rows)],
        "weight": np.concatenate(looks),
        "share": np.concatenate([a * len(a) for a in looks]),
        "place": np.concatenate([np.linspace(0, 1, len(a)) for a in looks]),
        "review": np.repeat(np.arange(len(rows)), [len(row) for row in rows]),
    }
)
STARS = r"\d+/(?:5|10)"  # "8/10", as some reviewers write
by_word = seen.groupby("word")["share"].agg(["mean", "size"])
often = by_word[by_word["size"] >= (5 if small else 20)]["mean"].sort_values()
often = often[~often.index.str.contains(r"\d")]
stars = seen[seen["word"].str.fullmatch(STARS)]
extremes = [*often.index[:-13:-1], *often.index[5::-1]]
drawn = {} if stars.empty else {"n/10 and n/5": stars["share"].mean()}
drawn |= often[extremes].to_dict()

# %% alt="Words with the largest and the smallest mean attention, as multiples of an equal share"
fig, ax = plt.subplots(figsize=(7, 5))
ax.plot(list(drawn.values()), list(drawn), "o", color=plots.DARK)
ax.axvline(1, color="black", lw=1)
ax.set(xscale="log", xlabel="attention, in equal shares", ylim=(len(drawn) - 0.5, -0.5))
ax.axhline(len(drawn) - 6.5, color="0.6", ls=":")
ax.grid(axis="x")
plt.show()

# %% [markdown]
# *Mean attention of a word as a multiple of the equal share, 1/n in a review of n words (the line at 1); 100
# equal shares in a review of 200 words are half of its attention. Of words that occur twenty times or more: the
# twelve largest and, below the dotted line, the six smallest; and on top, if there are any, ratings that the
# reviewer wrote down.*

# %%
count = CountVectorizer(
    analyzer=str.split, vocabulary=list(model.vectorizer.vocabulary)
)
as_words = [
    " ".join(vocabulary[row]) for row in model.vectorizer.transform(dataset.train.texts)
]
in_reviews = count.transform(as_words).sign()  # (reviews, words): does it occur?
sides = np.stack([in_reviews[dataset.train.labels == k].sum(axis=0).A1 for k in (0, 1)])
ENOUGH = 5 if small else 50
telling = (sides.sum(axis=0) >= ENOUGH) & (sides.max(axis=0) >= 2 * sides.min(axis=0))
is_telling = seen["word"].isin(count.get_feature_names_out()[telling])
on_telling = seen.loc[is_telling, "weight"].sum() / len(rows)

# %%
TENTHS = (0, 0.1), (0.9, 1)
# How many words of equal weight would have the same entropy:
effective = [np.exp(-(a * np.log(a + 1e-12)).sum()) for a in looks]
median_length = np.median([len(row) for row in rows])
top_tenth = np.mean([np.sort(a)[-max(1, len(a) // 10) :].sum() for a in looks])
head, tail = (seen.loc[seen["place"].between(*p), "share"].mean() for p in TENTHS)
agree = [v[a.argmax()] * z > 0 for a, v, z in zip(looks, votes, odds, strict=True)]

# %%
looked_for = ", ".join(f"*{word}*" for word in often.index[:-7:-1])
if len(stars):
    of_stars = stars.groupby("review")["weight"].sum()
    evaluation.say(f"""
        Where a reviewer has written the rating down ({len(of_stars) / len(rows):.0%}
        of the reviews), it gets **{of_stars.mean():.0%}** of the attention: the
        network has found the label in the text.
    """)
evaluation.say(f"""
    Of other words, those that get most attention per occurrence are {looked_for}.
    Words that stand in at least {ENOUGH} reviews of train, and in twice as many of one
    side as of the other, are {is_telling.mean():.1%} of the words read and get
    **{on_telling:.0%}** of the attention.

    The tenth of a review's words that is looked at most gets {top_tenth:.0%} of it. In
    half of the reviews it is spread over no more than {np.median(effective):.0f}
    words, counted as the number of equally weighted words of the same entropy; half of
    the reviews have no more than {median_length:.0f} words. Words of the first tenth
    of a review get {head:.2f} equal shares, those of the last tenth {tail:.2f}. In
    {1 - np.mean(agree):.1%} of the reviews the word that is looked at most votes
    *against* the answer.
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
# The last two used, among other data, IMDB's reviews and recurrent networks with attention. We repeat three of their
# experiments: exchanged weights (now), training with equal weights (next), and leaving words out (*Four
# witnesses*); not the comparison with gradients, and not the networks that are trained to look elsewhere.
#
# So leave the trained network as it is, and exchange its weights, on the validation part. **Equal** weights; the same weights
# **permuted** among the words of each review; and the learned ones with the most important **tenth set to
# zero**. The last two rows are yardsticks: how far a network is from ours that was trained anew, from other
# seeds or with equal weights.

# %%
def without_most(a):
    """These weights with the largest tenth set to zero; the rest sum to 1 again."""
    kept = np.where(a > np.quantile(a, 0.9), 0, a)
    return kept / kept.sum() if kept.any() else a


CHANGE = "median change of the probability"
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
    line[CHANGE] = np.median(np.abs(expit(z) - expit(odds)))
    lines[name] = line


# %%
def trained_anew(runs):
    """The same figures for other networks, against the published one; means."""
    ours = attended[0].probabilities["validation"]
    others = [run.probabilities["validation"] for run in runs]
    found = {
        "accuracy": [p.argmax(axis=1) == labels for p in others],
        "same answer": [p.argmax(axis=1) == ours.argmax(axis=1) for p in others],
        CHANGE: [np.median(np.abs(p - ours)[:, 1]) for p in others],
    }
    return {name: np.mean(values) for name, values in found.items()}


lines["trained anew, other seeds"] = trained_anew(attended[1:])
lines["trained anew with equal weights"] = trained_anew(pooled["mean"])
exchanged = pd.DataFrame(lines).T.rename_axis("weights")
exchanged.style.format("{:.3f}")


# %% [markdown]
# Then weights that are quite *different* and give *exactly* the same answer. The answer is a weighted mean
# of votes, so it lies between the smallest and the largest vote, and some mixture of these two words gives
# it: such weights exist for **every** review. That is arithmetic and no finding. What isn't certain is how
# little the two words may have been looked at. So go through the words from the one looked at least, until
# one of them votes above the answer and another below it (the answer as a number, the log-odds).

# %%
def elsewhere(a, v):
    """Weights on two words, of those looked at least, that give the same log-odds."""
    target, order = a @ v, np.argsort(a)
    lowest, highest = (f.accumulate(v[order]) for f in (np.minimum, np.maximum))
    reached = np.flatnonzero((lowest <= target) & (target <= highest))
    some = order[: reached[0] + 1 if len(reached) else len(order)]
    down, up = some[np.argmin(v[some])], some[np.argmax(v[some])]
    mixture = np.clip((target - v[down]) / max(v[up] - v[down], 1e-9), 0, 1)
    weights = np.zeros_like(a)
    weights[up] += mixture
    weights[down] += 1 - mixture
    return weights


two_words = [elsewhere(a, v) for a, v in zip(looks, votes, strict=True)]
moved = [abs(w @ v - a @ v) for w, a, v in zip(two_words, looks, votes, strict=True)]
assert max(moved) < 1e-3
had = np.array([a[w > 0].sum() for a, w in zip(looks, two_words, strict=True)])

# %% alt="The mixed review twice, with the learned attention and with other weights of equal effect"
mixed = REVIEWS["mixed"]
(look,), (vote,) = inside(model.vectorizer.transform([mixed]))
made_up = elsewhere(look, vote)
instead = (
    f"made up: all weight on two words that had {look[made_up > 0].sum():.1%}"
)
for title, shown in {"learned weights": look, instead: made_up}.items():
    title += f": positive with probability {expit(shown @ vote):.4f}"
    plots.token_heatmap(as_read(mixed), shown, title=title)
    plt.show()

# %% [markdown]
# *The mixed review with the learned weights, and with all weight on two words, of which one may be hardly tinted: the
# answer is the same to the last digit shown. A reader who is shown the second picture would tell another story.*

# %%
even = np.array([v.mean() for v in votes])  # log-odds with equal weights
turned = (even > 0) != (odds > 0)
lost_points = 100.0 * (((even > 0) == labels).astype(float) - ((odds > 0) == labels))
drop = ttest_1samp(lost_points, 0).confidence_interval()
unsure = pd.Series(turned).groupby(np.abs(expit(odds) - 0.5) < 0.3).mean()
turns = 1 - exchanged["same answer"]
alike = [(v * z > 0).mean() for v, z in zip(votes, odds, strict=True)]
evaluation.say(f"""
    With **equal** weights the trained network turns **{turned.mean():.1%}** of its
    answers on the validation part (another seed:
    {turns["trained anew, other seeds"]:.1%}; a network trained with equal weights:
    {turns["trained anew with equal weights"]:.1%}), its probability
    moves by {exchanged.loc["equal", CHANGE]:.3f} in the median (another seed:
    {exchanged.loc["trained anew, other seeds", CHANGE]:.3f}), and its accuracy changes
    by **{lost_points.mean():+.1f}** points ({drop.low:+.1f} to {drop.high:+.1f}). Of
    the reviews with a probability between .2 and .8 it turns
    {unsure.get(True, np.nan):.0%}, of the others {unsure.get(False, np.nan):.0%}. Of
    the states of a review, {np.mean(alike):.0%} vote for the answer; where they agree,
    no weights can change it. Permuted weights turn {turns["permuted"]:.1%}, and
    without the tenth looked at most {turns["without the tenth looked at most"]:.1%}
    turn.

    The two words that give exactly a review's answer have, in half of the reviews,
    less than {np.median(had):.2%} of the attention.
""")

# %%
trained_even = worth["mean"]
needed = trained_even["points"] > 0 and trained_even["verdict"] == "more than chance"
outcome = "isn't shown to be needed here, so it can't explain much"
outcome = "passes this test, which is no proof that it explains" if needed else outcome
evaluation.say(f"""
    Wiegreffe and Pinter's question is what a network does that is *trained* with equal
    weights. That is the pooling by the mean above: {pooled_mean["mean"]:.2%} on the
    test part, with attention {pooled_mean["attention"]:.2%}, means of {len(SEEDS)}
    seeds; attention − mean is {said(trained_even)}. By their criterion, attention
    {outcome}.
""")

# %% [markdown]
# What other weights do to the answer says something about the states: each has read its surroundings, and many
# may vote alike. If the answer hardly changes, that need not mean that the weights point nowhere; for that
# one has to ask what happens to the answer when *words* go, not weights.
#
# ## Four witnesses
#
# **Occlusion** makes one word unknown at a time and notes the change of the log-odds. Words that say the
# same thing twice cover for each other. **SHAP** (Lundberg & Lee 2017) makes *sets* of words unknown. Its
# idea is the **Shapley value** of game theory: a word's effect, averaged over all orders in which the words
# could come in. There are far too many sets of words to try; the `shap` package divides the text into two
# parts, these again, down to words, and shares the answer out at each division as between two players, who
# act as groups (that gives the **Owen value**, a relative of Shapley's). It goes on where the effect is
# largest, until it has used up the evaluations that we grant it, and needs nothing but a function from
# texts to numbers. **Attention** comes in two kinds: the weight, and **weight times vote**.

# %%
UNKNOWN = "notaword"  # what SHAP puts in place of a word
assert UNKNOWN not in model.vectorizer.vocabulary
LIMITS = {"max_evals": 200 if small else 12_000, "batch_size": 128, "silent": True}


def log_odds(texts):
    with warnings.catch_warnings():  # that a text without a known word is among them
        warnings.simplefilter("ignore", UserWarning)
        z = model.predict_logits(list(texts))
    return z[:, 1] - z[:, 0]


# The space behind the unknown word keeps it apart from the next one.
masker = shap.maskers.Text(r"\s", mask_token=f"{UNKNOWN} ", collapse_mask_token=False)
explainer = shap.explainers.Partition(log_odds, masker)


def witnesses(review):
    """What each method says of each word: a row per word, a column per method."""
    (a,), (v,) = inside(model.vectorizer.transform([review]))
    words, effects = evaluation.explain.occlusion(model, review)
    (values,) = explainer([" ".join(words)], **LIMITS).values
    methods = {"attention": a, "weight × vote": a * v}
    methods |= {"occlusion": effects, "SHAP": values}
    return pd.DataFrame(methods, index=as_read(review))


# %% alt="The mixed review four times, coloured by attention, votes, occlusion and SHAP"
keras.utils.set_random_seed(0)  # SHAP breaks ties at random
told = witnesses(mixed)
fig, axs = plt.subplots(len(told.columns), 1, figsize=(9, 5.2))
for ax, method in zip(axs, told, strict=True):
    plots.token_heatmap(told.index, told[method], title=method, ax=ax)
plt.show()

# %% [markdown]
# *Each line has its own scale: darkest is its largest value. Attention has no sign. In the other three blue
# pulls towards “positive”, orange (in italics) towards “negative”.*
#
# One review proves nothing. Now forty from the validation part, of 60 to 100 words: short enough for SHAP to work
# out nearly every division.

# %%
shortest, longest = (15, 60) if small else (60, 100)
fitting = [i for i, row in enumerate(rows) if shortest <= len(row) <= longest]
sample = [dataset.validation.texts[i] for i in fitting[: 5 if small else 40]]
started = time.perf_counter()
told_of = [witnesses(review) for review in progress_bar(sample, desc="Asking")]
print(f"{len(sample)} reviews, {time.perf_counter() - started:.0f} s")

# %% alt="Mean rank correlation between what four methods say of the words of a review"
by_review = np.array([one.abs().corr("spearman") for one in told_of])
agreement = pd.DataFrame(by_review.mean(axis=0), told.columns, told.columns)
fig, ax = plt.subplots(figsize=(5.5, 4))
sns.heatmap(agreement, annot=True, fmt=".2f", cmap="Blues", vmin=0, vmax=1, ax=ax)
ax.set_xticks(ax.get_xticks(), told.columns, rotation=30, ha="right")
ax.tick_params(axis="y", rotation=0)
plt.show()


# %% [markdown]
# *Spearman's rank correlation of the sizes (without their sign) of the words' values, mean over reviews: 1
# if two methods rank all words of a review alike, 0 if they have nothing to do with each other. (Weight times vote
# holds the weight as a factor, so those two agree by construction.)*

# %%
def rank_correlation_at(one, places):
    """How attention at a word goes with the effect of the word so many places on."""
    sizes_of_words = one.reset_index(drop=True).abs()
    effect = sizes_of_words["occlusion"].shift(-places)
    return sizes_of_words["attention"].corr(effect, method="spearman")


PLACES = {-3: "3 before", -2: "2 before", -1: "1 before", 0: "itself"}
PLACES |= {1: "1 after", 2: "2 after", 3: "3 after"}
shifted = {
    title: np.mean([rank_correlation_at(one, place) for one in told_of])
    for place, title in PLACES.items()
}
own, others = shifted["itself"], max(v for k, v in shifted.items() if k != "itself")
at_itself = "better" if own > others else "no better"

# %%
FEW = 5


def in_common(one, other):
    """How many of their five highest words two methods share, mean over reviews."""
    sizes_of = [table.reset_index(drop=True).abs() for table in told_of]
    both = [
        {*t[one].nlargest(FEW).index} & {*t[other].nlargest(FEW).index}
        for t in sizes_of
    ]
    return np.mean([len(shared) for shared in both])


# %%
column = {method: k for k, method in enumerate(told.columns)}
of_two = by_review[:, column["occlusion"], column["SHAP"]]
of_looks = by_review[:, column["attention"]][:, [column["occlusion"], column["SHAP"]]]
closer = ttest_1samp(of_two[:, None] - of_looks, 0).confidence_interval().low
verdict = "Occlusion and SHAP agree better with each other than attention with either"
verdict = verdict if (closer > 0).all() else "They agree about alike"
of_attention, of_shap = agreement.loc["attention"], agreement.loc["SHAP"]
of_product = agreement.loc["weight × vote"]
evaluation.say(f"""
    Do they agree? Occlusion and SHAP rank a review's words with a correlation of
    **{of_shap["occlusion"]:.2f}**; attention goes with occlusion at
    **{of_attention["occlusion"]:.2f}** and with SHAP at
    **{of_attention["SHAP"]:.2f}**, weight times vote at {of_product["occlusion"]:.2f}
    and {of_product["SHAP"]:.2f}. **{verdict}** (by 95 % intervals over {len(sample)}
    reviews). That the two are near each other is partly built in, as both make words
    unknown and watch the log-odds. Of the {FEW} words that attention ranks highest,
    occlusion has {in_common("attention", "occlusion"):.1f} among its own {FEW} and
    SHAP {in_common("attention", "SHAP"):.1f}; occlusion and SHAP share
    {in_common("occlusion", "SHAP"):.1f}.

    Attention at a word against occlusion's effect of the word so many places from it:
    {evaluation.listed(shifted, "{:.2f}")}. It goes {at_itself} with the word itself than with
    others; a state knows its neighbours on both sides, and so may stand for them.
""")

# %% [markdown]
# ## Which words removed change the answer most?
#
# The last word is the network's. Take out of each review the words that a method ranks highest, one more
# at a time, and watch the probability of the answer. They are really left out, not made unknown, so that no
# method is tested by its own means. First by size, to either side, where words that pull against each other
# cancel when both are gone; then only what speaks *for* the answer. Attention, having no sign, can't tell that; so
# it is asked twice, as it is, and restricted to words that vote for the answer.

# %%
MOST, VOTERS = 5 if small else 10, "attention, voters"
lot = np.random.default_rng(1)


def left_out(row, order, side):
    """Probability of the answer with the first 0, 1, 2 ... words left out."""
    z = model.logits_of_rows([np.delete(row, order[:k]) for k in range(MOST + 1)])
    return expit(side * (z[:, 1] - z[:, 0]))


records = []
for number, one in enumerate(progress_bar(told_of, desc="Leaving out")):
    row, side = rows[fitting[number]], np.sign(odds[fitting[number]])
    for kind in ("to either side", "for the answer"):
        ranks = one.abs() if kind == "to either side" else side * one
        ranks = ranks.assign(attention=one["attention"])
        if kind == "for the answer":
            ranks[VOTERS] = one["attention"] * (side * one["weight × vote"] > 0)
        orders = [(m, np.argsort(-ranks[m].to_numpy())) for m in ranks]
        orders += [("drawn by lot", lot.permutation(len(row))) for _ in range(5)]
        for method, order in orders:
            p = left_out(row, order, side)
            fall = np.abs(p[0] - p) if kind == "to either side" else p[0] - p
            what = zip(range(MOST + 1), fall, p < 0.5, strict=True)
            records += [(kind, number, method, *values) for values in what]

# %% alt="Change of the answer's probability by the number of words left out, by method"
COLUMNS = ["ranked", "review", "method", "words left out", "change", "turned"]
removed = pd.DataFrame(records, columns=COLUMNS)
means = removed.groupby(["ranked", "method", "words left out"])["change"].mean()
fig, panels = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True)
for ax, kind in zip(panels, ("to either side", "for the answer"), strict=True):
    curves = {m: (range(MOST + 1), means[kind, m]) for m in told.columns}
    plots.lines(curves, xlabel="words left out", ylabel="", ax=ax)
    ax.plot(means[kind, "drawn by lot"], color="black", lw=1, label="drawn by lot")
panels[0].set(title="ranked by size", ylabel="change of the probability, mean")
look = {"color": "black", "lw": 1, "ls": "--", "label": VOTERS}
panels[1].plot(means["for the answer", VOTERS], **look)
panels[1].set_title("ranked by what speaks for the answer")
panels[1].legend(loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %% [markdown]
# *Mean change of the probability of the answer, on the left without its sign, on the right how much it falls, when the
# words ranked highest are left out of the review; the higher a curve, the more the answer hangs on the named words taken together. On the left, words of both sides may
# cancel.* attention, voters *is attention on words that vote for the answer.*

# %%
few = removed[removed["words left out"] == FEW]
at_few = (
    few.groupby(["ranked", "review", "method"])[["change", "turned"]].mean().unstack()
)
sizes = at_few.loc["to either side", "change"].dropna(axis=1)  # a row per review
signed = at_few.loc["for the answer", "change"]
turned_by = at_few.loc["for the answer", "turned"].mean()


def compared(table, one, other):
    """Which of two rankings moves the probability more, in words, with the interval."""
    ci = ttest_1samp(table[one] - table[other], 0).confidence_interval()
    side = "more than" if ci.low > 0 else "less than" if ci.high < 0 else "as much as"
    near = min(abs(ci.low), abs(ci.high)) < 0.005 and side != "as much as"
    other = "words drawn by lot" if other == "drawn by lot" else other
    return f"{'just ' * near}{side} {other} ({ci.low:+.2f} to {ci.high:+.2f})"


# %%
finds = compared(sizes, "attention", "drawn by lot")
evaluation.say(f"""
    By size: with {FEW} words left out, the probability moves by {
    evaluation.listed(sizes.mean(), "{:.2f}")
}. Attention's words move it **{finds}**,
    {compared(sizes, "attention", "occlusion")} and
    {compared(sizes, "attention", "SHAP")}, with 95 % intervals over {len(sizes)}
    reviews ("as much as": no difference is shown in so few). Occlusion and SHAP also
    name words that speak *against* the answer, and with both kinds gone they cancel,
    so this way of ranking is hard on them.
""")

# %%
for_it = "; ".join(
    f"*{m}* {signed[m].mean():.2f} and {turned_by[m]:.0%}" for m in signed
)
evaluation.say(f"""
    By what speaks *for* the answer: what leaving out {FEW} words takes off its
    probability, and the share of answers that turn: {for_it}. Attention takes off
    {compared(signed, "attention", "SHAP")}; restricted to words that vote for the
    answer {compared(signed, VOTERS, "weight × vote")}. Weight times vote takes off
    {compared(signed, "weight × vote", "occlusion")} and
    {compared(signed, "weight × vote", "SHAP")}; it costs one reading of the text,
    occlusion one for each word, SHAP thousands.
""")

# %% [markdown]
# ## The probe sentences

# %% alt="Probability of positive that each model gives to each of twelve probe sentences"
probed = {name: run for name, run in runs.items() if name != "tfidf_lr"}
probes, expected = evaluation.probe_table(probed)
fig, ax = plt.subplots(figsize=(10.5, 6.5))
plots.probe_heatmap(probes, expected, ax=ax)
plt.show()
hits = (probes > 0.5).eq(np.array(expected, dtype=bool), axis=0)
PAIRS = ("opposite words", "negation", "contrast")  # the first six, two by two
solved = {
    title: [kind for n, kind in enumerate(PAIRS) if hit.iloc[2 * n : 2 * n + 2].all()]
    for title, hit in hits.items()
}
by_kind = {k: [f"*{t}*" for t, kinds in solved.items() if k in kinds] for k in PAIRS}
by_kind = {
    kind: "all" if len(some) == len(solved) else "; ".join(some) or "none"
    for kind, some in by_kind.items()
}
for sentence in probes.index:
    if len(sentence) > 120:
        print("Cut in the figure:", sentence)

# %%
evaluation.say(f"""
    Right answers, out of {len(probes)} sentences: {evaluation.listed(hits.sum(), "{:d}")}. Right
    on both sentences of a pair: {". ".join(f"{k}: {t}" for k, t in by_kind.items())}.
""")

# %% [markdown]
# *Probability of “positive”; blue-violet above one half, orange below. The sign behind a sentence is the
# right answer, a cross marks a wrong one. The first six sentences are three pairs; in two of these,
# negation and contrast, both sentences hold the same words in another order. A dozen sentences are for
# looking at, not for ranking models.*
#
# ## Load it again, and ask it yourself
#
# A saved model takes raw text. This is all that another program needs (beside `import lib.models`, which
# tells Keras about our layers). `reload` asks the same in an interpreter that has seen nothing of this
# notebook, and raises an error if an answer there differs from the model's here.

# %%
MY_REVIEWS = [  # edit these
    "Not bad at all: the plot is silly, but I laughed a lot and would watch it again.",
    "A waste of two hours. Even the brilliant cast can't save this script.",
]
file = paths.models_dir(dataset.name) / "lstm_attention.keras"
loaded = keras.models.load_model(file)
(there,) = evaluation.reload({file: model}, MY_REVIEWS).values()
print(f"{file.name}, {file.stat().st_size / 1e6:.1f} MB, classes {loaded.label_names}")
print("positive:", there[:, 1].round(4).tolist())

# %% alt="Each of two reviews twice, its words coloured by attention and by occlusion"
for review in MY_REVIEWS:
    positive = loaded.predict_proba([review])[0, 1]
    fig, (above, below) = plt.subplots(2, 1, figsize=(9, 1.9))
    title = f"positive with probability {positive:.2f}: attention"
    _, shares = evaluation.explain.attention(loaded, review)
    plots.token_heatmap(as_read(review), shares, title=title, ax=above)
    _, effects = evaluation.explain.occlusion(loaded, review)
    plots.token_heatmap(as_read(review), effects, title="occlusion", ax=below)
    plt.show()
    effect_of = pd.Series(effects, as_read(review))
    evaluation.say(f"""
        {positive:.0%} positive: by occlusion *{effect_of.idxmin()}* speaks most
        against and *{effect_of.idxmax()}* most for.
    """)

# %% [markdown]
# *Above, where the network looks; below, what each word adds: blue words pull towards “positive”, orange ones
# (in italics) towards “negative”, by the change of the log-odds when the word is made unknown. Each line has
# its own scale.*
#
# ## Verdict

# %%
BEFORE = ["tfidf_lr", "nbsvm", "ffnn", "dan"]
READERS = [] if small else ["rnn", "lstm", "bilstm", "gru", "cnn", "dcnn"]
so_far = evaluation.named("imdb", [*BEFORE, *READERS, "lstm_attention"])
means_so_far = {
    n: np.mean([r.right.mean() for r in (run, *evaluation.repeats(run))])
    for n, run in so_far.items()
}
leader = max(BEFORE + READERS, key=means_so_far.get)
reader = max(READERS, key=means_so_far.get) if READERS else leader


def stands(name):
    """Where the network of this notebook stands against an earlier one, in words."""
    found = evaluation.versus(attention_run, so_far[name])
    side = evaluation.standing(found)
    title, mean = so_far[name].metrics["title"], means_so_far[name]
    return f"{side} *{title}* with {mean:.1%} ({said(found)})"


# %% alt="Accuracy of the models so far with their intervals; this one, the best and the best reader dark"
best_titles = [so_far[name].metrics["title"] for name in (leader, reader)]
ax = plots.accuracy_dots(
    evaluation.table(so_far.values()), highlight=[TITLE, *best_titles]
)
ax.set_title("So far: accuracy on IMDB's test part, with 95 % intervals")
plt.show()

# %% [markdown]
# *Accuracy on the 25,000 test reviews with its 95 % interval; in dark the model of this notebook, the best of the
# earlier ones, and the best of those that read words in order. Published seeds. Left out are the two recurrent
# nets of notebook 4 that see the last state only.*

# %%
by_size = sizes.mean()
looked_at, by_lot = by_size[["attention", "drawn by lot"]]
best_by_size = by_size[["weight × vote", "occlusion", "SHAP"]].max()
for_answer = signed[["attention", "occlusion", "SHAP"]].mean()
close = looked_at > 0.8 * best_by_size and for_answer.iloc[0] > 0.8 * for_answer.max()
trust = "largely" if close else "in part"
trust = trust if finds.startswith("more") else "hardly"
costs = drop.high < 0
falls = "loses" if costs else "doesn't surely lose"
at_first = "most at ratings, where a reviewer has written one down, else "
at_first = at_first if len(stars) else ""
judging = ", ".join(f"*{w}*" for w in often.index[:-4:-1])

# %%
evaluation.say(f"""
    **Which words does the network look at, and may one believe it?** It looks
    {at_first}at words of judgement such as {judging}: {on_telling:.0%} of its attention is on the
    {is_telling.mean():.0%} of the words that lean to one side.

    **As a pointer to words that matter it may {trust} be believed**: leaving out the
    {FEW} words it looks at most moves the probability by {looked_at:.2f}, words by lot
    by {by_lot:.2f}, those of occlusion by {by_size["occlusion"]:.2f}, of SHAP by
    {by_size["SHAP"]:.2f}, of weight times vote by {by_size["weight × vote"]:.2f}. Of
    what speaks *for* the answer it finds less: words that SHAP names so take
    {for_answer["SHAP"]:.2f} off its probability, the most looked at
    {for_answer["attention"]:.2f}. (*Largely* would be four fifths of the best on both
    counts.)

    **As the reason for an answer it may {"in part" if costs else "not"} be believed.**
    With equal weights the trained network {falls} accuracy ({lost_points.mean():+.1f}
    points) and turns {turned.mean():.1%} of its answers, a new seed
    {turns["trained anew, other seeds"]:.1%}; by Wiegreffe and Pinter's criterion,
    attention {outcome}. But {1 - turned.mean():.0%} of the answers stay on their side
    when it looks everywhere alike (though their probabilities move), two words that
    had under {np.median(had):.2%} of the attention in half of the reviews would have
    given exactly the same, and a weight doesn't say for which side its word speaks.
    (All on the validation part, and of the published seed; words were left out of
    {len(sample)} of its reviews, of {shortest} to {longest} words.)
""")

# %%
cheap = ttest_1samp(
    signed["weight × vote"] - signed["occlusion"], 0
).confidence_interval()
does = (
    "better than" if cheap.low > 0 else "worse than" if cheap.high < 0 else "as well as"
)
bought = ", ".join(
    f"*{title}* {found['points']:+.1f}" for title, found in worth.items()
)
without = ", none of which has attention" if READERS else ""
evaluation.say(f"""
    Whoever wants to know what moved an answer should not print the weights alone.
    Times the vote, at the price of one reading, they do {does} leaving out one word
    after the other ({signed["weight × vote"].mean():.2f} and
    {signed["occlusion"].mean():.2f} off the answer's probability; SHAP
    {signed["SHAP"].mean():.2f}, the weights alone {signed["attention"].mean():.2f}).

    **What attention buys** over other ways to pool the states of the same LSTM, in
    points: {bought}. With it the network has **{means_so_far["lstm_attention"]:.1%}**
    on the test part in the mean over seeds. The best of all earlier models: it
    {stands(leader)}. The best of those that read words in order{without}: it
    {stands(reader)}.
""")

# %% [markdown]
# ## Exercises
#
# 1. In a copy of this notebook, put a network of one direction in the place of ours before *Where does it look?*:
#    `model = models.build("lstm_attention", dataset, names="out", bidirectional=False)`, then
#    `training.fit(model, dataset, name="attention_one_way", **PROTOCOL)`, and publish nothing. Run on until the
#    shift between attention and occlusion. A state knows only its word and those before: expect
#    attention to go with the effects *before* the word that is looked at more than with those after it.
# 2. Run the four witnesses on reviews of which the network is unsure (probability between .2 and .8), of any
#    length up to 150 words. Near one half the same change of the log-odds moves the probability most: expect all
#    curves to rise faster for that reason alone, and compare changes of the log-odds instead.
#
# ## References
#
# - Bahdanau, Cho & Bengio (2015), *Neural machine translation by jointly learning to align and translate*.
# - Jain & Wallace (2019), *Attention is not explanation*.
# - Lundberg & Lee (2017), *A unified approach to interpreting model predictions*.
# - Wiegreffe & Pinter (2019), *Attention is not not explanation*.
# - Yang et al. (2016), *Hierarchical attention networks for document classification*.
