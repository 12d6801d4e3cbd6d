"""Layers whose text lists some of their settings."""

from __future__ import annotations

from typing import ClassVar

from nn.module import Module

__all__ = ["Configured"]


class Configured(Module):
    """A layer that shows the attributes named in `_shown`, as ``name=value``."""

    _shown: ClassVar[tuple[str, ...]] = ()

    def extra_repr(self) -> str:
        """Return the settings."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)
