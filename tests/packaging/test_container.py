"""The small deeds of the containers, done here."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scripts import container, make_env

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server() -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/well" else 503)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def test_a_health_check_passes_only_on_success(server: str) -> None:
    assert container.main(["answers", f"{server}/well"]) == 0
    assert container.main(["answers", f"{server}/ill"]) == 1
    assert container.main(["answers", "http://127.0.0.1:9"]) == 1


def test_the_password_file_holds_the_given_password_and_keeps_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "passwords.json"
    monkeypatch.setenv("AIRFLOW_ADMIN_PASSWORD", "first")
    container.write_passwords(file)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"viewer": "theirs"}))
    monkeypatch.setenv("AIRFLOW_ADMIN_PASSWORD", "second")
    container.write_passwords(file)
    assert json.loads(file.read_text()) == {"admin": "second", "viewer": "theirs"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def airflow(tmp_path: Path, *command: str) -> str:
    environment = os.environ | {
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(tmp_path / "passwords.json"),
        "AIRFLOW_ADMIN_PASSWORD": "given",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    ended = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_init_and_connect_leave_an_airflow_that_knows_its_connections_and_may_be_repeated(tmp_path: Path) -> None:
    exports = tmp_path / "connections.env"
    module = [sys.executable, "-m", "scripts.container"]
    for host in ("first", "second"):
        exports.write_text(f'AIRFLOW_CONN_LIVESTORM_DEFAULT=\'{{"conn_type": "livestorm", "host": "{host}"}}\'\n')
        airflow(tmp_path, *module, "init")
        airflow(tmp_path, *module, "connect", str(exports))
    shown = json.loads(airflow(tmp_path, "airflow", "connections", "get", "livestorm_default", "-o", "json"))
    assert (shown[0]["conn_type"], shown[0]["host"]) == ("livestorm", "first")
    assert json.loads((tmp_path / "passwords.json").read_text()) == {"admin": "given"}


def test_stand_ins_are_refused_beside_real_connections(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exports = tmp_path / "connections.env"
    exports.write_text("AIRFLOW_CONN_SALESFORCE_DEFAULT='{}'\n")
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", '{"password": "real"}')
    assert container.connect(str(exports)) == 1
    told = capsys.readouterr().err
    assert "AIRFLOW_CONN_SALESFORCE_DEFAULT" in told and 'real"' not in told


def test_an_environment_is_made_once_and_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("# words\nPOSTGRES_PASSWORD=\nAIRFLOW_PORT=8080\n")
    assert make_env.main(tmp_path) == 0
    made = (tmp_path / ".env").read_text()
    assert make_env.main(tmp_path) == 1
    assert (tmp_path / ".env").read_text() == made
    assert "AIRFLOW_PORT=8080\n" in made
    assert len(made.split("POSTGRES_PASSWORD=")[1].splitlines()[0]) == 48
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
