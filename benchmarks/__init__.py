"""What the sync costs: calls, seconds, memory. `make bench`, `make bench-peers`, `make simulate`."""
