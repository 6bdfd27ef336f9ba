//! Bars on standard error, which stay away when that is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar over bytes read, of so many if that is known.
pub(crate) fn reading(bytes: Option<u64>) -> ProgressBar {
    match bytes {
        Some(bytes) => {
            let bar = bar("{msg:>8} [{bar:40}] {bytes} of {total_bytes}, {elapsed}", "reading");
            bar.set_length(bytes);
            bar
        }
        None => bar("{msg:>8} {spinner} {bytes}, {elapsed}", "reading"),
    }
}

/// A bar over updates sealed, inserted and merged.
pub(crate) fn indexing() -> ProgressBar {
    bar("{msg:>8} [{bar:40}] {human_pos} of {human_len} updates, {elapsed}", "sealing")
}

/// A bar over so many runs.
pub(crate) fn runs(len: usize) -> ProgressBar {
    let bar = bar("{msg:>10} [{bar:40}] run {pos} of {len}, {elapsed}", "");
    bar.set_length(len as u64);
    bar
}

fn bar(template: &str, message: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the template is a constant, and is valid");
    ProgressBar::new(0).with_style(style.progress_chars("=> ")).with_message(message)
}
