//! The command `load`: files into an index, then questions to it.

use crate::args::{LoadArgs, Questions};
use crate::index::{Backend, Index, Task, Update};
use crate::input::{FileSummary, InputError, Skipped, Updates};
use crate::levels;
use crate::pipeline::{CHUNK_LEN, Loaded, Loader, timed};
use crate::progress;
use crate::query::{self, Keys};
use crate::report::{self, Answer, Asked, Rows};
use anyhow::{Context, Result};
use std::fs;
use std::io::Write;
use std::time::Duration;

/// Runs the command.
pub(crate) fn run(args: LoadArgs, out: &mut dyn Write) -> Result<()> {
    let LoadArgs { input, files, backend, batch, questions, output } = args;
    let updates = Updates::new(input, files)?;
    let (summary, mut answers) = backend.run(Ask { updates, backend, batch, questions: &questions })?;
    answers.iter_mut().for_each(|answer| answer.limit(output.limit));
    let rows = &summary.loaded.levels;
    let shown = output.levels.then_some(rows.as_slice());
    if output.json {
        report::json(out, &report::Document { load: &summary, answers: &answers, levels: shown })?;
    } else if questions.is_empty() {
        report::summary(out, &summary)?;
    } else {
        report::summary_line(&summary);
        report::answers(out, &answers)?;
    }
    if let Some(rows) = shown.filter(|_| !output.json) {
        report::levels(out, rows)?;
    }
    if let Some(file) = output.levels_plot {
        let svg = levels::draw(rows)?;
        fs::write(&file, svg).with_context(|| format!("can't write the plot to {}", file.display()))?;
    }
    Ok(())
}

/// What was loaded, and from where.
pub(crate) struct Summary {
    pub(crate) backend: Backend,
    pub(crate) files: Vec<FileSummary>,
    pub(crate) skipped: Skipped,
    pub(crate) loaded: Loaded,
}

struct Ask<'a> {
    updates: Updates,
    backend: Backend,
    batch: u64,
    questions: &'a Questions,
}

impl Task for Ask<'_> {
    type Output = Result<(Summary, Vec<Answer>)>;

    fn run<S: Index>(self) -> Self::Output {
        let (trace, summary) = load::<S>(self.updates, self.backend, self.batch)?;
        let last = summary.loaded.times.map_or(0, |(_, last)| last);
        let answers = answer(&trace, self.questions, last);
        // The program is about to end: there is no use in freeing strings one by one.
        std::mem::forget(trace);
        Ok((summary, answers))
    }
}

/// Loads all updates into an index; what was skipped is shown on standard error.
pub(crate) fn load<S: Index>(mut updates: Updates, backend: Backend, batch: u64) -> Result<(S, Summary)> {
    let mut loader = Loader::<S>::new();
    let read = read(&mut updates, |chunk, time| {
        loader.add_read(time);
        loader.push(chunk);
    });
    let (files, skipped) = updates.finish();
    report::skipped(&skipped);
    read?;
    let progress = progress::indexing();
    let (trace, loaded) = loader.finish(batch, &progress);
    progress.finish_and_clear();
    Ok((trace, Summary { backend, files, skipped, loaded }))
}

/// Reads all updates and hands them on in chunks, with the time it took to read each.
pub(crate) fn read(
    updates: &mut Updates,
    mut each: impl FnMut(&mut Vec<Update>, Duration),
) -> Result<(), InputError> {
    let mut chunk = Vec::with_capacity(CHUNK_LEN);
    loop {
        let mut time = Duration::ZERO;
        timed(&mut time, || updates.read(&mut chunk, CHUNK_LEN))?;
        if chunk.is_empty() {
            return Ok(());
        }
        each(&mut chunk, time);
        chunk.clear();
    }
}

/// Answers all questions, in the order of the help.
fn answer<S: Index>(trace: &S, questions: &Questions, last: u64) -> Vec<Answer> {
    let at = questions.at.unwrap_or(last);
    let mut answers = Vec::new();
    for key in &questions.get {
        let rows = query::get(trace, key, at);
        let known = rows.is_some();
        answers.push(Answer::new(
            Asked::Get { key: key.clone(), at, known },
            Rows::Vals(rows.unwrap_or_default()),
        ));
    }
    for key in &questions.history {
        answers
            .push(Answer::new(Asked::History { key: key.clone() }, Rows::Events(query::history(trace, key))));
    }
    for span in &questions.changes {
        let to = span.to.unwrap_or(last);
        let rows = query::changes(trace, Keys::All, *span);
        answers.push(Answer::new(Asked::Changes { from: span.from, to }, Rows::Changes(rows)));
    }
    for prefix in &questions.prefix {
        let rows = query::pairs(trace, Keys::Prefix(prefix), at);
        answers.push(Answer::new(Asked::Prefix { prefix: prefix.clone(), at }, Rows::Pairs(rows)));
    }
    for n in &questions.top {
        answers.push(Answer::new(Asked::Top { n: *n, at }, Rows::Keys(query::top(trace, *n, at))));
    }
    answers
}
