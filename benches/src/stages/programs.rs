//! Programs: whole dataflows of differential dataflow, on its own spines and on ours.

use crate::bench::Bench;
use crate::contest::{Against, Table, Target};
use anyhow::Result;
use bench_kit::sample::Figure;
use bench_programs::{Load, Program};

/// Runs all cases.
///
/// # Errors
/// If two sides of a case did not do the same.
pub fn run(bench: &mut Bench) -> Result<()> {
    for workers in [1, 2] {
        let join = || vec![target(Figure::Load, 1.8), target(Figure::P50, 1.0), target(Figure::P99, 2.0)];
        case(bench, "join", Program::Join, workers, bench.sizes.updates, join())?;
        case(bench, "join by strings", Program::StringJoin, workers, bench.sizes.strings, join())?;
        let degrees = vec![target(Figure::Load, 1.5), target(Figure::P50, 1.0)];
        case(bench, "degrees", Program::Degrees, workers, bench.sizes.updates, degrees)?;
        let reach = vec![target(Figure::Load, 1.4), target(Figure::P50, 1.2)];
        case(bench, "reachability", Program::Reach, workers, bench.sizes.updates, reach)?;
        // A change of one edge can move thousands of labels, so there are fewer of both.
        let components = vec![target(Figure::Load, 1.0), target(Figure::P50, 1.0)];
        let edges = bench.sizes.updates / 50;
        case(bench, "strong components", Program::Components, workers, edges, components)?;
    }
    Ok(())
}

/// So many times better than the peers' default.
fn target(figure: Figure, ratio: f64) -> Target {
    Target { figure, against: Against::PeerDefault, ratio }
}

fn case(
    bench: &mut Bench,
    name: &str,
    program: Program,
    workers: usize,
    edges: usize,
    targets: Vec<Target>,
) -> Result<()> {
    let name = format!("{name}, {workers} {}", if workers == 1 { "worker" } else { "workers" });
    if !bench.wants(Table::G, &name) {
        return Ok(());
    }
    let (rounds, changes) = match program {
        Program::Components => (20, 10),
        _ => ((bench.sizes.updates / 10_000).clamp(4, 300), 1_000.min(edges / 10)),
    };
    let load = Load { program, workers, nodes: edges / 10, edges, rounds, changes };
    let sides = bench_programs::sides();
    let contenders = sides.iter().filter_map(|side| side.contender(load)).collect();
    bench.cold_case(Table::G, &name, targets, contenders)
}
