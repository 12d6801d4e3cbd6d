"""The same mistakes with layers here and in PyTorch: the same exception type, and the phrase people search for."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import autograd
import nn

torch = pytest.importorskip("torch")


def small(lib: Any) -> Any:
    return lib.Sequential(OrderedDict(conv=lib.Conv2d(1, 2, 3), head=lib.Linear(2, 3)))


def without(state: Any, key: str) -> Any:
    del state[key]
    return state


# Each mistake is a function of a library's `nn` and of a function that makes a tensor of some shape.
MISTAKES = [
    (lambda lib, t: lib.Conv1d(3, 4, 3, groups=2), "in_channels must be divisible by groups"),
    (lambda lib, t: lib.Conv3d(4, 3, 3, groups=2), "out_channels must be divisible by groups"),
    (lambda lib, t: lib.ConvTranspose2d(4, 3, 3, groups=2), "out_channels must be divisible by groups"),
    (lambda lib, t: lib.Conv2d(4, 4, 3, groups=-1), "groups must be a positive integer"),
    (lambda lib, t: lib.Conv2d(1, 1, 3, padding="some"), "Invalid padding string 'some'"),
    (lambda lib, t: lib.Conv2d(1, 1, 3, stride=(1, 2), padding="same"), "is not supported for strided convolutions"),
    (lambda lib, t: lib.Conv2d(1, 1, 3, padding_mode="zero"), "padding_mode must be one of"),
    (
        lambda lib, t: lib.ConvTranspose3d(1, 1, 3, padding_mode="circular"),
        'Only "zeros" padding mode is supported for',
    ),
    (lambda lib, t: lib.Conv2d(1.0, 1, 3), "must be tuple of ints"),
    (lambda lib, t: lib.Linear(3, 2.5), "must be tuple of ints"),
    (lambda lib, t: lib.Linear(-3, 2), "Trying to create tensor with negative dimension -3"),
    (lambda lib, t: lib.Linear(3, 2)(t(4, 5)), "mat1 and mat2 shapes cannot be multiplied (4x5 and 3x2)"),
    (lambda lib, t: lib.Linear(3, 2, bad=1), "got an unexpected keyword argument 'bad'"),
    (lambda lib, t: lib.Bilinear(0, 1, 1), "in1_features must be > 0"),
    (
        lambda lib, t: lib.Conv2d(3, 4, 3)(t(1, 2, 5, 5)),
        "Given groups=1, weight of size [4, 3, 3, 3], expected input[1, 2",
    ),
    (lambda lib, t: lib.Conv2d(3, 4, 3)(t(5, 5)), "Expected 3D (unbatched) or 4D (batched) input to conv2d"),
    (lambda lib, t: lib.Conv2d(3, 4, 9)(t(1, 3, 5, 5)), "Kernel size can't be greater than actual input size"),
    (lambda lib, t: lib.ConvTranspose2d(2, 2, 3, 2)(t(1, 2, 4, 4), [20, 20]), "requested an output size of [20, 20]"),
    (
        lambda lib, t: lib.ConvTranspose2d(2, 2, 3, 2)(t(1, 2, 4, 4), [9]),
        "output_size must have 2 or 4 elements (got 1)",
    ),
    (lambda lib, t: lib.MaxPool2d(2, padding=2)(t(1, 4, 4)), "pad should be at most half of effective kernel size"),
    (lambda lib, t: lib.AvgPool2d(9)(t(1, 4, 4)), "Output size is too small"),
    (lambda lib, t: lib.BatchNorm2d(3)(t(2, 3)), "expected 4D input (got 2D input)"),
    (lambda lib, t: lib.BatchNorm1d(3)(t(2, 3, 4, 4)), "expected 2D or 3D input (got 4D input)"),
    (lambda lib, t: lib.BatchNorm1d(3)(t(1, 3)), "Expected more than 1 value per channel when training"),
    (lambda lib, t: lib.BatchNorm1d(3)(t(2, 4)), "running_mean should contain 4 elements not 3"),
    (lambda lib, t: lib.InstanceNorm2d(3)(t(2, 3)), "expected 3D or 4D input (got 2D input)"),
    (lambda lib, t: lib.InstanceNorm1d(5, affine=True)(t(2, 3, 4)), "to match num_features (5), but got: 3"),
    (lambda lib, t: lib.GroupNorm(4, 6), "num_channels (6) must be divisible by num_groups (4)"),
    (lambda lib, t: lib.LayerNorm(3)(t(2, 4)), "Given normalized_shape=[3], expected input with shape [*, 3]"),
    (lambda lib, t: lib.Dropout(1.1), "dropout probability has to be between 0 and 1, but got 1.1"),
    (lambda lib, t: lib.Dropout2d(-0.1), "dropout probability has to be between 0 and 1, but got -0.1"),
    (lambda lib, t: lib.Hardtanh(1.0, 1.0), "max_val (1.0) must be greater than min_val (1.0)"),
    (lambda lib, t: lib.Softmax2d()(t(2)), "Softmax2d: expected input to be 3D or 4D, got 1D instead"),
    (lambda lib, t: lib.GLU()(t(3)), "Halving dimension must be even"),
    (lambda lib, t: lib.PReLU(3)(t(2, 4)), "Mismatch of parameter numbers and input channel size"),
    (lambda lib, t: lib.Unflatten(0, 3), "unflattened_size must be a tuple of ints, but found type int"),
    (lambda lib, t: lib.Unflatten(0, (3, "a")), "but found element of type str at pos 1"),
    (lambda lib, t: lib.CircularPad2d(1)(t(2, 2)), "expected 3D or 4D input (got 2D input)"),
    (lambda lib, t: lib.ReflectionPad2d(4)(t(1, 3, 3)), "Padding size should be less than the corresponding input dim"),
    (lambda lib, t: lib.Embedding(3, 2, padding_idx=-4), "Padding_idx must be within num_embeddings"),
    (lambda lib, t: lib.Embedding.from_pretrained(t(2)), "Embeddings parameter is expected to be 2-dimensional"),
    (lambda lib, t: lib.PixelShuffle(2)(t(3, 2, 2)), "to be divisible by the square of upscale_factor"),
    (lambda lib, t: lib.HuberLoss(delta=None), "delta must be a float or int"),
    (lambda lib, t: lib.MultiMarginLoss(p=3), "only p == 1 and p == 2 supported"),
    (lambda lib, t: lib.MultiMarginLoss(weight=t(2, 2)), "expected weight to be None or 1D tensor, got 2D instead"),
    (lambda lib, t: lib.TripletMarginLoss(margin=-1), "expected margin to be greater than 0, got -1 instead"),
    (lambda lib, t: lib.MSELoss(reduction="avg")(t(2), t(2)), "avg is not a valid value for reduction"),
    (lambda lib, t: lib.Sequential(lib.ReLU), "is not a Module subclass"),
    (lambda lib, t: lib.Sequential(lib.ReLU())[3], "index 3 is out of range"),
    (lambda lib, t: lib.Sequential().insert(0, 3), "module should be of type"),
    (lambda lib, t: lib.Sequential() + 3, "add operator supports only objects of Sequential class"),
    (lambda lib, t: lib.Sequential() * 0, "Non-positive multiplication factor 0"),
    (lambda lib, t: lib.ModuleList(3), "ModuleList.extend should be called with an iterable"),
    (lambda lib, t: lib.ModuleDict(3), "ModuleDict.update should be called with an iterable of key/value pairs"),
    (lambda lib, t: lib.ModuleDict([(1,)]), "has length 1; 2 is required"),
    (lambda lib, t: lib.ParameterDict({1: t(2)}), "cannot be used as a key as it is not a string"),
    (lambda lib, t: lib.ParameterList()(1), "ParameterList should not be called"),
    (lambda lib, t: lib.Module()(1), 'is missing the required "forward" function'),
    (lambda lib, t: lib.Module().register_buffer("a.b", None), 'buffer name can\'t contain "."'),
    (lambda lib, t: lib.Module().register_parameter("", None), 'parameter name can\'t be empty string ""'),
    (lambda lib, t: lib.Module().register_parameter("a", t(2)), "object to parameter 'a'"),
    (lambda lib, t: lib.Linear(1, 1).register_buffer("weight", None), "attribute 'weight' already exists"),
    (lambda lib, t: setattr(lib.Linear(1, 1), "weight", t(1, 1)), "as parameter 'weight'"),
    (lambda lib, t: setattr(small(lib), "conv", t(1, 1)), "as child module 'conv'"),
    (lambda lib, t: setattr(lib.BatchNorm1d(1), "running_mean", 3), "as buffer 'running_mean'"),
    (lambda lib, t: lib.Linear(1, 1).wieght, "'Linear' object has no attribute 'wieght'"),
    (lambda lib, t: small(lib).get_submodule("conv.x"), "Conv2d has no attribute `x`"),
    (lambda lib, t: small(lib).get_parameter("conv"), "`conv` is not an nn.Parameter"),
    (lambda lib, t: small(lib).get_buffer("conv.weight"), "`weight` is not a buffer"),
    (lambda lib, t: small(lib).train(1), "training mode is expected to be boolean"),
    (lambda lib, t: small(lib).load_state_dict([]), "Expected state_dict to be dict-like"),
    (
        lambda lib, t: small(lib).load_state_dict({}),
        'Missing key(s) in state_dict: "conv.weight", "conv.bias", "head.w',
    ),
    (
        lambda lib, t: small(lib).load_state_dict(without(small(lib).state_dict(), "head.bias")),
        'Error(s) in loading state_dict for Sequential:\n\tMissing key(s) in state_dict: "head.bias". ',
    ),
    (
        lambda lib, t: small(lib).load_state_dict({**small(lib).state_dict(), "tail.weight": t(1)}),
        'Unexpected key(s) in state_dict: "tail.weight". ',
    ),
    (
        lambda lib, t: small(lib).load_state_dict({**small(lib).state_dict(), "head.bias": t(1)}),
        "size mismatch for head.bias: copying a param with shape",
    ),
    (lambda lib, t: lib.init.eye_(t(2)), "Only tensors with 2 dimensions are supported"),
    (lambda lib, t: lib.init.dirac_(t(2, 2)), "Only tensors with 3, 4, or 5 dimensions are supported"),
    (lambda lib, t: lib.init.orthogonal_(t(2)), "Only tensors with 2 or more dimensions are supported"),
    (
        lambda lib, t: lib.init.kaiming_normal_(t(2)),
        "Fan in and fan out can not be computed for tensor with fewer than 2",
    ),
    (lambda lib, t: lib.init.kaiming_normal_(t(2, 2), mode="fan"), "Mode fan not supported, please use one of"),
    (lambda lib, t: lib.init.calculate_gain("relu7"), "Unsupported nonlinearity relu7"),
    (lambda lib, t: lib.utils.remove_weight_norm(lib.Linear(1, 1)), "weight_norm of 'weight' not found in"),
    (lambda lib, t: lib.utils.skip_init(lib.ReLU), "Module must support a 'device' arg to skip initialization"),
    (lambda lib, t: lib.utils.fuse_conv_bn_eval(lib.Conv1d(1, 1, 1), lib.BatchNorm1d(1)), "Fusion only for eval!"),
    (lambda lib, t: lib.utils.clip_grad_norm_(broken(lib, t), 1.0, error_if_nonfinite=True), "is non-finite, so it"),
    (
        lambda lib, t: lib.utils.parametrize.remove_parametrizations(lib.Linear(1, 1), "weight"),
        "does not have a parametrization on weight",
    ),
    (
        lambda lib, t: lib.utils.parametrize.register_parametrization(lib.Linear(2, 2), "weight", lib.Flatten(0)),
        "Registering a parametrization may not change the shape of the tensor",
    ),
]


def broken(lib: Any, t: Any) -> Any:
    parameter = lib.Parameter(t(2))
    parameter.grad = t(2) * float("nan")
    return [parameter]


@pytest.mark.parametrize(("mistake", "phrase"), MISTAKES, ids=[phrase for _, phrase in MISTAKES])
def test_mistake(mistake: Any, phrase: str) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(Exception) as theirs:
        mistake(torch.nn, lambda *shape: torch.from_numpy(rng.random(shape, np.float32)))
    assert phrase in theirs.value.args[0]
    with pytest.raises(type(theirs.value)) as ours:
        mistake(nn, lambda *shape: autograd.from_numpy(rng.random(shape, np.float32)))
    assert phrase in ours.value.args[0]
