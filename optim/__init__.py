"""Optimizers and learning-rate schedules, with PyTorch's names, options and order of updates."""

import autograd

if getattr(autograd, "__project__", None) != "convgrad":
    raise ImportError(
        f"optim belongs to convgrad, but the package imported as 'autograd' is another one ({autograd.__file__}). "
        "Repair: pip uninstall autograd; pip install --force-reinstall convgrad, best in a fresh virtual environment"
    )

from optim import lr_scheduler, swa_utils
from optim.adagrad import Adadelta, Adagrad, RMSprop
from optim.adam import Adam, Adamax, AdamW, NAdam, RAdam
from optim.lbfgs import LBFGS
from optim.optimizer import Optimizer
from optim.rprop import ASGD, Rprop
from optim.sgd import LARS, SGD

__all__ = [
    "ASGD",
    "LARS",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "lr_scheduler",
    "swa_utils",
]
