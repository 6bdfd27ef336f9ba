//! Tables to read.

use crate::contest::{Camp, Figure, Outcome, Standing};
use crate::options::Sizes;
use crate::report::Verdict;
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{Cell, CellAlignment};

/// Prints a table for each stage, and one of all targets.
pub fn print(sizes: Sizes, outcomes: &[Outcome]) {
    let Sizes { updates, strings, seeks, repetitions, .. } = sizes;
    println!("{updates} updates ({strings} with strings), {seeks} seeks; medians of {repetitions}");
    for outcomes in outcomes.chunk_by(|a, b| a.table == b.table) {
        println!("\n## {:?}. {}\n\n{}", outcomes[0].table, outcomes[0].table.title(), stage(outcomes));
    }
    let verdicts = Verdict::all(outcomes);
    if !verdicts.is_empty() {
        let met = verdicts.iter().filter(|verdict| verdict.is_met()).count();
        println!(
            "\n## Our best against the targets: {met} of {} met\n\n{}",
            verdicts.len(),
            targets(&verdicts)
        );
    }
}

/// All sides of all cases of one stage.
fn stage(outcomes: &[Outcome]) -> comfy_table::Table {
    let figures = figures(outcomes);
    let mut table = comfy_table::Table::new();
    table.load_style(ASCII_MARKDOWN);
    let heads = figures.iter().map(|figure| format!("{} {}", figure.label(), figure.unit()));
    let mut header = vec!["case".to_owned(), "side".to_owned()];
    header.extend(heads);
    header.extend(
        ["least to greatest", "best peer / this", "dd026 ord / this", "this / limit", "checksum"]
            .map(str::to_owned),
    );
    table.set_header(header);
    for outcome in outcomes {
        for (at, standing) in outcome.standings.iter().enumerate() {
            let case = if at == 0 { outcome.case.as_str() } else { "" };
            let mut row = vec![Cell::new(case), Cell::new(standing.name)];
            row.extend(figures.iter().map(|figure| number(standing.median(*figure))));
            row.extend(comparison(outcome, standing));
            table.add_row(row);
        }
    }
    table
}

/// The columns by which a side is compared to others, all by its first figure.
fn comparison(outcome: &Outcome, standing: &Standing) -> Vec<Cell> {
    let Some(first) = standing.spreads.first() else { return Vec::new() };
    let of = |value: Option<f64>| value.map(|value| value / first.median);
    let range = format!("{} to {}", short(first.least), short(first.greatest));
    let best = |camp| outcome.best(camp, first.figure).map(|(_, value)| value);
    vec![
        Cell::new(range).set_alignment(CellAlignment::Right),
        number(of(best(Camp::Peer))),
        number(of(outcome.of("dd026 ord", first.figure))),
        number(best(Camp::Limit).map(|limit| first.median / limit)),
        Cell::new(standing.checksum),
    ]
}

/// All targets.
fn targets(verdicts: &[Verdict]) -> comfy_table::Table {
    let mut table = comfy_table::Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header([
        "",
        "case",
        "ours",
        "value",
        "unit",
        "reference",
        "value",
        "limit",
        "ratio",
        "target",
        "",
        "dd026 ord / our worst",
    ]);
    for verdict in verdicts {
        table.add_row([
            Cell::new(format!("{:?}", verdict.table)),
            Cell::new(&verdict.case),
            Cell::new(verdict.ours),
            number(Some(verdict.value)),
            Cell::new(verdict.unit),
            Cell::new(&verdict.reference),
            number(Some(verdict.reference_value)),
            number(verdict.limit),
            number(Some(verdict.ratio)),
            number(Some(verdict.target)),
            Cell::new(if verdict.is_met() { "met" } else { "MISSED" }),
            number(verdict.worst_to_peer_default),
        ]);
    }
    table
}

/// The figures that any side has, in order.
fn figures(outcomes: &[Outcome]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for spread in
        outcomes.iter().flat_map(|outcome| &outcome.standings).flat_map(|standing| &standing.spreads)
    {
        if !figures.contains(&spread.figure) {
            figures.push(spread.figure);
        }
    }
    figures
}

fn number(value: Option<f64>) -> Cell {
    Cell::new(value.map(short).unwrap_or_default()).set_alignment(CellAlignment::Right)
}

/// Three digits, or all before the point.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}
