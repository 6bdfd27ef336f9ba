//! The clock that all figures are read from.

use cpu_time::ThreadTime;

/// A stopwatch on the processor time of this thread, which leaves out the time spent waiting for a processor.
#[derive(Copy, Clone, Debug)]
pub struct Stopwatch(ThreadTime);

impl Stopwatch {
    /// Starts.
    pub fn start() -> Self {
        Stopwatch(ThreadTime::now())
    }

    /// The nanoseconds since the start.
    pub fn ns(&self) -> u64 {
        self.0.elapsed().as_nanos() as u64
    }
}

/// The value at the quantile `q` of sorted values, 0 if there are none.
pub fn quantile(sorted: &[u64], q: f64) -> u64 {
    let rank = (sorted.len() as f64 * q).ceil() as usize;
    sorted.get(rank.max(1) - 1).or(sorted.last()).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::quantile;

    #[test]
    fn quantiles_are_values() {
        assert_eq!(quantile(&[], 0.5), 0);
        assert_eq!(quantile(&[7], 0.999), 7);
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|q| quantile(&[1, 2, 3, 4], q)), [1, 1, 2, 4]);
    }
}
