"""Figures are written, show what they should, and leave the model alone."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.backends.backend_agg import FigureCanvasAgg

import autograd
import nn
import nn.functional as F
from autograd.inspect import demo_convolution, explain, figures

PARTS = ["overview", "forward", "input", "weight", "matrices"]


def texts(figure) -> list[str]:
    return [t.get_text() for t in figure.texts]


def model() -> nn.Sequential:
    autograd.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 14, 3, padding=1), nn.BatchNorm2d(14), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5),
        nn.Flatten(), nn.Linear(14 * 9, 4),
    )  # fmt: skip


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("ending", ["png", "svg"])
def test_every_part_is_drawn(tmp_path: Path, part: str, ending: str) -> None:
    path = tmp_path / f"figure.{ending}"
    demo_convolution((4, 5), [[1.5, -2], [3, 4]], stride=2, padding=1).figure(path, part)
    start = path.read_bytes()[:200]
    assert start.startswith(b"\x89PNG") if ending == "png" else b"<?xml" in start


@pytest.mark.parametrize("part", PARTS)
def test_one_axis_and_several_channels(tmp_path: Path, part: str) -> None:
    demo_convolution((9,), dilation=2, padding=1).figure(tmp_path / "line.png", part)
    x = autograd.randn(2, 4, 4, 4, requires_grad=True)
    y = F.conv2d(x, autograd.randn(2, 2, 2, 2, requires_grad=True), groups=2)
    explain(y).figure(tmp_path / "volume.png", part)


def test_the_same_figure_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a.svg", "b.svg"):
        demo_convolution().figure(tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_numbers_stay_inside_their_cells() -> None:
    """Drawn without a file, the widest number of every grid is narrower than its cell."""
    from autograd.inspect.panels import CELL, _overview

    shown = demo_convolution((5, 5), np.array([[1e4, -0.123456], [1 / 3, 12345.6]]))
    page = _overview(shown)
    renderer = FigureCanvasAgg(page.figure).get_renderer()
    for axes in page.figure.axes:
        for text in axes.texts:
            assert text.get_window_extent(renderer).width <= CELL * page.figure.dpi


def test_mistakes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown part"):
        demo_convolution().figure(tmp_path / "a.png", "backwards")
    with pytest.raises(ValueError, match="unknown format"):
        demo_convolution().figure(tmp_path / "a.xyz")
    with pytest.raises(ValueError, match="expected one image"):
        figures.feature_maps(model(), autograd.ones(2, 1, 6, 6))
    with pytest.raises(ValueError, match="no layer gives maps"):
        figures.feature_maps(nn.Sequential(nn.Flatten(), nn.Linear(36, 2)), autograd.ones(6, 6))
    with pytest.raises(ValueError, match="no layer has filters"):
        figures.filters(nn.Linear(6, 2))


def test_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match="figures need matplotlib") as caught:
        demo_convolution().figure(tmp_path / "a.png")
    assert "convgrad[plot]" in str(caught.value)


def test_maps_of_every_layer() -> None:
    network = model()
    shown = texts(figures.feature_maps(network, np.ones((6, 6), np.uint8)))
    assert "image: 1 map 6x6" in shown
    assert "0 (Conv2d): 14 maps 6x6" in shown
    assert "3 (MaxPool2d): 14 maps 3x3" in shown
    assert any("first 12 of 14 maps" in text for text in shown)
    assert "0: 14 filters 3x3 over 1 channel" in texts(figures.filters(network))


def test_errors_flow_back() -> None:
    network = model()
    image = np.random.default_rng(0).random((1, 6, 6), np.float32)
    shown = texts(figures.error_maps(network, image, 2))
    titles = [text for text in shown if text.startswith(("dL/d", "image"))]
    assert [title.split(":")[0] for title in titles] == [
        "dL/d 4 (Dropout)", "dL/d 3 (MaxPool2d)", "dL/d 2 (ReLU)", "dL/d 1 (BatchNorm2d)", "dL/d 0 (Conv2d)",
        "dL/d image", "image",
    ]  # fmt: skip
    network.eval()
    x = autograd.tensor(image[None], requires_grad=True)
    (error,) = autograd.grad(F.cross_entropy(network(x), autograd.tensor([2])), x)
    drawn = figures.error_maps(network, image, 2).axes[-2].images[0].get_array()
    np.testing.assert_allclose(drawn, error.numpy()[0, 0], rtol=1e-4, atol=1e-7)


def test_the_model_is_left_as_it_was() -> None:
    network = model()
    network[1].eval()
    before = {name: value.numpy().copy() for name, value in network.state_dict().items()}
    figures.error_maps(network, np.ones((6, 6)).astype(np.float32), 0)
    figures.feature_maps(network, np.ones((6, 6)).astype(np.float32))
    assert [m.training for m in network] == [True, False, True, True, True, True, True]
    assert all(p.grad is None for p in network.parameters())
    assert not any(m._hooks is not None and m._hooks.forward for m in network.modules())
    for name, value in network.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[name])


def test_costs_of_a_graph(tmp_path: Path) -> None:
    explain(model()(autograd.ones(1, 1, 6, 6)).sum()).figure(tmp_path / "costs.png")
    assert (tmp_path / "costs.png").stat().st_size > 1000
