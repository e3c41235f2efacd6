"""Pages inside the Airflow UI: what each run did, or would do, and why."""
