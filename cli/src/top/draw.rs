//! The picture.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Sparkline};

use super::app::{App, Listed, View};
use super::classes::{draw_class, draw_classes};
use super::process::{Moment, Process};
use crate::page::{now_ns, violation_name};
use crate::ps;
use crate::units::{bytes, count, percent, time};

const KEYS: &str = " q quit  p pause  s sort  ↑↓ choose  ⏎ open  esc back  +/- pace  ? help";

/// Draws what there is to see.
pub fn draw(frame: &mut Frame<'_>, app: &App) {
    let [body, foot] =
        Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
    match &app.view {
        View::List(list) => draw_list(frame, body, list, app),
        View::Process(process) => draw_process(frame, body, process, app),
    }
    let state = if app.paused { " paused " } else { "" };
    let said = match &app.note {
        Some(note) => Span::from(format!(" {note}")).red(),
        None => Span::from(KEYS).dim(),
    };
    frame.render_widget(Line::from(vec![Span::from(state).reversed(), said]), foot);
    if app.helping {
        draw_help(frame, body);
    }
}

fn draw_list(frame: &mut Frame<'_>, area: Rect, list: &[Listed], app: &App) {
    let head = ps::head();
    let lines = list
        .iter()
        .map(|listed| Line::from(ps::line(listed.pid, &listed.command, &listed.snapshot)));
    draw_lines(frame, area, Line::from(head), lines.collect(), app.place());
    if list.is_empty() {
        let place =
            Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area };
        let text = "no process that may be read runs on DAM: start one by `dam run -- COMMAND`";
        frame.render_widget(Paragraph::new(text), place);
    }
}

/// A head, and of the lines below it those that fit, the chosen one among them.
pub fn draw_lines(
    frame: &mut Frame<'_>,
    area: Rect,
    head: Line<'_>,
    lines: Vec<Line<'_>>,
    chosen: usize,
) {
    let [top, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    frame.render_widget(head.bold(), top);
    let height = usize::from(rest.height);
    let first = (chosen + 1).saturating_sub(height);
    let shown = lines.into_iter().enumerate().skip(first).take(height);
    let shown = shown.map(|(at, line)| if at == chosen { line.reversed() } else { line });
    frame.render_widget(Paragraph::new(shown.collect::<Vec<_>>()), rest);
}

/// Lines for the head and for the charts.
const HEAD: u16 = 6;
const CHARTS: u16 = 4;
/// Below this height there are no charts: the classes are more use.
const LOW: u16 = 16;

fn draw_process(frame: &mut Frame<'_>, area: Rect, process: &Process, app: &App) {
    let charts = if area.height < LOW { 0 } else { CHARTS };
    let heights = [Constraint::Length(HEAD), Constraint::Length(charts), Constraint::Min(0)];
    let [head, charts, rest] = Layout::vertical(heights).areas(area);
    frame.render_widget(Paragraph::new(head_lines(process, app)), head);
    draw_past(frame, charts, process);
    let classes = process.classes(app.order);
    match classes.get(app.place()).filter(|_| process.zoomed) {
        Some((_, class)) => draw_class(frame, rest, class),
        None => draw_classes(frame, rest, &classes, app),
    }
}

fn head_lines(process: &Process, app: &App) -> Vec<Line<'static>> {
    let (snapshot, stats, rates) = (&process.snapshot, &process.snapshot.stats, process.rates);
    let failures = [stats.small_failures, stats.middle_failures, stats.large_failures];
    let of = |name| percent(snapshot.figure(name));
    vec![
        title(process, app),
        Line::from(format!(
            "pressure   {:>8} blocks/s {:>8}/s {:>8} frees/s   failures {}  waits {}",
            count(rates.blocks),
            bytes(rates.bytes),
            count(rates.frees),
            count(failures.into_iter().fold(0, u64::saturating_add)),
            count(stats.lock_waits)
        )),
        Line::from(format!(
            "memory     {:>8} live {:>8} used {:>8} resident {:>8} peak {:>7} own",
            bytes(stats.live_bytes),
            bytes(stats.used_bytes),
            bytes(stats.resident_bytes),
            bytes(stats.peak_used_bytes),
            bytes(stats.metadata_bytes)
        )),
        Line::from(format!(
            "wasted     {:>5} in blocks {:>5} in pools {:>5} in pages   tiers {}/{}/{}",
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

/// Who it is, and how it stands. What is wrong comes before what is usual: it must not be cut off.
fn title(process: &Process, app: &App) -> Line<'static> {
    let snapshot = &process.snapshot;
    let mut spans = vec![Span::from(format!("{} {} ", process.pid, process.command)).bold()];
    if let Some(trouble) = &process.trouble {
        spans.push(Span::from(format!("{trouble} ")).red().bold());
    }
    if !process.has_ended() || process.trouble.is_none() {
        let (age, every) = (time(snapshot.age(now_ns())), time(app.every));
        spans.push(Span::from(format!("figures {age} old, read every {every} ")));
    }
    spans.push(Span::from(format!("DAM {} {}", snapshot.version, snapshot.profile())).dim());
    Line::from(spans)
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
        let name = violation_name(event);
        spans.push(Span::from(format!("  {name} at {:#x}", event.address)).red());
    }
    Line::from(spans)
}

fn draw_past(frame: &mut Frame<'_>, area: Rect, process: &Process) {
    let halves = Layout::horizontal([Constraint::Fill(1), Constraint::Fill(1)]);
    let [left, right] = halves.areas(area);
    let most = |most| format!(" used, up to {} ", bytes(most));
    draw_chart(frame, left, process, |moment| moment.used, most);
    let most = |most| format!(" blocks/s, up to {} ", count(most));
    draw_chart(frame, right, process, |moment| moment.blocks, most);
}

fn draw_chart(
    frame: &mut Frame<'_>,
    area: Rect,
    process: &Process,
    value: fn(&Moment) -> u64,
    title: fn(u64) -> String,
) {
    let width = usize::from(area.width.saturating_sub(2));
    let skip = process.past.len().saturating_sub(width);
    let values: Vec<u64> = process.past.iter().skip(skip).map(value).collect();
    let most = values.iter().copied().max().unwrap_or(0);
    // Shares of the highest one: the widget multiplies what it is given.
    let shares = values.iter().map(|&value| (value as f64 / most.max(1) as f64 * 1000.0) as u64);
    let chart = Sparkline::default()
        .block(Block::bordered().border_style(Style::new().dim()).title(title(most)))
        .style(Style::new().fg(Color::Cyan))
        .max(1000)
        .data(shares.collect::<Vec<_>>());
    frame.render_widget(chart, area);
}

const HELP: [&str; 14] = [
    "q        leave",
    "p space  stop the picture, or go on",
    "s        another order: live bytes, size, waste, allocations",
    "↑ ↓      choose a process or a class",
    "⏎ →      open the process, or look at the class's request sizes",
    "esc ←    back",
    "+ -      faster, slower",
    "",
    "The process writes its figures itself when it passes the",
    "allocator's slow paths: an idle one says nothing new. Rates",
    "are of the time between its last two pages. A class's bar is",
    "the live part of its memory; ! is a pool in quarantine. What",
    "is wasted: in blocks beyond their requests, in pools and in",
    "pages for want of live blocks. docs/observability.md has more.",
];

fn draw_help(frame: &mut Frame<'_>, area: Rect) {
    let (width, height) = (70.min(area.width), (HELP.len() as u16 + 2).min(area.height));
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    };
    let text: Vec<Line<'_>> = HELP.into_iter().map(Line::from).collect();
    frame.render_widget(Clear, place);
    frame.render_widget(Paragraph::new(text).block(Block::bordered().title(" keys ")), place);
}
