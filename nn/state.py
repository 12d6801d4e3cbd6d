"""Saving and loading what a model has learnt: `state_dict` and `load_state_dict`."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import autograd
from autograd import Tensor
from autograd.errors import describe
from nn.hooks import Handle, Hooked
from nn.parameter import Parameter, is_lazy

__all__ = ["IncompatibleKeys", "Stateful"]

_EXTRA = "_extra_state"
Action = Callable[[], None]


class IncompatibleKeys(NamedTuple):
    """What `load_state_dict` returns.

    Attributes
    ----------
    missing_keys : list of str
        Keys of the model that the state has not.
    unexpected_keys : list of str
        Keys of the state that the model has not.

    Examples
    --------
    >>> import autograd, nn
    >>> found = nn.Linear(2, 3).load_state_dict({"weight": autograd.ones(3, 2)}, strict=False)
    >>> found.missing_keys
    ['bias']
    """

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


class _Loading:
    """What is found and planned while a state is compared with the modules, before anything is changed."""

    def __init__(self, metadata: Mapping[str, Any], assign: bool) -> None:
        self.metadata = metadata
        self.assign = assign
        self.found = IncompatibleKeys([], [])
        self.errors: list[str] = []
        self.actions: list[Action] = []


class Stateful(Hooked):
    """What of `Module` concerns its state."""

    _version: int = 1

    # ---- saving

    def state_dict(self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False) -> Any:
        """Return all parameters and persistent buffers by their paths.

        Parameters
        ----------
        destination : dict, optional
            Filled and returned in place of a new ordered dictionary.
        prefix : str
            Put before every key.
        keep_vars : bool, default False
            Whether to give the parameters themselves, not detached tensors over their memory.

        Returns
        -------
        OrderedDict

        Examples
        --------
        >>> import nn
        >>> list(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).state_dict())
        ['0.weight', '0.bias', '2.weight', '2.bias']
        """
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        metadata = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = metadata
        for hook in self._own_hooks("save_pre"):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in self._own_hooks("save_post"):
            if hook(self, destination, prefix, metadata) is not None:
                raise RuntimeError(
                    describe("state_dict post-hook must return None", fix="change the dictionary in place")
                )
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Put this module's own state into `destination`; submodules follow by themselves."""
        for name, tensor in self._own_state():
            destination[prefix + name] = tensor if keep_vars or is_lazy(tensor) else tensor.detach()
        if type(self).get_extra_state is not Stateful.get_extra_state:
            destination[prefix + _EXTRA] = self.get_extra_state()

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        for name, parameter in self._parameters.items():
            if parameter is not None:
                yield name, parameter
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                yield name, buffer

    def get_extra_state(self) -> Any:
        """Return what else belongs into `state_dict`; a module that overrides this overrides `set_extra_state` too.

        Raises
        ------
        NotImplementedError
            If it is not overridden; `state_dict` then leaves it out.

        Examples
        --------
        >>> import nn
        >>> class Counted(nn.Module):
        ...     count = 3
        ...     def get_extra_state(self):
        ...         return self.count
        ...     def set_extra_state(self, state):
        ...         self.count = state
        >>> Counted().state_dict()
        OrderedDict([('_extra_state', 3)])
        """
        raise NotImplementedError(f"{type(self).__name__} has no extra state")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` returned.

        Parameters
        ----------
        state : object

        Raises
        ------
        NotImplementedError
            If it is not overridden.
        """
        raise NotImplementedError(f"{type(self).__name__} has no extra state")

    # ---- loading

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy parameters and buffers from a state into this module and those below; all of them or, on error, none.

        Parameters
        ----------
        state_dict : mapping from str to Tensor
        strict : bool, default True
            Whether the keys must be exactly those of `state_dict()`.
        assign : bool, default False
            Put the tensors of the state themselves in place of the module's, rather than copy their values.

        Returns
        -------
        IncompatibleKeys

        Raises
        ------
        TypeError
            If `state_dict` is not a mapping.
        RuntimeError
            If shapes differ, or keys do and `strict` is set. Every difference is listed and nothing is changed.

        Examples
        --------
        >>> import nn
        >>> first, second = nn.Linear(2, 3), nn.Linear(2, 3)
        >>> second.load_state_dict(first.state_dict())
        <All keys matched successfully>
        >>> bool((first.weight == second.weight).all())
        True
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(describe(f"Expected state_dict to be dict-like, got {type(state_dict)}."))
        loading = _Loading(getattr(state_dict, "_metadata", None) or {}, assign)
        self._plan_tree(OrderedDict(state_dict), "", loading)
        # Only a post hook may forgive a key, and it is to see the values loaded.
        forgiving = any(module._own_hooks("load_post") for module in self.modules())
        self._check_loading(loading, keys=strict and not forgiving)
        with autograd.no_grad():
            for action in loading.actions:
                action()
        if forgiving:
            self._run_post_hooks(loading.found)
            self._check_loading(loading, keys=strict)
        return loading.found

    def _plan_tree(self, state_dict: dict[str, Any], prefix: str, loading: _Loading) -> None:
        local = {
            **loading.metadata.get(prefix[:-1], {}),
            "assign_to_params_buffers": loading.assign,
            "actions": loading.actions,
        }
        self._load_from_state_dict(state_dict, prefix, local, True, *loading.found, loading.errors)
        for name, child in self._modules.items():
            if child is not None:
                path = f"{prefix}{name}."
                part = {key: value for key, value in state_dict.items() if key.startswith(path)}
                child._plan_tree(part, path, loading)

    def _run_post_hooks(self, found: IncompatibleKeys) -> None:
        for child in self._modules.values():
            if child is not None:
                child._run_post_hooks(found)
        for hook in self._own_hooks("load_post"):
            if hook(self, found) is not None:
                raise RuntimeError(
                    describe(
                        "Hooks registered with ``register_load_state_dict_post_hook`` are not expected to return new "
                        "values",
                        fix="change the lists of keys in place",
                    )
                )

    def _check_loading(self, loading: _Loading, keys: bool) -> None:
        errors = (_key_errors(loading.found) if keys else []) + loading.errors
        if errors:
            raise RuntimeError(
                describe(
                    f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors),
                    rule="a state is loaded whole or, where its tensors do not fit, not at all",
                    fix=_advice(loading.found),
                )
            )

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Compare this module's own state with `state_dict`, and note in ``local_metadata["actions"]`` what to copy."""
        for hook in self._own_hooks("load_pre"):
            hook(self, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        own = dict(self._own_state())
        actions = local_metadata["actions"]
        for name, tensor in own.items():
            key = prefix + name
            if key in state_dict:
                try:
                    actions.append(self._plan_load(name, key, tensor, state_dict[key], local_metadata))
                except ValueError as error:
                    error_msgs.append(str(error))
            elif strict:
                missing_keys.append(key)
        extra = prefix + _EXTRA
        takes_extra = type(self).set_extra_state is not Stateful.set_extra_state
        if takes_extra and extra in state_dict:
            actions.append(lambda: self.set_extra_state(state_dict[extra]))
        elif takes_extra and strict:
            missing_keys.append(extra)
        if strict:
            known = {*own, _EXTRA} if takes_extra else set(own)
            for key in state_dict:
                first, _, rest = key[len(prefix) :].partition(".")
                if key.startswith(prefix) and first not in (self._modules if rest else known):
                    unexpected_keys.append(key)

    def _plan_load(self, name: str, key: str, own: Tensor, given: Any, local_metadata: dict[str, Any]) -> Action:
        """Return what loads `given` into the tensor `own`.

        Raises
        ------
        ValueError
            If that cannot be done.
        """
        if not isinstance(given, Tensor):
            raise ValueError(
                f'While copying the parameter named "{key}", expected Tensor or Tensor-like object from checkpoint but '
                f"received {type(given)}"
            )
        if is_lazy(given) and not is_lazy(own):
            raise ValueError(f'"{key}" is uninitialized in the checkpoint, but not in the current model.')
        if not is_lazy(own):
            if own.ndim == 0 and given.shape == (1,):
                given = given[0]
            if given.shape != own.shape:
                raise ValueError(
                    f"size mismatch for {key}: copying a param with shape {given.shape} from checkpoint, the shape in "
                    f"current model is {own.shape}."
                )
        if local_metadata["assign_to_params_buffers"]:
            return lambda: self._assign(name, own, given)
        return lambda: _copy_into(own, given)

    def _assign(self, name: str, own: Tensor, given: Tensor) -> None:
        if isinstance(own, Parameter):
            wrapped = given if isinstance(given, Parameter) else Parameter(given, own.requires_grad)
            given = wrapped.requires_grad_(own.requires_grad)
        setattr(self, name, given)

    # ---- hooks

    def _own_hooks(self, occasion: str) -> list[Callable[..., Any]]:
        return [] if self._hooks is None else [*getattr(self._hooks, occasion).values()]

    def register_state_dict_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(module, prefix, keep_vars)`` before `state_dict` collects the module's state.

        Parameters
        ----------
        hook : callable

        Returns
        -------
        RemovableHandle
        """
        return self._hooks_for_update().add("save_pre", hook)

    def register_state_dict_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` after `state_dict`; it may change it in place.

        Parameters
        ----------
        hook : callable
            Returns None.

        Returns
        -------
        RemovableHandle

        Examples
        --------
        >>> import nn
        >>> layer = nn.Linear(2, 3)
        >>> handle = layer.register_state_dict_post_hook(lambda module, state, *rest: state.clear())
        >>> layer.state_dict()
        OrderedDict()
        """
        return self._hooks_for_update().add("save_post", hook)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(module, state_dict, prefix, metadata, strict, missing, unexpected, errors)`` before loading.

        It may change the dictionary and the lists in place, to rename keys of older versions for instance.

        Parameters
        ----------
        hook : callable

        Returns
        -------
        RemovableHandle

        Examples
        --------
        >>> import autograd, nn
        >>> def rename(module, state, prefix, *rest):
        ...     state[prefix + "bias"] = state.pop(prefix + "b")
        >>> layer = nn.Linear(2, 1)
        >>> handle = layer.register_load_state_dict_pre_hook(rename)
        >>> layer.load_state_dict({"weight": autograd.ones(1, 2), "b": autograd.ones(1)})
        <All keys matched successfully>
        """
        return self._hooks_for_update().add("load_pre", hook)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call ``hook(module, incompatible_keys)`` after loading; it may change the lists in place.

        Parameters
        ----------
        hook : callable
            Returns None.

        Returns
        -------
        RemovableHandle

        Examples
        --------
        >>> import nn
        >>> layer = nn.Linear(2, 1)
        >>> handle = layer.register_load_state_dict_post_hook(lambda module, keys: keys.missing_keys.clear())
        >>> layer.load_state_dict({})
        <All keys matched successfully>
        """
        return self._hooks_for_update().add("load_post", hook)


def _copy_into(own: Any, given: Tensor) -> None:
    if is_lazy(own):
        if is_lazy(given):
            return
        own.materialize(given.shape)
    own.copy_(given)


def _key_errors(found: IncompatibleKeys) -> list[str]:
    lines = []
    for word, keys in (("Missing", found.missing_keys), ("Unexpected", found.unexpected_keys)):
        if keys:
            quoted = ", ".join(f'"{key}"' for key in keys)
            lines.append(f"{word} key(s) in state_dict: {quoted}. ")
    return lines


def _advice(found: IncompatibleKeys) -> str:
    heads = {key.partition(".")[0] for key in found.unexpected_keys}
    if len(heads) == 1 and {key.partition(".")[2] for key in found.unexpected_keys} & set(found.missing_keys):
        (head,) = heads
        return f"the keys of the state carry the prefix '{head}.': remove it from each"
    if found.missing_keys or found.unexpected_keys:
        return "build the model the state was saved from; strict=False loads the keys that both have"
    return "build the model with the sizes the state was saved from, or leave these keys out and pass strict=False"
