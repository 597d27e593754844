"""Prediction from raw text, as a ratio of two things measured in one run. Prints; never fails.

    make bench

Needs the real data for representative lengths; without it, the synthetic reviews.
"""

import os

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from timing import seconds

from lib import data, models, paths


def main() -> None:
    """The saved LSTM from raw text against scikit-learn's TF-IDF + logistic regression."""
    model = models.load(paths.ROOT / "models" / "imdb" / "lstm.keras")
    try:
        dataset = data.load("imdb")
    except data.DataError as error:
        print(f"{error}\nGoing on with synthetic texts; the ratio says little about reviews.")
        os.environ["PROFILE"] = "demo"
        dataset = data.load("imdb")
    print(f"{paths.profile()} profile, {len(dataset.train):,} training texts")
    pipeline = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2), LogisticRegression(max_iter=1000)
    ).fit(dataset.train.texts[:8000], dataset.train.labels[:8000])
    texts = dataset.test.texts[:5000]
    model.predict_proba(texts[:512])  # traces the graph
    ours = seconds(lambda: model.predict_proba(texts))
    theirs = seconds(lambda: pipeline.predict_proba(texts))
    print(
        f"LSTM prediction, raw texts: {len(texts) / ours:,.0f} per second, scikit-learn "
        f"{len(texts) / theirs:,.0f}: ratio {theirs / ours:.2f}"
    )
    vectorizing = seconds(lambda: model.vectorizer.transform(texts))
    print(f"  {vectorizing / ours:.0%} of it is cleaning and looking up words")


if __name__ == "__main__":
    main()
