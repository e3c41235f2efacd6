"""Joins clients, core and store: one function per DAG task. No decisions here, and nothing of Airflow but its hooks."""

from include.livestorm_salesforce.pipeline.discover import discover
from include.livestorm_salesforce.pipeline.extract import extract
from include.livestorm_salesforce.pipeline.load_campaigns import load_campaigns
from include.livestorm_salesforce.pipeline.load_members import load_members
from include.livestorm_salesforce.pipeline.load_people import load_people
from include.livestorm_salesforce.pipeline.planning import plan
from include.livestorm_salesforce.pipeline.reporting import conclude, report
from include.livestorm_salesforce.pipeline.run import Run

__all__ = ["Run", "conclude", "discover", "extract", "load_campaigns", "load_members", "load_people", "plan", "report"]
