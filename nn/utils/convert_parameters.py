"""Parameters as one vector and back."""

from __future__ import annotations

from collections.abc import Iterable

import autograd
from autograd import Tensor
from autograd.errors import describe

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Return all elements of the parameters, one parameter after another, as a vector.

    Parameters
    ----------
    parameters : iterable of Tensor

    Returns
    -------
    Tensor, shape (number of elements,)

    Examples
    --------
    >>> import nn
    >>> parameters_to_vector(nn.Linear(3, 2).parameters()).shape
    autograd.Size([8])
    """
    return autograd.cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Replace the elements of the parameters by those of a vector, of which they become views.

    Parameters
    ----------
    vec : Tensor, shape (number of elements,)
    parameters : iterable of Tensor

    Raises
    ------
    TypeError
        If `vec` is not a tensor.
    ValueError
        If it has not as many elements as the parameters.

    Examples
    --------
    >>> import autograd, nn
    >>> layer = nn.Linear(2, 1)
    >>> vector_to_parameters(autograd.tensor([1.0, 2.0, 3.0]), layer.parameters())
    >>> layer.bias.detach()
    tensor([3.])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(describe(f"expected Tensor, but got: {type(vec).__name__}", fix="pass a tensor"))
    listed = [*parameters]
    wanted = sum(parameter.numel() for parameter in listed)
    if wanted != vec.numel():
        raise ValueError(
            describe(f"the vector has {vec.numel()} elements, the parameters have {wanted}", op="vector_to_parameters")
        )
    start = 0
    for parameter in listed:
        stop = start + parameter.numel()
        parameter.data = vec[start:stop].reshape(parameter.shape).data
        start = stop
