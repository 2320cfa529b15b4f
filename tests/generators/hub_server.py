"""A local server that speaks the hub's protocol, and fails in every way that the hub does."""

import hashlib
import json
import threading
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


@cache
def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


class HubServer:
    """Serves repositories; `fault` answers in their place: (path) to (status, headers) or "torn".

    Args:
        folder_of: from `owner/name` to its files' folder and its commit; None for one that is not.
    """

    def __init__(self, folder_of):
        self.fetched, self.asked, self.fault = [], [], None
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self):
                self.answer(body=False)

            def do_GET(self):
                self.answer(body=True)

            def answer(self, body):
                path = unquote(urlsplit(self.path).path).strip("/")
                server.asked.append(path)
                fault = server.fault and server.fault(path)
                if isinstance(fault, tuple):
                    return self.send(fault[0], b"", fault[1], body)
                api = path.startswith("api/models/")
                parts = path.removeprefix("api/models/").split("/")
                found = folder_of("/".join(parts[:2]))
                if found is None:
                    return self.send(404, b"", {"X-Error-Code": "RepoNotFound"}, body)
                folder, commit = found
                if len(parts) < 4 or parts[3] != commit:
                    return self.send(404, b"", {"X-Error-Code": "RevisionNotFound"}, body)
                if api:
                    return self.send(200, server.listing(folder), {}, body)
                file = folder / "/".join(parts[4:])
                if not file.is_file():
                    return self.send(404, b"", {"X-Error-Code": "EntryNotFound"}, body)
                if body:
                    server.fetched.append(("/".join(parts[:2]), "/".join(parts[4:])))
                headers = {"ETag": f'"{_digest(file)}"', "X-Repo-Commit": commit}
                return self.send(200, file.read_bytes(), headers, body, torn=fault == "torn")

            def send(self, status, content, headers, body, torn=False):
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if body:
                    self.wfile.write(content[: len(content) // 2] if torn else content)
                if torn:
                    self.close_connection = True

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}"

    @staticmethod
    def listing(folder: Path) -> bytes:
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return json.dumps(
            [
                {
                    "type": "file",
                    "path": path.relative_to(folder).as_posix(),
                    "size": path.stat().st_size,
                    "oid": _digest(path)[:40],
                }
                for path in files
            ]
        ).encode()

    def close(self):
        self.http.shutdown()
        self.http.server_close()
