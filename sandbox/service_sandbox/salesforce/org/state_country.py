"""State and Country/Territory Picklists: text fields accept known integration values only, and have code fields.

Labels and integration values are identical here (see UNVERIFIED.md).
"""

from functools import cache
from typing import Any

from ruamel.yaml import YAML

from service_sandbox.salesforce.model.errors import RecordError
from service_sandbox.salesforce.model.schema import DATA, Field, SObject

PREFIXES = {"Lead": ("",), "Contact": ("Mailing", "Other")}
PROBLEM = (
    "There's a problem with this {0}, even though it may appear correct. "
    "Please select a {1} from the list of valid {2}."
)
COUNTRY = PROBLEM.format("country", "country/territory", "countries")
STATE = PROBLEM.format("state", "state/province", "states")
NO_COUNTRY = "A country/territory must be specified before specifying a state value for field"


@cache
def countries_and_states() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Returns countries by code, and states by code of each country that has states."""
    data = YAML(typ="safe").load(DATA / "places.yaml")
    return data["countries"], data["states"]


def enable_state_country_picklists(org: Any) -> None:
    """Adds the code fields and the check to an org."""
    countries, states = countries_and_states()
    codes = {"Country": list(countries), "State": sorted({code for some in states.values() for code in some})}
    for name, prefixes in PREFIXES.items():
        sobject = org.schema[name]
        for prefix in prefixes:
            for part, values in codes.items():
                text = sobject.fields[f"{prefix}{part}"]
                label = f"{text.label} Code"
                code = Field(f"{text.name}Code", label, "picklist", "NCUFGSAP", length=10, restricted=True)
                code.values, code.part_of = values, text.part_of
                sobject.add(code)
                org.store.add_column(sobject, code)
    org.policies.checks.append(check)


def check(sobject: SObject, row: dict[str, Any], changes: dict[str, Any], operation: str, context: Any) -> None:
    """Rejects unknown countries and states; sets the code for a label and the label for a code."""
    for prefix in PREFIXES.get(sobject.name, ()):
        country, state = sobject.fields[f"{prefix}Country"], sobject.fields[f"{prefix}State"]
        countries, states = countries_and_states()
        _complete(country, countries, changes, COUNTRY)
        code = {**row, **changes}.get(f"{country.name}Code")
        if any(changes.get(name) for name in (state.name, f"{state.name}Code")):
            if not code:
                raise RecordError("FIELD_INTEGRITY_EXCEPTION", f"{NO_COUNTRY}: {state.label}", [state.name])
            _complete(state, states.get(code, {}), changes, STATE)
        elif {state.name, f"{state.name}Code"} & changes.keys():
            changes[state.name] = changes[f"{state.name}Code"] = None


def _complete(item: Field, known: dict[str, str], changes: dict[str, Any], problem: str) -> None:
    code_name = f"{item.name}Code"
    if changes.get(code_name):
        if changes[code_name] not in known:
            raise RecordError("FIELD_INTEGRITY_EXCEPTION", f"{problem}: {item.label}", [item.name])
        changes[item.name] = known[changes[code_name]]
    elif changes.get(item.name):
        wanted = changes[item.name].casefold()
        code = next((code for code, label in known.items() if label.casefold() == wanted), None)
        if code is None:
            raise RecordError("FIELD_INTEGRITY_EXCEPTION", f"{problem}: {item.label}", [item.name])
        changes[item.name], changes[code_name] = known[code], code
    elif {item.name, code_name} & changes.keys():
        changes[item.name] = changes[code_name] = None
