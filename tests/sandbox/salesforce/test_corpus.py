"""The generated queries that Salesforce's parser checks in the conformance run."""

from tests.sandbox.salesforce.conformance.corpus import corpus


def test_the_corpus_has_500_valid_and_invalid_queries() -> None:
    queries = dict(corpus())
    assert len(queries) == 500
    assert 150 < sum(queries.values()) < 350


def test_the_corpus_is_reproducible() -> None:
    assert corpus(50) == corpus(50)
