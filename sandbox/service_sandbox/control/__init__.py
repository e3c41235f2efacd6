"""What a test controls and observes: the clock, faults and the log of calls."""
