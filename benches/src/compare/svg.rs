//! The picture: bars on a logarithmic scale, ours beside the alternatives. Plain SVG text on a
//! background of its own, so that it can be read on light and dark pages.

use std::fmt::Write;

use crate::table::{Row, time};

const WIDTH: f64 = 760.0;
const LABELS: f64 = 190.0;
const VALUES: f64 = 90.0;
const BAR: f64 = 18.0;

/// What is shown: names of rows, by how they begin, and the title above them.
const PANELS: [(&str, &str); 3] = [
    ("decide, for a person: 10 scopes", "Decision for a person: 10 scopes, 250 permissions"),
    ("decide, for a person: 50 scopes", "Decision for a person: 50 scopes, 10 000 permissions"),
    ("verify, EdDSA", "Verification of a token, EdDSA, every check"),
];

const STYLE: &str = "<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.back { fill: #ffffff } .ours { fill: #1a7f5a } .theirs { fill: #8c959f } .axis { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .back { fill: #0d1117 } .ours { fill: #3fb68b } .theirs { fill: #6e7681 } .axis { stroke: #30363d }
}
</style>";

/// All panels, one below the other.
pub(crate) fn picture(rows: &[Row]) -> String {
    let mut body = String::new();
    let mut top = 8.0;
    for (name, title) in PANELS {
        let shown: Vec<&Row> =
            rows.iter().filter(|row| row.name == name || row.name.starts_with(&format!("{name}, "))).collect();
        let shown: Vec<&Row> = shown.into_iter().filter(|row| !row.name.contains("handed on")).collect();
        if !shown.is_empty() {
            top = panel(&mut body, top, title, &shown);
        }
    }
    let caption = "Logarithmic scale: each line is ten times the one before. Medians of one run; shorter is better.";
    let _ = writeln!(body, "<text x=\"0\" y=\"{:.0}\">{caption}</text>", top + 14.0);
    let height = top + 24.0;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-12 0 {:.0} {height:.0}\" role=\"img\" \
         aria-label=\"deputize beside the alternatives\">\n{STYLE}\n\
         <rect class=\"back\" x=\"-12\" width=\"100%\" height=\"100%\" rx=\"6\"/>\n{body}</svg>\n",
        WIDTH + 24.0
    )
}

/// One panel; where the next begins.
fn panel(body: &mut String, top: f64, title: &str, rows: &[&Row]) -> f64 {
    let ours = rows.first().map(|row| ("deputize".to_owned(), row.measured.ours.median, "ours"));
    let theirs = rows.iter().map(|row| (row.beside.clone(), row.measured.theirs.median, "theirs"));
    let mut bars: Vec<_> = ours.into_iter().chain(theirs).collect();
    bars.sort_by(|a, b| a.1.total_cmp(&b.1));
    let logs = || bars.iter().map(|bar| bar.1.log10());
    // A decade of room at the left, so that the shortest bar is seen.
    let low = logs().fold(f64::INFINITY, f64::min).floor() - 1.0;
    let high = logs().fold(f64::NEG_INFINITY, f64::max).ceil().max(low + 1.0);
    let place = |log: f64| LABELS + (WIDTH - LABELS - VALUES) * (log - low) / (high - low);
    let (first, last) = (top + 24.0, top + 24.0 + bars.len() as f64 * (BAR + 6.0));
    // Writing to a string can't fail.
    let _ = writeln!(body, "<text class=\"title\" x=\"0\" y=\"{:.0}\">{title}</text>", top + 14.0);
    for decade in 0..=(high - low) as u32 {
        let x = place(low + f64::from(decade));
        let _ = writeln!(body, "<line class=\"axis\" x1=\"{x:.1}\" y1=\"{first:.0}\" x2=\"{x:.1}\" y2=\"{last:.0}\"/>");
    }
    for (n, (label, nanoseconds, class)) in bars.iter().enumerate() {
        let y = first + 3.0 + n as f64 * (BAR + 6.0);
        let (end, base) = (place(nanoseconds.log10()), y + BAR - 5.0);
        let width = end - LABELS;
        let _ = writeln!(body, "<text x=\"0\" y=\"{base:.0}\">{label}</text>");
        let _ = writeln!(
            body,
            "<rect class=\"{class}\" x=\"{LABELS:.0}\" y=\"{y:.0}\" width=\"{width:.1}\" height=\"{BAR:.0}\" rx=\"2\"/>"
        );
        let _ = writeln!(body, "<text x=\"{:.1}\" y=\"{base:.0}\">{}</text>", end + 6.0, time(*nanoseconds));
    }
    last + 18.0
}
