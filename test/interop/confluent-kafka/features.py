"""confluent-kafka, which is librdkafka for Python."""
import os
import sys

from confluent_kafka import (OFFSET_BEGINNING, OFFSET_END, ConsumerGroupTopicPartitions, Consumer, ConsumerGroupState,
                             KafkaException, Producer, TopicPartition)
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource,
                                   NewPartitions, NewTopic, ResourceType)

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from feature import BOOTSTRAP, feature, numbered, records, refused, same, unique, values  # noqa: E402

COMMON = {"bootstrap.servers": BOOTSTRAP, "client.id": "interop", "log_level": 0}
BASE = 1_700_000_000_000
admin = AdminClient(COMMON)


def done(futures):
    """The result of a call about one thing."""
    (one,) = futures.values()
    return one.result(30)


def new_topic(name, partitions=1):
    topic = unique(f"confluent-kafka-{name}")
    done(admin.create_topics([NewTopic(topic, partitions, 1)]))
    return topic


def topics():
    return admin.list_topics(timeout=30).topics


def send(topic, messages, partition=-1, timestamp=None, **options):
    errors = []
    producer = Producer({**COMMON, **{k.replace("_", "."): v for k, v in options.items()}})
    for i, (key, value, headers) in enumerate(messages):
        when = {} if timestamp is None else {"timestamp": timestamp + i * 1000}
        at = partition(i) if callable(partition) else partition
        producer.produce(topic, value, key, at, lambda error, _: error and errors.append(error),
                         headers=headers, **when)
    assert producer.flush(30) == 0
    if errors:
        raise KafkaException(errors[0])


def consumer(group=None, **options):
    more = {k.replace("_", "."): v for k, v in options.items()}
    return Consumer({**COMMON, "group.id": group or unique("g"), "enable.auto.commit": False,
                     "auto.offset.reset": "earliest", "session.timeout.ms": 6000, "heartbeat.interval.ms": 300, **more})


def take(count, *members):
    found = []
    while len(found) < count:
        for member in members:
            for message in member.consume(1000, 0.1):
                if message.error():
                    raise KafkaException(message.error())
                found.append(message)
    return found


def read(topic, count, start=OFFSET_BEGINNING, group=None):
    reader = consumer(group)
    if group:
        reader.subscribe([topic])
    else:
        reader.assign([TopicPartition(topic, p, start) for p in topics()[topic].partitions])
    found = take(count, reader)
    reader.close()
    return found


def found_values(found):
    return [m.value() for m in found]


def round_trip(name, **options):
    topic = new_topic(name)
    send(topic, records(300), **options)
    same([(m.key(), m.value(), m.headers() or []) for m in read(topic, 300)], records(300))


@feature("connect and list topics")
def _():
    assert new_topic("list") in topics()


@feature("create, describe and delete a topic")
def _():
    topic = new_topic("made", 3)
    assert sorted(topics()[topic].partitions) == [0, 1, 2]
    refused(lambda: done(admin.create_topics([NewTopic(topic, 1, 1)])), KafkaException)
    done(admin.delete_topics([topic]))
    assert topic not in topics()


feature("keys, headers and nulls")(lambda: round_trip("nulls"))
for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
    feature(f"codec {codec}")(lambda: round_trip(f"codec-{codec}", compression_type=codec, linger_ms=50))
for acks in ("0", "1", "all"):
    feature(f"acks {acks}")(lambda: round_trip(f"acks-{acks}", acks=acks))
feature("idempotent producer")(lambda: round_trip("idempotent", enable_idempotence=True))


@feature("consume from the beginning")
def _():
    topic = new_topic("beginning")
    send(topic, numbered(100))
    assert [m.offset() for m in read(topic, 100)] == list(range(100))


@feature("consume from the latest")
def _():
    topic, reader = new_topic("latest"), consumer()
    send(topic, numbered(10))
    low, high = reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)
    assert (low, high) == (0, 10)
    reader.assign([TopicPartition(topic, 0, OFFSET_END)])
    found, sent = [], 10
    while not found:  # librdkafka does not say when it knows where the end is
        send(topic, numbered(1, sent))
        sent += 1
        found = reader.consume(1, 0.2)
    first = int(found[0].value()[1:])
    assert first >= 10 and found[0].offset() == first
    found += take(sent - first - 1, reader)
    assert found_values(found) == values(sent - first, first)
    reader.close()


@feature("consume from an offset")
def _():
    topic = new_topic("offset")
    send(topic, numbered(100))
    assert found_values(read(topic, 60, 40)) == values(60, 40)


@feature("consume from a timestamp")
def _():
    topic, reader = new_topic("timestamp"), consumer()
    send(topic, numbered(100), timestamp=BASE)
    (at,) = reader.offsets_for_times([TopicPartition(topic, 0, BASE + 41_500)], 30)
    assert at.offset == 42, at
    reader.close()
    found = read(topic, 58, at.offset)
    assert found[0].timestamp()[1] == BASE + 42_000 and found_values(found) == values(58, 42)


@feature("group of two, rebalanced")
def _():
    for strategy in ("range", "cooperative-sticky"):
        topic, group, found = new_topic("group", 4), unique("group"), []
        a, b = (consumer(group, partition_assignment_strategy=strategy) for _ in range(2))
        a.subscribe([topic])
        while len(a.assignment()) != 4:
            found += a.consume(100, 0.1)
        b.subscribe([topic])
        while (len(a.assignment()), len(b.assignment())) != (2, 2):
            found += a.consume(100, 0.1) + b.consume(100, 0.1)
        send(topic, numbered(200))
        found += take(200, a, b)
        a.commit(asynchronous=False)
        b.commit(asynchronous=False)
        b.close()
        while len(a.assignment()) != 4:
            found += a.consume(100, 0.1)
        send(topic, numbered(100, 200))
        found += take(300 - len(found), a)
        assert sorted(found_values(found)) == sorted(values(300))
        a.close()
    return "range and cooperative-sticky"


def committed_group(count):
    """A group that read and committed `count` of 100 records."""
    topic, group = new_topic("commit"), unique("group")
    send(topic, numbered(100))
    reader = consumer(group)
    reader.subscribe([topic])
    take(100, reader)
    reader.commit(offsets=[TopicPartition(topic, 0, count, "where I was")], asynchronous=False)
    reader.close()
    return topic, group


def committed(topic, group):
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])
    return done(admin.list_consumer_group_offsets([asked])).topic_partitions[0]


@feature("commit, resume, lag 0")
def _():
    topic, group = committed_group(50)
    assert committed(topic, group).metadata == "where I was"
    reader = consumer(group)
    reader.subscribe([topic])
    assert found_values(take(50, reader)) == values(50, 50)
    reader.commit(asynchronous=False)
    _, high = reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=30)
    assert high - committed(topic, group).offset == 0
    reader.close()


def listed():
    return [g.group_id for g in admin.list_consumer_groups().result(30).valid]


@feature("list and describe groups")
def _():
    topic, group = new_topic("described"), unique("group")
    reader = consumer(group)
    reader.subscribe([topic])
    while not reader.assignment():
        reader.poll(0.1)
    assert group in listed()
    described = done(admin.describe_consumer_groups([group]))
    assert (described.state, len(described.members)) == (ConsumerGroupState.STABLE, 1)
    (member,) = described.members
    assert (member.client_id, member.assignment.topic_partitions) == ("interop", [TopicPartition(topic, 0)])
    reader.close()
    assert done(admin.describe_consumer_groups([group])).state == ConsumerGroupState.EMPTY


@feature("delete a group")
def _():
    _, group = committed_group(10)
    done(admin.delete_consumer_groups([group]))
    assert group not in listed()


@feature("reset offsets")
def _():
    topic, group = committed_group(90)
    done(admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 30)])]))
    assert found_values(read(topic, 70, group=group)) == values(70, 30)


@feature("delete records")
def _():
    topic = new_topic("records")
    send(topic, numbered(100))
    assert done(admin.delete_records([TopicPartition(topic, 0, 60)])).low_watermark == 60
    found = read(topic, 40)
    assert found[0].offset() == 60 and found_values(found) == values(40, 60)


@feature("add partitions")
def _():
    topic = new_topic("partitions")
    done(admin.create_partitions([NewPartitions(topic, 3)]))
    send(topic, numbered(1), partition=2)
    assert [(m.partition(), m.value()) for m in read(topic, 1)] == [(2, b"n0")]


@feature("describe and alter configs")
def _():
    topic = new_topic("configs")

    def retention():
        found = done(admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]))["retention.ms"]
        return found.value, found.is_default

    def alter(operation, value=None):
        entry = ConfigEntry("retention.ms", value, ConfigSource.DYNAMIC_TOPIC_CONFIG, incremental_operation=operation)
        done(admin.incremental_alter_configs(
            [ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])]))

    assert retention() == ("604800000", True), retention()
    alter(AlterConfigOpType.SET, "3600000")
    assert retention() == ("3600000", False), retention()
    alter(AlterConfigOpType.DELETE)
    assert retention() == ("604800000", True), retention()


@feature("auto-create a topic")
def _():
    topic = unique("confluent-kafka-auto")
    send(topic, numbered(10))
    assert found_values(read(topic, 10)) == values(10)


@feature("record of 900 kB")
def _():
    topic, value = new_topic("large"), b"large " * 150_000
    send(topic, [(None, value, [])])
    assert read(topic, 1)[0].value() == value


@feature("too large a record is refused")
def _():
    topic = new_topic("too-large")
    big = [(None, b"x" * 1_100_000, [])]
    refused(lambda: send(topic, big, message_max_bytes=2_000_000), KafkaException)
    send(topic, numbered(1))


@feature("100 partitions")
def _():
    topic = new_topic("many", 100)
    send(topic, numbered(1000), partition=lambda i: i % 100)
    found = read(topic, 1000)
    assert sorted(found_values(found)) == sorted(values(1000))
    assert all(int(m.value()[1:]) % 100 == m.partition() for m in found)
