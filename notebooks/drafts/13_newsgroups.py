# %% [markdown]
# # 13 · Twenty newsgroups
#
# **What is left of the ranking of models when the question is a post's topic, and how much of the answer
# stands in its header?**
#
# So far every text was a film review and the question was whether its writer liked the film. Who counts
# phrases and who reads in order were close rivals there. Here is another task: posts from discussion
# groups of 1993, on hockey, encryption, motorcycles or God, and the question is which of twenty groups a
# post was sent to. Negation matters little for that, and names matter much; a post also carries a header
# with the writer's name and institute, a signature, and lines quoted from others. The coursework that
# this project grew from used a small part of these posts, and two of its four models gave one and the
# same answer to everything. We shall see why.
#
# You need the 20 Newsgroups archive, which is downloaded if it isn't there, and for three of the models
# a pretrained encoder, which comes with `make install`; without it the rest runs. A cell below says how
# long the trainings took.

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
from IPython.display import Code
from scipy import special, stats
from sklearn.datasets import _twenty_newsgroups as rules  # by which lib.data strips posts
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import ComplementNB
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from statsmodels.stats.proportion import proportion_confint

from lib import paths, text
from lib.progress import progress_bar
from lib.text.predictor import predict_rows

# Of a few stripped posts nothing is left. They get an answer like all others.
warnings.filterwarnings("ignore", ".*hold no known word")
plots.style()

# %%
FULL, STRIPPED = "newsgroups", "newsgroups_stripped"
FEW = "newsgroups_technical_stripped"
ENCODER = "minilm"  # or "distilbert-base-uncased"
STEM = "minilm" if ENCODER == "minilm" else "distilbert"
FROZEN = f"{STEM}_frozen"
NETWORKS = {
    FEW: ["ffnn", "rnn", "lstm", "transformer", FROZEN],
    FULL: ["ffnn", "wide_and_deep"],
    STRIPPED: ["ffnn", "cnn", "lstm_attention", "wide_and_deep", FROZEN, STEM],
}
for task, names in NETWORKS.items():
    print(f"{task}:", *(evaluation.cost(task, name) for name in names), sep="\n  ")
try:
    models.pretrained.find(ENCODER, download=True)
    has_encoder = True
except models.EncoderError as error:
    has_encoder = False
    print("No pretrained encoder here, so its models are not trained:", error)

# %% [markdown]
# ## Three tasks
#
# *Full posts* are as they were sent, *stripped* ones without header, signature and quoted lines, by the
# rules of scikit-learn that most published results go by. Both have twenty classes. The *small contest*
# is the coursework's: two and a half thousand stripped posts, and the question is only whether the group
# is technical (`comp.*` and `sci.*`) or not.

# %%
tasks = {name: data.load(name) for name in (FULL, STRIPPED, FEW)}
groups, small = tasks[FULL].label_names, tasks[FULL].synthetic
KIND = {FULL: "full posts", STRIPPED: "stripped posts", FEW: "the small contest"}
for name, dataset in tasks.items():
    print("synthetic" if small else "real", name, dataset.fingerprint, dataset.report)

# %% [markdown]
# ### How good is a guess?
#
# With twenty classes, accuracy alone can hide that a small group is never found. Two more measures look at
# each class by itself. Its **precision** is the share of the posts *answered* so that really are from this
# group; its **recall** the share of its posts that are *found*; **F1** is their harmonic mean. The
# **macro** average over the classes lets the smallest group count as much as the largest. By hand, from
# the counts of true and answered groups:


# %%
def by_class(confusion):
    """Precision, recall and F1 of each class, from counts `(true, answered)`."""
    hits, answered, true = np.diag(confusion), *np.sum(confusion, axis=(0,)), None
    return hits, answered, true


# %%
