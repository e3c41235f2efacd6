"""Decisions about registrants: transformation to frames, eligibility, change detection."""
