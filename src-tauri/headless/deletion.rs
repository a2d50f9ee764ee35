//! `hubwright delete`: takes a deployment off this computer. What of it is in the account stays there, so that is told first,
//! and nothing is deleted while something remains, unless the command line names the deployment.

use super::opening::open;
use super::saying::{meanwhile, say, tell};
use super::session::PRACTICE;
use super::{Ask, End};
use crate::engine::Problem;
use crate::practice;
use std::path::Path;

pub(super) async fn delete(path: &Path, leave: Option<String>) -> Result<End, Problem> {
    let opened = match open(path, &Ask { remove: true, delete: true, ..Ask::default() }).await? {
        Ok(opened) => opened,
        Err(problems) => return Ok(tell(&problems)),
    };
    if opened.practice {
        meanwhile(PRACTICE, practice::ensure(&opened.tools)).await?;
    }
    let remains = opened.deployment.remains().await?;
    let all = remains.all();
    let left = leave.as_deref() == Some(remains.name.as_str());
    for thing in &all {
        say(&format!("{}: {} — {thing}", remains.name, if left { "stays" } else { "blocked" }));
    }
    for lost in &remains.loses {
        say(&format!("{}: lost with it — {lost}", remains.name));
    }
    if !remains.by_hand.is_empty() {
        say(&format!("{}: stays — {}", remains.name, remains.by_hand));
    }
    if !all.is_empty() && !left {
        let name = &remains.name;
        say(&format!(
            "{name}: blocked — remove these first (`hubwright remove`), or add `--leave {name}` to leave them there"
        ));
        return Ok(End::Blocked);
    }
    let id = opened.deployment.shared().id.clone();
    let home = opened.tools.home.clone();
    opened.deployment.delete(leave.as_deref().unwrap_or_default(), || home.retire(&id)).await?;
    say(&format!("{}: deleted — nothing of it is kept on this computer", remains.name));
    Ok(End::Done)
}
