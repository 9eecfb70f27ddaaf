//! The page in a real browser, moved by its driver as by a mouse and a keyboard.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::map::model::Picture;
use crate::map::snapshot::Snapshot;
use crate::map::{example, html};

/// A browser with one page, by the protocol of <https://www.w3.org/TR/webdriver2/>.
struct Browser {
    driver: Child,
    session: String,
    /// The page, and the browser's own files.
    folder: Option<TempDir>,
}

impl Browser {
    fn open(snapshot: &Snapshot, dark: bool) -> Self {
        let folder = TempDir::new().unwrap();
        let page = folder.path().join("map.html");
        std::fs::write(&page, html::document(&Picture::new(snapshot))).unwrap();
        let (driver, port) = drive();
        let started = post(
            &format!("http://127.0.0.1:{port}/session"),
            &wishes(&folder.path().join("profile"), dark),
        );
        let session =
            format!("http://127.0.0.1:{port}/session/{}", started["sessionId"].as_str().unwrap());
        let browser = Self { driver, session, folder: Some(folder) };
        browser.call("url", json!({"url": format!("file://{}", page.display())}));
        browser
    }

    fn call(&self, command: &str, body: Value) -> Value {
        post(&format!("{}/{command}", self.session), &body)
    }

    /// What a JavaScript expression is.
    fn see(&self, expression: &str) -> Value {
        self.call("execute/sync", json!({"script": format!("return {expression};"), "args": []}))
    }

    fn number(&self, expression: &str) -> f64 {
        self.see(expression).as_f64().unwrap_or_else(|| panic!("{expression} is no number"))
    }

    /// Middle of a pool on the screen.
    fn place(&self, number: usize) -> (i64, i64) {
        let side = |start: &str, length: &str| {
            let place = format!("document.querySelector('#p{number} .r').getBoundingClientRect()");
            self.number(&format!("Math.round({place}.{start} + {place}.{length} / 2)")) as i64
        };
        (side("left", "width"), side("top", "height"))
    }

    fn mouse(&self, actions: Value) {
        let mouse = json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions});
        self.call("actions", json!({"actions": [mouse]}));
    }

    fn point(&self, (x, y): (i64, i64)) {
        self.mouse(json!([{"type": "pointerMove", "duration": 0, "x": x, "y": y}]));
    }

    fn wheel(&self, (x, y): (i64, i64), down: i64) {
        let scroll =
            json!([{"type": "scroll", "x": x, "y": y, "deltaX": 0, "deltaY": down, "duration": 0}]);
        self.call(
            "actions",
            json!({"actions": [{"type": "wheel", "id": "wheel", "actions": scroll}]}),
        );
    }

    fn press(&self, keys: &[&str]) {
        let strokes: Vec<Value> = (keys.iter())
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        self.call(
            "actions",
            json!({"actions": [{"type": "key", "id": "keys", "actions": strokes}]}),
        );
    }

    fn tip(&self) -> String {
        let shown = self.see(
            "document.getElementById('tip').hidden ? '' : document.getElementById('tip').innerText",
        );
        shown.as_str().unwrap().into()
    }

    /// Keeps a picture for people in the folder that `DAM_PICTURES` names.
    fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("DAM_PICTURES") else { return };
        let url = format!("{}/screenshot", self.session);
        let mut answer = agent().get(&url).call().unwrap();
        let answer: Value =
            serde_json::from_str(&answer.body_mut().read_to_string().unwrap()).unwrap();
        std::fs::write(PathBuf::from(folder).join(name), answer["value"].as_str().unwrap())
            .unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = agent().delete(&self.session).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        // The browser may still be busy in there.
        let _ = self.folder.take().map(TempDir::close);
    }
}

/// Starts the driver; tells at which port it listens.
fn drive() -> (Child, u16) {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("chromedriver (Debian's chromium-driver): make setup");
    let lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let mut ports = lines.map_while(Result::ok).filter_map(|line| {
        let port = line.split("successfully on port ").nth(1)?.trim_end_matches('.');
        port.parse().ok()
    });
    let port = ports.next().expect("the driver says its port");
    (driver, port)
}

fn wishes(profile: &std::path::Path, dark: bool) -> Value {
    let mut arguments: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
    ]
    .map(String::from)
    .into();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    if dark {
        arguments.push("--force-dark-mode".into());
    }
    json!({"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": {"args": arguments}}}})
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn post(url: &str, body: &Value) -> Value {
    let mut answer = agent().post(url).send(body.to_string()).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    let mut answer: Value = serde_json::from_str(&text).unwrap();
    assert!(answer["value"]["error"].is_null(), "{url}: {text}");
    answer["value"].take()
}

const VIEW: &str = "document.getElementById('map').viewBox.baseVal";

#[test]
fn the_wheel_zooms_at_the_pointer_and_dragging_pans() {
    let browser = Browser::open(&example::server(), false);
    browser.picture("server.png.base64");
    assert_eq!(browser.number(&format!("{VIEW}.width")), 1200.0);
    let before = browser.place(5);
    browser.wheel(before, -600);
    let width = browser.number(&format!("{VIEW}.width"));
    assert!(width < 500.0, "{width}");
    let after = browser.place(5);
    assert!(
        (before.0 - after.0).abs() <= 3 && (before.1 - after.1).abs() <= 3,
        "{before:?} {after:?}"
    );

    let x = browser.number(&format!("{VIEW}.x"));
    browser.mouse(json!([
        {"type": "pointerMove", "duration": 0, "x": 600, "y": 500},
        {"type": "pointerDown", "button": 0},
        {"type": "pointerMove", "duration": 0, "x": 500, "y": 500},
        {"type": "pointerMove", "duration": 0, "x": 400, "y": 500},
        {"type": "pointerUp", "button": 0}
    ]));
    let moved = browser.number(&format!("{VIEW}.x")) - x;
    let unit = width / browser.number("document.getElementById('map').clientWidth");
    assert!((moved - 200.0 * unit).abs() < 2.0, "{moved}");
    browser.picture("zoomed.png.base64");

    browser.wheel((600, 500), 6000);
    assert_eq!(browser.number(&format!("{VIEW}.width")), 1200.0);
    assert_eq!(browser.number(&format!("{VIEW}.x")), 0.0);
}

#[test]
fn a_tooltip_tells_of_each_pool() {
    let snapshot = example::server();
    let browser = Browser::open(&snapshot, true);
    assert_eq!(browser.tip(), "");
    let number = snapshot.pools.iter().position(|pool| pool.health == 3).unwrap();
    browser.point(browser.place(number));
    let (tip, pool) = (browser.tip(), &snapshot.pools[number]);
    assert!(tip.contains(&format!("{:#x}", pool.address)), "{tip}");
    let slot = snapshot.classes[pool.class_number as usize].slot_bytes;
    assert!(
        tip.contains(&format!("Pool of {slot} B slots")) && tip.contains("quarantined (damaged"),
        "{tip}"
    );
    browser.picture("tooltip.png.base64");
    // At the window's edge it stays inside.
    let last = snapshot.pools.iter().rposition(|pool| pool.class_number == 3).unwrap();
    browser.point(browser.place(last));
    let inside = "document.getElementById('tip').getBoundingClientRect().right <= innerWidth";
    assert_eq!(browser.see(inside), true);
    browser.point((5, 5));
    assert_eq!(browser.tip(), "");
}

const RIGHT: &str = "\u{e014}";
const LEFT: &str = "\u{e012}";
const DOWN: &str = "\u{e015}";
const ESCAPE: &str = "\u{e00c}";

#[test]
fn the_keyboard_reaches_all_of_it() {
    let snapshot = example::server();
    let browser = Browser::open(&snapshot, false);
    browser.see("document.getElementById('map').focus()");
    let told = |number: usize| {
        let tip = browser.tip();
        assert!(tip.contains(&format!("{:#x}", snapshot.pools[number].address)), "{number}: {tip}");
    };
    browser.press(&[RIGHT, RIGHT]);
    told(1);
    browser.press(&[LEFT]);
    told(0);
    browser.press(&[DOWN]);
    told(snapshot.pools.iter().position(|pool| pool.class_number == 1).unwrap());
    let said = browser.see("document.getElementById('said').textContent");
    assert!(said.as_str().unwrap().starts_with("Pool of 32 B slots; address 0x"), "{said}");
    browser.press(&["+", "+", "+"]);
    assert!(browser.number(&format!("{VIEW}.width")) < 400.0);
    // To the very last one, out of view until now.
    let steps = vec![DOWN; 60];
    browser.press(&steps);
    let large =
        snapshot.pools.iter().position(|pool| pool.class_number == dam::measure::stats::DAM_LARGE);
    let tip = browser.tip();
    assert!(large.is_some() && tip.contains("Large block"), "{tip}");
    let seen = "document.getElementById('mark').getBoundingClientRect().top < \
        document.getElementById('map').getBoundingClientRect().bottom";
    assert_eq!(browser.see(seen), true);
    browser.press(&["0", ESCAPE]);
    assert_eq!(browser.tip(), "");
    assert_eq!(browser.number(&format!("{VIEW}.width")), 1200.0);
}

#[test]
fn health_can_be_picked_out_of_eight_thousand_pools() {
    let snapshot = example::crowded();
    let browser = Browser::open(&snapshot, false);
    assert_eq!(browser.number("document.querySelectorAll('#map g[id]').length"), 8192.0);
    browser.see("document.querySelector('[data-health=\"3\"]').click()");
    let bright = browser.number("document.querySelectorAll('#map g[id]:not(.dim)').length");
    let damaged = snapshot.pools.iter().filter(|pool| pool.health == 3).count();
    assert!(damaged > 0);
    assert_eq!(bright, damaged as f64);
    browser.wheel(browser.place(3000), -2000);
    browser.picture("crowded.png.base64");
    browser.point(browser.place(3000));
    assert!(browser.tip().contains(&format!("{:#x}", snapshot.pools[3000].address)));
    browser.see("document.querySelector('[data-health=\"3\"]').click()");
    assert_eq!(browser.number("document.querySelectorAll('#map .dim').length"), 0.0);
}
