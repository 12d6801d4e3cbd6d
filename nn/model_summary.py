"""What a model consists of: layers, shapes, parameters, arithmetic, memory."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import autograd
from autograd import Tensor
from nn.module import Module
from nn.modules.conv import Conv1d, Conv2d, Conv3d
from nn.modules.conv_extra import LocallyConnected2d, TiledConv2d, TrueConv2d
from nn.modules.conv_transpose import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from nn.modules.linear import Linear

__all__ = ["LayerSummary", "Summary", "summary"]


@dataclass(frozen=True)
class LayerSummary:
    """One call of a layer.

    Attributes
    ----------
    path, kind : str
        Name in the model, and class.
    output_shape : tuple of int
    parameters : int
        Their elements; none where the layer was called, and counted, before.
    forward, backward : int
        Multiplications with addition of convolutions and fully connected layers, for the output and for the gradients
        of weights and input. The model's input is taken to need none.
    memory : int
        Bytes of the output.
    """

    path: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int
    forward: int
    backward: int
    memory: int


@dataclass(frozen=True)
class Summary:
    """Result of `summary`; its text is a table.

    Attributes
    ----------
    layers : list of LayerSummary
    parameters, trainable : int
        Elements of all parameters, and of those that require a gradient.
    parameter_memory : int
        Bytes of parameters and buffers.
    saved, flops : int
        Bytes that the pass holds for its backward pass, shared memory counted once, and its operations: a
        multiplication and an addition count as two, and so do those of activations, norms and pooling.
    """

    layers: list[LayerSummary]
    parameters: int
    trainable: int
    parameter_memory: int
    saved: int
    flops: int

    @property
    def forward(self) -> int:
        """Multiply-adds of the forward pass."""
        return sum(layer.forward for layer in self.layers)

    @property
    def backward(self) -> int:
        """Multiply-adds of the backward pass."""
        return sum(layer.backward for layer in self.layers)

    @property
    def memory(self) -> int:
        """Bytes of all outputs."""
        return sum(layer.memory for layer in self.layers)

    def __str__(self) -> str:
        head = ("path", "layer", "output shape", "parameters", "forward", "backward", "memory")
        rows = [head, *(_cells(layer) for layer in self.layers)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        lines = [_line(row, widths) for row in rows]
        rule = "-" * max(map(len, lines))
        return "\n".join([lines[0], rule, *lines[1:], rule, *self._totals()])

    def _totals(self) -> list[str]:
        return [
            f"parameters: {self.parameters:,} ({self.trainable:,} trainable), {_bytes(self.parameter_memory)}",
            f"multiply-adds: {self.forward:,} forward, {self.backward:,} backward; {self.flops:,} flops forward in all",
            f"memory: {_bytes(self.memory)} of outputs, {_bytes(self.saved)} held for backward",
        ]


def _cells(layer: LayerSummary) -> tuple[str, ...]:
    shape = "[" + ", ".join(map(str, layer.output_shape)) + "]"
    counts = (f"{layer.parameters:,}", f"{layer.forward:,}", f"{layer.backward:,}", _bytes(layer.memory))
    return layer.path or "(model)", layer.kind, shape, *counts


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Align texts to the left and numbers to the right."""
    aligned = [f"{c:<{w}}" if i < 3 else f"{c:>{w}}" for i, (c, w) in enumerate(zip(cells, widths, strict=True))]
    return "  ".join(aligned).rstrip()


def _bytes(count: int) -> str:
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:,} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1024  # type: ignore[assignment]
    return f"{count:,.1f} GiB"


@dataclass
class _Recorder:
    """What the hooks write to."""

    layers: list[LayerSummary] = field(default_factory=list)
    counted: set[int] = field(default_factory=set)

    def record(self, path: str, module: Module, args: tuple[Any, ...], output: Any) -> None:
        first = next((t for t in _tensors(output)), None)
        own = [p for p in module.parameters(recurse=False) if id(p) not in self.counted]
        self.counted.update(map(id, own))
        forward = _multiply_adds(module, next(_tensors(args), None), first)
        needed = int(any(p.requires_grad for p in module.parameters(recurse=False))) + bool(self.layers)
        self.layers.append(
            LayerSummary(
                path=path,
                kind=type(module).__name__,
                output_shape=() if first is None else tuple(first.shape),
                parameters=sum(p.numel() for p in own),
                forward=forward,
                backward=needed * forward,
                memory=sum(t.numel() * t.element_size() for t in _tensors(output)),
            )
        )


def _tensors(value: Any) -> Any:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)


def _multiply_adds(module: Module, given: Tensor | None, result: Tensor | None) -> int:
    """Each position of a convolution takes a product with each tap and channel of its group."""
    if given is None or result is None:
        return 0
    if isinstance(module, ConvTranspose1d | ConvTranspose2d | ConvTranspose3d):
        return int(given.numel() * math.prod(module.weight.shape[1:]))
    if isinstance(module, Conv1d | Conv2d | Conv3d | TrueConv2d):
        return int(result.numel() * math.prod(module.weight.shape[1:]))
    if isinstance(module, LocallyConnected2d | TiledConv2d):
        return int(result.numel() * math.prod(module.weight.shape[3:]))
    if isinstance(module, Linear):
        return int(result.numel() * module.in_features)
    return 0


def _costs(output: Any) -> tuple[int, int]:
    """Return the bytes a graph holds for backward, and its operations; none where nothing needs a gradient."""
    from autograd.inspect import GraphExplanation, explain

    results = [tensor.sum() for tensor in _tensors(output) if tensor.requires_grad]
    if not results:
        return 0, 0
    graph = cast(GraphExplanation, explain(autograd.stack(results).sum()))
    added = sum(tensor.numel() for tensor in _tensors(output) if tensor.requires_grad) + len(results)
    return graph.saved, graph.flops - added


def summary(model: Module, input_size: Sequence[int], dtype: Any = None) -> Summary:
    """List what a model does to an input of a given size; the model is run once, in evaluation mode.

    Parameters
    ----------
    model : Module
    input_size : sequence of int
        Of the input, the batch included.
    dtype : dtype, optional
        Of the input; float32 if omitted.

    Returns
    -------
    Summary
        A row for each call of each layer without layers inside, in the order of the calls.

    Examples
    --------
    >>> import nn
    >>> print(summary(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), (1, 1, 8, 8)))
    path  layer   output shape  parameters  forward  backward  memory
    -----------------------------------------------------------------
    0     Conv2d  [1, 2, 6, 6]          20      648       648   288 B
    1     ReLU    [1, 2, 6, 6]           0        0         0   288 B
    -----------------------------------------------------------------
    parameters: 20 (20 trainable), 80 B
    multiply-adds: 648 forward, 648 backward; 1,368 flops forward in all
    memory: 576 B of outputs, 544 B held for backward
    """
    recorder, training = _Recorder(), model.training
    with ExitStack() as stack:
        for path, module in model.named_modules():
            if not any(True for _ in module.children()):
                handle = module.register_forward_hook(partial(recorder.record, path))
                stack.callback(handle.remove)
        stack.callback(model.train, training)
        with autograd.enable_grad():
            output = model.eval()(autograd.zeros(*input_size, dtype=dtype or autograd.float32))
    saved, flops = _costs(output)
    held = [*model.parameters(), *model.buffers()]
    return Summary(
        layers=recorder.layers,
        parameters=sum(p.numel() for p in model.parameters()),
        trainable=sum(p.numel() for p in model.parameters() if p.requires_grad),
        parameter_memory=sum(t.numel() * t.element_size() for t in held),
        saved=saved,
        flops=flops,
    )
