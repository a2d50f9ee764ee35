//! `hubwright delete`: takes a deployment off this computer. What of it is in the account stays there, so that is told first,
//! and nothing is deleted while something remains, unless the command line names the deployment.

use super::opening::open;
use super::saying::{meanwhile, say, tell};
use super::session::PRACTICE;
use super::{Ask, End};
use crate::engine::{Problem, Remains};
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
    for line in told(&remains, left) {
        say(&line);
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

/// What stays and what is lost, a line each. `left`: its owner leaves what is in the account there.
fn told(remains: &Remains, left: bool) -> Vec<String> {
    let (name, all) = (&remains.name, remains.all());
    let word = if left { "stays" } else { "blocked" };
    let there = all.iter().map(|thing| format!("{name}: {word} — {thing}"));
    let lost = remains.loses.iter().map(|lost| format!("{name}: lost with it — {lost}"));
    let by_hand = Some(&remains.by_hand).filter(|by_hand| !by_hand.is_empty());
    there.chain(lost).chain(by_hand.map(|by_hand| format!("{name}: stays — {by_hand}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_and_what_was_done_by_hand_is_said_before_a_deployment_goes() {
        let mut remains =
            Remains { name: "hub".into(), unknown: vec!["Roles: no answer.".into()], ..Remains::default() };
        assert_eq!(told(&remains, false), ["hub: blocked — Roles: no answer."]);
        remains.loses = vec!["The private key.".into()];
        remains.by_hand = "Done by hand: the cluster.".into();
        let said = [
            "hub: stays — Roles: no answer.",
            "hub: lost with it — The private key.",
            "hub: stays — Done by hand: the cluster.",
        ];
        assert_eq!(told(&remains, true), said);
    }
}
