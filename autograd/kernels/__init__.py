"""Array kernels: ndarray in, ndarray out. Nothing here knows of tensors, tapes or gradients."""
