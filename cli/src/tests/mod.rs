//! The command as a whole, on processes that run on DAM, and on made-up ones that say what no real one would.
//!
//! They run what `make build` has put into `dist/`; `DAM_COMMAND` and `DAM_LIBRARY` name others. They stand here and not in
//! `cli/tests`, for which cargo would build the library twice under one name: to abort on panic and to unwind.

mod asking;
mod exporting;
mod fakes;
mod garbage;
mod line;
mod looking;
mod rights;
mod running;
mod scraping;
mod stopped;
mod support;
mod terminal;
mod turning;
