"""Commands of the containers and the generated .env."""

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

from livestorm_salesforce.cli import container
from scripts import make_env

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def server() -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthy" else 503)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{made.server_port}"
        made.shutdown()


def test_a_health_check_passes_only_on_success(server: str) -> None:
    assert container.main(["health", f"{server}/healthy"]) == 0
    assert container.main(["health", f"{server}/unhealthy"]) == 1
    assert container.main(["health", "http://127.0.0.1:9"]) == 1


def test_a_health_check_imports_neither_airflow_nor_pandas() -> None:
    program = (
        "import sys\n"
        "from livestorm_salesforce.cli.main import main\n"
        "main(['container', 'health', 'http://127.0.0.1:9'])\n"
        "print([name for name in ('airflow', 'pandas', 'requests') if name in sys.modules])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    assert ended.stdout == "[]\n"


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


def test_init_and_connect_can_be_repeated_and_keep_existing_connections(tmp_path: Path) -> None:
    exports = tmp_path / "connections.env"
    command = [sys.executable, "-m", "livestorm_salesforce.cli.main", "container"]
    for host in ("first", "second"):
        exports.write_text(f'AIRFLOW_CONN_LIVESTORM_DEFAULT=\'{{"conn_type": "livestorm", "host": "{host}"}}\'\n')
        airflow(tmp_path, *command, "init")
        airflow(tmp_path, *command, "connect", str(exports))
    shown = json.loads(airflow(tmp_path, "airflow", "connections", "get", "livestorm_default", "-o", "json"))
    assert (shown[0]["conn_type"], shown[0]["host"]) == ("livestorm", "first")
    assert json.loads((tmp_path / "passwords.json").read_text()) == {"admin": "given"}


def test_sandbox_connections_are_refused_if_the_environment_defines_real_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    exports = tmp_path / "connections.env"
    exports.write_text("AIRFLOW_CONN_SALESFORCE_DEFAULT='{}'\n")
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", '{"password": "real"}')
    assert container.connect(exports) == 1
    message = capsys.readouterr().err
    assert "AIRFLOW_CONN_SALESFORCE_DEFAULT" in message
    assert 'real"' not in message


def test_an_existing_environment_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".env.example").write_text("# comment\nPOSTGRES_PASSWORD=\nAIRFLOW_PORT=8080\n")
    assert make_env.main(tmp_path) == 0
    text = (tmp_path / ".env").read_text()
    assert make_env.main(tmp_path) == 1
    assert (tmp_path / ".env").read_text() == text
    assert "AIRFLOW_PORT=8080\n" in text
    assert len(text.split("POSTGRES_PASSWORD=")[1].splitlines()[0]) == 48
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
