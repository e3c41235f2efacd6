"""Checklist of what a real installation needs on both sides and in Airflow, for the command `check` and the page."""
