//! Answers that are judged before they are entered: what forms and `parse` see in place of the journal's. Nothing is kept.

use super::step::Place;
use super::{Cx, Deployment, Form, Kind, Problem, Value, Values};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Answers that are judged before they are entered, by place. What is not in it is not answered.
#[derive(Clone, Default)]
pub struct Trial(pub Arc<BTreeMap<Place, Values>>);

impl Trial {
    /// The answers of a step.
    pub fn values(&self, place: &Place) -> Values {
        self.0.get(place).cloned().unwrap_or_default()
    }

    /// The same with one value more, or another.
    pub fn with(&self, place: &Place, field: &str, value: impl Into<Value>) -> Trial {
        let mut all = BTreeMap::clone(&self.0);
        all.entry(place.clone()).or_default().set(field, value);
        Trial(Arc::new(all))
    }
}

impl Deployment {
    /// The form of a step for answers that are not entered yet.
    pub fn form(&self, place: &Place, trial: &Trial) -> Result<Form, Problem> {
        Ok(self.at(place)?.form(&self.trying(place, trial), &trial.values(place)))
    }

    /// The forms that a step has for these answers with each other choice in turn; the one for the answers themselves first.
    pub fn forms(&self, place: &Place, trial: &Trial) -> Result<Vec<Form>, Problem> {
        let mut forms = vec![self.form(place, trial)?];
        for field in forms[0].fields.clone() {
            if let Kind::Choice { options, .. } = &field.kind {
                for choice in options {
                    forms.push(self.form(place, &trial.with(place, field.name, choice.value.as_str()))?);
                }
            }
        }
        Ok(forms)
    }

    /// What would be wrong with the answers of a step, if these were entered.
    pub fn problems_of(&self, place: &Place, trial: &Trial) -> Result<Vec<Problem>, Problem> {
        Ok(self.at(place)?.problems(&self.trying(place, trial), &trial.values(place)).0)
    }

    pub(super) fn trying(&self, place: &Place, trial: &Trial) -> Cx {
        Cx::trying(self.shared().clone(), place.clone(), trial)
    }
}
