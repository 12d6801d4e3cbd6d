"""Numeric against analytic gradients: central differences over every element, in double precision."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.config import enable_grad, no_grad
from autograd.engine import grad as gradients
from autograd.errors import describe
from autograd.tensor import Tensor, overlaps_itself

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

Array = np.ndarray[Any, np.dtype[Any]]
Function = Callable[..., Any]


class GradcheckError(RuntimeError):
    """An analytic gradient that differs from the numeric one."""


class Tolerance(NamedTuple):
    """How close is close: ``|analytic - numeric| <= atol + rtol |numeric|``; and the step of the differences."""

    eps: float
    atol: float
    rtol: float
    nondet: float


def _inputs(inputs: Any) -> tuple[Any, ...]:
    """Check the inputs and return them as a tuple.

    Raises
    ------
    ValueError
        If none requires grad.
    RuntimeError
        If one has several indices for one memory location.
    """
    args = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = False
    for i, x in enumerate(args):
        if not isinstance(x, Tensor) or not x.requires_grad:
            continue
        checked = True
        if x._data.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check will "
                "likely fail if all the inputs are not of double precision floating point or complex. Pass "
                f"inputs[{i}].double().requires_grad_(), and call .double() on the model.",
                stacklevel=3,
            )
        if overlaps_itself(x._data):
            raise RuntimeError(
                describe(
                    f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                    "non-overlapping to be able to compute the numerical gradients correctly. You should call "
                    ".contiguous on the input before passing it to gradcheck."
                )
            )
    if not checked:
        raise ValueError(
            describe(
                "gradcheck expects at least one input tensor to require gradient, but none of the them have "
                "requires_grad=True.",
                fix="make the inputs with requires_grad=True, in double precision",
            )
        )
    return args


def _outputs(result: Any) -> tuple[Tensor, ...]:
    """Return what a function returned as a tuple of tensors.

    Raises
    ------
    ValueError
        If it returned anything else.
    """
    outputs = (result,) if isinstance(result, Tensor) else result
    if not isinstance(outputs, Sequence) or not all(isinstance(y, Tensor) for y in outputs):
        raise ValueError(
            describe(
                f"Expected function to return a Tensor or a sequence of Tensors, but got {type(result).__name__}",
                op="gradcheck",
                fix="wrap the function so that it returns only tensors",
            )
        )
    return tuple(outputs)


def _differentiated(args: tuple[Any, ...]) -> list[tuple[int, Tensor]]:
    return [(i, x) for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]


def _evaluate(function: Function, args: tuple[Any, ...], keep: list[int]) -> list[Array]:
    """Return copies of the outputs `keep` as float or complex arrays."""
    with no_grad():
        outputs = _outputs(function(*args))
    return [np.array(outputs[j]._data) for j in keep]


def _numeric(
    function: Function, args: tuple[Any, ...], x: Tensor, keep: list[int], eps: float
) -> list[tuple[Array, Array]]:
    """Return for each output the difference quotients along the real and the imaginary axis, one row an element of `x`."""
    data = x._data
    along = [
        _quotients(function, args, data, keep, eps, step) for step in (1.0, 1j)[: 2 if data.dtype.kind == "c" else 1]
    ]
    return list(zip(along[0], along[-1], strict=True))


def _quotients(
    function: Function, args: tuple[Any, ...], data: Array, keep: list[int], eps: float, unit: complex
) -> list[Array]:
    rows: list[list[Array]] = [[] for _ in keep]
    for index in np.ndindex(data.shape):
        original = data[index]
        try:
            data[index] = original + eps * unit
            high = _evaluate(function, args, keep)
            data[index] = original - eps * unit
            low = _evaluate(function, args, keep)
        finally:
            data[index] = original
        for row, h, w in zip(rows, high, low, strict=True):
            row.append(((h - w) / (2 * eps)).ravel())
    sizes = [y.size for y in _evaluate(function, args, keep)]
    return [np.array(row).reshape(data.size, size) for row, size in zip(rows, sizes, strict=True)]


def _one_hot(y: Tensor, position: int, unit: complex) -> Tensor:
    seed = np.zeros(y._data.shape, y._data.dtype)
    seed[np.unravel_index(position, y._data.shape)] = unit
    return Tensor(seed, None)


def _analytic(y: Tensor, inputs: list[Tensor], unit: complex) -> list[Array]:
    """Return for each input the matrix of gradients, one column an element of `y`."""
    matrices = [np.zeros((x._data.size, y._data.size), x._data.dtype) for x in inputs]
    for position in range(y._data.size):
        found = gradients(y, inputs, _one_hot(y, position, unit), retain_graph=True, allow_unused=True)
        for matrix, g in zip(matrices, found, strict=True):
            if g is not None:
                matrix[:, position] = g._data.ravel()
    return matrices


def _worst(analytic: Array, numeric: Array, tolerance: Tolerance) -> tuple[int, ...] | None:
    """Return the index of the entry that is furthest beyond the tolerance, or None if all are within."""
    with np.errstate(invalid="ignore"):
        excess = np.abs(analytic - numeric) - (tolerance.atol + tolerance.rtol * np.abs(numeric))
    same = (analytic == numeric) | (np.isnan(analytic) & np.isnan(numeric))
    excess = np.where(same, -1.0, np.where(np.isnan(excess), np.inf, excess))
    if excess.size == 0 or excess.max() <= 0:
        return None
    return tuple(int(i) for i in np.unravel_index(int(excess.argmax()), excess.shape))


def _report(j: int, i: int, y: Tensor, x: Tensor, entry: tuple[int, ...], analytic: Array, numeric: Array) -> str:
    """Say which element differs most, and by how much."""
    row, column = entry
    at_x = [int(n) for n in np.unravel_index(row, x._data.shape)]
    at_y = [int(n) for n in np.unravel_index(column, y._data.shape)]
    a, n = analytic[entry], numeric[entry]
    node = y.grad_fn
    return describe(
        f"Jacobian mismatch for output {j} with respect to input {i},",
        op=node.name() if node is not None else None,
        shapes={f"output {j}": y._data.shape, f"input {i}": x._data.shape},
        rule=f"worst element: d output{at_y} / d input{at_x}: numerical: {n:.9g}, analytical: {a:.9g}, "
        f"difference {abs(a - n):.3g}",
    )


def _check_reentrant(y: Tensor, inputs: list[Tensor], first: list[Array], unit: complex, tolerance: Tolerance) -> None:
    for a, b in zip(first, _analytic(y, inputs, unit), strict=True):
        if a.size and np.nanmax(np.abs(a - b), initial=0.0) > tolerance.nondet:
            raise GradcheckError(
                describe(
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
                    "different values, although analytical gradient matches numerical gradient. The tolerance for "
                    f"nondeterminism was {tolerance.nondet}.",
                    fix="make the function deterministic: fix its seed inside, and switch dropout off with .eval()",
                )
            )


def _check_dtypes(y: Tensor, inputs: list[Tensor]) -> None:
    found = gradients(y, inputs, Tensor(np.ones_like(y._data), None), retain_graph=True, allow_unused=True)
    for i, (x, g) in enumerate(zip(inputs, found, strict=True)):
        if g is not None and g._data.dtype != x._data.dtype:
            raise GradcheckError(describe(f"grad is of dtype {g.dtype}, but input {i} is of dtype {x.dtype}"))


def _slow(function: Function, args: tuple[Any, ...], outputs: list[tuple[int, Tensor]], tolerance: Tolerance) -> None:
    """Compare whole Jacobians."""
    wanted = _differentiated(args)
    inputs = [x for _, x in wanted]
    keep = [j for j, _ in outputs]
    numerics = [_numeric(function, args, x, keep, tolerance.eps) for x in inputs]
    for position, (j, y) in enumerate(outputs):
        # A complex output stands for two real functions, its real and its imaginary part.
        for unit in (1.0, 1j) if y._data.dtype.kind == "c" else (1.0,):
            analytics = _analytic(y, inputs, unit)
            for (i, x), analytic, per_output in zip(wanted, analytics, numerics, strict=True):
                numeric = _part(per_output[position], unit, x)
                entry = _worst(analytic, numeric, tolerance)
                if entry is not None:
                    raise GradcheckError(_report(j, i, y, x, entry, analytic, numeric))
            _check_reentrant(y, inputs, analytics, unit, tolerance)


def _part(quotients: tuple[Array, Array], unit: complex, x: Tensor) -> Array:
    """Return ``df/d(re) + i df/d(im)`` of the real (`unit` 1) or imaginary (`unit` 1j) part of an output."""
    along_real, along_imaginary = ((q.real if unit == 1.0 else q.imag) for q in quotients)
    return along_real + 1j * along_imaginary if x._data.dtype.kind == "c" else along_real


def _fast(function: Function, args: tuple[Any, ...], outputs: list[tuple[int, Tensor]], tolerance: Tolerance) -> None:
    """Compare one random bilinear form ``v^T J u`` for each pair of output and input."""
    rng = np.random.default_rng(0)
    wanted = _differentiated(args)
    for j, y in outputs:
        v = rng.uniform(0.0, 1.0, y._data.shape)
        v /= np.linalg.norm(v) or 1.0
        found = gradients(
            y, [x for _, x in wanted], Tensor(v.astype(y._data.dtype), None), retain_graph=True, allow_unused=True
        )
        for (i, x), g in zip(wanted, found, strict=True):
            u = rng.uniform(0.0, 1.0, x._data.shape)
            u /= np.linalg.norm(u) or 1.0
            original = x._data.copy()
            x._data[...] = original + tolerance.eps * u
            high = _evaluate(function, args, [j])[0]
            x._data[...] = original - tolerance.eps * u
            low = _evaluate(function, args, [j])[0]
            x._data[...] = original
            numeric = float(np.sum(v * (high - low)) / (2 * tolerance.eps))
            analytic = 0.0 if g is None else float(np.sum(g._data * u))
            # A direction mixes all elements: the absolute tolerance grows with the norms of the directions' sums.
            allowed = tolerance.atol * float(np.abs(u).sum() * np.abs(v).sum()) + tolerance.rtol * abs(numeric)
            if not abs(analytic - numeric) <= allowed:
                raise GradcheckError(
                    describe(
                        f"Jacobian mismatch for output {j} with respect to input {i},",
                        shapes={f"output {j}": y._data.shape, f"input {i}": x._data.shape},
                        rule=f"along random directions, numerical: {numeric:.9g}, analytical: {analytic:.9g}",
                        fix="run with fast_mode=False to learn which element differs",
                    )
                )


def _no_outputs(function: Function, args: tuple[Any, ...], outputs: tuple[Tensor, ...], tolerance: Tolerance) -> None:
    """Check that a function without differentiable outputs does not depend on its inputs."""
    keep = [j for j, y in enumerate(outputs) if y._data.dtype.kind in "fc"]
    for i, x in _differentiated(args):
        for j, (numeric, _) in zip(keep, _numeric(function, args, x, keep, tolerance.eps), strict=True):
            if np.any(np.abs(numeric) > tolerance.atol):
                raise GradcheckError(
                    describe(
                        "Numerical gradient for function expected to be zero",
                        rule=f"output {j} does not require grad, yet it changes with input {i}",
                        fix="compute with tensor operations, without detach(), .data or NumPy",
                    )
                )


def _run(function: Function, args: tuple[Any, ...], tolerance: Tolerance, fast: bool, dtypes: bool) -> None:
    results = _outputs(function(*args))
    outputs = [(j, y) for j, y in enumerate(results) if y.requires_grad]
    if not outputs:
        _no_outputs(function, args, results, tolerance)
        return
    complex_values = any(x._data.dtype.kind == "c" for _, x in _differentiated(args) + outputs)
    if fast and not complex_values:
        _fast(function, args, outputs, tolerance)
    else:
        _slow(function, args, outputs, tolerance)
    if dtypes:
        for _, y in outputs:
            _check_dtypes(y, [x for _, x in _differentiated(args)])


def gradcheck(
    func: Function,
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    r"""Check a function's gradients against central differences, ``(f(x + eps) - f(x - eps)) / (2 eps)``.

    Parameters
    ----------
    func : callable
        Takes the inputs, returns a tensor or a sequence of tensors.
    inputs : Tensor or sequence
        Those that require grad should be float64 or complex128; they are perturbed and restored.
    eps : float
        Step of the differences.
    atol, rtol : float
        ``|analytic - numeric| <= atol + rtol |numeric|``.
    raise_exception : bool
        Raise on failure instead of returning False.
    nondet_tol : float
        How far two backward passes over the same graph may differ.
    check_undefined_grad : bool
        Accepted: outputs are checked one at a time, so that the others' gradients are undefined in any case.
    check_grad_dtypes : bool
        Check that gradients have their inputs' dtypes.
    check_batched_grad, check_batched_forward_grad, check_forward_ad, check_backward_ad, masked : bool
        Accepted. Only ``check_backward_ad=False`` changes anything: nothing is checked then.
    fast_mode : bool
        Compare one random bilinear form ``v^T J u`` an output and input instead of whole Jacobians.

    Returns
    -------
    bool
        True if all gradients agree.

    Raises
    ------
    GradcheckError
        On the first gradient that differs; the message names its worst element and both values.
    ValueError
        If no input requires grad, or the function returns something else than tensors.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.randn(3, dtype=autograd.float64, requires_grad=True)
    >>> autograd.gradcheck(lambda x: (x * x).sum(), x)
    True
    """
    args = _inputs(inputs)
    if not check_backward_ad:
        return True
    tolerance = Tolerance(eps, atol, rtol, nondet_tol)
    try:
        _run(func, args, tolerance, fast_mode, check_grad_dtypes)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


class _FirstGradients:
    """The function whose gradients are second derivatives: the gradients of `function`, weighted by the last arguments."""

    def __init__(self, function: Function, count: int) -> None:
        self.function = function
        self.count = count

    def __call__(self, *args: Any) -> tuple[Tensor, ...]:
        inner, weights = args[: len(args) - self.count], args[len(args) - self.count :]
        with enable_grad():
            outputs = [y for y in _outputs(self.function(*inner)) if y.requires_grad]
            wanted = [x for _, x in _differentiated(inner)]
            found = gradients(outputs, wanted, weights, create_graph=True, allow_unused=True)
        return tuple([g for g in found if g is not None])


def _random_like(y: Tensor, strided: bool, seed: int) -> Tensor:
    rng = np.random.default_rng(seed)
    values = rng.standard_normal((*y._data.shape, 2)).astype(y._data.dtype)
    if y._data.dtype.kind == "c":
        values = values + 1j * rng.standard_normal(values.shape)
    vector = Tensor(values[..., 0] if strided else values[..., 0].copy(), None)
    return vector.requires_grad_()


def gradgradcheck(
    func: Function,
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Check the gradients of a function's gradients; see `gradcheck` for the parameters.

    Parameters
    ----------
    func, inputs
        As for `gradcheck`.
    grad_outputs : Tensor or sequence of Tensor, optional
        Gradients of the outputs; random ones if left out.
    gen_non_contig_grad_outputs : bool
        Make the random ones non-contiguous.

    Returns
    -------
    bool

    Raises
    ------
    GradcheckError
        On the first second derivative that differs.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.randn(3, dtype=autograd.float64, requires_grad=True)
    >>> autograd.gradgradcheck(lambda x: x**3, x)
    True
    """
    args = _inputs(inputs)
    outputs = [y for y in _outputs(func(*args)) if y.requires_grad]
    if grad_outputs is None:
        vectors = [_random_like(y, gen_non_contig_grad_outputs, seed) for seed, y in enumerate(outputs)]
    else:
        given = (grad_outputs,) if isinstance(grad_outputs, Tensor) else grad_outputs
        vectors = [v for v in given if v is not None]
    count = len(vectors)

    return gradcheck(
        _FirstGradients(func, count),
        (*args, *vectors),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_grad_dtypes=check_grad_dtypes,
        fast_mode=fast_mode,
    )
