//! The plots, as SVG: throughput of each stage, latencies of insertions, memory of an update.

use crate::contest::{Outcome, PEER_DEFAULT, Table};
use crate::report::short;
use crate::stages::spine::{SMALL_BATCHES, SMALL_BATCHES_COLD};
use anyhow::Result;
use bench_kit::sample::{Camp, Figure};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// The files, and what each shows.
pub(super) const TITLES: [(&str, &str); 3] = [
    (THROUGHPUT, "Throughput of each stage"),
    (LATENCY, "Latency of insertions"),
    (MEMORY, "Memory of an update"),
];

const THROUGHPUT: &str = "throughput.svg";
const LATENCY: &str = "latency.svg";
const MEMORY: &str = "memory.svg";

const FONT: &str = "sans-serif";

/// Colours that are told apart by the colour-blind, too (mostly of Okabe and Ito).
const COLOURS: [RGBColor; 9] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(230, 159, 0),
    RGBColor(160, 160, 160),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(86, 180, 233),
    RGBColor(0, 0, 0),
    RGBColor(150, 130, 20),
];

/// The cases in the plot of throughput, with their labels: of each stage the plainest, for numbers and for strings.
const STAGES: [(Table, &str, &str); 10] = [
    (Table::A, "u64, random", "ingest\nu64"),
    (Table::A, "strings, random", "ingest\nstrings"),
    (Table::B, SMALL_BATCHES, "insert\nu64"),
    (Table::B, "strings, batches of 1000", "insert\nstrings"),
    (Table::C, "u64, interleaved", "merge\nu64"),
    (Table::C, "strings, interleaved", "merge\nstrings"),
    (Table::D, "u64, one batch, stepped", "scan\nu64"),
    (Table::D, "strings, one batch, stepped", "scan\nstrings"),
    (Table::E, "u64, one batch, random, found", "seek\nu64"),
    (Table::E, "strings, one batch, random, found", "seek\nstrings"),
];

/// All plots, each with the name of its file.
pub(super) fn all(outcomes: &[Outcome]) -> Result<Vec<(&'static str, String)>> {
    let plots = [throughput(outcomes), latency(outcomes), memory(outcomes)];
    TITLES.iter().zip(plots).map(|((name, _), svg)| Ok((*name, svg?))).collect()
}

/// A group of bars.
struct Group {
    label: String,
    /// One for each part, if there is one.
    values: Vec<Option<f64>>,
}

fn throughput(outcomes: &[Outcome]) -> Result<String> {
    let groups = STAGES.iter().filter_map(|(table, case, label)| {
        let outcome = outcomes.iter().find(|outcome| outcome.table == *table && outcome.case == *case)?;
        let best = |camp| outcome.best(camp, Figure::Time).map(|(_, ns)| ns);
        let default = outcome.of(PEER_DEFAULT, Figure::Time);
        let times = [best(Camp::Ours), best(Camp::Peer), default, best(Camp::Limit)];
        let values = times.into_iter().map(|ns| ns.map(|ns| 1e3 / ns)).collect();
        Some(Group { label: (*label).to_owned(), values })
    });
    let title = "Throughput: million updates, or seeks, a second of one thread (log scale; more is better)";
    bars(title, &["ours", "best peer", "dd 0.26 ord", "limit"], groups.collect(), true)
}

fn memory(outcomes: &[Outcome]) -> Result<String> {
    let of_memory = outcomes.iter().filter(|outcome| outcome.table == Table::F);
    let groups = of_memory.map(|outcome| {
        let best = |camp, figure| outcome.best(camp, figure).map(|(_, bytes)| bytes);
        let values = vec![
            best(Camp::Ours, Figure::Held),
            best(Camp::Peer, Figure::Held),
            outcome.of(PEER_DEFAULT, Figure::Held),
            best(Camp::Limit, Figure::Held),
            outcome.of(PEER_DEFAULT, Figure::Merged),
        ];
        Group { label: outcome.case.replacen(", ", "\n", 1), values }
    });
    let title = "Memory: heap bytes of an update in a batch (less is better)";
    let parts =
        ["ours", "best peer", "dd 0.26 ord", "key, val, time, diff as they are", "dd 0.26 ord, merged"];
    bars(title, &parts, groups.collect(), false)
}

/// Groups of bars side by side, from zero up, or on a log scale.
fn bars(title: &str, parts: &[&str], groups: Vec<Group>, log: bool) -> Result<String> {
    let values = || groups.iter().flat_map(|group| &group.values).flatten().copied();
    let highest = values().fold(f64::MIN_POSITIVE, f64::max);
    let lowest = values().fold(highest, f64::min);
    // On a log scale what is drawn is the logarithm.
    let height = |value: f64| if log { value.log10() } else { value };
    let bottom = if log { height(lowest).floor() } else { 0.0 };
    // Room above the bars for the legend.
    let top = bottom + (height(highest) - bottom) * 1.3;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (1140, 460)).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .caption(title, (FONT, 18))
            .margin(10)
            .x_label_area_size(44)
            .y_label_area_size(60)
            .build_cartesian_2d(0.0..groups.len().max(1) as f64, bottom..top)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_labels(0)
            .light_line_style(TRANSPARENT)
            .y_labels(8)
            .y_label_formatter(&|y| if log { short(10f64.powf(*y)) } else { format!("{y}") })
            .draw()?;
        for (part, (name, colour)) in parts.iter().zip(COLOURS).enumerate() {
            let width = 0.84 / parts.len() as f64;
            let bars = groups.iter().enumerate().filter_map(|(at, group)| {
                let left = at as f64 + 0.08 + width * part as f64;
                let value = height(group.values[part]?);
                Some(Rectangle::new([(left, bottom), (left + width, value)], colour.filled()))
            });
            chart
                .draw_series(bars)?
                .label(*name)
                .legend(move |(x, y)| Rectangle::new([(x, y - 5), (x + 10, y + 5)], colour.filled()));
        }
        let style = TextStyle::from((FONT, 13)).pos(Pos::new(HPos::Center, VPos::Top));
        for (at, group) in groups.iter().enumerate() {
            for (line, text) in group.label.lines().enumerate() {
                let text = Text::new(text.to_owned(), (0, 8 + 16 * line as i32), style.clone());
                chart.draw_series([EmptyElement::at((at as f64 + 0.5, bottom)) + text])?;
            }
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .margin(4)
            .label_font((FONT, 13))
            .background_style(WHITE)
            .draw()?;
        root.present()?;
    }
    Ok(svg)
}

fn latency(outcomes: &[Outcome]) -> Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (1140, 460)).into_drawing_area();
        root.fill(&WHITE)?;
        let title =
            "Latency of an insertion of 1000 updates, with its share of merging (log scale; less is better)";
        let root = root.titled(title, (FONT, 18))?;
        let panels = [(SMALL_BATCHES, "warm heap"), (SMALL_BATCHES_COLD, "cold heap")];
        for ((case, title), area) in panels.iter().zip(root.split_evenly((1, 2))) {
            if let Some(outcome) = outcomes.iter().find(|outcome| outcome.case == *case) {
                latency_panel(outcome, title, &area)?;
            }
        }
        root.present()?;
    }
    Ok(svg)
}

fn latency_panel(outcome: &Outcome, title: &str, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Result<()> {
    let figures = Figure::LATENCIES;
    let of = |name: &str| figures.map(|figure| outcome.of(name, figure).unwrap_or(0.1).max(0.1).log10());
    let sides: Vec<&str> = outcome
        .standings
        .iter()
        .filter(|standing| standing.camp != Camp::Limit)
        .map(|standing| standing.name)
        .collect();
    let highest = sides.iter().flat_map(|name| of(name)).fold(0.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(title, (FONT, 15))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..(figures.len() - 1) as f64, 0.0..highest * 1.05)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(figures.len())
        .x_label_formatter(&|x| {
            figures.get(x.round() as usize).map_or("", |figure| figure.label()).to_owned()
        })
        .y_labels(6)
        .y_label_formatter(&|y| format!("{} us", short(10f64.powf(*y))))
        .draw()?;
    for (name, colour) in sides.iter().zip(COLOURS.iter().cycle()) {
        let points = of(name).into_iter().enumerate().map(|(at, height)| (at as f64, height));
        // Ours stand out by the width of their lines.
        let ours =
            outcome.standings.iter().any(|standing| standing.name == *name && standing.camp == Camp::Ours);
        let style = colour.stroke_width(if ours { 3 } else { 1 });
        chart
            .draw_series(LineSeries::new(points, style))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 14, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .margin(4)
        .label_font((FONT, 13))
        .background_style(WHITE)
        .draw()?;
    Ok(())
}

const TRANSPARENT: RGBAColor = RGBAColor(0, 0, 0, 0.0);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::{Spread, Standing};
    use bench_kit::contents::Checksum;

    #[test]
    fn every_plot_names_what_it_shows() {
        let checksum = Checksum { count: 0, diffs: 0, hash: 0 };
        let spread = |figure| Spread { figure, median: 7.0, least: 7.0, greatest: 7.0 };
        let figures = [&[Figure::Time, Figure::Held, Figure::Merged], &Figure::LATENCIES[..]].concat();
        let spreads: Vec<Spread> = figures.into_iter().map(spread).collect();
        let standing = |name, camp| Standing { name, camp, spreads: spreads.clone(), checksum };
        let standings = vec![standing("ord", Camp::Ours), standing(PEER_DEFAULT, Camp::Peer)];
        let outcome = |table, case: &str| Outcome {
            table,
            case: case.to_owned(),
            targets: vec![],
            repetitions: 1,
            standings: standings.clone(),
        };
        let plots = all(&[outcome(Table::B, SMALL_BATCHES), outcome(Table::F, "u64, unique")]).unwrap();
        for ((name, svg), shown) in plots.iter().zip(["insert", "warm heap", "unique"]) {
            assert!(svg.contains(shown), "{name}");
        }
    }
}
