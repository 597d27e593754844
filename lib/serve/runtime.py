"""`Runtime`: an exported model that answers to raw texts with numpy and onnxruntime alone."""

import json
from pathlib import Path

import numpy as np

from lib.text import VECTORIZERS, TextPredictor

FORMAT = 1  # of the folder; `lib.export` writes it


class ExportError(Exception):
    """An exported model that can't be read; the message says why, in one line."""


class Runtime(TextPredictor):
    """An exported model: the answers of the `.keras` file it was made from.

    In `float32` they are equal to 1e-4. In `int8` those of networks whose weights are mostly tables
    are too, as the file has these in 8 bits already; a large encoder's move by a hundredth or so. A
    text's answer is the same alone and among others.

    It has what a `TextClassifier` can be asked: `predict_proba`, `predict_labels`, and what
    `evaluation.explain.occlusion` needs. Many threads may ask it at the same time.

    Args:
        folder: what `lib.export.export` has written.
        precision: `int8`, or `float32`, which is equal to the `.keras` file to 1e-4.
        threads: that one answer may use.

    Attributes:
        name: what it was exported as, such as `imdb/gru`.
        architecture: a name in `lib.models.ARCHITECTURES`.
        folder: where its files are.
        figures: accuracy and the like, as `lib.export.figures` wrote them; None if unpublished.

    Raises:
        ExportError: there is no such folder, a file is missing or damaged, or is of another format;
            or onnxruntime isn't installed.
        ValueError: unknown precision.
    """

    def __init__(self, folder: str | Path, *, precision: str = "int8", threads: int = 1):
        if precision not in ("int8", "float32"):
            raise ValueError(f"precision={precision!r} is neither 'int8' nor 'float32'.")
        try:
            import onnxruntime
        except ImportError as error:
            message = "onnxruntime is missing: pip install -r requirements-serve.txt"
            raise ExportError(message) from error
        self.folder = folder = Path(folder)
        if not folder.is_dir():
            raise ExportError(f"There is no folder {folder}; `python -m lib.export` makes it.")
        about = _json(folder / "model.json")
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            found = about.get("format") if isinstance(about, dict) else None
            raise ExportError(f"{folder} has format {found}, this version reads {FORMAT}.")
        try:
            self.name, self.architecture = about["name"], about["architecture"]
            self.label_names = tuple(about["label_names"])
            self.batch_tokens, self.figures = about["batch_tokens"], about["figures"]
            vectorizer = _json(folder / "vectorizer.json")
            self.vectorizer = VECTORIZERS[vectorizer.pop("kind")].from_config(vectorizer)
        except (KeyError, TypeError, ValueError) as error:
            raise ExportError(f"{folder} is incomplete or damaged: {error!r:.100}.") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3  # errors alone
        try:
            self._session = onnxruntime.InferenceSession(
                folder / f"{precision}.onnx", options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime raises kinds of its own
            (reason, *_) = str(error).splitlines() or [repr(error)]
            raise ExportError(f"{folder / precision}.onnx can't be run: {reason:.150}.") from error
        self._inputs = [given.name for given in self._session.get_inputs()]

    def logits_of_batch(self, batch: np.ndarray | tuple) -> np.ndarray:
        """Return logits float32 `(batch, classes)` of one collated batch."""
        arrays = batch if isinstance(batch, tuple) else (batch,)
        (logits,) = self._session.run(None, dict(zip(self._inputs, arrays, strict=True)))
        return logits


def _json(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no JSON"
        raise ExportError(f"{path} can't be read: {reason}.") from error
