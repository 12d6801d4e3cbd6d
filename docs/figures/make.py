"""Makes the figures of the documentation: ``python docs/figures/make.py``, from the root of the repository."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np

import autograd
import nn
import nn.functional as F
import optim
from autograd.inspect import demo_convolution, explain, figures, graph, trace
from nn.data import DataLoader, Digits
from nn.models import LeNet5

HERE = Path(__file__).parent


def convolutions() -> None:
    """The convolution of the lecture notes at a glance, step by step and as matrices; a strided one."""
    shown = demo_convolution()
    shown.figure(HERE / "convolution.png")
    shown.figure(HERE / "forward.png", "forward")
    shown.figure(HERE / "gradient-of-input.png", "input")
    shown.figure(HERE / "gradient-of-weight.png", "weight")
    shown.figure(HERE / "matrices.png", "matrices")
    demo_convolution((5, 5), [[1, 2], [3, 4]], stride=2, padding=1).figure(HERE / "strided.png")


def _scaled(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) / 255


def trained() -> tuple[nn.Module, Digits]:
    """Train a small LeNet-5 on the shipped digits."""
    autograd.manual_seed(0)
    images = Digits(train=True, transform=_scaled)
    model = LeNet5(image_size=8)
    optimizer = optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(12):
        for x, target in DataLoader(images, batch_size=32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), target).backward()
            optimizer.step()
    return model, Digits(train=False, transform=_scaled)


def networks() -> None:
    """Filters, feature and error maps of a trained network, its costs and, where Graphviz is installed, its graph."""
    model, images = trained()
    image, label = images[5]
    figures.filters(model, HERE / "filters.png")
    figures.feature_maps(model, image, HERE / "feature-maps.png")
    figures.error_maps(model, image, int(label), HERE / "error-maps.png")
    with trace():
        loss = F.cross_entropy(model(autograd.from_numpy(image[None])), autograd.tensor([int(label)]))
    explain(loss, model=model).figure(HERE / "costs.png")
    if shutil.which("dot") is not None:
        graph(loss, model=model).svg(HERE / "graph.svg")


if __name__ == "__main__":
    convolutions()
    networks()
