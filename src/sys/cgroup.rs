//! How short of memory the process's control group is, or the system.
//!
//! Read when the program wants to be told, and not otherwise: three files.

use core::ffi::CStr;

use super::env::{leading_number, read_file};

/// What a control group uses and may use, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it uses.
    pub used: u64,
    /// What it may use before the kernel slows it down or ends it.
    pub limit: u64,
}

/// Longest path to a file.
const PATH: usize = 512;
/// Where version 2 of the control groups is mounted.
const ROOT: &[u8] = b"/sys/fs/cgroup";

/// The process's group, if that has a limit.
pub fn group() -> Option<Group> {
    let mut buffer = [0; PATH];
    let own = own_group(read_file(c"/proc/self/cgroup", &mut buffer))?;
    let used = number(own, b"/memory.current")?;
    let limits = [&b"/memory.high"[..], b"/memory.max"].map(|file| number(own, file));
    let limit = limits.into_iter().flatten().min()?;
    Some(Group { used, limit })
}

/// The group's path in what the kernel says of version 2: `0::/path`.
fn own_group(text: &[u8]) -> Option<&[u8]> {
    let line = text.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(b"0::"))?;
    Some(if line == b"/" { b"" } else { line })
}

/// The number in a file of the group; `None` where it says `max`.
fn number(group: &[u8], file: &[u8]) -> Option<u64> {
    let mut path = [0; PATH];
    let mut at = 0;
    for part in [ROOT, group, file, b"\0"] {
        path.get_mut(at..at + part.len())?.copy_from_slice(part);
        at += part.len();
    }
    let mut buffer = [0; 32];
    let text = read_file(CStr::from_bytes_until_nul(&path).ok()?, &mut buffer);
    leading_number(text).map(|number| number as u64)
}

/// Of the last ten seconds, the per cent in which some task of the system waited for memory.
pub fn waiting_percent() -> Option<usize> {
    let mut buffer = [0; 256];
    percent(read_file(c"/proc/pressure/memory", &mut buffer))
}

fn percent(text: &[u8]) -> Option<usize> {
    leading_number(text.strip_prefix(b"some avg10=")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_writes_is_understood() {
        assert_eq!(
            own_group(b"1:name=systemd:/x\n0::/user.slice/a\n"),
            Some(&b"/user.slice/a"[..])
        );
        assert_eq!(own_group(b"0::/\n"), Some(&b""[..]));
        assert_eq!(own_group(b""), None);
        let text = b"some avg10=12.34 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00\n";
        assert_eq!(percent(text), Some(12));
        assert_eq!(percent(b""), None);
        assert_eq!(number(b"/no such group", b"/memory.current"), None);
    }
}
