"""Limited-memory BFGS, with a line search that satisfies the strong Wolfe conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import autograd
from autograd import Tensor
from autograd.errors import describe
from optim.optimizer import Optimizer, Params, check_range

__all__ = ["LBFGS"]


class Point(NamedTuple):
    """A point along the search line: step, loss, gradient, and slope of the loss along the line."""

    step: float
    loss: float
    grad: Tensor
    slope: float


Evaluate = Callable[[float], Point]


def _cubic_minimum(a: Point, b: Point, bounds: tuple[float, float] | None = None) -> float:
    """Return the minimum of the cubic through two points' losses and slopes (Nocedal and Wright, eq. 3.59)."""
    low, high = bounds or (min(a.step, b.step), max(a.step, b.step))
    d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.step - b.step)
    square = d1**2 - a.slope * b.slope
    if square < 0:
        return (low + high) / 2
    d2 = square**0.5
    if a.step <= b.step:
        minimum = b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    else:
        minimum = a.step - (a.step - b.step) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2))
    return float(min(max(minimum, low), high))


def strong_wolfe(
    evaluate: Evaluate,
    start: Point,
    step: float,
    scale: float,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance: float = 1e-9,
    max_evaluations: int = 25,
) -> tuple[Point, int]:
    """Find a step with ``f(t) <= f(0) + c1 t f'(0)`` and ``|f'(t)| <= c2 |f'(0)|``.

    Parameters
    ----------
    evaluate : callable
        Gives the `Point` at a step.
    start : Point
        At step 0.
    step : float
        First step to try.
    scale : float
        Largest component of the search direction.
    c1, c2 : float
    tolerance : float
        Stop when the bracket, times `scale`, is smaller.
    max_evaluations : int
        After the first.

    Returns
    -------
    (Point, int)
        The point found, and the number of evaluations.

    References
    ----------
    J. Nocedal, S. Wright, "Numerical optimization", 2nd edition, algorithms 3.5 and 3.6.
    """
    previous = start
    point = evaluate(step)
    evaluations = 1
    bracket: list[Point] = []
    for iteration in range(max_evaluations):
        too_high = point.loss > start.loss + c1 * point.step * start.slope
        # The second comparison waits one step longer than the book's, as in PyTorch and in the Lua code before it.
        if too_high or (iteration > 1 and point.loss >= previous.loss) or point.slope >= 0:
            if not too_high and abs(point.slope) <= -c2 * start.slope:
                return point, evaluations
            bracket = [previous, point]
            break
        if abs(point.slope) <= -c2 * start.slope:
            return point, evaluations
        lowest = point.step + 0.01 * (point.step - previous.step)
        following = _cubic_minimum(previous, point, (lowest, point.step * 10))
        previous, point = point, evaluate(following)
        evaluations += 1
    else:
        bracket = [start, point]
    return _zoom(evaluate, start, bracket, scale, c1, c2, tolerance, max_evaluations, evaluations)


def _zoom(
    evaluate: Evaluate,
    start: Point,
    bracket: list[Point],
    scale: float,
    c1: float,
    c2: float,
    tolerance: float,
    max_evaluations: int,
    evaluations: int,
) -> tuple[Point, int]:
    """Shrink a bracket that holds an acceptable step."""
    low, high = sorted(bracket, key=lambda p: p.loss)
    insufficient = False
    while evaluations <= max_evaluations and abs(high.step - low.step) * scale >= tolerance:
        step = _cubic_minimum(low, high)
        # A minimum too near an end, twice in a row or at the end itself, is moved a tenth of the bracket inwards.
        left, right = min(low.step, high.step), max(low.step, high.step)
        margin = 0.1 * (right - left)
        if min(right - step, step - left) < margin:
            if insufficient or step >= right or step <= left:
                step = right - margin if abs(step - right) < abs(step - left) else left + margin
                insufficient = False
            else:
                insufficient = True
        else:
            insufficient = False
        point = evaluate(step)
        evaluations += 1
        if point.loss > start.loss + c1 * point.step * start.slope or point.loss >= low.loss:
            high = point
            low, high = sorted((low, high), key=lambda p: p.loss)
            continue
        if abs(point.slope) <= -c2 * start.slope:
            return point, evaluations
        if point.slope * (high.step - low.step) >= 0:
            high = low
        low = point
    return low, evaluations


class LBFGS(Optimizer):
    r"""Limited-memory BFGS; ``step(closure)`` evaluates the closure several times.

    :math:`\theta = \theta - t H g`, where the two-loop recursion applies :math:`H`, an approximate inverse Hessian,
    from the last `history_size` changes :math:`s` of :math:`\theta` and :math:`y` of :math:`g`, beginning with
    :math:`(y \cdot s / y \cdot y) I`; :math:`t` is `lr`, or what the line search finds.

    Parameters
    ----------
    params : iterable of Tensor
        One group only.
    lr : float, default 1
    max_iter : int, default 20
        Iterations a step.
    max_eval : int, optional
        Evaluations a step; ``max_iter * 5 // 4`` if left out.
    tolerance_grad, tolerance_change : float
        Stop when the largest gradient, or the change, is smaller.
    history_size : int, default 100
    line_search_fn : {None, 'strong_wolfe'}

    Raises
    ------
    ValueError
        If a setting is out of range, or there are several groups.
    RuntimeError
        If the line search is not known.

    References
    ----------
    D. C. Liu, J. Nocedal, "On the limited memory BFGS method for large scale optimization",
    Math. Programming 45 (1989).

    Examples
    --------
    >>> import autograd, optim
    >>> w = autograd.tensor([0.0], requires_grad=True)
    >>> optimizer = optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - 3) ** 2).sum()
    ...     loss.backward()
    ...     return loss
    >>> optimizer.step(closure).item()
    9.0
    >>> round(w.item(), 3)
    3.0
    """

    def __init__(
        self,
        params: Params,
        lr: float = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_range("learning rate", lr)
        if line_search_fn not in (None, "strong_wolfe"):
            raise RuntimeError(
                describe("only 'strong_wolfe' is supported", rule=f"got line_search_fn={line_search_fn!r}")
            )
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )
        if len(self.param_groups) != 1:
            raise ValueError(
                describe(
                    "LBFGS doesn't support per-parameter options (parameter groups)", fix="pass one list of parameters"
                )
            )
        self._params: list[Tensor] = self.param_groups[0]["params"]

    def _flat_grad(self) -> Tensor:
        parts = [(autograd.zeros_like(p) if p.grad is None else p.grad).reshape(-1) for p in self._params]
        return autograd.cat(parts, 0)

    def _move(self, step: float, direction: Tensor) -> None:
        offset = 0
        for p in self._params:
            count = p.numel()
            p.add_(direction[offset : offset + count].reshape(p.shape), alpha=step)
            offset += count

    def _direction(self, state: dict[str, Any], grad: Tensor) -> Tensor:
        """Return minus the approximate inverse Hessian times the gradient, by the two-loop recursion."""
        q = -grad
        alphas: list[float] = []
        for y, s, rho in reversed(list(zip(state["old_dirs"], state["old_stps"], state["ro"], strict=True))):
            alphas.append(float(s.dot(q)) * rho)
            q = q - y * alphas[-1]
        r: Tensor = q * state["H_diag"]
        for y, s, rho, alpha in zip(state["old_dirs"], state["old_stps"], state["ro"], reversed(alphas), strict=True):
            r = r + s * (alpha - float(y.dot(r)) * rho)
        return r

    def _remember(self, state: dict[str, Any], grad: Tensor, history_size: int) -> None:
        """Add the last step's change of position and of gradient to the history, if the curvature is positive."""
        y = grad - state["prev_flat_grad"]
        s = state["d"] * state["t"]
        curvature = float(y.dot(s))
        if curvature <= 1e-10:
            return
        for name, value in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / curvature)):
            if len(state[name]) == history_size:
                state[name].pop(0)
            state[name].append(value)
        state["H_diag"] = curvature / float(y.dot(y))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Minimise for up to `max_iter` iterations.

        Parameters
        ----------
        closure : callable
            Clears the gradients, computes the loss, calls backward, and returns the loss.

        Returns
        -------
        The first evaluation's loss.

        Raises
        ------
        TypeError
            If there is no closure.
        """
        if closure is None:
            raise TypeError(describe("LBFGS.step() missing 1 required positional argument: 'closure'"))
        group = self.param_groups[0]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        def evaluate() -> Any:
            with autograd.enable_grad():
                return closure()

        with autograd.no_grad():
            original = evaluate()
            self._iterate(evaluate, float(original), group, state)
        return original

    def _iterate(self, evaluate: Callable[[], Any], loss: float, group: dict[str, Any], state: dict[str, Any]) -> None:
        lr, tolerance_change = float(group["lr"]), group["tolerance_change"]
        grad = self._flat_grad()
        evaluations = 1
        state["func_evals"] += 1
        if float(grad.abs().max()) <= group["tolerance_grad"]:
            return
        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1, d=-grad)
            else:
                self._remember(state, grad, group["history_size"])
                state["d"] = self._direction(state, grad)
            direction = state["d"]
            state["prev_flat_grad"], state["prev_loss"] = grad.clone(), loss
            state["t"] = min(1.0, 1.0 / float(grad.abs().sum())) * lr if state["n_iter"] == 1 else lr
            slope = float(grad.dot(direction))
            if slope > -tolerance_change:
                return
            used = 0
            if group["line_search_fn"] == "strong_wolfe":
                start = Point(0.0, loss, grad, slope)
                point, used = strong_wolfe(
                    self._along(evaluate, direction),
                    start,
                    state["t"],
                    float(direction.abs().max()),
                    tolerance=tolerance_change,
                    max_evaluations=group["max_eval"] - evaluations,
                )
                self._move(point.step, direction)
                state["t"], loss, grad = point.step, point.loss, point.grad
            else:
                self._move(state["t"], direction)
                if iteration != group["max_iter"]:
                    loss = float(evaluate())
                    grad = self._flat_grad()
                    used = 1
            evaluations += used
            state["func_evals"] += used
            change = float((direction * state["t"]).abs().max())
            if (
                evaluations >= group["max_eval"]
                or float(grad.abs().max()) <= group["tolerance_grad"]
                or change <= tolerance_change
                or abs(loss - state["prev_loss"]) < tolerance_change
            ):
                return

    def _along(self, evaluate: Callable[[], Any], direction: Tensor) -> Evaluate:
        """Return the loss as a function of the step along `direction`; the parameters stay where they are."""
        here = [p.detach().clone() for p in self._params]

        def at(step: float) -> Point:
            self._move(step, direction)
            loss = float(evaluate())
            grad = self._flat_grad()
            for p, kept in zip(self._params, here, strict=True):
                p.copy_(kept)
            return Point(step, loss, grad, float(grad.dot(direction)))

        return at
