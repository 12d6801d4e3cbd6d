"""The public face; read at run time by `autograd.lazy`."""

from autograd.ops.activation import (
    gelu,
    glu,
    hardshrink,
    logsigmoid,
    prelu,
    sigmoid,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
)
from autograd.ops.affine import bilinear, linear
from autograd.ops.attention import gumbel_softmax, scaled_dot_product_attention
from autograd.ops.conv import conv1d, conv2d, conv3d
from autograd.ops.conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from autograd.ops.conv_unshared import (
    locally_connected1d,
    locally_connected2d,
    locally_connected3d,
    tiled_conv1d,
    tiled_conv2d,
    tiled_conv3d,
)
from autograd.ops.conv_variants import maxout, true_conv1d, true_conv2d, true_conv3d
from autograd.ops.distance import cosine_similarity, pairwise_distance
from autograd.ops.dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout
from autograd.ops.fold import fold, unfold
from autograd.ops.grid import affine_grid, grid_sample
from autograd.ops.interpolate import interpolate, upsample, upsample_bilinear, upsample_nearest
from autograd.ops.lookup import embedding, one_hot
from autograd.ops.loss import gaussian_nll_loss, huber_loss, kl_div, l1_loss, mse_loss, poisson_nll_loss, smooth_l1_loss
from autograd.ops.loss_binary import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge_embedding_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
)
from autograd.ops.loss_class import cross_entropy, nll_loss
from autograd.ops.loss_margin import (
    cosine_embedding_loss,
    margin_ranking_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from autograd.ops.norm import group_norm, layer_norm
from autograd.ops.norm_batch import batch_norm, instance_norm
from autograd.ops.norm_local import local_response_norm, normalize, rms_norm
from autograd.ops.norms import pdist
from autograd.ops.padding import pad
from autograd.ops.pool import avg_pool1d, avg_pool2d, avg_pool3d, max_pool1d, max_pool2d, max_pool3d
from autograd.ops.pool_adaptive import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
)
from autograd.ops.pool_power import lp_pool1d, lp_pool2d, lp_pool3d
from autograd.ops.transcend import tanh
from autograd.ops.unpool import max_unpool1d, max_unpool2d, max_unpool3d
from autograd.ops.vision import channel_shuffle, pixel_shuffle, pixel_unshuffle
from nn.functional.activation import (
    celu,
    celu_,
    elu,
    elu_,
    hardsigmoid,
    hardswish,
    hardtanh,
    hardtanh_,
    leaky_relu,
    leaky_relu_,
    log_softmax,
    mish,
    relu,
    relu6,
    relu_,
    rrelu,
    rrelu_,
    selu,
    selu_,
    silu,
    softmax,
    softmin,
    threshold,
    threshold_,
)
