"""From the command to the first usable page in a browser, beside `streamlit hello`."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.report import Line, report
from core.bootstrap import chromium

ROUNDS = 5


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def first_page(browser: Browser, command: list[str], env: dict[str, str], port: int, heading: str) -> float:
    """Seconds until the heading can be seen."""
    started = time.monotonic()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    context = browser.new_context()
    try:
        page = context.new_page()
        while time.monotonic() - started < 90:
            try:
                page.goto(f"http://127.0.0.1:{port}", timeout=2000)
                break
            except Exception:
                time.sleep(0.05)
        page.get_by_role("heading", name=heading).first.wait_for(timeout=60_000)
        return time.monotonic() - started
    finally:
        context.close()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)


def main() -> None:
    """Measure, interleaved."""
    path = chromium()
    if path is None:
        sys.exit("needs a Chromium: `make test` installs one on Debian")
    ours: list[float] = []
    hello: list[float] = []
    folder = Path(tempfile.mkdtemp(prefix="timbre-bench-"))
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=path, args=args)
        for n in range(ROUNDS + 1):
            port = free_port()
            flags = ["--server.port", str(port), "--server.headless", "true", "--browser.gatherUsageStats", "false"]
            peer = first_page(
                browser,
                [sys.executable, "-m", "streamlit", "hello", *flags],
                dict(os.environ),
                port,
                "Welcome to Streamlit",
            )
            port = free_port()
            env = {**os.environ, "TIMBRE_DATA": str(folder / str(n)), "PORT": str(port), "API_PORT": str(free_port())}
            mine = first_page(browser, [sys.executable, "-m", "core.serve"], env, port, "Today")
            if n:  # the first round fills the page cache of the disk
                ours.append(mine)
                hello.append(peer)
        browser.close()
    shutil.rmtree(folder, ignore_errors=True)
    line = Line("cold start to first page, empty store", "s", ours, hello, "streamlit hello", "at most 1.5")
    report("cold_start", [line])


if __name__ == "__main__":
    main()
