from nn.onnx.errors import OnnxExporterError as OnnxExporterError
from nn.onnx.errors import OnnxImporterError as OnnxImporterError
from nn.onnx.errors import UnsupportedOperatorError as UnsupportedOperatorError
from nn.onnx.exporting import export as export
from nn.onnx.loading import load as load
from nn.onnx.network import OnnxModule as OnnxModule
