"""The course of the learning rate over a training."""

from __future__ import annotations

import math

from autograd.errors import describe

__all__ = ["SCHEDULES", "Schedule"]

SCHEDULES = ("constant", "cosine", "linear", "step")


class Schedule:
    r"""Factor of the learning rate at each step: a linear warm-up, then a descent.

    With :math:`f` the fraction of the steps after the warm-up that are done, the factor is 1, :math:`(1+\cos \pi f)/2`
    (I. Loshchilov, F. Hutter, "SGDR", ICLR 2017), :math:`1 - f`, or a tenth after every third of the steps.

    Parameters
    ----------
    kind : {'constant', 'cosine', 'linear', 'step'}
    steps : int
        Steps of the whole training.
    warmup : int, default 0
        Steps of the warm-up.

    Raises
    ------
    ValueError
        If the kind is unknown.

    Examples
    --------
    >>> factor = Schedule("linear", steps=12, warmup=2)
    >>> [factor(step) for step in (0, 1, 2, 7, 12)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """

    def __init__(self, kind: str, steps: int, warmup: int = 0) -> None:
        if kind not in SCHEDULES:
            raise ValueError(describe(f"Unknown schedule {kind!r}", rule=f"one of {', '.join(SCHEDULES)}"))
        self.kind = kind
        self.steps = steps
        self.warmup = warmup

    def stretch(self, steps: int) -> bool:
        """Take another number of steps of the whole training, and return whether it is another."""
        changed, self.steps = steps != self.steps, steps
        return changed

    def __call__(self, step: int) -> float:
        """Return the factor at a step."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        done = min(1.0, (step - self.warmup) / max(1, self.steps - self.warmup))
        match self.kind:
            case "cosine":
                return (1 + math.cos(math.pi * done)) / 2
            case "linear":
                return 1 - done
            case "step":
                return 0.1 ** min(2, int(3 * done))
        return 1.0
