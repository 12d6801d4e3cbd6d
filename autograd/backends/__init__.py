"""The switches programs set for other machines' libraries: accepted, and without effect on a CPU."""

from autograd.backends import cudnn, mps

__all__ = ["cudnn", "mps"]
