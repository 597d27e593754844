"""The learning rate of fine-tuning."""

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="lib")
class WarmupLinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """Rises from 0 to its peak in a straight line, then falls to 0 at the last step.

    A pretrained network's first steps are small, so that a head that knows nothing yet can't undo
    what the encoder knows (Devlin et al. 2019, appendix A.2).

    Args:
        peak: the highest learning rate.
        warmup_steps: steps until it is reached, at least 1.
        total_steps: steps in all, more than `warmup_steps`.

    Raises:
        ValueError: the steps are not in that order.
    """

    def __init__(self, peak: float, *, warmup_steps: int, total_steps: int):
        if not 1 <= warmup_steps < total_steps:
            raise ValueError(f"{warmup_steps} steps of warm-up don't fit into {total_steps} steps.")
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps

    def __call__(self, step):
        """Return the learning rate of a step, counted from 0."""
        step = ops.cast(step, "float32")
        rising = step / self.warmup_steps
        falling = (self.total_steps - step) / (self.total_steps - self.warmup_steps)
        return self.peak * ops.maximum(ops.minimum(rising, falling), 0.0)

    def get_config(self) -> dict:
        """Return what `from_config` needs."""
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
        }
