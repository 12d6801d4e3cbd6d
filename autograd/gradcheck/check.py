"""The checks as users call them: of a function's gradients, and of the gradients of these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.config import enable_grad
from autograd.engine import grad as gradients
from autograd.errors import describe
from autograd.gradcheck.arguments import Function, Tolerance, checked_inputs, differentiated, outputs_of
from autograd.gradcheck.compare import check_dtypes, compare_directions, compare_jacobians, independent
from autograd.gradcheck.errors import Finding, GradcheckError, Report
from autograd.gradcheck.explain import KEEP_IN_GRAPH, explained
from autograd.gradcheck.localize import Budget
from autograd.tensor import Tensor

__all__ = ["gradcheck", "gradgradcheck"]

METHODS = ("central", "complex")
DEFAULT_ATOL, DEFAULT_RTOL = 1e-5, 1e-3
COMPLEX_ATOL, COMPLEX_RTOL = 1e-12, 1e-10
LOCALIZING = 20.0


def _tolerance(eps: float, atol: float, rtol: float, nondet: float, method: str) -> Tolerance:
    """Return the tolerance; the complex step, which is exact, deserves a closer one where none is asked for.

    Raises
    ------
    ValueError
        If the method is unknown.
    """
    if method not in METHODS:
        raise ValueError(describe(f"method must be 'central' or 'complex', got {method!r}", op="gradcheck"))
    if method == "complex" and (atol, rtol) == (DEFAULT_ATOL, DEFAULT_RTOL):
        return Tolerance(eps, COMPLEX_ATOL, COMPLEX_RTOL, nondet)
    return Tolerance(eps, atol, rtol, nondet)


def _check(
    function: Function,
    args: tuple[Any, ...],
    tolerance: Tolerance,
    *,
    fast: bool,
    dtypes: bool,
    method: str,
    order: int,
    seconds: float | None,
    localizing: bool,
) -> None:
    """Check a function.

    Raises
    ------
    GradcheckError
        If a gradient is wrong.
    """
    budget = Budget(LOCALIZING if seconds is None else seconds)
    results = outputs_of(function(*args))
    outputs = [(j, y) for j, y in enumerate(results) if y.requires_grad]
    if not outputs:
        pair = independent(function, args, results, tolerance)
        if pair is not None:
            raise GradcheckError(_unlinked(function, args, *pair, budget if localizing else None))
        return
    complex_values = any(x._data.dtype.kind == "c" for _, x in differentiated(args) + outputs)
    if fast and not complex_values and method == "central":
        mismatch = compare_directions(function, args, outputs, tolerance)
    else:
        mismatch = compare_jacobians(function, args, outputs, tolerance, method)
    if mismatch is not None:
        if localizing:
            raise GradcheckError(explained(function, args, mismatch, mismatch.phrase, order, budget))
        raise GradcheckError(Report(mismatch.phrase, mismatch))
    if dtypes:
        check_dtypes(outputs, [x for _, x in differentiated(args)])


def _unlinked(function: Function, args: tuple[Any, ...], j: int, i: int, budget: Budget | None) -> Report:
    """Report that an output without history changes with an input."""
    phrase = "Numerical gradient for function expected to be zero"
    text = f"output {j} does not require grad, yet it changes with input {i}"
    report = Report(phrase) if budget is None else explained(function, args, None, phrase, 1, budget)
    finding = report.finding
    if finding is None or finding.diagnosis == "wrong formula":
        finding = Finding("gradient missing", text, KEEP_IN_GRAPH, input=i)
    return Report(phrase, None, finding, report.checked, report.recorded, [("rule", text)])


def gradcheck(
    func: Function,
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = DEFAULT_ATOL,
    rtol: float = DEFAULT_RTOL,
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
    method: str = "central",
    budget: float | None = None,
) -> bool:
    r"""Check a function's gradients against central differences, ``(f(x + eps) - f(x - eps)) / (2 eps)``.

    On failure every operation of the function is checked on its own, and the error names the first that is wrong: the
    user's line, the layer, the worst element, both values, and what kind of mistake they look like. Points without a
    derivative (ReLU at 0, ties of maxima) are not counted as wrong where the gradient is a subgradient.

    Parameters
    ----------
    func : callable
        Takes the inputs, returns a tensor or a sequence of tensors. For a module, its parameters are checked too: see
        `gradcheck_module`.
    inputs : Tensor or sequence
        Those that require grad should be float64 or complex128; they are perturbed and restored.
    eps : float
        Step of the differences.
    atol, rtol : float
        ``|analytic - numeric| <= atol + rtol |numeric|``. With ``method='complex'`` the defaults are 1e-12 and 1e-10.
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
    method : {'central', 'complex'}
        'complex' takes the derivative ``Im f(x + i h) / h``, exact to rounding; refused where it does not hold.
    budget : float, optional
        Seconds that localising a fault may take; 20 if left out.

    Returns
    -------
    bool
        True if all gradients agree.

    Raises
    ------
    GradcheckError
        On the first gradient that differs; `to_dict` gives its report as plain values.
    ValueError
        If no input requires grad, or the function returns something else than tensors.
    RuntimeError
        If a Jacobian would fill the memory, or the complex step does not hold.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.randn(3, dtype=autograd.float64, requires_grad=True)
    >>> autograd.gradcheck(lambda x: (x * x).sum(), x)
    True
    """
    if hasattr(func, "named_parameters"):
        from autograd.gradcheck.modules import gradcheck_module  # it builds on this file

        batch = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        return gradcheck_module(
            func,
            *batch,
            eps=eps,
            atol=atol,
            rtol=rtol,
            fast_mode=fast_mode or None,
            budget=budget,
            raise_exception=raise_exception,
        )
    args = checked_inputs(inputs)
    if not check_backward_ad:
        return True
    tolerance = _tolerance(eps, atol, rtol, nondet_tol, method)
    settings = {"fast": fast_mode, "dtypes": check_grad_dtypes, "method": method}
    order = 2 if isinstance(func, _FirstGradients) else 1
    try:
        _check(func, args, tolerance, order=order, seconds=budget, localizing=raise_exception, **settings)  # type: ignore[arg-type]
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


class _FirstGradients:
    """The gradients of `function`, weighted by the last arguments: their gradients are second derivatives."""

    def __init__(self, function: Function, count: int) -> None:
        self.function = function
        self.count = count

    def __call__(self, *args: Any) -> tuple[Tensor, ...]:
        inner, weights = args[: len(args) - self.count], args[len(args) - self.count :]
        with enable_grad():
            outputs = [y for y in outputs_of(self.function(*inner)) if y.requires_grad]
            wanted = [x for _, x in differentiated(inner)]
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
    atol: float = DEFAULT_ATOL,
    rtol: float = DEFAULT_RTOL,
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
    args = checked_inputs(inputs)
    outputs = [y for y in outputs_of(func(*args)) if y.requires_grad]
    if grad_outputs is None:
        vectors = [_random_like(y, gen_non_contig_grad_outputs, seed) for seed, y in enumerate(outputs)]
    else:
        given = (grad_outputs,) if isinstance(grad_outputs, Tensor) else grad_outputs
        vectors = [v for v in given if v is not None]
    return gradcheck(
        _FirstGradients(func, len(vectors)),
        (*args, *vectors),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_grad_dtypes=check_grad_dtypes,
        fast_mode=fast_mode,
    )
