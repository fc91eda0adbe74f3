"""Starts the app as `streamlit run Home.py` does; while the first browser loads, it imports what the first page needs.

Run as a file by core/serve.py, with Streamlit's own options: nothing of ours may be imported before the server is up.
"""

from __future__ import annotations

import contextlib
import importlib
import socket
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def _warm(port: int, seconds: float = 60) -> None:
    """Once the server answers, import the shell and the first page's parts; a visit in between just waits for them."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.05)
    importlib.import_module("pages.ui.today_view")


def main() -> None:
    """Run until told to stop."""
    sys.path[0] = str(ROOT)
    options = sys.argv[1:]
    port = int(options[options.index("--server.port") + 1])
    threading.Thread(target=_warm, args=(port,), name="warm", daemon=True).start()
    from streamlit.web import cli

    sys.argv = ["streamlit", "run", str(ROOT / "Home.py"), *options]
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
