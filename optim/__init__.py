"""Optimizers and learning-rate schedules, with PyTorch's names, options and order of updates.

The public names are the imports in ``__init__.pyi``; each is loaded when it is first used.
"""

import autograd as _autograd

if getattr(_autograd, "__project__", None) != "convgrad":
    raise ImportError(
        f"optim belongs to convgrad, but the package imported as 'autograd' is another one ({_autograd.__file__}). "
        "Repair: pip uninstall autograd; pip install --force-reinstall convgrad, best in a fresh virtual environment"
    )

from autograd.lazy import attach_stub as _attach_stub

__getattr__, __dir__, __all__ = _attach_stub(__name__, __file__)
