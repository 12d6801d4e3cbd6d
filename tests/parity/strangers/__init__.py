"""Programs as people write them for PyTorch; `test_strangers` runs each there, and here with its import lines changed."""
