//! What a page asks: fields of a few kinds, with the values entered so far.
//! It does not judge values; that is each step's `parse`.

use super::words::{clean, first};
use super::{Problem, Slot};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The fields of one page, in the order they are read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ts_rs::TS)]
pub struct Form {
    pub fields: Vec<Field>,
}

/// One thing a page asks.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Field {
    /// Key in the answers file and the journal; never changes.
    pub name: &'static str,
    pub label: &'static str,
    pub help: String,
    /// The rule in one line, for `hubwright steps` and beside the field.
    pub rule: String,
    pub kind: Kind,
    pub required: bool,
    pub default: Option<Value>,
    /// Why it cannot be changed now; `None` where it can.
    pub locked: Option<String>,
    /// Where its value comes from, or why nobody needs to change it, in words: it is known already, so the page shows it in one
    /// line with the others of the same words, and asks only whoever wants to change it. `None` where it is asked.
    pub known: Option<String>,
    /// It concerns hardly anybody: the page shows it only where a problem is on it, or where it was turned on or entered.
    pub on_demand: bool,
    /// Another deployment like this one begins with this answer too: it is said of the institution or its account. What a person
    /// allowed, or named for this deployment, is asked anew.
    #[serde(skip)]
    pub copied: bool,
}

/// The kinds of field the window can draw. A new need is a new kind here, never a special case there.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    Text {
        placeholder: String,
        mono: bool,
        /// A whole number is meant; an answers file may then say it without quotes.
        #[serde(skip)]
        number: bool,
        /// What is typed counts once the field is left, or Enter is pressed: half of it would mean something else.
        whole: bool,
    },
    Choice {
        options: Vec<Choice>,
        /// The path of a file may stand in place of an option.
        #[serde(skip)]
        or_file: bool,
    },
    Switch,
    /// A switch that a button turns on, after a dialog that says what is lost by it; the page does it at once.
    Confirmed {
        /// What the button says; empty where there is nothing to confirm now.
        button: String,
        /// What is lost, in a sentence.
        loses: String,
        /// What the button of the dialog says: its effect.
        act: String,
        /// It was confirmed, and is not done yet.
        given: bool,
    },
    File {
        extensions: Vec<&'static str>,
    },
    /// Files by their paths; chosen in a dialog, dropped on the page, or typed.
    Files {
        extensions: Vec<&'static str>,
    },
    Secret {
        /// It has several lines, such as a private key.
        lines: bool,
    },
    /// A paragraph between fields; it has no value.
    Note,
    /// Names of people, a chip each; a view (`People`) may say whom there is to pick from.
    People {
        placeholder: String,
    },
    Rows {
        placeholder: String,
        /// Its rows name environments of the deployment: whoever wants another one is led here.
        environments: bool,
    },
}

/// One way to answer a choice.
#[derive(Clone, Debug, PartialEq, Serialize, ts_rs::TS)]
pub struct Choice {
    pub value: String,
    pub label: String,
    /// What it means, in a sentence; where the choices have one, each is a card.
    pub sentence: String,
}

/// What was entered. A secret is only ever a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(untagged)]
pub enum Value {
    Switch(bool),
    Text(String),
    Rows(Vec<String>),
    Secret(Slot),
}

/// The values of one form by field name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(transparent)]
pub struct Values(pub BTreeMap<String, Value>);

impl Form {
    pub fn of(fields: Vec<Field>) -> Self {
        Form { fields }
    }

    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Field {
    fn new(name: &'static str, label: &'static str, kind: Kind) -> Self {
        Field {
            name,
            label,
            help: String::new(),
            rule: String::new(),
            kind,
            required: true,
            default: None,
            locked: None,
            known: None,
            on_demand: false,
            copied: false,
        }
    }
    pub fn text(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Text { placeholder: String::new(), mono: true, number: false, whole: false })
    }
    pub fn choice<V: Into<String>, L: Into<String>>(
        name: &'static str,
        label: &'static str,
        options: impl IntoIterator<Item = (V, L)>,
    ) -> Self {
        let options = options
            .into_iter()
            .map(|(value, label)| Choice { value: value.into(), label: label.into(), sentence: String::new() })
            .collect();
        Self::new(name, label, Kind::Choice { options, or_file: false })
    }
    /// A choice between cards: each with a sentence on what it means.
    pub fn cards(name: &'static str, label: &'static str, cards: &[(&str, &str, &str)]) -> Self {
        let card = |(value, label, sentence): &(&str, &str, &str)| Choice {
            value: (*value).into(),
            label: (*label).into(),
            sentence: (*sentence).into(),
        };
        let options = cards.iter().map(card).collect();
        Self::new(name, label, Kind::Choice { options, or_file: false })
    }
    pub fn switch(name: &'static str, label: &'static str) -> Self {
        Field { required: false, default: Some(Value::Switch(false)), ..Self::new(name, label, Kind::Switch) }
    }
    /// A switch that `button` turns on, once it is confirmed by `act` that `loses` is meant.
    pub fn confirmed(name: &'static str, label: &'static str, button: &str, loses: &str, act: &str) -> Self {
        let kind = Kind::Confirmed { button: button.into(), loses: loses.into(), act: act.into(), given: false };
        Field { kind, ..Self::switch(name, label) }
    }
    pub fn secret(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Secret { lines: false })
    }
    /// A secret of several lines, to paste.
    pub fn secret_lines(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Secret { lines: true })
    }
    pub fn files(name: &'static str, label: &'static str, extensions: &[&'static str]) -> Self {
        Self::new(name, label, Kind::Files { extensions: extensions.to_vec() })
    }
    pub fn file(name: &'static str, label: &'static str, extensions: &[&'static str]) -> Self {
        Self::new(name, label, Kind::File { extensions: extensions.to_vec() })
    }
    pub fn rows(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::Rows { placeholder: String::new(), environments: false })
    }
    pub fn people(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, Kind::People { placeholder: String::new() })
    }
    pub fn note(name: &'static str, text: impl Into<String>) -> Self {
        Field { help: text.into(), required: false, ..Self::new(name, "", Kind::Note) }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
    pub fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = rule.into();
        self
    }
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.default = Some(value.into());
        self
    }
    pub fn placeholder(mut self, text: impl Into<String>) -> Self {
        if let Kind::Text { placeholder, .. } | Kind::Rows { placeholder, .. } | Kind::People { placeholder } =
            &mut self.kind
        {
            *placeholder = text.into();
        }
        self
    }
    /// It was confirmed, and is not done yet.
    pub fn given(mut self, is_given: bool) -> Self {
        if let Kind::Confirmed { given, .. } = &mut self.kind {
            *given = is_given;
        }
        self
    }
    /// Its rows name environments.
    pub fn names_environments(mut self) -> Self {
        if let Kind::Rows { environments, .. } = &mut self.kind {
            *environments = true;
        }
        self
    }
    /// A whole number is meant.
    pub fn number(mut self) -> Self {
        if let Kind::Text { number, .. } = &mut self.kind {
            *number = true;
        }
        self
    }
    /// What is typed counts once it is typed to its end.
    pub fn whole(mut self) -> Self {
        if let Kind::Text { whole, .. } = &mut self.kind {
            *whole = true;
        }
        self
    }
    /// The path of a file may stand in place of an option.
    pub fn or_file(mut self) -> Self {
        if let Kind::Choice { or_file, .. } = &mut self.kind {
            *or_file = true;
        }
        self
    }
    pub fn locked_if(mut self, locked: bool, why: &str) -> Self {
        self.locked = locked.then(|| why.to_owned());
        self
    }

    /// Its value is known already, from what `source` says.
    pub fn known_from(mut self, source: impl Into<String>) -> Self {
        self.known = Some(source.into());
        self
    }

    /// The page shows it only where a problem is on it, or where it was turned on or entered.
    pub fn on_demand(mut self) -> Self {
        self.on_demand = true;
        self
    }

    /// Another deployment like this one begins with this answer too.
    pub fn copied(mut self) -> Self {
        self.copied = true;
        self
    }

    /// Whether the answer may become `value` where it is `now`; a locked one may not change.
    pub fn may_become(&self, now: Option<&Value>, value: &Value) -> Result<(), Problem> {
        match self.cannot_change() {
            Some(problem) if now != Some(value) => Err(problem),
            _ => Ok(()),
        }
    }

    /// The problem that a locked answer cannot change. `None` where it can.
    pub fn cannot_change(&self) -> Option<Problem> {
        let what = format!("The {} cannot change now.", self.label.to_lowercase());
        self.locked.as_ref().map(|why| Problem::new(what, why.clone()).on(self.name))
    }

    /// Whether `value` is of this field's kind, and the problem that says so where it is not.
    pub fn accepts(&self, value: &Value) -> Result<(), Problem> {
        let fits = match (&self.kind, value) {
            (Kind::Text { .. } | Kind::File { .. }, Value::Text(_)) => true,
            (Kind::Choice { options, .. }, Value::Text(text)) => {
                if !options.iter().any(|choice| choice.value == *text) {
                    let listed: Vec<_> = options.iter().map(|choice| format!("`{}`", choice.value)).collect();
                    let what =
                        format!("`{}` is not one of the choices for {}.", clean(text), self.label.to_lowercase());
                    return Err(Problem::new(what, format!("Choose one of {}.", first(&listed, 12))).on(self.name));
                }
                true
            }
            (Kind::Switch | Kind::Confirmed { .. }, Value::Switch(_))
            | (Kind::Rows { .. } | Kind::People { .. } | Kind::Files { .. }, Value::Rows(_))
            | (Kind::Secret { .. }, Value::Secret(_)) => true,
            _ => false,
        };
        if fits { Ok(()) } else { Err(self.wrong_type()) }
    }

    /// The problem that a value is not of this field's kind.
    pub fn wrong_type(&self) -> Problem {
        let wanted = match self.kind {
            Kind::Switch | Kind::Confirmed { .. } => "`true` or `false`",
            Kind::Files { .. } => "a list of paths, such as `[\"hub.key\", \"hub.crt\"]`",
            Kind::Rows { .. } | Kind::People { .. } => "a list of texts, such as `[\"one\", \"two\"]`",
            Kind::Secret { .. } => {
                "a reference such as `{ file = \"secret.txt\" }`, `{ env = \"NAME\" }` or `{ keychain = true }`"
            }
            Kind::Text { number: true, .. } => "a whole number",
            Kind::Note => "nothing: it is a note",
            _ => "a text in quotes",
        };
        Problem::new(format!("The value of `{}` is of the wrong type.", self.name), format!("Write {wanted}."))
            .on(self.name)
    }
}

impl Values {
    /// The text of a field, or of its default: `values.text(&form, "name")`. Empty where there is neither.
    pub fn text(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(Value::Text(text)) => text,
            _ => "",
        }
    }
    pub fn on(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Switch(true)))
    }
    pub fn rows(&self, name: &str) -> &[String] {
        match self.0.get(name) {
            Some(Value::Rows(rows)) => rows,
            _ => &[],
        }
    }
    pub fn has_secret(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(Value::Secret(slot)) if slot.is_set)
    }
    /// Whether these say the same; of secrets, whether there is one.
    pub fn says_as(&self, other: &Values) -> bool {
        let same = |name: &String, value: &Value| match (value, other.0.get(name)) {
            (Value::Secret(slot), Some(Value::Secret(other))) => slot.is_set == other.is_set,
            (value, other) => other == Some(value),
        };
        self.0.len() == other.0.len() && self.0.iter().all(|(name, value)| same(name, value))
    }
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// These values, with the form's defaults where nothing was entered.
    pub fn with_defaults(&self, form: &Form) -> Values {
        let mut all = self.clone();
        for field in &form.fields {
            if let (false, Some(default)) = (all.0.contains_key(field.name), &field.default) {
                all.0.insert(field.name.to_owned(), default.clone());
            }
        }
        all
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}
impl From<bool> for Value {
    fn from(on: bool) -> Self {
        Value::Switch(on)
    }
}
impl From<Vec<String>> for Value {
    fn from(rows: Vec<String>) -> Self {
        Value::Rows(rows)
    }
}
