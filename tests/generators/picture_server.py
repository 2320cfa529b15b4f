"""A real HTTP server on localhost that answers a prompt with a picture."""

import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


class PictureServer:
    """Paints the seed's colour, 32×32, and remembers what it was asked."""

    def __init__(self):
        self.asked, self.broken = [], False
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                server.asked.append(asked)
                buffer = io.BytesIO()
                colour = (asked["seed"] % 256, asked["seed"] // 256 % 256, 90)
                Image.new("RGB", (32, 32), colour).save(buffer, "PNG")
                content = b"<html>busy</html>" if server.broken else buffer.getvalue()
                self.send_response(200)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.http.server_port}/paint"

    def close(self):
        self.http.shutdown()
        self.http.server_close()
