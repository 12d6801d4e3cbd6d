"""Layers and losses, a file a family; all of them are public in `nn`."""
