"""Where a run is logged: Weights & Biases, CSV, TensorBoard, MLflow."""
