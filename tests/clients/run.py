"""Tries the BigCommerce-compatible API of a real server with BigCommerce's own Python client.

    python3 -m venv .venv && .venv/bin/pip install -r tests/clients/requirements.txt
    .venv/bin/python tests/clients/run.py --binary target/release/largesse
"""

import argparse
import os
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True

try:
    import bigcommerce  # noqa: F401  (only to say early that it is missing)
except ImportError:
    sys.exit("the client is not installed: pip install -r tests/clients/requirements.txt")

from registry import CHECKS
from server import Server, ServerFailed
from store import Store
from tls import TlsFront, make_certificate

# Importing a module registers its checks; they run in this order.
import checks.access  # noqa: F401
import checks.creation  # noqa: F401
import checks.promotions  # noqa: F401
import checks.refusals  # noqa: F401
import checks.lists  # noqa: F401
import checks.codes  # noqa: F401
import checks.codes_removal  # noqa: F401
import checks.codegen  # noqa: F401
import checks.settings  # noqa: F401


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the largesse executable")
    binary = parser.parse_args().binary.resolve()
    if not binary.is_file():
        parser.error(f"there is no file {binary}: build it with `cargo build --release`")
    with tempfile.TemporaryDirectory(prefix="largesse-clients-") as folder:
        folder = pathlib.Path(folder)
        try:
            certificate, key = make_certificate(folder)
            # The client trusts what `requests` trusts, and must not be sent through a proxy of the machine.
            os.environ["REQUESTS_CA_BUNDLE"] = str(certificate)
            os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
            with Server(binary, folder) as server, TlsFront(certificate, key, server.port) as front:
                failed = run_checks(Store(f"127.0.0.1:{front.port}", server.store_hash, server.secret_key))
        except ServerFailed as problem:
            sys.exit(f"FAIL the server did not start: {problem}")
    sys.exit(1 if failed else 0)


def run_checks(store):
    """Runs every check, prints a line for each, and returns how many failed."""
    failed = 0
    for title, function in CHECKS:
        try:
            function(store)
        # Whatever a check raises, the client's own errors included, is a failure of that check alone.
        except Exception as problem:
            failed += 1
            reason = " ".join(str(problem).split()) or "no reason given"
            print(f"FAIL {title}: {type(problem).__name__}: {reason[:600]}", flush=True)
        else:
            print(f"ok   {title}", flush=True)
    print(f"{len(CHECKS) - failed} passed, {failed} failed", flush=True)
    return failed


if __name__ == "__main__":
    main()
