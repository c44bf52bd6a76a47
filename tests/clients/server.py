"""Starts the server under test in an empty folder, and stops that process again."""

import os
import re
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

START_SECONDS = 60
STOP_SECONDS = 15


class ServerFailed(Exception):
    """Why the server cannot be tried."""


class Server:
    """A running server: `port`, `store_hash`, `secret_key`."""

    def __init__(self, binary, folder):
        self.binary = binary
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.port = free_port()
        self.store_hash = self.secret_key = None
        self._printed = []
        self._process = None

    def __enter__(self):
        command = [str(self.binary), "serve", "--data-dir", str(self.data), "--port", str(self.port)]
        with open(self.log, "wb") as log:
            try:
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
                    env={**os.environ, "LARGESSE_LOG": "warn"},
                )
            except OSError as problem:
                raise ServerFailed(str(problem)) from problem
        # The pipe is read to its end, or the server would block once it is full.
        threading.Thread(target=self._read_output, daemon=True).start()
        try:
            self._wait("its store hash and secret key on standard output", self._has_printed_access)
            self._wait("a ready answer of /readyz", self._is_ready)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def _read_output(self):
        for line in self._process.stdout:
            self._printed.append(line.decode("utf-8", "replace"))

    def _has_printed_access(self):
        printed = "".join(line for line in list(self._printed) if line.endswith("\n"))
        store_hash = re.search(r"store hash\s+(\S+)", printed)
        secret_key = re.search(r"sk_[A-Za-z0-9_-]+", printed)
        if store_hash and secret_key:
            self.store_hash, self.secret_key = store_hash.group(1), secret_key.group(0)
        return bool(store_hash and secret_key)

    def _is_ready(self):
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(f"http://127.0.0.1:{self.port}/readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _wait(self, what, arrived):
        deadline = time.monotonic() + START_SECONDS
        while not arrived():
            if self._process.poll() is not None:
                raise ServerFailed(f"it ended with {self._process.returncode}; {self._last_words()}")
            if time.monotonic() > deadline:
                raise ServerFailed(f"{what} did not come within {START_SECONDS} s; {self._last_words()}")
            time.sleep(0.05)

    def _last_words(self):
        log = self.log.read_text("utf-8", "replace")[-2000:].strip()
        return f"it printed: {''.join(self._printed).strip() or 'nothing'} | {log or 'and logged nothing'}"

    def _stop(self):
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
