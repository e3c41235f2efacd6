"""`make bench-tools`: measures competing tools against the same sandbox with the same latency."""
