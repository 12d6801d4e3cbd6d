"""Trading compute for memory in training."""

from autograd.checkpointing import CheckpointError, checkpoint, checkpoint_sequential

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential"]
