"""Cases of the losses and distances."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(17)

X, Y = draw(4, 5), draw(4, 5)
WEIGHT = draw.uniform(0.5, 2, 4, 5)
P, T = draw.uniform(0.05, 0.95, 4, 5), draw.uniform(0, 1, 4, 5)
HARD = draw.mask(4, 5).astype(float)
SIGNS = 2 * HARD - 1
LABELS = np.array([0, 3, 4, 1])
IGNORED = np.array([0, -100, 4, 1])
LABEL_LISTS = np.array([[1, 3, -1, 0, 2], [0, 1, 2, 3, 4], [-1, 0, 0, 0, 0], [4, 2, 0, -1, -1]])
CLASS_WEIGHT = draw.uniform(0.5, 2, 5)
IMAGE, IMAGE_LABELS = draw(2, 5, 3, 2), draw.integers(0, 5, 2, 3, 2)
DISTRIBUTION = draw.uniform(0.1, 1, 4, 5)
DISTRIBUTION /= DISTRIBUTION.sum(1, keepdims=True)
MAP = draw.uniform(0.1, 1, 2, 5, 3, 2)
MAP /= MAP.sum(1, keepdims=True)
A, B, C = draw(4, 6), draw(4, 6), draw(4, 6)
SIDES = np.array([1.0, -1.0, 1.0, -1.0])
REDUCTIONS = ("none", "mean", "sum")


def reductions(name, *args, **kwargs):
    """Build the case with its default reduction and with each named one."""
    return [case(name, *args, **kwargs), *(case(name, *args, **kwargs, reduction=r) for r in REDUCTIONS)]


REGRESSION = [
    *reductions("mse_loss", X, Y),
    *reductions("l1_loss", X, Y),
    *reductions("smooth_l1_loss", X, Y),
    *reductions("huber_loss", X, Y),
    *(
        case(name, X, Y, weight=WEIGHT, reduction=r)
        for name in ("mse_loss", "l1_loss", "huber_loss")
        for r in REDUCTIONS
    ),
    *(case("smooth_l1_loss", X, Y, beta=b) for b in (0.0, 0.3)),
    case("huber_loss", X, Y, delta=0.3),
    *reductions("poisson_nll_loss", X, 3 * T),
    case("poisson_nll_loss", P, 3 * T, log_input=False),
    case("poisson_nll_loss", P, 3 * T, False, True, eps=0.1),
    *reductions("gaussian_nll_loss", X, Y, WEIGHT),
    case("gaussian_nll_loss", X, Y, WEIGHT[:, :1], full=True),
    case("gaussian_nll_loss", X, Y, WEIGHT[:, 0].copy(), eps=1.0),
]

CLASSES = [
    *reductions("nll_loss", X, LABELS),
    *reductions("nll_loss", X, LABELS, CLASS_WEIGHT),
    *reductions("nll_loss", IMAGE, IMAGE_LABELS, CLASS_WEIGHT, ignore_index=3),
    case("nll_loss", X, IGNORED),
    case("nll_loss", X[0], np.array(2)),
    *reductions("cross_entropy", X, LABELS),
    *reductions("cross_entropy", X, LABELS, CLASS_WEIGHT, label_smoothing=0.2),
    *reductions("cross_entropy", X, IGNORED, CLASS_WEIGHT, label_smoothing=0.2),
    *reductions("cross_entropy", X, LABELS, ignore_index=4, label_smoothing=0.1),
    *reductions("cross_entropy", X, DISTRIBUTION),
    *reductions("cross_entropy", X, DISTRIBUTION, CLASS_WEIGHT, label_smoothing=0.2),
    *reductions("cross_entropy", IMAGE, IMAGE_LABELS, CLASS_WEIGHT),
    *reductions("cross_entropy", IMAGE, MAP, CLASS_WEIGHT, label_smoothing=0.3),
    case("cross_entropy", X[0], np.array(2), label_smoothing=0.1),
    case("cross_entropy", X[0], DISTRIBUTION[0]),
    case("cross_entropy", X, np.full(4, -100)),
    case("cross_entropy", 300 * X, LABELS),
]

BINARY = [
    *reductions("binary_cross_entropy", P, T),
    case("binary_cross_entropy", P, T, WEIGHT),
    case("binary_cross_entropy", np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 1.0, 0.0])),
    *reductions("binary_cross_entropy_with_logits", X, T),
    *reductions("binary_cross_entropy_with_logits", X, T, WEIGHT, pos_weight=CLASS_WEIGHT),
    case("binary_cross_entropy_with_logits", 500 * X, HARD),
    *reductions("soft_margin_loss", X, SIGNS),
    *reductions("hinge_embedding_loss", X, SIGNS),
    case("hinge_embedding_loss", X, SIGNS, margin=0.3),
    *reductions("multilabel_soft_margin_loss", X, HARD),
    case("multilabel_soft_margin_loss", X, HARD, CLASS_WEIGHT),
]

DIVERGENCE = [
    *reductions("kl_div", np.log(P), DISTRIBUTION),
    *reductions("kl_div", np.log(P), np.log(DISTRIBUTION), log_target=True),
    *(case("kl_div", np.log(P), DISTRIBUTION * HARD, reduction=r) for r in ("batchmean", "none")),
]

MARGINS = [
    *reductions("multi_margin_loss", X, LABELS),
    *reductions("multi_margin_loss", X, LABELS, 2, 0.5, CLASS_WEIGHT),
    case("multi_margin_loss", X[0], np.array(1)),
    *reductions("multilabel_margin_loss", X, LABEL_LISTS),
    case("multilabel_margin_loss", X[0], np.array([3, 0, -1, 1, 1])),
    *reductions("margin_ranking_loss", X[:, 0], Y[:, 0], SIDES),
    case("margin_ranking_loss", X[:, 0], Y[:, 0], SIDES, margin=0.7),
    *reductions("triplet_margin_loss", A, B, C),
    case("triplet_margin_loss", A, B, C, 2.0, 1, 1e-3, swap=True),
    case("triplet_margin_loss", A, B, C, p=3, reduction="none"),
    *reductions("triplet_margin_with_distance_loss", A, B, C),
    case("triplet_margin_with_distance_loss", A, B, C, margin=2.0, swap=True),
    *reductions("cosine_embedding_loss", A, B, SIDES),
    case("cosine_embedding_loss", A, B, SIDES, margin=-0.4),
    case("cosine_embedding_loss", A[0], B[0], np.array(-1.0)),
]

DISTANCES = [
    case("cosine_similarity", A, B),
    case("cosine_similarity", IMAGE, draw(2, 5, 3, 2), dim=-1),
    case("cosine_similarity", A, 1e-3 * B, eps=0.1),
    case("cosine_similarity", A, B[:1]),
    *(case("pairwise_distance", A, B, p) for p in (1.0, 2.0, 3.5, np.inf)),
    case("pairwise_distance", A, B, eps=0.1, keepdim=True),
    case("pairwise_distance", A[0], B[0]),
]

CASES = REGRESSION + CLASSES + BINARY + DIVERGENCE + MARGINS + DISTANCES
