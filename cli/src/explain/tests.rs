//! Reports of programs that misuse their heap on DAM, explained.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::Explainer;

/// A folder with a program, and what is done to it.
struct Program {
    folder: TempDir,
}

impl Program {
    /// Builds one from a source file of this name.
    fn build(compiler: &[&str], name: &str, source: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(name), source).unwrap();
        let program = Self { folder };
        program.run(compiler[0], &[&compiler[1..], &[name, "-o", "program"]].concat());
        program
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    fn run(&self, command: &str, arguments: &[&str]) -> Output {
        let ran = Command::new(command).args(arguments).current_dir(self.folder.path()).output();
        let ran = ran.unwrap_or_else(|error| panic!("{command}: {error}"));
        assert!(
            ran.status.success(),
            "{command} {arguments:?}: {}",
            String::from_utf8_lossy(&ran.stderr)
        );
        ran
    }

    /// What DAM says of it.
    fn report(&self, options: &str) -> String {
        let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../dist/libdam.so");
        assert!(Path::new(library).exists(), "make build");
        let ran = Command::new(self.path())
            .env("LD_PRELOAD", library)
            .env("DAM_OPTIONS", options)
            .output()
            .unwrap();
        let report = String::from_utf8(ran.stderr).unwrap();
        assert!(report.contains("double-free"), "{report}");
        report
    }
}

fn explained(report: &str, folders: &[PathBuf]) -> String {
    let mut out = Vec::new();
    Explainer::new(folders).explain(report.as_bytes(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const C: &str = r#"#include <stdlib.h>
static void *volatile hidden;
__attribute__((always_inline)) static inline void give_back(void *p) {
    free(p);
    hidden = 0;
}
__attribute__((noinline)) void twice(void *p) {
    give_back(p);
    hidden = p;
    give_back(hidden);
    hidden = 0;
}
int main(void) {
    hidden = malloc(40);
    twice(hidden);
    return 0;
}
"#;

const CC: [&str; 4] = ["cc", "-O1", "-g", "-fno-optimize-sibling-calls"];

fn c_program() -> Program {
    Program::build(&CC, "twice.c", C)
}

#[test]
fn functions_lines_and_what_was_inlined_are_told() {
    let program = c_program();
    for options in ["report=text", "report=json"] {
        let text = explained(&program.report(options), &[]);
        let expected = [
            "      give_back at ",
            "twice.c:4, inlined into\n      twice at ",
            "twice.c:10\n",
            "      main at ",
            "twice.c:15\n",
        ];
        let mut rest = text.as_str();
        for piece in expected {
            let at =
                rest.find(piece).unwrap_or_else(|| panic!("{options}: no {piece:?} in {text}"));
            rest = &rest[at + piece.len()..];
        }
        assert!(text.starts_with("DAM: double-free: free of 0x"), "{text}");
        assert!(text.ends_with("  now: the process goes on\n"), "{text}");
    }
}

#[test]
fn a_stripped_program_says_so_or_finds_its_debug_file() {
    let program = c_program();
    let report = program.report("");
    program.run("objcopy", &["--only-keep-debug", "program", "kept"]);
    program.run("strip", &["program"]);
    let text = explained(&report, &[]);
    assert!(
        text.contains("it is stripped, and no debug information is here for its build id "),
        "{text}"
    );
    assert!(text.ends_with("  now: the process goes on\n"), "{text}");

    let notes = program.run("readelf", &["-n", "program"]).stdout;
    let notes = String::from_utf8(notes).unwrap();
    let id = notes.split("Build ID: ").nth(1).unwrap().split_whitespace().next().unwrap();
    let kept = program.folder.path().join("debug/.build-id").join(&id[..2]);
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::rename(program.folder.path().join("kept"), kept.join(format!("{}.debug", &id[2..])))
        .unwrap();
    let text = explained(&report, &[program.folder.path().join("debug")]);
    assert!(text.contains("twice.c:10\n"), "{text}");
}

#[test]
fn a_debug_link_serves_unless_it_is_another_build_s() {
    let program = c_program();
    let report = program.report("");
    program.run("objcopy", &["--only-keep-debug", "program", "program.debug"]);
    program.run("strip", &["program"]);
    program.run("objcopy", &["--add-gnu-debuglink=program.debug", "program"]);
    assert!(explained(&report, &[]).contains("twice.c:10\n"));
    let other = Program::build(&CC, "other.c", "int main(void) { return 7; }\n");
    std::fs::copy(other.path(), program.folder.path().join("program.debug")).unwrap();
    assert!(explained(&report, &[]).contains("it is stripped"));
}

#[test]
fn exported_functions_are_named_where_lines_are_not_known() {
    let program = Program::build(&[&CC[..], &["-rdynamic"]].concat(), "twice.c", C);
    program.run("strip", &["program"]);
    let text = explained(&program.report(""), &[]);
    assert!(
        text.contains("      twice + ") && text.contains("line not known: it is stripped"),
        "{text}"
    );
}

#[test]
fn one_that_is_gone_keeps_none_of_the_others_from_being_told() {
    let program = c_program();
    let report = program.report("");
    let missing = format!(
        "  caller: /nowhere/x+0x1\n{report}  caller: /dev/zero+0x1\n  caller: [vdso]+0x1\n  caller: /a (deleted)+0x1"
    );
    let text = explained(&missing, &[]);
    for said in [
        "not known: there is no file /nowhere/x here",
        "twice.c:10\n",
        "/dev/zero is no regular file",
        "it is the kernel's own",
        "+0x1\n      not known: its file was deleted",
    ] {
        assert!(text.contains(said), "no {said:?} in {text}");
    }
}

#[test]
fn what_is_no_report_is_passed_on_byte_by_byte() {
    let log = b"a line\n\xff\xfe {\"x\":1}\r\n{\"level\":\"info\"}\n\nno end";
    let mut out = Vec::new();
    let mut explainer = Explainer::new(&[]);
    explainer.explain(&log[..], &mut out).unwrap();
    assert_eq!(out, log);
    assert_eq!(explainer.places, 0);
}

#[test]
fn names_of_cpp_and_of_rust_read_as_they_were_written() {
    let cpp = r#"#include <cstdlib>
namespace store {
template <class T> struct Shelf {
    void *volatile held = malloc(sizeof(T) * 9);
    __attribute__((noinline)) void clear(int) { free(held); free(held); held = nullptr; }
};
}
int main() { store::Shelf<double> shelf; shelf.clear(1); }
"#;
    let program = Program::build(&["c++", "-O1", "-g"], "shelf.cc", cpp);
    let text = explained(&program.report(""), &[]);
    assert!(
        text.contains("      store::Shelf<double>::clear(int) at ")
            && text.contains("shelf.cc:5\n"),
        "{text}"
    );

    let rust = r#"unsafe extern "C" { fn malloc(size: usize) -> *mut u8; fn free(block: *mut u8); }
mod shelf {
    #[inline(never)]
    pub fn clear<T>(block: *mut T) {
        let again = std::hint::black_box(block);
        unsafe { super::free(block.cast()) };
        unsafe { super::free(std::hint::black_box(again).cast()) };
        std::hint::black_box(again);
    }
}
fn main() { shelf::clear(unsafe { malloc(72) }.cast::<u64>()); }
"#;
    let program = Program::build(&["rustc", "--edition=2024", "-O", "-g"], "shelf.rs", rust);
    let text = explained(&program.report(""), &[]);
    assert!(
        text.contains("      shelf::shelf::clear at ") && text.contains("shelf.rs:7\n"),
        "{text}"
    );
}
