"""Mistakes in normalisation, losses, dropout and image functions: PyTorch's exception type and its phrase."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.parity.functional import compare, same_error

rng = np.random.default_rng(6)


def r(*shape: int) -> np.ndarray:
    return np.asarray(rng.standard_normal(shape), np.float32)


def z(*shape: int) -> np.ndarray:
    return np.zeros(shape, np.float32)


def o(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


def i(*values: int) -> np.ndarray:
    return np.array(values)


NORMS: list[tuple[Any, ...]] = [
    ("batch_norm", (r(2, 3, 4), z(4), o(3)), {}, "running_mean should contain 3 elements not 4"),
    ("batch_norm", (r(2, 3, 4), z(3), o(4)), {}, "running_var should contain 3 elements not 4"),
    ("batch_norm", (r(2, 3, 4), z(3), o(3), o(4)), {}, "weight should contain 3 elements not 4"),
    ("batch_norm", (r(2, 3, 4), z(3), o(3), o(3), o(4)), {}, "bias should contain 3 elements not 4"),
    ("batch_norm", (r(2, 3, 4), None, None), {}, "running_mean must be defined in evaluation mode"),
    ("batch_norm", (r(2, 3, 4), z(3), None), {}, "running_var must be defined in evaluation mode"),
    ("batch_norm", (r(2, 3, 4), z(3), None), {"training": True}, "must either both be None or neither be None"),
    ("batch_norm", (r(1, 3), z(3), o(3)), {"training": True}, "Expected more than 1 value per channel when training"),
    ("batch_norm", (o(2, 3, 4).astype(int), z(3), o(3)), {}, "not implemented for 'Long'"),
    (
        "batch_norm",
        (r(2, 3, 4).astype(float), z(3), o(3)),
        {},
        "mixed dtype (CPU): all inputs must share same datatype",
    ),
    ("batch_norm", ([1.0], z(3), o(3)), {}, "argument 'input' (position 1) must be Tensor, not list"),
    ("batch_norm", (r(2, 3, 4), z(3), o(3)), {"eps": -1.0}, "batch_norm eps must be non-negative, but got -1.0"),
    (
        "layer_norm",
        (r(2, 3, 4), (3,)),
        {},
        "Given normalized_shape=[3], expected input with shape [*, 3], but got input of size",
    ),
    ("layer_norm", (r(4), (3, 4)), {}, "Given normalized_shape=[3, 4], expected input with shape [*, 3, 4]"),
    ("layer_norm", (r(2, 3, 4), (4,), o(3)), {}, "Expected weight to be of same shape as normalized_shape"),
    ("layer_norm", (r(2, 3, 4), (4,), o(4), o(3)), {}, "Expected bias to be of same shape as normalized_shape"),
    ("layer_norm", (r(2, 3, 4), ()), {}, "Expected normalized_shape to be at least 1-dimensional"),
    ("layer_norm", (r(2, 3, 4), 4), {}, "argument 'normalized_shape' (position 2) must be tuple of ints, not int"),
    ("layer_norm", (o(2, 4).astype(int), (4,)), {}, "not implemented for 'Long'"),
    (
        "rms_norm",
        (r(2, 3, 4), (3,)),
        {},
        "Given normalized_shape=[3], expected input with shape [*3], but got input of size",
    ),
    ("rms_norm", (r(2, 3, 4), (4,), o(3)), {}, "Expected weight to be of same shape as normalized_shape"),
    ("group_norm", (r(2, 3, 4), 2), {}, "Expected number of channels in input to be divisible by num_groups"),
    ("group_norm", (r(2, 4, 4), 2, o(3)), {}, "Expected weight to be a vector of size equal to the number of channels"),
    (
        "group_norm",
        (r(2, 4, 4), 2, o(4), o(3)),
        {},
        "Expected bias to be a vector of size equal to the number of channels",
    ),
    ("group_norm", (r(4), 2), {}, "Expected at least 2 dimensions for input tensor but received 1"),
    ("group_norm", (r(1, 2), 2), {}, "Expected more than 1 value per channel when training"),
    ("instance_norm", (r(2, 3, 1),), {}, "Expected more than 1 spatial element when training"),
    ("instance_norm", (r(2, 3),), {}, "Expected more than 1 spatial element when training"),
    ("instance_norm", (r(2, 3, 4),), {"weight": o(4)}, "weight should contain"),
    ("instance_norm", (r(2, 3, 4), z(4), o(4)), {}, "running_mean should contain"),
    ("instance_norm", (r(2, 3, 4),), {"use_input_stats": False}, "Expected running_mean and running_var to be defined"),
    ("local_response_norm", (r(3, 4), 2), {}, "Expected 3D or higher dimensionality"),
    ("local_response_norm", (r(1, 3, 4), 0), {}, "kernel size should be greater than zero"),
]

CLASSES: list[tuple[Any, ...]] = [
    ("cross_entropy", (r(2, 10), i(1, 10)), {}, "Target 10 is out of bounds."),
    ("cross_entropy", (r(2, 10), i(1, -1)), {}, "Target -1 is out of bounds."),
    ("cross_entropy", (r(10), np.array(11)), {}, "Target 11 is out of bounds."),
    ("nll_loss", (r(2, 10), i(1, 10)), {}, "Target 10 is out of bounds."),
    ("nll_loss", (r(2, 10, 3), np.full((2, 3), 10)), {}, "Target 10 is out of bounds."),
    ("cross_entropy", (r(2, 10), i(1, 2, 3)), {}, "Expected input batch_size (2) to match target batch_size (3)."),
    ("nll_loss", (r(2, 10), i(1, 2, 3)), {}, "Expected input batch_size (2) to match target batch_size (3)."),
    (
        "cross_entropy",
        (r(2, 10), i(1, 2).astype(np.int32)),
        {},
        "expected target dtype to be Long or Byte, but got Int",
    ),
    ("cross_entropy", (r(2, 10), r(2)), {}, "expected target dtype to be Long or Byte, but got Float"),
    ("cross_entropy", (r(2, 10), i(1, 0).astype(bool)), {}, "expected target dtype to be Long or Byte, but got Bool"),
    (
        "cross_entropy",
        (r(2, 10), r(2, 10)),
        {"ignore_index": 3},
        "ignore_index is not supported for floating point target",
    ),
    (
        "cross_entropy",
        (r(2, 10), i(1, 2), o(9)),
        {},
        "weight tensor should be defined either for all 10 classes or no classes",
    ),
    (
        "cross_entropy",
        (r(2, 10), r(2, 10), o(9)),
        {},
        "cross_entropy: weight tensor should be defined either for all 10",
    ),
    ("cross_entropy", (r(2, 10), i(1, 2), o(10).astype(float)), {}, "expected scalar type Float but found Double"),
    (
        "cross_entropy",
        (r(2, 10), i(1, 2)),
        {"label_smoothing": 1.5},
        "label_smoothing must be between 0.0 and 1.0. Got: 1.5",
    ),
    ("cross_entropy", (r(2, 10), i(1, 2)), {"reduction": "foo"}, "foo is not a valid value for reduction"),
    ("cross_entropy", (r(2, 10), r(2, 9)), {}, "0D or 1D target tensor expected, multi-target not supported"),
    (
        "cross_entropy",
        (r(2, 10, 3, 3), np.zeros((2, 3, 2), int)),
        {},
        "size mismatch (got input: [2, 10, 3, 3] , target: [2, 3, 2]",
    ),
    (
        "cross_entropy",
        (r(2, 10, 3, 3), np.zeros((2, 3), int)),
        {},
        "only batches of spatial targets supported (3D tensors)",
    ),
    ("cross_entropy", ([1.0], i(1)), {}, "argument 'input' (position 1) must be Tensor, not list"),
    ("nll_loss", (r(), i(1)), {}, "Expected 1 or more dimensions (got 0)"),
    ("nll_loss", (r(2, 10, 3), i(1, 2)), {}, "Expected target size [2, 3], got [2]"),
]

LOSSES: list[tuple[Any, ...]] = [
    ("mse_loss", (r(2, 3), r(2, 4)), {}, "The size of tensor a (3) must match the size of tensor b (4)"),
    ("mse_loss", (r(2, 3), r(2, 3)), {"reduction": "x"}, "x is not a valid value for reduction"),
    ("mse_loss", (o(2).astype(int), o(2).astype(int)), {}, "\"mse_cpu\" not implemented for 'Long'"),
    ("mse_loss", (r(2, 3), r(2, 3)), {"weight": o(3)}, "Weights and input must have the same size."),
    ("smooth_l1_loss", (r(2), r(2)), {"beta": -1}, "smooth_l1_loss does not support negative values for beta."),
    ("huber_loss", (r(2), r(2)), {"delta": -1}, "huber_loss does not support non-positive values for delta."),
    ("binary_cross_entropy", (r(2) + 50, o(2)), {}, "all elements of input should be between 0 and 1"),
    ("binary_cross_entropy", (o(2), o(3)), {}, "that is different to the input size"),
    ("binary_cross_entropy", (o(2, 1), o(2)), {}, "is deprecated. Please ensure they have the same size."),
    ("binary_cross_entropy", (o(2), o(2), o(3)), {}, ""),
    ("binary_cross_entropy", (o(2), o(2).astype(int)), {}, "Found dtype Long but expected Float"),
    ("binary_cross_entropy_with_logits", (r(2), o(3)), {}, "must be the same as input size"),
    (
        "binary_cross_entropy_with_logits",
        (r(2), o(2), o(3)),
        {},
        "The size of tensor a (2) must match the size of tensor b (3)",
    ),
    ("kl_div", (r(2, 3), r(2, 3)), {"reduction": "foo"}, "foo is not a valid value for reduction"),
    ("poisson_nll_loss", (r(2, 3), r(2, 3)), {"reduction": "foo"}, "foo is not a valid value for reduction"),
    ("gaussian_nll_loss", (r(2, 3), r(2, 3), -o(2, 3)), {}, "var has negative entry/entries"),
    ("gaussian_nll_loss", (r(2, 3), r(2, 3), -1.0), {}, "var has negative entry/entries"),
    ("gaussian_nll_loss", (r(2, 3), r(2, 3), o(2, 4)), {}, "var is of incorrect size"),
    ("gaussian_nll_loss", (r(2, 3), r(2, 3), o(2, 3)), {"reduction": "foo"}, "foo is not valid"),
    ("hinge_embedding_loss", (r(2, 3), o(2, 4)), {}, "The size of tensor a (4) must match the size of tensor b (3)"),
    ("soft_margin_loss", (r(2, 3), o(2, 4)), {}, ""),
    (
        "margin_ranking_loss",
        (r(2, 3), r(2, 3), o(2)),
        {},
        "margin_ranking_loss : All input tensors should have same dimension",
    ),
    ("multi_margin_loss", (r(2, 3), i(0, 3)), {}, "target out of range"),
    ("multi_margin_loss", (r(2, 3), i(0, 1)), {"p": 3}, "only p == 1 and p == 2 supported"),
    ("multi_margin_loss", (r(2, 3), i(0, 1)), {"weight": o(2)}, "inconsistent weight size, expected 3 but got [2]"),
    ("multi_margin_loss", (r(2, 3), i(0, 1, 2)), {}, "multi_margin_loss: target tensor should be 1-D"),
    ("multi_margin_loss", (r(2, 3), o(2)), {}, "expected scalar type Long but found Float"),
    ("multilabel_margin_loss", (r(2, 3), i(0, 1, 2)), {}, "inconsistent target size: [3] for input of size: [2, 3]"),
    ("multilabel_margin_loss", (r(1, 3), np.array([[0, 3, -1]])), {}, "argument #2 'target' is out of range"),
    ("triplet_margin_loss", (r(2, 3), r(2, 3), r(2)), {}, "are expected to have the same number of dimensions"),
    ("triplet_margin_loss", (r(2, 3), r(2, 3), r(2, 3)), {"margin": -1}, "margin must be greater than 0, got -1"),
    ("triplet_margin_with_distance_loss", (r(2, 3), r(2, 3), r(2, 3)), {"margin": 0}, "margin must be greater than 0"),
    (
        "cosine_embedding_loss",
        (r(2, 3), r(3, 3), o(2)),
        {},
        "The size of tensor a (2) must match the size of tensor b (3)",
    ),
    (
        "cosine_embedding_loss",
        (r(2, 3), r(2, 3), o(2, 1)),
        {},
        "0D or 1D target tensor expected, multi-target not supported",
    ),
    ("cosine_similarity", (r(2, 3), r(2, 4)), {}, "The size of tensor a (3) must match the size of tensor b (4)"),
    ("pairwise_distance", (r(2, 3), r(2, 4)), {}, "The size of tensor a (3) must match the size of tensor b (4)"),
    ("pdist", (r(2, 3, 4),), {}, "pdist only supports 2D tensors, got: 3D"),
    ("pdist", (r(2, 3),), {"p": -1.0}, "pdist only supports non-negative p values"),
]

OTHERS: list[tuple[Any, ...]] = [
    ("dropout", (r(2), 1.5), {}, "dropout probability has to be between 0 and 1, but got 1.5"),
    ("alpha_dropout", (r(2), -0.1), {}, "dropout probability has to be between 0 and 1, but got -0.1"),
    ("feature_alpha_dropout", (r(2), 1.1), {}, "dropout probability has to be between 0 and 1, but got 1.1"),
    ("dropout1d", (r(2, 3, 4, 5),), {}, "dropout1d: Expected 2D or 3D input, but received a 4D input."),
    ("dropout", (o(2).astype(int),), {}, "result type Float can't be cast to the desired output type Long"),
    ("dropout", ([1.0],), {}, "argument 'input' (position 1) must be Tensor, not list"),
    ("unfold", (r(1, 5, 5, 5, 5), 3), {}, "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size"),
    ("unfold", (r(1, 2, 2, 2), 3), {}, "Given input with spatial size (2, 2), kernel_size=(3, 3)"),
    ("unfold", (r(1, 2, 5, 5), 3), {"stride": 0}, "stride should be greater than zero"),
    ("unfold", (r(1, 2, 5, 5), 3), {"padding": -1}, "padding should be non-negative"),
    ("unfold", (o(1, 2, 5, 5).astype(int), 3), {}, "not implemented for 'Long'"),
    (
        "fold",
        (r(1, 18, 4), 5, 3),
        {},
        "expected size of input's dimension 2 to match the calculated number of sliding blocks 3 * 3 = 9",
    ),
    (
        "fold",
        (r(1, 17, 9), 5, 3),
        {},
        "Expected size of input's dimension 1 to be divisible by the product of kernel_size",
    ),
    ("fold", (r(1, 2, 18, 9), 5, 3), {}, "Expected 2D or 3D (batch mode) tensor for input"),
    ("pixel_shuffle", (r(1, 3, 2, 2), 2), {}, "to be divisible by the square of upscale_factor"),
    ("pixel_shuffle", (r(3, 2), 2), {}, "pixel_shuffle expects input to have at least 3 dimensions"),
    ("pixel_shuffle", (r(1, 4, 2, 2), 0), {}, "pixel_shuffle expects a positive upscale_factor"),
    ("pixel_unshuffle", (r(1, 1, 3, 4), 2), {}, "pixel_unshuffle expects height to be divisible by downscale_factor"),
    ("pixel_unshuffle", (r(1, 1, 4, 3), 2), {}, "pixel_unshuffle expects width to be divisible by downscale_factor"),
    (
        "channel_shuffle",
        (r(1, 3, 2, 2), 2),
        {},
        "Number of channels must be divisible by groups. Got 3 channels and 2 groups.",
    ),
    ("channel_shuffle", (r(1, 3), 1), {}, "channel_shuffle expects input with > 2 dims"),
    ("channel_shuffle", (r(1, 3, 2), 0), {}, "Number of groups to divide channels in must be positive."),
    ("interpolate", (r(1, 1, 4, 4),), {}, "either size or scale_factor should be defined"),
    ("interpolate", (r(1, 1, 4, 4), 2, 2), {}, "only one of size or scale_factor should be defined"),
    ("interpolate", (r(1, 1, 4, 4), (2, 2, 2)), {}, "must have the same number of spatial dimensions"),
    ("interpolate", (r(1, 1, 4, 4),), {"scale_factor": (2.0,)}, "must have the same number of spatial dimensions"),
    ("interpolate", (r(1, 1, 4, 4), (2.5, 2)), {}, "expected size to be one of int or Tuple[int]"),
    ("interpolate", (r(1, 1, 4, 4), 2), {"align_corners": True}, "align_corners option can only be set with"),
    ("interpolate", (r(1, 1, 4, 4), 2), {"recompute_scale_factor": True}, "recompute_scale_factor is not meaningful"),
    ("interpolate", (r(1, 1, 4), 2), {"mode": "bilinear"}, "Got 3D input, but bilinear mode needs 4D input"),
    ("interpolate", (r(1, 1, 4, 4), 2), {"mode": "linear"}, "Got 4D input, but linear mode needs 3D input"),
    ("interpolate", (r(1, 1, 4, 4), 2), {"mode": "foo"}, "Input Error: Only 3D, 4D and 5D input Tensors supported"),
    ("interpolate", (r(4, 4), 2), {}, "Input Error: Only 3D, 4D and 5D input Tensors supported"),
    ("interpolate", (r(1, 1, 4, 4), 2), {"antialias": True}, "Anti-alias option is restricted to"),
    ("interpolate", (r(1, 1, 4, 4), 0), {}, "Input and output sizes should be greater than 0"),
    ("interpolate", (r(1, 1, 4, 4), 2), {"mode": "lanczos"}, "Lanczos mode requires antialias=True"),
    (
        "grid_sample",
        (r(1, 1, 4, 4), r(1, 2, 2, 2), "foo"),
        {},
        "expected mode to be 'bilinear', 'nearest' or 'bicubic'",
    ),
    (
        "grid_sample",
        (r(1, 1, 4, 4), r(1, 2, 2, 2), "nearest", "foo"),
        {},
        "expected padding_mode to be 'zeros', 'border'",
    ),
    (
        "grid_sample",
        (r(1, 1, 4, 4), r(2, 2, 2, 2)),
        {"align_corners": False},
        "grid_sampler(): expected grid and input to have same batch size",
    ),
    (
        "grid_sample",
        (r(1, 1, 4, 4), r(1, 2, 2, 3)),
        {"align_corners": False},
        "grid_sampler(): expected grid to have size 2 in last",
    ),
    (
        "grid_sample",
        (r(1, 1, 4, 4), r(1, 2, 2)),
        {"align_corners": False},
        "grid_sampler(): expected 4D input and grid with same",
    ),
    (
        "grid_sample",
        (r(1, 1, 2, 2, 2), r(1, 2, 2, 2, 3), "bicubic"),
        {"align_corners": False},
        "bicubic interpolation only supports 4D input",
    ),
    (
        "affine_grid",
        (r(1, 2, 4), (1, 1, 2, 2)),
        {"align_corners": False},
        "Expected a batch of 2D affine matrices of shape Nx2x3",
    ),
    ("affine_grid", (r(1, 2, 3), (1, 1, 2)), {"align_corners": False}, "affine_grid only supports 4D and 5D sizes"),
    ("affine_grid", (r(1, 2, 3), (1, 1, 0, 2)), {"align_corners": False}, "Expected non-zero, positive output size."),
    (
        "affine_grid",
        (o(1, 2, 3).astype(int), (1, 1, 2, 2)),
        {"align_corners": False},
        "Expected theta to have floating point type",
    ),
]

MISTAKES = [(*case, "")[:4] for case in NORMS + CLASSES + LOSSES + OTHERS]


@pytest.mark.filterwarnings("ignore:Using a target size")
@pytest.mark.parametrize(("name", "args", "kwargs", "phrase"), MISTAKES, ids=range(len(MISTAKES)))
def test_mistake(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], phrase: str) -> None:
    same_error(name, *args, phrase=phrase, **kwargs)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_broadcasting_a_target_warns(name: str) -> None:
    with pytest.warns(UserWarning, match="that is different to the input size"):
        compare(name, r(2, 3).astype(float), r(3).astype(float), orders=0)


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "soft_margin_loss"])
@pytest.mark.parametrize(
    ("size_average", "reduce"), [(False, None), (None, False), (True, True), (None, True), (False, False)]
)
def test_deprecated_reductions(name: str, size_average: bool | None, reduce: bool | None) -> None:
    with pytest.warns(UserWarning, match="size_average and reduce args will be deprecated"):
        compare(name, r(2, 3).astype(float), r(2, 3).astype(float), size_average, reduce, orders=0)
