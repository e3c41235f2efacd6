"""`make demo`: the sandbox, Airflow and four runs of the sync during the life of a webinar, on this machine only."""
