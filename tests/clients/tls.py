"""TLS in front of the server: the client speaks nothing but https, the server nothing but http."""

import asyncio
import ssl
import subprocess
import threading

# Written out, because the defaults of an installed `openssl` differ and strict clients look at all of them.
CERTIFICATE_REQUEST = """
[req]
distinguished_name = name
x509_extensions = extensions
prompt = no
[name]
CN = largesse client checks
[extensions]
basicConstraints = critical, CA:TRUE
keyUsage = critical, digitalSignature, keyCertSign
subjectKeyIdentifier = hash
subjectAltName = IP:127.0.0.1
"""


def make_certificate(folder):
    """Makes a self-signed certificate for 127.0.0.1 and returns its file and that of its key."""
    request, certificate, key = folder / "request.cnf", folder / "certificate.pem", folder / "key.pem"
    request.write_text(CERTIFICATE_REQUEST)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-sha256",
         "-config", str(request), "-keyout", str(key), "-out", str(certificate)],
        check=True, stdin=subprocess.DEVNULL, capture_output=True,
    )
    return certificate, key


class TlsFront:
    """Listens on `port` of the loopback and passes every byte on to the server's port."""

    def __init__(self, certificate, key, target):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port = None

    def __enter__(self):
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        listener = self._loop.run_until_complete(
            asyncio.start_server(self._pass_on, "127.0.0.1", 0, ssl=self._context)
        )
        self.port = listener.sockets[0].getsockname()[1]
        self._listening.set()
        self._loop.run_forever()
        listener.close()
        # The client keeps connections open, so some are still being passed on.
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _pass_on(self, client_reader, client_writer):
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            client_writer.close()
            return
        try:
            await asyncio.gather(copy(client_reader, server_writer), copy(server_reader, client_writer))
        except asyncio.CancelledError:
            pass  # The checks are over; `copy` has closed both ends.


async def copy(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
