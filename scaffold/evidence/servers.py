"""Servers that everybody knows: the ports they are reached at, by image, by scheme of their addresses, by number.

Source: IANA's registry of service names, and the documentation of each server's image.

May import: nothing of the project.
"""

from __future__ import annotations

from types import MappingProxyType

PORTS = MappingProxyType(
    {
        "postgres": 5432,
        "mysql": 3306,
        "redis": 6379,
        "amqp": 5672,
        "kafka": 9092,
        "mongodb": 27017,
        "elasticsearch": 9200,
        "opensearch": 9200,
        "memcached": 11211,
        "nats": 4222,
        "cassandra": 9042,
        "clickhouse": 8123,
        "neo4j": 7687,
        "etcd": 2379,
        "zookeeper": 2181,
        "consul": 8500,
        "minio": 9000,
        "influxdb": 8086,
        "otlp": 4317,
        "mqtt": 1883,
        "couchdb": 5984,
        "meilisearch": 7700,
        "typesense": 8108,
        "qdrant": 6333,
        "smtp": 587,
        "ldap": 389,
        "mssql": 1433,
        "mailpit": 1025,
    }
)
"""The port at which a kind of server is reached, by what this module calls it."""

_OF_IMAGES = {
    "postgres": "postgres",
    "postgresql": "postgres",
    "postgis": "postgres",
    "pgvector": "postgres",
    "timescaledb": "postgres",
    "mysql": "mysql",
    "mariadb": "mysql",
    "percona": "mysql",
    "redis": "redis",
    "valkey": "redis",
    "redis-stack": "redis",
    "redis-stack-server": "redis",
    "keydb": "redis",
    "dragonfly": "redis",
    "rabbitmq": "amqp",
    "kafka": "kafka",
    "cp-kafka": "kafka",
    "redpanda": "kafka",
    "mongo": "mongodb",
    "mongodb": "mongodb",
    "elasticsearch": "elasticsearch",
    "opensearch": "opensearch",
    "memcached": "memcached",
    "nats": "nats",
    "cassandra": "cassandra",
    "scylla": "cassandra",
    "clickhouse-server": "clickhouse",
    "clickhouse": "clickhouse",
    "neo4j": "neo4j",
    "etcd": "etcd",
    "zookeeper": "zookeeper",
    "cp-zookeeper": "zookeeper",
    "consul": "consul",
    "minio": "minio",
    "influxdb": "influxdb",
    "opentelemetry-collector": "otlp",
    "opentelemetry-collector-contrib": "otlp",
    "eclipse-mosquitto": "mqtt",
    "couchdb": "couchdb",
    "meilisearch": "meilisearch",
    "typesense": "typesense",
    "qdrant": "qdrant",
    "openldap": "ldap",
    "mailpit": "mailpit",
    "mailhog": "mailpit",
}  # fmt: skip  a table reads better than a column

SCHEMES = MappingProxyType(
    {
        "http": 80,
        "https": 443,
        "ws": 80,
        "wss": 443,
        "grpc": 0,
        "grpcs": 443,
        "postgres": 5432,
        "postgresql": 5432,
        "mysql": 3306,
        "mariadb": 3306,
        "redis": 6379,
        "rediss": 6379,
        "valkey": 6379,
        "amqp": 5672,
        "amqps": 5671,
        "mongodb": 27017,
        "nats": 4222,
        "kafka": 9092,
        "memcached": 11211,
        "mqtt": 1883,
        "mqtts": 8883,
        "smtp": 587,
        "smtps": 465,
        "ldap": 389,
        "ldaps": 636,
        "clickhouse": 9000,
        "bolt": 7687,
        "neo4j": 7687,
        "tcp": 0,
        "udp": 0,
        "sqlserver": 1433,
        "mssql": 1433,
        "cockroachdb": 26257,
        "s3": 443,
        "elasticsearch": 9200,
        "etcd": 2379,
    }
)  # fmt: skip  a table reads better than a column
"""The port of an address that names none, by its scheme; 0 where there is no usual one."""

USUAL = MappingProxyType(
    {
        80: "http",
        3000: "http",
        4000: "http",
        5000: "http",
        8000: "http",
        8080: "http",
        8081: "http",
        8888: "http",
        443: "https",
        8443: "https",
        50051: "grpc",
        9090: "metrics",
        9100: "metrics",
        9464: "metrics",
        4317: "otlp-grpc",
        4318: "otlp-http",
        15672: "management",
        **{port: name for name, port in PORTS.items() if name not in {"clickhouse", "minio", "opensearch", "mailpit"}},
    }
)  # fmt: skip  a table reads better than a column
"""What a port is called that has no name of its own."""


# The users that the official images of Docker Hub make, on Debian; Alpine's have numbers of their own.
_USERS = {"postgres": 999, "mysql": 999, "mariadb": 999, "redis": 999, "mongo": 999, "elasticsearch": 1000}
_ALPINE = {"postgres": 70, "redis": 999}


def server_of(image: str) -> str:
    """Return the kind of server that an image is, as `PORTS` calls it; empty where it is none of them."""
    return _OF_IMAGES.get(_name(image), "")


def user_of(image: str) -> int:
    """Return the number of the user that an image was built for; 0 where it is not known."""
    return (_ALPINE if "alpine" in image else _USERS).get(_name(image), 0)


def _name(image: str) -> str:
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()
