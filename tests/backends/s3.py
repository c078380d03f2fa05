"""S3-compatible storage for the tests: moto's server, in a thread."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

#: What the engine's S3 client needs, and nothing of the developer's.
ENVIRON = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    # Otherwise the client complains of each answer of a server that sends no checksums.
    "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
}

_BUCKET = "states"


@contextmanager
def s3_server() -> Iterator[str]:
    """Run a server with one bucket until the end of the block, and give the backend's URL without a prefix: `%s`."""
    # Takes a second, which other tests need not wait for.
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        httpx.put(f"http://{host}:{port}/{_BUCKET}", trust_env=False).raise_for_status()
        query = f"endpoint={host}:{port}&s3ForcePathStyle=true&disableSSL=true&region=us-east-1"
        yield f"s3://{_BUCKET}/%s?{query}"
    finally:
        server.stop()
