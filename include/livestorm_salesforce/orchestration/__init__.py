"""Airflow integration: task context, approval, retries, provider information, plugin, preload."""
