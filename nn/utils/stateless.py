"""Calling a module with other parameters than its own."""

from autograd.functional import functional_call

__all__ = ["functional_call"]
