//! The real sops, where it is installed, as a second reader of a file of ours. It is never needed.

#![allow(clippy::disallowed_methods, reason = "sops runs for a moment, and its output must not touch a disk")]

use super::{Map, Value};
use crate::engine::{Cx, files};
use crate::tools::aws::Access;
use crate::tools::child::{self, ChildError};
use crate::tools::programs;
use serde_json::Value as Json;
use std::process::Stdio;
use std::time::Duration;
use zeroize::Zeroizing;

/// How sops does not open a file to what we read in it.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    #[error("sops cannot be run")]
    NotRun(#[source] std::io::Error),
    #[error("sops did not end within a minute")]
    Slow,
    #[error("sops refused the file: {0}")]
    Refused(String),
    #[error("what sops printed cannot be read")]
    NotJson,
    #[error("sops read other values")]
    Different,
}

/// Whether sops opens the file `text` to exactly `values`, as the user, through the role the file names. `None`: no sops
/// here. sops gets a copy in a private folder that goes with this call: the working copy is a person's to edit. The
/// plaintext comes through a pipe and stays in memory.
pub async fn opens(
    cx: &Cx,
    access: &Access,
    region: &str,
    text: &str,
    values: &Map,
) -> Result<Option<Result<(), NotOpened>>, ChildError> {
    let Some(program) = programs::path_of("sops") else { return Ok(None) };
    let folder = files::temporary_folder(&cx.folder()?, "sops-")?;
    let file = folder.path().join("copy.yaml");
    files::write(&file, text)?;
    let running = tokio::process::Command::new(program)
        .args(["--decrypt", "--input-type", "yaml", "--output-type", "json"])
        .arg(&file)
        .env_clear()
        .envs(child::environment(cx, access, region, None)?)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(Duration::from_secs(60), running).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Ok(Some(Err(NotOpened::NotRun(error)))),
        Err(_) => return Ok(Some(Err(NotOpened::Slow))),
    };
    let plain = Zeroizing::new(output.stdout);
    if !output.status.success() {
        return Ok(Some(Err(NotOpened::Refused(cx.redact(String::from_utf8_lossy(&output.stderr).trim())))));
    }
    // Freed memory is wiped, so the values in it are gone with it.
    let Ok(printed) = serde_json::from_slice::<Json>(&plain) else {
        return Ok(Some(Err(NotOpened::NotJson)));
    };
    let same = is_same(&Value::Map(values.clone()), &printed);
    Ok(Some(if same { Ok(()) } else { Err(NotOpened::Different) }))
}

/// Whether sops read what we read. Its JSON has no bytes and no times: they are texts there.
fn is_same(ours: &Value, theirs: &Json) -> bool {
    match (ours, theirs) {
        (Value::Null, Json::Null) => true,
        (Value::Bool(ours), Json::Bool(theirs)) => ours == theirs,
        (Value::Int(ours), Json::Number(theirs)) => theirs.as_i64() == Some(*ours),
        (Value::Float(ours), Json::Number(theirs)) => theirs.as_f64() == Some(*ours),
        (Value::Text(ours), Json::String(theirs)) => ours.as_str() == theirs,
        (Value::Bytes(ours), Json::String(theirs)) => ours.as_slice() == theirs.as_bytes(),
        (Value::Time(ours), Json::String(theirs)) => {
            let time = |text: &str| text.parse::<jiff::Timestamp>().ok();
            time(ours).is_some() && time(ours) == time(theirs)
        }
        (Value::List(ours), Json::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| is_same(ours, theirs))
        }
        (Value::Map(ours), Json::Object(theirs)) => {
            let same =
                |entry: &super::Entry| theirs.get(&entry.key).is_some_and(|theirs| is_same(&entry.value, theirs));
            ours.0.len() == theirs.len() && ours.0.iter().all(same)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_by_kind_and_none_may_be_more_or_fewer() {
        let mut map = Map::default();
        map.set(&["a", "text"], Value::text("1"));
        map.set(&["a", "number"], Value::Int(1));
        map.set(&["list"], Value::List(vec![Value::Bool(true), Value::Null, Value::Float(1.5)]));
        map.set(&["time"], Value::Time("2026-11-24T22:00:00Z".into()));
        let ours = Value::Map(map);
        let json = |text: &str| serde_json::from_str::<Json>(text).unwrap();
        let same =
            r#"{"a": {"text": "1", "number": 1}, "list": [true, null, 1.5], "time": "2026-11-24T23:00:00+01:00"}"#;
        assert!(is_same(&ours, &json(same)));
        for (from, to) in [
            ("\"1\"", "1"),
            (": 1}", ": \"1\"}"),
            ("true, ", ""),
            ("true", "false"),
            ("1.5]", "1.5, 2]"),
            ("\"list\"", "\"more\": 0, \"list\""),
            ("23:00", "22:00"),
        ] {
            assert!(same.contains(from) && !is_same(&ours, &json(&same.replacen(from, to, 1))), "{from} to {to}");
        }
    }
}
