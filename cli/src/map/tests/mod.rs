//! Pictures of whole heaps: as they were when somebody looked at them and found them good, and as XML.

mod browser;

use std::path::PathBuf;

use super::model::Picture;
use super::{example, html, svg, terminal};

/// Compares with the file of this name, or writes it when `DAM_EXPECT=write` is set.
fn expect(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/map/tests/expected").join(name);
    if std::env::var_os("DAM_EXPECT").is_some_and(|value| value == "write") {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let line = expected.lines().zip(text.lines()).position(|(a, b)| a != b);
    let again = "look at it, then run the test with DAM_EXPECT=write";
    assert!(
        expected == text,
        "{name} is another one, from line {:?} on: {again}",
        line.map(|at| at + 1)
    );
}

#[test]
fn a_terminal_shows_what_it_did() {
    expect("server.txt", &terminal::text(&Picture::new(&example::server()), false));
    expect("young.ansi", &terminal::text(&Picture::new(&example::young()), true));
}

#[test]
fn an_svg_is_what_it_was() {
    expect("young.svg", &svg::document(&Picture::new(&example::young())));
}

#[test]
fn lines_of_a_terminal_have_eighty_columns() {
    for snapshot in [example::server(), example::crowded(), example::young()] {
        let text = terminal::text(&Picture::new(&snapshot), false);
        assert!(text.lines().all(|line| line.chars().count() <= 80));
        assert!(text.lines().count() < 130);
        assert!(!text.contains('\u{1b}'));
    }
}

#[test]
fn an_empty_heap_has_a_picture() {
    let picture = Picture::new(&super::snapshot::Snapshot::new(1, String::new()));
    assert!(terminal::text(&picture, true).contains("nothing has been allocated yet"));
    roxmltree::Document::parse(&svg::document(&picture)).unwrap();
    assert!(html::document(&picture).contains("nothing has been allocated yet"));
}

#[test]
fn a_hostile_name_stays_text() {
    let mut snapshot = example::young();
    snapshot.program = "</title></script><script>alert(1)</script>\"'&\u{0}\u{1b}".into();
    snapshot.version = "]]><!--".into();
    let picture = Picture::new(&snapshot);
    roxmltree::Document::parse(&svg::document(&picture)).unwrap();
    let page = html::document(&picture);
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<!--"));
}

#[test]
fn all_pools_are_drawn_and_told() {
    for snapshot in [example::server(), example::crowded()] {
        let picture = Picture::new(&snapshot);
        let text = svg::document(&picture);
        let document = roxmltree::Document::parse(&text).unwrap();
        let titles = document.descendants().filter(|node| node.has_tag_name("title")).count();
        // HTML is no XML, but the picture in it is.
        let page = html::document(&picture);
        let start = page.find("<svg id=\"map\"").unwrap();
        let end = start + page[start..].find("</figure>").unwrap();
        let document = roxmltree::Document::parse(&page[start..end]).unwrap();
        let ids = document.descendants().filter_map(|node| node.attribute("id"));
        let ids: Vec<&str> = ids.filter(|id| id.starts_with('p')).collect();
        let expected: Vec<String> =
            (0..snapshot.pools.len()).map(|number| format!("p{number}")).collect();
        assert_eq!(titles, snapshot.pools.len());
        assert_eq!(ids, expected);
    }
}

#[test]
fn pages_fetch_nothing() {
    let page = html::document(&Picture::new(&example::server()));
    for text in ["http:", "https:", "src=", "href=", "@import", "fetch(", "url(/"] {
        assert!(!page.contains(text), "{text}");
    }
}

#[derive(clap::Parser)]
struct Command {
    #[command(flatten)]
    args: super::Args,
}

fn run(arguments: &[&str]) -> Result<(), String> {
    use clap::Parser;
    let command = Command::parse_from([&["map"], arguments].concat());
    let take = |process| {
        assert_eq!(process, 4711);
        Ok(example::young())
    };
    super::run(&command.args, take).map_err(|error| format!("{error:#}"))
}

#[test]
fn pictures_go_into_the_files_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let (json, drawing, page) = (file("kept.json"), file("map.svg"), file("map.html"));
    run(&["4711", "--save", &json]).unwrap();
    run(&[&json, "-o", &drawing]).unwrap();
    run(&["4711", "-o", &page, "--save", &json]).unwrap();
    let picture = Picture::new(&example::young());
    assert_eq!(std::fs::read_to_string(drawing).unwrap(), svg::document(&picture));
    assert_eq!(std::fs::read_to_string(page).unwrap(), html::document(&picture));
}

#[test]
fn mistakes_are_told() {
    assert!(run(&["4711", "-o", "map.png"]).unwrap_err().contains(".svg or .html"));
    assert!(
        run(&["no-such-file.json"])
            .unwrap_err()
            .contains("neither the number of a process nor a file")
    );
    assert!(run(&["Cargo.toml"]).unwrap_err().contains("is no snapshot of a heap"));
    assert!(
        run(&["4711", "-o", "/nowhere/map.svg"])
            .unwrap_err()
            .contains("cannot write /nowhere/map.svg")
    );
}

#[test]
fn a_running_process_tells_its_pools() {
    let library = concat!(env!("CARGO_MANIFEST_DIR"), "/../dist/libdam.so");
    assert!(std::path::Path::new(library).exists(), "make build");
    let program = "import sys; print(1, flush=True)\nwhile True: x = [bytearray(i) for i in range(0, 60000, 7)]";
    let mut child = std::process::Command::new("python3")
        .args(["-c", program])
        .env("LD_PRELOAD", library)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("python3");
    // It is at work from its first line on.
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(child.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    let snapshot = super::take(child.id());
    let _ = child.kill();
    let _ = child.wait();
    let snapshot = snapshot.unwrap();
    assert_eq!(snapshot.program, "python3");
    let picture = Picture::new(&snapshot);
    let kinds: Vec<_> = picture.tiers.iter().map(|tier| tier.kind).collect();
    assert!(
        kinds.starts_with(&[super::model::Kind::Small, super::model::Kind::Middle]),
        "{kinds:?}"
    );
    assert!(picture.total.live > 0 && picture.total.live <= picture.total.committed);
    assert_eq!(picture.untold, 0);
    assert!(super::take(child.id()).unwrap_err().to_string().contains("there is no process"));
    assert!(
        super::take(std::process::id()).unwrap_err().to_string().contains("does not run on DAM")
    );
}
