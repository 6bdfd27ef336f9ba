//! The bulk operations of single containers, for numbers in a vector and strings in each container there is.
//!
//! `cargo bench -p bench-kernels`; see criterion's `--help` for its options.

use arrangement_container::{BatchContainer, FlatStack, Plan, SliceContainer, TimelyStack};
use bench_kit::data::{Datum, mix};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use flatcontainer::RegionPreference;
use std::hint::black_box;

/// Items of each of the two columns that are read.
const ITEMS: usize = 1 << 13;

/// How far apart the targets of galloping are, in items.
const STRIDE: usize = 50;

fn kernels(criterion: &mut Criterion) {
    container::<Vec<u64>>(criterion, "Vec<u64>");
    container::<Vec<String>>(criterion, "Vec<String>");
    container::<SliceContainer<str>>(criterion, "SliceContainer<str>");
    container::<TimelyStack<String>>(criterion, "TimelyStack<String>");
    container::<FlatStack<<String as RegionPreference>::Region>>(criterion, "FlatStack<String>");
}

fn container<C>(criterion: &mut Criterion, name: &str)
where
    C: BatchContainer<Owned: Datum>,
{
    // Two sorted columns whose items interleave at random.
    let mut items: Vec<C::Owned> = (0..2 * ITEMS as u64).map(|i| C::Owned::make(mix(i))).collect();
    items.sort_unstable();
    let (mut first, mut second) = (C::default(), C::default());
    for (i, item) in items.iter().enumerate() {
        let column = if mix(i as u64 ^ 1) & 1 == 0 { &mut first } else { &mut second };
        column.push(C::borrow_as(item));
    }
    let merge = |plan: &mut Plan| {
        plan.clear();
        C::interleave(&first, 0..first.len(), &second, 0..second.len(), (0, 0), 2 * ITEMS, plan)
    };
    let mut plan = Plan::default();
    let reached = merge(&mut plan);

    let mut group = criterion.benchmark_group(name);
    let mut measure = |kernel: &str, elements: usize, work: &mut dyn FnMut()| {
        group.throughput(Throughput::Elements(elements as u64));
        group.bench_function(BenchmarkId::from_parameter(kernel), |bencher| bencher.iter(&mut *work));
    };
    let mut target = C::default();
    measure("push", first.len(), &mut || {
        target.clear();
        (0..first.len()).for_each(|at| target.push(first.index(at)));
    });
    measure("extend", first.len(), &mut || {
        target.clear();
        target.extend_from_range(&first, 0..first.len());
    });
    measure("gather", plan.positions.len(), &mut || {
        target.clear();
        target.gather(&first, &second, (0, 0), &plan.positions);
    });
    measure("gallop", second.len() / STRIDE, &mut || {
        let mut at = 0;
        for target in (0..second.len()).step_by(STRIDE) {
            at = first.gallop(at, first.len(), second.index(target));
        }
        black_box(at);
    });
    let mut plan = Plan::default();
    measure("interleave", reached.0 + reached.1, &mut || {
        black_box(merge(&mut plan));
    });
}

criterion_group!(benches, kernels);
criterion_main!(benches);
