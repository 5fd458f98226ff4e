"""The recipe of coact's text model: from corpora to a quantized ONNX file and its measured quality."""
