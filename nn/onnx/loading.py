"""Reading ONNX files. Nothing in them is run, and what they claim is checked before it is believed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import IO, Any

import numpy as np

from autograd.errors import describe
from nn.onnx.errors import OnnxImporterError, require_onnx
from nn.onnx.network import OnnxModule
from nn.onnx.operators.table import OPERATORS, Node

__all__ = ["load"]

Array = np.ndarray[Any, np.dtype[Any]]

FAMILIES = ("elementwise", "shapes", "layers", "statistics", "resizing")

#: Older operators have other inputs: Reshape, Dropout and BatchNormalization among them.
OLDEST = 6


def load(f: str | os.PathLike[str] | bytes | IO[bytes]) -> OnnxModule:
    """Read a network from an ONNX file, for inference and fine-tuning.

    Parameters
    ----------
    f : path, bytes or binary file
        Weights outside of the file are read only from the folder of a path, and below.

    Returns
    -------
    OnnxModule
        In evaluation mode; its parameters require gradients. ``train()`` makes batch normalisation and dropout behave
        as in training.

    Raises
    ------
    nn.onnx.OnnxImporterError
        If the file is damaged, or has operators or element types that are not supported: all of them are named.
    ImportError
        Without the package onnx (``pip install 'convgrad[onnx]'``).

    Examples
    --------
    >>> import autograd, io, nn
    >>> model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 6 * 6, 10)).eval()
    >>> file = io.BytesIO()
    >>> _ = nn.onnx.export(model, autograd.zeros(1, 1, 8, 8), file, dynamic_axes={"input": {0: "batch"}})
    >>> network = nn.onnx.load(file.getvalue())
    >>> sorted(network.state_dict())
    ['0.bias', '0.weight', '3.bias', '3.weight']
    >>> images = autograd.randn(5, 1, 8, 8)
    >>> bool(autograd.allclose(network(images), model(images), atol=1e-5))
    True
    """
    data, folder = _read(f)
    try:
        return _loaded(require_onnx(), data, folder, f)
    except UnicodeDecodeError as error:
        raise _damaged(f, f"a name is no text ({error})") from None


def _loaded(onnx: Any, data: bytes, folder: Path | None, f: Any) -> OnnxModule:
    """Check everything, then build the network."""
    proto = onnx.ModelProto()
    try:
        proto.ParseFromString(data)
    except Exception as error:  # protobuf's own class depends on its version
        raise _damaged(f, f"it is no ONNX model ({error})") from None
    if not proto.HasField("graph") or not proto.graph.output:
        raise _damaged(f, "it holds no graph")
    del data
    initializers = {t.name: _array(t, folder, f) for t in proto.graph.initializer}
    try:
        onnx.checker.check_model(_without_external(proto))
    except (onnx.checker.ValidationError, ValueError) as error:
        raise _damaged(f, str(error).strip().splitlines()[0]) from None
    for family in FAMILIES:
        import_module(f"nn.onnx.operators.{family}")
    opset = _opset(proto)
    _refuse_unsupported(proto, opset)
    nodes = [_node(n, opset, folder, f) for n in proto.graph.node]
    inputs = [x.name for x in proto.graph.input if x.name not in initializers]
    network = OnnxModule(nodes, initializers, inputs, [x.name for x in proto.graph.output])
    network.eval()
    return network


def _read(f: str | os.PathLike[str] | bytes | IO[bytes]) -> tuple[bytes, Path | None]:
    """Return the bytes, and the folder where weights of their own files may lie."""
    if isinstance(f, bytes | bytearray | memoryview):
        return bytes(f), None
    if isinstance(f, str | os.PathLike):
        path = Path(f)
        return path.read_bytes(), path.parent
    return f.read(), None


def _damaged(f: Any, problem: str) -> OnnxImporterError:
    name = f if isinstance(f, str | os.PathLike) else "the data"
    return OnnxImporterError(describe(f"{name} cannot be read as ONNX", op="nn.onnx.load", rule=problem))


# ---- tensors


def _array(tensor: Any, folder: Path | None, f: Any) -> Array:
    """Return a tensor's elements.

    Raises
    ------
    OnnxImporterError
        If their number is not what the shape says, their type is none of NumPy's, or their file is out of bounds.
    """
    from onnx import TensorProto, helper, numpy_helper

    try:
        kind = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except KeyError:
        raise _damaged(f, f"tensor {tensor.name!r} has an unknown element type") from None
    if kind.type.__module__ != "numpy" or kind.kind not in "biufc":
        raise _damaged(f, f"tensor {tensor.name!r} has elements of type {kind}, which cannot be computed with")
    if any(n < 0 for n in tensor.dims):
        raise _damaged(f, f"tensor {tensor.name!r} has a negative size")
    if tensor.data_location == TensorProto.EXTERNAL:
        return _external(tensor, kind, folder, f)
    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except (ValueError, TypeError) as error:
        raise _damaged(f, f"tensor {tensor.name!r}: {error}") from None


def _external(tensor: Any, kind: np.dtype[Any], folder: Path | None, f: Any) -> Array:
    """Read a tensor from a file of its own, which must lie below the model's folder."""
    entries = {entry.key: entry.value for entry in tensor.external_data}
    location = entries.get("location", "")
    if folder is None:
        raise _damaged(f, f"tensor {tensor.name!r} lies in another file, {location!r}; load the model by its path")
    path = (folder / location).resolve()
    if not location or not path.is_relative_to(folder.resolve()) or Path(location).is_absolute():
        raise _damaged(f, f"tensor {tensor.name!r} lies in {location!r}, which is outside of the model's folder")
    count = 1
    for n in tensor.dims:
        count *= n
    try:
        offset, length = int(entries.get("offset", 0)), int(entries.get("length", count * kind.itemsize))
    except ValueError:
        raise _damaged(f, f"tensor {tensor.name!r} has no valid place in {location!r}") from None
    if not path.is_file():
        raise _damaged(f, f"tensor {tensor.name!r} lies in {location!r}, which does not exist")
    if offset < 0 or length != count * kind.itemsize or offset + length > path.stat().st_size:
        raise _damaged(
            f, f"tensor {tensor.name!r} needs {count * kind.itemsize} bytes, which {location!r} does not hold"
        )
    with path.open("rb") as file:
        file.seek(offset)
        return np.frombuffer(file.read(length), kind.newbyteorder("<")).astype(kind).reshape(tuple(tensor.dims))


def _without_external(proto: Any) -> Any:
    """Return the model for the checker, which would look for files itself."""
    if not any(t.external_data for t in proto.graph.initializer):
        return proto
    copy = type(proto)()
    copy.CopyFrom(proto)
    kept = [t for t in copy.graph.initializer if not t.external_data]
    outside = [t for t in copy.graph.initializer if t.external_data]
    from onnx import helper

    present = {x.name for x in copy.graph.input}
    for t in outside:
        if t.name not in present:
            copy.graph.input.append(helper.make_tensor_value_info(t.name, t.data_type, list(t.dims)))
    del copy.graph.initializer[:]
    copy.graph.initializer.extend(kept)
    return copy


# ---- nodes


def _opset(proto: Any) -> int:
    versions = [entry.version for entry in proto.opset_import if entry.domain in ("", "ai.onnx")]
    version = int(versions[0]) if versions else 1
    if version < OLDEST:
        raise OnnxImporterError(
            describe(
                f"ONNX opset version {version} is not supported",
                op="nn.onnx.load",
                rule=f"opset {OLDEST} at least: older operators have other inputs",
                fix="convert the file with onnx.version_converter.convert_version(model, 18)",
            )
        )
    return version


def _refuse_unsupported(proto: Any, opset: int) -> None:
    """Name all operators that are not supported at once."""

    def label(n: Any) -> str:
        return f"{n.domain}.{n.op_type}" if n.domain not in ("", "ai.onnx") else str(n.op_type)

    unknown = sorted({label(n) for n in proto.graph.node if label(n) not in OPERATORS})
    if unknown:
        raise OnnxImporterError(
            describe(
                f"ONNX operators that are not supported: {', '.join(unknown)}",
                op="nn.onnx.load",
                rule=f"{len(OPERATORS)} operators of opset {opset} are supported, no control flow and no custom ones",
                fix="export the model without them",
            )
        )


def _node(n: Any, opset: int, folder: Path | None, f: Any) -> Node:
    return Node(n.op_type, n.name, list(n.input), list(n.output), dict(_attributes(n, folder, f)), opset)


def _attributes(n: Any, folder: Path | None, f: Any) -> Iterable[tuple[str, Any]]:
    """Yield names and values of a node's attributes."""
    from onnx import AttributeProto, helper

    for attribute in n.attribute:
        if attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
            raise _damaged(f, f"node {n.name or n.op_type} holds a graph of its own, which is not supported")
        if attribute.type == AttributeProto.TENSOR:
            yield attribute.name, _array(attribute.t, folder, f)
            continue
        value = helper.get_attribute_value(attribute)
        yield attribute.name, value.decode(errors="replace") if isinstance(value, bytes) else value
