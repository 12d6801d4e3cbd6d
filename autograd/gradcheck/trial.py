"""One operation on its own: its values, its gradients and difference quotients of them, in double precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.config import enable_grad, no_grad
from autograd.engine import grad as gradients
from autograd.gradcheck.recorder import Call
from autograd.ops.convert import clone
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["Trial"]

EPS = 1e-6
COARSE_EPS = 1e-3
DOUBLE = (np.float64, np.complex128)


def widened(x: Any) -> Any:
    """Return an array in double precision."""
    if not isinstance(x, np.ndarray) or x.dtype.kind not in "fc":
        return x
    return x.astype(np.complex128 if x.dtype.kind == "c" else np.float64)


class Trial:
    """An operation, a combination of its outputs, and the gradients of that.

    Parameters
    ----------
    call : Call
    order : int
        1 for the operation's gradients; 2 for the gradients of these.
    rng : numpy.random.Generator

    Attributes
    ----------
    inputs : list
        The operation's inputs; at order 2 followed by the gradients of its outputs.
    weights : list of ndarray or None
        ``phi = sum of Re(conj(weight) * output)``; ``None`` for outputs without gradient.
    narrow : bool
        Whether the outputs are in single precision whatever the inputs are: differences of them are noise.
    coarse : bool
        Whether the outputs are in double precision, but computed in single: only large steps make sense.
    eps : float
        The step.
    tied : bool
        Whether inputs that were the same tensor are so again: to move the first is to move all of them.
    """

    tied = False

    def __init__(self, call: Call, order: int, rng: np.random.Generator) -> None:
        self.call = call
        self.order = order
        self.count = len(call.inputs)
        self.inputs = [widened(x) if tensor else x for x, tensor in zip(call.inputs, call.is_tensor, strict=True)]
        self.needs = [need and isinstance(x, np.ndarray) for need, x in zip(call.needs, self.inputs, strict=True)]
        if order == 2:
            cotangents = [_random(y, rng) for y in call.run(self.inputs) if y.dtype.kind in "fc"]
            self.inputs += cotangents
            self.needs += [True] * len(cotangents)
        outputs = self._outputs()
        self.narrow = any(differentiable and y.dtype not in DOUBLE for y, differentiable in outputs)
        self.weights: list[Array | None] = [_random(y, rng) if there else None for y, there in outputs]
        self.coarse = self._rounds(rng)
        self.eps = COARSE_EPS if self.coarse else EPS

    def _rounds(self, rng: np.random.Generator) -> bool:
        """Whether the operation rounds to single precision inside: it does not feel the smallest changes."""
        inputs = list(self.inputs)
        for i, need in enumerate(self.needs):
            if need:
                inputs[i] = inputs[i] * (1 + 1e-11 * rng.uniform(-1.0, 1.0, inputs[i].shape))
        before, after = self.apply(self.inputs, record=False), self.apply(inputs, record=False)
        pairs = [(a._data, b._data) for a, b, w in zip(before, after, self.weights, strict=True) if w is not None]
        return bool(pairs) and all(a.size and np.array_equal(a, b) for a, b in pairs)

    def _outputs(self) -> list[tuple[Array, bool]]:
        outputs = self.apply(self.inputs, record=True)
        return [(y._data, y._data.dtype.kind in "fc" and (y._requires_grad or self.order == 2)) for y in outputs]

    def apply(self, inputs: Sequence[Any], record: bool) -> tuple[Tensor, ...]:
        """Run the operation (or its gradient) on copies of these inputs."""
        tensors = [Tensor(np.array(x), None) if self._is_tensor(i) else x for i, x in enumerate(inputs)]
        for x, need in zip(tensors, self.needs, strict=True):
            if need:
                x._requires_grad = True
        with enable_grad() if record or self.order == 2 else no_grad(), np.errstate(all="ignore"):
            # What the operation changes in place must not be a leaf.
            given = [clone(x) if need else x for x, need in zip(tensors, self.needs, strict=True)]
            if self.tied:
                given[: self.count] = [given[k] for k in self.call.same]
            outputs = self.call.apply(given[: self.count])
            self.leaves = given
            if self.order == 1:
                return outputs
            ends = [y for y in outputs if y._data.dtype.kind in "fc"]
            pairs = [(y, v) for y, v in zip(ends, given[self.count :], strict=True) if y._requires_grad]
            wanted = [x for x, need in zip(given[: self.count], self.needs, strict=False) if need]
            found = gradients(
                [y for y, _ in pairs], wanted, [v for _, v in pairs], create_graph=True, allow_unused=True
            )
            return tuple([g for g in found if g is not None])

    def _is_tensor(self, i: int) -> bool:
        return i >= self.count or self.call.is_tensor[i]

    def value(self, inputs: Sequence[Any], weights: Sequence[Array | None] | None = None) -> float:
        """Return phi."""
        outputs = self.apply(inputs, record=False)
        pairs = zip(outputs, self.weights if weights is None else weights, strict=True)
        return float(sum(np.sum(np.real(np.conj(w) * y._data)) for y, w in pairs if w is not None))

    def gradient(self) -> list[Any]:
        """Return phi's gradients as backward gives them: tensors or ``None``, one an input."""
        outputs = self.apply(self.inputs, record=True)
        weights = [
            None if w is None else Tensor(w.astype(y._data.dtype), None)
            for y, w in zip(outputs, self.weights, strict=True)
        ]
        if self.order == 2:
            ends = [(y, w) for y, w in zip(outputs, weights, strict=True) if w is not None and y._requires_grad]
            if not ends:
                return [None] * len(self.needs)
            wanted = [x for x, need in zip(self.leaves, self.needs, strict=True) if need]
            found = iter(gradients([y for y, _ in ends], wanted, [w for _, w in ends], allow_unused=True))
            return [next(found) if need else None for need in self.needs]
        node = next(y._node for y in outputs if y._node is not None)
        grads: list[Any] = [None] * len(node.outputs)
        for y, w in zip(outputs, weights, strict=True):
            if y._node is node:
                grads[y._index] = w
        before = [None if g is None else g._data.copy() for g in grads]
        with no_grad(), np.errstate(all="ignore"):
            results = node.backward(*grads)
        self.spoiled = [
            i for i, (g, b) in enumerate(zip(grads, before, strict=True)) if g is not None and _differ(g._data, b)
        ]
        self.overwritten = [
            i
            for i, (leaf, x) in enumerate(zip(self.leaves, self.inputs, strict=True))
            if isinstance(leaf, Tensor) and leaf._version == 0 and _differ(leaf._data, x)
        ]
        return list(results) if isinstance(results, tuple | list) else [results]

    spoiled: Sequence[int] = ()
    overwritten: Sequence[int] = ()

    def slopes(
        self,
        position: int,
        direction: Array,
        inputs: Sequence[Any] | None = None,
        weights: Sequence[Array | None] | None = None,
        eps: float | None = None,
    ) -> tuple[float, float]:
        """Return the slopes of phi along ``-direction`` and ``direction`` of one input."""
        eps = self.eps if eps is None else eps
        point = list(self.inputs if inputs is None else inputs)
        x = point[position]
        values = []
        for step in (-eps, 0.0, eps):
            point[position] = x + step * direction
            values.append(self.value(point, weights))
        return (values[1] - values[0]) / eps, (values[2] - values[1]) / eps

    def slope(self, position: int, direction: Array, inputs: Any = None, weights: Any = None) -> float:
        """Return the central difference quotient of phi along a direction of one input."""
        point = list(self.inputs if inputs is None else inputs)
        x = point[position]
        values = []
        for step in (-self.eps, self.eps):
            point[position] = x + step * direction
            values.append(self.value(point, weights))
        return (values[1] - values[0]) / (2 * self.eps)

    def noise(self) -> float:
        """Return how large the error of a difference quotient may be, of rounding or, at large steps, of truncation."""
        outputs = self.apply(self.inputs, record=False)
        total = sum(
            float(np.abs(w * y._data).sum()) for y, w in zip(outputs, self.weights, strict=True) if w is not None
        )
        return 1e-3 * total if self.coarse else 8 * np.finfo(np.float64).eps * total / self.eps


def _differ(a: Array, b: Array | None) -> bool:
    return b is None or a.shape != b.shape or not np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")


def _random(y: Array, rng: np.random.Generator) -> Array:
    """Return values of either sign, none of them small."""
    values = np.asarray(rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1.0, 1.0], y.shape))
    return np.asarray(values + 1j * rng.uniform(0.5, 1.5, y.shape)) if y.dtype.kind == "c" else values
