//! The command line: what can be asked of the program, and how.

use crate::index::Backend;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum, value_parser};
use std::path::PathBuf;
use std::str::FromStr;

/// Loads a stream of updates into a multiversion index and asks it what held when.
///
/// An update says that at a time the multiplicity of a pair (key, val) changed by some difference. The index,
/// an arrangement, keeps all versions: it can be read as of any time, and tells what changed between two.
///
/// Without a command, prints a tour on real data: the dependencies of Debian's packages in three releases.
#[derive(Debug, Parser)]
#[command(name = "arrangement", version, after_help = EXAMPLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  arrangement                                          a tour on real data
  arrangement load --sample --get bash --at 1          what bash depended on in release 1
  arrangement load a.tsv b.csv.gz --changes 3..7       what changed after time 3, up to time 7
  zstdcat log.zst | arrangement load - --history KEY   all updates of a key, from standard input
  arrangement load a.tsv --batch 1 --levels            which batches are merged, how far, how large
  arrangement compare a.tsv                            all backends on the same stream, side by side

Exit status: 0 if all went well, 1 if input can't be read or is malformed, 2 if the command line is wrong.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a tour on real data: what is done without a command
    Tour,
    /// Load files into an index and answer questions from it
    Load(LoadArgs),
    /// Load the same stream into every backend and compare time and memory
    Compare(CompareArgs),
}

const LOAD_HELP: &str = "\
Each line of input is an update: a key, a val, a time and a difference. All questions given are \
answered, each as a table or together as one JSON document, on standard output. What was loaded is \
printed there too if nothing is asked, and in short on standard error otherwise.

Files are tab- or comma-separated (see --delimiter), plain or compressed by gzip or zstd, which \
their content tells. A line may end in LF or CRLF; blank lines are passed over and counted. Fields \
may be quoted unless they are separated by tabs. An empty key or val is a value like any other. \
Keys and vals are UTF-8.

The time is a whole number from 0 to 18446744073709551615; times need not be in order. The \
difference is a whole number, with or without sign; all differences together must stay below 2^63, \
regardless of sign, so that no sum overflows.";

#[derive(Debug, Args)]
#[command(after_long_help = LOAD_HELP)]
pub(crate) struct LoadArgs {
    /// Files to load into one index; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present = "sample")]
    pub(crate) files: Vec<PathBuf>,

    /// What the index keeps its contents in
    #[arg(long, value_name = "BACKEND", value_enum, default_value_t)]
    pub(crate) backend: Backend,

    /// Start a new batch once the last holds N updates
    ///
    /// Batches are bounded in time: updates of one time are never split over two. So each batch but the last
    /// holds at least N updates as they were read; with 1, each time gets a batch of its own.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u64).range(1..))]
    pub(crate) batch: u64,

    #[command(flatten)]
    pub(crate) questions: Questions,

    #[command(flatten)]
    pub(crate) input: InputArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What to ask of a loaded index.
#[derive(Debug, Args)]
#[command(next_help_heading = "Questions")]
#[command(group(ArgGroup::new("as-of").args(["get", "prefix", "top"]).multiple(true)))]
pub(crate) struct Questions {
    /// The vals of a key, as of --at
    #[arg(long, value_name = "KEY")]
    pub(crate) get: Vec<String>,

    /// All updates of a key, in order of time
    #[arg(long, value_name = "KEY")]
    pub(crate) history: Vec<String>,

    /// What changed after time FROM, up to and including TO
    ///
    /// Changes that cancel are not shown. FROM may be left out (all that holds at TO), and TO (up to the last
    /// time).
    #[arg(long, value_name = "FROM..TO")]
    pub(crate) changes: Vec<Span>,

    /// The vals of all keys that start with P, as of --at
    #[arg(long, value_name = "P")]
    pub(crate) prefix: Vec<String>,

    /// The N keys with the most vals, as of --at
    #[arg(long, value_name = "N")]
    pub(crate) top: Vec<usize>,

    /// The time that --get, --prefix and --top ask for [default: the last time loaded]
    #[arg(long, value_name = "T", requires = "as-of")]
    pub(crate) at: Option<u64>,
}

impl Questions {
    /// Whether nothing is asked.
    pub(crate) fn is_empty(&self) -> bool {
        let Questions { get, history, changes, prefix, top, at: _ } = self;
        get.is_empty() && history.is_empty() && changes.is_empty() && prefix.is_empty() && top.is_empty()
    }
}

/// How answers are printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Print one JSON document instead of tables
    #[arg(long)]
    pub(crate) json: bool,

    /// Show at most N rows of each answer, and say how many there are [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,

    /// Print the levels of the index, too: the batches that insertions left, before the rest was merged
    #[arg(long)]
    pub(crate) levels: bool,

    /// Draw the levels of the index
    #[arg(long, value_name = "FILE.svg")]
    pub(crate) levels_plot: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArgs {
    /// Files to load, together as one stream; `-` is standard input [default: the sample data]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Start a new batch once the last holds N updates, as in `load`
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = value_parser!(u64).range(1..))]
    pub(crate) batch: u64,

    /// How often to run each backend, in turn; the fastest run counts
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = value_parser!(u32).range(1..))]
    pub(crate) runs: u32,

    /// Where to write the plot
    #[arg(long, value_name = "FILE.svg", default_value = "compare.svg")]
    pub(crate) plot: PathBuf,

    /// Write no plot
    #[arg(long, conflicts_with = "plot")]
    pub(crate) no_plot: bool,

    /// Print one JSON document instead of a table
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) input: InputArgs,
}

/// How input is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct InputArgs {
    /// Read the sample data: dependencies of Debian's packages in bullseye (0), bookworm (1) and trixie (2)
    #[arg(long, conflicts_with_all = ["files", "ColumnArgs", "header", "no_header", "delimiter"])]
    pub(crate) sample: bool,

    #[command(flatten)]
    pub(crate) columns: ColumnArgs,

    /// The first line names the columns, in each file
    ///
    /// By default a first line is taken as a header if columns are asked for by name, if its time and its
    /// difference are no numbers, or, where there is neither, if it names its columns key and val. The
    /// summary says what was found.
    #[arg(long, conflicts_with = "no_header")]
    pub(crate) header: bool,

    /// The first line is an update
    #[arg(long)]
    pub(crate) no_header: bool,

    /// What separates columns: a character, `tab`, or `comma` [default: tab if the first line has one, else
    /// comma]
    #[arg(long, value_name = "CHAR")]
    pub(crate) delimiter: Option<Delimiter>,

    /// What to do about a malformed line
    #[arg(long, value_name = "ACTION", default_value = "stop")]
    pub(crate) on_error: OnError,
}

/// Which columns hold what.
#[derive(Debug, Default, Args)]
#[group(id = "ColumnArgs", multiple = true)]
pub(crate) struct ColumnArgs {
    /// Column of the key: a name, or a number from 1
    ///
    /// If none of --key, --val, --time and --diff is given, columns named so are taken, or else the first two
    /// to four columns in this order. If some are given, a key or val that is not is the first column left
    /// over; there is no time then unless it is given, nor difference.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) key: Option<String>,

    /// Column of the val
    #[arg(long, value_name = "COLUMN")]
    pub(crate) val: Option<String>,

    /// Column of the time; without one, every time is 0
    #[arg(long, value_name = "COLUMN")]
    pub(crate) time: Option<String>,

    /// Column of the difference; without one, every difference is +1
    #[arg(long, value_name = "COLUMN")]
    pub(crate) diff: Option<String>,
}

/// What to do about a malformed line.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnError {
    /// End with an error that names file, line and reason
    Stop,
    /// Go on; count such lines and show the first few
    Skip,
}

/// The byte between two columns.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delimiter(pub(crate) u8);

impl FromStr for Delimiter {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "tab" | "\\t" => Ok(Delimiter(b'\t')),
            "comma" => Ok(Delimiter(b',')),
            "\"" | "\n" | "\r" => Err("quotes and line ends can't separate columns".to_owned()),
            _ if text.len() == 1 => Ok(Delimiter(text.as_bytes()[0])),
            _ => Err("not one ASCII character, `tab` or `comma`".to_owned()),
        }
    }
}

/// The times after `from`, up to and including `to`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// `None`: from before the first time.
    pub(crate) from: Option<u64>,
    /// `None`: to the last time.
    pub(crate) to: Option<u64>,
}

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (from, to) = text.split_once("..").ok_or("not of the form FROM..TO")?;
        let time = |text: &str| match text {
            "" => Ok(None),
            _ => text.parse().map(Some).map_err(|error| format!("time {text:?}: {error}")),
        };
        let span = Span { from: time(from)?, to: time(to)? };
        match span {
            Span { from: Some(from), to: Some(to) } if from > to => Err(format!("{from} is after {to}")),
            _ => Ok(span),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn spans() {
        assert_eq!("1..2".parse(), Ok(Span { from: Some(1), to: Some(2) }));
        assert_eq!("3..".parse(), Ok(Span { from: Some(3), to: None }));
        assert_eq!("..3".parse(), Ok(Span { from: None, to: Some(3) }));
        assert_eq!("2..1".parse::<Span>(), Err("2 is after 1".to_owned()));
        assert!("7".parse::<Span>().is_err());
        assert!("-1..2".parse::<Span>().unwrap_err().contains("\"-1\""));
    }

    #[test]
    fn delimiters() {
        assert_eq!("tab".parse(), Ok(Delimiter(b'\t')));
        assert_eq!("\\t".parse(), Ok(Delimiter(b'\t')));
        assert_eq!("\t".parse(), Ok(Delimiter(b'\t')));
        assert_eq!(";".parse(), Ok(Delimiter(b';')));
        assert!(";;".parse::<Delimiter>().is_err());
        assert!("é".parse::<Delimiter>().is_err());
        assert!("\"".parse::<Delimiter>().is_err());
        assert!("".parse::<Delimiter>().is_err());
    }
}
