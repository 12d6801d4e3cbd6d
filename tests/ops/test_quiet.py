"""No operation lets one of NumPy's floating-point warnings out, forward or backward, whatever the numbers."""

import warnings

import numpy as np
import pytest

import autograd
from autograd.ops.registry import Maker, OpInfo, load_all
from autograd.tensor import Tensor

EXTREMES = np.array([np.inf, -np.inf, np.nan, 0.0, -0.0, 1.0, -1.0, 3e38, -3e38, 1e-45])


# SciPy's loop takes long to end at such numbers.
ENDLESS = ("polygamma",)


class ExtremeMaker(Maker):
    """Fills the tensors of samples with numbers that overflow, underflow or have no result."""

    def _tensor(self, array):
        shape = np.shape(array)
        return super()._tensor(self.rng.choice(EXTREMES, shape) if shape else EXTREMES[self.rng.integers(10)])


@pytest.mark.parametrize(
    "info", [i for i in load_all().values() if not i.name.startswith(ENDLESS)], ids=lambda info: info.name
)
def test_extreme_numbers_give_no_warnings(info: OpInfo):
    with np.errstate(all="ignore"):
        samples = list(info.samples(ExtremeMaker(np.float32)))
    for sample in samples:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            try:
                outputs = info.function(*sample.args, **sample.kwargs)
                _pull_back(outputs, sample)
            except RuntimeWarning:
                raise
            except Exception:  # some refuse such numbers, each in its own way
                continue


def _pull_back(outputs, sample):
    found = [y for y in (outputs if isinstance(outputs, tuple | list) else [outputs]) if isinstance(y, Tensor)]
    live = [y for y in found if y.requires_grad]
    if live:
        autograd.backward(live, [autograd.full_like(y, 3e38) for y in live])


@pytest.mark.parametrize("name", ["svd", "svdvals", "pinv", "matrix_rank", "cond", "eigh"])
def test_decompositions_refuse_what_is_not_finite(name: str):
    with pytest.raises(autograd.linalg.LinAlgError, match="failed to converge because the input matrix"):
        getattr(autograd.linalg, name)(autograd.full((3, 3), float("nan")))
