"""The one timer of the benchmarks, and the machine's fastest matrix products."""

import time
from collections.abc import Callable


def seconds(function: Callable[[], object], *, repeats: int = 3) -> float:
    """Return the shortest of some runs: what the code takes when nothing disturbs it."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        function()
        taken.append(time.perf_counter() - started)
    return min(taken)


def matrix_peak() -> float:
    """Return the most FLOP/s that a float32 matrix product reaches here."""
    import tensorflow as tf

    a = tf.random.normal((2048, 2048))
    return 2 * 2048**3 / seconds(lambda: tf.linalg.matmul(a, a).numpy(), repeats=8)
