"""How an error message is put together, and how it learns the layer it came from.

The first line of every message is the phrase PyTorch users search for; the lines after it say what PyTorch leaves
out: the operation, the shapes, the rule that was broken and the fix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["describe", "locate", "sizes"]

_PATH = "_convgrad_layer_path"
_TEXT = "_convgrad_original_text"


def sizes(shape: Sequence[int]) -> str:
    """Write a shape as PyTorch does: ``[2, 3]``."""
    return "[" + ", ".join(str(n) for n in shape) + "]"


def describe(
    phrase: str,
    *,
    op: str | None = None,
    shapes: Mapping[str, Sequence[int]] | None = None,
    rule: str | None = None,
    fix: str | None = None,
) -> str:
    """Compose an error message.

    Parameters
    ----------
    phrase : str
        The sentence users search for, in PyTorch's words where PyTorch has one.
    op : str, optional
        Public name of the operation.
    shapes : mapping of str to sequence of int, optional
        The shapes involved, by argument name.
    rule : str, optional
        The rule that was broken, with its arithmetic.
    fix : str, optional
        What to change.

    Examples
    --------
    >>> print(describe("sizes differ", op="add", shapes={"input": (2,), "other": (3,)}, fix="reshape one"))
    sizes differ
      op:     add
      shapes: input [2], other [3]
      fix:    reshape one
    """
    lines = [phrase]
    if op:
        lines.append(f"  op:     {op}")
    if shapes:
        lines.append("  shapes: " + ", ".join(f"{name} {sizes(shape)}" for name, shape in shapes.items()))
    if rule:
        lines.append(f"  rule:   {rule}")
    if fix:
        lines.append(f"  fix:    {fix}")
    return "\n".join(lines)


def locate(error: BaseException, part: str, kind: str) -> None:
    """Prepend one part of a layer's path to a passing exception.

    Modules do not know their own path; each enclosing call adds its part while the exception unwinds, so a call that
    succeeds pays nothing. Only exceptions whose single argument is a message are rewritten.

    Parameters
    ----------
    error : BaseException
        The exception that unwinds.
    part : str
        The name by which the enclosing module knows the failing one; empty for the outermost module.
    kind : str
        Class name of the failing module; only the innermost one is kept.
    """
    if len(error.args) != 1 or not isinstance(error.args[0], str):
        return
    path, innermost = getattr(error, _PATH, ("", kind))
    path = f"{part}.{path}" if part and path else part or path
    text = getattr(error, _TEXT, error.args[0])
    setattr(error, _PATH, (path, innermost))
    setattr(error, _TEXT, text)
    error.args = (f"{text}\n  layer:  {path or '(the model itself)'} ({innermost})",)
