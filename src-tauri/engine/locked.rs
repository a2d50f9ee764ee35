//! Memory for secrets: pages of their own that are never written to swap nor into a memory image, and wiped when freed.
//! All secrets come from here, so that few pages serve many of them: a user may lock only some (`ulimit -l`).
//! Where the system locks no more, a secret is kept all the same: refusing to work would help nobody.

use super::context::lock;
use std::collections::BTreeMap;
use std::sync::Mutex;
use zeroize::Zeroize;

/// Bytes in locked memory. They cannot grow: a buffer that grows leaves a copy behind.
pub struct Locked {
    /// An address inside a chunk of `FREE`, owned by this value until it is dropped.
    at: usize,
    length: usize,
}

impl Locked {
    /// A copy of `bytes`, which the caller wipes.
    pub fn copy(bytes: &[u8]) -> Self {
        let at = take(room(bytes.len()));
        let mut locked = Locked { at, length: bytes.len() };
        locked.bytes_mut().copy_from_slice(bytes);
        locked
    }

    pub fn bytes(&self) -> &[u8] {
        // SAFETY: `at` is the start of `room(length)` bytes that `take` gave to this value alone, and chunks stay mapped.
        unsafe { std::slice::from_raw_parts(self.at as *const u8, self.length) }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as in `bytes`; the value is borrowed mutably, so nobody else reads it.
        unsafe { std::slice::from_raw_parts_mut(self.at as *mut u8, self.length) }
    }
}

impl Drop for Locked {
    fn drop(&mut self) {
        self.bytes_mut().zeroize();
        give_back(self.at, room(self.length));
    }
}

/// Free stretches of the chunks by address, with their length.
static FREE: Mutex<BTreeMap<usize, usize>> = Mutex::new(BTreeMap::new());

/// What is taken for so many bytes: whole lines of the processor's cache, at least one.
fn room(length: usize) -> usize {
    length.max(1).next_multiple_of(64)
}

fn take(room: usize) -> usize {
    let mut free = lock(&FREE);
    let fits = free.iter().find(|(_, length)| **length >= room).map(|(at, length)| (*at, *length));
    let (at, length) = match fits {
        Some((at, length)) => {
            free.remove(&at);
            (at, length)
        }
        None => {
            let length = room.next_multiple_of(CHUNK);
            (map(length), length)
        }
    };
    if length > room {
        free.insert(at + room, length - room);
    }
    at
}

fn give_back(mut at: usize, mut length: usize) {
    let mut free = lock(&FREE);
    // Neighbours become one stretch again, so that a large secret finds room later.
    if let Some(after) = free.remove(&(at + length)) {
        length += after;
    }
    if let Some((before, room)) = free.range(..at).next_back().map(|(before, room)| (*before, *room))
        && before + room == at
    {
        free.remove(&before);
        (at, length) = (before, room + length);
    }
    free.insert(at, length);
}

/// A new chunk of zeroes, which stays for the life of the program.
#[cfg(unix)]
fn map(length: usize) -> usize {
    use rustix::mm::{MapFlags, ProtFlags, mlock, mmap_anonymous};
    // SAFETY: a new mapping at an address of the system's choice touches no memory that is in use.
    let mapped =
        unsafe { mmap_anonymous(std::ptr::null_mut(), length, ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE) };
    let Ok(address) = mapped else { return allocate(length) };
    // SAFETY: both calls name the mapping that was just made; they change whether it is swapped and dumped, not its bytes.
    unsafe {
        let _ = mlock(address, length);
        #[cfg(target_os = "linux")]
        let _ = rustix::mm::madvise(address, length, rustix::mm::Advice::LinuxDontDump);
    }
    address as usize
}

#[cfg(not(unix))]
fn map(length: usize) -> usize {
    allocate(length)
}

/// Where no pages can be had of the system: ordinary memory, wiped like the rest.
fn allocate(length: usize) -> usize {
    Box::leak(vec![0u8; length].into_boxed_slice()).as_mut_ptr() as usize
}

/// Sixteen pages, which an ordinary user may lock everywhere.
const CHUNK: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_all_sizes_keep_their_bytes_and_leave_none() {
        let mut kept: Vec<(Locked, u8)> = vec![];
        for round in 0..2_000usize {
            let byte = (round % 251) as u8;
            let length = (round * 37) % 5_000;
            kept.push((Locked::copy(&vec![byte; length]), byte));
            if round % 3 == 0 {
                let (gone, _) = kept.swap_remove(round % kept.len());
                let (at, length) = (gone.at, gone.length);
                drop(gone);
                // SAFETY: chunks stay mapped; nobody else allocates secrets in this test's thread meanwhile.
                let left = unsafe { std::slice::from_raw_parts(at as *const u8, length) };
                assert!(left.iter().all(|byte| *byte == 0) || kept.iter().any(|(other, _)| other.at == at));
            }
        }
        assert!(kept.iter().all(|(locked, byte)| locked.bytes().iter().all(|other| other == byte)));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn their_pages_are_locked() {
        let _kept = Locked::copy(b"a secret");
        let status = crate::engine::files::read_text(std::path::Path::new("/proc/self/status")).unwrap();
        let locked = status.lines().find_map(|line| line.strip_prefix("VmLck:")).unwrap();
        let kilobytes: u64 = locked.trim().trim_end_matches(" kB").trim().parse().unwrap();
        assert!(kilobytes >= 64, "{locked}");
    }
}
