//! Random data that is the same at every run: a failing case names its seed.
#![allow(dead_code, reason = "each test uses a part")]

/// xorshift64* (Vigna 2016).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
    /// Below `n`; 0 for 0.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n.max(1)
    }
    pub fn pick<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }
    pub fn word(&mut self) -> String {
        (0..1 + self.below(12)).map(|_| (b'a' + self.below(26) as u8) as char).collect()
    }
}

/// One change of the kinds that break readers: a bit, a byte, a cut, a repetition, a piece moved.
pub fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => {
            let breakers = b"\0\n\r\t :#-[]{}\"'&*!|>%@`,\xff";
            bytes[at] = breakers[random.below(breakers.len())];
        }
        2 => bytes.truncate(at),
        3 => {
            let end = (at + random.below(40)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            bytes.splice(at..at, piece);
        }
        4 => drop(bytes.drain(at..(at + random.below(20)).min(bytes.len()))),
        _ => {
            let to = random.below(bytes.len());
            let piece: Vec<u8> = bytes[at..(at + 10).min(bytes.len())].to_vec();
            bytes.splice(to..to, piece);
        }
    }
}
