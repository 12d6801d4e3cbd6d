"""Linear and bilinear maps of complex arrays, put together from those of their real and imaginary parts.

Each part is rounded by itself: an imaginary part of 1e-20, as a complex step has, keeps all of its digits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from autograd.kernels.layout import Array

__all__ = ["bilinear_by_parts", "linear_by_parts"]


def linear_by_parts(linear: Callable[[Array], Array], x: Array) -> Array:
    """Return a linear map of a complex array.

    Examples
    --------
    >>> linear_by_parts(lambda x: x[::-1], np.array([1 + 2j, 3 + 4j]))
    array([3.+4.j, 1.+2.j])
    """
    real, imaginary = linear(x.real.copy("K")), linear(x.imag.copy("K"))
    out = real.astype(x.dtype)
    out.imag = imaginary
    return out


def bilinear_by_parts(bilinear: Callable[[Array, Array], Array], a: Array, b: Array) -> Array:
    """Return a bilinear map of arrays of which at least one is complex.

    Examples
    --------
    >>> bilinear_by_parts(np.multiply, np.array([1 + 2j]), np.array([3 + 4j]))
    array([-5.+10.j])
    """
    if not np.iscomplexobj(a):
        return linear_by_parts(lambda b: bilinear(a, b), b)
    if not np.iscomplexobj(b):
        return linear_by_parts(lambda a: bilinear(a, b), a)
    (a_real, a_imag), (b_real, b_imag) = ((x.real.copy("K"), x.imag.copy("K")) for x in (a, b))
    out = (bilinear(a_real, b_real) - bilinear(a_imag, b_imag)).astype(np.result_type(a, b))
    out.imag = bilinear(a_real, b_imag) + bilinear(a_imag, b_real)
    return out
