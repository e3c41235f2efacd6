"""The API server loads the pages when it starts: the first visitor waits for no template and no translation."""

from __future__ import annotations

import threading

from livestorm_salesforce.orchestration.plugin import LivestormSalesforcePlugin
from livestorm_salesforce.web.rendering import _ENVIRONMENT
from livestorm_salesforce.web.stored_texts import patterns
from livestorm_salesforce.web.translations import LANGUAGES, messages


def test_the_server_loads_templates_and_texts_of_all_languages_when_it_starts() -> None:
    messages.cache_clear()
    patterns.cache_clear()
    _ENVIRONMENT.cache.clear()
    server = object()
    (declared,) = LivestormSalesforcePlugin.fastapi_root_middlewares
    assert declared["middleware"](server) is server, "no middleware is added to Airflow"
    for thread in threading.enumerate():
        if thread.name == "livestorm-salesforce-pages":
            thread.join(60)
    assert messages.cache_info().currsize == len(LANGUAGES) and patterns.cache_info().currsize == 1
    assert len(_ENVIRONMENT.cache) == len(_ENVIRONMENT.list_templates()) > 15
