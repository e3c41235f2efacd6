"""Programs of the Makefile's targets. The product does not import them."""
