"""Submits the records of a file of JSON lines to epochlog, by a plain Kafka client.

Each becomes a request RecordSubmitted on the topic epochlog.records: CloudEvents headers, and a value in the wire
format of the Schema Registry (a zero byte, the id of the schema, Avro).
"""

import argparse
import io
import json
import struct
import sys
import urllib.request
import uuid
from datetime import datetime, timezone

from confluent_kafka import Producer
from fastavro import parse_schema, schemaless_writer

TOPIC = "epochlog.records"
SUBJECT = f"{TOPIC}-epochlog.records.RecordSubmitted"


def latest_schema(registry: str) -> tuple[int, dict]:
    """The id of the newest schema of the request, and the schema."""
    url = f"{registry.rstrip('/')}/subjects/{SUBJECT}/versions/latest"
    with urllib.request.urlopen(url, timeout=10) as answer:
        found = json.load(answer)
    return found["id"], parse_schema(json.loads(found["schema"]))


def encode(schema_id: int, schema: dict, request: dict) -> bytes:
    buffer = io.BytesIO()
    buffer.write(struct.pack(">bI", 0, schema_id))
    schemaless_writer(buffer, schema, request)
    return buffer.getvalue()


def present(fields: dict) -> dict:
    """Without what is empty; whole numbers as doubles."""
    taken = {name: value for name, value in fields.items() if value is not None}
    return {
        name: float(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in taken.items()
    }


def headers(key: str, source: str) -> dict[str, str]:
    event_id = str(uuid.uuid4())
    return {
        "content-type": "application/avro",
        "ce_specversion": "1.0",
        "ce_id": event_id,
        "ce_source": source,
        "ce_type": "RecordSubmitted",
        "ce_subject": key,
        "ce_time": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "ce_sequence": "0",
        "ce_correlationid": event_id,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brokers", required=True)
    parser.add_argument("--registry", required=True, help="URL of the Schema Registry")
    parser.add_argument("--task", required=True)
    parser.add_argument("--source", required=True, help="who submits them, such as crm")
    parser.add_argument("--id", required=True, help="the field that names a record")
    parser.add_argument("file", help="one JSON object a line")
    given = parser.parse_args()

    schema_id, schema = latest_schema(given.registry)
    producer = Producer(
        {
            "bootstrap.servers": given.brokers,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",  # as Java and epochlog: one record stays in one partition
            "linger.ms": 5,
        }
    )
    failed = []
    sent = 0
    with open(given.file, encoding="utf-8") as lines:
        for line in lines:
            fields = json.loads(line)
            record_id = str(fields[given.id])
            key = f"{given.task}/{record_id}"
            request = {"task": given.task, "recordId": record_id, "source": given.source, "fields": present(fields)}
            while True:
                try:
                    producer.produce(
                        TOPIC,
                        key=key.encode(),
                        value=encode(schema_id, schema, request),
                        headers=headers(key, given.source),
                        on_delivery=lambda error, _: error and failed.append(error),
                    )
                    break
                except BufferError:  # the queue is full: wait until the brokers have taken some
                    producer.poll(1)
            producer.poll(0)
            sent += 1
    producer.flush(60)
    if failed:
        sys.exit(f"{len(failed)} of {sent} records were not taken: {failed[0]}")
    print(f"{sent} records submitted")


if __name__ == "__main__":
    main()
