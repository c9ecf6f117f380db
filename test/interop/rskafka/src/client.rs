//! rskafka with what the checks have in common: topics, records to send, reading them back.
use chrono::DateTime;
use rskafka::{
    client::{
        Client, ClientBuilder,
        partition::{Compression, PartitionClient, UnknownTopicHandling},
    },
    record::{Record, RecordAndOffset},
};
use std::{
    collections::BTreeMap,
    env,
    error::Error,
    sync::atomic::{AtomicU32, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

const LIMIT_MS: i32 = 10_000;

pub type Started<T> = Result<T, Box<dyn Error>>;

pub struct Broker(Client);

impl Broker {
    pub async fn connect() -> Started<Self> {
        let bootstrap = env::var("BOOTSTRAP").unwrap_or("localhost:9092".into());
        Ok(Self(ClientBuilder::new(vec![bootstrap]).build().await?))
    }

    pub async fn create(&self, topic: &str, partitions: i32) -> rskafka::client::error::Result<()> {
        self.0
            .controller_client()?
            .create_topic(topic, partitions, 1, LIMIT_MS)
            .await
    }

    pub async fn delete(&self, topic: &str) -> Started<()> {
        Ok(self
            .0
            .controller_client()?
            .delete_topic(topic, LIMIT_MS)
            .await?)
    }

    /// A new topic.
    pub async fn topic(&self, name: &str, partitions: i32) -> Started<String> {
        let topic = unique(name);
        self.create(&topic, partitions).await?;
        Ok(topic)
    }

    /// The partitions of a topic, none where it does not exist.
    pub async fn partitions(&self, topic: &str) -> Started<Vec<i32>> {
        let all = self.0.list_topics().await?;
        let found = all.into_iter().find(|one| one.name == topic);
        Ok(found.map_or(vec![], |one| one.partitions.into_iter().collect()))
    }

    pub async fn partition(&self, topic: &str, index: i32) -> Started<PartitionClient> {
        Ok(self
            .0
            .partition_client(topic, index, UnknownTopicHandling::Retry)
            .await?)
    }

    /// The partition of a new topic that has one.
    pub async fn only(&self, name: &str) -> Started<PartitionClient> {
        self.partition(&self.topic(name, 1).await?, 0).await
    }

    /// The same, with 100 numbered records.
    pub async fn hundred(&self, name: &str) -> Started<PartitionClient> {
        let partition = self.only(name).await?;
        partition
            .produce(numbered(100, 0), Compression::NoCompression)
            .await?;
        Ok(partition)
    }

    pub async fn read(
        &self,
        partition: &PartitionClient,
        start: i64,
        count: usize,
    ) -> Started<Vec<RecordAndOffset>> {
        let mut found: Vec<RecordAndOffset> = vec![];
        while found.len() < count {
            let next = found.last().map_or(start, |one| one.offset + 1);
            found.extend(partition.fetch_records(next, 1..1 << 20, 500).await?.0);
        }
        Ok(found)
    }
}

pub fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    format!(
        "rskafka-{name}-{:x}-{}",
        now.as_micros(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}

pub fn one(value: impl Into<Vec<u8>>) -> Record {
    Record {
        key: None,
        value: Some(value.into()),
        headers: BTreeMap::new(),
        timestamp: DateTime::from_timestamp_millis(1_700_000_000_000).expect("a time"),
    }
}

/// The same records in each language: nulls and any length among them.
pub fn records(count: usize) -> Vec<Record> {
    let headers = |i| {
        [
            ("trace".into(), format!("{i}").into()),
            ("empty".into(), vec![]),
        ]
    };
    (0..count)
        .map(|i| Record {
            key: (i % 5 != 1).then(|| format!("k{}", i % 7).into()),
            value: (i % 5 != 3).then(|| format!("value {i} ").repeat(i % 40).into()),
            headers: if i % 3 == 0 {
                headers(i).into()
            } else {
                BTreeMap::new()
            },
            ..one("")
        })
        .collect()
}

pub fn numbered(count: usize, start: usize) -> Vec<Record> {
    let numbers = start..start + count;
    numbers
        .map(|i| Record {
            key: Some(format!("{i}").into()),
            ..one(format!("n{i}"))
        })
        .collect()
}

pub fn contents(found: Vec<RecordAndOffset>) -> Vec<Record> {
    found.into_iter().map(|one| one.record).collect()
}

pub fn values(all: Vec<Record>) -> Vec<String> {
    let text = |one: Record| String::from_utf8_lossy(&one.value.unwrap_or_default()).into_owned();
    all.into_iter().map(text).collect()
}
