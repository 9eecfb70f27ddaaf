//! How a program becomes an executable in each mode.

use crate::directives::Plan;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::SystemTime;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// `LD_PRELOAD=dist/libdam.so`.
    Preload,
    /// Preloaded, the program under UBSan.
    Ubsan,
    /// `-static`, `dist/libdam.a` ahead of the C library.
    Static,
    StaticPie,
    /// The `dam_*` names from `dist/libdam_local.a` beside the system's allocator; plain and under sanitizers.
    Local,
    LocalAsan,
    LocalTsan,
    /// Without DAM: for programs that load it themselves.
    Plain,
}

const MODES: [(Mode, &str); 8] = [
    (Mode::Preload, "preload"),
    (Mode::Ubsan, "ubsan"),
    (Mode::Static, "static"),
    (Mode::StaticPie, "static-pie"),
    (Mode::Local, "local"),
    (Mode::LocalAsan, "local-asan"),
    (Mode::LocalTsan, "local-tsan"),
    (Mode::Plain, "plain"),
];

/// Misuse is what many of the programs are about, and -fno-builtin keeps the compiler from reasoning about malloc.
const FLAGS: &[&str] = &[
    "-g",
    "-O1",
    "-Wall",
    "-Wextra",
    "-fno-builtin",
    "-fno-omit-frame-pointer",
    "-pthread",
    "-Wno-free-nonheap-object",
    "-Wno-use-after-free",
    "-Wno-alloc-size-larger-than",
    "-Wno-alloc-zero",
    "-Wno-stringop-overflow",
    "-Wno-array-bounds",
    "-Wno-maybe-uninitialized",
    "-Wno-mismatched-dealloc",
    "-Wno-unused-result",
    "-Wno-deprecated-declarations",
    "-Wno-mismatched-new-delete",
];

impl Mode {
    pub fn name(self) -> &'static str {
        MODES.iter().find(|(mode, _)| *mode == self).map_or("?", |(_, name)| name)
    }

    pub fn from_name(name: &str) -> Option<Mode> {
        MODES.iter().find(|(_, n)| *n == name).map(|(mode, _)| *mode)
    }

    /// Sanitizers stretch every timeout.
    pub fn slowness(self) -> u64 {
        match self {
            Mode::LocalTsan => 6,
            Mode::LocalAsan | Mode::Ubsan => 3,
            _ => 1,
        }
    }

    fn preloads(self) -> bool {
        matches!(self, Mode::Preload | Mode::Ubsan)
    }

    fn local(self) -> bool {
        matches!(self, Mode::Local | Mode::LocalAsan | Mode::LocalTsan)
    }

    fn flags(self) -> &'static [&'static str] {
        match self {
            Mode::Preload | Mode::Local | Mode::Plain => &[],
            Mode::Ubsan => &["-fsanitize=undefined", "-fno-sanitize-recover=all"],
            Mode::Static => &["-static"],
            Mode::StaticPie => &["-static-pie"],
            Mode::LocalAsan => &["-fsanitize=address"],
            Mode::LocalTsan => &["-fsanitize=thread"],
        }
    }
}

/// So that every program can be run under other options than the defaults; its own go over them.
pub fn options_given() -> String {
    std::env::var("DAM_TEST_OPTIONS").unwrap_or_default()
}

type Built = Arc<OnceLock<Result<(), String>>>;

pub struct Builder {
    pub root: PathBuf,
    pub out: PathBuf,
    c: PathBuf,
    cxx: PathBuf,
    built: Mutex<HashMap<PathBuf, Built>>,
}

impl Builder {
    pub fn new(root: &Path) -> Builder {
        let out = root.join("target").join("c_tests");
        let _ = std::fs::create_dir_all(out.join("plugins"));
        let (c, cxx) = (compiler(false, &out), compiler(true, &out));
        Builder { root: root.into(), out, c, cxx, built: Mutex::default() }
    }

    pub fn missing_artifact(&self) -> Option<PathBuf> {
        let names = [
            "dist/libdam.so",
            "dist/libdam.a",
            "dist/libdam_local.so",
            "dist/libdam_local.a",
            "include/dam.h",
        ];
        names.iter().map(|name| self.root.join(name)).find(|path| !path.exists())
    }

    pub fn environment(
        &self,
        mode: Mode,
        options: Option<&str>,
        more: &[(String, String)],
    ) -> Vec<(String, String)> {
        let path = |name: &str| self.root.join(name).display().to_string();
        let mut list = vec![
            ("DAM_PLUGIN_DIR".into(), self.out.join("plugins").display().to_string()),
            ("DAM_LIB".into(), path("dist/libdam.so")),
            ("DAM_LOCAL_LIB".into(), path("dist/libdam_local.so")),
            // Blocks of DAM are no roots for LeakSanitizer, so what only they point to would look lost.
            ("ASAN_OPTIONS".into(), "detect_leaks=0".into()),
        ];
        if mode.preloads() {
            list.push(("LD_PRELOAD".into(), path("dist/libdam.so")));
        }
        if mode != Mode::Plain {
            list.push(("DAM_TEST".into(), "1".into()));
        }
        let given = options_given();
        let words = [Some(given.as_str()).filter(|text| !text.is_empty()), options];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        if !words.is_empty() {
            list.push(("DAM_OPTIONS".into(), words.join(":")));
        }
        list.extend(more.iter().cloned());
        list
    }

    /// The executable for `source` in `mode`, built when it is older than what it is made of; at most once per run.
    pub fn build(&self, source: &Path, mode: Mode, plan: &Plan) -> Result<PathBuf, String> {
        for plugin in &plan.plugins {
            self.shared(plugin, &self.out.join("plugins"))?;
        }
        let mut libraries = Vec::new();
        for link in &plan.links {
            libraries.push(self.shared(link, &self.out.join("lib"))?);
        }
        let topic = source.parent().and_then(Path::file_name).unwrap_or_default();
        let target =
            self.out.join(mode.name()).join(topic).join(source.file_stem().unwrap_or_default());
        let mut command = self.command(source, mode);
        command.arg(source).args(&plan.flags).args(&libraries).arg("-o").arg(&target);
        match mode {
            // -u: also where only the C library itself allocates, its malloc must stay out.
            Mode::Static | Mode::StaticPie => {
                command.arg("-Wl,-u,malloc").arg(self.root.join("dist/libdam.a"))
            }
            mode if mode.local() => command.arg(self.root.join("dist/libdam_local.a")),
            _ => command.arg("-ldl"),
        };
        command.arg("-lm");
        self.once(&target, source, command)?;
        Ok(target)
    }

    /// `support/<name>.c` as a shared library in `dir`.
    fn shared(&self, name: &str, dir: &Path) -> Result<PathBuf, String> {
        let source = self.root.join("c_tests/support").join(name);
        let target = dir.join(name).with_extension("so");
        let mut command = self.command(&source, Mode::Plain);
        command.args(["-shared", "-fPIC"]).arg(&source).arg("-o").arg(&target);
        self.once(&target, &source, command)?;
        Ok(target)
    }

    fn command(&self, source: &Path, mode: Mode) -> Command {
        let c = source.extension().is_some_and(|e| e == "c");
        let mut command = Command::new(if c { &self.c } else { &self.cxx });
        command.arg(if c { "-std=gnu11" } else { "-std=gnu++20" });
        command.args(FLAGS).args(mode.flags());
        command
            .arg("-I")
            .arg(self.root.join("c_tests/support"))
            .arg("-I")
            .arg(self.root.join("include"));
        if mode.local() {
            command.args(["-DUSE_DAM_LOCAL", "-include", "dam_names.h"]);
        }
        command
    }

    fn once(&self, target: &Path, source: &Path, command: Command) -> Result<(), String> {
        let cell = {
            let mut built = self.built.lock().unwrap_or_else(|e| e.into_inner());
            built.entry(target.into()).or_default().clone()
        };
        cell.get_or_init(
            || if self.fresh(target, source) { Ok(()) } else { compile(target, command) },
        )
        .clone()
    }

    fn fresh(&self, target: &Path, source: &Path) -> bool {
        let Some(made) = changed(target) else { return false };
        let mut parts = vec![source.to_path_buf()];
        parts.extend(crate::entries(&self.root.join("c_tests/support")));
        parts.extend(crate::entries(&self.root.join("include")));
        parts.extend(["dist/libdam.a", "dist/libdam_local.a"].map(|name| self.root.join(name)));
        parts.extend(std::env::current_exe()); // the flags are in here
        parts.iter().all(|part| changed(part).is_none_or(|time| time < made))
    }
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

fn compile(target: &Path, mut command: Command) -> Result<(), String> {
    let _ = target.parent().map(std::fs::create_dir_all);
    let output = command.output().map_err(|e| format!("{command:?}: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("does not build: {command:?}\n{}", String::from_utf8_lossy(&output.stderr)))
}

/// The system's compiler, found as a build script would (`CC`, `CXX`, then the platform's usual names).
fn compiler(cpp: bool, out: &Path) -> PathBuf {
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut build = cc::Build::new();
    build.cpp(cpp).target(&triple).host(&triple).opt_level(1).out_dir(out).cargo_metadata(false);
    build.get_compiler().path().to_path_buf()
}
