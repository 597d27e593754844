"""`out_of_fold`: what a recipe answers to each training text without having been trained on it."""

import numpy as np

from lib import paths
from lib.data import Dataset
from lib.evaluation.results import keep_answers, kept_answers
from lib.models import initial
from lib.models.build import assemble
from lib.training.fit import complete_options, fit
from lib.training.history import recipe_key, retrain


def out_of_fold(
    architecture: str,
    dataset: Dataset,
    *,
    name: str,
    count: int = 5,
    seed: int = 0,
    build: dict | None = None,
    fit_options: dict | None = None,
) -> np.ndarray:
    """Return probabilities for the train part, each text's from a model that has not seen it.

    The train part is cut into as many folds; a model is trained on all but one and asked about that
    one. All choose their epoch on the data set's validation part. It is what a teacher is to answer
    in `data.taught`, as a model knows the texts that it was trained on by heart. The answers are
    kept, fold by fold, in `models/<data set>/teachers/`, and trained for again only where the
    recipe is another one, or with `RETRAIN=1`.

    Args:
        architecture: a name in `models.ARCHITECTURES`.
        dataset: whose train part is answered.
        name: of the files.
        count: of folds, and of models that are trained.
        seed: as for `models.build`.
        build: options of `models.build`.
        fit_options: options of `training.fit`.

    Returns:
        Float32 `(texts, classes)`, in the order of the train part.

    Raises:
        ValueError: fewer than two folds.
    """
    if count < 2:
        raise ValueError(f"{count} folds leave nothing to train on; take 2 or more.")
    train = dataset.train
    answers = np.zeros((len(train), len(dataset.label_names)), "float32")
    fold_of = np.arange(len(train)) % count
    for fold in range(count):
        held, rest = np.flatnonzero(fold_of == fold), np.flatnonzero(fold_of != fold)
        part = dataset.derived(f"without{fold + 1}of{count}", train=train.take(rest))
        stem = f"{name}-{fold + 1}of{count}"
        path = paths.models_dir(dataset.name) / "teachers" / f"{stem}.npz"
        model = assemble(architecture, part, seed=seed, **build or {})
        options = complete_options(model, fit_options or {})
        key = recipe_key(model, part, options)
        stored = None if retrain() else kept_answers(path, key)
        if stored is None:
            initial.set_weights(model, part)
            history = fit(model, part, name=stem, reuse=False, **options)
            stored = model.predict_proba(train.take(held).texts).astype("float32")
            keep_answers(path, key, stored)
            history.clear()
        answers[held] = stored
    return answers
