//! Files that only this user can read: the one place that touches `std::fs`. Every error names its path.

#![allow(clippy::disallowed_methods, reason = "this is the one module that touches std::fs")]

use super::Problem;
use super::words::clean;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

/// A file operation that failed, and where.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing} `{}`", shown(path))]
pub struct FileError {
    pub doing: &'static str,
    pub path: PathBuf,
    #[source]
    pub source: io::Error,
}

pub type Result<T> = std::result::Result<T, FileError>;

trait At<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T>;
}
impl<T> At<T> for io::Result<T> {
    fn at(self, doing: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| FileError { doing, path: path.to_owned(), source })
    }
}

/// Makes a folder and its parents, readable by this user only (mode 0700).
pub fn private_folder(path: &Path) -> Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).at("make the folder", path)
}

/// Closes a folder of this user's to all others (mode 0700).
#[cfg(unix)]
pub fn close(path: &Path) -> Result<()> {
    set_mode(path, 0o700)
}

#[cfg(unix)]
pub fn set_mode(path: &Path, mode: u32) -> Result<()> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).at("close to others", path)
}

/// A folder of its own in `parent` (mode 0700), removed with all in it when dropped. What a killed run left under the same
/// `prefix` goes first.
pub fn temporary_folder(parent: &Path, prefix: &str) -> Result<tempfile::TempDir> {
    for name in names(parent)?.into_iter().filter(|name| name.starts_with(prefix)) {
        remove_folder(&parent.join(name))?;
    }
    private_folder(parent)?;
    tempfile::Builder::new().prefix(prefix).tempdir_in(parent).at("make a folder in", parent)
}

/// Makes a folder (mode 0700) in `parent`, with a name that begins with `prefix` and that no other folder has.
pub fn new_folder(parent: &Path, prefix: &str) -> Result<PathBuf> {
    Ok(tempfile::Builder::new().prefix(prefix).tempdir_in(parent).at("make a folder in", parent)?.keep())
}

/// Bytes that this user can still write to the disk that holds `path`; `None` where the system does not say.
#[cfg(unix)]
pub fn free(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
#[cfg(not(unix))]
pub fn free(_: &Path) -> Option<u64> {
    None
}

/// Writes a file whole (mode 0600): a new file beside it, synced, then renamed over it, so a crash leaves the old or the new one.
pub fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).at("write", path)?;
    file.write_all(bytes.as_ref()).and_then(|()| file.as_file().sync_all()).at("write", path)?;
    file.persist(path).map_err(|error| error.error).at("write", path)?;
    Ok(())
}

pub fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).at("read", path)
}

/// Why a file that a person named was not read.
#[derive(Debug, thiserror::Error)]
pub enum ChosenError {
    #[error("`{}` is {kind}, not a file", shown(path))]
    NoFile { path: PathBuf, kind: &'static str },
    /// Both in bytes.
    #[error("`{}` has {}; at most {} are read", shown(path), amount(*size), amount(*most))]
    TooLarge { path: PathBuf, size: u64, most: u64 },
    #[error("`{}` is not text in UTF-8", shown(path))]
    NoText { path: PathBuf },
    #[error("`{}` belongs to another user of this computer, who can change it at any time", shown(path))]
    OfAnother { path: PathBuf },
    #[error("{who} may change `{}` at any time", shown(path))]
    Open { path: PathBuf, who: &'static str },
    #[error("`{}` is a link to a file that is not there, or to itself", shown(path))]
    DeadLink { path: PathBuf, to: PathBuf },
    #[error("`{}` is an address, not a path", shown(path))]
    Address { path: PathBuf },
    #[error("`{}` has a character that no file name has (NUL)", clean(&path.display().to_string()))]
    NoName { path: PathBuf },
    #[error(transparent)]
    File(#[from] FileError),
}

/// Reads a file that a person named, of at most `most` bytes. Only a regular file is read: a pipe or a device may never
/// end. One that another user owns or may write to is not: it may be another one by the next step. What it is is asked of the opened
/// file, so that nothing can take its place in between.
pub fn read_chosen(path: &Path, most: u64) -> std::result::Result<Vec<u8>, ChosenError> {
    let file = open_chosen(path, most)?;
    let mut bytes = vec![];
    // A file of the system may say that it is empty and have no end.
    file.take(most + 1).read_to_end(&mut bytes).at("read", path)?;
    match bytes.len() as u64 {
        size if size > most => Err(ChosenError::TooLarge { path: path.to_owned(), size, most }),
        _ => Ok(bytes),
    }
}

/// As `read_chosen`, of text in UTF-8.
pub fn read_chosen_text(path: &Path, most: u64) -> std::result::Result<String, ChosenError> {
    let bytes = read_chosen(path, most)?;
    String::from_utf8(bytes).map_err(|_| ChosenError::NoText { path: path.to_owned() })
}

/// Whether `read_chosen` would read it; its content is not looked at.
pub fn look_at_chosen(path: &Path, most: u64) -> std::result::Result<(), ChosenError> {
    open_chosen(path, most).map(|_| ())
}

fn open_chosen(path: &Path, most: u64) -> std::result::Result<std::fs::File, ChosenError> {
    let name = path.to_string_lossy();
    if name.contains('\0') {
        return Err(ChosenError::NoName { path: path.to_owned() });
    }
    if is_address(&name) {
        return Err(ChosenError::Address { path: path.to_owned() });
    }
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        // Opening a pipe would wait for its other end, and a terminal could become this program's own.
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits() as i32);
    }
    let opened = options.open(path);
    let about = match &opened {
        Ok(file) => file.metadata(),
        Err(_) => std::fs::metadata(path),
    };
    if let Some(kind) = about.as_ref().ok().and_then(|about| kind(about.file_type())) {
        return Err(ChosenError::NoFile { path: path.to_owned(), kind });
    }
    let is_refused = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    if let (Err(error), Ok(to)) = (&about, path.read_link())
        && !is_refused(error)
    {
        return Err(ChosenError::DeadLink { path: path.to_owned(), to });
    }
    let file = opened.at("read", path)?;
    let about = about.at("read", path)?;
    #[cfg(unix)]
    if ![0, rustix::process::geteuid().as_raw()].contains(&std::os::unix::fs::MetadataExt::uid(&about)) {
        return Err(ChosenError::OfAnother { path: path.to_owned() });
    }
    #[cfg(unix)]
    if let Some(who) = super::access::may_write(&file, &about, rustix::process::geteuid().as_raw()) {
        return Err(ChosenError::Open { path: path.to_owned(), who });
    }
    let size = about.len();
    if size > most {
        return Err(ChosenError::TooLarge { path: path.to_owned(), size, most });
    }
    Ok(file)
}

/// What something is that is no regular file.
fn kind(kind: std::fs::FileType) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let kinds = [
            (kind.is_fifo(), "a pipe"),
            (kind.is_socket(), "a socket"),
            (kind.is_char_device() || kind.is_block_device(), "a device"),
        ];
        if let Some((_, word)) = kinds.into_iter().find(|(is, _)| *is) {
            return Some(word);
        }
    }
    match () {
        () if kind.is_dir() => Some("a folder"),
        () if kind.is_file() => None,
        () => Some("something else"),
    }
}

/// Whether a text is an address, such as `file:///home/me/hub.pem`, where a path was meant.
pub fn is_address(text: &str) -> bool {
    let scheme = text.split_once("://").map_or("", |(scheme, _)| scheme);
    !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// A path as people write it: `~` at its start is their home folder.
pub fn from_home(path: &str) -> PathBuf {
    let rest = match path.strip_prefix('~') {
        Some("") => Some(""),
        Some(rest) => rest.strip_prefix(std::path::is_separator),
        None => None,
    };
    match (rest, std::env::home_dir()) {
        (Some(rest), Some(home)) if !home.as_os_str().is_empty() => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(path),
    }
}

/// A size for people: 64 kB, 10 MB.
pub fn amount(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} kB", bytes.div_ceil(1024)),
        _ => format!("{} MB", bytes.div_ceil(1_048_576)),
    }
}

/// A path for a sentence: its end tells the most.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    // A key that was pasted where a path belongs is not repeated.
    if text.contains("-----BEGIN") {
        return "a text in place of a path".into();
    }
    match text.chars().count() {
        0..=MOST_SHOWN => text,
        count => std::iter::once('…').chain(text.chars().skip(count - MOST_SHOWN)).collect(),
    }
}

const MOST_SHOWN: usize = 160;

pub fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).at("read", path)
}

/// The file's text, or `None` where there is no such file.
pub fn read_if_there(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).at("read", path),
    }
}

/// At most `most` bytes of a file from `offset` on; empty at its end or where there is no file yet.
pub fn read_from(path: &Path, offset: u64, most: u64) -> Result<Vec<u8>> {
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error).at("read", path),
    };
    let mut bytes = vec![];
    file.seek(io::SeekFrom::Start(offset)).and_then(|_| file.take(most).read_to_end(&mut bytes)).at("read", path)?;
    Ok(bytes)
}

pub fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |about| about.len())
}

pub fn exists(path: &Path) -> bool {
    path.exists()
}

/// Opens a file to add to its end, making it (mode 0600) where it is missing.
pub fn append(path: &Path) -> Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).at("open", path)
}

/// Removes a file; that it was not there is fine.
pub fn remove(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at("remove", path),
        _ => Ok(()),
    }
}

/// Removes a folder with all in it; that it was not there is fine.
pub fn remove_folder(path: &Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).at("remove", path),
        _ => Ok(()),
    }
}

pub fn rename(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).at("rename", from)
}

/// The names in a folder, sorted; none where there is no folder.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(error).at("list", folder),
    };
    let mut names: Vec<_> = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    Ok(names)
}

impl From<FileError> for Problem {
    fn from(error: FileError) -> Self {
        Problem::from(&error)
    }
}

impl From<&FileError> for Problem {
    fn from(error: &FileError) -> Self {
        let path = shown(&error.path);
        let fix = match error.source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                format!(
                    "Free some space on the disk that holds `{path}`, then run the page again. Nothing entered is lost."
                )
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                format!("Allow your user to write there, or set HUBWRIGHT_HOME to a folder that is yours: `{path}`")
            }
            io::ErrorKind::NotFound => format!("Check that this path is right: `{path}`"),
            _ => format!("Look at `{path}`, then run the page again."),
        };
        Problem::new(format!("Hubwright {error}."), fix).because(&error.source)
    }
}

impl ChosenError {
    /// Whether there is no such file.
    pub fn is_missing(&self) -> bool {
        match self {
            ChosenError::File(error) => error.source.kind() == io::ErrorKind::NotFound,
            ChosenError::DeadLink { .. } => true,
            _ => false,
        }
    }

    /// What to do, where others may change the file.
    pub fn keep_others_out(&self) -> Option<String> {
        match self {
            ChosenError::OfAnother { .. } => {
                Some("Look at what is in it, then copy it into a folder of your own and name the copy.".into())
            }
            ChosenError::Open { .. } => {
                Some("Look at what is in it, then let only yourself write to it: `chmod go-w` and its name.".into())
            }
            _ => None,
        }
    }
}

impl From<ChosenError> for Problem {
    fn from(error: ChosenError) -> Self {
        let fix = match &error {
            ChosenError::NoFile { .. } => "Choose a file in its place: nothing else can be read safely.".to_owned(),
            ChosenError::TooLarge { .. } => "Choose the file that was meant.".into(),
            ChosenError::NoText { .. } => "Save it as text in UTF-8.".into(),
            ChosenError::OfAnother { .. } | ChosenError::Open { .. } => error.keep_others_out().unwrap_or_default(),
            ChosenError::DeadLink { to, .. } => {
                format!("Choose the file itself, or mend the link: it leads to `{}`", shown(to))
            }
            ChosenError::Address { path } if path.starts_with("file:") => {
                "Write the path alone, without `file://` before it.".into()
            }
            ChosenError::Address { .. } => "Download it first, and choose the file that you got.".into(),
            ChosenError::NoName { .. } => "Write the name without it.".into(),
            ChosenError::File(error) if error.source.kind() == io::ErrorKind::PermissionDenied => {
                format!("Allow your user to read it: `{}`", shown(&error.path))
            }
            ChosenError::File(error) => format!("Check that this path is right: `{}`", shown(&error.path)),
        };
        match &error {
            ChosenError::File(inner) => Problem::new(format!("Hubwright {inner}."), fix).because(&inner.source),
            other => Problem::new(format!("{other}."), fix),
        }
    }
}
