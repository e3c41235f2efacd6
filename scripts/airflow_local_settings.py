"""Airflow imports this module in each of its processes if it is in `$AIRFLOW_HOME/config`."""

from livestorm_salesforce.orchestration.preload import preload_libraries

preload_libraries()
