"""A real OpenAI-compatible server on localhost that misbehaves on purpose."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PLAN = {
    "key_message": "It glows",
    "tone": "playful",
    "channels": ["headline"],
    "visual": "a red mug on a desk",
    "motion": "the mug turns",
}
GOOD_PLAN, GOOD_COPY = json.dumps(PLAN), json.dumps({"text": "A red mug that glows."})


class Server:
    """Answers with a script of replies, one a request, and remembers what it was asked.

    After the script `answers` decides, given the messages.
    """

    def __init__(self):
        self.script, self.asked, self.headers = [], [], []
        self.answers = lambda messages: fails(503)
        self.free = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                asked = json.loads(body)
                server.asked.append(asked)
                server.headers.append({k.lower(): v for k, v in self.headers.items()})
                script = server.script
                reply = script.pop(0) if script else server.answers(asked["messages"])
                if reply == "hang":
                    server.free.wait(60)
                    return
                if isinstance(reply, Raw):
                    self.send_response(200)
                    self.send_header("content-type", reply.kind)
                    self.send_header("content-length", str(len(reply.content) + reply.missing))
                    self.end_headers()
                    self.wfile.write(reply.content)
                    self.close_connection = True
                    return
                status, message, headers = reply
                if status == 200:
                    content = json.dumps(
                        {
                            "id": "x",
                            "object": "chat.completion",
                            "created": 0,
                            "model": "m",
                            "choices": [{"index": 0, "finish_reason": "stop", **message}],
                            "usage": {
                                "prompt_tokens": 100,
                                "completion_tokens": 10,
                                "total_tokens": 110,
                            },
                        }
                    ).encode()
                else:
                    content = json.dumps({"error": {"message": message}}).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http.server_port}/v1"


@dataclass(frozen=True)
class Raw:
    """A reply of 200 that no working service gives; `missing` bytes are promised and not sent."""

    content: bytes
    kind: str = "application/json"
    missing: int = 0


def says(content, finish_reason="stop", **extra):
    message = {"role": "assistant", "content": content, **extra}
    return (200, {"message": message, "finish_reason": finish_reason}, {})


def fails(status, **headers):
    return (status, f"status {status}", headers)
