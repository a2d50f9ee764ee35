//! Writes DER.

/// An element of DER.
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len() as u32;
    let length = match length {
        0..0x80 => vec![length as u8],
        _ => [&[0x84][..], &length.to_be_bytes()].concat(),
    };
    // The shortest form, as DER has it.
    let length = match length.as_slice() {
        [0x84, 0, 0, 0, one] => vec![0x81, *one],
        [0x84, 0, 0, two @ ..] => [&[0x82], two].concat(),
        [0x84, 0, three @ ..] => [&[0x83], three].concat(),
        whole => whole.to_vec(),
    };
    [&[tag][..], &length, content].concat()
}
