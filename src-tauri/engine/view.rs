//! What a page shows beside its form: data of a few kinds that a step returns and the window draws once per kind.
//! A view never carries markup and never a secret.

use super::Value;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "view", rename_all = "lowercase")]
pub enum View {
    /// Rows of cells under optional heads; the last cell may be marked good, bad or neither.
    Table { title: String, heads: Vec<String>, rows: Vec<Row> },
    /// What a page makes, in groups by purpose: the same rows before, while and after it is done.
    Resources { title: String, groups: Vec<ResourceGroup> },
    /// Something before and after, side by side.
    Diff { title: String, before: Vec<String>, after: Vec<String> },
    /// One policy document in words, with the document itself to unfold.
    Policy { title: String, sentences: Vec<String>, document: String },
    /// Things that must all hold.
    Checklist { title: String, items: Vec<Item> },
    /// Where the time goes: one bar a thing. Times are in seconds from the first start.
    Timeline { title: String, bars: Vec<Bar>, note: String },
    /// Things that hang on each other, first to last: a certificate and its issuers.
    Chain { title: String, links: Vec<Link> },
    /// What other people have to do, one card each.
    Board {
        title: String,
        /// Said once above the cards; empty for nothing.
        #[serde(default)]
        note: String,
        cards: Vec<Card>,
    },
    /// The names that follow from one that is typed, beside the field where it is typed.
    Names { title: String, names: Vec<Name> },
    /// What was chosen in the field of this name, as it was read: a chip each.
    Files { title: String, field: String, chips: Vec<Chip> },
    /// Whom there is to pick from in the field of this name; not drawn by itself.
    People { title: String, field: String, names: Vec<String> },
    /// What runs out, and when; the soonest first.
    Dates { title: String, dates: Vec<Dated> },
    /// What is worth keeping, and where it is kept.
    Papers { title: String, papers: Vec<Paper> },
    /// What happens one after the other, and where it stands.
    Stages { title: String, stages: Vec<Stage> },
    /// Keys with their values, indented; secret values come masked.
    Tree { title: String, branches: Vec<Branch>, note: String },
    /// A text to copy or save, such as a certificate request.
    Document { title: String, text: Text },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Link {
    /// What it is in the chain: `Root`.
    pub role: String,
    pub name: String,
    pub mark: Mark,
    /// What is wrong with it, in a few words; empty where nothing is.
    #[serde(default)]
    pub reason: String,
    pub lines: Vec<String>,
}

/// What names of one kind follow from the one that is typed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Name {
    /// `2 groups`
    pub what: String,
    /// The first of them, in parts: what was typed stands between what is put around it.
    pub typed: String,
    pub after: String,
    /// How many there are besides.
    pub more: usize,
    /// How long the longest is, of how much: `17 of 64`.
    pub length: String,
    pub mark: Mark,
}

/// One of the files that were chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Chip {
    /// As it stands in the field.
    pub value: String,
    pub name: String,
    /// What is in it: `private key`.
    pub kind: String,
    /// Something in it is of use.
    pub used: bool,
}

/// Something that runs out, or does not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Dated {
    pub title: String,
    /// In words: `14 Nov 2027`, or `does not run out`.
    pub when: String,
    pub sentence: String,
    /// It is over, or is to be seen to now.
    pub due: bool,
}

/// Something to keep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Paper {
    pub title: String,
    /// Where it is, or what it is called there; never a secret.
    pub place: String,
    pub sentence: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Stage {
    pub title: String,
    pub lines: Vec<String>,
    pub reached: Reached,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum Reached {
    Done,
    /// A person can do it now.
    Next,
    /// Somebody else does it.
    Waiting,
    Later,
}

/// One thing asked of other people, with all of its state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Card {
    pub title: String,
    /// Who is asked.
    pub from: String,
    pub state: Asked,
    /// The state in a word or two: `Waiting, day 6`.
    pub word: String,
    /// Answers of this page that are edited on the card: a short label, and the field.
    pub fields: Vec<(String, String)>,
    /// When to ask again, in words; empty where nobody is waited for.
    pub again: String,
    /// Days since it was asked, and days from then until one asks again.
    pub days: Option<(i32, i32)>,
    /// What waits for it, in a sentence.
    pub holds: String,
    /// Answers of this page that the card's buttons give, now or in another state: nobody types them.
    #[serde(default)]
    pub covers: Vec<String>,
    pub letter: Letter,
    /// The one thing to do with it now.
    pub act: Option<Act>,
    /// What may as well be the thing to do now.
    #[serde(default)]
    pub beside: Option<Act>,
    pub more: Vec<Act>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum Asked {
    /// Somebody should be asked again.
    Due,
    Waiting,
    Unasked,
    Arrived,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    pub body: String,
    /// The name of the file it is saved as.
    pub file: String,
}

/// A button on a card, named by what it does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Act {
    pub label: String,
    /// A text that goes to the clipboard first; empty for none.
    pub copy: String,
    /// Answers that are entered: the field, and its value; of the page it leads to, else of this one.
    pub answers: Vec<(String, Value)>,
    /// The page it leads to.
    pub page: Option<String>,
}

/// A text that a person takes elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Text {
    pub body: String,
    /// The name of the file it is saved as.
    pub file: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Branch {
    pub depth: usize,
    pub key: String,
    /// Empty for a branch with branches.
    pub value: String,
    /// What happens to it: `new`, `changes`, or empty.
    pub note: String,
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

/// Things of one purpose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct ResourceGroup {
    /// Empty where there is one group only.
    pub title: String,
    pub sentence: String,
    pub resources: Vec<Resource>,
}

/// One thing. A bar of a timeline whose label is its `id` says how long it took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ts_rs::TS)]
pub struct Resource {
    pub id: String,
    /// What it is, for a person.
    pub title: String,
    /// What it is called where it is; empty where it has no name.
    pub name: String,
    pub sentence: String,
    pub stand: Stand,
    /// How many seconds it usually takes to make; 0 where it takes none to speak of.
    #[serde(default)]
    pub usual: u32,
    /// Why it takes that long, in a sentence; empty where it is quick.
    #[serde(default)]
    pub slow: String,
}

/// How a thing stands, or what is about to happen to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum Stand {
    There,
    Make,
    Change,
    /// What there is goes, and another one is made.
    Anew,
    Remove,
    Take,
    /// There, and somebody else's.
    Other,
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
    /// `None` while it runs, and where it failed.
    pub end: Option<f64>,
    pub running: bool,
}

impl Row {
    pub fn new<T: Into<String>>(cells: impl IntoIterator<Item = T>, mark: Mark) -> Self {
        Row { cells: cells.into_iter().map(Into::into).collect(), mark }
    }
}

impl Link {
    pub fn new(role: &str, name: impl Into<String>, mark: Mark, lines: Vec<String>) -> Self {
        Link { role: role.to_owned(), name: name.into(), mark, reason: String::new(), lines }
    }

    /// One with which something is wrong.
    pub fn bad(role: &str, name: impl Into<String>, reason: impl Into<String>, lines: Vec<String>) -> Self {
        Link { reason: reason.into(), ..Link::new(role, name, Mark::Bad, lines) }
    }
}

impl Item {
    pub fn new(text: impl Into<String>, mark: Mark, detail: impl Into<String>) -> Self {
        Item { text: text.into(), mark, detail: detail.into() }
    }
}

impl View {
    pub fn title(&self) -> &str {
        match self {
            View::Table { title, .. }
            | View::Names { title, .. }
            | View::Resources { title, .. }
            | View::Diff { title, .. }
            | View::Policy { title, .. }
            | View::Checklist { title, .. }
            | View::Timeline { title, .. }
            | View::Chain { title, .. }
            | View::Board { title, .. }
            | View::Tree { title, .. }
            | View::Files { title, .. }
            | View::People { title, .. }
            | View::Dates { title, .. }
            | View::Papers { title, .. }
            | View::Stages { title, .. }
            | View::Document { title, .. } => title,
        }
    }

    /// The things of a view of such, in order.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        let groups: &[ResourceGroup] = if let View::Resources { groups, .. } = self { groups } else { &[] };
        groups.iter().flat_map(|group| &group.resources)
    }

    pub fn table<T: Into<String>>(title: &str, heads: impl IntoIterator<Item = T>, rows: Vec<Row>) -> Self {
        View::Table { title: title.into(), heads: heads.into_iter().map(Into::into).collect(), rows }
    }
}
