//! Our spines in programs of differential dataflow, beside its own; and what its own tests would not notice.

mod events;
mod fixpoints;
mod handles;
mod layouts;
mod names;
mod operators;
mod processes;
mod streams;
mod totals;
mod traces;
