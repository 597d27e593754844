"""Saved models as folders that run without Keras: the network as ONNX, the rest as plain files.

    from lib import export
    export.export(model, "exported/imdb/gru")

Needs `requirements-serve.txt`. `lib.serve.Runtime` reads the folders.
"""

from lib.export.folder import FORMAT, export
from lib.export.network import to_onnx

__all__ = ["FORMAT", "export", "to_onnx"]
