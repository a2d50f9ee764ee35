//! The program's allocator: memory is wiped when it is freed, and where the computer has none left, a sentence says so.
//! Secrets have memory of their own (`locked`).

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use zeroizing_alloc::ZeroAlloc;

/// Text that grew, requests, answers of the keychain and what libraries copied of a secret leave nothing behind.
pub struct Memory;

const WIPED: ZeroAlloc<System> = ZeroAlloc(System);

// SAFETY: every call goes on to `ZeroAlloc` unchanged; a null pointer is never given back.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`, which is the same there.
        given(unsafe { WIPED.alloc(layout) })
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        given(unsafe { WIPED.alloc_zeroed(layout) })
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`; `at` came from there.
        unsafe { WIPED.dealloc(at, layout) }
    }
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `dealloc`.
        given(unsafe { WIPED.realloc(at, layout, size) })
    }
}

fn given(at: *mut u8) -> *mut u8 {
    if at.is_null() {
        none_left();
    }
    at
}

/// Says that the computer has no memory or threads left, and ends: nothing else can be done then. The journal knows what
/// was under way.
pub fn none_left() -> ! {
    static SAID: AtomicBool = AtomicBool::new(false);
    if !SAID.swap(true, Ordering::SeqCst) {
        let _ = std::io::stderr().write_all(NONE_LEFT.as_bytes());
        std::process::exit(1);
    }
    // Another thread says it and ends the process; where the end itself has no memory, this does.
    std::thread::sleep(std::time::Duration::from_secs(2));
    std::process::abort()
}

/// Makes a panic because of a thread that could not be started the same sentence.
pub fn explain_panics() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let text =
            payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
        let text = text.unwrap_or_default();
        if text.contains("OS can't spawn") || text.contains("failed to spawn thread") {
            none_left();
        }
        before(panic);
    }));
}

/// The same for what can still tell a problem.
pub fn no_memory() -> super::Problem {
    let (what, fix) = NONE_LEFT.trim_end().split_once(" — ").unwrap_or((NONE_LEFT, ""));
    super::Problem::new(what, fix)
}

const NONE_LEFT: &str = "This computer gives Hubwright no more memory or threads. — Close other programs, or allow this one more (`ulimit -v`, `ulimit -u`), then run it again: it goes on where it stopped.\n";
