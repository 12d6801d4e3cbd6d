"""Writing a model as ONNX: its forward pass is recorded, and every call translated."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import IO, Any

import numpy as np

import autograd
from autograd import Tensor
from autograd.errors import describe
from autograd.inspect.calls import Pass, UnrecordedError, record_calls
from autograd.serialization.files import replacing
from nn.module import Module
from nn.onnx.aligning import Tracked, align
from nn.onnx.errors import OnnxExporterError, require_onnx
from nn.onnx.graph import Graph
from nn.onnx.proto import build_model
from nn.onnx.table import CHOICES, TRANSLATIONS

__all__ = ["export"]

#: Versions of the operators that can be written.
OLDEST, NEWEST, DEFAULT = 13, 21, 18

FAMILIES = ("elementwise", "shapes", "layers", "statistics")

Axes = Mapping[str, Mapping[int, str] | Sequence[int]]
Symbols = dict[tuple[int, int], str]


def export(
    model: Module,
    args: Tensor | tuple[Any, ...],
    f: str | os.PathLike[str] | IO[bytes] | None = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    input_names: Sequence[str] | None = None,
    output_names: Sequence[str] | None = None,
    opset_version: int | None = None,
    dynamic_axes: Axes | None = None,
    metadata: Mapping[str, str] | None = None,
    verbose: bool = False,
    export_params: bool = True,
    do_constant_folding: bool = True,
    dynamo: bool | None = None,
) -> Any:
    """Write a model as ONNX, in evaluation mode, with its weights under the names of its `state_dict`.

    The model is run on `args`, and once more on inputs of other values and, along the axes that are to stay open, of
    other sizes: what differs between the runs and is not computed by recorded operations is an error.

    Parameters
    ----------
    model : Module
    args : Tensor or tuple
        Inputs of `forward`; their shapes hold for the file, except for `dynamic_axes`.
    f : path or binary file, optional
        Where to write; a path is written whole or not at all.
    kwargs : mapping, optional
        Further arguments of `forward`, by keyword.
    input_names, output_names : sequence of str, optional
        By default ``input.1``, ... and ``output.1``, ..., or `input` and `output` where there is one.
    opset_version : int, default 18
        Version of ONNX's operators, 13 to 21.
    dynamic_axes : mapping, optional
        ``{"input": {0: "batch"}}``, or ``{"input": [0]}``: axes of inputs that may have any size. Those of the outputs
        follow, and may be named in the same way.
    metadata : mapping of str to str, optional
        Kept in the file beside the graph, such as how images are normalised.
    verbose : bool
        Print the graph.
    export_params, do_constant_folding, dynamo
        Accepted as PyTorch has them: weights are always written, what does not depend on the inputs is always computed
        beforehand, and there is one exporter.

    Returns
    -------
    onnx.ModelProto

    Raises
    ------
    nn.onnx.UnsupportedOperatorError
        If an operation cannot be written; it names the operation and the layer, and nothing is written.
    nn.onnx.OnnxExporterError
        If the forward pass depends on values or open sizes by a way that was not recorded.
    ValueError
        If a name or a version is not valid, or weights are to be left out.
    ImportError
        Without the package onnx (``pip install 'convgrad[onnx]'``).

    Examples
    --------
    >>> import autograd, nn
    >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 10))
    >>> proto = nn.onnx.export(model, autograd.zeros(1, 1, 8, 8), dynamic_axes={"input": {0: "batch"}})
    >>> [node.op_type for node in proto.graph.node]
    ['Conv', 'Relu', 'Constant', 'Reshape', 'Gemm']
    >>> sorted(tensor.name for tensor in proto.graph.initializer)
    ['0.bias', '0.weight', '3.bias', '3.weight']
    """
    onnx = require_onnx()
    opset = DEFAULT if opset_version is None else opset_version
    if not OLDEST <= opset <= NEWEST:
        raise ValueError(
            describe(f"Unsupported ONNX opset version: {opset}", op="export", rule=f"{OLDEST} to {NEWEST}")
        )
    if not export_params:
        raise ValueError(describe("export_params=False is not supported", op="export", rule="weights are written"))
    given = args if isinstance(args, tuple) else (args,)
    keywords = dict(kwargs or {})
    tensors = [x for x in (*given, *keywords.values()) if isinstance(x, Tensor)]
    names = _named("input", len(tensors), input_names)
    symbols = _symbols(tensors, names, dynamic_axes or {}, output_names)
    whole = align(_passes(model, given, keywords, symbols))
    graph, outputs = _translate(whole, names, opset)
    results = _named("output", len(outputs), output_names)
    proto = build_model(graph, whole.inputs, outputs, results, symbols, dynamic_axes or {})
    onnx.helper.set_model_props(proto, dict(metadata or {}))
    _check(onnx, proto)
    if verbose:
        print(onnx.printer.to_text(proto.graph))
    if f is not None:
        _write(proto, f)
    return proto


def _check(onnx: Any, proto: Any) -> None:
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        problem = str(error).strip().splitlines()[0]
        raise OnnxExporterError(describe("the model has no valid form in ONNX", op="export", rule=problem)) from error


def _named(kind: str, count: int, names: Sequence[str] | None) -> list[str]:
    """Return names of inputs or outputs.

    Raises
    ------
    ValueError
        If there are too many, or two are the same.
    """
    given = list(names or ())
    if len(given) > count:
        raise ValueError(
            describe(
                f"number of {kind} names provided ({len(given)}) exceeded number of {kind}s ({count})", op="export"
            )
        )
    rest = [kind] if count == 1 else [f"{kind}.{i + 1}" for i in range(count)]
    whole = given + rest[len(given) :]
    if len(set(whole)) < count:
        raise ValueError(describe(f"{kind} names must differ from each other, got {whole}", op="export"))
    return whole


# ---- open sizes


def _symbols(
    tensors: Sequence[Tensor], names: Sequence[str], dynamic_axes: Axes, output_names: Sequence[str] | None
) -> Symbols:
    """Return the symbol of every open axis of the inputs, by input and axis.

    Raises
    ------
    ValueError
        If there is no such input or axis, or one symbol stands for two sizes.
    """
    found: Symbols = {}
    for name, axes in dynamic_axes.items():
        if name not in names:
            if name in (output_names or ()) or name.startswith("output"):
                continue
            raise ValueError(
                describe(
                    f"Provided key {name} for dynamic axes is not a valid input/output name",
                    op="export",
                    rule=f"inputs are {', '.join(names)}",
                    fix="name the inputs with input_names=[...]",
                )
            )
        which = names.index(name)
        rank = tensors[which].ndim
        for axis in axes:
            if not -rank <= axis < rank:
                raise ValueError(describe(f"dynamic_axes: {name} has no axis {axis}", op="export"))
            label = axes[axis] if isinstance(axes, Mapping) else f"dynamic_axis_{axis % rank}"
            found[which, axis % rank] = label
    for label in set(found.values()):
        sizes = {tensors[i].shape[axis] for (i, axis), other in found.items() if other == label}
        if len(sizes) > 1:
            raise ValueError(
                describe(
                    f"dynamic_axes: {label!r} stands for the sizes {sorted(sizes)}",
                    op="export",
                    fix="give axes of different size different names",
                )
            )
    return found


def _resized(x: Tensor, sizes: Mapping[int, int]) -> Tensor:
    """Return an input with its elements, a bit smaller, in another order, and along some axes more of them."""
    array = np.roll(x.detach().numpy().reshape(-1), 1).reshape(x.shape)
    if array.dtype.kind == "f":
        array = array * array.dtype.type(0.9375)
    for axis, n in sizes.items():
        array = np.take(array, np.arange(n) % max(array.shape[axis], 1), axis)
    return autograd.from_numpy(np.array(array, order="C"))


def _passes(model: Module, args: tuple[Any, ...], kwargs: dict[str, Any], symbols: Symbols) -> list[Pass]:
    """Record the model once as given, and once more for every symbol, or at least with other values."""
    for family in FAMILIES:
        import_module(f"nn.onnx.translations.{family}")
    modes = {module: module.training for module in model.modules()}
    named = {name: t for name, t in model.state_dict(keep_vars=True).items() if isinstance(t, Tensor)}
    try:
        model.eval()
        others = sorted(set(symbols.values())) or [""]
        return [_record(model, args, kwargs, symbols, symbol, named) for symbol in (None, *others)]
    finally:
        for module, training in modes.items():
            module.training = training


def _record(
    model: Module,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    symbols: Symbols,
    symbol: str | None,
    named: Mapping[str, Tensor],
) -> Pass:
    positions = iter(range(len(args) + len(kwargs)))

    def changed(x: Any) -> Any:
        if not isinstance(x, Tensor):
            return x
        which = next(positions)
        if symbol is None:
            return x.detach().clone()
        axes = [axis for (i, axis), other in symbols.items() if i == which and other == symbol]
        # Twice the size goes through networks that halve images; a batch may be anything.
        return _resized(x, {axis: x.shape[axis] + 1 if axis == 0 else 2 * x.shape[axis] for axis in axes})

    given = tuple([changed(x) for x in args])
    keywords = {key: changed(x) for key, x in kwargs.items()}
    try:
        return record_calls(model, given, keywords, named, CHOICES)
    except UnrecordedError as error:
        raise OnnxExporterError(str(error)) from None
    except Exception as error:
        if symbol:
            error.add_note(f"The model ran as given, and failed with another size of {symbol!r}, a dynamic axis.")
        raise


# ---- translation


def _translate(whole: Pass, names: Sequence[str], opset: int) -> tuple[Graph, list[Tracked]]:
    """Translate all calls; return the graph, and the values the model returns."""
    inputs: Any = whole.inputs
    for value, name in zip(inputs, names, strict=True):
        value.name = name
    graph = Graph(opset, inputs)
    for call in whole.calls:
        graph.call, graph.layer = call.name, call.layer
        graph.outputs = call.outputs
        if call.name not in TRANSLATIONS:
            raise graph.unsupported("it is not in the table of translations")
        results = TRANSLATIONS[call.name](graph, *call.inputs, **call.params)
        listed = [results] if isinstance(results, str) else results
        for value, result in zip(graph.outputs, listed, strict=True):
            graph.bind(value, result)
    graph.call, graph.layer = "the model's result", ""
    outputs = list(_tracked(whole.result))
    if not outputs:
        raise OnnxExporterError(describe("the model returned no tensor", op="export"))
    return graph, outputs


def _tracked(item: Any) -> Iterable[Tracked]:
    if isinstance(item, Tracked):
        yield item
    elif isinstance(item, Mapping):
        for part in item.values():
            yield from _tracked(part)
    elif isinstance(item, list | tuple):
        for part in item:
            yield from _tracked(part)


def _write(proto: Any, f: str | os.PathLike[str] | IO[bytes]) -> None:
    data = proto.SerializeToString()
    if isinstance(f, str | os.PathLike):
        with replacing(f) as file:
            file.write(data)
    else:
        f.write(data)
