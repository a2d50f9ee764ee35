//! The logbook as a person reads it: what the journal kept, in words, with the name of the page instead of a step's id.

use super::context::lock;
use super::journal::Line;
use super::view::Mark;
use super::words::clean;
use super::{Deployment, Problem};
use serde::Serialize;

/// One entry of the logbook.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Entry {
    /// By this computer's clock: `28 Nov 2026`, and `18:04:31`.
    pub day: String,
    pub time: String,
    /// The name of the page, as the sidebar has it; with its environment where there are several.
    pub page: String,
    /// What it is, in a word or two: `Removed`.
    pub word: String,
    pub mark: Mark,
    pub text: String,
    /// Who sat at the computer; empty where it is not known.
    pub person: String,
    /// The identity that acted, as AWS names it in full; empty where none did.
    pub acting: String,
    /// All of it in one line, for the clipboard and a file.
    pub line: String,
}

impl Deployment {
    /// The logbook, newest first, at most `MOST` entries; those of runs that only looked where `looks` is set.
    pub fn logbook(&self, looks: bool) -> Result<Vec<Entry>, Problem> {
        let several = self.environments()?.len() > 1;
        let lines = self.journal().logbook(MOST, looks)?;
        lines.iter().map(|line| self.entry(line, several)).collect()
    }

    fn entry(&self, line: &Line, several: bool) -> Result<Entry, Problem> {
        let page = self.page_name(&line.step, &line.environment, several)?;
        let about = self.steps().map(|step| step.about()).find(|about| about.id == line.step);
        let (word, mark) = match (line.kind.as_str(), line.outcome.as_str(), about) {
            ("apply", "done", Some(about)) => about.done,
            (kind, outcome, _) => word(kind, outcome),
        };
        let shared = self.shared();
        let redacted = |text: &str| lock(&shared.redactor).text(text);
        let text = redacted(&capital(&match (line.kind.as_str(), line.outcome.as_str()) {
            (_, "held") => "Something holds it. Nothing was touched.".to_owned(),
            (_, "refused") => "What was confirmed was not what would be done any more.".to_owned(),
            ("effect", "ok" | "interrupted") => line.text.clone(),
            ("effect", why) => format!("{}: {why}", line.text),
            _ => line.text.clone(),
        }));
        let at = line.at.parse::<jiff::Timestamp>().map(|at| at.to_zoned(jiff::tz::TimeZone::system()));
        let show = |format| at.as_ref().map_or_else(|_| line.at.clone(), |at| at.strftime(format).to_string());
        let (day, time) = (show("%-d %b %Y"), show("%H:%M:%S"));
        let person = clean(&line.person);
        let who = match (person.as_str(), line.acting.as_str()) {
            ("", "") => String::new(),
            ("", acting) => format!(" [as {acting}]"),
            (person, "") => format!(" [{person}]"),
            (person, acting) => format!(" [{person}, as {acting}]"),
        };
        let whole = format!("{day} {time}  {page}: {word}. {text}{who}").replace(['\n', '\r'], " ");
        Ok(Entry {
            day,
            time,
            page,
            word: word.to_owned(),
            mark,
            text,
            person,
            acting: line.acting.clone(),
            line: whole,
        })
    }
}

/// What an entry is, and whether that is good.
fn word(kind: &str, outcome: &str) -> (&'static str, Mark) {
    match (kind, outcome) {
        ("effect", "ok") => ("Change", Mark::Good),
        ("effect", "interrupted") => ("Stopped half-way", Mark::Bad),
        ("effect", _) => ("Change failed", Mark::Bad),
        ("apply", "done") => ("Done", Mark::Good),
        ("apply", "todo") => ("Not done yet", Mark::Plain),
        ("apply", "refused") => ("Nothing was done", Mark::Plain),
        ("apply", "blocked") => ("Held up", Mark::Bad),
        ("remove", "removed") => ("Removed", Mark::Good),
        ("remove", "remains") => ("Partly removed", Mark::Bad),
        ("remove", "refused") => ("Nothing was removed", Mark::Plain),
        ("remove", "held") => ("Not removed", Mark::Plain),
        ("remove", "failed") => ("Removal failed", Mark::Bad),
        ("apply" | "remove", "interrupted") => ("Stopped half-way", Mark::Bad),
        ("apply", "failed") => ("Failed", Mark::Bad),
        ("check" | "plan" | "plan_removal", _) => ("Looked", Mark::Plain),
        _ => ("Noted", Mark::Plain),
    }
}

/// With a capital letter, unless it begins with a name.
fn capital(text: &str) -> String {
    let first = text.split(' ').next().unwrap_or_default();
    if !first.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// More than anybody reads; what is older stays in the journal.
const MOST: u32 = 5000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::run::Work;
    use crate::engine::tests::Try;
    use crate::engine::{Place, Secret};

    #[tokio::test]
    async fn the_logbook_names_pages_and_not_steps_says_how_it_ended_and_holds_no_secret() {
        let world = Try::new();
        let deployment = world.open();
        deployment.run("name", Work::Check).await.unwrap();
        deployment.run("name", Work::Apply).await.unwrap();
        deployment.run("name", Work::Remove).await.unwrap();
        let told = |entries: &[Entry]| -> Vec<String> {
            entries.iter().map(|entry| format!("{} {} {}", entry.page, entry.word, entry.text)).collect()
        };
        let entries = deployment.logbook(false).unwrap();
        let wanted = ["Name Removed Removed.", "Name Change Remove it", "Name Done Done.", "Name Change Make it"];
        assert_eq!(told(&entries), wanted, "newest first, and no look");
        assert!(entries.iter().all(|entry| entry.mark == Mark::Good && entry.line.contains("  Name: ")), "{entries:?}");
        assert_eq!(deployment.logbook(true).unwrap().len(), 5, "the look is kept");

        deployment.journal().log(&Place::shared("name"), "it printed canary-5e2a").unwrap();
        lock(&deployment.shared().redactor).add(&Secret::new(b"canary-5e2a".to_vec()));
        let newest = &deployment.logbook(false).unwrap()[0];
        assert!(newest.text.starts_with("It printed "), "{newest:?}");
        assert!(!format!("{newest:?}").contains("canary"), "{newest:?}");
    }

    #[tokio::test]
    async fn a_failure_stands_in_the_logbook_with_its_reason() {
        let world = Try::new();
        let deployment = world.open();
        world.trouble(Some(("name", "panic")));
        let panicked = tokio::spawn({
            let deployment = deployment.clone();
            async move { drop(deployment.run("name", Work::Apply).await) }
        });
        assert!(panicked.await.is_err());
        let entries = deployment.logbook(false).unwrap();
        assert_eq!((entries[0].word.as_str(), entries[0].mark), ("Failed", Mark::Bad));
        assert_eq!(entries[0].text, "This step stopped unexpectedly.");
    }
}
