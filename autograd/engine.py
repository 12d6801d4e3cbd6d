"""The two ways into the graph: `backward`, which accumulates into the leaves, and `grad`, which returns gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.config import enable_grad, no_grad
from autograd.errors import describe
from autograd.node import Node, edge_to
from autograd.replay import Replay, add_to_grad, fit
from autograd.tensor import Tensor

__all__ = ["backward", "grad"]


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Sequence) else (value,)


def _root_gradient(root: Tensor, gradient: Tensor | None, create: bool) -> Tensor:
    """Check, or make, the gradient that starts a replay."""
    if gradient is None:
        if root._data.size != 1:
            raise RuntimeError(
                describe(
                    "grad can be implicitly created only for scalar outputs",
                    op="backward",
                    shapes={"output": root._data.shape},
                    fix="reduce the output first, for example y.sum().backward(), or pass the gradient: y.backward(v)",
                )
            )
        return Tensor(np.ones(root._data.shape, root._data.dtype), None)
    if gradient._data.shape != root._data.shape:
        raise RuntimeError(
            describe(
                f"Mismatch in shape: grad_output[0] has a shape of {gradient.shape} and output[0] has a shape of "
                f"{root.shape}.",
                op="backward",
                fix="the gradient has the output's shape",
            )
        )
    return gradient if create else Tensor(gradient._data, None)


def _roots(outputs: Sequence[Tensor], gradients: Any, create: bool) -> list[tuple[Node, int, Tensor]]:
    grads = (None,) * len(outputs) if gradients is None else _as_tuple(gradients)
    for given in grads:
        if not isinstance(given, Tensor | None):
            raise TypeError(describe(f"gradients can be either Tensors or None, but got {type(given).__name__}"))
    if len(grads) != len(outputs):
        raise RuntimeError(describe(f"got {len(outputs)} tensors and {len(grads)} gradients"))
    roots = []
    for output, gradient in zip(outputs, grads, strict=True):
        if not isinstance(output, Tensor):
            raise TypeError(describe(f"expected a Tensor to differentiate, got {type(output).__name__}"))
        if not output.requires_grad:
            raise RuntimeError(
                describe(
                    "element 0 of tensors does not require grad and does not have a grad_fn",
                    op="backward",
                    fix="set requires_grad=True on the inputs, and compute outside of no_grad() and detach()",
                )
            )
        node, index = edge_to(output)
        first = _root_gradient(output, gradient, create)
        roots.append((node, index, fit(first, node, index, None)))
    return roots


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Accumulate into the leaves' `grad` the gradients of `tensors`, weighted by `grad_tensors`.

    Parameters
    ----------
    tensors : Tensor or sequence of Tensor
        Where to start.
    grad_tensors : Tensor, sequence of Tensor, optional
        Gradients with respect to `tensors`; may be left out for tensors with one element.
    retain_graph : bool, optional
        Keep what the nodes saved, so that the graph can be replayed again; defaults to `create_graph`.
    create_graph : bool
        Record the pass, so that its results can be differentiated. This makes reference cycles through ``.grad``: set
        it to None when done, or use `grad`.
    inputs : Tensor or sequence of Tensor, optional
        Accumulate only into these.

    Raises
    ------
    RuntimeError
        If nothing requires grad, a gradient is missing or has the wrong shape, or the graph was freed.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> autograd.backward(x * x, autograd.tensor([1.0, 10.0]))
    >>> x.grad
    tensor([ 2., 40.])
    """
    if grad_variables is not None:
        grad_tensors = grad_variables
    outputs = _as_tuple(tensors) if not isinstance(tensors, Tensor) else (tensors,)
    roots = _roots(outputs, (grad_tensors,) if isinstance(grad_tensors, Tensor) else grad_tensors, create_graph)
    targets = None
    watched: tuple[Tensor, ...] = ()
    if inputs is not None:
        watched = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
        if not watched:
            raise RuntimeError(describe("`inputs` argument to `backward()` cannot be empty."))
        for x in watched:
            if not x.requires_grad:
                raise RuntimeError(describe("One of the differentiated Tensors does not require grad", op="backward"))
        targets = {edge_to(x) for x in watched}
    replay = Replay(create_graph if retain_graph is None else retain_graph, create_graph, targets, accumulate=True)
    with enable_grad() if create_graph else no_grad():
        replay.run(roots)
        for x in watched:
            if x._node is not None and edge_to(x) in replay.captured:
                add_to_grad(x, replay.captured[edge_to(x)], create_graph, exclusive=False)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """Return the gradients of `outputs` with respect to `inputs`, leaving every `grad` alone.

    Parameters
    ----------
    outputs, inputs : Tensor or sequence of Tensor
    grad_outputs : Tensor, sequence of Tensor, optional
        Gradients with respect to `outputs` (the vector of a vector-Jacobian product).
    retain_graph : bool, optional
        Keep what the nodes saved; defaults to `create_graph`.
    create_graph : bool
        Record the pass, so that the result can be differentiated.
    only_inputs : bool
        Accepted for compatibility.
    allow_unused : bool, optional
        Give ``None`` for inputs the outputs do not depend on, rather than raise; defaults to `materialize_grads`.
    is_grads_batched : bool
        `grad_outputs` have a leading axis of independent gradients; so have the results.
    materialize_grads : bool
        Give zeros instead of ``None``.

    Returns
    -------
    tuple of Tensor or None

    Raises
    ------
    RuntimeError
        If an input does not require grad or is unused, or for the reasons `backward` raises.

    Examples
    --------
    >>> import autograd
    >>> x = autograd.tensor(3.0, requires_grad=True)
    >>> (slope,) = autograd.grad(x**3, x, create_graph=True)
    >>> autograd.grad(slope, x)
    (tensor(18.),)
    """
    tensors = (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)
    wanted = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    if materialize_grads and allow_unused is False:
        raise ValueError(describe("Expected allow_unused to be True or not passed when materialize_grads=True"))
    if is_grads_batched:
        return _grad_batched(tensors, wanted, grad_outputs, retain_graph, create_graph, allow_unused, materialize_grads)
    for x in wanted:
        if not isinstance(x, Tensor):
            raise TypeError(describe(f"expected a Tensor to differentiate with respect to, got {type(x).__name__}"))
        if not x.requires_grad:
            raise RuntimeError(
                describe(
                    "One of the differentiated Tensors does not require grad",
                    op="grad",
                    fix="call x.requires_grad_() before the outputs are computed",
                )
            )
    roots = _roots(tensors, (grad_outputs,) if isinstance(grad_outputs, Tensor) else grad_outputs, create_graph)
    ends = [edge_to(x) for x in wanted]
    replay = Replay(create_graph if retain_graph is None else retain_graph, create_graph, set(ends), accumulate=False)
    with enable_grad() if create_graph else no_grad():
        replay.run(roots)
    results: list[Tensor | None] = []
    for x, end in zip(wanted, ends, strict=True):
        found = replay.captured.get(end)
        if found is None and materialize_grads:
            found = Tensor(np.zeros_like(x._data), None)
        if found is None and not allow_unused:
            raise RuntimeError(
                describe(
                    "One of the differentiated Tensors appears to not have been used in the graph. Set "
                    "allow_unused=True if this is the desired behavior.",
                    op="grad",
                    shapes={"input": x._data.shape},
                )
            )
        results.append(found)
    return tuple(results)


def _grad_batched(
    outputs: tuple[Tensor, ...],
    inputs: tuple[Tensor, ...],
    grad_outputs: Any,
    retain_graph: bool | None,
    create_graph: bool,
    allow_unused: bool | None,
    materialize_grads: bool,
) -> tuple[Tensor | None, ...]:
    """Replay once for each gradient along the leading axis of `grad_outputs`."""
    from autograd.ops.joining import stack  # the only use of stacking in the engine

    vectors = (grad_outputs,) if isinstance(grad_outputs, Tensor) else tuple(grad_outputs)
    count = next(len(v) for v in vectors if v is not None)
    keep = create_graph if retain_graph is None else retain_graph
    rows = [
        grad(
            outputs,
            inputs,
            tuple(None if v is None else v[i] for v in vectors),
            keep or i < count - 1,
            create_graph,
            allow_unused=allow_unused,
            materialize_grads=materialize_grads,
        )
        for i in range(count)
    ]
    return tuple(None if column[0] is None else stack(column) for column in zip(*rows, strict=True))
