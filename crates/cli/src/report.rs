//! What users see: tables, or JSON.

use crate::input::Skipped;
use crate::levels::{self, Row};
use crate::load::Summary;
use crate::pipeline::Stages;
use crate::query::{Change, Event, KeyCount, PairCount, ValCount};
use comfy_table::{Cell, CellAlignment, Table, presets};
use indicatif::{HumanBytes, HumanCount};
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

/// A question as it was asked.
#[derive(Debug, Serialize)]
#[serde(tag = "question", rename_all = "lowercase")]
pub(crate) enum Asked {
    Get {
        key: String,
        at: u64,
        /// Whether the key has updates at any time.
        known: bool,
    },
    History {
        key: String,
    },
    Changes {
        from: Option<u64>,
        to: u64,
    },
    Prefix {
        prefix: String,
        at: u64,
    },
    Top {
        n: usize,
        at: u64,
    },
}

/// The rows of an answer.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Rows {
    Vals(Vec<ValCount>),
    Events(Vec<Event>),
    Changes(Vec<Change>),
    Pairs(Vec<PairCount>),
    Keys(Vec<KeyCount>),
}

impl Rows {
    fn len(&self) -> usize {
        match self {
            Rows::Vals(rows) => rows.len(),
            Rows::Events(rows) => rows.len(),
            Rows::Changes(rows) => rows.len(),
            Rows::Pairs(rows) => rows.len(),
            Rows::Keys(rows) => rows.len(),
        }
    }

    fn truncate(&mut self, len: usize) {
        match self {
            Rows::Vals(rows) => rows.truncate(len),
            Rows::Events(rows) => rows.truncate(len),
            Rows::Changes(rows) => rows.truncate(len),
            Rows::Pairs(rows) => rows.truncate(len),
            Rows::Keys(rows) => rows.truncate(len),
        }
    }

    /// The rows as a table.
    pub(crate) fn table(&self) -> Table {
        match self {
            Rows::Vals(rows) => {
                let cells = rows.iter().map(|row| [text(&row.val), number(row.count)]);
                table(["val", "count"], cells)
            }
            Rows::Events(rows) => {
                let cells = rows.iter().map(|row| [number(row.time), text(&row.val), signed(row.diff)]);
                table(["time", "val", "diff"], cells)
            }
            Rows::Changes(rows) => {
                let cells = rows.iter().map(|row| [text(&row.key), text(&row.val), signed(row.diff)]);
                table(["key", "val", "diff"], cells)
            }
            Rows::Pairs(rows) => {
                let cells = rows.iter().map(|row| [text(&row.key), text(&row.val), number(row.count)]);
                table(["key", "val", "count"], cells)
            }
            Rows::Keys(rows) => {
                let cells = rows.iter().map(|row| [text(&row.key), number(row.vals), number(row.total)]);
                table(["key", "vals", "total"], cells)
            }
        }
    }
}

/// A question with its answer.
#[derive(Debug, Serialize)]
pub(crate) struct Answer {
    #[serde(flatten)]
    asked: Asked,
    /// All rows that there are, shown or not.
    rows_total: usize,
    rows: Rows,
}

impl Answer {
    pub(crate) fn new(asked: Asked, rows: Rows) -> Self {
        Answer { asked, rows_total: rows.len(), rows }
    }

    /// Keeps only the first rows.
    pub(crate) fn limit(&mut self, limit: Option<usize>) {
        self.rows.truncate(limit.unwrap_or(usize::MAX));
    }

    fn title(&self) -> String {
        let rows = |one, many| plural(self.rows_total as u64, one, many);
        match &self.asked {
            Asked::Get { key, known: false, .. } => format!("{key:?} is not a key"),
            Asked::Get { key, at, .. } => format!("{key:?} at time {at}: {}", rows("val", "vals")),
            Asked::History { key } if self.rows_total == 0 => format!("{key:?} is not a key"),
            Asked::History { key } => format!("{key:?}: {}", rows("update", "updates")),
            Asked::Changes { from: Some(from), to } => {
                format!("After time {from}, up to time {to}: {}", rows("change", "changes"))
            }
            Asked::Changes { from: None, to } => format!("Up to time {to}: {}", rows("change", "changes")),
            Asked::Prefix { prefix, at } => {
                format!("Keys that start with {prefix:?}, at time {at}: {}", rows("pair", "pairs"))
            }
            Asked::Top { n, at } => {
                format!("The {} with the most vals at time {at}", plural(*n as u64, "key", "keys"))
            }
        }
    }
}

/// Prints answers as tables.
pub(crate) fn answers(out: &mut dyn Write, answers: &[Answer]) -> io::Result<()> {
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}", answer.title())?;
        if answer.rows.len() > 0 {
            writeln!(out, "{}", answer.rows.table())?;
        }
        let hidden = answer.rows_total - answer.rows.len();
        if hidden > 0 {
            writeln!(out, "{} not shown", plural(hidden as u64, "more row is", "more rows are"))?;
        }
    }
    Ok(())
}

/// Prints one JSON document.
pub(crate) fn json(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}

/// What `load` prints as JSON.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    pub(crate) load: &'a Summary,
    pub(crate) answers: &'a [Answer],
    /// The levels, if they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) levels: Option<&'a [Row]>,
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Summary { backend, files, skipped, loaded } = self;
        let (first, last) = loaded.times.unzip();
        let mut object = serializer.serialize_struct("Summary", 14)?;
        object.serialize_field("backend", backend)?;
        object.serialize_field("files", files)?;
        object.serialize_field("skipped", skipped)?;
        object.serialize_field("updates_read", &loaded.updates_read)?;
        object.serialize_field("updates", &loaded.updates)?;
        object.serialize_field("first_time", &first)?;
        object.serialize_field("last_time", &last)?;
        object.serialize_field("batches_sealed", &loaded.batches)?;
        object.serialize_field("batches_merged", &loaded.merged)?;
        object.serialize_field("keys", &loaded.sizes.keys.records)?;
        object.serialize_field("pairs", &loaded.sizes.vals.records)?;
        object.serialize_field("bytes_used", &loaded.sizes.total().bytes_used)?;
        object.serialize_field("bytes_held", &loaded.held)?;
        object.serialize_field("stages", &loaded.stages)?;
        object.end()
    }
}

/// Prints what was loaded, and from where.
pub(crate) fn summary(out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
    let Summary { backend, files, skipped, .. } = summary;
    for file in files {
        let columns = file.columns.as_ref().map_or("no lines".to_owned(), |columns| columns.to_string());
        writeln!(out, "{}: {}: {columns}", file.file, plural(file.lines, "line", "lines"))?;
        if file.blank_lines > 0 {
            writeln!(out, "{}: {}", file.file, plural(file.blank_lines, "blank line", "blank lines"))?;
        }
    }
    if skipped.count > 0 {
        writeln!(out, "{}", plural(skipped.count, "malformed line skipped", "malformed lines skipped"))?;
    }
    writeln!(out, "Loaded into {}", backend.alias())?;
    writeln!(out, "{}", summary_table(summary))
}

/// Prints the levels of an index as they were before the rest was merged.
pub(crate) fn levels(out: &mut dyn Write, rows: &[Row]) -> io::Result<()> {
    let levels = rows.iter().map(|row| row.level + 1).max().unwrap_or(0);
    writeln!(out)?;
    writeln!(out, "{} when all was inserted, oldest first", plural(levels as u64, "level", "levels"))?;
    writeln!(out, "{}", levels::as_table(rows))
}

/// What was loaded, as a table.
pub(crate) fn summary_table(summary: &Summary) -> Table {
    let loaded = &summary.loaded;
    let times = match loaded.times {
        Some((first, last)) if first != last => format!("{first} to {last}"),
        Some((first, _)) => first.to_string(),
        None => "none".to_owned(),
    };
    let batches = match loaded.batches {
        0 => "none".to_owned(),
        batches => format!("{} sealed, merged into {}", HumanCount(batches as u64), loaded.merged),
    };
    let per_update = loaded.held as f64 / loaded.updates.max(1) as f64;
    let Stages { read, push, seal, insert, merge } = loaded.stages;
    let rows = [
        ("updates read", HumanCount(loaded.updates_read).to_string()),
        ("updates consolidated", HumanCount(loaded.updates as u64).to_string()),
        ("keys", HumanCount(loaded.sizes.keys.records as u64).to_string()),
        ("pairs of key and val", HumanCount(loaded.sizes.vals.records as u64).to_string()),
        ("times", times),
        ("batches", batches),
        ("heap", HumanBytes(loaded.held as u64).to_string()),
        ("bytes per update", format!("{per_update:.1}")),
        ("read and parse", time(read)),
        ("push into the batcher", time(push)),
        ("seal into batches", time(seal)),
        ("insert into the spine", time(insert)),
        ("merge the rest", time(merge)),
        ("all stages", time(read + loaded.stages.index())),
    ];
    let mut table = new_table();
    table.add_rows(rows.map(|(name, what)| [Cell::new(name), Cell::new(what)]));
    table
}

/// Prints on standard error, in one line, what was loaded.
pub(crate) fn summary_line(summary: &Summary) {
    let loaded = &summary.loaded;
    warn(format_args!(
        "loaded {} from {} in {}",
        plural(loaded.updates_read, "update", "updates"),
        plural(summary.files.len() as u64, "file", "files"),
        time(loaded.stages.read + loaded.stages.index()),
    ));
}

/// Shows on standard error the first of the lines that were skipped, and says how many there are.
pub(crate) fn skipped(skipped: &Skipped) {
    if skipped.count == 0 {
        return;
    }
    let Skipped { count, first } = skipped;
    for malformed in first {
        warn(format_args!("skipped: {malformed}"));
    }
    let hidden = match count - first.len() as u64 {
        0 => String::new(),
        _ => format!(", the first {} are shown above", first.len()),
    };
    warn(format_args!("skipped {}{hidden}", plural(*count, "malformed line", "malformed lines")));
}

/// A table in the style of the program: numbers are aligned by their cells.
pub(crate) fn new_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table
}

/// A table of rows.
pub(crate) fn table<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [Cell; N]>) -> Table {
    let mut table = new_table();
    table.set_header(header);
    table.add_rows(rows);
    table
}

/// A cell of text from the input, whose control characters are shown, not obeyed.
pub(crate) fn text(text: &str) -> Cell {
    if text.chars().any(char::is_control) { Cell::new(text.escape_debug()) } else { Cell::new(text) }
}

/// A cell with a number.
pub(crate) fn number(number: impl Display) -> Cell {
    Cell::new(number).set_alignment(CellAlignment::Right)
}

/// A cell with a number and its sign.
pub(crate) fn signed(diff: i64) -> Cell {
    number(format_args!("{diff:+}"))
}

/// A count with what it counts.
pub(crate) fn plural(n: u64, one: &str, many: &str) -> String {
    match n {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{} {many}", HumanCount(n)),
    }
}

/// A time, in milliseconds or seconds.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        0.0..0.01 => format!("{:.2} ms", seconds * 1e3),
        0.01..1.0 => format!("{:.0} ms", seconds * 1e3),
        _ => format!("{seconds:.2} s"),
    }
}

/// Prints a line on standard error. There is nobody to tell if that fails.
pub(crate) fn warn(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
