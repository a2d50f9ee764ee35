//! What Terraform prints while it works, for the log and for the page.

use crate::engine::view::Bar;
use crate::engine::{Cx, View};
use jiff::Timestamp;
use serde_json::Value as Json;

/// One line of Terraform's output into the log: the message of a JSON line, other text without the box that Terraform draws
/// around it. `errors` gets what is an error, not redacted yet: a secret may be broken over its lines.
pub(super) fn listen(cx: &Cx, line: &str, errors: &mut Vec<String>) {
    // A failed write of the state prints the state itself, secrets and all. It is on disk; the log does not need it.
    if line.contains("Emergency state dump") || line.contains("\"terraform_version\"") && line.contains("\"serial\"") {
        return cx.line("Terraform printed its state here; it is left out of the log.");
    }
    let Ok(json) = serde_json::from_str::<Json>(line) else {
        // Lines that are not JSON are plain-text errors: how they begin, then the explanation, to the end of the output.
        let text = line.trim_matches(['╷', '│', '╵', ' ']);
        let begins = ["Error: ", "Failed to load state: ", "No state file was found!"]
            .iter()
            .any(|start| text.starts_with(start));
        if begins || !errors.is_empty() && !text.is_empty() {
            errors.push(text.trim_start_matches("Error: ").to_owned());
        }
        return cx.line(text);
    };
    let (kind, message) = (text_of(&json["type"]), text_of(&json["@message"]));
    match kind {
        "version" | "refresh_start" | "refresh_complete" | "outputs" => {}
        "diagnostic" => {
            let diagnostic = &json["diagnostic"];
            let text =
                format!("{}. {}", text_of(&diagnostic["summary"]), text_of(&diagnostic["detail"])).trim().to_owned();
            cx.line(&text);
            if diagnostic["severity"] == "error" {
                errors.push(text);
            }
        }
        _ if message.is_empty() => cx.line(line),
        _ => cx.line(message),
    }
}

/// The bars of a running apply, one a resource.
pub(super) struct Applying<'a> {
    cx: &'a Cx,
    /// By Terraform's own clock: what is taken up later took as long as it did.
    began: Option<Timestamp>,
    bars: Vec<Bar>,
}

impl<'a> Applying<'a> {
    pub(super) fn new(cx: &'a Cx) -> Self {
        Applying { cx, began: None, bars: vec![] }
    }

    pub(super) fn taking(&mut self) -> impl FnMut(&str) + Send + use<'_, 'a> {
        |line| self.take(line)
    }

    fn take(&mut self, line: &str) {
        let Ok(json) = serde_json::from_str::<Json>(line) else { return };
        let label = text_of(&json["hook"]["resource"]["addr"]).to_owned();
        let at = text_of(&json["@timestamp"]).parse().unwrap_or_else(|_| Timestamp::now());
        let began = *self.began.get_or_insert(at);
        let now = (at.duration_since(began).as_secs_f64() * 10.0).round() / 10.0;
        match text_of(&json["type"]) {
            "apply_start" => self.bars.push(Bar { label, start: now, end: None, running: true }),
            ended @ ("apply_complete" | "apply_errored") => {
                let end = (ended == "apply_complete").then_some(now);
                for bar in self.bars.iter_mut().filter(|bar| bar.label == label) {
                    (bar.end, bar.running) = (end, false);
                }
            }
            _ => return,
        }
        let note = "You can close the window or the lid: the work goes on, and Hubwright picks it up again.".to_owned();
        self.cx.show(View::Timeline { title: "Where the time goes".into(), bars: self.bars.clone(), note });
    }
}

pub fn text_of(json: &Json) -> &str {
    json.as_str().unwrap_or_default()
}
