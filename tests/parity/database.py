"""PyTorch's own database of operations, run here: its samples, variants and mistakes, each on both libraries.

A sample passes if outputs, their dtypes and names, what requires grad, and the gradients agree, or if both refuse.
"""

from __future__ import annotations

import functools
import re
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from autograd.tensor import Tensor
from tests.parity.calls import expected_type

torch = pytest.importorskip("torch")
pytest.importorskip("expecttest")

from torch.testing._internal.common_methods_invocations import op_db  # noqa: E402

TOLERANCE = {"float64": (1e-7, 1e-9), "float32": (3e-4, 5e-5), "float16": (4e-3, 2e-3)}
"""Relative and absolute, by dtype: gradients in float32 add up the roundings of two libraries."""


def translated(value: Any, leaves: list[Any]) -> Any:
    """Return arguments of PyTorch's as ours: tensors with their strides, dtypes and the like by name.

    Parameters
    ----------
    value : nest of arguments
    leaves : list
        Gets (PyTorch's tensor, ours) for those that require grad.
    """
    if isinstance(value, torch.Tensor):
        return _tensor(value, leaves)
    if isinstance(value, torch.dtype | torch.memory_format):
        return getattr(autograd, str(value).removeprefix("torch."))
    if isinstance(value, torch.device):
        return str(value)
    if isinstance(value, torch.layout):
        return None
    if isinstance(value, torch.nn.Module):
        return getattr(autograd.nn, type(value).__name__)()
    if isinstance(value, torch.Size):
        return tuple(value)
    if isinstance(value, list | tuple):
        return type(value)([translated(v, leaves) for v in value])
    if isinstance(value, dict):
        return {k: translated(v, leaves) for k, v in value.items()}
    return value


def _tensor(value: Any, leaves: list[Any]) -> Tensor:
    for known, tensor in leaves:
        if known is value:
            return tensor
    array = value.detach().resolve_conj().resolve_neg()
    memory = torch.empty(0, dtype=array.dtype).set_(array.untyped_storage()).numpy().copy()
    strides = [n * array.element_size() for n in array.stride()]
    strided = np.lib.stride_tricks.as_strided(memory[array.storage_offset() :], tuple(array.shape), strides)
    tensor = Tensor(np.asarray(strided), None)
    if value.requires_grad:
        tensor.requires_grad_()
        leaves.append((value, tensor))
    return tensor


class Functions:
    """Our functions; those that change a tensor in place are methods here."""

    def __getattr__(self, name: str) -> Any:
        return getattr(Tensor if name.endswith("_") else autograd, name)


def counterpart(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of the database's with our library in the place of PyTorch's."""
    if isinstance(function, functools.partial):
        return functools.partial(named(f"nn.functional.{function.func.__name__}"), **function.keywords)
    if not isinstance(function, types.FunctionType) or not function.__module__.startswith("torch.testing"):
        raise LookupError(function)
    scope = {**function.__globals__, "torch": Functions(), "wrapper_set_seed": lambda op, *a, **k: op(*a, **k)}
    cells = function.__closure__
    again = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)
    again.__kwdefaults__ = function.__kwdefaults__
    return again


def named(name: str) -> Any:
    """Return our function, or else our method, of a dotted name; None if there is neither."""
    found: Any = autograd
    for part in name.split("."):
        found = getattr(found, part, None)
    return found if callable(found) else getattr(Tensor, name, None)


def ours(info: Any) -> Any:
    """Return our function for an entry of the database; None if we have no such name."""
    found = named(info.name)
    if found is None:
        return None
    try:
        return counterpart(info.op)
    except LookupError:
        return found


class Outcome:
    """What a call came to: arrays, how outputs are named and whether they require grad, gradients; or an error."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.outputs: list[Any] = []
        self.names: list[str] = []
        self.gradients: list[np.ndarray] = []

    def read(self, value: Any) -> None:
        """Take in the outputs of a call, nested or not."""
        if isinstance(value, Tensor | torch.Tensor):
            self.outputs.append(value)
            self.names.append("tensor")
        elif isinstance(value, list | tuple):
            fields = getattr(value, "_fields", None) or (
                getattr(type(value), "__match_args__", ()) if hasattr(value, "n_fields") else ()
            )
            self.names.append(",".join(fields))
            for item in value:
                self.read(item)
        else:
            self.names.append(repr(value))

    def arrays(self) -> list[np.ndarray]:
        return [array_of(y) for y in self.outputs]


def array_of(tensor: Any) -> np.ndarray:
    return tensor._data if isinstance(tensor, Tensor) else tensor.numpy(force=True)


def run(call: Callable[[], Any], leaves: list[Any], differentiate: Callable[..., Any], wrap: Any) -> Outcome:
    """Call, and pull one fixed cotangent back to the leaves."""
    outcome = Outcome()
    try:
        outcome.read(call())
        live = [y for y in outcome.outputs if y.requires_grad and array_of(y).dtype.kind in "fc"]
        rng = np.random.default_rng(5)
        seeds = [wrap(np.asarray(rng.standard_normal(tuple(y.shape)), array_of(y).dtype)) for y in live]
        if live:
            found = differentiate(live, leaves, seeds, allow_unused=True)
            for x, g in zip(leaves, found, strict=True):
                outcome.gradients.append(np.zeros(tuple(x.shape), array_of(x).dtype) if g is None else array_of(g))
    except Exception as error:
        outcome.error = error
    return outcome


def differences(expected: Outcome, found: Outcome, random: bool) -> Iterator[str]:
    """Say in what our outcome differs from PyTorch's."""
    if expected.error is not None or found.error is not None:
        a, b = expected.error, found.error
        if isinstance(a, NotImplementedError) and "derivative" in str(a):
            return
        if a is None:
            yield f"we raise {type(b).__name__}: {first_line(b)}"
        elif b is None:
            yield f"PyTorch raises {type(a).__name__}: {first_line(a)}"
        elif not isinstance(b, expected_type(a)):
            yield f"{type(a).__name__} ({first_line(a)}) is {type(b).__name__} ({first_line(b)}) here"
        return
    if expected.names != found.names:
        yield f"names {expected.names} are {found.names} here"
        return
    flags = [[y.requires_grad for y in o.outputs] for o in (expected, found)]
    if flags[0] != flags[1]:
        yield f"requires_grad {flags[0]} is {flags[1]} here"
    kinds = (("output", expected.arrays(), found.arrays()), ("gradient", expected.gradients, found.gradients))
    for what, theirs, mine in kinds:
        for a, b in zip(theirs, mine, strict=False):
            if a.shape != b.shape or a.dtype != b.dtype:
                yield f"{what} {a.dtype}{list(a.shape)} is {b.dtype}{list(b.shape)} here"
            elif not random and not close(a, b):
                yield f"{what} {brief(a)} is {brief(b)} here"


def first_line(error: BaseException | None) -> str:
    return (str(error).splitlines() or [""])[0][:160]


def brief(array: np.ndarray) -> str:
    return np.array2string(array, threshold=8, precision=6).replace("\n", "")[:90]


def close(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether arrays agree, but for rounding where they are not integers."""
    if a.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    rtol, atol = TOLERANCE[a.real.dtype.name]
    with np.errstate(all="ignore"):
        return bool(np.allclose(b, a, rtol=rtol, atol=atol, equal_nan=True))


RANDOM = {
    *("bernoulli", "empty", "empty_like", "multinomial", "new_empty", "normal", "rand_like", "randint"),
    *("randint_like", "randn", "randn_like"),
}
"""Operations whose values nobody promises."""

Variant = tuple[str, Callable[..., Any], Callable[..., Any]]


def variants(info: Any) -> Iterator[Variant]:
    """Yield the forms of an operation: name, PyTorch's, ours; ours is None where we lack it."""
    yield "function", info.op, ours(info)
    for kind, theirs in (("method", info.method_variant), ("in-place", info.inplace_variant)):
        if theirs is None:
            continue
        try:
            yield kind, theirs, counterpart(theirs)
        except LookupError:
            yield kind, theirs, getattr(Tensor, theirs.__name__, None)


def tried(
    variant: Variant,
    sample: Any,
    *,
    wrapper: Callable[..., Any] = lambda op, *args, **kwargs: op(*args, **kwargs),
    random: bool = False,
) -> list[str]:
    """Return in what one call differs between the libraries."""
    kind, theirs, mine = variant
    pairs: list[Any] = []
    args, kwargs = detached((sample.input, *sample.args), True), detached(sample.kwargs, True)
    our_args, our_kwargs = translated(args, pairs), translated(kwargs, pairs)
    process, our_process = sample.output_process_fn_grad, _process(sample.output_process_fn_grad)

    def their_call() -> Any:
        return process(wrapper(theirs, *_cloned(kind, args), **kwargs))

    def our_call() -> Any:
        return our_process(wrapper(mine, *_cloned(kind, our_args), **our_kwargs))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = run(their_call, [a for a, _ in pairs], torch.autograd.grad, torch.from_numpy)
        warnings.simplefilter("error", RuntimeWarning)
        found = run(our_call, [b for _, b in pairs], autograd.grad, lambda a: Tensor(a, None))
    return list(differences(expected, found, random))


def _cloned(kind: str, args: tuple[Any, ...]) -> tuple[Any, ...]:
    return (args[0].clone(), *args[1:]) if kind == "in-place" else args


def _process(function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        return counterpart(function)
    except LookupError:
        return function


def with_out(variant: Variant, sample: Any, random: bool = False) -> list[str]:
    """Return in what a call with ``out=`` differs; tensors of other sizes are given, to be resized."""
    _, theirs, mine = variant
    process, our_process = sample.output_process_fn_grad, _process(sample.output_process_fn_grad)
    args, kwargs = detached((sample.input, *sample.args)), detached(sample.kwargs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            plain = theirs(*args, **kwargs)
        except Exception:
            return []
        out = _like(plain)
        if out is None:
            return []
        our_args, our_kwargs, our_out = translated(args, []), translated(kwargs, []), translated(out, [])

        def their_call() -> Any:
            return process(theirs(*args, **kwargs, out=out)), process(out)

        def our_call() -> Any:
            return our_process(mine(*our_args, **our_kwargs, out=our_out)), our_process(our_out)

        expected = run(their_call, [], None, None)  # type: ignore[arg-type]
        if expected.error is not None:
            return []
        warnings.simplefilter("error", RuntimeWarning)
        found = run(our_call, [], None, None)  # type: ignore[arg-type]
    return list(differences(expected, found, random))


def _like(plain: Any) -> Any:
    if isinstance(plain, torch.Tensor):
        return torch.empty_like(plain)
    if isinstance(plain, tuple) and all(isinstance(p, torch.Tensor) for p in plain):
        return tuple(torch.empty_like(p) for p in plain)
    return None


def detached(value: Any, recorded: bool = False) -> Any:
    """Return arguments as leaves, which require grad as before or not at all."""
    if isinstance(value, torch.Tensor):
        return value.detach().requires_grad_(recorded and value.requires_grad)
    if isinstance(value, list | tuple) and not isinstance(value, torch.Size):
        return type(value)([detached(v, recorded) for v in value])
    return {k: detached(v, recorded) for k, v in value.items()} if isinstance(value, dict) else value


def mistaken(info: Any, error: Any) -> list[str]:
    """Return in what our answer to a mistake of the database differs."""
    sample = error.sample_input
    args, kwargs = (sample.input, *sample.args), sample.kwargs
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            info.op(*args, **kwargs)
        except Exception:
            if isinstance(sample.input, torch.Tensor) and sample.input.ndim > 64:
                return []  # more than NumPy's arrays can have
            args, kwargs = translated(args, []), translated(kwargs, [])
        else:
            return []
        try:
            ours(info)(*args, **kwargs)
        except Exception as raised:
            if isinstance(raised, error.error_type) and re.search(error.error_regex, str(raised)):
                return []
            return [
                f"{error.error_type.__name__} ({error.error_regex}) is {type(raised).__name__} ({first_line(raised)})"
            ]
    return [f"{error.error_type.__name__} ({error.error_regex}) is not raised"]


def spread(samples: Iterable[Any], most: int | None) -> list[Any]:
    """Return at most so many of the samples, evenly spread over them, the first and the last included."""
    found = list(samples)
    if most is None or len(found) <= most:
        return found
    return [found[round(i * (len(found) - 1) / max(most - 1, 1))] for i in range(most)]


FORMS = ("function", "method", "in-place", "non-contiguous", "out", "mistake")


def judged(info: Any, most: int, dtypes: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield, for every call made of an entry, its form and in what it differs: nothing where the libraries agree.

    Parameters
    ----------
    info : OpInfo
    most : int
        Samples a dtype.
    dtypes : iterable of str
    """
    random = info.name in RANDOM
    torch.manual_seed(0)
    for dtype in (getattr(torch, name) for name in dtypes):
        if dtype not in info.dtypes:
            continue
        recorded = dtype.is_floating_point and info.supports_autograd
        samples = spread(info.sample_inputs("cpu", dtype, requires_grad=recorded), most)
        forms = list(variants(info))
        for variant in forms:
            if variant[2] is None:
                continue  # a test of the differences holds the list of methods that are left out
            for sample in samples:
                if not (variant[0] == "in-place" and sample.broadcasts_input):
                    yield variant[0], _said(tried(variant, sample, wrapper=info.gradcheck_wrapper, random=random))
        if dtype is torch.float64:
            for sample in samples:
                strided = sample.noncontiguous()
                wrapper = info.gradcheck_wrapper
                yield "non-contiguous", _said(tried(forms[0], strided, wrapper=wrapper, random=random))
                if info.supports_out:
                    yield "out", _said(with_out(forms[0], sample, random))
    if info.error_inputs_func is not None:
        for mistake in info.error_inputs("cpu"):
            yield "mistake", _said(mistaken(info, mistake))


def _said(found: list[str]) -> str:
    return "; ".join(found)


def entries() -> list[Any]:
    """Return the entries of the database that are no functions of networks and whose names we have."""
    return [info for info in op_db if not info.name.startswith("nn.functional") and ours(info) is not None]
