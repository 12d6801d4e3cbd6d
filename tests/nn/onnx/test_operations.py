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

# Those that are written for every sample.
WRITTEN = """
Tensor.unfold abs acos acosh adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d add addbmm addcdiv addcmul
addmm addmv addr affine_grid alpha_dropout amax amin aminmax asin asinh atan atanh atleast_1d atleast_2d atleast_3d
avg_pool1d avg_pool2d avg_pool3d baddbmm batch_norm bilinear binary_cross_entropy_with_logits bitwise_and bitwise_not
bitwise_or bitwise_xor block_diag bmm broadcast_tensors broadcast_to cartesian_prod cat cdist ceil celu chain_matmul
channel_shuffle chunk clamp clamp_max clamp_min clone column_stack combinations conv1d conv2d conv3d conv_transpose1d
conv_transpose2d conv_transpose3d corrcoef cos cosh cosine_embedding_loss cosine_similarity cov cross
cumulative_trapezoid deg2rad det diagonal diff dist div dot dropout dropout1d dropout2d dropout3d dsplit dstack einsum
elu embedding eq erf erfc exp exp2 expand expand_as expm1 feature_alpha_dropout flatten flip fliplr flipud float_power
floor floor_divide fmod frac gather gaussian_nll_loss ge gelu glu group_norm gt hardshrink hardsigmoid hardswish
hardtanh hinge_embedding_loss hsplit hstack huber_loss hypot index_select inner instance_norm interpolate kron l1_loss
layer_norm le leaky_relu lerp linalg.cross linalg.matrix_rank linalg.multi_dot linalg.vector_norm linear linspace
local_response_norm locally_connected1d locally_connected2d locally_connected3d log log10 log1p log2 logaddexp
logcumsumexp logical_and logical_not logical_or logical_xor logit logsigmoid logspace logsumexp lp_pool1d lp_pool2d
lp_pool3d lt mT margin_ranking_loss masked_fill matmul max_pool1d max_pool2d max_pool3d max_unpool1d max_unpool2d
max_unpool3d maximum maxout mean meshgrid minimum mish mm movedim mse_loss msort mul multilabel_soft_margin_loss mv
nanmean nansum narrow ne neg nn.functional.fold nn.functional.unfold normalize outer pad pairwise_distance pdist
permute pixel_shuffle pixel_unshuffle poisson_nll_loss positive pow prelu prod rad2deg ravel reciprocal relu relu6
remainder repeat reshape reshape_as rms_norm roll rot90 rrelu rsqrt rsub scaled_dot_product_attention scatter_add
select selu sgn sigmoid sign silu sin sinc sinh smooth_l1_loss soft_margin_loss softplus softshrink softsign
special.ndtr split sqrt square squeeze stack std std_mean sub sum t take tan tanh tanhshrink tensor_split tensordot
threshold tile tiled_conv1d tiled_conv2d tiled_conv3d trace transpose trapezoid tril tril_indices triplet_margin_loss
triplet_margin_with_distance_loss triu triu_indices true_conv1d true_conv2d true_conv3d trunc unbind unflatten
unsqueeze var var_mean vdot view view_as vsplit vstack where
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
@pytest.mark.parametrize("name", NAMES)
def test_an_operation_is_written_or_refused(name: str) -> None:
    """Never another error, and never other numbers."""
    refused = []
    for model, given in calls(name):
        try:
            proto = nn.onnx.export(model, tuple(given))
        except nn.onnx.OnnxExporterError as error:
            refused.append(str(error))
        except autograd.linalg.LinAlgError:
            pytest.skip("other values than the sample's have no result")
        else:
            assert_same(model, proto, *given)
    assert not refused or name not in WRITTEN.split(), refused
