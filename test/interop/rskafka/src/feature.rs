//! Running a feature, and saying what came of it.
use serde_json::json;
use std::{error::Error, fmt::Debug, future::Future, time::Duration};
use tokio::{runtime::Runtime, time::timeout};

const LIMIT: Duration = Duration::from_secs(60);

pub type Done = Result<(), Box<dyn Error>>;

pub fn feature(runtime: &Runtime, name: &str, check: impl Future<Output = Done>) {
    let outcome = runtime.block_on(async { timeout(LIMIT, check).await });
    match outcome.unwrap_or_else(|_| Err(format!("not done after {LIMIT:?}").into())) {
        Ok(()) => say(name, "works", None),
        Err(error) => say(
            name,
            "fails",
            Some(error.to_string().chars().take(300).collect()),
        ),
    }
}

pub fn not_here(name: &str) {
    say(name, "not in this client", None);
}

fn say(feature: &str, result: &str, note: Option<String>) {
    println!(
        "{}",
        json!({ "feature": feature, "result": result, "note": note })
    );
}

pub fn same<T: PartialEq + Debug>(found: T, expected: T) -> Done {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "{:.100} is not {:.100}",
        format!("{found:?}"),
        format!("{expected:?}")
    )
    .into())
}

/// Refuses what is no refusal, or not the one that is expected.
pub fn refused<T, E: Debug>(outcome: Result<T, E>, kind: &str) -> Done {
    match outcome.map_err(|error| format!("{error:?}")) {
        Err(error) if error.contains(kind) => Ok(()),
        Err(error) => Err(error.into()),
        Ok(_) => Err("accepted".into()),
    }
}
