"""Layers whose text lists some of their settings."""

from __future__ import annotations

from typing import ClassVar

from nn.module import Module

__all__ = ["Configured", "InPlace", "SilentInPlace"]


class Configured(Module):
    """A layer that shows the attributes named in `_shown`, as ``name=value``."""

    _shown: ClassVar[tuple[str, ...]] = ()

    def extra_repr(self) -> str:
        """Return the settings."""
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)


class InPlace(Configured):
    """An activation that may overwrite its input; its text says so."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        """Return the settings, and ``inplace`` where it is set."""
        settings = super().extra_repr()
        if not self.inplace:
            return settings
        return f"{settings}, inplace=True" if settings else "inplace=True"


class SilentInPlace(InPlace):
    """An activation whose text does not tell whether it works in place."""

    def extra_repr(self) -> str:
        """Return nothing."""
        return ""
