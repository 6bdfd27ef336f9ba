//! Two processes of two workers each, which talk over the loopback, against naive recomputation.

use crate::support::{Row, Time, at, collection, rows, run, side};
use arrangement::OrdValSpine;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use timely::communication::Config as Communication;

/// By this the test tells a process of itself which it is, and where all are.
const PLACE: &str = "ARRANGEMENT_TEST_CLUSTER";
const PROCESSES: usize = 2;
const SEED: u64 = 50;
/// A port that was free may be taken when it is needed: then others are tried.
const ATTEMPTS: usize = 5;
/// Before each line that a process prints for the test.
const MARK: &str = "made ";

fn all() -> Vec<Row> {
    rows(SEED, 8, 30)
}

/// What one of the processes does. `place` says which it is, and where all are.
fn process(place: &str) {
    let mut parts = place.split(' ').map(str::to_owned);
    let process = parts.next().and_then(|index| index.parse().ok()).expect("the index of the process");
    let addresses: Vec<String> = parts.collect();
    let communication =
        Communication::Cluster { threads: 2, process, addresses, report: false, zerocopy: false };
    let config = timely::Config { communication, worker: timely::WorkerConfig::default() };
    let made = run(config, &all(), |_, rows| {
        type Index = OrdValSpine<String, u64, u64, i64>;
        let left = side::<Index, _, _, u64>(&rows, false);
        left.join_core(side::<Index, _, _, u64>(&rows, true), |key, val, other| {
            Some((key.len() as u64, (*val, *other)))
        })
    });
    for ((key, (val, other)), time, diff) in made {
        println!("{MARK}{key} {val} {other} {time} {diff}");
    }
}

/// A process, which is ended if we no longer wait for it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the processes, and gives what they print; `None` if one of them failed.
fn start() -> Option<String> {
    let ports: Vec<_> =
        (0..PROCESSES).map(|_| TcpListener::bind("127.0.0.1:0").expect("a free port")).collect();
    let addresses: Vec<_> =
        ports.iter().map(|port| port.local_addr().expect("it is bound").to_string()).collect();
    drop(ports);
    let mut children: Vec<_> = (0..PROCESSES)
        .map(|process| {
            let mut command = Command::new(std::env::current_exe().expect("this test"));
            command.args(["--exact", "cluster::two_processes_make_what_one_worker_would", "--nocapture"]);
            command.env(PLACE, format!("{process} {}", addresses.join(" ")));
            Running(command.stdout(Stdio::piped()).spawn().expect("a process starts"))
        })
        .collect();
    let readers: Vec<_> = children
        .iter_mut()
        .map(|child| child.0.stdout.take().expect("it is piped"))
        .map(|stdout| std::thread::spawn(move || std::io::read_to_string(stdout).expect("text")))
        .collect();
    let begin = Instant::now();
    loop {
        let ends: Vec<_> =
            children.iter_mut().map(|child| child.0.try_wait().expect("it was started")).collect();
        if ends.iter().flatten().any(|status| !status.success()) {
            return None;
        }
        if ends.iter().all(Option::is_some) {
            return Some(readers.into_iter().map(|reader| reader.join().expect("it reads")).collect());
        }
        assert!(begin.elapsed() < Duration::from_secs(120), "the processes do not end");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn two_processes_make_what_one_worker_would() {
    // The test starts itself as each of the processes.
    if let Ok(place) = std::env::var(PLACE) {
        return process(&place);
    }
    let text = (0..ATTEMPTS).find_map(|_| start()).expect("two processes run");
    let mut made = Vec::new();
    for line in text.lines().filter_map(|line| line.split_once(MARK)) {
        let numbers: Vec<i64> = line.1.split(' ').map(|number| number.parse().expect("a number")).collect();
        made.push(((numbers[0], numbers[1], numbers[2]), numbers[3] as u64, numbers[4]));
    }
    let rows = all();
    for time in u64::all(9) {
        let left = collection::<String, u64, u64>(&rows, false, &time);
        let right = collection::<String, u64, u64>(&rows, true, &time);
        let both = left.iter().flat_map(|((key, val), diff)| {
            let same = right.iter().filter(move |((other, _), _)| other == key);
            same.map(move |((_, other), times)| {
                ((key.len() as i64, *val as i64, *other as i64), 0, diff * times)
            })
        });
        assert_eq!(at(&made, &time), at(&both.collect::<Vec<_>>(), &0u64), "at {time}");
    }
    assert!(!made.is_empty());
}
