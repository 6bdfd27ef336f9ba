//! Two processes on the loopback come to what one does.

use crate::streams::*;
use arrangement_differential::{OrdValSpine, PairsWith, PreferredSpine};
use differential_dataflow::input::InputSession;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use timely::dataflow::operators::probe::Handle;

/// Set for the processes that the test starts, which are this program with this one test: the number of the process, and
/// the addresses of both.
const PROCESS: &str = "ARRANGEMENT_TEST_PROCESS";

/// What a program that joins and reduces strings comes to, on the workers of this process.
fn outcome(config: timely::Config) -> Vec<((String, String, isize), u64, isize)> {
    let output = Output::default();
    let gathered = output.clone();
    let workers = timely::execute(config, move |worker| {
        let mut inputs = [InputSession::<u64, (String, u64), isize>::new(), InputSession::new()];
        let done = Handle::new();
        worker.dataflow(|scope| {
            let [left, right] = &mut inputs;
            type Strings = PreferredSpine<str, u64, u64, isize>;
            let joined = left.to_collection(scope).join_map_with::<Strings, Strings, _, _, _>(
                right.to_collection(scope),
                |key, left, right| (key.to_owned(), left.wrapping_mul(*right)),
            );
            let sums = joined.reduce_with::<OrdValSpine<_, _, _, _>, OrdValSpine<_, _, _, _>, _, _>(
                |_, vals, out| {
                    out.push((format!("{:?}", vals[0]), 1));
                },
            );
            gather(sums.map(|(key, sum)| (key, sum, 0)).probe_with(&done), &gathered);
        });
        let mut random = Random(5);
        for epoch in 0..20 {
            for turn in 0..60 {
                let data = (String::pick(random.below(30)), random.below(5));
                let diff = [1, 1, -1][random.below(3) as usize];
                if turn % worker.peers() == worker.index() {
                    inputs[turn / 5 % 2].update(data, diff);
                }
            }
            inputs.iter_mut().for_each(|input| {
                input.advance_to(epoch + 1);
                input.flush();
            });
            worker.step_while(|| done.less_than(&(epoch + 1)));
        }
    });
    workers.unwrap().join().into_iter().for_each(|worker| worker.unwrap());
    sum(&output)
}

#[test]
fn two_processes_agree_with_one() {
    if let Ok(setting) = std::env::var(PROCESS) {
        let (process, addresses) = setting.split_once(' ').expect("a number and addresses");
        let communication = timely::CommunicationConfig::Cluster {
            threads: 2,
            process: process.parse().expect("the number of a process"),
            addresses: addresses.split(' ').map(str::to_owned).collect(),
            report: false,
            zerocopy: false,
        };
        let config = timely::Config { communication, worker: timely::WorkerConfig::default() };
        // With one thread, the test runner has begun a line.
        println!();
        outcome(config).into_iter().for_each(|row| println!("{row:?}"));
        return;
    }
    // Ports that are free now; held together, so that they differ.
    let ports = [0, 1].map(|_| TcpListener::bind("127.0.0.1:0").expect("a port of the loopback is free"));
    let addresses =
        ports.each_ref().map(|port| port.local_addr().expect("a bound port has an address").to_string());
    drop(ports);
    let test = concat!(module_path!(), "::two_processes_agree_with_one");
    let test = test.split_once("::").expect("a path within the crate").1;
    let processes = [0, 1].map(|process| {
        Command::new(std::env::current_exe().expect("the test has a path"))
            .args(["--exact", test, "--nocapture"])
            .env(PROCESS, format!("{process} {}", addresses.join(" ")))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test starts again")
    });
    let mut rows: Vec<String> = Vec::new();
    for process in processes {
        let output = process.wait_with_output().expect("the process ends");
        assert!(output.status.success(), "a process failed");
        let text = String::from_utf8(output.stdout).expect("rows are text");
        rows.extend(text.lines().filter(|line| line.starts_with("((")).map(str::to_owned));
    }
    let mut alone: Vec<String> =
        outcome(timely::Config::thread()).into_iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    alone.sort();
    assert!(alone.len() > 100, "too little came out to tell: {} rows", alone.len());
    let differing: Vec<_> = rows.iter().zip(&alone).find(|(one, other)| one != other).into_iter().collect();
    assert!(
        differing.is_empty() && rows.len() == alone.len(),
        "{} and {} rows: {differing:?}",
        rows.len(),
        alone.len()
    );
}
