"""Losses and distances: the value of every element or sample, then its reduction."""

import math

import numpy as np

from tests.references.activation import log_sigmoid, log_softmax
from tests.references.elementwise import xlogy
from tests.references.reduce import vector_norm


def reduce(loss, reduction):
    if reduction == "none":
        return loss
    counts = {"sum": 1, "mean": np.size(loss), "batchmean": max(np.shape(loss)[:1], default=1)}
    with np.errstate(invalid="ignore"):
        return np.divide(np.sum(loss), counts[reduction])


def weighted(loss, weight, reduction):
    """Weights a sample or element; the mean divides by their sum."""
    if weight is None:
        return reduce(loss, reduction)
    weight = np.broadcast_to(weight, loss.shape)
    return np.sum(loss * weight) / np.sum(weight) if reduction == "mean" else reduce(loss * weight, reduction)


def mse_loss(input, target, *, reduction="mean", weight=None):
    return weighted((input - target) ** 2, weight, reduction)


def l1_loss(input, target, *, reduction="mean", weight=None):
    return weighted(np.abs(input - target), weight, reduction)


def smooth_l1_loss(input, target, *, reduction="mean", beta=1.0):
    distance = np.abs(input - target)
    if beta == 0:
        return reduce(distance, reduction)
    return reduce(np.where(distance < beta, 0.5 * distance**2 / beta, distance - 0.5 * beta), reduction)


def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    distance = np.abs(input - target)
    loss = np.where(distance <= delta, 0.5 * distance**2, delta * (distance - 0.5 * delta))
    return reduce(loss if weight is None else loss * weight, reduction)


def class_targets(input, target, ignore_index):
    """(one-hot targets shaped as the input, which targets count)."""
    classes = input.shape[min(1, input.ndim - 1)]
    counted = target != ignore_index
    hot = np.zeros((*target.shape, classes), input.dtype)
    for position in np.ndindex(target.shape):
        if counted[position]:
            hot[(*position, int(target[position]))] = 1
    return np.moveaxis(hot, -1, min(1, input.ndim - 1)), counted


def class_weights(input, weight):
    """Class weights with an axis for each of the input's, ones by default."""
    axis = min(1, input.ndim - 1)
    weight = np.ones(input.shape[axis], input.dtype) if weight is None else weight
    return weight.reshape(weight.size, *(1,) * (input.ndim - 1 - axis))


def class_mean(loss, divisor, reduction):
    """Mean over the summed weights of the targets that count: NaN when there are none."""
    if reduction != "mean":
        return reduce(loss, reduction)
    with np.errstate(invalid="ignore"):
        return np.divide(loss.sum(), divisor)


def nll_loss(input, target, weight=None, *, ignore_index=-100, reduction="mean"):
    hot, _ = class_targets(input, target, ignore_index)
    hot = hot * class_weights(input, weight)
    loss = -(hot * input).sum(min(1, input.ndim - 1))
    return class_mean(loss, hot.sum(), reduction)


def cross_entropy(input, target, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """Smoothing mixes the target with the uniform distribution; class weights scale each class's term."""
    axis = min(1, input.ndim - 1)
    probabilities, weights = target, class_weights(input, weight)
    counted, divisor = 1, input.size / input.shape[axis]
    if target.dtype.kind in "iu":
        probabilities, counted = class_targets(input, target, ignore_index)
        divisor = (probabilities * weights).sum()
    smooth = (1 - label_smoothing) * probabilities + label_smoothing / input.shape[axis]
    loss = -(smooth * weights * log_softmax(input, axis)).sum(axis) * counted
    return class_mean(loss, divisor, reduction)


def binary_cross_entropy(input, target, weight=None, *, reduction="mean"):
    """Logarithms are cut at -100, so that a certain and wrong prediction stays finite."""
    with np.errstate(divide="ignore"):
        yes, no = (np.maximum(np.log(p), -100) for p in (input, 1 - input))
    loss = -(target * yes + (1 - target) * no)
    return reduce(loss if weight is None else loss * weight, reduction)


def binary_cross_entropy_with_logits(input, target, weight=None, *, reduction="mean", pos_weight=None):
    positive = 1 if pos_weight is None else pos_weight
    loss = -(positive * target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    return reduce(loss if weight is None else loss * weight, reduction)


def kl_div(input, target, *, reduction="mean", log_target=False):
    if log_target:
        return reduce(np.exp(target) * (target - input), reduction)
    return reduce(xlogy(target, target) - target * input, reduction)


def poisson_nll_loss(input, target, log_input=True, full=False, *, eps=1e-8, reduction="mean"):
    loss = np.exp(input) - target * input if log_input else input - target * np.log(input + eps)
    if full:
        big = np.where(target > 1, target, 1)
        loss = loss + np.where(target > 1, big * np.log(big) - big + 0.5 * np.log(2 * math.pi * big), 0)
    return reduce(loss, reduction)


def gaussian_nll_loss(input, target, var, full=False, eps=1e-6, reduction="mean"):
    var = np.full(input.shape, var) if isinstance(var, float) else var
    by_row = var.shape != input.shape and var.shape == input.shape[:-1]
    var = np.maximum(var[..., None] if by_row else var, eps)
    loss = 0.5 * (np.log(var) + (input - target) ** 2 / var)
    return reduce(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def hinge_embedding_loss(input, target, margin=1.0, *, reduction="mean"):
    loss = np.where(target != 1, np.maximum(0, margin - input), 0) + np.where(target != -1, input, 0)
    return reduce(loss, reduction)


def margin_ranking_loss(input1, input2, target, margin=0, *, reduction="mean"):
    return reduce(np.maximum(0, -target * (input1 - input2) + margin), reduction)


def soft_margin_loss(input, target, *, reduction="mean"):
    return reduce(np.logaddexp(0, -target * input), reduction)


def multi_margin_loss(input, target, p=1, margin=1.0, weight=None, *, reduction="mean"):
    """Mean over all classes of the p-th power by which a wrong class comes within the margin."""
    rows, labels = np.atleast_2d(input), np.atleast_1d(target)
    weight = np.ones(rows.shape[1]) if weight is None else weight
    losses = np.zeros(len(rows), rows.dtype)
    for n, (row, y) in enumerate(zip(rows, labels, strict=True)):
        short = [max(0, margin - row[y] + v) ** p for i, v in enumerate(row) if i != y]
        losses[n] = weight[y] * sum(short) / len(row)
    return reduce(losses.reshape(np.shape(target)), reduction)


def multilabel_margin_loss(input, target, *, reduction="mean"):
    """Targets of a sample end at its first -1; each is compared with each class that is no target."""
    rows, labels = np.atleast_2d(input), np.atleast_2d(target)
    losses = np.zeros(len(rows), rows.dtype)
    for n, (row, line) in enumerate(zip(rows, labels.tolist(), strict=True)):
        wanted = line[: line.index(-1)] if -1 in line else line
        others = [v for i, v in enumerate(row) if i not in wanted]
        losses[n] = sum(max(0, 1 - (row[y] - v)) for y in wanted for v in others) / len(row)
    return reduce(losses.reshape(input.shape[:-1]), reduction)


def multilabel_soft_margin_loss(input, target, weight=None, *, reduction="mean"):
    loss = -(target * log_sigmoid(input) + (1 - target) * log_sigmoid(-input))
    loss = loss if weight is None else loss * weight
    return reduce(loss.sum(-1) / input.shape[-1], reduction)


def pairwise_distance(x1, x2, p=2.0, eps=1e-6, keepdim=False):
    """Length of ``x1 - x2 + eps`` along the last axis."""
    return vector_norm(x1 - x2 + eps, p, -1, keepdim)


def triplet(closer, farther, margin, reduction):
    return reduce(np.maximum(0, margin + closer - farther), reduction)


def triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, *, reduction="mean"):
    farther = pairwise_distance(anchor, negative, p, eps)
    if swap:
        farther = np.minimum(farther, pairwise_distance(positive, negative, p, eps))
    return triplet(pairwise_distance(anchor, positive, p, eps), farther, margin, reduction)


def triplet_margin_with_distance_loss(
    anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"
):
    distance = distance_function or pairwise_distance
    farther = distance(anchor, negative)
    if swap:
        farther = np.minimum(farther, distance(positive, negative))
    return triplet(distance(anchor, positive), farther, margin, reduction)


def cosine_similarity(x1, x2, dim=1, eps=1e-8):
    x1, x2 = np.broadcast_arrays(x1, x2)
    lengths = [np.maximum(np.sqrt((x * x).sum(dim, keepdims=True)), eps) for x in (x1, x2)]
    return (x1 / lengths[0] * (x2 / lengths[1])).sum(dim)


def cosine_embedding_loss(input1, input2, target, margin=0, *, reduction="mean"):
    squares = [(x * x).sum(-1) + 1e-12 for x in (input1, input2)]
    cosine = (input1 * input2).sum(-1) / np.sqrt(squares[0] * squares[1])
    return reduce(np.where(target == 1, 1 - cosine, np.maximum(0, cosine - margin)), reduction)


TABLE = {
    "mse_loss": mse_loss,
    "l1_loss": l1_loss,
    "smooth_l1_loss": smooth_l1_loss,
    "huber_loss": huber_loss,
    "nll_loss": nll_loss,
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
    "binary_cross_entropy_with_logits": binary_cross_entropy_with_logits,
    "kl_div": kl_div,
    "poisson_nll_loss": poisson_nll_loss,
    "gaussian_nll_loss": gaussian_nll_loss,
    "hinge_embedding_loss": hinge_embedding_loss,
    "margin_ranking_loss": margin_ranking_loss,
    "soft_margin_loss": soft_margin_loss,
    "multi_margin_loss": multi_margin_loss,
    "multilabel_margin_loss": multilabel_margin_loss,
    "multilabel_soft_margin_loss": multilabel_soft_margin_loss,
    "pairwise_distance": pairwise_distance,
    "triplet_margin_loss": triplet_margin_loss,
    "triplet_margin_with_distance_loss": triplet_margin_with_distance_loss,
    "cosine_similarity": cosine_similarity,
    "cosine_embedding_loss": cosine_embedding_loss,
}
