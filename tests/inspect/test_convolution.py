"""Convolutions explained by numbers: against the naive reference, in every geometry, as text and as a dictionary."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

import autograd
import nn.functional as F
from autograd.inspect import ConvolutionExplanation, demo_convolution, explain
from autograd.inspect.convolution import _by_engine
from tests.references import conv as reference

CASES = [
    {"x": (1, 1, 5, 5), "w": (1, 1, 3, 3)},
    {"x": (2, 2, 4, 3), "w": (3, 2, 2, 2)},
    {"x": (1, 4, 5, 4), "w": (4, 2, 3, 2), "groups": 2, "padding": (1, 2)},
    {"x": (1, 3, 5, 5), "w": (3, 1, 2, 2), "groups": 3, "stride": 2},
    {"x": (1, 1, 7, 8), "w": (1, 1, 3, 3), "stride": (2, 3), "padding": 1, "dilation": (1, 2)},
    {"x": (1, 1, 6, 6), "w": (2, 1, 2, 2), "padding": ((2, 0), (0, 3))},
    {"x": (1, 1, 4, 4), "w": (1, 1, 1, 1), "padding": 2},
    {"x": (2, 2, 9), "w": (4, 1, 3), "groups": 2, "stride": 2, "padding": 1, "dilation": 2},
    {"x": (1, 1, 6), "w": (1, 1, 3), "padding": "full"},
]


def make(case: dict, dtype=np.float64, bias: bool = False):
    rng = np.random.default_rng(0)
    case = dict(case)
    x, w = (autograd.tensor(rng.standard_normal(case.pop(k)).astype(dtype), requires_grad=True) for k in "xw")
    b = autograd.tensor(rng.standard_normal(w.shape[0]).astype(dtype), requires_grad=True) if bias else None
    function = F.conv1d if x.ndim == 3 else F.conv2d
    y = function(x, w, b, **case)
    return x, w, y, rng.standard_normal(y.shape).astype(dtype)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_way_agrees_with_the_reference(case: dict, dtype: type) -> None:
    x, w, y, g = make(case, dtype, bias=True)
    shown = explain(y, g)
    assert isinstance(shown, ConvolutionExplanation)
    assert all(a.agrees for a in shown.agreements), shown.agreements
    assert len(shown.agreements) == 10
    q = shown.geometry
    settings = (q.stride, q.padding, q.dilation, q.groups)
    x, w = x.detach().numpy(), w.detach().numpy()
    expected = {
        "y": reference.conv(x, w, *settings, shown.b),
        "dx": reference.conv_input(g, w, q.size, *settings),
        "dw": reference.conv_weight(x, g, q.kernel, *settings),
        "db": g.sum((0, *range(2, g.ndim))),
    }
    tolerance = 1e-4 if dtype == np.float32 else 1e-10
    for name, array in expected.items():
        np.testing.assert_allclose(getattr(shown, name), array, rtol=tolerance, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_terms_add_up(case: dict) -> None:
    """The products that are printed and drawn are those of the sums."""
    _, _, y, g = make(case)
    shown = explain(y, g)
    for o, *p in np.ndindex(*shown.y.shape[1:]):
        terms = shown.terms_of_output(o, tuple(p))
        total = sum(shown.padded_input[(0, *t.left)] * shown.w[t.right] for t in terms)
        assert total == pytest.approx(shown.y[(0, o, *p)])
    for c, *p in np.ndindex(*shown.dx.shape[1:]):
        terms = shown.terms_of_input(c, tuple(p))
        total = sum(shown.padded_cotangent[(0, *t.left)] * shown.rotated[t.right] for t in terms)
        assert total == pytest.approx(shown.dx[(0, c, *p)])
    for o, c, *t in np.ndindex(*shown.dw.shape):
        terms = shown.terms_of_weight(o, c, tuple(t))
        total = sum(
            shown.padded_input[(n, *t.left)] * shown.g[(n, *t.right)] for n in range(len(shown.x)) for t in terms
        )
        assert total == pytest.approx(shown.dw[(o, c, *t)])


def test_a_wrong_gradient_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*args):
        y, dx, dw, db = _by_engine(*args)
        return y, dx[..., ::-1], dw, db

    monkeypatch.setattr("autograd.inspect.convolution._by_engine", wrong)
    shown = demo_convolution(kernel=[[1, 2], [3, 4]])
    assert {a.result for a in shown.agreements if not a.agrees} == {"dx", "<y,g>"}
    assert "DIFFERS" in str(shown)
    assert "Some ways DISAGREE" in str(shown)


def test_the_example_of_the_notes() -> None:
    text = str(demo_convolution())
    assert "y[1,1] = 7·1 + 9·(-1) + 12·1 + 14·(-1) + 17·1 + 19·(-1) = -6" in text
    assert "dx[2,4] = 1·(-1) + 1·(-1) + 1·(-1) = -3" in text
    assert "dw[2,2] = 13·1 + 14·1 + 15·1 + 18·1 + 19·1 + 20·1 + 23·1 + 24·1 + 25·1 = 171" in text
    rows = ["1  1  0  -1  -1", "2  2  0  -2  -2", "3  3  0  -3  -3", "63   72   81", "108  117  126", "153  162  171"]
    for row in rows:
        assert row in text
    assert "All ways agree" in text


def test_the_text_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in (80, 132):
        monkeypatch.setenv("COLUMNS", str(columns))
        for case in CASES:
            _, _, y, g = make(case, bias=True)
            lines = [line for line in str(explain(y, g)).splitlines() if not re.fullmatch(r"[-\d.e· ]+", line)]
            assert max(map(len, lines)) <= columns  # a row of a matrix is not broken


def test_planes_and_settings_are_named() -> None:
    _, _, y, g = make(CASES[2])
    text = str(explain(y, g))
    for phrase in ("w [o=3, c=1]", "dx [c=2]", "groups 2", "with its channel axes swapped", "x, padded [c=0]"):
        assert phrase in text


def test_a_batch_axis_may_be_missing() -> None:
    x = autograd.tensor(np.arange(16.0).reshape(1, 4, 4), requires_grad=True)
    w = autograd.ones(1, 1, 2, 2, dtype=autograd.float64, requires_grad=True)
    y = F.conv2d(x, w)
    assert explain(y).y.shape == (1, 1, 3, 3)
    assert explain(y, np.zeros((1, 3, 3))).dx.sum() == 0


def test_a_bias_that_is_no_leaf() -> None:
    x, w = autograd.randn(1, 1, 4, 4, requires_grad=True), autograd.randn(2, 1, 2, 2, requires_grad=True)
    b = autograd.tensor([1.0, -2.0], requires_grad=True)
    shown = explain(F.conv2d(x, w, b * 2))
    np.testing.assert_allclose(shown.b, [2, -4], atol=1e-4)
    assert explain(F.conv2d(x, w)).b is None


def test_nothing_is_changed() -> None:
    x, w, y, g = make(CASES[0])
    explain(y, g)
    assert x.grad is None
    assert w.grad is None
    y.backward(autograd.tensor(g))
    assert x.grad is not None


@pytest.mark.parametrize(
    ("x", "w", "phrase"),
    [((1, 1, 17, 16), (1, 1, 3, 3), "x[:1, :1, :6, :6]"), ((0, 1, 4, 4), (1, 1, 2, 2), "pass at least one image")],
)
def test_what_cannot_be_written_out(x: tuple, w: tuple, phrase: str) -> None:
    y = F.conv2d(autograd.ones(*x, requires_grad=True), autograd.ones(*w, requires_grad=True))
    with pytest.raises(ValueError, match="too large to explain by numbers") as caught:
        explain(y)
    assert phrase in str(caught.value)


def test_volumes_are_refused() -> None:
    x, w = (autograd.ones(1, 1, 2, 2, 2, requires_grad=True) for _ in range(2))
    y = F.conv3d(x, w)
    with pytest.raises(ValueError, match="one or two spatial axes"):
        explain(y)


def test_mistakes() -> None:
    x, w = autograd.ones(1, 1, 3, 3, requires_grad=True), autograd.ones(1, 1, 2, 2, requires_grad=True)
    with pytest.raises(ValueError, match="the gradient has the output's shape"):
        explain(F.conv2d(x, w), np.ones((3, 3)))
    with pytest.raises(RuntimeError, match="does not require grad"):
        explain(F.conv2d(x.detach(), w.detach()))
    with pytest.raises(RuntimeError, match="the values of the weight were not kept"):
        explain(F.conv2d(x.detach(), w * 2))
    with pytest.raises(TypeError, match="expected a Tensor"):
        explain(3)
    with pytest.raises(ValueError, match="as many"):
        demo_convolution((3, 3), [1, 2])
    y = F.conv2d(x, w)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        explain(y)


def test_the_dictionary_is_plain() -> None:
    _, _, y, g = make(CASES[2], bias=True)
    found = json.loads(json.dumps(explain(y, g).to_dict()))
    assert found["geometry"]["groups"] == 2
    assert np.shape(found["toeplitz"]) == (4 * np.prod(found["geometry"]["output"]), 4 * 20)
    assert all(a["agrees"] for a in found["agreements"])
