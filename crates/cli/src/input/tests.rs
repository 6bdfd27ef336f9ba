//! Each kind of line that is not an update, and the forms of those that are.

use super::*;
use crate::args::Cli;
use clap::Parser;
use std::fs;

/// Reads a file of this content with these arguments of `load`.
fn read(name: &str, content: impl AsRef<[u8]>, args: &[&str]) -> Result<Read, String> {
    let directory = std::env::temp_dir().join(format!("arrangement-input-{}-{name}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join("x.csv");
    fs::write(&path, content).unwrap();
    let result = read_files(&[path.to_str().unwrap()], args);
    fs::remove_dir_all(&directory).unwrap();
    // Messages name the file by its path, which differs between runs.
    result.map_err(|error| error.replace(path.to_str().unwrap(), "x.csv"))
}

fn read_files(files: &[&str], args: &[&str]) -> Result<Read, String> {
    let line = ["arrangement", "load"].iter().chain(files).chain(args);
    let Some(crate::args::Command::Load(load)) = Cli::parse_from(line).command else { panic!("not load") };
    let mut updates = Updates::new(load.input, load.files).map_err(|error| error.to_string())?;
    let mut all = Vec::new();
    loop {
        let len = all.len();
        updates.read(&mut all, len + 2).map_err(|error| error.to_string())?;
        if all.len() == len {
            break;
        }
    }
    let (files, skipped) = updates.finish();
    let updates = all.into_iter().map(|((k, v), t, d)| format!("{k} {v} {t} {d}")).collect();
    let reasons = skipped.first.iter().map(|m| format!("{}: {}", m.line, m.reason)).collect();
    Ok(Read { updates, files, skipped: skipped.count, reasons })
}

#[derive(Debug)]
struct Read {
    updates: Vec<String>,
    files: Vec<FileSummary>,
    skipped: u64,
    reasons: Vec<String>,
}

/// The only reason for which a line is skipped, and the message with which it stops the run.
fn reason(name: &str, content: impl AsRef<[u8]>, args: &[&str]) -> String {
    let skipped = read(name, &content, &[args, &["--on-error", "skip"]].concat()).unwrap();
    assert_eq!((skipped.skipped, skipped.reasons.len()), (1, 1), "{skipped:?}");
    let stopped = read(name, &content, args).unwrap_err();
    assert_eq!(stopped, format!("x.csv:{}", skipped.reasons[0]));
    skipped.reasons[0].clone()
}

#[test]
fn updates_with_and_without_time_and_difference() {
    let updates = |name, content: &str| read(name, content, &[]).unwrap().updates;
    assert_eq!(updates("four", "a,b,3,-2\n"), ["a b 3 -2"]);
    assert_eq!(updates("three", "a,b,3\n"), ["a b 3 1"]);
    assert_eq!(updates("two", "a,b\n"), ["a b 0 1"]);
    assert_eq!(
        updates("forms", "a,b, 3 ,+2\nc,d,18446744073709551615,0\n,,0,1\n"),
        ["a b 3 2", "c d 18446744073709551615 0", "  0 1",]
    );
    assert_eq!(updates("empty", ""), [""; 0]);
    assert_eq!(updates("header", "key,val,time\na,b,1\n"), ["a b 1 1"]);
}

#[test]
fn columns_are_found_by_name_in_each_file() {
    let args = ["--key", "who", "--val", "what", "--diff", "n"];
    let read = read("names", "n,what,who\n5,b,a\n", &args).unwrap();
    assert_eq!(read.updates, ["a b 0 5"]);
    assert!(read.files[0].columns.as_ref().unwrap().has_header());
}

#[test]
fn columns_that_are_missing_are_named_with_those_that_there_are() {
    let error = |name, content: &str, args: &[&str]| read(name, content, args).unwrap_err();
    assert_eq!(
        error("missing", "a,b\n1,2\n", &["--key", "a", "--val", "c"]),
        "x.csv: there is no column \"c\"; there are 2 columns: a, b",
    );
    assert_eq!(
        error("beyond", "a,b\n1,2\n", &["--key", "1", "--val", "3"]),
        "x.csv: there is no column 3; the first line has 2 columns: a, b",
    );
    assert_eq!(
        error("nothing", "", &["--key", "a", "--val", "c"]),
        "x.csv: it is empty, without a first line to name the column \"a\"",
    );
}

#[test]
fn lines_of_another_width() {
    assert_eq!(reason("short", "a,b,0,1\na,b,0\n", &[]), "2: 3 columns where the first line has 4");
    assert_eq!(
        reason("long", "a,b,0,1\na,b,0,1,2\nc,d,0,1\n", &[]),
        "2: 5 columns where the first line has 4"
    );
    assert_eq!(reason("one", "a,b,0,1\n\nx\n", &[]), "3: 1 column where the first line has 4");
}

#[test]
fn numbers_that_are_none() {
    let reason = |name, line: &str| reason(name, format!("a,b,0,1\n{line}\n"), &[]);
    assert_eq!(reason("time", "a,b,x,1"), "2: the time \"x\" is not a whole number");
    assert_eq!(reason("no-time", "a,b,,1"), "2: the time \"\" is not a whole number");
    assert_eq!(reason("fraction", "a,b,1.5,1"), "2: the time \"1.5\" is not a whole number");
    assert_eq!(reason("negative", "a,b,-1,1"), "2: the time \"-1\" is negative");
    assert_eq!(
        reason("late", "a,b,18446744073709551616,1"),
        "2: the time \"18446744073709551616\" is more than 18446744073709551615",
    );
    assert_eq!(reason("diff", "a,b,1,one"), "2: the difference \"one\" is not a whole number");
    let error = reason("large", "a,b,1,9223372036854775808");
    assert!(error.ends_with(" is not within -9223372036854775808 and 9223372036854775807"), "{error}");
    assert!(reason("small", "a,b,1,-9223372036854775809").contains("is not within"));
}

#[test]
fn differences_that_could_overflow_together() {
    let expected =
        "2: the differences up to here add up to 2^63 or more, regardless of sign: sums could overflow";
    assert_eq!(reason("sum", "a,b,0,9223372036854775807\nc,d,0,-1\n", &[]), expected);
    assert_eq!(reason("least", "a,b,0,0\nc,d,0,-9223372036854775808\n", &[]), expected);
}

#[test]
fn text_that_is_not_utf8() {
    assert_eq!(reason("key", b"a,b\nab\xff,b\n", &[]), "2: the key is not UTF-8, from its byte 3 on");
    assert_eq!(reason("val", b"a,b\na,\xc3\n", &[]), "2: the val is not UTF-8, from its byte 1 on");
    assert_eq!(reason("digit", b"a,b,1\na,b,\xff\n", &[]), "2: the time \"\u{fffd}\" is not a whole number");
    // Columns that are not read may hold anything.
    assert_eq!(read("else", b"a,b,\xff\n", &["--key", "1", "--val", "2"]).unwrap().updates, ["a b 0 1"]);
}

#[test]
fn a_quote_that_is_not_closed() {
    let expected = "2: a quoted field is not closed: it takes in all up to the last line, 3";
    assert_eq!(reason("quote", "a,b\nc,\"d\ne,f\n", &[]), expected);
}

#[test]
fn skipped_lines_are_counted_and_the_first_few_kept() {
    let content = "a,b,0\n".to_owned() + &"a,b\n".repeat(20) + "c,d,1\n";
    let read = read("many", content, &["--on-error", "skip"]).unwrap();
    assert_eq!(read.updates, ["a b 0 1", "c d 1 1"]);
    assert_eq!((read.skipped, read.reasons.len()), (20, SKIPPED_SHOWN));
    assert_eq!(read.reasons[4], "6: 2 columns where the first line has 3");
}

fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Lines enough that a compressed file cut in its middle still gives some.
fn many_lines() -> String {
    (0..30_000).map(|i| format!("key{i},val{},{i}\n", i * 7919 % 10_007)).collect()
}

#[test]
fn compressed_files_are_known_by_their_content() {
    let content = b"a,b,1\nc,d,2\n";
    let plain = read("plain", content, &[]).unwrap();
    assert_eq!(plain.files[0].compression, open::Compression::None);
    let gz = read("gzip", gzip(content), &[]).unwrap();
    assert_eq!((gz.files[0].compression, &gz.updates), (open::Compression::Gzip, &plain.updates));
    let zst = read("zstd", zstd(content), &[]).unwrap();
    assert_eq!((zst.files[0].compression, &zst.updates), (open::Compression::Zstd, &plain.updates));
}

#[test]
fn compressed_files_may_have_several_parts() {
    let expected = ["a b 1 1", "c d 2 1"];
    let members = [gzip(b"a,b,1\n"), gzip(b"c,d,2\n")].concat();
    assert_eq!(read("members", members, &[]).unwrap().updates, expected);
    let skippable = b"\x50\x2a\x4d\x18\x03\x00\x00\x00abc".to_vec();
    let frames = [skippable.clone(), zstd(b"a,b,1\nc,"), skippable, zstd(b"d,2\n")].concat();
    assert_eq!(read("frames", frames, &[]).unwrap().updates, expected);
}

#[test]
fn compressed_files_that_are_damaged() {
    let content = many_lines();
    for (format, whole) in [("gzip", gzip(content.as_bytes())), ("zstd", zstd(content.as_bytes()))] {
        // Cut: what came before counts, but not the line that the cut goes through.
        let cut = &whole[..whole.len() / 2];
        let error = read(format, cut, &[]).unwrap_err();
        assert!(error.contains(&format!("the {format} data is damaged or cut short")), "{error}");
        let skipped = read(format, cut, &["--on-error", "skip"]).unwrap();
        assert_eq!(skipped.skipped, 1);
        let lines: Vec<&str> = content.lines().take(skipped.updates.len()).collect();
        let expected: Vec<String> = lines.iter().map(|line| line.replace(',', " ") + " 1").collect();
        assert!(!expected.is_empty() && skipped.updates == expected, "{format}: {} lines", expected.len());
        assert!(
            skipped.reasons[0].starts_with(&format!("{}: ", expected.len() + 1)),
            "{}",
            skipped.reasons[0]
        );
        // Altered: found by the checksum at the latest.
        let mut altered = whole.clone();
        let middle = altered.len() / 2;
        altered[middle] ^= 0x10;
        let error = read(format, altered, &[]).unwrap_err();
        assert!(error.contains("x.csv:"), "{error}");
    }
}

#[test]
fn files_that_are_no_text() {
    let error = |name, content: &[u8]| read(name, content, &[]).unwrap_err();
    assert!(error("xz", b"\xfd7zXZ\0...").starts_with("x.csv is compressed by xz"));
    assert!(error("utf-16", b"\xff\xfea\0").starts_with("x.csv is UTF-16 text"));
}

#[test]
fn files_that_are_not_there() {
    let error = read_files(&["no/such/file.csv"], &[]).unwrap_err();
    assert!(error.starts_with("can't open no/such/file.csv: "), "{error}");
    let error = read_files(&["/"], &[]).unwrap_err();
    assert!(error.starts_with("can't open /: "), "{error}");
    let error = read_files(&["-", "-"], &[]).unwrap_err();
    assert_eq!(error, "standard input can be read only once, but `-` is given more often");
}
