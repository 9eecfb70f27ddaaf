//! Manual pages and completions, written by `make build`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Command, ValueEnum};
use clap_complete::Shell;

/// What is written, and where.
#[derive(Args)]
pub struct Arguments {
    what: What,
    folder: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    Man,
    Bash,
    Zsh,
    Fish,
}

/// Writes it.
pub fn run(arguments: &Arguments, mut command: Command) -> Result<()> {
    let folder = &arguments.folder;
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let shell = match arguments.what {
        What::Man => return pages(command, folder),
        What::Bash => Shell::Bash,
        What::Zsh => Shell::Zsh,
        What::Fish => Shell::Fish,
    };
    clap_complete::generate_to(shell, &mut command, "dam", folder)?;
    Ok(())
}

/// dam.1, and a page for each subcommand that is shown.
fn pages(command: Command, folder: &Path) -> Result<()> {
    clap_mangen::generate_to(command.disable_help_subcommand(true), folder)?;
    Ok(())
}
