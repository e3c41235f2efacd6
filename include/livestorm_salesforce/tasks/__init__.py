"""One module per DAG task."""
