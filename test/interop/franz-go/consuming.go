package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func consuming() {
	feature("consume from the beginning", func(ctx context.Context) {
		for i, r := range read(ctx, hundred(ctx, "beginning"), 100) {
			same(r.Offset, int64(i))
		}
	})
	feature("consume from the latest", func(ctx context.Context) {
		topic := hundred(ctx, "latest")
		end, _ := got(admin.ListEndOffsets(ctx, topic)).Lookup(topic, 0)
		same(end.Offset, int64(100))
		reader := client(from(topic, kgo.NewOffset().AtEnd().Relative(-10)))
		defer reader.Close()
		same(values(take(ctx, 10, reader)), values(numbered(10, 90)))
		must(send(ctx, topic, numbered(10, 100)))
		same(values(take(ctx, 10, reader)), values(numbered(10, 100)))
	})
	feature("consume from an offset", func(ctx context.Context) {
		topic := hundred(ctx, "offset")
		same(values(readFrom(ctx, topic, 60, kgo.NewOffset().At(40))), values(numbered(60, 40)))
	})
	feature("consume from a timestamp", func(ctx context.Context) {
		topic, sent := newTopic(ctx, "timestamp", 1), numbered(100, 0)
		for i, r := range sent {
			r.Timestamp = time.UnixMilli(base + int64(i)*1000)
		}
		must(send(ctx, topic, sent))
		at, _ := got(admin.ListOffsetsAfterMilli(ctx, base+41_500, topic)).Lookup(topic, 0)
		same(at.Offset, int64(42))
		same(values(readFrom(ctx, topic, 58, kgo.NewOffset().AfterMilli(base+41_500))), values(numbered(58, 42)))
	})
}

func readFrom(ctx context.Context, topic string, count int, start kgo.Offset) []*kgo.Record {
	reader := client(from(topic, start))
	defer reader.Close()
	return take(ctx, count, reader)
}

// A member of a group, and how many partitions it has.
type member struct {
	*kgo.Client
	lock  sync.Mutex
	owned int
}

func join(topic, group string, options ...kgo.Opt) *member {
	m := &member{}
	count := func(sign int) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, changed map[string][]int32) {
			m.lock.Lock()
			defer m.lock.Unlock()
			m.owned += sign * len(changed[topic])
		}
	}
	m.Client = client(append([]kgo.Opt{kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.HeartbeatInterval(300 * time.Millisecond),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(),
		kgo.OnPartitionsAssigned(count(1)), kgo.OnPartitionsRevoked(count(-1)), kgo.OnPartitionsLost(count(-1))}, options...)...)
	return m
}

func (m *member) has(count int) bool {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.owned == count
}

// As an administrator does, for a group without members.
func commit(ctx context.Context, topic, group string, at int64) {
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: 0, At: at, LeaderEpoch: -1, Metadata: "where I was"})
	if _, err := admin.CommitOffsets(ctx, group, offsets); err != nil {
		panic(err)
	}
}

func resumed(ctx context.Context, topic, group string, count int) []string {
	m := join(topic, group)
	defer m.Close()
	found := take(ctx, count, m.Client)
	must(m.CommitRecords(ctx, found...))
	return values(found)
}

func groups() {
	feature("group of two, rebalanced", func(ctx context.Context) {
		for _, balancer := range []kgo.GroupBalancer{kgo.RangeBalancer(), kgo.CooperativeStickyBalancer()} {
			rebalanced(ctx, kgo.Balancers(balancer))
		}
	})
	feature("commit, resume, lag 0", func(ctx context.Context) {
		topic, group := unread(ctx, 50)
		same(resumed(ctx, topic, group, 50), values(numbered(50, 50)))
		same(got(admin.Lag(ctx, group))[group].Lag.Total(), int64(0))
	})
	feature("list and describe groups", func(ctx context.Context) {
		topic, group := hundred(ctx, "described"), unique("group")
		m := join(topic, group)
		take(ctx, 100, m.Client)
		same(got(admin.ListGroups(ctx))[group].Group, group)
		described := got(admin.DescribeGroups(ctx, group))[group]
		same([]any{described.State, len(described.Members)}, []any{"Stable", 1})
		m.Close()
		same(got(admin.DescribeGroups(ctx, group))[group].State, "Empty")
	})
	feature("delete a group", func(ctx context.Context) {
		_, group := unread(ctx, 10)
		must(got(admin.DeleteGroups(ctx, group))[group].Err)
		_, isThere := got(admin.ListGroups(ctx))[group]
		same(isThere, false)
	})
	feature("reset offsets", func(ctx context.Context) {
		topic, group := unread(ctx, 90)
		commit(ctx, topic, group, 30)
		same(resumed(ctx, topic, group, 70), values(numbered(70, 30)))
	})
}

// A group without members, whose next offset is `at`.
func unread(ctx context.Context, at int64) (topic, group string) {
	topic, group = hundred(ctx, "commit"), unique("group")
	m := join(topic, group)
	take(ctx, 100, m.Client)
	must(m.CommitRecords(ctx, &kgo.Record{Topic: topic, Partition: 0, Offset: at - 1}))
	m.Close()
	return topic, group
}

func rebalanced(ctx context.Context, balancer kgo.Opt) {
	topic, group := newTopic(ctx, "group", 4), unique("group")
	found := []*kgo.Record{}
	a := join(topic, group, balancer)
	defer a.Close()
	for !a.has(4) {
		must(ctx.Err())
		poll(ctx, a.Client)
	}
	b := join(topic, group, balancer)
	for !a.has(2) || !b.has(2) {
		poll(ctx, a.Client)
		poll(ctx, b.Client)
		must(ctx.Err())
	}
	must(send(ctx, topic, numbered(200, 0)))
	found = append(found, take(ctx, 200, a.Client, b.Client)...)
	must(errors.Join(a.CommitUncommittedOffsets(ctx), b.CommitUncommittedOffsets(ctx)))
	b.Close()
	for !a.has(4) {
		poll(ctx, a.Client)
		must(ctx.Err())
	}
	must(send(ctx, topic, numbered(100, 200)))
	found = append(found, take(ctx, 100, a.Client)...)
	same(sorted(values(found)), sorted(values(numbered(300, 0))))
}

func main() {
	topics()
	producing()
	consuming()
	groups()
}
