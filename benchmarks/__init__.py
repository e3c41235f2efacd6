"""What the sync costs: calls, seconds, memory. `make bench`, `make bench-tools`, `make simulate`."""
