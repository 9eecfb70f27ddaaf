//! The picture.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Sparkline};

use dam::measure::stats::dam_stats_class_t;

use super::app::{App, Listed, Process, View};
use crate::show::ratio;
use crate::units::{age, bytes, count, percent};

const KEYS: &str = " q quit  p pause  s sort  ↑↓ choose  ⏎ open  esc back  +/- pace  ? help";

/// Draws what there is to see.
pub fn draw(frame: &mut Frame<'_>, app: &App) {
    let [body, foot] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
    match &app.view {
        View::List(list) => draw_list(frame, body, list, app.chosen),
        View::Process(process) => draw_process(frame, body, process, app),
    }
    let state = if app.paused { " paused " } else { "" };
    let foot_text = Line::from(vec![Span::from(state).reversed(), Span::from(KEYS).dim()]);
    frame.render_widget(foot_text, foot);
    if app.helping {
        draw_help(frame, body);
    }
}

fn draw_list(frame: &mut Frame<'_>, area: Rect, list: &[Listed], chosen: usize) {
    let head = format!(
        "{:>8} {:<16} {:<9} {:>8} {:>8} {:>8} {:>9} {:>5} {:>5}",
        "pid", "command", "profile", "live", "used", "resident", "blocks/s", "frag", "viol"
    );
    let mut lines = vec![Line::from(head).bold()];
    for (at, Listed { pid, command, snapshot }) in list.iter().enumerate() {
        let stats = &snapshot.stats;
        let line = Line::from(format!(
            "{pid:>8} {command:<16} {:<9} {:>8} {:>8} {:>8} {:>9} {:>5} {:>5}",
            snapshot.profile(),
            bytes(stats.live_bytes),
            bytes(stats.used_bytes),
            bytes(stats.resident_bytes),
            count(stats.allocation_rate),
            percent(ratio(snapshot, "page_fragmentation")),
            count(stats.violations)
        ));
        lines.push(if at == chosen { line.reversed() } else { line });
    }
    if list.is_empty() {
        lines.push(Line::from(" no process of this user runs on DAM: dam run -- COMMAND"));
    }
    let first = scroll(chosen + 1, area.height);
    frame.render_widget(Paragraph::new(lines).scroll((first, 0)), area);
}

/// The first line to show, so that line `chosen` is among those that fit.
fn scroll(chosen: usize, height: u16) -> u16 {
    (chosen + 1).saturating_sub(usize::from(height)).min(usize::from(u16::MAX)) as u16
}

fn draw_process(frame: &mut Frame<'_>, area: Rect, process: &Process, app: &App) {
    let heights = [Constraint::Length(6), Constraint::Length(4), Constraint::Min(0)];
    let [head, chart, rest] = Layout::vertical(heights).areas(area);
    frame.render_widget(Paragraph::new(head_lines(process, app)), head);
    draw_past(frame, chart, process);
    let classes = process.classes(app.order);
    match classes.get(app.chosen).filter(|_| process.zoomed) {
        Some(class) => draw_class(frame, rest, class),
        None => draw_classes(frame, rest, &classes, app),
    }
}

fn head_lines(process: &Process, app: &App) -> Vec<Line<'static>> {
    let (snapshot, stats) = (&process.snapshot, &process.snapshot.stats);
    let trouble = process.trouble.as_deref().unwrap_or("");
    let title = Line::from(vec![
        Span::from(format!("{} {} ", process.pid, process.command)).bold(),
        Span::from(format!(
            "DAM {} {}, {} old, every {} ",
            snapshot.version,
            snapshot.profile(),
            age(snapshot.age()),
            age(app.every)
        )),
        Span::from(trouble.to_owned()).red().bold(),
    ]);
    let of = |name| percent(ratio(snapshot, name));
    vec![
        title,
        Line::from(format!(
            "pressure   {:>8} blocks/s  {:>8}/s  frees {:>8}/s  failures {}  lock waits {}",
            count(stats.allocation_rate),
            bytes(stats.allocation_bytes_rate),
            count(stats.free_rate),
            count(stats.small_failures + stats.middle_failures + stats.large_failures),
            count(stats.lock_waits)
        )),
        Line::from(format!(
            "memory     {:>8} live  {:>8} used  {:>8} resident  {:>8} peak  {} own",
            bytes(stats.live_bytes),
            bytes(stats.used_bytes),
            bytes(stats.resident_bytes),
            bytes(stats.peak_used_bytes),
            bytes(stats.metadata_bytes)
        )),
        Line::from(format!(
            "wasted     {:>8} in blocks  {:>5} in pools  {:>5} in pages   tiers {}/{}/{} blocks",
            of("internal_fragmentation"),
            of("pool_fragmentation"),
            of("page_fragmentation"),
            count(stats.small_live),
            count(stats.middle_live),
            count(stats.large_live)
        )),
        health_line(process),
        violations_line(process),
    ]
}

fn health_line(process: &Process) -> Line<'static> {
    let stats = &process.snapshot.stats;
    let healths = [
        ("ok", stats.pools_ok, Color::Green),
        ("pressured", stats.pools_pressured, Color::Yellow),
        ("fragmented", stats.pools_fragmented, Color::Magenta),
        ("exhausted", stats.pools_exhausted, Color::Blue),
        ("quarantined", stats.pools_quarantined, Color::Red),
    ];
    let mut spans = vec![Span::from("pools     ")];
    for (name, pools, colour) in healths {
        let style = if pools == 0 { Style::new().dim() } else { Style::new().fg(colour) };
        spans.push(Span::styled(format!(" {} {name} ", count(pools)), style));
    }
    Line::from(spans)
}

fn violations_line(process: &Process) -> Line<'static> {
    let snapshot = &process.snapshot;
    let mut spans = vec![Span::from("violations ")];
    if snapshot.stats.violations == 0 {
        spans.push(Span::from("none").green());
        return Line::from(spans);
    }
    spans.push(Span::from(count(snapshot.stats.violations)).red().bold());
    for event in snapshot.events.iter().rev().take(2) {
        let name = dam::guard::Violation::ALL.get(event.violation as usize);
        let name = name.map_or("?", |violation| violation.name());
        spans.push(Span::from(format!("  {name} at {:#x}", event.address)).red());
    }
    Line::from(spans)
}

fn draw_past(frame: &mut Frame<'_>, area: Rect, process: &Process) {
    let width = usize::from(area.width.saturating_sub(2));
    let skip = process.past.len().saturating_sub(width);
    let used: Vec<u64> = process.past.iter().skip(skip).map(|&(_, used)| used).collect();
    let most = used.iter().copied().max().unwrap_or(0);
    let title = format!(" used bytes, up to {} ", bytes(most));
    let chart = Sparkline::default()
        .block(Block::bordered().title(title).dim())
        .style(Style::new().fg(Color::Cyan).remove_modifier(Modifier::DIM))
        .max(most.max(1))
        .data(&used);
    frame.render_widget(chart, area);
}

fn draw_classes(frame: &mut Frame<'_>, area: Rect, classes: &[dam_stats_class_t], app: &App) {
    let head = format!(
        "{:>7} {:>9} {:>8} {:>6}  occupied, by {}",
        "slot",
        "live",
        "bytes",
        "pools",
        app.order.name()
    );
    let mut lines = vec![Line::from(head).bold()];
    let width = usize::from(area.width).saturating_sub(42).clamp(1, 60);
    for (at, class) in classes.iter().enumerate() {
        let line = class_line(class, width);
        lines.push(if at == app.chosen { line.reversed() } else { line });
    }
    let first = scroll(app.chosen + 1, area.height);
    frame.render_widget(Paragraph::new(lines).scroll((first, 0)), area);
}

fn class_line(class: &dam_stats_class_t, width: usize) -> Line<'static> {
    let live = class.live.saturating_mul(class.slot_bytes);
    let occupied = (live as f64 / class.committed_bytes.max(1) as f64).clamp(0.0, 1.0);
    let full = (occupied * width as f64).round() as usize;
    let mark = if class.pools_quarantined != 0 { "!" } else { " " };
    Line::from(vec![
        Span::from(format!(
            "{:>7} {:>9} {:>8} {:>6}{mark} ",
            class.slot_bytes,
            count(class.live),
            bytes(live),
            count(class.pools)
        )),
        Span::from("█".repeat(full)).cyan(),
        Span::from("·".repeat(width - full)).dim(),
        Span::from(format!(" {:>4}", percent(occupied))),
    ])
}

fn draw_class(frame: &mut Frame<'_>, area: Rect, class: &dam_stats_class_t) {
    let mut lines = vec![
        Line::from(format!(
            "slots of {} bytes, for requests up to {}",
            class.slot_bytes, class.largest_request
        ))
        .bold(),
        Line::from(format!(
            "live {}  cached {}  idle {}  allocations {}  frees {}",
            count(class.live),
            count(class.cached),
            count(class.idle),
            count(class.allocations),
            count(class.frees)
        )),
        Line::from(format!(
            "requested {} of {} in slots; {} in {} pools, {} in quarantine",
            bytes(class.requested_bytes),
            bytes(class.live.saturating_mul(class.slot_bytes)),
            bytes(class.committed_bytes),
            class.pools,
            class.pools_quarantined
        )),
        Line::from(""),
        Line::from("live blocks by the size they were asked for, in eighths of the class's range")
            .dim(),
    ];
    let most = class.requests.iter().copied().max().unwrap_or(0).max(1);
    let width = usize::from(area.width).saturating_sub(16).max(1);
    for (part, &blocks) in class.requests.iter().enumerate() {
        let full = (blocks as f64 / most as f64 * width as f64) as usize;
        lines.push(Line::from(vec![
            Span::from(format!("{}/8 {:>9} ", part + 1, count(blocks))),
            Span::from("█".repeat(full)).cyan(),
        ]));
    }
    frame.render_widget(Paragraph::new(lines), area);
}

fn draw_help(frame: &mut Frame<'_>, area: Rect) {
    let lines = [
        "q        leave",
        "p space  stop the picture, or go on",
        "s        another order of the classes: live, size, waste, allocations",
        "↑ ↓      choose a process or a class",
        "enter    open the process, or look at the class's request sizes",
        "esc      back",
        "+ -      faster, slower",
        "",
        "The figures are written by the process itself when it passes the",
        "allocator's slow paths; an idle one says nothing new. 'old' is how",
        "long ago it wrote. See docs/observability.md for what each one means.",
    ];
    let (width, height) = (74.min(area.width), (lines.len() as u16 + 2).min(area.height));
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let text: Vec<Line<'_>> = lines.into_iter().map(Line::from).collect();
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(text).block(Block::bordered().title(" keys ")), place);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dam::measure::page::Answers;
    use dam::measure::stats::dam_stats_t;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::page::Snapshot;

    fn snapshot() -> Snapshot {
        let class = |slot_bytes: u64, live: u64| dam_stats_class_t {
            slot_bytes,
            live,
            pools: 1,
            committed_bytes: 131_072,
            requests: [0, 1, 2, 3, 4, 5, 6, live],
            ..Default::default()
        };
        let stats = dam_stats_t { live_bytes: 3 << 20, used_bytes: 4 << 20, ..Default::default() };
        let classes = vec![class(32, 1000), class(64, 2048), class(u64::MAX, u64::MAX)];
        let version = "0.1.0".into();
        let (options, events, pools) = (vec![1], Vec::new(), Vec::new());
        let answers = Answers::default();
        Snapshot {
            process: 1,
            version,
            written_ns: 0,
            stats,
            classes,
            options,
            events,
            pools,
            all_pools: 0,
            answers,
        }
    }

    fn drawn(app: &App, width: u16, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| draw(frame, app)).unwrap();
        let buffer = terminal.backend().buffer().clone();
        let row = |y| (0..width).map(|x| buffer[(x, y)].symbol().to_owned()).collect::<String>();
        (0..height).map(row).collect::<Vec<_>>().join("\n")
    }

    fn app() -> App {
        let process = Process::of(42, "redis-server".into(), snapshot());
        App::of(View::Process(Box::new(process)), Duration::from_millis(500))
    }

    #[test]
    fn a_process_fits_a_small_terminal() {
        let text = drawn(&app(), 80, 24);
        for part in ["42 redis-server", "3.0M live", "25% in pages", "2048", "100%", "none"] {
            assert!(text.contains(part), "no {part} in\n{text}");
        }
    }

    #[test]
    fn any_size_and_every_key_is_drawn_without_a_fault() {
        let mut app = app();
        for (width, height) in [(1, 1), (3, 2), (20, 5), (79, 11), (200, 60)] {
            for step in 0..6 {
                drawn(&app, width, height);
                match step {
                    0 => app.go(5),
                    1 => app.enter(),
                    2 => app.help(),
                    3 => app.back(),
                    4 => app.sort(),
                    _ => app.back(),
                };
            }
        }
        let list = View::List(vec![Listed { pid: 1, command: "a".into(), snapshot: snapshot() }]);
        assert!(drawn(&App::of(list, Duration::from_secs(1)), 80, 24).contains("4.0M"));
    }
}
