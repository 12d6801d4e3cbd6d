"""The question programs ask of an Apple GPU, answered: there is none."""

__all__ = ["is_available", "is_built"]


def is_available() -> bool:
    """Return whether there is such a GPU: False."""
    return False


def is_built() -> bool:
    """Return whether there is support for such a GPU: False."""
    return False
