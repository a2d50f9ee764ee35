//! YAML read into a tree whose values know where they stand in the text, so that one value can be replaced and every
//! other byte stays as it is. Scalars are judged as Go's yaml v3 judges them, since that is what sops reads with.
//! It writes no YAML; `super::write` does.

use super::SopsError;
use super::plain::{Plain, resolve};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::HashSet;
use std::ops::Range;

/// A text with the tree of what stands in it.
pub struct Tree {
    pub text: String,
    pub root: Node,
    /// Comments, where they stand, and the keys above them as far as indentation tells.
    pub comments: Vec<Comment>,
}

pub struct Node {
    pub at: Range<usize>,
    pub what: What,
}

pub enum What {
    /// A value, and whether it stands there without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    Map(Vec<Pair>),
    List(Vec<Node>),
}

pub struct Pair {
    pub key: String,
    pub key_at: Range<usize>,
    pub value: Node,
}

pub struct Comment {
    /// Of the `#` and what follows it.
    pub at: Range<usize>,
    /// What follows the `#`.
    pub text: String,
    /// Paths a comment here may belong to, likeliest first.
    pub near: Vec<Vec<String>>,
}

/// Larger files are refused unread; a values file has some kilobytes.
const MOST_BYTES: usize = 4 << 20;
const MOST_DEPTH: usize = 64;
/// More keys than any file of secrets has. What is done with them is done for each by itself, and cannot be stopped in between.
const MOST_KEYS: usize = 25_000;

impl Tree {
    /// Reads one YAML document whose top is a mapping with text keys.
    /// Anchors, tags, several documents, repeated keys and keys that are not text are refused by name.
    pub fn read(text: &str) -> Result<Tree, SopsError> {
        if text.len() > MOST_BYTES {
            return Err(SopsError::TooLarge(text.len()));
        }
        let mut reader = Reader {
            events: Parser::new_from_str(text),
            text,
            bytes: char_offsets(text),
            last: 0,
            path: vec![],
            deep: vec![],
            comments: vec![],
            keys: 0,
        };
        loop {
            match reader.next()? {
                (Event::StreamStart | Event::DocumentStart(_) | Event::Nothing, _) => {}
                (Event::MappingStart(anchor, tag), at) => {
                    reader.plain(anchor, tag.is_some(), &at)?;
                    let root = reader.map(at.start, 0)?;
                    reader.end()?;
                    let Reader { comments, .. } = reader;
                    return Ok(Tree { text: text.to_owned(), root, comments });
                }
                (Event::StreamEnd, _) => return Err(SopsError::Yaml(1, "it is empty".into())),
                (_, at) => return Err(reader.wrong(&at, "its top is not a mapping of keys to values")),
            }
        }
    }
}

impl Node {
    pub fn map(&self) -> Option<&[Pair]> {
        match &self.what {
            What::Map(pairs) => Some(pairs),
            _ => None,
        }
    }
    pub fn find(&self, key: &str) -> Option<&Node> {
        self.map()?.iter().find(|pair| pair.key == key).map(|pair| &pair.value)
    }
    /// The node at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.find(key))
    }
    /// The scalar's text, quoted or not.
    pub fn text(&self) -> Option<&str> {
        match &self.what {
            What::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    text: &'a str,
    bytes: Vec<usize>,
    /// The end of the last thing read.
    last: usize,
    path: Vec<String>,
    /// The path of the last value: a comment after it may belong to any mapping around it.
    deep: Vec<String>,
    comments: Vec<Comment>,
    /// How many keys were read, of all mappings.
    keys: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Range<usize>), SopsError> {
        let (event, span) = self
            .events
            .next_event()
            .unwrap_or(Ok((Event::StreamEnd, Span::default())))
            .map_err(|error| SopsError::Yaml(error.marker().line(), error.info().to_owned()))?;
        let mut at = self.byte(span.start.index())..self.byte(span.end.index());
        if let Event::Scalar(_, style, ..) = &event {
            at.end = self.end_of_scalar(at.clone(), *style);
        }
        if !matches!(event, Event::StreamStart | Event::DocumentStart(_) | Event::MappingEnd | Event::SequenceEnd) {
            let to = if event == Event::StreamEnd { self.text.len() } else { at.start };
            self.gather_comments(to);
            // The span of a mapping's start is that of its first key in block style: the key itself comes next.
            if matches!(event, Event::Scalar(..)) {
                self.last = self.last.max(at.end);
            }
        }
        Ok((event, at))
    }

    /// The parser counts what follows a closing quote to the scalar; the text itself says where it ends.
    fn end_of_scalar(&self, at: Range<usize>, style: ScalarStyle) -> usize {
        let quote = match style {
            ScalarStyle::DoubleQuoted => b'"',
            ScalarStyle::SingleQuoted => b'\'',
            ScalarStyle::Plain => return at.start + self.text[at].trim_end().len(),
            _ => return at.end,
        };
        let bytes = self.text.as_bytes();
        let mut next = at.start + 1;
        while next < bytes.len() {
            match bytes[next] {
                b'\\' if quote == b'"' => next += 1,
                byte if byte == quote && quote == b'\'' && bytes.get(next + 1) == Some(&quote) => next += 1,
                byte if byte == quote => return next + 1,
                _ => {}
            }
            next += 1;
        }
        at.end
    }

    fn byte(&self, index: usize) -> usize {
        self.bytes.get(index).copied().unwrap_or(self.text.len())
    }

    /// Comments between the last value and `to`. A `#` in a gap between values starts one, since nothing else can.
    fn gather_comments(&mut self, to: usize) {
        if to <= self.last {
            return;
        }
        let gap = &self.text[self.last..to];
        let mut at = self.last;
        for line in gap.split_inclusive('\n') {
            if let Some(hash) = line.find('#') {
                let text = line[hash + 1..].trim_end_matches(['\n', '\r']);
                let start = at + hash;
                let prefixes = |path: &[String]| (0..=path.len()).rev().map(|n| path[..n].to_vec()).collect::<Vec<_>>();
                let near = [prefixes(&self.path), prefixes(&self.deep)].concat();
                self.comments.push(Comment { at: start..start + 1 + text.len(), text: text.to_owned(), near });
            }
            at += line.len();
        }
        self.last = to;
    }

    fn map(&mut self, start: usize, depth: usize) -> Result<Node, SopsError> {
        if depth > MOST_DEPTH {
            return Err(self.wrong(&(start..start), "it is nested too deeply"));
        }
        let mut pairs: Vec<Pair> = vec![];
        let mut known = HashSet::new();
        loop {
            let (event, at) = self.next()?;
            match event {
                Event::MappingEnd => {
                    let end = pairs.last().map_or(at.end, |pair| pair.value.at.end.max(pair.key_at.end));
                    return Ok(Node { at: start..end.max(at.end.min(self.text.len())), what: What::Map(pairs) });
                }
                Event::Scalar(key, style, anchor, tag) => {
                    self.plain(anchor, tag.is_some(), &at)?;
                    if style == ScalarStyle::Plain && !matches!(resolve(&key, true), Plain::Text) {
                        return Err(self.wrong(&at, &format!("the key `{key}` is not text; put it in quotes")));
                    }
                    if !known.insert(key.to_string()) {
                        return Err(self.wrong(&at, &format!("the key `{key}` stands there twice")));
                    }
                    self.keys += 1;
                    if self.keys > MOST_KEYS {
                        return Err(self.wrong(&at, &format!("it has more than {MOST_KEYS} keys")));
                    }
                    self.path.push(key.to_string());
                    let value = self.node(depth + 1)?;
                    self.path.pop();
                    pairs.push(Pair { key: key.into_owned(), key_at: at, value });
                }
                _ => return Err(self.wrong(&at, "a key is not text")),
            }
        }
    }

    fn node(&mut self, depth: usize) -> Result<Node, SopsError> {
        let (event, at) = self.next()?;
        self.node_of(event, at, depth)
    }

    fn node_of(&mut self, event: Event<'a>, at: Range<usize>, depth: usize) -> Result<Node, SopsError> {
        if depth > MOST_DEPTH {
            return Err(self.wrong(&at, "it is nested too deeply"));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.plain(anchor, tag.is_some(), &at)?;
                self.deep.clone_from(&self.path);
                let plain = style == ScalarStyle::Plain;
                Ok(Node { at, what: What::Scalar { text: text.into_owned(), plain } })
            }
            Event::MappingStart(anchor, tag) => {
                self.plain(anchor, tag.is_some(), &at)?;
                self.map(at.start, depth)
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain(anchor, tag.is_some(), &at)?;
                let mut items = vec![];
                loop {
                    let (event, next) = self.next()?;
                    if event == Event::SequenceEnd {
                        return Ok(Node { at: at.start..next.end.max(at.end), what: What::List(items) });
                    }
                    items.push(self.node_of(event, next, depth + 1)?);
                }
            }
            Event::Alias(_) => Err(self.wrong(&at, "it uses an alias (`*name`); write the value out")),
            _ => Err(self.wrong(&at, "it ends in the middle")),
        }
    }

    /// Reads to the end: there must be nothing more.
    fn end(&mut self) -> Result<(), SopsError> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentEnd | Event::Nothing, _) => {}
                (_, at) => return Err(self.wrong(&at, "it holds more than one document")),
            }
        }
    }

    fn plain(&self, anchor: usize, tagged: bool, at: &Range<usize>) -> Result<(), SopsError> {
        match (anchor, tagged) {
            (0, false) => Ok(()),
            (0, true) => Err(self.wrong(at, "it uses a tag (`!name`); remove it")),
            _ => Err(self.wrong(at, "it uses an anchor (`&name`); write the value out")),
        }
    }

    fn wrong(&self, at: &Range<usize>, why: &str) -> SopsError {
        SopsError::Yaml(self.text[..at.start.min(self.text.len())].matches('\n').count() + 1, why.to_owned())
    }
}

/// Byte offset of each character; the parser counts characters.
fn char_offsets(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sops_refuses_is_refused_with_its_line() {
        for (text, why) in [
            ("a: 1\na: 2\n", "stands there twice"),
            ("x: 1\n8080: 1\n", "is not text"),
            ("a: &b 1\n", "anchor"),
            ("a: !x 1\n", "tag"),
            ("- 1\n", "not a mapping"),
            ("a: 1\n---\nb: 1\n", "more than one document"),
            ("", "empty"),
            ("a: [1\n", ""),
        ] {
            let error = Tree::read(text).err().unwrap_or_else(|| panic!("{text:?} is refused"));
            assert!(error.to_string().contains(why), "{text:?}: {error}");
        }
        assert!(Tree::read(&"{a: ".repeat(5000)).is_err(), "deep nesting ends in an error");
        let keys = |count: usize| (0..count).map(|key| format!("k{key}: 1\n")).collect::<String>();
        assert!(Tree::read(&keys(MOST_KEYS)).is_ok());
        let many = Tree::read(&keys(MOST_KEYS + 1)).err().unwrap().to_string();
        assert!(many.contains("more than 25000 keys"), "{many}");
    }

    #[test]
    fn values_and_comments_know_where_they_stand() {
        let text = "# top\na:\n  b: \"é🚀\" # inline\n  # head\n  c: 'it''s'\nd: [1, {e: 2}]\n# foot\n";
        let tree = Tree::read(text).unwrap();
        let at = |path: &[&str]| &text[tree.root.at(path).unwrap().at.clone()];
        assert_eq!(at(&["a", "b"]), "\"é🚀\"");
        assert_eq!(at(&["a", "c"]), "'it''s'");
        let comments: Vec<&str> = tree.comments.iter().map(|comment| &text[comment.at.clone()]).collect();
        assert_eq!(comments, ["# top", "# inline", "# head", "# foot"]);
    }
}
