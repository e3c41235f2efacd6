"""The mapping file: valid content, and errors with file, line, position and a suggestion."""

from __future__ import annotations

from pathlib import Path

import pytest

from livestorm_salesforce.config import Mapping, load_mapping
from livestorm_salesforce.config.attributes import FOR_CAMPAIGNS, FOR_MEMBERS, FOR_PEOPLE
from livestorm_salesforce.domain.plan.campaigns import RULED
from livestorm_salesforce.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "company.yaml"


def mistakes(file: Path, text: str) -> list[str]:
    """The lines of the message that tell a mistake, without the file's folder."""
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load_mapping(file)
    result = [line.strip() for line in str(caught.value).splitlines() if line.strip().startswith(str(file))]
    return [line.removeprefix(f"{file}:") for line in result]


def test_the_file_supplied_says_what_the_defaults_are() -> None:
    assert load_mapping() == Mapping()


def test_an_empty_file_is_the_defaults(file: Path) -> None:
    file.write_text("# nothing yet\n")
    assert load_mapping(file) == Mapping()


def test_a_company_keeps_its_own_file(file: Path) -> None:
    file.write_text(
        "custom_attributes: [votre_secteur]\n"
        "people: {create: contact, account: match}\n"
        "contact:\n"
        "  LastName: last_name\n"
        "  Email: {from: email, policy: create_only}\n"
        "  Sector__c: {from: votre_secteur, fallback: unknown, policy: fill_blank}\n"
        "  LeadSource: {value: Webinar, policy: create_only}\n"
        "campaign_member: {Rate__c: attendance_rate}\n"
        "replay: null\n"
    )
    mapping = load_mapping(file)
    assert mapping.created_object == "Contact"
    assert mapping.contact["Sector__c"].policy == "fill_blank"
    assert mapping.contact["Sector__c"].fallback == "unknown"
    assert mapping.contact["LeadSource"].value == "Webinar"
    assert mapping.contact["LastName"].policy == "overwrite"
    assert mapping.lead == Mapping().lead
    assert mapping.replay is None


def test_levels_may_share_their_lines_by_a_merge(file: Path) -> None:
    file.write_text("lead: &both {LastName: last_name, Email: email}\ncontact: {<<: *both, Phone: phone}\n")
    mapping = load_mapping(file)
    assert set(mapping.contact) == {"LastName", "Email", "Phone"}


@pytest.mark.parametrize("fields", ["LastName: last_name", "LastName: last_name, Email: {value: info@acme.example}"])
@pytest.mark.parametrize(("create", "other"), [("lead", "contact"), ("contact", "lead")])
def test_who_is_made_must_get_the_address_by_which_they_are_found_again(
    file: Path, create: str, other: str, fields: str
) -> None:
    file.write_text(f"people: {{create: {create}}}\n{create}: {{{fields}}}\n")
    with pytest.raises(ConfigError, match=f"2: {create}: must map 'Email' from 'email'"):
        load_mapping(file)
    file.write_text(f"people: {{create: {create}}}\n{other}: {{{fields}}}\n")
    assert "LastName" in load_mapping(file).fields_of(other.capitalize())


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("leed:\n  Title: job_title\n", "1: leed: unknown key 'leed' (did you mean 'lead'?)"),
        ("\npeople:\n  creat: lead\n", "3: people.creat: unknown key 'creat' (did you mean 'create'?)"),
        ("campain_member: {}\n", "1: campain_member: unknown key 'campain_member' (did you mean 'campaign_member'?)"),
        ("lead:\n  Title: {form: job_title}\n", "2: lead.Title.form: unknown key 'form' (did you mean 'from'?)"),
        ("lead:\n  Title: job_titel\n", "2: lead.Title: unknown attribute 'job_titel' (did you mean 'job_title'?)"),
        (
            "contact:\n  Title:\n    policy: fill_blank\n    from: job_titel\n",
            "4: contact.Title.from: unknown attribute 'job_titel' (did you mean 'job_title'?)",
        ),
        (
            "campaign:\n  fields:\n    Topic__c: event_titel\n",
            "3: campaign.fields.Topic__c: unknown attribute 'event_titel' (did you mean 'event_title'?)",
        ),
        (
            "lead:\n  Title:\n    from: job_title\n    policy: fill_blanks\n",
            "4: lead.Title.policy: unknown word 'fill_blanks' (did you mean 'fill_blank'?)",
        ),
        ("people:\n  create: leads\n", "2: people.create: unknown word 'leads' (did you mean 'lead'?)"),
        (
            "campaign:\n  policies:\n    Nam: create_only\n",
            "3: campaign.policies.Nam: unknown word 'Nam' (did you mean 'Name'?)",
        ),
        ("version: 2\n", "1: version: unknown word '2' (valid: 1)"),
    ],
)
def test_an_unknown_key_is_reported_with_line_and_suggestion(file: Path, text: str, result: str) -> None:
    assert mistakes(file, text) == [result]


def test_what_belongs_to_one_session_is_sent_to_the_member(file: Path) -> None:
    assert mistakes(file, "lead:\n  Rate__c: attendance_rate\n") == [
        "2: lead.Rate__c: unknown attribute 'attendance_rate' here: what somebody did in one session goes to "
        "campaign_member"
    ]


def test_a_question_of_the_companys_own_form_is_named_first(file: Path) -> None:
    [result] = mistakes(file, "lead:\n  Sector__c: votre_secteur\n")
    assert result.startswith("2: lead.Sector__c: unknown attribute 'votre_secteur' (valid: city, company,")
    assert result.endswith("a question of your own forms is first named in custom_attributes")


def test_a_question_cannot_have_the_slug_of_what_livestorm_itself_knows_of_a_registration(file: Path) -> None:
    text = "custom_attributes:\n  - sector\n  - attended\n  - referrer\nlead:\n  Email: email\n  Came__c: attended\n"
    assert [line.split(" and cannot")[0] for line in mistakes(file, text)] == [
        "3: custom_attributes.1: 'attended' is an attribute of Livestorm's own",
        "4: custom_attributes.2: 'referrer' is an attribute of Livestorm's own",
    ]


def test_a_question_may_have_the_slug_of_an_answer_or_of_something_of_sessions(file: Path) -> None:
    file.write_text("custom_attributes: [company, language, duration]\n")
    assert load_mapping(file).custom_attributes == ("company", "language", "duration")


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("people:\n  account: Acme\n", "2: people.account: is none, match, or the id of one Account"),
        ("people:\n  public_domains:\n    - '@mail.example'\n", "3: people.public_domains.0: is not the domain of"),
        ("people:\n  public_domains: [gmx.*]\n", "2: people.public_domains.0: is not the domain of addresses, as in"),
        ("people:\n  team_members: perhaps\n", "2: people.team_members: write true or false"),
        ("people:\n", "1: people: has nothing under it: fill it, or remove the line for the default"),
        ("lead:\n  Title:\n", "2: lead.Title: has nothing under it: fill it, or remove the line for the default"),
        ("lead:\n  Title: [job_title]\n", "2: lead.Title: write names and values, as in 'from: job_title'"),
        ("lead: job_title\n", "1: lead: write names and values, as in 'Title: job_title'"),
        ("lead:\n  Bad Name: city\n", "2: lead.Bad Name: is not the API name of a Salesforce field"),
        ("lead:\n  Title: {from: job_title, value: x}\n", "2: lead.Title: give either 'from'"),
        ("lead:\n  Title: {policy: overwrite}\n", "2: lead.Title: give either 'from'"),
        ("lead:\n  City: city\n  Id: email\n", "3: lead.Id: is written by the rules themselves"),
        ("campaign_member:\n  Status: attended\n", "2: campaign_member.Status: is written by the rules themselves"),
        (
            "campaign:\n  external_id: Key__c\n  fields:\n    Key__c: session_id\n",
            "4: campaign.fields.Key__c: is written by the rules themselves",
        ),
        ("custom_attributes: votre_secteur\n", "1: custom_attributes: write a list, as in [one, two]"),
        ("reading:\n  verify_hours: soon\n", "2: reading.verify_hours: write a number"),
        ("fallback: ''\n", "1: fallback: must not be empty"),
        ("campaign:\n  link:\n    sessions:\n      s1: 0031\n", "4: campaign.link.sessions.s1: String should match"),
        ("campaign:\n  link:\n    sessions:\n      s1: '0031'\n", "4: campaign.link.sessions.s1: String should match"),
        ("campaign:\n  link:\n    events:\n      e1: [701000000000001]\n", "4: campaign.link.events.e1: write text"),
        ("reading:\n  replay_hours: .inf\n", "2: reading.replay_hours: write a number"),
        ("reading:\n  importance: [replays, replays]\n", "2: reading.importance: names a purpose twice"),
        ("reading:\n  importance: [replay]\n", "2: reading.importance"),
        ("reading:\n  replay_hours: nan\n", "2: reading.replay_hours: write a number"),
        (
            "reading:\n  replay_days: " + "9" * 4_000 + "\n",
            "2: reading.replay_days: Input should be less than or equal",
        ),
        ("statuses:\n  attended: {label: Attended}\n", "1: statuses: Salesforce wants at least one status"),
        ("statuses:\n  attended: {label: REGISTERED, responded: true}\n", "1: statuses: two statuses have the same"),
        ("statuses:\n  registered: {label: 'x" + "x" * 40 + "'}\n", "2: statuses.registered.label: String should have"),
    ],
)
def test_an_invalid_value_is_reported_in_plain_words(file: Path, text: str, result: str) -> None:
    [found] = mistakes(file, text)
    assert found.startswith(result)
    assert "instance of" not in found


def test_all_errors_are_reported_at_once_in_line_order(file: Path) -> None:
    found = mistakes(
        file,
        "people:\n  creat: lead\n  account: Acme\nlead:\n  Title: job_titel\n  City: {from: citty, policy: no}\n"
        "contact:\n  Title: jobtitle\nevents:\n  exlude: [a]\n",
    )
    assert [line.split(": ")[:2] for line in found] == [
        ["2", "people.creat"],
        ["3", "people.account"],
        ["5", "lead.Title"],
        ["6", "lead.City.from"],
        ["6", "lead.City.policy"],
        ["8", "contact.Title"],
        ["10", "events.exlude"],
    ]


@pytest.mark.parametrize(
    ("text", "line", "result"),
    [
        ("lead: !!python/object/apply:os.system ['echo hacked']\n", 1, "tags such as python/object/apply:os.system"),
        ("lead:\n  Title: !!python/name:os.system job_title\n", 2, "tags such as python/name:os.system"),
        ("lead: !company\n  Title: job_title\n", 1, "tags such as company"),
        ("lead:\n  Title: job_title\n bad: [\n", 3, "not YAML"),
        ("lead:\n\tTitle: job_title\n", 2, "not YAML"),
        ("lead:\n  Title: job_title\n  Title: city\n", 3, 'not YAML: found duplicate key "Title"'),
        ("- lead\n- contact\n", 1, "expected sections such as 'lead:'"),
        ("hello\n", 1, "expected sections such as 'lead:'"),
    ],
)
def test_what_is_not_plain_yaml_is_refused_with_its_line(file: Path, text: str, line: int, result: str) -> None:
    [found] = mistakes(file, text) or [""]
    assert found.startswith(f"{line}: {result}")


def test_a_file_that_is_not_text_is_refused(file: Path) -> None:
    file.write_bytes(b"lead:\n  Title: job_title\nfallback: '\xe9'\n")
    with pytest.raises(ConfigError, match=r"company\.yaml:3: the text is not UTF-8.*save the file as UTF-8"):
        load_mapping(file)
    file.write_bytes(b"lead: \x00\n")
    with pytest.raises(ConfigError, match="control characters"):
        load_mapping(file)


def test_a_missing_file_names_the_setting_that_led_there(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.yaml", tmp_path):
        with pytest.raises(ConfigError, match=f"{path.name}.*cannot be read.*LIVESTORM_SALESFORCE_MAPPING"):
            load_mapping(path)


def test_every_attribute_can_be_mapped_where_it_may_go(file: Path) -> None:
    def fields(attributes: dict) -> str:
        return "".join(f"\n    F{number}__c: {name}" for number, name in enumerate(attributes))

    file.write_text(
        f"lead:{fields(FOR_PEOPLE)}\n    Email: email\ncontact:{fields(FOR_PEOPLE)}\n"
        f"campaign_member:{fields(FOR_MEMBERS)}\n"
        f"campaign:\n  fields:{fields(FOR_CAMPAIGNS).replace('    F', '      F')}\n"
    )
    mapping = load_mapping(file)
    assert [rule.attribute for rule in mapping.campaign_member.values()] == list(FOR_MEMBERS)
    assert [rule.attribute for rule in mapping.campaign.fields.values()] == list(FOR_CAMPAIGNS)


def test_policies_may_speak_of_every_campaign_field_that_the_rules_fill(file: Path) -> None:
    file.write_text("campaign:\n  policies: {" + ", ".join(f"{name}: create_only" for name in RULED) + "}\n")
    assert set(load_mapping(file).campaign.policies) == set(RULED)


def test_a_mapping_cannot_be_changed_after_it_was_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_mapping().people.create = "contact"
