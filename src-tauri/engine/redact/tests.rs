//! What is hidden, in which form, at which cut; and what is not.

use super::forms::tests::{FORMS, SECRET};
use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

fn redactor() -> Redactor {
    let mut redactor = Redactor::default();
    redactor.add(&Secret::from(SECRET.to_owned()));
    redactor
}

#[test]
fn a_secret_split_at_any_byte_is_hidden_in_every_form() {
    let redactor = redactor();
    for (name, form) in FORMS {
        let text: Vec<u8> = [b"before ".as_slice(), form, b" after\n"].concat();
        for cut in 0..=text.len() {
            let mut stream = Stream::default();
            let mut shown = stream.push(&redactor, &text[..cut]);
            shown.extend(stream.push(&redactor, &text[cut..]));
            shown.extend(stream.finish(&redactor));
            assert_eq!(String::from_utf8_lossy(&shown), "before [hidden] after\n", "{name}, cut at {cut}");
        }
        assert!(redactor.finds(&text), "{name}");
    }
}

#[test]
fn what_one_job_left_open_hides_and_shows_nothing_of_the_next() {
    let redactor = redactor();
    let (half, rest) = SECRET.split_at(10);
    for left in [b"\x1b]0;never ended".as_slice(), b"\x1b[1;", b"\n   ", half.as_bytes(), b"\xe6"] {
        let mut stream = Stream::default();
        stream.push(&redactor, left);
        stream.finish(&redactor);
        let mut shown = stream.push(&redactor, format!("  next {rest} {SECRET} job").as_bytes());
        shown.extend(stream.finish(&redactor));
        assert_eq!(String::from_utf8_lossy(&shown), format!("  next {rest} [hidden] job"), "after {left:?}");
    }
}

#[test]
fn a_secret_with_what_cannot_be_seen_inside_is_hidden() {
    for odd in ["\x1b[31m", "\x1b]0;title\x07", "\x1b(B", "\x7f", "\u{200b}", "\u{ad}", "\u{202e}", "\x1bP\x1b\\", "\r"]
    {
        let text: String = SECRET.chars().map(|c| format!("{c}{odd}")).collect();
        assert_eq!(redactor().text(&text), "[hidden]", "{odd:?}");
    }
}

#[test]
fn a_secret_that_is_wrapped_at_any_width_is_hidden() {
    // Wrapped at a space of its own it is not: that space cannot be told from an indent.
    let secret = "wJalr/K7MDENG+bPx\"R-fi".to_owned();
    let mut redactor = Redactor::default();
    redactor.add(&Secret::from(secret.clone()));
    for width in 1..secret.len() {
        for indent in ["\n", "\r\n", "\n    ", "\n\t"] {
            let pieces: Vec<String> =
                secret.as_bytes().chunks(width).map(|piece| String::from_utf8_lossy(piece).into_owned()).collect();
            let shown = redactor.text(&format!("a {} b", pieces.join(indent)));
            assert!(shown.starts_with("a [hidden]") && shown.ends_with(" b"), "{width} {indent:?}: {shown:?}");
            assert_eq!(shown.matches('\n').count(), pieces.len() - 1, "no line is lost: {shown:?}");
        }
    }
    let mime = STANDARD.encode(format!("user:{secret}{secret}{secret}{secret}"));
    let wrapped: Vec<_> = mime.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
    assert!(redactor.text(&wrapped.join("\r\n")).contains("[hidden]"));
}

#[test]
fn a_secret_in_the_middle_of_a_base64_text_is_hidden_and_its_neighbours_are_not() {
    // What Python's `b64encode` and `urlsafe_b64encode` make of nothing, `a` and `ab` before the secret, and `and more` after.
    for (text, shown) in [
        ("d0phbHIvSzc+Pj4/Pz8t5pelIlwgKGZpKSEqJ35hbmQgbW9yZQ==", "[hidden]5hbmQgbW9yZQ=="),
        ("YXdKYWxyL0s3Pj4+Pz8/LeaXpSJcIChmaSkhKid+YW5kIG1vcmU=", "YX[hidden]YW5kIG1vcmU="),
        ("YWJ3SmFsci9LNz4+Pj8/Py3ml6UiXCAoZmkpISonfmFuZCBtb3Jl", "YWJ[hidden]mFuZCBtb3Jl"),
        ("d0phbHIvSzc-Pj4_Pz8t5pelIlwgKGZpKSEqJ35hbmQgbW9yZQ==", "[hidden]5hbmQgbW9yZQ=="),
        ("YXdKYWxyL0s3Pj4-Pz8_LeaXpSJcIChmaSkhKid-YW5kIG1vcmU=", "YX[hidden]YW5kIG1vcmU="),
        ("YWJ3SmFsci9LNz4-Pj8_Py3ml6UiXCAoZmkpISonfmFuZCBtb3Jl", "YWJ[hidden]mFuZCBtb3Jl"),
    ] {
        assert_eq!(redactor().text(text), shown);
    }
    // Python's `encodebytes`, with the line ends of MIME: once over the end of a line, once at the end of the text.
    let mime = concat!(
        "QXV0aG9yaXphdGlvbiBvZiB0aGUgdXNlciB3aG8gY29tZXMgdG9kYXk6IHdKYWxyL0s3Pj4+Pz8/\r\n",
        "LeaXpSJcIChmaSkhKid+IGFuZCB0aGVuIHNvIG11Y2ggbW9yZSB0aGF0IGl0IHRha2VzIHRocmVl\r\n",
        "IGxpbmVzIG9mIHRoZW0sIHRoZSB3aG9sZSBtZXNzYWdlIGluIE1JTUUsIHdoaWNoIGlzIHdyYXBw\r\n",
        "ZWR3SmFsci9LNz4+Pj8/Py3ml6UiXCAoZmkpISonfg==\r\n",
    );
    let shown = redactor().text(mime);
    assert_eq!(shown.matches("[hidden]").count(), 2, "{shown:?}");
}

#[test]
fn a_secret_is_hidden_also_without_the_white_space_around_it() {
    let mut redactor = Redactor::default();
    redactor.add(&Secret::from(" correct horse \n".to_owned()));
    assert_eq!(redactor.text("it is correct horse."), "it is [hidden].");
    assert_eq!(redactor.text(&STANDARD.encode("correct horse")), "[hidden]");
}

#[test]
fn a_secret_of_several_lines_is_hidden_whole() {
    let mut redactor = Redactor::default();
    redactor.add(&Secret::from("-----BEGIN X-----\nabcdefgh\n  ijkl\n-----END X-----\n".to_owned()));
    let shown = redactor.text("a\n-----BEGIN X-----\nabcdefgh\n  ijkl\n-----END X-----\nb");
    assert!(shown.starts_with("a\n[hidden]") && shown.ends_with('b') && !shown.contains("abcdefgh"), "{shown:?}");
}

#[test]
fn what_is_not_a_secret_passes_unchanged_and_at_once() {
    assert_eq!(redactor().text("aws_iam_role.x: Creating…\n\tok"), "aws_iam_role.x: Creating…\n\tok");
    let mut stream = Stream::default();
    let shown = stream.push(&redactor(), b"Creating the role now\n");
    assert!(shown.len() + HEAD >= 21, "only a few bytes are held back: {}", String::from_utf8_lossy(&shown));
}

#[test]
fn no_secret_and_no_text_makes_it_slow() {
    // Equal letters are the worst case for a search that goes back: each position looks like a beginning.
    let mut redactor = Redactor::default();
    redactor.add(&Secret::from("a".repeat(10_000)));
    redactor.add(&Secret::from("ab".repeat(5_000)));
    let text = format!("{}b{}", "a".repeat(9_999), "a".repeat(2_000_000));
    let mut stream = Stream::default();
    let mut shown = vec![];
    for piece in text.as_bytes().chunks(80) {
        shown.extend(stream.push(&redactor, piece));
    }
    shown.extend(stream.finish(&redactor));
    let shown = String::from_utf8(shown).unwrap();
    assert_eq!(shown.matches("[hidden]").count(), 200, "each whole secret once");
    assert_eq!(shown.replace("[hidden]", "").len(), 10_000);
}
