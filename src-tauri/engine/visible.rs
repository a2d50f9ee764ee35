//! Takes out of a stream of bytes what a person cannot see and a terminal would act on: escape sequences, control
//! characters, characters without width, and those that turn the direction of text. It knows no secret.

/// Where in an escape sequence the stream is (ECMA-48). What is dropped is bounded, so that a sequence without an end hides
/// no more than its own line.
#[derive(Default)]
pub struct Filter {
    state: State,
    /// Bytes of the sequence so far.
    length: usize,
    /// The first bytes of a character in UTF-8 whose rest has not come yet.
    half: Vec<u8>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum State {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// After ESC and an intermediate byte, as in `ESC ( B`.
    Intermediate,
    /// A control sequence: parameters, then one final byte.
    Csi,
    /// A control string (OSC, DCS, APC, PM, SOS), up to its terminator.
    String,
    /// In a control string, after ESC.
    StringEscape,
}

/// The most bytes a sequence may have before it is taken for none.
const MOST: usize = 4096;

impl Filter {
    /// Gives `show` each byte that is text.
    pub fn push(&mut self, bytes: &[u8], mut show: impl FnMut(u8)) {
        bytes.iter().for_each(|byte| self.byte(*byte, &mut show));
    }

    /// The stream ended: the next one begins as text, whatever this one left open.
    pub fn finish(&mut self, mut show: impl FnMut(u8)) {
        self.half.drain(..).for_each(&mut show);
        *self = Filter::default();
    }

    fn byte(&mut self, byte: u8, show: &mut impl FnMut(u8)) {
        if self.half.is_empty() && byte < 0x80 {
            self.ascii(byte, show);
        } else {
            self.wide(byte, show);
        }
    }

    fn ascii(&mut self, byte: u8, show: &mut impl FnMut(u8)) {
        self.length += 1;
        let string = matches!(self.state, State::String | State::StringEscape);
        // A line's end, CAN and SUB end every sequence.
        if self.state != State::Text && (matches!(byte, b'\n' | 0x18 | 0x1a) || self.length > MOST) {
            self.state = State::Text;
        }
        self.state = match (self.state, byte) {
            (State::Text, 0x1b) => self.begin(State::Escape),
            (State::Text, _) => {
                if (byte >= 0x20 && byte != 0x7f) || matches!(byte, b'\n' | b'\t') {
                    show(byte);
                }
                State::Text
            }
            (State::Escape, b'[') => State::Csi,
            (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => State::String,
            (State::Escape | State::Intermediate, 0x20..=0x2f) => State::Intermediate,
            (_, 0x1b) if !string => self.begin(State::Escape),
            (State::Escape | State::Intermediate, _) => State::Text,
            (State::Csi, 0x20..=0x3f) => State::Csi,
            (State::Csi, _) => State::Text,
            (State::String, 0x07) => State::Text,
            (State::String, 0x1b) => State::StringEscape,
            (State::String, _) => State::String,
            (State::StringEscape, b'\\') => State::Text,
            // Not the terminator, so the string was cut off and another sequence begins.
            (State::StringEscape, _) => {
                self.state = State::Escape;
                return self.ascii(byte, show);
            }
        };
    }

    fn begin(&mut self, state: State) -> State {
        self.length = 0;
        state
    }

    /// A byte of a character outside of ASCII, or one that belongs to none.
    fn wide(&mut self, byte: u8, show: &mut impl FnMut(u8)) {
        self.half.push(byte);
        match std::str::from_utf8(&self.half) {
            Ok(text) => {
                let char = text.chars().next().unwrap_or_default();
                let bytes = std::mem::take(&mut self.half);
                self.char(char, &bytes, show);
            }
            // More of it may come.
            Err(error) if error.error_len().is_none() => {}
            Err(_) => {
                let bytes = std::mem::take(&mut self.half);
                let (last, before) = bytes.split_last().unwrap_or((&0, &[]));
                if before.is_empty() {
                    // A control character of eight bits, or a byte of another encoding.
                    match last {
                        0x80..=0x9f => self.char(char::from(*last), &[], show),
                        _ => self.plain(&[*last], show),
                    }
                } else {
                    self.plain(before, show);
                    self.byte(*last, show);
                }
            }
        }
    }

    fn char(&mut self, char: char, bytes: &[u8], show: &mut impl FnMut(u8)) {
        match char {
            '\u{9b}' => self.state = self.begin(State::Csi),
            '\u{90}' | '\u{98}' | '\u{9d}' | '\u{9e}' | '\u{9f}' => self.state = self.begin(State::String),
            '\u{80}'..='\u{9f}' => self.state = State::Text,
            _ if is_unseen(char) => {}
            _ => self.plain(bytes, show),
        }
    }

    fn plain(&mut self, bytes: &[u8], show: &mut impl FnMut(u8)) {
        self.length += bytes.len();
        match self.state {
            State::String | State::StringEscape if self.length <= MOST => self.state = State::String,
            _ => {
                self.state = State::Text;
                bytes.iter().for_each(|byte| show(*byte));
            }
        }
    }
}

/// Characters without width, and those that turn the direction of what follows (Unicode, UAX 9).
pub fn is_unseen(char: char) -> bool {
    matches!(char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text that is whole, with nothing in it that cannot be seen; lines and tabs stay.
pub fn visible(text: &str) -> String {
    let mut shown = Vec::with_capacity(text.len());
    let mut filter = Filter::default();
    filter.push(text.as_bytes(), |byte| shown.push(byte));
    filter.finish(|byte| shown.push(byte));
    String::from_utf8_lossy(&shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_escape_sequence_is_taken_out_and_nothing_else() {
        for sequence in [
            "\x1b[31m",
            "\x1b[38;2;1;2;3m",
            "\x1b]0;title\x07",
            "\x1b]8;;https://x\x1b\\",
            "\x1b(B",
            "\x1b%G",
            "\x1b#8",
            "\x1b7",
            "\x1bc",
            "\x1b=",
            "\x1bP+q\x1b\\",
            "\x1b_apc\x1b\\",
            "\x1b^pm\x1b\\",
            "\x1bXsos\x1b\\",
            "\u{9b}31m",
            "\u{9d}0;t\x07",
            "\u{85}",
            "\x7f",
            "\x00",
            "\x08",
            "\r",
            "\u{200b}",
            "\u{2060}",
            "\u{feff}",
            "\u{ad}",
            "\u{202e}",
            "\u{2066}",
            "\u{61c}",
            "\u{200f}",
            "\u{fe0f}",
            "\u{e0041}",
            "\x1b\x1b[1m",
            "\x1b[1\x18",
        ] {
            assert_eq!(visible(&format!("be{sequence}fore ä 日本\n\tafter")), "before ä 日本\n\tafter", "{sequence:?}");
        }
    }

    #[test]
    fn a_sequence_without_an_end_hides_no_more_than_its_line() {
        for open in ["\x1b]0;title", "\x1bP", "\x1b[", "\x1b(", "\x1b", "\u{9d}", "\x1b_"] {
            assert!(visible(&format!("{open} lost\nkept")).ends_with("\nkept"), "{open:?}");
        }
        let long = format!("\x1b]{}end", "x".repeat(2 * MOST));
        assert!(visible(&long).ends_with("end"), "nor more than its bound");
        let mut filter = Filter::default();
        filter.push(b"\x1b]0;never ended", |_| panic!("part of the sequence"));
        filter.finish(|_| panic!("nothing is left of it"));
        let mut shown = vec![];
        filter.push(b"the next job", |byte| shown.push(byte));
        assert_eq!(shown, b"the next job");
    }

    #[test]
    fn bytes_that_are_no_utf_8_pass_wherever_the_stream_is_cut() {
        let bytes = b"a\xff\xc3(\xe6\x97b \xc3\xa4 \xe6\x97\xa5";
        for cut in 0..=bytes.len() {
            let (mut shown, mut filter) = (vec![], Filter::default());
            filter.push(&bytes[..cut], |byte| shown.push(byte));
            filter.push(&bytes[cut..], |byte| shown.push(byte));
            filter.finish(|byte| shown.push(byte));
            assert_eq!(shown, bytes, "cut at {cut}");
        }
    }
}
