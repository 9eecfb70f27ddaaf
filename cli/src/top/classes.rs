//! The classes in the picture.

use dam::measure::stats::dam_stats_class_t;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Stylize;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::app::App;
use super::draw::draw_lines;
use super::process::live_bytes;
use crate::stats::occupancy;
use crate::units::{bytes, count, percent};

/// A line for each class: what it holds, and a bar.
pub fn draw_classes(
    frame: &mut Frame<'_>,
    area: Rect,
    classes: &[(usize, &dam_stats_class_t)],
    app: &App,
) {
    let order = app.order.name();
    let head =
        format!("{:>7} {:>8} {:>8} {:>6}  occupied, by {order}", "slot", "live", "bytes", "pools");
    let width = usize::from(area.width).saturating_sub(39).clamp(1, 60);
    let lines = classes.iter().map(|(_, class)| class_line(class, width)).collect();
    draw_lines(frame, area, Line::from(head), lines, app.place());
}

fn class_line(class: &dam_stats_class_t, width: usize) -> Line<'static> {
    let occupied = occupancy(class);
    let full = (occupied * width as f64).round() as usize;
    let mark = if class.pools_quarantined != 0 { "!" } else { " " };
    Line::from(vec![
        Span::from(format!(
            "{:>7} {:>8} {:>8} {:>6}{mark} ",
            class.slot_bytes,
            count(class.live),
            bytes(live_bytes(class)),
            count(class.pools)
        )),
        Span::from("█".repeat(full)).cyan(),
        Span::from("·".repeat(width.saturating_sub(full))).dim(),
        Span::from(format!(" {:>4}", percent(occupied))),
    ])
}

/// One class closely: by how many bytes its blocks were asked for.
pub fn draw_class(frame: &mut Frame<'_>, area: Rect, class: &dam_stats_class_t) {
    let mut lines = about(class);
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

fn about(class: &dam_stats_class_t) -> Vec<Line<'static>> {
    let (slot, largest) = (class.slot_bytes, class.largest_request);
    vec![
        Line::from(format!("slots of {slot} bytes, for requests up to {largest}")).bold(),
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
            bytes(live_bytes(class)),
            bytes(class.committed_bytes),
            count(class.pools),
            count(class.pools_quarantined)
        )),
        Line::from("live blocks by the size they were asked for, in eighths of the class's range:")
            .dim(),
    ]
}
