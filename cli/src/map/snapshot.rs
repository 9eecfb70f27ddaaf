//! What a picture is drawn from, as it is kept in a file.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, Result, bail};
use dam::measure::page::{MAX_CLASSES, MAX_POOLS};
use serde::{Deserialize, Serialize};

/// The form of the file that is described here.
const FORM: u32 = 1;
/// Bytes of the longest file that is read: four times what the largest snapshot takes.
const LONGEST: u64 = 8 << 20;

/// Classes and pools of a process at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The form of the file.
    pub dam_snapshot: u32,
    /// The process's number.
    pub process: u32,
    /// Its program's name.
    #[serde(default)]
    pub program: String,
    /// DAM's version there.
    #[serde(default)]
    pub version: String,
    /// When it was taken, in seconds since 1970.
    #[serde(default)]
    pub taken: u64,
    /// The classes of the small tier, by number.
    pub classes: Vec<Class>,
    /// Pools and large blocks that were told …
    pub pools: Vec<Pool>,
    /// … of so many.
    #[serde(default)]
    pub all_pools: u64,
}

/// A class. The figures are those of `dam_stats_class_t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Bytes of a slot.
    pub slot_bytes: u64,
    /// Live blocks.
    #[serde(default)]
    pub live: u64,
    /// Bytes they were asked for.
    #[serde(default)]
    pub requested_bytes: u64,
}

/// A pool, or a large block. The figures are those of `dam_stats_pool_t`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// Address of its first byte.
    pub address: u64,
    /// Its length.
    pub bytes: u64,
    /// Bytes of live blocks.
    pub live_bytes: u64,
    /// Bytes whose memory is there.
    pub committed_bytes: u64,
    /// Its class; `DAM_MIDDLE`, `DAM_LARGE`.
    pub class_number: u32,
    /// `DAM_POOL_OK` and so on.
    pub health: u32,
}

impl Snapshot {
    /// One without classes and pools.
    pub fn new(process: u32, program: String) -> Self {
        Self { dam_snapshot: FORM, process, program, ..Self::default() }
    }

    /// Reads a file that [`Snapshot::save`] wrote.
    pub fn load(path: &Path) -> Result<Self> {
        let shown = path.display();
        let file = File::open(path).with_context(|| format!("cannot read {shown}"))?;
        let mut text = String::new();
        let read = file.take(LONGEST + 1).read_to_string(&mut text);
        read.with_context(|| format!("cannot read {shown}"))?;
        if text.len() as u64 > LONGEST {
            bail!("{shown} is longer than any snapshot of a heap");
        }
        Self::parse(&text).with_context(|| format!("{shown} is no snapshot of a heap"))
    }

    /// Reads the text of such a file.
    pub fn parse(text: &str) -> Result<Self> {
        let snapshot: Self = serde_json::from_str(text)?;
        if snapshot.dam_snapshot != FORM {
            let form = snapshot.dam_snapshot;
            bail!("it has form {form}, and this dam reads form {FORM}: use the dam that wrote it");
        }
        if snapshot.pools.len() > MAX_POOLS || snapshot.classes.len() > MAX_CLASSES {
            bail!("it has more than {MAX_POOLS} pools or {MAX_CLASSES} classes");
        }
        Ok(snapshot)
    }

    /// Its text.
    pub fn text(&self) -> String {
        // A pool a line: two snapshots can be compared by `diff`.
        let lines = |items: Vec<String>| items.join(",\n  ");
        let form = |item: serde_json::Result<String>| item.unwrap_or_default();
        format!(
            "{{\"dam_snapshot\":{FORM},\"process\":{},\"program\":{},\"version\":{},\"taken\":{},\n\
             \"classes\":[\n  {}],\n\"pools\":[\n  {}],\n\"all_pools\":{}}}\n",
            self.process,
            form(serde_json::to_string(&self.program)),
            form(serde_json::to_string(&self.version)),
            self.taken,
            lines(self.classes.iter().map(|class| form(serde_json::to_string(class))).collect()),
            lines(self.pools.iter().map(|pool| form(serde_json::to_string(pool))).collect()),
            self.all_pools,
        )
    }

    /// Writes it into a file.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_what_is_loaded() {
        let mut snapshot = Snapshot::new(7, "a \"program\"\u{1}".into());
        snapshot.classes = vec![Class { slot_bytes: 16, live: 3, requested_bytes: 40 }; 2];
        let bytes = u64::MAX;
        snapshot.pools = vec![Pool { address: 1 << 46, bytes, ..Pool::default() }; 3];
        assert_eq!(Snapshot::parse(&snapshot.text()).unwrap(), snapshot);
        assert_eq!(Snapshot::parse(&Snapshot::new(1, String::new()).text()).unwrap().process, 1);
    }

    #[test]
    fn other_files_are_refused_with_a_reason() {
        let said = |text: &str| format!("{:#}", Snapshot::parse(text).unwrap_err());
        assert!(said("").contains("EOF"));
        assert!(
            said(r#"{"dam_snapshot":2,"process":1,"classes":[],"pools":[]}"#).contains("form 2")
        );
        let mut large = Snapshot::new(1, String::new());
        large.pools = vec![Pool::default(); MAX_POOLS + 1];
        assert!(said(&large.text()).contains("more than 8192 pools"));
    }
}
