"""Activations, dropout and losses against PyTorch."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import nn
from tests.parity.modules import Case, compare

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)


def x(*shape: int) -> np.ndarray:
    return RNG.uniform(-4, 4, shape)


def p(*shape: int) -> np.ndarray:
    """Probabilities."""
    return RNG.uniform(0.05, 0.95, shape)


def signs(*shape: int) -> np.ndarray:
    return RNG.choice([-1.0, 1.0], shape)


IN_PLACE = ["ReLU", "ReLU6", "LeakyReLU", "ELU", "CELU", "SELU", "SiLU", "Mish", "Hardtanh", "Hardsigmoid", "Hardswish"]
PLAIN = [
    "PReLU",
    "GELU",
    "Sigmoid",
    "Tanh",
    "LogSigmoid",
    "Softplus",
    "Softsign",
    "Softshrink",
    "Hardshrink",
    "Tanhshrink",
    "GLU",
]
ACTIVATION = [
    *[Case(name, inputs=x(3, 4)) for name in (*IN_PLACE, *PLAIN)],
    *[Case(name, inplace=True, inputs=x(3, 4)) for name in IN_PLACE],
    Case("LeakyReLU", 0.3, inputs=x(3, 4)),
    Case("PReLU", 4, 0.1, inputs=x(3, 4, 2)),
    Case("RReLU", inputs=x(3, 4), modes=(False,)),
    Case("RReLU", 0.1, 0.9, True, inputs=x(3, 4), modes=(False,)),
    Case("ELU", 0.5, inputs=x(3, 4)),
    Case("CELU", 0.5, inputs=x(3, 4)),
    Case("GELU", "tanh", inputs=x(3, 4)),
    Case("Softplus", 2.0, 1.0, inputs=x(3, 4)),
    Case("Softshrink", 1.0, inputs=x(3, 4)),
    Case("Hardshrink", 1.0, inputs=x(3, 4)),
    Case("Hardtanh", -2.0, 0.5, inputs=x(3, 4)),
    Case("Threshold", 0.5, -3.0, inputs=x(3, 4)),
    Case("Threshold", 0.5, -3.0, True, inputs=x(3, 4)),
    Case("GLU", 0, inputs=x(4, 3)),
    Case("Softmax", 1, inputs=x(3, 4)),
    Case("Softmax", dim=-2, inputs=x(2, 3, 4)),
    Case("Softmin", 0, inputs=x(3, 4)),
    Case("LogSoftmax", 1, inputs=x(3, 4, 2)),
    Case("Softmax2d", inputs=x(2, 3, 2, 2)),
]

DROPOUT = [
    Case(name, *args, inputs=x(2, 3, *size), modes=(False,))
    for name, size in {
        "Dropout": (4,),
        "Dropout1d": (4,),
        "Dropout2d": (4, 2),
        "Dropout3d": (4, 2, 2),
        "AlphaDropout": (4,),
        "FeatureAlphaDropout": (4, 2),
    }.items()
    for args in ((), (0.2, True))
] + [Case("Dropout", 0.0, inputs=x(3, 4)), Case("Dropout", 1.0, inputs=x(3, 4))]

CLASSES = np.array([2, 0, 3, 1, 2])
WEIGHT = RNG.uniform(0.2, 2, 4)
PAIRS = {
    "L1Loss": (x(5, 4), x(5, 4)),
    "MSELoss": (x(5, 4), x(5, 4)),
    "SmoothL1Loss": (x(5, 4), x(5, 4)),
    "HuberLoss": (x(5, 4), x(5, 4)),
    "BCELoss": (p(5, 4), p(5, 4)),
    "BCEWithLogitsLoss": (x(5, 4), p(5, 4)),
    "KLDivLoss": (np.log(p(5, 4)), p(5, 4)),
    "NLLLoss": (np.log(p(5, 4)), CLASSES),
    "CrossEntropyLoss": (x(5, 4), CLASSES),
    "PoissonNLLLoss": (p(5, 4), np.abs(x(5, 4))),
    "GaussianNLLLoss": (x(5, 4), x(5, 4), p(5, 4)),
    "SoftMarginLoss": (x(5, 4), signs(5, 4)),
    "HingeEmbeddingLoss": (x(5, 4), signs(5, 4)),
    "MultiLabelMarginLoss": (x(2, 4), np.array([[2, 0, -1, 1], [3, -1, 0, 1]])),
    "MultiLabelSoftMarginLoss": (x(5, 4), (p(5, 4) > 0.5).astype(float)),
    "MultiMarginLoss": (x(5, 4), CLASSES),
    "CosineEmbeddingLoss": (x(5, 4), x(5, 4), signs(5)),
    "MarginRankingLoss": (x(5), x(5), signs(5)),
    "TripletMarginLoss": (x(5, 4), x(5, 4), x(5, 4)),
    "TripletMarginWithDistanceLoss": (x(5, 4), x(5, 4), x(5, 4)),
}
SETTINGS = [
    ("SmoothL1Loss", {"beta": 2.5}),
    ("HuberLoss", {"delta": 0.5}),
    ("BCELoss", {"weight": WEIGHT}),
    ("BCEWithLogitsLoss", {"weight": WEIGHT, "pos_weight": WEIGHT[::-1].copy()}),
    ("KLDivLoss", {"reduction": "batchmean"}),
    ("NLLLoss", {"weight": WEIGHT, "ignore_index": 2}),
    ("CrossEntropyLoss", {"weight": WEIGHT, "ignore_index": 0, "label_smoothing": 0.2}),
    ("CrossEntropyLoss", {"size_average": False}),
    ("MSELoss", {"reduce": False}),
    ("L1Loss", {"size_average": True}),
    ("PoissonNLLLoss", {"log_input": False, "full": True, "eps": 1e-2}),
    ("GaussianNLLLoss", {"full": True, "eps": 0.4}),
    ("HingeEmbeddingLoss", {"margin": 2.0}),
    ("MultiLabelSoftMarginLoss", {"weight": WEIGHT}),
    ("MultiMarginLoss", {"p": 2, "margin": 0.5, "weight": WEIGHT}),
    ("CosineEmbeddingLoss", {"margin": 0.3}),
    ("MarginRankingLoss", {"margin": 0.7}),
    ("TripletMarginLoss", {"margin": 2.0, "p": 1.0, "eps": 1e-3, "swap": True}),
    ("TripletMarginWithDistanceLoss", {"margin": 2.0, "swap": True}),
]

LOSS = [
    *[
        Case(name, inputs=inputs, reduction=how, fixed={1} if name == "SoftMarginLoss" else ())
        for name, inputs in PAIRS.items()
        for how in ("mean", "sum", "none")
    ],
    *[Case(name, inputs=PAIRS[name], **settings) for name, settings in SETTINGS],
    Case("KLDivLoss", log_target=True, reduction="sum", inputs=(np.log(p(5, 4)), np.log(p(5, 4)))),
    Case("CrossEntropyLoss", WEIGHT, label_smoothing=0.1, inputs=(x(5, 4), p(5, 4))),
    Case("CrossEntropyLoss", inputs=(x(2, 4, 3), np.array([[0, 1, -100], [3, 2, 1]]))),
]


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides:UserWarning")
@pytest.mark.parametrize("case", [*ACTIVATION, *DROPOUT, *LOSS], ids=lambda case: case.id)
def test_layer(case: Case) -> None:
    # PyTorch multiplies by 1/6 in single precision.
    compare(case, 1e-7 if case.name == "Hardsigmoid" else 1e-9)


SHARED = [n for n in dir(nn) if isinstance(getattr(nn, n), type) and issubclass(getattr(nn, n), nn.Module)]


def named_parameters(library: Any, name: str) -> dict[str, Any]:
    parameters = inspect.signature(getattr(library, name).__init__).parameters.values()
    return {p.name: p.default for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}


@pytest.mark.parametrize("name", sorted(n for n in SHARED if hasattr(torch.nn, n)))
def test_signature(name: str) -> None:
    """The same parameters with the same defaults, in the same order."""
    found, expected = named_parameters(nn, name), named_parameters(torch.nn, name)
    for deprecated in ("min_value", "max_value"):
        expected.pop(deprecated, None)
    found.pop("eps_mode", None)
    assert list(found.items()) == list(expected.items())
