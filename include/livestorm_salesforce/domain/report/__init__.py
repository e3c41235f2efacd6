"""The report: accounting of every registrant, counts, problems, quarantine."""
