"""`make demo`: the sandbox, Airflow and the sync through a webinar's life, on this machine only."""
