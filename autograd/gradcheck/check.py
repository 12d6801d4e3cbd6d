"""The checks as users call them: of a function's gradients, and of the gradients of these.

What does the work is imported when a check is called: most programs call none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.errors import describe
from autograd.tensor import Tensor

__all__ = ["gradcheck", "gradgradcheck"]

Function = Callable[..., Any]
DEFAULT_ATOL, DEFAULT_RTOL = 1e-5, 1e-3


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
        If no input requires grad, the function returns something else than tensors, or a setting is invalid.
    TypeError
        If `func` is no function, or the inputs are no sequence.
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
        from autograd.gradcheck.modules import gradcheck_module

        return gradcheck_module(
            func,
            *((inputs,) if isinstance(inputs, Tensor) else tuple(inputs)),
            method=method,
            eps=eps,
            atol=atol,
            rtol=rtol,
            fast_mode=fast_mode or None,
            budget=budget,
            raise_exception=raise_exception,
        )
    from autograd.gradcheck.verify import checked_inputs, tolerance_for, verify

    if not callable(func):
        raise TypeError(describe(f"gradcheck expects a function or a module, but got {type(func).__name__}"))
    args = checked_inputs(inputs)
    tolerance = tolerance_for(eps, atol, rtol, nondet_tol, method)
    if not check_backward_ad:
        return True
    return verify(
        func,
        args,
        tolerance,
        fast=fast_mode,
        dtypes=check_grad_dtypes,
        method=method,
        seconds=budget,
        raising=raise_exception,
    )


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
    from autograd.gradcheck.verify import first_gradients

    function, args = first_gradients(func, inputs, grad_outputs, gen_non_contig_grad_outputs)
    return gradcheck(
        function,
        args,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_grad_dtypes=check_grad_dtypes,
        fast_mode=fast_mode,
    )
