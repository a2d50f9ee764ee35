//! The journal by itself: damage, versions, runs that were killed, and what a cache may lose.

use super::*;
use crate::engine::Problem;
use crate::engine::run::Work;

fn open() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    (folder, journal)
}

fn end(outcome: Outcome) -> End {
    End { outcome, output: None, shown: Shown::default(), settles: true, acting: String::new(), along: vec![] }
}

#[test]
fn a_damaged_journal_is_set_aside_and_said() {
    let (folder, journal) = open();
    journal.put_answer(&Place::shared("deployment"), "name", &"roman-sit".into()).unwrap();
    drop(journal);
    let path = folder.path().join(FILE);
    let mut bytes = files::read(&path).unwrap();
    bytes[..100].fill(b'x');
    files::write(&path, bytes).unwrap();
    let journal = Journal::open(folder.path()).unwrap();
    assert!(journal.notice.is_some(), "the user must be told that the journal was damaged");
    assert!(journal.answers(&Place::shared("deployment")).unwrap().0.is_empty());
    assert!(files::names(folder.path()).unwrap().iter().any(|name| name.contains("damaged")), "the old file is kept");
}

#[test]
fn a_journal_cut_at_any_length_opens_or_is_set_aside() {
    let (source, journal) = open();
    let place = Place::shared("deployment");
    for n in 0..20 {
        journal.log(&place, &format!("entry {n}")).unwrap();
    }
    drop(journal);
    let whole = files::read(&source.path().join(FILE)).unwrap();
    for length in (0..whole.len()).step_by(997) {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join(FILE), &whole[..length]).unwrap();
        let journal = Journal::open(folder.path()).unwrap_or_else(|error| panic!("cut at {length}: {error}"));
        journal.log(&place, "goes on").unwrap();
    }
}

#[test]
fn a_newer_journal_is_refused_with_a_fix() {
    let (folder, journal) = open();
    journal.with(|sql| Ok(sql.execute_batch("PRAGMA user_version = 99")?)).unwrap();
    drop(journal);
    let problem = Problem::from(Journal::open(folder.path()).err().unwrap());
    assert!(problem.fix.contains("newest Hubwright"), "{problem:?}");
}

#[test]
fn the_job_of_a_killed_run_is_found_and_forgotten_once_the_step_has_run_again() {
    let (folder, journal) = open();
    let place = Place::shared("cluster");
    let killed = journal.begin_run(&place, Work::Apply, "f").unwrap();
    journal.note_job(killed, "a job").unwrap();
    drop(journal);
    let journal = Journal::open(folder.path()).unwrap();
    let next = journal.begin_run(&place, Work::Apply, "f").unwrap();
    let open = journal.open_runs(&place).unwrap();
    assert_eq!((open[0].id, open[0].job.as_deref(), open[1].id), (killed, Some("a job"), next));
    assert!(journal.open_runs(&Place::shared("dns")).unwrap().is_empty(), "it is the run of one step");
    journal.end_run(&place, next, &end(Outcome::Done)).unwrap();
    assert!(journal.open_runs(&place).unwrap().is_empty());
}

#[test]
fn work_whose_end_nobody_saw_stands_in_the_logbook_from_when_it_began() {
    let (folder, journal) = open();
    let place = Place::shared("cluster");
    let run = journal.begin_run(&place, Work::Apply, "f").unwrap();
    journal.intend(&place, run, "carry out the plan", None).unwrap();
    journal.with(|sql| Ok(sql.execute_batch("UPDATE effect SET at = '2026-11-29T01:00:00Z'")?)).unwrap();
    drop(journal);
    let journal = Journal::open(folder.path()).unwrap();
    journal.end_run(&place, run, &end(Outcome::Done)).unwrap();
    let lines = journal.logbook(10, false).unwrap();
    assert_eq!(lines[0].kind, "apply", "{lines:?}");
    assert_eq!((lines[1].kind.as_str(), lines[1].outcome.as_str()), ("effect", "ok"));
    assert!(
        lines[1].at.starts_with("2026-11-29T01:00") && lines[1].text.starts_with("carry out the plan:"),
        "{lines:?}"
    );
    // One that was seen to end has its entry already.
    let run = journal.begin_run(&place, Work::Apply, "f").unwrap();
    let effect = journal.intend(&place, run, "carry out the plan", None).unwrap();
    journal.ended(&place, effect, "carry out the plan", "ok").unwrap();
    journal.end_run(&place, run, &end(Outcome::Done)).unwrap();
    assert_eq!(journal.logbook(10, false).unwrap().len(), 4);
}

#[test]
fn how_long_work_takes_is_what_the_last_five_took_that_came_to_their_end() {
    let (_folder, journal) = open();
    let place = Place::shared("cluster");
    assert_eq!(journal.usual_seconds(&place, Work::Apply).unwrap(), None, "it was never done");
    let took = |work, seconds: u32, outcome| {
        let run = journal.begin_run(&place, work, "f").unwrap();
        if work.acts() {
            journal.intend(&place, run, "make it", None).unwrap();
        }
        journal.end_run(&place, run, &end(outcome)).unwrap();
        let set = format!(
            "UPDATE run SET began = '2026-11-29T01:00:00Z', ended = '2026-11-29T01:00:{seconds:02}Z' WHERE id = {run}"
        );
        journal.with(|sql| Ok(sql.execute_batch(&set)?)).unwrap();
    };
    // The oldest of six does not count, nor what failed, nor what only planned.
    for (work, seconds, outcome) in [
        (Work::Apply, 2, Outcome::Done),
        (Work::Apply, 40, Outcome::Done),
        (Work::Apply, 8, Outcome::Done),
        (Work::Apply, 30, Outcome::Done),
        (Work::Apply, 12, Outcome::Done),
        (Work::Apply, 20, Outcome::Done),
        (Work::Apply, 1, Outcome::Failed),
        (Work::Plan, 7, Outcome::Planned),
    ] {
        took(work, seconds, outcome);
    }
    // One that found all there already, in no time, tells nothing of how long it takes.
    let idle = journal.begin_run(&place, Work::Apply, "f").unwrap();
    journal.end_run(&place, idle, &end(Outcome::Done)).unwrap();
    assert_eq!(journal.usual_seconds(&place, Work::Apply).unwrap(), Some(20.0));
    assert_eq!(journal.usual_seconds(&place, Work::Plan).unwrap(), Some(7.0));
    assert_eq!(journal.usual_seconds(&Place::shared("dns"), Work::Plan).unwrap(), None, "it is of one step");
}

#[test]
fn what_a_page_showed_is_dropped_where_it_cannot_be_read_and_nothing_else_is() {
    let (_folder, journal) = open();
    let place = Place::shared("cluster");
    let run = journal.begin_run(&place, Work::Check, "f").unwrap();
    let output =
        Output { output: serde_json::json!({ "name": "x" }), used: Values::default(), fingerprint: "f".into() };
    let shown = Shown { sentence: "There.".into(), ..Shown::default() };
    journal.end_run(&place, run, &End { output: Some(output), shown, ..end(Outcome::Done) }).unwrap();
    assert_eq!(journal.shown(&place).unwrap().sentence, "There.");
    for other in ["{\"views\": [{\"view\": \"of a later version\"}]}", "half of it {", "[]"] {
        journal.with(|sql| Ok(sql.execute("UPDATE page SET shown = ?1", [other])?)).unwrap();
        assert_eq!(journal.shown(&place).unwrap().sentence, "", "{other}");
    }
    assert_eq!(journal.output(&place).unwrap().unwrap().output["name"], "x");
    assert_eq!(journal.verdict(&place).unwrap().unwrap().outcome, Some(Outcome::Done));
}

#[test]
fn a_change_that_fails_half_way_changes_nothing() {
    let (_folder, journal) = open();
    let place = Place::shared("cluster");
    let run = journal.begin_run(&place, Work::Apply, "f").unwrap();
    journal.with(|sql| Ok(sql.execute_batch("DROP TABLE logbook")?)).unwrap();
    let output = Output { output: serde_json::json!({}), used: Values::default(), fingerprint: "f".into() };
    assert!(journal.end_run(&place, run, &End { output: Some(output), ..end(Outcome::Done) }).is_err());
    assert_eq!(journal.open_runs(&place).unwrap().len(), 1, "the run has not ended");
    assert!(journal.output(&place).unwrap().is_none(), "and left nothing");
}

#[test]
fn what_went_along_is_written_with_the_removal_or_not_at_all() {
    let (_folder, journal) = open();
    let (outer, inner) = (Place::shared("store"), Place::shared("file"));
    let ends = |page: &Place, along: Vec<Along>| {
        let run = journal.begin_run(page, Work::Remove, "f").unwrap();
        journal.end_run(page, run, &End { along, ..end(Outcome::Removed) })
    };
    let along = || vec![Along { place: inner.clone(), shown: Shown::sentence("It went along.") }];
    let outcome = |page: &Place| journal.verdict(page).unwrap().and_then(|run| run.outcome);
    journal.with(|sql| Ok(sql.execute_batch("ALTER TABLE logbook RENAME TO gone")?)).unwrap();
    assert!(ends(&outer, along()).is_err());
    assert_eq!((outcome(&outer), outcome(&inner)), (None, None));
    journal.with(|sql| Ok(sql.execute_batch("ALTER TABLE gone RENAME TO logbook")?)).unwrap();
    ends(&outer, along()).unwrap();
    assert_eq!((outcome(&outer), outcome(&inner)), (Some(Outcome::Removed), Some(Outcome::Removed)));
    assert_eq!(journal.shown(&inner).unwrap().sentence, "It went along.");
    assert!(journal.open_runs(&outer).unwrap().is_empty() && journal.open_runs(&inner).unwrap().is_empty());
}

#[test]
fn a_removal_that_was_not_begun_says_nothing_about_the_world() {
    let (_folder, journal) = open();
    let place = Place::shared("cluster");
    for (work, outcome) in [(Work::Apply, Outcome::Done), (Work::Remove, Outcome::Held)] {
        let run = journal.begin_run(&place, work, "f").unwrap();
        journal.end_run(&place, run, &end(outcome)).unwrap();
    }
    assert_eq!(journal.verdict(&place).unwrap().unwrap().outcome, Some(Outcome::Done));
}

#[test]
fn effects_count_until_the_step_was_removed() {
    let (_folder, journal) = open();
    let place = Place::shared("cluster");
    let effect = |journal: &Journal| {
        let run = journal.begin_run(&place, Work::Apply, "f").unwrap();
        let number = journal.intend(&place, run, "make it", None).unwrap();
        journal.ended(&place, number, "make it", "ok").unwrap();
        journal.end_run(&place, run, &end(Outcome::Done)).unwrap();
    };
    let remove = |journal: &Journal, outcome| {
        let run = journal.begin_run(&place, Work::Remove, "f").unwrap();
        journal.end_run(&place, run, &end(outcome)).unwrap();
    };
    let count = |journal: &Journal| journal.steps_with_effects().unwrap().len();
    assert_eq!(count(&journal), 0);
    effect(&journal);
    assert_eq!(count(&journal), 1);
    remove(&journal, Outcome::Remains);
    assert_eq!(count(&journal), 1, "something is left of it");
    remove(&journal, Outcome::Removed);
    assert_eq!(count(&journal), 0);
    effect(&journal);
    assert_eq!(count(&journal), 1, "it was made again");
}

/// Journals of a deployment whose every page without secrets was applied in practice, by the Hubwright of that version.
#[test]
fn a_journal_of_every_earlier_version_opens_with_its_answers_outputs_and_effects() {
    let fixture = |version: i64| {
        let path = format!("{}/tests/fixtures/journal-v{version}.sqlite", env!("CARGO_MANIFEST_DIR"));
        files::read(path.as_ref()).unwrap()
    };
    for version in 1..schema::NEWEST {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        // There was no release of the second version and of the fourth.
        files::write(&path, fixture(if version < 3 { 1 } else { 3 })).unwrap();
        let mut sql = Connection::open(&path).unwrap();
        schema::MIGRATIONS.to_version(&mut sql, usize::try_from(version).unwrap()).unwrap();
        drop(sql);
        holds_what_was_done(folder.path());
    }
}

/// A journal that a released Hubwright brought to a version never runs that version's migration again. So one that was edited
/// would leave two kinds of journal of the same version: what is to change is a migration of its own, with its hash here.
#[test]
fn a_migration_that_was_shipped_is_never_edited() {
    use sha2::{Digest, Sha256};
    // SHA-256 of each migration's text.
    let shipped = [
        "b2b0807ec32eb9196734199bf95fa1838b31c56d487218941963cb4b6d68fc90",
        "121e78867c980bb8df97df7b7a67459db10a84a149a10a5af15ec222794816d5",
        "bc0076f1b1f5f6248a3b9b2d7aba48ce828f48d4fcb4db3e5b3ed2ccb8b7fca0",
        "df8e67eb8e6ef517a199cf338ccea8d859f7b8cbfbcc5842edb9dfc13e5c36b8",
        "1f61e955fd75243e436aa4e322ee586325f5255fd2cfd8e3452201d6985e39e3",
    ];
    assert_eq!(schema::TEXTS.len() as i64, schema::NEWEST, "each migration is looked at");
    let now: Vec<String> = schema::TEXTS.iter().map(|text| hex::encode(Sha256::digest(text))).collect();
    assert_eq!(now, shipped);
}

#[test]
fn a_run_that_was_killed_under_an_earlier_version_is_found_with_its_job() {
    let folder = tempfile::tempdir().unwrap();
    let mut sql = Connection::open(folder.path().join(FILE)).unwrap();
    schema::MIGRATIONS.to_version(&mut sql, 3).unwrap();
    sql.execute_batch(
        "INSERT INTO run VALUES (1, '', 'cluster', 'apply', '', 'a job', '', '', 'ok'), (2, '', 'cluster', 'remove', '', 'another', '', NULL, NULL)",
    )
    .unwrap();
    drop(sql);
    let open = Journal::open(folder.path()).unwrap().open_runs(&Place::shared("cluster")).unwrap();
    let open: Vec<_> = open.iter().map(|run| (run.work, run.job.as_deref())).collect();
    assert_eq!(open, [(Work::Remove, Some("another"))]);
}

fn holds_what_was_done(folder: &Path) {
    let journal = Journal::open(folder).unwrap();
    assert!(journal.notice.is_none(), "it is not damaged");
    assert_eq!(journal.answers(&Place::shared("deployment")).unwrap().text("name"), "roman-sit");
    assert_eq!(journal.answers(&Place::shared("architects")).unwrap().rows("users"), ["an-iam-user"]);
    for step in ["deployment", "account", "tools", "deploy_roles", "architects", "secrets_store", "dns"] {
        let place = Place::shared(step);
        assert_eq!(journal.verdict(&place).unwrap().unwrap().outcome, Some(Outcome::Done), "{step}");
        assert!(journal.output(&place).unwrap().unwrap().output.is_object(), "{step}");
    }
    assert_eq!(
        journal.output(&Place::shared("deploy_roles")).unwrap().unwrap().output["group"],
        "roman-sit-terraform-architects"
    );
    assert!(journal.has_begun().unwrap() && journal.last_effect(&Place::shared("dns")).unwrap().is_some());
    assert!(journal.steps_with_effects().unwrap().len() >= 5, "what was made is known");
    let logbook = journal.logbook(1000, false).unwrap();
    assert!(logbook.len() > 10);
    let made = |line: &Line| {
        line.kind == "effect"
            && line.outcome == "ok"
            && line.text == "iam:AddUserToGroup an-iam-user to roman-sit-terraform-architects"
    };
    assert!(logbook.iter().any(made), "what was made is an entry: {logbook:?}");
    assert!(!logbook.iter().any(|line| line.text.starts_with("Check: ")));
    assert!(
        journal.logbook(1000, true).unwrap().len() > logbook.len(),
        "looks are kept, and left out unless asked for"
    );
}
