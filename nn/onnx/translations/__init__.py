"""Translations by family; importing one enters them into `nn.onnx.table`."""
