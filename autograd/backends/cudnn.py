"""Switches of a GPU library that is not there: they may be set, and nothing heeds them."""

__all__ = ["allow_tf32", "benchmark", "deterministic", "enabled", "is_available"]

benchmark = False
deterministic = False
enabled = False
allow_tf32 = False


def is_available() -> bool:
    """Return whether the library is there: False."""
    return False
