//! The lines that commands print: one a step, one a problem. What they say is made by the steps.

use super::End;
use crate::answers::Located;
use crate::engine::context::lock;
use crate::engine::visible::visible;
use crate::engine::words::{clean, count};
use crate::engine::{Problem, Standing, StepState};
use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

pub(super) fn say_step(id: &str, step: &Standing, plan: bool) {
    let state = match step.state {
        StepState::Done => "done",
        StepState::Blocked => "blocked",
        StepState::Look if step.problems.iter().any(Problem::is_error) => "failed",
        _ => "todo",
    };
    say(&format!("{id}: {state} — {}", step.sentence));
    say_problems(id, &step.problems);
    let Some(plan) = step.plan.as_ref().filter(|_| plan) else { return };
    say(&format!("  as {}", plan.identity));
    for call in &plan.calls {
        say(&format!("  {} {} ({})", call.action, call.resource, call.why));
    }
    for command in &plan.commands {
        say(&format!("  $ {command}"));
    }
    for thing in &plan.destroys {
        say(&format!("  destroys {thing}"));
    }
    say(&format!("  cost: {} undo: {}", plan.cost, plan.undo));
}

pub(super) fn say_problems(id: &str, problems: &[Problem]) {
    for problem in problems {
        let field = problem.field.as_ref().map_or(String::new(), |field| format!(".{field}"));
        let mark = if problem.is_error() { "" } else { "note: " };
        say_error_line(&format!("  {mark}{id}{field}: {} — {}", problem.what, problem.fix));
        for line in problem.detail.iter().flat_map(|detail| detail.lines()) {
            say_error_line(&format!("      {line}"));
        }
    }
}

/// The problems of the answers, one a line: `step.field: what — fix`.
pub(super) fn tell(problems: &Located) -> End {
    for (step, problem) in problems.iter().take(MOST_TOLD) {
        let place = match (&problem.field, step.is_empty()) {
            (_, true) => "answers".to_owned(),
            (Some(field), _) => format!("{}.{}", clean(step), clean(field)),
            (None, _) => clean(step),
        };
        say(&format!("{place}: {} — {}", problem.what, problem.fix));
    }
    if problems.len() > MOST_TOLD {
        say(&format!("answers: {} besides. — Mend these first.", count(problems.len() - MOST_TOLD, "problem")));
    }
    End::Answers
}

/// Nobody reads more at once.
const MOST_TOLD: usize = 100;

pub(super) fn say_error(problem: &Problem) {
    say_error_line(&format!("{} — {}", problem.what, problem.fix));
    for line in &problem.detail {
        say_error_line(&format!("    {line}"));
    }
}

/// Waits for `work`; where that lasts, says on stderr what is waited for: soon, and after every long silence again.
pub(super) async fn meanwhile<T>(text: &str, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    let mut silence = Duration::from_secs(1);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(silence) => say_error_line(text),
        }
        silence = LONG_SILENCE;
    }
}

/// Whether nothing was said for so long that a person would think that nothing happens.
pub(super) fn is_silent() -> bool {
    lock(&SAID).is_none_or(|said| said.elapsed() >= LONG_SILENCE)
}

/// When the last line was said.
static SAID: Mutex<Option<Instant>> = Mutex::new(None);
const LONG_SILENCE: Duration = Duration::from_secs(8);

// The only two places that print. A reader that went away (`| head`) is no reason to fail.
pub(super) fn say(line: &str) {
    *lock(&SAID) = Some(Instant::now());
    let _ = writeln!(std::io::stdout(), "{}", one_line(line));
}
pub(super) fn say_error_line(line: &str) {
    *lock(&SAID) = Some(Instant::now());
    let _ = writeln!(std::io::stderr(), "{}", one_line(line));
}

/// What was chosen by others, such as a file's name, must not begin a line of its own: it could say that a step is done.
fn one_line(text: &str) -> String {
    visible(text).trim_end_matches('\n').replace(['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], " ")
}
