"""Schemas from describe results in the format of real responses."""

from __future__ import annotations

from livestorm_salesforce.domain.shared.org_schema import parse_describe

ACTIVE = {"active": True, "value": "Web", "label": "From the web"}


def described(*fields: dict) -> dict:
    return {"name": "Lead", "createable": True, "updateable": False, "fields": list(fields)}


def test_required_is_not_nillable_not_defaulted_and_createable() -> None:
    schema = parse_describe(described(
        {"name": "LastName", "nillable": False, "defaultedOnCreate": False, "createable": True},
        {"name": "Status", "nillable": False, "defaultedOnCreate": True, "createable": True},
        {"name": "SystemModstamp", "nillable": False, "defaultedOnCreate": False, "createable": False},
        {"name": "Title", "nillable": True, "defaultedOnCreate": False, "createable": True},
    ))  # fmt: skip
    assert [info.name for info in schema.required()] == ["LastName"]
    assert (schema.createable, schema.updateable) == (True, False)


def test_only_active_values_of_a_picklist_count() -> None:
    values = [ACTIVE, ACTIVE | {"active": False, "value": "Fair"}]
    field = {"name": "LeadSource", "type": "picklist", "restrictedPicklist": True, "picklistValues": values}
    schema = parse_describe(described(field))
    assert schema.fields["LeadSource"].values == ("Web",)
    assert schema.fields["LeadSource"].restricted


def test_whole_digits_are_read_from_the_describe_result() -> None:
    schema = parse_describe(described(
        {"name": "Seats__c", "type": "int", "digits": 8, "precision": 0, "scale": 0},
        {"name": "Budget__c", "type": "currency", "digits": 0, "precision": 18, "scale": 2},
        {"name": "Cached__c", "type": "double", "scale": 2},
    ))  # fmt: skip
    assert [info.whole_digits for info in schema.fields.values()] == [8, 16, None]


def test_state_and_country_have_the_labels_of_their_code_fields_and_accept_others() -> None:
    values = [{"active": True, "value": "FR", "label": "France"}, {"active": False, "value": "SU", "label": "USSR"}]
    schema = parse_describe(described(
        {"name": "Country", "type": "string", "length": 80},
        {"name": "CountryCode", "type": "picklist", "restrictedPicklist": True, "picklistValues": values},
        {"name": "State", "type": "string", "length": 80},
    ))  # fmt: skip
    assert (schema.fields["Country"].restricted, schema.fields["Country"].values) == (False, ("France",))
    assert (schema.fields["State"].restricted, schema.fields["State"].values) == (False, ())


def test_the_nearest_field_of_a_misspelt_name() -> None:
    schema = parse_describe(described({"name": "LastName"}, {"name": "Title"}))
    assert schema.nearest("Lastname") == "LastName"
    assert schema.nearest("Budget__c") is None


def test_the_nearest_field_may_have_another_order_of_words() -> None:
    schema = parse_describe(described({"name": "Replay_Status_Livestorm__c"}, {"name": "Status"}))
    assert schema.nearest("Livestorm_Replay_Status__c") == "Replay_Status_Livestorm__c"
