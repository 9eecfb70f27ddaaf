//! Link options of the shared library, and the C header.

use std::path::PathBuf;
use std::{env, fs};

/// What the header is made of.
const HEADER_SOURCES: [&str; 5] = [
    "src/abi/dam.rs",
    "src/abi/stats.rs",
    "src/measure/stats.rs",
    "src/measure/metrics.rs",
    "src/guard/events.rs",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for source in HEADER_SOURCES {
        println!("cargo:rerun-if-changed={source}");
    }
    println!("cargo:rerun-if-changed=cbindgen.toml");
    link_options();
    header();
}

fn link_options() {
    let interpose = env::var_os("CARGO_FEATURE_INTERPOSE").is_some();
    let soname = if interpose { "libdam.so" } else { "libdam_local.so" };
    // The last one: no code refers to it, but tracers look for it (`sys::probes`).
    let mut options = vec!["-z,now", "-z,relro", "-z,nodelete", "-u,_.stapsdt.base"];
    // A fuzzer's coverage functions are in the program; cargo links this library on the way there.
    if env::var_os("CARGO_CFG_FUZZING").is_none() {
        options.push("-z,defs");
    }
    if interpose {
        // Our constructor runs before every other library's, so that our fork handlers are the
        // first registered: they take the locks last and give them back first.
        options.push("-z,initfirst");
    }
    for option in options {
        println!("cargo:rustc-link-arg-cdylib=-Wl,{option}");
    }
    println!("cargo:rustc-link-arg-cdylib=-Wl,-soname,{soname}");
}

/// Writes `dam.h` into the build's own folder; `make header` copies it to `include/`.
fn header() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("dam.h");
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    let sources = HEADER_SOURCES
        .iter()
        .fold(cbindgen::Builder::new(), |builder, source| builder.with_src(root.join(source)));
    let bindings = sources.with_config(config).generate();
    match bindings {
        Ok(bindings) => {
            bindings.write_to_file(&out);
        }
        // A package on docs.rs or a half-edited file: the library itself needs no header.
        Err(error) => {
            println!("cargo:warning=dam.h was not generated: {error}");
            let _ = fs::remove_file(&out);
        }
    }
}
