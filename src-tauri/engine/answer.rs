//! Entering answers and secrets. Whatever rests on them needs another look by itself, since how a step stands is computed.

use super::context::lock;
use super::form::Value;
use super::secret::MOST_SECRET;
use super::step::{AnyStep, Place};
use super::{At, Cx, Deployment, Problem, Secret, Slot, Values};

/// An answer that is cleared within that time was only tried.
const TRIED: std::time::Duration = std::time::Duration::from_secs(60);

impl Deployment {
    /// Keeps an answer, whatever it is worth.
    pub fn edit(&self, at: impl At, field: &str, value: Value) -> Result<(), Problem> {
        let place = at.place(self)?;
        let (form, values) = self.values(&place)?;
        let Some(asked) = form.field(field) else {
            let known: Vec<_> = form.fields.iter().map(|field| format!("`{}`", field.name)).collect();
            let fix = format!("Use one of {}.", known.join(", "));
            return Err(Problem::new(format!("The step `{}` has no field `{field}`.", place.key()), fix).on(field));
        };
        // What equals a default is kept all the same: the default may change with an earlier page, the answer must not.
        let now = values.0.get(field);
        let same = now == Some(&value);
        if self.journal().answers(&place)?.0.get(field) == Some(&value) {
            return Ok(());
        }
        asked.may_become(now, &value)?;
        self.journal().put_answer(&place, field, &value)?;
        // What only says that a switch was never turned on is no news.
        if !same {
            self.note(&place, field, now, &value)?;
        }
        self.tell_changed(place, same)
    }

    /// What the logbook says of an answer. What the page does not take is no news, nor is what was tried and cleared at once.
    fn note(&self, place: &Place, field: &str, before: Option<&Value>, value: &Value) -> Result<(), Problem> {
        let step = self.at(place)?;
        let is_refused = |problem: &Problem| problem.is_error() && problem.field.as_deref() == Some(field);
        let Some(text) = step.remark(field, value) else { return Ok(()) };
        if self.problems(place)?.iter().any(is_refused) {
            return Ok(());
        }
        if *value == Value::from("") {
            if let Some(tried) = before.and_then(|before| step.remark(field, before)) {
                let since = jiff::Timestamp::now() - TRIED;
                self.journal().take_back(place, &tried, &since.to_string())?;
            }
            let subject = text.split_inclusive(':').next().unwrap_or_default();
            if self.journal().last_remark(place, subject)?.is_none_or(|last| last == text) {
                return Ok(());
            }
        }
        Ok(self.journal().log(place, &text)?)
    }

    /// Keeps an answer as the person means it who typed it.
    pub fn edit_typed(&self, at: impl At, field: &str, value: Value) -> Result<(), Problem> {
        let place = at.place(self)?;
        let value = self.at(&place)?.meant(field, value);
        self.edit(&place, field, value)
    }

    /// Keeps an answer that a person gave on the page, and empties what is of no use with it. An answers file says itself what
    /// is chosen.
    pub async fn enter(&self, at: impl At, field: &str, value: Value) -> Result<(), Problem> {
        let place = at.place(self)?;
        let (form, values) = self.values(&place)?;
        let aside = self.at(&place)?.puts_aside(&self.cx(&place), &values, field, &value);
        self.edit_typed(&place, field, value)?;
        for asked in aside.iter().filter_map(|name| form.field(name)) {
            match values.0.get(asked.name) {
                Some(Value::Secret(slot)) if slot.is_set => {
                    self.set_secret(&place, asked.name, Secret::from(String::new())).await?;
                }
                Some(Value::Rows(rows)) if !rows.is_empty() => self.edit(&place, asked.name, Value::Rows(vec![]))?,
                _ => {}
            }
        }
        Ok(())
    }

    /// What keeps the answers of a step that `keep` does not name from going back to their defaults: they are locked, and
    /// their defaults are others.
    pub fn keeps_from_dropping(&self, at: impl At, keep: &[&str]) -> Result<Vec<Problem>, Problem> {
        let (form, values) = self.values(at)?;
        let gone = form.fields.iter().filter(|field| !keep.contains(&field.name) && field.locked.is_some());
        let back = gone.filter(|field| values.0.get(field.name) != field.default.as_ref());
        Ok(back.filter_map(|field| field.cannot_change()).collect())
    }

    /// Forgets the answers of a step that `keep` does not name, so that its defaults hold again. An answer that is locked stays.
    pub fn keep_only(&self, at: impl At, keep: &[&str]) -> Result<(), Problem> {
        let place = at.place(self)?;
        let (form, _) = self.values(&place)?;
        let stays = |name: &str| keep.contains(&name) || form.field(name).is_some_and(|field| field.locked.is_some());
        let answers = self.journal().answers(&place)?;
        // A switch that is off says the same as one that is not there, and is remembered to have been turned off.
        let is_switch =
            |name: &str| form.field(name).and_then(|field| field.default.as_ref()) == Some(&Value::Switch(false));
        let gone = answers.0.into_iter().filter(|(name, _)| !stays(name));
        let (switches, gone): (Vec<_>, Vec<_>) = gone.partition(|(name, _)| is_switch(name));
        let on: Vec<_> = switches.into_iter().filter(|(_, value)| *value == Value::Switch(true)).collect();
        for (name, _) in &on {
            self.journal().put_answer(&place, name, &Value::Switch(false))?;
        }
        let gone: Vec<String> = gone.into_iter().map(|(name, _)| name).collect();
        if !gone.is_empty() {
            self.journal().drop_answers(&place, &gone)?;
        }
        if !(on.is_empty() && gone.is_empty()) {
            self.tell_changed(place, false)?;
        }
        Ok(())
    }

    /// Puts a typed secret into the keychain. The form keeps only that there is one.
    pub async fn set_secret(&self, at: impl At, field: &str, secret: Secret) -> Result<(), Problem> {
        let place = at.place(self)?;
        let shared = self.shared();
        let key = shared.secret_key(&place, field);
        if secret.expose().len() as u64 > MOST_SECRET {
            let what =
                format!("The secret has {} kB; at most {} are kept.", secret.expose().len() >> 10, MOST_SECRET >> 10);
            return Err(Problem::new(what, "Enter the secret alone.").on(field));
        }
        lock(&shared.redactor).add(&secret);
        // The one that is kept already, entered again (an answers file does it at every run), is no change.
        let is_set = self.journal().answers(&place)?.has_secret(field);
        if is_set && shared.vault.read(&key).await?.is_some_and(|kept| kept.is(&secret)) {
            return Ok(());
        }
        let slot = match secret.is_empty() {
            true => {
                shared.vault.forget(&key).await?;
                Slot::default()
            }
            false => {
                shared.vault.put(&key, secret).await?;
                Slot {
                    is_set: true,
                    hint: Some(format!("set on {}", jiff::Zoned::now().strftime("%-d %b %Y at %H:%M"))),
                }
            }
        };
        // Two secrets set within a minute have equal slots and are two all the same.
        if self.journal().answers(&place)?.0.get(field) == Some(&Value::Secret(slot.clone())) {
            self.journal().put_answer(&place, field, &Value::Secret(slot))?;
            return self.tell_changed(place, false);
        }
        self.edit(&place, field, Value::Secret(slot))
    }

    /// Enters values that the step makes up. Refused outside of a practice deployment: a real hub needs real ones.
    pub async fn use_made_up(&self, at: impl At) -> Result<(), Problem> {
        let place = at.place(self)?;
        let step = self.at(&place)?;
        if self.makes_up(step.as_ref(), &self.cx(&place), &self.values(&place)?.1)?.is_none() {
            let what = "Values can be made up in a practice deployment only, and where something is missing.";
            return Err(Problem::new(what, "Enter the real ones."));
        }
        let made_up = step.made_up(&self.cx(&place))?;
        for (field, secret) in made_up.secrets {
            self.set_secret(&place, field, secret).await?;
        }
        for (field, value) in made_up.values {
            self.edit(&place, field, value)?;
        }
        Ok(())
    }

    /// What the button says that makes up values. `None` where the page can make none up, and outside of practice.
    pub(super) fn makes_up(
        &self,
        step: &dyn AnyStep,
        cx: &Cx,
        values: &Values,
    ) -> Result<Option<&'static str>, Problem> {
        let can = step.about().makes_up && self.context()?.practice == Some(true);
        Ok(if can { step.made_up_verb(cx, values) } else { None })
    }

    /// Tells the page, and those that rest on it where the answer is another than before.
    fn tell_changed(&self, place: Place, same: bool) -> Result<(), Problem> {
        let mut changed = if same { vec![] } else { self.changed_by_answers_of(&place)? };
        changed.insert(0, place);
        self.tell(&changed)
    }
}
