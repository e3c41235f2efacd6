"""An S3 server of its own process (moto) on a free loopback port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.harness.ports import answers, free_port

BUCKET = "livestorm"
#: Seconds until the server answers.
PATIENCE = 60
_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE")


@dataclass
class ObjectStorage:
    """A running server. `stop` and `start` keep the port; objects are lost."""

    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, prefix: str = "runs") -> dict[str, str]:
        """Environment variables: the store, and the connection that it names."""
        extra = {"endpoint_url": self.url, "region_name": "us-east-1"}
        connection = {"conn_type": "aws", "login": "access-key", "password": "secret-key", "extra": extra}
        return {
            "LIVESTORM_SALESFORCE_STORE": f"s3://s3_store@{BUCKET}/{prefix}",
            "AIRFLOW_CONN_S3_STORE": json.dumps(connection),
        }

    @property
    def client(self) -> Any:
        import boto3

        keys = {"aws_access_key_id": "access-key", "aws_secret_access_key": "secret-key"}
        return boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **keys)

    def objects(self) -> dict[str, bytes]:
        """Key to content of all objects of the bucket."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return {key: self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        environment = {name: value for name, value in os.environ.items() if name not in _NAMES}
        self.process = subprocess.Popen(command, env=environment, **quiet)  # noqa: S603
        deadline = time.monotonic() + PATIENCE
        while not answers(self.port):
            assert self.process.poll() is None, "the S3 server ended by itself"
            assert time.monotonic() < deadline, "the S3 server did not start"
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server."""
        if self.process:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_storage() -> Iterator[ObjectStorage]:
    """A server with one empty bucket, stopped at the end."""
    storage = ObjectStorage()
    try:
        storage.start()
        storage.client.create_bucket(Bucket=BUCKET)
        yield storage
    finally:
        storage.stop()
