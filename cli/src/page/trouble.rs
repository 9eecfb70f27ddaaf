//! Why a process cannot be looked at, and what to do about it.

use std::io;

use dam::measure::page::LAYOUT;
use thiserror::Error;

/// See the messages.
#[derive(Debug, Error)]
#[allow(missing_docs)]
pub enum Trouble {
    #[error("there is no process {0}")]
    NoSuchProcess(i32),
    #[error("process {0} has ended")]
    Ended(i32),
    #[error(
        "process {0} does not run on DAM: start it by `dam run -- COMMAND`, or with libdam.so in LD_PRELOAD"
    )]
    NotOnDam(i32),
    #[error(
        "process {0} runs on DAM without a page of statistics: it was told so (attach=0), has other rights than its user \
         (set-user-id), or may not make memory files; start it without attach=0"
    )]
    NoPage(i32),
    #[error(
        "process {0} runs on DAM, but has closed the descriptors of its page of statistics: nothing can be read until it starts anew"
    )]
    Closed(i32),
    #[error(
        "process {0} is another user's, or has other rights than its user: run this as that user, or as root"
    )]
    Forbidden(i32),
    #[error(
        "process {pid} has the page of process {owner}, from which it was cloned without fork handlers: it keeps no figures \
         of its own, look at {owner}"
    )]
    Inherited { pid: i32, owner: u32 },
    #[error("process {0}: its page of statistics is damaged, or not one of DAM's")]
    NotAPage(i32),
    #[error(
        "process {pid} has a page of layout {layout}, and this command reads {LAYOUT}: use the command dam of its libdam.so's version"
    )]
    Layout { pid: i32, layout: u32 },
    #[error(
        "process {0} has been in the middle of writing its page all the time: it is stopped (continue it: kill -CONT {0}), or its page is damaged"
    )]
    Unfinished(i32),
    #[error(
        "process {0} cannot be asked for anything: its file of wishes is missing, damaged or not writable; `dam stats` shows what it says by itself"
    )]
    NotAskable(i32),
    #[error("process {pid}: {error}")]
    Other { pid: i32, error: io::Error },
}

impl Trouble {
    /// What an error of the kernel about a file of process `pid` means.
    pub fn of_io(pid: i32, error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied => Self::Forbidden(pid),
            io::ErrorKind::NotFound => Self::Ended(pid),
            // Said of files that were opened while the process was there.
            _ if error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) => {
                Self::Ended(pid)
            }
            _ => Self::Other { pid, error },
        }
    }
}
