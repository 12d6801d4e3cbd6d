"""Checking a model: the gradients of every parameter and input, element by element or along random directions."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from autograd.engine import grad as gradients
from autograd.errors import describe
from autograd.functional import functional_call
from autograd.gradcheck.arguments import Tolerance
from autograd.gradcheck.complex_step import STEP, in_complex_step, refuse_unless_analytic
from autograd.gradcheck.errors import GradcheckError, Mismatch, Report
from autograd.gradcheck.explain import compare_runs, explained, run_recorded
from autograd.gradcheck.kinks import is_kink
from autograd.gradcheck.localize import Budget
from autograd.gradcheck.numeric import ungraphed
from autograd.gradcheck.verify import tolerance_for
from autograd.storage import Array
from autograd.tensor import Tensor

__all__ = ["ParameterCheck", "gradcheck_module", "module_checks"]

MANY_ELEMENTS = 2000
DIRECTIONS = 3
LOCALIZING = 20.0


class ParameterCheck(NamedTuple):
    """What was compared of one parameter or input.

    Attributes
    ----------
    name : str
        The parameter's path, or ``"input 0"``.
    shape : tuple of int
    compared : int
        How many elements, or directions.
    worst : float
        The largest difference between analytic and numeric derivative, relative to the largest derivative.
    seconds : float
    mismatch : Mismatch or None
        The first difference beyond the tolerance.
    """

    name: str
    shape: tuple[int, ...]
    compared: int
    worst: float
    seconds: float
    mismatch: Mismatch | None


class _Projected:
    """A model in double precision, whose outputs are combined into one number by random weights."""

    def __init__(self, module: Any, inputs: tuple[Any, ...]) -> None:
        self.module = copy.deepcopy(module).double()
        self.args = tuple([_in_double(x) for x in inputs])
        self.named = [(f"input {i}", x) for i, x in enumerate(self.args) if isinstance(x, Tensor) and x._requires_grad]
        self.named += [(name, p) for name, p in self.module.named_parameters() if p.requires_grad]
        self.weights: list[Array] | None = None

    def outputs(self, *_: Any) -> tuple[Tensor, ...]:
        """Run the model."""
        found = tuple([y for y in _flat(self.module(*self.args)) if y._data.dtype.kind == "f"])
        if not found:
            raise ValueError(
                describe(
                    "Expected the module to return floating-point tensors, but it returns none", op="gradcheck_module"
                )
            )
        return found

    def value(self) -> float:
        """Return the combination of the outputs."""
        outputs = ungraphed(self.outputs, ())
        return float(sum(np.sum(w * y._data) for w, y in zip(self._weights(), outputs, strict=True)))

    def _weights(self) -> list[Array]:
        if self.weights is None:
            rng = np.random.default_rng(0)
            outputs = ungraphed(self.outputs, ())
            self.weights = [rng.uniform(0.5, 1.5, y.shape) * rng.choice([-1.0, 1.0], y.shape) for y in outputs]
        return self.weights

    def gradients(self) -> list[Array]:
        """Return its gradients by all parameters and inputs."""
        outputs = self.outputs()
        pairs = [(y, Tensor(w, None)) for y, w in zip(outputs, self._weights(), strict=True) if y.requires_grad]
        tensors = [x for _, x in self.named]
        if not pairs:
            return [np.zeros_like(x._data) for x in tensors]
        found = gradients([y for y, _ in pairs], tensors, [w for _, w in pairs], allow_unused=True)
        return [np.zeros_like(x._data) if g is None else g._data for x, g in zip(tensors, found, strict=True)]

    def slopes(self, x: Tensor, direction: Array, eps: float) -> tuple[float, float]:
        """Return the slopes along ``-direction`` and ``direction`` of one tensor."""
        original = x._data.copy()
        middle = self.value()
        try:
            x._data[...] = original + eps * direction
            high = self.value()
            x._data[...] = original - eps * direction
            low = self.value()
        finally:
            x._data[...] = original
        return (middle - low) / eps, (high - middle) / eps


class _Stepped(_Projected):
    """A model whose slopes are taken by complex steps: exact, and the same on both sides."""

    def __init__(self, module: Any, inputs: tuple[Any, ...]) -> None:
        super().__init__(module, inputs)
        refuse_unless_analytic(self.at, tuple([x for _, x in self.named]), list(range(len(self.outputs()))))

    def at(self, *values: Tensor) -> tuple[Tensor, ...]:
        """Run the model on other values of its inputs and parameters."""
        given = dict(zip([name for name, _ in self.named], values, strict=True))
        args = tuple([given.pop(f"input {i}", x) for i, x in enumerate(self.args)])
        return tuple([y for y in _flat(functional_call(self.module, given, args)) if y._data.dtype.kind in "fc"])

    def slopes(self, x: Tensor, direction: Array, eps: float) -> tuple[float, float]:
        """Return twice the slope along a direction of one tensor."""
        values = [Tensor(t._data + 1j * STEP * (direction if t is x else 0.0), None) for _, t in self.named]
        outputs = in_complex_step(self.at, tuple(values))
        slope = sum(float(np.sum(w * np.imag(y._data))) for w, y in zip(self._weights(), outputs, strict=True)) / STEP
        return slope, slope


def _in_double(x: Any) -> Any:
    if not isinstance(x, Tensor) or x._data.dtype.kind != "f":
        return x
    double = Tensor(x._data.astype(np.float64), None)
    double._requires_grad = True
    return double


def _flat(nest: Any) -> Iterator[Tensor]:
    if isinstance(nest, Tensor):
        yield nest
    elif isinstance(nest, dict):
        yield from _flat(list(nest.values()))
    elif isinstance(nest, tuple | list):
        for item in nest:
            yield from _flat(item)


def module_checks(
    module: Any,
    inputs: tuple[Any, ...],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    fast_mode: bool | None = None,
    budget: float | None = None,
    method: str = "central",
) -> Iterator[ParameterCheck]:
    """Yield a check for every input and parameter of a module; see `gradcheck_module`."""
    tolerance = tolerance_for(eps, atol, rtol, 0.0, method)
    yield from _checks(_projected(module, inputs, method), tolerance, fast_mode, budget)


def _projected(module: Any, inputs: tuple[Any, ...], method: str) -> _Projected:
    return (_Stepped if method == "complex" else _Projected)(module, inputs)


def _checks(
    model: _Projected, tolerance: Tolerance, fast_mode: bool | None, seconds: float | None
) -> Iterator[ParameterCheck]:
    found = model.gradients()
    size = sum(x._data.size for _, x in model.named)
    fast = size > MANY_ELEMENTS if fast_mode is None else fast_mode
    end = time.monotonic() + (np.inf if seconds is None else seconds)
    scale = max((float(np.abs(g).max(initial=0.0)) for g in found), default=0.0) or 1.0
    if isinstance(model, _Stepped):
        # The rounding of a sum goes by its largest terms.
        tolerance = tolerance._replace(atol=tolerance.atol * max(1.0, scale))
    for position, ((name, x), analytic) in enumerate(zip(model.named, found, strict=True)):
        share = (end - time.monotonic()) / (len(found) - position)
        task = _Task(name, position, x, analytic, scale)
        yield _check_tensor(model, task, tolerance, fast, Budget(max(share, 0.0)))


class _Task(NamedTuple):
    """A tensor to check: its gradient, and the largest derivative by any tensor."""

    name: str
    position: int
    x: Tensor
    analytic: Array
    scale: float


def _check_tensor(model: _Projected, task: _Task, tolerance: Tolerance, fast: bool, budget: Budget) -> ParameterCheck:
    name, position, x, analytic, scale = task
    start = time.monotonic()
    compared, worst, mismatch = 0, 0.0, None
    for index, direction in _directions(x, fast, position):
        if budget.spent and compared:
            break
        a = float(np.sum(analytic * direction))
        slopes = model.slopes(x, direction, tolerance.eps)
        n = (slopes[0] + slopes[1]) / 2
        compared += 1
        allowed = tolerance.atol * float(np.abs(direction).sum()) + tolerance.rtol * abs(n)
        if abs(a - n) > allowed or not np.isfinite(a - n):
            if _at_kink(model, x, direction, slopes, a, tolerance):
                continue
            mismatch = Mismatch(0, position, None if index is None else (), index, a, n, ((), x._data.shape))
            worst = max(worst, abs(a - n) / scale)
            break
        worst = max(worst, abs(a - n) / scale)
    return ParameterCheck(name, x._data.shape, compared, worst, time.monotonic() - start, mismatch)


def _at_kink(
    model: _Projected, x: Tensor, direction: Array, slopes: tuple[float, float], a: float, tolerance: Tolerance
) -> bool:
    finer = model.slopes(x, direction, tolerance.eps / 10)
    pairs = [(np.asarray(left), np.asarray(right)) for left, right in (slopes, finer)]
    return bool(is_kink(pairs[0], pairs[1], np.asarray(a), tolerance))


def _directions(x: Tensor, fast: bool, seed: int) -> Iterator[tuple[tuple[int, ...] | None, Array]]:
    """Yield a few random directions, or every element in random order."""
    rng = np.random.default_rng(seed)
    if fast:
        for _ in range(DIRECTIONS if x._data.size else 0):
            direction = np.asarray(rng.standard_normal(x._data.shape))
            yield None, np.asarray(direction / np.linalg.norm(direction))
        return
    for flat in rng.permutation(x._data.size):
        index = tuple(int(i) for i in np.unravel_index(int(flat), x._data.shape))
        unit = np.zeros(x._data.shape)
        unit[index] = 1
        yield index, unit


def gradcheck_module(
    module: Any,
    *inputs: Any,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    fast_mode: bool | None = None,
    budget: float | None = None,
    method: str = "central",
    raise_exception: bool = True,
    progress: Callable[[ParameterCheck], None] | None = None,
) -> bool:
    """Check the gradients of every parameter and every floating-point input of a module.

    A copy in double precision is checked; the module itself is left alone. Its outputs are combined by random weights
    into one number, whose derivatives are compared.

    Parameters
    ----------
    module : nn.Module
        In the mode it is in; dropout must be off.
    *inputs
        Its arguments.
    eps, atol, rtol : float
        See `gradcheck`.
    fast_mode : bool, optional
        Compare along three random directions a parameter instead of every element; by default where there are more than
        2000 elements in all.
    budget : float, optional
        Seconds to spend. Each parameter gets its share, in which as many elements (in random order) or directions are
        compared as there is time for, at least one.
    method : {'central', 'complex'}
        See `gradcheck`: differences, or complex steps, which are exact and need one run of the model instead of two.
    raise_exception : bool
        Raise on failure instead of returning False.
    progress : callable, optional
        Called with a `ParameterCheck` after each.

    Returns
    -------
    bool
        True if all gradients agree.

    Raises
    ------
    GradcheckError
        On the first gradient that differs, with the faulty operation; or if two runs of the module differ.
    TypeError
        If it is no module.
    ValueError
        If the module returns no floating-point tensors, or has neither parameters nor floating-point inputs.
    RuntimeError
        If the complex step does not hold for the module.

    Examples
    --------
    >>> import autograd, nn
    >>> autograd.gradcheck_module(nn.Sequential(nn.Conv2d(1, 2, 3), nn.Tanh()), autograd.randn(1, 1, 5, 5))
    True
    """
    tolerance = tolerance_for(eps, atol, rtol, 0.0, method)
    if not hasattr(module, "named_parameters"):
        raise TypeError(
            describe(f"gradcheck_module expects a module, but got {type(module).__name__}", fix="use gradcheck")
        )
    model = _projected(module, inputs, method)
    if not model.named:
        raise ValueError(
            describe("gradcheck_module expects a parameter or an input of floating point that requires grad")
        )
    try:
        _refuse_chance(model)
        for check in _checks(model, tolerance, fast_mode, budget):
            if progress is not None:
                progress(check)
            if check.mismatch is not None:
                raise GradcheckError(_report(model, check, budget, raise_exception))
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _refuse_chance(model: _Projected) -> None:
    """Check that two runs give the same.

    Raises
    ------
    GradcheckError
        If they do not.
    """
    first, outputs = run_recorded(model.outputs, ())
    second, again = run_recorded(model.outputs, ())
    finding = compare_runs(first, second, outputs, again)
    if finding is not None:
        raise GradcheckError(Report("The module gives different results for the same inputs.", finding=finding))


def _report(model: _Projected, check: ParameterCheck, seconds: float | None, localizing: bool) -> Report:
    phrase = f"Jacobian mismatch for output 0 with respect to {check.name},"
    if not localizing:
        return Report(phrase, check.mismatch)
    budget = Budget(LOCALIZING if seconds is None else seconds)
    tensors = tuple([x for _, x in model.named])
    method = "complex" if isinstance(model, _Stepped) else "central"
    report = explained(model.outputs, tensors, check.mismatch, phrase, 1, budget, method)
    return Report(phrase, report.mismatch, report.finding, report.checked, report.recorded, [("parameter", check.name)])
