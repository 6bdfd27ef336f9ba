//! The same dataflow in two processes of two workers each, which talk over the loopback, and by one worker alone.
//!
//! It keeps counts of what is in two joined collections, which change round by round. Which worker gets which key is
//! decided by a hash that is the same in all processes. Exits with an error if the two do not agree.
//!
//! `cargo run --release -p arrangement-dataflow --example cluster`

use anyhow::{Context, Result, anyhow, bail, ensure};
use arrangement::OrdValSpine;
use arrangement::dataflow::Arrange;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};
use timely::communication::Config as Communication;
use timely::dataflow::operators::vec::Map;
use timely::dataflow::operators::{Inspect, Probe};
use timely::dataflow::{InputHandle, ProbeHandle};

type Index = OrdValSpine<u64, u64, u64, i64>;
/// An update of the result: `((key, count), round, diff)`.
type Counted = ((u64, i64), u64, i64);

const PROCESSES: usize = 2;
const THREADS: usize = 2;
const ROUNDS: u64 = 20;
/// A port that was free may be taken when it is needed: then others are tried.
const ATTEMPTS: usize = 5;
/// Before each line of results that a process prints: timely prints lines of its own.
const MARK: &str = "made ";
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [] => compare(),
        [role, process, addresses @ ..] if role == "process" => {
            let communication = Communication::Cluster {
                threads: THREADS,
                process: process.parse()?,
                addresses: addresses.to_vec(),
                report: false,
                zerocopy: false,
            };
            for ((key, count), round, diff) in run(communication)? {
                println!("{MARK}{key} {count} {round} {diff}");
            }
            Ok(())
        }
        _ => bail!("this example takes no arguments"),
    }
}

/// Runs the dataflow both ways and compares.
fn compare() -> Result<()> {
    let alone = totals(run(Communication::Thread)?);
    println!("One worker alone: {} changes of counts.", alone.len());
    let mut attempt = 1;
    let together = loop {
        match cluster() {
            Ok(updates) => break totals(updates),
            Err(error) if attempt < ATTEMPTS => eprintln!("Attempt {attempt}: {error:#}; once more."),
            Err(error) => return Err(error),
        }
        attempt += 1;
    };
    println!("{PROCESSES} processes of {THREADS} workers: {} changes of counts.", together.len());
    ensure!(alone == together, "they do not agree:\n{alone:?}\n{together:?}");
    println!("They agree on each of the {ROUNDS} rounds.");
    Ok(())
}

/// The sum of all updates for each key, count and round.
fn totals(updates: Vec<Counted>) -> BTreeMap<((u64, i64), u64), i64> {
    let mut totals = BTreeMap::new();
    for (data, round, diff) in updates {
        *totals.entry((data, round)).or_insert(0) += diff;
    }
    totals.retain(|_, diff| *diff != 0);
    totals
}

/// Starts the processes on free ports, and gathers what they make.
fn cluster() -> Result<Vec<Counted>> {
    // Held all at once, so that they differ, and let go before the processes bind them.
    let ports: Vec<TcpListener> =
        (0..PROCESSES).map(|_| TcpListener::bind("127.0.0.1:0")).collect::<Result<_, _>>()?;
    let addresses: Vec<String> =
        ports.iter().map(|port| Ok(port.local_addr()?.to_string())).collect::<Result<_>>()?;
    drop(ports);
    let mut children = Vec::new();
    for process in 0..PROCESSES {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("process").arg(process.to_string()).args(&addresses).stdout(Stdio::piped());
        children.push(Running(command.spawn().context("can't start a process")?));
    }
    let readers: Vec<_> = children
        .iter_mut()
        .map(|child| {
            let stdout = child.0.stdout.take();
            std::thread::spawn(move || stdout.map_or(Ok(String::new()), std::io::read_to_string))
        })
        .collect();
    let start = Instant::now();
    let mut left: Vec<usize> = (0..PROCESSES).collect();
    while !left.is_empty() {
        let mut running = Vec::new();
        for process in left {
            match children[process].0.try_wait()? {
                Some(status) => ensure!(status.success(), "process {process} ended with {status}"),
                None => running.push(process),
            }
        }
        left = running;
        ensure!(start.elapsed() < PATIENCE, "processes {left:?} did not end within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut updates = Vec::new();
    for reader in readers {
        let text = reader.join().map_err(|_| anyhow!("a reader panicked"))??;
        for line in text.lines().filter_map(|line| line.strip_prefix(MARK)) {
            let numbers: Vec<i64> = line
                .split(' ')
                .map(str::parse)
                .collect::<Result<_, _>>()
                .with_context(|| format!("`{line}`"))?;
            let &[key, count, round, diff] = numbers.as_slice() else { bail!("a process printed `{line}`") };
            updates.push(((key as u64, count), round as u64, diff));
        }
    }
    Ok(updates)
}

/// A process, which is ended if we no longer wait for it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the dataflow, and gives what the workers of this process made.
fn run(communication: Communication) -> Result<Vec<Counted>> {
    let config = timely::Config { communication, worker: timely::WorkerConfig::default() };
    let guards = timely::execute(config, |worker| {
        let (mut left, mut right) = (InputHandle::new(), InputHandle::new());
        let probe = ProbeHandle::new();
        let made = Rc::new(RefCell::new(Vec::new()));
        let out = Rc::clone(&made);
        worker.dataflow::<u64, _, _>(|scope| {
            let left = left.to_stream(scope).arrange::<Index>();
            let right = right.to_stream(scope).arrange::<Index>();
            left.join(right)
                .map(|((_, pair), round, diff)| (pair, round, diff))
                .arrange::<Index>()
                .count::<i64>()
                .inspect(move |update| out.borrow_mut().push(*update))
                .probe_with(&probe);
        });
        for round in 0..ROUNDS {
            // Each worker brings in its part.
            for n in (0..500).filter(|n| n % worker.peers() as u64 == worker.index() as u64) {
                left.send(((n % 50, (n + round) % 70), round, 1));
                right.send(((n % 50, n % 7), round, if (n + round) % 3 == 0 { 1 } else { -1 }));
            }
            left.advance_to(round + 1);
            right.advance_to(round + 1);
            while probe.less_than(&(round + 1)) {
                worker.step();
            }
        }
        drop((left, right));
        while worker.has_dataflows() {
            worker.step();
        }
        made.take()
    });
    let mut updates = Vec::new();
    for result in guards.map_err(|error| anyhow!(error))?.join() {
        updates.extend(result.map_err(|error| anyhow!(error))?);
    }
    Ok(updates)
}
