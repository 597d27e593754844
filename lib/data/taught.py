"""What a teacher answers in place of labels: knowledge distillation (Hinton et al. 2015)."""

import hashlib
from collections.abc import Sequence

import numpy as np

from lib.data.dataset import Dataset, Split


def taught(
    dataset: Dataset,
    answers: np.ndarray,
    *,
    temperature: float = 1.0,
    share: float = 1.0,
    texts: Sequence[str] = (),
) -> Dataset:
    """Return the data set with a teacher's answers as what its train part is to be answered.

    The teacher's answer to a text that it was trained on says little that the label doesn't; let it
    be one that wasn't trained on that text, for instance from `folds`. Without label smoothing in
    training, as these targets are soft by themselves.

    Args:
        dataset: its validation and test parts stay, with their labels.
        answers: of the teacher: probabilities `(n, classes)` for the texts of the train part and
            then for `texts`.
        temperature: above 1 makes the answers softer, so that a teacher's doubts count for more.
        share: of the teacher's answer in the target of a labelled text; the rest is its label.
        texts: further ones, which have no label: the teacher's answer is all there is.

    Raises:
        ValueError: not an answer for each text, one that is no probability, or a temperature or a
            share out of range.
    """
    labels, classes = dataset.train.labels, len(dataset.label_names)
    answers = np.asarray(answers, dtype="float64")
    if answers.shape != (len(labels) + len(texts), classes):
        raise ValueError(
            f"{len(labels)} + {len(texts)} texts in {classes} classes can't be taught by answers "
            f"of shape {answers.shape}."
        )
    if not (answers >= 0).all() or not np.allclose(answers.sum(axis=1), 1, atol=1e-3):
        raise ValueError("The answers are no probabilities: each row adds up to 1.")
    if temperature <= 0 or not 0 <= share <= 1:
        raise ValueError("A temperature is above 0, and a share between 0 and 1.")
    soft = np.maximum(answers, 1e-12) ** (1 / temperature)
    soft /= soft.sum(axis=1, keepdims=True)
    known = slice(len(labels))
    soft[known] = share * soft[known] + (1 - share) * np.eye(classes)[labels]
    soft = soft.astype("float32")
    guessed = answers[len(labels) :].argmax(axis=1).astype(labels.dtype)
    digest = hashlib.sha256(repr(list(texts)).encode())
    digest.update(soft.tobytes())
    train = Split([*dataset.train.texts, *texts], np.concatenate([labels, guessed]), soft)
    return dataset.derived(f"taught-{digest.hexdigest()}", train=train)
