"""Numeric against analytic gradients: the check, and on failure the place and the kind of the mistake.

`gradcheck` compares whole Jacobians with central differences (or complex steps). If they differ, the function is run
again with every operation recorded, and each is checked on its own: the report names the first that is wrong.
"""

from autograd.gradcheck.check import gradcheck, gradgradcheck
from autograd.lazy import attach_stub as _attach_stub

__getattr__, __dir__, __all__ = _attach_stub(__name__, __file__)
