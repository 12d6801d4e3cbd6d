"""The independent references agree with PyTorch on every case, and no name goes without a case."""

import operator

import numpy as np
import pytest

from tests.reference_cases import Case, cases
from tests.references import names, reference

torch = pytest.importorskip("torch")

# Defaults and arguments that PyTorch advises against; they are part of its behaviour all the same.
DISCOURAGED = (
    "torch.meshgrid",
    "The reduce argument of torch.scatter",
    "Using torch.cross",
    "reduction. 'mean' divides",
)

pytestmark = [pytest.mark.filterwarnings(f"ignore:{message}") for message in DISCOURAGED]


def setitem(input, index, value):
    output = input.clone()
    output[index] = value
    return output


# Names that the spaces below lack, or have with another meaning.
ELSEWHERE = {
    "getitem": operator.getitem,
    "setitem": setitem,
    "T": lambda x: x.T,
    "mT": lambda x: x.mT,
    "cholesky": torch.linalg.cholesky,
    "solve": torch.linalg.solve,
    "linalg.cross": torch.linalg.cross,
    "linalg.norm": torch.linalg.norm,
    "Tensor.unfold": torch.Tensor.unfold,
}
SPACES = (torch.nn.functional, torch, torch.linalg, torch.special, torch.Tensor)

# Names that PyTorch does not have; their references are verified below by the identities that define them.
BEYOND: set[str] = set()


def counterpart(name):
    return ELSEWHERE.get(name) or next(getattr(space, name) for space in SPACES if hasattr(space, name))


def tensors(value):
    """Replace every array by a tensor, wherever it lies."""
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, list | tuple):
        return type(value)(map(tensors, value))
    return value


def arrays(value):
    """List the arrays of an output that is an array, a number or a tuple of them."""
    return [np.asarray(v) for v in (value if isinstance(value, list | tuple) else [value])]


@pytest.fixture(autouse=True, scope="module")
def _double_precision():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.mark.parametrize("case", [c for c in cases() if c.name not in BEYOND], ids=str)
def test_agrees_with_pytorch(case: Case):
    keywords = {key: tensors(value) for key, value in case.kwargs.items()}
    theirs = arrays(counterpart(case.name)(*map(tensors, case.args), **keywords))
    ours = arrays(reference(case.name)(*case.args, **case.kwargs))
    assert [(a.shape, a.dtype.kind) for a in ours] == [(b.shape, b.dtype.kind) for b in theirs]
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10)


def test_every_reference_has_a_case():
    assert set(names()) - {case.name for case in cases()} == set()
