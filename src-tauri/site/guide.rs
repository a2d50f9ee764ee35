//! An institution's guide, as its profile names it: which lines tell how something that is done by hand is done, and what has
//! changed since they were written. It decides nothing, and no page needs it: a profile may have none.

use crate::engine::files::{self, ChosenError};
use crate::engine::prose::{Block, blocks};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// The guide, a file in Markdown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Guide {
    /// As people call it.
    pub title: String,
    /// Of a built-in profile one of `TEXTS`; else a file beside the profile, or anywhere by its full path.
    pub file: String,
    /// What it says of things that are done by hand, by their ids.
    pub passages: BTreeMap<String, Passage>,
}

/// Some lines of the guide.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Passage {
    /// The first and the last one, counted from 1.
    pub lines: [usize; 2],
    /// What the first of them begins with: where it does not, the guide is another one than the profile was written for.
    pub begins: String,
    /// What is not so any more, or never was: a sentence or two each.
    pub changed: Vec<String>,
}

impl Guide {
    /// Its whole text. `profile` is the word or the path of the profile that it is of.
    pub fn text(&self, profile: &str) -> Result<String, ChosenError> {
        if super::BUILT_IN.iter().any(|(id, _)| *id == profile) {
            let text = TEXTS.iter().find(|(file, _)| *file == self.file);
            return Ok(text.map_or(String::new(), |(_, text)| (*text).to_owned()));
        }
        let folder = files::from_home(profile).parent().map(Path::to_owned).unwrap_or_default();
        files::read_chosen_text(&folder.join(&self.file), MOST_BYTES)
    }
}

impl Passage {
    /// What these lines of `text` say; `None` where they are not those that are meant.
    pub fn of(&self, text: &str) -> Option<Vec<Block>> {
        let [first, last] = self.lines;
        let lines: Vec<&str> = text.lines().skip(first.checked_sub(1)?).take((last + 1).checked_sub(first)?).collect();
        let is_meant = !self.begins.is_empty() && lines.first()?.starts_with(&self.begins);
        is_meant.then(|| blocks(&lines.join("\n")))
    }

    /// Where they are: `lines 17 to 36`.
    pub fn place(&self) -> String {
        let [first, last] = self.lines;
        if first == last { format!("line {first}") } else { format!("lines {first} to {last}") }
    }
}

/// The guides of built-in profiles.
const TEXTS: &[(&str, &str)] = &[("stsci-guide.md", include_str!("stsci-guide.md"))];

const MOST_BYTES: u64 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::super::{BUILT_IN, Site};
    use super::*;

    fn guide() -> Guide {
        Site::load(BUILT_IN[0].0).unwrap().guide.unwrap()
    }

    /// Each passage begins with the words that the profile names, ends with a line that says something, and stands whole:
    /// behind it comes an empty line, a list or heading of something else, or the end.
    fn check(text: &str) {
        let lines: Vec<&str> = text.lines().collect();
        for (id, passage) in guide().passages {
            let [first, last] = passage.lines;
            let begins = lines.get(first - 1).is_some_and(|line| line.starts_with(&passage.begins));
            assert!(begins && passage.begins.len() > 5, "{id}: line {first} does not begin with {:?}", passage.begins);
            assert!(first <= last && !lines[last - 1].trim().is_empty(), "{id}: line {last} says nothing");
            assert!(
                lines.get(last).is_none_or(|next| next.trim().is_empty()),
                "{id}: line {last} is not the end of it"
            );
            assert!(!passage.of(text).unwrap().is_empty(), "{id}");
        }
    }

    #[test]
    fn the_profile_names_the_lines_of_the_guide_that_is_kept_with_it() {
        assert!(guide().passages.len() >= 10, "most of what is done by hand is in the guide");
        check(&guide().text(BUILT_IN[0].0).unwrap());
    }

    #[test]
    fn lines_that_are_not_those_that_were_meant_are_not_shown() {
        let passage = Passage { lines: [2, 3], begins: "## Set up".into(), changed: vec![] };
        assert_eq!(passage.of("a\n## Set up\nb\nc").unwrap().len(), 2);
        assert_eq!(passage.of("## Set up\nb\nc"), None);
        assert_eq!(passage.of(""), None);
        assert_eq!(Passage { lines: [0, 0], ..passage }.of("## Set up"), None);
    }
}
