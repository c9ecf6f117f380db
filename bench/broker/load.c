// A load generator over librdkafka: load produce|consume BROKER TOPIC RECORDS BYTES RATE [NAME=VALUE...]
// Prints one line of JSON. RATE is records a second, 0 for as fast as it goes. NAME=VALUE is
// librdkafka's configuration. Records go to all partitions of the topic in turn.
#include <librdkafka/rdkafka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fail(const char* what, const char* why) {
  fprintf(stderr, "load: %s: %s\n", what, why);
  exit(1);
}

struct tally {
  int64_t records;
  int64_t bytes;
  int64_t failed;
  float* latencies;  // milliseconds, by the order of acknowledgements
};

static void acknowledged(rd_kafka_t* kafka, const rd_kafka_message_t* message, void* opaque) {
  (void)kafka;
  struct tally* tally = opaque;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (tally->failed++ == 0) fprintf(stderr, "load: %s\n", rd_kafka_err2str(message->err));
    return;
  }
  tally->latencies[tally->records++] = (float)rd_kafka_message_latency(message) / 1000.0F;
  tally->bytes += (int64_t)message->len;
}

static int ascending(const void* a, const void* b) {
  const float left = *(const float*)a;
  const float right = *(const float*)b;
  return (left > right) - (left < right);
}

static void report(struct tally* tally, double seconds) {
  printf("{\"records\":%lld,\"bytes\":%lld,\"failed\":%lld,\"seconds\":%.6f",
         (long long)tally->records, (long long)tally->bytes, (long long)tally->failed, seconds);
  if (tally->latencies != NULL && tally->records > 0) {
    qsort(tally->latencies, (size_t)tally->records, sizeof(float), ascending);
    const double parts[] = {0.5, 0.99, 0.999};
    const char* names[] = {"p50", "p99", "p999"};
    for (int i = 0; i < 3; i++) {
      const int64_t at = (int64_t)((double)(tally->records - 1) * parts[i]);
      printf(",\"%s\":%.4f", names[i], (double)tally->latencies[at]);
    }
  }
  printf("}\n");
}

static rd_kafka_t* client(rd_kafka_type_t type, const char* broker, char** settings, int count,
                          struct tally* tally) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", broker, error, sizeof error);
  for (int i = 0; i < count; i++) {
    char* equals = strchr(settings[i], '=');
    if (equals == NULL) fail(settings[i], "give NAME=VALUE");
    *equals = '\0';
    if (rd_kafka_conf_set(conf, settings[i], equals + 1, error, sizeof error) != RD_KAFKA_CONF_OK) {
      fail(settings[i], error);
    }
  }
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_opaque(conf, tally);
    rd_kafka_conf_set_dr_msg_cb(conf, acknowledged);
  }
  rd_kafka_t* kafka = rd_kafka_new(type, conf, error, sizeof error);
  if (kafka == NULL) fail("librdkafka", error);
  return kafka;
}

static void produce(rd_kafka_t* kafka, const char* name, int64_t records, size_t bytes, double rate,
                    struct tally* tally) {
  rd_kafka_topic_t* topic = rd_kafka_topic_new(kafka, name, NULL);
  char* value = malloc(bytes);
  // Neither all alike, which codecs would make nothing of, nor noise.
  for (size_t i = 0; i < bytes; i++) value[i] = (char)('a' + (i * 7 + i / 13) % 26);
  const double begun = now();
  for (int64_t i = 0; i < records; i++) {
    while (rate > 0 && (double)i > (now() - begun) * rate) rd_kafka_poll(kafka, 1);
    memcpy(value, &i, sizeof i < bytes ? sizeof i : bytes);
    while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, bytes, NULL, 0,
                            NULL) != 0) {
      if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        fail("produce", rd_kafka_err2str(rd_kafka_last_error()));
      }
      rd_kafka_poll(kafka, 10);
    }
    if (i % 64 == 0) rd_kafka_poll(kafka, 0);
  }
  if (rd_kafka_flush(kafka, 120000) != RD_KAFKA_RESP_ERR_NO_ERROR) fail("flush", "timed out");
  report(tally, now() - begun);
  free(value);
  rd_kafka_topic_destroy(topic);
}

static void consume(rd_kafka_t* kafka, const char* name, int64_t records, struct tally* tally) {
  rd_kafka_poll_set_consumer(kafka);
  const struct rd_kafka_metadata* metadata;
  rd_kafka_topic_t* topic = rd_kafka_topic_new(kafka, name, NULL);
  if (rd_kafka_metadata(kafka, 0, topic, &metadata, 10000) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fail("metadata", "not answered");
  }
  const int partitions = metadata->topics[0].partition_cnt;
  rd_kafka_topic_partition_list_t* all = rd_kafka_topic_partition_list_new(partitions);
  for (int i = 0; i < partitions; i++) {
    rd_kafka_topic_partition_list_add(all, name, i)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(kafka);
  const double begun = now();
  rd_kafka_assign(kafka, all);
  static rd_kafka_message_t* some[10000];
  while (tally->records < records) {
    const int64_t left = records - tally->records;
    const size_t most = left < 10000 ? (size_t)left : 10000;
    const ssize_t count = rd_kafka_consume_batch_queue(queue, 10000, some, most);
    if (count <= 0) fail("consume", "nothing came for ten seconds");
    for (ssize_t i = 0; i < count; i++) {
      if (some[i]->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail("consume", rd_kafka_message_errstr(some[i]));
      }
      tally->records++;
      tally->bytes += (int64_t)some[i]->len;
      rd_kafka_message_destroy(some[i]);
    }
  }
  report(tally, now() - begun);
  rd_kafka_queue_destroy(queue);
  rd_kafka_topic_partition_list_destroy(all);
  rd_kafka_metadata_destroy(metadata);
  rd_kafka_topic_destroy(topic);
  rd_kafka_consumer_close(kafka);
}

int main(int count, char** args) {
  if (count < 7) fail("usage", "load produce|consume BROKER TOPIC RECORDS BYTES RATE [NAME=VALUE...]");
  const int64_t records = atoll(args[4]);
  struct tally tally = {0, 0, 0, NULL};
  const int is_producer = strcmp(args[1], "produce") == 0;
  if (is_producer) tally.latencies = malloc((size_t)records * sizeof(float));
  rd_kafka_t* kafka = client(is_producer ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, args[2], args + 7,
                             count - 7, &tally);
  if (is_producer) {
    produce(kafka, args[3], records, (size_t)atoll(args[5]), atof(args[6]), &tally);
  } else {
    consume(kafka, args[3], records, &tally);
  }
  rd_kafka_destroy(kafka);
  return tally.failed == 0 ? 0 : 1;
}
