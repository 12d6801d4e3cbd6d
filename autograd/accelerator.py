"""The questions programs ask of any accelerator, answered: there is none."""

__all__ = ["current_accelerator", "device_count", "is_available"]


def is_available() -> bool:
    """Return whether there is an accelerator: False."""
    return False


def device_count() -> int:
    """Return the number of accelerators: 0."""
    return 0


def current_accelerator(check_available: bool = False) -> None:
    """Return the accelerator in use: None."""
