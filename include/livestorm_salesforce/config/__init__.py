"""The business rules and the settings, as typed, frozen models."""

from livestorm_salesforce.config.field_rules import FieldRule
from livestorm_salesforce.config.loader import load_mapping
from livestorm_salesforce.config.mapping import Mapping
from livestorm_salesforce.config.settings import Settings

__all__ = ["FieldRule", "Mapping", "Settings", "load_mapping"]
