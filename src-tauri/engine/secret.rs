//! Values that must not be seen: held in locked memory that is wiped, without Serialize, Clone or Display.
//! Where they are kept is the keychain's business (`tools::keychain`), not this file's.

use super::locked::Locked;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

/// The most bytes a secret has: more is a file chosen by mistake, and the system's keychains take less still.
pub const MOST_SECRET: u64 = 64 << 10;

/// A secret value, as bytes. It has no `Display`, `Clone` or `Serialize` on purpose.
pub struct Secret(Locked);

impl Secret {
    /// Takes the bytes over; the buffer they came in is wiped.
    pub fn new(mut bytes: Vec<u8>) -> Self {
        let secret = Secret(Locked::copy(&bytes));
        bytes.zeroize();
        secret
    }

    /// The value itself. Every use is a place to look at in a review.
    pub fn expose(&self) -> &[u8] {
        self.0.bytes()
    }

    /// The value as text, cleared when dropped. `None` where it is not UTF-8.
    pub fn expose_text(&self) -> Option<Zeroizing<String>> {
        std::str::from_utf8(self.expose()).ok().map(|text| Zeroizing::new(text.to_owned()))
    }

    /// Whether both hold the same value; takes the same time wherever they differ.
    pub fn is(&self, other: &Secret) -> bool {
        subtle::ConstantTimeEq::ct_eq(self.expose(), other.expose()).into()
    }

    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Secret::new(text.into_bytes())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

/// Closes this process's memory to other programs of the same user, keeps it out of memory images of a crash, and makes
/// every file from here on readable by this user only, also those of programs that are started. Called first of all.
pub fn close_process() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit, umask};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
        umask(rustix::fs::Mode::from_raw_mode(0o077));
    }
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    // SAFETY: the request takes no pointer; a debugger can no longer attach to this process.
    #[cfg(target_os = "macos")]
    unsafe {
        libc::ptrace(libc::PT_DENY_ATTACH, 0, std::ptr::null_mut(), 0);
    }
}

/// What a form knows of a secret: whether there is one, and since when. Never the value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
pub struct Slot {
    pub is_set: bool,
    /// A word to recognise it by that gives nothing away, such as `set on 3 Nov 2026`.
    pub hint: Option<String>,
}
