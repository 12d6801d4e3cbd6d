"""Calling a module with other parameters and buffers than its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from autograd.errors import describe
from autograd.tensor import Tensor

__all__ = ["functional_call"]

Slot = tuple[dict[str, Any], str]


def functional_call(
    module: Any,
    parameter_and_buffer_dicts: Mapping[str, Tensor] | Sequence[Mapping[str, Tensor]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with the given tensors in place of its parameters and buffers, which are put back afterwards.

    Parameters
    ----------
    module : nn.Module
    parameter_and_buffer_dicts : dict of str to Tensor, or sequence of such
        Tensors by their paths in the module; several dictionaries must not share keys.
    args : tuple or any, optional
        Positional arguments; anything but a tuple is taken as the only one.
    kwargs : dict, optional
        Keyword arguments.
    tie_weights : bool
        Replace a tensor under all its paths if it is given under one of them.
    strict : bool
        Whether the keys must be exactly those of the module.

    Returns
    -------
    any
        What the module returns.

    Raises
    ------
    ValueError
        If a key is given twice, or tied tensors are given different values.
    RuntimeError
        If `strict` is set and keys are missing or unexpected.
    TypeError
        If a value is not a tensor.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.Linear(2, 1, bias=False)
    >>> autograd.functional.functional_call(layer, {"weight": autograd.ones(1, 2)}, autograd.tensor([1.0, 2.0]))
    tensor([3.])
    """
    tensors = _merged(parameter_and_buffer_dicts)
    slots = _slots(module)
    if strict:
        _check_keys(set(slots), set(tensors), type(module).__name__)
    if tie_weights:
        tensors = _tied(slots, tensors)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(slots, tensors):
        return module(*arguments, **(kwargs or {}))


def _merged(given: Any) -> dict[str, Tensor]:
    merged: dict[str, Tensor] = {}
    for mapping in (given,) if isinstance(given, Mapping) else given:
        for key, value in mapping.items():
            if key in merged:
                raise ValueError(
                    describe(f"{[key]} appeared in multiple dictionaries; behavior of functional call is ambiguous")
                )
            if not isinstance(value, Tensor):
                raise TypeError(describe(f"{value!r} is not an instance of Tensor", rule=f"it is given for {key!r}"))
            merged[key] = value
    return merged


def _slots(module: Any) -> dict[str, Slot]:
    """Return for each path the table and the name under which a module holds that parameter or buffer."""
    slots = {}
    for path, part in module.named_modules(remove_duplicate=False):
        prefix = f"{path}." if path else ""
        for table in (part._parameters, part._buffers):
            slots.update({prefix + name: (table, name) for name, held in table.items() if held is not None})
    return slots


def _check_keys(own: set[str], given: set[str], kind: str) -> None:
    if own == given:
        return
    phrases = []
    for word, keys in (("Unexpected", given - own), ("Missing", own - given)):
        if keys:
            phrases.append(f"{word} key(s): {', '.join(map(repr, sorted(keys)))}.")
    raise RuntimeError(
        describe("\n\t".join([f"Error(s) in reparametrizing for {kind}:", *phrases]), op="functional_call")
    )


def _tied(slots: dict[str, Slot], tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give every path of a shared tensor the value that one of its paths is given."""
    paths: dict[int, list[str]] = {}
    for path, (table, name) in slots.items():
        paths.setdefault(id(table[name]), []).append(path)
    tied = dict(tensors)
    for shared in paths.values():
        given = [path for path in shared if path in tensors]
        if any(tensors[path] is not tensors[given[0]] for path in given[1:]):
            raise ValueError(
                describe(
                    f"functional_call got multiple values for keys {given}, which are tied. Consider using "
                    "tie_weights=False"
                )
            )
        if given:
            tied.update(dict.fromkeys(shared, tensors[given[0]]))
    return tied


@contextmanager
def _replaced(slots: dict[str, Slot], tensors: dict[str, Tensor]) -> Iterator[None]:
    """Put tensors in the places of a module's own; paths that lead nowhere are passed over."""
    places = [(*slots[path], tensor) for path, tensor in tensors.items() if path in slots]
    own = [table[name] for table, name, _ in places]
    try:
        for table, name, tensor in places:
            table[name] = tensor
        yield
    finally:
        for (table, name, _), tensor in zip(places, own, strict=True):
            table[name] = tensor
