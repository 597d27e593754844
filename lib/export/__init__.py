"""Saved models as folders that run without Keras: the network as ONNX, the rest as plain files.

    from lib.export import export
    export(model, "exported/imdb/gru")

Needs `requirements-serve.txt`. `lib.serve.Runtime` reads the folders.
"""

from lib.export.folder import export

__all__ = ["export"]
