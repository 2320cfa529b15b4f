"""A paid chat service in a process of its own, which heeds idempotency keys and writes its bills.

A request under a known key is answered as before and costs nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from benchmarks.killing.models import write_line

LINE = "Norvik has a red lantern."


def open_service(bills: Path) -> tuple[int, str]:
    """Start the service; returns its process and its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    pid = os.fork()
    if pid == 0:
        _serve(listening, bills)
    listening.close()
    return pid, address


def _serve(listening: socket.socket, bills: Path) -> None:
    answers: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            asked = json.loads(body)["messages"]
            key = self.headers.get("Idempotency-Key", "")
            request = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
            if key not in answers:
                answers[key] = _answer(asked)
                write_line(bills, {"what": "bill", "call": "chat", "key": request, "id": key})
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answers[key])))
            self.end_headers()
            self.wfile.write(answers[key])

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(listening.getsockname(), Handler, bind_and_activate=False)
    server.socket = listening
    server.serve_forever()


def _answer(asked) -> bytes:
    plan = {"key_message": LINE, "tone": "minimal", "channels": ["headline"]}
    plan |= {"visual": LINE, "motion": "slow orbit"}
    wants_plan = "channels" in asked[0]["content"]
    content = plan if wants_plan else {"text": LINE}
    message = {"role": "assistant", "content": json.dumps(content)}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    reply = {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "usage": usage}
    reply["choices"] = [{"index": 0, "finish_reason": "stop", "message": message}]
    return json.dumps(reply).encode()
