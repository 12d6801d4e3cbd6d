"""Whole training steps: forward, loss, backward, and an SGD step with momentum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.models import STEPS, Step
from benchmarks.report import Report
from benchmarks.timing import interleave

__all__ = ["run"]

Weights = dict[str, np.ndarray]


def trainer(library: Any, step: Step, weights: Weights | None) -> tuple[Callable[[], float], Weights]:
    """Return a call that trains one step and returns the loss, and the weights it starts from."""
    framework = getattr(library, "torch", None) or library.autograd
    model = step.build(library.nn)
    if weights is None:
        weights = {key: np.array(library.plain(value)) for key, value in model.state_dict().items()}
    else:
        model.load_state_dict({key: framework.as_tensor(value.copy()) for key, value in weights.items()})
    if library.name == "torch-nhwc":
        model = model.to(memory_format=library.torch.channels_last)
    rng = np.random.default_rng(0)
    images = library.tensor(rng.standard_normal((step.batch, *step.image), np.float32)).detach()
    labels = framework.as_tensor(rng.integers(0, step.classes, step.batch))
    loss_of = library.nn.CrossEntropyLoss()
    rule = library.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)

    def train() -> float:
        rule.zero_grad()
        loss = loss_of(model(images), labels)
        loss.backward()
        rule.step()
        return float(loss)

    return train, weights


def run(report: Report, candidates: list[Any], rounds: int, only: str) -> None:
    """Measure the networks; the first losses of all libraries must agree."""
    eager = [library for library in candidates if hasattr(library, "nn")]
    for step in STEPS:
        if only not in step.name:
            continue
        calls: dict[str, Callable[[], float]] = {}
        weights: Weights | None = None
        for library in eager:
            calls[library.name], weights = trainer(library, step, weights)
        losses = {name: [call() for _ in range(3)] for name, call in calls.items()}
        for name, seen in losses.items():
            if not np.allclose(seen, losses["convgrad"], rtol=2e-3):
                raise SystemExit(f"{step.name}: losses differ: {losses['convgrad']} and {seen} ({name})")
        report.add(step.name, interleave(calls, rounds))
