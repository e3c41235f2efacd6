"""The corpus that the independent SOQL parser judges (`judges/run.py`)."""

from tests.sandbox.salesforce.conformance.corpus import corpus


def test_the_corpus_has_500_different_queries_of_both_kinds() -> None:
    queries = dict(corpus())
    assert len(queries) == 500
    assert 150 < sum(queries.values()) < 350


def test_the_corpus_is_the_same_every_time() -> None:
    assert corpus(50) == corpus(50)
