"""Livestorm webinars in Salesforce: the package behind the DAGs of this project."""
