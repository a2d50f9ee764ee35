//! Answers that are judged before they are entered: what forms and `parse` see in place of the journal's. Nothing is kept.

use super::step::AnyStep;
use super::step::Place;
use super::{Cx, Deployment, Form, Kind, Problem, StepId, Value, Values};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Answers that are judged before they are entered, by step. What is not in it is not answered.
#[derive(Clone, Default)]
pub struct Trial(pub Arc<BTreeMap<StepId, Values>>);

impl Trial {
    /// The answers of a step.
    pub fn values(&self, step: &str) -> Values {
        self.0.get(step).cloned().unwrap_or_default()
    }

    /// The same with one value more, or another.
    pub fn with(&self, step: StepId, field: &str, value: impl Into<Value>) -> Trial {
        let mut all = BTreeMap::clone(&self.0);
        all.entry(step).or_default().set(field, value);
        Trial(Arc::new(all))
    }
}

impl Deployment {
    /// The form of a step for answers that are not entered yet.
    pub fn form(&self, step: &dyn AnyStep, trial: &Trial) -> Form {
        let id = step.about().id;
        step.form(&self.trying(id, trial), &trial.values(id))
    }

    /// The forms that a step has for these answers with each other choice in turn; the one for the answers themselves first.
    pub fn forms(&self, step: &dyn AnyStep, trial: &Trial) -> Vec<Form> {
        let mut forms = vec![self.form(step, trial)];
        for field in forms[0].fields.clone() {
            if let Kind::Choice { options, .. } = &field.kind {
                let others =
                    options.iter().map(|choice| trial.with(step.about().id, field.name, choice.value.as_str()));
                forms.extend(others.map(|trial| self.form(step, &trial)));
            }
        }
        forms
    }

    /// What would be wrong with the answers of a step, if these were entered.
    pub fn problems_of(&self, step: &dyn AnyStep, trial: &Trial) -> Vec<Problem> {
        let id = step.about().id;
        step.problems(&self.trying(id, trial), &trial.values(id)).0
    }

    fn trying(&self, id: StepId, trial: &Trial) -> Cx {
        Cx::trying(self.shared().clone(), Place::shared(id), trial)
    }
}
