"""PyTorch's names for orders of axes in memory."""

from __future__ import annotations

__all__ = ["channels_last", "channels_last_3d", "contiguous_format", "memory_format", "preserve_format"]


class memory_format:  # noqa: N801
    """Order in which the axes of a tensor lie in memory; one object an order exists.

    Examples
    --------
    >>> import autograd
    >>> autograd.zeros(2, 3, 4, 5).contiguous(memory_format=autograd.channels_last).stride()
    (60, 1, 15, 3)
    """

    __slots__ = ("name", "rank")

    def __init__(self, name: str, rank: int | None = None) -> None:
        self.name = name
        self.rank = rank

    def __repr__(self) -> str:
        return f"autograd.{self.name}"

    def __reduce__(self) -> str:
        return self.name


contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last", 4)
channels_last_3d = memory_format("channels_last_3d", 5)
