//! The answers file: a window's forms as TOML, one table per step, a secret only ever as a reference.
//! It enters answers; whether they are good is each step's to say.

use crate::engine::{Deployment, Kind, Problem, Secret, Slot, StepId, Value, Values, files};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Problems with the step, as written in the file, that each belongs to.
pub type Located = Vec<(String, Problem)>;

/// An answers file: one table per step.
pub struct Answers {
    pub tables: BTreeMap<String, toml::Table>,
    /// The file's folder: paths in it are relative to that.
    folder: PathBuf,
}

impl Answers {
    /// Reads the file. It must say `version = 1`, and hold nothing outside of a step's table.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let text = files::read_text(path).map_err(|error| {
            Problem::new(
                format!("The answers file `{}` cannot be read.", path.display()),
                "Check its path, and that it is a text file.",
            )
            .because(&error)
        })?;
        let mut table: toml::Table = toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Problem::new(
                format!("Line {at} of the answers file is not TOML: {}.", error.message()),
                "Mend that line; text values stand in quotes.",
            )
        })?;
        match table.remove("version").map(|version| version.as_integer()) {
            Some(Some(1)) => {}
            Some(Some(newer)) if newer > 1 => {
                return Err(Problem::new(
                    format!("The answers file is of version {newer}; this Hubwright reads version 1."),
                    "Install the newest Hubwright.",
                ));
            }
            _ => {
                return Err(Problem::new(
                    "The answers file does not say its version.",
                    "Put `version = 1` at its top.",
                ));
            }
        }
        let mut tables = BTreeMap::new();
        for (key, value) in table {
            let toml::Value::Table(inner) = value else {
                return Err(Problem::new(
                    format!("`{key}` stands outside of any step's table."),
                    format!("Put it under a step, such as `[deployment]`, or remove `{key}`."),
                ));
            };
            tables.insert(key, inner);
        }
        Ok(Answers { tables, folder: path.parent().map_or_else(PathBuf::new, Path::to_owned) })
    }

    /// Paths as the file means them: from its own folder.
    fn whole_paths(&self, paths: &[String]) -> Vec<String> {
        let whole = |path: &String| {
            let path = self.folder.join(path);
            std::path::absolute(&path).unwrap_or(path).display().to_string()
        };
        paths.iter().map(whole).collect()
    }

    /// Enters the answers: those of the first step, which others' fields may follow from, and then all others or none.
    /// The problems of the file are found before anything of a group is entered.
    pub async fn enter(&self, deployment: &Deployment) -> Result<Located, Problem> {
        let first = deployment.steps().next().map(|step| step.about().id);
        let mut problems: Located = vec![];
        for of_first in [true, false] {
            let tables = self.tables.iter().filter(|(id, _)| (first == Some(id.as_str())) == of_first).collect();
            let entries = self.judge(deployment, tables, &mut problems);
            if problems.is_empty() {
                self.put(deployment, entries, &mut problems, |id| (first == Some(id)) == of_first).await?;
            }
        }
        Ok(problems)
    }

    /// What the tables say, and everything that is wrong with it.
    fn judge(
        &self,
        deployment: &Deployment,
        tables: Vec<(&String, &toml::Table)>,
        problems: &mut Located,
    ) -> Vec<(StepId, String, Entry)> {
        let mut entries: Vec<(StepId, String, Entry)> = vec![];
        for (id, table) in tables {
            let step = match deployment.step(id) {
                Ok(step) => step,
                Err(problem) => {
                    problems.push((id.clone(), problem));
                    continue;
                }
            };
            let mut given = Values::default();
            for (field, value) in table {
                if let Some(Entry::Value(value)) = entry(value) {
                    given.set(field, value);
                }
            }
            let form = deployment.form(step.as_ref(), &given);
            for (field, value) in table {
                let Some(asked) = form.field(field) else {
                    let known: Vec<_> = form
                        .fields
                        .iter()
                        .filter(|field| field.kind != Kind::Note)
                        .map(|field| format!("`{}`", field.name))
                        .collect();
                    let fix = if known.is_empty() {
                        "Remove it: this step asks nothing.".into()
                    } else {
                        format!("Use one of {}, or remove it.", known.join(", "))
                    };
                    problems
                        .push((id.clone(), Problem::new(format!("The step has no field `{field}`."), fix).on(field)));
                    continue;
                };
                match (entry(value), &asked.kind) {
                    (Some(Entry::Value(_)), Kind::Secret { .. }) => {
                        let fix = format!(
                            "Write `{field} = {{ file = \"…\" }}`, `{{ env = \"…\" }}` or `{{ keychain = true }}`, and treat the value in the file as known to others."
                        );
                        problems.push((
                            id.clone(),
                            Problem::new("A secret stands in clear in the answers file.", fix).on(field),
                        ));
                    }
                    (Some(Entry::Value(value)), _) => match asked.accepts(&value) {
                        Ok(()) => {
                            let value = match (value, &asked.kind) {
                                (Value::Rows(paths), Kind::Files { .. }) => Value::Rows(self.whole_paths(&paths)),
                                (value, _) => value,
                            };
                            entries.push((step.about().id, field.clone(), Entry::Value(value)));
                        }
                        Err(problem) => problems.push((id.clone(), problem)),
                    },
                    (Some(entry), Kind::Secret { .. }) => entries.push((step.about().id, field.clone(), entry)),
                    _ => problems.push((
                        id.clone(),
                        asked.accepts(&Value::Secret(Slot::default())).err().unwrap_or_else(|| {
                            Problem::new(
                                format!("The value of `{field}` is of the wrong type."),
                                "Write a reference such as `{ file = \"secret.txt\" }`",
                            )
                            .on(field)
                        }),
                    )),
                }
            }
        }
        entries
    }

    async fn put(
        &self,
        deployment: &Deployment,
        mut entries: Vec<(StepId, String, Entry)>,
        problems: &mut Located,
        here: impl Fn(StepId) -> bool,
    ) -> Result<(), Problem> {
        // The file is the whole truth: what it does not say goes back to its default.
        for step in deployment.steps().filter(|step| here(step.about().id)) {
            let id = step.about().id;
            let said: Vec<&str> =
                self.tables.get(id).into_iter().flat_map(|table| table.keys()).map(String::as_str).collect();
            deployment.keep_only(id, &said)?;
        }
        // A choice can change which fields there are, so choices go first.
        entries.sort_by_key(|(id, field, _)| !matches!(deployment.step(id).map(|step| deployment.form(step.as_ref(), &Values::default())), Ok(form) if form.field(field).is_some()));
        for (id, field, entry) in entries {
            let result = match entry {
                Entry::Value(value) => deployment.edit(id, &field, value),
                Entry::Keychain => deployment.edit(id, &field, Value::Secret(Slot { is_set: true, hint: None })),
                Entry::File(path) => match files::read(&self.folder.join(&path)) {
                    Ok(bytes) => deployment.set_secret(id, &field, Secret::new(bytes)).await,
                    Err(error) => Err(error.into()),
                },
                Entry::Env(name) => match std::env::var(&name) {
                    Ok(text) => deployment.set_secret(id, &field, Secret::from(text)).await,
                    Err(_) => Err(Problem::new(
                        format!("The environment has no `{name}`."),
                        format!("Set `{name}` for this command only."),
                    )),
                },
            };
            if let Err(problem) = result {
                problems.push((id.to_owned(), problem.on(&field)));
            }
        }
        Ok(())
    }
}

/// What stands behind a key: a value, or where a secret is.
enum Entry {
    Value(Value),
    File(String),
    Env(String),
    Keychain,
}

fn entry(value: &toml::Value) -> Option<Entry> {
    match value {
        toml::Value::String(text) => Some(Entry::Value(Value::Text(text.clone()))),
        // A bare date is what a person writes; the form asks for it as text.
        toml::Value::Datetime(day) => Some(Entry::Value(Value::Text(day.to_string()))),
        toml::Value::Boolean(on) => Some(Entry::Value(Value::Switch(*on))),
        toml::Value::Array(all) => all
            .iter()
            .map(|text| text.as_str().map(str::to_owned))
            .collect::<Option<Vec<_>>>()
            .map(|rows| Entry::Value(Value::Rows(rows))),
        toml::Value::Table(table) if table.len() == 1 => match table.iter().next()? {
            (key, toml::Value::String(path)) if key == "file" => Some(Entry::File(path.clone())),
            (key, toml::Value::String(name)) if key == "env" => Some(Entry::Env(name.clone())),
            (key, toml::Value::Boolean(true)) if key == "keychain" => Some(Entry::Keychain),
            _ => None,
        },
        _ => None,
    }
}
