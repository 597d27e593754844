import numpy as np
import pytest

from lib import evaluation
from lib.evaluation import results

LABELS = np.arange(400) % 2


@pytest.fixture
def make_run(workspace):
    """Write a run that answers rightly in that share of 400 texts; return it as read."""

    def make(name, share=0.8, *, sure=0.9, dataset="imdb", seconds=1.0, probes=(), seed=0):
        linear = name in ("tfidf_lr", "nbsvm")
        right = np.random.default_rng(seed).permutation(len(LABELS)) < share * len(LABELS)
        positive = np.where(right == (LABELS == 1), sure, 1 - sure)
        probabilities = np.stack([1 - positive, positive], axis=1)
        measured = evaluation.evaluate(LABELS, probabilities)
        metrics = {
            "name": name,
            "title": name.upper(),
            "dataset": dataset,
            "notebook": "05_lstm",
            "synthetic": False,
            "created": f"{name} of today",
            "data": {
                "fingerprint": "0",
                "n_test": len(LABELS),
                "label_names": ["negative", "positive"],
            },
            "text": {},
            "model": {
                "architecture": name.split("/")[-1].split("-")[0],
                "parameters": 10,
                "file_mb": 1.0,
            },
            "training": {"seconds": seconds, "seed": seed} | ({} if linear else {"history": {}}),
            "validation": measured,
            "test": measured,
            "probes": list(probes),
            "inference": {"texts_per_second": 100.0},
            "environment": {"cpu": "2 cores of a kind"},
        }
        parts = ("validation", "test")
        predicted = dict.fromkeys(parts, LABELS), dict.fromkeys(parts, probabilities)
        return results.read(results.write(metrics, labels=predicted[0], probabilities=predicted[1]))

    return make
