//! Makes a peer's library from what was found, unless the one that is there was made from the same
//! version, in the same configuration, by the same compiler.

use super::compile::Job;
use super::definition::{Definition, Recipe, Source};
use super::sources::Found;
use super::{Place, tools};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The preloadable library of a peer; nothing for glibc.
pub(super) fn library(
    place: &Place,
    definition: &Definition,
    found: &Found,
) -> Result<Option<PathBuf>> {
    let Some(source) = &found.path else { return Ok(None) };
    let library = place.library(definition.name);
    if matches!(definition.source, Source::Dam) {
        // A copy, so that a build during the run does not replace what is measured; never cached.
        replace(source, &library)?;
        return Ok(Some(library));
    }
    let key = key(definition, source)?;
    let key_file = place.out.join("build").join(format!("{}.key", definition.name));
    if library.is_file() && fs::read_to_string(&key_file).is_ok_and(|made| made == key) {
        return Ok(Some(library));
    }
    let log = place.log(definition.name);
    fs::write(&log, &key)?;
    let made = make(place, definition, found, source, &log)?;
    replace(&made, &library)?;
    fs::write(key_file, key)?;
    Ok(Some(library))
}

fn make(
    place: &Place,
    definition: &Definition,
    found: &Found,
    source: &Path,
    log: &Path,
) -> Result<PathBuf> {
    let folder = place.out.join("build").join(definition.name);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    match &definition.recipe {
        Recipe::Ready => Ok(source.to_path_buf()),
        Recipe::Objects(objects) => {
            tools::need(&[("gcc", "gcc"), ("g++", "g++")], log)?;
            let package = &found.package;
            let sources = source.to_path_buf();
            Job { objects, sources, package, folder: &folder, log }.run(definition.name)
        }
        Recipe::CMake { options, target, product } => {
            cmake(source, options, target, &folder, log)?;
            Ok(folder.join(product))
        }
        Recipe::Configure { script, options, target, product } => {
            configure(found, source, script, options, &folder, log)?;
            let mut build = tools::nice("make");
            build.arg("-j").arg(tools::cores().to_string()).arg(target).current_dir(&folder);
            tools::logged(&mut build, log)?;
            Ok(folder.join(product))
        }
    }
}

fn cmake(source: &Path, options: &[&str], target: &str, folder: &Path, log: &Path) -> Result<()> {
    tools::need(&[("gcc", "gcc"), ("g++", "g++"), ("cmake", "cmake"), ("make", "make")], log)?;
    let mut configure = tools::nice("cmake");
    // The Makefile generator and the compiler are named: the environment must not choose others.
    configure
        .args(["-G", "Unix Makefiles", "-DCMAKE_C_COMPILER=gcc", "-DCMAKE_CXX_COMPILER=g++"])
        .args(options);
    tools::logged(configure.arg("-S").arg(source).arg("-B").arg(folder), log)?;
    let mut build = tools::nice("cmake");
    build.args(["--build"]).arg(folder).args(["--target", target, "--verbose"]);
    tools::logged(build.arg("--parallel").arg(tools::cores().to_string()), log)
}

/// In a copy: this one builds in the folder of its sources, and cargo's must stay as they are.
fn configure(
    found: &Found,
    source: &Path,
    script: &str,
    options: &[&str],
    folder: &Path,
    log: &Path,
) -> Result<()> {
    tools::need(&[("gcc", "gcc"), ("g++", "g++"), ("make", "make")], log)?;
    tools::logged(tools::nice("cp").arg("-r").arg(source.join(".")).arg(folder), log)?;
    fs::copy(found.package.join(script), folder.join("configure"))
        .with_context(|| format!("no {script}"))?;
    let mut command = tools::nice("sh");
    let version = format!("--with-version={}-0-g0", found.version);
    command.arg("configure").args(options).arg(version);
    tools::logged(command.env("CC", "gcc").env("CXX", "g++").current_dir(folder), log)
}

/// Everything that a finished library depends on, as text: a library whose key differs is made again.
fn key(definition: &Definition, source: &Path) -> Result<String> {
    let recipe = format!("{:?}", definition.recipe);
    let mut key = format!("{}\n{recipe}\n", source.display());
    if !matches!(definition.recipe, Recipe::Ready) {
        let compiler = tools::output(Command::new("g++").arg("--version"))?;
        key += compiler.lines().next().unwrap_or_default();
    }
    if recipe.contains("native") {
        let processor = fs::read_to_string("/proc/cpuinfo")?;
        key += processor.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
    }
    Ok(key)
}

/// Copies under another name first: a program that has the old library mapped keeps it.
fn replace(from: &Path, to: &Path) -> Result<()> {
    let fresh = to.with_extension("so.new");
    fs::copy(from, &fresh).with_context(|| format!("the build left no {}", from.display()))?;
    fs::rename(&fresh, to)?;
    Ok(())
}
