//! Running a program: its input, its clock, and what it came to.

use crate::build::{Inputs, Make};
use crate::{Load, Program};
use bench_kit::contents::Checksum;
use bench_kit::data::mix;
use bench_kit::sample::{Figure, Sample};
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use timely::dataflow::ProbeHandle;
use timely::worker::Worker;

/// What a program put out: sums weighted by diff, which neither order nor consolidation change.
pub(crate) type Outputs = Arc<Mutex<(i64, u64)>>;

/// Queries of a join's round, in a hundred of its changes.
const QUERIES: usize = 5;

/// Runs a program in this process, and measures it on its first worker by the wall clock.
pub(crate) fn run(load: Load, make: Make) -> Sample {
    let outputs = Outputs::default();
    let found = Arc::new(Mutex::new(Vec::new()));
    let (of_worker, sums) = (Arc::clone(&found), Arc::clone(&outputs));
    let guards = timely::execute(timely::Config::process(load.workers), move |worker| {
        let figures = work(worker, load, make, &sums);
        if worker.index() == 0 {
            *of_worker.lock().expect("no worker panicked") = figures;
        }
    });
    for ended in guards.expect("workers can be started").join() {
        ended.expect("no worker panicked");
    }
    let mut figures = std::mem::take(&mut *found.lock().expect("no worker panicked"));
    figures.extend(peak_resident().map(|bytes| (Figure::Resident, bytes / 1e6)));
    let (diffs, hash) = *outputs.lock().expect("no worker panicked");
    let count = (load.edges + load.rounds * load.changes) as u64;
    Sample { figures, checksum: Some(Checksum { count, diffs, hash }) }
}

fn work(worker: &mut Worker, load: Load, make: Make, outputs: &Outputs) -> Vec<(Figure, f64)> {
    let (index, peers) = (worker.index(), worker.peers());
    let mut probe = ProbeHandle::new();
    let mut inputs = make(worker, &mut probe, outputs);

    let clock = Instant::now();
    for i in (index..load.edges).step_by(peers) {
        inputs.edge(edge(i, load.nodes), 1);
        // The system takes containers in as they fill, as it would from a stream.
        if i % 100_000 < peers {
            worker.step();
        }
    }
    advance(worker, &mut inputs, &probe, 1);
    let seconds = clock.elapsed().as_secs_f64();

    let half = load.changes / 2;
    let mut latencies = Vec::with_capacity(load.rounds);
    for round in 0..load.rounds {
        for i in (index..half).step_by(peers) {
            let at = round * half + i;
            inputs.edge(edge(load.edges + at, load.nodes), 1);
            inputs.edge(edge(at, load.nodes), -1);
            if matches!(load.program, Program::Join | Program::StringJoin) && i * QUERIES % 50 < QUERIES {
                inputs.query(query(at, load.nodes), 1);
                if let Some(old) = at.checked_sub(half) {
                    inputs.query(query(old, load.nodes), -1);
                }
            }
        }
        let clock = Instant::now();
        advance(worker, &mut inputs, &probe, round as u64 + 2);
        latencies.push(clock.elapsed().as_secs_f64() * 1e6);
    }
    latencies.sort_by(f64::total_cmp);
    let quantile = |share: f64| latencies[((latencies.len() - 1) as f64 * share).round() as usize];
    vec![(Figure::Load, seconds), (Figure::P50, quantile(0.5)), (Figure::P99, quantile(0.99))]
}

/// Ends the time before `to`, and works until all of its output is there.
fn advance(worker: &mut Worker, inputs: &mut Inputs, probe: &ProbeHandle<u64>, to: u64) {
    inputs.advance_to(to);
    worker.step_while(|| probe.less_than(&to));
}

/// An edge of a random multigraph.
fn edge(number: usize, nodes: usize) -> (u64, u64) {
    let end = |salt: u64| mix(number as u64 ^ salt) % nodes as u64;
    (end(0), end(1 << 40))
}

/// A node that is asked for.
fn query(number: usize, nodes: usize) -> u64 {
    mix(number as u64 ^ (5 << 41)) % nodes as u64
}

/// The most bytes that this process had in memory at once, where the system tells.
fn peak_resident() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}
