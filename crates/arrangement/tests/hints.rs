//! What the compiler tells those who use a type that does not fit, or a backend whose feature is off: each case must fail,
//! with the text that stands beside it.

// With the bridge there is a second `Pipeline`, and the compiler qualifies both.
#[cfg(not(feature = "differential"))]
#[test]
fn compiler_errors_carry_hints() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/hints/*.rs");
    if cfg!(feature = "columnation") {
        cases.compile_fail("tests/hints/columnation/*.rs");
    } else {
        cases.compile_fail("tests/hints/columnation_off/*.rs");
    }
}
