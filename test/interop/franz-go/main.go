// What franz-go does with the broker.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

const base = 1_700_000_000_000

var seeds = kgo.SeedBrokers(os.Getenv("BOOTSTRAP"))
var admin = kadm.NewClient(client())

// Within a feature a failed check panics; what it says is the note beside the result.
func feature(name string, check func(ctx context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	answer := map[string]string{"feature": name, "result": "works"}
	func() {
		defer func() {
			if failure := recover(); failure != nil {
				answer["result"], answer["note"] = "fails", fmt.Sprintf("%.300v", failure)
			}
		}()
		check(ctx)
	}()
	line, _ := json.Marshal(answer)
	fmt.Println(string(line))
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func got[T any](value T, err error) T { must(err); return value }

func same(found, expected any) {
	if !reflect.DeepEqual(found, expected) {
		panic(fmt.Sprintf("%.100v is not %.100v", found, expected))
	}
}

func unique(name string) string { return fmt.Sprintf("franz-go-%s-%08x", name, rand.Uint32()) }

func client(options ...kgo.Opt) *kgo.Client { return got(kgo.NewClient(append(options, seeds)...)) }

func newTopic(ctx context.Context, name string, partitions int32) string {
	topic := unique(name)
	must(got(admin.CreateTopic(ctx, partitions, 1, nil, topic)).Err)
	return topic
}

// The same records in each language: nulls and any length among them.
func records(count int) (all []*kgo.Record) {
	for i := range count {
		one := &kgo.Record{Key: fmt.Appendf(nil, "k%d", i%7), Value: []byte(strings.Repeat(fmt.Sprintf("value %d ", i), i%40))}
		if i%5 == 1 {
			one.Key = nil
		}
		if i%5 == 3 {
			one.Value = nil
		}
		if i%3 == 0 {
			one.Headers = []kgo.RecordHeader{{Key: "trace", Value: fmt.Append(nil, i)}, {Key: "empty", Value: []byte{}}}
		}
		all = append(all, one)
	}
	return all
}

func numbered(count, from int) (all []*kgo.Record) {
	for i := from; i < from+count; i++ {
		all = append(all, &kgo.Record{Key: fmt.Append(nil, i), Value: fmt.Appendf(nil, "n%d", i)})
	}
	return all
}

func contents(all []*kgo.Record) (texts []string) {
	for _, r := range all {
		texts = append(texts, fmt.Sprintf("%q %v %q %v %v", r.Key, r.Key == nil, r.Value, r.Value == nil, r.Headers))
	}
	return texts
}

func values(all []*kgo.Record) (texts []string) {
	for _, r := range all {
		texts = append(texts, string(r.Value))
	}
	return texts
}

func sorted(texts []string) []string { sort.Strings(texts); return texts }

func send(ctx context.Context, topic string, all []*kgo.Record, options ...kgo.Opt) error {
	producer := client(append(options, kgo.DefaultProduceTopic(topic))...)
	defer producer.Close()
	return producer.ProduceSync(ctx, all...).FirstErr()
}

func take(ctx context.Context, count int, members ...*kgo.Client) (all []*kgo.Record) {
	for len(all) < count {
		for _, member := range members {
			all = append(all, poll(ctx, member)...)
		}
		must(ctx.Err())
	}
	return all
}

func poll(ctx context.Context, member *kgo.Client) []*kgo.Record {
	short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	fetches := member.PollFetches(short)
	if err := fetches.Err0(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		panic(err)
	}
	return fetches.Records()
}

func read(ctx context.Context, topic string, count int, options ...kgo.Opt) []*kgo.Record {
	start := kgo.ConsumeResetOffset(kgo.NewOffset().AtStart())
	reader := client(append([]kgo.Opt{kgo.ConsumeTopics(topic), start}, options...)...)
	defer reader.Close()
	return take(ctx, count, reader)
}

func from(topic string, offset kgo.Offset) kgo.Opt {
	return kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: offset}})
}

func roundTrip(ctx context.Context, name string, options ...kgo.Opt) {
	topic := newTopic(ctx, name, 1)
	must(send(ctx, topic, records(300), options...))
	same(contents(read(ctx, topic, 300)), contents(records(300)))
}

func hundred(ctx context.Context, name string) string {
	topic := newTopic(ctx, name, 1)
	must(send(ctx, topic, numbered(100, 0)))
	return topic
}

func listed(ctx context.Context, topic string) bool { return got(admin.ListTopics(ctx)).Has(topic) }

func topics() {
	feature("connect and list topics", func(ctx context.Context) {
		same(listed(ctx, newTopic(ctx, "list", 1)), true)
	})
	feature("create, describe and delete a topic", func(ctx context.Context) {
		topic := newTopic(ctx, "made", 3)
		same(len(got(admin.ListTopics(ctx, topic))[topic].Partitions), 3)
		_, err := admin.CreateTopic(ctx, 1, 1, nil, topic)
		same(errors.Is(err, kerr.TopicAlreadyExists), true)
		must(got(admin.DeleteTopics(ctx, topic)).Error())
		// A client remembers for seconds what it was told of topics.
		same(got(kadm.NewClient(client()).ListTopics(ctx)).Has(topic), false)
	})
	feature("delete records", func(ctx context.Context) {
		topic := hundred(ctx, "records")
		var to kadm.Offsets
		to.Add(kadm.Offset{Topic: topic, Partition: 0, At: 60})
		same(got(admin.DeleteRecords(ctx, to))[topic][0].LowWatermark, int64(60))
		same(values(read(ctx, topic, 40)), values(numbered(40, 60)))
	})
	feature("add partitions", func(ctx context.Context) {
		topic := newTopic(ctx, "partitions", 1)
		must(got(admin.UpdatePartitions(ctx, 3, topic)).Error())
		must(send(ctx, topic, []*kgo.Record{{Partition: 2, Value: []byte("third")}}, kgo.RecordPartitioner(kgo.ManualPartitioner())))
		same(read(ctx, topic, 1)[0].Partition, int32(2))
	})
	feature("describe and alter configs", func(ctx context.Context) {
		topic := newTopic(ctx, "configs", 1)
		retention := func() string {
			for _, config := range got(admin.DescribeTopicConfigs(ctx, topic))[0].Configs {
				if config.Key == "retention.ms" {
					return *config.Value
				}
			}
			return ""
		}
		same(retention(), "604800000")
		hour := "3600000"
		must(got(admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: "retention.ms", Value: &hour}}, topic))[0].Err)
		same(retention(), hour)
	})
	feature("auto-create a topic", func(ctx context.Context) {
		topic := unique("auto")
		must(send(ctx, topic, numbered(10, 0), kgo.AllowAutoTopicCreation()))
		same(values(read(ctx, topic, 10)), values(numbered(10, 0)))
	})
	feature("100 partitions", func(ctx context.Context) {
		topic, sent := newTopic(ctx, "many", 100), numbered(1000, 0)
		for i, r := range sent {
			r.Partition = int32(i % 100)
		}
		must(send(ctx, topic, sent, kgo.RecordPartitioner(kgo.ManualPartitioner())))
		found := read(ctx, topic, 1000)
		same(sorted(values(found)), sorted(values(numbered(1000, 0))))
		for _, r := range found {
			var i int32
			got(fmt.Sscanf(string(r.Value), "n%d", &i))
			same(r.Partition, i%100)
		}
	})
}

func producing() {
	feature("keys, headers and nulls", func(ctx context.Context) { roundTrip(ctx, "nulls") })
	codecs := map[string]kgo.CompressionCodec{"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(),
		"snappy": kgo.SnappyCompression(), "lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression()}
	for name, codec := range codecs {
		feature("codec "+name, func(ctx context.Context) { roundTrip(ctx, name, kgo.ProducerBatchCompression(codec)) })
	}
	for name, acks := range map[string]kgo.Acks{"0": kgo.NoAck(), "1": kgo.LeaderAck(), "all": kgo.AllISRAcks()} {
		feature("acks "+name, func(ctx context.Context) {
			roundTrip(ctx, "acks", kgo.RequiredAcks(acks), kgo.DisableIdempotentWrite(), kgo.MaxProduceRequestsInflightPerBroker(1))
		})
	}
	feature("idempotent producer", func(ctx context.Context) { roundTrip(ctx, "idempotent") })
	feature("record of 900 kB", func(ctx context.Context) {
		topic, value := newTopic(ctx, "large", 1), strings.Repeat("large ", 150_000)
		must(send(ctx, topic, []*kgo.Record{{Value: []byte(value)}}, kgo.ProducerBatchCompression(kgo.NoCompression())))
		same(string(read(ctx, topic, 1)[0].Value), value)
	})
	feature("too large a record is refused", func(ctx context.Context) {
		topic := newTopic(ctx, "too-large", 1)
		err := send(ctx, topic, []*kgo.Record{{Value: make([]byte, 1_100_000)}}, kgo.ProducerBatchMaxBytes(2_000_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
		same(errors.Is(err, kerr.MessageTooLarge), true)
		must(send(ctx, topic, numbered(1, 0)))
	})
}
