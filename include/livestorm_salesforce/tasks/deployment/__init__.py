"""Deployment of missing fields and permissions: comparison, dry run, question, deployment."""
