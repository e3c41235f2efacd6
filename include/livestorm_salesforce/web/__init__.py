"""Web pages inside the Airflow UI and the endpoint that receives Livestorm webhooks."""
