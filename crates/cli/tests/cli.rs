//! The program from outside: its output, its messages and its exit codes.

use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What came of a run.
struct Run {
    out: String,
    err: String,
    code: Option<i32>,
}

impl Run {
    /// The output of a run that went well.
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.err);
        self.out
    }

    /// The message of a run that failed with this code.
    #[track_caller]
    fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{}", self.err);
        self.err
    }
}

fn arrangement(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arrangement"));
    command.args(args).stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Run {
    let output = arrangement(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { out: text(output.stdout), err: text(output.stderr), code: output.status.code() }
}

/// Runs with standard input.
fn run_with(args: &[&str], input: &[u8]) -> Run {
    let mut command = arrangement(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { out: text(output.stdout), err: text(output.stderr), code: output.status.code() }
}

/// A file for one test.
fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Employees, their skills, and the years in which they gained or lost them.
const SKILLS: &str = "\
who,what,year,change
ann,rust,2019,1
ann,perl,2019,1
bob,sql,2020,1
ann,perl,2021,-1
ann,sql,2021,1
anton,go,2021,2
bob,sql,2022,-1
bob,sql,2022,-1
";

/// The rows of a table, each with its cells.
fn rows(out: &str) -> Vec<Vec<&str>> {
    let lines = out.lines().filter(|line| line.starts_with('│'));
    lines.map(|line| line.trim_matches('│').split('┆').map(str::trim).collect()).collect()
}

#[test]
fn get() {
    let file = file("get.csv", SKILLS);
    let out = run(&["load", &file, "--get", "ann"]).ok();
    assert!(out.starts_with("\"ann\" at time 2022: 2 vals\n"), "{out}");
    assert_eq!(rows(&out), [["val", "count"], ["rust", "1"], ["sql", "1"]]);
    let out = run(&["load", &file, "--get", "ann", "--at", "2020"]).ok();
    assert_eq!(rows(&out), [["val", "count"], ["perl", "1"], ["rust", "1"]]);
    let out = run(&["load", &file, "--get", "ann", "--at", "0"]).ok();
    assert_eq!(out, "\"ann\" at time 0: no vals\n");
    let out = run(&["load", &file, "--get", "bob"]).ok();
    assert_eq!(rows(&out), [["val", "count"], ["sql", "-1"]]);
    let out = run(&["load", &file, "--get", "eve"]).ok();
    assert_eq!(out, "\"eve\" is not a key\n");
}

#[test]
fn history() {
    let file = file("history.csv", SKILLS);
    let out = run(&["load", &file, "--history", "bob", "--history", "eve"]).ok();
    assert_eq!(rows(&out), [["time", "val", "diff"], ["2020", "sql", "+1"], ["2022", "sql", "-2"]]);
    assert!(out.ends_with("\n\"eve\" is not a key\n"), "{out}");
}

#[test]
fn changes() {
    let file = file("changes.csv", SKILLS);
    let out = run(&["load", &file, "--changes", "2020..2021"]).ok();
    assert!(out.starts_with("After time 2020, up to time 2021: 3 changes\n"), "{out}");
    let expected =
        [["key", "val", "diff"], ["ann", "perl", "-1"], ["ann", "sql", "+1"], ["anton", "go", "+2"]];
    assert_eq!(rows(&out), expected);
    let out = run(&["load", &file, "--changes", "2021.."]).ok();
    assert_eq!(rows(&out)[1..], [["bob", "sql", "-2"]]);
    let out = run(&["load", &file, "--changes", "..2019"]).ok();
    assert_eq!(rows(&out)[1..], [["ann", "perl", "+1"], ["ann", "rust", "+1"]]);
    let out = run(&["load", &file, "--changes", "7..9"]).ok();
    assert_eq!(out, "After time 7, up to time 9: no changes\n");
    assert!(run(&["load", &file, "--changes", "9..7"]).failed(2).contains("9 is after 7"));
    assert!(run(&["load", &file, "--changes", "9"]).failed(2).contains("FROM..TO"));
}

#[test]
fn prefix_and_top() {
    let file = file("prefix.csv", SKILLS);
    let out = run(&["load", &file, "--prefix", "an", "--limit", "2"]).ok();
    assert!(out.starts_with("Keys that start with \"an\", at time 2022: 3 pairs\n"), "{out}");
    assert_eq!(rows(&out), [["key", "val", "count"], ["ann", "rust", "1"], ["ann", "sql", "1"]]);
    assert!(out.ends_with("1 more row is not shown\n"), "{out}");
    let out = run(&["load", &file, "--top", "2"]).ok();
    assert_eq!(rows(&out), [["key", "vals", "total"], ["ann", "2", "2"], ["anton", "1", "2"]]);
    let out = run(&["load", &file, "--top", "9", "--at", "2020"]).ok();
    assert_eq!(rows(&out)[1..], [["ann", "2", "2"], ["bob", "1", "1"]]);
}

#[test]
fn a_summary_if_nothing_is_asked() {
    let file = file("summary.csv", SKILLS);
    let out = run(&["load", &file]).ok();
    let columns =
        "key who (column 1), val what (column 2), time year (column 3), difference change (column 4)";
    assert!(out.contains(&format!("{file}: 9 lines: {columns}; the first line is a header\n")), "{out}");
    let rows = rows(&out);
    let row = |name: &str| rows.iter().find(|row| row[0] == name).unwrap()[1];
    assert_eq!((row("updates read"), row("updates consolidated")), ("8", "7"));
    assert_eq!((row("keys"), row("pairs of key and val")), ("3", "5"));
    assert_eq!((row("times"), row("batches")), ("2019 to 2022", "1 sealed, merged into 1"));
    let out = run(&["load", &file, "--batch", "1"]).ok();
    assert!(out.contains("4 sealed, merged into 1"), "{out}");
    // If something is asked, one line says what was loaded, and not among the answers.
    let run = run(&["load", &file, "--get", "eve"]);
    assert!(run.err.starts_with("loaded 8 updates from 1 file in "), "{}", run.err);
    assert_eq!(run.ok(), "\"eve\" is not a key\n");
}

#[test]
fn one_json_document_with_all_answers() {
    let file = file("json.csv", SKILLS);
    let asked = ["--get", "bob", "--history", "eve", "--changes", "2021..", "--prefix", "bob", "--top", "2"];
    let args = [["load", &file, "--json", "--limit", "1"].as_slice(), &asked].concat();
    let document = json(&run(&args).ok());
    assert_eq!(document["load"]["updates_read"], 8);
    assert_eq!(document["load"]["skipped"]["count"], 0);
    assert_eq!(document["load"]["files"][0]["columns"]["key"]["name"], "who");
    let expected = serde_json::json!([
        {"question": "get", "key": "bob", "at": 2022, "known": true,
            "rows_total": 1, "rows": [{"val": "sql", "count": -1}]},
        {"question": "history", "key": "eve", "rows_total": 0, "rows": []},
        {"question": "changes", "from": 2021, "to": 2022,
            "rows_total": 1, "rows": [{"key": "bob", "val": "sql", "diff": -2}]},
        {"question": "prefix", "prefix": "bob", "at": 2022,
            "rows_total": 1, "rows": [{"key": "bob", "val": "sql", "count": -1}]},
        {"question": "top", "n": 2, "at": 2022,
            "rows_total": 2, "rows": [{"key": "ann", "vals": 2, "total": 2}]},
    ]);
    assert_eq!(document["answers"], expected);
}

#[test]
fn the_levels_of_an_index_as_table_json_and_plot() {
    let file = file("levels.csv", SKILLS);
    let plot = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("levels.svg");
    let plot = plot.to_str().unwrap();
    // Four years are four batches. The merge of the first three goes on as further ones are inserted.
    let args = ["load", &file, "--batch", "1", "--get", "eve", "--levels", "--levels-plot", plot];
    let out = run(&args).ok();
    assert!(out.contains("\n2 levels when all was inserted, oldest first\n"), "{out}");
    let cells = rows(&out);
    let names = ["level", "holds", "keys", "updates", "used", "reserved", "lower", "upper", "since", "merge"];
    assert_eq!(cells[0], names);
    assert_eq!(
        (&cells[1][..4], &cells[1][6..]),
        (&["0", "merge", "4", "6"][..], &["0", "2022", "0", "5 of 6 read"][..])
    );
    assert_eq!((cells[2][1], cells[3][1]), ("older", "newer"));
    assert_eq!(
        (&cells[4][..4], &cells[4][6..]),
        (&["1", "batch", "1", "1"][..], &["2022", "2023", "0", ""][..])
    );
    let svg = fs::read_to_string(plot).unwrap();
    assert!(svg.starts_with("<svg") && svg.contains("times [2022, 2023)"), "{svg}");

    let document = json(&run(&["load", &file, "--json", "--levels"]).ok());
    let level = &document["levels"][0];
    assert_eq!((level["holds"].as_str(), level["keys"].as_u64()), (Some("batch"), Some(3)));
    assert_eq!((level["updates"].as_u64(), level["lower"].as_u64()), (Some(7), Some(0)));
    assert!(level["bytes_reserved"].as_u64() >= level["bytes_used"].as_u64());
    assert!(json(&run(&["load", &file, "--json"]).ok()).get("levels").is_none());
    let error = run(&["load", &file, "--levels-plot", "no/such/directory/x.svg"]).failed(1);
    assert!(error.contains("can't write the plot to no/such/directory/x.svg: "), "{error}");
}

#[test]
fn every_backend_and_batch_size_gives_the_same() {
    let file = file("backends.csv", SKILLS);
    let asked = ["--get", "ann", "--history", "bob", "--changes", "2019..2021", "--prefix", "", "--top", "5"];
    let expected = run(&[["load", &file].as_slice(), &asked].concat()).ok();
    for backend in ["ord", "col", "flat", "preferred"] {
        for batch in ["1", "3", "1000000"] {
            let args = [["load", &file, "--backend", backend, "--batch", batch].as_slice(), &asked].concat();
            assert_eq!(run(&args).ok(), expected, "{backend} {batch}");
        }
    }
}

#[test]
fn files_add_up_whatever_their_form() {
    let lines = SKILLS.replace(',', "\t");
    let (header, lines) = lines.split_once('\n').unwrap();
    let (first, rest) = lines.split_at(lines.match_indices('\n').nth(2).unwrap().0 + 1);
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(format!("{header}\n{first}").as_bytes()).unwrap();
    let gz = file("parts-gz", gz.finish().unwrap());
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    let zst = file("parts-zst", ruzstd::encoding::compress_to_vec(rest.as_bytes(), level));
    let asked = ["--history", "ann", "--history", "bob", "--history", "anton"];
    let whole = file("parts.csv", SKILLS);
    let expected = run(&[["load", &whole].as_slice(), &asked].concat()).ok();
    assert_eq!(run(&[["load", &gz, &zst].as_slice(), &asked].concat()).ok(), expected);
    // Standard input may be compressed, too.
    let args = [["load", &gz, "-"].as_slice(), &asked].concat();
    assert_eq!(run_with(&args, &fs::read(&zst).unwrap()).ok(), expected);
    let args = [["load", "-"].as_slice(), &asked].concat();
    assert_eq!(run_with(&args, SKILLS.as_bytes()).ok(), expected);
}

#[test]
fn columns_by_name_or_number() {
    let file = file("columns.csv", SKILLS);
    let by_name =
        run(&["load", &file, "--key", "what", "--val", "who", "--time", "year", "--get", "sql"]).ok();
    assert_eq!(rows(&by_name), [["val", "count"], ["ann", "1"], ["bob", "3"]]);
    let by_number = run(&["load", &file, "--key", "2", "--val", "1", "--time", "3", "--get", "sql"]).ok();
    assert_eq!(by_number, by_name);
    let error = run(&["load", &file, "--key", "skill"]).failed(1);
    let expected = "there is no column \"skill\"; there are 4 columns: who, what, year, change\n";
    assert_eq!(error, format!("error: {file}: {expected}"));
}

#[test]
fn a_malformed_line_stops_the_run_or_is_skipped() {
    let content = "a,x,0,1\nb,y,zero,1\nc,z\n".to_owned() + &"d\n".repeat(9) + "e,x,1,1\n";
    let file = file("malformed.csv", content);
    let stopped = run(&["load", &file, "--prefix", ""]);
    assert_eq!(stopped.out, "");
    assert_eq!(stopped.failed(1), format!("error: {file}:2: the time \"zero\" is not a whole number\n"));

    let skipped = run(&["load", &file, "--prefix", "", "--on-error", "skip"]);
    let lines: Vec<&str> = skipped.err.lines().collect();
    assert_eq!(lines[0], format!("skipped: {file}:2: the time \"zero\" is not a whole number"));
    assert_eq!(lines[1], format!("skipped: {file}:3: 2 columns where the first line has 4"));
    assert_eq!(lines[5], "skipped 11 malformed lines, the first 5 are shown above");
    assert_eq!(rows(&skipped.ok())[1..], [["a", "x", "1"], ["e", "x", "1"]]);

    let document = json(&run(&["load", &file, "--json", "--on-error", "skip"]).ok());
    assert_eq!(document["load"]["skipped"]["count"], 11);
    assert_eq!(document["load"]["skipped"]["first"][0]["line"], 2);
    assert_eq!(document["load"]["skipped"]["first"][0]["reason"], "the time \"zero\" is not a whole number");
    let summary = run(&["load", &file, "--on-error", "skip"]).ok();
    assert!(summary.contains("11 malformed lines skipped\n"), "{summary}");
}

#[test]
fn what_is_shown_of_text_can_not_command_the_terminal() {
    let out = run_with(&["load", "-", "--prefix", ""], b"a\x1b[31m\tb\x07\t0\t1\n").ok();
    assert_eq!(rows(&out)[1], ["a\\u{1b}[31m", "b\\u{7}", "1"]);
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    assert!(run(&["load"]).failed(2).contains("FILE"));
    assert!(run(&["load", "x", "--backend", "btree"]).failed(2).contains("ord, col, flat, preferred"));
    assert!(run(&["load", "x", "--at", "3"]).failed(2).contains("--get <KEY>|--prefix <P>|--top <N>"));
    assert!(run(&["load", "x", "--batch", "0"]).failed(2).contains("--batch"));
    assert!(run(&["load", "x", "--sample"]).failed(2).contains("--sample"));
    assert!(run(&["load", "x", "--delimiter", "ab"]).failed(2).contains("one ASCII character"));
    assert!(run(&["reload"]).failed(2).contains("reload"));
}

#[test]
fn a_file_that_is_not_there_exits_with_1() {
    let error = run(&["load", "no-such-file.csv"]).failed(1);
    assert!(error.starts_with("error: can't open no-such-file.csv: "), "{error}");
}

#[test]
fn help_tells_of_all_commands() {
    let help = run(&["--help"]).ok();
    assert!(["tour", "load", "compare", "Exit status"].iter().all(|word| help.contains(word)), "{help}");
    let help = run(&["load", "--help"]).ok();
    assert!(["--on-error", "--changes", "--batch", "gzip"].iter().all(|word| help.contains(word)), "{help}");
}

#[test]
fn a_reader_that_has_enough_ends_the_run_quietly() {
    let lines: String = (0..20_000).map(|i| format!("key{i},val,0,1\n")).collect();
    let file = file("pipe.csv", lines);
    for args in [["load", &file, "--prefix", ""].as_slice(), &["load", &file, "--json", "--prefix", ""]] {
        let mut child = arrangement(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut start = [0; 100];
        child.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{err}");
        assert!(err.starts_with("loaded 20,000 updates") || err.is_empty(), "{err}");
    }
}

#[test]
fn the_tour_answers_from_the_sample() {
    let out = run(&[]).ok();
    let rows = rows(&out);
    let row = |name: &str| rows.iter().filter(|row| row[0] == name).map(|row| row[1]).collect::<Vec<_>>();
    assert_eq!(row("updates read"), ["671,279"]);
    assert_eq!(row("batches"), ["3 sealed, merged into 1"]);
    let bash = "base-files, debianutils, libc6, libtinfo6";
    assert_eq!(row("bullseye"), [bash, "257,870"]);
    assert_eq!(row("bookworm"), [bash, "282,432"]);
    assert_eq!(row("trixie"), [bash, "312,335"]);
    assert!(out.contains("Nothing: not a dependency was added or dropped.\n"), "{out}");
    assert_eq!((row("gpgv"), row("sqv"), row("libapt-pkg7.0")), (vec!["-1"], vec!["+1"], vec!["+1"]));
    assert_eq!(row("libdpdk-dev"), ["234"]);
}

#[test]
fn compare_measures_all_backends() {
    let file = file("compare.csv", SKILLS);
    let plot = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("compare.svg");
    let plot = plot.to_str().unwrap();
    let out = run(&["compare", &file, "--runs", "2", "--plot", plot]).ok();
    let cells = rows(&out);
    assert_eq!(cells[0], ["", "ord", "col", "flat", "preferred"]);
    let checksums = cells.iter().find(|row| row[0] == "checksum").unwrap();
    assert!(checksums[1..].iter().all(|checksum| *checksum == checksums[1]), "{out}");
    assert!(out.ends_with(&format!("Plot written to {plot}\n")), "{out}");
    let svg = fs::read_to_string(plot).unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"), "{svg}");

    let document = json(&run(&["compare", &file, "--json", "--no-plot"]).ok());
    assert_eq!(document["updates_read"], 8);
    assert_eq!(document["backends"].as_array().unwrap().len(), 4);
    for backend in document["backends"].as_array().unwrap() {
        assert_eq!(backend["updates"], 7);
        assert!(backend["bytes_peak"].as_u64() >= backend["bytes_held"].as_u64(), "{backend}");
    }
    let error = run(&["compare", &file, "--plot", "no/such/directory/x.svg"]).failed(1);
    assert!(error.contains("can't write the plot to no/such/directory/x.svg: "), "{error}");
}

#[test]
fn compare_of_nothing() {
    let out = run_with(&["compare", "-", "--no-plot"], b"").ok();
    assert!(out.starts_with("no updates, read in "), "{out}");
}
