// Apache Kafka's own producer, consumer and admin client.
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.stream.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.serialization.*;

public class Features {
  static final String BOOTSTRAP = System.getenv().getOrDefault("BOOTSTRAP", "localhost:9092");
  static final int LIMIT_S = 60;
  static final long BASE = 1_700_000_000_000L;
  static final Admin admin = Admin.create(Map.of("bootstrap.servers", BOOTSTRAP));
  static final ExecutorService checks = Executors.newCachedThreadPool(task -> {
    var thread = new Thread(task);
    thread.setDaemon(true);
    return thread;
  });

  interface Check { void run() throws Exception; }
  interface Call { Object run() throws Exception; }

  /** A record of any partition: key, value and headers. */
  record Content(byte[] key, byte[] value, List<Header> headers) {
    String text() {
      return show(key) + " " + show(value) + " "
          + headers.stream().map(h -> h.key() + "=" + show(h.value())).toList();
    }
  }

  static void feature(String name, Check check) {
    var running = checks.submit(() -> { check.run(); return null; });
    try {
      running.get(LIMIT_S, TimeUnit.SECONDS);
      say(name, "works", null);
    } catch (TimeoutException late) {
      say(name, "fails", "not done after " + LIMIT_S + " s");
      running.cancel(true);
    } catch (Exception error) {
      say(name, "fails", String.valueOf(error.getCause() == null ? error : error.getCause()));
    }
  }

  static void say(String feature, String result, String note) {
    var more = note == null ? "" : ",\"note\":\"" + note.replaceAll("[\"\\\\\\p{Cntrl}]", " ") + "\"";
    System.out.println("{\"feature\":\"" + feature + "\",\"result\":\"" + result + "\"" + more + "}");
  }

  static void same(Object found, Object expected) {
    if (!Objects.equals(found, expected)) throw new AssertionError(found + " is not " + expected);
  }

  static void refused(Class<? extends Exception> kind, Call call) throws Exception {
    try {
      call.run();
    } catch (ExecutionException error) {
      same(error.getCause().getClass(), kind);
      return;
    }
    throw new AssertionError("accepted");
  }

  static String show(byte[] bytes) { return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8); }
  static byte[] bytes(String text) { return text.getBytes(StandardCharsets.UTF_8); }
  static String unique(String name) { return name + "-" + UUID.randomUUID().toString().substring(0, 8); }

  /** The same records in each language: nulls and any length among them. */
  static List<Content> records(int count) {
    return IntStream.range(0, count).mapToObj(i -> new Content(
        i % 5 == 1 ? null : bytes("k" + i % 7),
        i % 5 == 3 ? null : bytes(("value " + i + " ").repeat(i % 40)),
        i % 3 == 0 ? List.of(new RecordHeader("trace", bytes("" + i)), new RecordHeader("empty", bytes(""))) : List.of()
    )).toList();
  }

  static List<Content> numbered(int count, int from) {
    return IntStream.range(from, from + count).mapToObj(i -> new Content(bytes("" + i), bytes("n" + i), List.of())).toList();
  }

  static List<String> values(int count, int from) {
    return IntStream.range(from, from + count).mapToObj(i -> "n" + i).toList();
  }

  static List<String> values(List<ConsumerRecord<byte[], byte[]>> found) {
    return found.stream().map(r -> show(r.value())).toList();
  }

  static <T extends Comparable<T>> List<T> sorted(List<T> list) { return list.stream().sorted().toList(); }

  static String newTopic(String name, int partitions) throws Exception {
    var topic = unique("java-" + name);
    admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
    return topic;
  }

  static Set<String> topics() throws Exception { return admin.listTopics().names().get(); }

  interface Place { Integer of(int i); }

  static void send(String topic, List<Content> contents, Place partition, Long base, Map<String, Object> options) throws Exception {
    var all = new HashMap<String, Object>(Map.of("bootstrap.servers", BOOTSTRAP));
    all.putAll(options);
    try (var producer = new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer())) {
      var sent = new ArrayList<Future<RecordMetadata>>();
      for (int i = 0; i < contents.size(); i++) {
        var c = contents.get(i);
        var time = base == null ? null : base + i * 1000L;
        sent.add(producer.send(new ProducerRecord<>(topic, partition.of(i), time, c.key, c.value, c.headers)));
      }
      producer.flush();
      for (var one : sent) one.get();
    }
  }

  static void send(String topic, List<Content> contents) throws Exception { send(topic, contents, i -> null, null, Map.of()); }

  static KafkaConsumer<byte[], byte[]> consumer(String group, Map<String, Object> options) {
    var all = new HashMap<String, Object>(Map.of("bootstrap.servers", BOOTSTRAP, "auto.offset.reset", "earliest",
        "enable.auto.commit", false, "session.timeout.ms", 6000, "heartbeat.interval.ms", 300, "client.id", unique("interop")));
    if (group != null) all.put("group.id", group);
    all.putAll(options);
    return new KafkaConsumer<>(all, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @SafeVarargs
  static List<ConsumerRecord<byte[], byte[]>> take(int count, Consumer<byte[], byte[]>... members) {
    var found = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    while (found.size() < count) for (var member : members) member.poll(Duration.ofMillis(100)).forEach(found::add);
    return found;
  }

  static List<ConsumerRecord<byte[], byte[]>> read(String topic, int count, Long start) {
    try (var reader = consumer(null, Map.of())) {
      var all = reader.partitionsFor(topic).stream().map(p -> new TopicPartition(topic, p.partition())).toList();
      reader.assign(all);
      if (start != null) reader.seek(all.get(0), start);
      return take(count, reader);
    }
  }

  static List<ConsumerRecord<byte[], byte[]>> read(String topic, int count, String group) {
    try (var reader = consumer(group, Map.of())) {
      reader.subscribe(List.of(topic));
      return take(count, reader);
    }
  }

  static void roundTrip(String name, Map<String, Object> options) throws Exception {
    var topic = newTopic(name, 1);
    send(topic, records(300), i -> null, null, options);
    var found = read(topic, 300, (Long) null).stream().map(r -> new Content(r.key(), r.value(), Arrays.asList(r.headers().toArray())).text());
    same(found.toList(), records(300).stream().map(Content::text).toList());
  }

  /** A group that read and committed `count` of 100 records: its topic. */
  static TopicPartition committed(String group, long count) throws Exception {
    var partition = new TopicPartition(newTopic("commit", 1), 0);
    send(partition.topic(), numbered(100, 0));
    try (var reader = consumer(group, Map.of())) {
      reader.subscribe(List.of(partition.topic()));
      take(100, reader);
      reader.commitSync(Map.of(partition, new OffsetAndMetadata(count, "where I was")));
    }
    return partition;
  }

  static OffsetAndMetadata offset(String group, TopicPartition partition) throws Exception {
    return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition);
  }

  static void until(Callable<Boolean> condition, Check step) throws Exception { while (!condition.call()) step.run(); }

  public static void main(String[] args) throws Exception {
    feature("connect and list topics", () -> {
      var topic = newTopic("list", 1);
      same(topics().contains(topic), true);
    });
    feature("create, describe and delete a topic", Features::topicLife);
    feature("keys, headers and nulls", () -> roundTrip("nulls", Map.of()));
    for (var codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      feature("codec " + codec, () -> roundTrip("codec-" + codec, Map.of("compression.type", codec, "linger.ms", 50)));
    }
    for (var acks : List.of("0", "1", "all")) {
      feature("acks " + acks, () -> roundTrip("acks-" + acks, Map.of("acks", acks, "enable.idempotence", false)));
    }
    feature("idempotent producer", () -> roundTrip("idempotent", Map.of("enable.idempotence", true)));
    feature("consume from the beginning", () -> {
      var topic = newTopic("beginning", 1);
      send(topic, numbered(100, 0));
      same(read(topic, 100, (Long) null).stream().map(ConsumerRecord::offset).toList(), LongStream.range(0, 100).boxed().toList());
    });
    feature("consume from the latest", Features::latest);
    feature("consume from an offset", () -> {
      var topic = newTopic("offset", 1);
      send(topic, numbered(100, 0));
      same(values(read(topic, 60, 40L)), values(60, 40));
    });
    feature("consume from a timestamp", Features::timestamp);
    feature("group of two, rebalanced", () -> {
      for (var assignor : List.of(RangeAssignor.class, CooperativeStickyAssignor.class)) group(assignor.getName());
    });
    feature("commit, resume, lag 0", Features::resume);
    feature("list and describe groups", Features::groups);
    feature("delete a group", () -> {
      var group = unique("group");
      committed(group, 10);
      admin.deleteConsumerGroups(List.of(group)).all().get();
      same(admin.listGroups().all().get().stream().anyMatch(g -> g.groupId().equals(group)), false);
    });
    feature("reset offsets", () -> {
      var group = unique("group");
      var partition = committed(group, 90);
      admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(30))).all().get();
      same(values(read(partition.topic(), 70, group)), values(70, 30));
      admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
      same(offset(group, partition), null);
    });
    feature("delete records", () -> {
      var partition = new TopicPartition(newTopic("records", 1), 0);
      send(partition.topic(), numbered(100, 0));
      var deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(60)));
      same(deleted.lowWatermarks().get(partition).get().lowWatermark(), 60L);
      same(values(read(partition.topic(), 40, (Long) null)), values(40, 60));
    });
    feature("add partitions", () -> {
      var topic = newTopic("partitions", 1);
      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
      send(topic, numbered(1, 0), i -> 2, null, Map.of());
      same(read(topic, 1, (Long) null).get(0).partition(), 2);
    });
    feature("describe and alter configs", Features::configs);
    feature("auto-create a topic", () -> {
      var topic = unique("java-auto");
      send(topic, numbered(10, 0));
      same(values(read(topic, 10, (Long) null)), values(10, 0));
    });
    feature("record of 900 kB", () -> {
      var topic = newTopic("large", 1);
      send(topic, List.of(new Content(null, bytes("large ".repeat(150_000)), List.of())));
      same(show(read(topic, 1, (Long) null).get(0).value()), "large ".repeat(150_000));
    });
    feature("too large a record is refused", () -> {
      var topic = newTopic("too-large", 1);
      var big = List.of(new Content(null, new byte[1_100_000], List.of()));
      refused(RecordTooLargeException.class, () -> { send(topic, big, i -> null, null, Map.of("max.request.size", 2_000_000)); return null; });
      send(topic, numbered(1, 0));
    });
    feature("100 partitions", () -> {
      var topic = newTopic("many", 100);
      send(topic, numbered(1000, 0), i -> i % 100, null, Map.of());
      var found = read(topic, 1000, (Long) null);
      same(sorted(values(found)), sorted(values(1000, 0)));
      for (var r : found) same(Integer.parseInt(show(r.value()).substring(1)) % 100, r.partition());
    });
    System.exit(0);
  }

  static void topicLife() throws Exception {
    var topic = newTopic("made", 3);
    var described = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
    same(described.partitions().stream().map(p -> p.partition()).toList(), List.of(0, 1, 2));
    same(admin.describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).allTopicIds().get().get(described.topicId()).name(), topic);
    refused(TopicExistsException.class, () -> admin.createTopics(List.of(new NewTopic(topic, 1, (short) 1))).all().get());
    admin.deleteTopics(List.of(topic)).all().get();
    same(topics().contains(topic), false);
  }

  static void latest() throws Exception {
    var partition = new TopicPartition(newTopic("latest", 1), 0);
    send(partition.topic(), numbered(10, 0));
    try (var reader = consumer(null, Map.of())) {
      reader.assign(List.of(partition));
      reader.seekToEnd(List.of(partition));
      same(reader.position(partition), 10L);
      send(partition.topic(), numbered(10, 10));
      same(values(take(10, reader)), values(10, 10));
    }
  }

  static void timestamp() throws Exception {
    var partition = new TopicPartition(newTopic("timestamp", 1), 0);
    send(partition.topic(), numbered(100, 0), i -> null, BASE, Map.of());
    try (var reader = consumer(null, Map.of())) {
      var at = reader.offsetsForTimes(Map.of(partition, BASE + 41_500)).get(partition);
      same(List.of(at.offset(), at.timestamp()), List.of(42L, BASE + 42_000));
      same(reader.offsetsForTimes(Map.of(partition, BASE + 1_000_000_000L)).get(partition), null);
      same(values(read(partition.topic(), 58, at.offset())), values(58, 42));
    }
    var newest = admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).partitionResult(partition).get();
    same(newest.offset(), 99L);
  }

  static void group(String assignor) throws Exception {
    var topic = newTopic("group", 4);
    var group = unique("group");
    Map<String, Object> options = Map.of("partition.assignment.strategy", assignor);
    var found = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    try (var a = consumer(group, options)) {
      a.subscribe(List.of(topic));
      until(() -> a.assignment().size() == 4, () -> found.addAll(poll(a)));
      try (var b = consumer(group, options)) {
        b.subscribe(List.of(topic));
        until(() -> a.assignment().size() == 2 && b.assignment().size() == 2, () -> { found.addAll(poll(a)); found.addAll(poll(b)); });
        send(topic, numbered(200, 0));
        found.addAll(take(200 - found.size(), a, b));
        a.commitSync();
        b.commitSync();
      }
      until(() -> a.assignment().size() == 4, () -> found.addAll(poll(a)));
      send(topic, numbered(100, 200));
      found.addAll(take(300 - found.size(), a));
      same(sorted(values(found)), sorted(values(300, 0)));
    }
  }

  static List<ConsumerRecord<byte[], byte[]>> poll(Consumer<byte[], byte[]> member) {
    var found = new ArrayList<ConsumerRecord<byte[], byte[]>>();
    member.poll(Duration.ofMillis(100)).forEach(found::add);
    return found;
  }

  static void resume() throws Exception {
    var group = unique("group");
    var partition = committed(group, 50);
    same(offset(group, partition).metadata(), "where I was");
    try (var reader = consumer(group, Map.of())) {
      reader.subscribe(List.of(partition.topic()));
      same(values(take(50, reader)), values(50, 50));
      reader.commitSync();
      same(reader.currentLag(partition).getAsLong(), 0L);
      same(reader.endOffsets(List.of(partition)).get(partition), offset(group, partition).offset());
    }
  }

  static void groups() throws Exception {
    var topic = newTopic("described", 1);
    var group = unique("group");
    try (var reader = consumer(group, Map.of("group.instance.id", "first"))) {
      reader.subscribe(List.of(topic));
      until(() -> reader.assignment().size() == 1, () -> poll(reader));
      same(admin.listGroups().all().get().stream().anyMatch(g -> g.groupId().equals(group)), true);
      var described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
      same(described.groupState(), GroupState.STABLE);
      var member = described.members().iterator().next();
      same(member.groupInstanceId(), Optional.of("first"));
      same(member.assignment().topicPartitions(), Set.of(new TopicPartition(topic, 0)));
    }
    // A static member stays when its consumer closes.
    admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(List.of(new MemberToRemove("first")))).all().get();
    same(admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupState(), GroupState.EMPTY);
  }

  static void configs() throws Exception {
    var resource = new ConfigResource(ConfigResource.Type.TOPIC, newTopic("configs", 1));
    Callable<List<Object>> retention = () -> {
      var options = new DescribeConfigsOptions().includeDocumentation(true).includeSynonyms(true);
      var entry = admin.describeConfigs(List.of(resource), options).all().get().get(resource).get("retention.ms");
      same(entry.documentation().isEmpty(), false);
      return List.of(entry.value(), entry.source());
    };
    var entry = new ConfigEntry("retention.ms", "3600000");
    same(retention.call(), List.of("604800000", ConfigEntry.ConfigSource.DEFAULT_CONFIG));
    admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET)))).all().get();
    same(retention.call(), List.of("3600000", ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG));
    admin.incrementalAlterConfigs(Map.of(resource, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.DELETE)))).all().get();
    same(retention.call(), List.of("604800000", ConfigEntry.ConfigSource.DEFAULT_CONFIG));
  }
}
