"""Hooks on modules: functions called before and after forward and backward, and around `state_dict`."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from autograd import RemovableHandle
from autograd.errors import describe
from nn.hooks_backward import BackwardCall
from nn.tree import Tree

__all__ = [
    "Hooked",
    "Hooks",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
]

Handle = RemovableHandle


class ForwardHook:
    """A function to be called around forward, and how."""

    __slots__ = ("always", "function", "with_kwargs")

    def __init__(self, function: Callable[..., Any], with_kwargs: bool, always: bool = False) -> None:
        self.function = function
        self.with_kwargs = with_kwargs
        self.always = always

    def call(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any], *result: Any) -> Any:
        """Call the function with the arguments it asked for."""
        return (
            self.function(module, args, kwargs, *result) if self.with_kwargs else self.function(module, args, *result)
        )


class Hooks:
    """The hooks of one module, or of all: a table from handle to hook for each occasion."""

    __slots__ = ("backward", "backward_pre", "forward", "forward_pre", "load_post", "load_pre", "save_post", "save_pre")

    forward: OrderedDict[int, ForwardHook]
    forward_pre: OrderedDict[int, ForwardHook]

    def __init__(self) -> None:
        for occasion in self.__slots__:
            setattr(self, occasion, OrderedDict())

    def add(self, occasion: str, hook: Any, prepend: bool = False) -> Handle:
        """Put a hook last, or first, in the table of an occasion."""
        table: OrderedDict[int, Any] = getattr(self, occasion)
        handle = RemovableHandle(table)
        table[handle.id] = hook
        if prepend:
            table.move_to_end(handle.id, last=False)
        return handle


class Hooked(Tree):
    """What of `Module` concerns hooks and calling."""

    # None until the first hook is registered: a call without hooks pays two look-ups.
    _hooks: Hooks | None = None
    _global_hooks: ClassVar[Hooks | None] = None
    forward: Callable[..., Any]

    def _hooks_for_update(self) -> Hooks:
        if self._hooks is None:
            self._hooks = Hooks()
        return self._hooks

    def _hooks_of(self, occasion: str) -> Iterator[Any]:
        """Yield the hooks of an occasion: first those of all modules, then this module's."""
        for hooks in (Hooked._global_hooks, self._hooks):
            if hooks is not None:
                # A hook may remove itself, and others.
                yield from list(getattr(hooks, occasion).values())

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> Handle:
        """Call ``hook(module, args)`` before each forward; what it returns replaces the positional arguments.

        Parameters
        ----------
        hook : callable
        prepend : bool, default False
            Whether it goes before the hooks that are there.
        with_kwargs : bool, default False
            Call ``hook(module, args, kwargs)`` instead, which may return ``(args, kwargs)``.

        Returns
        -------
        RemovableHandle

        Examples
        --------
        >>> import autograd, nn
        >>> layer = nn.Flatten()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: (args[0] * 2,))
        >>> layer(autograd.ones(1, 2))
        tensor([[2., 2.]])
        """
        return self._hooks_for_update().add("forward_pre", ForwardHook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> Handle:
        """Call ``hook(module, args, output)`` after each forward; what it returns replaces the output.

        Parameters
        ----------
        hook : callable
        prepend : bool, default False
            Whether it goes before the hooks that are there.
        with_kwargs : bool, default False
            Call ``hook(module, args, kwargs, output)`` instead.
        always_call : bool, default False
            Whether it is called even when forward raises.

        Returns
        -------
        RemovableHandle

        Examples
        --------
        >>> import autograd, nn
        >>> layer, shapes = nn.Linear(2, 3), []
        >>> handle = layer.register_forward_hook(lambda module, args, output: shapes.append(tuple(output.shape)))
        >>> out = layer(autograd.ones(5, 2))
        >>> handle.remove()
        >>> shapes
        [(5, 3)]
        """
        return self._hooks_for_update().add("forward", ForwardHook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call ``hook(module, grad_output)`` before the module's backward; what it returns replaces `grad_output`.

        Parameters
        ----------
        hook : callable
        prepend : bool, default False
            Whether it goes before the hooks that are there.

        Returns
        -------
        RemovableHandle

        Examples
        --------
        >>> import autograd, nn
        >>> layer, x = nn.Tanh(), autograd.zeros(2, requires_grad=True)
        >>> handle = layer.register_full_backward_pre_hook(lambda module, grad_output: (grad_output[0] * 10,))
        >>> layer(x).sum().backward()
        >>> x.grad
        tensor([10., 10.])
        """
        return self._hooks_for_update().add("backward_pre", hook, prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> Handle:
        """Call ``hook(module, grad_input, grad_output)`` after the module's backward; it may replace `grad_input`.

        Parameters
        ----------
        hook : callable
        prepend : bool, default False
            Whether it goes before the hooks that are there.

        Returns
        -------
        RemovableHandle

        Examples
        --------
        >>> import autograd, nn
        >>> layer, seen, x = nn.Tanh(), [], autograd.zeros(2, requires_grad=True)
        >>> handle = layer.register_full_backward_hook(lambda module, grad_input, grad_output: seen.extend(grad_input))
        >>> layer(x).sum().backward()
        >>> seen
        [tensor([1., 1.])]
        """
        return self._hooks_for_update().add("backward", hook, prepend)

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        called: set[int] = set()
        result = None
        try:
            args, kwargs = self._run_forward_pre_hooks(args, kwargs)
            before, after = list(self._hooks_of("backward_pre")), list(self._hooks_of("backward"))
            backward = BackwardCall(self, before, after) if before or after else None
            if backward is not None:
                args = backward.enter(args)
            result = self.forward(*args, **kwargs)
            for hook in self._hooks_of("forward"):
                called.add(id(hook))
                replaced = hook.call(self, args, kwargs, result)
                if replaced is not None:
                    result = replaced
            return result if backward is None else backward.leave(result)
        except Exception:
            for hook in self._hooks_of("forward"):
                if hook.always and id(hook) not in called:
                    self._call_after_failure(hook, args, kwargs, result)
            raise

    def _run_forward_pre_hooks(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        for hook in self._hooks_of("forward_pre"):
            changed = hook.call(self, args, kwargs)
            if changed is None:
                continue
            if not hook.with_kwargs:
                args = changed if isinstance(changed, tuple) else (changed,)
            elif isinstance(changed, tuple) and len(changed) == 2:
                args, kwargs = changed
            else:
                raise RuntimeError(
                    describe(
                        f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                    )
                )
        return args, kwargs

    def _call_after_failure(
        self, hook: ForwardHook, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any
    ) -> None:
        try:
            hook.call(self, args, kwargs, result)
        except Exception as error:
            warnings.warn(
                "module forward hook with ``always_call=True`` raised an exception that was silenced as another error "
                f"was raised in forward: {error}",
                stacklevel=5,
            )


def _add_global(occasion: str, hook: Any) -> Handle:
    if Hooked._global_hooks is None:
        Hooked._global_hooks = Hooks()
    return Hooked._global_hooks.add(occasion, hook)


def register_module_forward_pre_hook(hook: Callable[..., Any]) -> Handle:
    """Call ``hook(module, args)`` before the forward of every module; see `Module.register_forward_pre_hook`.

    Parameters
    ----------
    hook : callable

    Returns
    -------
    RemovableHandle

    Examples
    --------
    >>> import autograd, nn
    >>> names = []
    >>> handle = nn.register_module_forward_pre_hook(lambda module, args: names.append(type(module).__name__))
    >>> out = nn.Sequential(nn.Tanh(), nn.ReLU())(autograd.ones(2))
    >>> handle.remove()
    >>> names
    ['Sequential', 'Tanh', 'ReLU']
    """
    return _add_global("forward_pre", ForwardHook(hook, with_kwargs=False))


def register_module_forward_hook(
    hook: Callable[..., Any], *, with_kwargs: bool = False, always_call: bool = False
) -> Handle:
    """Call ``hook(module, args, output)`` after the forward of every module; see `Module.register_forward_hook`.

    Parameters
    ----------
    hook : callable
    with_kwargs : bool, default False
        Call ``hook(module, args, kwargs, output)`` instead.
    always_call : bool, default False
        Whether it is called even when forward raises.

    Returns
    -------
    RemovableHandle

    Examples
    --------
    >>> import autograd, nn
    >>> names = []
    >>> handle = nn.register_module_forward_hook(lambda module, args, output: names.append(type(module).__name__))
    >>> out = nn.Sequential(nn.Tanh(), nn.ReLU())(autograd.ones(2))
    >>> handle.remove()
    >>> names
    ['Tanh', 'ReLU', 'Sequential']
    """
    return _add_global("forward", ForwardHook(hook, with_kwargs, always_call))


def register_module_full_backward_pre_hook(hook: Callable[..., Any]) -> Handle:
    """Call ``hook(module, grad_output)`` before the backward of every module, and before the module's own hooks.

    Parameters
    ----------
    hook : callable

    Returns
    -------
    RemovableHandle

    Examples
    --------
    >>> import autograd, nn
    >>> names, x = [], autograd.ones(2, requires_grad=True)
    >>> handle = nn.register_module_full_backward_pre_hook(lambda module, grad: names.append(type(module).__name__))
    >>> nn.Tanh()(x).sum().backward()
    >>> handle.remove()
    >>> names
    ['Tanh']
    """
    return _add_global("backward_pre", hook)


def register_module_full_backward_hook(hook: Callable[..., Any]) -> Handle:
    """Call ``hook(module, grad_input, grad_output)`` after the backward of every module, before its own hooks.

    Parameters
    ----------
    hook : callable

    Returns
    -------
    RemovableHandle

    Examples
    --------
    >>> import autograd, nn
    >>> names, x = [], autograd.ones(2, requires_grad=True)
    >>> handle = nn.register_module_full_backward_hook(lambda module, *grads: names.append(type(module).__name__))
    >>> nn.Tanh()(x).sum().backward()
    >>> handle.remove()
    >>> names
    ['Tanh']
    """
    return _add_global("backward", hook)
