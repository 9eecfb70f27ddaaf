//! The picture as a page of its own: zoom, pan, a tooltip for each pool; nothing is fetched from anywhere.

use serde_json::json;

use super::model::{HEALTH, Kind, Picture, Row};
use super::svg::{self, WIDTH, totals};
use super::text::{bytes, escaped, percent};

const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");
/// Should some text of the process's get past the escaping, it could still load and send nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
    base-uri 'none'; form-action 'none'";

/// The page.
pub fn document(picture: &Picture) -> String {
    let drawing = svg::body(picture);
    let title = escaped(&picture.title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{}</style>\n</head>\n<body>\n\
         <header><h1>{title}</h1><p>{}</p></header>\n{}{}<figure>\n\
         <svg id=\"map\" viewBox=\"0 0 {WIDTH} {:.0}\" tabindex=\"0\" role=\"application\" \
         aria-label=\"Map of the heap\" aria-describedby=\"keys\">\n{}<rect id=\"strip\" class=\"paper\"/><path id=\"mark\"/></svg>\n</figure>\n\
         <p class=\"hint\">A cell is a pool, its area the bytes of it; from below: live, committed and idle, only \
         reserved. The wheel zooms, dragging pans, arrow keys go from pool to pool.</p>\n\
         <div id=\"tip\" role=\"tooltip\" hidden></div>\n\
         <p id=\"said\" class=\"unseen\" aria-live=\"polite\"></p>\n\
         <p id=\"keys\" class=\"unseen\">Arrow keys go from pool to pool, plus and minus zoom, 0 shows all, Escape \
         closes the tooltip.</p>\n{}<script type=\"application/json\" id=\"data\">{}</script>\n\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        svg::STYLE,
        escaped(&picture.notes.join(" · ")),
        heading(picture),
        bar(picture),
        drawing.height,
        drawing.markup,
        figures(picture),
        data(picture, drawing.height),
    )
}

fn heading(picture: &Picture) -> String {
    let total =
        |(name, value): &(&str, String)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>");
    let totals: String = totals(picture).iter().map(total).collect();
    format!("<dl class=\"totals\">{totals}</dl>\n")
}

/// The legend, which is also the choice of what to see, and the zoom.
fn bar(picture: &Picture) -> String {
    let legend = HEALTH.iter().enumerate().map(|(number, (_, name, meaning))| {
        let hatch =
            if *name == "quarantined" { "<path class=\"x\" d=\"M0 0h12v12h-12z\"/>" } else { "" };
        format!(
            "<button data-health=\"{number}\" aria-pressed=\"false\" title=\"{meaning}\">\
             <svg viewBox=\"0 0 12 12\" aria-hidden=\"true\"><g class=\"h{number}\">\
             <path class=\"l\" d=\"M0 0h12v12h-12z\"/>{hatch}</g></svg>{name} {}</button>",
            picture.by_health[number]
        )
    });
    let legend: String = legend.collect();
    format!(
        "<div class=\"bar\" role=\"group\" aria-label=\"Pools by health, and zoom\">{legend}\
         <span class=\"tools\"><button id=\"out\" aria-label=\"Zoom out\">−</button>\
         <button id=\"in\" aria-label=\"Zoom in\">+</button><button id=\"all\">Fit</button></span></div>\n"
    )
}

/// The rows as a table.
fn figures(picture: &Picture) -> String {
    let line = |(kind, row): (Kind, &Row)| {
        let sum = &row.sum;
        format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escaped(&what(kind, &row.name)),
            sum.pools,
            bytes(sum.live),
            bytes(sum.committed),
            percent(sum.fragmentation()),
            percent(row.asked.map(|asked| 1.0 - asked)),
        )
    };
    let lines: String = picture.rows().map(line).collect();
    format!(
        "<h2>Figures</h2>\n<div class=\"figures\"><table><thead><tr><th scope=\"col\">blocks</th>\
         <th scope=\"col\">pools</th><th scope=\"col\">live</th><th scope=\"col\">committed</th>\
         <th scope=\"col\" title=\"1 - live / committed\">fragmentation</th>\
         <th scope=\"col\" title=\"1 - asked for / live\">internal fragmentation</th></tr></thead>\n\
         <tbody>\n{lines}</tbody></table></div>\n"
    )
}

fn what(kind: Kind, name: &str) -> String {
    match kind {
        Kind::Small => format!("small, slots of {name}"),
        Kind::Middle => "middle".into(),
        Kind::Large => "large".into(),
    }
}

/// What the tooltips say.
fn data(picture: &Picture, height: f64) -> String {
    let title = |kind: Kind, row: &Row| match kind {
        Kind::Small => format!("Pool of {} slots", row.name),
        Kind::Middle => "Middle pool".into(),
        Kind::Large => "Large block".into(),
    };
    let rows: Vec<_> = picture
        .rows()
        .map(|(kind, row)| json!({"what": title(kind, row), "asked": row.asked, "large": kind == Kind::Large}))
        .collect();
    let pools: Vec<_> = (picture.rows().enumerate())
        .flat_map(|(number, (_, row))| row.pools.iter().map(move |cell| (number, cell)))
        .map(|(row, cell)| {
            let address = format!("{:#x}", cell.address);
            json!([address, cell.bytes, cell.committed, cell.live, cell.health as u32, row])
        })
        .collect();
    let health: Vec<_> = HEALTH.iter().map(|(_, name, meaning)| [name, meaning]).collect();
    let all =
        json!({"width": WIDTH, "height": height, "rows": rows, "pools": pools, "health": health});
    // No text in it can end the script.
    all.to_string().replace('<', "\\u003c")
}
