"""Puts the package manager `uv` under .tools/ where the machine has none, and prints the path to it.

Runs on any Python 3.8 or later with the standard library alone. Tries, in this order: `uv` on the PATH; one
installed here before; a virtual environment with pip; the system's pip writing into a folder of ours (also
where the system marks itself as externally managed); as root on Debian, the missing venv package.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / ".tools"
LOG = TOOLS / "get_uv.log"


def quiet(*command: str) -> bool:
    """Run a command with its output in the log; True where it succeeded."""
    with LOG.open("ab") as log:
        try:
            return subprocess.run(command, stdout=log, stderr=subprocess.STDOUT).returncode == 0
        except OSError as error:
            log.write(str(error).encode())
            return False


def in_environment() -> "Path | None":
    home = TOOLS / "uv-environment"
    found = home / "bin" / "uv"
    if found.exists():
        return found
    made = quiet(sys.executable, "-m", "venv", "--clear", str(home))
    if made and quiet(str(home / "bin" / "python"), "-m", "pip", "install", "uv") and found.exists():
        return found
    return None


def in_folder() -> "Path | None":
    home = TOOLS / "uv-folder"
    found = home / "bin" / "uv"
    if found.exists():
        return found
    pip = [sys.executable, "-m", "pip", "install", "--target", str(home), "uv"]
    if (quiet(*pip) or quiet(*pip, "--break-system-packages")) and found.exists():
        return found
    return None


def with_debian_package() -> "Path | None":
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    quiet("apt-get", "update")
    return in_environment() if quiet("apt-get", "install", "-y", "python3-venv") else None


def main() -> int:
    on_path = shutil.which("uv")
    if on_path:
        print(on_path)
        return 0
    TOOLS.mkdir(exist_ok=True)
    print("Installing uv (once) …", file=sys.stderr)
    for way in (in_environment, in_folder, with_debian_package):
        found = way()
        if found:
            print(found)
            return 0
    print(
        "uv could not be installed: this Python has neither a working venv nor pip.\n"
        "On Debian or Ubuntu:  sudo apt install python3-venv   — then run make again.\n"
        f"What was tried is in {LOG}.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
