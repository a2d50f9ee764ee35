//! What people are told where a tool fails: the sentence and what to do, one file a tool or a few that belong together.
//! Tools give data and errors whose words are for developers. A conversion stands here although one half of it is a tool's,
//! so that `?` makes the problem wherever a tool is called.

pub(crate) mod aws;
pub(crate) mod certificate;
mod computer;
mod dns;
mod git;
pub(crate) mod plan;
mod policy;
mod practice;
mod sops;
pub(crate) mod terraform;
mod variables;

pub(crate) use sops::not_opened;
pub(crate) use variables::left_over;

/// With a capital letter, as a sentence begins.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
