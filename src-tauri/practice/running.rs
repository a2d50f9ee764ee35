//! What is written down of a running practice account, so that those who come later find it and can tell it from whoever
//! took its port after its end. Readable by its owner only; gone when it stops.

use super::Practice;
use crate::engine::{Problem, files};
use crate::tools::PracticeEndpoint;
use crate::tools::home::{Home, closed};
use crate::tools::machine::process::Process;
use crate::tools::practice::port;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

#[derive(Serialize, Deserialize)]
struct Running {
    #[serde(flatten)]
    process: Process,
    /// 64 hex digits; whoever knows it may use the practice account's own pages.
    token: String,
    #[serde(flatten)]
    practice: Practice,
}

impl Running {
    /// The record at `path`, where its process lives.
    fn read(path: &Path) -> Option<Running> {
        let running: Running = serde_json::from_str(&files::read_if_there(path).ok()??).ok()?;
        running.process.is_alive().then_some(running)
    }
}

/// The practice account that was started in this home, where it lives and proves itself.
pub async fn find(home: &Home) -> Option<PracticeEndpoint> {
    let running = Running::read(&home.path().join(RUNNING))?;
    PracticeEndpoint::find(&running.practice.endpoint, &running.token, false).await
}

/// The token of the practice account at `endpoint`, where it was started in this home or in another one of this user.
pub fn token_of(home: &Home, endpoint: &str) -> Option<Zeroizing<String>> {
    let shared = shared_folder().filter(|folder| is_own(folder)).zip(port(endpoint));
    let shared = shared.map(|(folder, port)| record(&folder, port));
    let records = [Some(home.path().join(RUNNING)), shared];
    let running = records.iter().flatten().filter_map(|path| Running::read(path));
    running
        .into_iter()
        .find(|running| running.practice.endpoint == endpoint)
        .map(|running| Zeroizing::new(running.token))
}

/// The records of a running practice account. They go when this is dropped, and are not believed after a kill.
pub struct Written(Vec<PathBuf>);

impl Written {
    pub fn write(home: &Home, practice: &Practice, token: &Zeroizing<String>) -> Result<Self, Problem> {
        let running = Running { process: Process::own(), token: token.as_str().to_owned(), practice: practice.clone() };
        let json = Zeroizing::new(serde_json::to_vec(&running).unwrap_or_default());
        let mut paths = vec![home.path().join(RUNNING)];
        if let (Some(folder), Some(port)) = (shared_folder(), port(&practice.endpoint)) {
            // Without it only this home finds the account, which is no reason to fail.
            if files::private_folder(&folder).is_ok() && is_own(&folder) {
                for path in ended(&folder) {
                    let _ = files::remove(&path);
                }
                paths.push(record(&folder, port));
            }
        }
        for (n, path) in paths.iter().enumerate() {
            let written = files::write(path, &json);
            if n == 0 {
                written?;
            }
        }
        Ok(Written(paths))
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        for path in &self.0 {
            if Running::read(path).is_some_and(|running| running.process.pid == std::process::id()) {
                let _ = files::remove(path);
            }
        }
    }
}

/// The folder of the practice account's bare repositories, inside the home. It goes with the account; what a killed one
/// left is removed by the next.
pub struct Repositories(PathBuf);

impl Repositories {
    pub fn make(home: &Home) -> Result<Self, Problem> {
        let all = home.path().join("practice-repositories");
        files::private_folder(&all)?;
        for name in files::names(&all)? {
            let mut numbers = name.split('-').map(|number| number.parse::<u64>().ok());
            let mut next = || numbers.next().flatten();
            let process = next().zip(next()).zip(next());
            if !process.is_some_and(|((pid, started), boot)| Process { pid: pid as u32, started, boot }.is_alive()) {
                files::remove_folder(&all.join(name))?;
            }
        }
        let Process { pid, started, boot } = Process::own();
        let own = all.join(format!("{pid}-{started}-{boot}"));
        files::private_folder(&own)?;
        Ok(Repositories(own))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Repositories {
    fn drop(&mut self) {
        let _ = files::remove_folder(&self.0);
    }
}

/// Where a user's running practice accounts are listed for all their homes.
fn shared_folder() -> Option<PathBuf> {
    dirs::data_local_dir().map(|data| data.join("hubwright-practice"))
}

/// Whether the folder is there, no link, and nobody else's to change: a record of somebody else's would be believed, and what
/// a link leads to would be cleared of what ended.
fn is_own(folder: &Path) -> bool {
    folder.symlink_metadata().is_ok_and(|about| about.is_dir()) && closed(folder).is_ok()
}

/// The records of practice accounts that have ended; no other file.
fn ended(folder: &Path) -> Vec<PathBuf> {
    let of_a_port = |name: &str| name.strip_suffix(".json").is_some_and(|port| port.parse::<u16>().is_ok());
    let names = files::names(folder).unwrap_or_default().into_iter().filter(|name| of_a_port(name));
    names.map(|name| folder.join(name)).filter(|path| Running::read(path).is_none()).collect()
}

fn record(folder: &Path, port: u16) -> PathBuf {
    folder.join(format!("{port}.json"))
}

const RUNNING: &str = "practice.json";
