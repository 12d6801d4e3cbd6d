"""What all optimizers share: parameter groups, state, hooks, and `state_dict` in PyTorch's form."""

from __future__ import annotations

import copy
import functools
import math
import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import autograd
from autograd import Tensor
from autograd.errors import describe
from autograd.hooks import RemovableHandle

__all__ = ["Optimizer", "check_range", "required", "set_apart"]

Params = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]


class _Required:
    """Marks an option that has no default."""

    def __repr__(self) -> str:
        return "<required parameter>"


required = _Required()


def check_range(name: str, value: Any, *, least: float = 0.0, below: float = math.inf, closed: bool = False) -> None:
    """Refuse a setting outside of ``[least, below)``, or ``[least, below]`` if `closed`; NaN is outside of every range.

    Raises
    ------
    ValueError
        With PyTorch's sentence.
    """
    if isinstance(value, Tensor) and value.numel() != 1:
        short = "lr" if name == "learning rate" else name
        raise ValueError(
            describe(f"Tensor {short} must be 1-element", shapes={short: value.shape}, fix="pass a number")
        )
    number = value.item() if isinstance(value, Tensor) else value
    inside = least <= number < below or (closed and number == below)
    if not inside or math.isnan(number):
        raise ValueError(describe(f"Invalid {name}: {number}", rule=f"{least} <= {name} < {below}"))


def set_apart(**options: tuple[Any, Any]) -> dict[str, Any]:
    """Return those of the options, given as (value, default), that are not at their default.

    Options that PyTorch has not are in the groups only where they are used: text and states are PyTorch's otherwise.
    """
    return {name: value for name, (value, default) in options.items() if value != default}


class Optimizer:
    """Base class of the optimizers.

    A subclass defines ``update``, the rule for one parameter.

    Parameters
    ----------
    params : iterable of Tensor, of (name, Tensor), or of dict
        What to optimize. A dict is a group: its ``params``, and options that override the defaults.
    defaults : dict
        Options of groups that do not set them.

    Attributes
    ----------
    param_groups : list of dict
    state : dict
        By parameter, what the optimizer remembers of it.

    Raises
    ------
    TypeError
        If `params` is a single tensor, or holds anything but tensors.
    ValueError
        If there are no parameters, or one is in two groups or not a leaf.

    Examples
    --------
    >>> import autograd, optim
    >>> class SignDescent(optim.Optimizer):
    ...     def update(self, param, grad, state, group):
    ...         param.add_(grad.sign(), alpha=-group["lr"])
    >>> w = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> w.grad = autograd.tensor([3.0, -4.0])
    >>> SignDescent([w], {"lr": 0.5}).step()
    >>> w
    tensor([0.5000, 2.5000], requires_grad=True)
    """

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                describe(
                    "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                    f"{type(params).__name__}",
                    fix="pass a list: [tensor]",
                )
            )
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        self._init_hooks()
        groups: list[Any] = list(params)
        if not groups:
            raise ValueError(describe("optimizer got an empty parameter list", fix="pass model.parameters()"))
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def _init_hooks(self) -> None:
        self._before: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        self._after: OrderedDict[int, Callable[..., Any]] = OrderedDict()
        self._hooks: dict[str, OrderedDict[int, Callable[..., Any]]] = {
            name: OrderedDict() for name in ("state_before", "state_after", "load_before", "load_after")
        }

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.step)  # type: ignore[method-assign]

    # ---- groups

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, for instance layers that are unfrozen while training.

        Parameters
        ----------
        param_group : dict
            Its ``params``, and options that override the defaults.

        Raises
        ------
        TypeError, ValueError
            If the group is not a dict, or for the reasons the constructor gives.

        Examples
        --------
        >>> import autograd, optim
        >>> sgd = optim.SGD([autograd.ones(1, requires_grad=True)], lr=0.1)
        >>> sgd.add_param_group({"params": [autograd.ones(1, requires_grad=True)], "lr": 0.01})
        >>> [group["lr"] for group in sgd.param_groups]
        [0.1, 0.01]
        """
        if not isinstance(param_group, dict):
            raise TypeError(describe(f"param_group must be a dict, but got {type(param_group)}"))
        group = dict(param_group)
        params = group["params"]
        if isinstance(params, set):
            raise TypeError(
                describe(
                    "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in "
                    "sets will change between runs. Please use a list instead."
                )
            )
        entries = [params] if isinstance(params, Tensor) else list(params)
        named = [isinstance(e, tuple) for e in entries]
        if any(named):
            if not all(named):
                raise ValueError(
                    describe(
                        "all optimizer params should be with/without names. Some param names are missing",
                        fix="pass model.named_parameters(), or model.parameters()",
                    )
                )
            group["param_names"] = [name for name, _ in entries]
            entries = [p for _, p in entries]
        group["params"] = entries
        self._check_params(entries)
        self._check_names("param_names" in group)
        for name, default in self.defaults.items():
            if default is required and name not in group:
                raise ValueError(
                    describe(f"parameter group didn't specify a value of required optimization parameter {name}")
                )
            group.setdefault(name, default)
        self.param_groups.append(group)

    def _check_params(self, entries: Sequence[Any]) -> None:
        for p in entries:
            if not isinstance(p, Tensor):
                raise TypeError(
                    describe(
                        f"optimizer can only optimize Tensors, but one of the params is {type(p)}",
                        fix="pass model.parameters()",
                    )
                )
            if not (p.is_leaf or p.retains_grad):
                raise ValueError(
                    describe("can't optimize a non-leaf Tensor", fix="optimize the tensor it was computed from")
                )
        if len({id(p) for p in entries}) != len(entries):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=4)
        known = {id(p) for group in self.param_groups for p in group["params"]}
        if any(id(p) in known for p in entries):
            raise ValueError(
                describe(
                    "some parameters appear in more than one parameter group",
                    fix="a parameter belongs to one group: take it out of the others",
                )
            )

    def _check_names(self, named: bool) -> None:
        if any(("param_names" in group) != named for group in self.param_groups):
            raise ValueError(
                describe(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{'with' if named else 'without'} names to the optimizer",
                    fix="pass model.named_parameters(), or model.parameters(), for every group",
                )
            )

    # ---- steps

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters from their gradients.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients anew.

        Returns
        -------
        The closure's loss, or None.
        """
        loss = None
        if closure is not None:
            with autograd.enable_grad():
                loss = closure()
        with autograd.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        self.update(p, p.grad, self.state[p], group)
        return loss

    def update(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        """Update one parameter and its state, in place: the rule that makes the optimizer what it is.

        Parameters
        ----------
        param, grad : Tensor
        state : dict
            What the optimizer remembers of the parameter; empty before the first step.
        group : dict
            The options.
        """
        raise TypeError(f"{type(self).__name__} must define update() or step()")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero.

        Parameters
        ----------
        set_to_none : bool, default True
            Forget them; False fills them with zeros.
        """
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if set_to_none:
                    p.grad = None
                else:
                    p.grad = p.grad.detach()
                    p.grad.zero_()

    # ---- state

    def state_dict(self) -> dict[str, Any]:
        """Return the state and the groups, with parameters replaced by numbers, in PyTorch's form."""
        for hook in list(self._hooks["state_before"].values()):
            hook(self)
        number = {id(p): i for i, p in enumerate(p for g in self.param_groups for p in g["params"])}
        groups = [
            {k: v for k, v in group.items() if k != "params"} | {"params": [number[id(p)] for p in group["params"]]}
            for group in self.param_groups
        ]
        state = {number[id(key)] if isinstance(key, Tensor) else key: held for key, held in self.state.items() if held}
        result: dict[str, Any] = {"state": state, "param_groups": groups}
        for hook in list(self._hooks["state_after"].values()):
            changed = hook(self, result)
            result = result if changed is None else changed
        return result

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a state that `state_dict` returned; nothing is changed if it does not fit.

        Raises
        ------
        ValueError
            If the groups differ in number or size.
        """
        loaded = dict(state_dict)
        for hook in list(self._hooks["load_before"].values()):
            changed = hook(self, loaded)
            loaded = loaded if changed is None else changed
        groups = copy.deepcopy(loaded["param_groups"])
        if len(groups) != len(self.param_groups):
            raise ValueError(
                describe(
                    "loaded state dict has a different number of parameter groups",
                    rule=f"{len(groups)} loaded, {len(self.param_groups)} here",
                )
            )
        for ours, theirs in zip(self.param_groups, groups, strict=True):
            if len(ours["params"]) != len(theirs["params"]):
                raise ValueError(
                    describe(
                        "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
                        rule=f"{len(theirs['params'])} parameters loaded, {len(ours['params'])} here",
                    )
                )
        ours_by_number = {
            number: p
            for ours, theirs in zip(self.param_groups, groups, strict=True)
            for number, p in zip(theirs["params"], ours["params"], strict=True)
        }
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for key, held in loaded["state"].items():
            p = ours_by_number.get(key)
            state[key if p is None else p] = _restored(held, p)
        for ours, theirs in zip(self.param_groups, groups, strict=True):
            theirs["params"] = ours["params"]
            if "param_names" in ours:
                theirs["param_names"] = ours["param_names"]
        self.__setstate__({"state": state, "param_groups": groups})
        for hook in list(self._hooks["load_after"].values()):
            hook(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_hooks" not in self.__dict__:
            self._init_hooks()
        self.defaults = self.__dict__.get("defaults", {})
        for group in self.param_groups:
            for name, default in self.defaults.items():
                group.setdefault(name, default)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines.extend([""] * (i > 0) + [f"Parameter Group {i}"])
            lines.extend(f"    {name}: {group[name]}" for name in sorted(group) if name != "params")
        return "\n".join([*lines, ")"])

    # ---- hooks

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step; it may return new (args, kwargs)."""
        return _add(self._before, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step."""
        return _add(self._after, hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before `state_dict` looks at the state."""
        return _add(self._hooks["state_before"], hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` with the result, which it may replace."""
        return _add(self._hooks["state_after"], hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before loading; it may return another one."""
        return _add(self._hooks["load_before"], hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after loading."""
        return _add(self._hooks["load_after"], hook, prepend)


def _add(hooks: OrderedDict[int, Any], hook: Any, prepend: bool = False) -> RemovableHandle:
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """Run the hooks around a subclass's own step."""

    @functools.wraps(step)
    def inside(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        for hook in list(self._before.values()):
            changed = hook(self, args, kwargs)
            if changed is not None:
                args, kwargs = changed
        result = step(self, *args, **kwargs)
        for hook in list(self._after.values()):
            hook(self, args, kwargs)
        return result

    return inside


Optimizer.step = _with_hooks(Optimizer.step)  # type: ignore[method-assign]


def _restored(value: Any, param: Tensor | None) -> Any:
    """Copy a loaded value; arrays take their parameter's dtype, single numbers such as the step count keep theirs."""
    if isinstance(value, Tensor):
        if param is not None and value.ndim > 0 and param.is_floating_point():
            return value.detach().to(param.dtype).clone()
        return value.detach().clone()
    if isinstance(value, dict):
        return {k: _restored(v, param) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_restored(v, param) for v in value)
    return copy.deepcopy(value)
