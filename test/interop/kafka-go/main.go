// What kafka-go does with the broker.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"reflect"
	"sort"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

const base = 1_700_000_000_000

var bootstrap = os.Getenv("BOOTSTRAP")

// It remembers for 6 s what it was told of topics, unless told otherwise.
var transport = &kafka.Transport{MetadataTTL: 200 * time.Millisecond}
var admin = &kafka.Client{Addr: kafka.TCP(bootstrap), Timeout: 20 * time.Second, Transport: transport}

func say(feature, result string, note any) {
	line, _ := json.Marshal(map[string]any{"feature": feature, "result": result, "note": note})
	fmt.Println(string(line))
}

// Within a feature a failed check panics; what it says is the note beside the result.
func feature(name string, check func(ctx context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	defer func() {
		if failure := recover(); failure != nil {
			say(name, "fails", fmt.Sprintf("%.300v", failure))
		}
	}()
	check(ctx)
	say(name, "works", nil)
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

func unique(name string) string { return fmt.Sprintf("kafka-go-%s-%08x", name, rand.Uint32()) }

func create(ctx context.Context, topic string, partitions int) error {
	config := kafka.TopicConfig{Topic: topic, NumPartitions: partitions, ReplicationFactor: 1}
	return got(admin.CreateTopics(ctx, &kafka.CreateTopicsRequest{Topics: []kafka.TopicConfig{config}})).Errors[topic]
}

func newTopic(ctx context.Context, name string, partitions int) string {
	topic := unique(name)
	must(create(ctx, topic, partitions))
	return topic
}

func topics(ctx context.Context) map[string]int {
	all := map[string]int{}
	for _, topic := range got(admin.Metadata(ctx, &kafka.MetadataRequest{})).Topics {
		all[topic.Name] = len(topic.Partitions)
	}
	return all
}

// The same records in each language: nulls and any length among them.
func records(count int) (all []kafka.Message) {
	for i := range count {
		one := kafka.Message{Key: fmt.Appendf(nil, "k%d", i%7), Value: []byte(strings.Repeat(fmt.Sprintf("value %d ", i), i%40))}
		if i%5 == 1 {
			one.Key = nil
		}
		if i%5 == 3 {
			one.Value = nil
		}
		if i%3 == 0 {
			one.Headers = []kafka.Header{{Key: "trace", Value: fmt.Append(nil, i)}, {Key: "empty", Value: []byte{}}}
		}
		all = append(all, one)
	}
	return all
}

func numbered(count, from int) (all []kafka.Message) {
	for i := from; i < from+count; i++ {
		all = append(all, kafka.Message{Key: fmt.Append(nil, i), Value: fmt.Appendf(nil, "n%d", i)})
	}
	return all
}

// Its reader makes no difference between what is empty and what is null.
func contents(all []kafka.Message) (texts []string) {
	for _, m := range all {
		texts = append(texts, fmt.Sprintf("%q %q %q", m.Key, m.Value, m.Headers))
	}
	return texts
}

func values(all []kafka.Message) (texts []string) {
	for _, m := range all {
		texts = append(texts, string(m.Value))
	}
	return texts
}

func sorted(texts []string) []string { sort.Strings(texts); return texts }

func send(ctx context.Context, topic string, all []kafka.Message, options ...func(*kafka.Writer)) error {
	writer := &kafka.Writer{Addr: kafka.TCP(bootstrap), Topic: topic, BatchTimeout: 10 * time.Millisecond, RequiredAcks: kafka.RequireAll, MaxAttempts: 3, Transport: transport}
	for _, option := range options {
		option(writer)
	}
	defer writer.Close()
	return writer.WriteMessages(ctx, all...)
}

func take(ctx context.Context, reader *kafka.Reader, count int) (all []kafka.Message) {
	for len(all) < count {
		all = append(all, got(reader.FetchMessage(ctx)))
	}
	return all
}

func partition(topic string, index int, offset int64) *kafka.Reader {
	reader := kafka.NewReader(kafka.ReaderConfig{Brokers: []string{bootstrap}, Topic: topic, Partition: index, MaxWait: 200 * time.Millisecond})
	must(reader.SetOffset(offset))
	return reader
}

func read(ctx context.Context, topic string, count int, offset int64) []kafka.Message {
	reader := partition(topic, 0, offset)
	defer reader.Close()
	return take(ctx, reader, count)
}

func roundTrip(ctx context.Context, name string, option func(*kafka.Writer)) {
	topic := newTopic(ctx, name, 1)
	must(send(ctx, topic, records(300), option))
	same(contents(read(ctx, topic, 300, kafka.FirstOffset)), contents(records(300)))
}

func hundred(ctx context.Context, name string) string {
	topic := newTopic(ctx, name, 1)
	must(send(ctx, topic, numbered(100, 0)))
	return topic
}

func member(topic, group string) *kafka.Reader {
	return kafka.NewReader(kafka.ReaderConfig{Brokers: []string{bootstrap}, Topic: topic, GroupID: group, StartOffset: kafka.FirstOffset,
		HeartbeatInterval: 300 * time.Millisecond, SessionTimeout: 6 * time.Second, RebalanceTimeout: 6 * time.Second, MaxWait: 200 * time.Millisecond})
}

// A group without members, whose next offset is `at`.
func unread(ctx context.Context, at int64) (topic, group string) {
	topic, group = hundred(ctx, "commit"), unique("group")
	reader := member(topic, group)
	must(reader.CommitMessages(ctx, take(ctx, reader, 100)[:at]...))
	must(reader.Close())
	return topic, group
}

func committed(ctx context.Context, topic, group string) int64 {
	asked := &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: {0}}}
	return got(admin.OffsetFetch(ctx, asked)).Topics[topic][0].CommittedOffset
}

func described(ctx context.Context, group string) kafka.DescribeGroupsResponseGroup {
	return got(admin.DescribeGroups(ctx, &kafka.DescribeGroupsRequest{GroupIDs: []string{group}})).Groups[0]
}

func listed(ctx context.Context, group string) bool {
	for _, one := range got(admin.ListGroups(ctx, &kafka.ListGroupsRequest{})).Groups {
		if one.GroupID == group {
			return true
		}
	}
	return false
}

func leader(topic string, index int) *kafka.Conn {
	return got(kafka.DefaultDialer.DialLeader(context.Background(), "tcp", bootstrap, topic, index))
}
