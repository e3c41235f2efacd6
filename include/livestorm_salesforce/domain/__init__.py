"""All decisions of the sync, as pure functions over pandas frames. Nothing in this package performs I/O."""
