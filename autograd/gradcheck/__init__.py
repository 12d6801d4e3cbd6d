"""Numeric against analytic gradients: the check, and on failure the place and the kind of the mistake.

`gradcheck` compares whole Jacobians with central differences (or complex steps). If they differ, the function is run
again with every operation recorded, and each is checked on its own: the report names the first that is wrong.
"""

from autograd.gradcheck.adjoint import adjoint_check
from autograd.gradcheck.check import gradcheck, gradgradcheck
from autograd.gradcheck.diagnose import DIAGNOSES
from autograd.gradcheck.errors import Finding, GradcheckError, Mismatch, Report
from autograd.gradcheck.modules import ParameterCheck, gradcheck_module, module_checks

__all__ = [
    "DIAGNOSES",
    "Finding",
    "GradcheckError",
    "Mismatch",
    "ParameterCheck",
    "Report",
    "adjoint_check",
    "gradcheck",
    "gradcheck_module",
    "gradgradcheck",
    "module_checks",
]
