"""Programs behind the Makefile's targets; no part of the product imports them."""
