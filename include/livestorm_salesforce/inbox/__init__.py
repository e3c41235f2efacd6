"""Where Livestorm's webhooks come in: checked, stripped of secrets, kept. What they tell is used by the next run."""
