"""What programs say to a compiler leaves their functions, methods and classes as they are."""

from __future__ import annotations

import pytest

import autograd as torch
import nn


@pytest.mark.parametrize(
    "decorator",
    [
        torch.jit.script,
        torch.jit.script_if_tracing,
        torch.jit.unused,
        torch.jit.export,
        torch.jit.interface,
        torch.jit.ignore,
        torch.jit.ignore(),
        torch.jit.ignore(drop=True),
        torch.fx.wrap,
        torch.compile,
        torch.compile(mode="max-autotune"),
    ],
)
def test_a_decorator_returns_the_function(decorator) -> None:
    def function() -> None: ...

    assert decorator(function) is function


def test_a_model_file_that_speaks_to_the_compiler() -> None:
    torch.fx.wrap("add_in_place")

    class Block(nn.Module):
        sizes: torch.jit.Final[int]

        @torch.jit._overload_method
        def forward(self, x: list) -> torch.Tensor:
            pass

        @torch.jit._overload_method
        def forward(self, x: torch.Tensor) -> torch.Tensor:  # noqa: F811
            pass

        def forward(self, x):  # noqa: F811
            parts = torch.jit.annotate(list[torch.Tensor], [])
            parts.append(x if isinstance(x, torch.Tensor) else torch.cat(x, 1))
            if torch.jit.is_scripting() or torch.jit.is_tracing():
                raise AssertionError("there is no compiler")
            return parts[0]

    block = torch.jit.script(Block())
    x = torch.ones(1, 2)
    assert torch.equal(block([x, x]), block(torch.ones(1, 4)))
