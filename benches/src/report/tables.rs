//! Tables to read, as Markdown.

use crate::contest::{Outcome, PEER_DEFAULT, Standing};
use crate::options::Sizes;
use crate::report::{Verdict, short};
use bench_kit::sample::{Camp, Figure};
use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{Cell, CellAlignment};

/// All targets, what is missed, and a table for each stage.
pub fn all(sizes: Sizes, outcomes: &[Outcome]) -> String {
    let Sizes { updates, strings, seeks, .. } = sizes;
    let mut text = format!("{updates} updates ({strings} with strings), {seeks} seeks.\n");
    let verdicts = Verdict::all(outcomes);
    if !verdicts.is_empty() {
        text += &format!("\n{}\n{}", summary(&verdicts), targets(&verdicts));
    }
    for outcomes in outcomes.chunk_by(|a, b| a.table == b.table) {
        let table = outcomes[0].table;
        text += &format!("\n## {table:?}. {}\n\n{}\n", table.title(), stage(outcomes));
    }
    text
}

/// How many targets are met, and by name those that aren't.
fn summary(verdicts: &[Verdict]) -> String {
    let met = verdicts.iter().filter(|verdict| verdict.is_met()).count();
    let mut text = format!("## Against the targets: {met} of {} met\n", verdicts.len());
    let mut list = |title: &str, missing: &dyn Fn(&Verdict) -> bool, item: &dyn Fn(&Verdict) -> String| {
        let missing: Vec<&Verdict> = verdicts.iter().filter(|verdict| missing(verdict)).collect();
        let count = if missing.is_empty() { "none".to_owned() } else { missing.len().to_string() };
        text += &format!("\n{title}: {count}\n");
        for verdict in missing {
            text += &format!("* {:?} {}: {}\n", verdict.table, verdict.case, item(verdict));
        }
    };
    list("Where our best backend misses its target", &|verdict| !verdict.is_met(), &|verdict| {
        format!("{} instead of {}", short(verdict.ratio), short(verdict.target))
    });
    list(
        "Where our vectors miss a target for numbers that another backend meets",
        &|verdict| verdict.is_met() && verdict.vectors_miss(),
        &|verdict| {
            let ratio = verdict.vectors_ratio.map(short).unwrap_or_default();
            format!("{ratio} instead of {}", short(verdict.target))
        },
    );
    list(
        &format!("Where a backend of ours is behind `{PEER_DEFAULT}`"),
        &|verdict| verdict.trails_default(),
        &|verdict| {
            let ratio = verdict.worst_ratio.map(short).unwrap_or_default();
            format!("`{}`, by a ratio of {ratio}", verdict.worst)
        },
    );
    text
}

/// All sides of all cases of one stage.
fn stage(outcomes: &[Outcome]) -> comfy_table::Table {
    let figures = figures(outcomes);
    let mut table = comfy_table::Table::new();
    table.load_style(ASCII_MARKDOWN);
    let mut header = vec!["case".to_owned(), "side".to_owned()];
    header.extend(figures.iter().map(|figure| format!("{} {}", figure.label(), figure.unit())));
    header.extend(
        ["least to greatest", "best peer / this", "dd026 ord / this", "this / limit", "checksum"]
            .map(str::to_owned),
    );
    table.set_header(header);
    for outcome in outcomes {
        for (at, standing) in outcome.standings.iter().enumerate() {
            let case = match at {
                0 => format!("{} ({}x)", outcome.case, outcome.repetitions),
                _ => String::new(),
            };
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
        number(of(outcome.of(PEER_DEFAULT, first.figure))),
        number(best(Camp::Limit).map(|limit| first.median / limit)),
        Cell::new(standing.checksum),
    ]
}

/// All targets.
fn targets(verdicts: &[Verdict]) -> String {
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
        "ratio",
        "target",
        "limit",
        "ours / limit",
        "ratio of vectors",
        "dd026 ord / our worst",
        "",
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
            number(Some(verdict.ratio)),
            number(Some(verdict.target)),
            number(verdict.limit),
            number(verdict.limit.map(|limit| verdict.value / limit)),
            number(verdict.vectors_ratio),
            number(verdict.worst_ratio),
            Cell::new(verdict.remarks()),
        ]);
    }
    format!("{table}\n")
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
