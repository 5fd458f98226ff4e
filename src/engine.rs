//! tract behind a narrow face: find, check, load and run ONNX models.
