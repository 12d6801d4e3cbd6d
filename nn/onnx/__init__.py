"""ONNX: writing models for other programs, and reading theirs for inference and fine-tuning.

The public names are the imports in ``__init__.pyi``; each is loaded when it is first used.
"""

from autograd.lazy import attach_stub as _attach_stub

__getattr__, __dir__, __all__ = _attach_stub(__name__, __file__)
