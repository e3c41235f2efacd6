"""The business rules and the settings, as typed, frozen models."""

from include.livestorm_salesforce.config.loader import load_mapping
from include.livestorm_salesforce.config.mapping import FieldRule, Mapping
from include.livestorm_salesforce.config.settings import Settings

__all__ = ["FieldRule", "Mapping", "Settings", "load_mapping"]
