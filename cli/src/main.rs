//! The program `dam`; see the library of the same crate.

fn main() -> std::process::ExitCode {
    dam_cli::main()
}
