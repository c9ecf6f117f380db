//! What rskafka does with the broker.
mod client;
mod feature;

use chrono::DateTime;
use client::{Broker, Started, contents, numbered, one, records, values};
use feature::{Done, feature, not_here, refused, same};
use rskafka::client::partition::{Compression, OffsetAt};
use std::time::Duration;

const BASE: i64 = 1_700_000_000_000;

fn main() -> Started<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let broker = runtime.block_on(Broker::connect())?;
    managing(&runtime, &broker);
    producing(&runtime, &broker);
    consuming(&runtime, &broker);
    for name in [
        "acks 0",
        "acks 1",
        "idempotent producer",
        "group of two, rebalanced",
        "commit, resume, lag 0",
        "list and describe groups",
        "delete a group",
        "reset offsets",
        "add partitions",
        "describe and alter configs",
    ] {
        not_here(name);
    }
    Ok(())
}

fn managing(runtime: &tokio::runtime::Runtime, broker: &Broker) {
    feature(runtime, "connect and list topics", async {
        let topic = broker.topic("list", 1).await?;
        same(broker.partitions(&topic).await?, vec![0])
    });
    feature(runtime, "create, describe and delete a topic", async {
        let topic = broker.topic("made", 3).await?;
        same(broker.partitions(&topic).await?, vec![0, 1, 2])?;
        refused(broker.create(&topic, 1).await, "TopicAlreadyExists")?;
        broker.delete(&topic).await?;
        same(broker.partitions(&topic).await?, vec![])
    });
    feature(runtime, "delete records", async {
        let partition = broker.hundred("records").await?;
        partition.delete_records(60, 10_000).await?;
        same(partition.get_offset(OffsetAt::Earliest).await?, 60)?;
        same(
            values(contents(broker.read(&partition, 60, 40).await?)),
            values(numbered(40, 60)),
        )
    });
    feature(runtime, "auto-create a topic", async {
        let partition = broker.partition(&client::unique("auto"), 0).await?;
        partition
            .produce(numbered(10, 0), Compression::NoCompression)
            .await?;
        same(
            values(contents(broker.read(&partition, 0, 10).await?)),
            values(numbered(10, 0)),
        )
    });
    feature(runtime, "100 partitions", async {
        let topic = broker.topic("many", 100).await?;
        for i in 0..100 {
            let partition = broker.partition(&topic, i).await?;
            let sent = numbered(10, 10 * i as usize);
            partition
                .produce(sent.clone(), Compression::NoCompression)
                .await?;
            same(
                values(contents(broker.read(&partition, 0, 10).await?)),
                values(sent),
            )?;
        }
        same(broker.partitions(&topic).await?, (0..100).collect())
    });
}

fn producing(runtime: &tokio::runtime::Runtime, broker: &Broker) {
    let round_trip = async |compression| -> Done {
        let partition = broker.only("round-trip").await?;
        partition.produce(records(300), compression).await?;
        same(
            contents(broker.read(&partition, 0, 300).await?),
            records(300),
        )
    };
    feature(
        runtime,
        "keys, headers and nulls",
        round_trip(Compression::NoCompression),
    );
    feature(
        runtime,
        "codec none",
        round_trip(Compression::NoCompression),
    );
    feature(runtime, "codec gzip", round_trip(Compression::Gzip));
    feature(runtime, "codec snappy", round_trip(Compression::Snappy));
    feature(runtime, "codec lz4", round_trip(Compression::Lz4));
    feature(runtime, "codec zstd", round_trip(Compression::Zstd));
    // It asks for no other.
    feature(runtime, "acks all", round_trip(Compression::NoCompression));
    feature(runtime, "record of 900 kB", async {
        let partition = broker.only("large").await?;
        let sent = one("large ".repeat(150_000));
        partition
            .produce(vec![sent.clone()], Compression::NoCompression)
            .await?;
        same(contents(broker.read(&partition, 0, 1).await?), vec![sent])
    });
    feature(runtime, "too large a record is refused", async {
        let partition = broker.only("too-large").await?;
        let big = vec![one("x".repeat(1_100_000))];
        let sent = partition.produce(big, Compression::NoCompression).await;
        refused(sent, "MessageTooLarge")?;
        partition
            .produce(numbered(1, 0), Compression::NoCompression)
            .await?;
        same(partition.get_offset(OffsetAt::Latest).await?, 1)
    });
}

fn consuming(runtime: &tokio::runtime::Runtime, broker: &Broker) {
    feature(runtime, "consume from the beginning", async {
        let partition = broker.hundred("beginning").await?;
        let start = partition.get_offset(OffsetAt::Earliest).await?;
        let found = broker.read(&partition, start, 100).await?;
        let offsets: Vec<i64> = found.iter().map(|one| one.offset).collect();
        same(offsets, (0..100).collect())
    });
    feature(runtime, "consume from the latest", async {
        let partition = broker.hundred("latest").await?;
        let end = partition.get_offset(OffsetAt::Latest).await?;
        let waiting = broker.read(&partition, end, 10);
        let sending = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            partition
                .produce(numbered(10, 100), Compression::NoCompression)
                .await
        };
        let (found, sent) = tokio::join!(waiting, sending);
        sent?;
        same(values(contents(found?)), values(numbered(10, 100)))
    });
    feature(runtime, "consume from an offset", async {
        let partition = broker.hundred("offset").await?;
        same(
            values(contents(broker.read(&partition, 40, 60).await?)),
            values(numbered(60, 40)),
        )
    });
    feature(runtime, "consume from a timestamp", async {
        let partition = broker.only("timestamp").await?;
        let mut sent = numbered(100, 0);
        for (i, record) in sent.iter_mut().enumerate() {
            record.timestamp = time(BASE + i as i64 * 1000);
        }
        partition
            .produce(sent.clone(), Compression::NoCompression)
            .await?;
        let at = partition
            .get_offset(OffsetAt::Timestamp(time(BASE + 41_500)))
            .await?;
        same(at, 42)?;
        same(
            contents(broker.read(&partition, at, 58).await?),
            sent.split_off(42),
        )
    });
}

fn time(ms: i64) -> DateTime<chrono::Utc> {
    DateTime::from_timestamp_millis(ms).expect("a time")
}
