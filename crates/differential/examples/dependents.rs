//! Which packages need a package, directly or through others, as Debian's releases change.
//!
//! ```sh
//! cargo run --release -p arrangement-differential --example dependents -- libssl3
//! cargo run --release -p arrangement-differential --example dependents -- libssl3 -w 2
//! ```
//!
//! The dependencies of all packages in three releases are one collection that changes twice. What depends on the package
//! is found by differential dataflow's `iterate` and then maintained: each release costs what it changes. Timely's own
//! arguments say on how many workers, in how many processes.

use arrangement_differential::{KeysWith, PairsWith, PreferredSpine};
use differential_dataflow::input::InputSession;
use differential_dataflow::operators::iterate::Iterate;
use ruzstd::decoding::StreamingDecoder;
use std::cell::Cell;
use std::io::Read;
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Instant;
use timely::dataflow::operators::probe::Handle;
use timely::dataflow::operators::{Exchange, Inspect, Probe};
use timely::order::Product;

/// The releases, by time.
const RELEASES: [&str; 3] = ["bullseye", "bookworm", "trixie"];
/// `package, dependency, release, +1 or -1`, separated by tabs.
const DATA: &[u8] = include_bytes!("../../cli/data/debian-depends.tsv.zst");
const USAGE: &str = "Usage: dependents PACKAGE [timely's options]";

/// For each package those that depend on it: strings end to end. Another alias is another layout.
type Edges = PreferredSpine<str, str, u64, isize>;
/// Packages, in rounds of iteration.
type Packages = PreferredSpine<str, (), Product<u64, u64>, isize>;

/// A change: in a release, a package begins or ceases to depend on another.
struct Change<'a> {
    package: &'a str,
    dependency: &'a str,
    release: u64,
    diff: isize,
}

impl<'a> Change<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut fields = line.split('\t');
        let (package, dependency) = (fields.next()?, fields.next()?);
        let (release, diff) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(Change { package, dependency, release, diff })
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("dependents: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let mut options = getopts::Options::new();
    timely::Config::install_options(&mut options);
    let parsed = options.parse(std::env::args().skip(1));
    let matches = parsed.map_err(|error| format!("{error}\n{USAGE}"))?;
    let package = match matches.free.as_slice() {
        [package] => Arc::new(package.clone()),
        [] => return Err(format!("which package? None was named.\n{USAGE}")),
        more => {
            return Err(format!("one package at a time, not {}: {}\n{USAGE}", more.len(), more.join(", ")))
        }
    };
    let config =
        timely::Config::from_matches(&matches).map_err(|error| format!("timely's options: {error}"))?;

    let mut data = String::new();
    let mut decoder =
        StreamingDecoder::new(DATA).map_err(|error| format!("the data can't be read: {error}"))?;
    decoder.read_to_string(&mut data).map_err(|error| format!("the data can't be read: {error}"))?;
    let is_known = |change: Change<'_>| change.package == *package || change.dependency == *package;
    if !data.lines().filter_map(Change::parse).any(is_known) {
        return Err(format!("no release has a package called `{package}`"));
    }

    let data = Arc::new(data);
    let workers = timely::execute(config, move |worker| maintain(worker, &package, &data))?;
    workers.join().into_iter().collect()
}

/// Maintains the number of packages that depend on one. The first worker of all prints it.
fn maintain(worker: &mut timely::worker::Worker, package: &Arc<String>, data: &str) {
    let mut depends = InputSession::new();
    let mut roots = InputSession::new();
    let done = Handle::new();
    let total = Rc::new(Cell::new(0));

    worker.dataflow::<u64, _, _>(|scope| {
        let dependents = depends.to_collection(scope).arrange_by_key_with::<Edges>();
        let roots = roots.to_collection(scope);
        let root = package.clone();
        let total = total.clone();
        roots
            .clone()
            .iterate(|scope, found| {
                let (dependents, roots) = (dependents.enter(scope), roots.enter(scope));
                found
                    .arrange_by_self_with::<Packages>()
                    .join_core(dependents, |_, _, package| Some(package.to_owned()))
                    .concat(roots)
                    .distinct_with::<Packages, Packages, isize>()
            })
            .filter(move |package| *package != *root)
            .inner
            .exchange(|_| 0)
            .inspect(move |(_, _, diff)| total.set(total.get() + diff))
            .probe_with(&done);
    });

    // Each worker feeds its part, and all the package.
    let (index, peers) = (worker.index(), worker.peers());
    if index == 0 {
        roots.insert(package.to_string());
    }
    let lines = data.lines().skip(index).step_by(peers);
    let mut changes: Vec<Change<'_>> = lines.filter_map(Change::parse).collect();
    changes.sort_by_key(|change| change.release);
    let mut changes = changes.into_iter().peekable();
    for (release, name) in (0..).zip(RELEASES) {
        let start = Instant::now();
        while let Some(change) = changes.next_if(|change| change.release == release) {
            depends.update((change.dependency.to_owned(), change.package.to_owned()), change.diff);
        }
        depends.advance_to(release + 1);
        roots.advance_to(release + 1);
        depends.flush();
        roots.flush();
        worker.step_while(|| done.less_than(&(release + 1)));
        if index == 0 {
            println!("{name} {}    ({:.0?})", total.get(), start.elapsed());
        }
    }
}
