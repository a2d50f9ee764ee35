//! The answers file: a window's forms as TOML, one table per step (`[dns]`, and `[prod.dns]` for another environment), a secret
//! only ever as a reference.
//! Everything wrong with it is found before anything of it is entered; whether answers are good is each step's to say.
//! Long because reading, judging and entering go by the same tables.

use crate::engine::words::{clean, first};
use crate::engine::{
    Deployment, Field, Form, Kind, Place, Problem, Secret, Slot, StepId, Trial, Value, files, secret, toml_lines,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Problems with the step, as written in the file, that each belongs to; empty for the file itself.
pub type Located = Vec<(String, Problem)>;

/// An answers file: one table per step and environment.
pub struct Answers {
    /// By the key of their place.
    pub tables: BTreeMap<String, toml::Table>,
    /// What is wrong with the file itself.
    pub problems: Vec<Problem>,
    /// Lines of it could not be read: what is missing may stand there.
    is_torn: bool,
    /// The file's folder: paths in it are relative to that.
    folder: PathBuf,
    /// The secrets it refers to, by step and field. They are read before a deployment is opened, so that nothing waits
    /// while others are kept out of it.
    secrets: BTreeMap<(String, String), Result<Secret, Problem>>,
}

impl Answers {
    /// Reads the file and the secrets it refers to. The file must say `version = 1` and hold nothing outside of a step's table.
    /// What is wrong with that is kept in `problems`, for `judge` to tell together with all the rest; an error means that there
    /// is nothing to judge. `steps` are the ids of all steps: a table of another name that holds tables is an environment's.
    ///
    /// A secret is read from a file in the answers file's folder, or in one of the folders `allowed`: whoever wrote the answers
    /// file must not choose which of the reader's files goes into the secrets store.
    pub fn read(path: &Path, steps: &[StepId], allowed: &[PathBuf]) -> Result<Self, Vec<Problem>> {
        let text = files::read_chosen_text(path, MOST_BYTES).map_err(|error| {
            let what = format!("The answers file cannot be read: {error}.");
            let fix = error
                .keep_others_out()
                .unwrap_or_else(|| "Check its path, and that it is a text file in UTF-8.".to_owned());
            vec![Problem::new(what, fix).because(&error)]
        })?;
        let (table, faults) = toml_lines::read::<toml::Table>(&text);
        let mut problems: Vec<Problem> = faults.iter().map(no_toml).collect();
        let table = table.unwrap_or_default();
        match table.get("version") {
            Some(toml::Value::Integer(1)) => {}
            Some(toml::Value::Integer(newer)) if *newer > 1 => {
                let what = format!("The answers file is of version {newer}; this Hubwright reads version 1.");
                return Err(vec![Problem::new(what, "Install the newest Hubwright.")]);
            }
            Some(_) => {
                let what = "The version of the answers file is no whole number from 1 on.";
                problems.push(Problem::new(what, "Write `version = 1`, without quotes or a point."));
            }
            None if faults.iter().any(|fault| fault.key == "version") => {}
            None => {
                let what = "The answers file does not say its version.";
                problems.push(Problem::new(what, "Put `version = 1` at its top."));
            }
        }
        let mut tables = BTreeMap::new();
        for (key, value) in table.into_iter().filter(|(key, _)| key != "version") {
            let shown = clean(&key);
            match value {
                toml::Value::Table(inner) if !steps.contains(&key.as_str()) && inner.values().any(is_step_table) => {
                    for (name, value) in inner {
                        match value {
                            toml::Value::Table(table) => drop(tables.insert(format!("{key}.{name}"), table)),
                            _ => problems.push(Problem::new(
                                format!("`{}` stands in `[{shown}]` outside of any step's table.", clean(&name)),
                                format!("Put it under a step of that environment, such as `[{shown}.certificate]`, or remove it."),
                            )),
                        }
                    }
                }
                toml::Value::Table(inner) => drop(tables.insert(key, inner)),
                toml::Value::Array(all) if all.iter().any(toml::Value::is_table) => problems.push(Problem::new(
                    format!("`{shown}` is a list of tables, and a step has one."),
                    format!("Write `[{shown}]`, once."),
                )),
                _ if steps.contains(&key.as_str()) => problems.push(Problem::new(
                    format!("`{shown}` is a step, and its answers stand in a table."),
                    format!("Write `[{shown}]` on a line of its own, and the answers below it."),
                )),
                _ => problems.push(Problem::new(
                    format!("`{shown}` stands outside of any step's table."),
                    format!("Put it under a step, such as `[deployment]`, or remove `{shown}`."),
                )),
            }
        }
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        let mut answers = Answers { tables, problems, is_torn: !faults.is_empty(), folder, secrets: BTreeMap::new() };
        answers.secrets = answers.read_secrets(allowed);
        Ok(answers)
    }

    /// The step and field of a secret that goes into the keychain.
    pub fn first_secret(&self) -> Option<(String, String)> {
        self.secrets.keys().next().cloned()
    }

    /// Where secrets come from variables, in a line each.
    pub fn variables(&self) -> Vec<String> {
        let all =
            self.tables.iter().flat_map(|(step, table)| table.iter().map(move |(field, value)| (step, field, value)));
        let named = all.filter_map(|(step, field, value)| match reference(value.as_table()?)? {
            Reference::Env(name) if std::env::var_os(name).is_some() => {
                Some(format!("note: {}.{} is taken from the variable {}", clean(step), clean(field), clean(name)))
            }
            _ => None,
        });
        named.collect()
    }

    fn read_secrets(&self, allowed: &[PathBuf]) -> BTreeMap<(String, String), Result<Secret, Problem>> {
        let mut secrets = BTreeMap::new();
        for (step, table) in &self.tables {
            for (field, value) in table {
                let secret = match value.as_table().and_then(reference) {
                    Some(Reference::File(path)) if path.trim().is_empty() => {
                        let fix = "Write the path of the file that holds the secret: `{ file = \"secret.txt\" }`";
                        Err(Problem::new("No file is named.", fix))
                    }
                    Some(Reference::File(path)) => self.secret_in(&self.whole(path), allowed),
                    Some(Reference::Env(name)) => of_environment(name),
                    Some(Reference::Keychain) | None => continue,
                };
                secrets.insert((step.clone(), field.clone()), secret);
            }
        }
        secrets
    }

    fn secret_in(&self, path: &Path, allowed: &[PathBuf]) -> Result<Secret, Problem> {
        // Where links lead counts, not where they stand.
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder };
        let secret = Secret::new(files::read_chosen(path, secret::MOST_SECRET)?);
        if is_blank(&secret) {
            let what = format!("`{}` is empty, and a secret was to be in it.", clean(&path.display().to_string()));
            return Err(Problem::new(what, NO_SECRET));
        }
        let source = real(path);
        if source.starts_with(real(folder)) || allowed.iter().any(|one| real(one) == source) {
            return Ok(secret);
        }
        let source = clean(&source.display().to_string());
        Err(Problem::new(
            format!("This secret would come from `{source}`, which is not in the answers file's folder."),
            "Copy it there. Where that very file is meant, give the command `--allow-file` and its path.",
        ))
    }

    /// A path as the file means it: from its own folder.
    fn whole(&self, path: &str) -> PathBuf {
        // What is no path is told as it was written.
        if files::is_address(path) {
            return PathBuf::from(path);
        }
        let path = self.folder.join(files::from_home(path));
        std::path::absolute(&path).unwrap_or(path)
    }

    /// The environments there would be with these answers, the first one first.
    pub fn environments(&self, deployment: &Deployment) -> Result<Vec<String>, Problem> {
        deployment.environments_of(&self.look(deployment)?.trial)
    }

    /// Everything that is wrong with the file, and with the answers of the steps of `asked`. Enters nothing.
    pub fn judge(&self, deployment: &Deployment, asked: &[Place]) -> Result<Located, Problem> {
        let Look { trial, problems: looked, undecided, .. } = self.look(deployment)?;
        let mut problems: Located = self.problems.iter().map(|problem| (String::new(), problem.clone())).collect();
        problems.extend(looked);
        let places = deployment.places_in(&deployment.environments_of(&trial)?);
        for place in places.iter().filter(|_| !self.is_torn) {
            let kept = deployment.keeps_from_dropping(place, &self.said(&place.key()))?;
            problems.extend(kept.into_iter().map(|problem| (place.key(), problem)));
        }
        for place in places.iter().filter(|place| asked.contains(place)) {
            let id = place.key();
            let table = self.tables.get(&id);
            let told: BTreeSet<String> =
                problems.iter().filter(|(of, _)| *of == id).filter_map(|(_, problem)| problem.field.clone()).collect();
            let more = deployment.problems_of(place, &trial)?.into_iter().filter(|problem| {
                let field = problem.field.as_deref().unwrap_or_default();
                // On a value that is wrong in itself nothing more is said, nor on what another choice might not ask.
                let is_there = table.is_some_and(|table| table.contains_key(field));
                problem.is_error()
                    && !told.contains(field)
                    && (is_there || !(self.is_torn || undecided.contains(place)))
            });
            problems.extend(more.map(|problem| (id.clone(), problem)).collect::<Vec<_>>());
        }
        Ok(problems)
    }

    /// Enters the answers, which `judge` found to be good. What the file does not say goes back to its default.
    pub async fn enter(&mut self, deployment: &Deployment) -> Result<Located, Problem> {
        let Look { entries, trial, .. } = self.look(deployment)?;
        for place in deployment.places_in(&deployment.environments_of(&trial)?) {
            deployment.keep_only(&place, &self.said(&place.key()))?;
        }
        let mut problems = vec![];
        for (place, field, given) in entries {
            let result = match given {
                Given::Value(value) => deployment.edit(&place, &field, value),
                Given::Secret => match self.secrets.remove(&(place.key(), field.clone())) {
                    Some(Ok(secret)) => deployment.set_secret(&place, &field, secret).await,
                    Some(Err(problem)) => Err(problem),
                    None => deployment.edit(&place, &field, Given::Secret.value()),
                },
            };
            if let Err(problem) = result {
                problems.push((place.key(), problem.on(&field)));
            }
        }
        Ok(problems)
    }

    /// The fields that the file names of a step.
    fn said(&self, key: &str) -> Vec<&str> {
        self.tables.get(key).into_iter().flat_map(|table| table.keys()).map(String::as_str).collect()
    }

    /// What the tables say, in the order of the steps: which fields a step has can follow from those before it.
    fn look(&self, deployment: &Deployment) -> Result<Look, Problem> {
        let mut look = Look::default();
        // Those of the first environment say which others there are.
        let first = deployment.places_in(&[]);
        for place in &first {
            self.look_at(deployment, place, &mut look)?;
        }
        let environments = deployment.environments_of(&look.trial)?;
        for place in &deployment.places_in(&environments)[first.len()..] {
            self.look_at(deployment, place, &mut look)?;
        }
        let no_place = |key: &String| Some((key.clone(), deployment.place_in(&environments, key).err()?));
        look.problems.extend(self.tables.keys().filter_map(no_place));
        Ok(look)
    }

    fn look_at(&self, deployment: &Deployment, place: &Place, look: &mut Look) -> Result<(), Problem> {
        let key = place.key();
        let Some(table) = self.tables.get(&key) else { return Ok(()) };
        let id = key.as_str();
        let (_, now) = deployment.values(place)?;
        let plain = deployment.form(place, &Trial::default())?;
        let as_given = table.iter().fold(look.trial.clone(), |trial, (field, value)| {
            match self.given(id, field, value, plain.field(field)) {
                Some(Ok(given)) => trial.with(place, field, given.value()),
                _ => trial,
            }
        });
        let forms = deployment.forms(place, &as_given)?;
        let (form, others) = (&forms[0], &forms[1..]);
        let is_wrong = |field: &&Field| {
            let given = as_given.values(place).0.remove(field.name);
            matches!(field.kind, Kind::Choice { .. })
                && table.contains_key(field.name)
                && given.is_none_or(|given| field.accepts(&given).is_err())
        };
        // Where a choice that decides on other fields is wrong, nobody knows which fields there should be.
        let names = |form: &Form| form.fields.iter().map(|field| field.name).collect::<Vec<_>>();
        if form.fields.iter().any(|field| is_wrong(&field)) && others.iter().any(|other| names(other) != names(form)) {
            look.undecided.insert(place.clone());
        }
        let mut entries = vec![];
        for (name, value) in table {
            let of_other =
                || others.iter().filter(|_| look.undecided.contains(place)).find_map(|form| form.field(name));
            let is_of_other = others.iter().any(|other| other.field(name).is_some());
            let judged = match form.field(name).or_else(of_other) {
                // The choice that asks for it may stand on a line that cannot be read.
                None if self.is_torn && is_of_other => continue,
                None if is_of_other => Err(not_asked(name)),
                None => Err(no_field(form, name)),
                Some(asked) => self.judge_value(id, asked, value, now.0.get(asked.name), plain.field(name)),
            };
            match judged {
                Ok(given) => {
                    look.trial = look.trial.with(place, name, given.value());
                    // A choice can change which fields come after it, so choices are entered first, in the form's order.
                    let at = form.fields.iter().position(|field| field.name == *name);
                    let at = at.filter(|at| matches!(form.fields[*at].kind, Kind::Choice { .. }));
                    entries.push((at.unwrap_or(usize::MAX), (place.clone(), name.clone(), given)));
                }
                Err(problem) => look.problems.push((id.to_owned(), problem.on(name))),
            }
        }
        entries.sort_by_key(|(at, _)| *at);
        look.entries.extend(entries.into_iter().map(|(_, entry)| entry));
        Ok(())
    }

    /// The value for a field, or what is wrong with it in itself. `now` is what was entered before, `plain` the field as it
    /// is where nothing was entered.
    fn judge_value(
        &self,
        step: &str,
        asked: &Field,
        value: &toml::Value,
        now: Option<&Value>,
        plain: Option<&Field>,
    ) -> Result<Given, Problem> {
        let is_secret = matches!(asked.kind, Kind::Secret { .. });
        let given = self.given(step, asked.name, value, plain.or(Some(asked)));
        match given {
            Some(Ok(Given::Value(_))) if is_secret => {
                let fix = format!(
                    "Write `{} = {{ file = \"…\" }}`, `{{ env = \"…\" }}` or `{{ keychain = true }}`, and treat the value in the file as known to others.",
                    asked.name
                );
                Err(Problem::new("A secret stands in clear in the answers file.", fix))
            }
            Some(Ok(Given::Value(value))) => {
                asked.accepts(&value)?;
                asked.may_become(now, &value)?;
                Ok(Given::Value(value))
            }
            Some(given) if is_secret => given,
            _ => Err(asked.wrong_type()),
        }
    }

    /// What stands behind a key; `None` where it is nothing that any field takes.
    fn given(
        &self,
        step: &str,
        name: &str,
        value: &toml::Value,
        field: Option<&Field>,
    ) -> Option<Result<Given, Problem>> {
        let kind = field.map(|field| &field.kind);
        let value = match value {
            toml::Value::String(text) => Value::Text(match kind {
                Some(Kind::File { .. }) if !text.is_empty() => self.whole(text).display().to_string(),
                Some(Kind::Choice { options, or_file: true })
                    if !options.iter().any(|choice| choice.value == *text) && files::exists(&self.whole(text)) =>
                {
                    self.whole(text).display().to_string()
                }
                Some(Kind::Choice { .. }) => text.trim().to_owned(),
                _ => text.clone(),
            }),
            toml::Value::Integer(number) if matches!(kind, Some(Kind::Text { number: true, .. })) => {
                Value::Text(number.to_string())
            }
            // A bare date is what a person writes; the form asks for it as text.
            toml::Value::Datetime(day) => Value::Text(day.to_string()),
            toml::Value::Boolean(on) => Value::Switch(*on),
            toml::Value::Array(all) => {
                let rows: Option<Vec<&str>> = all.iter().map(toml::Value::as_str).collect();
                let are_paths = matches!(kind, Some(Kind::Files { .. }));
                let row = |text: &str| match are_paths && !text.trim().is_empty() {
                    true => self.whole(text.trim()).display().to_string(),
                    false => text.to_owned(),
                };
                Value::Rows(rows?.into_iter().map(row).collect())
            }
            toml::Value::Table(table) => {
                reference(table)?;
                return Some(match self.secrets.get(&(step.to_owned(), name.to_owned())) {
                    Some(Err(problem)) => Err(problem.clone()),
                    Some(Ok(_)) | None => Ok(Given::Secret),
                });
            }
            _ => return None,
        };
        Some(Ok(Given::Value(value)))
    }
}

/// What was found in the tables.
#[derive(Default)]
struct Look {
    /// The answers that are good in themselves.
    trial: Trial,
    /// The same in the order in which they can be entered.
    entries: Vec<(Place, String, Given)>,
    problems: Located,
    /// Steps whose fields depend on a choice that is wrong.
    undecided: BTreeSet<Place>,
}

enum Given {
    Value(Value),
    /// One of `Answers::secrets`, or one that is in the keychain already.
    Secret,
}

impl Given {
    /// As a form holds it.
    fn value(&self) -> Value {
        match self {
            Given::Value(value) => value.clone(),
            Given::Secret => Value::Secret(Slot { is_set: true, hint: None }),
        }
    }
}

/// Where a secret is.
enum Reference<'a> {
    File(&'a str),
    Env(&'a str),
    Keychain,
}

/// Whether a value is a table of answers, not a reference to a secret.
fn is_step_table(value: &toml::Value) -> bool {
    value.as_table().is_some_and(|table| reference(table).is_none())
}

fn reference(table: &toml::Table) -> Option<Reference<'_>> {
    let mut entries = table.iter();
    match (entries.next()?, entries.next()) {
        ((key, toml::Value::String(path)), None) if key == "file" => Some(Reference::File(path)),
        ((key, toml::Value::String(name)), None) if key == "env" => Some(Reference::Env(name)),
        ((key, toml::Value::Boolean(true)), None) if key == "keychain" => Some(Reference::Keychain),
        _ => None,
    }
}

fn of_environment(name: &str) -> Result<Secret, Problem> {
    if name.trim().is_empty() {
        let fix = "Write the name of the variable that holds the secret: `{ env = \"NAME\" }`";
        return Err(Problem::new("No variable of the environment is named.", fix));
    }
    // What is no variable may be the secret itself, written in the wrong place: it is not repeated.
    if name.contains(['=', '\0']) {
        let what = "What is written as the name of a variable of the environment cannot be one.";
        return Err(Problem::new(what, "Write the name alone, without its value."));
    }
    let secret = std::env::var(name).map(Secret::from).map_err(|error| match error {
        std::env::VarError::NotPresent => Problem::new(
            "The environment has no variable of the name that is written there.",
            "Set it for this command only, or mend the name. If it is the secret itself, treat it as known to others.",
        ),
        std::env::VarError::NotUnicode(_) => Problem::new(
            format!("The variable `{}` is not text in UTF-8.", clean(name)),
            "Put the secret into a file, and name that.",
        ),
    })?;
    if is_blank(&secret) {
        return Err(Problem::new(format!("The variable `{}` is empty.", clean(name)), NO_SECRET));
    }
    Ok(secret)
}

fn is_blank(secret: &Secret) -> bool {
    secret.expose().iter().all(u8::is_ascii_whitespace)
}

/// What to do where no secret is behind a reference.
const NO_SECRET: &str = "Put the secret there; or remove this line from the answers file, where none is needed.";

/// Of a field that the step has only where another choice is made.
fn not_asked(name: &str) -> Problem {
    let name = clean(name);
    let what = format!("With the choices that were made the step does not ask for `{name}`.");
    Problem::new(what, format!("Remove `{name}`, or make the choice that asks for it."))
}

fn no_field(form: &Form, name: &str) -> Problem {
    let fields = form.fields.iter().filter(|field| field.kind != Kind::Note);
    let known: Vec<_> = fields.map(|field| format!("`{}`", field.name)).collect();
    let fix = match known.is_empty() {
        true => "Remove it: this step asks nothing.".into(),
        false => format!("Use one of {}, or remove it.", first(&known, 12)),
    };
    Problem::new(format!("The step has no field `{}`.", clean(name)), fix)
}

/// A line that is no TOML.
fn no_toml(fault: &toml_lines::Fault) -> Problem {
    let (what, fix) = match fault.message.as_str() {
        // The parser's words for it name a type of its own.
        message if message.starts_with("invalid type: integer") => {
            (format!("the number behind `{}` is too large", clean(&fault.key)), "Mend that line.")
        }
        "duplicate key" => (format!("`{}` is there twice", clean(&fault.key)), "Remove one of the two."),
        message => (clean(message), "Mend that line; text values stand in quotes."),
    };
    Problem::new(format!("Line {} of the answers file is not TOML: {what}.", fault.line), fix)
}

/// The most bytes an answers file has.
const MOST_BYTES: u64 = 1 << 20;
