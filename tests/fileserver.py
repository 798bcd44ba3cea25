"""The web process's door for stations' files, in a thread of the test: over real HTTP, on this worker's database."""

import threading
from collections.abc import Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core.wsgi import get_wsgi_application
from django.db import connection


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


class FileServer:
    def __init__(self) -> None:
        application = get_wsgi_application()

        def served(environ: Any, start_response: Any) -> Iterable[bytes]:
            answer = application(environ, start_response)
            try:
                return [b"".join(answer)]
            finally:
                answer.close()
                connection.close()

        self._server = make_server("127.0.0.1", 0, served, handler_class=Quiet)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
