"""Makes the virtual environment, and compiles the pins. Standard library only: it runs before anything is installed.

The syntax stays readable by Python 3.6, so that an interpreter that is too old gets a sentence, not a SyntaxError.
"""

import compileall
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

#: What requirements.txt is compiled from.
SOURCES = ["requirements.in", "pyproject.toml", "sandbox/pyproject.toml"]
#: Packages that another one requires with an extra, and whose pin is not the newest release. With hashes, pip takes the
#: newest release for the name with the extra before it compares it with the pin of the name, and stops.
WITH_EXTRAS = {"celery": "redis"}
OLDEST = (3, 11)
NEWER = ["python3.14", "python3.13", "python3.12", "python3.11"]
ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements.txt"
# The two packages of this checkout, on top of the lock file, which has their dependencies and their build backend.
PROJECT = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT), "--editable", str(ROOT / "sandbox")]


def main(arguments: list) -> int:
    """`install VENV STAMP` or `lock UV_VERSION [uv options]`."""
    problem = version_problem()
    if problem:
        return complain(problem)
    verb, *rest = arguments
    try:
        if verb == "install":
            install(Path(rest[0]), Path(rest[1]))
        else:
            lock(rest[0], rest[1:])
    except subprocess.CalledProcessError as error:
        return complain(f"This command failed, its own message is above:\n  {' '.join(map(str, error.cmd))}")
    return 0


def version_problem() -> str:
    """Why this interpreter will not do, with a better one of this machine if there is one; empty when it will."""
    if sys.version_info[:2] >= OLDEST:
        return ""
    found = [name for name in NEWER if shutil.which(name)]
    remedy = f"This machine has one: make demo PYTHON={found[0]}" if found else "Install one, e.g. python3.11."
    wanted, actual = ".".join(map(str, OLDEST)), ".".join(map(str, sys.version_info[:3]))
    return f"Python {wanted} or newer is needed; {sys.executable} is {actual}. {remedy}"


def install(venv: Path, stamp: Path) -> None:
    """A fresh environment with exactly the pins. The stamp is written last: an interrupted install starts again.

    Raises:
        subprocess.CalledProcessError: making the environment or installing failed.
    """
    pins = sum(1 for line in REQUIREMENTS.read_text().splitlines() if line and line[0] not in " #")
    print(f"Installing {pins} packages from requirements.txt into {venv} (once; a minute or two).", flush=True)
    uv = shutil.which("uv")
    python = venv / "bin" / "python"
    if uv:
        run(uv, "venv", "--quiet", "--clear", "--no-python-downloads", "--python", sys.executable, venv)
        run(uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, "-r", REQUIREMENTS)
        run(uv, "pip", "install", "--quiet", "--python", python, *PROJECT)
        run(uv, "pip", "check", "--quiet", "--python", python)
    else:
        require_ensurepip()
        run(sys.executable, "-m", "venv", "--clear", venv)
        pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input"]
        run(*pip, "install", "--quiet", "--progress-bar", "off", "-r", REQUIREMENTS)
        run(*pip, "install", "--quiet", *PROJECT)
        run(*pip, "check", stdout=subprocess.DEVNULL)
    for folder in ("include", "sandbox", "scripts", "dags"):
        compileall.compile_dir(str(ROOT / folder), quiet=2)
    stamp.write_text(f"{sys.version}\n")


def require_ensurepip() -> None:
    """Debian and Ubuntu ship venv's pip apart from Python.

    Raises:
        SystemExit: it is missing; the message names the package.
    """
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        release = ".".join(map(str, sys.version_info[:2]))
        sys.exit(
            f"{sys.executable} cannot make virtual environments: the module ensurepip is missing.\n"
            f"On Debian and Ubuntu: apt-get install python{release}-venv"
        )


def lock(uv_version: str, options: list) -> None:
    """requirements.txt with hashes, for every Python from 3.11 on and every platform, by uv.

    Raises:
        subprocess.CalledProcessError: uv found no set of versions, or could not be installed.
    """
    uv = shutil.which("uv")
    if not uv:
        run(sys.executable, "-m", "pip", "install", "--quiet", f"uv=={uv_version}")
        uv = Path(sys.executable).parent / "uv"
    compiled = ["--universal", "--generate-hashes", "--python-version", ".".join(map(str, OLDEST))]
    compiled += ["--custom-compile-command", "make lock"]
    run(uv, "pip", "compile", "--quiet", *compiled, *options, *SOURCES, "-o", "requirements.txt")
    REQUIREMENTS.write_text(with_extras(REQUIREMENTS.read_text()))


def with_extras(text: str) -> str:
    """The lock with a second entry for each package of `WITH_EXTRAS`."""
    blocks = re.split(r"(?m)^(?=[a-zA-Z])", text)
    own = {block.split("==")[0]: block for block in blocks}
    return "".join(
        [block for block in blocks if "[" not in block.split("==")[0]]
        + [own[name].replace(name, f"{name}[{extra}]", 1) for name, extra in WITH_EXTRAS.items()]
    )


def run(*command: object, **options: object) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    subprocess.run([str(word) for word in command], check=True, cwd=str(ROOT), env=environment, **options)  # noqa: S603


def complain(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
