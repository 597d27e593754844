"""What lies in the folder of an exported model."""

import json
from pathlib import Path

from lib import paths
from lib.evaluation import results
from lib.export.card import model_card
from lib.export.figures import figures

FORMAT = 1  # of the folder
PRECISIONS = {"float32": False, "int8": True}
TOKENS = 2**12  # of a batch; without Keras, larger ones take more memory and are no quicker


def export(
    model,
    folder: str | Path,
    *,
    name: str = "",
    published: results.Result | None = None,
    reference: Path | None = None,
) -> Path:
    """Write a model as a folder that `lib.serve.Runtime` reads without Keras.

    It holds the network as `float32.onnx` and `int8.onnx`, the vectorizer as `vectorizer.json`, all
    else that answers need as `model.json`, and a model card, `README.md`; for drift, what the
    validation part looked like, as `reference.npz`, where that is known.

    Args:
        model: a `TextClassifier`.
        folder: made where it isn't there; files in it are replaced.
        name: what the model is called, such as `imdb/gru`.
        published: its published run, whose figures the card tells.
        reference: the file to copy as `reference.npz`.

    Returns:
        The folder.

    Raises:
        ModuleNotFoundError: ONNX isn't installed.
        NotImplementedError: a layer has no counterpart in ONNX, or the model is an ensemble.
        OSError: the folder can't be written.
    """
    try:
        from lib.export.network import to_onnx  # here: ONNX and Keras take seconds to start
        from lib.models import TextClassifier
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("onnx"):
            raise
        message = f"{error.name} is missing: pip install -r requirements-serve.txt"
        raise ModuleNotFoundError(message, name=error.name) from error
    if not isinstance(model, TextClassifier):
        raise NotImplementedError("An ensemble isn't exported; export its members.")
    folder = Path(folder)
    for stale in ("model.json", "reference.npz"):  # until all is there again, nothing is
        (folder / stale).unlink(missing_ok=True)
    for precision, small in PRECISIONS.items():
        network = to_onnx(model.network, small=small)
        _write(folder / f"{precision}.onnx", network.SerializeToString())
    by_batch = any(node.op_type == "DynamicQuantizeLinear" for node in network.graph.node)  # int8
    config = model.get_config()
    about = {
        "format": FORMAT,
        "name": name,
        "architecture": model.architecture,
        "label_names": config["label_names"],
        "batch_tokens": 1 if by_batch else TOKENS,
        "figures": figures(published) if published else None,
    }
    _write(folder / "vectorizer.json", json.dumps(config["vectorizer"], ensure_ascii=False))
    _write(folder / "README.md", model_card(model, name=name, published=published))
    if reference:
        _write(folder / "reference.npz", reference.read_bytes())
    _write(folder / "model.json", json.dumps(about, indent=1, ensure_ascii=False))
    return folder


def _write(path: Path, content: str | bytes) -> None:
    with paths.written_whole(path) as partial:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)
