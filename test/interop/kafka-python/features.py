"""kafka-python."""
import os
import sys
import threading
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, KafkaAdminClient, NewTopic
from kafka.errors import MessageSizeTooLargeError, TopicAlreadyExistsError
from kafka.structs import OffsetAndMetadata

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from feature import BOOTSTRAP, feature, numbered, records, refused, same, unique, values  # noqa: E402

admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
BASE = 1_700_000_000_000
# A poll that ends while its member joins loses the assignment that comes (3.0.12).
POLL_MS = 2000


def new_topic(name, partitions=1):
    topic = unique(f"kafka-python-{name}")
    admin.create_topics([NewTopic(topic, partitions, 1)])
    return topic


def send(topic, messages, partition=None, **options):
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, **options)
    sent = [producer.send(topic, key=k, value=v, headers=h, partition=partition) for k, v, h in messages]
    producer.flush(30)
    for one in sent:
        one.get(30)
    producer.close()


def consumer(*topics, **options):
    options = {"auto_offset_reset": "earliest", "enable_auto_commit": False, **options}
    return KafkaConsumer(*topics, bootstrap_servers=BOOTSTRAP, **options)


def take(reader, count):
    found = []
    while len(found) < count:
        for batch in reader.poll(POLL_MS).values():
            found.extend(batch)
    return found


def read(topic, count, start=None, **options):
    reader = consumer(**options)
    if "group_id" in options:
        reader.subscribe([topic])
    else:
        tps = [TopicPartition(topic, p) for p in sorted(reader.partitions_for_topic(topic))]
        reader.assign(tps)
    if start is not None:
        reader.seek(TopicPartition(topic, 0), start)
    found = take(reader, count)
    reader.close()
    return found


def round_trip(name, **options):
    topic = new_topic(name)
    send(topic, records(300), partition=0, **options)
    same([(r.key, r.value, [tuple(h) for h in r.headers]) for r in read(topic, 300)], records(300))


def found_values(found):
    return [r.value for r in found]


@feature("connect and list topics")
def _():
    topic = new_topic("list")
    assert topic in admin.list_topics()


@feature("create, describe and delete a topic")
def _():
    topic = new_topic("made", 3)
    (described,) = admin.describe_topics([topic])
    assert sorted(p["partition_index"] for p in described["partitions"]) == [0, 1, 2], described
    refused(lambda: admin.create_topics([NewTopic(topic, 1, 1)]), TopicAlreadyExistsError)
    admin.delete_topics([topic])
    assert topic not in admin.list_topics()


feature("keys, headers and nulls")(lambda: round_trip("nulls"))
for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
    kind = None if codec == "none" else codec
    feature(f"codec {codec}")(lambda: round_trip(f"codec-{codec}", compression_type=kind))
for acks in (0, 1, "all"):
    feature(f"acks {acks}")(lambda: round_trip(f"acks-{acks}", acks=acks, enable_idempotence=False))
feature("idempotent producer")(lambda: round_trip("idempotent", enable_idempotence=True, acks="all"))


@feature("consume from the beginning")
def _():
    topic = new_topic("beginning")
    send(topic, numbered(100))
    assert [r.offset for r in read(topic, 100)] == list(range(100))


@feature("consume from the latest")
def _():
    topic = new_topic("latest")
    send(topic, numbered(10))
    reader = consumer(auto_offset_reset="latest")
    reader.assign([TopicPartition(topic, 0)])
    assert reader.position(TopicPartition(topic, 0)) == 10
    send(topic, numbered(10, 10))
    assert found_values(take(reader, 10)) == values(10, 10)
    reader.close()


@feature("consume from an offset")
def _():
    topic = new_topic("offset")
    send(topic, numbered(100))
    assert found_values(read(topic, 60, start=40)) == values(60, 40)


@feature("consume from a timestamp")
def _():
    topic, producer = new_topic("timestamp"), KafkaProducer(bootstrap_servers=BOOTSTRAP)
    for i, (key, value, _) in enumerate(numbered(100)):
        producer.send(topic, key=key, value=value, timestamp_ms=BASE + i * 1000)
    producer.close()
    reader, partition = consumer(), TopicPartition(topic, 0)
    at = reader.offsets_for_times({partition: BASE + 41_500})[partition]
    assert (at.offset, at.timestamp) == (42, BASE + 42_000), at
    assert reader.offsets_for_times({partition: BASE + 10**9})[partition] is None
    reader.close()
    assert found_values(read(topic, 58, start=at.offset)) == values(58, 42)


class Member(threading.Thread):
    """A member of a group, polled by a thread of its own until it is told to leave."""
    def __init__(self, topic, group, found):
        super().__init__(daemon=True)
        self.consumer = consumer(topic, group_id=group, enable_auto_commit=True,
                                 session_timeout_ms=6000, heartbeat_interval_ms=300)
        self.found, self.leaves = found, threading.Event()
        self.start()

    def run(self):
        while not self.leaves.is_set():
            for batch in self.consumer.poll(POLL_MS // 4).values():
                self.found.extend(r.value for r in batch)
        self.consumer.close()

    def leave(self):
        self.leaves.set()
        self.join(30)


def until(condition):
    while not condition():
        time.sleep(0.05)


@feature("group of two, rebalanced")
def _():
    topic, group, found = new_topic("group", 4), unique("group"), []
    a = Member(topic, group, found)
    until(lambda: len(a.consumer.assignment()) == 4)
    b = Member(topic, group, found)
    until(lambda: (len(a.consumer.assignment()), len(b.consumer.assignment())) == (2, 2))
    send(topic, numbered(200))
    until(lambda: len(found) >= 200)
    assert sorted(found) == sorted(values(200))
    b.leave()
    until(lambda: len(a.consumer.assignment()) == 4)
    send(topic, numbered(100, 200))
    until(lambda: len(found) >= 300)
    assert sorted(found) == sorted(values(300))
    a.leave()


def committed_group(count):
    """A group that read and committed `count` of 100 records."""
    topic, group = new_topic("commit"), unique("group")
    send(topic, numbered(100))
    reader = consumer(topic, group_id=group)
    take(reader, 100)
    reader.commit({TopicPartition(topic, 0): OffsetAndMetadata(count, "where I was", -1)})
    reader.close()
    return topic, group


def committed(topic, group):
    return admin.list_group_offsets({group: None})[group][TopicPartition(topic, 0)]


@feature("commit, resume, lag 0")
def _():
    topic, group = committed_group(50)
    assert committed(topic, group).metadata == "where I was"
    reader = consumer(topic, group_id=group)
    assert found_values(take(reader, 50)) == values(50, 50)
    reader.commit()
    partition = TopicPartition(topic, 0)
    assert reader.end_offsets([partition])[partition] - committed(topic, group).offset == 0
    reader.close()


@feature("list and describe groups")
def _():
    topic, group = new_topic("described"), unique("group")
    reader = consumer(topic, group_id=group, client_id="interop")
    while not reader.assignment():
        reader.poll(POLL_MS)
    assert group in [g["group_id"] for g in admin.list_groups()]
    described = admin.describe_groups([group])[group]
    assert (described["group_state"], len(described["members"])) == ("Stable", 1), described
    assert described["members"][0]["client_id"] == "interop"
    reader.close()
    assert admin.describe_groups([group])[group]["group_state"] == "Empty"


@feature("delete a group")
def _():
    _, group = committed_group(10)
    admin.delete_groups([group])
    assert group not in [g["group_id"] for g in admin.list_groups()]


@feature("reset offsets")
def _():
    topic, group = committed_group(90)
    admin.alter_group_offsets(group, {TopicPartition(topic, 0): OffsetAndMetadata(30, "", -1)})
    assert found_values(read(topic, 70, group_id=group)) == values(70, 30)


@feature("delete records")
def _():
    topic = new_topic("records")
    send(topic, numbered(100))
    partition = TopicPartition(topic, 0)
    admin.delete_records({partition: 60})
    reader = consumer()
    assert reader.beginning_offsets([partition])[partition] == 60
    reader.close()
    assert found_values(read(topic, 40)) == values(40, 60)


@feature("add partitions")
def _():
    topic = new_topic("partitions")
    admin.create_partitions({topic: 3})
    send(topic, numbered(1), partition=2)
    assert [(r.partition, r.value) for r in read(topic, 1)] == [(2, b"n0")]


@feature("describe and alter configs")
def _():
    topic = new_topic("configs")

    def retention():
        resource = ConfigResource("topic", topic, ["retention.ms"])
        described = admin.describe_configs([resource], config_filter="all")["topic"][topic]["retention.ms"]
        return described["value"], described["config_source"]

    assert retention() == ("604800000", "DEFAULT_CONFIG"), retention()
    admin.alter_configs([ConfigResource("topic", topic, {"retention.ms": "3600000"})])
    assert retention() == ("3600000", "DYNAMIC_TOPIC_CONFIG"), retention()
    admin.reset_configs([ConfigResource("topic", topic, ["retention.ms"])])
    assert retention() == ("604800000", "DEFAULT_CONFIG"), retention()


@feature("auto-create a topic")
def _():
    topic = unique("kafka-python-auto")
    send(topic, numbered(10))
    assert found_values(read(topic, 10)) == values(10)


@feature("record of 900 kB")
def _():
    topic, value = new_topic("large"), b"large " * 150_000
    send(topic, [(None, value, [])])
    assert read(topic, 1)[0].value == value


@feature("too large a record is refused")
def _():
    topic = new_topic("too-large")
    big = [(None, b"x" * 1_100_000, [])]
    refused(lambda: send(topic, big, max_request_size=2_000_000), MessageSizeTooLargeError)
    send(topic, numbered(1))


@feature("100 partitions")
def _():
    topic = new_topic("many", 100)
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    for i, (key, value, _) in enumerate(numbered(1000)):
        producer.send(topic, key=key, value=value, partition=i % 100)
    producer.close()
    found = read(topic, 1000)
    assert sorted(found_values(found)) == sorted(values(1000))
    assert all(int(r.value[1:]) % 100 == r.partition for r in found)


admin.close()
