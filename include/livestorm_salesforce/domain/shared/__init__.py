"""Building blocks of all decisions: frame contracts, normalized values, joins, the org schema."""
