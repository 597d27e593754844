"""Exported models at work, without Keras: `Runtime` answers, `python -m lib.serve` serves.

Needs `requirements-serve.txt`.
"""

from lib.serve.runtime import ExportError, Runtime

__all__ = ["ExportError", "Runtime"]
