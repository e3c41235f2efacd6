"""The Dockerfile, checked as text without Docker."""

from __future__ import annotations

import re

from tests.packaging.test_compose import AIRFLOW_SERVICES, DOCUMENT, OURS, ROOT, TEXT, volumes

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_code_comes_from_the_installed_package_only() -> None:
    assert "PYTHONPATH" not in TEXT + DOCKERFILE
    assert {source for service in OURS.values() for source, _ in volumes(service).values() if "." in source} == {
        "./dags"
    }


def stages() -> dict[str, str]:
    """Text of each stage of the Dockerfile, by name."""
    parts = re.split(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, flags=re.MULTILINE)
    return dict(zip(parts[2::3], parts[3::3], strict=True))


def test_the_production_image_is_the_default_and_contains_the_product_only() -> None:
    assert list(stages())[-1] == "airflow"
    production = stages()["airflow"] + stages()["airflow-packages"] + stages()["build"] + stages()["base"]
    copied = re.findall(r"^COPY (?:--chown=\S+ )?([^-\s].*) \S+$", production, re.MULTILINE)
    assert " ".join(copied).split() == [
        "scripts/airflow_local_settings.py", "dags", "pyproject.toml", "README.md", "include", "requirements.txt",
    ]  # fmt: skip


def test_services_are_built_from_their_stage() -> None:
    targets = {name: service["build"]["target"] for name, service in OURS.items()}
    assert targets == dict.fromkeys(AIRFLOW_SERVICES, "airflow") | {"sandbox": "sandbox"}
    assert set(targets.values()) < set(stages())


def test_the_image_preloads_libraries() -> None:
    line = "COPY --chown=50000:0 scripts/airflow_local_settings.py /airflow/config/airflow_local_settings.py"
    assert line in stages()["airflow"]
    assert "LIVESTORM_SALESFORCE_STORE=/airflow/stage" in stages()["airflow"]


def test_every_named_volume_is_declared_and_owned_by_the_user_of_the_image() -> None:
    """A named volume takes its owner from the image's folder; a folder that the image lacks belongs to root."""
    (created,) = re.findall(r"install -d -o 50000 .*?(/airflow .*)$", DOCKERFILE, re.MULTILINE)
    for service in OURS.values():
        for target, (source, _) in volumes(service).items():
            if not source.startswith("."):
                assert source in DOCUMENT["volumes"]
                assert target in created.split()
    assert "USER 50000" in DOCKERFILE


def test_the_build_context_contains_what_is_copied() -> None:
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    lines = re.findall(r"^COPY (?:--chown=\S+ )?([^-\s].*) \S+$", DOCKERFILE, re.MULTILINE)
    copied = " ".join(lines).split()
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / name).exists() for name in copied)
