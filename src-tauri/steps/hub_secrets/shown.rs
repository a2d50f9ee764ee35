//! How the hub's secrets are shown: no value of them, only names, differences and who may open the file.

use super::Input;
use super::repository::Copy;
use super::state::{State, keys};
use crate::engine::view::Branch;
use crate::engine::words::{count, list};
use crate::engine::{Problem, View};
use crate::tools::sops::{Map, Value, rules};

impl State<'_> {
    /// Who may open the file, what differs in it, and `.sops.yaml` where it changes.
    pub fn views(&self, input: &Input) -> Vec<View> {
        let mut views = vec![];
        if let Some((file, trust)) = self.present.as_ref().zip(self.trust.as_ref()) {
            views.extend(trust.views(self.file(), &input.recipients, file.sealed(), &self.store.key_arn));
        }
        if self.rules_change() {
            views.push(self.rules_diff());
        }
        views
    }

    pub fn edits_warning(&self) -> Option<Problem> {
        let Copy::Edited(edits) = &self.copy else { return None };
        let what = format!(
            "The working copy holds edits that are not in the repository ({}): {}.",
            list(edits),
            self.output().folder.display()
        );
        let fix = "Commit and push them, or undo them. The next time this page writes, it moves them aside.";
        Some(Problem::warning(what, fix))
    }

    fn rules_diff(&self) -> View {
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        View::Diff {
            title: "By which key sops encrypts the file (.sops.yaml)".into(),
            before: self.repository.rules.as_deref().map_or(vec![], lines),
            after: lines(&rules::text(&self.store.key_arn, &self.store.encrypt_role)),
        }
    }

    pub fn summary(&self, input: &Input) -> String {
        let changes = self.changes().len();
        let file = self.file();
        let rest = match self.new_key(input).filter(|_| self.present.is_some()) {
            Some(why) => format!("a new file key is made, because {why}, and every value is encrypted anew."),
            None => "the rest stays as it is.".into(),
        };
        match (&self.present, changes) {
            (None, n) => format!("{file} is written with {}, encrypted, and pushed.", count(n, "value")),
            (Some(_), 0) if self.is_done(input) => format!("{file} is as it should be; nothing changes."),
            (Some(_), 0) if !self.to_write(input) => format!("{file} is brought into the working copy."),
            (Some(_), 0) if rest.starts_with('a') => format!("No value of {file} changes; {rest}"),
            (Some(_), 0) => format!("No value of {file} changes; what stands beside them for sops is put right."),
            (Some(_), 1) => format!("One value of {file} changes; {rest}"),
            (Some(_), n) => format!("{n} values of {file} change; {rest}"),
        }
    }

    /// The file as a tree, every value masked.
    pub fn tree(&self) -> View {
        let changes = self.changes();
        let mut all = self.present.as_ref().map_or_else(Map::default, |present| present.values.clone());
        for (path, value) in self.wanted.leaves() {
            all.set(&keys(&path), value.clone());
        }
        let mut branches: Vec<Branch> = vec![];
        let mut above: Vec<String> = vec![];
        for (path, value) in all.leaves() {
            let shared = path.iter().zip(&above).take_while(|(a, b)| a == b).count();
            for depth in shared..path.len() {
                let last = depth + 1 == path.len();
                let change = changes.iter().find(|(changed, _)| *changed == path);
                let note = match change {
                    _ if !last => "",
                    Some((_, None)) => "goes",
                    Some(_)
                        if self.present.as_ref().is_some_and(|present| present.values.get(&keys(&path)).is_some()) =>
                    {
                        "changes"
                    }
                    Some(_) => "new",
                    None => "",
                };
                let value = if last { masked(value) } else { String::new() };
                branches.push(Branch { depth, key: path[depth].clone(), value, note: note.into() });
            }
            above = path;
        }
        let note = "Field names stay readable; values are encrypted.".into();
        View::Tree { title: self.file().to_owned(), branches, note }
    }
}

fn masked(value: &Value) -> String {
    match value {
        Value::Text(text) if text.contains("BEGIN CERTIFICATE") => {
            format!("•••• {}", count(text.matches("BEGIN CERTIFICATE").count(), "certificate"))
        }
        Value::Text(text) if text.contains("PRIVATE KEY") => "•••• private key".into(),
        Value::Null => "nothing".into(),
        _ => "••••••••".into(),
    }
}
