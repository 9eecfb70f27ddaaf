//! The command line.

use clap::{CommandFactory, Parser};

use crate::{Cli, Command};

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn what_follows_the_command_is_the_commands() {
    let line = ["dam", "run", "--stats", "--", "ls", "--json", "x"];
    assert!(matches!(Cli::parse_from(line).command, Command::Run(_)));
    let line = ["dam", "run", "ls", "-l", "--stats"];
    assert!(matches!(Cli::parse_from(line).command, Command::Run(_)));
    assert!(Cli::try_parse_from(["dam", "run"]).is_err());
    assert!(Cli::try_parse_from(["dam", "stats", "1", "--json", "--prometheus"]).is_err());
    assert!(Cli::try_parse_from(["dam", "export"]).is_err());
}
