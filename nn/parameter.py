"""Parameters and buffers: tensors that a module registers when they are assigned to it."""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

import autograd
from autograd import Tensor
from autograd.errors import describe

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]


class _Registered(Tensor):
    """A tensor over the memory of another, whose type says how a module is to register it."""

    def __init__(self, data: Tensor | None = None) -> None:
        if data is None:
            data = autograd.empty(0)
        if not isinstance(data, Tensor):
            raise TypeError(
                describe(
                    f"{type(self).__name__}: expected a Tensor, got {type(data).__name__}",
                    fix="convert it with autograd.tensor(...)",
                )
            )
        alias = data.data
        super().__init__(alias._data, None)
        self._storage = alias._storage

    def _arguments(self, data: Tensor) -> dict[str, Any]:
        """Return what makes, given to the class, a tensor like this one over `data`."""
        raise NotImplementedError(type(self).__name__)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(**self._arguments(self.data.clone()))
        return memo[id(self)]

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return _rebuild, (type(self), self._arguments(self.data))


def _rebuild(kind: type[_Registered], arguments: dict[str, Any]) -> _Registered:
    return kind(**arguments)


class Parameter(_Registered):
    """A tensor that is learnt: assigned as an attribute of a `Module` it appears among its `parameters()`.

    Parameters
    ----------
    data : Tensor, optional
        Initial value; the parameter shares its memory.
    requires_grad : bool, default True
        Whether operations on it are recorded.

    Raises
    ------
    RuntimeError
        If it is to require grad and its dtype has no gradients.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.Parameter(autograd.ones(2))
    Parameter containing:
    tensor([1., 1.], requires_grad=True)
    """

    def __init__(self, data: Tensor | None = None, requires_grad: bool = True) -> None:
        super().__init__(data)
        self.requires_grad_(requires_grad)

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()

    def _arguments(self, data: Tensor) -> dict[str, Any]:
        return {"data": data, "requires_grad": self.requires_grad}


class Buffer(_Registered):
    """A tensor that is state but not learnt: assigned as an attribute of a `Module` it appears among its `buffers()`.

    Parameters
    ----------
    data : Tensor, optional
        Initial value; the buffer shares its memory.
    persistent : bool, default True
        Whether it is part of the module's `state_dict`.

    Raises
    ------
    TypeError
        If `data` is no tensor.

    Examples
    --------
    >>> import autograd, nn
    >>> module = nn.Module()
    >>> module.steps = nn.Buffer(autograd.tensor(0))
    >>> dict(module.named_buffers()), dict(module.named_parameters())
    ({'steps': tensor(0)}, {})
    """

    def __init__(self, data: Tensor | None = None, *, persistent: bool = True) -> None:
        super().__init__(data)
        self.persistent = persistent

    def _arguments(self, data: Tensor) -> dict[str, Any]:
        return {"data": data, "persistent": self.persistent}


class _Uninitialized(_Registered):
    """A parameter or buffer of a lazy module, before the first input has given it a shape."""

    _becomes: ClassVar[type[_Registered]]

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Turn this, in place, into an initialised tensor of the given shape, its values yet to be set.

        Parameters
        ----------
        shape : tuple of int
        dtype : dtype, optional
            Defaults to the one the tensor has.

        Examples
        --------
        >>> import nn
        >>> weight = nn.UninitializedParameter()
        >>> weight.materialize((3, 2))
        >>> type(weight).__name__, weight.shape
        ('Parameter', autograd.Size([3, 2]))
        """
        data = autograd.empty(shape, dtype=dtype or self.dtype, device=device)
        requires_grad = self.requires_grad
        self.__class__ = self._becomes  # type: ignore[assignment]
        self.data = data
        self.requires_grad_(requires_grad)

    @property
    def shape(self) -> NoReturn:
        """Refused: there is none yet."""
        raise RuntimeError(
            describe(
                "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
                "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call "
                "`forward` to initialize the parameters before accessing their attributes.",
                fix="run one batch through the model, or load a state_dict that has the shapes",
            )
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def _arguments(self, data: Tensor) -> dict[str, Any]:
        return {"requires_grad": self.requires_grad, "dtype": self.dtype}


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter of a lazy module, before the first input has given it a shape.

    Parameters
    ----------
    requires_grad : bool, default True
    device, dtype : optional
        Of the parameter it will become.

    Examples
    --------
    >>> import autograd, nn
    >>> nn.LazyLinear(3).weight
    <UninitializedParameter>
    >>> nn.UninitializedParameter(dtype=autograd.float64).dtype
    autograd.float64
    """

    _becomes = Parameter

    def __init__(self, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> None:
        super().__init__(autograd.empty(0, dtype=dtype, device=device), requires_grad)


class UninitializedBuffer(_Uninitialized, Buffer):
    """A buffer of a lazy module, before the first input has given it a shape.

    Parameters
    ----------
    requires_grad : bool, default False
    device, dtype : optional
        Of the buffer it will become.
    persistent : bool, default True

    Examples
    --------
    >>> import nn
    >>> nn.LazyBatchNorm2d().running_mean
    <UninitializedBuffer>
    """

    _becomes = Buffer

    def __init__(
        self, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> None:
        super().__init__(autograd.empty(0, dtype=dtype, device=device), persistent=persistent)
        self.requires_grad_(requires_grad)

    def _arguments(self, data: Tensor) -> dict[str, Any]:
        return {**super()._arguments(data), "persistent": self.persistent}


def is_lazy(tensor: Any) -> bool:
    """Return whether `tensor` still waits for its shape.

    Examples
    --------
    >>> import nn
    >>> is_lazy(nn.LazyLinear(3).weight), is_lazy(nn.Linear(2, 3).weight)
    (True, False)
    """
    return isinstance(tensor, _Uninitialized)
