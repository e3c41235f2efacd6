"""What a user would otherwise pick, against the same sandbox with the same latency. `make bench-tools`."""
