package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
)

func main() {
	managing()
	producing()
	consuming()
	groups()
}

func managing() {
	feature("connect and list topics", func(ctx context.Context) {
		topic := newTopic(ctx, "list", 1)
		same(topics(ctx)[topic], 1)
	})
	feature("create, describe and delete a topic", func(ctx context.Context) {
		topic := newTopic(ctx, "made", 3)
		same(topics(ctx)[topic], 3)
		same(errors.Is(create(ctx, topic, 1), kafka.TopicAlreadyExists), true)
		must(got(admin.DeleteTopics(ctx, &kafka.DeleteTopicsRequest{Topics: []string{topic}})).Errors[topic])
		for topics(ctx)[topic] > 0 {
			must(ctx.Err())
		}
	})
	say("delete records", "not in this client", nil)
	feature("add partitions", func(ctx context.Context) {
		topic := newTopic(ctx, "partitions", 1)
		more := []kafka.TopicPartitionsConfig{{Name: topic, Count: 3}}
		must(got(admin.CreatePartitions(ctx, &kafka.CreatePartitionsRequest{Topics: more})).Errors[topic])
		for topics(ctx)[topic] < 3 {
			must(ctx.Err())
		}
		third := kafka.BalancerFunc(func(kafka.Message, ...int) int { return 2 })
		must(send(ctx, topic, numbered(1, 0), func(w *kafka.Writer) { w.Balancer = third }))
		reader := partition(topic, 2, kafka.FirstOffset)
		defer reader.Close()
		same(values(take(ctx, reader, 1)), []string{"n0"})
	})
	feature("describe and alter configs", func(ctx context.Context) {
		topic := newTopic(ctx, "configs", 1)
		retention := func() string {
			asked := []kafka.DescribeConfigRequestResource{{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, ConfigNames: []string{"retention.ms"}}}
			return got(admin.DescribeConfigs(ctx, &kafka.DescribeConfigsRequest{Resources: asked})).Resources[0].ConfigEntries[0].ConfigValue
		}
		same(retention(), "604800000")
		set := []kafka.IncrementalAlterConfigsRequestConfig{{Name: "retention.ms", Value: "3600000", ConfigOperation: kafka.ConfigOperationSet}}
		altered := []kafka.IncrementalAlterConfigsRequestResource{{ResourceType: kafka.ResourceTypeTopic, ResourceName: topic, Configs: set}}
		must(got(admin.IncrementalAlterConfigs(ctx, &kafka.IncrementalAlterConfigsRequest{Resources: altered})).Resources[0].Error)
		same(retention(), "3600000")
	})
	feature("auto-create a topic", func(ctx context.Context) {
		topic := unique("auto")
		must(send(ctx, topic, numbered(10, 0), func(w *kafka.Writer) { w.AllowAutoTopicCreation, w.MaxAttempts = true, 20 }))
		same(values(read(ctx, topic, 10, kafka.FirstOffset)), values(numbered(10, 0)))
	})
	feature("100 partitions", func(ctx context.Context) {
		topic := newTopic(ctx, "many", 100)
		place := kafka.BalancerFunc(func(m kafka.Message, _ ...int) (i int) { got(fmt.Sscanf(string(m.Value), "n%d", &i)); return i % 100 })
		must(send(ctx, topic, numbered(1000, 0), func(w *kafka.Writer) { w.Balancer = place }))
		reader := member(topic, unique("group"))
		defer reader.Close()
		found := take(ctx, reader, 1000)
		same(sorted(values(found)), sorted(values(numbered(1000, 0))))
		for _, m := range found {
			same(place.Balance(m), m.Partition)
		}
	})
}

func producing() {
	feature("keys, headers and nulls", func(ctx context.Context) { roundTrip(ctx, "nulls", func(*kafka.Writer) {}) })
	for name, codec := range map[string]kafka.Compression{"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd} {
		feature("codec "+name, func(ctx context.Context) { roundTrip(ctx, name, func(w *kafka.Writer) { w.Compression = codec }) })
	}
	for name, acks := range map[string]kafka.RequiredAcks{"0": kafka.RequireNone, "1": kafka.RequireOne, "all": kafka.RequireAll} {
		feature("acks "+name, func(ctx context.Context) { roundTrip(ctx, "acks", func(w *kafka.Writer) { w.RequiredAcks = acks }) })
	}
	say("idempotent producer", "not in this client", nil)
	feature("record of 900 kB", func(ctx context.Context) {
		topic, value := newTopic(ctx, "large", 1), strings.Repeat("large ", 150_000)
		must(send(ctx, topic, []kafka.Message{{Value: []byte(value)}}))
		same(string(read(ctx, topic, 1, kafka.FirstOffset)[0].Value), value)
	})
	feature("too large a record is refused", func(ctx context.Context) {
		topic := newTopic(ctx, "too-large", 1)
		err := send(ctx, topic, []kafka.Message{{Value: make([]byte, 1_100_000)}}, func(w *kafka.Writer) { w.BatchBytes = 2_000_000 })
		same(strings.Contains(fmt.Sprint(err), "Message Size Too Large"), true)
		must(send(ctx, topic, numbered(1, 0)))
	})
}

func consuming() {
	feature("consume from the beginning", func(ctx context.Context) {
		for i, m := range read(ctx, hundred(ctx, "beginning"), 100, kafka.FirstOffset) {
			same(m.Offset, int64(i))
		}
	})
	feature("consume from the latest", func(ctx context.Context) {
		topic := hundred(ctx, "latest")
		conn := leader(topic, 0)
		defer conn.Close()
		first, last, err := conn.ReadOffsets()
		must(err)
		same([]int64{first, last}, []int64{0, 100})
		must(send(ctx, topic, numbered(10, 100)))
		same(values(read(ctx, topic, 10, last)), values(numbered(10, 100)))
	})
	feature("consume from an offset", func(ctx context.Context) {
		same(values(read(ctx, hundred(ctx, "offset"), 60, 40)), values(numbered(60, 40)))
	})
	feature("consume from a timestamp", func(ctx context.Context) {
		topic, sent := newTopic(ctx, "timestamp", 1), numbered(100, 0)
		for i := range sent {
			sent[i].Time = time.UnixMilli(base + int64(i)*1000)
		}
		must(send(ctx, topic, sent))
		reader := partition(topic, 0, kafka.FirstOffset)
		defer reader.Close()
		must(reader.SetOffsetAt(ctx, time.UnixMilli(base+41_500)))
		same(reader.Offset(), int64(42))
		same(values(take(ctx, reader, 58)), values(numbered(58, 42)))
	})
}

func groups() {
	feature("group of two, rebalanced", rebalanced)
	feature("commit, resume, lag 0", func(ctx context.Context) {
		topic, group := unread(ctx, 50)
		reader := member(topic, group)
		found := take(ctx, reader, 50)
		same(values(found), values(numbered(50, 50)))
		must(reader.CommitMessages(ctx, found...))
		must(reader.Close())
		same(committed(ctx, topic, group), int64(100))
	})
	feature("list and describe groups", func(ctx context.Context) {
		topic, group := hundred(ctx, "described"), unique("group")
		reader := member(topic, group)
		take(ctx, reader, 100)
		same(listed(ctx, group), true)
		one := described(ctx, group)
		same([]any{one.GroupState, len(one.Members)}, []any{"Stable", 1})
		must(reader.Close())
		same(described(ctx, group).GroupState, "Empty")
	})
	feature("delete a group", func(ctx context.Context) {
		_, group := unread(ctx, 10)
		must(got(admin.DeleteGroups(ctx, &kafka.DeleteGroupsRequest{GroupIDs: []string{group}})).Errors[group])
		same(listed(ctx, group), false)
	})
	feature("reset offsets", func(ctx context.Context) {
		topic, group := unread(ctx, 90)
		to := map[string][]kafka.OffsetCommit{topic: {{Partition: 0, Offset: 30}}}
		got(admin.OffsetCommit(ctx, &kafka.OffsetCommitRequest{GroupID: group, GenerationID: -1, Topics: to}))
		reader := member(topic, group)
		defer reader.Close()
		same(values(take(ctx, reader, 70)), values(numbered(70, 30)))
	})
}

// The members of a group read side by side; `found` gets what each has read and committed.
func rebalanced(ctx context.Context) {
	topic, group, found := newTopic(ctx, "group", 4), unique("group"), make(chan string, 1000)
	join := func() *kafka.Reader {
		reader := member(topic, group)
		go func() {
			for {
				message, err := reader.FetchMessage(ctx)
				if err != nil || reader.CommitMessages(ctx, message) != nil {
					return
				}
				found <- string(message.Value)
			}
		}()
		return reader
	}
	until := func(members int) {
		for one := described(ctx, group); one.GroupState != "Stable" || len(one.Members) != members; one = described(ctx, group) {
			must(ctx.Err())
			time.Sleep(100 * time.Millisecond)
		}
	}
	collect := func(wanted []kafka.Message) {
		seen := map[string]bool{}
		for len(seen) < len(wanted) {
			select {
			case value := <-found:
				seen[value] = true
			case <-ctx.Done():
				panic(fmt.Sprintf("%d of %d", len(seen), len(wanted)))
			}
		}
		for _, value := range values(wanted) {
			same(seen[value], true)
		}
	}
	a := join()
	defer a.Close()
	until(1)
	b := join()
	until(2)
	for _, one := range described(ctx, group).Members {
		same(len(one.MemberAssignments.Topics[0].Partitions), 2)
	}
	must(send(ctx, topic, numbered(200, 0)))
	collect(numbered(200, 0))
	must(b.Close())
	until(1)
	must(send(ctx, topic, numbered(100, 200)))
	collect(numbered(100, 200))
}
