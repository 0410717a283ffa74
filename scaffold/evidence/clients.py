"""Packages by which a program talks to servers that everybody knows: that it does is likely, to which one is not known.

May import: servers, model.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from scaffold.evidence.model import Proposal
from scaffold.evidence.servers import PORTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from scaffold.errors import Place

# By kind of server; a package is called alike in no two ecosystems for two kinds.
_NPM = {
    "postgres": "pg pg-promise postgres",
    "mysql": "mysql mysql2 mariadb",
    "redis": "redis ioredis @redis/client bull bullmq",
    "mongodb": "mongodb mongoose",
    "amqp": "amqplib amqp-connection-manager",
    "kafka": "kafkajs node-rdkafka @confluentinc/kafka-javascript",
    "memcached": "memjs memcached",
    "nats": "nats @nats-io/transport-node",
    "cassandra": "cassandra-driver",
    "clickhouse": "@clickhouse/client",
    "elasticsearch": "@elastic/elasticsearch",
    "opensearch": "@opensearch-project/opensearch",
    "neo4j": "neo4j-driver",
    "mssql": "mssql tedious",
    "smtp": "nodemailer",
    "ldap": "ldapjs ldapts",
    "mqtt": "mqtt",
    "otlp": "@opentelemetry/exporter-trace-otlp-grpc",
}
_PYTHON = {
    "postgres": "psycopg psycopg-binary psycopg2 psycopg2-binary asyncpg pg8000",
    "mysql": "mysqlclient pymysql aiomysql asyncmy mysql-connector-python",
    "redis": "redis aioredis valkey",
    "mongodb": "pymongo motor",
    "amqp": "pika aio-pika",
    "kafka": "kafka-python confluent-kafka aiokafka",
    "memcached": "pymemcache pylibmc",
    "nats": "nats-py",
    "cassandra": "cassandra-driver",
    "clickhouse": "clickhouse-driver clickhouse-connect",
    "elasticsearch": "elasticsearch",
    "opensearch": "opensearch-py",
    "neo4j": "neo4j",
    "mssql": "pymssql",
    "ldap": "ldap3 python-ldap",
    "mqtt": "paho-mqtt",
    "otlp": "opentelemetry-exporter-otlp opentelemetry-exporter-otlp-proto-grpc",
}
_GO = {
    "postgres": "github.com/jackc/pgx github.com/lib/pq",
    "mysql": "github.com/go-sql-driver/mysql",
    "redis": "github.com/redis/go-redis github.com/go-redis/redis github.com/gomodule/redigo",
    "mongodb": "go.mongodb.org/mongo-driver",
    "amqp": "github.com/rabbitmq/amqp091-go github.com/streadway/amqp",
    "kafka": "github.com/segmentio/kafka-go github.com/twmb/franz-go github.com/IBM/sarama github.com/Shopify/sarama "
    "github.com/confluentinc/confluent-kafka-go",
    "memcached": "github.com/bradfitz/gomemcache",
    "nats": "github.com/nats-io/nats.go",
    "cassandra": "github.com/gocql/gocql",
    "clickhouse": "github.com/ClickHouse/clickhouse-go",
    "elasticsearch": "github.com/elastic/go-elasticsearch",
    "opensearch": "github.com/opensearch-project/opensearch-go",
    "neo4j": "github.com/neo4j/neo4j-go-driver",
    "mssql": "github.com/microsoft/go-mssqldb",
    "ldap": "github.com/go-ldap/ldap",
    "mqtt": "github.com/eclipse/paho.mqtt.golang",
    "etcd": "go.etcd.io/etcd/client",
    "otlp": "go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc",
}
_JAVA = {
    "postgres": "postgresql r2dbc-postgresql quarkus-jdbc-postgresql",
    "mysql": "mysql-connector-j mysql-connector-java mariadb-java-client",
    "redis": "jedis lettuce-core redisson spring-boot-starter-data-redis",
    "mongodb": "mongodb-driver-sync mongodb-driver-reactivestreams spring-boot-starter-data-mongodb",
    "amqp": "amqp-client spring-boot-starter-amqp",
    "kafka": "kafka-clients spring-kafka",
    "cassandra": "java-driver-core spring-boot-starter-data-cassandra",
    "elasticsearch": "elasticsearch-java spring-boot-starter-data-elasticsearch",
    "neo4j": "neo4j-java-driver spring-boot-starter-data-neo4j",
    "mssql": "mssql-jdbc",
    "nats": "jnats",
    "smtp": "spring-boot-starter-mail",
    "ldap": "spring-boot-starter-data-ldap",
}
_RUBY = {
    "postgres": "pg",
    "mysql": "mysql2 trilogy",
    "redis": "redis sidekiq resque",
    "mongodb": "mongo mongoid",
    "amqp": "bunny sneakers",
    "kafka": "ruby-kafka rdkafka karafka",
    "memcached": "dalli",
    "elasticsearch": "elasticsearch",
    "mssql": "tiny_tds",
}
_RUST = {
    "postgres": "tokio-postgres postgres deadpool-postgres",
    "mysql": "mysql mysql_async",
    "redis": "redis fred deadpool-redis",
    "mongodb": "mongodb",
    "amqp": "lapin",
    "kafka": "rdkafka",
    "nats": "async-nats",
    "cassandra": "scylla cdrs-tokio",
    "clickhouse": "clickhouse",
    "elasticsearch": "elasticsearch",
    "mssql": "tiberius",
    "ldap": "ldap3",
    "mqtt": "rumqttc",
}
_PHP = {
    "postgres": "ext-pgsql ext-pdo_pgsql",
    "mysql": "ext-mysqli ext-pdo_mysql",
    "redis": "predis/predis ext-redis",
    "mongodb": "mongodb/mongodb ext-mongodb",
    "amqp": "php-amqplib/php-amqplib ext-amqp",
    "memcached": "ext-memcached",
    "elasticsearch": "elasticsearch/elasticsearch",
    "mssql": "ext-sqlsrv ext-pdo_sqlsrv",
}


def _by_package(table: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType({package: kind for kind, packages in table.items() for package in packages.split()})


ECOSYSTEMS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "npm": _by_package(_NPM),
        "python": _by_package(_PYTHON),
        "go": _by_package(_GO),
        "java": _by_package(_JAVA),
        "ruby": _by_package(_RUBY),
        "rust": _by_package(_RUST),
        "php": _by_package(_PHP),
    }
)
"""The kind of server that a package talks to, as `servers.PORTS` calls it, by ecosystem."""


def client(ecosystem: str, package: str, place: Place) -> Iterator[Proposal]:
    """Yield whom a program that depends on a package likely reaches, under the name of what it is."""
    kind = ECOSYSTEMS[ecosystem].get(package)
    if kind:
        why = f"{package} is a client of {kind}; which one it reaches stands nowhere"
        yield Proposal(("spec", "to"), {"app": kind, "port": PORTS[kind]}, place, why)
