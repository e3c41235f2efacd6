"""Tests of decisions of the pages."""
