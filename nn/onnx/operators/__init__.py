"""ONNX's operators by family; importing one enters them into `nn.onnx.operators.table`."""
