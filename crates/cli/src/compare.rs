//! The command `compare`: the same stream through every backend, one after another.
//!
//! The stream is read once and kept in memory. Each run copies it out in chunks, which is not timed, and
//! pushes them; what a run holds on the heap is counted beyond what was there before it, and includes the
//! chunk being pushed. Then the trace is read in two ways, and a checksum over all it holds tells that every
//! backend holds the same.

use crate::args::CompareArgs;
use crate::heap;
use crate::index::{Backend, Index, Task};
use crate::input::Updates;
use crate::pipeline::{CHUNK_LEN, Loader, Stages, as_seconds, timed};
use crate::query::{self, Keys};
use crate::recording::Recording;
use crate::report::{self, number, plural, time};
use crate::{load, plot, progress};
use anyhow::{Context, Result, ensure};
use arrangement::Cursor;
use clap::ValueEnum;
use comfy_table::{Cell, Table};
use indicatif::{HumanBytes, HumanCount, ProgressBar};
use serde::Serialize;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// How many keys are looked up, at most.
const LOOKUPS: usize = 100_000;

/// What was measured of a backend.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Measured {
    pub(crate) backend: Backend,
    pub(crate) updates: usize,
    batches_sealed: usize,
    #[serde(flatten)]
    pub(crate) stages: Stages,
    /// Reading every key, val, time and difference in order.
    #[serde(serialize_with = "as_seconds", rename = "scan_seconds")]
    pub(crate) scan: Duration,
    /// Looking up keys in random order, and reading what they hold.
    #[serde(serialize_with = "as_seconds", rename = "lookup_seconds")]
    pub(crate) lookup: Duration,
    /// The most heap bytes taken at any moment.
    pub(crate) bytes_peak: usize,
    /// The heap bytes of the loaded trace.
    pub(crate) bytes_held: usize,
    /// The bytes in use by the trace's own account, which leaves out what single strings own.
    bytes_used: usize,
    /// Of all keys, vals, times and differences.
    #[serde(serialize_with = "as_hex")]
    checksum: u64,
    /// The sum of what the lookups found.
    lookup_sum: i64,
}

impl Measured {
    fn total(&self) -> Duration {
        self.stages.index() + self.scan + self.lookup
    }

    /// Heap bytes for each update of the loaded trace.
    pub(crate) fn bytes_per_update(&self) -> f64 {
        self.bytes_held as f64 / self.updates.max(1) as f64
    }
}

/// What `compare` prints as JSON.
#[derive(Serialize)]
struct Document<'a> {
    files: &'a [crate::input::FileSummary],
    skipped: &'a crate::input::Skipped,
    updates_read: usize,
    lookups: usize,
    runs: u32,
    #[serde(serialize_with = "as_seconds", rename = "read_seconds")]
    read: Duration,
    backends: &'a [Measured],
    plot: Option<&'a Path>,
}

/// Runs the command.
pub(crate) fn run(mut args: CompareArgs, out: &mut dyn Write) -> Result<()> {
    args.input.sample |= args.files.is_empty();
    let mut updates = Updates::new(args.input, args.files)?;
    let (mut recording, mut read) = (Recording::default(), Duration::ZERO);
    let result = load::read(&mut updates, |chunk, time| {
        read += time;
        recording.record(chunk);
    });
    let (files, skipped) = updates.finish();
    report::skipped(&skipped);
    result?;

    let keys = random_keys(&recording);
    let measured = measure(&recording, &keys, args.batch, args.runs);
    let plot = (!args.no_plot).then_some(args.plot.as_path());
    if args.json {
        let document = Document {
            files: &files,
            skipped: &skipped,
            updates_read: recording.len(),
            lookups: keys.len(),
            runs: args.runs,
            read,
            backends: &measured,
            plot,
        };
        report::json(out, &document)?;
    } else {
        let runs = plural(u64::from(args.runs), "run", "runs");
        writeln!(out, "{}, read in {}", plural(recording.len() as u64, "update", "updates"), time(read))?;
        writeln!(out, "Each backend: the fastest of {runs}")?;
        writeln!(out, "{}", table(&measured, keys.len()))?;
    }
    check(&measured)?;
    if !args.json {
        writeln!(out, "All backends hold the same, by checksum")?;
    }
    if let Some(path) = plot {
        let svg = plot::draw(&measured, recording.len(), keys.len())?;
        std::fs::write(path, svg).with_context(|| format!("can't write the plot to {}", path.display()))?;
        if !args.json {
            writeln!(out, "Plot written to {}", path.display())?;
        }
    }
    Ok(())
}

/// Runs all backends in turn, and keeps the fastest run of each.
fn measure(recording: &Recording, keys: &[String], batch: u64, runs: u32) -> Vec<Measured> {
    let backends = Backend::value_variants();
    let bar = progress::runs(backends.len() * runs as usize);
    let mut best: Vec<Measured> = Vec::new();
    for run in 0..runs {
        for (index, backend) in backends.iter().enumerate() {
            bar.set_message(backend.name());
            let measured = backend.run(Run { backend: *backend, recording, keys, batch });
            if run == 0 {
                best.push(measured);
            } else if measured.total() < best[index].total() {
                best[index] = measured;
            }
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    best
}

/// Whether all backends hold the same.
fn check(measured: &[Measured]) -> Result<()> {
    for (a, b) in measured.iter().zip(&measured[1..]) {
        let same = (a.updates, a.checksum, a.lookup_sum) == (b.updates, b.checksum, b.lookup_sum);
        let (a, b) = (a.backend.name(), b.backend.name());
        ensure!(same, "the backends {a} and {b} don't hold the same: see their checksums");
    }
    Ok(())
}

/// One run of one backend.
struct Run<'a> {
    backend: Backend,
    recording: &'a Recording,
    keys: &'a [String],
    batch: u64,
}

impl Task for Run<'_> {
    type Output = Measured;

    fn run<S: Index>(self) -> Measured {
        heap::reset_peak();
        let mut loader = Loader::<S>::new();
        let mut chunk = Vec::with_capacity(CHUNK_LEN);
        for start in (0..self.recording.len()).step_by(CHUNK_LEN) {
            self.recording.play(start, CHUNK_LEN, &mut chunk);
            loader.push(&mut chunk);
            chunk.clear();
        }
        drop(chunk);
        let (trace, loaded) = loader.finish(self.batch, &ProgressBar::hidden());
        let bytes_peak = heap::peak();
        let (mut scan, mut lookup) = (Duration::ZERO, Duration::ZERO);
        timed(&mut scan, || std::hint::black_box(scan_all(&trace)));
        let lookup_sum = timed(&mut lookup, || look_up(&trace, self.keys));
        Measured {
            backend: self.backend,
            updates: loaded.updates,
            batches_sealed: loaded.batches,
            stages: loaded.stages,
            scan,
            lookup,
            bytes_peak,
            bytes_held: loaded.held,
            bytes_used: loaded.sizes.total().bytes_used,
            checksum: checksum(&trace),
            lookup_sum,
        }
    }
}

/// Reads all that there is, the bytes of keys and vals included.
fn scan_all<S: Index>(trace: &S) -> (usize, u64, i64) {
    let mut sums = (0, 0u64, 0i64);
    query::walk(trace, Keys::All, |key, val, times| {
        sums.0 += key.len() + val.len();
        for (time, diff) in times {
            sums.1 = sums.1.wrapping_add(*time);
            sums.2 = sums.2.wrapping_add(*diff);
        }
    });
    sums
}

/// Looks up each key from the start, and sums what it holds.
fn look_up<S: Index>(trace: &S, keys: &[String]) -> i64 {
    let (mut cursor, storage) = trace.cursor();
    let mut sum = 0i64;
    for key in keys {
        cursor.rewind_keys(&storage);
        cursor.seek_key_owned(&storage, key);
        while cursor.val_valid(&storage) {
            cursor.map_times(&storage, |time, diff| sum = sum.wrapping_add(*time as i64).wrapping_add(*diff));
            cursor.step_val(&storage);
        }
    }
    sum
}

/// A hash of all keys, vals, times and differences in order.
fn checksum<S: Index>(trace: &S) -> u64 {
    let mut hasher = DefaultHasher::new();
    query::walk(trace, Keys::All, |key, val, times| (key, val, times).hash(&mut hasher));
    hasher.finish()
}

/// Keys of updates drawn at random, the same in each run of the program.
fn random_keys(recording: &Recording) -> Vec<String> {
    let mut state = 1u64;
    let mut random = || {
        // The multiplier is that of Knuth's MMIX; the high bits are the random ones.
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize
    };
    let len = recording.len();
    (0..len.min(LOOKUPS)).map(|_| recording.key(random() % len).to_owned()).collect()
}

/// The backends side by side.
fn table(measured: &[Measured], lookups: usize) -> Table {
    let mut table = report::new_table();
    let header = measured.iter().map(|m| number(m.backend.name()));
    table.set_header(std::iter::once(Cell::new("")).chain(header));
    let mut row = |name: &str, cell: &dyn Fn(&Measured) -> String| {
        let cells = measured.iter().map(|m| number(cell(m)));
        table.add_row(std::iter::once(Cell::new(name)).chain(cells));
    };
    let bytes = |bytes: usize| HumanBytes(bytes as u64).to_string();
    row("push", &|m| time(m.stages.push));
    row("seal", &|m| time(m.stages.seal));
    row("insert", &|m| time(m.stages.insert));
    row("merge", &|m| time(m.stages.merge));
    row("all of these", &|m| time(m.stages.index()));
    row("scan", &|m| time(m.scan));
    row(&format!("{} lookups", HumanCount(lookups as u64)), &|m| time(m.lookup));
    row("updates consolidated", &|m| HumanCount(m.updates as u64).to_string());
    row("heap at peak", &|m| bytes(m.bytes_peak));
    row("heap held", &|m| bytes(m.bytes_held));
    row("bytes per update", &|m| format!("{:.1}", m.bytes_per_update()));
    row("checksum", &|m| format!("{:016x}", m.checksum));
    table
}

fn as_hex<S: serde::Serializer>(checksum: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{checksum:016x}"))
}
