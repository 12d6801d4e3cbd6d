"""Where the hooks of a module's backward hang: on nodes that its inputs and outputs pass through."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import autograd
from autograd import Tensor
from autograd.errors import describe

if TYPE_CHECKING:
    from nn.hooks import Hooked

__all__ = ["BackwardCall"]


class Identity(autograd.Function):
    """Passes tensors through; its node is where the hooks of a module's backward hang."""

    @staticmethod
    def forward(ctx: Any, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Return the tensors."""
        ctx.set_materialize_grads(False)
        return tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        """Return the gradients as they are."""
        return grads


class BackwardCall:
    """One call of a module as its backward hooks see it: the gradients of the outputs, then those of the inputs."""

    def __init__(self, module: Hooked, before: list[Callable[..., Any]], after: list[Callable[..., Any]]) -> None:
        self.module = module
        self.before = before
        self.after = after
        self.grad_output: Any = None
        self.places: list[int] = []
        self.count = 0

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Pass the inputs that require grad through a node of their own."""
        self.count = len(args)
        self.places, args, node = _through_identity(args)
        if node is not None:
            node.register_hook(self._after_inputs)
        return args

    def leave(self, result: Any) -> Any:
        """Pass the outputs that require grad through a node of their own."""
        if not isinstance(result, Tensor | tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but received "
                f"{type(result)}",
                stacklevel=6,
            )
            return result
        outputs = result if isinstance(result, tuple) else (result,)
        places, outputs, node = _through_identity(outputs)
        if node is not None:
            # No closure: it would hold the outputs, whose node holds the hook.
            node.register_prehook(partial(self._before_outputs, places, len(outputs)))
        return outputs if isinstance(result, tuple) else outputs[0]

    def _before_outputs(self, places: list[int], count: int, grads: tuple[Any, ...]) -> Any:
        self.grad_output = _spread(grads, places, count)
        for hook in self.before:
            replaced = hook(self.module, self.grad_output)
            if replaced is not None:
                self.grad_output = _checked(replaced, count, "Backward pre hook", "grad_output")
        if not self.places and self.after:
            self._run_after_without_inputs()
        return tuple(self.grad_output[i] for i in places)

    def _after_inputs(self, grad_inputs: tuple[Any, ...], grad_outputs: tuple[Any, ...]) -> Any:
        results = self._run_after(_spread(grad_inputs, self.places, self.count))
        return tuple(results[i] for i in self.places)

    def _run_after_without_inputs(self) -> None:
        """Call the hooks now: no input asks for a gradient, so there is no later moment."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs "
            "require gradients.",
            stacklevel=5,
        )
        for hook in self.after:
            replaced = hook(self.module, (None,) * self.count, self.grad_output)
            if replaced is not None and not (isinstance(replaced, tuple) and all(g is None for g in replaced)):
                raise RuntimeError(
                    describe(
                        "Backward hook for Modules where no input requires gradient should always return None or None "
                        "for all gradients."
                    )
                )

    def _run_after(self, grad_input: tuple[Any, ...]) -> tuple[Any, ...]:
        for hook in self.after:
            replaced = hook(self.module, grad_input, self.grad_output)
            if replaced is not None:
                grad_input = _checked(replaced, self.count, "Backward hook", "grad_input")
        return grad_input


def _through_identity(values: tuple[Any, ...]) -> tuple[list[int], tuple[Any, ...], Any]:
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor) and value.requires_grad]
    if not places or not autograd.is_grad_enabled():
        return [], values, None
    passed = Identity.apply(*[values[i] for i in places])
    changed = list(values)
    for place, tensor in zip(places, passed, strict=True):
        changed[place] = tensor
    return places, tuple(changed), passed[0].grad_fn


def _spread(grads: tuple[Any, ...], places: list[int], count: int) -> tuple[Any, ...]:
    spread = [None] * count
    for place, grad in zip(places, grads, strict=True):
        spread[place] = grad
    return tuple(spread)


def _checked(grads: Any, count: int, who: str, what: str) -> tuple[Any, ...]:
    checked: tuple[Any, ...] = grads if isinstance(grads, tuple) else (grads,)
    if len(checked) != count:
        raise RuntimeError(
            describe(
                f"{who} returned an invalid number of {what}, got {len(checked)}, but expected {count}",
                fix="return one gradient (or None) for each",
            )
        )
    return checked
