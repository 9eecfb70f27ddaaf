//! The picture on a terminal that is none.

use std::time::Duration;

use dam::measure::stats::dam_stats_class_t;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::{App, Listed, Sort, Turn, View};
use super::draw::draw;
use super::press;
use super::process::{Process, Rates};
use crate::page::Snapshot;
use crate::page::tests::example;

fn drawn(app: &App, width: u16, height: u16) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, app)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let row = |y| (0..width).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>();
    (0..height).map(row).collect::<Vec<_>>().join("\n")
}

fn app_of(snapshot: Snapshot) -> App {
    let process = Process::of(42, "redis-server".into(), snapshot);
    App::of(View::Process(Box::new(process)), Duration::from_millis(500))
}

fn app() -> App {
    app_of(example(42))
}

fn key(app: &mut App, code: KeyCode) -> Turn {
    press(app, KeyEvent::new(code, KeyModifiers::NONE))
}

/// A page whose numbers are as bad as they can be.
fn absurd() -> Snapshot {
    let mut snapshot = example(42);
    let class = dam_stats_class_t { slot_bytes: u64::MAX, live: u64::MAX, ..snapshot.classes[0] };
    let most = dam_stats_class_t { requests: [u64::MAX; 8], committed_bytes: u64::MAX, ..class };
    snapshot.classes = vec![class, most, dam_stats_class_t { slot_bytes: 0, ..most }];
    snapshot.stats.used_bytes = u64::MAX;
    snapshot.stats.small_failures = u64::MAX;
    snapshot.stats.middle_failures = u64::MAX;
    snapshot.stats.small_allocations = u64::MAX;
    snapshot.stats.middle_allocations = u64::MAX;
    snapshot.written_ns = u64::MAX;
    snapshot
}

#[test]
fn a_process_fits_a_small_terminal() {
    let text = drawn(&app(), 80, 24);
    let parts = [
        "42 redis-server",
        "3.0M live",
        "25% in pages",
        "12.3k blocks/s",
        "double-free at",
        "2048",
        "100%",
    ];
    for part in parts {
        assert!(text.contains(part), "no {part} in\n{text}");
    }
    assert!(!text.contains("has ended") && text.contains("? help"), "{text}");
}

#[test]
fn any_size_and_every_key_is_drawn_without_a_fault() {
    let list = View::List(vec![Listed { pid: 1, command: "a".into(), snapshot: absurd() }]);
    let mut absurd_app = app_of(absurd());
    for _ in 0..300 {
        if let View::Process(process) = &mut absurd_app.view {
            process.note(absurd());
        }
    }
    let empty = app_of(Snapshot::default());
    for mut app in [app(), absurd_app, empty, App::of(list, Duration::from_secs(1))] {
        for (width, height) in [(1, 1), (3, 2), (20, 5), (79, 11), (80, 24), (300, 90)] {
            let keys = [
                KeyCode::PageDown,
                KeyCode::Char('?'),
                KeyCode::Esc,
                KeyCode::Char('s'),
                KeyCode::Up,
            ];
            for code in keys {
                assert_eq!(key(&mut app, code), Turn::Stay);
                drawn(&app, width, height);
            }
            if let View::Process(_) = app.view {
                key(&mut app, KeyCode::Enter);
                drawn(&app, width, height);
                key(&mut app, KeyCode::Esc);
            }
        }
    }
}

#[test]
fn a_class_is_zoomed_into_and_out_of() {
    let mut app = app();
    assert!(drawn(&app, 80, 24).contains("occupied, by live bytes"));
    key(&mut app, KeyCode::Down);
    key(&mut app, KeyCode::Right);
    assert!(drawn(&app, 80, 24).contains("slots of 32 bytes"), "the lesser one stands below");
    key(&mut app, KeyCode::Char('s'));
    assert!(drawn(&app, 80, 24).contains("slots of 32 bytes"), "wherever it stands now");
    key(&mut app, KeyCode::Left);
    assert!(drawn(&app, 80, 24).contains("occupied, by size"));
}

#[test]
fn keys_do_what_the_help_says() {
    let mut app = app();
    assert_eq!(key(&mut app, KeyCode::Char('q')), Turn::Leave);
    let control_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
    assert_eq!(press(&mut app, control_c), Turn::Leave);
    key(&mut app, KeyCode::Char('+'));
    assert_eq!(app.every, Duration::from_millis(250));
    key(&mut app, KeyCode::Char('-'));
    key(&mut app, KeyCode::Char('-'));
    assert_eq!(app.every, Duration::from_secs(1));
    (0..40).for_each(|_| _ = key(&mut app, KeyCode::Char('-')));
    assert_eq!(app.every, Duration::from_secs(60));
    key(&mut app, KeyCode::Char(' '));
    assert!(drawn(&app, 80, 24).contains(" paused "));
    key(&mut app, KeyCode::Char('p'));
    assert!(!drawn(&app, 80, 24).contains(" paused "));
    key(&mut app, KeyCode::Char('?'));
    assert!(drawn(&app, 80, 24).contains("faster, slower"));
    key(&mut app, KeyCode::Esc);
    assert!(!drawn(&app, 80, 24).contains("faster, slower"));
    for order in [Sort::Size, Sort::Waste, Sort::Allocations, Sort::Live] {
        key(&mut app, KeyCode::Char('s'));
        assert_eq!(app.order, order);
    }
}

#[test]
fn the_chosen_process_stays_chosen_when_the_order_changes() {
    let listed = |pid, used, live| {
        let mut snapshot = example(1);
        (snapshot.stats.used_bytes, snapshot.stats.live_bytes) = (used, live);
        Listed { pid, command: format!("command-{pid}"), snapshot }
    };
    let list = vec![listed(1, 10, 9), listed(2, 20, 8), listed(3, 30, 7)];
    let mut app = App::of(View::List(list), Duration::from_secs(1));
    key(&mut app, KeyCode::Down);
    key(&mut app, KeyCode::Down);
    assert_eq!(app.place(), 2);
    key(&mut app, KeyCode::Char('s'));
    assert_eq!(app.place(), 0, "the third one by live bytes is the first one by size");
    key(&mut app, KeyCode::Up);
    key(&mut app, KeyCode::PageDown);
    assert_eq!(app.place(), 2);
    assert_eq!(drawn(&app, 80, 4).lines().nth(2).unwrap().split_whitespace().next(), Some("1"));
}

#[test]
fn rates_are_of_the_time_between_two_pages() {
    let mut process = Process::of(1, "a".into(), example(1));
    let mut next = example(1);
    next.written_ns += 500_000_000;
    next.stats.small_allocations += 1000;
    next.stats.large_allocated_bytes += 4096;
    next.stats.zero_frees += 3;
    process.note(next.clone());
    assert_eq!(process.rates, Rates { blocks: 2000, bytes: 8192, frees: 6 });
    process.note(next);
    assert_eq!(process.rates, Rates::default(), "no new page: idle");
    assert_eq!(process.past.len(), 2);
}

#[test]
fn the_end_of_a_process_is_said_and_its_figures_stay() {
    let mut app = app();
    if let View::Process(process) = &mut app.view {
        process.trouble = Some("has ended; these are its last figures".into());
    }
    let text = drawn(&app, 80, 24);
    assert!(text.contains("42 redis-server has ended") && text.contains("3.0M live"), "{text}");
}
