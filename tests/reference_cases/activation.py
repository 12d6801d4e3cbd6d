"""Cases of the activation functions."""

import numpy as np

from tests.reference_cases import Draw, case

draw = Draw(16)

X = 3 * draw(2, 4, 3)
V = draw(4)
FAR = np.array([-800.0, -40.0, -5.0, 0.0, 5.0, 40.0, 800.0])
KINKS = np.array([-6.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 6.0])

PLAIN = [
    "sigmoid", "expit", "tanh", "relu", "relu6", "leaky_relu", "rrelu", "elu", "celu", "selu", "gelu", "silu", "mish",
    "softplus", "softsign", "softshrink", "hardshrink", "tanhshrink", "hardtanh", "hardsigmoid", "hardswish",
    "logsigmoid",
]  # fmt: skip

SETTINGS = [
    case("leaky_relu", X, 0.2),
    case("leaky_relu", X, negative_slope=-0.5),
    case("rrelu", X, 0.1, 0.5),
    case("elu", X, 0.7),
    case("celu", X, 0.7),
    case("gelu", X, approximate="tanh"),
    case("gelu", FAR, approximate="tanh"),
    case("softplus", X, 2.0),
    case("softplus", X, beta=0.5, threshold=1.0),
    case("softshrink", X, 1.5),
    case("hardshrink", X, 1.5),
    case("hardtanh", X, -2.0, 0.5),
    case("threshold", X, 0.5, -3.0),
    case("threshold", KINKS, 0.5, 20.0),
    case("prelu", X, np.array([0.3])),
    case("prelu", X, V),
    case("prelu", draw(3, 4), V),
    case("prelu", draw(2, 4, 2, 2), V),
    *(case("glu", X, dim) for dim in (0, 1, -2)),
    case("glu", V),
]

NORMALISED = [
    *(case(name, X, dim) for name in ("softmax", "softmin", "log_softmax") for dim in (0, 1, -1)),
    *(case(name, FAR, dim=0) for name in ("softmax", "softmin", "log_softmax")),
]

CASES = [*(case(name, x) for name in PLAIN for x in (X, FAR, KINKS)), *SETTINGS, *NORMALISED]
