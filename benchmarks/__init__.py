"""Measures the cost of the sync: calls, seconds, memory. `make bench`, `make bench-tools`, `make simulate`."""
