"""Every cause, remedy, problem text and checklist line of the product has a French text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

import livestorm_salesforce
from livestorm_salesforce import errors
from livestorm_salesforce.errors import SyncError
from livestorm_salesforce.web.stored_texts import patterns, sentence, stored_sentence, stored_text, translated
from livestorm_salesforce.web.translations import Translator

PRODUCT = Path(livestorm_salesforce.__file__).parent
FRENCH, ENGLISH = Translator("fr"), Translator("en")
ERRORS = {name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, SyncError)}
#: Files of which pages show every sentence.
WHOLE = (
    "tasks/setup/", "domain/report/approval_problems.py", "domain/report/campaign_problems.py",
    "domain/report/row_problems.py", "domain/report/session_problems.py", "domain/plan/org_check.py",
    "domain/plan/filtered_fields.py", "domain/plan/safety_limits.py", "state/health.py", "orchestration/failures.py",
    "config/validation.py", "config/constraints.py",
)  # fmt: skip
#: Names of constants with remedies.
REMEDIES = re.compile("REMED|^TOKEN$|^SCOPE$|^WORKSPACE$|^DOWN$|^ZAPIER$|^INCOMPLETE$|^RESTORE$")
#: Commands and values to copy, and fragments of texts that are checked as a whole.
NOT_SHOWN = {
    "PRAGMA quick_check", "pip install .", "livestorm-salesforce doctor", "livestorm-salesforce webhooks",
    "livestorm-salesforce webhooks --url https://YOUR-AIRFLOW3", "Events: read", "Marketing User", "not loaded",
    "left out", "stored, but reports and filters do not offer it", "first name", "last name", "sessions whose event is",
    "statuses refused: ", ", on-demand sessions listed every 3 minutes", " (3 with a webhook delivery)",
    "3 in an unknown format", "CampaignMember.Status: 3", "3:3: 3.", " or ", "[key]", "inactive user",
    "inactive organization",
}  # fmt: skip
SAMPLE = "3"


def text_of(node: ast.AST) -> str:
    """A literal with a sample for each value; empty for other expressions."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(one.value if isinstance(one, ast.Constant) else SAMPLE for one in node.values)
    return ""


def is_sentence(text: str) -> bool:
    return " " in text and len(re.findall("[A-Za-z]{2,}", text)) >= 2


def texts(tree: ast.AST) -> Iterator[str]:
    """All literals but docstrings and log messages."""
    skipped: set[int] = set()
    for node in ast.walk(tree):
        is_log = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("log.")
        if is_log or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            skipped |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.JoinedStr):
            skipped |= {id(inner) for inner in node.values}
    yield from (text_of(node) for node in ast.walk(tree) if id(node) not in skipped)


def texts_of_errors(tree: ast.Module) -> Iterator[str]:
    """Messages and remedies of errors: arguments, local variables named `message`, constants of the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ERRORS | {"Problem"}:
            yield from map(text_of, [*node.args, *(keyword.value for keyword in node.keywords)])
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "message":
            yield text_of(node.value)
    for node in tree.body:
        names = [getattr(one, "id", "") for one in getattr(node, "targets", [])]
        if isinstance(node, ast.Assign) and any(map(REMEDIES.search, names)):
            yield from texts(node)


def shown_texts() -> set[str]:
    found: set[str] = set()
    for path in PRODUCT.rglob("*.py"):
        name = path.relative_to(PRODUCT).as_posix()
        if name.startswith(("cli/", "web/translations/")) or name in ("problems.py", "errors.py"):
            continue  # shown in a shell, raised by a wrong template, or covered by another test
        tree = ast.parse(path.read_text("utf-8"))
        found |= {*(texts(tree) if name.startswith(WHOLE) else texts_of_errors(tree))}
    defaults = [getattr(errors, name).remedy for name in ERRORS]
    return {text for text in chain(found, defaults) if is_sentence(text)} - NOT_SHOWN


def test_every_text_that_a_page_shows_has_a_french_text() -> None:
    shown = shown_texts()
    assert len(shown) > 350
    missing = sorted(text for text in shown if translated(FRENCH, text) is None)
    assert missing == [], (
        "add them to web/translations/en and fr: causes-*.ftl, checks.ftl, notices.ftl or mistakes.ftl"
    )


def test_each_pattern_matches_its_own_text() -> None:
    ids = {pattern.message_id for pattern in patterns()}
    assert len(ids) > 400 and all(FRENCH.has(one) for one in ids)


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("Version 0009.", "Version 0009."),
        ("Lead refused", "Piste : enregistrement refusé"),
        ("There is no connection 'livestorm_default' in Airflow.",
         "La connexion « livestorm_default » n'existe pas dans Airflow."),
        ("Livestorm's allowance of 10,000 calls per 30 days is used up (HTTP 429 to GET /events).",
         "Le quota Livestorm de 10\u202f000 appels par 30 jours est épuisé (HTTP 429 à GET /events)."),
        ("1 run(s) did not end, the first is a: clear their failed task in Airflow.",
         "1 exécution ne s'est pas terminée, la première est a : relancez dans Airflow la tâche en échec."),
        ("2 run(s) did not end, the first is a: clear their failed task in Airflow.",
         "2 exécutions ne se sont pas terminées, la première est a : relancez dans Airflow la tâche en échec."),
        ("Lead.Phone: longer than 40 characters: field left out", "Lead.Phone : plus de 40 caractères : champ omis"),
        ("Campaign.Type has no active value 'Webinar': it is left out",
         "Campaign.Type n'a pas de valeur active « Webinar » : elle est omise"),
        ("Correct the address in Livestorm.", "Corrigez l'adresse dans Livestorm."),
        ("There is no plan to report on: the task plan failed. Livestorm answered HTTP 502 to GET /events.",
         "Il n'y a pas de plan dont rendre compte : la tâche plan a échoué. "
         "Livestorm a répondu HTTP 502 à GET /events."),
        ("1 mistake(s) in the mapping:\n  m.yaml:3: lead.Title: unknown attribute 'job' (did you mean 'company'?)\n",
         "1 erreur dans les correspondances :\n"
         "  m.yaml:3 : lead.Title : attribut inconnu « job » (vouliez-vous dire « company » ?)\n"),
        ("2 problem(s) with this Salesforce org: Lead.X__c cannot be written: give edit access, use policy "
         "create_only, or unmap it. Contact.Email is hidden: give the user read access.",
         "2 problèmes avec cette organisation Salesforce : Lead.X__c ne peut pas être écrit : donnez-en la "
         "modification, utilisez la règle create_only, ou retirez-le des correspondances. Contact.Email est masqué : "
         "donnez la lecture à l'utilisateur."),
    ],
)  # fmt: skip
def test_values_are_kept_numbers_are_formatted_and_parts_are_translated(english: str, french: str) -> None:
    assert (translated(FRENCH, english) or "").replace("\N{NO-BREAK SPACE}", " ") == french
    assert stored_text(ENGLISH, english) == english


def test_a_text_without_translation_is_marked_as_english() -> None:
    assert str(stored_text(FRENCH, "a <b> of tomorrow")) == '<span lang="en">a &lt;b&gt; of tomorrow</span>'
    assert str(stored_text(FRENCH, "Company")) == '<span lang="en">Company</span>', "a name is no text"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("correct the address in Livestorm", "Correct the address in Livestorm."),
        ("All values are valid.", "All values are valid."),
        ("lead.Title is left out", "lead.Title is left out."),
        ("livestorm-salesforce webhooks lists them", "livestorm-salesforce webhooks lists them."),
        ("sync@acme.example", "sync@acme.example"),
        ("", ""),
    ],
)
def test_a_text_of_its_own_is_a_sentence(text: str, shown: str) -> None:
    assert sentence(text) == shown
    assert stored_sentence(ENGLISH, text) == shown


def test_a_sentence_is_french_or_marked_as_english() -> None:
    assert stored_sentence(FRENCH, "correct the address in Livestorm") == "Corrigez l'adresse dans Livestorm."
    assert str(stored_sentence(FRENCH, "a <b> of tomorrow")) == '<span lang="en">A &lt;b&gt; of tomorrow.</span>'


def test_no_text_is_empty_in_both_languages() -> None:
    """An empty text that is marked as English would hide the text a page shows instead."""
    for language in (ENGLISH, FRENCH):
        assert not stored_sentence(language, "") and not stored_text(language, None)
