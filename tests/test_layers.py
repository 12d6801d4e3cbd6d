"""Imports point one way: from the top of the list of layers to its bottom, never back."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# Each layer may import from itself and from those before it.
LAYERS = [
    "errors",
    "config",
    "dtypes",
    "geometry",
    "kernels",
    "storage",
    "hooks",
    "tensor",
    "node",
    "operation",
    "ops",
    "replay",
    "engine",
    "function",
    "methods",
    "observe",
    "naming",
    "checkpointing",
    "functional",
    "gradcheck",
    "inspect",
]
OPTIONAL = {
    "torch",
    "matplotlib",
    "tqdm",
    "onnx",
    "onnxruntime",
    "safetensors",
    "mpi4py",
    "numba",
    "PIL",
    "argcomplete",
    "tensorboardX",
}


def modules(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(path: Path, *, top_level: bool = False) -> Iterator[tuple[str, int]]:
    """Names of imported modules; with `top_level` only those imported whenever the module is."""
    tree = _Running().visit(ast.parse(path.read_text()))
    nodes = [*tree.body] if top_level else [*ast.walk(tree)]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module, node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


class _Running(ast.NodeTransformer):
    """Takes away what only a type checker imports."""

    def visit_If(self, node: ast.If) -> ast.AST | None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return None
        return self.generic_visit(node)


def layer(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "autograd" and parts[1] in LAYERS else None


def test_the_layers_of_autograd() -> None:
    wrong = []
    for path in modules("autograd"):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        here = layer(name)
        if here is None:  # the public face, and namespaces that re-export
            continue
        for imported, line in imports(path):
            there = layer(imported)
            if there is not None and LAYERS.index(there) > LAYERS.index(here):
                wrong.append(f"{name}:{line} imports {imported}")
    assert not wrong, "\n".join(wrong)


def test_kernels_know_no_tensors() -> None:
    wrong = [
        f"{path}:{line}"
        for path in modules("autograd/kernels")
        for name, line in imports(path)
        if name.endswith("Tensor")
    ]
    assert not wrong


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [("autograd", {"nn", "optim", "benchmarks", "tests"}), ("optim", {"nn", "benchmarks", "tests"})],
)
def test_packages_import_only_what_is_below_them(package: str, forbidden: set[str]) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(package)
        for name, line in imports(path)
        if name.split(".")[0] in forbidden
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_command_line_joins_nn_and_optim() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules("nn")
        if "cli" not in path.parts
        for name, line in imports(path)
        if name.split(".")[0] == "optim"
    ]
    assert not wrong, "\n".join(wrong)


def test_nn_and_optim_use_the_public_face() -> None:
    """Kernels, nodes and the engine are autograd's own; nn.functional and nn.grad re-export operations."""
    private = {"kernels", "node", "operation", "replay", "engine", "methods"}
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for package in ("nn", "optim")
        for path in modules(package)
        for name, line in imports(path)
        if layer(name) in private or (layer(name) == "ops" and not {"functional", "grad.py"} & set(path.parts))
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("package", ["autograd", "nn", "optim"])
def test_optional_packages_are_imported_where_they_are_used(package: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{line} imports {name}"
        for path in modules(package)
        for name, line in imports(path, top_level=True)
        if name.split(".")[0] in OPTIONAL or name.split(".")[0] == "scipy"
    ]
    assert not wrong, "\n".join(wrong)


def test_importing_loads_neither_scipy_nor_an_extra() -> None:
    code = "import sys, autograd, nn, optim; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    assert not (OPTIONAL | {"scipy"}) & set(loaded)


def constructions(path: Path) -> Iterator[ast.Call]:
    """Yield the calls of ``Tensor(...)`` with one argument."""
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id="Tensor"), args=[ast.Starred()]):
                continue
            case (
                ast.Call(func=ast.Name(id="Tensor"), args=[_], keywords=[])
                | ast.Call(func=ast.Name(id="Tensor"), args=[], keywords=[_])
            ):
                yield node


@pytest.mark.parametrize("package", ["autograd", "nn", "optim"])
def test_no_tensor_is_made_by_the_constructor_for_users(package: str) -> None:
    """``Tensor(x)`` copies to float32, for PyTorch's first programs; ours say ``Tensor(array, None)``."""
    found = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in (ROOT / package).rglob("*.py")
        for call in constructions(path)
    ]
    assert not found


def test_the_constructor_for_users_is_recognised(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text("Tensor(x)\nTensor(data=x)\nTensor(x, None)\nTensor(*x)\nother.Tensor(x, None)\n")
    assert [call.lineno for call in constructions(source)] == [1, 2]
