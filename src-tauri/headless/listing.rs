//! `hubwright steps`: every step with its fields, for people and for scripts.

use super::End;
use super::opening::{empty, no_temporary};
use super::saying::say;
use crate::engine::{Kind, Place, Problem, Trial};
use crate::tools::Tools;
use crate::tools::home::Home;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) fn steps(json: bool) -> Result<End, Problem> {
    let home = tempfile::tempdir().map_err(no_temporary)?;
    let tools = Arc::new(Tools::new(Home::at(home.path().to_owned())?, PathBuf::new()));
    let (_folder, deployment) = empty(tools)?;
    let mut all = vec![];
    for step in deployment.steps() {
        let about = step.about();
        // Fields that only some answers bring about are listed too: the form is asked once for each choice.
        let mut fields = vec![];
        let forms = deployment.forms(&Place::shared(about.id), &Trial::default())?;
        for field in forms.into_iter().flat_map(|form| form.fields).filter(|field| field.kind != Kind::Note) {
            if !fields.iter().any(|other: &crate::engine::Field| other.name == field.name) {
                fields.push(field);
            }
        }
        if !json {
            let each = if about.each { " Once per environment." } else { "" };
            say(&format!("{} — {}. {}{each}", about.id, about.title, about.why));
            for field in &fields {
                say(&format!(
                    "    {}: {}{}",
                    field.name,
                    field.rule,
                    if field.required && field.default.is_none() { "" } else { " (may be left out)" }
                ));
            }
        }
        all.push(serde_json::json!({ "id": about.id, "title": about.title, "why": about.why, "once_per_environment": about.each, "needs": step.needs(), "fields": fields }));
    }
    if json {
        serde_json::to_string_pretty(&all).unwrap_or_default().lines().for_each(say);
    }
    Ok(End::Done)
}
