"""Derivatives of functions: products with Jacobians and Hessians, whole matrices of them, and curvature of models."""

from autograd.functional.call import functional_call
from autograd.functional.curvature import empirical_fvp, fvp, ggnvp
from autograd.functional.jacobians import hessian, jacobian
from autograd.functional.products import hvp, jvp, vhp, vjp

__all__ = [
    "empirical_fvp",
    "functional_call",
    "fvp",
    "ggnvp",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "vhp",
    "vjp",
]
