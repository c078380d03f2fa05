"""S3-compatible storage for the tests: the server of moto in a thread."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

ENVIRON = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # Otherwise the client warns about each response, because the server sends no checksums.
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
}
"""Variables for the engine's S3 client. They hide the configuration of the developer."""

_BUCKET = "states"


@contextmanager
def s3_server() -> Iterator[str]:
    """Run a server with one bucket until the end of the block. Yield the backend URL with `%s` for the prefix."""
    # This import takes a second, so other tests must not need it.
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        httpx.put(f"http://{host}:{port}/{_BUCKET}", trust_env=False, verify=False).raise_for_status()
        query = f"endpoint={host}:{port}&s3ForcePathStyle=true&disableSSL=true&region=us-east-1"
        yield f"s3://{_BUCKET}/%s?{query}"
    finally:
        server.stop()
