"""Log a run to Weights & Biases, TensorBoard or MLflow."""
