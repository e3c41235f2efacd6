"""The sandbox as a library and as a program: URLs, certificates, connections and directories."""

from __future__ import annotations

import json
import shlex
import signal
import ssl
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509

from service_sandbox import Sandbox, __main__
from service_sandbox.serving import certificates
from tests.sandbox.conftest import START, Client, Make

ROOT = Path(__file__).resolve().parents[2]


def log_in(sandbox_url: str, key: str, secret: str, ca: str | bool) -> requests.Response:
    form = {"grant_type": "client_credentials", "client_id": key, "client_secret": secret}
    return requests.post(f"{sandbox_url}/services/oauth2/token", form, verify=ca, timeout=30)


def test_the_connections_are_sufficient_to_call_both_services(sandbox: Sandbox) -> None:
    livestorm = json.loads(sandbox.connections["AIRFLOW_CONN_LIVESTORM_DEFAULT"])
    salesforce = json.loads(sandbox.connections["AIRFLOW_CONN_SALESFORCE_DEFAULT"])
    assert livestorm["conn_type"] == "livestorm"
    assert Client(livestorm["host"], livestorm["password"]).get("/ping").status_code == 200
    extra = salesforce["extra"]
    assert (salesforce["conn_type"], extra["version"]) == ("salesforce", "67.0")
    answer = log_in(extra["instance_url"], extra["consumer_key"], extra["consumer_secret"], extra["ca_bundle"])
    assert answer.json()["instance_url"] == extra["instance_url"] == sandbox.salesforce_url


def test_the_certificate_is_valid_only_with_the_ca(sandbox: Sandbox) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{sandbox.salesforce_url}/services/data", timeout=30)
    for host in ("localhost", "127.0.0.1"):
        url = sandbox.salesforce_url.replace("localhost", host)
        assert requests.get(f"{url}/services/data", verify=sandbox.ca_bundle, timeout=30).status_code == 200


def test_certificates_are_created_once_and_renewed_before_they_expire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ca, pair = certificates.ensure(tmp_path)
    first = ca.read_bytes()
    assert certificates.ensure(tmp_path)[0].read_bytes() == first
    assert stat.S_IMODE(Path(pair.key).stat().st_mode) == 0o600
    ssl.create_default_context(cafile=str(ca))
    server = x509.load_pem_x509_certificate(Path(pair.certificate).read_bytes())
    assert server.issuer == x509.load_pem_x509_certificate(first).subject
    assert server.not_valid_after_utc - datetime.now(UTC) > timedelta(days=390)
    monkeypatch.setattr(certificates, "RENEW_BEFORE", timedelta(days=400))
    assert certificates.ensure(tmp_path)[0].read_bytes() != first


def test_certificates_include_a_given_host_name(tmp_path: Path) -> None:
    certificates.ensure(tmp_path)
    _, pair = certificates.ensure(tmp_path, "sandbox.internal.example")
    server = x509.load_pem_x509_certificate(Path(pair.certificate).read_bytes())
    names = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "sandbox.internal.example"} <= set(names.get_values_for_type(x509.DNSName))


def test_salesforce_can_be_served_without_tls(make: Make) -> None:
    sandbox = make(salesforce_http=True)
    assert sandbox.salesforce_url.startswith("http://localhost:")
    assert log_in(sandbox.salesforce_url, sandbox.consumer_key, sandbox.consumer_secret, True).status_code == 200
    assert "ca_bundle" not in sandbox.connections["AIRFLOW_CONN_SALESFORCE_DEFAULT"]


def test_two_sandboxes_are_independent(make: Make) -> None:
    one, two = make(), make(seed={"livestorm": {"seed": 2}})
    assert one.livestorm_url != two.livestorm_url
    assert one.livestorm_token != two.livestorm_token
    assert Client(two.livestorm_url, one.livestorm_token).get("/ping").status_code == 401


def test_a_directory_is_seeded_again_unless_it_is_kept(tmp_path: Path) -> None:
    for keep, events, leads in ((False, 0, 0), (True, 1, 1), (False, 0, 0)):
        with Sandbox("empty", tmp_path, start=START, keep=keep) as sandbox:
            assert (len(sandbox.livestorm.events()), len(sandbox.org.rows("Lead"))) == (events, leads)
            if not keep:
                assert sandbox.clock.timestamp() == pytest.approx(START, abs=30)
                sandbox.livestorm.add_event("Kept")
                sandbox.livestorm.store.set_meta("labels", '{"kept": "1"}')
                sandbox.org.insert("Lead", [{"LastName": "Kept", "Company": "Acme"}])
                sandbox.clock.advance(days=2)
            else:
                assert sandbox.clock.timestamp() == pytest.approx(START + 2 * 86_400, abs=60)
                assert sandbox.labels == {"kept": "1"}
                assert Client(sandbox.livestorm_url, sandbox.livestorm_token).get("/ping").status_code == 200


def test_a_temporary_directory_is_removed() -> None:
    with Sandbox("empty") as sandbox:
        directory = sandbox.directory
        assert (directory / "connections.env").exists()
    assert not directory.exists()


def test_the_program_serves_until_a_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "service_sandbox", "serve", "--directory", str(tmp_path), "--seed", "empty",
               "--start", "2026-11-23T14:10:00Z"]  # fmt: skip
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - the program under test
    try:
        assert process.stdout is not None
        names = [process.stdout.readline().split()[0] for _ in range(5)]
        assert names == ["Livestorm", "Salesforce", "Admin", "Clock", "Connections"]
        file = tmp_path / "connections.env"
        variables = dict(line.split("=", 1) for line in shlex.split(file.read_text()))
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        livestorm = json.loads(variables["AIRFLOW_CONN_LIVESTORM_DEFAULT"])
        answer = Client(livestorm["host"], livestorm["password"]).get("/ping")
        assert answer.headers["Date"].startswith("Mon, 23 Nov 2026 14:1")
        extra = json.loads(variables["AIRFLOW_CONN_SALESFORCE_DEFAULT"])["extra"]
        assert extra["ca_bundle"] == str(tmp_path / "ca.pem")
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
        assert time.monotonic() - started < 20
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seed", "nowhere.yaml"], "unknown seed nowhere.yaml"),
        (["--start", "soon"], "'soon' is not a time"),
        (["--livestorm-port", "{taken}"], "choose another port"),
    ],
)
def test_an_invalid_option_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sandbox: Sandbox, arguments: list[str], message: str
) -> None:
    taken = sandbox.livestorm_url.removesuffix("/v1").rpartition(":")[2]
    with pytest.raises(SystemExit):
        __main__.main(["serve", "--directory", str(tmp_path), *(one.format(taken=taken) for one in arguments)])
    assert message in capsys.readouterr().err.splitlines()[-1]
