//! What a page shows beside its form: data of a few kinds that a step returns and the window draws once per kind.
//! A view never carries markup and never a secret.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "view", rename_all = "lowercase")]
pub enum View {
    /// Rows of cells under optional heads; the last cell may be marked good, bad or neither.
    Table { title: String, heads: Vec<String>, rows: Vec<Row> },
    /// A few large numbers.
    Figures { title: String, figures: Vec<Figure> },
    /// Something before and after, side by side.
    Diff { title: String, before: Vec<String>, after: Vec<String> },
    /// One policy document in words, with the document itself to unfold.
    Policy { title: String, sentences: Vec<String>, document: String },
    /// Things that must all hold.
    Checklist { title: String, items: Vec<Item> },
    /// Where the time goes: one bar a thing. Times are in seconds from the first start.
    Timeline { title: String, bars: Vec<Bar>, note: String },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Row {
    pub cells: Vec<String>,
    pub mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    Good,
    Bad,
    Plain,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Figure {
    pub value: String,
    pub label: String,
    pub tone: Tone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum Tone {
    Add,
    Change,
    Remove,
    Plain,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Item {
    pub text: String,
    pub mark: Mark,
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Bar {
    pub label: String,
    pub start: f64,
    /// `None` while it runs or before it starts.
    pub end: Option<f64>,
    pub running: bool,
}

impl Row {
    pub fn new<T: Into<String>>(cells: impl IntoIterator<Item = T>, mark: Mark) -> Self {
        Row { cells: cells.into_iter().map(Into::into).collect(), mark }
    }
}

impl Item {
    pub fn new(text: impl Into<String>, mark: Mark, detail: impl Into<String>) -> Self {
        Item { text: text.into(), mark, detail: detail.into() }
    }
}

impl View {
    pub fn table<T: Into<String>>(title: &str, heads: impl IntoIterator<Item = T>, rows: Vec<Row>) -> Self {
        View::Table { title: title.into(), heads: heads.into_iter().map(Into::into).collect(), rows }
    }
}
