//! A text of several paragraphs, from the little of Markdown that instructions use: headings, paragraphs, lists, commands, tables.
//! It makes no markup: each block is plain text that the window draws by its kind.

use serde::Serialize;

/// A part of such a text. Short names stand in backticks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(tag = "block", rename_all = "lowercase")]
pub enum Block {
    Heading {
        text: String,
    },
    Text {
        text: String,
    },
    /// An entry of a list; `depth` is 0 for one that is in no other.
    Item {
        depth: usize,
        /// Its number, where the list has numbers: `1.`
        number: String,
        text: String,
    },
    /// What is typed or pasted as it is, of one line or several.
    Command {
        depth: usize,
        text: String,
    },
}

/// The blocks of a text in Markdown.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = vec![];
    let mut paragraph = String::new();
    let mut fenced: Option<Vec<&str>> = None;
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("```") {
            end(&mut paragraph, &mut blocks);
            fenced = match fenced {
                Some(lines) => {
                    blocks.push(Block::Command { depth: 0, text: level(&lines) });
                    None
                }
                None => Some(vec![]),
            };
            continue;
        }
        if let Some(lines) = &mut fenced {
            lines.push(line);
            continue;
        }
        let text = line.trim();
        let depth =
            line.chars().take_while(|c| c.is_whitespace()).map(|c| if c == '\t' { 2 } else { 1 }).sum::<usize>() / 2;
        if let Some(heading) = text.strip_prefix('#') {
            end(&mut paragraph, &mut blocks);
            blocks.push(Block::Heading { text: plain(heading.trim_start_matches('#').trim()) });
        } else if let Some(row) = text.strip_prefix('|') {
            end(&mut paragraph, &mut blocks);
            // The line of dashes says that the one before it holds the heads, which a list does not need.
            let is_head = lines.peek().is_some_and(|next| next.trim().starts_with("|--"));
            if !is_head && !row.starts_with("--") {
                let cells = row.trim_end_matches('|').split('|').map(|cell| plain(cell.trim()));
                let text = cells.collect::<Vec<_>>().join(": ");
                blocks.push(Block::Item { depth: 0, number: String::new(), text });
            }
        } else if let Some((number, rest)) = entry(text) {
            end(&mut paragraph, &mut blocks);
            said(
                rest,
                &mut blocks,
                |first, text| match first {
                    true => Block::Item { depth, number: number.to_owned(), text },
                    false => Block::Text { text },
                },
                depth,
            );
        } else if text.is_empty() {
            end(&mut paragraph, &mut blocks);
        } else {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            paragraph.push_str(text);
        }
    }
    end(&mut paragraph, &mut blocks);
    blocks
}

/// An entry of a list: its number, if any, and what it says.
fn entry(line: &str) -> Option<(&str, &str)> {
    if let Some(rest) = line.strip_prefix("- ") {
        return Some(("", rest));
    }
    let (number, rest) = line.split_once(' ')?;
    let digits = number.strip_suffix('.')?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some((number, rest))
}

fn end(paragraph: &mut String, blocks: &mut Vec<Block>) {
    said(&std::mem::take(paragraph), blocks, |_, text| Block::Text { text }, 0);
}

/// A sentence with commands in it: each command is a block of its own, where one can copy it. `block` makes one of the text
/// between them, and is told whether it is what the sentence begins with.
fn said(text: &str, blocks: &mut Vec<Block>, block: impl Fn(bool, String) -> Block, depth: usize) {
    let (mut now, mut begins) = (String::new(), true);
    // What ends one sentence does not begin the next block.
    let put = |now: &str, begins: bool, blocks: &mut Vec<Block>| {
        let text = plain(if begins { now } else { now.trim_start().trim_start_matches(['.', ',', ';']) });
        if text.chars().any(char::is_alphanumeric) {
            blocks.push(block(begins, text));
        }
    };
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 0 {
            now.push_str(part);
        } else if is_command(part) {
            put(&now, begins, blocks);
            blocks.push(Block::Command { depth, text: part.to_owned() });
            (now, begins) = (String::new(), false);
        } else {
            now = format!("{now}`{part}`");
        }
    }
    put(&now, begins, blocks);
}

/// A command begins with a program's name and has more behind it; the name of a button begins with a capital letter.
fn is_command(code: &str) -> bool {
    code.contains(' ') && (code.starts_with("~/") || code.starts_with(|c: char| c.is_ascii_lowercase()))
}

/// Without the marks of Markdown for bold, slanted and linked text. The address of a link stands behind it.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(&format!("`{part}`"));
            continue;
        }
        let mut rest = part;
        while let Some((before, link)) = rest.split_once('[') {
            let Some((shown, after)) = link.split_once("](") else { break };
            let Some((address, after)) = after.split_once(')') else { break };
            out.push_str(&format!("{}{} ({address})", unmarked(before), unmarked(shown)));
            rest = after;
        }
        out.push_str(&unmarked(rest));
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Stars are marks wherever they stand; an underscore is one only at the edge of a word.
fn unmarked(text: &str) -> String {
    let text: Vec<char> = text.chars().filter(|c| *c != '*').collect();
    let is_word = |at: Option<&char>| at.is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let is_mark = |at: usize| text[at] == '_' && !(at > 0 && is_word(text.get(at - 1)) && is_word(text.get(at + 1)));
    (0..text.len()).filter(|at| !is_mark(*at)).map(|at| text[at]).collect()
}

/// Lines without the blanks that all of them begin with.
fn level(lines: &[&str]) -> String {
    let blanks = |line: &&&str| line.len() - line.trim_start().len();
    let least = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| blanks(&line)).min().unwrap_or(0);
    lines.iter().map(|line| line.get(least..).unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_become_blocks_of_plain_text_with_each_command_by_itself() {
        let text = |text: &str| Block::Text { text: text.into() };
        let item = |depth, number: &str, text: &str| Block::Item { depth, number: number.into(), text: text.into() };
        let command = |depth, text: &str| Block::Command { depth, text: text.into() };
        let read = "## Set up *it*\n\nRead [this](https://x.org) and **_mind_** a_name,\nthen execute `aws configure`.  You are asked:\n\n\
                    - `terraform init`\n- Press `Edit trust relationship` of `a-role`\n\t- In it: `ssh me@<host>`\n3. `apply -x` (takes long.)\n\n\
                    | Name | What |\n|--|--|\n| [one](u) | The *first*. |\n\n```\n  {\n    a\n  }\n```\n";
        let wanted = [
            Block::Heading { text: "Set up it".into() },
            text("Read this (https://x.org) and mind a_name, then execute"),
            command(0, "aws configure"),
            text("You are asked:"),
            command(0, "terraform init"),
            item(0, "", "Press `Edit trust relationship` of `a-role`"),
            item(1, "", "In it:"),
            command(1, "ssh me@<host>"),
            command(0, "apply -x"),
            text("(takes long.)"),
            item(0, "", "one (u): The first."),
            command(0, "{\n  a\n}"),
        ];
        assert_eq!(blocks(read), wanted);
    }
}
