"""Prepares this checkout to run: `venv` makes the environment, `system` and `bench` add what only the system can give.

Needs nothing but Python 3.11 or newer; it runs before anything is installed.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv>=0.11"
NEEDS_VENV = """\
This Python cannot make a virtual environment, and no way around it was found here.
Install one of these and run the command again:
    apt-get install python3-venv        (Debian, Ubuntu; as root)
    python3 -m pip install --user uv    (anywhere)
"""
NO_CHROMIUM = """\
No Chromium was found and none could be installed (that takes root or sudo on a system with apt).
The browser tests will be skipped; put `chromium` on the PATH to run them.
"""
NO_WRK = """\
The bench sends its load with wrk, which is not here and could not be installed (that takes root or sudo on a system
with apt). Put `wrk` on the PATH and run the command again.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen step; 0 when the checkout is ready for it, 1 with a sentence on stderr when it is not."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what a person with an older Python meets first
        return _fail("Regulars needs Python 3.11 or newer; name one with `make PYTHON=python3.12 …`.\n")
    parser = argparse.ArgumentParser(description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    venv = steps.add_parser("venv", help="make the virtual environment and install the locked requirements")
    venv.add_argument("folder", type=Path)
    venv.add_argument("requirements", type=Path)
    steps.add_parser("system", help="install Chromium and PostgreSQL through apt where they are missing")
    steps.add_parser("bench", help="install wrk and PostgreSQL through apt where they are missing")
    chosen = parser.parse_args(arguments)
    if chosen.step == "system":
        return prepare_system()
    if chosen.step == "bench":
        return prepare_bench()
    return prepare_venv(chosen.folder, chosen.requirements)


def prepare_venv(folder: Path, requirements: Path) -> int:
    """Make `folder` a virtual environment holding exactly the locked requirements and this project, editable."""
    if not (folder / "bin" / "python").exists() and not make_venv(folder):
        return _fail(NEEDS_VENV)
    try:
        install(folder, requirements)
    except subprocess.CalledProcessError as error:
        return _fail(f"Installing {requirements.name} failed: {error}\n")
    return 0


def make_venv(folder: Path) -> bool:
    """Try each way to a virtual environment, the plain one first; say whether one worked."""
    for way in (_venv_plain, _venv_by_uv, _venv_by_virtualenv, _venv_after_apt):
        if way(folder):
            return True
        shutil.rmtree(folder, ignore_errors=True)  # a failed attempt leaves half an environment
    return False


def _venv_plain(folder: Path) -> bool:
    return _quietly(sys.executable, "-m", "venv", str(folder))


def _venv_by_uv(folder: Path) -> bool:
    uv = shutil.which("uv")
    return uv is not None and _quietly(uv, "venv", "--seed", "--python", sys.executable, str(folder))


def _venv_by_virtualenv(folder: Path) -> bool:
    """Debian without ensurepip: virtualenv brings its own pip, and a folder of its own disturbs nobody."""
    with tempfile.TemporaryDirectory() as tools:
        if not _quietly(sys.executable, "-m", "pip", "install", "--quiet", "--target", tools, "virtualenv"):
            return False
        environment = {**os.environ, "PYTHONPATH": tools}
        return _quietly(sys.executable, "-m", "virtualenv", str(folder), environment=environment)


def _venv_after_apt(folder: Path) -> bool:
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    return (apt_install(package) or apt_install("python3-venv")) and _venv_plain(folder)


def install(folder: Path, requirements: Path) -> None:
    """Install the locked requirements, then the project; by uv when it can be had, else by pip."""
    python = str(folder / "bin" / "python")
    project = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    if _quietly(python, "-m", "pip", "install", "--quiet", UV):
        uv = [str(folder / "bin" / "uv"), "pip", "install", "--quiet", "--python", python]
        if _loudly(*uv, "--require-hashes", "-r", str(requirements)) and _loudly(*uv, *project):
            return
        print("uv did not manage; trying pip, which takes about a minute.", file=sys.stderr)
    pip = [python, "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--require-hashes", "-r", str(requirements)], check=True)
    subprocess.run([*pip, *project], check=True)


def prepare_system() -> int:
    """Chromium for the browser tests, PostgreSQL where the test wheel has none for this machine."""
    if find_chromium() is None and not apt_install("chromium"):
        print(NO_CHROMIUM, file=sys.stderr)
    return _prepare_postgres()


def prepare_bench() -> int:
    """wrk, which sends the load of the bench, and PostgreSQL."""
    if find_wrk() is None and not apt_install("wrk"):
        return _fail(NO_WRK)
    return _prepare_postgres()


def _prepare_postgres() -> int:
    if not _postgres_at_hand() and not apt_install("postgresql"):
        return _fail("No PostgreSQL for this machine: install your system's `postgresql` package.\n")
    return 0


def find_chromium() -> str | None:
    """The Chromium on the PATH, under any of its names."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)


def find_wrk() -> str | None:
    """The wrk on the PATH."""
    return shutil.which("wrk")


def _postgres_at_hand() -> bool:
    """Debian's server, or the wheel's: it has binaries for glibc Linux and macOS on the two usual processors."""
    if list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        return True
    usual = platform.machine() in {"x86_64", "aarch64", "arm64"}
    return usual and (sys.platform == "darwin" or platform.libc_ver()[0] == "glibc")


def apt_install(package: str) -> bool:
    """Install one Debian package as root or by sudo without a password; False where that cannot be done."""
    apt = shutil.which("apt-get")
    if apt is None:
        return False
    if os.geteuid() == 0:
        prefix = []
    elif shutil.which("sudo") and _quietly("sudo", "-n", "true"):
        prefix = ["sudo", "-n"]
    else:
        return False
    print(f"Installing {package} …", file=sys.stderr)
    quiet = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt, "-qq", "-o", "DPkg::Lock::Timeout=120"]
    _quietly(*quiet, "update")
    return _quietly(*quiet, "install", "-y", "--no-install-recommends", package)


def _quietly(*command: str, environment: dict[str, str] | None = None) -> bool:
    """Run and keep silent: the caller has another way, or a sentence of its own."""
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode == 0


def _loudly(*command: str) -> bool:
    return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode == 0


def _fail(sentence: str) -> int:
    sys.stderr.write(sentence)
    return 1


if __name__ == "__main__":
    sys.exit(main())
