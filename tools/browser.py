"""Makes sure that Debian's chromium is here for the browser tests; installs it where that is allowed."""

import os
import shutil
import subprocess
import sys


def main() -> int:
    if shutil.which("chromium"):
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing chromium and a Chinese font for the browser tests …", flush=True)
        for command in (["update", "-qq"], ["install", "-y", "-qq", "chromium", "fonts-noto-cjk"]):
            done = subprocess.run(["apt-get", *command], stdout=subprocess.DEVNULL, check=False)
            if done.returncode:
                break
        if shutil.which("chromium"):
            return 0
    if os.environ.get("CI"):
        print("chromium is needed in CI and could not be installed", file=sys.stderr)
        return 1
    print("chromium is not here: the browser tests will be skipped (Debian: sudo apt install chromium fonts-noto-cjk)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
