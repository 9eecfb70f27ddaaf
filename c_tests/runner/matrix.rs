//! The matrix: every program of `c_tests/matrix` does one misuse; when it is caught, by size, profile and thread.
//!
//! What a program expects stands in its first comment (`matrix/row.rs`). Each of its cells runs twice: with what its
//! profile does after a violation, and with the other policy. A cell that is caught though `not` is said fails like one
//! that is not caught in time. The table in `docs/security.md` is made of what the programs say (`matrix/table.rs`),
//! so it is true as long as they pass; one more test compares the two.

#[path = "matrix/cell.rs"]
mod cell;
#[path = "matrix/pattern.rs"]
mod pattern;
#[path = "matrix/row.rs"]
mod row;
#[path = "matrix/table.rs"]
mod table;

use crate::build::{Builder, Mode};
use crate::directives::Plan;
use libtest_mimic::{Failed, Trial};
use row::Row;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One test for each row and profile, and one for the table.
pub fn trials(builder: &Arc<Builder>, programs: &[(String, PathBuf)]) -> Vec<Trial> {
    let mut list = Vec::new();
    let mut rows = Vec::new();
    for (name, source) in programs {
        match row::read(name, source) {
            Ok(row) => rows.push((Arc::new(row), source.clone())),
            Err(error) => list.push(Trial::test(name.clone(), move || Err(Failed::from(error)))),
        }
    }
    for (row, source) in &rows {
        for profile in cell::PROFILES {
            let (builder, row, source) = (builder.clone(), row.clone(), source.clone());
            list.push(Trial::test(format!("{} [{profile}]", row.name), move || {
                run_row(&builder, &row, &source, profile).map_err(Failed::from)
            }));
        }
    }
    list.push(Trial::test("matrix/patterns", || pattern::try_out().map_err(Failed::from)));
    let rows: Vec<Arc<Row>> = rows.into_iter().map(|(row, _)| row).collect();
    let page = builder.root.join("docs/security.md");
    list.push(Trial::test("matrix/table", move || compare(&page, &rows).map_err(Failed::from)));
    list
}

fn run_row(builder: &Builder, row: &Row, source: &Path, profile: &str) -> Result<(), String> {
    let program = builder.build(source, Mode::Preload, &Plan::default())?;
    let wrong: Vec<String> = row
        .cells(profile)
        .iter()
        .flat_map(|cell| ["continue", "abort"].map(|policy| (cell, policy)))
        .filter_map(|(cell, policy)| {
            let command = cell::command(builder, &program, cell, policy);
            cell::judge(row, cell, policy, command).err()
        })
        .collect();
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("{} wrong\n{}", wrong.len(), wrong.join("\n")))
    }
}

/// The page must have the table between its two marks. `DAM_MATRIX=write` puts it there.
fn compare(page: &Path, rows: &[Arc<Row>]) -> Result<(), String> {
    let old = std::fs::read_to_string(page).map_err(|e| format!("{}: {e}", page.display()))?;
    let new = table::put(&old, &table::render(rows))?;
    if old == new {
        return Ok(());
    }
    if std::env::var("DAM_MATRIX").is_ok_and(|value| value == "write") {
        return std::fs::write(page, new).map_err(|e| e.to_string());
    }
    Err(format!("{} does not say what the programs say: run \"make matrix\"", page.display()))
}
