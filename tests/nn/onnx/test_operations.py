"""Every registered operation, on its samples: written as ONNX and run, or refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor
from autograd.ops.registry import Maker, Sample, load_all
from tests.nn.onnx.running import assert_same

pytest.importorskip("onnx")

# Those of which a sample or all are refused: ONNX lacks them, has them for fewer types, or their results' shapes depend
# on values. What is left out here must be written for every sample.
REFUSED = """
adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d all angle any argmax argmin argsort argwhere
as_strided atan2 binary_cross_entropy bitwise_left_shift bitwise_right_shift bucketize conj contiguous copysign
count_nonzero cross_entropy cummax cummin cumprod cumsum diag diag_embed diagflat digamma erfinv fmax fmin
getitem grid_sample heaviside imag index_add index_copy index_fill index_put inverse isclose isfinite isin isinf
isnan isneginf isposinf kl_div kthvalue lgamma linalg.cholesky linalg.cond linalg.eigvalsh linalg.matrix_norm
linalg.norm linalg.solve linalg.svdvals log_softmax logaddexp2 logdet masked_scatter masked_select matrix_power
max median min mode multi_margin_loss multilabel_margin_loss nan_to_num nanmedian nanquantile nll_loss nonzero
norm one_hot pinverse polygamma put quantile real repeat_interleave round scatter scatter_add scatter_reduce
searchsorted setitem signbit slogdet softmax softmin sort special.entr special.xlog1py topk unique
unique_consecutive view.dtype xlogy
"""


class Calling(nn.Module):
    """A model that calls a function on its inputs, put where the sample has tensors."""

    def __init__(self, function: Any, sample: Sample) -> None:
        super().__init__()
        self.function, self.sample = function, sample

    def forward(self, *tensors: Tensor) -> Any:
        rest = iter(tensors)

        def fill(x: Any) -> Any:
            if isinstance(x, Tensor):
                return next(rest)
            if isinstance(x, list | tuple) and any(isinstance(y, Tensor) for y in x):
                return type(x)(map(fill, x))
            return x

        args = [fill(a) for a in self.sample.args]
        return self.function(*args, **{key: fill(v) for key, v in self.sample.kwargs.items()})


def tensors(x: Any) -> Iterator[Tensor]:
    if isinstance(x, Tensor):
        yield x.detach()
    elif isinstance(x, list | tuple):
        for part in x:
            yield from tensors(part)


def calls(name: str) -> Iterator[tuple[Calling, list[Tensor]]]:
    info = load_all()[name]
    for sample in info.samples(Maker(np.float32)):
        given = list(tensors([*sample.args, *sample.kwargs.values()]))
        if given and all(x.numel() for x in given):
            yield Calling(info.function, sample), given


NAMES = sorted(name for name, info in load_all().items() if info.reference)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", [name for name in NAMES if name not in REFUSED.split()])
def test_an_operation_is_written(name: str) -> None:
    for model, given in calls(name):
        assert_same(model, nn.onnx.export(model, tuple(given)), *given)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(REFUSED.split()))
def test_an_operation_is_refused_or_written(name: str) -> None:
    refused = 0
    for model, given in calls(name):
        try:
            proto = nn.onnx.export(model, tuple(given))
        except (nn.onnx.OnnxExporterError, autograd.linalg.LinAlgError):
            refused += 1
        else:
            assert_same(model, proto, *given)
    assert refused, f"{name} is written now: take it out of REFUSED"
