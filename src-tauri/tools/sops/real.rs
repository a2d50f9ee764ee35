//! The real sops, where it is installed, as a second reader of a file of ours. It is never needed.

#![allow(clippy::disallowed_methods, reason = "sops runs for a moment, and its output must not touch a disk")]

use super::yaml::Tree;
use super::{Map, Value};
use crate::engine::{Cx, Problem, files};
use crate::tools::aws::Access;
use crate::tools::{child, programs};
use std::process::Stdio;
use std::time::Duration;
use zeroize::Zeroizing;

/// Whether sops opens the file `text` to exactly `values`, as the user, through the role the file names. `None`: no sops
/// here. sops gets a copy in a private folder that goes with this call: the working copy is a person's to edit. The
/// plaintext comes through a pipe and stays in memory.
pub async fn opens(
    cx: &Cx,
    access: &Access,
    region: &str,
    text: &str,
    values: &Map,
) -> Result<Option<Result<(), String>>, Problem> {
    let Some(program) = programs::path_of("sops") else { return Ok(None) };
    let folder = files::temporary_folder(&cx.folder()?, "sops-")?;
    let file = folder.path().join("copy.yaml");
    files::write(&file, text)?;
    let running = tokio::process::Command::new(program)
        .args(["--decrypt", "--input-type", "yaml", "--output-type", "yaml"])
        .arg(&file)
        .env_clear()
        .envs(child::environment(cx, access, region, None)?)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = match tokio::time::timeout(Duration::from_secs(60), running).await {
        Ok(Ok(output)) => output,
        Ok(Err(error)) => return Ok(Some(Err(error.to_string()))),
        Err(_) => return Ok(Some(Err("it did not end within a minute".into()))),
    };
    let plain = Zeroizing::new(output.stdout);
    if !output.status.success() {
        return Ok(Some(Err(cx.redact(String::from_utf8_lossy(&output.stderr).trim()))));
    }
    let text = Zeroizing::new(String::from_utf8_lossy(&plain).into_owned());
    let Ok(tree) = Tree::read(&text) else { return Ok(Some(Err("what it printed cannot be read".into()))) };
    let same = values.leaves().iter().all(|(path, value)| {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match value {
            Value::Text(text) => tree.root.at(&path).and_then(|node| node.text()) == Some(text.as_str()),
            // Lists and other kinds are compared by our own reader; sops's words for them differ.
            _ => true,
        }
    });
    Ok(Some(if same { Ok(()) } else { Err("it read other values".into()) }))
}
