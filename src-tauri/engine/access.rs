//! Who besides the user may change a file, or what is in a folder, as owner, mode, group and access control list say.
//! It reads the lists of POSIX (acl(5)) on Linux alone. Where groups or lists cannot be read (macOS, a directory of a
//! network), what a group may write to counts as shared; lists of NFS version 4 and of macOS are not seen.

use super::files;
use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Who besides `user` and root may rename what is in this folder; `None` where nobody else may.
pub fn may_rename(path: &Path, folder: &Metadata, user: u32) -> Option<&'static str> {
    let (owner, mode) = (folder.uid(), folder.mode());
    if ![0, user].contains(&owner) {
        return Some("Another user");
    }
    // In a sticky folder, such as /tmp, everybody renames their own things only.
    if mode & 0o1000 != 0 {
        return None;
    }
    written_by(folder, user, |list| rustix::fs::getxattr(path, LIST, list))
}

/// Who besides its owner and root may write to this file; `None` where nobody else may.
pub fn may_write(file: &File, about: &Metadata, user: u32) -> Option<&'static str> {
    written_by(about, user, |list| rustix::fs::fgetxattr(file, LIST, list))
}

/// The same for both. `read` reads the access control list.
fn written_by(
    about: &Metadata,
    user: u32,
    read: impl FnOnce(&mut [u8]) -> rustix::io::Result<usize>,
) -> Option<&'static str> {
    if about.mode() & WRITE != 0 {
        return Some("Every user of this computer");
    }
    match list(read) {
        List::Entries(entries) => by_list(&entries, about.gid(), user),
        List::Unread => Some("Somebody whom its access control list names"),
        // With a list, these bits of the mode are the list's mask.
        List::None => (about.mode() & (WRITE << 3) != 0 && is_shared(about.gid(), user)).then_some(GROUP),
    }
}

fn by_list(entries: &[Entry], own_group: u32, user: u32) -> Option<&'static str> {
    let mask = entries.iter().find(|entry| entry.tag == MASK).map_or(WRITE, |mask| mask.may);
    entries.iter().filter(|entry| entry.may & mask & WRITE != 0).find_map(|entry| match entry.tag {
        USER if ![0, user].contains(&entry.id) => Some("Another user, whom its access control list names,"),
        OWN_GROUP if is_shared(own_group, user) => Some(GROUP),
        NAMED_GROUP if is_shared(entry.id, user) => Some("A group of users, which its access control list names,"),
        _ => None,
    })
}

/// An entry of an access control list.
struct Entry {
    tag: u16,
    /// Read 4, write 2, enter 1.
    may: u32,
    id: u32,
}

enum List {
    None,
    Entries(Vec<Entry>),
    /// There is one, which cannot be read.
    Unread,
}

/// The list as Linux keeps it (linux/posix_acl_xattr.h): a version, then tag, rights and id of each entry, in
/// little endian.
#[cfg(target_os = "linux")]
fn list(read: impl FnOnce(&mut [u8]) -> rustix::io::Result<usize>) -> List {
    let mut bytes = vec![0; 64 << 10];
    let size = match read(&mut bytes) {
        Ok(size) => size,
        Err(rustix::io::Errno::NODATA | rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => return List::None,
        Err(_) => return List::Unread,
    };
    let Some(([2, 0, 0, 0], entries)) = bytes[..size].split_first_chunk() else { return List::Unread };
    let entries = entries.chunks_exact(8).map(|it| Entry {
        tag: u16::from_le_bytes([it[0], it[1]]),
        may: u16::from_le_bytes([it[2], it[3]]).into(),
        id: u32::from_le_bytes([it[4], it[5], it[6], it[7]]),
    });
    List::Entries(entries.collect())
}

#[cfg(not(target_os = "linux"))]
fn list(_: impl FnOnce(&mut [u8]) -> rustix::io::Result<usize>) -> List {
    List::None
}

/// Whether somebody besides `user` and root is in a group. Many systems give each user a group with nobody else in it.
fn is_shared(group: u32, user: u32) -> bool {
    // Elsewhere users and groups are not in these files.
    let read = |path: &str| files::read_text(Path::new(path)).ok().filter(|_| cfg!(target_os = "linux"));
    match (read("/etc/group"), read("/etc/passwd")) {
        (Some(groups), Some(users)) => has_others(&groups, &users, group, user),
        _ => true,
    }
}

/// The same, by what group(5) and passwd(5) say. Nobody knows who is in a group that is not there.
fn has_others(groups: &str, users: &str, group: u32, user: u32) -> bool {
    let fields = |line: &'_ str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
    let number = |field: Option<&String>| field.and_then(|field| field.parse::<u32>().ok());
    let users: Vec<_> = users.lines().map(fields).collect();
    let ours = |id: Option<u32>| id.is_some_and(|id| [0, user].contains(&id));
    if users.iter().any(|one| number(one.get(3)) == Some(group) && !ours(number(one.get(2)))) {
        return true;
    }
    let name_is_ours = |name: &str| users.iter().any(|one| one[0] == name && ours(number(one.get(2))));
    let mut known = groups.lines().map(fields).filter(|one| number(one.get(2)) == Some(group)).peekable();
    let nobody_knows = known.peek().is_none();
    let members = known.filter_map(|one| one.get(3).cloned()).collect::<Vec<_>>().join(",");
    nobody_knows || members.split(',').map(str::trim).any(|name| !name.is_empty() && !name_is_ours(name))
}

const LIST: &str = "system.posix_acl_access";
const GROUP: &str = "A group of users";
const WRITE: u32 = 2;
const USER: u16 = 0x02;
const OWN_GROUP: u16 = 0x04;
const NAMED_GROUP: u16 = 0x08;
const MASK: u16 = 0x10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_shared_where_another_user_is_in_it_by_list_or_as_their_first_group() {
        let users = "root:x:0:0::/root:/bin/sh\nme:x:1000:1000::/home/me:/bin/sh\nme-too:x:1000:1000::/:/bin/sh\nthey:x:1001:1001::/:/bin/sh\nfirst:x:1002:1003::/:/bin/sh\n";
        let groups = "root:x:0:\nme:x:1000:\nlisted:x:1004:me,they\nalone:x:1005:me,root,me-too\nfirst:x:1003:\nbroken\ntwice:x:1006:me\nagain:x:1006:they\n";
        let shared = |group| has_others(groups, users, group, 1000);
        for (group, is) in [
            (1000, false),
            (0, false),
            (1005, false),
            (1004, true),
            (1003, true),
            (1001, true),
            (1006, true),
            (4711, true),
        ] {
            assert_eq!(shared(group), is, "group {group}");
        }
    }
}
