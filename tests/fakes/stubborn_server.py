"""A llama-server that misbehaves on request: run by tests as a child process, standard library only.

STUBBORN names what it does: `serve`, `silent` (never listens), `exit N`, `ignore-term`, `grandchild` (leaves
a sleeper in a session of its own), `crash-on-request` (SIGSEGV at the first /slots), `help-hangs`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODE = os.environ.get("STUBBORN", "serve")
HELP = """\
-m,    --model FNAME                    model
-c,    --ctx-size N                     context
-np,   --parallel N                     slots
--host HOST                             address
--port PORT                             port
--slots, --no-slots                     slots endpoint
--metrics                               metrics endpoint
--list-devices                          print list of available devices and exit
-dev,  --device <dev1,dev2,..>          devices
"""
PROPS = {"total_slots": 1, "default_generation_settings": {"n_ctx": 512}, "build_info": "stubborn"}
REPLIES = {
    "/health": {"status": "ok"},
    "/props": PROPS,
    "/v1/models": {"data": [{"id": "stubborn"}]},
    "/slots": [{"id": 0, "n_ctx": 512, "is_processing": False}],
}


class Handler(BaseHTTPRequestHandler):
    """Answers as an idle server does."""

    def do_GET(self) -> None:
        if MODE == "crash-on-request" and self.path == "/slots":
            os.kill(os.getpid(), signal.SIGSEGV)
        reply = REPLIES.get(self.path)
        body = json.dumps(reply if reply is not None else {"error": {}}).encode()
        self.send_response(200 if reply is not None else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Answer the questions about itself, then do as STUBBORN says."""
    words = sys.argv[1:]
    if "--help" in words:
        if MODE == "help-hangs":
            time.sleep(60)
        print(HELP)
    elif "--version" in words:
        print("version: 9999 (abc)", file=sys.stderr)
    elif "--list-devices" in words:
        print(os.environ.get("STUBBORN_DEVICES", "Available devices:\n  (none)"))
    else:
        serve(words)


def serve(words: list[str]) -> None:
    """Be the server."""
    if MODE.startswith("exit"):
        sys.exit(int(MODE.split()[1]))
    if MODE == "silent":
        time.sleep(60)
    if MODE == "ignore-term":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if MODE == "grandchild":
        child = subprocess.Popen(["sleep", "60"], start_new_session=True)
        print(f"grandchild {child.pid}", flush=True)
    port = int(words[words.index("--port") + 1])
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    print(f"listening on http://127.0.0.1:{port}", flush=True)
    print(f"environment {' '.join(sorted(os.environ))}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
