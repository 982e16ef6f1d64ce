//! Generated code in a crate of edition 2018: that it compiles is the test.

/// What the tests of the generator expect.
pub mod fixtures {
    macro_rules! fixture {
        ($case:ident: $file:literal) => {
            #[doc = concat!("The case `", stringify!($case), "`.")]
            pub mod $case {
                include!(concat!(
                    "../../../connector-build/tests/fixtures/",
                    stringify!($case),
                    "/expected/",
                    $file
                ));
            }
        };
    }

    fixture!(json: "json.rs");
    fixture!(names: "type.rs");
    fixture!(options: "game.rs");
    fixture!(plugins: "ide.rs");
}
