"""Helpers for gradients, weights and modules."""

from nn.utils import checkpoint, parametrizations, parametrize, stateless
from nn.utils.clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters
from nn.utils.fusion import fuse_conv_bn_eval, fuse_conv_bn_weights, fuse_linear_bn_eval, fuse_linear_bn_weights
from nn.utils.init import skip_init
from nn.utils.reparametrize import remove_spectral_norm, remove_weight_norm, spectral_norm, weight_norm
