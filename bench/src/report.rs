//! docs/performance.md and its pictures.

use anyhow::{Result, bail};
use std::path::Path;

pub fn write(_root: &Path) -> Result<()> {
    bail!("not yet")
}
